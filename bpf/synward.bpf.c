// SPDX-License-Identifier: GPL-2.0-only
/*
 * synward - the filter on the card. It reads from top to bottom as the policy:
 *
 *   parse    is this a SYN to a port that we serve? If not: pass.   parse.h
 *   table    which class is its source in?                          maps/table4.h, table6.h
 *   expiry   if that one is temporary: does it still count?         maps/expiry.h
 *   limit    if the class limits: has the source a token left?      bucket.h
 *   contact  if nothing is said of it: tell the daemon, and hold?   contact.h
 *   act      allow, pass or drop, and count it                      decide.h
 *   deadman  if it would not pass: is the daemon there?
 *
 * Table, expiry and deadman are asked in lookup.h, for steer.bpf.c asks the same: it gives to the
 * desk what a class rejects, which passes here.
 *
 * It returns XDP_PASS or XDP_DROP, and XDP_DROP only for a SYN whose source has a
 * verdict, or waits for one. Every packet is counted once: one that is not looked up, or that
 * nobody but the deadman let pass, under a reason (maps/reasons.def), any other one under its
 * class and what was done with it, from which the reason follows. First contacts are counted
 * beside that.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps/hash.h"
#include "bpf/parse.h"
#include "bpf/lookup.h"
#include "bpf/decide.h"
#include "bpf/bucket.h"
#include "bpf/contact.h"

SW_INLINE void count_reason(__u32 reason)
{
	struct sw_trace *t = trace();

	count_beside(reason);
	if (t)
		t->reason = reason;
}

SW_INLINE void count_class(__u32 class, __u32 action, __u64 bytes)
{
	struct sw_class_count *count = bpf_map_lookup_elem(&sw_class_counts, &class);

	if (!count)
		return;
	action &= SW_ACTION_MAX - 1;
	count->packets[action]++;
	count->bytes[action] += bytes;
}

SW_INLINE void trace_syn(const struct sw_syn *syn, __u32 class, const struct sw_decision *d)
{
	struct sw_trace *t = trace();

	if (!t)
		return;
	t->reason = d->reason;
	t->class = class;
	t->action = d->counted;
	t->family = syn->family;
	t->source_hi = syn->source_hi;
	t->source_lo = syn->source_lo;
	t->dest_hi = syn->dest_hi;
	t->dest_lo = syn->dest_lo;
	t->source_port = syn->source_port;
	t->dest_port = syn->dest_port;
}

/* An IPv4 address is one source, an IPv6 /64 is: SYNs cost nothing to forge in it. */
SW_INLINE bool take_token(const struct sw_settings *settings, const struct sw_syn *syn, __u32 class,
			  const struct sw_class *row)
{
	__u64 source = syn->family == 4 ? syn->source_lo : syn->source_hi;
	__u64 hash = sw_hash(source, (__u64) class << 8 | syn->family, settings->bucket_seed);
	__u32 key = (__u32)(hash >> SW_TAG_BITS) & settings->bucket_mask;
	struct sw_bucket_line *line = bpf_map_lookup_elem(&sw_limits, &key);
	__u32 tag = hash & SW_TAG_MASK;

	if (!line)
		return true;
	return sw_bucket_take(line, tag ? tag : 1, now_ns() >> SW_TICK_SHIFT & SW_TIME_MASK,
			      row->interval, row->tolerance);
}

/*
 * Whether the daemon was told. The ring is what it has room for: whatever it cannot take
 * passes.
 */
SW_INLINE bool tell(struct sw_contact *contact, const struct sw_contact_step *step)
{
	long full;

	contact->flags = (step->again ? SW_CONTACT_AGAIN : 0) | (step->hold ? SW_CONTACT_HELD : 0);
	full = bpf_ringbuf_output(&sw_contacts, contact, sizeof(*contact), 0);
	count_beside(full	   ? SW_REASON_CONTACT_LOST
		     : step->again ? SW_REASON_CONTACT_AGAIN
				   : SW_REASON_CONTACT_TOLD);
	return !full;
}

SW_INLINE bool replace(struct sw_seen_line *line, const struct sw_contact_step *step, __u64 before,
		       __u64 after)
{
	__u64 *cell = &line->cell[step->way & (SW_SEEN_WAYS - 1)];

	return before == after || __sync_val_compare_and_swap(cell, before, after) == before;
}

/* One try, and what it takes; a function of its own as expiry_step, so that the verifier
 * looks at one try only. */
struct contact_try {
	struct sw_contact_rules rules;
	struct sw_contact_step step;
	__u64 tag;
	__u32 key; /* of the line */
	__u32 pad;
};

SW_INLINE struct sw_seen_line *seen_line(const struct contact_try *t)
{
	__u32 key = t->key;

	return bpf_map_lookup_elem(&sw_seen, &key);
}

/* 0: another CPU was here at the same time. */
__attribute__((noinline)) int try_contact(struct contact_try *t)
{
	struct sw_seen_line *line = t ? seen_line(t) : NULL;

	if (!line || !sw_contact_step(line, t->tag, &t->rules, &t->step))
		return 0;
	return t->step.crowded || replace(line, &t->step, t->step.before, t->step.after);
}

/* Tell what is to be told, count, and say whether the SYN is held. */
SW_INLINE bool end_contact(const struct contact_try *t, struct sw_contact *contact)
{
	const struct sw_contact_step *step = &t->step;
	bool held = step->hold;

	if (step->tell && !tell(contact, step)) {
		struct sw_seen_line *line = seen_line(t);

		held = false; /* and the next one is told of, whenever it comes */
		if (line && !step->crowded)
			replace(line, step, step->after,
				step->after & ~(SW_SEEN_HELD | SW_SEEN_AGAIN));
	}
	if (!step->tell && !step->again)
		count_beside(SW_REASON_CONTACT_UNTOLD);
	if (step->crowded)
		count_beside(SW_REASON_CONTACT_CROWDED);
	if (step->over)
		count_beside(SW_REASON_HOLD_OVER);
	return held;
}

/* An IPv6 /64 is one source. Who meets others in its line three times passes. */
SW_INLINE bool look_at_contact(const struct sw_settings *settings, struct sw_contact *contact)
{
	__u64 source = contact->family == 4 ? contact->source_lo : contact->source_hi;
	__u64 hash = sw_hash(source, contact->family, settings->contact.seed);
	struct contact_try t = {
		.rules = sw_contact_rules(&settings->contact, contact->time_ns),
		.tag = hash & SW_SEEN_TAG,
		.key = (__u32)(hash >> 32) & settings->contact.mask,
	};
	int done;

	t.tag += !t.tag;
	done = try_contact(&t);
	if (!done)
		done = try_contact(&t);
	if (!done)
		done = try_contact(&t);
	return done && end_contact(&t, contact);
}

/* Not static, as find_lasting: the verifier looks at it once. 1: the SYN is held. */
__attribute__((noinline)) int first_contact(__u64 hi, __u64 lo, __u32 family, __u32 port)
{
	const struct sw_settings *settings = settings_of_map();
	struct sw_contact contact = { .time_ns = now_ns(),
				      .source_hi = hi,
				      .source_lo = lo,
				      .port = port,
				      .family = family };

	if (!settings || settings->contact.mode == SW_CONTACT_OFF)
		return 0;
	if (is_silent(settings, SW_CONTACT_SILENT_NS, contact.time_ns)) {
		count_beside(SW_REASON_CONTACT_UNTOLD);
		return 0;
	}
	return look_at_contact(settings, &contact);
}

/* What happens to a SYN, worked out when the row was written. */
SW_INLINE struct sw_decision decision_of(const struct sw_class *row)
{
	return (struct sw_decision){ row->counted, row->reason, row->xdp };
}

/* The same where it depends on more than the row: whether verdicts have ended, in which case
 * *@class becomes another one; whether the source has a token left; and, when nothing is said
 * of it, on first contact. */
SW_INLINE struct sw_decision decide_by_time(const struct sw_settings *settings,
					    const struct sw_syn *syn, const struct sw_class *row,
					    __u32 *class)
{
	if (row->flags & SW_CLASS_TEMPORARY) {
		*class = what_lasts(syn->family, syn->source_hi, syn->source_lo, *class);
		row = bpf_map_lookup_elem(&sw_classes, class);
	}
	if (!row)
		return (struct sw_decision){ SW_ACTION_PASS, SW_REASON_NO_CLASS, XDP_PASS };
	if (row->action == SW_ACTION_LIMIT)
		return sw_decide(*class, row->action, row->flags,
				 take_token(settings, syn, *class, row));
	if (row->by_time & SW_BY_CONTACT &&
	    first_contact(syn->source_hi, syn->source_lo, syn->family, syn->dest_port))
		return (struct sw_decision){ SW_ACTION_HOLD, SW_REASON_HELD, XDP_DROP };
	return decision_of(row);
}

SW_INLINE int act(const struct sw_settings *settings, const struct sw_syn *syn, __u64 bytes)
{
	__u32 class = find_class(syn->family, syn->source_hi, syn->source_lo);
	const struct sw_class *row = bpf_map_lookup_elem(&sw_classes, &class);
	struct sw_decision d;

	if (!row)
		return XDP_PASS;
	if (__builtin_expect(row->by_time, 0))
		d = decide_by_time(settings, syn, row, &class);
	else
		d = decision_of(row);
	if (is_deserted(settings, d.xdp == XDP_PASS)) {
		d = (struct sw_decision){ SW_ACTION_PASS, SW_REASON_DEADMAN_OPEN, XDP_PASS };
		count_reason(d.reason);
	} else {
		count_class(class, d.counted, bytes);
	}
	trace_syn(syn, class, &d);
	return d.xdp;
}

SW_INLINE int filter(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data;
	const void *data_end = (const void *)(long)ctx->data_end;
	const struct sw_settings *settings;
	enum sw_reason reason;
	struct sw_syn syn;
	__u64 bytes = 0;

	reason = sw_parse(data, data_end, &syn);
	if (!reason) {
		bytes = (__u64)(data_end - data);
		if (sw_syn_fits(&syn, bytes)) /* perhaps it goes on in other buffers */
			bytes = bpf_xdp_get_buff_len(ctx);
		reason = sw_syn_fits(&syn, bytes);
	}
	if (reason) {
		count_reason(reason);
		return XDP_PASS;
	}
	settings = settings_of_map();
	if (!settings)
		return XDP_PASS;
	if (!is_served(settings, syn.dest_port)) {
		count_reason(SW_REASON_NOT_SERVED);
		return XDP_PASS;
	}
	return act(settings, &syn, bytes);
}

SEC("xdp.frags")
int synward(struct xdp_md *ctx)
{
	return filter(ctx);
}

char _license[] SEC("license") = "GPL";
