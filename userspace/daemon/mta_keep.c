/* SPDX-License-Identifier: GPL-2.0-only */
/* mta_keep - see mta_keep.h. */
#include "mta_keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/saver.h"

#define SENDERS 262144 /* 8 bytes each, as all of these */
#define REPORTS 16384
#define BYTES_MAX (64 << 20) /* of a file */
#define SENDERS_EVERY_NS UINT64_C(600000000000)

enum { FILE_SENDERS, FILE_REPORTS, FILES };

static const struct {
	const char *name, *what, *without; /* what it means that it is not there */
} files[FILES] = {
	[FILE_SENDERS] = { "senders", "who mail was taken from",
			   "until it is taken again, reports do not count" },
	[FILE_REPORTS] = { "reports", "which reports were told",
			   "one that comes again counts again" },
};

struct sw_mta_keep {
	struct sw_mta_keep_options options;
	char *path[FILES];
	struct sw_saver *saver[FILES]; /* NULL: nothing is being saved */
	struct sw_senders *senders;
	struct sw_seen *seen;
	uint64_t senders_ns; /* when they were saved; 0: not yet */
	uint64_t changes; /* of seen, as it was saved */
};

#define warn(k, ...) sw_log_note((k)->options.note, (k)->options.ctx, LOG_WARNING, __VA_ARGS__)

/* ---- from the disk ---- */

static int decode(struct sw_mta_keep *k, unsigned file, const char *bytes, size_t n)
{
	return file == FILE_SENDERS ? sw_senders_load((const uint8_t *)bytes, n, &k->senders)
				    : sw_seen_load((const uint8_t *)bytes, n, &k->seen);
}

static void load(struct sw_mta_keep *k, unsigned file)
{
	char *bytes = NULL;
	size_t n = 0;
	int code = sw_file_read_bytes(k->path[file], BYTES_MAX, &bytes, &n);

	if (!code)
		code = decode(k, file, bytes, n);
	if (code && code != -ENOENT)
		warn(k, "%s: %s is not known any more (%s): %s", k->path[file], files[file].what,
		     code == -EBADMSG ? "damaged" : strerror(-code), files[file].without);
	free(bytes);
}

/* ---- to the disk ---- */

static uint8_t *encode(const struct sw_mta_keep *k, unsigned file, size_t *n)
{
	uint8_t *bytes;

	*n = file == FILE_SENDERS ? sw_senders_bytes(k->senders) : sw_seen_bytes(k->seen);
	bytes = malloc(*n);
	if (!bytes)
		return NULL;
	if (file == FILE_SENDERS)
		sw_senders_save(k->senders, bytes);
	else
		sw_seen_save(k->seen, bytes);
	return bytes;
}

static void tell(const struct sw_mta_keep *k, unsigned file, int code)
{
	if (code)
		warn(k, "%s: %s is not kept: %s", k->path[file], files[file].what, strerror(-code));
}

/* True: nothing is being saved any more. */
static bool end_saver(struct sw_mta_keep *k, unsigned file, bool wait)
{
	if (!k->saver[file])
		return true;
	if (!wait && !sw_saver_is_done(k->saver[file]))
		return false;
	tell(k, file, sw_saver_end(k->saver[file]));
	k->saver[file] = NULL;
	return true;
}

static void save(struct sw_mta_keep *k, unsigned file)
{
	size_t n;
	uint8_t *bytes = encode(k, file, &n);

	tell(k, file,
	     bytes ? sw_saver_start(k->path[file], bytes, n, NULL, &k->saver[file]) : -ENOMEM);
}

void sw_mta_keep_tick(struct sw_mta_keep *k, uint64_t now_ns)
{
	bool free_senders = end_saver(k, FILE_SENDERS, false);
	bool free_reports = end_saver(k, FILE_REPORTS, false);

	if (!k->senders_ns)
		k->senders_ns = now_ns;
	if (free_senders && now_ns - k->senders_ns >= SENDERS_EVERY_NS) {
		k->senders_ns = now_ns;
		save(k, FILE_SENDERS);
	}
	if (free_reports && sw_seen_changes(k->seen) != k->changes) {
		k->changes = sw_seen_changes(k->seen);
		save(k, FILE_REPORTS);
	}
}

/* ---- open, close ---- */

static void release(struct sw_mta_keep *k)
{
	sw_senders_close(k->senders);
	sw_seen_close(k->seen);
	for (unsigned i = 0; i < FILES; i++)
		free(k->path[i]);
	free(k);
}

static int open_parts(struct sw_mta_keep *k)
{
	int code = 0;

	for (unsigned i = 0; i < FILES; i++) {
		if (asprintf(&k->path[i], "%s/%s", k->options.state_dir, files[i].name) < 0) {
			k->path[i] = NULL;
			return -ENOMEM;
		}
		load(k, i);
	}
	if (!k->senders)
		code = sw_senders_open(SENDERS, k->options.seed ^ 0x5e, &k->senders);
	if (!code && !k->seen)
		code = sw_seen_open(REPORTS, k->options.seed ^ 0x4e, &k->seen);
	return code;
}

int sw_mta_keep_open(const struct sw_mta_keep_options *options, struct sw_mta_keep **ret)
{
	struct sw_mta_keep *k = calloc(1, sizeof(*k));
	int code = -ENOMEM;

	if (!k)
		return code;
	k->options = *options;
	code = open_parts(k);
	if (code) {
		release(k);
		return code;
	}
	k->options.state_dir = NULL; /* was lent */
	k->changes = sw_seen_changes(k->seen);
	*ret = k;
	return 0;
}

struct sw_mta_keep *sw_mta_keep_close(struct sw_mta_keep *k)
{
	if (!k)
		return NULL;
	for (unsigned i = 0; i < FILES; i++) {
		end_saver(k, i, true);
		save(k, i);
		end_saver(k, i, true);
	}
	release(k);
	return NULL;
}

struct sw_senders *sw_mta_keep_senders(const struct sw_mta_keep *k)
{
	return k->senders;
}

struct sw_seen *sw_mta_keep_seen(const struct sw_mta_keep *k)
{
	return k->seen;
}
