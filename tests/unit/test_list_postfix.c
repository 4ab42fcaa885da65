/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of cidr_table(5), against Postfix's own test cases and a naive evaluator. */
#include "support/list_fixture.h"

#include "lists/reader.h"

static void test_block_list(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "# comment\n"
			"192.0.2.1\tpermit\n"
			"192.0.2.2 OK\n"
			"192.0.2.3 dunno\n"
			"192.0.2.4 HOLD for a look\n"
			"192.0.2.5 whatever\n"
			"192.0.2.6 12345\n"
			"192.0.2.0/24 REJECT go away\n"
			"192.0.2.7 permit\n" /* too late */
			"192.0.2.7 reject\n" /* too late */
			"\n"
			"[198.51.100.0]/30 550 5.7.1 no,\n"
			"   # a comment between\n"
			"\n"
			"   not you\n"
			"[198.51.100.8/30] 450 later\n"
			"198.51.100.16 defer_if_permit x\n"
			"198.51.100.17 4500 x\n"
			"2001:db8::/32 554\n"
			"2001:db8:1::/48 permit\n"); /* too late */
	assert_accepted(f, "192.0.2.0/24 !192.0.2.1 !192.0.2.2 !192.0.2.3 !192.0.2.4 !192.0.2.5 "
			   "!192.0.2.6 198.51.100.0/30 198.51.100.8/30 198.51.100.16 "
			   "!198.51.100.17 2001:db8::/32");
	assert_int_equal(f->counts.format, SW_LIST_POSTFIX_CIDR);
	assert_string_equal(f->notes, "");
	assert_int_equal(f->counts.entries, 15);
	assert_int_equal(f->counts.exclusions, 9);
	assert_int_equal(f->counts.duplicates, 0);
	assert_string_equal(fixture_find(f, "192.0.2.7"), "8: 192.0.2.0/24 \"REJECT go away\"\n");
	assert_string_equal(fixture_find(f, "192.0.2.5"), "8: 192.0.2.0/24 \"REJECT go away\"\n"
							  "6: !192.0.2.5 \"whatever\"\n");
	assert_string_equal(fixture_find(f, "198.51.100.1"),
			    "12: 198.51.100.0/30 \"550 5.7.1 no, not you\"\n");
	assert_string_equal(fixture_find(f, "2001:db8:1::1"), "19: 2001:db8::/32 \"554\"\n");
}

static void test_allow_list(void **state)
{
	struct fixture *f = *state;

	f->spec.sense = SW_LIST_ALLOWS;
	fixture_load(f, "192.0.2.1 reject\n"
			"192.0.2.0/24 permit\n"
			"192.0.2.0/24 permit\n"
			"192.0.2.0/24 reject\n" /* never reached */
			"2001:db8:1::/48 dunno\n"
			"2001:db8::/32 OK\n");
	assert_accepted(f, "192.0.2.0/24 !192.0.2.1 2001:db8::/32 !2001:db8:1::/48");
	assert_int_equal(f->counts.duplicates, 1);
}

static void test_nothing_listed(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "192.0.2.0/24 permit\n");
	assert_refused(f, -ENODATA, "no line rejects; is it an allow list (action allow)?");
	f->spec.sense = SW_LIST_ALLOWS;
	fixture_load(f, "192.0.2.0/24 reject\n");
	assert_refused(f, -ENODATA, "no line permits; is it a block list?");
}

static void test_conditions(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "if 192.0.2.0/24\n"
			"192.0.2.9 reject\n"
			"192.0.3.9 reject\n" /* cannot match */
			"192.0.0.0/16 permit\n" /* becomes the /24 */
			"endif\n"
			"IF !198.51.100.0/25\n"
			"198.51.100.0/24 reject\n" /* becomes the other /25 */
			"198.51.100.1 reject\n" /* cannot match */
			"if! 198.51.100.192/26\n"
			"198.51.100.0/24 permit\n" /* too late */
			"2001:db8::1 reject\n" /* of another family than the condition */
			"endif\n"
			"EndIf\n"
			"! 128.0.0.0/1 reject\n"
			"!!203.0.113.0/24 reject\n");
	assert_accepted(f, "0.0.0.0/1 !192.0.2.0/24 192.0.2.9 198.51.100.128/25 203.0.113.0/24");
	assert_string_equal(f->notes, "");
}

static void test_bad_lines(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "  192.0.2.1 reject\n"
			"192.0.2.1 reject\n"
			"192.0.2.2\n"
			"192.0.2.3/24 reject\n"
			"192.0.2.0/33 reject\n"
			"[192.0.2.1 reject\n"
			"[192.0.2.1]x reject\n"
			"[] reject\n"
			"192.0.2.1-192.0.2.9 reject\n"
			"if\n"
			"!\n"
			"endif\n"
			"if 10.0.0.0/8 reject\n"
			"endif\n"
			"if 10.0.0.0/8\n"
			"if 10.0.0.0/9\n");
	assert_accepted(f, "192.0.2.1");
	assert_string_equal(
		f->notes,
		"1: an indented line continues the one before it, but there is none\n"
		"3: no action behind the address\n"
		"4: \"192.0.2.3/24\" has bits set below its length; \"192.0.2.0/24\" was "
		"probably meant\n"
		"5: \"192.0.2.0/33\": prefix length out of range\n"
		"6: \"[192.0.2.1\" lacks a \"]\"\n"
		"7: garbage behind the \"]\" in \"[192.0.2.1]x\"\n"
		"8: \"\": not an address\n"
		"9: \"192.0.2.1-192.0.2.9\": not an address\n"
		"10: no address pattern\n"
		"11: no address pattern\n"
		"12: \"endif\" without \"if\"\n"
		"13: text behind the pattern of \"if\": \"reject\" (an indented line continues the "
		"one before it)\n"
		"16: \"if\" without \"endif\"\n"
		"15: \"if\" without \"endif\"\n");
}

static void test_too_many_conditions(void **state)
{
	struct fixture *f = *state;

	f->text[0] = '\0';
	for (int i = 0; i < 20; i++)
		strcat(f->text, "if 10.0.0.0/8\n");
	strcat(f->text, "10.0.0.1 reject\n");
	for (int i = 0; i < 4; i++)
		strcat(f->text, "endif\n");
	strcat(f->text, "10.0.0.2 reject\n");
	for (int i = 0; i < 16; i++)
		strcat(f->text, "endif\n");
	strcat(f->text, "11.0.0.1 reject\n");
	fixture_load(f, f->text);
	assert_accepted(f, "10.0.0.2 11.0.0.1");
	assert_int_equal(f->counts.bad, 4);
	assert_non_null(strstr(f->notes, "17: more than 16 conditions inside of one another\n"));
}

static void test_long_logical_line(void **state)
{
	struct fixture *f = *state;
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	fputs("192.0.2.1 reject\n192.0.2.2 reject\n", out);
	for (int i = 0; i < 3000; i++)
		fputs(" and on and on it goes\n", out);
	fputs("192.0.2.3 reject\n", out);
	fclose(out);
	fixture_read(f);
	assert_accepted(f, "192.0.2.1 192.0.2.3");
	assert_string_equal(f->notes, "2: line is longer than 65536 bytes\n");
}

/* ---- Postfix's own cases ---- */

struct rule {
	struct sw_prefix prefix;
	char result[80];
};

/* What the reader says, in its order, below the meaning of the actions. */
struct rules {
	struct rule rule[400];
	size_t n;
	unsigned long bad[64];
	size_t bad_n;
};

static int take_rule(void *ctx, const struct sw_item *item)
{
	struct rules *rules = ctx;
	struct rule *rule = &rules->rule[rules->n++];

	assert_true(rules->n <= 400);
	rule->prefix = item->prefix;
	snprintf(rule->result, sizeof(rule->result), "%.*s", (int)item->text_n, item->text);
	return 0;
}

static void take_bad(void *ctx, enum sw_list_note kind, unsigned long line, const char *text)
{
	struct rules *rules = ctx;

	assert_true(rules->bad_n < 64);
	rules->bad[rules->bad_n++] = line;
}

static const char *look_up(const struct rules *rules, const char *source)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(source, &p), 0);
	for (size_t i = 0; i < rules->n; i++) {
		if (sw_prefix_contains(&rules->rule[i].prefix, &p))
			return rules->rule[i].result;
	}
	return NULL;
}

static bool is_bad(const struct rules *rules, unsigned long line)
{
	for (size_t i = 0; i < rules->bad_n; i++) {
		if (rules->bad[i] == line)
			return true;
	}
	return false;
}

/* The .ref file: "... line N: words", and "source=result" or "source: not found". */
static void check_reference(const struct rules *rules, const char *path, size_t *answers)
{
	char line[512], *p;
	size_t warnings = 0;
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		p = strstr(line, ", line ");
		if (strstr(line, "warning:") && p) {
			if (!is_bad(rules, strtoul(p + 7, NULL, 10)))
				fail_msg("not found to be bad: %s", line);
			warnings++;
		} else if (line[0] >= '0' && line[0] <= '9' && strchr(line, '=')) {
			p = strchr(line, '=');
			*p = '\0';
			assert_non_null(look_up(rules, line));
			assert_string_equal(look_up(rules, line), p + 1);
			++*answers;
		} else if ((p = strstr(line, ": not found"))) {
			*p = '\0';
			assert_null(look_up(rules, line));
			++*answers;
		} else if (line[0] == ':' && (p = strchr(line, '='))) {
			*p = '\0';
			assert_string_equal(look_up(rules, line), p + 1);
			++*answers;
		}
	}
	fclose(in);
	assert_int_equal(warnings, rules->bad_n);
}

static void check_table(const char *name, size_t bad, size_t answers)
{
	const char *data = getenv("SYNWARD_DATA");
	static struct rules rules;
	struct sw_reader reader = {
		.wants_text = true, .take = take_rule, .tell = take_bad, .ctx = &rules
	};
	char path[512];
	size_t n = 0;

	memset(&rules, 0, sizeof(rules));
	snprintf(path, sizeof(path), "%s/lists/postfix-cidr/%s.map", data ? data : "../shared/data",
		 name);
	if (access(path, R_OK)) {
		print_message("SKIP: %s is not there\n", path);
		skip();
	}
	assert_int_equal(sw_scan(&reader, path, SW_LIST_POSTFIX_CIDR, NULL), 0);
	strcpy(strrchr(path, '.'), ".ref");
	check_reference(&rules, path, &n);
	assert_int_equal(rules.bad_n, bad);
	assert_int_equal(n, answers);
}

static void test_cases_of_postfix(void **state)
{
	check_table("dict_cidr", 16, 23);
}

static void test_missing_endif_of_postfix(void **state)
{
	check_table("miss_endif_cidr", 1, 1);
}

/* ---- random tables against an evaluator that does as Postfix does ---- */

struct line {
	enum { RULE, IF, ENDIF } kind;
	struct sw_prefix prefix;
	bool negated;
	bool reject;
};

static bool matches(const struct line *line, const struct sw_prefix *p)
{
	return line->prefix.family == p->family &&
	       sw_prefix_contains(&line->prefix, p) != line->negated;
}

static bool rejected(const struct line *lines, size_t n, const struct sw_prefix *p)
{
	for (size_t i = 0; i < n; i++) {
		if (lines[i].kind == RULE && matches(&lines[i], p))
			return lines[i].reject;
		if (lines[i].kind == IF && !matches(&lines[i], p)) {
			for (int depth = 1; depth && ++i < n;)
				depth += lines[i].kind == IF ? 1 : lines[i].kind == ENDIF ? -1 : 0;
		}
	}
	return false;
}

static struct sw_prefix random_prefix(void)
{
	unsigned shorter = (unsigned)random() % 8;

	if (random() % 2)
		return sw_prefix_ip4(10u << 24 | (random() & 63), 32 - shorter);
	return sw_prefix_ip6(0x20010db800000000, random() & 63, 128 - shorter);
}

static size_t random_table(struct line *lines, size_t max, char *text)
{
	size_t n = 0, depth = 0;

	while (n + depth < max) {
		struct line *line = &lines[n++];
		char buf[SW_PREFIX_TEXT];

		*line = (struct line){ .kind = random() % 4 ? RULE : IF,
				       .prefix = random_prefix(),
				       .negated = random() % 4 == 0,
				       .reject = random() % 2 };
		if (depth && random() % 5 == 0)
			line->kind = ENDIF;
		if (line->kind == IF && depth > 10)
			line->kind = RULE;
		depth += line->kind == IF ? 1 : line->kind == ENDIF ? -1 : 0;
		sw_prefix_format(&line->prefix, buf);
		if (line->kind == ENDIF)
			text += sprintf(text, "endif\n");
		else
			text += sprintf(text, "%s%s%s%s\n", line->kind == IF ? "if " : "",
					line->negated ? "!" : "", buf,
					line->kind == IF ? ""
					: line->reject	 ? " reject"
							 : " permit");
	}
	for (; depth; depth--) {
		lines[n++].kind = ENDIF;
		text += sprintf(text, "endif\n");
	}
	return n;
}

static void test_first_match_is_kept(void **state)
{
	struct fixture *f = *state;

	srandom(6);
	f->spec.format = SW_LIST_POSTFIX_CIDR;
	for (int round = 0; round < 500; round++) {
		static const char last[] = "192.0.2.1 reject\n";
		struct line lines[60];
		char text[4096];
		size_t n = random_table(lines, (size_t)random() % 40, text);

		if (!n)
			text[0] = '\0';
		strcat(text, last);
		fixture_load(f, text);
		assert_int_equal(f->code, 0);
		assert_int_equal(f->counts.bad, 0);
		for (unsigned host = 0; host < 256; host++) {
			struct sw_prefix p =
				host & 1 ? sw_prefix_ip4(10u << 24 | host >> 1, 32)
					 : sw_prefix_ip6(0x20010db800000000, host >> 1, 128);

			if (fixture_lists(f->list, &p) != rejected(lines, n, &p))
				fail_msg("host %u of\n%s\n%s", host >> 1, text, fixture_entries(f));
		}
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_block_list),
		TEST(test_allow_list),
		TEST(test_nothing_listed),
		TEST(test_conditions),
		TEST(test_bad_lines),
		TEST(test_too_many_conditions),
		TEST(test_long_logical_line),
		TEST(test_cases_of_postfix),
		TEST(test_missing_endif_of_postfix),
		TEST(test_first_match_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
