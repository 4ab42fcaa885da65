/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_fixture - a policy out of a config and list files in a folder of the test's own, and the
 * one before it; and short words for what tests ask of one. For tests/unit/test_policy*.c.
 */
#ifndef SYNWARD_TESTS_POLICY_FIXTURE_H
#define SYNWARD_TESTS_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/policy.h"
#include "support/folder.h"

#define SAVE 0x100 /* keep copies of what was loaded */
#define BOTH (SAVE | SW_POLICY_LAST_GOOD)

struct policy_fixture {
	char *folder;
	char notes[32768];
	struct sw_config *config[2];
	struct sw_policy *policy[2]; /* the present one, and the one before */
};

static inline void policy_note(void *ctx, int level, const char *text)
{
	struct policy_fixture *w = ctx;
	size_t n = strlen(w->notes);

	snprintf(w->notes + n, sizeof(w->notes) - n, "%d %s\n", level, text);
}

static inline void policy_note_config(void *ctx, const char *text)
{
	fail_msg("%s", text);
}

/* The config that is @lists, and what has to be there, in @folder. */
static inline struct sw_config *policy_config(const char *folder, const char *lists)
{
	struct sw_config *config = NULL;
	char text[10240];

	snprintf(text, sizeof(text), "interfaces = {e}\nstate-dir = \"%s/state\"\n%s", folder,
		 lists);
	assert_int_equal(sw_config_read(folder_write(folder, "conf", text), policy_note_config,
					NULL, &config),
			 0);
	return config;
}

/* A list of so many IPv4 networks, from 5.0.0.0/24 on. */
static inline void policy_write_networks(struct policy_fixture *w, const char *name, int n)
{
	char *text = malloc((size_t)n * 20 + 1);
	int used = 0;

	for (int i = 0; i < n; i++)
		used += sprintf(text + used, "5.%d.%d.0/24\n", i / 256, i % 256);
	folder_write_bytes(w->folder, name, text, (size_t)used);
	free(text);
}

/* The config @lists, the present policy being the previous one. */
static inline int policy_load(struct policy_fixture *w, const char *lists, unsigned flags)
{
	struct sw_policy_spec spec = {
		.previous = w->policy[0], .flags = flags & ~SAVE, .note = policy_note, .ctx = w
	};
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_err err = { "" };
	int code;

	config = policy_config(w->folder, lists);
	w->notes[0] = '\0';
	spec.config = config;
	code = sw_policy_load(&spec, &policy, &err);
	if (code) {
		assert_string_not_equal(err.text, "");
		sw_config_free(config);
		return code;
	}
	if (flags & SAVE)
		sw_policy_save(policy, policy_note, w);
	sw_policy_free(w->policy[1]);
	sw_config_free(w->config[1]);
	w->policy[1] = w->policy[0];
	w->config[1] = w->config[0];
	w->policy[0] = policy;
	w->config[0] = config;
	return 0;
}

static inline void policy_forget(struct policy_fixture *w)
{
	for (int i = 0; i < 2; i++) {
		w->policy[i] = sw_policy_free(w->policy[i]);
		w->config[i] = sw_config_free(w->config[i]);
	}
}

/* ---- what a policy says ---- */

/* The class of @source in the flat table. */
static inline uint8_t policy_in_table(const struct sw_policy *p, const struct sw_prefix *source)
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
static inline const char *policy_said(const struct policy_fixture *w, const char *address)
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
	assert_int_equal(policy_in_table(p, &source), class);
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
static inline const char *policy_explained(const struct policy_fixture *w, const char *address)
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

/* ---- before and after each test ---- */

static inline int policy_setup(void **state)
{
	struct policy_fixture *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	w->folder = folder_make();
	*state = w;
	return 0;
}

static inline int policy_teardown(void **state)
{
	struct policy_fixture *w = *state;

	policy_forget(w);
	folder_remove(w->folder);
	free(w);
	return 0;
}

#endif
