/* SPDX-License-Identifier: GPL-2.0-only */
/* The networks of allow-spf and their file: as it was written, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/spf_domains.h"
#include "support/folder.h"
#include "support/random.h"
#include "support/rounds.h"

#define HEAD "synward-allow-spf 1\n"
#define TWO                                                     \
	HEAD "domain example.com 1764100000000 1764000000000\n" \
	     "net 192.0.2.0/24 1763000000000 0\n"               \
	     "net 198.51.100.7 1763000000001 2\n"               \
	     "net 2001:db8::/32 1763000000002 1\n"              \
	     "domain example.org 0 0\n"                         \
	     "end 3\n"

static char *folder;
static struct sw_spf_domains domains;
static struct sw_err err;

static int setup(void **state)
{
	folder = folder_make();
	domains.n = 0;
	return 0;
}

static int teardown(void **state)
{
	sw_spf_domains_done(&domains);
	folder_remove(folder);
	return 0;
}

static int parse_bytes(const char *text, size_t n)
{
	char *copy = malloc(n + 1);
	int code;

	assert_non_null(copy);
	memcpy(copy, text, n);
	copy[n] = '\0';
	sw_spf_domains_done(&domains);
	err.text[0] = '\0';
	code = sw_spf_domains_parse(copy, &domains, &err);
	free(copy);
	return code;
}

static void good(const char *text)
{
	assert_int_equal(parse_bytes(text, strlen(text)), 0);
}

static void bad(const char *text, const char *words)
{
	assert_int_equal(parse_bytes(text, strlen(text)), -EINVAL);
	assert_string_equal(err.text, words);
	assert_int_equal(domains.n, 0);
}

static void as_it_was(void **state)
{
	size_t n;
	char *text;

	good(TWO);
	assert_int_equal(domains.n, 2);
	assert_int_equal(sw_spf_domains_nets(&domains), 3);
	assert_string_equal(domains.domain[0].name, "example.com");
	assert_int_equal(domains.domain[0].allow.confirmed_ms, INT64_C(1764100000000));
	assert_int_equal(domains.domain[0].allow.counted_ms, INT64_C(1764000000000));
	assert_int_equal(domains.domain[0].allow.net[1].missing, 2);
	assert_int_equal(domains.domain[0].allow.net[1].since_ms, INT64_C(1763000000001));
	assert_int_equal(domains.domain[0].allow.due_ms, 0);
	assert_int_equal(domains.domain[1].allow.n, 0);
	text = sw_spf_domains_print(&domains, &n);
	assert_string_equal(text, TWO);
	assert_int_equal(n, strlen(TWO));
	free(text);
	good(HEAD "end 0\n");
	assert_int_equal(domains.n, 0);
}

static void cut_off_anywhere(void **state)
{
	for (size_t n = 0; n < strlen(TWO); n++) {
		assert_int_equal(parse_bytes(TWO, n), -EINVAL);
		assert_int_equal(domains.n, 0);
	}
}

static void what_is_wrong(void **state)
{
	bad("", "line 0: the end is missing");
	bad("x\n", "line 1: is not \"synward-allow-spf 1\"");
	bad("synward-allow-spf 2\nend 0\n", "line 1: is not \"synward-allow-spf 1\"");
	bad(HEAD "net 192.0.2.1 1 0\nend 1\n", "line 2: a network of no domain");
	bad(HEAD "end 0\nend 0\n", "line 3: behind the end");
	bad(HEAD "end 1\n", "line 2: not the number of networks before it");
	bad(HEAD "\n", "line 2: is none of ours");
	bad(HEAD "domain example.com\n", "line 2: not a domain and two times");
	bad(HEAD "domain example.com 1\n", "line 2: not a domain and two times");
	bad(HEAD "domain example.com 1 -1\n", "line 2: not a domain and two times");
	bad(HEAD "domain example.com 1 1 1\n", "line 2: not a domain and two times");
	bad(HEAD "domain example.com 1 99999999999999999999\n",
	    "line 2: not a domain and two times");
	bad(HEAD "domain ../../etc/passwd 1 1\n", "line 2: not a domain, there twice, or too many");
	bad(HEAD "domain Example.com 1 1\n", "line 2: not a domain, there twice, or too many");
	bad(HEAD "domain a.example 1 1\ndomain a.example 1 1\nend 0\n",
	    "line 3: not a domain, there twice, or too many");
}

static void networks_that_are_wrong(void **state)
{
#define ONE HEAD "domain a.example 1 1\n"
	static const char none[] = "line 3: not a network, a time and a small number";

	bad(ONE "net 192.0.2.1 1\n", none);
	bad(ONE "net 192.0.2.1/24 1 0\n", none);
	bad(ONE "net 192.0.2.1 1 3\n", none);
	bad(ONE "net x 1 0\n", none);
	bad(ONE "net  1 0\n", none);
	bad(ONE "net 192.0.2.1 1 0\nnet 192.0.2.1 1 0\nend 2\n",
	    "line 4: out of order, or there twice");
	bad(ONE "net 192.0.2.2 1 0\nnet 192.0.2.1 1 0\nend 2\n",
	    "line 4: out of order, or there twice");
	bad(ONE "net 0.0.0.0/0 1 0\nend 1\n", "line 4: a.example has too much of the internet");
	bad(ONE "net 7.0.0.0/8 1 0\nnet 8.0.0.0 1 0\nend 2\n",
	    "line 5: a.example has too much of the internet");
	good(ONE "net 7.0.0.0/8 1 0\nnet 2a00::/20 1 0\nend 2\n");
}

static void bytes_that_are_no_text(void **state)
{
	uint64_t random = 3;
	char text[512];

	for (int round = 0; round < rounds(500); round++) {
		size_t n = strlen(TWO);

		memcpy(text, TWO, n);
		for (int i = 0; i < 1 + round % 4; i++)
			text[sw_random(&random) % n] = (char)sw_random(&random);
		if (!parse_bytes(text, n))
			for (size_t i = 0; i < domains.n; i++)
				assert_true(sw_spf_allow_is_sound(&domains.domain[i].allow));
		for (size_t i = 0; i < n; i++)
			text[i] = (char)sw_random(&random);
		assert_int_equal(parse_bytes(text, n), -EINVAL);
	}
}

/* @n networks in each of @d domains, as text to be freed. */
static char *text_of(size_t d, size_t n)
{
	char *text = NULL, prefix[SW_PREFIX_TEXT];
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	fputs(HEAD, out);
	for (size_t i = 0; i < d; i++) {
		fprintf(out, "domain d%zu.example 1 1\n", i);
		for (size_t k = 0; k < n; k++) {
			struct sw_prefix p = sw_prefix_ip6(UINT64_C(0x2001123412341234) + i,
							   UINT64_C(0x1234123412340000) + k, 128);

			fprintf(out, "net %s 1764100000000 2\n", sw_prefix_format(&p, prefix));
		}
	}
	fprintf(out, "end %zu\n", d * n);
	fclose(out);
	return text;
}

static void bounds(void **state)
{
	char *text = text_of(SW_ALLOW_SPF_MAX, SW_SPF_DOMAINS_NETS / SW_ALLOW_SPF_MAX);

	good(text);
	assert_int_equal(sw_spf_domains_nets(&domains), SW_SPF_DOMAINS_NETS);
	assert_int_equal(sw_spf_domains_save(folder, &domains, &err), 0);
	sw_spf_domains_done(&domains);
	assert_int_equal(sw_spf_domains_read(folder, &domains, &err), 0);
	assert_int_equal(sw_spf_domains_nets(&domains), SW_SPF_DOMAINS_NETS);
	free(text);
	text = text_of(SW_ALLOW_SPF_MAX + 1, 1);
	bad(text, "line 130: not a domain, there twice, or too many");
	free(text);
	text = text_of(5, SW_SPF_DOMAINS_NETS / 4);
	bad(text, "line 65543: more than 65536 networks");
	free(text);
	text = text_of(1, SW_SPF_ALLOW_MAX + 1);
	bad(text, "line 16388: d0.example has too much of the internet");
	free(text);
}

static void the_file(void **state)
{
	static char huge[9 << 20];
	const char *path = folder_path(folder, "allow-spf");
	char words[FOLDER_PATH + 100];
	struct stat st;

	assert_int_equal(sw_spf_domains_read(folder, &domains, &err), 0); /* there is none */
	assert_int_equal(domains.n, 0);
	good(TWO);
	assert_int_equal(sw_spf_domains_save(folder, &domains, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	sw_spf_domains_done(&domains);
	assert_int_equal(sw_spf_domains_read(folder, &domains, &err), 0);
	assert_int_equal(sw_spf_domains_nets(&domains), 3);
	sw_spf_domains_done(&domains);
	memset(huge, '\n', sizeof(huge));
	folder_write_bytes(folder, "allow-spf", huge, sizeof(huge));
	assert_int_equal(sw_spf_domains_read(folder, &domains, &err), -EFBIG);
	assert_int_equal(domains.n, 0);
	folder_write_bytes(folder, "allow-spf", HEAD "\0end 0\n", sizeof(HEAD "\0end 0\n") - 1);
	assert_int_equal(sw_spf_domains_read(folder, &domains, &err), -EINVAL);
	snprintf(words, sizeof(words), "%s: line 1: the end is missing", path);
	assert_string_equal(err.text, words);
	unlink(path);
	mkdir(path, 0700);
	assert_int_equal(sw_spf_domains_read(folder, &domains, &err), -EISDIR);
	assert_true(sw_spf_domains_save(folder, &domains, &err) < 0);
}

static void copies(void **state)
{
	char *name[] = { (char *)"example.org", (char *)"nobody.example" };
	const struct sw_texts names = { name, 2 };
	struct sw_spf_domains copy, all;

	good(TWO);
	assert_int_equal(sw_spf_domains_copy(&domains, NULL, &all), 0);
	assert_int_equal(sw_spf_domains_copy(&domains, &names, &copy), 0);
	assert_int_equal(copy.n, 1);
	assert_string_equal(copy.domain[0].name, "example.org");
	assert_true(sw_spf_domains_same(&copy, &all, &names));
	name[1] = (char *)"example.com";
	assert_false(sw_spf_domains_same(&copy, &all, &names));
	assert_true(sw_spf_domains_same(&domains, &all, &names));
	all.domain[0].allow.net[0].missing = 1;
	all.domain[0].allow.net[0].since_ms = 1;
	assert_true(sw_spf_domains_same(&domains, &all, &names));
	all.domain[0].allow.net[0].net.len = 25;
	assert_false(sw_spf_domains_same(&domains, &all, &names));
	sw_spf_domains_done(&copy);
	sw_spf_domains_done(&all);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(as_it_was),
		WITH(cut_off_anywhere),
		WITH(what_is_wrong),
		WITH(networks_that_are_wrong),
		WITH(bytes_that_are_no_text),
		WITH(bounds),
		WITH(the_file),
		WITH(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
