/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config - synward.conf, read whole and checked whole.
 *
 * options.def is the one table of options: parser, defaults, check-config and
 * synward.conf(5) come from it. A config that was returned is valid in itself;
 * files it names are not opened here. libconfuse is known to config.c only.
 */
#ifndef SYNWARD_LIB_CONFIG_H
#define SYNWARD_LIB_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"
#include "err.h"

#define SW_ALLOW_SPF_MAX 64 /* domains */
#define SW_ALLOW_SPF_CLASS "allow-spf" /* the class of their networks */
/* Letters that stand for something in texts for senders: rules/wording.h. */
#define SW_DESK_MACROS "achruw"
#define SW_LOOKUP_MACROS "ach"

/* list NAME { ... } */
struct sw_config_list {
	char *name;
	char *file; /* absolute, or relative to the config file's folder and resolved */
	char *format; /* "auto" or a name of lists/list.h */
	char *action; /* "allow", "pass", "limit", "drop" */
	char *tier; /* "auto", "allow", "block", "dialup" */
	double rate; /* SYNs a second for each source; only with limit */
	uint32_t burst;
	double network_rate; /* the same for its network; 0: no limit */
	uint32_t network_burst;
	bool enforce;
	bool scrub;
	double max_bad; /* share, 0.01 is one percent */
	double max_change; /* factor; 0: any change is taken */
	uint32_t max_change_floor; /* entries below which max_change does not count */
	char *text; /* for senders; NULL: that of the whole filter */
	unsigned line; /* where the section starts in the file */
};

/* What others understand: see who uses it. */
struct sw_texts {
	char **text;
	size_t n;
};

struct sw_config {
	char *path;
	char *text; /* of the file, as it was read; NULL: there is none */
	char **interfaces;
	size_t interfaces_n;
	uint16_t *ports;
	size_t ports_n;
	struct sw_prefix *never_block;
	size_t never_block_n;
	bool never_block_own; /* and what the daemon finds out by itself */
	char *mode; /* "native", "generic" */
	char *on_exit; /* "keep", "detach" */
	int64_t deadman_ms; /* the daemon's silence after which deadman_open counts; 0: off */
	bool deadman_open; /* let everything pass then; else go on */
	char *first_contact; /* "off", "pass", "hold" */
	int64_t hold_max_ms; /* with hold */
	double surge_rate; /* first contacts a second that pass; 0: all */
	uint32_t surge_burst;
	double reset_rate; /* resets a second */
	char *user; /* whom the daemon becomes; "root", "": nobody else */
	char *state_dir; /* the ledger, last good lists, see daemon/enforce.h */
	int64_t ledger_history_ms; /* for how long changes are remembered */
	char *events; /* "text", "json", "none" */
	char *run_dir; /* lock, control socket */
	char *pin_dir; /* below a bpffs */
	uint32_t table4_blocks; /* 64-byte units for IPv4 blocks */
	uint32_t table6_blocks; /* the same for IPv6 */
	uint32_t limit_sources; /* sources the token buckets can tell apart */
	uint32_t contact_sources; /* unknown ones that first contact can tell apart */
	uint32_t verdicts; /* single verdicts that the card has room for */
	struct sw_texts dns_servers; /* none: those of the machine */
	int64_t dns_timeout_ms;
	uint32_t dns_queries; /* a second */
	uint32_t dns_outstanding;
	struct sw_texts dnsbl_sites, dnsbl_dialup, dnsbl_probes; /* dns/site.h */
	struct sw_texts dnsbl_canaries; /* addresses */
	char *dnsbl_keys; /* a file, dns/secret.h; NULL: none */
	uint32_t score_limit, score_reject, score_drop; /* 0: never */
	struct sw_texts rdns_weights; /* "CLASS=WEIGHT" */
	/* What the mail server saw: daemon/sessions_setup.h makes rules of it. */
	char *bounce_action; /* "off", "report", "lock" */
	int64_t bounce_window_ms, bounce_accepted_ms, bounce_memory_ms;
	uint32_t bounce_unknown, bounce_different;
	double bounce_share; /* more than 0, to 1 */
	uint32_t bounce_network_unknown, bounce_network_sources;
	uint32_t bounce_trap; /* 0: traps do not count */
	uint32_t bounce_sources;
	struct sw_texts bounce_locks; /* durations, several in a text; "permanent" */
	char *complaint_action; /* "off", "report", "block" */
	int64_t complaint_grace_ms, complaint_memory_ms, complaint_known_ms;
	uint32_t complaint_count;
	struct sw_texts shared_pools; /* networks */
	char *warn_template; /* a file, mta/warning.h; NULL: no warning is sent */
	char *warn_from; /* an address of mail; NULL: none */
	struct sw_texts warn_contact; /* dns/contact.h */
	char *warn_sendmail; /* a program */
	uint32_t warn_max; /* a day */
	struct sw_texts mail_logs; /* paths; daemon/maillogs.h */
	char *mail_log_format;
	bool mail_journal;
	char *events_group; /* may write to the socket of events */
	struct sw_texts allow_spf; /* domains, in lower case, each once */
	/* What senders are told who are turned away: daemon/told.h; templates of rules/wording.h. */
	char *desk_text, *desk_lookup; /* NULL: the default; none */
	char *desk_host; /* NULL: the machine's */
	char *desk_group; /* may use the socket of the desk */
	uint32_t desk_returns; /* times within desk_window_ms; 0: never silenced */
	int64_t desk_window_ms, desk_silence_ms;
	struct sw_config_list *lists;
	size_t lists_n;
};

/*
 * Read @path. On failure *@ret is untouched, @note is told of every error as
 * "file:line: what, and what to do" and the return is -EINVAL, or -errno of open.
 */
int sw_config_read(const char *path, void (*note)(void *ctx, const char *text), void *ctx,
		   struct sw_config **ret);

/* The same of text that was that of @path once, and is in the file @copy now: what is in it
 * means what it meant there. */
int sw_config_read_copy(const char *copy, const char *path,
			void (*note)(void *ctx, const char *text), void *ctx,
			struct sw_config **ret);

struct sw_config *sw_config_free(struct sw_config *config);

/* The defaults alone, no interface and no list: for what has to work without a file,
 * like taking the filter away. NULL: out of memory. */
struct sw_config *sw_config_default(void);

/* The option table as man page source: the OPTIONS part of synward.conf(5). */
int sw_config_print_man(FILE *out);

/* "6/min", "10/s", "3.5/h", "100/d" to SYNs a second, whatever number that is. -EINVAL. */
int sw_rate_parse(const char *text, double *ret);

#endif
