/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From config and list files to classes and one flat table: precedence, holes,
 * shadow, never-block; lists that went bad; class numbers over reloads; why
 * explain says what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/policy.h"
#include "maps/table.h"
#include "rules/origin.h"
#include "rules/precedence.h"
#include "support/folder.h"

#define SAVE 0x100 /* keep copies of what was loaded */
#define BOTH (SAVE | SW_POLICY_LAST_GOOD)

struct world {
	char *folder;
	char notes[32768];
	struct sw_config *config[2];
	struct sw_policy *policy[2]; /* the present one, and the one before */
};

static void note(void *ctx, int level, const char *text)
{
	struct world *w = ctx;
	size_t n = strlen(w->notes);

	snprintf(w->notes + n, sizeof(w->notes) - n, "%d %s\n", level, text);
}

static void note_config(void *ctx, const char *text)
{
	fail_msg("%s", text);
}

/* The config @lists, the present policy being the previous one. */
static int load(struct world *w, const char *lists, unsigned flags)
{
	struct sw_policy_spec spec = {
		.previous = w->policy[0], .flags = flags & ~SAVE, .note = note, .ctx = w
	};
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_err err = { "" };
	char text[10240];
	int code;

	snprintf(text, sizeof(text), "interfaces = {e}\nstate-dir = \"%s/state\"\n%s", w->folder,
		 lists);
	folder_write(w->folder, "conf", text);
	assert_int_equal(sw_config_read(folder_path(w->folder, "conf"), note_config, NULL, &config),
			 0);
	w->notes[0] = '\0';
	spec.config = config;
	code = sw_policy_load(&spec, &policy, &err);
	if (code) {
		assert_string_not_equal(err.text, "");
		sw_config_free(config);
		return code;
	}
	if (flags & SAVE)
		sw_policy_save(policy, note, w);
	sw_policy_free(w->policy[1]);
	sw_config_free(w->config[1]);
	w->policy[1] = w->policy[0];
	w->config[1] = w->config[0];
	w->policy[0] = policy;
	w->config[0] = config;
	return 0;
}

static void forget(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		w->policy[i] = sw_policy_free(w->policy[i]);
		w->config[i] = sw_config_free(w->config[i]);
	}
}

/* ---- what a policy says ---- */

static uint8_t flat_class(const struct sw_policy *p, const struct sw_prefix *source)
{
	uint8_t class = SW_CLASS_UNLISTED, len = 0;
	bool found = false;

	for (size_t i = 0; i < p->flat4_n; i++) {
		struct sw_prefix at = sw_prefix_ip4(p->flat4[i].addr, p->flat4[i].len);

		if (sw_prefix_contains(&at, source) && (!found || at.len >= len)) {
			class = p->flat4[i].class;
			len = at.len;
			found = true;
		}
	}
	for (size_t i = 0; i < p->flat6_n; i++) {
		struct sw_prefix at =
			sw_prefix_ip6(p->flat6[i].hi, p->flat6[i].lo, p->flat6[i].len);

		if (sw_prefix_contains(&at, source) && (!found || at.len >= len)) {
			class = p->flat6[i].class;
			len = at.len;
			found = true;
		}
	}
	return class;
}

/* "class prefix" of @address, on which table, look-up and explain must agree. */
static const char *said(const struct world *w, const char *address)
{
	static char text[128];
	const struct sw_policy *p = w->policy[0];
	struct sw_policy_match *matches;
	struct sw_prefix source, by;
	struct sw_err err = { "" };
	char buf[SW_PREFIX_TEXT];
	size_t n;
	uint8_t class;

	assert_int_equal(sw_addr_parse(address, &source), 0);
	class = sw_policy_lookup(p, &source, &by);
	assert_int_equal(flat_class(p, &source), class);
	assert_int_equal(sw_policy_explain(p, &source, NULL, &matches, &n, &err), 0);
	if (class == SW_CLASS_UNLISTED) {
		assert_int_equal(by.len, 0);
		for (size_t i = 0; i < n; i++)
			assert_false(matches[i].wins);
		snprintf(text, sizeof(text), "unlisted");
	} else {
		assert_true(n > 0);
		assert_true(matches[0].wins);
		assert_int_equal(matches[0].class, class);
		assert_int_equal(sw_prefix_cmp(&matches[0].entry.prefix, &by), 0);
		for (size_t i = 1; i < n; i++)
			assert_false(matches[i].wins);
		snprintf(text, sizeof(text), "%s %s", p->class[class].name,
			 sw_prefix_format(&by, buf));
	}
	sw_policy_matches_free(matches, n);
	return text;
}

/* "list prefix: why; ..." of all matches, best first. */
static const char *explained(const struct world *w, const char *address)
{
	static char text[4096];
	struct sw_policy_match *matches;
	struct sw_prefix source;
	char buf[SW_PREFIX_TEXT];
	size_t n;

	text[0] = '\0';
	assert_int_equal(sw_addr_parse(address, &source), 0);
	assert_int_equal(sw_policy_explain(w->policy[0], &source, NULL, &matches, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s %s: %s",
			 i ? "; " : "", matches[i].entry.exclude ? "not " : "",
			 w->policy[0]->class[matches[i].class].name,
			 sw_prefix_format(&matches[i].entry.prefix, buf), matches[i].why);
	sw_policy_matches_free(matches, n);
	return text;
}

static uint8_t number_of(const struct sw_policy *p, const char *name)
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		if (p->class[c].action != SW_ACTION_NONE && !strcmp(p->class[c].name, name))
			return (uint8_t)c;
	fail_msg("no class %s", name);
	return 0;
}

/* ---- tests ---- */

static void test_rows(void **state)
{
	struct world *w = *state;
	const struct sw_class *row;

	folder_write(w->folder, "f", "5.0.0.0/8\n");
	assert_int_equal(load(w,
			      "list a { file = f action = drop }\n"
			      "list b { file = f action = limit rate = 6/min burst = 3 "
			      "network-rate = 12/min network-burst = 7 }\n"
			      "list c { file = f action = limit rate = 1000/s burst = 10 }\n"
			      "list d { file = f action = limit rate = 1/d burst = 1 }\n"
			      "list e { file = f action = allow enforce = false }\n"
			      "list f { file = f action = limit tier = dialup rate = 1/h "
			      "burst = 24 }\n",
			      0),
			 0);
	row = w->policy[0]->class;
	assert_string_equal(row[0].name, "unlisted");
	assert_int_equal(row[0].action, SW_ACTION_PASS);
	assert_string_equal(row[1].name, "never-block");
	assert_int_equal(row[1].action, SW_ACTION_ALLOW);
	for (unsigned c = SW_CLASS_OPERATOR_ALLOW; c < 6; c++) {
		assert_int_equal(row[c].action, c % 2 ? SW_ACTION_DROP : SW_ACTION_ALLOW);
		assert_int_equal(row[c].flags, c >= 4 ? SW_CLASS_TEMPORARY : 0);
		assert_int_equal(row[c].tier, SW_TIER_OPERATOR);
	}
	assert_string_equal(row[SW_CLASS_OPERATOR_BLOCK_TEMPORARY].name,
			    "operator-block-temporary");
	for (unsigned c = 6; c < SW_CLASS_FIRST_LIST; c++)
		if ((c < SW_CLASS_DNS_CLEAR || c > SW_CLASS_DNS_DIALUP_DROP) &&
		    (c < SW_CLASS_BOUNCE_LOCK || c > SW_CLASS_COMPLAINT_BLOCK) &&
		    (c < SW_CLASS_OPERATOR_REJECT || c > SW_CLASS_DESK_DROP))
			assert_int_equal(row[c].action, SW_ACTION_NONE);
	for (unsigned c = SW_CLASS_BOUNCE_LOCK; c <= SW_CLASS_COMPLAINT_BLOCK; c++) {
		bool ends = c == SW_CLASS_BOUNCE_LOCK_TEMPORARY;

		assert_int_equal(row[c].action, SW_ACTION_DROP);
		assert_int_equal(row[c].flags, ends ? SW_CLASS_TEMPORARY : 0);
		assert_int_equal(row[c].tier, SW_TIER_ABUSE);
	}
	assert_string_equal(row[SW_CLASS_BOUNCE_LOCK].name, "bounce-lock");
	assert_string_equal(row[SW_CLASS_COMPLAINT_BLOCK].name, "complaint-block");
	for (unsigned c = SW_CLASS_DNS_CLEAR; c <= SW_CLASS_DNS_DIALUP_DROP; c++) {
		bool clear = c == SW_CLASS_DNS_CLEAR;

		assert_int_equal(row[c].flags, SW_CLASS_TEMPORARY);
		assert_int_equal(row[c].tier, clear ? SW_TIER_NONE : SW_TIER_DIALUP);
		assert_int_equal(row[c].interval, row[c].action == SW_ACTION_LIMIT ? 152588 : 0);
	}
	assert_string_equal(row[SW_CLASS_DNS_CLEAR].name, "dns-clear");
	assert_int_equal(row[SW_CLASS_DNS_CLEAR].action, SW_ACTION_PASS);
	assert_int_equal(row[SW_CLASS_DNS_REJECT].action, SW_ACTION_REJECT);
	assert_int_equal(row[SW_CLASS_DNS_LIMIT].tolerance, 2 * 152588);
	assert_string_equal(row[SW_CLASS_DNS_DIALUP_DROP].name, "dns-dialup-drop");
	assert_int_equal(row[SW_CLASS_DNS_DIALUP_DROP].action, SW_ACTION_DROP);
	row += SW_CLASS_FIRST_LIST;
	assert_string_equal(row[0].name, "a");
	assert_int_equal(row[0].action, SW_ACTION_DROP);
	assert_int_equal(row[0].tier, SW_TIER_BLOCK);
	assert_int_equal(row[0].interval, 0);
	assert_true(row[0].created > 1700000000);
	assert_int_equal(row[1].interval, 152588); /* 10 s in ticks of 65536 ns */
	assert_int_equal(row[1].tolerance, 2 * 152588);
	assert_int_equal(row[1].network_interval, 76294);
	assert_int_equal(row[1].network_tolerance, 6 * 76294);
	assert_int_equal(row[2].network_interval, 0);
	assert_int_equal(row[2].interval, 15);
	assert_int_equal(row[2].tolerance, 9 * 15);
	assert_int_equal(row[3].interval, 1318359375); /* a day */
	assert_int_equal(row[3].tolerance, 0);
	assert_int_equal(row[4].flags, SW_CLASS_SHADOW);
	assert_int_equal(row[4].tier, SW_TIER_ALLOW);
	assert_int_equal(row[5].tier, SW_TIER_DIALUP);
	assert_int_equal(row[5].tolerance, 23 * (uint64_t)row[5].interval);
	assert_int_equal(row[6].action, SW_ACTION_NONE);
}

static void test_precedence(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "block", "5.0.0.0/8\n2a05::/16\n5.9.9.9\n");
	folder_write(w->folder, "limit", "5.1.0.0/16\n5.2.0.0/16\n2a05:1::/32\n6.0.0.0/8\n");
	folder_write(w->folder, "limit2", "5.2.0.0/16\n");
	folder_write(w->folder, "allow", "5.1.1.0/24\n4.0.0.0/7\n2a05:1:1::/48\n");
	folder_write(w->folder, "dialup", "5.3.3.3\n7.0.0.0/8\n");
	assert_int_equal(load(w,
			      "never-block = {5.9.0.0/16, 2a05:9::/32}\n"
			      "list limit2 { file = limit2 action = drop }\n"
			      "list dialup { file = dialup action = drop tier = dialup }\n"
			      "list limit { file = limit action = limit rate = 1/s }\n"
			      "list block { file = block action = drop }\n",
			      0),
			 0);
	assert_string_equal(said(w, "4.255.255.255"), "unlisted");
	assert_string_equal(said(w, "5.0.0.0"), "block 5.0.0.0/8");
	assert_string_equal(said(w, "5.255.255.255"), "block 5.0.0.0/8");
	assert_string_equal(said(w, "5.1.2.3"), "limit 5.1.0.0/16"); /* longer */
	assert_string_equal(said(w, "5.2.2.3"), "limit2 5.2.0.0/16"); /* harsher */
	assert_string_equal(said(w, "5.3.3.3"), "block 5.0.0.0/8"); /* higher tier */
	assert_string_equal(said(w, "7.1.1.1"), "dialup 7.0.0.0/8");
	assert_string_equal(said(w, "5.9.9.9"), "never-block 5.9.0.0/16");
	assert_string_equal(said(w, "2a05:1::1"), "limit 2a05:1::/32");
	assert_string_equal(said(w, "2a05:2::1"), "block 2a05::/16");
	assert_string_equal(said(w, "2a05:9::1"), "never-block 2a05:9::/32");
	assert_string_equal(said(w, "2a06::1"), "unlisted");
	assert_string_equal(explained(w, "5.2.2.3"),
			    "limit2 5.2.0.0/16: harsher action; limit 5.2.0.0/16: milder action; "
			    "block 5.0.0.0/8: shorter prefix");
	assert_string_equal(explained(w, "5.3.3.3"),
			    "block 5.0.0.0/8: higher tier; dialup 5.3.3.3: lower tier");
	assert_string_equal(explained(w, "7.1.1.1"), "dialup 7.0.0.0/8: nothing else is said");
	assert_string_equal(explained(w, "4.0.0.1"), "");

	assert_int_equal(load(w,
			      "list limit { file = limit action = limit rate = 1/s }\n"
			      "list block { file = block action = drop }\n"
			      "list allow { file = allow action = allow }\n",
			      0),
			 0);
	assert_string_equal(said(w, "5.1.2.3"), "allow 4.0.0.0/7");
	assert_string_equal(said(w, "5.1.1.3"), "allow 5.1.1.0/24");
	assert_string_equal(said(w, "2a05:1:1::3"), "allow 2a05:1:1::/48");
	assert_string_equal(said(w, "6.1.1.1"), "limit 6.0.0.0/8");
	assert_string_equal(explained(w, "5.1.1.3"),
			    "allow 5.1.1.0/24: higher tier; limit 5.1.0.0/16: lower tier; "
			    "block 5.0.0.0/8: lower tier; allow 4.0.0.0/7: its list has a longer "
			    "entry");
}

/* One whose entry was taken back by a bad prefix length must not load at all. */
static void test_bits_below_length(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "f", "5.0.0.0/7\n");
	assert_int_equal(load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_null(w->policy[0]->lists[0].list);
	assert_string_equal(said(w, "5.1.1.1"), "unlisted");
}

static void test_exclusions(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "a",
		     "5.0.0.0/8\n!5.1.0.0/16\n5.1.1.0/24\n!5.1.1.7\n"
		     "2a05::/16\n!2a05:1::/32\n");
	folder_write(w->folder, "b", "5.1.0.0/20\n");
	assert_int_equal(load(w,
			      "list a { file = a action = drop }\n"
			      "list b { file = b action = limit rate = 1/s }\n",
			      0),
			 0);
	assert_string_equal(said(w, "5.2.0.1"), "a 5.0.0.0/8");
	assert_string_equal(said(w, "5.1.1.1"), "a 5.1.1.0/24");
	assert_string_equal(said(w, "5.1.1.7"), "b 5.1.0.0/20"); /* the hole is a's alone */
	assert_string_equal(said(w, "5.1.2.1"), "b 5.1.0.0/20");
	assert_string_equal(said(w, "5.1.99.1"), "unlisted");
	assert_string_equal(said(w, "2a05:1::1"), "unlisted");
	assert_string_equal(said(w, "2a05:2::1"), "a 2a05::/16");
	assert_string_equal(explained(w, "5.1.99.1"),
			    "not a 5.1.0.0/16: an exclusion: the list says nothing of it; "
			    "a 5.0.0.0/8: excluded by a longer entry of its list");
}

static void test_shadow(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "trial", "5.0.0.0/8\n5.1.1.1\n");
	folder_write(w->folder, "block", "5.1.0.0/16\n");
	assert_int_equal(load(w,
			      "list trial { file = trial action = drop enforce = false }\n"
			      "list try-allow { file = trial action = allow enforce = false }\n"
			      "list block { file = block action = limit rate = 1/s "
			      "tier = dialup }\n",
			      0),
			 0);
	assert_string_equal(said(w, "5.1.1.1"), "block 5.1.0.0/16");
	assert_string_equal(said(w, "5.2.1.1"), "try-allow 5.0.0.0/8");
	assert_int_equal(strncmp(explained(w, "5.1.1.1"),
				 "block 5.1.0.0/16: enforced, the others are in shadow; "
				 "try-allow 5.1.1.1: in shadow: it gives way to what is enforced",
				 110),
			 0);
}

static void test_scrub(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "f", "10.0.0.0/8\n5.5.0.0/16\n192.168.1.1\n5.6.7.8\n");
	assert_int_equal(load(w,
			      "never-block = {5.5.5.0/24, 5.6.0.0/16}\n"
			      "list a { file = f action = drop }\n"
			      "list b { file = f action = drop scrub = false }\n"
			      "list c { file = f action = allow enforce = false }\n",
			      0),
			 0);
	assert_string_equal(said(w, "10.1.1.1"), "b 10.0.0.0/8");
	assert_string_equal(said(w, "5.5.5.5"), "never-block 5.5.5.0/24");
	assert_string_equal(said(w, "5.5.6.5"), "a 5.5.0.0/16");
	assert_int_equal(w->policy[0]->lists[0].list->counts.scrubbed, 4);
	assert_int_equal(w->policy[0]->lists[1].list->counts.scrubbed, 2);
	assert_int_equal(w->policy[0]->lists[2].list->counts.scrubbed, 0);
	assert_non_null(strstr(w->notes, "f:1: scrubbed: 10.0.0.0/8"));
	assert_non_null(strstr(w->notes, "f:4: scrubbed: 5.6.7.8"));
}

/* All of the internet by one line: an allow list may, and who says so. */
static void test_wide(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "f", "0.0.0.0/0\n5.5.0.0/16\n");
	assert_int_equal(load(w,
			      "list a { file = f action = drop max-bad = \"50%\" }\n"
			      "list b { file = f action = limit rate = \"6/min\" }\n"
			      "list c { file = f action = drop scrub = false enforce = false }\n",
			      0),
			 0);
	assert_string_equal(said(w, "5.5.1.1"), "a 5.5.0.0/16");
	assert_string_equal(said(w, "9.9.9.9"), "c 0.0.0.0/0");
	assert_null(w->policy[0]->lists[1].list);
	assert_non_null(strstr(w->notes, "f:1: covers all of the IPv4 internet: \"0.0.0.0/0\""));
	assert_non_null(strstr(w->policy[0]->lists[1].problem, "1 of 2 entries are bad"));
	assert_int_equal(load(w, "list a { file = f action = allow }\n", 0), 0);
	assert_string_equal(said(w, "9.9.9.9"), "a 0.0.0.0/0");
}

static void write_many(struct world *w, const char *name, int n)
{
	char *text = malloc((size_t)n * 20 + 1);
	int used = 0;

	for (int i = 0; i < n; i++)
		used += sprintf(text + used, "5.%d.%d.0/24\n", i / 256, i % 256);
	folder_write_bytes(w->folder, name, text, (size_t)used);
	free(text);
}

#define CHANGING "list a { file = f action = drop max-change = 2 max-change-floor = 10 }\n"

/* The present list is refused; what is in force is @entries of a good one. */
static void assert_stale(struct world *w, size_t entries, const char *why)
{
	const struct sw_policy_list *l = &w->policy[0]->lists[0];

	assert_true(l->stale);
	assert_non_null(l->list);
	assert_int_equal(l->list->n4, entries);
	if (!strstr(l->problem, why))
		fail_msg("\"%s\" is not in \"%s\"", why, l->problem);
	assert_non_null(strstr(w->notes, "stays in force"));
	assert_string_equal(said(w, "5.0.3.1"), "a 5.0.3.0/24");
}

static void test_stale(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "empty" },
		{ "<html>\n<body>\n503\n", "" },
		{ "5.0.0.0/24\nx\ny\n", "" },
		{ "# nothing\n", "no entries" },
	};

	write_many(w, "f", 100);
	assert_int_equal(load(w, CHANGING, 0), 0);
	assert_false(w->policy[0]->lists[0].stale);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		folder_write(w->folder, "f", bad[i].text);
		assert_int_equal(load(w, CHANGING, 0), 0);
		assert_stale(w, 100, bad[i].why);
	}
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(load(w, CHANGING, 0), 0);
	assert_stale(w, 100, "No such file");
	write_many(w, "f", 49);
	assert_int_equal(load(w, CHANGING, 0), 0);
	assert_stale(w, 100, "shrank from 100 to 49");
	write_many(w, "f", 201);
	assert_int_equal(load(w, CHANGING, 0), 0);
	assert_stale(w, 100, "grew from 100 to 201");
	write_many(w, "f", 50);
	assert_int_equal(load(w, CHANGING, 0), 0);
	assert_false(w->policy[0]->lists[0].stale);
	assert_int_equal(w->policy[0]->lists[0].list->n4, 50);
}

static void test_max_change_0_takes_all(void **state)
{
	struct world *w = *state;

	write_many(w, "f", 1000);
	assert_int_equal(load(w, "list a { file = f action = drop max-change = 0 }\n", 0), 0);
	write_many(w, "f", 1);
	assert_int_equal(load(w, "list a { file = f action = drop max-change = 0 }\n", 0), 0);
	assert_int_equal(w->policy[0]->lists[0].list->n4, 1);
}

/* Without a list that was ever good, the others work. */
static void test_never_good(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "g", "6.0.0.0/8\n");
	assert_int_equal(load(w,
			      "list a { file = missing action = drop }\n"
			      "list b { file = g action = drop }\n",
			      BOTH),
			 0);
	assert_null(w->policy[0]->lists[0].list);
	assert_false(w->policy[0]->lists[0].stale);
	assert_non_null(strstr(w->policy[0]->lists[0].problem, "No such file"));
	assert_non_null(strstr(w->notes, "3 list a: "));
	assert_string_equal(said(w, "5.1.1.1"), "unlisted");
	assert_string_equal(said(w, "6.1.1.1"), "b 6.0.0.0/8");
}

static void test_restart(void **state)
{
	struct world *w = *state;

	write_many(w, "f", 100);
	assert_int_equal(load(w, CHANGING, BOTH), 0);
	forget(w);
	folder_write(w->folder, "f", "");
	assert_int_equal(load(w, CHANGING, BOTH), 0);
	assert_stale(w, 100, "empty");
	assert_string_equal(w->policy[0]->lists[0].path,
			    folder_path(w->folder, "state/lists/a.last"));
	/* a change that is too great is one after a restart, too */
	forget(w);
	write_many(w, "f", 10);
	assert_int_equal(load(w, CHANGING, SW_POLICY_LAST_GOOD), 0);
	assert_stale(w, 100, "shrank");
	/* who does not ask for the last good copies does not get them */
	forget(w);
	folder_write(w->folder, "f", "");
	assert_int_equal(load(w, CHANGING, 0), 0);
	assert_null(w->policy[0]->lists[0].list);
}

/* The copy holds holes, IPv6, and what was scrubbed is not in it. */
static void test_copy_is_the_list(void **state)
{
	struct world *w = *state;
	const char *lists = "list a { file = f action = drop }\n";

	folder_write(w->folder, "f",
		     "5.0.0.0/8\n!5.1.0.0/16\n2a05::/16\n!2a05:1::/32\n"
		     "10.0.0.1\n5.1.1.1\n");
	assert_int_equal(load(w, lists, BOTH), 0);
	forget(w);
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(load(w, lists, BOTH), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_string_equal(said(w, "5.2.1.1"), "a 5.0.0.0/8");
	assert_string_equal(said(w, "5.1.2.1"), "unlisted");
	assert_string_equal(said(w, "5.1.1.1"), "a 5.1.1.1");
	assert_string_equal(said(w, "2a05:1::1"), "unlisted");
	assert_string_equal(said(w, "2a05:2::1"), "a 2a05::/16");
	assert_string_equal(said(w, "10.0.0.1"), "unlisted");
}

static void test_copy_is_written_when_changed(void **state)
{
	struct world *w = *state;
	struct stat before, after;
	const char *copy, *lists = "list a { file = f action = drop }\n";

	write_many(w, "f", 3);
	assert_int_equal(load(w, lists, BOTH), 0);
	copy = folder_path(w->folder, "state/lists/a.last");
	assert_int_equal(stat(copy, &before), 0);
	write_many(w, "f", 3);
	assert_int_equal(load(w, lists, BOTH), 0);
	assert_int_equal(stat(copy, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* replaced means another file */
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	write_many(w, "f", 4);
	assert_int_equal(load(w, lists, BOTH), 0);
	assert_int_equal(stat(copy, &after), 0);
	assert_true(before.st_ino != after.st_ino ||
		    before.st_mtim.tv_nsec != after.st_mtim.tv_nsec);
	/* one that somebody removed is written again */
	unlink(copy);
	assert_int_equal(load(w, lists, BOTH), 0);
	assert_int_equal(access(copy, R_OK), 0);
}

static void test_copy_that_is_spoilt(void **state)
{
	struct world *w = *state;
	const char *lists = "list a { file = f action = drop }\n";

	write_many(w, "f", 3);
	assert_int_equal(load(w, lists, BOTH), 0);
	forget(w);
	folder_write_bytes(w->folder, "state/lists/a.last", "\0\1\2\3", 4);
	assert_int_equal(load(w, lists, BOTH), 0);
	assert_non_null(strstr(w->notes, "of no use"));
	assert_int_equal(w->policy[0]->lists[0].list->n4, 3);
	forget(w);
	folder_write_bytes(w->folder, "state/lists/a.last", "\0\1\2\3", 4);
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(load(w, lists, BOTH), 0);
	assert_null(w->policy[0]->lists[0].list);
}

/* ---- lists that did not change ---- */

static bool kept(const struct world *w)
{
	bool same = w->policy[0]->lists[0].list == w->policy[1]->lists[0].list;

	assert_int_equal(same, !!strstr(w->notes, ", unchanged"));
	return same;
}

/* What the file says counts, and no date or size of it. */
static void test_unchanged(void **state)
{
	struct world *w = *state;
	const char *lists = "list a { file = f action = drop }\n", *path;
	struct timespec times[2];
	struct stat st;

	path = folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\nx\n");
	assert_int_equal(load(w, "list a { file = f action = drop max-bad = \"90%\" }\n", 0), 0);
	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\n");
	assert_int_equal(load(w, lists, 0), 0);
	assert_false(kept(w));
	assert_int_equal(load(w, lists, 0), 0);
	assert_true(kept(w));
	assert_string_equal(said(w, "5.0.2.1"), "a 5.0.2.0/24");
	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\n"); /* the same once more */
	assert_int_equal(load(w, lists, 0), 0);
	assert_true(kept(w));
	/* another content of the same size and date */
	assert_int_equal(stat(path, &st), 0);
	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.3.0/24\n");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(load(w, lists, 0), 0);
	assert_false(kept(w));
	assert_string_equal(said(w, "5.0.2.1"), "unlisted");
	assert_string_equal(said(w, "5.0.3.1"), "a 5.0.3.0/24");
	/* the one before is freed, the present one stays */
	assert_int_equal(load(w, lists, 0), 0);
	assert_int_equal(load(w, lists, 0), 0);
	assert_true(kept(w));
	assert_string_equal(said(w, "5.0.3.1"), "a 5.0.3.0/24");
}

/* The file did not change, but what it means may have. */
static void test_unchanged_file_read_anew(void **state)
{
	static const char *const configs[] = {
		"list a { file = f action = drop }\n",
		"never-block = {\"5.0.1.0/24\"}\nlist a { file = f action = drop }\n",
		"never-block = {\"5.0.2.0/24\"}\nlist a { file = f action = drop }\n",
		"list a { file = f action = drop scrub = false }\n",
		"list a { file = f action = drop format = plain }\n",
		"list a { file = f action = drop max-bad = \"50%\" }\n",
		"list a { file = f action = pass }\n",
		"list a { file = f action = allow }\n",
		"list a { file = f action = drop enforce = false }\n",
	};
	struct world *w = *state;

	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\n10.0.0.0/24\n");
	assert_int_equal(load(w, configs[0], 0), 0);
	for (size_t i = 1; i < sizeof(configs) / sizeof(*configs); i++) {
		assert_int_equal(load(w, configs[i], 0), 0);
		assert_false(kept(w));
		assert_int_equal(load(w, configs[i], 0), 0);
		assert_true(kept(w));
	}
	assert_int_equal(load(w, configs[1], 0), 0);
	assert_string_equal(said(w, "5.0.1.1"), "never-block 5.0.1.0/24");
	assert_int_equal(w->policy[0]->lists[0].list->n4, 1);
}

/* What stayed in force because the file is bad was not read from it. */
static void test_stale_is_not_unchanged(void **state)
{
	struct world *w = *state;
	const char *good = "5.0.1.0/24\n5.0.2.0/24\n";

	folder_write(w->folder, "f", good);
	assert_int_equal(load(w, "list a { file = f action = drop }\n", 0), 0);
	folder_write(w->folder, "f", "");
	assert_int_equal(load(w, "list a { file = f action = drop format = drop-json }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_string_equal(said(w, "5.0.1.1"), "a 5.0.1.0/24");
	folder_write(w->folder, "f", good);
	assert_int_equal(load(w, "list a { file = f action = drop format = drop-json }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale); /* it is no JSON */
	assert_int_equal(load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_false(w->policy[0]->lists[0].stale);
	assert_int_equal(load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_true(kept(w));
}

/* state-dir cannot be written: said, and no reason to stop. */
static void test_copy_that_cannot_be_written(void **state)
{
	struct world *w = *state;

	write_many(w, "f", 3);
	folder_write(w->folder, "state", "a file where the folder should be");
	assert_int_equal(load(w, "list a { file = f action = drop }\n", BOTH), 0);
	assert_non_null(strstr(w->notes, "3 list a: its last good copy cannot be kept"));
	assert_string_equal(said(w, "5.0.1.1"), "a 5.0.1.0/24");
}

static void test_class_numbers(void **state)
{
	struct world *w = *state;
	const char *a = "list a { file = f action = drop }\n";
	uint8_t number_a, number_b, changed;
	char lists[512];

	write_many(w, "f", 3);
	snprintf(lists, sizeof(lists), "%slist b { file = f action = limit rate = 1/s }\n", a);
	assert_int_equal(load(w, lists, 0), 0);
	number_a = number_of(w->policy[0], "a");
	number_b = number_of(w->policy[0], "b");
	assert_int_equal(number_a, SW_CLASS_FIRST_LIST);
	assert_int_equal(number_b, SW_CLASS_FIRST_LIST + 1);

	/* another order and a list more: the rows stay where they were */
	snprintf(lists, sizeof(lists),
		 "list c { file = f action = allow }\n"
		 "list b { file = f action = limit rate = 1/s }\n%s",
		 a);
	assert_int_equal(load(w, lists, 0), 0);
	assert_int_equal(number_of(w->policy[0], "a"), number_a);
	assert_int_equal(number_of(w->policy[0], "b"), number_b);
	assert_int_equal(w->policy[0]->class[number_a].created,
			 w->policy[1]->class[number_a].created);

	/* a row that changed has a number that the policy before did not use */
	snprintf(lists, sizeof(lists), "list b { file = f action = limit rate = 2/s }\n%s", a);
	assert_int_equal(load(w, lists, 0), 0);
	changed = number_of(w->policy[0], "b");
	assert_int_equal(w->policy[1]->class[changed].action, SW_ACTION_NONE);
	assert_int_equal(number_of(w->policy[0], "a"), number_a);
	assert_int_equal(w->policy[0]->class[number_b].action, SW_ACTION_NONE);
	assert_string_equal(said(w, "5.0.0.1"), "a 5.0.0.0/24");

	/* entries of a stale list carry the number of now */
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(load(w, "list b { file = f action = drop }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_string_equal(said(w, "5.0.0.1"), "b 5.0.0.0/24");
}

static void test_no_number_left(void **state)
{
	struct world *w = *state;
	char lists[8192] = "";

	folder_write(w->folder, "f", "5.0.0.0/8\n");
	for (int i = 0; i < 100; i++)
		sprintf(lists + strlen(lists), "list l%d {file=f action=drop}\n", i);
	assert_int_equal(load(w, lists, 0), 0);
	lists[0] = '\0';
	for (int i = 0; i < 100; i++)
		sprintf(lists + strlen(lists), "list m%d {file=f action=drop}\n", i);
	assert_int_equal(load(w, lists, 0), 0);
	lists[0] = '\0';
	for (int i = 0; i < 100; i++)
		sprintf(lists + strlen(lists), "list n%d {file=f action=drop}\n", i);
	assert_int_equal(load(w, lists, 0), 0);
	assert_int_equal(w->policy[0]->lists_n, 100);
	for (int i = 0; i < 3; i++) {
		/* 100 old ones and 125 new ones do not fit */
		lists[0] = '\0';
		for (int k = 0; k < (i < 2 ? 125 : 124); k++)
			sprintf(lists + strlen(lists), "list %c%d {file=f action=drop}\n", 'o', k);
		assert_int_equal(load(w, lists, 0), i < 2 ? -E2BIG : 0);
	}
}

/* A file that changed, or went, after it was loaded: explain still answers. */
static void test_explain_without_file(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "f", "5.0.0.0/8 ; SBL1\n5.1.0.0/16\n");
	assert_int_equal(load(w, "list a { file = f action = drop }\n", 0), 0);
	unlink(folder_path(w->folder, "f"));
	assert_string_equal(said(w, "5.2.1.1"), "a 5.0.0.0/8");
	assert_string_equal(explained(w, "5.2.1.1"), "a 5.0.0.0/8: nothing else is said");
}

static void test_explain_lines(void **state)
{
	struct world *w = *state;
	struct sw_policy_match *matches;
	struct sw_prefix source;
	size_t n;

	folder_write(w->folder, "f", "# c\n\n5.0.0.0/8 ; SBL1\n");
	assert_int_equal(load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_int_equal(sw_addr_parse("5.1.1.1", &source), 0);
	assert_int_equal(sw_policy_explain(w->policy[0], &source, NULL, &matches, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(matches[0].entry.line, 3);
	assert_non_null(strstr(matches[0].entry.text, "SBL1"));
	assert_ptr_equal(matches[0].list, &w->policy[0]->lists[0]);
	sw_policy_matches_free(matches, n);
}

/* What wins with one verdict, of origin dns, on the source, and why. */
static const char *explained_with(const struct world *w, const char *address, uint8_t action)
{
	static char text[256];
	struct sw_verdict verdict = { .origin = SW_ORIGIN_DNS, .action = action, .expires_ms = 1 };
	const struct sw_policy_verdicts verdicts = { .all = &verdict, .n = 1 };
	struct sw_policy_match *matches;
	size_t n;

	assert_int_equal(sw_addr_parse(address, &verdict.source), 0);
	assert_int_equal(
		sw_policy_explain(w->policy[0], &verdict.source, &verdicts, &matches, &n, NULL), 0);
	assert_true(n && matches[0].wins);
	snprintf(text, sizeof(text), "%s: %s", w->policy[0]->class[matches[0].class].name,
		 matches[0].why);
	sw_policy_matches_free(matches, n);
	return text;
}

/* As the table has it: datapath and maps/layers.c. */
static void test_explain_what_dns_says(void **state)
{
	struct world *w = *state;

	folder_write(w->folder, "dialup", "5.1.0.0/16\n5.1.1.1\n");
	folder_write(w->folder, "block", "5.2.0.0/16\n");
	folder_write(w->folder, "shadow", "5.3.0.0/16\n");
	assert_int_equal(load(w,
			      "list dialup { file = dialup action = drop tier = dialup }\n"
			      "list block { file = block action = drop }\n"
			      "list shadow { file = shadow action = drop enforce = false }\n",
			      0),
			 0);
	assert_string_equal(explained_with(w, "5.1.1.1", SW_ACTION_LIMIT),
			    "dns-limit: a verdict on just this source");
	assert_string_equal(explained_with(w, "5.1.1.1", SW_ACTION_PASS), "dialup: higher tier");
	assert_string_equal(explained_with(w, "5.2.1.1", SW_ACTION_DROP), "block: higher tier");
	assert_string_equal(explained_with(w, "5.3.1.1", SW_ACTION_PASS),
			    "dns-clear: enforced, the others are in shadow");
	assert_string_equal(explained_with(w, "5.4.1.1", SW_ACTION_PASS),
			    "dns-clear: nothing else is said");
}

/* ---- many random lists: the two ways to find a class agree ---- */

static uint64_t seed = 88172645463325252ull;

static unsigned dice(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % sides;
}

/* Addresses close together, so that prefixes nest and touch. */
static struct sw_prefix random_prefix(bool six)
{
	if (six)
		return sw_prefix_ip6(0x2a05000000000000ull | (uint64_t)dice(16) << 28 | dice(16),
				     (uint64_t)dice(4) << 62 | dice(4), 16 + dice(113));
	return sw_prefix_ip4(0x05050000u | dice(1 << 11), 16 + dice(17));
}

static void write_random(struct world *w, const char *name)
{
	char text[16384] = "", buf[SW_PREFIX_TEXT];
	size_t n = 0;

	for (unsigned i = 5 + dice(200); i-- > 0;) {
		struct sw_prefix p = random_prefix(dice(2));

		n += (size_t)sprintf(text + n, "%s%s\n", dice(4) ? "" : "!",
				     sw_prefix_format(&p, buf));
	}
	n += (size_t)sprintf(text + n, "5.5.0.0/16\n");
	folder_write_bytes(w->folder, name, text, n);
}

static void test_random(void **state)
{
	static const char lists[] =
		"never-block = {5.5.1.0/30, 2a05::/124}\n"
		"list a { file = a action = drop max-change = 0 }\n"
		"list b { file = b action = limit rate = 1/s max-change = 0 }\n"
		"list c { file = c action = allow max-change = 0 }\n"
		"list d { file = d action = drop tier = dialup max-change = 0 }\n"
		"list e { file = e action = drop enforce = false max-change = 0 }\n";
	struct world *w = *state;
	char name[2] = "a";

	for (int round = 0; round < 40; round++) {
		for (name[0] = 'a'; name[0] <= 'e'; name[0]++)
			write_random(w, name);
		assert_int_equal(load(w, lists, 0), 0);
		for (int i = 0; i < 400; i++) {
			struct sw_prefix p = random_prefix(i & 1), by;
			struct sw_prefix ends[2] = { sw_prefix_truncate(&p, p.len),
						     sw_prefix_last(&p) };

			for (int k = 0; k < 2; k++) {
				ends[k].len = (uint8_t)sw_prefix_full(&p);
				assert_int_equal(sw_policy_lookup(w->policy[0], &ends[k], &by),
						 flat_class(w->policy[0], &ends[k]));
				assert_true(sw_prefix_contains(&by, &ends[k]));
			}
			if (i < 10) {
				char buf[SW_PREFIX_TEXT];

				said(w, sw_prefix_format(&ends[1], buf));
			}
		}
	}
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	w->folder = folder_make();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	forget(w);
	folder_remove(w->folder);
	free(w);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_precedence),
		TEST(test_bits_below_length),
		TEST(test_exclusions),
		TEST(test_shadow),
		TEST(test_scrub),
		TEST(test_wide),
		TEST(test_stale),
		TEST(test_max_change_0_takes_all),
		TEST(test_never_good),
		TEST(test_restart),
		TEST(test_copy_is_the_list),
		TEST(test_copy_is_written_when_changed),
		TEST(test_copy_that_is_spoilt),
		TEST(test_copy_that_cannot_be_written),
		TEST(test_unchanged),
		TEST(test_unchanged_file_read_anew),
		TEST(test_stale_is_not_unchanged),
		TEST(test_class_numbers),
		TEST(test_no_number_left),
		TEST(test_explain_without_file),
		TEST(test_explain_lines),
		TEST(test_explain_what_dns_says),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
