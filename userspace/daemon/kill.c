/* SPDX-License-Identifier: GPL-2.0-only */
/* kill - see kill.h. */
#include "kill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "daemon/connected.h"
#include "datapath/datapath.h"

#define KEPT 1024 /* connections of a look */
#define LOOKS 256 /* at a port at most, when there are more than that */

struct job {
	struct sw_kill *owner;
	struct sw_kill_options options;
	struct sw_prefix *prefix; /* what options point to */
	uint16_t *port;
	struct sw_prefix *cover; /* the same addresses by prefixes side by side, sorted */
	size_t covers;
	struct event *turn;
	struct sw_kill_result result;
	size_t at; /* port */
	unsigned looks; /* at it so far */
	uint64_t closed; /* of this look */
	uint64_t spared; /* the same */
	bool more; /* there are than were kept */
	struct sw_connection found[KEPT];
	size_t n, next;
};

struct sw_kill {
	struct event_base *base;
	struct job *job[SW_KILL_JOBS]; /* NULL: free */
};

/* ---- who ---- */

/* Was @shield named by @prefix, which holds a peer in it? */
static bool is_named(const struct sw_prefix *prefix, const struct sw_prefix *shield)
{
	return sw_prefix_contains(shield, prefix);
}

/* May @prefix, which holds @peer, close it? */
static bool is_open_to(const struct sw_kill_options *o, const struct sw_prefix *prefix,
		       const struct sw_prefix *peer)
{
	struct sw_prefix shield;
	size_t at = 0;

	while (o->never_block && o->never_block(o->ctx, peer, &at, &shield))
		if (!is_named(prefix, &shield))
			return false;
	return true;
}

enum sw_kill_choice sw_kill_choose(const struct sw_kill_options *o, const struct sw_prefix *peer)
{
	enum sw_kill_choice choice = SW_KILL_STAYS;

	for (size_t i = 0; i < o->prefixes; i++) {
		if (!sw_prefix_contains(&o->prefix[i], peer))
			continue;
		if (is_open_to(o, &o->prefix[i], peer))
			return SW_KILL_CLOSED;
		choice = SW_KILL_SPARED;
	}
	return choice;
}

/* Of those in one another the first, which is the shortest, says all. */
static void make_cover(struct job *j)
{
	for (size_t i = 0; i < j->options.prefixes; i++)
		if (!j->covers || !sw_prefix_contains(&j->cover[j->covers - 1], &j->cover[i]))
			j->cover[j->covers++] = j->cover[i];
}

/* Most peers are in none of the prefixes, and there may be many of both. */
static bool is_covered(const struct job *j, const struct sw_prefix *peer)
{
	size_t low = 0, high = j->covers;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sw_prefix_cmp(&j->cover[mid], peer) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low && sw_prefix_contains(&j->cover[low - 1], peer);
}

/* ---- a look at a port ---- */

static int take(void *ctx, const struct sw_prefix *peer, const struct sw_connection *connection)
{
	struct job *j = ctx;
	enum sw_kill_choice choice;

	if (!is_covered(j, peer))
		return 0;
	choice = sw_kill_choose(&j->options, peer);
	j->spared += choice == SW_KILL_SPARED;
	if (choice != SW_KILL_CLOSED)
		return 0;
	if (j->n == KEPT) {
		j->more = true;
		return 1;
	}
	j->found[j->n++] = *connection;
	return 0;
}

static int look(struct job *j)
{
	int code;

	j->n = j->next = 0;
	j->more = false;
	j->closed = j->spared = 0;
	j->looks++;
	code = sw_connected_sessions(j->port[j->at], take, j);
	if (code == -ENOENT)
		return sw_err_set(&j->result.err, -EOPNOTSUPP,
				  "this kernel does not tell of connections (it was built without "
				  "CONFIG_INET_TCP_DIAG)");
	if (code < 0)
		return sw_err_set(&j->result.err, code, "connections cannot be looked at: %s",
				  strerror(-code));
	if (!j->more)
		j->result.spared += j->spared;
	return 0;
}

static int close_some(struct job *j)
{
	size_t n = j->n - j->next < SW_DESTROY_MAX ? j->n - j->next : SW_DESTROY_MAX;
	int closed = sw_datapath_destroy(&j->found[j->next], n, &j->result.err);

	if (closed < 0)
		return closed;
	j->next += n;
	j->closed += (uint64_t)closed;
	j->result.killed += (uint64_t)closed;
	return 0;
}

/* ---- turns ---- */

static void let_go(struct job *j)
{
	for (unsigned i = 0; i < SW_KILL_JOBS; i++)
		if (j->owner->job[i] == j)
			j->owner->job[i] = NULL;
	if (j->turn)
		event_free(j->turn);
	free(j->prefix);
	free(j->cover);
	free(j->port);
	free(j);
}

/* On to the next look, unless none would find more; false: that was the last port. */
static bool go_on(struct job *j)
{
	if (j->more && j->closed && j->looks < LOOKS)
		return true;
	j->looks = 0;
	return ++j->at < j->options.ports;
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval soon;
	struct job *j = ctx;
	bool over = false;

	if (j->next < j->n)
		j->result.code = close_some(j);
	else if (j->looks && !go_on(j))
		over = true;
	else
		j->result.code = look(j);
	if (!over && !j->result.code) {
		evtimer_add(j->turn, &soon);
		return;
	}
	j->options.done(j->options.ctx, j->options.ticket, &j->result);
	let_go(j);
}

/* ---- begin and end ---- */

static int by_address(const void *a, const void *b)
{
	return sw_prefix_cmp(a, b);
}

static int copy(struct job *j, const struct sw_kill_options *o)
{
	j->options = *o;
	j->prefix = calloc(o->prefixes, sizeof(*j->prefix));
	j->cover = calloc(o->prefixes, sizeof(*j->cover));
	j->port = calloc(o->ports, sizeof(*j->port));
	if (!j->prefix || !j->cover || !j->port)
		return -ENOMEM;
	memcpy(j->prefix, o->prefix, o->prefixes * sizeof(*j->prefix));
	memcpy(j->cover, o->prefix, o->prefixes * sizeof(*j->cover));
	memcpy(j->port, o->port, o->ports * sizeof(*j->port));
	qsort(j->cover, o->prefixes, sizeof(*j->cover), by_address);
	make_cover(j);
	j->options.prefix = j->prefix;
	j->options.port = j->port;
	return 0;
}

int sw_kill_start(struct sw_kill *k, const struct sw_kill_options *o, struct sw_err *err)
{
	static const struct timeval soon;
	unsigned place = 0;
	struct job *j;

	while (place < SW_KILL_JOBS && k->job[place])
		place++;
	if (place == SW_KILL_JOBS)
		return sw_err_set(err, -EBUSY,
				  "sessions are being closed for %d others; try again in a moment",
				  SW_KILL_JOBS);
	if (!o->prefixes || o->prefixes > SW_KILL_PREFIXES || !o->ports)
		return sw_err_set(err, -EINVAL, "1 to %d prefixes, and a port", SW_KILL_PREFIXES);
	j = calloc(1, sizeof(*j));
	if (!j)
		return sw_err_set(err, -ENOMEM, "out of memory");
	j->owner = k;
	j->turn = evtimer_new(k->base, on_turn, j);
	if (!j->turn || copy(j, o) || evtimer_add(j->turn, &soon)) {
		let_go(j);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	k->job[place] = j;
	return 0;
}

int sw_kill_open(struct event_base *base, struct sw_kill **ret)
{
	struct sw_kill *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->base = base;
	*ret = k;
	return 0;
}

struct sw_kill *sw_kill_close(struct sw_kill *k)
{
	for (unsigned i = 0; k && i < SW_KILL_JOBS; i++)
		if (k->job[i])
			let_go(k->job[i]);
	free(k);
	return NULL;
}
