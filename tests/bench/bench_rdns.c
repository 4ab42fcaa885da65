/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_rdns - of real names, how many of relays and of customers' lines are called generic, by
 * us and by the detectors of others; and what judging a name costs.
 *
 * The shares are no timings, and the same in every round: they are here to be beside
 * one another.
 *
 * usage: bench_rdns JSON-FILE [quick]
 */
#include <stdio.h>
#include <string.h>

#include "figures.h"
#include "support/rdns_pairs.h"

#define LIST "rDNS"
#define ROUNDS 5
#define NAMES 20000.0
#define LONGEST_NAMES 2000.0

static void record_shares(const struct rdns_tally *t)
{
	char list[64];

	for (; t->class; t++) {
		snprintf(list, sizeof(list), LIST " %s", t->class);
		for (unsigned i = 0; i < RDNS_DETECTORS && !*t->part; i++)
			bench_record(list, "generic", rdns_detector_name[i], "%",
				     rdns_pairs_percent(t, i));
	}
}

/* A name of usual length, and one that is as long as they get and has much to look at. */
static void record_cost(const struct sw_suffix *suffix, unsigned rounds)
{
	static const char usual[] = "ip-203-0-113-57.city.dsl.example.net";
	char longest[SW_DNS_NAME] = "";

	while (strlen(longest) + 19 < sizeof(longest))
		strcat(longest, "0-1-2.ab1.");
	strcat(longest, "example.net");
	for (unsigned round = 0; round < rounds; round++) {
		double start = bench_now();

		for (unsigned i = 0; i < NAMES; i++)
			(void)rdns_pairs_judge(suffix, "203.0.113.57", usual);
		bench_record(LIST, "a usual name", "synward", "ns",
			     (bench_now() - start) * 1e9 / NAMES);
		start = bench_now();
		for (unsigned i = 0; i < LONGEST_NAMES; i++)
			(void)rdns_pairs_judge(suffix, "203.0.113.57", longest);
		bench_record(LIST, "the longest name", "synward", "ns",
			     (bench_now() - start) * 1e9 / LONGEST_NAMES);
	}
}

int main(int argc, char **argv)
{
	const struct rdns_tally *tallies;
	struct sw_suffix *suffix;

	bench_start("bench_rdns");
	if (argc < 2)
		bench_void("usage: bench_rdns JSON-FILE [quick]");
	if (sw_suffix_open(&suffix, NULL))
		bench_void("there is no Public Suffix List");
	tallies = rdns_pairs_count(suffix);
	if (tallies)
		record_shares(tallies);
	else
		bench_omit(LIST, "synward", "there are no pairs (SYNWARD_DATA)");
	record_cost(suffix, argc > 2 ? 2 : ROUNDS);
	sw_suffix_close(suffix);
	bench_write(argv[1]);
	return 0;
}
