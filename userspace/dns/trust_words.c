/* SPDX-License-Identifier: GPL-2.0-only */
/* trust_words - states and faults for people; see trust.h. */
#include <stdio.h>

#include "dns/trust.h"

const char *sw_trust_state_name(enum sw_trust_state state)
{
	static const char *const names[] = {
		[SW_TRUST_UNTESTED] = "untested",
		[SW_TRUST_TRUSTED] = "trusted",
		[SW_TRUST_QUARANTINED] = "quarantined",
		[SW_TRUST_NOT_SERVED] = "not-served",
	};

	return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *sw_trust_fault_name(enum sw_trust_fault fault)
{
	static const char *const names[] = {
		[SW_FAULT_NONE] = "none",	    [SW_FAULT_LISTS_TEST] = "lists-test",
		[SW_FAULT_LISTS_OWN] = "lists-own", [SW_FAULT_LISTS_CANARY] = "lists-canary",
		[SW_FAULT_LISTS_ALL] = "lists-all", [SW_FAULT_LISTS_MORE] = "lists-more",
		[SW_FAULT_STRAYS] = "strays",	    [SW_FAULT_REFUSES] = "refuses",
		[SW_FAULT_EMPTY] = "empty",	    [SW_FAULT_MUTE] = "mute",
	};

	return (unsigned)fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "unknown";
}

/* What the well-known refusals say. */
static const char *refusal_means(uint32_t code)
{
	switch (code) {
	case 0x7ffffffc:
		return ": the name of the list is wrong";
	case 0x7ffffffe:
		return ": it is asked through a public resolver; use one of your own, or a key";
	case 0x7fffffff:
		return ": too many questions for what it gives for free";
	default:
		return "";
	}
}

char *sw_trust_why(const struct sw_trust *t, char out[SW_TRUST_TEXT])
{
	struct sw_prefix answer = sw_prefix_ip4(t->code, 32);
	char addr[SW_PREFIX_TEXT] = "", code[SW_PREFIX_TEXT];

	if (t->culprit.family)
		sw_prefix_format(&t->culprit, addr);
	sw_prefix_format(&answer, code);
	switch (t->fault) {
	case SW_FAULT_NONE:
		snprintf(out, SW_TRUST_TEXT, "%s",
			 sw_trust_serves(t) ? "" : "knows nothing of IPv6, and is not asked of it");
		break;
	case SW_FAULT_LISTS_TEST:
		snprintf(out, SW_TRUST_TEXT, "lists %s as %s, which no list may list", addr, code);
		break;
	case SW_FAULT_LISTS_OWN:
		snprintf(out, SW_TRUST_TEXT, "lists our own address %s as %s", addr, code);
		break;
	case SW_FAULT_LISTS_CANARY:
		snprintf(out, SW_TRUST_TEXT, "lists the canary %s as %s", addr, code);
		break;
	case SW_FAULT_LISTS_ALL:
		snprintf(out, SW_TRUST_TEXT,
			 "lists all the world: %u of %u addresses drawn at random", t->found,
			 t->of);
		break;
	case SW_FAULT_LISTS_MORE:
		snprintf(out, SW_TRUST_TEXT,
			 "lists %u of %u addresses drawn at random, far more than it used to",
			 t->found, t->of);
		break;
	case SW_FAULT_STRAYS:
		snprintf(out, SW_TRUST_TEXT,
			 "answers %s, which no list does; is its domain somebody else's now, or "
			 "does the name server rewrite answers?",
			 code);
		break;
	case SW_FAULT_REFUSES:
		snprintf(out, SW_TRUST_TEXT, "refuses with %s%s", code, refusal_means(t->code));
		break;
	case SW_FAULT_EMPTY:
		snprintf(out, SW_TRUST_TEXT, "does not list %s, which it must", addr);
		break;
	case SW_FAULT_MUTE:
		snprintf(out, SW_TRUST_TEXT, "does not answer");
		break;
	}
	return out;
}
