/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to DNS lists, and what their answers say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dnsbl.h"
#include "support/random.h"

static struct sw_sites *sites_of(const char *text, const char *dialup)
{
	struct sw_sites *sites = NULL;
	struct sw_err err;

	if (sw_sites_parse(text, strlen(text), NULL, &sites, &err) ||
	    sw_sites_mark_dialup(sites, dialup, strlen(dialup), NULL, &err))
		fail_msg("%s: %s", text, err.text);
	return sites;
}

/* ---- questions ---- */

static void test_questions(void **state)
{
	static const struct {
		const char *source, *name;
	} cases[] = {
		{ "192.0.2.99", "99.2.0.192.bad.example.com" }, /* RFC 5782 2.1 */
		{ "127.0.0.2", "2.0.0.127.bad.example.com" },
		{ "255.255.255.255", "255.255.255.255.bad.example.com" },
		{ "10.0.0.0/24", "0.0.0.10.bad.example.com" },
		{ "2001:db8:1:2:3:4:567:89ab", /* RFC 5782 2.4 */
		  "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bad.example."
		  "com" },
		{ "2001:db8:1:2::/64", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1."
				       "0.0.2.bad.example.com" },
		{ "::ffff:7f00:2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
				   "0.bad.example.com" },
	};
	struct sw_sites *sites = sites_of("bad.example.com", "");
	char name[SW_DNS_NAME];
	struct sw_prefix p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sw_prefix_parse(cases[i].source, strlen(cases[i].source), &p), 0);
		assert_string_equal(sw_dnsbl_question(&sites->site[0], &p, name), cases[i].name);
	}
	sw_sites_free(sites);
}

/* The longest domain that is taken leaves room for the longest source. */
static void test_longest_question(void **state)
{
	struct sw_prefix p = sw_prefix_ip6(~0ull, ~0ull, 128);
	char text[SW_DNS_NAME], name[SW_DNS_NAME];
	struct sw_sites *sites;

	memset(text, 'a', sizeof(text));
	for (size_t i = 1; i < 188; i += 2)
		text[i] = i % 20 == 19 ? '.' : '-';
	text[187] = 'z';
	for (size_t i = 1; i < 187; i++)
		if (text[i + 1] == '.' || text[i - 1] == '.')
			text[i] = text[i] == '-' ? 'b' : text[i];
	text[188] = '\0';
	sites = sites_of(text, "");
	assert_int_equal(strlen(sites->site[0].domain), 188);
	assert_int_equal(strlen(sw_dnsbl_question(&sites->site[0], &p, name)), 252);
	sw_sites_free(sites);
}

/* ---- answers ---- */

struct answer {
	struct sw_dns_record record[64];
	struct sw_dns_answer answer;
};

/* "127.0.0.2 127.0.0.4"; "": NXDOMAIN; "-": NODATA; "?": time-out. */
static struct sw_dns_answer *answer_of(struct answer *a, const char *text)
{
	unsigned octet[4];
	int n;

	memset(a, 0, sizeof(*a));
	a->answer = (struct sw_dns_answer){ .ttl = 300, .record = a->record };
	if (!*text || *text == '-') {
		a->answer.status = *text ? SW_DNS_NODATA : SW_DNS_NXDOMAIN;
		return &a->answer;
	}
	if (*text == '?') {
		a->answer = (struct sw_dns_answer){ .status = SW_DNS_TEMPFAIL,
						    .trouble = SW_DNS_TIMEOUT };
		return &a->answer;
	}
	while (sscanf(text, "%u.%u.%u.%u%n", &octet[0], &octet[1], &octet[2], &octet[3], &n) == 4) {
		for (unsigned i = 0; i < 4; i++)
			a->record[a->answer.n].a[i] = (uint8_t)octet[i];
		a->answer.n++;
		text += n;
	}
	return &a->answer;
}

static const char *const said_names[] = { "unknown", "clean", "listed", "trouble" };

static void test_answers(void **state)
{
	static const struct {
		const char *sites, *dialup, *answer, *said;
		int score;
		uint32_t matched, dialup_bits;
	} cases[] = {
		{ "a.b", "", "", "clean", 0, 0, 0 },
		{ "a.b", "", "-", "clean", 0, 0, 0 },
		{ "a.b", "", "?", "unknown", 0, 0, 0 },
		{ "a.b*3", "", "127.0.0.2", "listed", 3, 1, 0 },
		{ "a.b*-3", "", "127.0.0.2", "listed", -3, 1, 0 },
		/* once, whatever number of records */
		{ "a.b*3", "", "127.0.0.2 127.0.0.3 127.0.0.4", "listed", 3, 1, 0 },
		{ "a.b=127.0.0.[2..4]*3", "", "127.0.0.2 127.0.0.3", "listed", 3, 1, 0 },
		/* each filter that matches adds its own */
		{ "a.b=127.0.0.2*3 a.b=127.0.0.3*2", "", "127.0.0.2 127.0.0.3", "listed", 5, 3, 0 },
		{ "a.b=127.0.0.2*3 a.b=127.0.0.3*2", "", "127.0.0.3", "listed", 2, 2, 0 },
		{ "a.b*3 a.b*3", "", "127.0.0.2", "listed", 6, 3, 0 },
		{ "a.b=127.0.0.2*3 a.b*1 a.b=127.0.0.9*-2", "", "127.0.0.9 127.0.0.2", "listed", 2,
		  7, 0 },
		/* listed, and nobody asked for that */
		{ "a.b=127.0.0.2", "", "127.0.0.3", "listed", 0, 0, 0 },
		/* what never counts */
		{ "a.b", "", "127.255.255.254", "trouble", 0, 0, 0 },
		{ "a.b", "", "127.255.255.0", "trouble", 0, 0, 0 },
		{ "a.b=127.255.255.254*9", "", "127.255.255.254", "trouble", 0, 0, 0 },
		{ "a.b=127.[0..255].[0..255].[0..255]*9", "", "127.255.255.255", "trouble", 0, 0,
		  0 },
		{ "a.b", "", "128.0.0.2", "trouble", 0, 0, 0 },
		{ "a.b=192.0.2.1", "", "192.0.2.1", "trouble", 0, 0, 0 },
		{ "a.b", "", "0.0.0.0", "trouble", 0, 0, 0 },
		{ "a.b", "", "126.255.255.255", "trouble", 0, 0, 0 },
		/* next to it, what does */
		{ "a.b", "", "127.255.254.255", "listed", 1, 1, 0 },
		{ "a.b", "", "127.0.0.0", "listed", 1, 1, 0 },
		{ "a.b*2", "", "127.255.255.254 127.0.0.2", "listed", 2, 1, 0 },
		{ "a.b*2", "", "93.184.216.34 127.0.0.2", "listed", 2, 1, 0 },
		/* a zone's own refusal */
		{ "list.dnswl.org*-5", "", "127.0.0.255", "trouble", 0, 0, 0 },
		{ "list.dnswl.org*-5", "", "127.0.5.2", "listed", -5, 1, 0 },
		{ "other.dnswl.org*-5", "", "127.0.0.255", "listed", -5, 1, 0 },
		/* dialup: only if all that the filter matches is */
		{ "a.b*2", "a.b=127.0.0.[10;11]", "127.0.0.10", "listed", 2, 1, 1 },
		{ "a.b*2", "a.b=127.0.0.[10;11]", "127.0.0.10 127.0.0.11", "listed", 2, 1, 1 },
		{ "a.b*2", "a.b=127.0.0.[10;11]", "127.0.0.10 127.0.0.2", "listed", 2, 1, 0 },
		{ "a.b=127.0.0.2*3 a.b=127.0.0.10*2", "a.b=127.0.0.10", "127.0.0.10 127.0.0.2",
		  "listed", 5, 3, 2 },
		{ "a.b*2", "a.b", "127.0.0.2", "listed", 2, 1, 1 },
	};
	struct answer a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_sites *sites = sites_of(cases[i].sites, cases[i].dialup);
		struct sw_dnsbl_reading r;

		sw_dnsbl_read(&sites->site[0], answer_of(&a, cases[i].answer), &r);
		if (strcmp(said_names[r.said], cases[i].said) != 0 || r.score != cases[i].score ||
		    r.matched != cases[i].matched || r.dialup != cases[i].dialup_bits)
			fail_msg("%s of %s: %s, score %d, matched %x, dialup %x", cases[i].answer,
				 cases[i].sites, said_names[r.said], r.score, r.matched, r.dialup);
		sw_sites_free(sites);
	}
}

static void test_codes(void **state)
{
	struct sw_sites *sites = sites_of("a.b a.b=127.0.0.[3;4]", "");
	struct sw_dnsbl_reading r;
	struct answer a;
	char text[400];

	sw_dnsbl_read(
		&sites->site[0],
		answer_of(&a, "127.0.0.4 127.0.0.2 127.0.0.4 127.0.0.3 8.8.8.8 127.255.255.252"),
		&r);
	assert_int_equal(r.codes, 3);
	assert_int_equal(r.strays, 1);
	assert_int_equal(r.refusals, 1);
	assert_int_equal(r.stray, 0x08080808);
	assert_int_equal(r.refusal, 0x7ffffffc);
	assert_int_equal(r.ttl, 300);
	sw_dnsbl_codes(&sites->site[0], &r, 0, text, sizeof(text));
	assert_string_equal(text, "127.0.0.2, 127.0.0.3, 127.0.0.4");
	sw_dnsbl_codes(&sites->site[0], &r, 1, text, sizeof(text));
	assert_string_equal(text, "127.0.0.3, 127.0.0.4");
	assert_int_equal(sw_dnsbl_codes(&sites->site[0], &r, 1, text, 10), 20);
	assert_string_equal(text, "127.0.0.3");
	sw_sites_free(sites);
}

/* Any number of records in any order: the least codes are kept, and all of them match. */
static void test_many_records(void **state)
{
	struct sw_sites *sites = sites_of("a.b=127.0.0.250", "");
	struct sw_dns_record *record = calloc(65535, sizeof(*record));
	struct sw_dns_answer answer = { .status = SW_DNS_OK, .record = record, .n = 65535 };
	struct sw_dnsbl_reading r;
	uint64_t seed = 3;

	for (unsigned i = 0; i < 65535; i++)
		memcpy(record[i].a, (uint8_t[]){ 127, 0, 0, (uint8_t)(sw_random(&seed) % 251) }, 4);
	sw_dnsbl_read(&sites->site[0], &answer, &r);
	assert_int_equal(r.codes, SW_DNSBL_CODES);
	for (unsigned i = 0; i < r.codes; i++)
		assert_int_equal(r.code[i], 0x7f000000 + i);
	assert_int_equal(r.matched, 1);
	free(record);
	sw_sites_free(sites);
}

/* ---- texts ---- */

static const char *text_of(const struct sw_site *site, const char *const *texts, size_t n,
			   char out[SW_DNSBL_TEXT])
{
	struct sw_dns_record record[8];
	struct sw_dns_answer answer = { .status = SW_DNS_OK, .record = record, .n = n };

	for (size_t i = 0; i < n; i++) {
		record[i].txt.bytes = texts[i];
		record[i].txt.n = strlen(texts[i]);
	}
	return sw_dnsbl_text(site, &answer, out);
}

static void test_texts(void **state)
{
	static const struct {
		const char *text[3], *want;
	} cases[] = {
		{ { "https://example/?ip=192.0.2.1" }, "https://example/?ip=192.0.2.1" },
		{ { "one", "two" }, "one | two" },
		{ {
			  "  one \t\r\n two  ",
			  "",
			  " ",
		  },
		  "one two" },
		{ { "\x1b[2Jgone\x07", "b\xc3\xa4r" }, "?[2Jgone? | b??r" },
		{ { "%s%n", "\"'<b>" }, "%s%n | \"'<b>" },
		{ { "" }, "" },
	};
	struct sw_sites *sites = sites_of("a.b", "");
	char out[SW_DNSBL_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = 0;

		while (n < 3 && cases[i].text[n])
			n++;
		assert_string_equal(text_of(&sites->site[0], cases[i].text, n, out), cases[i].want);
	}
	sw_sites_free(sites);
}

/* A list may say our key back to us, at any place, in one piece or where the text is cut. */
static void test_texts_have_no_key(void **state)
{
	static const char key[] = "abcdefghij0123456789klmnop";
	char site[80], text[1024], out[SW_DNSBL_TEXT];
	struct sw_sites *sites;

	snprintf(site, sizeof(site), "%s.zen.dq.spamhaus.net", key);
	sites = sites_of(site, "");
	for (size_t before = 0; before < 300; before++) {
		const char *texts[] = { text };

		memset(text, 'x', before);
		text[before] = '\0';
		for (unsigned i = 0; i < 1 + before % 12; i++)
			strcat(text, key);
		text_of(&sites->site[0], texts, 1, out);
		assert_true(strlen(out) < SW_DNSBL_TEXT);
		assert_null(strstr(out, "abcdefgh"));
	}
	sw_sites_free(sites);
}

/* Binary, huge, many: what comes out is short and printable. */
static void test_any_text(void **state)
{
	struct sw_sites *sites = sites_of("a.b", "");
	uint64_t seed = 5;

	for (unsigned i = 0; i < 2000; i++) {
		size_t n = sw_random(&seed) % 600;
		char *bytes = malloc(n ? n : 1), out[SW_DNSBL_TEXT];
		struct sw_dns_record record[40];
		struct sw_dns_answer answer = { .status = SW_DNS_OK,
						.record = record,
						.n = sw_random(&seed) % 40 };

		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)sw_random(&seed);
		for (size_t k = 0; k < answer.n; k++) {
			record[k].txt.bytes = bytes;
			record[k].txt.n = n ? sw_random(&seed) % n : 0;
		}
		sw_dnsbl_text(&sites->site[0], &answer, out);
		assert_true(strlen(out) < SW_DNSBL_TEXT);
		for (const char *p = out; *p; p++)
			assert_true(*p >= 0x20 && *p < 0x7f);
		free(bytes);
	}
	sw_sites_free(sites);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions),	  cmocka_unit_test(test_longest_question),
		cmocka_unit_test(test_answers),		  cmocka_unit_test(test_codes),
		cmocka_unit_test(test_many_records),	  cmocka_unit_test(test_texts),
		cmocka_unit_test(test_texts_have_no_key), cmocka_unit_test(test_any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
