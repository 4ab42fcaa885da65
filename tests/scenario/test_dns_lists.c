/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the cases of tests/scenario/dns/CASES.txt, each as a test of its own; the notation is in the
 * README beside them. A line that is not understood fails its case.
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

#include "lib/duration.h"
#include "support/dns_world.h"

#define CASES 400
#define WORDS 64

struct scenario {
	const char *file;
	unsigned line; /* of its name */
	const char *text; /* what follows that line */
	char name[160];
};

static struct run {
	const struct scenario *scenario;
	unsigned line;
	struct dns_world world;
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

static struct sw_prefix address(const char *text)
{
	struct sw_prefix p = { .family = 0 };

	if (sw_addr_parse(text, &p))
		stop("not an address", text);
	return p;
}

static int64_t duration(const char *text)
{
	int64_t ms = 0;

	if (sw_duration_parse(text, strlen(text), &ms))
		stop("not a duration", text);
	return ms;
}

/* ---- the world ---- */

static void check(int code, const struct sw_err *err)
{
	if (code)
		stop("refused", err->text);
}

static void do_sites(void)
{
	struct sw_err err = { "" };

	r.world.sites = sw_sites_free(r.world.sites);
	check(sw_sites_parse(r.rest, strlen(r.rest), &r.world.secrets, &r.world.sites, &err), &err);
}

static void do_dialup(void)
{
	struct sw_err err = { "" };

	check(sw_sites_mark_dialup(r.world.sites, r.rest, strlen(r.rest), &r.world.secrets, &err),
	      &err);
}

static void do_probes(void)
{
	struct sw_err err = { "" };

	check(sw_sites_set_probes(r.world.sites, r.rest, strlen(r.rest), &r.world.secrets, &err),
	      &err);
}

static void do_keys(void)
{
	struct sw_err err = { "" };

	check(sw_secrets_parse(r.rest, strlen(r.rest), &r.world.secrets, &err), &err);
}

static enum sw_outcome_action action(const char *word)
{
	for (unsigned i = SW_OUTCOME_NONE; i <= SW_OUTCOME_DROP; i++)
		if (is(word, sw_outcome_action_name(i)))
			return i;
	stop("not an action", word);
	return SW_OUTCOME_NONE;
}

static void do_rules(void)
{
	struct sw_judge_rules *rules = &r.world.rules;
	struct sw_err err = { "" };

	for (char **w = &r.word[1]; **w; w += 2) {
		if (is(*w, "limit"))
			rules->limit = atoi(w[1]);
		else if (is(*w, "reject"))
			rules->reject = atoi(w[1]);
		else if (is(*w, "drop"))
			rules->drop = atoi(w[1]);
		else if (is(*w, "rdns-most"))
			rules->rdns_most = action(w[1]);
		else if (is(*w, "dialup-most"))
			rules->dialup_most = action(w[1]);
		else
			stop("no such rule", *w);
	}
	check(sw_judge_check(rules, &err), &err);
}

/* names generic 2 server -1: the words point into the scenario's line, which ends before the
 * rules do */
static void do_names(void)
{
	static char names[SW_JUDGE_RDNS][32];
	struct sw_judge_rules *rules = &r.world.rules;

	for (char **w = &r.word[1]; **w; w += 2) {
		snprintf(names[rules->rdns_n], sizeof(names[0]), "%s", w[0]);
		rules->rdns[rules->rdns_n].name = names[rules->rdns_n];
		rules->rdns[rules->rdns_n++].weight = atoi(w[1]);
	}
}

static void do_own(void)
{
	for (char **w = &r.word[1]; **w && r.world.owns < DNS_WORLD_ADDRS; w++)
		r.world.own[r.world.owns++] = address(*w);
}

static void do_canary(void)
{
	for (char **w = &r.word[1]; **w && r.world.canaries < DNS_WORLD_ADDRS; w++)
		r.world.canary[r.world.canaries++] = address(*w);
}

/* ---- zones ---- */

static void name_of(const char *domain, const char *source, char out[SW_DNS_NAME])
{
	struct sw_prefix p = address(source);
	struct sw_site site = { .filters = 0 };

	snprintf(site.domain, sizeof(site.domain), "%s", domain);
	sw_dnsbl_question(&site, &p, out);
}

/* list DOMAIN ADDRESS [ttl SECONDS] CODE... */
static void do_list(void)
{
	uint32_t ttl = SCRIPT_DNS_TTL;
	char name[SW_DNS_NAME];
	char **w = &r.word[3];

	name_of(r.word[1], r.word[2], name);
	if (is(*w, "ttl")) {
		ttl = (uint32_t)atoi(w[1]);
		w += 2;
	}
	for (; **w; w++)
		script_dns_add(r.world.script, name, SW_DNS_A, *w, ttl);
}

static void do_unlist(void)
{
	char name[SW_DNS_NAME];

	name_of(r.word[1], r.word[2], name);
	script_dns_remove(r.world.script, name, SW_DNS_A);
}

/* text DOMAIN ADDRESS WORDS... */
static void do_text(void)
{
	char name[SW_DNS_NAME];

	name_of(r.word[1], r.word[2], name);
	script_dns_add(r.world.script, name, SW_DNS_TXT, strstr(r.rest, r.word[3]), SCRIPT_DNS_TTL);
}

/* honest DOMAIN...: has the test points of RFC 5782 */
static void do_honest(void)
{
	char name[SW_DNS_NAME];

	for (char **w = &r.word[1]; **w; w++) {
		name_of(*w, "127.0.0.2", name);
		script_dns_add(r.world.script, name, SW_DNS_A, "127.0.0.2", SCRIPT_DNS_TTL);
		name_of(*w, "::ffff:7f00:2", name);
		script_dns_add(r.world.script, name, SW_DNS_A, "127.0.0.2", SCRIPT_DNS_TTL);
	}
}

static bool trouble(const char *word, enum sw_dns_trouble *ret)
{
	static const char *const words[] = { "",	  "timeout",   "servfail",   "refused",
					     "malformed", "no-server", "over-budget" };

	for (unsigned i = 1; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is(word, words[i])) {
			*ret = (enum sw_dns_trouble)i;
			return true;
		}
	}
	return false;
}

/* zone DOMAIN well | TROUBLE | all CODE | cunning CODE */
static void do_zone(void)
{
	struct dns_world_zone *zone;
	struct sw_prefix code;

	if (is(r.word[2], "well")) {
		dns_world_well(&r.world, r.word[1]);
		return;
	}
	zone = dns_world_zone(&r.world, r.word[1]);
	if (trouble(r.word[2], &zone->trouble)) {
		zone->mode = DNS_WORLD_TROUBLE;
		return;
	}
	if (!is(r.word[2], "all") && !is(r.word[2], "cunning"))
		stop("no such behaviour", r.word[2]);
	zone->mode = is(r.word[2], "all") ? DNS_WORLD_ALL : DNS_WORLD_CUNNING;
	code = address(r.word[3]);
	for (unsigned i = 0; i < 4; i++)
		zone->code[i] = (uint8_t)(code.lo >> (24 - 8 * i));
}

/* ---- what happens ---- */

static void do_wait(void)
{
	dns_world_pass(&r.world, duration(r.word[1]));
}

/* flood NUMBER DOMAIN CODE | clean | TROUBLE */
static void do_flood(void)
{
	struct sw_dns_record record = { .preference = 0 };
	struct sw_dns_answer answer = { .status = SW_DNS_NXDOMAIN, .ttl = SCRIPT_DNS_TTL };
	struct sw_prefix code;

	if (trouble(r.word[3], &answer.trouble)) {
		answer.status = SW_DNS_TEMPFAIL;
	} else if (!is(r.word[3], "clean")) {
		code = address(r.word[3]);
		for (unsigned i = 0; i < 4; i++)
			record.a[i] = (uint8_t)(code.lo >> (24 - 8 * i));
		answer = (struct sw_dns_answer){ .record = &record, .n = 1, .ttl = SCRIPT_DNS_TTL };
	}
	if (!dns_world_list(&r.world, r.word[2]))
		stop("none of the sites", r.word[2]);
	dns_world_flood(&r.world, r.word[2], (unsigned)atoi(r.word[1]), &answer);
}

/* judge ADDRESS [name CLASS | name ?]... [cleared WEIGHT] */
static void do_judge(void)
{
	struct sw_prefix source = address(r.word[1]);
	struct sw_evidence *e;

	dns_world_begin(&r.world);
	for (char **w = &r.word[2]; **w; w += 2) {
		if (is(w[0], "name")) {
			e = dns_world_add(&r.world, SW_EVIDENCE_RDNS);
			e->name = strcpy(r.world.text[e - r.world.evidence], w[1]);
			e->text = NULL;
			e->state = is(w[1], "?") ? SW_EVIDENCE_MISSING : SW_EVIDENCE_FOUND;
		} else if (is(w[0], "cleared")) {
			e = dns_world_add(&r.world, SW_EVIDENCE_CLEARANCE);
			e->name = "was cleared before";
			e->weight = atoi(w[1]);
		} else {
			stop("no such evidence", w[0]);
		}
	}
	dns_world_judge(&r.world, &source);
}

/* ---- what is expected ---- */

static void expect(bool good, const char *what, const char *have)
{
	if (!good)
		fail_msg("%s:%u: expected %s; it is %s", r.scenario->file, r.line, what, have);
}

/* -> ACTION [score N] [class C] [for DURATION] [settled | provisional] [because WORDS] */
static void do_outcome(void)
{
	const struct sw_outcome *o = &r.world.outcome;
	char have[SW_DURATION_TEXT + 2200], time[SW_DURATION_TEXT];

	snprintf(have, sizeof(have), "%s, class %s, for %s%s: %s",
		 sw_outcome_action_name(o->action), sw_outcome_class_name(o->class),
		 sw_duration_format(o->expires - r.world.now, time),
		 o->provisional ? ", provisional" : ", settled", r.world.words);
	expect(o->action == action(r.word[1]), r.rest, have);
	for (char **w = &r.word[2]; **w; w++) {
		if (is(*w, "because")) {
			expect(strstr(r.world.words, strstr(r.rest, "because ") + 8) != NULL,
			       r.rest, have);
			return;
		}
		if (is(*w, "settled") || is(*w, "provisional")) {
			expect(o->provisional == is(*w, "provisional"), r.rest, have);
			continue;
		}
		if (is(*w, "score"))
			expect(o->score == atoll(w[1]), r.rest, have);
		else if (is(*w, "class"))
			expect(is(w[1], sw_outcome_class_name(o->class)), r.rest, have);
		else if (is(*w, "for"))
			expect(o->expires - r.world.now == duration(w[1]), r.rest, have);
		else
			stop("not understood", *w);
		w++;
	}
}

static struct dns_world_list *list(char *domain, unsigned *family)
{
	char *slash = strstr(domain, "/6");
	struct dns_world_list *l;

	*family = slash != NULL;
	if (slash)
		*slash = '\0';
	l = dns_world_list(&r.world, domain);
	if (!l)
		stop("none of the sites", domain);
	return l;
}

/* trust DOMAIN[/6] STATE [FAULT] [because WORDS] */
static void do_trust(void)
{
	unsigned family;
	struct dns_world_list *l = list(r.word[1], &family);
	const struct sw_trust *t = sw_prober_trust(l->prober[family]);
	const char *because = strstr(r.rest, "because ");
	char have[SW_TRUST_TEXT + 64], why[SW_TRUST_TEXT];

	snprintf(have, sizeof(have), "%s %s, \"%s\"", sw_trust_state_name(t->state),
		 sw_trust_fault_name(t->fault), sw_trust_why(t, why));
	expect(is(r.word[2], sw_trust_state_name(t->state)), r.rest, have);
	if (*r.word[3] && !is(r.word[3], "because"))
		expect(is(r.word[3], sw_trust_fault_name(t->fault)), r.rest, have);
	if (because)
		expect(strstr(why, because + 8) != NULL, r.rest, have);
}

/* withdrawn DOMAIN, kept DOMAIN: were its verdicts taken back since this was looked at? */
static void do_withdrawn(void)
{
	unsigned family;
	struct dns_world_list *l = list(r.word[1], &family);

	expect(l->withdrawn, "withdrawn", "kept");
	l->withdrawn = false;
}

static void do_kept(void)
{
	unsigned family;

	expect(!list(r.word[1], &family)->withdrawn, "kept", "withdrawn");
}

/* questions DOMAIN NUMBER: for the source that was judged last */
static void do_questions(void)
{
	unsigned family;
	char have[16];

	snprintf(have, sizeof(have), "%u", list(r.word[1], &family)->questions);
	expect(is(have, r.word[2]), r.rest, have);
}

/* ---- lines and cases ---- */

static const struct {
	const char *word;
	void (*run)(void);
	unsigned words; /* at least, behind it */
} commands[] = {
	{ "sites", do_sites, 1 },
	{ "dialup", do_dialup, 1 },
	{ "probes", do_probes, 1 },
	{ "keys", do_keys, 1 },
	{ "rules", do_rules, 2 },
	{ "names", do_names, 2 },
	{ "own", do_own, 1 },
	{ "canary", do_canary, 1 },
	{ "list", do_list, 3 },
	{ "unlist", do_unlist, 2 },
	{ "text", do_text, 3 },
	{ "honest", do_honest, 1 },
	{ "zone", do_zone, 2 },
	{ "wait", do_wait, 1 },
	{ "flood", do_flood, 3 },
	{ "judge", do_judge, 1 },
	{ "->", do_outcome, 1 },
	{ "trust", do_trust, 2 },
	{ "withdrawn", do_withdrawn, 1 },
	{ "kept", do_kept, 1 },
	{ "questions", do_questions, 2 },
};

static void run_line(const char *line)
{
	static char end[] = "";
	char copy[1024], *rest = copy;
	unsigned n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " \t", &rest); w && n < WORDS - 4;
	     w = strtok_r(NULL, " \t", &rest))
		r.word[n++] = w;
	for (unsigned i = n; i < WORDS; i++)
		r.word[i] = end;
	r.rest = line + strcspn(line, " \t");
	r.rest += strspn(r.rest, " \t");
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

/* Up to the next case. */
static void run_case(void **state)
{
	const char *p;
	char line[1024];

	r.scenario = *state;
	r.line = r.scenario->line;
	for (p = r.scenario->text; *p && strncmp(p, "case ", 5) != 0; p += *p == '\n') {
		size_t n = strcspn(p, "\n");

		r.line++;
		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		p += n;
		if (line[0] && line[0] != '#')
			run_line(line + strspn(line, " \t"));
	}
}

static int begin_case(void **state)
{
	memset(&r, 0, sizeof(r));
	dns_world_open(&r.world);
	return 0;
}

static int end_case(void **state)
{
	dns_world_close(&r.world);
	return 0;
}

static struct scenario scenarios[CASES];
static size_t cases;
static glob_t files;
static char *texts[64];

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
	int code;

	if (glob("tests/scenario/dns/*.txt", 0, NULL, &files) || files.gl_pathc > 64) {
		fprintf(stderr, "no cases in tests/scenario/dns\n");
		return 2;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		read_file(files.gl_pathv[i], &texts[i]);
	for (size_t i = 0; i < cases; i++)
		tests[i] = (struct CMUnitTest){ .name = scenarios[i].name,
						.test_func = run_case,
						.setup_func = begin_case,
						.teardown_func = end_case,
						.initial_state = &scenarios[i] };
	code = _cmocka_run_group_tests("dns lists", tests, cases, NULL, NULL);
	for (size_t i = 0; i < files.gl_pathc; i++)
		free(texts[i]);
	globfree(&files);
	return code;
}
