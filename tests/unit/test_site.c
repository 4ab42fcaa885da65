/* SPDX-License-Identifier: GPL-2.0-only */
/* Sites: postscreen's notation read, refused with words, printed back; keys in no text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dead.h"
#include "dns/site.h"
#include "support/random.h"

#define KEY "abcdefghij0123456789klmnop"

static struct sw_secrets secrets;

static int setup(void **state)
{
	static const char text[] = "# keys\n\n dqs = " KEY "\r\nabusix=0123abcd # mine\n";

	return sw_secrets_parse(text, sizeof(text) - 1, &secrets, NULL);
}

/* A copy without NUL, so that a sanitizer sees a step too far. */
static int parse(const char *text, struct sw_sites **ret, struct sw_err *err)
{
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	int code;

	assert_non_null(copy);
	memcpy(copy, text, n);
	code = sw_sites_parse(copy, n, &secrets, ret, err);
	free(copy);
	return code;
}

static struct sw_sites *must_parse(const char *text)
{
	struct sw_sites *sites = NULL;
	struct sw_err err;

	if (parse(text, &sites, &err))
		fail_msg("%s: %s", text, err.text);
	return sites;
}

/* ---- what is read ---- */

static void check_print(const char *text, const char *want)
{
	struct sw_sites *sites = must_parse(text), *again = NULL;
	char have[4096], twice[4096];
	struct sw_err err;

	assert_int_equal(sw_sites_format(sites, have, sizeof(have)), strlen(want));
	assert_string_equal(have, want);
	if (!strstr(have, SW_SECRET_MASK)) {
		if (parse(have, &again, &err))
			fail_msg("%s: %s", have, err.text);
		sw_sites_format(again, twice, sizeof(twice));
		assert_string_equal(twice, have);
		assert_int_equal(again->n, sites->n);
	}
	sw_sites_free(sites);
	sw_sites_free(again);
}

static void test_canonical(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ " ,,\n\t, ", "" },
		{ "zen.spamhaus.org", "zen.spamhaus.org" },
		{ "zen.spamhaus.org*1", "zen.spamhaus.org" },
		{ "zen.spamhaus.org*+3", "zen.spamhaus.org*3" },
		{ "ZEN.Spamhaus.ORG*007", "zen.spamhaus.org*7" },
		{ "list.dnswl.org*-4", "list.dnswl.org*-4" },
		{ "a.b*0", "a.b*0" },
		{ "a.b*-0", "a.b*0" },
		{ "a.b=127.0.0.2", "a.b=127.0.0.2" },
		{ "a.b=127.0.0.[2]", "a.b=127.0.0.2" },
		{ "a.b=127.0.0.[10;11]*2", "a.b=127.0.0.[10;11]*2" },
		{ "a.b=127.0.0.[10..11]*2", "a.b=127.0.0.[10;11]*2" },
		{ "a.b=127.0.0.[11;10;12]", "a.b=127.0.0.[10..12]" },
		{ "a.b=127.0.[0;1;4].[2..11]", "a.b=127.0.[0;1;4].[2..11]" },
		{ "a.b=[127.0.0.2]", "a.b=127.0.0.2" },
		{ "a.b=[[127].0.0.[2;3]]", "a.b=127.0.0.[2;3]" },
		{ "a.b=127.[0..255].000.001", "a.b=127.[0..255].0.1" },
		{ "a.b=127.0.0.[2..4;4..6;9]", "a.b=127.0.0.[2..6;9]" },
		{ "a.b, c.d e.f\n\tg.h,i.j", "a.b, c.d, e.f, g.h, i.j" },
		{ "a.b # the first\n#a.c\n  # a.d\n  e.f", "a.b, e.f" },
		/* one site, asked once, in the order of its first mention */
		{ "a.b=127.0.0.2, c.d, A.B=127.0.0.3*2", "a.b=127.0.0.2, a.b=127.0.0.3*2, c.d" },
		{ "a.b*2 a.b*2", "a.b*2, a.b*2" },
		{ "under_score.example-1.org", "under_score.example-1.org" },
		{ "{dqs}.zen.dq.spamhaus.net*3", "{dqs}.zen.dq.spamhaus.net*3" },
		{ "{DQS}.zen.dq.spamhaus.net", "{dqs}.zen.dq.spamhaus.net" },
		{ KEY ".zen.dq.spamhaus.net*3", "***.zen.dq.spamhaus.net*3" },
		{ "short.zen.dq.spamhaus.net", "***.zen.dq.spamhaus.net" },
		{ "zen.dq.spamhaus.net", "zen.dq.spamhaus.net" },
		{ KEY ".private.example", "***.private.example" },
		{ "aaaaaaaaaa-bbbbbbbbbb.example", "aaaaaaaaaa-bbbbbbbbbb.example" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_print(cases[i].text, cases[i].want);
}

/* What people have in main.cf, all of it. */
static void test_pasted(void **state)
{
	struct sw_sites *sites = must_parse("\n    zen.spamhaus.org=127.0.0.[10;11]*8\n"
					    "    zen.spamhaus.org=127.0.0.[4..7]*6\n"
					    "    zen.spamhaus.org=127.0.0.3*4\n"
					    "    zen.spamhaus.org=127.0.0.2*3\n"
					    "    b.barracudacentral.org=127.0.0.2*7\n"
					    "    # bl.example.net*2\n"
					    "    list.dnswl.org=127.0.[0..255].0*-2,\n"
					    "    list.dnswl.org=127.0.[0..255].1*-4\r\n"
					    "    hostkarma.junkemailfilter.com=127.0.0.1*-2\n");
	const struct sw_site *zen = sw_sites_find(sites, "zen.spamhaus.org");
	int32_t least, most;

	assert_int_equal(sites->n, 4);
	assert_int_equal(zen->filters, 4);
	assert_int_equal(zen->filter[3].weight, 3);
	assert_true(sw_pattern_has(&zen->filter[1].pattern, 0x7f000007));
	assert_false(sw_pattern_has(&zen->filter[1].pattern, 0x7f000008));
	assert_false(sw_pattern_has(&zen->filter[1].pattern, 0x7f000104));
	sw_site_range(zen, &least, &most);
	assert_int_equal(least, 0);
	assert_int_equal(most, 21);
	sw_site_range(sw_sites_find(sites, "list.dnswl.org"), &least, &most);
	assert_int_equal(least, -6);
	assert_null(sw_sites_find(sites, "bl.example.net"));
	sw_sites_free(sites);
}

/* Every pattern comes back as the same set. */
static void test_patterns_there_and_back(void **state)
{
	uint64_t seed = 7;

	for (unsigned i = 0; i < 3000; i++) {
		struct sw_pattern p, q;
		char text[SW_PATTERN_TEXT];
		size_t n, at;

		for (unsigned o = 0; o < 4; o++) {
			for (unsigned k = 0; k < 4; k++)
				p.octet[o][k] = sw_random(&seed) >> i % 60 << k * 7;
			p.octet[o][sw_random(&seed) % 4] |= 1ull << sw_random(&seed) % 64;
		}
		if (i == 0) /* the longest */
			memset(&p, 0x55, sizeof(p));
		n = sw_pattern_format(&p, text, sizeof(text));
		assert_true(n < sizeof(text));
		assert_int_equal(sw_pattern_parse(text, n, &q, &at, NULL), 0);
		assert_memory_equal(&p, &q, sizeof(p));
		assert_int_equal(at, n);
	}
}

/* What does not fit is cut, and counted all the same. */
static void test_short_buffers(void **state)
{
	static const char want[] = "a.b=127.0.0.[2..4]*-3, c.d";
	struct sw_sites *sites = must_parse(want);

	for (size_t size = 0; size <= sizeof(want); size++) {
		char *have = malloc(size ? size : 1);

		assert_int_equal(sw_sites_format(sites, have, size), sizeof(want) - 1);
		if (size) {
			assert_int_equal(strlen(have),
					 size > sizeof(want) - 1 ? sizeof(want) - 1 : size - 1);
			assert_memory_equal(have, want, strlen(have));
		}
		free(have);
	}
	sw_sites_free(sites);
}

/* ---- what is refused ---- */

static void check_refused(const char *text, const char *words)
{
	struct sw_sites *sites = NULL;
	struct sw_err err = { "" };

	if (!parse(text, &sites, &err))
		fail_msg("\"%s\" was taken", text);
	assert_null(sites);
	if (!strstr(err.text, words))
		fail_msg("\"%s\": \"%s\" has no \"%s\"", text, err.text, words);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "a.b, c.d=127.0.0.300",
		  "site 2, \"c.d=127.0.0.300\", character 18: a number above" },
		{ "a.b=127.0.0", "character 12: the filter ends where the . between" },
		{ "a.b=", "the filter ends where a number from 0 to 255, or [" },
		{ "a.b=*2", "the filter ends where a number" },
		{ "a.b=127.0.0.2x", "'x' where the end of a filter" },
		{ "a.b=127.0.0.2.3", "'.' where the end of a filter" },
		{ "a.b=127.0.0.[2-4]", "'-' where ; or ] or .. in a set" },
		{ "a.b=127.0.0.[4..2]", "a range from 4 down to 2" },
		{ "a.b=127.0.0.[2.4]", "'4' where the second . of a range" },
		{ "a.b=127.0.0.[]", "']' where a number from 0 to 255" },
		{ "a.b=127.0.0.[2", "the filter ends where ; or ]" },
		{ "a.b=127.0.0.2]", "']' where the end" },
		{ "a.b=[[1;2].3.4.5", "'[' where a number from 0 to 255" },
		{ "a.b=[127.0.0.2]]", "'0' where the second . of a range" },
		{ "a.b=[1;2]", "';' where the . between" },
		{ "a.b=[]", "']' where a number" },
		{ "a.b=127.0.0.[2;;3]", "';' where a number" },
		{ "a.b=127.0.0.-1", "'-' where a number" },
		{ "a.b=127,0.0.2", "the filter ends where the . between" },
		{ "a.b=127.0.0.\x80", "byte 0x80 where a number" },
		{ "a.b*", "no weight behind *" },
		{ "a.b*-", "no weight behind *" },
		{ "a.b*2.5", "a whole number" },
		{ "a.b**2", "a whole number" },
		{ "a.b*two", "a whole number" },
		{ "a.b*100001", "a weight is from -100000 to 100000" },
		{ "a.b*-99999999999999999999", "a weight is from" },
		{ "a.b*2=127.0.0.2", "the weight stands last" },
		{ "a..b", "character 3: a dot too many" },
		{ ".a.b", "a dot too many" },
		{ "a.b.", "a dot too many" },
		{ "=127.0.0.2", "no domain at all" },
		{ "*2", "no domain at all" },
		{ "localhost", "a domain without a dot" },
		{ "postscreen_dnsbl_sites = a.b", "paste only what stands behind the =" },
		{ "127.0.0.2", "an address where the domain" },
		{ "a.b/24", "not a character of a domain name" },
		{ "a.b;c.d", "not a character of a domain name" },
		{ "$dnsbl.example", "a variable of Postfix" },
		{ "-a.b", "begins or ends with a hyphen" },
		{ "a-.b", "begins or ends with a hyphen" },
		{ "m\xc3\xbcll.example", "\"m??ll.example\"" },
		{ "{nobody}.zen.dq.spamhaus.net", "there is no key of that name" },
		{ "{dqs.zen.dq.spamhaus.net", "{ without }" },
		{ "{dqs}x.zen.dq.spamhaus.net", "a dot is needed behind }" },
		{ "{dqs}.{dqs}.example", "a second key" },
		{ "{}.example", "there is no key of that name" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(cases[i].text, cases[i].words);
}

static void test_bounds(void **state)
{
	char text[32768] = "", label[80];
	size_t n = 0;

	memset(label, 'a', 63);
	strcpy(label + 63, "-");
	snprintf(text, sizeof(text), "%.63s.%.63s.%.60s", label, label, label);
	check_refused(text,
		      ""); /* labels of letters and digits alone are keys, and these are two */
	memset(label, '-', 64);
	for (size_t i = 0; i < 64; i += 2)
		label[i] = 'a';
	label[64] = '\0';
	check_refused(label, "more than 63 characters without a dot");
	label[62] = '\0';
	label[60] = 'a';
	label[61] = 'b';
	snprintf(text, sizeof(text), "%s.%s.%s", label, label, label); /* 188: the most */
	sw_sites_free(must_parse(text));
	snprintf(text, sizeof(text), "%s.%s.%s.a", label, label, label);
	check_refused(text, "a domain of more than 188 bytes");

	for (unsigned i = 0; i <= SW_SITE_FILTERS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " a.b=127.0.0.%u", i);
	check_refused(text, "more than 32 filters of one domain");
	n = 0;
	for (unsigned i = 0; i <= SW_SITES; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " a%u.b", i);
	check_refused(text, "site 65, \"a64.b\"");
	check_refused(text, "more than 64 domains");
}

/* ---- keys ---- */

static bool has_key(const char *text)
{
	return strstr(text, KEY) || strstr(text, "0123abcd");
}

static void test_no_error_shows_a_key(void **state)
{
	static const char *const texts[] = {
		KEY ".zen.dq.spamhaus.net=127.0.0.300",
		KEY ".zen.dq.spamhaus.net*x",
		"{dqs}.zen.dq.spamhaus.net*x",
		KEY ".zen..dq.spamhaus.net",
		KEY ".zen.dq.spamhaus.net/8",
		"{dqs}.{abusix}.example",
		KEY "." KEY ".example",
		"a.b=" KEY,
		"a.b*" KEY,
		KEY,
		"{" KEY "}.example",
		"x" KEY "/.example",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sw_sites *sites = NULL;
		struct sw_err err = { "" };

		assert_int_equal(parse(texts[i], &sites, &err), -EINVAL);
		if (has_key(err.text))
			fail_msg("%s: %s", texts[i], err.text);
	}
}

static void test_keys_are_asked_with(void **state)
{
	struct sw_sites *sites =
		must_parse("{dqs}.zen.dq.spamhaus.net, " KEY ".zen.dq.spamhaus.net*2,"
			   "{Abusix}.combined.mail.abusix.zone");

	assert_int_equal(sites->n, 2);
	assert_string_equal(sites->site[0].domain, KEY ".zen.dq.spamhaus.net");
	assert_string_equal(sites->site[0].name, "{dqs}.zen.dq.spamhaus.net");
	assert_string_equal(sites->site[0].key, KEY);
	assert_int_equal(sites->site[0].filters, 2);
	assert_string_equal(sites->site[1].domain, "0123abcd.combined.mail.abusix.zone");
	sw_sites_free(sites);
}

static void test_files_of_keys(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "dqs", "line 1: write NAME = KEY" },
		{ "\n# x\ndqs = ", "line 3: the key of dqs is not" },
		{ "dqs = a b", "the key of dqs is not" },
		{ "dqs = ab", "the key of dqs is not" },
		{ "dqs = a.b.c", "the key of dqs is not" },
		{ "dqs = -abc", "the key of dqs is not" },
		{ "d q = abc", "line 1: the name is not" },
		{ " = abc", "line 1: the name is not" },
		{ "a = abc\nA = abd", "line 2: a second key called A" },
		{ "a = 0123456789012345678901234567890123456789012345678901234567890123",
		  "the key of a" },
	};
	struct sw_secrets s = { .n = 0 };
	struct sw_err err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sw_secrets_parse(cases[i].text, strlen(cases[i].text), &s, &err),
				 -EINVAL);
		if (!strstr(err.text, cases[i].words) || strstr(err.text, "0123"))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
	assert_int_equal(s.n, 0);
	assert_string_equal(sw_secrets_get(&secrets, "DQS", 3), KEY);
	assert_null(sw_secrets_get(&secrets, "dq", 2));
	assert_null(sw_secrets_get(NULL, "dqs", 3));
}

static void test_masked_text(void **state)
{
	static const struct {
		const char *text, *key, *want;
	} cases[] = {
		{ "see http://x/?k=Secret", "secret", "see http://x/?k=***" },
		{ "secretsecretsec", "secret", "******sec" },
		{ "nothing", "secret", "nothing" },
		{ "abc", "abc", "***" },
		{ "text", "", "text" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];

		strcpy(text, cases[i].text);
		sw_secret_mask_text(text, cases[i].key);
		assert_string_equal(text, cases[i].want);
	}
}

/* ---- classes and probes ---- */

static void test_dialup(void **state)
{
	struct sw_sites *sites = must_parse("zen.test, dul.test, other.test");
	struct sw_err err;

	assert_int_equal(sw_sites_mark_dialup(sites, "zen.test=127.0.0.[10;11] dul.test", 33,
					      &secrets, &err),
			 0);
	assert_true(sw_site_is_dialup(&sites->site[0], 0x7f00000a));
	assert_false(sw_site_is_dialup(&sites->site[0], 0x7f000002));
	assert_true(sw_site_is_dialup(&sites->site[1], 0x7f000002));
	assert_false(sw_site_is_dialup(&sites->site[2], 0x7f00000a));
	assert_int_equal(sw_sites_mark_dialup(sites, "nobody.test", 11, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "none of the sites that are asked"));
	assert_int_equal(sw_sites_mark_dialup(sites, "zen.test*3", 10, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "a weight, where only answers are named"));
	for (unsigned i = 1; i < SW_SITE_MARKS; i++)
		assert_int_equal(sw_sites_mark_dialup(sites, "zen.test", 8, NULL, &err), 0);
	assert_int_equal(sw_sites_mark_dialup(sites, "zen.test", 8, NULL, &err), -E2BIG);
	sw_sites_free(sites);
}

static void test_probes(void **state)
{
	static const struct {
		const char *text, *words; /* NULL: taken */
		unsigned probes;
	} cases[] = {
		{ "zen.test none", NULL, 0 },
		{ "zen.test 127.0.0.2 !127.0.0.1", NULL, 2 },
		{ "zen.test, ::ffff:127.0.0.2", NULL, 1 },
		{ "zen.test", "\"none\" or addresses", 0 },
		{ "", "no domain", 0 },
		{ "zen.test none none", "one or the other", 0 },
		{ "zen.test none 127.0.0.2", "one or the other", 0 },
		{ "zen.test 127.0.0.2 none", "one or the other", 0 },
		{ "zen.test 127.0.0.0/8", "not an address", 0 },
		{ "zen.test !", "not an address", 0 },
		{ "other.test none", "none of the sites", 0 },
		{ "zen.test 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 "
		  "1.1.1.9",
		  "more than 8 addresses", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_sites *sites = must_parse("zen.test");
		struct sw_err err = { "" };
		int code = sw_sites_set_probes(sites, cases[i].text, strlen(cases[i].text), NULL,
					       &err);

		assert_int_equal(sites->site[0].probes_given, !cases[i].words);
		assert_int_equal(sites->site[0].probes, cases[i].probes);
		if (!code != !cases[i].words || (code && !strstr(err.text, cases[i].words)))
			fail_msg("%s: %d %s", cases[i].text, code, err.text);
		if (cases[i].probes == 2) {
			assert_true(sites->site[0].probe[0].listed);
			assert_false(sites->site[0].probe[1].listed);
		}
		sw_sites_free(sites);
	}
}

/* ---- hostile ---- */

/* Text with some of its bytes replaced by others that mean something: taken or refused, and
 * what is taken comes back as it is printed. */
static void test_any_text(void **state)
{
	static const char alphabet[] = "ab.=*-[];127.0. ,{}dqs#\n\x80\xff";
	static const char base[] = "a.b=127.0.[0;1].[2..9]*3, {dqs}.b.c*-2 d.e";
	uint64_t seed = 99;
	unsigned taken = 0;

	for (unsigned i = 0; i < 20000; i++) {
		size_t n = sizeof(base) - 1 - (i % 3 ? 0 : sw_random(&seed) % 40);
		char *text = malloc(n ? n : 1), have[8192], again[8192];
		struct sw_sites *sites = NULL, *twice = NULL;
		struct sw_err err = { "" };

		memcpy(text, base, n);
		for (unsigned k = 0; n && k < i % 6; k++)
			text[sw_random(&seed) % n] =
				alphabet[sw_random(&seed) % (sizeof(alphabet) - 1)];
		if (sw_sites_parse(text, n, &secrets, &sites, &err)) {
			assert_null(sites);
			assert_true(err.text[0] && !has_key(err.text));
		} else if (sites->n) {
			taken++;
			sw_sites_format(sites, have, sizeof(have));
			assert_int_equal(parse(have, &twice, &err), 0);
			sw_sites_format(twice, again, sizeof(again));
			assert_string_equal(have, again);
		}
		sw_sites_free(sites);
		sw_sites_free(twice);
		free(text);
	}
	assert_true(taken > 1000);
}

/* ---- the catalogue ---- */

static void test_dead_zones(void **state)
{
	static const struct {
		const char *domain, *words;
	} cases[] = {
		{ "dnsbl.sorbs.net", "dead since 2024-06: SORBS" },
		{ "DUL.dnsbl.sorbs.net", "it lists nothing: take it out" },
		{ "dnsbl.ahbl.org", "it lists every address" },
		{ "cbl.abuseat.org", "no list to ask since 2021" },
		{ "notdnsbl.sorbs.net", NULL },
		{ "sorbs.net", NULL },
		{ "zen.spamhaus.org", NULL },
		{ "", NULL },
	};
	char text[SW_DEAD_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sw_dead_zone *zone = sw_dead_find(cases[i].domain);

		assert_int_equal(zone != NULL, cases[i].words != NULL);
		if (zone && !strstr(sw_dead_warning(zone, text), cases[i].words))
			fail_msg("%s: %s", cases[i].domain, text);
	}
}

static char *read_all(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "r");

	if (!f) {
		free(text);
		return NULL;
	}
	assert_true(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

/* Every site that the catalogue offers is one, and none is dead. */
static void test_catalogue(void **state)
{
	char *text = read_all("docs/dnsbl.conf.example");
	unsigned offered = 0;

	assert_non_null(text);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		struct sw_sites *sites = NULL; /* at the start of a line, in quotes */
		char *start = line + strspn(line, "# "), *end = strchr(start + 1, '"');
		struct sw_err err;

		assert_true(line[0] == '#'); /* none is on by default */
		if (*start != '"' || !end || strchr(start, '!')) /* nor a probe */
			continue;
		*end = '\0';
		if (parse(start + 1, &sites, &err))
			fail_msg("%s: %s", start, err.text);
		assert_int_equal(sites->n, 1);
		assert_null(sw_dead_find(sites->site[0].domain));
		offered++;
		sw_sites_free(sites);
	}
	assert_true(offered > 15);
	free(text);
}

/* Every dead zone of the collected data is in the table. */
static void test_real_dead_zones(void **state)
{
	const char *data = getenv("SYNWARD_DATA");
	char path[512], *text;
	unsigned seen = 0;

	snprintf(path, sizeof(path), "%s/dnsbl/dead_zones.tsv", data ? data : "../shared/data");
	text = read_all(path);
	if (!text) {
		print_message("SKIP: %s is not there\n", path);
		skip();
	}
	strtok(text, "\n");
	for (char *line = strtok(NULL, "\n"); line; line = strtok(NULL, "\n")) {
		char *name = line;

		line[strcspn(line, " \t(")] = '\0';
		/* "a/b/c.zone": alternatives of the first label */
		if (strrchr(name, '/'))
			name = strrchr(name, '/') + 1;
		if (!sw_dead_find(name))
			fail_msg("%s is in no table", name);
		seen++;
	}
	assert_true(seen > 10);
	free(text);
}

static bool equal(const char *a, const char *b, const char *more_b)
{
	struct sw_sites *x = NULL, *y = NULL;
	bool same;

	assert_int_equal(sw_sites_parse(a, strlen(a), NULL, &x, NULL), 0);
	assert_int_equal(sw_sites_parse(b, strlen(b), NULL, &y, NULL), 0);
	if (more_b && strchr(more_b, ' '))
		assert_int_equal(sw_sites_set_probes(y, more_b, strlen(more_b), NULL, NULL), 0);
	else if (more_b)
		assert_int_equal(sw_sites_mark_dialup(y, more_b, strlen(more_b), NULL, NULL), 0);
	same = sw_site_equal(&x->site[0], &y->site[0]);
	assert_int_equal(sw_site_id(&x->site[0]) == sw_site_id(&y->site[0]),
			 !strcmp(x->site[0].name, y->site[0].name));
	sw_sites_free(x);
	sw_sites_free(y);
	return same;
}

static void test_equal(void **state)
{
	assert_true(equal("a.b=127.0.0.[2..3]*3", "A.b=127.0.0.[2;3]*3 c.d", NULL));
	assert_true(equal("a.b", "a.b", NULL));
	assert_false(equal("a.b", "a.c", NULL));
	assert_false(equal("a.b", "a.b*2", NULL));
	assert_false(equal("a.b", "a.b=127.0.0.2", NULL));
	assert_false(equal("a.b=127.0.0.2", "a.b=127.0.0.3", NULL));
	assert_false(equal("a.b=127.0.0.2", "a.b=127.0.0.2 a.b=127.0.0.3", NULL));
	assert_false(equal("a.b", "a.b", "a.b=127.0.0.10"));
	assert_false(equal("a.b", "a.b", "a.b none"));
	assert_false(equal("a.b", "a.b", "a.b 192.0.2.1 !192.0.2.2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_pasted),
		cmocka_unit_test(test_patterns_there_and_back),
		cmocka_unit_test(test_short_buffers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_no_error_shows_a_key),
		cmocka_unit_test(test_keys_are_asked_with),
		cmocka_unit_test(test_files_of_keys),
		cmocka_unit_test(test_masked_text),
		cmocka_unit_test(test_dialup),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_any_text),
		cmocka_unit_test(test_dead_zones),
		cmocka_unit_test(test_catalogue),
		cmocka_unit_test(test_real_dead_zones),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
