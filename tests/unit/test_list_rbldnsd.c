/* SPDX-License-Identifier: GPL-2.0-only */
/* Zones of rbldnsd(8). */
#include "support/list_fixture.h"

static void test_ip4set_addresses(void **state)
{
	static const char *const cases[][2] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "127.0.0", "127.0.0.0/24" },
		{ "127.0", "127.0.0.0/16" },
		{ "127/8", "127.0.0.0/8" },
		{ "127/24", "127.0.0.0/24" },
		{ "0/0", "0.0.0.0/0" },
		{ "127-127.0.0", "127.0.0.0/24" },
		{ "127.0.0.0-127.0.0.255", "127.0.0.0/24" },
		{ "127.0.0.254-255", "127.0.0.254/31" },
		{ "127.16.0.0-127.31.255.255", "127.16.0.0/12" },
		{ "127.16.0-127.31.255", "127.16.0.0/12" },
		{ "127.16-127.31", "127.16.0.0/12" },
		{ "127.16-31", "127.16.0.0/12" },
		{ "127.16.0/12", "127.16.0.0/12" },
		{ "127.16/12", "127.16.0.0/12" },
		{ "127.16.0-31", "127.16.0.0/19" },
		{ "126-127", "126.0.0.0/7" },
		{ "127.0.0.1 text", "127.0.0.1" },
		{ "127.0.0.1:2:text", "127.0.0.1" },
		{ "127.0.0.1 :127.0.0.3:text", "127.0.0.1" },
		{ "127.0.0.1 :2", "127.0.0.1" },
		{ "127.0.0.1 ::text", "127.0.0.1" },
		{ "127/8;comment", "127.0.0.0/8" },
		{ "127/8 # comment", "127.0.0.0/8" },
		{ "\t127/8\t", "127.0.0.0/8" },
	};
	struct fixture *f = *state;

	f->spec.format = SW_LIST_RBLDNSD_IP4SET;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fixture_load(f, cases[i][0]);
		assert_accepted(f, cases[i][1]);
		assert_int_equal(f->counts.bad, 0);
	}
}

static void test_bad_lines(void **state)
{
	struct fixture *f = *state;

	f->spec.format = SW_LIST_RBLDNSD_IP4SET;
	fixture_load(f, "127.0.0.1\n"
			"127\n"
			"127.0.0.256\n"
			"127.0.0.1.2\n"
			"127.0.0.1-\n"
			"127.0.0.9-3\n"
			"127.0.0.1/24\n"
			"127.0.0.0/33\n"
			"127.0.00.0\n"
			"example.org\n"
			"127.0.0.1x\n"
			"127.0.0.1 :x:text\n"
			"127.0.0.1 :0:text\n"
			"127.0.0.1 :2text\n"
			":x:text\n"
			"$WHAT 1\n"
			"2001:db8::1\n"
			"!\n");
	assert_accepted(f, "127.0.0.1");
	assert_string_equal(
		f->notes,
		"2: \"127\": not an address\n"
		"3: \"127.0.0.256\": not an address\n"
		"4: \"127.0.0.1.2\": not an address\n"
		"5: \"127.0.0.1-\": not an address\n"
		"6: range ends before it starts\n"
		"7: \"127.0.0.1/24\" has bits set below its length; \"127.0.0.0/24\" was "
		"probably meant\n"
		"8: \"127.0.0.0/33\": prefix length out of range\n"
		"9: \"127.0.00.0\": leading zeros are ambiguous (octal or decimal?)\n"
		"10: \"example.org\": not an address\n"
		"11: \"127.0.0.1x\": not an address\n"
		"12: bad value behind the address: \"127.0.0.1 :x:text\"\n"
		"13: bad value behind the address: \"127.0.0.1 :0:text\"\n"
		"14: bad value behind the address: \"127.0.0.1 :2text\"\n"
		"15: \":x:text\": the default value needs an address, as in :127.0.0.2:text\n"
		"16: unknown \"$WHAT\"\n"
		"17: \"2001:db8::1\": not an address\n"
		"18: \"\": not an address\n");
}

static void test_texts(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "$SOA 1w ns.example admin.example 0 2h 2h 1w 1h\n"
			"$NS 1w ns.example\n"
			"$TTL 1h\n"
			"$TIMESTAMP 2001:01:01 2002:01:01\n"
			"#$5 not a variable of ours\n"
			";$TTL 5\n"
			"$1 see http://bl.example\n"
			"$1 ignored: the first one counts\n"
			"$2 for details\n"
			"10.0.0.1\n"
			":127.0.0.3:listed, $1/$ $2, $$5 $9.\n"
			"10.0.0.2\n"
			"10.0.0.3 only $\n"
			"10.0.0.4 :4:own\n"
			"10.0.0.5 # comment\n"
			":5:\n"
			"10.0.0.6\n");
	assert_accepted(f, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6");
	assert_int_equal(f->counts.format, SW_LIST_RBLDNSD_IP4SET);
	assert_string_equal(f->notes, "");
	assert_string_equal(fixture_find(f, "10.0.0.1"), "10: 10.0.0.1 \"10.0.0.1\"\n");
	assert_string_equal(fixture_find(f, "10.0.0.2"),
			    "12: 10.0.0.2 \"listed, see http://bl.example/10.0.0.2 for details, "
			    "$5 .\"\n");
	assert_string_equal(fixture_find(f, "10.0.0.3"), "13: 10.0.0.3 \"only 10.0.0.3\"\n");
	assert_string_equal(fixture_find(f, "10.0.0.4"), "14: 10.0.0.4 \"own\"\n");
	assert_string_equal(fixture_find(f, "10.0.0.5"),
			    "15: 10.0.0.5 \"listed, see http://bl.example/10.0.0.5 for details, "
			    "$5 .\"\n");
	assert_string_equal(fixture_find(f, "10.0.0.6"), "17: 10.0.0.6 \"10.0.0.6\"\n");
}

static void test_max_range(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "$MAXRANGE4 /24\n10.0.0.0/24\n10.0.1.0-10.0.2.0\n10/8\n"
			"$MAXRANGE4 65536\n" /* it cannot grow again */
			"11/16\n"
			"$MAXRANGE4 1\n"
			"12.0.0.0/31\n12.0.0.0\n"
			"$MAXRANGE4 many\n");
	assert_accepted(f, "10.0.0.0/24 12.0.0.0");
	assert_string_equal(f->notes,
			    "3: larger than $MAXRANGE4 allows (256 addresses)\n"
			    "4: larger than $MAXRANGE4 allows (256 addresses)\n"
			    "6: larger than $MAXRANGE4 allows (256 addresses)\n"
			    "8: larger than $MAXRANGE4 allows (1 addresses)\n"
			    "10: $MAXRANGE4 needs a number of addresses or a length, as in /24\n");
}

static void test_ip4trie(void **state)
{
	struct fixture *f = *state;

	f->spec.format = SW_LIST_RBLDNSD_IP4TRIE;
	fixture_load(f, "1.2.3.0/24 listed\n!1.2.3.4\n10.0.0.0/8\n!10.0.0.0/9\n10.1.0.0/16 x\n"
			"1.2.3.1-9\n");
	/* the longest prefix decides, whatever its length is; no ranges */
	assert_accepted(f, "1.2.3.0/24 !1.2.3.4 10.0.0.0/8 !10.0.0.0/9 10.1.0.0/16");
	assert_string_equal(f->notes, "6: \"1.2.3.1-9\": not an address\n");
}

static void test_ip6trie(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, ":127.0.1.2: Listed, see $\n"
			"2001:21ab:c000/36\n"
			"2001:21ab:def7:4242 :127.0.1.3: This one smells funny\n"
			"2605:6001:42::/52\n"
			"::1                   # localhost\n"
			"!2605:6001:42::bead   # exclusion\n"
			"2001:db8:0:0:1:2:3:4\n"
			"fe80/10\n"
			"2001\n"
			"2001:db8::1/32\n"
			"2001:db8/129\n"
			"10.0.0.1\n"
			"2001:db8:x\n");
	assert_accepted(f, "::1 2001:db8::1:2:3:4 2001:21ab:c000::/36 2001:21ab:def7:4242::/64 "
			   "2605:6001:42::/52 !2605:6001:42::bead fe80::/10");
	assert_int_equal(f->counts.format, SW_LIST_RBLDNSD_IP6TRIE);
	assert_string_equal(f->notes, "9: \"2001\": not an address\n"
				      "10: \"2001:db8::1/32\" has bits set below its length; "
				      "\"2001:db8::/32\" was probably meant\n"
				      "11: \"2001:db8/129\": prefix length out of range\n"
				      "12: \"10.0.0.1\": not an address\n"
				      "13: \"2001:db8:x\": not an address\n");
	assert_string_equal(fixture_find(f, "2001:21ab:c123::1"),
			    "2: 2001:21ab:c000::/36 \"Listed, see 2001:21ab:c123::1\"\n");
	assert_string_equal(fixture_find(f, "2001:21ab:def7:4242::1"),
			    "3: 2001:21ab:def7:4242::/64 \"This one smells funny\"\n");
}

static void test_combined(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "$NS 1w ns.example\n"
			"$DATASET ip4set proxies @\n"
			":2:Open proxy\n"
			"127.0.0.2\n"
			"$DATASET ip4trie:name multihop\n"
			"127.0.0.3\n"
			"$DATASET ip6trie @\n"
			"2001:db8\n"
			"$DATASET generic proxies @\n"
			"www A 127.0.0.8\n"
			"$DATASET ip4trie @ relays\n"
			"10/8\n"
			"10.0.0.1\n");
	assert_accepted(f, "10.0.0.0/8 10.0.0.1 127.0.0.2 2001:db8::/32");
	assert_string_equal(
		f->notes, "5: skipped: this dataset is for subzones, not for the zone itself (@)\n"
			  "9: skipped: a dataset of type generic holds no addresses\n");
	assert_int_equal(f->counts.bad, 0);
	/* a default value holds for its own part only */
	assert_string_equal(fixture_find(f, "127.0.0.2"), "4: 127.0.0.2 \"Open proxy\"\n");
	assert_string_equal(fixture_find(f, "10.0.0.1"), "12: 10.0.0.0/8 \"10/8\"\n"
							 "13: 10.0.0.1 \"10.0.0.1\"\n");
}

/* ---- ip4set against rbldnsd's own way of storing: hosts, /24s, /16s, /8s ---- */

#define SPACE_LEN 22 /* all entries are in 10.1.0.0/22, or contain it */
#define SPACE (1u << (32 - SPACE_LEN))

struct stored {
	uint8_t listed, excluded;
};

struct oracle {
	struct stored host[SPACE], net24[SPACE >> 8], net16, net8;
};

static void mark(struct stored *s, bool exclude)
{
	if (exclude)
		s->excluded = 1;
	else
		s->listed = 1;
}

static void oracle_add(struct oracle *o, uint32_t offset, unsigned len, bool exclude)
{
	if (len <= 8)
		mark(&o->net8, exclude);
	else if (len <= 16)
		mark(&o->net16, exclude);
	else if (len <= 24)
		for (uint32_t i = 0; i < SPACE >> 8; i++) {
			if (len <= SPACE_LEN || i >> (24 - len) == offset >> 8 >> (24 - len))
				mark(&o->net24[i], exclude);
		}
	else
		for (uint32_t i = 0; i < 1u << (32 - len); i++)
			mark(&o->host[offset + i], exclude);
}

static bool oracle_lists(const struct oracle *o, uint32_t offset)
{
	const struct stored *s[] = { &o->host[offset], &o->net24[offset >> 8], &o->net16,
				     &o->net8 };

	for (int i = 0; i < 4; i++) {
		if (s[i]->listed || s[i]->excluded)
			return !s[i]->excluded;
	}
	return false;
}

static void test_ip4set_like_rbldnsd(void **state)
{
	static const unsigned lengths[] = { 7, 8, 9, 15, 16, 17, 22, 23, 24, 25, 27, 30, 31, 32 };
	struct fixture *f = *state;
	static struct oracle o;

	f->spec.format = SW_LIST_RBLDNSD_IP4SET;
	srandom(5);
	for (int round = 0; round < 60; round++) {
		char text[4096] = "";

		memset(&o, 0, sizeof(o));
		for (int i = (int)(random() % 20); i >= 0; i--) {
			unsigned len = lengths[random() % 14];
			uint32_t offset = len > SPACE_LEN ? (uint32_t)random() % SPACE : 0;
			bool exclude = random() % 2;
			struct sw_prefix p = sw_prefix_ip4((10u << 24 | 1 << 16) + offset, len);
			char buf[SW_PREFIX_TEXT];

			oracle_add(&o, len > SPACE_LEN ? p.lo & (SPACE - 1) : 0, len, exclude);
			sprintf(text + strlen(text), "%s%s\n", exclude ? "!" : "",
				sw_prefix_format(&p, buf));
		}
		strcat(text, "172.16.0.1\n");
		fixture_load(f, text);
		assert_int_equal(f->code, 0);
		for (uint32_t offset = 0; offset < SPACE; offset++) {
			struct sw_prefix p = sw_prefix_ip4((10u << 24 | 1 << 16) + offset, 32);

			if (fixture_lists(f->list, &p) != oracle_lists(&o, offset))
				fail_msg("offset %u of\n%s%s", offset, text, fixture_entries(f));
		}
		for (int i = 0; i < 20; i++) { /* and so does a look-up in the file */
			uint32_t offset = (uint32_t)random() % SPACE;
			struct sw_prefix p = sw_prefix_ip4((10u << 24 | 1 << 16) + offset, 32);
			char buf[SW_PREFIX_TEXT];
			const char *found = fixture_find(f, sw_prefix_format(&p, buf));
			const char *last = strlen(found) ? found + strlen(found) - 1 : found;

			while (last > found && last[-1] != '\n')
				last--;
			last = strchr(last, ' ');
			assert_int_equal(last && last[1] != '!', oracle_lists(&o, offset));
		}
	}
}

/* ---- cases.tsv ---- */

static enum sw_list_format format_of(const char *name)
{
	enum sw_list_format format = SW_LIST_AUTO;
	char full[64];

	snprintf(full, sizeof(full), "rbldnsd-%s", name);
	assert_int_equal(sw_list_format_parse(full, &format), 0);
	return format;
}

/* Is @source listed by the zone of @f, with @words (NULL: any)? */
static void assert_answer(struct fixture *f, const char *source, bool listed, const char *words)
{
	struct sw_prefix p;

	assert_int_equal(f->code, 0);
	assert_int_equal(sw_addr_parse(source, &p), 0);
	if (fixture_lists(f->list, &p) != listed)
		fail_msg("%s in\n%s", source, fixture_entries(f));
	if (!listed || !words)
		return;
	fixture_find(f, source);
	f->text[strlen(f->text) - 2] = '\0'; /* quote and newline */
	assert_string_equal(strrchr(f->text, '"') + 1, words);
}

/* Rows of the shape: zone, address, "NXDOMAIN" or the text of the entry that wins. */
static void check_zone_row(struct fixture *f, char *zone, const char *source, const char *expected)
{
	char text[512], *out = text, *value;
	const char *words;

	for (const char *in = zone; *in; in++) {
		if (in[0] == '\\' && in[1] == 'n') {
			*out++ = '\n';
			in++;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	fixture_load(f, text);
	value = strstr(expected, "TXT \"");
	words = value ? value + 5 : strstr(zone, " wild") ? expected : NULL;
	if (value)
		*strrchr(value, '"') = '\0';
	assert_answer(f, source, strncmp(expected, "NXDOMAIN", 8) != 0, words);
}

/* "equivalent forms of P: a | b | c" */
static void check_forms_row(struct fixture *f, char *forms)
{
	char *prefix = forms + strlen("equivalent forms of "), *colon = strchr(prefix, ':');
	struct sw_prefix p, last;
	char buf[SW_PREFIX_TEXT], *save = NULL;

	*colon = '\0';
	assert_int_equal(sw_prefix_parse(prefix, strlen(prefix), &p), 0);
	last = sw_prefix_last(&p);
	for (char *form = strtok_r(colon + 1, "|", &save); form;
	     form = strtok_r(NULL, "|", &save)) {
		fixture_load(f, form);
		assert_accepted(f, prefix);
		assert_answer(f, sw_prefix_format(&last, buf), true, NULL);
		last.lo++;
		assert_answer(f, sw_prefix_format(&last, buf), false, NULL);
		last.lo--;
	}
}

static void test_cases_of_others(void **state)
{
	const char *data = getenv("SYNWARD_DATA");
	char path[512], line[1024], *save;
	struct fixture *f = *state;
	unsigned rows = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/rbldnsd/cases.tsv", data ? data : "../shared/data");
	in = fopen(path, "r");
	if (!in) {
		print_message("SKIP: %s is not there\n", path);
		skip();
	}
	assert_non_null(fgets(line, sizeof(line), in)); /* the names of the columns */
	while (fgets(line, sizeof(line), in)) {
		char *type = strtok_r(line, "\t", &save), *zone = strtok_r(NULL, "\t", &save);
		char *source = strtok_r(NULL, "\t", &save), *expected = strtok_r(NULL, "\t", &save);

		assert_non_null(expected);
		f->spec.format = format_of(type);
		if (!strncmp(zone, "equivalent forms of ", 20))
			check_forms_row(f, zone);
		else
			check_zone_row(f, zone, source, expected);
		rows++;
	}
	fclose(in);
	assert_int_equal(rows, 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ip4set_addresses, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_bad_lines, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_texts, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_max_range, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_ip4trie, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_ip6trie, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_combined, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_ip4set_like_rbldnsd, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_cases_of_others, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
