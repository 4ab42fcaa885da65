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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "support/cases.h"
#include "support/dns_world.h"

static struct run {
	struct dns_world world;
} r;

static bool is(const char *word, const char *what)
{
	return !strcmp(word, what);
}

static struct sw_prefix address(const char *text)
{
	struct sw_prefix p = { .family = 0 };

	if (sw_addr_parse(text, &p))
		cases_stop("not an address", text);
	return p;
}

/* ---- the world ---- */

static void check(int code, const struct sw_err *err)
{
	if (code)
		cases_stop("refused", err->text);
}

static void do_sites(void)
{
	struct sw_err err = { "" };

	r.world.sites = sw_sites_free(r.world.sites);
	check(sw_sites_parse(cases_at.rest, strlen(cases_at.rest), &r.world.secrets, &r.world.sites,
			     &err),
	      &err);
}

static void do_dialup(void)
{
	struct sw_err err = { "" };

	check(sw_sites_mark_dialup(r.world.sites, cases_at.rest, strlen(cases_at.rest),
				   &r.world.secrets, &err),
	      &err);
}

static void do_probes(void)
{
	struct sw_err err = { "" };

	check(sw_sites_set_probes(r.world.sites, cases_at.rest, strlen(cases_at.rest),
				  &r.world.secrets, &err),
	      &err);
}

static void do_keys(void)
{
	struct sw_err err = { "" };

	check(sw_secrets_parse(cases_at.rest, strlen(cases_at.rest), &r.world.secrets, &err), &err);
}

static enum sw_outcome_action action(const char *word)
{
	for (unsigned i = SW_OUTCOME_NONE; i <= SW_OUTCOME_DROP; i++)
		if (is(word, sw_outcome_action_name(i)))
			return i;
	cases_stop("not an action", word);
	return SW_OUTCOME_NONE;
}

static void do_rules(void)
{
	struct sw_judge_rules *rules = &r.world.rules;
	struct sw_err err = { "" };

	for (char **w = &cases_at.word[1]; **w; w += 2) {
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
			cases_stop("no such rule", *w);
	}
	check(sw_judge_check(rules, &err), &err);
}

/* names generic 2 server -1: the words point into the scenario's line, which ends before the
 * rules do */
static void do_names(void)
{
	static char names[SW_JUDGE_RDNS][32];
	struct sw_judge_rules *rules = &r.world.rules;

	for (char **w = &cases_at.word[1]; **w; w += 2) {
		snprintf(names[rules->rdns_n], sizeof(names[0]), "%s", w[0]);
		rules->rdns[rules->rdns_n].name = names[rules->rdns_n];
		rules->rdns[rules->rdns_n++].weight = atoi(w[1]);
	}
}

static void do_own(void)
{
	for (char **w = &cases_at.word[1]; **w && r.world.owns < DNS_WORLD_ADDRS; w++)
		r.world.own[r.world.owns++] = address(*w);
}

static void do_canary(void)
{
	for (char **w = &cases_at.word[1]; **w && r.world.canaries < DNS_WORLD_ADDRS; w++)
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
	char **w = &cases_at.word[3];

	name_of(cases_at.word[1], cases_at.word[2], name);
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

	name_of(cases_at.word[1], cases_at.word[2], name);
	script_dns_remove(r.world.script, name, SW_DNS_A);
}

/* text DOMAIN ADDRESS WORDS... */
static void do_text(void)
{
	char name[SW_DNS_NAME];

	name_of(cases_at.word[1], cases_at.word[2], name);
	script_dns_add(r.world.script, name, SW_DNS_TXT, strstr(cases_at.rest, cases_at.word[3]),
		       SCRIPT_DNS_TTL);
}

/* honest DOMAIN...: has the test points of RFC 5782 */
static void do_honest(void)
{
	char name[SW_DNS_NAME];

	for (char **w = &cases_at.word[1]; **w; w++) {
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

	if (is(cases_at.word[2], "well")) {
		dns_world_well(&r.world, cases_at.word[1]);
		return;
	}
	zone = dns_world_zone(&r.world, cases_at.word[1]);
	if (trouble(cases_at.word[2], &zone->trouble)) {
		zone->mode = DNS_WORLD_TROUBLE;
		return;
	}
	if (!is(cases_at.word[2], "all") && !is(cases_at.word[2], "cunning"))
		cases_stop("no such behaviour", cases_at.word[2]);
	zone->mode = is(cases_at.word[2], "all") ? DNS_WORLD_ALL : DNS_WORLD_CUNNING;
	code = address(cases_at.word[3]);
	for (unsigned i = 0; i < 4; i++)
		zone->code[i] = (uint8_t)(code.lo >> (24 - 8 * i));
}

/* ---- what happens ---- */

static void do_wait(void)
{
	dns_world_pass(&r.world, cases_duration(cases_at.word[1]));
}

/* flood NUMBER DOMAIN CODE | clean | TROUBLE */
static void do_flood(void)
{
	struct sw_dns_record record = { .preference = 0 };
	struct sw_dns_answer answer = { .status = SW_DNS_NXDOMAIN, .ttl = SCRIPT_DNS_TTL };
	struct sw_prefix code;

	if (trouble(cases_at.word[3], &answer.trouble)) {
		answer.status = SW_DNS_TEMPFAIL;
	} else if (!is(cases_at.word[3], "clean")) {
		code = address(cases_at.word[3]);
		for (unsigned i = 0; i < 4; i++)
			record.a[i] = (uint8_t)(code.lo >> (24 - 8 * i));
		answer = (struct sw_dns_answer){ .record = &record, .n = 1, .ttl = SCRIPT_DNS_TTL };
	}
	if (!dns_world_list(&r.world, cases_at.word[2]))
		cases_stop("none of the sites", cases_at.word[2]);
	dns_world_flood(&r.world, cases_at.word[2], (unsigned)atoi(cases_at.word[1]), &answer);
}

/* judge ADDRESS [name CLASS | name ?]... [cleared WEIGHT] */
static void do_judge(void)
{
	struct sw_prefix source = address(cases_at.word[1]);
	struct sw_evidence *e;

	dns_world_begin(&r.world);
	for (char **w = &cases_at.word[2]; **w; w += 2) {
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
			cases_stop("no such evidence", w[0]);
		}
	}
	dns_world_judge(&r.world, &source);
}

/* ---- what is expected ---- */

static void expect(bool good, const char *what, const char *have)
{
	if (!good)
		fail_msg("%s:%u: expected %s; it is %s", cases_at.file, cases_at.number, what,
			 have);
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
	expect(o->action == action(cases_at.word[1]), cases_at.rest, have);
	for (char **w = &cases_at.word[2]; **w; w++) {
		if (is(*w, "because")) {
			expect(strstr(r.world.words, strstr(cases_at.rest, "because ") + 8) != NULL,
			       cases_at.rest, have);
			return;
		}
		if (is(*w, "settled") || is(*w, "provisional")) {
			expect(o->provisional == is(*w, "provisional"), cases_at.rest, have);
			continue;
		}
		if (is(*w, "score"))
			expect(o->score == atoll(w[1]), cases_at.rest, have);
		else if (is(*w, "class"))
			expect(is(w[1], sw_outcome_class_name(o->class)), cases_at.rest, have);
		else if (is(*w, "for"))
			expect(o->expires - r.world.now == cases_duration(w[1]), cases_at.rest,
			       have);
		else
			cases_stop("not understood", *w);
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
		cases_stop("none of the sites", domain);
	return l;
}

/* trust DOMAIN[/6] STATE [FAULT] [because WORDS] */
static void do_trust(void)
{
	unsigned family;
	struct dns_world_list *l = list(cases_at.word[1], &family);
	const struct sw_trust *t = sw_prober_trust(l->prober[family]);
	const char *because = strstr(cases_at.rest, "because ");
	char have[SW_TRUST_TEXT + 64], why[SW_TRUST_TEXT];

	snprintf(have, sizeof(have), "%s %s, \"%s\"", sw_trust_state_name(t->state),
		 sw_trust_fault_name(t->fault), sw_trust_why(t, why));
	expect(is(cases_at.word[2], sw_trust_state_name(t->state)), cases_at.rest, have);
	if (*cases_at.word[3] && !is(cases_at.word[3], "because"))
		expect(is(cases_at.word[3], sw_trust_fault_name(t->fault)), cases_at.rest, have);
	if (because)
		expect(strstr(why, because + 8) != NULL, cases_at.rest, have);
}

/* withdrawn DOMAIN, kept DOMAIN: were its verdicts taken back since this was looked at? */
static void do_withdrawn(void)
{
	unsigned family;
	struct dns_world_list *l = list(cases_at.word[1], &family);

	expect(l->withdrawn, "withdrawn", "kept");
	l->withdrawn = false;
}

static void do_kept(void)
{
	unsigned family;

	expect(!list(cases_at.word[1], &family)->withdrawn, "kept", "withdrawn");
}

/* questions DOMAIN NUMBER: for the source that was judged last */
static void do_questions(void)
{
	unsigned family;
	char have[16];

	snprintf(have, sizeof(have), "%u", list(cases_at.word[1], &family)->questions);
	expect(is(have, cases_at.word[2]), cases_at.rest, have);
}

/* ---- lines and cases ---- */

static const struct cases_command commands[] = {
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
	{ NULL, NULL, 0 },
};

static void open_world(void)
{
	memset(&r, 0, sizeof(r));
	dns_world_open(&r.world);
}

static void close_world(void)
{
	dns_world_close(&r.world);
}

int main(void)
{
	static const struct cases cases = { .name = "dns lists",
					    .files = "tests/scenario/dns/*.txt",
					    .commands = commands,
					    .open = open_world,
					    .close = close_world };

	return cases_run(&cases);
}
