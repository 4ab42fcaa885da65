/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contact - sources that nothing is said of: who of them is new, who came again, who is held.
 *
 * Pure but for the one cache line that it is given. A source hashes to a line and is told
 * apart in it by a tag. Its cell says since when it has been coming; so it is told of once,
 * and once more when it comes again later than a retransmission takes: whoever forges
 * addresses sends each of them once.
 *
 * Memory is fixed. A cell is given away when its source has not been heard of for a while,
 * the oldest first: one that was seen once keeps it until TCP must have tried again, one that
 * did come again for longer. When a line has no cell to give, its newcomers pass and are not
 * held; so a flood can make first contacts pass, and nobody wait for more than hold_max.
 *
 * A cell is (time << 26 | flags << 24 | tag) and changes by compare-and-swap, whole. Times
 * are 38 bit ticks and wrap after 208 days: a source that comes back in that very moment is
 * taken for one that was there just now.
 */
#ifndef SYNWARD_BPF_CONTACT_H
#define SYNWARD_BPF_CONTACT_H

#include "maps/verifier.h"
#include "parse.h"

#define SW_SEEN_TAG 0xffffffull /* never 0 in a cell that is used */
#define SW_SEEN_AGAIN (1ull << 24) /* it was told that it came again */
#define SW_SEEN_HELD (1ull << 25) /* its first SYN was dropped, and none passed since */
#define SW_SEEN_SHIFT 26
#define SW_SEEN_TIME ((1ull << 38) - 1)
#define SW_SEEN_SLACK 1024 /* ticks; another CPU's clock may be ahead by as much */

#define SW_SEEN_TICKS(ms) ((ms)*1000000ull >> SW_TICK_SHIFT)
#define SW_SEEN_RETRY SW_SEEN_TICKS(900) /* TCP tries again after a second */
#define SW_SEEN_KEEP SW_SEEN_TICKS(1300) /* a cell is not given away before, nor ... */
#define SW_SEEN_KEEP_HELD SW_SEEN_TICKS(750) /* ... so long after hold_max */
#define SW_SEEN_FORGET SW_SEEN_TICKS(120000) /* then a source is a new one again */

/* What holds at present; ticks. */
struct sw_contact_rules {
	__u64 now;
	__u64 hold; /* hold_max; 0: nobody is held */
	__u64 keep;
	__u64 every; /* not less than hold */
	__u32 load; /* enum sw_contact_load */
	__u32 pad; /* no hole: Linux 6.1 copies nothing that was not written */
};

/* What is to be done about one SYN. */
struct sw_contact_step {
	__u64 before, after; /* of cell[way]: what to replace, and by what */
	__u32 way;
	bool tell;
	bool again; /* not its first SYN */
	bool hold;
	bool over; /* was held, and is no more */
	bool crowded; /* there is no cell for it: nothing is to be replaced */
	bool pad[7];
};

SW_INLINE struct sw_contact_rules sw_contact_rules(const struct sw_contact_settings *settings,
						   __u64 now_ns)
{
	__u32 load = *(const volatile __u32 *)&settings->overload;
	__u64 hold = settings->hold_max_ns >> SW_TICK_SHIFT;
	bool holds = settings->mode == SW_CONTACT_HOLD && load == SW_CONTACT_ALL;

	return (struct sw_contact_rules){
		.now = now_ns >> SW_TICK_SHIFT & SW_SEEN_TIME,
		.hold = holds ? hold : 0,
		.keep = holds ? hold + SW_SEEN_KEEP_HELD : SW_SEEN_KEEP,
		.every = settings->every_ns >> SW_TICK_SHIFT,
		.load = load,
	};
}

/* All ones if @n is negative. What comes of it is hidden from compilers, for one that knows
 * that there are two ways makes a branch of it, and eight of these in a loop are more than the
 * verifier can follow. */
SW_INLINE __u64 sw_seen_sign(__u64 n)
{
	return -sw_opaque(n >> 63);
}

/* Ticks since the time of @cell. */
SW_INLINE __u64 sw_seen_age(__u64 cell, __u64 now)
{
	__u64 age = (now - (cell >> SW_SEEN_SHIFT) + SW_SEEN_SLACK) & SW_SEEN_TIME;

	age -= SW_SEEN_SLACK;
	return age & ~sw_seen_sign(age);
}

#define SW_SEEN_OWN (1ull << 60)

/*
 * How good way @w of a line is for the source of @tag, the way in the low 3 bits: its own is
 * the best, a cell that is not given away is below 8, and of the others the older is the
 * better. No branch, for all of this is random.
 */
SW_INLINE __u64 sw_seen_merit(__u64 cell, __u32 w, __u64 tag, const struct sw_contact_rules *r)
{
	__u64 keep = r->keep + (r->every - r->keep) * (cell / SW_SEEN_AGAIN & 1);
	__u64 age = sw_seen_age(cell, r->now), unused = ~sw_seen_sign(cell | -cell);
	__u64 own = sw_seen_sign(((cell ^ tag) & SW_SEEN_TAG) - 1);

	age = (age & ~sw_seen_sign(age - keep)) | (unused & SW_SEEN_TIME);
	return (own & SW_SEEN_OWN) | age << 3 | w;
}

SW_INLINE __u64 sw_seen_best(const struct sw_seen_line *line, __u64 tag,
			     const struct sw_contact_rules *r)
{
	__u64 best = 0;

	for (__u32 w = 0; w < SW_SEEN_WAYS; w++) {
		__u64 cell = *(const volatile __u64 *)&line->cell[w];
		__u64 merit = sw_seen_merit(cell, w, tag, r);

		best ^= (best ^ merit) & sw_seen_sign(best - merit);
	}
	return best;
}

/* A source that is not known, or was forgotten. */
SW_INLINE void sw_contact_first(struct sw_contact_step *s, __u64 tag,
				const struct sw_contact_rules *r)
{
	s->tell = r->load == SW_CONTACT_ALL;
	s->hold = r->hold != 0;
	s->after = r->now << SW_SEEN_SHIFT | (s->hold ? SW_SEEN_HELD : 0) | tag;
}

/* One that was here @age ago for the first time, or when it was last told of. */
SW_INLINE void sw_contact_next(struct sw_contact_step *s, __u64 age,
			       const struct sw_contact_rules *r)
{
	bool was_told = s->before & SW_SEEN_AGAIN;

	s->again = true;
	s->after = s->before;
	if (s->before & SW_SEEN_HELD) {
		s->hold = age < r->hold;
		s->over = r->hold && !s->hold;
		if (!s->hold)
			s->after &= ~SW_SEEN_HELD;
	}
	s->tell = age >= SW_SEEN_RETRY && (!was_told || age >= r->every) &&
		  r->load != SW_CONTACT_NONE;
	if (s->tell)
		s->after |= SW_SEEN_AGAIN;
	if (s->tell && age >= r->every)
		s->after = r->now << SW_SEEN_SHIFT |
			   (s->after & ((1ull << SW_SEEN_SHIFT) - 1) & ~SW_SEEN_HELD);
}

/*
 * What to do about a SYN of the source that @tag stands for (1 to SW_SEEN_TAG). False:
 * another CPU was here at the same time; try again. The cell is looked at once more, for what
 * was free when the best one was looked for may be somebody's by now.
 */
SW_INLINE bool sw_contact_step(const struct sw_seen_line *line, __u64 tag,
			       const struct sw_contact_rules *r, struct sw_contact_step *ret)
{
	__u64 best = sw_seen_best(line, tag, r), merit, age;
	struct sw_contact_step s = { .way = sw_opaque(best) & (SW_SEEN_WAYS - 1) };

	s.before = *(const volatile __u64 *)&line->cell[s.way];
	merit = sw_seen_merit(s.before, s.way, tag, r);
	age = sw_seen_age(s.before, r->now);
	if (best < SW_SEEN_WAYS) {
		s.crowded = true;
		s.tell = r->load == SW_CONTACT_ALL;
	} else if (merit < SW_SEEN_WAYS) {
		return false;
	} else if (!(merit & SW_SEEN_OWN) || age >= SW_SEEN_FORGET) {
		sw_contact_first(&s, tag, r);
	} else {
		sw_contact_next(&s, age, r);
	}
	*ret = s;
	return true;
}

#endif
