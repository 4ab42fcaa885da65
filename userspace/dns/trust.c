/* SPDX-License-Identifier: GPL-2.0-only */
/* trust - see trust.h. Rounds and what follows from them; trust_watch.c has the traffic. */
#include "dns/trust.h"

#include <string.h>

#include "dns/trust_parts.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define LONG_RUN 64 /* controls that make a long-run share */
#define LONG_RUN_MOST 4096 /* from here on old ones count less */
#define ENOUGH_CONTROLS 12 /* answered, in one round, to say anything by them */
#define MORE_BY 0.6 /* of the share of controls: no chance does that */

const struct sw_trust_rules sw_trust_defaults = {
	.recheck_ms = MINUTE,
	.round_ms = 20 * SECOND,
	.again_ms = HOUR,
	.retry_ms = MINUTE,
	.retry_lied_ms = 10 * MINUTE,
	.retry_most_ms = 6 * HOUR,
	.not_served_ms = DAY,
	.forgive_ms = DAY,
	.good_rounds = 2,
	.mute_rounds = 2,
	.withdraw_mute = true,
};

void sw_trust_init(struct sw_trust *t, const struct sw_trust_rules *rules,
		   const struct sw_site *site, uint8_t family, uint64_t seed, int64_t now)
{
	memset(t, 0, sizeof(*t));
	t->rules = rules;
	t->site = site;
	t->family = family;
	t->random = seed ? seed : 1;
	t->since = t->due = now;
	t->last = INT64_MIN / 2;
	t->share = -1;
}

void sw_trust_adopt(struct sw_trust *t, const struct sw_trust *from, bool look)
{
	const struct sw_trust_rules *rules = t->rules;
	const struct sw_site *site = t->site;

	*t = *from;
	t->rules = rules;
	t->site = site;
	if (t->running || (look && t->state == SW_TRUST_TRUSTED))
		t->due = t->last;
	t->running = false;
}

int64_t sw_trust_due(const struct sw_trust *t)
{
	return t->running ? t->round.deadline : t->due;
}

int64_t sw_trust_back(const struct sw_trust *t)
{
	unsigned more =
		t->rules->good_rounds > t->good + 1 ? t->rules->good_rounds - t->good - 1 : 0;

	if (t->state != SW_TRUST_QUARANTINED)
		return 0;
	return t->due + more * t->rules->retry_ms + t->rules->round_ms;
}

bool sw_trust_is_back(const struct sw_trust *t, int64_t now)
{
	return t->state == SW_TRUST_TRUSTED && t->falls && now - t->since < t->rules->forgive_ms;
}

/* ---- a round's questions ---- */

/* xorshift64* (Vigna, 2016) */
static uint64_t draw(struct sw_trust *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return t->random * UINT64_C(0x2545f4914f6cdd1d);
}

static bool is_public4(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 10 && a >> 24 != 127 && a >> 24 < 224 &&
	       a >> 16 != 0xa9fe && a >> 16 != 0xc0a8 && a >> 20 != 0xac1 && a >> 22 != 0x191;
}

static struct sw_prefix draw_control(struct sw_trust *t)
{
	/* where there is anything in IPv6 */
	static const uint16_t regions[] = { 0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00 };
	uint64_t hi;
	uint32_t a;

	if (t->family == 4) {
		do
			a = (uint32_t)(draw(t) >> 32);
		while (!is_public4(a));
		return sw_prefix_ip4(a, 32);
	}
	hi = (uint64_t)regions[draw(t) % (sizeof(regions) / sizeof(regions[0]))] << 48;
	hi |= draw(t) >> 16 & UINT64_C(0x00ffffffffff);
	return sw_prefix_ip6(hi, draw(t), 128);
}

static void add_question(struct sw_trust *t, const struct sw_prefix *addr, enum sw_trust_role role)
{
	struct sw_trust_round *r = &t->round;
	/* there is always room for controls */
	unsigned most = SW_TRUST_QUESTIONS - (role == SW_ROLE_CONTROL ? 0 : SW_TRUST_CONTROLS);

	if (addr->family != t->family || r->questions >= most)
		return;
	r->question[r->questions++] =
		(struct sw_trust_question){ .addr = sw_prefix_truncate(addr, sw_prefix_full(addr)),
					    .role = role };
	r->tests += role == SW_ROLE_LISTED || role == SW_ROLE_UNLISTED;
}

static void add_tests(struct sw_trust *t)
{
	const struct sw_prefix standard[][2] = {
		{ sw_prefix_ip4(0x7f000002, 32), sw_prefix_ip4(0x7f000001, 32) },
		{ sw_prefix_ip6(0, UINT64_C(0xffff7f000002), 128),
		  sw_prefix_ip6(0, UINT64_C(0xffff7f000001), 128) },
	};

	if (!t->site->probes_given) {
		add_question(t, &standard[t->family == 6][0], SW_ROLE_LISTED);
		add_question(t, &standard[t->family == 6][1], SW_ROLE_UNLISTED);
	}
	for (unsigned i = 0; t->site->probes_given && i < t->site->probes; i++)
		add_question(t, &t->site->probe[i].addr,
			     t->site->probe[i].listed ? SW_ROLE_LISTED : SW_ROLE_UNLISTED);
}

unsigned sw_trust_begin(struct sw_trust *t, const struct sw_prefix *own, size_t owns,
			const struct sw_prefix *canary, size_t canaries, int64_t now)
{
	unsigned controls = SW_TRUST_CONTROLS;
	struct sw_prefix control;

	if (t->running || now < t->due)
		return 0;
	memset(&t->round, 0, sizeof(t->round));
	add_tests(t);
	if (!sw_trust_serves(t))
		owns = canaries = controls = 0;
	for (size_t i = 0; i < owns; i++)
		add_question(t, &own[i], SW_ROLE_OWN);
	for (size_t i = 0; i < canaries; i++)
		add_question(t, &canary[i], SW_ROLE_CANARY);
	for (unsigned i = 0; i < controls; i++) {
		control = draw_control(t);
		add_question(t, &control, SW_ROLE_CONTROL);
	}
	t->round.deadline = now + t->rules->round_ms;
	t->last = now;
	t->running = true;
	return t->round.questions;
}

const struct sw_prefix *sw_trust_question(const struct sw_trust *t, unsigned i)
{
	return &t->round.question[i].addr;
}

/* ---- what follows from a round ---- */

static bool is_lie(enum sw_trust_fault fault)
{
	return fault != SW_FAULT_NONE && fault <= SW_FAULT_STRAYS;
}

static int64_t pause_of(const struct sw_trust *t, bool lie)
{
	int64_t pause = lie ? t->rules->retry_lied_ms : t->rules->retry_ms;

	for (unsigned i = 1; i < t->falls && pause < t->rules->retry_most_ms; i++)
		pause *= 2;
	return pause < t->rules->retry_most_ms ? pause : t->rules->retry_most_ms;
}

static struct sw_trust_event fall(struct sw_trust *t, enum sw_trust_fault fault, int64_t now)
{
	struct sw_trust_event event = { .news = SW_TRUST_NOTHING };
	bool was = t->state == SW_TRUST_QUARANTINED, lie = is_lie(fault);

	if (t->state == SW_TRUST_TRUSTED && now - t->since >= t->rules->forgive_ms)
		t->falls = 0;
	t->falls++;
	t->good = 0;
	/* Once it was silent, now it is seen to lie: what it said before is doubtful, too. */
	if (!was || (lie && !is_lie(t->fault))) {
		event.news = SW_TRUST_QUARANTINE;
		event.withdraw = lie || t->rules->withdraw_mute;
	}
	if (!was)
		t->since = now;
	t->state = SW_TRUST_QUARANTINED;
	t->fault = fault;
	t->culprit = t->round.culprit;
	t->code = t->round.code;
	t->found = t->round.listed;
	t->of = t->round.controls;
	t->due = now + pause_of(t, lie);
	sw_trust_forget_traffic(t);
	return event;
}

static struct sw_trust_event rise(struct sw_trust *t, int64_t now)
{
	struct sw_trust_event event = { .news = SW_TRUST_NOTHING };

	t->mute = 0;
	t->good++;
	t->controls += t->round.controls;
	t->listed += t->round.listed;
	if (t->controls > LONG_RUN_MOST) {
		t->controls /= 2;
		t->listed /= 2;
	}
	if (t->state == SW_TRUST_QUARANTINED && t->good < t->rules->good_rounds) {
		t->due = now + t->rules->retry_ms;
		return event;
	}
	if (t->state != SW_TRUST_TRUSTED) {
		event.news = SW_TRUST_BELIEVE;
		t->served = true;
		t->state = SW_TRUST_TRUSTED;
		t->fault = SW_FAULT_NONE;
		t->since = now;
	}
	t->due = now + t->rules->again_ms;
	return event;
}

/* Nothing wrong was seen, but not enough was seen either. */
static struct sw_trust_event stay(struct sw_trust *t, int64_t now)
{
	struct sw_trust_event event = { .news = SW_TRUST_NOTHING };

	t->good = 0;
	if (t->round.ours) {
		t->due = now + t->rules->recheck_ms;
		return event;
	}
	t->mute++;
	if (t->state == SW_TRUST_QUARANTINED || t->mute >= t->rules->mute_rounds) {
		/* it may have been quarantined for a lie: that is still the reason */
		if (!is_lie(t->fault))
			return fall(t, SW_FAULT_MUTE, now);
		t->falls++;
		t->due = now + pause_of(t, true);
		return event;
	}
	if (t->state == SW_TRUST_UNTESTED)
		t->fault = SW_FAULT_MUTE;
	t->due = now + t->rules->recheck_ms;
	return event;
}

/* The list knows nothing of IPv6, and never did: that is no fault, and changes seldom. */
static bool is_not_served(const struct sw_trust *t)
{
	return t->family == 6 && !t->served && t->round.fault == SW_FAULT_EMPTY &&
	       !is_lie(t->fault);
}

static struct sw_trust_event leave_out(struct sw_trust *t, int64_t now)
{
	struct sw_trust_event event = { .news = SW_TRUST_NOTHING };

	if (t->state != SW_TRUST_NOT_SERVED) {
		event.news = SW_TRUST_UNSERVED;
		t->since = now;
	}
	t->state = SW_TRUST_NOT_SERVED;
	t->fault = SW_FAULT_NONE;
	t->falls = t->good = t->mute = 0;
	t->due = now + t->rules->not_served_ms;
	return event;
}

/* After a look at the test points alone: it serves the family now, or it does not, or did not
 * say. */
static struct sw_trust_event look_again(struct sw_trust *t, int64_t now)
{
	if (t->round.unknown_tests || is_not_served(t))
		return leave_out(t, now);
	t->state = SW_TRUST_UNTESTED;
	t->since = t->due = now;
	return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
}

static enum sw_trust_fault fault_by_controls(const struct sw_trust *t)
{
	const struct sw_trust_round *r = &t->round;
	double share, before;

	if (r->controls < ENOUGH_CONTROLS)
		return SW_FAULT_NONE;
	if (r->listed + 1 >= r->controls)
		return SW_FAULT_LISTS_ALL;
	if (t->controls < LONG_RUN)
		return SW_FAULT_NONE;
	share = (double)r->listed / r->controls;
	before = (double)t->listed / (double)t->controls;
	return share >= before + MORE_BY ? SW_FAULT_LISTS_MORE : SW_FAULT_NONE;
}

static bool saw_enough(const struct sw_trust_round *r)
{
	return !r->unknown_tests && r->controls * 4 > SW_TRUST_CONTROLS;
}

static struct sw_trust_event conclude(struct sw_trust *t, int64_t now)
{
	enum sw_trust_fault by_controls = fault_by_controls(t);

	t->running = false;
	t->suspicion = NULL;
	if (by_controls && (!t->round.fault || by_controls < t->round.fault))
		t->round.fault = by_controls;
	if (t->state == SW_TRUST_NOT_SERVED &&
	    (!t->round.fault || t->round.fault == SW_FAULT_EMPTY))
		return look_again(t, now);
	if (is_not_served(t))
		return leave_out(t, now);
	if (t->round.fault)
		return fall(t, t->round.fault, now);
	return saw_enough(&t->round) ? rise(t, now) : stay(t, now);
}

/* ---- a round's answers ---- */

static void find(struct sw_trust_round *r, enum sw_trust_fault fault,
		 const struct sw_prefix *culprit, uint32_t code)
{
	if (r->fault && r->fault <= fault)
		return;
	r->fault = fault;
	r->culprit = *culprit;
	r->code = code;
}

/* Would the answer count against its source? */
static bool accuses(const struct sw_dnsbl_reading *reading)
{
	return reading->score > 0 && (reading->matched & ~reading->dialup);
}

static void weigh(struct sw_trust_round *r, const struct sw_trust_question *q,
		  const struct sw_dnsbl_reading *reading)
{
	bool listed = reading->said == SW_DNSBL_LISTED;

	if (q->role == SW_ROLE_CONTROL) {
		r->controls++;
		/* lists of dialup lines may well have most of the world */
		r->listed += (reading->matched & ~reading->dialup) != 0;
	} else if (q->role == SW_ROLE_LISTED && !listed) {
		find(r, SW_FAULT_EMPTY, &q->addr, 0);
	} else if (q->role == SW_ROLE_UNLISTED && listed) {
		find(r, SW_FAULT_LISTS_TEST, &q->addr, reading->code[0]);
	} else if (q->role == SW_ROLE_OWN && accuses(reading)) {
		find(r, SW_FAULT_LISTS_OWN, &q->addr, reading->code[0]);
	} else if (q->role == SW_ROLE_CANARY && accuses(reading)) {
		find(r, SW_FAULT_LISTS_CANARY, &q->addr, reading->code[0]);
	}
}

static void miss(struct sw_trust_round *r, const struct sw_trust_question *q,
		 enum sw_dns_trouble trouble)
{
	r->unknown++;
	r->unknown_tests += q->role == SW_ROLE_LISTED || q->role == SW_ROLE_UNLISTED;
	r->ours |= sw_trust_is_ours(trouble);
}

struct sw_trust_event sw_trust_answer(struct sw_trust *t, unsigned i,
				      const struct sw_dnsbl_reading *reading, int64_t now)
{
	struct sw_trust_round *r = &t->round;
	struct sw_trust_question *q;

	if (!t->running || i >= r->questions || r->question[i].answered)
		return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
	q = &r->question[i];
	q->answered = true;
	r->answered++;
	if (reading->strays)
		find(r, SW_FAULT_STRAYS, &q->addr, reading->stray);
	if (reading->refusals)
		find(r, SW_FAULT_REFUSES, &q->addr, reading->refusal);
	if (reading->said == SW_DNSBL_CLEAN || reading->said == SW_DNSBL_LISTED)
		weigh(r, q, reading);
	else
		miss(r, q, reading->trouble);
	/* What one answer proves need not wait for the others. */
	if (r->answered == r->questions || (r->fault && r->fault <= SW_FAULT_LISTS_CANARY))
		return conclude(t, now);
	return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
}

struct sw_trust_event sw_trust_expire(struct sw_trust *t, int64_t now)
{
	struct sw_trust_round *r = &t->round;

	if (!t->running || now < r->deadline)
		return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
	for (unsigned i = 0; i < r->questions; i++)
		if (!r->question[i].answered)
			miss(r, &r->question[i], SW_DNS_TIMEOUT);
	return conclude(t, now);
}
