/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_xdp - what a packet costs in the program, by BPF_PROG_TEST_RUN; the program
 * on its own tables beside the same program on LPM_TRIE and on HASH.
 *
 * Each round measures every case of a list once, in turn, so that what disturbs the
 * machine disturbs them all. Before each measured run there is one over all the
 * sources that is not: whoever comes after another finds the caches full of what
 * that one left there. docs/benchmarks.md has the rest.
 *
 * usage: bench_xdp FOLDER-OF-BPF-OBJECTS JSON-FILE [quick]
 */
#include <stdio.h>
#include <string.h>

#include <linux/bpf.h>

#include "figures.h"
#include "subject.h"

#define LIMIT_LINES (1u << 18) /* room for 1.8 million sources, of which LRU_HASH has 1 million */

static const char *folder;
static bool quick;
static unsigned rounds = 11;
static const uint32_t repeat = BENCH_SOURCES; /* each source once */

static void measure(const struct bench_list *list, const char *what, const char *who, int program,
		    const struct sw_frame *frame)
{
	bench_run(program, frame, BENCH_SOURCES);
	bench_record(list->name, what, who, "ns", bench_run(program, frame, repeat));
}

/* ---- looking up ---- */

struct plan {
	unsigned family;
	enum bench_content content;
	size_t n;
	bool lpm, hash;
	bool in_quick; /* also measured when there is little time */
};

static const struct plan plans[] = {
	{ 4, BENCH_MIXED, 1000, true, false, false },
	{ 4, BENCH_MIXED, 100000, true, false, false },
	{ 4, BENCH_MIXED, 1000000, true, false, true },
	{ 4, BENCH_HOSTS, 1000000, true, true, false },
	/* LPM_TRIE takes 40 s to fill with these, and half as long to be rid of. */
	{ 4, BENCH_HOSTS, 10000000, false, true, true },
	{ 6, BENCH_MIXED, 1000, true, false, false },
	{ 6, BENCH_MIXED, 100000, true, false, false },
	{ 6, BENCH_MIXED, 1000000, true, false, true },
};

static const struct {
	enum bench_sources kind;
	const char *name;
} syns[] = { { BENCH_RANDOM, "random SYN" },
	     { BENCH_LISTED, "listed SYN" },
	     { BENCH_UNLISTED, "unlisted SYN" } };

/* Those that are measured on one list; "table" is the first. */
struct field {
	const char *who[3];
	struct bench_subject subject[3];
	unsigned n;
};

static void enter(struct field *f, const struct bench_list *list, const char *who, const char *name)
{
	struct bench_load how = { .folder = folder,
				  .name = name,
				  .list = list,
				  .row = bench_row_drop(),
				  .bucket_lines = 1024 };
	double start;

	f->who[f->n] = who;
	f->subject[f->n] = bench_load(&how);
	start = bench_now();
	bench_fill(&f->subject[f->n], list);
	bench_record(list->name, "fill from memory", who, "s", bench_now() - start);
	bench_record(list->name, "memory", who, "bytes", bench_memory_bytes(&f->subject[f->n]));
	f->n++;
}

static void measure_syns(const struct field *f, const struct bench_list *list)
{
	struct sw_frame syn = bench_frame(list->family, 25, SW_FRAME_SYN);

	for (unsigned k = 0; k < (quick ? 1 : 3); k++) {
		bench_sources(list, syns[k].kind, f->subject[0].sources);
		for (unsigned i = 0; i < f->n; i++) {
			const struct bench_subject *s = &f->subject[i];

			if (i)
				memcpy(s->sources, f->subject[0].sources,
				       BENCH_LINES * sizeof(*s->sources));
			measure(list, syns[k].name, f->who[i], s->whole, &syn);
		}
	}
}

/* What all programs do alike, and what looks nothing up. */
static void measure_bases(const struct bench_subject *s, const struct bench_list *list)
{
	struct sw_frame syn = bench_frame(list->family, 25, SW_FRAME_SYN);
	struct sw_frame web = bench_frame(list->family, 443, SW_FRAME_ACK);
	struct sw_frame smtp = bench_frame(list->family, 25, SW_FRAME_ACK);

	bench_sources(list, BENCH_RANDOM, s->sources);
	measure(list, "random SYN", "return only", s->back, &syn);
	measure(list, "random SYN", "parse only", s->parse, &syn);
	measure(list, "random SYN", "parse and one line", s->touch, &syn);
	measure(list, "not SMTP", "return only", s->back, &web);
	measure(list, "not SMTP", "synward", s->whole, &web);
	measure(list, "established SMTP", "return only", s->back, &smtp);
	measure(list, "established SMTP", "synward", s->whole, &smtp);
}

static void bench_plan(const struct plan *plan)
{
	struct bench_list list = bench_list_new(plan->family, plan->content, plan->n);
	struct field f = { .n = 0 };

	enter(&f, &list, "synward", "table");
	if (plan->lpm)
		enter(&f, &list, "LPM_TRIE", "lpm");
	else
		bench_omit(list.name, "LPM_TRIE", "filling it takes most of a minute");
	if (plan->hash && quick && plan->n > 1000000)
		bench_omit(list.name, "HASH", "quick: filling it takes a quarter of a minute");
	else if (plan->hash)
		enter(&f, &list, "HASH", "hash");
	for (unsigned r = 0; r < rounds; r++) {
		measure_bases(&f.subject[0], &list);
		measure_syns(&f, &list);
	}
	for (unsigned i = 0; i < f.n; i++)
		bench_unload(&f.subject[i]);
	bench_list_free(&list);
}

/* ---- limits: every SYN is from a source that was never seen, and all pass ---- */

static struct bench_subject load_limit(const struct bench_list *all, const char *name,
				       uint32_t lines)
{
	struct bench_load how = { .folder = folder,
				  .name = name,
				  .list = all,
				  .fresh = true,
				  .row = bench_row_limit(),
				  .bucket_lines = lines };
	struct bench_subject s = bench_load(&how);

	bench_fill(&s, all);
	return s;
}

static void measure_limit(const struct bench_list *all, const struct bench_subject *s,
			  const char *who)
{
	struct sw_frame syn = bench_frame(4, 25, SW_FRAME_SYN);
	uint64_t before = bench_counted(s, SW_ACTION_PASS), passed;

	measure(all, "limited SYN, new source", who, s->whole, &syn);
	passed = bench_counted(s, SW_ACTION_PASS) - before;
	/* A few may share a cell. */
	if (passed < (uint64_t)(0.99 * (repeat + BENCH_SOURCES)))
		bench_void("%s: of %u SYNs only %llu passed", who, repeat + BENCH_SOURCES,
			   (unsigned long long)passed);
}

static void bench_limits(void)
{
	struct sw_entry4 halves[] = { { .addr = 0, .len = 1, .class = BENCH_CLASS },
				      { .addr = 1u << 31, .len = 1, .class = BENCH_CLASS } };
	struct bench_list all = { .name = "IPv4 limit", .family = 4, .n = 2, .four = halves };
	struct bench_subject ours = load_limit(&all, "table", LIMIT_LINES);
	struct bench_subject lru = load_limit(&all, "lru", 1);
	struct sw_frame syn = bench_frame(4, 25, SW_FRAME_SYN);

	bench_run(lru.whole, &syn, 3u << 19); /* full: from now on each new one pushes one out */
	bench_run(ours.whole, &syn, 3u << 19);
	for (unsigned r = 0; r < rounds; r++) {
		measure(&all, "limited SYN, new source", "parse only", ours.parse, &syn);
		measure_limit(&all, &ours, "synward");
		measure_limit(&all, &lru, "LRU_HASH");
	}
	bench_unload(&ours);
	bench_unload(&lru);
}

/* ---- resets: dropped; a flood, of which the default rate is answered and the rest dropped; and
 * answered each, which takes a rate that nobody would set ---- */

#define RESET_LINES (1u << 17) /* the default: 0.9 million sources */

static const struct {
	const char *who;
	uint64_t interval_ns, tolerance_ns;
	enum sw_action counted;
} resets[] = {
	{ "dropped", 0, 0, SW_ACTION_DROP },
	{ "reset at the default rate", 1000000, 99000000, SW_ACTION_DROP },
	{ "reset each", 1, 1ull << 40, SW_ACTION_RESET },
};
#define RESETS (sizeof(resets) / sizeof(*resets))

static void measure_reset(const struct bench_list *list, const struct bench_subject *s, size_t i,
			  const struct sw_frame *syn)
{
	uint64_t before = bench_counted(s, resets[i].counted), counted;

	measure(list, "SYN with options", resets[i].who, s->anew, syn);
	counted = bench_counted(s, resets[i].counted) - before;
	/* A few may share a cell, or are within the rate. */
	if (counted < (uint64_t)(0.99 * (repeat + BENCH_SOURCES)))
		bench_void("%s: of %u SYNs only %llu were", resets[i].who, repeat + BENCH_SOURCES,
			   (unsigned long long)counted);
}

/* What can be answered: sources that are hosts. */
static void keep_hosts(struct bench_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		uint32_t net = list->four[i].addr >> 24;

		if (net != 0 && net != 127 && net < 224)
			list->four[n++] = list->four[i];
	}
	list->n = n;
}

static void bench_resets(void)
{
	static const uint8_t options[BENCH_SYN_OPTIONS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
							    1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	struct bench_list list = bench_list_new(4, BENCH_MIXED, 1000000);
	struct sw_frame syn = bench_frame(4, 25, SW_FRAME_SYN);
	struct bench_subject s[RESETS];

	keep_hosts(&list);
	snprintf(list.name, sizeof(list.name), "IPv4 reset");
	syn.tcp_options = options;
	syn.tcp_options_bytes = sizeof(options);
	for (size_t i = 0; i < RESETS; i++) {
		const struct bench_load how = { .folder = folder,
						.name = "table",
						.list = &list,
						.row = i ? bench_row_reset() : bench_row_drop(),
						.bucket_lines = RESET_LINES,
						.reset_interval_ns = resets[i].interval_ns,
						.reset_tolerance_ns = resets[i].tolerance_ns };

		s[i] = bench_load(&how);
		bench_fill(&s[i], &list);
		bench_sources(&list, BENCH_LISTED, s[0].sources);
		if (i)
			memcpy(s[i].sources, s[0].sources, BENCH_LINES * sizeof(*s[0].sources));
	}
	for (unsigned r = 0; r < rounds; r++) {
		measure(&list, "SYN with options", "written only", s[0].write, &syn);
		for (size_t i = 0; i < RESETS; i++)
			measure_reset(&list, &s[i], i, &syn);
	}
	for (size_t i = 0; i < RESETS; i++)
		bench_unload(&s[i]);
	bench_list_free(&list);
}

/* ---- first contact: sources that nothing is said of ---- */

#define SEEN_LINES (1u << 16) /* the default: half a million sources */

static const struct {
	const char *what, *who;
	bool fresh;
	enum sw_contact_mode mode;
	enum sw_contact_load load;
} contacts[] = {
	{ "unknown SYN, new source", "off", true, SW_CONTACT_OFF, SW_CONTACT_ALL },
	{ "unknown SYN, new source", "pass, overload", true, SW_CONTACT_PASS,
	  SW_CONTACT_ONLY_AGAIN },
	{ "unknown SYN, new source", "pass, ring full", true, SW_CONTACT_PASS, SW_CONTACT_ALL },
	{ "unknown SYN, seen before", "off", false, SW_CONTACT_OFF, SW_CONTACT_ALL },
	{ "unknown SYN, seen before", "pass, overload", false, SW_CONTACT_PASS, SW_CONTACT_NONE },
};
#define CONTACTS (sizeof(contacts) / sizeof(*contacts))

static void bench_contacts(void)
{
	struct sw_entry4 one = { .addr = 1, .len = 32, .class = BENCH_CLASS };
	struct bench_list none = { .name = "IPv4 unknown", .family = 4, .n = 1, .four = &one };
	struct sw_frame syn = bench_frame(4, 25, SW_FRAME_SYN);
	struct bench_subject s[CONTACTS];

	for (size_t i = 0; i < CONTACTS; i++) {
		const struct bench_load how = { .folder = folder,
						.name = "table",
						.list = &none,
						.fresh = contacts[i].fresh,
						.row = bench_row_drop(),
						.bucket_lines = 1024,
						.contact = contacts[i].mode,
						.contact_load = contacts[i].load,
						.seen_lines = SEEN_LINES };

		s[i] = bench_load(&how);
		bench_fill(&s[i], &none);
		bench_sources(&none, BENCH_UNLISTED, s[i].sources);
	}
	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < CONTACTS; i++)
			measure(&none, contacts[i].what, contacts[i].who, s[i].whole, &syn);
	for (size_t i = 0; i < CONTACTS; i++)
		bench_unload(&s[i]);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: bench_xdp FOLDER-OF-BPF-OBJECTS JSON-FILE [quick]\n");
		return 2;
	}
	bench_start("bench_xdp");
	folder = argv[1];
	quick = argc > 3;
	if (quick)
		rounds = 3;
	for (unsigned i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		if (!quick || plans[i].in_quick)
			bench_plan(&plans[i]);
	bench_limits();
	bench_resets();
	bench_contacts();
	bench_write(argv[2]);
	return 0;
}
