/* SPDX-License-Identifier: GPL-2.0-only */
/* access_service - see access_service.h. */
#include "access_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "desk/crowd.h"
#include "lib/clock.h"

#define AT_ONCE 16 /* connections, before other events have their turn */
#define READ_BYTES 2048
#define IDLE_MS 600000 /* Postfix hangs up after 300 s itself */
#define TICK_S 1

struct peer {
	struct sw_crowd_member member; /* the first: who has this has the peer */
	struct sw_access_service *service;
	struct peer *next; /* of those that are free */
	struct event event;
	struct sw_access policy;
	int fd;
	uint32_t ask; /* 0: none is open */
	size_t n; /* of bytes that are not looked at yet */
	char bytes[READ_BYTES];
	char told[SW_ACCESS_INSTANCE]; /* the last message that was given a header */
};

struct sw_access_service {
	struct sw_access_service_options options;
	struct event_base *base;
	struct event *listening[SW_ACCESS_SOCKETS], *tick;
	bool paused; /* no descriptors are left: until the next tick */
	struct sw_link *link;
	struct sw_tally *tally;
	struct sw_crowd crowd;
	struct peer *peers, *idle;
};

static uint64_t now_ms(void)
{
	return sw_clock_monotonic_ns(sw_clock_system()) / 1000000;
}

/* ---- one mail server ---- */

static void close_peer(struct peer *p)
{
	struct sw_access_service *service = p->service;

	if (p->ask)
		sw_link_forget(service->link, p->ask);
	event_del(&p->event);
	close(p->fd);
	sw_crowd_leave(&service->crowd, &p->member);
	p->next = service->idle;
	service->idle = p;
}

/* A header once for each message, however many recipients it has. */
static enum sw_access_do once(struct peer *p, enum sw_access_do what)
{
	const char *instance = p->policy.request.instance;

	if (what != SW_ACCESS_HEADER || !instance[0])
		return what;
	if (!strcmp(p->told, instance))
		return SW_ACCESS_DUNNO;
	strcpy(p->told, instance);
	return what;
}

/* False: it takes nothing, and is gone. */
static bool reply(struct peer *p, const struct sw_answer *answer)
{
	struct sw_access_service *service = p->service;
	enum sw_access_do what = once(p, sw_access_decide(&service->options.rules, answer));
	char out[SW_ACCESS_BYTES];
	size_t n = sw_access_put(out, what, answer);

	if (answer && answer->class_name[0])
		sw_tally_policy(service->tally, answer->class_name, what);
	if (send(p->fd, out, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return true;
	close_peer(p);
	return false;
}

static void work(struct peer *p);

static void on_answer(void *ctx, const struct sw_answer *answer)
{
	struct peer *p = ctx;

	p->ask = 0;
	if (reply(p, answer))
		work(p);
}

/* False: it is gone. */
static bool handle(struct peer *p)
{
	const struct sw_access_request *r = &p->policy.request;
	struct sw_access_service *service = p->service;

	service->tally->policy++;
	sw_crowd_turn(&service->crowd, &p->member, SW_CROWD_TALKING, now_ms());
	if (r->source.family)
		p->ask = sw_link_ask(service->link, SW_PACKET_POLICY, &r->source, r->port,
				     on_answer, p);
	return p->ask || reply(p, NULL);
}

/* Go through what was read, until a question is open. */
static void work(struct peer *p)
{
	size_t used = 0;

	while (p->n && !p->ask) {
		enum sw_access_got got = sw_access_take(&p->policy, p->bytes, p->n, &used);

		/* No opinion is better than none: some mail servers would defer. */
		if (got == SW_ACCESS_BAD) {
			if (reply(p, NULL))
				close_peer(p);
			return;
		}
		p->n -= used;
		memmove(p->bytes, p->bytes + used, p->n);
		if (got == SW_ACCESS_WHOLE && !handle(p))
			return;
	}
	if (p->ask)
		event_del(&p->event);
	else if (event_add(&p->event, NULL))
		close_peer(p);
}

static void on_peer(evutil_socket_t fd, short what, void *ctx)
{
	struct peer *p = ctx;
	ssize_t n = recv(fd, p->bytes + p->n, sizeof(p->bytes) - p->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_peer(p);
		return;
	}
	p->n += (size_t)n;
	work(p);
}

/* ---- coming and going ---- */

static bool make_room(struct sw_access_service *service)
{
	struct peer *p = (struct peer *)sw_crowd_idle(&service->crowd);

	if (p)
		close_peer(p);
	return p;
}

static void admit(struct sw_access_service *service, int fd)
{
	struct peer *p;

	if (service->crowd.n >= SW_ACCESS_PEERS)
		make_room(service);
	p = service->idle;
	if (!p || sw_crowd_join(&service->crowd, &p->member, NULL, now_ms())) {
		close(fd);
		return;
	}
	service->idle = p->next;
	sw_crowd_turn(&service->crowd, &p->member, SW_CROWD_TALKING, now_ms());
	p->fd = fd;
	p->n = 0;
	p->ask = 0;
	p->told[0] = '\0';
	memset(&p->policy, 0, sizeof(p->policy));
	event_assign(&p->event, service->base, fd, EV_READ | EV_PERSIST, on_peer, p);
	if (event_add(&p->event, NULL))
		close_peer(p);
}

static void listen_again(struct sw_access_service *service, bool listen)
{
	for (size_t i = 0; i < service->options.listeners_n; i++) {
		if (listen)
			event_add(service->listening[i], NULL);
		else
			event_del(service->listening[i]);
	}
	service->paused = !listen;
}

static void on_listener(evutil_socket_t listener, short what, void *ctx)
{
	struct sw_access_service *service = ctx;

	for (int i = 0; i < AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			admit(service, fd);
		} else if (errno == EAGAIN) {
			return;
		} else if ((errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			    errno == ENOMEM) &&
			   !make_room(service)) {
			listen_again(service, false);
			return;
		}
	}
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_access_service *service = ctx;
	uint64_t now = now_ms();
	struct sw_crowd_member *m;

	if (service->paused)
		listen_again(service, true);
	while ((m = sw_crowd_due(&service->crowd, now)))
		close_peer((struct peer *)m);
}

/* ---- for everybody ---- */

static int make(struct sw_access_service *service)
{
	const struct sw_crowd_limits limits = {
		.all = SW_ACCESS_PEERS,
		.phase_ms = { [SW_CROWD_TALKING] = IDLE_MS },
	};
	const struct timeval tick = { .tv_sec = TICK_S };

	service->peers = calloc(SW_ACCESS_PEERS, sizeof(*service->peers));
	service->tick = event_new(service->base, -1, EV_PERSIST, on_tick, service);
	if (sw_crowd_init(&service->crowd, &limits, 0) || !service->peers || !service->tick ||
	    event_add(service->tick, &tick))
		return -ENOMEM;
	for (size_t i = SW_ACCESS_PEERS; i--;) {
		service->peers[i].service = service;
		service->peers[i].next = service->idle;
		service->idle = &service->peers[i];
	}
	for (size_t i = 0; i < service->options.listeners_n; i++) {
		service->listening[i] = event_new(service->base, service->options.listeners[i],
						  EV_READ | EV_PERSIST, on_listener, service);
		if (!service->listening[i] || event_add(service->listening[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

static void free_all(struct sw_access_service *service)
{
	for (size_t i = 0; i < service->options.listeners_n; i++)
		if (service->listening[i])
			event_free(service->listening[i]);
	if (service->tick)
		event_free(service->tick);
	sw_crowd_done(&service->crowd);
	free(service->peers);
	free(service);
}

int sw_access_service_open(struct event_base *base, const struct sw_access_service_options *options,
			   struct sw_link *link, struct sw_tally *tally,
			   struct sw_access_service **ret)
{
	struct sw_access_service *service = calloc(1, sizeof(*service));
	int code;

	if (!service)
		return -ENOMEM;
	service->options = *options;
	service->base = base;
	service->link = link;
	service->tally = tally;
	code = make(service);
	if (code) {
		free_all(service);
		return code;
	}
	*ret = service;
	return 0;
}

struct sw_access_service *sw_access_service_close(struct sw_access_service *service)
{
	if (!service)
		return NULL;
	while (make_room(service))
		continue;
	for (size_t i = 0; i < service->options.listeners_n; i++)
		close(service->options.listeners[i]);
	free_all(service);
	return NULL;
}
