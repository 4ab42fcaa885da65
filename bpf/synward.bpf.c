// SPDX-License-Identifier: GPL-2.0-only
/*
 * synward - the filter on the card. It reads from top to bottom as the policy:
 *
 *   parse    is this a SYN to a port that we serve? If not: pass.   parse.h
 *   table    which class is its source in?                          maps/table4.h, table6.h
 *   expiry   if that one is temporary: does it still count?         maps/expiry.h
 *   limit    if the class limits: has the source a token left?      bucket.h
 *   contact  if nothing is said of it: tell the daemon, and hold?   contact.h
 *   surge    if it would pass all the same: are there too many?     rate.h
 *   reset    if the class resets: may it be answered? Then it is    reset.h
 *   act      allow, pass, reset or drop, and count it               decide.h
 *   deadman  if it would not pass: is the daemon there?
 *
 * Table, expiry and deadman are asked in lookup.h, for steer.bpf.c asks the same: it gives to the
 * desk what a class rejects, which passes here.
 *
 * It returns XDP_PASS, XDP_DROP or XDP_TX, and not XDP_PASS only for a SYN whose source has a
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
#include "bpf/rate.h"
#include "bpf/reset.h"

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

/* The same settings, for the cells of rates, which are the program's own. */
SW_INLINE struct sw_settings *rates_of_map(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&sw_settings, &key);
}

/* Whose bucket of a class it is, beside those of sources. */
#define BUCKET_OF_NETWORK4 24
#define BUCKET_OF_NETWORK6 48

/* An IPv4 address is one source, an IPv6 /64 is: SYNs cost nothing to forge in it. */
SW_INLINE __u64 source_of(const struct sw_syn *syn)
{
	return syn->family == 4 ? syn->source_lo : syn->source_hi;
}

/* Not static, as find_lasting: the verifier looks at it once. 0: there is none left. */
__attribute__((noinline)) int take_token(__u64 who, __u32 what, __u32 interval, __u32 tolerance,
					 __u64 now)
{
	const struct sw_settings *settings = settings_of_map();
	struct sw_bucket_line *line;
	__u32 key, tag;
	__u64 hash;

	if (!settings)
		return 1;
	hash = sw_hash(who, what, settings->bucket_seed);
	key = (__u32)(hash >> SW_TAG_BITS) & settings->bucket_mask;
	tag = hash & SW_TAG_MASK;
	line = bpf_map_lookup_elem(&sw_limits, &key);
	if (!line)
		return 1;
	return sw_bucket_take(line, tag ? tag : 1, now >> SW_TICK_SHIFT & SW_TIME_MASK, interval,
			      tolerance);
}

/* What a class that limits asks: the source first, so that one that sends too much takes
 * nothing from its neighbours. */
SW_INLINE bool is_within_limits(const struct sw_syn *syn, __u32 class, const struct sw_class *row)
{
	__u32 of = class << 8;
	__u64 now = now_ns();

	if (!take_token(source_of(syn), of | syn->family, row->interval, row->tolerance, now))
		return false;
	if (!row->network_interval)
		return true;
	if (syn->family == 4)
		return take_token(syn->source_lo >> 8, of | BUCKET_OF_NETWORK4,
				  row->network_interval, row->network_tolerance, now);
	return take_token(syn->source_hi >> 16, of | BUCKET_OF_NETWORK6, row->network_interval,
			  row->network_tolerance, now);
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

enum { CONTACT_PASSES, CONTACT_HELD, CONTACT_SURGES };

/* Not static, as find_lasting. The rate of the card comes after the daemon was told: whoever
 * tries again is judged meanwhile, and no more unlisted. Without a daemon nobody would be. */
__attribute__((noinline)) int first_contact(__u64 hi, __u64 lo, __u32 family, __u32 port)
{
	struct sw_settings *settings = rates_of_map();
	struct sw_contact contact = { .time_ns = now_ns(),
				      .source_hi = hi,
				      .source_lo = lo,
				      .port = port,
				      .family = family };

	if (!settings || settings->contact.mode == SW_CONTACT_OFF)
		return CONTACT_PASSES;
	if (is_silent(settings, SW_CONTACT_SILENT_NS, contact.time_ns)) {
		count_beside(SW_REASON_CONTACT_UNTOLD);
		return CONTACT_PASSES;
	}
	if (look_at_contact(settings, &contact))
		return CONTACT_HELD;
	return sw_rate_take(&settings->surge, contact.time_ns, true) ? CONTACT_PASSES
								     : CONTACT_SURGES;
}

/* What is behind the answer goes. A frame too long is no fault of it; see uncut.bpf.c. */
SW_INLINE bool cut(struct xdp_md *ctx, __u32 whole, __u32 bytes)
{
#ifdef SW_UNCUT
	return sw_opaque(whole) || bytes; /* an argument that is not used is not there for 6.1 */
#else
	return whole <= bytes || !bpf_xdp_adjust_tail(ctx, (int)(bytes - whole));
#endif
}

/* Are there tokens for an answer? A source that had enough takes nothing from the card. */
SW_INLINE bool take_reset_tokens(struct sw_settings *settings, const struct sw_syn *syn, __u64 now)
{
	__u64 hash = sw_hash(source_of(syn), syn->family, settings->bucket_seed);
	__u64 *cell = &settings->reset_sources[hash & (SW_RESET_SOURCES - 1)];

	if (!sw_rate_take_of(&settings->reset_source, cell, now, false))
		return false;
	return sw_rate_take(&settings->reset, now, false);
}

/*
 * Write the answer over the SYN, a frame of @whole bytes. 0: it stays as it is, for it must not be
 * answered, or the card or its source had as many as they get: a source can be forged, and
 * would be sent what it did not ask for. The card is asked first, and only asked, which is
 * all that a flood costs. The frame is read once more, so that who is not answered need not keep
 * in mind what only this takes.
 */
__attribute__((noinline)) int answer(struct xdp_md *ctx, __u32 whole)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct sw_settings *settings = rates_of_map();
	__u64 now = now_ns();
	struct sw_syn syn;
	__u32 bytes;

	if (!settings || !sw_rate_has(&settings->reset, now))
		return 0;
	if (sw_parse(data, data_end, &syn) || !sw_reset_may(data, data_end, &syn))
		return 0;
	if (!take_reset_tokens(settings, &syn, now))
		return 0;
	bytes = sw_reset_write(data, data_end, &syn);
	return bytes && cut(ctx, whole, bytes);
}

/* What happens to a SYN, worked out when the row was written. */
SW_INLINE struct sw_decision decision_of(const struct sw_class *row)
{
	return (struct sw_decision){ row->counted, row->reason, row->xdp };
}

/* The same of one that nothing is said of. */
SW_INLINE struct sw_decision decide_contact(const struct sw_syn *syn, const struct sw_class *row)
{
	int contact = first_contact(syn->source_hi, syn->source_lo, syn->family, syn->dest_port);

	if (contact == CONTACT_HELD)
		return (struct sw_decision){ SW_ACTION_HOLD, SW_REASON_HELD, XDP_DROP };
	if (contact == CONTACT_SURGES)
		return (struct sw_decision){ SW_ACTION_LIMIT, SW_REASON_SURGE, XDP_DROP };
	return decision_of(row);
}

/* The same of a class that resets. What is answered cannot pass any more, so the deadman comes
 * before it; then act() has it pass. */
SW_INLINE struct sw_decision decide_reset(struct xdp_md *ctx, const struct sw_settings *settings,
					  const struct sw_class *row, __u32 class, __u64 bytes)
{
	if (is_deserted(settings, false))
		return (struct sw_decision){ SW_ACTION_DROP, SW_REASON_RESET_OVER, XDP_DROP };
	return sw_decide(class, row->action, row->flags, answer(ctx, (__u32)bytes));
}

/* What happens where it depends on more than the row: whether verdicts have ended, in which case
 * *@class becomes another one; whether the source has a token left, or can be answered; and,
 * when nothing is said of it, on first contact. */
SW_INLINE struct sw_decision decide_by_time(struct xdp_md *ctx, const struct sw_settings *settings,
					    const struct sw_syn *syn, const struct sw_class *row,
					    __u32 *class, __u64 bytes)
{
	if (row->flags & SW_CLASS_TEMPORARY) {
		*class = what_lasts(syn->family, syn->source_hi, syn->source_lo, *class);
		row = bpf_map_lookup_elem(&sw_classes, class);
	}
	if (!row)
		return (struct sw_decision){ SW_ACTION_PASS, SW_REASON_NO_CLASS, XDP_PASS };
	if (row->action == SW_ACTION_LIMIT)
		return sw_decide(*class, row->action, row->flags,
				 is_within_limits(syn, *class, row));
	if (row->action == SW_ACTION_RESET && !(row->flags & SW_CLASS_SHADOW))
		return decide_reset(ctx, settings, row, *class, bytes);
	return row->by_time & SW_BY_CONTACT ? decide_contact(syn, row) : decision_of(row);
}

SW_INLINE int act(struct xdp_md *ctx, const struct sw_settings *settings, const struct sw_syn *syn,
		  __u64 bytes)
{
	__u32 class = find_class(syn->family, syn->source_hi, syn->source_lo);
	const struct sw_class *row = bpf_map_lookup_elem(&sw_classes, &class);
	struct sw_decision d;

	if (!row)
		return XDP_PASS;
	if (__builtin_expect(row->by_time, 0))
		d = decide_by_time(ctx, settings, syn, row, &class, bytes);
	else
		d = decision_of(row);
	if (is_deserted(settings, d.xdp != XDP_DROP)) {
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
	return act(ctx, settings, &syn, bytes);
}

SEC("xdp.frags")
int synward(struct xdp_md *ctx)
{
	return filter(ctx);
}

char _license[] SEC("license") = "GPL";
