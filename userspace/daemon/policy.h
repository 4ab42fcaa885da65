/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy - a config and its list files, turned into class rows and a flat table.
 *
 * What the daemon, `synward attach`, `replay` and `explain` all start from. No
 * BPF here: the datapath takes the result. With a previous policy, a list that is
 * refused keeps its last good entries, and class numbers stay: a row that changes
 * gets a number that the previous policy did not use, because a row must not
 * change under a table that names it.
 *
 * What must never be blocked comes from the config (never-block) and from own.h, what
 * the daemon found out by itself. The first is also taken out of block lists when they
 * are read; the second only stands above them, since it changes without a list being
 * read. So do the networks of allow-spf, which come from spf_domains.h: they are one more
 * allow list, of a class of their own.
 */
#ifndef SYNWARD_DAEMON_POLICY_H
#define SYNWARD_DAEMON_POLICY_H

#include "lib/config.h"
#include "daemon/ledger_record.h"
#include "lists/list.h"
#include "maps/abi.h"
#include "maps/table.h"
#include "own.h"
#include "spf_domains.h"

struct sw_policy_list {
	const struct sw_config_list *config; /* in policy.config */
	uint8_t class;
	struct sw_list *list; /* NULL: never loaded */
	bool stale; /* the file was refused; these are the last good entries */
	bool unsaved; /* state-dir has no copy of these entries, but maybe of others */
	char *path; /* what they can be read from again: config->file, or the last good copy */
	char problem[512]; /* why, when stale or never loaded */
};

struct sw_policy {
	const struct sw_config *config; /* borrowed, must outlive the policy */
	struct sw_class class[SW_CLASS_MAX]; /* action NONE: unused number */
	struct sw_policy_list *lists;
	size_t lists_n;
	struct sw_own own; /* never-block, too */
	struct sw_spf_domains spf; /* those of config->allow_spf */
	uint8_t spf_class;
	struct sw_list *spf_list; /* all their networks; NULL: allow_spf names nobody */
	struct sw_entry4 *flat4;
	size_t flat4_n;
	struct sw_entry6 *flat6;
	size_t flat6_n;
};

/* Something to tell the operator; level as in syslog (LOG_ERR, ...). */
typedef void (*sw_policy_note_fn)(void *ctx, int level, const char *text);

/* How lists are read. */
enum {
	SW_POLICY_LAST_GOOD = 0x01, /* a file is refused: take its copy in state-dir */
	SW_POLICY_COPIES = 0x02, /* take the copy, and the file only where there is none */
};

/* What a policy is made from. All is borrowed; @config must outlive the policy. */
struct sw_policy_spec {
	const struct sw_config *config;
	const struct sw_own *own; /* copied; NULL: none */
	const struct sw_spf_domains *spf; /* copied, but for those the config does not name; NULL */
	const struct sw_policy *previous; /* NULL: none */
	unsigned flags;
	sw_policy_note_fn note; /* NULL: nobody wants to know */
	void *ctx;
};

/*
 * Read all lists of the config and flatten them. A refused list is no failure: it
 * keeps its last good entries, from the previous policy or from state-dir, or none. A
 * list whose file did not change is shared with the previous policy. Nothing is written.
 * Failures: -ENOMEM, -E2BIG (more lists than classes).
 */
int sw_policy_load(const struct sw_policy_spec *spec, struct sw_policy **ret, struct sw_err *err);

/*
 * The config and the very lists of @like, with other own prefixes and other networks of
 * allow-spf (NULL: none), and flattened anew: no file is read, and class numbers are the same.
 * @like, of which the flat table may be gone, stays as it is. -ENOMEM.
 */
int sw_policy_rebuild(const struct sw_policy *like, const struct sw_own *own,
		      const struct sw_spf_domains *spf, struct sw_policy **ret, struct sw_err *err);

/* Keep copies in state-dir of the lists that have none, or other ones. @note is told of
 * each that cannot be written; the next call tries again. */
void sw_policy_save(struct sw_policy *policy, sw_policy_note_fn note, void *ctx);

struct sw_policy *sw_policy_free(struct sw_policy *policy);

/* Free the flat table: the card has it, and nothing else looks at it. The numbers of
 * entries stay, for people. */
void sw_policy_drop_flat(struct sw_policy *policy);

/* How the classes of @policy compare. */
void sw_policy_ranks(const struct sw_policy *policy, struct sw_rank rank[SW_CLASS_MAX]);

/* The entry that decides for one source, and its competitors. */
struct sw_policy_match {
	const struct sw_policy_list *list; /* NULL: never-block, or one of those that follow */
	const struct sw_own_entry *own; /* never-block by itself, of policy.own; else NULL */
	const struct sw_verdict *verdict; /* a single one; else NULL */
	const struct sw_spf_domain *spf; /* whose network it is, of policy.spf; else NULL */
	int64_t since_ms; /* with spf: when the network came into force; wall clock */
	uint8_t class;
	struct sw_list_match entry;
	bool speaks; /* for its list, or itself; the others are silenced by a longer entry */
	bool wins;
	const char *why; /* why it wins or loses: "longer prefix", "higher tier", ... */
};

/* The class of a source and the prefix that decides, from memory, without the
 * files: fast, for replay. Class UNLISTED has prefix length 0. */
uint8_t sw_policy_lookup(const struct sw_policy *policy, const struct sw_prefix *source,
			 struct sw_prefix *decided_by);

/* Single verdicts that hold, each on a prefix that contains the source in question. */
struct sw_policy_verdicts {
	const struct sw_verdict *all;
	size_t n;
};

/* Everything that is said of @source, @verdicts (NULL: none) among it, best first. Reads the
 * list files again, for lines and words; of one that changed since it has neither (line 0),
 * and what is in force counts. Borrows from @policy and @verdicts. The caller frees with
 * sw_policy_matches_free. */
int sw_policy_explain(const struct sw_policy *policy, const struct sw_prefix *source,
		      const struct sw_policy_verdicts *verdicts, struct sw_policy_match **ret,
		      size_t *n, struct sw_err *err);
void sw_policy_matches_free(struct sw_policy_match *matches, size_t n);

#endif
