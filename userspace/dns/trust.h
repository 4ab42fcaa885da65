/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trust - may a DNS list be believed? A state machine for one site and one family.
 *
 * Pure: the caller asks and says what time it is (CLOCK_MONOTONIC, ms).
 *
 *     untested ──good round──► trusted ──bad round──► quarantined ──good rounds──► trusted
 *         └─ knows nothing of IPv6 ─► not served ─ test points are there ─► untested
 *
 * Only a trusted site scores. A round is a set of questions whose answers are known
 * beforehand, or nearly: test points (RFC 5782 5, or the site's own), own addresses and
 * canaries, which must not be listed, and controls, addresses that are drawn at random.
 * Rounds are held when the site is new, every now and then, when something looks wrong, and
 * with growing pauses while it is in quarantine.
 *
 * What an attacker can do, and what holds. Who forges SYNs chooses which sources we ask a
 * list about, and knows what it says of them; whoever has enough machines can make the
 * share of listed sources anything he likes, whatever networks they are counted by. So what
 * comes in with traffic never decides. It can only make us look (at most once a
 * recheck_ms), and the round asks about addresses that nobody outside has chosen. So
 *   - a flood of listed sources, from any number of networks, leaves a good list trusted;
 *   - a flood of clean sources cannot hide a bad one: rounds are held anyhow, and traffic
 *     has no part in what a test point or a control says;
 *   - controls are drawn from a secret seed, so that a list (or who controls its name
 *     servers) cannot know them from traffic; test points it can know;
 *   - what the budget refused, or no server of ours could answer, is not held against a list.
 * What does not hold: a list that lies about few addresses alone is not found out, unless
 * one of them is a canary. Who gets a canary or an own address listed, by sending spam from
 * it, takes that list away until it is listed no more; so canaries should be addresses of
 * senders that do not send for strangers. The silence of a list looks like that of our own
 * resolver: who can overload that takes away all lists at once, and with withdraw_mute what
 * rests on them (the resolver says SW_DNS_NO_SERVER where it knows better).
 *
 * A listing of class dialup, or that would not score, is not held against a list: own
 * addresses may well be dialup lines, and lists of those may have most of the world. So a
 * list of nothing else stands by its test points alone.
 */
#ifndef SYNWARD_DNS_TRUST_H
#define SYNWARD_DNS_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dnsbl.h"
#include "dns/site.h"

enum sw_trust_state {
	SW_TRUST_UNTESTED,
	SW_TRUST_TRUSTED,
	SW_TRUST_QUARANTINED,
	SW_TRUST_NOT_SERVED, /* a list of IPv4 alone, in IPv6: nothing is missing without it */
};

/* What was found, in the order in which it counts when there are several. */
enum sw_trust_fault {
	SW_FAULT_NONE,
	SW_FAULT_LISTS_TEST, /* what must never be listed */
	SW_FAULT_LISTS_OWN, /* an own address */
	SW_FAULT_LISTS_CANARY,
	SW_FAULT_LISTS_ALL, /* nearly all controls */
	SW_FAULT_LISTS_MORE, /* many more of the controls than it used to */
	SW_FAULT_STRAYS, /* answers outside 127.0.0.0/8 */
	SW_FAULT_REFUSES, /* answers in 127.255.255.0/24 */
	SW_FAULT_EMPTY, /* what must be listed is not */
	SW_FAULT_MUTE, /* no answers */
};

struct sw_trust_rules {
	int64_t recheck_ms; /* between rounds that traffic asks for, at the least */
	int64_t round_ms; /* a round that is not answered by then is over */
	int64_t again_ms; /* between rounds of a trusted site */
	int64_t retry_ms; /* from a fault of silence to the next round; it doubles */
	int64_t retry_lied_ms; /* the same after a false answer */
	int64_t retry_most_ms; /* and not beyond this */
	int64_t not_served_ms; /* from one look to the next, at the test points alone */
	int64_t forgive_ms; /* trusted for so long, a site's past is forgotten */
	unsigned good_rounds; /* in a row, to come out of quarantine */
	unsigned mute_rounds; /* in a row, to come into it by silence */
	bool withdraw_mute; /* withdraw verdicts also when a site is only silent or refuses */
};

/* 1 min, 20 s, 1 h, 1 min, 10 min, 6 h, 1 d, 1 d, 2, 2, yes. */
extern const struct sw_trust_rules sw_trust_defaults;

#define SW_TRUST_CONTROLS 16
#define SW_TRUST_QUESTIONS 64
#define SW_TRUST_NETWORKS 1024 /* bits */

enum sw_trust_role {
	SW_ROLE_LISTED, /* test point: must be listed */
	SW_ROLE_UNLISTED, /* test point: must not be */
	SW_ROLE_OWN,
	SW_ROLE_CANARY,
	SW_ROLE_CONTROL,
};

struct sw_trust_question {
	struct sw_prefix addr;
	enum sw_trust_role role;
	bool answered;
};

/* What a round has found so far. */
struct sw_trust_round {
	struct sw_trust_question question[SW_TRUST_QUESTIONS];
	unsigned questions, answered;
	unsigned unknown; /* answers that say nothing */
	unsigned tests, unknown_tests; /* of those, questions of the first two roles */
	unsigned controls, listed; /* controls with an answer, and what of them is listed */
	bool ours; /* what is unknown is so because of us, not of the list */
	enum sw_trust_fault fault;
	struct sw_prefix culprit; /* what was answered wrongly, if .fault is about one */
	uint32_t code; /* the answer */
	int64_t deadline;
};

/* Different networks that traffic asked about, and how many of them are listed. */
struct sw_trust_window {
	uint64_t seen[SW_TRUST_NETWORKS / 64];
	unsigned asked, listed;
	unsigned silent; /* questions in a row without an answer */
};

/* Embedded; all fields are the module's own, to read through functions. */
struct sw_trust {
	const struct sw_trust_rules *rules;
	const struct sw_site *site; /* borrowed */
	uint8_t family;
	enum sw_trust_state state;
	enum sw_trust_fault fault; /* why, while quarantined; while untested what is in the way */
	struct sw_prefix culprit;
	uint32_t code;
	int64_t since; /* of the state */
	int64_t due; /* of the next round */
	int64_t last; /* when the last one began */
	unsigned falls; /* bad rounds that are not forgiven */
	unsigned good, mute; /* rounds in a row */
	bool served; /* it was trusted once, in this family */
	unsigned found, of; /* listed controls in the round that made .fault, of how many */
	uint64_t random; /* state of the generator that draws controls */
	bool running;
	struct sw_trust_round round;
	uint64_t controls, listed; /* of all good rounds, for the long-run share */
	struct sw_trust_window window;
	double share; /* long-run share of listed networks in traffic; < 0: not known */
	const char *suspicion; /* why the next round is held early, or NULL */
};

enum sw_trust_news {
	SW_TRUST_NOTHING,
	SW_TRUST_BELIEVE, /* it is trusted from now on, or again */
	SW_TRUST_QUARANTINE, /* it scores no more */
	SW_TRUST_LOOK, /* a round is due at once */
	SW_TRUST_UNSERVED, /* it is of the other family alone */
};

struct sw_trust_event {
	enum sw_trust_news news;
	bool withdraw; /* with QUARANTINE: what rests on this site must be taken back */
};

/*
 * Begin untested, a round due at once. @family is 4 or 6, @seed is secret and not 0; @rules
 * and @site are borrowed.
 */
void sw_trust_init(struct sw_trust *t, const struct sw_trust_rules *rules,
		   const struct sw_site *site, uint8_t family, uint64_t seed, int64_t now);

/* Go on where @from is, of the same site and family, under the rules and for the site that @t was
 * begun with. A round that runs is held anew, at once; @look: so is one if it is trusted, for
 * there is something else to ask. */
void sw_trust_adopt(struct sw_trust *t, const struct sw_trust *from, bool look);

/* Does it score? */
static inline bool sw_trust_scores(const struct sw_trust *t)
{
	return t->state == SW_TRUST_TRUSTED;
}

/* Is it a list of the family at all, for all that is known? */
static inline bool sw_trust_serves(const struct sw_trust *t)
{
	return t->state != SW_TRUST_NOT_SERVED;
}

/* While it is in quarantine: not before then it can be trusted again. Else 0. */
int64_t sw_trust_back(const struct sw_trust *t);

/* It came out of quarantine not long ago: answers that were kept may be of the time before. */
bool sw_trust_is_back(const struct sw_trust *t, int64_t now);

/* When sw_trust_begin or, while a round runs, sw_trust_expire is to be called. */
int64_t sw_trust_due(const struct sw_trust *t);

/*
 * If a round is due and none runs, begin one, with the addresses of the family of @t that are
 * in @own and @canary; how many that do not fit are left out. Returns how many questions
 * there are, 0: not due. Their addresses: sw_trust_question.
 */
unsigned sw_trust_begin(struct sw_trust *t, const struct sw_prefix *own, size_t owns,
			const struct sw_prefix *canary, size_t canaries, int64_t now);
const struct sw_prefix *sw_trust_question(const struct sw_trust *t, unsigned i);

/* Question @i of the round that runs has been answered. Late ones and doubles do nothing. */
struct sw_trust_event sw_trust_answer(struct sw_trust *t, unsigned i,
				      const struct sw_dnsbl_reading *reading, int64_t now);
/* If a round runs and its time is over, what is not answered is not known. */
struct sw_trust_event sw_trust_expire(struct sw_trust *t, int64_t now);

/* What the site said of @source, which came by traffic. Trusted sites alone. */
struct sw_trust_event sw_trust_watch(struct sw_trust *t, const struct sw_prefix *source,
				     const struct sw_dnsbl_reading *reading, int64_t now);

const char *sw_trust_state_name(enum sw_trust_state state); /* "trusted", ... */
const char *sw_trust_fault_name(enum sw_trust_fault fault); /* "lists-test", ... for JSON */

#define SW_TRUST_TEXT 256
/* Why, for log and status: "lists 127.0.0.1, which no list may list (127.0.0.2)"; "" if there
 * is nothing to say. @out. */
char *sw_trust_why(const struct sw_trust *t, char out[SW_TRUST_TEXT]);

#endif
