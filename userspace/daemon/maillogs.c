/* SPDX-License-Identifier: GPL-2.0-only */
/* maillogs - see maillogs.h. */
#include "maillogs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/log.h"
#include "mta/follow.h"
#include "mta/journal.h"
#include "mta/maillog.h"

#define LOGS_MAX 16
#define SLICE_BYTES (64u << 10) /* some hundred lines: about a millisecond */
#define SLICE_MESSAGES 256
#define SAVE_SECONDS 2
#define STATE_NAME "maillog-" /* and the path, or this: */
#define STATE_JOURNAL STATE_NAME "journal"
#define PATH_LIMIT 200 /* so that the name of its state is one, with slashes written as %2f */

/* One log. */
struct reading {
	struct sw_maillogs *of;
	char *path; /* NULL: the journal */
	char *state; /* where it was read up to */
	struct sw_follow *follow; /* one of the two */
	struct sw_journal *journal; /* NULL while there is none to be read */
	struct sw_maillog *maillog;
	struct event *ready, *again;
	int failing; /* what was told of it, -errno; 0: it is read */
	uint64_t fate[SW_MAILLOG_FATES]; /* lines */
};

struct sw_maillogs {
	struct sw_maillogs_options options;
	enum sw_maillog_format format;
	struct event_base *base;
	struct event *save;
	struct reading *log;
	size_t n;
};

/* ---- what the config says ---- */

/* The path in a name of a file: no slash in it, and no two alike. NULL: out of memory. */
static char *state_of(const char *folder, const char *path)
{
	char name[3 * PATH_LIMIT + 1], *out = name, *ret;

	if (!path)
		return asprintf(&ret, "%s/" STATE_JOURNAL, folder) < 0 ? NULL : ret;
	for (; *path; path++) {
		if (*path == '/' || *path == '%')
			out += sprintf(out, "%%%02x", (unsigned)(unsigned char)*path);
		else
			*out++ = *path;
	}
	*out = '\0';
	return asprintf(&ret, "%s/" STATE_NAME "%s", folder, name) < 0 ? NULL : ret;
}

static int check_path(const char *path, struct sw_err *err)
{
	size_t name = 0;

	if (path[0] != '/')
		return sw_err_set(err, -EINVAL, "mail-logs: \"%s\": give the whole path, from /",
				  path);
	for (const char *c = path; *c; c++)
		name += *c == '/' || *c == '%' ? 3 : 1;
	if (name <= PATH_LIMIT)
		return 0;
	return sw_err_set(err, -EINVAL, "mail-logs: \"%.40s...\" is too long a path", path);
}

int sw_maillogs_check(const struct sw_config *config, struct sw_err *err)
{
	const struct sw_texts *logs = &config->mail_logs;
	int code = 0;

	if (logs->n > LOGS_MAX)
		return sw_err_set(err, -EINVAL, "mail-logs has %zu files; at most %d are followed",
				  logs->n, LOGS_MAX);
	for (size_t i = 0; i < logs->n && !code; i++) {
		code = check_path(logs->text[i], err);
		for (size_t k = 0; k < i && !code; k++)
			if (!strcmp(logs->text[i], logs->text[k]))
				code = sw_err_set(err, -EINVAL,
						  "mail-logs names %s twice, and all in it would "
						  "count twice; take one away",
						  logs->text[i]);
	}
	return code;
}

bool sw_maillogs_is(const struct sw_maillogs *m, const struct sw_config *config)
{
	const struct sw_texts *logs = &config->mail_logs;
	size_t files = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (!m->log[i].path)
			continue;
		if (files == logs->n || strcmp(m->log[i].path, logs->text[files]) != 0)
			return false;
		files++;
	}
	return files == logs->n && config->mail_journal == (m->n > files) &&
	       !strcmp(config->mail_log_format, sw_maillog_format_name(m->format));
}

/* ---- reading ---- */

#define note(m, ...) sw_log_note((m)->options.note, (m)->options.ctx, __VA_ARGS__)

static const char *name_of(const struct reading *r)
{
	return r->path ? r->path : "the journal";
}

static void hand_on(struct reading *r, const struct sw_maillog_result *result)
{
	r->fate[result->fate]++;
	for (size_t i = 0; i < result->n; i++)
		r->of->options.event(r->of->options.ctx, &result->event[i]);
}

static void on_line(void *ctx, const char *line, size_t n)
{
	struct reading *r = ctx;
	struct sw_maillog_result result;

	sw_maillog_line(r->maillog, line, n, sw_clock_wall_ms(sw_clock_system()), &result);
	hand_on(r, &result);
}

static void on_message(void *ctx, const char *tag, size_t tag_n, const char *text, size_t n,
		       int64_t time_ms)
{
	struct reading *r = ctx;
	struct sw_maillog_result result;

	sw_maillog_message(r->maillog, tag, tag_n, text, n, time_ms, &result);
	hand_on(r, &result);
}

/* Told when it begins and when it is over, not each time it is tried. */
static void tell_failure(struct reading *r, int code)
{
	if (code == r->failing)
		return;
	if (!code)
		note(r->of, LOG_NOTICE, "%s can be read again", name_of(r));
	else
		note(r->of, LOG_WARNING,
		     "%s cannot be read: %s; what it says does not count until it can. %s",
		     name_of(r), strerror(-code),
		     code == -EACCES || code == -EPERM
			     ? "The user synward needs the right to (usually by the group adm)"
			     : "It is tried again");
	r->failing = code;
}

static int watch(struct reading *r, int fd);

/* The journal is opened when it is first read, and tried again while there is none. */
static int read_journal(struct reading *r)
{
	int damaged = 0, code = 0;
	struct sw_err err;

	if (!r->journal) {
		code = sw_journal_open(r->of->options.journal, r->state, on_message, r, &r->journal,
				       &damaged, &err);
		if (damaged)
			note(r->of, LOG_WARNING, "%s; it is read from its end", err.text);
		if (!code)
			code = watch(r, sw_journal_fd(r->journal));
	}
	return code ? code : sw_journal_read(r->journal, SLICE_MESSAGES);
}

static void read_some(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval now = { 0, 0 }, later = { 3, 0 };
	struct reading *r = ctx;
	int code;

	if (r->path)
		code = sw_follow_read(
			r->follow, SLICE_BYTES,
			(int64_t)(sw_clock_monotonic_ns(sw_clock_system()) / 1000000));
	else
		code = read_journal(r);
	tell_failure(r, code < 0 ? code : 0);
	evtimer_add(r->again, code > 0 ? &now : &later);
}

/* Read as soon as @fd is readable; -1 or -errno: the timer has to do. */
static int watch(struct reading *r, int fd)
{
	if (fd < 0)
		return 0;
	r->ready = event_new(r->of->base, fd, EV_READ | EV_PERSIST, read_some, r);
	return r->ready && !event_add(r->ready, NULL) ? 0 : -ENOMEM;
}

static void save(struct sw_maillogs *m)
{
	m->options.settle(m->options.ctx);
	for (size_t i = 0; i < m->n; i++) {
		struct reading *r = &m->log[i];
		int code = r->follow	? sw_follow_save(r->follow)
			   : r->journal ? sw_journal_save(r->journal)
					: 0;

		if (code)
			note(m, LOG_WARNING,
			     "%s: where it was read up to cannot be kept: %s; after a restart "
			     "some of it may count twice",
			     name_of(r), strerror(-code));
	}
}

static void on_save(evutil_socket_t fd, short what, void *ctx)
{
	save(ctx);
}

/* ---- open, close ---- */

static int open_file(struct reading *r, struct sw_err *err)
{
	int damaged = 0;
	int code = sw_follow_open(r->path, r->state, false, on_line, r, &r->follow, &damaged, err);

	if (damaged)
		note(r->of, LOG_WARNING, "%s; it is read from its end", err->text);
	if (!code && watch(r, sw_follow_fd(r->follow)))
		code = sw_err_set(err, -ENOMEM, "out of memory");
	return code;
}

/* One more log; @path NULL: the journal. */
static int add(struct sw_maillogs *m, const char *path, const char *state_dir, struct sw_err *err)
{
	static const struct timeval now;
	struct reading *r = &m->log[m->n];
	int code = sw_maillog_open(m->format, 0, &r->maillog, err);

	if (code)
		return code;
	m->n++;
	r->of = m;
	r->path = path ? strdup(path) : NULL;
	r->state = state_of(state_dir, path);
	r->again = evtimer_new(m->base, read_some, r);
	if ((path && !r->path) || !r->state || !r->again || evtimer_add(r->again, &now))
		return sw_err_set(err, -ENOMEM, "out of memory");
	return path ? open_file(r, err) : 0;
}

static int open_all(struct sw_maillogs *m, const struct sw_config *c, struct sw_err *err)
{
	static const struct timeval every = { SAVE_SECONDS, 0 };
	int code = 0;

	for (size_t i = 0; i < c->mail_logs.n && !code; i++)
		code = add(m, c->mail_logs.text[i], c->state_dir, err);
	if (!code && c->mail_journal)
		code = add(m, NULL, c->state_dir, err);
	if (code)
		return code;
	m->save = event_new(m->base, -1, EV_PERSIST, on_save, m);
	return m->save && !event_add(m->save, &every) ? 0
						      : sw_err_set(err, -ENOMEM, "out of memory");
}

int sw_maillogs_open(struct event_base *base, const struct sw_maillogs_options *options,
		     struct sw_maillogs **ret, struct sw_err *err)
{
	const struct sw_config *c = options->config;
	struct sw_maillogs *m;
	int code = sw_maillogs_check(c, err);

	if (code)
		return code;
	m = calloc(1, sizeof(*m));
	if (m)
		m->log = calloc(c->mail_logs.n + 1, sizeof(*m->log));
	if (!m || !m->log) {
		free(m);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	m->options = *options;
	m->options.config = NULL;
	m->base = base;
	code = sw_maillog_format_parse(c->mail_log_format, &m->format);
	if (code)
		sw_err_set(err, code, "mail-log-format: \"%s\" is none", c->mail_log_format);
	else
		code = open_all(m, c, err);
	if (code) {
		sw_maillogs_close(m);
		return code;
	}
	*ret = m;
	return 0;
}

static void end_reading(struct reading *r)
{
	if (r->ready)
		event_free(r->ready);
	if (r->again)
		event_free(r->again);
	sw_follow_close(r->follow);
	sw_journal_close(r->journal);
	sw_maillog_close(r->maillog);
	free(r->path);
	free(r->state);
}

struct sw_maillogs *sw_maillogs_close(struct sw_maillogs *m)
{
	if (!m)
		return NULL;
	if (m->save) { /* else it was never begun */
		save(m);
		event_free(m->save);
	}
	for (size_t i = 0; i < m->n; i++)
		end_reading(&m->log[i]);
	free(m->log);
	free(m);
	return NULL;
}

/* ---- for status ---- */

static json_t *lines_object(const struct reading *r)
{
	json_t *object = json_object();

	for (unsigned i = 0; object && i < SW_MAILLOG_FATES; i++)
		json_object_set_new(object, sw_maillog_fate_name((enum sw_maillog_fate)i),
				    json_integer((json_int_t)r->fate[i]));
	return object;
}

json_t *sw_maillogs_status(const struct sw_maillogs *m)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < m->n; i++) {
		const struct reading *r = &m->log[i];
		const struct sw_follow_counts *n = r->follow ? sw_follow_counts(r->follow) : NULL;

		json_array_append_new(
			array, json_pack("{s:o, s:o, s:I, s:I, s:I, s:o?}", "log",
					 sw_json_text(name_of(r)), "lines", lines_object(r),
					 "rotations", (json_int_t)(n ? n->rotations : 0), "lost",
					 (json_int_t)(n ? n->lost : 0), "too_long",
					 (json_int_t)(n ? n->too_long : 0), "error",
					 r->failing ? sw_json_text(strerror(-r->failing)) : NULL));
	}
	return array;
}
