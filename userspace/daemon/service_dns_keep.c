/* SPDX-License-Identifier: GPL-2.0-only */
/* service_dns_keep - what DNS has in state-dir, so that it is there after a restart: answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dns/cache.h"
#include "lib/log.h"
#include "service_dns_parts.h"

#define CACHE_BYTES (32u << 20)
#define CACHE_ENTRIES 200000

static char *cache_path(const struct sw_service *s)
{
	char *path;

	if (asprintf(&path, "%s/dns-cache", sw_enforce_policy(s->enforce)->config->state_dir) < 0)
		return NULL;
	return path;
}

void sw_service_dns_save_cache(struct sw_service *s)
{
	char *path = cache_path(s);
	struct sw_dns_cache_time now;
	struct sw_err err;

	sw_dns_cache_now(sw_clock_system(), &now);
	if (path && sw_dns_cache_save(s->dns_cache, path, &now, &err))
		sw_log(LOG_WARNING, "answers of the DNS are not kept: %s", err.text);
	free(path);
}

int sw_service_dns_open_cache(struct sw_service *s, struct sw_err *err)
{
	struct sw_dns_cache_options options = { .max_bytes = CACHE_BYTES,
						.max_entries = CACHE_ENTRIES,
						.ttl_min = 60,
						.ttl_max = 86400,
						.negative_max = 3600,
						.failed = 5 };
	struct sw_dns_cache_time now;
	char *path = cache_path(s);
	size_t n;
	int code;

	if (getrandom(options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		code = -EIO;
	else
		code = path ? sw_dns_cache_open(&options, &s->dns_cache) : -ENOMEM;
	if (code) {
		free(path);
		return sw_err_set(err, code, "no cache for the DNS: %s", strerror(-code));
	}
	sw_dns_cache_now(sw_clock_system(), &now);
	if (sw_dns_cache_load(s->dns_cache, path, &now, &n, err))
		sw_log(LOG_WARNING, "answers of the DNS from before are not used: %s", err->text);
	free(path);
	return 0;
}
