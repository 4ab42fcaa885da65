/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_contact - first contacts, from the card to the queue of those to be examined, and
 * back to the card how much of them can be taken.
 *
 * Whatever fails here ends with first contact off: all unknown sources pass then, as they
 * would without us.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "datapath/contacts.h"
#include "datapath/datapath.h"
#include "lib/log.h"
#include "service_parts.h"

#define AT_ONCE 1024 /* contacts, before other events have their turn */

static uint64_t now_ns(void)
{
	return sw_clock_monotonic_ns(sw_clock_system());
}

static void take(void *ctx, const struct sw_contact *contact)
{
	struct sw_service *s = ctx;

	sw_intake_put(s->intake, contact, now_ns());
}

static void tell_load(const struct sw_service *s)
{
	sw_datapath_contact_load(sw_enforce_datapath(s->enforce),
				 sw_intake_load(s->intake, now_ns()));
}

static void on_contacts(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_service *s = ctx;

	if (sw_contacts_read(s->contacts, AT_ONCE, take, s)) {
		sw_service_dns_pump(s);
		tell_load(s);
	}
}

/* ---- the ring and the queue ---- */

static void close_ring(struct sw_service *s)
{
	if (s->contact)
		event_free(s->contact);
	s->contact = NULL;
	s->contacts = sw_contacts_close(s->contacts);
}

static int open_ring(struct sw_service *s, struct sw_err *err)
{
	const struct sw_datapath *dp = sw_enforce_datapath(s->enforce);
	int code;

	if (s->contacts && sw_contacts_is_of(s->contacts, dp))
		return 0;
	close_ring(s);
	code = sw_contacts_open(dp, &s->contacts, err);
	if (code)
		return code;
	s->contact = event_new(s->base, sw_contacts_fd(s->contacts), EV_READ | EV_PERSIST,
			       on_contacts, s);
	if (s->contact && !event_add(s->contact, NULL))
		return 0;
	close_ring(s);
	return sw_err_set(err, -ENOMEM, "no event for first contacts");
}

static bool is_known(void *ctx, const struct sw_prefix *source)
{
	return sw_service_dns_knows(ctx, source);
}

static bool is_in_hand(void *ctx, const struct sw_prefix *source)
{
	return sw_service_dns_has(ctx, source);
}

static int open_intake(struct sw_service *s, struct sw_err *err)
{
	struct sw_intake_options options = { .is_known = is_known,
					     .is_in_hand = is_in_hand,
					     .ctx = s };
	int code;

	if (s->intake)
		return 0;
	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return sw_err_set(err, -errno, "getrandom: %s", strerror(errno));
	code = sw_intake_open(&options, &s->intake);
	return code ? sw_err_set(err, code, "out of memory for first contacts") : 0;
}

/* ---- what the options say ---- */

const char *sw_service_contacts_mode(const struct sw_service *s)
{
	const char *mode = sw_enforce_policy(s->enforce)->config->first_contact;

	return !strcmp(mode, "hold") && !s->judging ? "pass" : mode;
}

static enum sw_contact_mode mode_of(const struct sw_service *s)
{
	const char *mode = sw_service_contacts_mode(s);

	if (!strcmp(mode, "hold"))
		return SW_CONTACT_HOLD;
	return strcmp(mode, "pass") ? SW_CONTACT_OFF : SW_CONTACT_PASS;
}

static void end(struct sw_service *s)
{
	struct sw_err err;

	if (s->enforce &&
	    sw_datapath_first_contact(sw_enforce_datapath(s->enforce), SW_CONTACT_OFF, 0, &err))
		sw_log(LOG_ERR, "%s", err.text);
	close_ring(s);
	s->intake = sw_intake_close(s->intake);
}

void sw_service_contacts(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct sw_err err;
	int code;

	if (mode_of(s) == SW_CONTACT_OFF) {
		end(s);
		return;
	}
	code = open_intake(s, &err);
	if (!code)
		code = open_ring(s, &err);
	if (!code) {
		tell_load(s);
		code = sw_datapath_first_contact(sw_enforce_datapath(s->enforce), mode_of(s),
						 (uint64_t)c->hold_max_ms * 1000000, &err);
	}
	if (!code)
		return;
	sw_log(LOG_ERR, "%s; first-contact is off until the next reload", err.text);
	end(s);
}

/* Own addresses can bring new maps, and with them another ring. */
void sw_service_contacts_tick(struct sw_service *s)
{
	if (!s->contacts)
		return;
	if (!sw_contacts_is_of(s->contacts, sw_enforce_datapath(s->enforce)))
		sw_service_contacts(s);
	if (s->intake)
		tell_load(s);
}

void sw_service_contacts_end(struct sw_service *s)
{
	end(s);
}
