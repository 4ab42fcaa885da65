/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdns - what the reverse DNS of a source says of it, and why; or what a name would say.
 *
 * Needs no daemon. An address is asked for in the DNS; a name is judged as it is given.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "dns/ptr.h"
#include "dns/rdns.h"
#include "dns/suffix.h"
#include "resolve.h"

#define PATIENCE_MS 30000

struct request {
	struct sw_options options;
	const char *server; /* NULL: what the machine has configured */
	const char *ip; /* NULL: not given */
	bool asked; /* in the DNS */
	struct sw_rdns_facts facts;
};

/* ---- arguments ---- */

/* The index of the operand, or -EINVAL. */
static int read_options(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "ip", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "server", required_argument, NULL, 's' },
		{ 0 },
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (option == 'i')
			request->ip = optarg;
		else if (option == 's')
			request->server = optarg;
		else if (!sw_options_take(&request->options, option, optarg))
			return -EINVAL;
	}
	return optind == argc - 1 ? optind : -EINVAL;
}

/* An IPv4 address in IPv6 clothes (RFC 4291, 2.5.5.2) is an IPv4 source. */
static int parse_address(const char *text, struct sw_prefix *ret)
{
	struct sw_prefix p;
	int code = sw_addr_parse(text, &p);

	if (code)
		return code;
	*ret = sw_prefix_unmapped(&p);
	return 0;
}

/* As in struct sw_dns_record, as far as that is possible: lower case, no dot at the end. */
static int take_name(const char *text, struct sw_rdns_facts *facts)
{
	size_t n = strlen(text);
	char *name = facts->name[0].name;

	if (n && text[n - 1] == '.')
		n--;
	if (n >= SW_DNS_NAME)
		return sw_fail("a name has at most %d bytes", SW_DNS_NAME - 1);
	for (size_t i = 0; i < n; i++) {
		if (!isgraph((unsigned char)text[i]))
			return sw_fail(
				"a name is written in printable ASCII, other bytes as \\DDD");
		name[i] = (char)tolower((unsigned char)text[i]);
	}
	facts->name[0].back = SW_RDNS_BACK_NOT_ASKED;
	facts->n = 1;
	facts->state = SW_RDNS_NAMED;
	return SW_EXIT_OK;
}

/* ---- asking ---- */

struct waiting {
	bool done;
	struct sw_rdns_facts *facts;
};

static void take_facts(void *ctx, const struct sw_rdns_facts *facts)
{
	struct waiting *waiting = ctx;

	*waiting->facts = *facts;
	waiting->done = true;
}

static int ask(struct request *request)
{
	struct waiting waiting = { .facts = &request->facts };
	const struct sw_prefix source = request->facts.source;
	struct sw_resolve *resolve;
	struct sw_ptr *ptr = NULL;
	struct sw_err err;
	int code = sw_resolve_open(request->server, &resolve, &err);

	if (code)
		return sw_fail("%s", err.text);
	request->asked = true;
	code = sw_ptr_ask(sw_resolve_dns(resolve), &source, take_facts, &waiting, &ptr);
	if (!code && !waiting.done)
		code = sw_resolve_wait(resolve, &waiting.done, PATIENCE_MS);
	if (!waiting.done)
		sw_ptr_cancel(ptr);
	sw_resolve_close(resolve);
	return code ? sw_fail("asking the DNS: %s", strerror(-code)) : SW_EXIT_OK;
}

/* ---- JSON: keys are added, never renamed; synward(8) has them ---- */

static json_t *json_classes(uint32_t set)
{
	json_t *array = json_array();

	for (unsigned bit = 0; bit < SW_RDNS_CLASSES; bit++) {
		if (set & 1u << bit)
			json_array_append_new(array, json_string(sw_rdns_class_name(bit)));
	}
	return array;
}

static json_t *json_back(enum sw_rdns_way_back back)
{
	if (back == SW_RDNS_BACK_YES || back == SW_RDNS_BACK_NO)
		return json_boolean(back == SW_RDNS_BACK_YES);
	return json_null();
}

static json_t *json_names(const struct sw_rdns_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts->n; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:o}", "name", facts->name[i].name,
						"confirmed", json_back(facts->name[i].back)));
	return array;
}

static json_t *json_signs(const struct sw_rdns *rdns, const char *name)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rdns->n; i++) {
		const struct sw_rdns_sign *sign = &rdns->sign[i];
		size_t n = (size_t)(sign->to - sign->from);

		json_array_append_new(
			array, json_pack("{s:s, s:o, s:i}", "words", sign->words, "part",
					 n ? json_stringn(name + sign->from, n) : json_null(),
					 "points", sign->points));
	}
	return array;
}

static const char *trouble_words(enum sw_dns_trouble trouble)
{
	static const char *const words[] = {
		[SW_DNS_TROUBLE_NONE] = NULL,	      [SW_DNS_TIMEOUT] = "timeout",
		[SW_DNS_SERVFAIL] = "server failure", [SW_DNS_REFUSED] = "refused",
		[SW_DNS_MALFORMED] = "malformed",     [SW_DNS_NO_SERVER] = "no server",
		[SW_DNS_OVER_BUDGET] = "over budget",
	};

	return words[trouble];
}

static void print_json(const struct request *request, const struct sw_rdns *rdns)
{
	const struct sw_rdns_facts *facts = &request->facts;
	const char *name = rdns->name < facts->n ? facts->name[rdns->name].name : NULL;
	bool host = name && !(rdns->classes & SW_RDNS_NO_HOST);
	const char *trouble = trouble_words(facts->trouble);
	char source[SW_PREFIX_TEXT], text[SW_RDNS_TEXT];
	json_t *object;

	object = json_pack(
		"{s:o, s:o, s:o, s:I, s:s?, s:s?, s:b, s:i, s:i, s:o, s:s}", "address",
		facts->source.family ? json_string(sw_prefix_format(&facts->source, source))
				     : json_null(),
		"classes", json_classes(rdns->classes), "names", json_names(facts), "more",
		(json_int_t)facts->more, "name", name, "domain",
		host ? name + rdns->registered : NULL, "generic",
		!!(rdns->classes & SW_RDNS_GENERIC), "points", rdns->points, "generic_at",
		SW_RDNS_GENERIC_AT, "signs", json_signs(rdns, name ? name : ""), "why",
		sw_rdns_explain(facts, rdns, text, sizeof(text)));
	json_object_set_new(object, "ttl",
			    request->asked ? json_integer((json_int_t)facts->ttl) : json_null());
	json_object_set_new(object, "trouble", trouble ? json_string(trouble) : json_null());
	sw_print_json(object);
}

/* ---- text ---- */

static void print_names(const struct request *request)
{
	const struct sw_rdns_facts *facts = &request->facts;
	char buf[SW_PREFIX_TEXT];

	if (!request->asked)
		return;
	printf("%s\n", sw_prefix_format(&facts->source, buf));
	for (size_t i = 0; i < facts->n; i++)
		printf("  name   %s: %s\n", facts->name[i].name,
		       sw_rdns_back_words(facts->name[i].back));
	if (facts->more)
		printf("  name   and %u more, not looked at\n", facts->more);
}

static void print_classes(const struct sw_rdns_facts *facts, uint32_t set)
{
	for (unsigned bit = 0; bit < SW_RDNS_CLASSES; bit++) {
		const char *words = sw_rdns_class_words(bit);

		if (!(set & 1u << bit))
			continue;
		if (1u << bit == SW_RDNS_UNKNOWN && facts->n)
			words = "the DNS did not answer all questions";
		printf("  class  %-13s %s", sw_rdns_class_name(bit), words);
		if (1u << bit == SW_RDNS_UNKNOWN && facts->trouble)
			printf(" (%s)", trouble_words(facts->trouble));
		putchar('\n');
	}
}

static void print_text(const struct request *request, const struct sw_rdns *rdns)
{
	const struct sw_rdns_facts *facts = &request->facts;
	const char *name = rdns->name < facts->n ? facts->name[rdns->name].name : "";

	print_names(request);
	if (*name)
		printf("%s: %s\n", name,
		       rdns->classes & SW_RDNS_GENERIC ? "generic" : "not generic");
	print_classes(facts, rdns->classes);
	for (size_t i = 0; i < rdns->n; i++) {
		const struct sw_rdns_sign *sign = &rdns->sign[i];

		printf("  %+4d   %s", sign->points, sign->words);
		if (sign->to > sign->from)
			printf(" (\"%.*s\")", sign->to - sign->from, name + sign->from);
		putchar('\n');
	}
	if (*name && !(rdns->classes & SW_RDNS_NO_HOST))
		printf("  %4d   points; generic from %d on%s\n", rdns->points, SW_RDNS_GENERIC_AT,
		       rdns->classes & SW_RDNS_SERVER ? ", but not with a word for mail servers"
						      : "");
}

/* ---- the command ---- */

static int read_request(int argc, char **argv, struct request *ret)
{
	int first = read_options(argc, argv, ret);
	struct sw_rdns_facts *facts = &ret->facts;

	if (first < 0)
		return sw_usage("rdns");
	if (!parse_address(argv[first], &facts->source)) {
		if (!ret->ip)
			return ask(ret);
		sw_fail("--ip goes with a name, not with an address");
		return SW_EXIT_USAGE;
	}
	if (ret->server) {
		sw_fail("%s is not an address, and names are not asked for", argv[first]);
		return SW_EXIT_USAGE;
	}
	if (ret->ip && parse_address(ret->ip, &facts->source))
		return sw_fail("%s: not an IPv4 or IPv6 address", ret->ip);
	return take_name(argv[first], facts);
}

int sw_cmd_rdns(int argc, char **argv)
{
	struct request request = { .server = NULL };
	struct sw_suffix *suffix;
	struct sw_rdns rdns;
	struct sw_err err;
	int exit_code = read_request(argc, argv, &request);

	if (exit_code)
		return exit_code;
	if (sw_suffix_open(&suffix, &err))
		return sw_fail("%s", err.text);
	sw_rdns_classify(suffix, &request.facts, &rdns);
	(request.options.json ? print_json : print_text)(&request, &rdns);
	sw_suffix_close(suffix);
	return request.facts.state == SW_RDNS_FAILED ? SW_EXIT_FAILED : SW_EXIT_OK;
}
