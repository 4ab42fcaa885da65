/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outbox - see outbox.h. A ring of bytes under a lock, which is never held while something is
 * sent: the thread copies what it sends, and takes it out when it went.
 */
#include "outbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

#define BATCH_BYTES 16384 /* of a datagram (docs/control.md, Events) */
#define RETRY_MS 200 /* between attempts to connect */
#define SEND_MS 1000 /* until the other side counts as stuck */
#define REPORT_SECONDS 60

struct sw_outbox {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct sw_outbox_counts counts;
	bool stopping;
	size_t head, used; /* of bytes */
	struct sockaddr_un to;
	int fd; /* -1: not connected; the thread's own, as all below */
	uint64_t reported;
	time_t reported_at;
	char bytes[SW_OUTBOX_BYTES];
};

/* ---- the ring; under the lock ---- */

static void ring_put(struct sw_outbox *outbox, const char *line, size_t n)
{
	size_t tail = (outbox->head + outbox->used) % SW_OUTBOX_BYTES;
	size_t first = n < SW_OUTBOX_BYTES - tail ? n : SW_OUTBOX_BYTES - tail;

	memcpy(outbox->bytes + tail, line, first);
	memcpy(outbox->bytes, line + first, n - first);
	outbox->used += n;
}

/* Copy whole lines, as many as fit, to @out; returns bytes. They stay until ring_drop. */
static size_t ring_peek(const struct sw_outbox *outbox, char out[BATCH_BYTES])
{
	size_t n = 0, whole = 0;

	for (; n < outbox->used && n < BATCH_BYTES; n++) {
		out[n] = outbox->bytes[(outbox->head + n) % SW_OUTBOX_BYTES];
		if (out[n] == '\n')
			whole = n + 1;
	}
	return whole;
}

static void ring_drop(struct sw_outbox *outbox, size_t n)
{
	outbox->head = (outbox->head + n) % SW_OUTBOX_BYTES;
	outbox->used -= n;
}

/* ---- the thread ---- */

static struct timespec after_ms(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static void disconnect(struct sw_outbox *outbox)
{
	if (outbox->fd >= 0)
		close(outbox->fd);
	outbox->fd = -1;
}

static bool connected(struct sw_outbox *outbox)
{
	if (outbox->fd >= 0)
		return true;
	outbox->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (outbox->fd >= 0 &&
	    connect(outbox->fd, (const struct sockaddr *)&outbox->to, sizeof(outbox->to)))
		disconnect(outbox);
	return outbox->fd >= 0;
}

/* False: the other side is gone or stuck. */
static bool send_datagram(struct sw_outbox *outbox, const char *bytes, size_t n)
{
	struct pollfd poller = { .fd = outbox->fd, .events = POLLOUT };

	while (send(outbox->fd, bytes, n, MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || poll(&poller, 1, SEND_MS) <= 0)
			return false;
	}
	return true;
}

/* Send whole lines, all or none; returns how many. What stays is for who comes after the one that
 * is gone. */
static unsigned send_lines(struct sw_outbox *outbox, const char *bytes, size_t n)
{
	unsigned lines = 0;

	if (!send_datagram(outbox, bytes, n)) {
		disconnect(outbox);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return lines;
}

/* Once a minute at most, and by one who may wait. */
static void report_drops(struct sw_outbox *outbox, uint64_t dropped)
{
	time_t now = time(NULL);

	if (dropped == outbox->reported || now - outbox->reported_at < REPORT_SECONDS)
		return;
	sw_log(LOG_WARNING,
	       "%llu events dropped since the start: nobody takes them at %s, or not "
	       "fast enough",
	       (unsigned long long)dropped, outbox->to.sun_path);
	outbox->reported = dropped;
	outbox->reported_at = now;
}

/* Wait until there is something to send and somebody to send it to, or for an end. False: end. */
static bool wait_for_work(struct sw_outbox *outbox)
{
	struct timespec until;

	while (!outbox->used && !outbox->stopping)
		pthread_cond_wait(&outbox->wake, &outbox->lock);
	while (outbox->used && !connected(outbox) && !outbox->stopping) {
		uint64_t dropped = outbox->counts.dropped;

		pthread_mutex_unlock(&outbox->lock);
		report_drops(outbox, dropped);
		pthread_mutex_lock(&outbox->lock);
		until = after_ms(RETRY_MS);
		while (!outbox->stopping &&
		       pthread_cond_timedwait(&outbox->wake, &outbox->lock, &until) != ETIMEDOUT)
			continue;
	}
	return outbox->used && connected(outbox);
}

static void *run(void *ctx)
{
	struct sw_outbox *outbox = ctx;
	char batch[BATCH_BYTES] = { 0 };

	pthread_mutex_lock(&outbox->lock);
	while (wait_for_work(outbox)) {
		size_t n = ring_peek(outbox, batch);
		unsigned lines;

		pthread_mutex_unlock(&outbox->lock);
		lines = send_lines(outbox, batch, n);
		pthread_mutex_lock(&outbox->lock);
		ring_drop(outbox, lines ? n : 0);
		outbox->counts.sent += lines;
	}
	pthread_mutex_unlock(&outbox->lock);
	disconnect(outbox);
	return NULL;
}

/* ---- for everybody ---- */

static void init_wake(pthread_cond_t *wake)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(wake, &attr);
	pthread_condattr_destroy(&attr);
}

int sw_outbox_start(const char *path, struct sw_outbox **ret)
{
	struct sw_outbox *outbox;
	int code;

	if (strlen(path) >= sizeof(outbox->to.sun_path))
		return -ENAMETOOLONG;
	outbox = calloc(1, sizeof(*outbox));
	if (!outbox)
		return -ENOMEM;
	outbox->fd = -1;
	outbox->to.sun_family = AF_UNIX;
	strcpy(outbox->to.sun_path, path);
	pthread_mutex_init(&outbox->lock, NULL);
	init_wake(&outbox->wake);
	code = pthread_create(&outbox->thread, NULL, run, outbox);
	if (code) {
		free(outbox);
		return -code;
	}
	*ret = outbox;
	return 0;
}

int sw_outbox_put(struct sw_outbox *outbox, const char *line, size_t n)
{
	int code = 0;

	pthread_mutex_lock(&outbox->lock);
	outbox->counts.put++;
	if (n > BATCH_BYTES || n > SW_OUTBOX_BYTES - outbox->used) {
		outbox->counts.dropped++;
		code = -ENOBUFS;
	} else {
		ring_put(outbox, line, n);
		pthread_cond_signal(&outbox->wake);
	}
	pthread_mutex_unlock(&outbox->lock);
	return code;
}

struct sw_outbox_counts sw_outbox_counts(struct sw_outbox *outbox)
{
	struct sw_outbox_counts counts;

	pthread_mutex_lock(&outbox->lock);
	counts = outbox->counts;
	pthread_mutex_unlock(&outbox->lock);
	return counts;
}

struct sw_outbox *sw_outbox_stop(struct sw_outbox *outbox, unsigned wait_ms)
{
	if (!outbox)
		return NULL;
	for (; wait_ms; wait_ms--) {
		struct sw_outbox_counts counts = sw_outbox_counts(outbox);
		struct timespec ms = { .tv_nsec = 1000000 };

		if (counts.sent + counts.dropped >= counts.put)
			break;
		nanosleep(&ms, NULL);
	}
	pthread_mutex_lock(&outbox->lock);
	outbox->stopping = true;
	pthread_cond_signal(&outbox->wake);
	pthread_mutex_unlock(&outbox->lock);
	pthread_join(outbox->thread, NULL);
	pthread_cond_destroy(&outbox->wake);
	pthread_mutex_destroy(&outbox->lock);
	free(outbox);
	return NULL;
}
