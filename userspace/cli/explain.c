/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain - what is done with a source, which entries and verdicts say so, which of them
 * wins, until when, and what would be next. Reads the lists as synwardd does and the
 * ledger as it is on the disk, and then asks the card's own table, so that a filter that is
 * behind either shows.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "daemon/told.h"
#include "explain_parts.h"
#include "hold.h"

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

/* The name in maps/reasons.def of why; a limit's two ways out are told as "listed". */
static const char *reason_of(uint8_t class, const struct sw_class *row)
{
	if (class == SW_CLASS_UNLISTED)
		return "unlisted";
	return sw_explain_is_shadow(row) && row->action >= SW_ACTION_LIMIT ? "shadow" : "listed";
}

static void find_words(const struct sw_policy *policy, const struct sw_policy_match *m,
		       struct sw_explained *v)
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
			 const struct sw_policy_match *matches, size_t n, struct sw_explained *ret)
{
	struct sw_explained v = { .source = *source, .class = SW_CLASS_UNLISTED };

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

static void ask_card(const char *pin_dir, const struct sw_explained *v, struct sw_explain_card *ret)
{
	struct sw_explain_card card = { .state = SW_EXPLAIN_CARD_NONE };
	struct sw_datapath_found found;
	struct sw_datapath_info info = { 0 };
	struct sw_datapath *dp;
	struct timespec now;
	int code = sw_datapath_open(pin_dir, SW_DATAPATH_READ, NULL, &dp, &card.err);

	if (code) {
		if (code != -ENOENT)
			card.state = SW_EXPLAIN_CARD_UNREADABLE;
		*ret = card;
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	sw_datapath_lookup(dp, &v->source,
			   (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, &found);
	card.state = SW_EXPLAIN_CARD_READ;
	code = sw_datapath_class(dp, found.class, &card.row);
	if (code) {
		card.state = SW_EXPLAIN_CARD_UNREADABLE;
		sw_err_set(&card.err, code, "class %u: %s", found.class, strerror(-code));
	}
	card.agrees = same_effect(&card.row, v->row);
	sw_datapath_info(dp, &info);
	if (info.contact >= CONTACTS)
		info.contact = 0;
	card.contact = contacts[info.contact].name;
	card.contact_words = contacts[info.contact].words;
	card.surge = info.surge;
	card.steers =
		info.steering && info.desk[v->source.family == 4 ? SW_DESK_IPV4 : SW_DESK_IPV6];
	sw_datapath_close(dp);
	*ret = card;
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
	*ret = sw_prefix_unmapped(&p);
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
	struct sw_explained verdict;
	struct sw_explain_card card;
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
		(json ? sw_explain_json : sw_explain_text)(policy, &verdict, matches, n, &card);
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
