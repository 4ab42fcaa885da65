/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a datagram of the socket of events: each line is an event, or bad with words. What
 * is an event is one within bounds, and as the milter would write it, it is the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mta_json.h"
#include "daemon/mta_socket.h"
#include "mta/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

struct expected {
	const struct sw_mta_event *event;
	unsigned seen;
};

static void is_same(void *ctx, const struct sw_mta_event *e)
{
	struct expected *expected = ctx;
	const struct sw_mta_event *want = expected->event;
	size_t n = want->rcpt_n < SW_MTA_RCPT ? want->rcpt_n : SW_MTA_RCPT;

	check(e->kind == want->kind && e->recipients == want->recipients);
	check(!sw_prefix_cmp(&e->source, &want->source));
	check(!e->rcpt == !want->rcpt);
	check(e->time_ms / 1000 == want->time_ms / 1000);
	/* Longer ones are cut, maybe within a character, which then is '?'. */
	check(!e->rcpt || e->rcpt_n <= SW_MTA_RCPT * 3);
	if (e->rcpt && want->rcpt_n <= SW_MTA_RCPT && strlen(want->rcpt) == want->rcpt_n)
		check(e->rcpt_n == n && !memcmp(e->rcpt, want->rcpt, n));
	expected->seen++;
}

static void is_not_bad(void *ctx, const char *why)
{
	abort();
}

static void take_event(void *ctx, const struct sw_mta_event *e)
{
	struct expected expected = { .event = e };
	const struct sw_mta_json_reader again = { is_same, is_not_bad, &expected };
	char line[SW_MTA_LINE];
	int n;

	++*(unsigned *)ctx;
	check((unsigned)e->kind < SW_MTA_KINDS);
	check(e->source.family == 4 || e->source.family == 6);
	check(e->source.len == sw_prefix_full(&e->source));
	check(e->recipients >= 1 && e->recipients <= SW_MTA_RECIPIENTS);
	check(e->rcpt ? e->rcpt_n <= SW_MTA_TEXT : !e->rcpt_n);
	n = sw_mta_wire_put(e, line);
	if (n < 0)
		return; /* it has no room as ASCII */
	check(n <= SW_MTA_LINE && line[n - 1] == '\n' &&
	      memchr(line, '\n', (size_t)n) == line + n - 1);
	sw_mta_json_lines(line, (size_t)n, &again);
	check(expected.seen == 1);
}

static void take_bad(void *ctx, const char *why)
{
	++*(unsigned *)ctx;
	check(why && why[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned taken = 0, lines = 0;
	const struct sw_mta_json_reader reader = { take_event, take_bad, &taken };
	char *copy;

	if (size > SW_MTA_SOCKET_BYTES)
		size = SW_MTA_SOCKET_BYTES;
	copy = malloc(size ? size : 1);
	check(copy);
	if (size)
		memcpy(copy, data, size);
	sw_mta_json_lines(copy, size, &reader);
	for (size_t i = 0; i < size; i++)
		lines += copy[i] != '\n' && (i + 1 == size || copy[i + 1] == '\n');
	check(taken == lines);
	free(copy);
	return 0;
}
