// SPDX-License-Identifier: GPL-2.0-only
/*
 * steer - who answers a connection that the card let through. The kernel asks it when it looks
 * for the listening socket (sk_lookup), so for every SYN, once in the network namespace,
 * whatever interface it came by. It reads from top to bottom:
 *
 *   served?  TCP, to a port that we serve, and not from this machine
 *   table    which class is the source in, and does that still count?    lookup.h
 *   rejects? does the class reject, and is it enforced?
 *   deadman  is the daemon there, or need it not be?
 *   desk     has the desk a socket for this family? Then that one gets the connection
 *
 * At each of these: if not, nothing is done, and the kernel finds the mail server as ever. It
 * never refuses a connection, and never answers for one: this is not the place for it. Where the
 * class rejects it is counted whether the desk or the mail server got it, and nothing else is.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/lookup.h"

#define LOOPBACK 1 /* its number, in every network namespace */
#define FAMILY_IPV4 2 /* AF_INET; <sys/socket.h> is not for this compiler */

struct source {
	__u32 family; /* 4 or 6 */
	__u64 hi, lo; /* as in struct sw_syn */
};

/* A word of the context, which wants to be read as such: opaque, so that the compiler neither
 * joins two nor reads this or that one by a pointer. */
SW_INLINE __u64 word(__u32 be)
{
	return bpf_ntohl((__u32)sw_opaque(be));
}

SW_INLINE struct source source_of(const struct bpf_sk_lookup *ctx)
{
	if (ctx->family == FAMILY_IPV4)
		return (struct source){ .family = 4, .lo = word(ctx->remote_ip4) };
	return (struct source){ .family = 6,
				.hi = word(ctx->remote_ip6[0]) << 32 | word(ctx->remote_ip6[1]),
				.lo = word(ctx->remote_ip6[2]) << 32 | word(ctx->remote_ip6[3]) };
}

/* The row of the class that counts for @source now. */
SW_INLINE const struct sw_class *row_of(const struct source *source)
{
	__u32 class = find_class(source->family, source->hi, source->lo);
	const struct sw_class *row = bpf_map_lookup_elem(&sw_classes, &class);

	if (!row || !(row->flags & SW_CLASS_TEMPORARY))
		return row;
	class = what_lasts(source->family, source->hi, source->lo, class);
	return bpf_map_lookup_elem(&sw_classes, &class);
}

SW_INLINE bool rejects(const struct sw_class *row)
{
	return row && row->action == SW_ACTION_REJECT && !(row->flags & SW_CLASS_SHADOW);
}

/* Did the desk get it? A socket that is just being closed does not take it. */
SW_INLINE bool give_to_desk(struct bpf_sk_lookup *ctx, __u32 family)
{
	__u32 key = family == 4 ? SW_DESK_IPV4 : SW_DESK_IPV6;
	struct bpf_sock *desk = bpf_map_lookup_elem(&sw_desk, &key);
	long code;

	if (!desk)
		return false;
	code = bpf_sk_assign(ctx, desk, 0);
	bpf_sk_release(desk);
	return code == 0;
}

SEC("sk_lookup")
int synward_steer(struct bpf_sk_lookup *ctx)
{
	const struct sw_settings *settings;
	struct source source;

	if (ctx->protocol != IPPROTO_TCP || ctx->ingress_ifindex == LOOPBACK)
		return SK_PASS;
	settings = settings_of_map();
	if (!settings || !is_served(settings, ctx->local_port))
		return SK_PASS;
	source = source_of(ctx);
	if (!rejects(row_of(&source)))
		return SK_PASS;
	if (!is_deserted(settings, false) && give_to_desk(ctx, source.family))
		count_beside(SW_REASON_STEERED);
	else
		count_beside(SW_REASON_REJECT_PASSED);
	return SK_PASS;
}

char _license[] SEC("license") = "GPL";
