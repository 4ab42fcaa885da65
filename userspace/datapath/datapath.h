/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * datapath - the filter in the kernel: its maps, its program, its interfaces.
 *
 * The files of this folder are the only ones that know libbpf and libxdp. Maps
 * are pinned in <pin_dir>/v<ABI>/, so that daemon, CLI and a restarted daemon
 * work on the same ones; a directory of another ABI is never opened. One writer
 * at a time: whoever changes anything holds the lock of sw_datapath_lock.
 */
#ifndef SYNWARD_DATAPATH_DATAPATH_H
#define SYNWARD_DATAPATH_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "maps/abi.h"
#include "maps/table.h"

struct sw_datapath;

/* Sizes that are fixed when the maps are made. */
struct sw_datapath_size {
	uint32_t table4_blocks;
	uint32_t table6_blocks;
	uint32_t bucket_lines; /* a power of two */
	uint32_t verdicts; /* single ones, see sw_datapath_verdict_set */
	uint32_t seen_lines; /* a power of two; 0: the least */
};

/* What the table is to say. Borrowed. */
struct sw_datapath_rules {
	const struct sw_class *class; /* SW_CLASS_MAX rows */
	const struct sw_rank *rank; /* of these; NULL: all alike */
	const struct sw_entry4 *flat4;
	size_t flat4_n;
	const struct sw_entry6 *flat6;
	size_t flat6_n;
	const uint16_t *ports;
	size_t ports_n;
};

enum sw_datapath_open {
	SW_DATAPATH_READ, /* pinned maps for reading; -ENOENT when there are none */
	SW_DATAPATH_WRITE, /* pinned maps, made when there are none or sizes differ */
	SW_DATAPATH_RENEW, /* as WRITE, but always made anew: after -EAGAIN of apply */
	SW_DATAPATH_PRIVATE, /* unpinned, tracing on: test-run only */
};

/*
 * @size may be NULL for READ. With WRITE, maps whose size differs from @size are
 * made anew beside the pinned ones, and take their place in sw_datapath_commit.
 * -ENOENT, -EPROTO (pinned maps are not what this ABI says), -EPERM, ...
 */
int sw_datapath_open(const char *pin_dir, enum sw_datapath_open how,
		     const struct sw_datapath_size *size, struct sw_datapath **ret,
		     struct sw_err *err);
struct sw_datapath *sw_datapath_close(struct sw_datapath *dp);

/* Bring classes, tables and ports to what @rules and the verdicts say; only differences
 * are written, and at no moment does a source have a class of neither before nor
 * after. -ENOSPC: the table is too small; nothing was changed. -EAGAIN: it is large
 * enough, but its free memory too scattered to change it in place; each source is as
 * before or as it should be. */
int sw_datapath_apply(struct sw_datapath *dp, const struct sw_datapath_rules *rules,
		      struct sw_err *err);

/* ---- single verdicts ---- */

/*
 * Set the verdict on @source, an address or a prefix, to @class, one of 2 to 31 (see
 * maps/abi.h); the next packet is judged by it. It replaces the one that @source had.
 * @ends_ns, of CLOCK_MONOTONIC, goes with classes that are SW_CLASS_TEMPORARY, and 0 with
 * those that are not. From then on the card itself judges as if the verdict was not there
 * (to a millisecond and a tick of the kernel's clock, which is at most 10 ms): by the
 * verdicts that did not end and by the lists, those of now. The caller clears it
 * when it likes. No system call, but one for every many thousand calls.
 * -ENOSPC: with the option to raise in the words; -EINVAL: no such class, or @ends_ns does
 * not go with it, or apply was not called yet; -ENOMEM. Nothing was set then.
 */
int sw_datapath_verdict_set(struct sw_datapath *dp, const struct sw_prefix *source, uint8_t class,
			    uint64_t ends_ns, struct sw_err *err);

/* -ENOENT: @source has none. Else as set; it is still in force then. */
int sw_datapath_verdict_clear(struct sw_datapath *dp, const struct sw_prefix *source,
			      struct sw_err *err);

/*
 * The same as set, before the first apply, which then brings lists and verdicts into the
 * card together: a source that was blocked before a restart, and still is, never passes.
 * Verdicts that are on the card then, from an earlier daemon, and were not set anew go.
 * Errors of the card come from apply.
 */
int sw_datapath_verdict_preset(struct sw_datapath *dp, const struct sw_prefix *source,
			       uint8_t class, uint64_t ends_ns, struct sw_err *err);

/* As sw_table_expect and sw_table_reserve: hints for those who have many verdicts. */
void sw_datapath_verdict_expect(const struct sw_datapath *dp, const struct sw_prefix *source);
void sw_datapath_verdict_reserve(struct sw_datapath *dp, size_t n4, size_t n6);

/* What the card's memory says of exactly @source: class and end (0: never), which is up to
 * a millisecond after what was set. -ENOENT. */
int sw_datapath_verdict_get(const struct sw_datapath *dp, const struct sw_prefix *source,
			    uint8_t *class, uint64_t *ends_ns);

/* Report each verdict that was set or preset, until @each returns other than 0, and
 * return that. @each must not change any. */
int sw_datapath_verdict_each(const struct sw_datapath *dp,
			     int (*each)(void *ctx, const struct sw_prefix *source, uint8_t class,
					 uint64_t ends_ns),
			     void *ctx);

/*
 * The self-check: compare what packets read for some sources with what lists and verdicts
 * say, the next @max each time, and mend it; see sw_table_check. 1: that was a whole round;
 * 0; -errno: something differs and could not be mended.
 */
int sw_datapath_check(struct sw_datapath *dp, size_t max, size_t *mended);

/* Preset in @to all that is set in @from, deadman, sign of life, first contact and rates too:
 * before the first apply on new maps. -ENOMEM. */
int sw_datapath_carry(const struct sw_datapath *from, struct sw_datapath *to, struct sw_err *err);

/* ---- the deadman ---- */

/* The daemon was alive at @now_ns of CLOCK_MONOTONIC: one store, no system call. */
void sw_datapath_alive(struct sw_datapath *dp, uint64_t now_ns);

/* When the last sign of life is older than @ns, what would be dropped or limited passes,
 * counted as deadman-open. 0: it makes no difference. Say that it lives first. */
void sw_datapath_deadman(struct sw_datapath *dp, uint64_t ns);

/* ---- first contact; contacts.h has how the daemon hears of them ---- */

/*
 * What is done about SYNs of sources that nothing is said of: @hold_max_ns goes with HOLD. In
 * force for the next packet. A sign of life goes first, for a daemon that is silent is not
 * told of anything. -errno: the row of such sources could not be written.
 */
int sw_datapath_first_contact(struct sw_datapath *dp, enum sw_contact_mode mode,
			      uint64_t hold_max_ns, struct sw_err *err);

/* What the daemon can take, from the next packet on: one store, no system call. */
void sw_datapath_contact_load(struct sw_datapath *dp, enum sw_contact_load load);

/* ---- rates of the whole card ---- */

/*
 * How many resets a second are sent to sources of classes that reset, all together; what is
 * over it is dropped, and a source of its own gets some of them only. 0: as many as come.
 * It is 1000 on new maps. In force for the next packet, as surge.
 */
void sw_datapath_reset_rate(struct sw_datapath *dp, double rate);

/*
 * How many SYNs a second of sources that nothing is said of pass, all together, @burst of them
 * at once; 0: all. Counts only while first contact is on and the daemon is there, and after it
 * was told of the source.
 */
void sw_datapath_surge(struct sw_datapath *dp, double rate, uint32_t burst);

/* ---- the desk ---- */

/*
 * The card lets through what a class rejects; the kernel then gives the connection to the desk
 * in place of the mail server. What does that comes and goes with the interfaces: commit attaches
 * it to the network namespace, unpin takes it away, and a program or maps that take the place of
 * others do so without a gap. Where the kernel cannot, or the desk is not there, the mail
 * server gets what is rejected.
 */

/* Since the last commit: 0, or -errno and why it is not so in words. */
int sw_datapath_steering(const struct sw_datapath *dp, struct sw_err *why);

/* Take it away from this network namespace, while the maps stay. */
int sw_datapath_unsteer(const char *pin_dir, struct sw_err *err);

/*
 * Connections of sources whose class rejects are given to the socket @fd, which listens for
 * TCP in @family (4, 6), from the next one on; -1: to nobody, and the mail server gets them.
 * @fd is borrowed, and may be closed: when whoever listens ends, the kernel takes the socket
 * out. -EINVAL: no such family, or not a socket that listens in it; -errno.
 */
int sw_datapath_desk(struct sw_datapath *dp, int family, int fd, struct sw_err *err);

/* ---- connections that are open already ---- */

/* One of this machine's, as the kernel names it (linux/inet_diag.h): in network order but for
 * the cookie, by which it is this one and none that came later. */
struct sw_connection {
	uint32_t family; /* AF_INET, AF_INET6 */
	uint32_t interface;
	uint32_t local[4], peer[4];
	uint32_t cookie[2];
	uint16_t local_port, peer_port;
};

#define SW_DESTROY_MAX 64 /* connections at once */

/*
 * Close the TCP connections @all, at most SW_DESTROY_MAX: both ends see them reset. How many
 * were; those that are gone by themselves are not counted. -EOPNOTSUPP: this kernel cannot;
 * -EPERM: not without CAP_NET_ADMIN; -errno.
 */
int sw_datapath_destroy(const struct sw_connection *all, size_t n, struct sw_err *err);

/* ---- interfaces ---- */

enum sw_datapath_mode { SW_MODE_NATIVE, SW_MODE_GENERIC };

/*
 * Attach to @ifname, or replace the program that an earlier run attached there,
 * without a gap. -EBUSY: a stranger's program is there and the kernel has no
 * dispatcher to share the interface. -EOPNOTSUPP: no native XDP.
 */
int sw_datapath_attach(struct sw_datapath *dp, const char *ifname, enum sw_datapath_mode mode,
		       struct sw_err *err);

/* After all interfaces are attached: pin what is new, remove what it replaces,
 * maps of other ABIs included. */
int sw_datapath_commit(struct sw_datapath *dp, struct sw_err *err);

/* Take our program off @ifname. -ENOENT: it is not there. */
int sw_datapath_detach(const char *ifname, struct sw_err *err);

/* The id of a filter that works with the pinned maps but is on no interface of this
 * network namespace; 0: there is none. Ask before detaching. */
uint32_t sw_datapath_elsewhere(const char *pin_dir);

/* Remove all pins. Only when nothing is attached any more, here or elsewhere. */
int sw_datapath_unpin(const char *pin_dir, struct sw_err *err);

struct sw_datapath_link {
	char ifname[16];
	unsigned ifindex;
	enum sw_datapath_mode mode;
	uint32_t program_id; /* ours */
	bool dispatcher; /* shares the interface through libxdp's dispatcher */
	bool current; /* it uses the pinned maps */
};

/* Every interface of this network namespace that carries our program. */
int sw_datapath_links(const char *pin_dir, struct sw_datapath_link **ret, size_t *n,
		      struct sw_err *err);

/* ---- reading ---- */

struct sw_datapath_rate {
	double rate; /* a second; 0: there is no limit */
	uint32_t burst;
};

struct sw_datapath_info {
	uint32_t abi;
	struct sw_datapath_size size;
	uint32_t table4_blocks_used;
	uint32_t table6_blocks_used;
	uint32_t verdicts_used; /* of size.verdicts: verdicts, and places inside those that
				   end where lists change */
	uint32_t verdicts; /* that are set */
	uint32_t verdicts_temporary; /* of these */
	uint64_t alive_ns, deadman_ns; /* CLOCK_MONOTONIC */
	struct sw_datapath_rate reset, surge; /* of the whole card */
	uint32_t contact; /* enum sw_contact_mode */
	uint32_t contact_load; /* enum sw_contact_load */
	bool steering; /* what rejects is steered, in this network namespace */
	bool desk[SW_DESK_SOCKETS]; /* a socket of the desk is there */
	uint64_t memory_bytes; /* of all maps */
};

int sw_datapath_info(struct sw_datapath *dp, struct sw_datapath_info *ret);
/* -ENOENT: class has no row. */
int sw_datapath_class(struct sw_datapath *dp, unsigned class, struct sw_class *ret);
/* Sums over all CPUs. */
int sw_datapath_class_count(struct sw_datapath *dp, unsigned class, struct sw_class_count *ret);
int sw_datapath_reasons(struct sw_datapath *dp, uint64_t ret[SW_REASON_MAX]);
bool sw_datapath_port_is_served(struct sw_datapath *dp, uint16_t port);

/* What the card does with a source. */
struct sw_datapath_found {
	uint8_t class; /* that counts now */
	uint8_t table; /* that the table has; another one after the end of a verdict */
	bool is_verdict; /* a single verdict decides: the one on ... */
	struct sw_prefix source;
	uint64_t ends_ns; /* ... and until then; 0: never */
};

/* @source is one address, @now_ns of CLOCK_MONOTONIC. */
void sw_datapath_lookup(struct sw_datapath *dp, const struct sw_prefix *source, uint64_t now_ns,
			struct sw_datapath_found *ret);

/* ---- test-run (PRIVATE only) ---- */

struct sw_datapath_run {
	uint32_t xdp; /* XDP_PASS, XDP_DROP, XDP_TX, XDP_ABORTED */
	struct sw_trace trace;
};

/*
 * Run the program over one Ethernet frame at @now_ns (any monotonic clock; limits
 * are counted by it). -EMSGSIZE: shorter than 14 bytes or longer than the kernel
 * takes; nothing was run.
 */
int sw_datapath_run(struct sw_datapath *dp, const void *frame, size_t bytes, uint64_t now_ns,
		    struct sw_datapath_run *ret);

/* The same, with the frame as it is afterwards: for XDP_TX, what is sent. @out has room for
 * *@out_bytes, which become those of the frame; it must fit. */
int sw_datapath_run_out(struct sw_datapath *dp, const void *frame, size_t bytes, uint64_t now_ns,
			struct sw_datapath_run *ret, void *out, size_t *out_bytes);

/*
 * Who would get a connection of @source, one address, to @port at @now_ns? The cookie
 * (SO_COOKIE) of a socket of the desk, or 0: nobody but the mail server. -EOPNOTSUPP: the
 * kernel cannot say.
 */
int sw_datapath_run_steer(struct sw_datapath *dp, const struct sw_prefix *source, uint16_t port,
			  uint64_t now_ns, uint64_t *cookie);

/* ---- lock ---- */

/* Hold the writer's lock @run_dir/lock until the descriptor is closed. Returns
 * the descriptor, or -EWOULDBLOCK with the holder's pid in the words. */
int sw_datapath_lock(const char *run_dir, struct sw_err *err);

#endif
