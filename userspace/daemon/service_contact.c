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

#include "connected.h"
#include "datapath/contacts.h"
#include "datapath/datapath.h"
#include "lib/log.h"
#include "service_parts.h"

#define AT_ONCE 1024 /* contacts, before other events have their turn */
#define LOOK_MS 250 /* hardly a session is shorter */
#define PEERS_AT_ONCE 1024

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
	const struct timeval wait = { .tv_usec = LOOK_MS * 1000 };
	enum sw_contact_load load = sw_intake_load(s->intake, now_ns());

	sw_datapath_contact_load(sw_enforce_datapath(s->enforce), load);
	if (load != SW_CONTACT_ALL && s->look && !evtimer_pending(s->look, NULL))
		evtimer_add(s->look, &wait);
}

static void on_contacts(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_service *s = ctx;

	if (sw_contacts_read(s->contacts, AT_ONCE, take, s)) {
		sw_service_dns_pump(s);
		tell_load(s);
	}
}

/* ---- who is connected ---- */

struct look {
	struct sw_service *s;
	uint64_t now_ns;
	uint16_t port;
	unsigned n;
};

static int take_peer(void *ctx, const struct sw_prefix *peer)
{
	struct look *look = ctx;
	struct sw_datapath_found found;

	sw_datapath_lookup(sw_enforce_datapath(look->s->enforce), peer, look->now_ns, &found);
	if (found.class == SW_CLASS_UNLISTED) {
		sw_intake_put_real(look->s->intake, peer, look->port, look->now_ns);
		look->n++;
	}
	return look->n >= PEERS_AT_ONCE;
}

/*
 * When there are so many contacts that the card does not tell of all, no SYN says who is real,
 * however often it comes. Whoever got through to the mail server is, and is judged before them.
 */
static void on_look(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_service *s = ctx;
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct look look = { .s = s, .now_ns = now_ns() };
	int code = 0;

	for (size_t i = 0; i < c->ports_n && code >= 0; i++) {
		look.port = c->ports[i];
		code = sw_connected_each(look.port, take_peer, &look);
	}
	if (code < 0)
		sw_log(LOG_DEBUG, "connections cannot be listed: %s", strerror(-code));
	if (look.n)
		sw_service_dns_pump(s);
	tell_load(s);
}

/* ---- the ring and the queue ---- */

static void close_ring(struct sw_service *s)
{
	if (s->contact)
		event_free(s->contact);
	if (s->look)
		event_free(s->look);
	s->contact = s->look = NULL;
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
	s->look = evtimer_new(s->base, on_look, s);
	if (s->contact && s->look && !event_add(s->contact, NULL))
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

/* A rate for sources that nobody knows is one that good senders do not feel only where they
 * become known: while somebody is asked about them. */
static void tell_surge(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	bool counts = s->judging && mode_of(s) != SW_CONTACT_OFF;

	sw_datapath_surge(sw_enforce_datapath(s->enforce), counts ? c->surge_rate : 0,
			  c->surge_burst);
}

static void end(struct sw_service *s)
{
	struct sw_err err;

	if (s->enforce)
		sw_datapath_surge(sw_enforce_datapath(s->enforce), 0, 0);
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
		tell_surge(s);
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
