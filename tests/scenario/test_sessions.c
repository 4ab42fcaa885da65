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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake.h"
#include "rules/origin.h"
#include "support/cases.h"
#include "support/sessions_world.h"

static struct run {
	unsigned recipients; /* named so far */
	unsigned lists, ours;
	enum sw_tier tier; /* of the class that rejects; 0: block */
	char decides[SW_PREFIX_TEXT]; /* what it speaks of; "": just the source */
	char options[2048];
} r;

static bool is(const char *word, const char *what)
{
	return !strcmp(word, what);
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !*text)
		cases_stop("not a number", text);
	return (unsigned)n;
}

static uint8_t origin(const char *text)
{
	uint8_t number = 0;

	if (sw_origin_parse(text, &number))
		cases_stop("not an origin", text);
	return number;
}

static const char *after(unsigned words)
{
	const char *p = cases_at.rest;

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

	snprintf(r.options + n, sizeof(r.options) - n, "%s\n", cases_at.rest);
	/* the same again would be an error of the configuration: the last word counts */
	if (strstr(r.options, "bounce-action = report") && strstr(r.options, "bounce-action = off"))
		strcpy(r.options, "bounce-action = off\n");
	sessions_world_configure(r.options);
}

static void do_ours(void)
{
	sworld.ours[r.ours++ % 4] = sessions_world_prefix(cases_at.word[1]);
}

static void do_allow_list(void)
{
	sworld.allowed[r.lists++ % 4] = sessions_world_prefix(cases_at.word[1]);
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
		cases_stop("refused", code ? err.text : c.words);
}

static void do_operator(void)
{
	change(cases_at.word[2], SW_ORIGIN_OPERATOR,
	       is(cases_at.word[1], "remove")  ? SW_ACTION_NONE
	       : is(cases_at.word[1], "allow") ? SW_ACTION_ALLOW
					       : SW_ACTION_DROP);
}

static void do_pardon(void)
{
	change(cases_at.word[1], origin(cases_at.word[2]), SW_ACTION_NONE);
}

static void do_wait(void)
{
	sessions_world_pass(cases_duration(cases_at.word[1]));
}

/* ---- what is seen ---- */

static void see(enum sw_mta_kind kind)
{
	unsigned n = number(cases_at.word[2]);
	int64_t every = is(cases_at.word[3], "every") ? cases_duration(cases_at.word[4]) : 0;

	for (unsigned i = 0; every && i < n; i++) {
		sessions_world_see(kind, cases_at.word[1], r.recipients++, 1);
		sessions_world_pass(every);
	}
	if (!every)
		sessions_world_see(kind, cases_at.word[1], r.recipients, n);
	r.recipients += n;
}

static void do_same(void)
{
	for (unsigned i = number(cases_at.word[2]); i > 0; i--)
		sessions_world_see(SW_MTA_UNKNOWN_RCPT, cases_at.word[1], 0, 1);
}

static void do_late(void)
{
	struct sw_mta_event e = { .kind = SW_MTA_UNKNOWN_RCPT,
				  .source = sessions_world_prefix(cases_at.word[1]),
				  .recipients = 1,
				  .time_ms =
					  sworld.clock.wall_ms - cases_duration(cases_at.word[3]) };

	for (unsigned i = number(cases_at.word[2]); i > 0; i--)
		sw_sessions_event(sworld.sessions, &e, sw_sessions_now(sworld.sessions));
	sw_sessions_flush(sworld.sessions);
}

static void do_report(void)
{
	const char *result = sw_report_result_name(sessions_world_complain(
		cases_at.word[1], *cases_at.word[3] ? cases_at.word[3] : NULL));

	if (!is(result, cases_at.word[2]))
		cases_stop("the daemon says", result);
}

/* ---- at the desk ---- */

static void do_rejected_by(void)
{
	r.tier = is(cases_at.word[1], "operator") ? SW_TIER_OPERATOR
		 : is(cases_at.word[1], "allow")  ? SW_TIER_ALLOW
		 : is(cases_at.word[1], "dialup") ? SW_TIER_DIALUP
						  : SW_TIER_BLOCK;
	snprintf(r.decides, sizeof(r.decides), "%s", cases_at.word[2]);
}

static void do_returns(void)
{
	int64_t every = is(cases_at.word[3], "every") ? cases_duration(cases_at.word[4]) : 0;

	for (unsigned i = number(cases_at.word[2]); i > 0; i--) {
		sessions_world_return(cases_at.word[1], *r.decides ? r.decides : NULL,
				      r.tier ? r.tier : SW_TIER_BLOCK);
		sessions_world_pass(every);
	}
}

static void do_warn(void)
{
	const char *result = sessions_world_warn(cases_at.word[1], cases_at.word[2],
						 is(cases_at.word[4], "again"));

	if (!is(result, cases_at.word[3]))
		cases_stop("the daemon says", result);
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
	struct sw_prefix p = sessions_world_prefix(cases_at.word[1]);
	struct sw_intake_item item;
	struct sw_intake *intake;

	assert_int_equal(sw_intake_open(&options, &intake), 0);
	for (unsigned i = number(cases_at.word[2]); i > 0; i--) {
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
	uint8_t class = sessions_world_class(cases_at.word[1]);
	const struct sw_verdict_class *c = sw_verdict_classes;

	while (c->name && c->class != class)
		c++;
	if (!is(cases_at.word[2], class ? c->name : "free"))
		cases_stop(cases_at.word[1], class ? c->name : "free");
}

static void do_because(void)
{
	struct sw_verdict v;

	if (!sessions_world_verdict(cases_at.word[1], origin(cases_at.word[2]), &v))
		cases_stop("there is no verdict", cases_at.word[1]);
	if (!strstr(v.reason, after(2)))
		cases_stop("the reason is", v.reason);
}

static void do_told(void)
{
	if (*cases_at.rest ? !strstr(sworld.note, cases_at.rest) : *sworld.note)
		cases_stop("the log says", sworld.note);
}

static void do_kept(void)
{
	struct sw_ledger_counts n;

	assert_int_equal(sw_ledger_count(sworld.ledger, &n, NULL), 0);
	if (n.verdicts != number(cases_at.word[1]))
		cases_stop("there are not so many", "");
}

/* ---- lines and cases ---- */

static const struct cases_command commands[] = {
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
	{ NULL, NULL, 0 },
};

static bool is_seen(unsigned n)
{
	enum sw_mta_kind kind;

	if (sw_mta_kind_parse(cases_at.word[0], &kind) || n <= 2)
		return false;
	see(kind);
	return true;
}

static void open_world(void)
{
	memset(&r, 0, sizeof(r));
	sessions_world_open(NULL);
}

int main(void)
{
	static const struct cases cases = { .name = "sessions",
					    .files = "tests/scenario/sessions/*.txt",
					    .commands = commands,
					    .other = is_seen,
					    .open = open_world,
					    .close = sessions_world_close };

	return cases_run(&cases);
}
