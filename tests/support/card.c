/* SPDX-License-Identifier: GPL-2.0-only */
/* card - see card.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/precedence.h"
#include "rules/verdict_class.h"
#include "support/card.h"

/* ---- rows ---- */

#define LIST(class, action_, tier_, flags_, name_)                              \
	[CARD_##class - SW_CLASS_FIRST_LIST] = { .action = SW_ACTION_##action_, \
						 .tier = SW_TIER_##tier_,       \
						 .flags = (flags_),             \
						 .name = (name_) }

static const struct sw_class of_lists[] = {
	LIST(DROP, DROP, BLOCK, 0, "drop"),
	LIST(DIALUP, DROP, DIALUP, 0, "dialup"),
	LIST(ALLOW, ALLOW, ALLOW, 0, "allow"),
	LIST(PASS, PASS, BLOCK, 0, "pass"),
	LIST(LIMIT, LIMIT, BLOCK, 0, "limit"),
	LIST(REJECT, REJECT, BLOCK, 0, "reject"),
	LIST(RESET, RESET, BLOCK, 0, "reset"),
	LIST(SHADOW_DROP, DROP, BLOCK, SW_CLASS_SHADOW, "shadow-drop"),
	LIST(SHADOW_LIMIT, LIMIT, BLOCK, SW_CLASS_SHADOW, "shadow-limit"),
	LIST(SHADOW_REJECT, REJECT, BLOCK, SW_CLASS_SHADOW, "shadow-reject"),
	LIST(SHADOW_RESET, RESET, BLOCK, SW_CLASS_SHADOW, "shadow-reset"),
};

void card_rows(struct sw_class rows[SW_CLASS_MAX])
{
	memset(rows, 0, SW_CLASS_MAX * sizeof(*rows));
	rows[SW_CLASS_UNLISTED] = (struct sw_class){ .action = SW_ACTION_PASS, .name = "unlisted" };
	for (const struct sw_verdict_class *c = sw_verdict_classes; c->name; c++) {
		if (!c->class) /* a note is on no card */
			continue;
		rows[c->class] = (struct sw_class){ .action = c->action,
						    .tier = c->tier,
						    .flags = c->ends ? SW_CLASS_TEMPORARY : 0 };
		snprintf(rows[c->class].name, sizeof(rows->name), "%s", c->name);
	}
	memcpy(&rows[SW_CLASS_FIRST_LIST], of_lists, sizeof(of_lists));
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		if (rows[c].action == SW_ACTION_LIMIT)
			rows[c].interval = CARD_TICKS_10S;
}

/* ---- the card ---- */

int card_open(const struct sw_datapath_size *size, struct sw_datapath **ret)
{
	struct sw_err err = { "" };
	int code = sw_datapath_open(NULL, SW_DATAPATH_PRIVATE, size, ret, &err);

	if (code)
		print_error("%s\n", err.text);
	return code;
}

int card_apply(struct sw_datapath *card, const struct card_lists *lists)
{
	static const uint16_t ports[] = { 25, 587 };
	const struct sw_class *rows = lists->rows;
	struct sw_rank rank[SW_CLASS_MAX];
	const struct sw_datapath_rules rules = { .class = rows,
						 .rank = rank,
						 .flat4 = lists->flat4,
						 .flat4_n = lists->flat4_n,
						 .flat6 = lists->flat6,
						 .flat6_n = lists->flat6_n,
						 .ports = ports,
						 .ports_n = 2 };
	struct sw_err err = { "" };
	int code;

	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		rank[c] = (struct sw_rank){
			.tier = sw_precedence_rank(rows[c].tier, rows[c].flags & SW_CLASS_SHADOW),
			.harsh = rows[c].action,
		};
	code = sw_datapath_apply(card, &rules, &err);
	if (code)
		print_error("%s\n", err.text);
	return code;
}

struct sw_prefix card_prefix(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(text, strlen(text), &p), 0);
	return p;
}

struct sw_frame card_syn(const struct sw_prefix *source)
{
	return (struct sw_frame){
		.smac = { 2, 0, 0, 0, 0, 1 },
		.dmac = { 2, 0, 0, 0, 0, 2 },
		.source = *source,
		.dest = card_prefix(source->family == 4 ? "198.18.0.25" : "2001:4d88::25"),
	};
}

struct sw_datapath_run card_run(struct sw_datapath *card, const struct sw_prefix *source,
				uint64_t now_ns)
{
	struct sw_frame f = card_syn(source);
	uint8_t frame[SW_FRAME_ROOM];
	struct sw_datapath_run run;
	size_t bytes = sw_frame_build(&f, frame, sizeof(frame));

	assert_true(bytes > 0);
	assert_int_equal(sw_datapath_run(card, frame, bytes, now_ns, &run), 0);
	return run;
}

void card_set(struct sw_datapath *card, const struct sw_prefix *source, uint8_t class,
	      uint64_t ends_ns)
{
	struct sw_err err = { "" };

	if (sw_datapath_verdict_set(card, source, class, ends_ns, &err))
		fail_msg("%s", err.text);
}

uint64_t card_reason(struct sw_datapath *card, enum sw_reason reason)
{
	uint64_t all[SW_REASON_MAX];

	assert_int_equal(sw_datapath_reasons(card, all), 0);
	return all[reason];
}
