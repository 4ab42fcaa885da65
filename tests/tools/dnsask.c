/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dnsask - ask through the resolver, and print what came of it; one line for each question:
 * "OK TTL RECORD...", "NXDOMAIN TTL", "NODATA TTL", "TEMPFAIL WHY".
 *
 * usage: dnsask [-s SERVER]... [-t MILLISECONDS] [-T TRIES] [-n TIMES] NAME TYPE [NAME TYPE]...
 *   -n  ask each so many times, at once, and print one line if all say the same
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/event.h>

#include "cli/resolve.h"
#include "dns/resolver.h"

struct question {
	enum sw_dns_type type;
	unsigned answers, differ;
	char line[8192];
	unsigned *left; /* answers of all */
};

static const struct {
	const char *word;
	enum sw_dns_type type;
} types[] = {
	{ "A", SW_DNS_A },   { "AAAA", SW_DNS_AAAA }, { "PTR", SW_DNS_PTR },
	{ "MX", SW_DNS_MX }, { "TXT", SW_DNS_TXT },
};

static int usage(void)
{
	fputs("usage: dnsask [-s SERVER]... [-t MILLISECONDS] [-T TRIES] [-n TIMES] NAME TYPE...\n",
	      stderr);
	return 2;
}

static bool type_of(const char *word, enum sw_dns_type *ret)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].word, word) != 0)
			continue;
		*ret = types[i].type;
		return true;
	}
	return false;
}

static void write_record(FILE *out, enum sw_dns_type type, const struct sw_dns_record *r)
{
	char text[INET6_ADDRSTRLEN];

	switch (type) {
	case SW_DNS_A:
		fprintf(out, " %s", inet_ntop(AF_INET, r->a, text, sizeof(text)));
		break;
	case SW_DNS_AAAA:
		fprintf(out, " %s", inet_ntop(AF_INET6, r->aaaa, text, sizeof(text)));
		break;
	case SW_DNS_MX:
		fprintf(out, " %u %s", r->preference, r->name);
		break;
	case SW_DNS_TXT:
		fprintf(out, " \"%s\"", r->txt.bytes);
		break;
	case SW_DNS_PTR:
		fprintf(out, " %s", r->name);
		break;
	}
}

static void on_answer(void *ctx, const struct sw_dns_answer *a)
{
	static const char *const status[] = { "OK", "NODATA", "NXDOMAIN", "TEMPFAIL" };
	static const char *const trouble[] = { "",	    "TIMEOUT",	 "SERVFAIL",   "REFUSED",
					       "MALFORMED", "NO_SERVER", "OVER_BUDGET" };
	struct question *q = ctx;
	char line[sizeof(q->line)] = "";
	FILE *out = fmemopen(line, sizeof(line), "w");

	if (!out)
		abort();
	if (a->status == SW_DNS_TEMPFAIL)
		fprintf(out, "TEMPFAIL %s", trouble[a->trouble]);
	else
		fprintf(out, "%s %u", status[a->status], a->ttl);
	for (size_t i = 0; i < a->n; i++)
		write_record(out, q->type, &a->record[i]);
	fclose(out);
	line[sizeof(line) - 1] = '\0';
	q->differ += q->answers++ && strcmp(line, q->line) != 0;
	memcpy(q->line, line, sizeof(line));
	--*q->left;
}

static void on_note(void *ctx, int level, const char *text)
{
	fprintf(stderr, "dnsask: %s\n", text);
}

struct asking {
	const struct sw_dns *dns;
	struct question *questions;
	size_t n;
	unsigned times, left;
};

static void ask_all(struct asking *a, char **words)
{
	a->left = a->times * (unsigned)a->n;
	for (unsigned k = 0; k < a->times; k++) {
		for (size_t i = 0; i < a->n; i++) {
			a->questions[i].left = &a->left;
			sw_dns_ask(a->dns, words[2 * i], a->questions[i].type, on_answer,
				   &a->questions[i]);
		}
	}
}

/* With a server at most and nothing else that was said: as commands do. */
static int ask_as_command(struct asking *a, const char *server, char **words)
{
	struct sw_resolve *resolve;
	struct sw_err err;
	bool done = false;

	if (sw_resolve_open(server, &resolve, &err)) {
		fprintf(stderr, "dnsask: %s\n", err.text);
		return 1;
	}
	a->dns = sw_resolve_dns(resolve);
	ask_all(a, words);
	for (int i = 0; i < 3000 && a->left; i++)
		sw_resolve_wait(resolve, &done, 10);
	sw_resolve_close(resolve);
	return 0;
}

static int ask_with(struct asking *a, struct sw_resolver_options *options, char **words)
{
	struct sw_resolver *resolver;
	struct sw_err err;

	options->base = event_base_new();
	options->clock = sw_clock_system();
	options->note = on_note;
	if (sw_resolver_open(options, &resolver, &err)) {
		fprintf(stderr, "dnsask: %s\n", err.text);
		return 1;
	}
	a->dns = sw_resolver_dns(resolver);
	ask_all(a, words);
	while (a->left)
		event_base_loop(options->base, EVLOOP_ONCE);
	sw_resolver_close(resolver);
	event_base_free(options->base);
	return 0;
}

int main(int argc, char **argv)
{
	const char *server[16];
	struct sw_resolver_options options = { .server = server };
	struct asking a = { .times = 1 };
	int option, code;

	while ((option = getopt(argc, argv, "s:t:T:n:")) != -1) {
		if (option == 's' && options.servers < 16)
			server[options.servers++] = optarg;
		else if (option == 't')
			options.timeout_ms = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'T')
			options.tries = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			a.times = (unsigned)strtoul(optarg, NULL, 10);
		else
			return usage();
	}
	argv += optind;
	argc -= optind;
	if (argc < 2 || argc % 2)
		return usage();
	a.n = (size_t)argc / 2;
	a.questions = calloc(a.n, sizeof(*a.questions));
	for (size_t i = 0; i < a.n; i++)
		if (!a.questions || !type_of(argv[2 * i + 1], &a.questions[i].type))
			return usage();
	if (options.servers > 1 || options.timeout_ms || options.tries)
		code = ask_with(&a, &options, argv);
	else
		code = ask_as_command(&a, options.servers ? server[0] : NULL, argv);
	for (size_t i = 0; i < a.n && !code; i++)
		printf("%s%s\n", a.questions[i].line, a.questions[i].differ ? " (and others)" : "");
	free(a.questions);
	return code;
}
