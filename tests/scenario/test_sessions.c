/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the cases of tests/scenario/sessions/CASES.txt, each as a test of its own; the notation is
 * in the README beside them. A line that is not understood fails its case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake.h"
#include "lib/duration.h"
#include "rules/origin.h"
#include "support/sessions_world.h"

#define CASES 200
#define WORDS 16

struct scenario {
	const char *file;
	unsigned line; /* of its name */
	const char *text; /* what follows that line */
	char name[120];
};

static struct run {
	const struct scenario *scenario;
	unsigned line;
	unsigned recipients; /* named so far */
	unsigned lists, ours;
	enum sw_tier tier; /* of the class that rejects; 0: block */
	char decides[SW_PREFIX_TEXT]; /* what it speaks of; "": just the source */
	char options[2048];
	char *word[WORDS]; /* of the present line; the last one is "" */
	const char *rest; /* the line as it is, behind its first word */
} r;

static void stop(const char *what, const char *detail)
{
	fail_msg("%s:%u: %s%s%s", r.scenario->file, r.line, what, *detail ? ": " : "", detail);
}

static bool is(const char *word, const char *what)
{
	return !strcmp(word, what);
}

static int64_t duration(const char *text)
{
	int64_t ms = 0;

	if (sw_duration_parse(text, strlen(text), &ms))
		stop("not a duration", text);
	return ms;
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !*text)
		stop("not a number", text);
	return (unsigned)n;
}

static uint8_t origin(const char *text)
{
	uint8_t number = 0;

	if (sw_origin_parse(text, &number))
		stop("not an origin", text);
	return number;
}

static const char *after(unsigned words)
{
	const char *p = r.rest;

	while (words--) {
		p += strcspn(p, " \t");
		p += strspn(p, " \t");
	}
	return p;
}

/* ---- the world ---- */

static void do_option(void)
{
	size_t n = strlen(r.options);

	snprintf(r.options + n, sizeof(r.options) - n, "%s\n", r.rest);
	/* the same again would be an error of the configuration: the last word counts */
	if (strstr(r.options, "bounce-action = report") && strstr(r.options, "bounce-action = off"))
		strcpy(r.options, "bounce-action = off\n");
	sessions_world_configure(r.options);
}

static void do_ours(void)
{
	sworld.ours[r.ours++ % 4] = sessions_world_prefix(r.word[1]);
}

static void do_allow_list(void)
{
	sworld.allowed[r.lists++ % 4] = sessions_world_prefix(r.word[1]);
}

static void change(const char *source, uint8_t of, uint8_t action)
{
	struct sw_verdict_change c = { .source = sessions_world_prefix(source),
				       .origin = of,
				       .action = action };
	struct sw_err err = { "" };
	int code = action ? sw_verdicts_set(sworld.verdicts, &c, 1, "alice", &err)
			  : sw_verdicts_remove(sworld.verdicts, &c, 1, "alice", &err);

	if (code || c.code)
		stop("refused", code ? err.text : c.words);
}

static void do_operator(void)
{
	change(r.word[2], SW_ORIGIN_OPERATOR,
	       is(r.word[1], "remove")	? SW_ACTION_NONE
	       : is(r.word[1], "allow") ? SW_ACTION_ALLOW
					: SW_ACTION_DROP);
}

static void do_pardon(void)
{
	change(r.word[1], origin(r.word[2]), SW_ACTION_NONE);
}

static void do_wait(void)
{
	sessions_world_pass(duration(r.word[1]));
}

/* ---- what is seen ---- */

static void see(enum sw_mta_kind kind)
{
	unsigned n = number(r.word[2]);
	int64_t every = is(r.word[3], "every") ? duration(r.word[4]) : 0;

	for (unsigned i = 0; every && i < n; i++) {
		sessions_world_see(kind, r.word[1], r.recipients++, 1);
		sessions_world_pass(every);
	}
	if (!every)
		sessions_world_see(kind, r.word[1], r.recipients, n);
	r.recipients += n;
}

static void do_same(void)
{
	for (unsigned i = number(r.word[2]); i > 0; i--)
		sessions_world_see(SW_MTA_UNKNOWN_RCPT, r.word[1], 0, 1);
}

static void do_late(void)
{
	struct sw_mta_event e = { .kind = SW_MTA_UNKNOWN_RCPT,
				  .source = sessions_world_prefix(r.word[1]),
				  .recipients = 1,
				  .time_ms = sworld.clock.wall_ms - duration(r.word[3]) };

	for (unsigned i = number(r.word[2]); i > 0; i--)
		sw_sessions_event(sworld.sessions, &e, sw_sessions_now(sworld.sessions));
	sw_sessions_flush(sworld.sessions);
}

static void do_report(void)
{
	const char *result = sw_report_result_name(
		sessions_world_complain(r.word[1], *r.word[3] ? r.word[3] : NULL));

	if (!is(result, r.word[2]))
		stop("the daemon says", result);
}

/* ---- at the desk ---- */

static void do_rejected_by(void)
{
	r.tier = is(r.word[1], "operator") ? SW_TIER_OPERATOR
		 : is(r.word[1], "allow")  ? SW_TIER_ALLOW
		 : is(r.word[1], "dialup") ? SW_TIER_DIALUP
					   : SW_TIER_BLOCK;
	snprintf(r.decides, sizeof(r.decides), "%s", r.word[2]);
}

static void do_returns(void)
{
	int64_t every = is(r.word[3], "every") ? duration(r.word[4]) : 0;

	for (unsigned i = number(r.word[2]); i > 0; i--) {
		sessions_world_return(r.word[1], *r.decides ? r.decides : NULL,
				      r.tier ? r.tier : SW_TIER_BLOCK);
		sessions_world_pass(every);
	}
}

static void do_warn(void)
{
	const char *result = sessions_world_warn(r.word[1], r.word[2], is(r.word[4], "again"));

	if (!is(result, r.word[3]))
		stop("the daemon says", result);
}

static bool nobody(void *ctx, const struct sw_prefix *source)
{
	return false;
}

/* As the card would tell of them; whoever is taken out of the queue could only be examined. */
static void do_syns(void)
{
	const struct sw_intake_options options = { .is_known = nobody,
						   .is_in_hand = nobody,
						   .seed = 1 };
	struct sw_prefix p = sessions_world_prefix(r.word[1]);
	struct sw_intake_item item;
	struct sw_intake *intake;

	assert_int_equal(sw_intake_open(&options, &intake), 0);
	for (unsigned i = number(r.word[2]); i > 0; i--) {
		uint64_t now = sworld.clock.monotonic_ns;
		const struct sw_contact contact = { .time_ns = now,
						    .source_hi = p.hi,
						    .source_lo = p.lo,
						    .port = 25,
						    .family = p.family,
						    .flags = i % 2 ? SW_CONTACT_AGAIN : 0 };

		sw_intake_put(intake, &contact, now);
		while (i % 64 == 0 && sw_intake_next(intake, now, &item))
			sw_verdicts_tick(sworld.verdicts);
		if (i % 1000 == 0)
			sessions_world_pass(10);
	}
	sw_intake_close(intake);
	sw_sessions_flush(sworld.sessions);
}

/* ---- what came of it ---- */

static void do_is(void)
{
	uint8_t class = sessions_world_class(r.word[1]);
	const struct sw_verdict_class *c = sw_verdict_classes;

	while (c->name && c->class != class)
		c++;
	if (!is(r.word[2], class ? c->name : "free"))
		stop(r.word[1], class ? c->name : "free");
}

static void do_because(void)
{
	struct sw_verdict v;

	if (!sessions_world_verdict(r.word[1], origin(r.word[2]), &v))
		stop("there is no verdict", r.word[1]);
	if (!strstr(v.reason, after(2)))
		stop("the reason is", v.reason);
}

static void do_told(void)
{
	if (*r.rest ? !strstr(sworld.note, r.rest) : *sworld.note)
		stop("the log says", sworld.note);
}

static void do_kept(void)
{
	struct sw_ledger_counts n;

	assert_int_equal(sw_ledger_count(sworld.ledger, &n, NULL), 0);
	if (n.verdicts != number(r.word[1]))
		stop("there are not so many", "");
}

/* ---- lines and cases ---- */

static const struct {
	const char *word;
	void (*run)(void);
	unsigned words; /* at least, behind it */
} commands[] = {
	{ "option", do_option, 3 },
	{ "ours", do_ours, 1 },
	{ "allow-list", do_allow_list, 1 },
	{ "operator", do_operator, 2 },
	{ "pardon", do_pardon, 2 },
	{ "same", do_same, 2 },
	{ "late", do_late, 3 },
	{ "report", do_report, 2 },
	{ "rejected-by", do_rejected_by, 1 },
	{ "returns", do_returns, 2 },
	{ "warn", do_warn, 3 },
	{ "syns", do_syns, 2 },
	{ "wait", do_wait, 1 },
	{ "restart", sessions_world_restart, 0 },
	{ "is", do_is, 2 },
	{ "because", do_because, 3 },
	{ "told", do_told, 0 },
	{ "kept", do_kept, 1 },
};

static void run_words(unsigned n, const char *line)
{
	enum sw_mta_kind kind;

	if (!sw_mta_kind_parse(r.word[0], &kind) && n > 2) {
		see(kind);
		return;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!is(r.word[0], commands[i].word))
			continue;
		if (n <= commands[i].words)
			stop("too few words", line);
		commands[i].run();
		return;
	}
	stop("not understood", line);
}

static void run_line(const char *line)
{
	static char end[] = "";
	char copy[512], *rest = copy;
	unsigned n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " \t", &rest); w && n < WORDS - 2;
	     w = strtok_r(NULL, " \t", &rest))
		r.word[n++] = w;
	for (unsigned i = n; i < WORDS; i++)
		r.word[i] = end;
	r.rest = line + strcspn(line, " \t");
	r.rest += strspn(r.rest, " \t");
	run_words(n, line);
}

/* Up to the next case. */
static void run_case(void **state)
{
	const char *p;
	char line[512];

	r.scenario = *state;
	r.line = r.scenario->line;
	for (p = r.scenario->text; *p && strncmp(p, "case ", 5) != 0; p += *p == '\n') {
		size_t n = strcspn(p, "\n");

		r.line++;
		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		p += n;
		if (line[0] && line[0] != '#')
			run_line(line);
	}
}

static int begin_case(void **state)
{
	memset(&r, 0, sizeof(r));
	sessions_world_open(NULL);
	return 0;
}

static int end_case(void **state)
{
	sessions_world_close();
	return 0;
}

static struct scenario scenarios[CASES];
static size_t cases;
static glob_t files;
static char *texts[16];

static void read_file(const char *path, char **text)
{
	FILE *f = fopen(path, "r");
	unsigned line = 1;

	*text = calloc(1, 65536);
	if (!f || !*text || !fread(*text, 1, 65535, f))
		exit(2);
	fclose(f);
	for (char *p = *text; *p; p += *p == '\n', line++) {
		size_t n = strcspn(p, "\n");
		struct scenario *s = &scenarios[cases];

		if (!strncmp(p, "case ", 5) && cases < CASES) {
			*s = (struct scenario){ .file = path, .line = line };
			s->text = p + n + (p[n] == '\n');
			snprintf(s->name, sizeof(s->name), "%.*s", (int)n - 5, p + 5);
			cases++;
		}
		p += n;
	}
}

int main(void)
{
	static struct CMUnitTest tests[CASES];
	const char *top = getenv("TOP");
	char pattern[4096];
	int failed;

	snprintf(pattern, sizeof(pattern), "%s/tests/scenario/sessions/*.txt", top ? top : ".");
	if (glob(pattern, 0, NULL, &files) || files.gl_pathc > 16)
		return 2;
	for (size_t i = 0; i < files.gl_pathc; i++)
		read_file(files.gl_pathv[i], &texts[i]);
	for (size_t i = 0; i < cases; i++)
		tests[i] = (struct CMUnitTest){ .name = scenarios[i].name,
						.test_func = run_case,
						.setup_func = begin_case,
						.teardown_func = end_case,
						.initial_state = &scenarios[i] };
	failed = _cmocka_run_group_tests("sessions", tests, cases, NULL, NULL);
	for (size_t i = 0; i < files.gl_pathc; i++)
		free(texts[i]);
	globfree(&files);
	return failed;
}
