/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a mail server may send to the policy service: the first byte says in what pieces. The pieces make no
 * difference, requests are bounded, and a source is an address or none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "desk/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS 64

struct found {
	unsigned n;
	bool bad;
	struct sw_access_request request[REQUESTS];
};

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_request(const struct sw_access_request *r)
{
	check(r->source.family == 0 || r->source.family == 4 || r->source.family == 6);
	check(!r->source.family || r->source.len == sw_prefix_full(&r->source));
	check(memchr(r->instance, '\0', sizeof(r->instance)));
}

static void take(const uint8_t *data, size_t size, size_t piece, struct found *found)
{
	struct sw_access p = { .bytes = 0 };
	size_t since = 0;

	memset(found, 0, sizeof(*found));
	while (size && found->n < REQUESTS) {
		size_t n = size < piece ? size : piece, used = SIZE_MAX;
		enum sw_access_got got = sw_access_take(&p, (const char *)data, n, &used);

		if (got == SW_ACCESS_BAD) {
			found->bad = true;
			return;
		}
		check(used && used <= n && (got == SW_ACCESS_WHOLE || used == n));
		since += used;
		check(since <= SW_ACCESS_REQUEST);
		if (got == SW_ACCESS_WHOLE) {
			check_request(&p.request);
			found->request[found->n++] = p.request;
			since = 0;
		}
		data += used;
		size -= used;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct found whole, pieces;

	if (size < 1)
		return 0;
	take(data + 1, size - 1, size, &whole);
	take(data + 1, size - 1, 1 + data[0], &pieces);
	check(whole.n == pieces.n && whole.bad == pieces.bad);
	for (unsigned i = 0; i < whole.n; i++) {
		const struct sw_access_request *a = &whole.request[i], *b = &pieces.request[i];

		check(!sw_prefix_cmp(&a->source, &b->source) && a->port == b->port);
		check(!strcmp(a->instance, b->instance));
	}
	return 0;
}
