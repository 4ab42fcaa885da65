/* SPDX-License-Identifier: GPL-2.0-only */
/* examine_world - see examine_world.h. */
#include "support/examine_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct examine_world world;

static int64_t now_ms(void)
{
	return world.now;
}

static void take_outcome(void *ctx, const struct sw_prefix *source,
			 const struct sw_outcome *outcome, const char *reason,
			 const struct sw_rests *rests)
{
	size_t n = strnlen(reason, sizeof(world.reason));

	assert_ptr_equal(ctx, &world);
	assert_true(n < sizeof(world.reason));
	assert_true(outcome->expires > world.now);
	if (world.x)
		assert_false(sw_examiner_has(world.x, source));
	world.outcomes++;
	world.source = *source;
	world.outcome = *outcome;
	world.rests = *rests;
	memcpy(world.reason, reason, n + 1);
	if (world.close)
		world.x = sw_examiner_close(world.x);
}

static void take_withdrawal(void *ctx, const struct sw_site *site, uint8_t family)
{
	world.withdrawn++;
	world.family = family;
	snprintf(world.name, sizeof(world.name), "%s", site->name);
}

static void take_note(void *ctx, int level, const char *text)
{
	snprintf(world.note, sizeof(world.note), "%d %s", level, text);
}

/* ---- open and close ---- */

/* Texts of @text, which outlives them, in @room. */
static struct sw_texts texts_of(const char *const *text, size_t n, char **room)
{
	struct sw_texts texts = { .text = room };

	for (size_t i = 0; i < n && text[i]; i++)
		room[texts.n++] = strdup(text[i]);
	return texts;
}

static void make_setup(const struct examine_options *o)
{
	char *room[5] = { NULL };
	struct sw_config config = { .score_limit = 1, .score_reject = 3, .score_drop = 8 };
	struct sw_err err;

	config.dnsbl_sites = texts_of(&o->sites, 1, room);
	config.dnsbl_dialup = texts_of(&o->dialup, 1, room + 1);
	config.rdns_weights = texts_of(o->weights, 3, room + 2);
	config.dnsbl_keys = o->keys ? strdup(o->keys) : NULL;
	if (sw_dns_setup_make(&config, &world.setup, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < 5; i++)
		free(room[i]);
	free(config.dnsbl_keys);
	if (world.setup->rules.rdns_n && sw_suffix_open(&world.suffix, &err))
		fail_msg("%s", err.text);
}

static void open_examiner(void)
{
	struct sw_examiner_options options = { .seed = 4711,
					       .now_ms = now_ms,
					       .outcome = take_outcome,
					       .withdraw = take_withdrawal,
					       .note = take_note,
					       .ctx = &world };
	struct sw_err err;

	options.dns = script_dns_dns(world.script);
	options.setup = world.setup;
	options.suffix = world.suffix;
	if (sw_examiner_open(&options, &world.x, &err))
		fail_msg("%s", err.text);
}

void examine_world_open(const struct examine_options *o)
{
	examine_world_close();
	world.now = INT64_C(1000000000);
	world.script = script_dns_open();
	make_setup(o);
	open_examiner();
}

void examine_world_reload(const struct examine_options *o)
{
	struct sw_examiner *x = world.x;
	struct sw_dns_setup *setup = world.setup;
	struct sw_suffix *suffix = world.suffix;

	world.suffix = NULL;
	make_setup(o);
	open_examiner();
	sw_examiner_adopt(world.x, x);
	sw_examiner_close(x);
	sw_dns_setup_free(setup);
	sw_suffix_close(suffix);
}

void examine_world_close(void)
{
	sw_examiner_close(world.x);
	sw_suffix_close(world.suffix);
	sw_dns_setup_free(world.setup);
	if (world.script)
		script_dns_close(world.script);
	memset(&world, 0, sizeof(world));
}

/* ---- lists ---- */

static struct sw_prefix address(const char *text)
{
	struct sw_prefix p;

	if (sw_addr_parse(text, &p))
		fail_msg("%s is no address", text);
	return p;
}

const char *examine_world_question(const char *domain, const char *text)
{
	static char name[SW_DNS_NAME];
	struct sw_prefix p = address(text);
	struct sw_site site = { .filters = 0 };

	snprintf(site.domain, sizeof(site.domain), "%s", domain);
	return sw_dnsbl_question(&site, &p, name);
}

void examine_world_list(const char *domain, const char *text, const char *answer)
{
	script_dns_add(world.script, examine_world_question(domain, text), SW_DNS_A, answer,
		       SCRIPT_DNS_TTL);
}

void examine_world_test_points(const char *domain)
{
	/* ::ffff:127.0.0.2 (RFC 5782 5), which as text is IPv4's */
	const struct sw_prefix six = sw_prefix_ip6(0, UINT64_C(0xffff7f000002), 128);
	struct sw_site site = { .filters = 0 };
	char name[SW_DNS_NAME];

	examine_world_list(domain, "127.0.0.2", "127.0.0.2");
	snprintf(site.domain, sizeof(site.domain), "%s", domain);
	script_dns_add(world.script, sw_dnsbl_question(&site, &six, name), SW_DNS_A, "127.0.0.2",
		       SCRIPT_DNS_TTL);
}

void examine_world_tick(void)
{
	sw_examiner_tick(world.x, NULL, 0);
}

bool examine_world_rests_on(const char *name)
{
	struct sw_site site = { .filters = 0 };

	snprintf(site.name, sizeof(site.name), "%s", name);
	return sw_rests_on(&world.rests, sw_site_id(&site));
}

/* ---- examinations ---- */

int examine_world_ask(const char *text)
{
	struct sw_prefix full = address(text),
			 source = full.family == 4 ? full : sw_prefix_truncate(&full, 64);

	return sw_examine(world.x, &source, &full);
}

void examine_world_was(enum sw_outcome_action action, const char *reason)
{
	assert_string_equal(world.reason, reason);
	assert_int_equal(world.outcome.action, action);
}

void examine_world_is(const char *text, enum sw_outcome_action action, const char *reason)
{
	unsigned before = world.outcomes;

	assert_int_equal(examine_world_ask(text), 0);
	assert_int_equal(world.outcomes, before + 1);
	examine_world_was(action, reason);
}
