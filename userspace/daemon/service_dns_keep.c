/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_dns_keep - what DNS has in state-dir, so that it is there after a restart: answers
 * (dns-cache), and sources that were cleared once (dns-known).
 *
 * They are written every ten minutes, answers some at a time, and a thread waits for the disk:
 * the loop never does but at the end. What a crash loses is only asked for again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dns/cache.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/saver.h"
#include "service_dns_parts.h"

#define CACHE_BYTES (32u << 20)
#define CACHE_ENTRIES 200000
#define SAVE_EVERY_NS UINT64_C(600000000000)
#define WRITTEN_AT_ONCE 2000 /* answers; a millisecond or two */

enum { CACHE, KNOWN, FILES };

static const char *const files[FILES] = { "dns-cache", "dns-known" };
static const char *const contents[FILES] = { "answers of the DNS", "sources that are known" };

struct sw_dns_keep {
	struct sw_dns_cache_writer *writer; /* NULL: nothing is written */
	struct sw_saver *saver[FILES]; /* NULL: there is none */
	uint64_t saved_ns; /* when it was last begun */
	struct sw_known known;
};

/* To be freed; NULL: no memory. */
static char *path_of(const struct sw_service *s, unsigned file)
{
	char *path;

	if (asprintf(&path, "%s/%s", sw_enforce_policy(s->enforce)->config->state_dir,
		     files[file]) < 0)
		return NULL;
	return path;
}

static void tell(unsigned file, int code)
{
	if (code)
		sw_log(LOG_WARNING, "%s: %s are not kept: %s", files[file], contents[file],
		       strerror(-code));
}

/* ---- open ---- */

static int open_cache(struct sw_service *s)
{
	struct sw_dns_cache_options options = { .max_bytes = CACHE_BYTES,
						.max_entries = CACHE_ENTRIES,
						.ttl_min = 60,
						.ttl_max = 86400,
						.negative_max = 3600,
						.failed = 5 };

	if (getrandom(options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return -EIO;
	return sw_dns_cache_open(&options, &s->dns_cache);
}

static void load_cache(struct sw_service *s)
{
	char *path = path_of(s, CACHE);
	struct sw_dns_cache_time now;
	struct sw_err err;
	size_t n;

	sw_dns_cache_now(sw_clock_system(), &now);
	if (path && sw_dns_cache_load(s->dns_cache, path, &now, &n, &err))
		sw_log(LOG_WARNING, "answers of the DNS from before are not used: %s", err.text);
	free(path);
}

static void load_known(struct sw_service *s)
{
	char *path = path_of(s, KNOWN), *data = NULL;
	size_t n = 0;
	int code = path ? sw_file_read_bytes(path, SW_KNOWN_BYTES, &data, &n) : -ENOMEM;

	if (!code)
		code = sw_known_decode(&s->dns_keep->known, (const uint8_t *)data, n);
	if (code && code != -ENOENT)
		sw_log(LOG_WARNING, "dns-known: sources that were known before are not: %s",
		       code == -EBADMSG ? "damaged" : strerror(-code));
	free(data);
	free(path);
}

int sw_service_dns_keep(struct sw_service *s, struct sw_err *err)
{
	struct sw_dns_keep *keep;
	int code;

	if (s->dns_keep)
		return 0;
	keep = calloc(1, sizeof(*keep));
	code = keep ? sw_known_init(&keep->known) : -ENOMEM;
	if (!code)
		code = open_cache(s);
	if (code) {
		free(keep);
		return sw_err_set(err, code, "no cache for the DNS: %s", strerror(-code));
	}
	keep->saved_ns = sw_clock_monotonic_ns(sw_clock_system());
	s->dns_keep = keep;
	load_cache(s);
	load_known(s);
	return 0;
}

struct sw_known *sw_service_dns_known(const struct sw_service *s)
{
	return s->dns_keep ? &s->dns_keep->known : NULL;
}

/* ---- now and then ---- */

static void start(struct sw_service *s, unsigned file, uint8_t *data, size_t n,
		  void (*seal)(uint8_t *data, size_t n))
{
	char *path = path_of(s, file);
	int code = path && data ? 0 : -ENOMEM;

	if (code)
		free(data);
	else
		code = sw_saver_start(path, data, n, seal, &s->dns_keep->saver[file]);
	tell(file, code);
	free(path);
}

static void start_all(struct sw_service *s)
{
	struct sw_dns_keep *keep = s->dns_keep;
	size_t n;
	uint8_t *data = sw_dns_cache_written(keep->writer, &n);

	keep->writer = NULL;
	start(s, CACHE, data, n, sw_dns_cache_seal);
	start(s, KNOWN, sw_known_encode(&keep->known), SW_KNOWN_BYTES, sw_known_seal);
}

/* True: there is none left. */
static bool end_savers(struct sw_dns_keep *keep, bool wait)
{
	bool left = false;

	for (unsigned i = 0; i < FILES; i++) {
		if (!keep->saver[i])
			continue;
		if (!wait && !sw_saver_is_done(keep->saver[i])) {
			left = true;
			continue;
		}
		tell(i, sw_saver_end(keep->saver[i]));
		keep->saver[i] = NULL;
	}
	return !left;
}

void sw_service_dns_keep_tick(struct sw_service *s)
{
	uint64_t now = sw_clock_monotonic_ns(sw_clock_system());
	struct sw_dns_keep *keep = s->dns_keep;
	struct sw_dns_cache_time time;

	if (!keep || !end_savers(keep, false))
		return;
	if (keep->writer) {
		if (sw_dns_cache_write_some(keep->writer, WRITTEN_AT_ONCE))
			start_all(s);
	} else if (now - keep->saved_ns >= SAVE_EVERY_NS) {
		keep->saved_ns = now;
		sw_dns_cache_now(sw_clock_system(), &time);
		keep->writer = sw_dns_cache_write(s->dns_cache, &time);
		if (!keep->writer)
			tell(CACHE, -ENOMEM);
	}
}

/* ---- the end ---- */

void sw_service_dns_keep_end(struct sw_service *s)
{
	struct sw_dns_keep *keep = s->dns_keep;
	struct sw_dns_cache_time now;
	size_t n;

	if (!keep)
		return;
	end_savers(keep, true);
	if (keep->writer)
		free(sw_dns_cache_written(keep->writer, &n));
	sw_dns_cache_now(sw_clock_system(), &now);
	keep->writer = sw_dns_cache_write(s->dns_cache, &now);
	if (keep->writer) {
		sw_dns_cache_write_some(keep->writer, SIZE_MAX);
		start_all(s);
	}
	end_savers(keep, true);
	s->dns_cache = sw_dns_cache_close(s->dns_cache);
	free(keep);
	s->dns_keep = NULL;
}
