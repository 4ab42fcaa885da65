/* SPDX-License-Identifier: GPL-2.0-only */
/* told: which text a source gets, and what of its verdict is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/told.h"
#include "maps/abi.h"
#include "rules/origin.h"

static char host[] = "mx.example.org", lookup[] = "https://mx.example.org/?%a",
	    own[] = "%h: %a is in %c", of_list[] = "List: %r";

static struct sw_config config;
static struct sw_verdict verdict;
static struct sw_config_list list;
static struct sw_prefix source, entry;
static struct sw_told told;

static int setup(void **state)
{
	source = sw_prefix_ip4(0xc0000201, 32);
	entry = sw_prefix_ip4(0xc0000200, 24);
	memset(&config, 0, sizeof(config));
	memset(&verdict, 0, sizeof(verdict));
	list = (struct sw_config_list){ .name = (char *)"spammers" };
	config.desk_host = host;
	told = (struct sw_told){ .config = &config, .source = &source, .class = "a-class" };
	return 0;
}

static void is(const char *want)
{
	char out[SW_WORDING_TEXT];
	size_t n = sw_told_render(&told, out);

	assert_string_equal(out, want);
	assert_int_equal(n, strlen(want));
}

static void of_verdict(uint8_t origin, const char *reason, const char *why)
{
	char want[SW_WORDING_TEXT];

	verdict.origin = origin;
	strcpy(verdict.reason, reason);
	told.verdict = &verdict;
	strcpy(want, "Mail from 192.0.2.1 is not accepted here: ");
	strcat(want, why);
	is(want);
}

static void of_a_list(void **state)
{
	told.list = &list;
	told.entry = &entry;
	is("Mail from 192.0.2.1 is not accepted here: 192.0.2.0/24 is in the list spammers");
	told.entry = NULL;
	is("Mail from 192.0.2.1 is not accepted here: it is in the list spammers");
	config.desk_lookup = lookup;
	is("Mail from 192.0.2.1 is not accepted here: it is in the list spammers; see "
	   "https://mx.example.org/?192.0.2.1");
	config.desk_text = own;
	is("mx.example.org: 192.0.2.1 is in a-class");
	list.text = of_list;
	is("List: it is in the list spammers");
}

static void of_a_verdict(void **state)
{
	of_verdict(SW_ORIGIN_OPERATOR, "ticket 4711\r\n", "ticket 4711");
	of_verdict(SW_ORIGIN_OPERATOR, "", "it is blocked by hand");
	of_verdict(SW_ORIGIN_DNS, "bl.example 127.0.0.2 (+8): score 8, reject from 8; Spam",
		   "listed in bl.example");
	of_verdict(SW_ORIGIN_DNS_DIALUP,
		   "bl.example 127.0.0.10 (+2), b2.example 127.0.0.2 (+2): score 4",
		   "listed in bl.example, b2.example");
	of_verdict(SW_ORIGIN_DNS, "generic a.example (+1): score 1, limit from 1",
		   "by what the DNS says of it");
	of_verdict(SW_ORIGIN_DESK, "came back 11 times", "it came back too often");
	of_verdict(SW_ORIGIN_COMPLAINT, "fbl@example.net", "complaints about mail from it");
	/* nobody is told whom it wrote to */
	of_verdict(SW_ORIGIN_BOUNCE, "31 unknown recipients; the last: ceo@example.org",
		   "too many recipients that do not exist");
	config.desk_text = (char *)"%w";
	verdict.origin = SW_ORIGIN_DNS;
	strcpy(verdict.reason, "bl.example 127.0.0.2 (+8): score 8; Caf\xc3\xa9 spam");
	is("Caf? spam");
}

static void something_is_always_said(void **state)
{
	is("Mail from 192.0.2.1 is not accepted here: it is blocked");
	config.desk_text = (char *)"%w"; /* and there are none */
	is("Mail from 192.0.2.1 is not accepted here: it is blocked");
	source = sw_prefix_ip6(0x20010db800000000, 1, 128);
	config.desk_text = (char *)"%a %u";
	config.desk_lookup = lookup;
	is("2001:db8::1 https://mx.example.org/?2001:db8::1");
	config.desk_host = NULL; /* the machine's, whatever it is */
	config.desk_text = (char *)"on %h";
	told.verdict = NULL;
	{
		char out[SW_WORDING_TEXT];

		assert_true(sw_told_render(&told, out) >= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(of_a_list, setup),
		cmocka_unit_test_setup(of_a_verdict, setup),
		cmocka_unit_test_setup(something_is_always_said, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
