/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the DNS cache, damaged and forged. What is refused leaves nothing behind; what is
 * taken can be written and read again. Every input is tried with the right checksum, too.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/cache_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sw_dns_cache_time now = {
	.wall_ms = INT64_C(1) << 62,
	.monotonic_ms = 1000,
	.boot = "this",
};

static struct sw_dns_cache *open_cache(void)
{
	const struct sw_dns_cache_options options = {
		.max_bytes = 1 << 16,
		.max_entries = 100,
		.ttl_max = 86400,
		.negative_max = 86400,
		.failed = 5,
	};
	struct sw_dns_cache *cache;

	if (sw_dns_cache_open(&options, &cache))
		abort();
	return cache;
}

static size_t entries_of(const struct sw_dns_cache *cache)
{
	struct sw_dns_cache_stats stats;

	sw_dns_cache_stats(cache, &stats);
	assert(stats.entries <= 100 && stats.bytes <= 1 << 16);
	return stats.entries;
}

static void check_again(struct sw_dns_cache *cache)
{
	struct sw_dns_cache *again = open_cache();
	struct sw_err err = { "" };
	size_t n, taken;
	uint8_t *bytes = sw_dns_cache_encode(cache, &now, &n);

	assert(bytes);
	assert(!sw_dns_cache_decode(again, bytes, n, &now, &taken, &err));
	assert(entries_of(again) <= entries_of(cache));
	free(bytes);
	sw_dns_cache_close(again);
}

static void check_file(const uint8_t *data, size_t size)
{
	struct sw_dns_cache *cache = open_cache();
	struct sw_err err = { "" };
	size_t taken = 0;

	if (sw_dns_cache_decode(cache, data, size, &now, &taken, &err))
		assert(err.text[0] && !entries_of(cache));
	else
		check_again(cache);
	sw_dns_cache_close(cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	check_file(data, size);
	if (size < 8)
		return 0;
	copy = malloc(size);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	sw_dns_cache_seal(copy, size);
	check_file(copy, size);
	free(copy);
	return 0;
}
