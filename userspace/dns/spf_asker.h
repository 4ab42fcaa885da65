/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_asker - what asks the DNS one question after another, as a loop of small steps.
 *
 * A step asks at most one question. Whether the answer comes at once or much later, the next
 * step is called from the same loop and never from inside of the one before, so the depth of
 * the stack does not depend on what the DNS says. It may be dropped at any moment, also by
 * its own callbacks. For the files of spf alone.
 */
#ifndef SYNWARD_DNS_SPF_ASKER_H
#define SYNWARD_DNS_SPF_ASKER_H

#include <stdbool.h>

#include "dns/dns.h"

/* @owner is the struct that the asker is part of. */
typedef void (*sw_spf_next_fn)(void *owner);
typedef void (*sw_spf_take_fn)(void *owner, const struct sw_dns_answer *answer);

struct sw_spf_asker {
	const struct sw_dns *dns;
	void *owner;
	sw_spf_next_fn next; /* step that comes next; NULL: it is over */
	sw_spf_next_fn end; /* called once then; may drop */
	sw_spf_next_fn destroy; /* frees the owner */
	sw_spf_take_fn take; /* of the question that is under way; may not ask */
	sw_dns_ticket ticket;
	bool waiting, running, dropped, ended;
	unsigned questions;
};

/* Only in a step, as the last that it does. @name: as struct sw_dns takes it. */
void sw_spf_ask(struct sw_spf_asker *asker, const char *name, enum sw_dns_type type,
		sw_spf_take_fn take);

/* Go on until an answer has to be waited for, or to the end. */
void sw_spf_run(struct sw_spf_asker *asker);

/* The question that is under way is not wanted any more. */
void sw_spf_stop_waiting(struct sw_spf_asker *asker);

/* Destroy the owner, now or as soon as its loop has come back. */
void sw_spf_drop(struct sw_spf_asker *asker);

/* "timeout": why an answer is SW_DNS_TEMPFAIL, in words. */
const char *sw_spf_trouble(const struct sw_dns_answer *answer);

#endif
