/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real names: how many of relays and of customers' lines are called generic, beside what the
 * detectors of others say of the same rows (support/rdns_pairs.h); expectations of their
 * tests; what words in domains are worth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/rdns_parts.h"
#include "support/rdns_pairs.h"

static struct sw_suffix *suffix;

static int open_suffix(void **unused)
{
	return sw_suffix_open(&suffix, NULL);
}

static int close_suffix(void **unused)
{
	suffix = sw_suffix_close(suffix);
	return 0;
}

static FILE *open_or_skip(const char *file)
{
	FILE *f = rdns_pairs_open(file);

	if (!f) {
		print_message("SKIP: rdns/%s is not there\n", file);
		skip();
	}
	return f;
}

/* ---- relays and lines ---- */

static void print_tallies(const struct rdns_tally *t)
{
	print_message("%-23s %-18s %5s", "generic, percent", "", "rows");
	for (unsigned i = 0; i < RDNS_DETECTORS; i++)
		print_message(" %12s", rdns_detector_name[i]);
	print_message("\n");
	for (; t->class; t++) {
		print_message("%-23s %-18s %5u", t->class, t->part, t->rows);
		for (unsigned i = 0; i < RDNS_DETECTORS; i++)
			print_message(" %12.2f", rdns_pairs_percent(t, i));
		print_message("\n");
	}
}

static void test_pairs(void **state)
{
	const struct rdns_tally *tallies = rdns_pairs_count(suffix), *relays, *clients;

	if (!tallies) {
		print_message("SKIP: rdns/pairs_open.tsv is not there\n");
		skip();
	}
	print_tallies(tallies);
	relays = rdns_pairs_of("mta-relay");
	clients = rdns_pairs_of("auth-client");
	assert_true(relays->rows >= 1000);
	assert_true(clients->rows >= 500);
	assert_true(rdns_pairs_percent(relays, RDNS_OURS) <= 1.0);
	assert_true(rdns_pairs_percent(clients, RDNS_OURS) >= 60.0);
}

/* ---- what others test ---- */

struct peers {
	unsigned generic, flagged, addresses, found;
};

static void check_peer(char **column, struct peers *peers)
{
	const char *expected = column[2];
	uint32_t set = rdns_pairs_judge(suffix, column[0], column[1]).classes;
	bool generic = set & SW_RDNS_GENERIC, address = set & (SW_RDNS_ADDRESS | SW_RDNS_PART);

	if (!strcmp(expected, "is_ip_in_str=true")) {
		peers->addresses++;
		peers->found += address;
	} else if (!strcmp(expected, "is_ip_in_str=false")) {
		assert_false(address);
	} else if (!strcmp(expected, "generic") || strstr(expected, "rue")) {
		peers->generic++;
		peers->flagged += generic;
	} else if (strstr(expected, "alse")) {
		assert_false(generic);
	}
}

static void test_peers(void **state)
{
	FILE *f = open_or_skip("peer_tests.tsv");
	char line[4096], *column[RDNS_COLUMNS_MAX];
	struct peers peers = { .generic = 0 };

	while (fgets(line, sizeof(line), f)) {
		if (rdns_pairs_split(line, "\t", column) >= 3 && strcmp(column[0], "ip") != 0 &&
		    *column[0])
			check_peer(column, &peers);
	}
	fclose(f);
	print_message("of others' tests: %u of %u names generic, %u of %u addresses found\n",
		      peers.flagged, peers.generic, peers.found, peers.addresses);
	assert_true(peers.flagged * 5 >= peers.generic * 3);
	/* one of them is below a suffix that does not exist */
	assert_true(peers.found + 1 >= peers.addresses);
}

/* ---- words in domains ---- */

static void test_domains(void **state)
{
	FILE *f = open_or_skip("base_reverse_dns_map.csv");
	unsigned carriers = 0, right_carriers = 0, hosters = 0, right_hosters = 0;
	char line[4096];

	while (fgets(line, sizeof(line), f)) {
		uint32_t kind = sw_rdns_domain_kind(line, strcspn(line, ".,"));
		const char *type = strrchr(line, ',');

		if (!type)
			continue;
		carriers += kind == SW_RDNS_CARRIER;
		right_carriers += kind == SW_RDNS_CARRIER && !strncmp(type, ",ISP", 4);
		hosters += kind == SW_RDNS_HOSTING;
		right_hosters += kind == SW_RDNS_HOSTING &&
				 (!strncmp(type, ",Web Host", 9) || strstr(type, "aaS") ||
				  !strncmp(type, ",MSP", 4));
	}
	fclose(f);
	print_message("domains: %u of %u carriers, %u of %u hosters\n", right_carriers, carriers,
		      right_hosters, hosters);
	assert_true(carriers >= 3000 && right_carriers * 100 >= carriers * 95);
	assert_true(hosters >= 500 && right_hosters * 100 >= hosters * 88);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_domains),
	};

	return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
