/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real names: how many of relays and of customers' lines are called generic, beside what the
 * detectors of others say of the same rows; expectations of their tests; what words in
 * domains are worth.
 *
 * How rows are counted. One without a name is left out: there is nothing to judge. One
 * with several classes counts for each of them. "Generic" is SW_RDNS_GENERIC and nothing else.
 * Halves, by a hash of the name and by one of its domain, are printed apart: figures that
 * differ much between them would say that rules fit some providers' names and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dns/rdns.h"
#include "dns/rdns_parts.h"

#define COLUMNS_MAX 16

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

/* ---- reading ---- */

static FILE *open_data(const char *file)
{
	const char *data = getenv("SYNWARD_DATA");
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/rdns/%s", data ? data : "../shared/data", file);
	f = fopen(path, "re");
	if (!f) {
		print_message("SKIP: %s is not there\n", path);
		skip();
	}
	return f;
}

/* The columns of a line, which is cut up; how many. */
static size_t split(char *line, const char *separator, char **column)
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (n < COLUMNS_MAX && line)
		column[n++] = strsep(&line, separator);
	return n;
}

static bool has_class(const char *list, const char *class)
{
	size_t n = strlen(class);

	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, class, n) && (p[n] == '\0' || p[n] == ','))
			return true;
	}
	return false;
}

static struct sw_rdns judge(const char *ip, const char *name)
{
	struct sw_rdns_facts facts = { .state = SW_RDNS_NAMED, .n = 1 };
	struct sw_rdns rdns;
	size_t n = strlen(name);

	assert_int_equal(sw_addr_parse(ip, &facts.source), 0);
	assert_true(n < SW_DNS_NAME);
	for (size_t i = 0; i < n; i++)
		facts.name[0].name[i] =
			(char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
	sw_rdns_classify(suffix, &facts, &rdns);
	return rdns;
}

/* ---- relays and lines ---- */

enum {
	IP,
	PTR,
	CORPORA,
	CLASS,
	FQRDNS,
	FQRDNS_PLUS,
	SPAMASSASSIN,
	HFILTER,
	IN_NAME,
	S25R,
	COLUMNS
};
enum { OURS, OF_FQRDNS, OF_SPAMASSASSIN, OF_HFILTER, OF_S25R, DETECTORS };

enum part { ALL, ALONE, NAMES_0, NAMES_1, DOMAINS_0, DOMAINS_1 };

struct tally {
	const char *class;
	enum part part;
	unsigned rows, flagged[DETECTORS];
};

static struct tally tallies[] = {
	{ .class = "mta-relay", .part = ALL },
	{ .class = "mta-relay", .part = ALONE },
	{ .class = "mta-relay", .part = NAMES_0 },
	{ .class = "mta-relay", .part = NAMES_1 },
	{ .class = "mta-relay", .part = DOMAINS_0 },
	{ .class = "mta-relay", .part = DOMAINS_1 },
	{ .class = "auth-client", .part = ALL },
	{ .class = "auth-client", .part = ALONE },
	{ .class = "auth-client", .part = NAMES_0 },
	{ .class = "auth-client", .part = NAMES_1 },
	{ .class = "auth-client", .part = DOMAINS_0 },
	{ .class = "auth-client", .part = DOMAINS_1 },
	{ .class = "mta-client", .part = ALL },
	{ .class = "mta-client-rejected", .part = ALL },
	{ .class = "mta-client-userunknown", .part = ALL },
	{ .class = "spam-source", .part = ALL },
	{ .class = "ham-relay", .part = ALL },
};

#define TALLIES (sizeof(tallies) / sizeof(tallies[0]))

/* A bit of the FNV-1a of @text. */
static unsigned half_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash >> 16 & 1;
}

static bool is_in(enum part part, char **column)
{
	const char *name = column[PTR], *domain = sw_suffix_registered(suffix, name);

	switch (part) {
	case ALONE:
		return !strchr(column[CLASS], ',');
	case NAMES_0:
	case NAMES_1:
		return half_of(name) == (part == NAMES_1);
	case DOMAINS_0:
	case DOMAINS_1:
		return half_of(domain ? domain : name) == (part == DOMAINS_1);
	default:
		return true;
	}
}

static bool says_yes(const char *column)
{
	return strcmp(column, "-") != 0 && strcmp(column, "0") != 0;
}

static void tally_row(char **column)
{
	const bool flagged[DETECTORS] = {
		[OURS] = judge(column[IP], column[PTR]).classes & SW_RDNS_GENERIC,
		[OF_FQRDNS] = says_yes(column[FQRDNS]),
		[OF_SPAMASSASSIN] = says_yes(column[SPAMASSASSIN]),
		[OF_HFILTER] = atoi(column[HFILTER]) >= 4,
		[OF_S25R] = says_yes(column[S25R]),
	};

	for (size_t i = 0; i < TALLIES; i++) {
		struct tally *t = &tallies[i];

		if (!has_class(column[CLASS], t->class) || !is_in(t->part, column))
			continue;
		t->rows++;
		for (size_t j = 0; j < DETECTORS; j++)
			t->flagged[j] += flagged[j];
	}
}

static double percent(const struct tally *t, size_t detector)
{
	return t->rows ? 100.0 * t->flagged[detector] / t->rows : 0;
}

static void print_tallies(void)
{
	static const char *const parts[] = { [ALL] = "",
					     [ALONE] = "of no other",
					     [NAMES_0] = "names, a half",
					     [NAMES_1] = "the other",
					     [DOMAINS_0] = "domains, a half",
					     [DOMAINS_1] = "the other" };

	print_message("%-22s %-15s %5s %8s %7s %7s %7s %7s\n", "class", "", "rows", "synward",
		      "fqrdns", "SA", "hfilter", "S25R");
	for (size_t i = 0; i < TALLIES; i++) {
		const struct tally *t = &tallies[i];

		print_message("%-22s %-15s %5u %7.2f%% %6.1f%% %6.1f%% %6.1f%% %6.1f%%\n", t->class,
			      parts[t->part], t->rows, percent(t, OURS), percent(t, OF_FQRDNS),
			      percent(t, OF_SPAMASSASSIN), percent(t, OF_HFILTER),
			      percent(t, OF_S25R));
	}
}

static const struct tally *tally_of(const char *class)
{
	size_t i = 0;

	while (strcmp(tallies[i].class, class) != 0 || tallies[i].part != ALL)
		i++;
	return &tallies[i];
}

static void test_pairs(void **state)
{
	FILE *f = open_data("pairs_open.tsv");
	char line[4096], *column[COLUMNS_MAX];

	while (fgets(line, sizeof(line), f)) {
		if (split(line, "\t", column) < COLUMNS || !strcmp(column[IP], "ip") ||
		    !strcmp(column[PTR], "-"))
			continue;
		tally_row(column);
	}
	fclose(f);
	print_tallies();
	assert_true(tally_of("mta-relay")->rows >= 1000);
	assert_true(tally_of("auth-client")->rows >= 500);
	assert_true(percent(tally_of("mta-relay"), OURS) <= 1.0);
	assert_true(percent(tally_of("auth-client"), OURS) >= 60.0);
}

/* ---- what others test ---- */

static void test_peers(void **state)
{
	FILE *f = open_data("peer_tests.tsv");
	char line[4096], *column[COLUMNS_MAX];
	unsigned generic = 0, flagged = 0, addresses = 0, found = 0;

	while (fgets(line, sizeof(line), f)) {
		uint32_t set;

		if (split(line, "\t", column) < 3 || !strcmp(column[0], "ip") || !*column[0])
			continue;
		set = judge(column[0], column[1]).classes;
		if (!strcmp(column[2], "generic") || strstr(column[2], "=true") ||
		    strstr(column[2], "=True")) {
			bool in_name = strstr(column[2], "is_ip_in_str");

			(*(in_name ? &addresses : &generic))++;
			if (in_name)
				found += !!(set & (SW_RDNS_ADDRESS | SW_RDNS_PART));
			else
				flagged += !!(set & SW_RDNS_GENERIC);
		} else if (strstr(column[2], "is_ip_in_str=false")) {
			assert_false(set & (SW_RDNS_ADDRESS | SW_RDNS_PART));
		} else if (strstr(column[2], "alse")) {
			assert_false(set & SW_RDNS_GENERIC);
		}
	}
	fclose(f);
	print_message("of others' tests: %u of %u names generic, %u of %u addresses found\n",
		      flagged, generic, found, addresses);
	assert_true(flagged * 5 >= generic * 3);
	/* one of them is below a suffix that does not exist */
	assert_true(found + 1 >= addresses);
}

/* ---- words in domains ---- */

static void test_domains(void **state)
{
	FILE *f = open_data("base_reverse_dns_map.csv");
	char line[4096];
	unsigned carriers = 0, right_carriers = 0, hosters = 0, right_hosters = 0;

	while (fgets(line, sizeof(line), f)) {
		const char *type = strrchr(line, ',');
		uint32_t kind = sw_rdns_domain_kind(line, strcspn(line, ".,"));

		if (!type)
			continue;
		type++;
		carriers += kind == SW_RDNS_CARRIER;
		right_carriers += kind == SW_RDNS_CARRIER && !strncmp(type, "ISP", 3);
		hosters += kind == SW_RDNS_HOSTING;
		right_hosters += kind == SW_RDNS_HOSTING &&
				 (!strncmp(type, "Web Host", 8) || strstr(type, "aaS") ||
				  !strncmp(type, "MSP", 3));
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
