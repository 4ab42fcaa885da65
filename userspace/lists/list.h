/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list - one list file, read whole: recognised, checked, scrubbed, sorted.
 *
 * Reading never has a side effect: the result is a new struct sw_list or a
 * refusal with its reason. Whether a list replaces the last good one is
 * decided by sw_list_check_change. Nothing here knows the config or the table.
 */
#ifndef SYNWARD_LISTS_LIST_H
#define SYNWARD_LISTS_LIST_H

#include "digest.h"
#include "lib/addr.h"
#include "lib/err.h"
#include "maps/table.h"

enum sw_list_format {
	SW_LIST_AUTO, /* recognise it */
	SW_LIST_PLAIN, /* addresses, CIDR, ranges "a - b"; FireHOL, Spamhaus DROP text */
	SW_LIST_DROP_JSON, /* Spamhaus DROP as JSON lines */
	SW_LIST_RBLDNSD_IP4SET,
	SW_LIST_RBLDNSD_IP4TRIE,
	SW_LIST_RBLDNSD_IP6TRIE,
	SW_LIST_IPSET, /* output of ipset save */
	SW_LIST_NFT, /* set elements as nft prints and reads them */
	SW_LIST_POSTFIX_CIDR, /* cidr_table(5) with access(5) or postscreen actions */
	SW_LIST_FORMATS,
};

/* What the entries of a cidr table are to us: permit lines in an allow list,
 * reject lines in any other; the opposite kind makes a hole. */
enum sw_list_sense { SW_LIST_BLOCKS, SW_LIST_ALLOWS };

struct sw_list_spec {
	const char *path;
	enum sw_list_format format;
	enum sw_list_sense sense;
	uint8_t class; /* written into each entry */
	const struct sw_prefix *scrub; /* ranges that must not be listed; may be NULL */
	size_t scrub_n;
	bool narrow; /* an entry shorter than /8 (IPv6: /16) is a bad line, unless all of it
		      * is in ranges of scrub: 0.0.0.0/0 would drop all mail */
	double max_bad; /* share of bad lines that refuses the file, e.g. 0.01 */
	const struct sw_digest *same; /* sw_list_find: the text that is asked for; NULL: any */
};

enum sw_list_note {
	SW_LIST_NOTE_BAD, /* a line that was not understood */
	SW_LIST_NOTE_SCRUBBED, /* an entry that must not be listed */
	SW_LIST_NOTE_SKIPPED, /* a part that is no list of sources */
};

/* May not re-enter. @text is fit to be shown. @line 0: about the whole file. */
typedef void (*sw_list_note_fn)(void *ctx, enum sw_list_note kind, const char *path,
				unsigned long line, const char *text);

struct sw_list_counts {
	enum sw_list_format format; /* what it was read as */
	uint64_t lines;
	uint64_t entries; /* understood, duplicates and scrubbed ones included; a range is one */
	uint64_t duplicates; /* prefixes that were there already; a range has many */
	uint64_t covered; /* different prefixes that lie inside another one of the list */
	uint64_t exclusions; /* prefixes that make a hole */
	uint64_t scrubbed; /* entries removed or cut because of spec.scrub */
	uint64_t bad; /* lines */
	uint64_t prefixes; /* in force: different ones, holes included, scrubbed ones not */
};

struct sw_list {
	struct sw_entry4 *entries4; /* sorted, without duplicates */
	size_t n4;
	struct sw_entry6 *entries6;
	size_t n6;
	struct sw_list_counts counts;
	struct sw_digest digest; /* of the text of the file */
	unsigned shares; /* owners beside the first */
};

/*
 * Read the file of @spec. @note is told of each bad line and each scrubbed entry
 * (at most 100 of each, then one line that says how many more). On success *@ret
 * is the caller's to free. *@counts, which may be NULL, is filled as far as it came
 * also when the file is refused. -ENODATA: empty. -EBADMSG: too many bad lines,
 * truncated, or an unknown format; -EFBIG: too many entries; -EAGAIN: the file changed
 * meanwhile; -errno of open and read.
 */
int sw_list_read(const struct sw_list_spec *spec, sw_list_note_fn note, void *ctx,
		 struct sw_list **ret, struct sw_list_counts *counts, struct sw_err *err);
struct sw_list *sw_list_free(struct sw_list *list);

/* One more owner of @list, which is freed when all of them have freed it. */
struct sw_list *sw_list_share(struct sw_list *list);

/*
 * Does @path hold the very text that @list was read from? Then sw_list_read with the
 * same spec would make the same list. All of the file is read, since no date or size
 * of a file proves that its contents did not change. False also when that fails.
 */
bool sw_list_is_current(const struct sw_list *list, const char *path);

/*
 * May @now replace @before? -ERANGE when one is more than @factor times the
 * other and the larger has at least @floor entries. A factor of 0 allows all.
 */
int sw_list_check_change(const struct sw_list_counts *before, const struct sw_list_counts *now,
			 double factor, uint64_t floor, struct sw_err *err);

/* One entry of a file that contains a given source. */
struct sw_list_match {
	struct sw_prefix prefix; /* as it takes effect; a range is split */
	bool exclude;
	unsigned long line;
	const char *text; /* the line, or the list's own words (TXT, SBL number) */
};

/*
 * Read the file once more and report to @each the entries that take effect and
 * contain @source, the shortest prefix first. What sw_list_read removed (scrubbed,
 * shadowed by an earlier line of a first-match table) is not reported; a hole that
 * it made for a range of spec.scrub is, with the line of the entry that it cut.
 * Bad lines are passed over. Stops at the first non-zero return and returns it.
 * -ESTALE: the file has another text than spec.same; nothing was reported.
 */
int sw_list_find(const struct sw_list_spec *spec, const struct sw_prefix *source,
		 int (*each)(void *ctx, const struct sw_list_match *match), void *ctx,
		 struct sw_err *err);

/* Names as in the config and JSON: "plain", "drop-json", "rbldnsd-ip4set", ... */
const char *sw_list_format_name(enum sw_list_format format);
/* -EINVAL: no such format. */
int sw_list_format_parse(const char *name, enum sw_list_format *ret);

/* IANA special-purpose address registries (RFC 6890): what is not globally
 * reachable and must never come from outside. Static, *@n entries. */
const struct sw_prefix *sw_list_bogons(size_t *n);

/* Write @list so that sw_list_read reads it again as SW_LIST_PLAIN ('!' marks a
 * hole); replaces @path atomically. For the last good copy in state-dir. */
int sw_list_save(const struct sw_list *list, const char *path, struct sw_err *err);

#endif
