/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * known - see known.h.
 *
 * A file: magic (8), seed (8), marks (8 each), checksum of all that (8); all but the checksum
 * as they are in memory, for a file stays on its machine.
 */
#include "known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dns/hash.h"
#include "maps/hash.h"

#define MAGIC "swknown1"
#define HEAD 16
#define SUM 8

static uint64_t mark_of(const struct sw_known *known, const struct sw_prefix *source)
{
	uint64_t mark = sw_hash(source->hi ^ source->family, source->lo, known->seed);

	return mark ? mark : 1;
}

int sw_known_init(struct sw_known *known)
{
	memset(known, 0, sizeof(*known));
	if (getrandom(&known->seed, sizeof(known->seed), 0) != sizeof(known->seed))
		return -EIO;
	known->seed |= 1;
	return 0;
}

void sw_known_add(struct sw_known *known, const struct sw_prefix *source)
{
	uint64_t mark = mark_of(known, source);

	known->mark[mark % SW_KNOWN] = mark;
}

bool sw_known_has(const struct sw_known *known, const struct sw_prefix *source)
{
	uint64_t mark = mark_of(known, source);

	return known->mark[mark % SW_KNOWN] == mark;
}

/* ---- the file ---- */

static uint64_t sum_of(const uint8_t *data, size_t n)
{
	static const uint8_t nobodys_secret[SW_DNS_SEED];

	return sw_dns_hash(nobodys_secret, data, n);
}

uint8_t *sw_known_encode(const struct sw_known *known)
{
	uint8_t *data = malloc(SW_KNOWN_BYTES);

	if (!data)
		return NULL;
	memcpy(data, MAGIC, 8);
	memcpy(data + 8, &known->seed, 8);
	memcpy(data + HEAD, known->mark, sizeof(known->mark));
	return data;
}

void sw_known_seal(uint8_t *data, size_t n)
{
	uint64_t sum = sum_of(data, n - SUM);

	memcpy(data + n - SUM, &sum, SUM);
}

int sw_known_decode(struct sw_known *known, const uint8_t *data, size_t n)
{
	uint64_t sum;

	if (n != SW_KNOWN_BYTES || memcmp(data, MAGIC, 8) != 0)
		return -EBADMSG;
	sum = sum_of(data, n - SUM);
	if (memcmp(data + n - SUM, &sum, SUM) != 0)
		return -EBADMSG;
	memcpy(&known->seed, data + 8, 8);
	memcpy(known->mark, data + HEAD, sizeof(known->mark));
	return 0;
}
