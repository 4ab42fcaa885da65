/* SPDX-License-Identifier: GPL-2.0-only */
/* rdns_pairs - see rdns_pairs.h. */
#include "rdns_pairs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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

const char *const rdns_detector_name[RDNS_DETECTORS] = { "synward", "fqrdns", "SpamAssassin",
							 "hfilter", "S25R" };

FILE *rdns_pairs_open(const char *file)
{
	const char *data = getenv("SYNWARD_DATA");
	char path[512];

	snprintf(path, sizeof(path), "%s/rdns/%s", data ? data : "../shared/data", file);
	return fopen(path, "re");
}

size_t rdns_pairs_split(char *line, const char *separator, char *column[RDNS_COLUMNS_MAX])
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (n < RDNS_COLUMNS_MAX && line)
		column[n++] = strsep(&line, separator);
	return n;
}

struct sw_rdns rdns_pairs_judge(const struct sw_suffix *suffix, const char *ip, const char *name)
{
	struct sw_rdns_facts facts = { .state = SW_RDNS_NAMED, .n = 1 };
	struct sw_rdns rdns;
	size_t n = strlen(name);

	if (sw_addr_parse(ip, &facts.source) || n >= SW_DNS_NAME) {
		fprintf(stderr, "%s, %s: no address, or no name\n", ip, name);
		abort();
	}
	for (size_t i = 0; i < n; i++)
		facts.name[0].name[i] = (char)tolower((unsigned char)name[i]);
	sw_rdns_classify(suffix, &facts, &rdns);
	return rdns;
}

/* ---- counting ---- */

#define ALL ""
#define ALONE "of no other"
#define NAMES_0 "names, a half"
#define NAMES_1 "names, the other"
#define DOMAINS_0 "domains, a half"
#define DOMAINS_1 "domains, the other"

static struct rdns_tally tallies[] = {
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
	{ .class = NULL },
};

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

/* A bit of the FNV-1a of @text. */
static unsigned half_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash >> 16 & 1;
}

static bool is_in(const struct sw_suffix *suffix, const char *part, char **column)
{
	const char *name = column[PTR], *domain = sw_suffix_registered(suffix, name);

	if (!strcmp(part, ALONE))
		return !strchr(column[CLASS], ',');
	if (!strcmp(part, NAMES_0) || !strcmp(part, NAMES_1))
		return half_of(name) == !strcmp(part, NAMES_1);
	if (!strcmp(part, DOMAINS_0) || !strcmp(part, DOMAINS_1))
		return half_of(domain ? domain : name) == !strcmp(part, DOMAINS_1);
	return true;
}

static bool says_yes(const char *column)
{
	return strcmp(column, "-") != 0 && strcmp(column, "0") != 0;
}

static void count_row(const struct sw_suffix *suffix, char **column)
{
	struct sw_rdns rdns = rdns_pairs_judge(suffix, column[IP], column[PTR]);
	const bool flagged[RDNS_DETECTORS] = {
		[RDNS_OURS] = rdns.classes & SW_RDNS_GENERIC,
		[RDNS_FQRDNS] = says_yes(column[FQRDNS]),
		[RDNS_SPAMASSASSIN] = says_yes(column[SPAMASSASSIN]),
		[RDNS_HFILTER] = strtol(column[HFILTER], NULL, 10) >= 4,
		[RDNS_S25R] = says_yes(column[S25R]),
	};

	for (struct rdns_tally *t = tallies; t->class; t++) {
		if (!has_class(column[CLASS], t->class) || !is_in(suffix, t->part, column))
			continue;
		t->rows++;
		for (size_t i = 0; i < RDNS_DETECTORS; i++)
			t->flagged[i] += flagged[i];
	}
}

static void clear_tallies(void)
{
	for (struct rdns_tally *t = tallies; t->class; t++) {
		t->rows = 0;
		memset(t->flagged, 0, sizeof(t->flagged));
	}
}

const struct rdns_tally *rdns_pairs_count(const struct sw_suffix *suffix)
{
	FILE *f = rdns_pairs_open("pairs_open.tsv");
	char line[4096], *column[RDNS_COLUMNS_MAX];

	if (!f)
		return NULL;
	clear_tallies();
	while (fgets(line, sizeof(line), f)) {
		if (rdns_pairs_split(line, "\t", column) >= COLUMNS &&
		    strcmp(column[IP], "ip") != 0 && strcmp(column[PTR], "-") != 0)
			count_row(suffix, column);
	}
	fclose(f);
	return tallies;
}

const struct rdns_tally *rdns_pairs_of(const char *class)
{
	const struct rdns_tally *t = tallies;

	while (t->class && (strcmp(t->class, class) != 0 || *t->part))
		t++;
	return t;
}

double rdns_pairs_percent(const struct rdns_tally *tally, enum rdns_detector detector)
{
	return tally->rows ? 100.0 * tally->flagged[detector] / tally->rows : 0;
}
