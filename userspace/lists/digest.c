/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * digest - see digest.h. The text, in words of seven bytes, as a polynomial modulo
 * the prime 2^61 - 1, at two points that are drawn at random once in a process.
 *
 * Two different texts of n words agree at such a point with a chance of n / 2^61 at
 * most, whatever they are, since their difference has no more than n zeros (Carter
 * and Wegman, 1979). For ten million lines and both points that is one in 10^22.
 */
#include "digest.h"

#include <endian.h>
#include <string.h>
#include <sys/random.h>

#define PRIME ((1ull << 61) - 1)
#define WORD_BYTES 7 /* any such word is less than the prime */

static uint64_t points[2]; /* 0: not drawn */

static uint64_t step(uint64_t sum, uint64_t point, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)sum * point + word;
	uint64_t folded = (uint64_t)(product & PRIME) + (uint64_t)(product >> 61);

	return folded >= PRIME ? folded - PRIME : folded;
}

static void add_word(struct sw_digest *d, uint64_t word)
{
	d->sum[0] = step(d->sum[0], points[0], word);
	d->sum[1] = step(d->sum[1], points[1], word);
}

static void add_byte(struct sw_digest *d, char byte)
{
	d->rest |= (uint64_t)(unsigned char)byte << 8 * d->rest_n;
	if (++d->rest_n == WORD_BYTES) {
		add_word(d, d->rest);
		d->rest = 0;
		d->rest_n = 0;
	}
}

void sw_digest_start(struct sw_digest *d)
{
	uint64_t drawn[2];

	*d = (struct sw_digest){ .bytes = 0 };
	if (points[0] || getrandom(drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
		return;
	for (unsigned i = 0; i < 2; i++)
		points[i] = drawn[i] % (PRIME - 1) + 1;
}

void sw_digest_add(struct sw_digest *d, const char *text, size_t n)
{
	struct sw_digest sum = *d; /* so that it stays in registers */
	uint64_t word;

	sum.bytes += n;
	for (; n && sum.rest_n; text++, n--)
		add_byte(&sum, *text);
	for (; n >= sizeof(word); text += WORD_BYTES, n -= WORD_BYTES) {
		memcpy(&word, text, sizeof(word));
		add_word(&sum, le64toh(word) & ((1ull << 8 * WORD_BYTES) - 1));
	}
	for (; n; text++, n--)
		add_byte(&sum, *text);
	*d = sum;
}

bool sw_digest_equal(const struct sw_digest *a, const struct sw_digest *b)
{
	return points[0] && a->bytes && a->bytes == b->bytes && a->rest == b->rest &&
	       a->sum[0] == b->sum[0] && a->sum[1] == b->sum[1];
}
