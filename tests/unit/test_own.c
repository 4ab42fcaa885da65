/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine says of itself, read: resolv.conf, SSH_CONNECTION and /proc/net/tcp
 * as they are and with junk. What is found in a whole machine is in tests/bpf/test_own.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/own_parts.h"
#include "support/folder.h"
#include "support/random.h"

static char *folder;

static int make_folder(void **unused)
{
	folder = folder_make();
	return 0;
}

static int remove_folder(void **unused)
{
	folder_remove(folder);
	return 0;
}

static void expect_prefix(const struct sw_prefix *p, const char *want)
{
	char text[SW_PREFIX_TEXT];

	assert_string_equal(sw_prefix_format(p, text), want);
}

/* ---- resolv.conf ---- */

static void expect_nameserver(const char *line, const char *want)
{
	struct sw_prefix p;

	assert_int_equal(sw_own_parse_nameserver(line, &p), 1);
	expect_prefix(&p, want);
}

static void name_servers_are_read(void **unused)
{
	expect_nameserver("nameserver 192.0.2.1", "192.0.2.1");
	expect_nameserver("nameserver\t \t192.0.2.1  ", "192.0.2.1");
	expect_nameserver("nameserver 192.0.2.1 # the first", "192.0.2.1");
	expect_nameserver("nameserver 192.0.2.1\r", "192.0.2.1");
	expect_nameserver("nameserver 2001:db8::53", "2001:db8::53");
	expect_nameserver("nameserver fe80::1%eth0", "fe80::1");
	expect_nameserver("nameserver ::ffff:192.0.2.1", "192.0.2.1");
}

static void other_lines_are_not(void **unused)
{
	static const char *const others[] = {
		"",
		"# nameserver 192.0.2.1",
		"; nameserver 192.0.2.1",
		" nameserver 192.0.2.1", /* resolv.conf(5): at the start of the line */
		"nameservers 192.0.2.1",
		"nameserver",
		"search example.net",
		"options edns0",
		"NAMESERVER 192.0.2.1",
	};
	static const char *const bad[] = {
		"nameserver ",
		"nameserver localhost",
		"nameserver 192.0.2",
		"nameserver 192.0.2.256",
		"nameserver 192.0.2.1,192.0.2.2",
		"nameserver 0.0.0.0",
		"nameserver ::",
		"nameserver 2001:db8::/32",
		"nameserver [2001:db8::1]",
		"nameserver %eth0",
		"nameserver 11111111111111111111111111111111111111111111111111111111111111111111",
	};
	struct sw_prefix p = { 0 };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(sw_own_parse_nameserver(others[i], &p), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sw_own_parse_nameserver(bad[i], &p), -EINVAL);
	assert_int_equal(p.family, 0); /* untouched */
}

/* ---- SSH_CONNECTION ---- */

static void expect_ssh(const char *text, const char *want, uint16_t want_port)
{
	struct sw_prefix peer;
	uint16_t port;

	assert_int_equal(sw_own_parse_ssh(text, &peer, &port), 0);
	expect_prefix(&peer, want);
	assert_int_equal(port, want_port);
}

static void ssh_says_who_is_there(void **unused)
{
	expect_ssh("192.0.2.7 50123 198.51.100.1 22", "192.0.2.7", 22);
	expect_ssh("192.0.2.7 50123 2222", "192.0.2.7", 2222); /* SSH_CLIENT */
	expect_ssh("2001:db8::7 50123 2001:db8::1 22", "2001:db8::7", 22);
	expect_ssh("fe80::7%eth0 50123 fe80::1%eth0 22", "fe80::7", 22);
	expect_ssh("::ffff:192.0.2.7 1 ::ffff:198.51.100.1 65535", "192.0.2.7", 65535);
}

static void junk_for_ssh_is_refused(void **unused)
{
	static const char *const junk[] = {
		"",
		" ",
		"192.0.2.7",
		"192.0.2.7 50123",
		"192.0.2.7 50123 198.51.100.1 22 x",
		"192.0.2.7 50123 198.51.100.1 ssh",
		"192.0.2.7 50123 198.51.100.1 0",
		"192.0.2.7 50123 198.51.100.1 65536",
		"192.0.2.7 50123 198.51.100.1 -22",
		"192.0.2.7 50123 198.51.100.1 +22",
		"192.0.2.7 50123 198.51.100.1 22\n",
		"192.0.2.7 x 198.51.100.1 22",
		"host.example 50123 198.51.100.1 22",
		"UNKNOWN 65535 UNKNOWN 65535", /* what sshd says when it does not know */
		"192.0.2.7/8 50123 198.51.100.1 22",
		"0.0.0.0 1 198.51.100.1 22",
		"192.0.2.7 50123 nowhere 22",
		"192.0.2.7 50123 99999999999999999999",
	};
	struct sw_prefix peer = { 0 };
	char large[4096];
	uint16_t port = 7;

	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		assert_int_equal(sw_own_parse_ssh(junk[i], &peer, &port), -EINVAL);
	memset(large, '1', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(sw_own_parse_ssh(large, &peer, &port), -EINVAL);
	assert_int_equal(peer.family, 0);
	assert_int_equal(port, 7);
}

/* ---- /proc/net/tcp ---- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SERVER4 "016433C6" /* 198.51.100.1 */
#define CLIENT4 "070200C0" /* 192.0.2.7 */
#define CLIENT6 "B80D0120000000000000000007000000" /* 2001:db8::7 */
#define MAPPED "0000000000000000FFFF0000070200C0"
#else
#define SERVER4 "C6336401"
#define CLIENT4 "C0000207"
#define CLIENT6 "20010DB8000000000000000000000007"
#define MAPPED "00000000000000000000FFFFC0000207"
#endif
#define ANY6 "00000000000000000000000000000000"
#define REST " 00000000:00000000 00:00000000 00000000     0        0 123 1 0 20 4 30 10 -1"

static void connections_are_read(void **unused)
{
	struct sw_prefix peer;
	uint16_t port;

	assert_int_equal(
		sw_own_parse_tcp("   3: " SERVER4 ":0016 " CLIENT4 ":C3CB 01" REST, &peer, &port),
		1);
	expect_prefix(&peer, "192.0.2.7");
	assert_int_equal(port, 22);
	assert_int_equal(
		sw_own_parse_tcp("  12: " CLIENT6 ":08AE " CLIENT6 ":C3CB 01" REST, &peer, &port),
		1);
	expect_prefix(&peer, "2001:db8::7");
	assert_int_equal(port, 2222);
	assert_int_equal(
		sw_own_parse_tcp("   0: " MAPPED ":0016 " MAPPED ":C3CB 01" REST, &peer, &port), 1);
	expect_prefix(&peer, "192.0.2.7");
}

static void what_is_no_connection_is_passed_over(void **unused)
{
	static const char *const lines[] = {
		"",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt",
		"   0: 00000000:0016 00000000:0000 0A" REST, /* listens */
		"   0: " ANY6 ":0016 " ANY6 ":0000 0A" REST,
		"   0: " SERVER4 ":0016 " CLIENT4 ":C3CB 06" REST, /* TIME_WAIT */
		"   0: " SERVER4 ":0016 " CLIENT4 ":C3CB 0",
		"   0: " SERVER4 ":0016 " CLIENT4 ":C3CB",
		"   0: " SERVER4 ":0016 " CLIENT4,
		"   0: " SERVER4 ":0016",
		"   0: " SERVER4 "0:0016 " CLIENT4 ":C3CB 01" REST,
		"   0: XX6433C6:0016 " CLIENT4 ":C3CB 01" REST,
		"   0: " SERVER4 ":00160 " CLIENT4 ":C3CB 01" REST,
		"::::::::",
	};
	struct sw_prefix peer;
	uint16_t port;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(sw_own_parse_tcp(lines[i], &peer, &port), 0);
}

/* Bytes that go wrong anywhere must not lead anywhere. */
static void random_junk_does_no_harm(void **unused)
{
	static const char letters[] = "0123456789abcdef:. %\tnameserver#FF";
	uint64_t seed = 1;
	struct sw_prefix p;
	char line[80];
	uint16_t port;

	for (int round = 0; round < 100000; round++) {
		size_t n = sw_random(&seed) % sizeof(line);

		for (size_t i = 0; i < n; i++)
			line[i] = letters[sw_random(&seed) % (sizeof(letters) - 1)];
		line[n ? n - 1 : 0] = '\0';
		sw_own_parse_nameserver(line, &p);
		sw_own_parse_ssh(line, &p, &port);
		sw_own_parse_tcp(line, &p, &port);
	}
}

/* ---- all of it ---- */

struct notes {
	char text[4096];
};

static void take_note(void *ctx, int level, const char *text)
{
	struct notes *n = ctx;
	size_t used = strlen(n->text);

	snprintf(n->text + used, sizeof(n->text) - used, "%s\n", text);
}

static const struct sw_own_entry *find(const struct sw_own *own, const char *address)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(address, &p), 0);
	for (size_t i = 0; i < own->n; i++)
		if (!sw_prefix_cmp(&own->entry[i].prefix, &p))
			return &own->entry[i];
	return NULL;
}

static void a_file_with_junk_gives_what_is_good(void **unused)
{
	const struct sw_own_places places = {
		.ssh = "203.0.113.9 1 198.51.100.1 22",
		.resolv_conf = folder_write(folder, "resolv.conf",
					    "# made by hand\n"
					    "nameserver 203.0.113.53\n"
					    "nameserver not-an-address\n"
					    "nameserver 203.0.113.53\n"
					    "nameserver 127.0.0.53\n"
					    "\xff\xfe\n"
					    "nameserver 2001:db8:53::53"),
		.stub_conf = folder_write(folder, "stub.conf", "nameserver 203.0.113.54\n"),
		.utmp = folder_path(folder, "no-such-file"),
	};
	struct notes notes = { "" };
	struct sw_own own;

	assert_int_equal(sw_own_find(&places, take_note, &notes, &own, NULL), 0);
	assert_non_null(find(&own, "203.0.113.53"));
	assert_non_null(find(&own, "2001:db8:53::53"));
	assert_non_null(find(&own, "203.0.113.54")); /* behind the stub */
	assert_non_null(strstr(find(&own, "203.0.113.54")->why, "stub.conf"));
	assert_string_equal(find(&own, "203.0.113.9")->why, "peer of an SSH session");
	assert_non_null(strstr(notes.text, "resolv.conf:3: the name server has no address"));
	for (size_t i = 1; i < own.n; i++)
		assert_true(sw_prefix_cmp(&own.entry[i - 1].prefix, &own.entry[i].prefix) < 0);
	assert_true(sw_own_same(&own, &own));
	sw_own_done(&own);
	assert_int_equal(own.n, 0);
}

static void without_a_stub_its_file_is_not_read(void **unused)
{
	const struct sw_own_places places = {
		.resolv_conf = folder_write(folder, "resolv.conf", "nameserver 203.0.113.53\n"),
		.stub_conf = folder_write(folder, "stub.conf", "nameserver 203.0.113.54\n"),
	};
	struct sw_own own, fewer;

	assert_int_equal(sw_own_find(&places, NULL, NULL, &own, NULL), 0);
	assert_null(find(&own, "203.0.113.54"));
	folder_write(folder, "resolv.conf", "");
	assert_int_equal(sw_own_find(&places, NULL, NULL, &fewer, NULL), 0);
	assert_false(sw_own_same(&own, &fewer));
	sw_own_done(&own);
	sw_own_done(&fewer);
}

static void what_cannot_be_read_is_noted(void **unused)
{
	const struct sw_own_places places = {
		.ssh = "junk",
		.resolv_conf = folder_path(folder, "nothing-here"),
	};
	struct notes notes = { "" };
	struct sw_own own;

	assert_int_equal(sw_own_find(&places, take_note, &notes, &own, NULL), 0);
	assert_non_null(strstr(notes.text, "nothing-here: No such file"));
	assert_non_null(strstr(notes.text, "SSH_CONNECTION"));
	sw_own_done(&own);
}

static void a_huge_file_is_bounded(void **unused)
{
	const char *path = folder_path(folder, "huge");
	const struct sw_own_places places = { .resolv_conf = path };
	struct notes notes = { "" };
	struct sw_own own;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (int i = 0; i < 100000; i++)
		fprintf(f, "nameserver 10.%d.%d.%d\n", i >> 16 & 255, i >> 8 & 255, i & 255);
	fclose(f);
	assert_int_equal(sw_own_find(&places, take_note, &notes, &own, NULL), 0);
	assert_in_range(own.n, 100, SW_OWN_MAX);
	sw_own_done(&own);
}

static void as_many_as_fit_and_that_is_said_once(void **unused)
{
	struct notes notes = { "" };
	struct sw_own_gather g = { .note = take_note, .ctx = &notes };

	g.entry = calloc(SW_OWN_MAX, sizeof(*g.entry));
	assert_non_null(g.entry);
	for (uint32_t i = 0; i < SW_OWN_MAX; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x05000000 + i, 32);

		sw_own_add(&g, &p, "address of eth0");
	}
	assert_int_equal(g.n, SW_OWN_MAX);
	assert_string_equal(notes.text, "");
	for (uint32_t i = 0; i < 3; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x06000000 + i, 32);

		sw_own_add(&g, &p, "address of eth1");
		assert_int_equal(!!strstr(notes.text, "what comes after that can be blocked"), !i);
		notes.text[0] = '\0';
	}
	assert_int_equal(g.n, SW_OWN_MAX);
	free(g.entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_servers_are_read),
		cmocka_unit_test(other_lines_are_not),
		cmocka_unit_test(ssh_says_who_is_there),
		cmocka_unit_test(junk_for_ssh_is_refused),
		cmocka_unit_test(connections_are_read),
		cmocka_unit_test(what_is_no_connection_is_passed_over),
		cmocka_unit_test(random_junk_does_no_harm),
		cmocka_unit_test(a_file_with_junk_gives_what_is_good),
		cmocka_unit_test(without_a_stub_its_file_is_not_read),
		cmocka_unit_test(what_cannot_be_read_is_noted),
		cmocka_unit_test(a_huge_file_is_bounded),
		cmocka_unit_test(as_many_as_fit_and_that_is_said_once),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
