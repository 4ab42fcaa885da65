/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mail logs on the loop, with what follows files and reads the journal by a script: the functions of
 * mta/follow.h and mta/journal.h are those below. So no file is read, and nothing waits: a
 * descriptor that is readable stands for a log that was written to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/maillogs.h"
#include "lib/option.h"
#include "mta/follow.h"
#include "mta/journal.h"

#define LOGS 4
#define LINES 64

/* ---- the script ---- */

struct script {
	char path[64], state[600]; /* as it was opened */
	const char *line[LINES]; /* to be read */
	unsigned lines, at_once; /* at_once: in one call; 0: all */
	int pipe[2]; /* readable: there is something */
	int code; /* of reading: 0, or -errno */
	int save_code;
	bool damaged; /* its state is */
	unsigned reads, saves, closes;
	struct sw_follow_counts counts;
};

static struct world {
	struct script log[LOGS], journal;
	unsigned opened, journal_opened;
	int journal_code; /* of opening it */
	struct event_base *base;
	struct sw_config *config;
	struct sw_maillogs *logs;
	struct sw_mta_event event[LINES];
	unsigned events, notes, settled;
	unsigned saves_when_settled;
	char note[600];
	int level;
} w;

struct sw_follow {
	struct script *script;
	sw_follow_line *line;
	void *ctx;
};

struct sw_journal {
	sw_journal_message *message;
	void *ctx;
};

int sw_follow_open(const char *path, const char *state, bool from_start, sw_follow_line *line,
		   void *ctx, struct sw_follow **ret, int *ret_state, struct sw_err *err)
{
	struct script *s = &w.log[w.opened++];
	struct sw_follow *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_false(from_start);
	snprintf(s->path, sizeof(s->path), "%s", path);
	snprintf(s->state, sizeof(s->state), "%s", state);
	*f = (struct sw_follow){ s, line, ctx };
	if (s->damaged)
		*ret_state = sw_err_set(err, -EBADMSG, "its state is damaged");
	*ret = f;
	return 0;
}

struct sw_follow *sw_follow_close(struct sw_follow *f)
{
	if (f)
		f->script->closes++;
	free(f);
	return NULL;
}

int sw_follow_fd(const struct sw_follow *f)
{
	return f->script->pipe[0];
}

static void drain(const struct script *s)
{
	char bytes[LINES];

	assert_true(read(s->pipe[0], bytes, sizeof(bytes)) > 0);
}

int sw_follow_read(struct sw_follow *f, size_t bytes, int64_t now_ms)
{
	struct script *s = f->script;
	unsigned n = s->at_once && s->at_once < s->lines ? s->at_once : s->lines;

	assert_true(bytes > 0 && now_ms > 0);
	s->reads++;
	if (s->code)
		return s->code;
	for (unsigned i = 0; i < n; i++)
		f->line(f->ctx, s->line[i], strlen(s->line[i]));
	s->counts.lines += n;
	s->lines -= n;
	memmove(s->line, s->line + n, s->lines * sizeof(s->line[0]));
	return s->lines > 0;
}

int sw_follow_save(struct sw_follow *f)
{
	f->script->saves++;
	return f->script->save_code;
}

const struct sw_follow_counts *sw_follow_counts(const struct sw_follow *f)
{
	return &f->script->counts;
}

int sw_journal_open(const char *folder, const char *state, sw_journal_message *message, void *ctx,
		    struct sw_journal **ret, int *ret_state, struct sw_err *err)
{
	struct sw_journal *j;

	w.journal_opened++;
	if (w.journal_code)
		return sw_err_set(err, w.journal_code, "no journal");
	j = calloc(1, sizeof(*j));
	assert_non_null(j);
	snprintf(w.journal.state, sizeof(w.journal.state), "%s", state);
	*j = (struct sw_journal){ message, ctx };
	if (w.journal.damaged)
		*ret_state = sw_err_set(err, -EBADMSG, "its state is damaged");
	*ret = j;
	return 0;
}

struct sw_journal *sw_journal_close(struct sw_journal *j)
{
	if (j)
		w.journal.closes++;
	free(j);
	return NULL;
}

int sw_journal_fd(struct sw_journal *j)
{
	return w.journal.pipe[0];
}

int sw_journal_read(struct sw_journal *j, unsigned max)
{
	struct script *s = &w.journal;

	assert_true(max > 0);
	s->reads++;
	for (unsigned i = 0; i < s->lines && !s->code; i++)
		j->message(j->ctx, "postfix/smtpd", 13, s->line[i], strlen(s->line[i]), 1000);
	s->lines = 0;
	return s->code;
}

int sw_journal_save(struct sw_journal *j)
{
	w.journal.saves++;
	return w.journal.save_code;
}

/* ---- the world around ---- */

static void on_event(void *ctx, const struct sw_mta_event *event)
{
	assert_true(w.events < LINES);
	w.event[w.events++] = *event;
}

static void on_settle(void *ctx)
{
	w.settled++;
	w.saves_when_settled = w.log[0].saves;
}

static void on_note(void *ctx, int level, const char *text)
{
	w.notes++;
	w.level = level;
	snprintf(w.note, sizeof(w.note), "%s", text);
}

static void open_pipe(struct script *s)
{
	assert_int_equal(pipe(s->pipe), 0);
}

static void close_pipe(const struct script *s)
{
	close(s->pipe[0]);
	close(s->pipe[1]);
}

static int setup(void **state)
{
	memset(&w, 0, sizeof(w));
	w.base = event_base_new();
	w.config = sw_config_default();
	assert_true(w.base && w.config);
	for (unsigned i = 0; i < LOGS; i++)
		open_pipe(&w.log[i]);
	open_pipe(&w.journal);
	return 0;
}

static int teardown(void **state)
{
	w.logs = sw_maillogs_close(w.logs);
	for (unsigned i = 0; i < LOGS; i++)
		close_pipe(&w.log[i]);
	close_pipe(&w.journal);
	sw_config_free(w.config);
	event_base_free(w.base);
	return 0;
}

static void follow(const char *path)
{
	assert_int_equal(sw_option_add_text(&w.config->mail_logs, path, NULL), 0);
}

static void start(void)
{
	struct sw_maillogs_options options = {
		.config = w.config, .event = on_event, .settle = on_settle, .note = on_note
	};
	struct sw_err err = { "" };

	if (sw_maillogs_open(w.base, &options, &w.logs, &err))
		fail_msg("%s", err.text);
}

/* All that is due now. */
static void turn(void)
{
	for (unsigned i = 0; i < 5; i++)
		event_base_loop(w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void wrote(struct script *s, const char *line)
{
	assert_true(s->lines < LINES);
	s->line[s->lines++] = line;
}

/* The log is readable for one turn. */
static void written_to(struct script *s)
{
	assert_int_equal(write(s->pipe[1], "x", 1), 1);
	event_base_loop(w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	drain(s);
	turn();
}

#define REJECT                                                                                    \
	"Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: "  \
	"550 5.1.1 <u@example.org>: Recipient address rejected: User unknown in local recipient " \
	"table; "                                                                                 \
	"from=<x@example.net> to=<u@example.org> proto=ESMTP helo=<a.example>"

static json_int_t lines_of(size_t log, const char *fate)
{
	json_t *status = sw_maillogs_status(w.logs);
	json_int_t n = json_integer_value(
		json_object_get(json_object_get(json_array_get(status, log), "lines"), fate));

	json_decref(status);
	return n;
}

/* ---- what is read ---- */

static void two_logs(void **state)
{
	follow("/var/log/mail.log");
	follow("/srv/a%b/mail");
	wrote(&w.log[0], REJECT);
	wrote(&w.log[0], "Nov 26 00:18:17 mx sshd[1]: hello");
	wrote(&w.log[1], REJECT);
	start();
	assert_string_equal(w.log[0].path, "/var/log/mail.log");
	/* each has a file of its own, which the path names */
	assert_string_equal(w.log[0].state, "/var/lib/synward/maillog-%2fvar%2flog%2fmail.log");
	assert_string_equal(w.log[1].state, "/var/lib/synward/maillog-%2fsrv%2fa%25b%2fmail");
	assert_int_equal(w.log[0].reads, 0); /* the loop does that */
	turn();
	assert_int_equal(w.events, 2);
	assert_int_equal(w.event[0].kind, SW_MTA_UNKNOWN_RCPT);
	assert_int_equal(w.event[0].source.lo, 0xc0000201);
	assert_int_equal(lines_of(0, "event"), 1);
	assert_int_equal(lines_of(0, "foreign"), 1);
	assert_int_equal(lines_of(1, "event"), 1);
	assert_int_equal(w.notes, 0);
	/* later, when it is written to */
	wrote(&w.log[1], REJECT);
	written_to(&w.log[1]);
	assert_int_equal(w.events, 3);
	assert_int_equal(lines_of(1, "event"), 2);
}

/* One with much to read lets the others have their turns. */
static void in_slices(void **state)
{
	follow("/a");
	follow("/b");
	for (unsigned i = 0; i < 30; i++)
		wrote(&w.log[0], REJECT);
	w.log[0].at_once = 10;
	wrote(&w.log[1], REJECT);
	start();
	event_base_loop(w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(w.log[0].reads, 1);
	assert_int_equal(w.log[1].reads, 1);
	assert_int_equal(w.events, 11);
	turn();
	assert_int_equal(w.log[0].reads, 3);
	assert_int_equal(w.events, 31);
}

static void a_log_that_cannot_be_read(void **state)
{
	json_t *status;

	follow("/var/log/mail.log");
	follow("/b");
	w.log[0].code = -EACCES;
	wrote(&w.log[1], REJECT);
	start();
	turn();
	assert_int_equal(w.events, 1); /* the other one is read */
	assert_int_equal(w.notes, 1);
	assert_int_equal(w.level, LOG_WARNING);
	assert_string_equal(w.note, "/var/log/mail.log cannot be read: Permission denied; what it "
				    "says does not count until it can. The user synward needs the "
				    "right to (usually by the group adm)");
	status = sw_maillogs_status(w.logs);
	assert_string_equal(json_string_value(json_object_get(json_array_get(status, 0), "error")),
			    "Permission denied");
	assert_true(json_is_null(json_object_get(json_array_get(status, 1), "error")));
	json_decref(status);
	written_to(&w.log[0]);
	assert_int_equal(w.notes, 1); /* told once ... */
	w.log[0].code = -EIO;
	written_to(&w.log[0]);
	assert_int_equal(w.notes, 2); /* ... of each reason */
	assert_non_null(strstr(
		w.note, "Input/output error; what it says does not count until it can. It is "
			"tried again"));
	w.log[0].code = 0;
	wrote(&w.log[0], REJECT);
	written_to(&w.log[0]);
	assert_int_equal(w.notes, 3);
	assert_string_equal(w.note, "/var/log/mail.log can be read again");
	assert_int_equal(w.events, 2);
}

/* ---- where it was read up to ---- */

static void settled_then_saved(void **state)
{
	follow("/a");
	follow("/b");
	wrote(&w.log[0], REJECT);
	start();
	turn();
	assert_int_equal(w.settled, 0);
	w.log[1].save_code = -ENOSPC;
	w.logs = sw_maillogs_close(w.logs);
	assert_int_equal(w.settled, 1);
	assert_int_equal(w.saves_when_settled, 0); /* first what the lines led to */
	assert_int_equal(w.log[0].saves, 1);
	assert_int_equal(w.log[1].saves, 1);
	assert_int_equal(w.log[0].closes, 1);
	assert_int_equal(w.log[1].closes, 1);
	assert_int_equal(w.notes, 1);
	assert_string_equal(w.note, "/b: where it was read up to cannot be kept: No space left on "
				    "device; after a restart some of it may count twice");
}

static void a_damaged_state(void **state)
{
	follow("/a");
	w.log[0].damaged = true;
	wrote(&w.log[0], REJECT);
	start();
	turn();
	assert_int_equal(w.notes, 1);
	assert_string_equal(w.note, "its state is damaged; it is read from its end");
	assert_int_equal(w.events, 1);
}

/* ---- the journal ---- */

static void the_journal(void **state)
{
	w.config->mail_journal = true;
	w.journal_code = -ENOENT;
	wrote(&w.journal, "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 "
			  "<u@example.org>: Recipient address rejected: User unknown in local "
			  "recipient table; from=<x@example.net> to=<u@example.org> proto=ESMTP "
			  "helo=<a.example>");
	follow("/a");
	start();
	turn();
	assert_int_equal(w.journal_opened, 1);
	assert_int_equal(w.notes, 1); /* no failure of the daemon's */
	assert_non_null(strstr(w.note, "the journal cannot be read: No such file or directory"));
	assert_int_equal(w.events, 0);
	w.logs = sw_maillogs_close(w.logs);
	assert_int_equal(w.journal.saves, 0); /* there is nothing to be saved of it */
	w.journal_code = 0;
	w.journal.damaged = true;
	w.opened = 0;
	start();
	turn();
	assert_string_equal(w.journal.state, "/var/lib/synward/maillog-journal");
	assert_int_equal(w.events, 1);
	assert_int_equal(w.event[0].time_ms, 1000);
	assert_int_equal(w.notes, 2);
	assert_non_null(strstr(w.note, "damaged"));
	written_to(&w.journal);
	assert_int_equal(w.journal_opened, 2); /* it stays open */
	w.logs = sw_maillogs_close(w.logs);
	assert_int_equal(w.journal.saves, 1);
	assert_int_equal(w.journal.closes, 1);
}

/* ---- options ---- */

static const char *refused(void)
{
	static struct sw_err err;

	assert_int_equal(sw_maillogs_check(w.config, &err), -EINVAL);
	return err.text;
}

static void what_cannot_be_followed(void **state)
{
	char path[400] = "/";
	struct sw_maillogs_options options = {
		.config = w.config, .event = on_event, .settle = on_settle, .note = on_note
	};
	struct sw_err err;

	assert_int_equal(sw_maillogs_check(w.config, &err), 0);
	follow("/var/log/mail.log");
	assert_int_equal(sw_maillogs_check(w.config, &err), 0);
	follow("mail.log");
	assert_non_null(strstr(refused(), "\"mail.log\": give the whole path"));
	free(w.config->mail_logs.text[--w.config->mail_logs.n]);
	follow("/var/log/mail.log");
	assert_non_null(strstr(refused(), "names /var/log/mail.log twice"));
	assert_int_equal(sw_maillogs_open(w.base, &options, &w.logs, &err), -EINVAL);
	assert_int_equal(w.opened, 0);
	free(w.config->mail_logs.text[--w.config->mail_logs.n]);
	memset(path + 1, 'a', 197);
	follow(path); /* with its slash as three bytes it just fits */
	assert_int_equal(sw_maillogs_check(w.config, &err), 0);
	strcat(path, "a");
	follow(path);
	assert_non_null(strstr(refused(), "is too long a path"));
	while (w.config->mail_logs.n)
		free(w.config->mail_logs.text[--w.config->mail_logs.n]);
	for (unsigned i = 0; i < 17; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		follow(path);
	}
	assert_non_null(strstr(refused(), "17 files; at most 16"));
}

static void a_format_that_there_is_not(void **state)
{
	struct sw_maillogs_options options = { .config = w.config, .note = on_note };
	struct sw_err err;

	follow("/a");
	strcpy(w.config->mail_log_format, "xim"); /* no longer than "auto" */
	assert_int_equal(sw_maillogs_open(w.base, &options, &w.logs, &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"xim\""));
	assert_null(w.logs);
}

static void is_it_what_is_asked_for(void **state)
{
	follow("/a");
	start();
	assert_true(sw_maillogs_is(w.logs, w.config));
	follow("/b");
	assert_false(sw_maillogs_is(w.logs, w.config));
	free(w.config->mail_logs.text[--w.config->mail_logs.n]);
	assert_true(sw_maillogs_is(w.logs, w.config));
	w.config->mail_journal = true;
	assert_false(sw_maillogs_is(w.logs, w.config));
	w.config->mail_journal = false;
	w.config->mail_logs.text[0][1] = 'c';
	assert_false(sw_maillogs_is(w.logs, w.config));
	w.config->mail_logs.text[0][1] = 'a';
	strcpy(w.config->mail_log_format, "exim");
	assert_false(sw_maillogs_is(w.logs, w.config));
}

static void nothing_at_all(void **state)
{
	assert_null(sw_maillogs_close(NULL));
	start();
	turn();
	assert_int_equal(w.events, 0);
	w.logs = sw_maillogs_close(w.logs);
	assert_int_equal(w.notes, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(two_logs),
		TEST(in_slices),
		TEST(a_log_that_cannot_be_read),
		TEST(settled_then_saved),
		TEST(a_damaged_state),
		TEST(the_journal),
		TEST(what_cannot_be_followed),
		TEST(a_format_that_there_is_not),
		TEST(is_it_what_is_asked_for),
		TEST(nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
