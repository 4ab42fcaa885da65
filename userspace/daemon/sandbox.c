/* SPDX-License-Identifier: GPL-2.0-only */
/* sandbox - see sandbox.h. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "companion.h"
#include "privileges.h"
#include "syscalls.h"
#include "lib/log.h"

struct sw_sandbox {
	struct sw_companion *companion; /* NULL: not root, none */
	void (*note)(void *ctx, int level, const char *text);
	void *ctx;
};

#define say(s, ...) sw_log_note((s)->note, (s)->ctx, __VA_ARGS__)

static void say_who(const struct sw_sandbox *s, const struct sw_config *c,
		    const struct sw_identity *who)
{
	if (who->root && who->uid == 0)
		say(s, LOG_WARNING,
		    "runs as root, as user = \"%s\" asks for: an error in reading a list or an "
		    "answer is then one with root's files within reach; user = \"synward\" is "
		    "for that",
		    c->user);
	else
		say(s, LOG_INFO, "runs as user number %u, without capabilities",
		    (unsigned)who->uid);
	if (s->companion)
		say(s, LOG_INFO, "process %d attaches and pins for it",
		    sw_companion_pid(s->companion));
}

/* What could be read as root, and will be read again at a reload. */
static void check_readable(const struct sw_sandbox *s, const struct sw_config *c)
{
	if (faccessat(AT_FDCWD, c->path, R_OK, AT_EACCESS))
		say(s, LOG_WARNING, "%s: user \"%s\" cannot read it, so no reload will work: %s",
		    c->path, c->user, strerror(errno));
	for (size_t i = 0; i < c->lists_n; i++)
		if (faccessat(AT_FDCWD, c->lists[i].file, R_OK, AT_EACCESS) && errno == EACCES)
			say(s, LOG_WARNING,
			    "list %s: user \"%s\" cannot read %s: chgrp or chmod it",
			    c->lists[i].name, c->user, c->lists[i].file);
}

static int enter(struct sw_sandbox *s, const struct sw_config *config, struct sw_err *err)
{
	struct sw_identity who;
	int code = sw_privileges_find(config->user, &who, err);

	if (!code && geteuid() == 0) {
		code = sw_privileges_take_folders(config, &who, err);
		if (!code)
			code = sw_companion_start(config->pin_dir, &s->companion, err);
	}
	if (!code)
		code = sw_privileges_drop(&who, err);
	if (!code)
		code = sw_syscalls_limit(SW_SYSCALLS_DAEMON, err);
	if (!code) {
		say_who(s, config, &who);
		check_readable(s, config);
	}
	return code;
}

int sw_sandbox_enter(const struct sw_config *config,
		     void (*note)(void *ctx, int level, const char *text), void *ctx,
		     struct sw_sandbox **ret, struct sw_err *err)
{
	struct sw_sandbox *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->note = note;
	s->ctx = ctx;
	code = enter(s, config, err);
	if (code)
		sw_sandbox_leave(s);
	else
		*ret = s;
	return code;
}

int sw_sandbox_fd(const struct sw_sandbox *s)
{
	return s->companion ? sw_companion_fd(s->companion) : -1;
}

struct sw_sandbox *sw_sandbox_leave(struct sw_sandbox *s)
{
	if (!s)
		return NULL;
	sw_companion_stop(s->companion);
	free(s);
	return NULL;
}
