/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial - a reload on probation, see enforce.h, and what state-dir remembers of it.
 *
 * The file unconfirmed.conf is what counts: while it is there, what it holds was tried and
 * not confirmed. It is written before the trial changes anything and removed before the
 * trial is made good, so whenever we are killed, a start finds one state or the
 * other whole. Copies of lists are replaced after it is gone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "enforce_parts.h"
#include "lib/file.h"

#define CONFIRMED "confirmed.conf"
#define UNCONFIRMED "unconfirmed.conf"
#define TEXT_MAX (1u << 20) /* what a config has at most */

/* ---- state-dir ---- */

static char *path_of(const struct sw_enforce *e, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", e->config->state_dir, name) < 0 ? NULL : path;
}

static int save(const struct sw_enforce *e, const char *name, const char *text)
{
	char *path = path_of(e, name);
	int code = path ? sw_file_save(path, text, strlen(text)) : -ENOMEM;

	free(path);
	return code;
}

static int drop(const struct sw_enforce *e, const char *name)
{
	char *path = path_of(e, name);
	int code = path ? sw_file_remove(path) : -ENOMEM;

	free(path);
	return code;
}

static char *load(const struct sw_enforce *e, const char *name)
{
	char *path = path_of(e, name), *text = NULL;

	if (path && sw_file_read(path, TEXT_MAX, &text))
		text = NULL;
	free(path);
	return text;
}

/* That @text is tried in place of what is in force. */
static int remember(const struct sw_enforce *e, const char *text, struct sw_err *err)
{
	int code = sw_folder_make(e->config->state_dir, 0755);

	if (!code)
		code = save(e, CONFIRMED, e->config->text);
	if (!code)
		code = save(e, UNCONFIRMED, text);
	if (code)
		return sw_err_set(
			err, code,
			"%s: cannot remember there that this is not confirmed, so a crash "
			"would make it last: %s",
			e->config->state_dir, strerror(-code));
	return 0;
}

/* The trial did not come about: back to what was not confirmed before it, or to nothing. */
static void take_back(const struct sw_enforce *e)
{
	int code = e->unconfirmed ? save(e, UNCONFIRMED, e->unconfirmed) : drop(e, UNCONFIRMED);

	if (code)
		sw_enforce_say(e, LOG_ERR,
			       "%s: cannot forget there what was tried and refused: %s; a start "
			       "with it would take what is in force now",
			       e->config->state_dir, strerror(-code));
}

void sw_enforce_forget_trial(struct sw_enforce *e)
{
	int code = drop(e, UNCONFIRMED);

	if (code)
		sw_enforce_say(e, LOG_ERR,
			       "%s/" UNCONFIRMED ": %s; remove it, or a start with what is in it "
			       "would take an older configuration",
			       e->config->state_dir, strerror(-code));
	drop(e, CONFIRMED);
	free(e->unconfirmed);
	e->unconfirmed = NULL;
	sw_policy_save(e->policy, e->note, e->ctx);
}

/* ---- start ---- */

static void note_config(void *ctx, const char *text)
{
	const struct sw_enforce *e = ctx;

	sw_enforce_say(e, LOG_ERR, "%s", text);
}

static struct sw_config *read_confirmed(struct sw_enforce *e)
{
	struct sw_config *config = NULL;
	char *path = path_of(e, CONFIRMED);

	if (path && sw_config_read_copy(path, e->config->path, note_config, e, &config))
		config = NULL;
	free(path);
	return config;
}

void sw_enforce_recall(struct sw_enforce *e)
{
	char *unconfirmed = load(e, UNCONFIRMED);
	struct sw_config *confirmed = NULL;
	const char *path = e->config->path;

	if (unconfirmed && e->config->text && !strcmp(unconfirmed, e->config->text)) {
		confirmed = read_confirmed(e);
		if (!confirmed)
			sw_enforce_say(e, LOG_ERR,
				       "%s was tried and not confirmed, but what was in force "
				       "before it cannot be read: it is used",
				       path);
	}
	if (!confirmed) {
		free(unconfirmed);
		return;
	}
	sw_enforce_say(e, LOG_WARNING,
		       "%s was tried and not confirmed: NOT used. In force is what was confirmed "
		       "last, %s/" CONFIRMED " and the copies of its lists, until a reload",
		       path, e->config->state_dir);
	sw_config_free(e->config);
	e->config = confirmed;
	e->unconfirmed = unconfirmed;
}

/* ---- the trial ---- */

bool sw_enforce_is_tentative(const struct sw_enforce *e)
{
	return e->kept.config;
}

bool sw_enforce_fell_back(const struct sw_enforce *e)
{
	return e->unconfirmed && !sw_enforce_is_tentative(e);
}

bool sw_enforce_is_unconfirmed(const struct sw_enforce *e, const struct sw_config *config)
{
	return sw_enforce_fell_back(e) && config->text && !strcmp(config->text, e->unconfirmed);
}

static int begin(struct sw_enforce *e, struct sw_enforce_state *now, struct sw_err *err)
{
	int code = sw_enforce_check(e, now->config, err);

	if (!code)
		code = sw_enforce_load(e, now->config, &now->policy, err);
	if (code)
		return code;
	/* a copy that could not be written when it should have been */
	sw_policy_save(e->policy, e->note, e->ctx);
	code = remember(e, now->config->text, err);
	if (!code)
		code = sw_enforce_replace(e, now, SW_ENFORCE_ASKED, &e->kept, err);
	if (code)
		take_back(e);
	return code;
}

int sw_enforce_reload_tentative(struct sw_enforce *e, struct sw_config *config, struct sw_err *err)
{
	struct sw_enforce_state now = { .config = config };
	char *text = config->text ? strdup(config->text) : NULL;
	int code;

	if (sw_enforce_is_tentative(e))
		code = sw_err_set(
			err, -EBUSY,
			"the last reload waits to be confirmed; confirm it first, or wait "
			"until it is taken back");
	else
		code = text ? begin(e, &now, err) : sw_err_set(err, -ENOMEM, "out of memory");
	if (code) {
		sw_enforce_state_done(&now);
		free(text);
		return code;
	}
	free(e->unconfirmed);
	e->unconfirmed = text;
	return 0;
}

int sw_enforce_confirm(struct sw_enforce *e, struct sw_err *err)
{
	int code;

	if (!sw_enforce_is_tentative(e))
		return sw_err_set(err, -ENOENT, "nothing waits to be confirmed");
	code = drop(e, UNCONFIRMED);
	if (code)
		return sw_err_set(err, code,
				  "%s/" UNCONFIRMED
				  " cannot be removed, so it is not confirmed: %s",
				  e->config->state_dir, strerror(-code));
	sw_enforce_state_done(&e->kept);
	sw_enforce_forget_trial(e);
	return 0;
}

static int put_back(struct sw_enforce *e, struct sw_err *err)
{
	struct sw_enforce_state now = { .config = e->kept.config }, before;
	int code = sw_policy_rebuild(e->kept.policy, sw_enforce_own_of(e, now.config), &e->spf,
				     &now.policy, err);

	if (!code)
		code = sw_enforce_replace(e, &now, SW_ENFORCE_REGARDLESS, &before, err);
	if (code) {
		sw_policy_free(now.policy);
		return code;
	}
	sw_policy_free(e->kept.policy);
	e->kept = (struct sw_enforce_state){ .config = NULL };
	sw_enforce_state_done(&before);
	return 0;
}

/* The trial had room for more verdicts or own prefixes, which stay, than there was before. */
static void keep_size(struct sw_config *to, const struct sw_config *from)
{
	to->table4_blocks = from->table4_blocks;
	to->table6_blocks = from->table6_blocks;
	to->limit_sources = from->limit_sources;
	to->verdicts = from->verdicts;
}

int sw_enforce_revert(struct sw_enforce *e, struct sw_err *err)
{
	int code;

	if (!sw_enforce_is_tentative(e))
		return sw_err_set(err, -ENOENT, "nothing waits to be confirmed");
	code = put_back(e, err);
	if (code == -ENOSPC) {
		sw_enforce_say(e, LOG_WARNING, "the sizes of maps stay as they are: %s", err->text);
		keep_size(e->kept.config, e->config);
		code = put_back(e, err);
	}
	return code;
}
