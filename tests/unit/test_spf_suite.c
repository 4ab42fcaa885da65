/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test suites of the SPF project, for RFC 7208 and for RFC 4408 before it: documents of
 * YAML, each a zone and what checks against it have to give. Every one of them is run twice,
 * with a DNS that answers at once and with one that answers later.
 *
 * Where a test has a list of results, any of them is right. An explanation of DEFAULT is one that
 * the checker would have of its own: ours is none.
 *
 * RFC 4408 left twelve results open that RFC 7208 decides: type SPF beside TXT (txtonly,
 * spfonly, spftimeout, txttimeout, nospftxttimeout, spfoverride, multitxt1, multispf2), errors in
 * exists (exists-dnserr), IPv4-mapped senders (cidr6-0-ip4, cidr6-ip4), and MX records beyond
 * ten (mx-limit). What it decides is one of what the older suite takes, so all of that passes
 * too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <yaml.h>

#include "dns/spf.h"
#include "support/script_dns.h"

struct suite {
	const char *file;
	yaml_document_t doc;
	struct script_dns *dns;
	unsigned documents, tests, failed;
};

struct outcome {
	unsigned calls;
	enum sw_spf_result result;
	char explanation[SW_SPF_EXPLANATION], why[SW_SPF_WORDS];
};

/* ---- YAML ---- */

static yaml_node_t *node(struct suite *s, int index)
{
	return yaml_document_get_node(&s->doc, index);
}

static const char *text(const yaml_node_t *n)
{
	assert_non_null(n);
	assert_int_equal(n->type, YAML_SCALAR_NODE);
	return (const char *)n->data.scalar.value;
}

/* The value of a key of a mapping; NULL: it is not there. */
static yaml_node_t *value(struct suite *s, const yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++)
		if (!strcmp(text(node(s, p->key)), key))
			return node(s, p->value);
	return NULL;
}

static const char *text_or(struct suite *s, const yaml_node_t *map, const char *key,
			   const char *other)
{
	yaml_node_t *n = value(s, map, key);

	return n ? text(n) : other;
}

/* ---- zones ---- */

/* A text, or a list of texts that are one; as a new string of *@n bytes. */
static char *join(struct suite *s, const yaml_node_t *v, size_t *n)
{
	char *ret = calloc(1, 70000);

	assert_non_null(ret);
	*n = 0;
	if (v->type == YAML_SCALAR_NODE) {
		*n = v->data.scalar.length;
		memcpy(ret, v->data.scalar.value, *n);
		return ret;
	}
	for (yaml_node_item_t *i = v->data.sequence.items.start; i < v->data.sequence.items.top;
	     i++) {
		const yaml_node_t *part = node(s, *i);

		memcpy(ret + *n, part->data.scalar.value, part->data.scalar.length);
		*n += part->data.scalar.length;
	}
	return ret;
}

static void add_txt(struct suite *s, const char *name, const yaml_node_t *v)
{
	size_t n;
	char *bytes = join(s, v, &n);

	script_dns_add_txt(s->dns, name, bytes, n, 60);
	free(bytes);
}

static void add_record(struct suite *s, const char *name, const char *type, const yaml_node_t *v)
{
	char line[1024];

	if (!strcmp(type, "MX"))
		snprintf(line, sizeof(line), "%s %s",
			 text(node(s, v->data.sequence.items.start[0])),
			 text(node(s, v->data.sequence.items.start[1])));
	else
		snprintf(line, sizeof(line), "%s", text(v));
	if (!strcmp(type, "A"))
		script_dns_add(s->dns, name, SW_DNS_A, line, 60);
	else if (!strcmp(type, "AAAA"))
		script_dns_add(s->dns, name, SW_DNS_AAAA, line, 60);
	else if (!strcmp(type, "MX"))
		script_dns_add(s->dns, name, SW_DNS_MX, line, 60);
	else if (!strcmp(type, "PTR"))
		script_dns_add(s->dns, name, SW_DNS_PTR, line, 60);
	else if (!strcmp(type, "CNAME"))
		script_dns_add_alias(s->dns, name, line, 60);
	else
		fail_msg("%s: a record of type %s", s->file, type);
}

/* What a name has, as the suites mean it: TIMEOUT is the answer for every type that has no
 * records, and type SPF (RFC 4408 3.1.1) stands for TXT where no TXT is given. */
struct has {
	bool txt, timeout;
	bool type[5];
};

static const char *const type_names[] = { "A", "AAAA", "PTR", "MX", "TXT" };
static const enum sw_dns_type type_numbers[] = { SW_DNS_A, SW_DNS_AAAA, SW_DNS_PTR, SW_DNS_MX,
						 SW_DNS_TXT };

static void see_item(struct suite *s, const yaml_node_t *item, struct has *has)
{
	const yaml_node_pair_t *p;
	const char *type;

	if (item->type == YAML_SCALAR_NODE) {
		assert_string_equal(text(item), "TIMEOUT");
		has->timeout = true;
		return;
	}
	p = item->data.mapping.pairs.start;
	type = text(node(s, p->key));
	if (!strcmp(type, "TXT"))
		has->txt = true;
}

static bool is_none(const yaml_node_t *v)
{
	return v->type == YAML_SCALAR_NODE && !strcmp(text(v), "NONE");
}

static void add_item(struct suite *s, const char *name, const yaml_node_t *item, struct has *has)
{
	const yaml_node_pair_t *p;
	const yaml_node_t *v;
	const char *type;

	if (item->type == YAML_SCALAR_NODE)
		return;
	p = item->data.mapping.pairs.start;
	type = text(node(s, p->key));
	v = node(s, p->value);
	if (is_none(v) || (!strcmp(type, "SPF") && has->txt))
		return;
	if (!strcmp(type, "SPF"))
		type = "TXT";
	for (size_t i = 0; i < 5; i++)
		has->type[i] |= !strcmp(type, type_names[i]);
	if (!strcmp(type, "TXT"))
		add_txt(s, name, v);
	else
		add_record(s, name, type, v);
}

static void add_name(struct suite *s, const char *name, const yaml_node_t *items)
{
	struct has has = { .txt = false };
	yaml_node_item_t *i;

	for (i = items->data.sequence.items.start; i < items->data.sequence.items.top; i++)
		see_item(s, node(s, *i), &has);
	for (i = items->data.sequence.items.start; i < items->data.sequence.items.top; i++)
		add_item(s, name, node(s, *i), &has);
	for (size_t k = 0; has.timeout && k < 5; k++)
		if (!has.type[k])
			script_dns_trouble(s->dns, name, type_numbers[k], SW_DNS_TIMEOUT);
}

static void add_zone(struct suite *s, const yaml_node_t *zone)
{
	for (yaml_node_pair_t *p = zone->data.mapping.pairs.start; p < zone->data.mapping.pairs.top;
	     p++)
		add_name(s, text(node(s, p->key)), node(s, p->value));
}

/* ---- tests ---- */

static void take(void *ctx, const struct sw_spf_answer *answer)
{
	struct outcome *o = ctx;

	o->calls++;
	o->result = answer->result;
	snprintf(o->explanation, sizeof(o->explanation), "%s", answer->explanation);
	snprintf(o->why, sizeof(o->why), "%s", answer->why);
	assert_true(answer->terms <= SW_SPF_TERMS && answer->voids <= SW_SPF_VOIDS);
}

static void run(struct suite *s, const yaml_node_t *test, bool later, struct outcome *ret)
{
	struct sw_spf_question q = { .sender = text_or(s, test, "mailfrom", ""),
				     .helo = text_or(s, test, "helo", "") };
	struct sw_spf *spf;

	*ret = (struct outcome){ .calls = 0 };
	assert_int_equal(sw_addr_parse(text_or(s, test, "host", ""), &q.ip), 0);
	script_dns_hold(s->dns, later);
	assert_int_equal(sw_spf_open(&q, script_dns_dns(s->dns), &spf), 0);
	sw_spf_start(spf, take, ret);
	script_dns_run(s->dns);
	assert_int_equal(ret->calls, 1);
	sw_spf_free(spf);
}

static bool is_right(struct suite *s, const yaml_node_t *want, const char *result)
{
	if (want->type == YAML_SCALAR_NODE)
		return !strcasecmp(text(want), result);
	for (yaml_node_item_t *i = want->data.sequence.items.start;
	     i < want->data.sequence.items.top; i++)
		if (!strcasecmp(text(node(s, *i)), result))
			return true;
	return false;
}

static void check(struct suite *s, const char *name, const yaml_node_t *test)
{
	const yaml_node_t *want = value(s, test, "result");
	const char *words = text_or(s, test, "explanation", NULL);
	struct outcome o;

	assert_non_null(want);
	if (words && !strcmp(words, "DEFAULT"))
		words = "";
	s->tests++;
	for (int later = 0; later < 2; later++) {
		const char *result;

		run(s, test, later, &o);
		result = sw_spf_result_name(o.result);
		if (is_right(s, want, result) && (!words || !strcmp(words, o.explanation)))
			continue;
		print_message("%s: %s%s: is %s (%s), explanation \"%s\"\n", s->file, name,
			      later ? " (later)" : "", result, o.why, o.explanation);
		s->failed++;
	}
}

static void run_document(struct suite *s)
{
	const yaml_node_t *root = yaml_document_get_root_node(&s->doc);
	const yaml_node_t *tests = value(s, root, "tests"), *zone = value(s, root, "zonedata");

	assert_non_null(tests);
	assert_non_null(zone);
	s->documents++;
	s->dns = script_dns_open();
	add_zone(s, zone);
	for (yaml_node_pair_t *p = tests->data.mapping.pairs.start;
	     p < tests->data.mapping.pairs.top; p++)
		check(s, text(node(s, p->key)), node(s, p->value));
	s->dns = script_dns_close(s->dns);
}

static FILE *open_data(const char *file)
{
	const char *data = getenv("SYNWARD_DATA");
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/spf/%s", data ? data : "../shared/data", file);
	in = fopen(path, "r");
	if (!in) {
		print_message("SKIP: %s is not there\n", path);
		skip();
	}
	return in;
}

static void run_suite(struct suite *s)
{
	FILE *in = open_data(s->file);
	yaml_parser_t parser;
	bool more = true;

	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, in);
	while (more) {
		if (!yaml_parser_load(&parser, &s->doc))
			fail_msg("%s:%zu: %s", s->file, parser.problem_mark.line + 1,
				 parser.problem);
		more = yaml_document_get_root_node(&s->doc);
		if (more)
			run_document(s);
		yaml_document_delete(&s->doc);
	}
	yaml_parser_delete(&parser);
	fclose(in);
	print_message("%s: %u scenarios, %u tests, %u runs failed\n", s->file, s->documents,
		      s->tests, s->failed);
	assert_int_equal(s->failed, 0);
}

static void all_of_rfc7208(void **state)
{
	struct suite s = { .file = "rfc7208-tests.yml" };

	run_suite(&s);
	assert_int_equal(s.documents, 16);
	assert_int_equal(s.tests, 203);
}

static void all_of_rfc4408(void **state)
{
	struct suite s = { .file = "rfc4408-tests.yml" };

	run_suite(&s);
	assert_int_equal(s.documents, 15);
	assert_int_equal(s.tests, 191);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_rfc7208),
		cmocka_unit_test(all_of_rfc4408),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
