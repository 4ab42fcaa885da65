/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_list - see policy_list.h.
 *
 * No data, no block, and no sudden change either: a file that is refused, gone or
 * suddenly tiny or huge leaves in force what was good before. "Before" is the
 * previous policy of this process, or else the copy in state-dir, which is how a
 * restart remembers.
 */
#include "policy_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/file.h"

/* ---- how a list is read ---- */

int sw_policy_scrub_init(struct sw_policy_scrub *scrub, const struct sw_config *config)
{
	size_t bogons_n, n;
	const struct sw_prefix *bogons = sw_list_bogons(&bogons_n);
	struct sw_prefix *ranges;

	n = bogons_n + config->never_block_n;
	ranges = malloc((n + 1) * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	memcpy(ranges, bogons, bogons_n * sizeof(*ranges));
	if (config->never_block_n)
		memcpy(ranges + bogons_n, config->never_block,
		       config->never_block_n * sizeof(*ranges));
	*scrub = (struct sw_policy_scrub){ .ranges = ranges, .n = n, .bogons_n = bogons_n };
	return 0;
}

void sw_policy_scrub_done(struct sw_policy_scrub *scrub)
{
	free(scrub->ranges);
	*scrub = (struct sw_policy_scrub){ 0 };
}

struct sw_list_spec sw_policy_list_spec(const struct sw_policy_list *list,
					const struct sw_policy_scrub *scrub)
{
	const struct sw_config_list *c = list->config;
	bool allow = !strcmp(c->action, "allow");
	size_t skip = c->scrub ? 0 : scrub->bogons_n;
	struct sw_list_spec spec = {
		.path = list->path,
		.format = SW_LIST_PLAIN, /* as sw_list_save writes it */
		.sense = allow ? SW_LIST_ALLOWS : SW_LIST_BLOCKS,
		.class = list->class,
		.narrow = !allow && c->scrub,
		.max_bad = c->max_bad,
	};

	if (!allow) {
		spec.scrub = scrub->ranges + skip;
		spec.scrub_n = scrub->n - skip;
	}
	if (!list->stale) {
		sw_list_format_parse(c->format, &spec.format);
		spec.same = list->list ? &list->list->digest : NULL;
	}
	return spec;
}

static void note_line(void *ctx, enum sw_list_note kind, const char *path, unsigned long line,
		      const char *text)
{
	int level = kind == SW_LIST_NOTE_BAD ? LOG_WARNING : LOG_INFO;
	const struct sw_policy_loader *l = ctx;

	if (line)
		sw_policy_say(l, level, "%s:%lu: %s", path, line, text);
	else
		sw_policy_say(l, level, "%s: %s", path, text);
}

/* ---- the copy in state-dir ---- */

static char *copy_path(const struct sw_config *config, const char *name)
{
	char *path;

	return asprintf(&path, "%s/lists/%s.last", config->state_dir, name) < 0 ? NULL : path;
}

static struct sw_list *read_copy(const struct sw_policy_loader *l,
				 const struct sw_policy_list *list)
{
	struct sw_policy_list copy = {
		.config = list->config,
		.class = list->class,
		.stale = true,
		.path = copy_path(l->spec->config, list->config->name),
	};
	struct sw_list_spec spec = sw_policy_list_spec(&copy, &l->scrub);
	struct sw_list *ret = NULL;
	struct sw_err err;
	int code = -ENOENT;

	if (copy.path && access(copy.path, F_OK) == 0)
		code = sw_list_read(&spec, NULL, NULL, &ret, NULL, &err);
	if (code && code != -ENOENT)
		sw_policy_say(l, LOG_WARNING, "list %s: the last good copy %s is of no use: %s",
			      list->config->name, copy.path, err.text);
	free(copy.path);
	return ret;
}

static int write_copy(const struct sw_list *list, char *path, struct sw_err *err)
{
	char *slash = strrchr(path, '/');
	int code;

	*slash = '\0';
	code = sw_folder_make(path, 0755);
	*slash = '/';
	if (code)
		return sw_err_set(err, code, "%s: cannot make its folder: %s", path,
				  strerror(-code));
	return sw_list_save(list, path, err);
}

void sw_policy_list_save(const struct sw_policy_loader *l, struct sw_policy_list *list)
{
	char *path = copy_path(l->spec->config, list->config->name);
	struct sw_err err;

	/* A copy that was removed is made anew, but not from what may be it itself. */
	if (path && list->list && (list->unsaved || (!list->stale && access(path, F_OK) != 0))) {
		list->unsaved = write_copy(list->list, path, &err) != 0;
		if (list->unsaved)
			sw_policy_say(l, LOG_ERR,
				      "list %s: its last good copy cannot be kept, so a restart "
				      "could not fall back on it: %s",
				      list->config->name, err.text);
	}
	free(path);
}

/* ---- old and new ---- */

static struct sw_list *duplicate(const struct sw_list *from, uint8_t class)
{
	struct sw_list *list = calloc(1, sizeof(*list));

	if (!list)
		return NULL;
	list->entries4 = malloc((from->n4 + 1) * sizeof(*list->entries4));
	list->entries6 = malloc((from->n6 + 1) * sizeof(*list->entries6));
	if (!list->entries4 || !list->entries6)
		return sw_list_free(list);
	list->n4 = from->n4;
	list->n6 = from->n6;
	list->counts = from->counts;
	list->digest = from->digest;
	for (size_t i = 0; i < from->n4; i++) {
		list->entries4[i] = from->entries4[i];
		list->entries4[i].class = class;
	}
	for (size_t i = 0; i < from->n6; i++) {
		list->entries6[i] = from->entries6[i];
		list->entries6[i].class = class;
	}
	return list;
}

static bool same_entries(const struct sw_list *a, const struct sw_list *b)
{
	if (a->n4 != b->n4 || a->n6 != b->n6)
		return false;
	for (size_t i = 0; i < a->n4; i++) {
		const struct sw_entry4 *x = &a->entries4[i], *y = &b->entries4[i];

		if (x->addr != y->addr || x->len != y->len || x->flags != y->flags)
			return false;
	}
	for (size_t i = 0; i < a->n6; i++) {
		const struct sw_entry6 *x = &a->entries6[i], *y = &b->entries6[i];

		if (x->hi != y->hi || x->lo != y->lo || x->len != y->len || x->flags != y->flags)
			return false;
	}
	return true;
}

/* Entries in force: a copy does not know how many there were before scrubbing. */
static struct sw_list_counts in_force(const struct sw_list *list)
{
	return (struct sw_list_counts){ .prefixes = list->n4 + list->n6 };
}

static int check_change(const struct sw_config_list *config, const struct sw_list *before,
			const struct sw_list *now, struct sw_err *err)
{
	struct sw_list_counts was = in_force(before), is = in_force(now);

	return sw_list_check_change(&was, &is, config->max_change, config->max_change_floor, err);
}

/* ---- loading ---- */

static void tell_loaded(const struct sw_policy_loader *l, const struct sw_policy_list *list,
			const char *how)
{
	const struct sw_list_counts *c = &list->list->counts;

	sw_policy_say(l, LOG_INFO,
		      "list %s: %llu entries, %llu duplicates, %llu scrubbed, %llu bad lines "
		      "(%s, %s)%s",
		      list->config->name, (unsigned long long)c->entries,
		      (unsigned long long)c->duplicates, (unsigned long long)c->scrubbed,
		      (unsigned long long)c->bad, list->path, sw_list_format_name(c->format), how);
}

/* The file was refused: @before, which may be NULL and becomes the list's, stays. */
static int fall_back(const struct sw_policy_loader *l, struct sw_policy_list *list,
		     struct sw_list *before, const char *why)
{
	snprintf(list->problem, sizeof(list->problem), "%.200s: %.300s", list->config->file, why);
	if (!before) {
		sw_policy_say(l, LOG_ERR,
			      "list %s: %s; there is no last good copy, so the list has no "
			      "entries until that is mended",
			      list->config->name, list->problem);
		return 0;
	}
	free(list->path);
	list->path = copy_path(l->spec->config, list->config->name);
	list->list = before;
	list->stale = true;
	sw_policy_say(l, LOG_ERR, "list %s: %s; the last good one stays in force (%zu entries)",
		      list->config->name, list->problem, before->n4 + before->n6);
	return list->path ? 0 : -ENOMEM;
}

static int find_before(const struct sw_policy_loader *l, const struct sw_policy_list *previous,
		       const struct sw_policy_list *list, struct sw_list **ret)
{
	*ret = NULL;
	if (previous && previous->list) {
		*ret = previous->class == list->class ? sw_list_share(previous->list)
						      : duplicate(previous->list, list->class);
		return *ret ? 0 : -ENOMEM;
	}
	if (l->spec->flags & SW_POLICY_LAST_GOOD)
		*ret = read_copy(l, list);
	return 0;
}

/*
 * Would reading the file give the list that we have? Only the file's text, what the
 * config says of reading it, and what is scrubbed have a part in that. A list that is
 * stale is not what its file says.
 */
static bool is_unchanged(const struct sw_policy_loader *l, const struct sw_policy_list *previous,
			 const struct sw_policy_list *list)
{
	const struct sw_config_list *was, *is = list->config;

	if (!previous || !previous->list || previous->stale || !l->same_scrub ||
	    previous->class != list->class)
		return false;
	was = previous->config;
	return !strcmp(was->format, is->format) && !strcmp(was->action, is->action) &&
	       was->scrub == is->scrub && was->max_bad == is->max_bad &&
	       sw_list_is_current(previous->list, list->path);
}

/* Not from its file: from its copy. False: there is none. */
static bool take_copy(const struct sw_policy_loader *l, struct sw_policy_list *list)
{
	char *path = copy_path(l->spec->config, list->config->name);

	list->list = path ? read_copy(l, list) : NULL;
	if (!list->list) {
		free(path);
		return false;
	}
	free(list->path);
	list->path = path;
	list->stale = true;
	snprintf(list->problem, sizeof(list->problem),
		 "%.200s: not read, because it was not confirmed; this is the last good copy",
		 list->config->file);
	sw_policy_say(l, LOG_WARNING, "list %s: %s (%zu entries)", list->config->name,
		      list->problem, list->list->n4 + list->list->n6);
	return true;
}

static int read_file(const struct sw_policy_loader *l, const struct sw_policy_list *previous,
		     struct sw_policy_list *list)
{
	struct sw_list_spec spec = sw_policy_list_spec(list, &l->scrub);
	struct sw_list *before, *now = NULL;
	struct sw_err err = { "" };
	int code;

	if (find_before(l, previous, list, &before))
		return -ENOMEM;
	list->unsaved = previous && previous->unsaved;
	code = sw_list_read(&spec, note_line, (void *)l, &now, NULL, &err);
	if (!code && before)
		code = check_change(list->config, before, now, &err);
	if (code) {
		sw_list_free(now);
		return fall_back(l, list, before, err.text);
	}
	list->list = now;
	list->unsaved |= !before || !same_entries(before, now);
	tell_loaded(l, list, "");
	sw_list_free(before);
	return 0;
}

int sw_policy_list_load(const struct sw_policy_loader *l, const struct sw_policy_list *previous,
			struct sw_policy_list *list)
{
	list->path = strdup(list->config->file);
	if (!list->path)
		return -ENOMEM;
	if ((l->spec->flags & SW_POLICY_COPIES) && take_copy(l, list))
		return 0;
	if (!is_unchanged(l, previous, list))
		return read_file(l, previous, list);
	list->list = sw_list_share(previous->list);
	list->unsaved = previous->unsaved;
	tell_loaded(l, list, ", unchanged");
	return 0;
}
