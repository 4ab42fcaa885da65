/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real mail logs: what each file becomes. fail2ban's say before each line whether it is an
 * attack and whose; those of recipients that are unknown, and of relaying, must be recognised
 * with that source, and nothing else may be taken for one.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "mta/maillog.h"

#define NOW 1125532800000 /* 1 September 2005, as fail2ban has it */

struct counts {
	unsigned lines, marked, found, wrong;
	unsigned kind[SW_MTA_KINDS], fate[SW_MAILLOG_FATES];
};

struct expectation {
	bool given, attack;
	struct sw_prefix host; /* family 0: none that is an address */
};

static const char *folder_of(const char *name)
{
	static char path[512];
	const char *data = getenv("SYNWARD_DATA");

	snprintf(path, sizeof(path), "%s/maillog/%s", data ? data : "../shared/data", name);
	return path;
}

/* "# failJSON: {...}" */
static void read_expectation(const char *json, struct expectation *ret)
{
	json_t *object = json_loads(json, JSON_DISABLE_EOF_CHECK, NULL);
	const char *host = json_string_value(json_object_get(object, "host"));

	*ret = (struct expectation){ .given = true,
				     .attack = json_is_true(json_object_get(object, "match")) };
	if (host && sw_addr_parse(host, &ret->host))
		ret->host.family = 0;
	json_decref(object);
}

/* Words by which people tell such a line, whatever our tables have. */
static bool speaks_of_recipients(const char *line)
{
	static const char *const words[] = {
		"User unknown in",
		"... User unknown",
		"550 User ",
		"undeliverable address",
		"Relay access denied",
		"Relaying denied",
		"relay not permitted",
		"RCPT <oksana@birzhatm",
		"rejected RCPT <some.invalid",
		"to unknown recipient <",
		"Relay attempt from",
		"relay attempt blocked",
		"Recipient address rejected: User unknown",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(line, words[i]))
			return true;
	/* Sendmail names the client only when all recipients of a message were refused */
	return strstr(line, ": from=<") && strstr(line, "nrcpts=0");
}

static bool is_about_recipients(enum sw_mta_kind kind)
{
	return kind == SW_MTA_UNKNOWN_RCPT || kind == SW_MTA_RELAY_REJECT;
}

static void judge(const char *line, const struct expectation *e, const struct sw_maillog_result *r,
		  struct counts *c)
{
	bool marked = e->given && e->attack && speaks_of_recipients(line), found = false;

	c->lines++;
	c->fate[r->fate]++;
	c->marked += marked;
	for (size_t i = 0; i < r->n; i++) {
		const struct sw_mta_event *event = &r->event[i];

		c->kind[event->kind] += event->recipients;
		if (is_about_recipients(event->kind))
			found = true;
		if (e->given && e->host.family && sw_prefix_cmp(&event->source, &e->host)) {
			print_message("another source: %s\n", line);
			c->wrong++;
		}
	}
	c->found += found;
	if (e->given && marked != found) {
		print_message("%s: %s\n", marked ? "missed" : "not to be counted", line);
		c->wrong++;
	}
}

static void read_file(FILE *f, struct counts *c)
{
	struct expectation e = { .given = false };
	struct sw_maillog *m;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	assert_int_equal(sw_maillog_open(SW_MAILLOG_AUTO, 0, &m, NULL), 0);
	while ((n = getline(&line, &size, f)) > 0) {
		struct sw_maillog_result r;

		line[strcspn(line, "\r\n")] = '\0';
		if (!strncmp(line, "# failJSON: ", 12)) {
			read_expectation(line + 12, &e);
			continue;
		}
		if (!*line || *line == '#')
			continue;
		sw_maillog_line(m, line, strlen(line), NOW, &r);
		judge(line, &e, &r, c);
		e.given = false;
	}
	free(line);
	sw_maillog_close(m);
}

static void print_counts(const char *name, const struct counts *c)
{
	print_message("%-30.30s %5u %6u %5u %5u %7u %8u %8u %5u %5u %8u %7u %7u\n", name, c->lines,
		      c->marked, c->found, c->wrong, c->kind[SW_MTA_UNKNOWN_RCPT],
		      c->kind[SW_MTA_DISABLED_RCPT], c->kind[SW_MTA_ACCEPTED_RCPT],
		      c->kind[SW_MTA_RELAY_REJECT], c->kind[SW_MTA_OTHER_REJECT],
		      c->fate[SW_MAILLOG_DEFERRED], c->fate[SW_MAILLOG_STRANGE],
		      c->fate[SW_MAILLOG_FOREIGN]);
}

static void print_heads(void)
{
	print_message("%-30s %5s %6s %5s %5s %7s %8s %8s %5s %5s %8s %7s %7s\n", "", "lines",
		      "marked", "found", "wrong", "unknown", "disabled", "accepted", "relay",
		      "other", "deferred", "strange", "foreign");
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* All files of a folder, one row each; the sum. */
static struct counts read_folder(const char *name)
{
	struct counts sum = { .lines = 0 };
	struct dirent **names;
	int n = scandir(folder_of(name), &names, is_file, alphasort);

	if (n < 0) {
		print_message("SKIP: maillog/%s is not there\n", name);
		skip();
	}
	print_heads();
	for (int i = 0; i < n; i++) {
		struct counts c = { .lines = 0 };
		char path[1024];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", folder_of(name), names[i]->d_name);
		f = fopen(path, "re");
		assert_non_null(f);
		read_file(f, &c);
		fclose(f);
		print_counts(names[i]->d_name, &c);
		sum.lines += c.lines;
		sum.marked += c.marked;
		sum.found += c.found;
		sum.wrong += c.wrong;
		sum.fate[SW_MAILLOG_STRANGE] += c.fate[SW_MAILLOG_STRANGE];
		free(names[i]);
	}
	free(names);
	print_counts("all", &sum);
	return sum;
}

static void test_fail2ban(void **state)
{
	struct counts sum = read_folder("fail2ban");

	assert_true(sum.marked >= 20);
	assert_int_equal(sum.found, sum.marked);
	assert_int_equal(sum.wrong, 0);
}

static void test_misc(void **state)
{
	read_folder("misc");
}

/* A line of "data:" in quotes, without a prefix. */
static bool read_sample(FILE *f, char *data, size_t size)
{
	char *line = NULL, *end;
	size_t n = 0;
	bool found = false;

	while (!found && getline(&line, &n, f) > 0)
		found = !strncmp(line, "data: \"", 7);
	end = found ? strrchr(line, '"') : NULL;
	if (end) {
		*end = '\0';
		snprintf(data, size, "%s", line + 7);
	}
	free(line);
	return end;
}

/* Messages of Postfix by program; all are to be understood. */
static void test_whyscream(void **state)
{
	struct counts sum = { .lines = 0 };
	struct sw_maillog *m;
	struct dirent **names;
	int n = scandir(folder_of("whyscream"), &names, is_file, alphasort);

	if (n < 0) {
		print_message("SKIP: maillog/whyscream is not there\n");
		skip();
	}
	assert_int_equal(sw_maillog_open(SW_MAILLOG_AUTO, 0, &m, NULL), 0);
	for (int i = 0; i < n; i++) {
		char path[1024], tag[64], data[4096];
		struct sw_maillog_result r;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", folder_of("whyscream"), names[i]->d_name);
		snprintf(tag, sizeof(tag), "postfix/%.*s", (int)strcspn(names[i]->d_name, "_"),
			 names[i]->d_name);
		f = fopen(path, "re");
		assert_non_null(f);
		if (read_sample(f, data, sizeof(data))) {
			sw_maillog_message(m, tag, strlen(tag), data, strlen(data), 0, &r);
			judge(data, &(struct expectation){ .given = false }, &r, &sum);
			if (r.fate == SW_MAILLOG_STRANGE)
				print_message("not understood: %s: %s\n", tag, data);
		}
		fclose(f);
		free(names[i]);
	}
	free(names);
	sw_maillog_close(m);
	print_heads();
	print_counts("whyscream", &sum);
	assert_int_equal(sum.fate[SW_MAILLOG_STRANGE], 0);
	assert_int_equal(sum.kind[SW_MTA_UNKNOWN_RCPT], 2);
	assert_int_equal(sum.kind[SW_MTA_RELAY_REJECT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail2ban),
		cmocka_unit_test(test_misc),
		cmocka_unit_test(test_whyscream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
