/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cache - answers by name and type, for as long as they hold. Pure: the time comes in.
 *
 * Bounded in bytes and entries. What is new waits in a small queue; only what is asked for
 * again while it is there, or soon after it went, gets into the large one, and there goes
 * what was not asked for since it was last looked at (S3-FIFO: Yang and others, SOSP 2023).
 * So names that are asked for once, however many, take a tenth of the room and no more.
 *
 * Temporary failures are kept for some seconds, so that a dead zone is not asked about for
 * each source; they have room of their own, and never take the place of an answer.
 *
 * Every call takes constant time, but for saving and loading.
 */
#ifndef SYNWARD_DNS_CACHE_H
#define SYNWARD_DNS_CACHE_H

#include "dns/hash.h"
#include "dns/name.h"
#include "dns/reply.h"
#include "lib/clock.h"
#include "lib/err.h"

#define SW_DNS_CACHE_FAILED_MAX 10 /* seconds */

struct sw_dns_cache;

struct sw_dns_cache_options {
	size_t max_bytes; /* of answers, and what it takes to keep them */
	size_t max_entries;
	uint32_t ttl_min, ttl_max; /* seconds; records are kept no shorter and no longer */
	uint32_t negative_max; /* the absence of records no longer; wins over ttl_min */
	uint32_t failed; /* temporary failures; at most SW_DNS_CACHE_FAILED_MAX; 0: not at all */
	uint8_t seed[SW_DNS_SEED]; /* random; nobody outside knows it */
};

struct sw_dns_cache_stats {
	uint64_t hits, misses, evicted;
	size_t entries, bytes; /* of answers */
	size_t failed; /* entries */
};

/* -EINVAL: a minimum above its maximum, or bounds too small for one entry; -ENOMEM. */
int sw_dns_cache_open(const struct sw_dns_cache_options *options, struct sw_dns_cache **ret);
struct sw_dns_cache *sw_dns_cache_close(struct sw_dns_cache *cache); /* NULL */

/*
 * What is known at @now_ms, and for how many seconds more (*@ttl, at least 1; 0 for a
 * failure). Borrowed until the next call: hold it to keep it. NULL: nothing.
 */
struct sw_dns_reply *sw_dns_cache_get(struct sw_dns_cache *cache, const struct sw_dns_name *name,
				      uint16_t type, uint64_t now_ms, uint32_t *ttl);

/* Keep @reply, which others may hold too. When it is too large, or there is no memory, it
 * is not kept; nobody needs to know. */
void sw_dns_cache_put(struct sw_dns_cache *cache, const struct sw_dns_name *name, uint16_t type,
		      struct sw_dns_reply *reply, uint64_t now_ms);

/* For how many seconds @answer would be kept; 0 for a failure. */
uint32_t sw_dns_cache_ttl(const struct sw_dns_cache *cache, const struct sw_dns_answer *answer);

void sw_dns_cache_stats(const struct sw_dns_cache *cache, struct sw_dns_cache_stats *ret);

/* ---- over restarts: cache_file.c ---- */

/* When something is saved or loaded. Ages are told by the monotonic clock as long as the
 * machine was not started anew, and then by the wall clock. */
struct sw_dns_cache_time {
	int64_t wall_ms;
	uint64_t monotonic_ms; /* what is given to get and put as now_ms */
	char boot[SW_CLOCK_BOOT];
};

/* The present one by @clock, of this boot of the machine. */
void sw_dns_cache_now(const struct sw_clock *clock, struct sw_dns_cache_time *ret);

/* Write all answers to @path, whose old contents stay until that is done. Readable to its
 * owner alone, for names may hold keys of DNSBLs. Waits for the disk. -errno with words. */
int sw_dns_cache_save(struct sw_dns_cache *cache, const char *path,
		      const struct sw_dns_cache_time *now, struct sw_err *err);

/*
 * The same bit by bit, for who cannot wait: begin (one at a time; NULL: no memory), write some
 * until that returns true, and take the bytes (*@n; to be freed; NULL: no memory), which
 * sw_dns_cache_seal makes a file, in another thread if you like. The cache may be used
 * meanwhile: what comes and goes may be in it or not.
 */
struct sw_dns_cache_writer *sw_dns_cache_write(struct sw_dns_cache *cache,
					       const struct sw_dns_cache_time *now);
bool sw_dns_cache_write_some(struct sw_dns_cache_writer *writer, size_t entries);
uint8_t *sw_dns_cache_written(struct sw_dns_cache_writer *writer, size_t *n);
/* The checksum, which is the last eight bytes of a file of @n bytes, made right. */
void sw_dns_cache_seal(uint8_t *data, size_t n);

/*
 * Take the answers that @path has and that are still good; *@ret is how many, 0 also when
 * there is no file. -EBADMSG with words: the file is damaged, foreign, of another version,
 * or was saved at a time that has not come yet; nothing of it is taken.
 */
int sw_dns_cache_load(struct sw_dns_cache *cache, const char *path,
		      const struct sw_dns_cache_time *now, size_t *ret, struct sw_err *err);

#endif
