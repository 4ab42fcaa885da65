/* SPDX-License-Identifier: GPL-2.0-only */
/* synward-desk's command line, and where it can listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk/options.h"
#include "support/folder.h"

#define WORDS 24

static struct sw_desk_options options;
static struct sw_err err;

/* @line is words with a blank between them. */
static int parse(const char *line)
{
	static char copy[1024];
	char *argv[WORDS + 2] = { (char *)"synward-desk" }, *rest = copy, *word;
	int argc = 1;

	strncpy(copy, line, sizeof(copy) - 1);
	while ((word = strsep(&rest, " ")) && argc <= WORDS)
		if (*word)
			argv[argc++] = word;
	err.text[0] = '\0';
	return sw_desk_options_parse(argc, argv, &options, &err);
}

static void test_defaults(void **state)
{
	assert_int_equal(parse(""), 0);
	assert_string_equal(options.daemon, "/run/synward/desk");
	assert_int_equal(options.listen_n, 2);
	assert_false(options.listen_given);
	assert_int_equal(sw_endpoint_family(&options.listen[0]), AF_INET);
	assert_int_equal(sw_endpoint_family(&options.listen[1]), AF_INET6);
	assert_true(sw_endpoint_is_local(&options.listen[0]));
	assert_true(sw_endpoint_is_local(&options.listen[1]));
	assert_int_equal(options.policy_n, 0);
	assert_int_equal(options.at, SW_SMTP_GREETING);
	assert_int_equal(options.rules.enforced, SW_ACCESS_REJECT);
	assert_int_equal(options.rules.shadow, SW_ACCESS_HEADER);
	assert_int_equal(options.wait_ms, 500);
	assert_true(options.host[0]);
}

static void test_all(void **state)
{
	assert_int_equal(parse("-d /x --listen inet:192.0.2.1:25 --listen inet:[2001:db8::1]:25 "
			       "-p unix:/run/x --policy inet:127.0.0.1:10045 --at recipient "
			       "--enforced defer --shadow dunno --text no --name mx.example "
			       "--connections 100 --by-source 3"),
			 0);
	assert_string_equal(options.daemon, "/x");
	assert_true(options.listen_given);
	assert_int_equal(options.listen_n, 2);
	assert_int_equal(options.policy_n, 2);
	assert_int_equal(options.at, SW_SMTP_RECIPIENT);
	assert_int_equal(options.rules.enforced, SW_ACCESS_DEFER);
	assert_int_equal(options.rules.shadow, SW_ACCESS_DUNNO);
	assert_string_equal(options.text, "no");
	assert_string_equal(options.host, "mx.example");
	assert_int_equal(options.connections, 100);
	assert_int_equal(options.by_source, 3);
	assert_int_equal(parse("--wait 250ms --idle 1m --life 2m -u nobody -g mail -v -r"), 0);
	assert_int_equal(options.wait_ms, 250);
	assert_int_equal(options.idle_ms, 60000);
	assert_int_equal(options.life_ms, 120000);
	assert_string_equal(options.user, "nobody");
	assert_string_equal(options.group, "mail");
	assert_true(options.verbose && options.remote);
	assert_int_equal(parse("--listen none -p unix:/run/x"), 0);
	assert_int_equal(options.listen_n, 0);
	assert_int_equal(parse("--help --listen none"), 0);
	assert_true(options.help);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *line, *words;
	} table[] = {
		{ "--listen none", "nothing to do" },
		{ "--listen unix:/x", "by TCP" },
		{ "--listen inet:0.0.0.0:25 --listen inet:192.0.2.1:25", "one for each" },
		{ "--listen inet:mx.example:25", "in numbers" },
		{ "--policy /run/x", "unix:PATH" },
		{ "--policy unix:run/x", "begins with /" },
		{ "--policy inet:192.0.2.1:10045", "--remote" },
		{ "--policy inet:[::]:10045", "--remote" },
		{ "--enforced drop", "reject, defer" },
		{ "--shadow reject", "header or dunno" },
		{ "--at end", "greeting or recipient" },
		{ "--connections 0", "from 1" },
		{ "--connections 1000000", "from 1" },
		{ "--by-source -1", "from 1" },
		{ "--by-source 3x", "from 1" },
		{ "--wait 10s", "from 1ms to 5s" },
		{ "--idle 0s", "from 1ms" },
		{ "--life 5", "from 1ms" },
		{ "more", "what is that" },
		{ "-p unix:/1 -p unix:/2 -p unix:/3 -p unix:/4 -p unix:/5 -p unix:/6 -p unix:/7 "
		  "-p unix:/8 -p unix:/9",
		  "at most 8" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(parse(table[i].line), -EINVAL);
		if (!strstr(err.text, table[i].words))
			fail_msg("%s: %s", table[i].line, err.text);
	}
}

/* ---- endpoints ---- */

static int endpoint(const char *text, struct sw_endpoint *ret)
{
	return sw_endpoint_parse(text, ret, &err);
}

static void test_endpoints(void **state)
{
	static const char *const wrong[] = {
		"",
		"inet:",
		"inet:127.0.0.1",
		"inet:127.0.0.1:",
		"inet::25",
		"inet:127.1:25",
		"inet:127.0.0.1:65536",
		"inet:127.0.0.1:2 5",
		"inet:[::1:25",
		"inet:127.0.0.1:-1",
		"inet:[127.0.0.1]:25x",
		"unix:",
		"tcp:1.1.1.1:2",
	};
	char text[300] = "unix:/";
	struct sw_endpoint e;

	assert_int_equal(endpoint("inet:192.0.2.1:25", &e), 0);
	assert_int_equal(ntohs(e.address.ip4.sin_port), 25);
	assert_false(sw_endpoint_is_local(&e));
	assert_int_equal(endpoint("inet:127.3.2.1:0", &e), 0);
	assert_true(sw_endpoint_is_local(&e));
	assert_int_equal(endpoint("inet:2001:db8::1:25", &e), 0);
	assert_int_equal(sw_endpoint_family(&e), AF_INET6);
	assert_int_equal(endpoint("unix:/run/x", &e), 0);
	assert_true(sw_endpoint_is_local(&e));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (endpoint(wrong[i], &e) != -EINVAL)
			fail_msg("%s is taken", wrong[i]);
	memset(text + 6, 'x', sizeof(text) - 7);
	assert_int_equal(endpoint(text, &e), -EINVAL);
	memcpy(text, "inet:", 5);
	strcpy(text + sizeof(text) - 4, ":25");
	assert_int_equal(endpoint(text, &e), -EINVAL);
}

static void test_sources(void **state)
{
	union sw_endpoint_address a = { .ip4 = { .sin_family = AF_INET, .sin_port = htons(25) } };
	char text[SW_PREFIX_TEXT];
	struct sw_prefix p;

	inet_pton(AF_INET, "192.0.2.1", &a.ip4.sin_addr);
	p = sw_endpoint_source(&a);
	assert_string_equal(sw_prefix_format(&p, text), "192.0.2.1");
	assert_int_equal(sw_endpoint_port(&a), 25);
	memset(&a, 0, sizeof(a));
	a.ip6.sin6_family = AF_INET6;
	inet_pton(AF_INET6, "2001:db8::1:2", &a.ip6.sin6_addr);
	p = sw_endpoint_source(&a);
	assert_string_equal(sw_prefix_format(&p, text), "2001:db8::1:2");
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &a.ip6.sin6_addr);
	p = sw_endpoint_source(&a);
	assert_string_equal(sw_prefix_format(&p, text), "192.0.2.1");
	a.any.sa_family = AF_UNIX;
	assert_int_equal(sw_endpoint_source(&a).family, 0);
	assert_int_equal(sw_endpoint_port(&a), 0);
}

static void test_unix_socket(void **state)
{
	char *folder = folder_make(), text[256] = "unix:";
	struct sw_endpoint e;
	struct stat st;
	int first, second, file;

	strncat(text, folder_path(folder, "s"), sizeof(text) - 6);
	assert_int_equal(endpoint(text, &e), 0);
	first = sw_endpoint_listen(&e, &err);
	assert_true(first >= 0);
	assert_int_equal(stat(text + 5, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	/* one that is left from before */
	second = sw_endpoint_listen(&e, &err);
	assert_true(second >= 0);
	close(first);
	close(second);
	/* what is no socket stays */
	assert_int_equal(unlink(text + 5), 0);
	file = creat(text + 5, 0600);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(sw_endpoint_listen(&e, &err), -EEXIST);
	assert_int_equal(stat(text + 5, &st), 0);
	folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_all),
		cmocka_unit_test(test_wrong),	 cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_sources),	 cmocka_unit_test(test_unix_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
