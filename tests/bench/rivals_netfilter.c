/* SPDX-License-Identifier: GPL-2.0-only */
/* Those that drop in the kernel's packet filter: ipset and nft, where it costs them least. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "figures.h"
#include "rivals.h"

double bench_slab_bytes(void)
{
	FILE *in = fopen("/proc/meminfo", "r");
	char line[256];
	double kilobytes = 0;

	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, "Slab:", 5))
			kilobytes = strtod(line + 5, NULL);
	if (in)
		fclose(in);
	return kilobytes * 1024;
}

enum { PACKETS = 2, IN_RECEIVES = 3 };

/* The number in column @column (1 and up) after @start, of the last line of @path that
 * starts so: /proc/net/snmp has one with words before it. */
static uint64_t column_of(const char *path, const char *start, unsigned column)
{
	FILE *in = fopen(path, "r");
	char line[1024];
	uint64_t found = 0;

	while (in && fgets(line, sizeof(line), in)) {
		char *at = line + strspn(line, " ");

		if (strncmp(at, start, strlen(start)) != 0)
			continue;
		at += strlen(start);
		for (unsigned i = 0; i < column; i++)
			found = strtoull(at, &at, 10);
	}
	if (!in)
		bench_die(path);
	fclose(in);
	return found;
}

uint64_t bench_vanished(const struct bench_entrant *e)
{
	char start[32];

	snprintf(start, sizeof(start), "%s:", e->cable.receiver);
	return column_of("/proc/net/dev", start, PACKETS) -
	       column_of("/proc/net/snmp", "Ip:", IN_RECEIVES);
}

void bench_list_print(const struct bench_list *list, const char *before, const char *after,
		      FILE *out)
{
	char text[SW_PREFIX_TEXT];

	for (size_t i = 0; i < list->n; i++) {
		struct sw_prefix p = sw_prefix_ip4(list->four[i].addr, list->four[i].len);

		fprintf(out, "%s%s%s", before, sw_prefix_format(&p, text), after);
	}
}

/* ---- ipset hash:net, in the raw table before routing ---- */

#define RESTORE "/run/list.ipset"

static const char *ipset_refuses(const struct bench_world *world)
{
	if (!bench_has_command("ipset") || !bench_has_command("iptables"))
		return "ipset or iptables is not installed";
	return NULL;
}

/* What those do who must not have a gap: fill another set, then swap the two. It is made
 * as large as it will be: growing it takes half as long again. */
static void ipset_begin(struct bench_entrant *e)
{
	const struct bench_list *list = e->world->list;
	FILE *out = fopen(RESTORE, "w");
	unsigned size = 1024;

	if (!out)
		bench_die(RESTORE);
	while (size < list->n)
		size *= 2;
	fprintf(out, "create next hash:net hashsize %u maxelem 16777216\n", size);
	bench_list_print(list, "add next ", "\n", out);
	fputs("swap next bench\ndestroy next\n", out);
	if (fclose(out))
		bench_die(RESTORE);
	BENCH_COMMAND("ipset", "create", "bench", "hash:net");
	BENCH_COMMAND("iptables", "-w", "-t", "raw", "-A", "PREROUTING", "-i", e->cable.receiver,
		      "-m", "set", "--match-set", "bench", "src", "-j", "DROP");
}

static void ipset_empty(struct bench_entrant *e)
{
	BENCH_COMMAND("ipset", "flush", "bench");
	BENCH_COMMAND("ipset", "create", "empty", "hash:net");
	BENCH_COMMAND("ipset", "swap", "empty", "bench");
	BENCH_COMMAND("ipset", "destroy", "empty");
}

static void ipset_fill(struct bench_entrant *e)
{
	BENCH_COMMAND("ipset", "restore", "-file", RESTORE);
}

static void ipset_end(struct bench_entrant *e)
{
	BENCH_COMMAND("iptables", "-w", "-t", "raw", "-F", "PREROUTING");
	BENCH_COMMAND("ipset", "destroy", "bench");
}

static uint64_t ipset_dropped(const struct bench_entrant *e)
{
	const char *rules = BENCH_OUTPUT("iptables", "-w", "-t", "raw", "-nvxL", "PREROUTING");
	const char *rule = strstr(rules, "DROP");

	while (rule && rule > rules && rule[-1] != '\n')
		rule--;
	if (!rule)
		bench_void("iptables does not show its rule: %s", rules);
	return strtoull(rule, NULL, 10);
}

static double ipset_bytes(const struct bench_entrant *e, double slab_before)
{
	const char *words = BENCH_OUTPUT("ipset", "list", "-t", "bench");
	const char *bytes = strstr(words, "Size in memory: ");

	if (!bytes)
		bench_void("ipset does not say what its set takes: %s", words);
	return strtod(bytes + strlen("Size in memory: "), NULL);
}

const struct bench_rival bench_rival_ipset = { .name = "ipset",
					       .refuses = ipset_refuses,
					       .begin = ipset_begin,
					       .fill = ipset_fill,
					       .fill_name = "fill from file",
					       .empty = ipset_empty,
					       .end = ipset_end,
					       .dropped = ipset_dropped,
					       .bytes = ipset_bytes };

/* ---- nft, a set of intervals at the ingress hook of the interface ---- */

#define RULES "/run/list.nft"

static const char *nft_refuses(const struct bench_world *world)
{
	if (!bench_has_command("nft"))
		return "nft is not installed";
	return world->list->n > 2000000 ? "filling it takes minutes" : NULL;
}

/* nft has no way to swap sets; a set and its rule are one transaction. */
static void nft_begin(struct bench_entrant *e)
{
	FILE *out = fopen(RULES, "w");

	if (!out)
		bench_die(RULES);
	fputs("table netdev bench {\nset bad {\ntype ipv4_addr; flags interval;\nelements = {\n",
	      out);
	bench_list_print(e->world->list, "", ",\n", out);
	fprintf(out,
		"}\n}\nchain in {\ntype filter hook ingress device %s priority 0;\n"
		"ip saddr @bad drop\n}\n}\n",
		e->cable.receiver);
	if (fclose(out))
		bench_die(RULES);
}

static void nft_fill(struct bench_entrant *e)
{
	BENCH_COMMAND("nft", "-f", RULES);
}

static void nft_end(struct bench_entrant *e)
{
	BENCH_COMMAND("nft", "delete", "table", "netdev", "bench");
}

/* nft takes minutes to print a counter beside a set of a million. */
static uint64_t nft_dropped(const struct bench_entrant *e)
{
	return bench_vanished(e);
}

static double nft_bytes(const struct bench_entrant *e, double slab_before)
{
	return bench_slab_bytes() - slab_before;
}

const struct bench_rival bench_rival_nft = { .name = "nft",
					     .refuses = nft_refuses,
					     .begin = nft_begin,
					     .fill = nft_fill,
					     .fill_name = "fill from file",
					     .empty = nft_end,
					     .end = nft_end,
					     .dropped = nft_dropped,
					     .bytes = nft_bytes };
