/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain - what is done with a source, which entries and verdicts say so, which of them
 * wins, until when, and what would be next. Reads the lists as synwardd does and the
 * ledger as it is on the disk, and then asks the card's own table, so that a filter that is
 * behind either shows.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <syslog.h>

#include "cli.h"
#include "daemon/policy.h"
#include "daemon/told.h"
#include "datapath/datapath.h"
#include "escape.h"
#include "hold.h"
#include "lib/clock.h"
#include "rules/origin.h"
#include "rules/precedence.h"
#include "until.h"

struct verdict {
	struct sw_prefix source;
	uint8_t class;
	const struct sw_class *row;
	struct sw_prefix prefix; /* that decides; not when unlisted */
	const struct sw_policy_match *next; /* would decide if that was removed; NULL: unlisted */
	const char *reason;
	char told[SW_WORDING_TEXT]; /* by the desk, or the mail server through it; "": nothing */
};

/* What the table of the card says. */
struct card {
	enum { CARD_NONE, CARD_UNREADABLE, CARD_READ } state;
	struct sw_class row;
	bool agrees;
	uint32_t contact; /* enum sw_contact_mode */
	struct sw_datapath_rate surge;
	bool steers; /* there is a desk that gets it, if its class rejects */
	struct sw_err err;
};

/* By enum sw_contact_mode: the option, and what it means for a source that is unlisted. */
static const struct {
	const char *name, *words;
} contacts[] = {
	{ "off", NULL },
	{ "pass", "first contact: it passes, and synwardd is told of it" },
	{ "hold", "first contact: it is held for a moment, while synwardd finds out about it" },
};
#define CONTACTS (sizeof(contacts) / sizeof(contacts[0]))

static void note_policy(void *ctx, int level, const char *text)
{
	if (level <= LOG_ERR) /* a list that is stale; bad lines are for lists check */
		fprintf(stderr, "synward: %s\n", text);
}

/* ---- finding out ---- */

static bool is_shadow(const struct sw_class *row)
{
	return row->flags & SW_CLASS_SHADOW;
}

/* The name in maps/reasons.def of why; a limit's two ways out are told as "listed". */
static const char *reason_of(uint8_t class, const struct sw_class *row)
{
	if (class == SW_CLASS_UNLISTED)
		return "unlisted";
	return is_shadow(row) && row->action >= SW_ACTION_LIMIT ? "shadow" : "listed";
}

static void find_words(const struct sw_policy *policy, const struct sw_policy_match *m,
		       struct verdict *v)
{
	const struct sw_told told = { .config = policy->config,
				      .source = &v->source,
				      .class = v->row->name,
				      .verdict = m->verdict,
				      .list = m->list ? m->list->config : NULL,
				      .entry = &v->prefix };

	if (v->row->action == SW_ACTION_LIMIT || v->row->action == SW_ACTION_REJECT ||
	    v->row->action == SW_ACTION_RESET || v->row->action == SW_ACTION_DROP)
		sw_told_render(&told, v->told);
}

/* What wins, of matches that are sorted by merit. */
static void find_verdict(const struct sw_policy *policy, const struct sw_prefix *source,
			 const struct sw_policy_match *matches, size_t n, struct verdict *ret)
{
	struct verdict v = { .source = *source, .class = SW_CLASS_UNLISTED };

	if (n && matches[0].wins) {
		v.class = matches[0].class;
		v.prefix = matches[0].entry.prefix;
	}
	v.next = n > 1 && matches[0].wins && matches[1].speaks ? &matches[1] : NULL;
	v.row = &policy->class[v.class];
	v.reason = reason_of(v.class, v.row);
	if (v.class)
		find_words(policy, &matches[0], &v);
	*ret = v;
}

static bool same_effect(const struct sw_class *a, const struct sw_class *b)
{
	return !strcmp(a->name, b->name) && a->action == b->action && a->flags == b->flags &&
	       a->interval == b->interval && a->tolerance == b->tolerance &&
	       a->network_interval == b->network_interval &&
	       a->network_tolerance == b->network_tolerance;
}

static void ask_card(const char *pin_dir, const struct verdict *v, struct card *ret)
{
	struct card card = { .state = CARD_NONE };
	struct sw_datapath_found found;
	struct sw_datapath_info info = { 0 };
	struct sw_datapath *dp;
	struct timespec now;
	int code = sw_datapath_open(pin_dir, SW_DATAPATH_READ, NULL, &dp, &card.err);

	if (code) {
		if (code != -ENOENT)
			card.state = CARD_UNREADABLE;
		*ret = card;
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	sw_datapath_lookup(dp, &v->source,
			   (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, &found);
	card.state = CARD_READ;
	code = sw_datapath_class(dp, found.class, &card.row);
	if (code) {
		card.state = CARD_UNREADABLE;
		sw_err_set(&card.err, code, "class %u: %s", found.class, strerror(-code));
	}
	card.agrees = same_effect(&card.row, v->row);
	sw_datapath_info(dp, &info);
	if (info.contact < CONTACTS)
		card.contact = info.contact;
	card.surge = info.surge;
	card.steers =
		info.steering && info.desk[v->source.family == 4 ? SW_DESK_IPV4 : SW_DESK_IPV6];
	sw_datapath_close(dp);
	*ret = card;
}

/* ---- JSON: keys are added, never renamed; synward(8) has them ---- */

static json_t *json_prefix(const struct sw_prefix *p)
{
	char buf[SW_PREFIX_TEXT];

	return json_string(sw_prefix_format(p, buf));
}

static json_t *json_verdict(const struct sw_verdict *v)
{
	if (!v)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}", "origin", sw_origin_name(v->origin),
			 "reason", sw_json_text(v->reason), "who", sw_json_text(v->who), "created",
			 sw_json_time(v->created_ms), "expires", sw_json_time(v->expires_ms),
			 "count", (json_int_t)v->count);
}

static json_t *json_spf(const struct sw_policy_match *m)
{
	if (!m->spf)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "domain", m->spf->name, "since",
			 sw_json_time(m->since_ms), "confirmed",
			 sw_json_time(m->spf->allow.confirmed_ms));
}

static json_t *json_next(const struct sw_policy *policy, const struct sw_policy_match *next)
{
	const struct sw_class *row = &policy->class[next ? next->class : SW_CLASS_UNLISTED];

	return json_pack("{s:s, s:s, s:o}", "action", sw_action_name(row->action), "class",
			 row->name, "prefix",
			 next ? json_prefix(&next->entry.prefix) : json_null());
}

static json_t *json_match(const struct sw_policy *policy, const struct sw_policy_match *m)
{
	const struct sw_class *row = &policy->class[m->class];
	const char *file = m->list ? m->list->path : policy->config->path;
	json_t *where = m->own || m->verdict || m->spf ? json_null() : sw_json_text(file);

	return json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:b, s:o, s:o, s:o, s:b, s:b, s:s, s:o, s:o}", "list",
		row->name, "action", sw_action_name(row->action), "tier", sw_tier_name(row->tier),
		"shadow", is_shadow(row), "prefix", json_prefix(&m->entry.prefix), "exclusion",
		m->entry.exclude, "file", where, "line",
		m->entry.line ? json_integer((json_int_t)m->entry.line) : json_null(), "text",
		sw_json_text(m->entry.text), "stale", m->list && m->list->stale, "wins", m->wins,
		"why", m->why, "verdict", json_verdict(m->verdict), "spf", json_spf(m));
}

static json_t *json_card(const struct card *card)
{
	if (card->state == CARD_NONE)
		return json_null();
	if (card->state == CARD_UNREADABLE)
		return json_pack("{s:o}", "error", sw_json_text(card->err.text));
	return json_pack("{s:s, s:s, s:b, s:b, s:s, s:f, s:b}", "action",
			 sw_action_name(card->row.action), "class", card->row.name, "shadow",
			 is_shadow(&card->row), "agrees", card->agrees, "first_contact",
			 contacts[card->contact].name, "surge_rate", card->surge.rate, "desk",
			 card->steers);
}

static void print_json(const struct sw_policy *policy, const struct verdict *v,
		       const struct sw_policy_match *matches, size_t n, const struct card *card)
{
	json_t *array = json_array();
	char buf[SW_PREFIX_TEXT];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_match(policy, &matches[i]));
	sw_print_json(json_pack(
		"{s:s, s:s, s:s, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "address",
		sw_prefix_format(&v->source, buf), "action", sw_action_name(v->row->action),
		"class", v->row->name, "prefix", v->class ? json_prefix(&v->prefix) : json_null(),
		"reason", v->reason, "shadow", is_shadow(v->row), "next",
		v->class ? json_next(policy, v->next) : json_null(), "matches", array, "card",
		json_card(card), "told", v->told[0] ? json_string(v->told) : json_null()));
}

/* ---- text ---- */

static void print_single(const struct sw_verdict *v)
{
	char since[SW_TIME_TEXT], until[SW_UNTIL_TEXT], *reason = sw_escape(v->reason);

	printf("        since %s by %s, %s: %s\n", sw_time_format(v->created_ms, since), v->who,
	       sw_until_format(v->expires_ms, sw_clock_wall_ms(sw_clock_system()), until),
	       reason ? reason : "");
	free(reason);
}

static void print_spf(const struct sw_policy_match *m)
{
	char since[SW_TIME_TEXT], confirmed[SW_TIME_TEXT];

	printf("        SPF of %s, since %s; ", m->spf->name, sw_time_format(m->since_ms, since));
	if (m->spf->allow.confirmed_ms)
		printf("its policy was last read %s\n",
		       sw_time_format(m->spf->allow.confirmed_ms, confirmed));
	else
		puts("its policy was never read whole");
}

static void print_match(const struct sw_policy *policy, const struct sw_policy_match *m)
{
	const struct sw_class *row = &policy->class[m->class];
	char prefix[SW_PREFIX_TEXT], action[32];

	snprintf(action, sizeof(action), "%s%s", sw_action_name(row->action),
		 is_shadow(row) ? " (shadow)" : "");
	printf("  %-5s %-20s %-15s %-7s %s%s: %s\n", m->wins ? "wins" : "", row->name, action,
	       sw_tier_name(row->tier), m->entry.exclude ? "not " : "",
	       sw_prefix_format(&m->entry.prefix, prefix), m->why);
	if (m->verdict)
		print_single(m->verdict);
	else if (m->spf)
		print_spf(m);
	else if (m->own)
		printf("        never-block: %s\n", m->own->why);
	else if (!m->list)
		printf("        never-block in %s\n", policy->config->path);
	else if (m->entry.line)
		printf("        %s:%lu%s: %s\n", m->list->path, m->entry.line,
		       m->list->stale ? " (stale: its last good copy)" : "", m->entry.text);
	else
		printf("        %s%s\n", m->list->path,
		       m->list->stale ? " (stale: the last good list)" : "");
}

static void print_card(const struct card *card, const struct sw_class *expected)
{
	const struct sw_class *row = &card->row;

	if (card->state == CARD_NONE) {
		puts("card: no filter is loaded");
	} else if (card->state == CARD_UNREADABLE) {
		printf("card: its table cannot be read: %s\n", card->err.text);
	} else if (card->agrees) {
		puts("card: its table says the same");
		if (!strcmp(expected->name, "unlisted") && contacts[card->contact].words)
			printf("card: %s\n", contacts[card->contact].words);
		if (!strcmp(expected->name, "unlisted") && card->contact && card->surge.rate > 0)
			printf("card: of all such sources together %.6g SYNs a second pass, and "
			       "%" PRIu32 " at once\n",
			       card->surge.rate, card->surge.burst);
		if (row->action == SW_ACTION_REJECT && !is_shadow(row))
			puts(card->steers ? "card: synward-desk gets the connection, and says why"
					  : "card: the mail server gets the connection, for "
					    "synward-desk is not there");
	} else {
		bool rate = !strcmp(row->name, expected->name) && row->action == expected->action &&
			    row->flags == expected->flags;

		printf("card: its table says %s by %s%s%s; it was filled before the lists, the "
		       "configuration or the ledger changed: reload synwardd, or run synward "
		       "attach\n",
		       sw_action_name(row->action), row->name, is_shadow(row) ? " (shadow)" : "",
		       rate ? ", with another rate or burst" : "");
	}
}

static void print_text(const struct sw_policy *policy, const struct verdict *v,
		       const struct sw_policy_match *matches, size_t n, const struct card *card)
{
	char source[SW_PREFIX_TEXT], prefix[SW_PREFIX_TEXT];

	sw_prefix_format(&v->source, source);
	if (!v->class)
		printf("%s: pass, no entry matches (unlisted)\n", source);
	else
		printf("%s: %s by %s, prefix %s%s\n", source, sw_action_name(v->row->action),
		       v->row->name, sw_prefix_format(&v->prefix, prefix),
		       is_shadow(v->row) ? "; in shadow: it is counted, and the SYN passes" : "");
	for (size_t i = 0; i < n; i++)
		print_match(policy, &matches[i]);
	if (v->class && v->next)
		printf("without what wins: %s by %s\n",
		       sw_action_name(policy->class[v->next->class].action),
		       policy->class[v->next->class].name);
	else if (v->class)
		puts("without what wins: pass, nothing else is said");
	if (v->told[0] && is_shadow(v->row))
		printf("a mail server that asks is told: %s\n", v->told);
	else if (v->told[0] && v->row->action == SW_ACTION_REJECT)
		printf("it is told: %s\n", v->told);
	print_card(card, v->row);
}

/* ---- the command ---- */

/* An IPv4 address in IPv6 clothes (RFC 4291, 2.5.5.2) is an IPv4 source to the card. */
static int parse_source(const char *text, struct sw_prefix *ret)
{
	struct sw_prefix p;
	int code = sw_addr_parse(text, &p);

	if (code && strchr(text, '/'))
		return sw_fail("%s: explain takes one address, not a network", text);
	if (code)
		return sw_fail("%s: %s; explain takes an IPv4 or IPv6 address", text,
			       sw_prefix_error(code));
	if (p.family == 6 && p.hi == 0 && p.lo >> 32 == 0xffff)
		p = sw_prefix_ip4((uint32_t)p.lo, 32);
	*ret = p;
	return SW_EXIT_OK;
}

/* As synwardd would load it now. */
static int load_policy(const struct sw_config *config, struct sw_policy **ret, struct sw_err *err)
{
	const struct sw_own_places places = { .ssh = NULL };
	struct sw_own own = { .entry = NULL };
	struct sw_spf_domains spf = { .n = 0 };
	const struct sw_policy_spec spec = { .config = config,
					     .own = &own,
					     .spf = &spf,
					     .flags = SW_POLICY_LAST_GOOD,
					     .note = note_policy };
	int code = 0;

	if (config->allow_spf.n && sw_spf_domains_read(config->state_dir, &spf, err))
		note_policy(NULL, LOG_ERR, err->text);
	if (config->never_block_own)
		code = sw_own_find(&places, note_policy, NULL, &own, err);
	if (!code)
		code = sw_policy_load(&spec, ret, err);
	sw_own_done(&own);
	sw_spf_domains_done(&spf);
	return code;
}

static int explain(const struct sw_config *config, const struct sw_prefix *source, bool json)
{
	struct sw_hold hold = { .n = 0 };
	struct sw_policy_verdicts verdicts = { .all = hold.all };
	struct sw_policy_match *matches = NULL;
	struct sw_policy *policy = NULL;
	struct verdict verdict;
	struct card card;
	struct sw_err err;
	size_t n = 0;
	int code = load_policy(config, &policy, &err);

	if (!code)
		code = sw_hold_read(config, source, &hold, &err);
	verdicts.n = hold.n;
	if (!code)
		code = sw_policy_explain(policy, source, &verdicts, &matches, &n, &err);
	if (!code) {
		find_verdict(policy, source, matches, n, &verdict);
		ask_card(config->pin_dir, &verdict, &card);
		(json ? print_json : print_text)(policy, &verdict, matches, n, &card);
	}
	sw_policy_matches_free(matches, n);
	sw_policy_free(policy);
	return code ? sw_fail("%s", err.text) : SW_EXIT_OK;
}

int sw_cmd_explain(int argc, char **argv)
{
	struct sw_options options;
	struct sw_config *config;
	struct sw_prefix source;
	int first = sw_options_read(argc, argv, &options), exit_code;

	if (first < 0 || argc - first != 1)
		return sw_usage("explain");
	if (parse_source(argv[first], &source))
		return SW_EXIT_FAILED;
	config = sw_config_open(options.config);
	if (!config)
		return SW_EXIT_FAILED;
	exit_code = explain(config, &source, options.json);
	sw_config_free(config);
	return exit_code;
}
