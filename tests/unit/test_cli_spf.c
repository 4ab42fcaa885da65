/* SPDX-License-Identifier: GPL-2.0-only */
/* synward spf: its words, its JSON and its exit codes, over a scripted DNS in place of the
 * resolver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/resolve.h"
#include "support/script_dns.h"

/* ---- in the place of cli/resolve.c ---- */

struct sw_resolve {
	struct script_dns *dns;
};

static struct sw_resolve world;
static char server[64];

int sw_resolve_open(const char *where, struct sw_resolve **ret, struct sw_err *err)
{
	snprintf(server, sizeof(server), "%s", where ? where : "");
	if (where && !strcmp(where, "nowhere"))
		return sw_err_set(err, -EINVAL, "nowhere is no address");
	*ret = &world;
	return 0;
}

int sw_resolve_open_all(const char *const *all, size_t n, struct sw_resolve **ret,
			struct sw_err *err)
{
	return sw_resolve_open(n ? *all : NULL, ret, err);
}

struct sw_resolve *sw_resolve_close(struct sw_resolve *resolve)
{
	return NULL;
}

const struct sw_dns *sw_resolve_dns(struct sw_resolve *resolve)
{
	return script_dns_dns(resolve->dns);
}

int sw_resolve_wait(struct sw_resolve *resolve, const bool *done, int patience_ms)
{
	assert_true(patience_ms >= 20000);
	script_dns_pass(resolve->dns, (uint32_t)patience_ms);
	return *done ? 0 : -ETIMEDOUT;
}

/* ---- running it ---- */

static int setup(void **state)
{
	world.dns = script_dns_open();
	return 0;
}

static int teardown(void **state)
{
	world.dns = script_dns_close(world.dns);
	return 0;
}

/* What it writes on @fd goes to @text. */
struct caught {
	int fd, saved;
	FILE *file;
	char text[4096];
};

static void catch (struct caught *c, int fd)
{
	c->fd = fd;
	c->saved = dup(fd);
	c->file = tmpfile();
	assert_true(c->saved >= 0 && c->file);
	assert_true(dup2(fileno(c->file), fd) >= 0);
}

static void give_back(struct caught *c)
{
	size_t n;

	assert_true(dup2(c->saved, c->fd) >= 0);
	close(c->saved);
	rewind(c->file);
	n = fread(c->text, 1, sizeof(c->text) - 1, c->file);
	c->text[n] = '\0';
	fclose(c->file);
}

static struct caught out, err;

/* @words: the command line, one space between words; "''" is an empty one. */
static int run(const char *words)
{
	char copy[512], *argv[32] = { NULL }, *save = NULL;
	int argc = 0, code;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(p, "''") != 0 ? p : p + 2;
	fflush(stdout);
	fflush(stderr);
	catch (&out, STDOUT_FILENO);
	catch (&err, STDERR_FILENO);
	code = sw_cmd_spf(argc, argv);
	fflush(stdout);
	fflush(stderr);
	give_back(&out);
	give_back(&err);
	return code;
}

static void zone(void)
{
	script_dns_zone(world.dns,
			"example.com TXT v=spf1 include:_spf.example.com -all exp=why.example.com\n"
			"_spf.example.com TXT v=spf1 ip4:192.0.2.0/24 a:slow.example.com ?all\n"
			"why.example.com TXT %{i} is not ours\n"
			"h.example.net TXT v=spf1 moo\n"
			"t.example TIMEOUT\n");
}

/* ---- tests ---- */

static void words_of_a_pass(void **state)
{
	zone();
	assert_int_equal(run("spf --ip 192.0.2.7 --from joe@example.com --helo h.example.net"),
			 SW_EXIT_OK);
	assert_string_equal(
		out.text,
		"pass: 192.0.2.7 may send for example.com\n"
		"  example.com: include:_spf.example.com\n"
		"  _spf.example.com: ip4:192.0.2.0/24\n"
		"  the mechanism matches\n"
		"  it took 1 of 10 terms that ask the DNS, of which 0 of 2 found nothing, "
		"and 2 questions\n");
	assert_string_equal(err.text, "");
	assert_string_equal(server, "");
}

static void words_of_a_fail(void **state)
{
	zone();
	assert_int_equal(
		run("spf --ip=::ffff:198.51.100.1 --from=joe@example.com --server=[::1]:53"),
		SW_EXIT_OK);
	assert_non_null(strstr(out.text, "fail: ::ffff:198.51.100.1 may not send for example.com\n"
					 "  example.com: -all\n"
					 "  the mechanism matches\n"
					 "  its own words: 198.51.100.1 is not ours\n"));
	assert_string_equal(server, "[::1]:53");
}

static void other_results(void **state)
{
	static const struct {
		const char *words, *text;
		int code;
	} rows[] = {
		{ "spf --ip 192.0.2.7 --from '' --helo h.example.net",
		  "permerror: the policy is in error; it does not say whether 192.0.2.7 may send "
		  "for h.example.net\n  h.example.net\n  the record has an error: \"moo\": there "
		  "is "
		  "no such mechanism\n",
		  SW_EXIT_OK },
		{ "spf --ip 192.0.2.7 --from <> --helo h.example.net",
		  "permerror: the policy is in error; it does not say whether 192.0.2.7 may send "
		  "for h.example.net\n",
		  SW_EXIT_OK },
		{ "spf --ip 192.0.2.7 --from <joe@example.com>",
		  "pass: 192.0.2.7 may send for example.com\n", SW_EXIT_OK },
		{ "spf --ip 192.0.2.7 --from \xc3\xa4@example.com",
		  "pass: 192.0.2.7 may send for example.com\n", SW_EXIT_OK },
		{ "spf --ip 192.0.2.7 --helo none.example",
		  "none: nobody says whether 192.0.2.7 may send for none.example\n", SW_EXIT_OK },
		{ "spf --ip 192.0.2.7 --from joe@[192.0.2.1]",
		  "none: nobody says whether 192.0.2.7 may send for joe@[192.0.2.1]\n  the sender "
		  "has "
		  "no domain that could have a policy\n",
		  SW_EXIT_OK },
		{ "spf --ip 192.0.2.7 --from joe@t.example",
		  "temperror: it cannot be found out now whether 192.0.2.7 may send for "
		  "t.example\n",
		  SW_EXIT_FAILED },
	};

	zone();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(run(rows[i].words), rows[i].code);
		assert_int_equal(strncmp(out.text, rows[i].text, strlen(rows[i].text)), 0);
	}
}

static void patience_ends(void **state)
{
	zone();
	script_dns_delay(world.dns, "_spf.example.com", 20000);
	assert_int_equal(run("spf --ip 192.0.2.7 --from joe@example.com"), SW_EXIT_OK);
	script_dns_delay(world.dns, "_spf.example.com", 40000);
	assert_int_equal(run("spf --ip 192.0.2.7 --from joe@example.com"), SW_EXIT_FAILED);
	assert_non_null(strstr(out.text, "it takes too long"));
	assert_int_equal(script_dns_waiting(world.dns), 0);
}

static void json(void **state)
{
	json_error_t error;
	json_t *o;

	zone();
	assert_int_equal(run("spf --json --ip 198.51.100.1 --from joe@example.com"), SW_EXIT_OK);
	o = json_loads(out.text, 0, &error);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "result")), "fail");
	assert_string_equal(json_string_value(json_object_get(o, "domain")), "example.com");
	assert_string_equal(json_string_value(json_object_get(o, "from")), "joe@example.com");
	assert_true(json_is_null(json_object_get(o, "helo")));
	assert_string_equal(json_string_value(json_object_get(o, "explanation")),
			    "198.51.100.1 is not ours");
	assert_int_equal(json_array_size(json_object_get(o, "steps")), 1);
	assert_int_equal(json_integer_value(json_object_get(o, "voids")), 1);
	assert_int_equal(json_integer_value(json_object_get(o, "questions")), 4);
	assert_int_equal(json_object_size(o), 11);
	json_decref(o);
	assert_int_equal(run("spf --json --ip 198.51.100.1 --helo localhost"), SW_EXIT_OK);
	assert_non_null(strstr(out.text, "\"domain\":null,\"steps\":[]"));
}

/* What moves the cursor is not written as it is. */
static void hostile_names(void **state)
{
	zone();
	assert_int_equal(run("spf --ip 192.0.2.7 --from joe@\x1b[2J.example"), SW_EXIT_OK);
	assert_null(strchr(out.text, '\x1b'));
	assert_non_null(strstr(out.text, "\\x1b[2J.example"));
}

static void command_lines_that_are_wrong(void **state)
{
	static const char *const usage[] = { "spf", "spf --ip 192.0.2.7", "spf --from a@b.example",
					     "spf --ip 192.0.2.7 --from a@b.example more",
					     "spf --ip 192.0.2.7 --from a@b.example --nonsense" };

	for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]); i++)
		assert_int_equal(run(usage[i]), SW_EXIT_USAGE);
	assert_int_equal(run("spf --ip 192.0.2 --from a@b.example"), SW_EXIT_FAILED);
	assert_non_null(strstr(err.text, "192.0.2: not an address; --ip takes"));
	assert_int_equal(run("spf --ip 192.0.2.1 --from a@b.example --server nowhere"),
			 SW_EXIT_FAILED);
	assert_string_equal(err.text, "synward: nowhere is no address\n");
	assert_string_equal(out.text, "");
	assert_int_equal(run("spf --ip 192.0.2.1 --from a@m\xc3\xbcller.example"), SW_EXIT_FAILED);
	assert_non_null(strstr(err.text, "write the domain in ASCII"));
	assert_int_equal(run("spf --ip 192.0.2.1 --helo m\xc3\xbcller.example"), SW_EXIT_FAILED);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(words_of_a_pass),
		WITH(words_of_a_fail),
		WITH(other_results),
		WITH(patience_ends),
		WITH(json),
		WITH(hostile_names),
		WITH(command_lines_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
