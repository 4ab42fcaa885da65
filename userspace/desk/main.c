/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synward-desk - tells senders whom the card rejects why, and mail servers that ask what is
 * known of their clients.
 *
 * It talks to strangers and decides nothing: who is turned away is the card's word, and what it says is the
 * daemon's. A process and a user of its own, without a right to anything. When it is gone the
 * card's connections go to the mail server, as if there were no reject.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>
#include <systemd/sd-daemon.h>

#include "desk/options.h"
#include "desk/confine.h"
#include "lib/log.h"
#include "lib/rights.h"
#include "lib/standard.h"

#define DESCRIPTORS 64 /* that are nobody's connection */
#define COUNT_S 1
#define PACKETS_AT_ONCE 16 /* of counts */
#define STOP_STEP_MS 100 /* first for the daemon, to send nobody any more ... */
#define STOP_STEPS 30 /* ... then for clients that are here when it ends */

struct desk {
	struct sw_desk_options options;
	struct event_base *base;
	struct event *signals[2], *count, *stop;
	struct sw_link *link;
	struct sw_tally tally;
	struct sw_serve *serve;
	struct sw_access_service *policy;
	int listeners[SW_SERVE_LISTENERS];
	struct sw_access_service_options policy_options;
	unsigned stopping; /* steps since it was told to end */
};

static void note(void *ctx, int level, const char *text)
{
	sw_log(level, "%s", text);
}

/* ---- on the loop ---- */

/* What did not go is told the next time. */
static void on_count(evutil_socket_t fd, short what, void *ctx)
{
	static struct sw_tally before;
	struct desk *d = ctx;
	char packet[SW_PACKET_BYTES];

	for (int i = 0; i < PACKETS_AT_ONCE && sw_link_is_up(d->link); i++) {
		size_t n;

		before = d->tally;
		n = sw_tally_put(&d->tally, (uint32_t)sw_serve_count(d->serve), packet);
		if (!n)
			return;
		if (!sw_link_tell(d->link, packet, n)) {
			d->tally = before;
			return;
		}
	}
}

/* First the map has us no more, then those who came before that are taken, and then they have
 * some time. */
static void on_stop(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval step = { .tv_usec = STOP_STEP_MS * 1000 };
	struct desk *d = ctx;

	if (!d->stopping++)
		sw_serve_stop(d->serve);
	if (!sw_serve_count(d->serve) || d->stopping > STOP_STEPS || evtimer_add(d->stop, &step))
		event_base_loopbreak(d->base);
}

/* A second one does not wait. */
static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	const struct timeval step = { .tv_usec = STOP_STEP_MS * 1000 };
	struct desk *d = ctx;

	if (d->stopping || evtimer_pending(d->stop, NULL)) {
		event_base_loopbreak(d->base);
		return;
	}
	sd_notify(0, "STOPPING=1");
	sw_link_withdraw(d->link);
	evtimer_add(d->stop, &step);
}

/* ---- start ---- */

/* A machine without IPv6 has no [::1]; what was asked for must be had. */
static int open_listeners(struct desk *d, struct sw_err *err)
{
	for (size_t i = 0; i < d->options.listen_n; i++) {
		int fd = sw_endpoint_listen(&d->options.listen[i], err);

		if (fd < 0 && (d->options.listen_given || i == 0))
			return fd;
		if (fd < 0)
			sw_log(LOG_NOTICE, "IPv6: %s: senders by IPv6 are the mail server's",
			       err->text);
		d->listeners[i] = fd;
	}
	return 0;
}

static int open_policy(struct desk *d, struct sw_err *err)
{
	struct sw_access_service_options *o = &d->policy_options;

	o->rules = d->options.rules;
	for (size_t i = 0; i < d->options.policy_n; i++) {
		const struct sw_endpoint *e = &d->options.policy[i];
		int code, fd = sw_endpoint_listen(e, err);

		if (fd < 0)
			return sw_err_prepend(err, fd, "--policy");
		o->listeners[o->listeners_n++] = fd;
		if (sw_endpoint_family(e) != AF_UNIX || !d->options.group)
			continue;
		code = sw_rights_give(e->address.local.sun_path, d->options.group, err);
		if (code)
			return code;
	}
	return 0;
}

/* A place for each connection that there can be. */
static int find_places(struct desk *d, struct sw_err *err)
{
	const size_t others = DESCRIPTORS + (d->options.policy_n ? SW_ACCESS_PEERS : 0);
	size_t have = 0;
	int code = sw_confine_descriptors(d->options.connections + others, &have, err);

	if (code)
		return code;
	if (have <= others)
		return sw_err_set(err, -EMFILE, "only %zu descriptors are allowed (LimitNOFILE)",
				  have);
	if (have - others < d->options.connections) {
		d->options.connections = have - others;
		sw_log(LOG_WARNING,
		       "only %zu connections at once: more descriptors are not "
		       "allowed (LimitNOFILE)",
		       d->options.connections);
	}
	return 0;
}

static bool watch_signals(struct desk *d)
{
	static const int numbers[] = { SIGTERM, SIGINT };

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 2; i++) {
		d->signals[i] = evsignal_new(d->base, numbers[i], on_signal, d);
		if (!d->signals[i] || evsignal_add(d->signals[i], NULL))
			return false;
	}
	return true;
}

static int listener_of(const struct desk *d, int family)
{
	for (size_t i = 0; i < d->options.listen_n; i++)
		if (sw_endpoint_family(&d->options.listen[i]) == family)
			return d->listeners[i];
	return -1;
}

static int open_desk(struct desk *d, uint64_t seed)
{
	const struct sw_desk_options *o = &d->options;
	const struct sw_link_options link = {
		.path = o->daemon,
		.asks = o->connections + SW_ACCESS_PEERS,
		.wait_ms = o->wait_ms,
		.ip4 = listener_of(d, AF_INET),
		.ip6 = listener_of(d, AF_INET6),
		.note = note,
	};
	struct sw_serve_options serve = {
		.connections = o->connections,
		.by_source = o->by_source,
		.idle_ms = o->idle_ms,
		.life_ms = o->life_ms,
		.at = o->at,
		.host = o->host,
		.general = o->text,
		.seed = seed,
	};
	int code = sw_link_open(d->base, &link, &d->link);

	memcpy(serve.listeners, d->listeners, sizeof(serve.listeners));
	if (!code)
		code = sw_serve_open(d->base, &serve, d->link, &d->tally, &d->serve);
	if (!code && d->policy_options.listeners_n)
		code = sw_access_service_open(d->base, &d->policy_options, d->link, &d->tally,
					      &d->policy);
	return code;
}

static int start(struct desk *d, struct sw_err *err)
{
	const struct timeval count = { .tv_sec = COUNT_S };
	uint64_t seed = 0;
	int code = find_places(d, err);

	if (!code)
		code = open_listeners(d, err);
	if (!code)
		code = open_policy(d, err);
	if (!code)
		code = sw_rights_take(NULL, NULL, d->options.user, err);
	if (code)
		return code;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return sw_err_set(err, -errno, "getrandom: %s", strerror(errno));
	json_object_seed((size_t)seed); /* or it would open a file for it, later */
	d->base = event_base_new();
	code = d->base && watch_signals(d) ? open_desk(d, seed) : -ENOMEM;
	if (code)
		return sw_err_set(err, code, "%s: %s", d->options.daemon, strerror(-code));
	d->count = event_new(d->base, -1, EV_PERSIST, on_count, d);
	d->stop = evtimer_new(d->base, on_stop, d);
	if (!d->count || !d->stop || evtimer_add(d->count, &count))
		return sw_err_set(err, -ENOMEM, "out of memory");
	return sw_confine(err);
}

static void finish(struct desk *d)
{
	sw_access_service_close(d->policy);
	sw_serve_close(d->serve);
	sw_link_close(d->link);
	for (int i = 0; i < 2; i++)
		if (d->signals[i])
			event_free(d->signals[i]);
	if (d->count)
		event_free(d->count);
	if (d->stop)
		event_free(d->stop);
	if (d->base)
		event_base_free(d->base);
}

int main(int argc, char **argv)
{
	static struct desk desk = { .listeners = { -1, -1 } };
	struct sw_err err = { "" };
	int status = EXIT_FAILURE;

	if (sw_standard_open())
		return EXIT_FAILURE;
	if (sw_desk_options_parse(argc, argv, &desk.options, &err)) {
		fprintf(stderr, "synward-desk: %s\n", err.text);
		return 2;
	}
	if (desk.options.help) {
		sw_desk_options_help(stdout);
		return EXIT_SUCCESS;
	}
	if (desk.options.verbose)
		sw_log_level(LOG_DEBUG);
	if (start(&desk, &err)) {
		sw_log(LOG_ERR, "%s", err.text);
	} else {
		sw_log(LOG_INFO, "up to %zu connections, %zu sockets for mail servers; asks %s",
		       desk.options.connections, desk.options.policy_n, desk.options.daemon);
		sd_notify(0, "READY=1");
		status = event_base_dispatch(desk.base) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
		sw_log(LOG_INFO, "ended");
	}
	finish(&desk);
	return status;
}
