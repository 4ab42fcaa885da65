/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_dns - opens and closes what DNS has to do with, and lets it run: from the queue of
 * first contacts to examinations, inside the budget, and on to outcomes.
 *
 *   intake ─► pump (here) ─► examiner ─► outcomes ─► verdicts
 *                               └─► withdrawal, when a list is not believed any more
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "datapath/datapath.h"
#include "dns/budget.h"
#include "lib/log.h"
#include "lists/list.h"
#include "service_dns_parts.h"

#define BURST 32 /* examinations that may begin at once */
#define OWN_MAX 16
#define TRY_EVERY_NS UINT64_C(60000000000)

static uint64_t now_us(void)
{
	return sw_clock_monotonic_ns(sw_clock_system()) / 1000;
}

static int64_t now_ms(void)
{
	return (int64_t)(now_us() / 1000);
}

bool sw_service_dns_knows(const struct sw_service *s, const struct sw_prefix *source)
{
	const struct sw_known *known = sw_service_dns_known(s);

	return known && sw_known_has(known, source);
}

bool sw_service_dns_has(const struct sw_service *s, const struct sw_prefix *source)
{
	return s->judging && sw_examiner_has(s->judging->examiner, source);
}

/* ---- what examinations come to ---- */

static void on_outcome(void *ctx, const struct sw_prefix *source, const struct sw_outcome *outcome,
		       const char *reason, const struct sw_rests *rests)
{
	struct sw_judging *j = ctx;

	/* for more than a moment, that is: enough of it is known */
	if (outcome->action == SW_OUTCOME_CLEARANCE &&
	    outcome->expires - now_ms() >= sw_judge_defaults.clearance_min_ms)
		sw_known_add(sw_service_dns_known(j->s), source);
	sw_outcomes_put(j->outcomes, source, outcome, reason, rests, now_ms());
}

static void on_withdraw(void *ctx, const struct sw_site *site, uint8_t family)
{
	struct sw_judging *j = ctx;

	sw_outcomes_flush(j->outcomes); /* the walk is to find them */
	sw_withdrawal_begin(j->s->withdrawal, sw_site_id(site), family, site->name);
}

/* ---- the pump ---- */

void sw_service_dns_pump(struct sw_service *s)
{
	struct sw_judging *j = s->judging;
	uint64_t now = now_us(), us;
	struct sw_intake_item item;
	struct timeval wait;

	if (!j || !s->intake)
		return;
	while (!(us = sw_dns_budget_wait(&j->pace, now))) {
		if (!sw_intake_next(s->intake, now * 1000, &item))
			return;
		sw_dns_budget_take(&j->pace, now);
		sw_examine(j->examiner, &item.source, &item.address);
	}
	wait.tv_sec = (time_t)(us / 1000000);
	wait.tv_usec = (suseconds_t)(us % 1000000);
	evtimer_add(j->pump, &wait);
}

static void on_pump(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_judging *j = ctx;

	sw_service_dns_pump(j->s);
}

/* ---- open and close ---- */

static struct sw_judging *judging_free(struct sw_judging *j)
{
	if (!j)
		return NULL;
	sw_outcomes_close(j->outcomes);
	sw_examiner_close(j->examiner);
	sw_resolver_close(j->resolver);
	sw_suffix_close(j->suffix);
	sw_dns_setup_free(j->setup);
	free(j->text);
	if (j->pump)
		event_free(j->pump);
	free(j);
	return NULL;
}

static int open_resolver(struct sw_judging *j, const struct sw_config *c, struct sw_err *err)
{
	const struct sw_resolver_options options = {
		.base = j->s->base,
		.clock = sw_clock_system(),
		.server = (const char *const *)c->dns_servers.text,
		.servers = c->dns_servers.n,
		.timeout_ms = (uint32_t)c->dns_timeout_ms,
		.tries = 2,
		.queries_per_second = c->dns_queries,
		.outstanding = c->dns_outstanding,
		.cache = j->s->dns_cache,
		.note = sw_service_note,
		.ctx = j->s,
	};

	return sw_resolver_open(&options, &j->resolver, err);
}

static int open_examiner(struct sw_judging *j, struct sw_err *err)
{
	const struct sw_examiner_options options = {
		.dns = sw_resolver_dns(j->resolver),
		.setup = j->setup,
		.suffix = j->suffix,
		.seed = j->seed,
		.now_ms = now_ms,
		.outcome = on_outcome,
		.withdraw = on_withdraw,
		.note = sw_service_note,
		.ctx = j,
	};

	return sw_examiner_open(&options, &j->examiner, err);
}

static int open_outcomes(struct sw_judging *j, struct sw_err *err)
{
	const struct sw_outcomes_options options = {
		.base = j->s->base,
		.verdicts = j->s->verdicts,
		.clock = sw_clock_system(),
		.room = sw_service_has_room,
		.note = sw_service_note,
		.ctx = j->s,
	};
	int code = sw_outcomes_open(&options, &j->outcomes);

	return code ? sw_err_set(err, code, "out of memory") : 0;
}

/* What the pump begins takes two thirds of the budget: the others are left to tests of lists,
 * and to questions that others lead to. */
static void set_pace(struct sw_judging *j, const struct sw_config *c)
{
	sw_dns_budget_init_for(&j->pace, c->dns_queries, 1500 * sw_examiner_questions(j->examiner),
			       BURST, now_us());
}

static int fill(struct sw_judging *j, const struct sw_config *c, struct sw_err *err)
{
	int code;

	j->pump = evtimer_new(j->s->base, on_pump, j);
	if (!j->pump)
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (getrandom(&j->seed, sizeof(j->seed), 0) != sizeof(j->seed))
		return sw_err_set(err, -EIO, "getrandom: %s", strerror(errno));
	j->seed |= 1;
	code = sw_dns_setup_make(c, &j->setup, err);
	if (!code && j->setup->rules.rdns_n)
		code = sw_suffix_open(&j->suffix, err);
	if (!code)
		code = open_outcomes(j, err);
	if (!code)
		code = open_resolver(j, c, err);
	if (!code)
		code = open_examiner(j, err);
	if (!code)
		set_pace(j, c);
	return code;
}

/* Is anybody to be asked about? */
static bool is_wanted(const struct sw_config *c)
{
	return strcmp(c->first_contact, "off") != 0 && sw_dns_setup_asks(c);
}

/* The keys are in a file of their own: who changed that wants it read. */
static bool has_same_keys(const struct sw_judging *j, const struct sw_config *c)
{
	struct sw_dns_setup *setup;
	struct sw_err err;
	bool same;

	if (sw_dns_setup_make(c, &setup, &err))
		return false;
	same = sw_dns_setup_same_lists(j->setup, setup);
	sw_dns_setup_free(setup);
	return same;
}

/* As it is in force. */
static bool is_as_before(const struct sw_judging *j, const struct sw_config *c, const char *text)
{
	return j && text && !strcmp(j->text, text) && (!c->dnsbl_keys || has_same_keys(j, c));
}

/* What stays whatever the options are. */
static int open_lasting(struct sw_service *s, struct sw_err *err)
{
	const struct sw_withdrawal_options options = {
		.base = s->base,
		.verdicts = s->verdicts,
		.ledger = s->ledger,
		.clock = sw_clock_system(),
		.note = sw_service_note,
		.ctx = s,
	};
	int code = sw_service_dns_keep(s, err);

	if (!code && !s->withdrawal)
		code = sw_withdrawal_open(&options, &s->withdrawal, err);
	return code;
}

/* In the place of s->judging, which stays when it fails. Takes @text over when it does not. */
static int begin(struct sw_service *s, const struct sw_config *c, char *text, struct sw_err *err)
{
	struct sw_judging *j;
	int code = open_lasting(s, err);

	if (code)
		return code;
	j = text ? calloc(1, sizeof(*j)) : NULL;
	if (!j)
		return sw_err_set(err, -ENOMEM, "out of memory");
	j->s = s;
	code = fill(j, c, err);
	if (code) {
		judging_free(j);
		return code;
	}
	j->text = text;
	if (s->judging)
		sw_examiner_adopt(j->examiner, s->judging->examiner);
	judging_free(s->judging);
	s->judging = j;
	return 0;
}

void sw_service_dns(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	char *text = is_wanted(c) ? sw_dns_setup_text(c) : NULL;
	struct sw_err err;

	if (is_as_before(s->judging, c, text)) {
		free(text);
		return;
	}
	if (!is_wanted(c))
		s->judging = judging_free(s->judging);
	if (is_wanted(c) && begin(s, c, text, &err)) {
		s->judging = judging_free(s->judging);
		sw_log(s->dns_failed_ns ? LOG_DEBUG : LOG_ERR,
		       "%s; nobody is examined, nor held; trying again every minute", err.text);
		s->dns_failed_ns = sw_clock_monotonic_ns(sw_clock_system());
		free(text);
	} else {
		s->dns_failed_ns = 0;
	}
}

/* After a start that was earlier than the network's, say, when no name server was known yet. */
static void try_again(struct sw_service *s)
{
	uint64_t now = sw_clock_monotonic_ns(sw_clock_system());

	if (!s->dns_failed_ns || now - s->dns_failed_ns < TRY_EVERY_NS)
		return;
	sw_service_dns(s);
	if (!s->judging)
		return;
	sw_log(LOG_NOTICE, "sources are examined now");
	sw_service_contacts(s);
}

/* Public addresses of this machine's interfaces. Who is logged in over SSH, say, may well be on
 * a list of dialup lines, and rightly. */
static bool is_for_lists(const struct sw_own_entry *own)
{
	size_t n;
	const struct sw_prefix *bogon = sw_list_bogons(&n);

	if (own->prefix.len != (own->prefix.family == 4 ? 32 : 128) ||
	    strncmp(own->why, "address of ", 11) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (sw_prefix_contains(&bogon[i], &own->prefix))
			return false;
	return true;
}

void sw_service_dns_tick(struct sw_service *s)
{
	struct sw_judging *j = s->judging;
	const struct sw_own *own = &sw_enforce_policy(s->enforce)->own;
	struct sw_prefix prefix[OWN_MAX];
	size_t n = 0;

	sw_service_dns_keep_tick(s);
	if (!j) {
		try_again(s);
		return;
	}
	for (size_t i = 0; i < own->n && n < OWN_MAX; i++)
		if (is_for_lists(&own->entry[i]))
			prefix[n++] = own->entry[i].prefix;
	sw_examiner_tick(j->examiner, prefix, n);
	sw_service_dns_pump(s);
}

void sw_service_dns_end(struct sw_service *s)
{
	s->judging = judging_free(s->judging);
	s->withdrawal = sw_withdrawal_close(s->withdrawal);
	sw_service_dns_keep_end(s);
}
