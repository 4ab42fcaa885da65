/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_loop - what the daemon does by itself: a sign of life for the card, how much it can
 * take of first contacts, the end of verdicts, the self-check, a look at its own addresses and at
 * the interfaces, and taking back a reload that nobody confirmed.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "datapath/datapath.h"
#include "lib/log.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "service_parts.h"

#define OWN_EVERY_NS UINT64_C(60000000000) /* who logs in and resolv.conf are not watched */
#define OWN_CALM_S 1 /* changes come in bursts */
#define LINKS_EVERY_NS UINT64_C(10000000000) /* who takes the filter off is not told us */
#define CHECK_LEAST 500 /* places of the index, each second ... */
#define CHECK_ROUNDS 600 /* ... or as many as make a round in ten minutes */
#define HISTORY_AT_ONCE 1000 /* records that are forgotten in a second */
#define LOOKED_AT_ONCE 1000 /* records, whether they are worth their room, likewise */
#define SETTLED_AT_ONCE 2000 /* changes, likewise */
#define CLEARANCES_MS (INT64_C(24) * 3600 * 1000) /* are in the history for so long */

static struct timeval timeval_ns(uint64_t ns)
{
	return (struct timeval){ .tv_sec = (time_t)(ns / 1000000000),
				 .tv_usec = (suseconds_t)(ns % 1000000000 / 1000) };
}

/* ---- own addresses ---- */

/* Whether they count is up to the config in force, which is not always the one that was asked
 * for: see sw_enforce_options.own. */
int sw_service_find_own(struct sw_service *s, const char *ssh, struct sw_own *ret,
			struct sw_err *err)
{
	const struct sw_own_places places = { .ssh = ssh };

	return sw_own_find(&places, sw_service_note, s, ret, err);
}

static void look_at_own(struct sw_service *s)
{
	struct sw_own own;
	struct sw_err err;
	int code = sw_service_find_own(s, NULL, &own, &err);

	s->own_looked_ns = sw_clock_monotonic_ns(sw_clock_system());
	if (!code) {
		code = sw_enforce_own(s->enforce, &own, &err);
		sw_own_done(&own);
	}
	if (code)
		sw_log(LOG_ERR, "own addresses: %s; those from before stay never-block", err.text);
}

static void look_at_links(struct sw_service *s)
{
	s->links_looked_ns = sw_clock_monotonic_ns(sw_clock_system());
	sw_enforce_look(s->enforce);
}

static void on_own_soon(evutil_socket_t fd, short what, void *ctx)
{
	look_at_links(ctx);
	look_at_own(ctx);
}

static void watch_own(struct sw_service *s);

static void on_own_changed(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval calm = { .tv_sec = OWN_CALM_S };
	struct sw_service *s = ctx;
	int changed = sw_own_watch_read(s->own_fd);

	if (changed < 0) {
		close(s->own_fd);
		watch_own(s);
	}
	if (changed && !evtimer_pending(s->own_soon, NULL))
		evtimer_add(s->own_soon, &calm);
}

/* Without the watch, changes are found within a minute. */
static void watch_own(struct sw_service *s)
{
	struct sw_err err;

	if (s->own_watch)
		event_free(s->own_watch);
	s->own_watch = NULL;
	s->own_fd = sw_own_watch_open(&err);
	if (s->own_fd < 0) {
		sw_log(LOG_WARNING, "%s; changes of addresses are found within a minute", err.text);
		return;
	}
	s->own_watch = event_new(s->base, s->own_fd, EV_READ | EV_PERSIST, on_own_changed, s);
	if (s->own_watch)
		event_add(s->own_watch, NULL);
}

/* ---- once a second, or when a verdict ends ---- */

static size_t share(size_t all)
{
	return all / CHECK_ROUNDS > CHECK_LEAST ? all / CHECK_ROUNDS : CHECK_LEAST;
}

/* What packets read, against lists and verdicts together. */
static void check_table(struct sw_service *s)
{
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	size_t mended = 0;
	int code = sw_datapath_check(sw_enforce_datapath(s->enforce),
				     share(p->flat4_n + p->flat6_n), &mended);

	s->table_rounds += code == 1;
	s->table_mended += mended;
	if (mended)
		sw_log(LOG_WARNING,
		       "self-check: the card's table said something else than lists and verdicts "
		       "for %zu addresses; mended",
		       mended);
	if (code < 0)
		sw_log(LOG_ERR,
		       "self-check: the card's table differs and cannot be mended: %s; "
		       "restart synwardd to have it written anew",
		       strerror(-code));
}

static void check_some(struct sw_service *s)
{
	struct sw_verdicts_counts n;

	sw_verdicts_counts(s->verdicts, &n);
	sw_verdicts_check(s->verdicts, share(2 * n.intended));
	check_table(s);
}

/* That DNS had nothing against a source says little when it is over, and there are very many of
 * these: all that knock once. */
static bool is_passing(const struct sw_history *h)
{
	return h->verdict.origin == SW_ORIGIN_DNS && h->verdict.action == SW_ACTION_PASS &&
	       !strcmp(h->verdict.who, "dns") &&
	       (h->kind == SW_CHANGE_SET || h->kind == SW_CHANGE_EXTENDED ||
		h->kind == SW_CHANGE_ENDED);
}

/* What can wait, so that the next start has less to read and the history does not grow
 * without end. Failures are those of the disk: whoever sets a verdict is told of them. */
static void care_for_ledger(struct sw_service *s)
{
	const struct sw_config *config = sw_enforce_policy(s->enforce)->config;
	int64_t now = sw_ledger_clock_now(sw_verdicts_clock(s->verdicts));
	struct sw_err err;

	if (sw_ledger_prune_history(s->ledger, now - config->ledger_history_ms, HISTORY_AT_ONCE,
				    NULL, &err) ||
	    sw_ledger_thin_history(s->ledger, now - CLEARANCES_MS, is_passing, LOOKED_AT_ONCE,
				   &s->thinned_to, NULL, &err) ||
	    sw_ledger_settle(s->ledger, SETTLED_AT_ONCE, NULL, &err))
		sw_log(LOG_DEBUG, "ledger: %s", err.text);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_service *s = ctx;
	uint64_t now = sw_clock_monotonic_ns(sw_clock_system()), next;
	struct timeval wait;

	sw_datapath_alive(sw_enforce_datapath(s->enforce), now);
	sw_service_contacts_tick(s);
	sw_verdicts_tick(s->verdicts);
	if (now - s->second_ns >= 900000000) {
		s->second_ns = now;
		check_some(s);
		care_for_ledger(s);
		sw_service_dns_tick(s);
		sw_service_sessions_tick(s);
		sw_service_desk_tick(s);
		sw_service_spf_tick(s);
		if (now - s->links_looked_ns >= LINKS_EVERY_NS)
			look_at_links(s);
		if (now - s->own_looked_ns >= OWN_EVERY_NS)
			look_at_own(s);
	}
	now = sw_clock_monotonic_ns(sw_clock_system());
	next = sw_verdicts_next_ns(s->verdicts);
	wait = timeval_ns(next > now ? next - now : 0);
	evtimer_add(s->tick, &wait);
}

/* ---- a reload on probation ---- */

static void on_unconfirmed(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval again = { .tv_sec = 10 };
	struct sw_service *s = ctx;
	struct sw_err err;

	if (sw_enforce_revert(s->enforce, &err)) {
		sw_log(LOG_ERR,
		       "nobody confirmed the reload, and it cannot be taken back: %s; "
		       "trying again in 10 s",
		       err.text);
		evtimer_add(s->confirm, &again);
		return;
	}
	s->confirm_until_ms = 0;
	sw_service_tell_card(s);
	sw_log(LOG_WARNING,
	       "nobody confirmed the reload: what was in force before it is in force "
	       "again; %s on the disk is still the new one",
	       s->path);
}

void sw_service_expect_confirm(struct sw_service *s, int64_t ms)
{
	const struct timeval wait = timeval_ns((uint64_t)ms * 1000000);

	evtimer_del(s->confirm);
	s->confirm_until_ms = ms ? sw_clock_wall_ms(sw_clock_system()) + ms : 0;
	if (ms)
		evtimer_add(s->confirm, &wait);
}

/* ---- the companion ---- */

static void on_companion_gone(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_service *s = ctx;

	event_del(s->companion);
	sw_log(LOG_ERR, "the process that keeps the privileges is gone: the filter goes on, and "
			"verdicts can change, but no reload is possible until synwardd is "
			"restarted");
}

static int watch_companion(struct sw_service *s)
{
	int fd = sw_sandbox_fd(s->sandbox);

	if (fd < 0)
		return 0;
	s->companion = event_new(s->base, fd, EV_READ | EV_PERSIST, on_companion_gone, s);
	return !s->companion || event_add(s->companion, NULL) ? -ENOMEM : 0;
}

/* ---- begin and end ---- */

int sw_service_loop_start(struct sw_service *s)
{
	static const struct timeval now;

	s->tick = evtimer_new(s->base, on_tick, s);
	s->own_soon = evtimer_new(s->base, on_own_soon, s);
	s->confirm = evtimer_new(s->base, on_unconfirmed, s);
	if (!s->tick || !s->own_soon || !s->confirm || evtimer_add(s->tick, &now))
		return -ENOMEM;
	watch_own(s);
	return watch_companion(s);
}

void sw_service_loop_stop(struct sw_service *s)
{
	struct event *all[] = { s->tick, s->own_soon, s->confirm, s->own_watch, s->companion };

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i])
			event_free(all[i]);
	if (s->own_fd >= 0)
		close(s->own_fd);
}
