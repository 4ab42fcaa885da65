/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real reports: complaints with the fields that another parser found in them, returned mail with
 * the reason that another one gave it. What is named in known[] we see otherwise, on purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "lib/file.h"
#include "mta/report.h"

#define FILE_BYTES (16u << 20)

static char folder[512];

/* A file of the folder, for the caller to free; NULL: not there. */
static char *read_file(const char *name)
{
	char path[1024], *text = NULL;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return sw_file_read(path, FILE_BYTES, &text) ? NULL : text;
}

static int find_folder(void **state)
{
	const char *data = getenv("SYNWARD_DATA");

	snprintf(folder, sizeof(folder), "%s/reports", data ? data : "../shared/data");
	return 0;
}

static DIR *open_or_skip(void)
{
	DIR *dir = opendir(folder);

	if (!dir) {
		print_message("SKIP: %s is not there (SYNWARD_DATA)\n", folder);
		skip();
	}
	return dir;
}

/* ---- complaints ---- */

static unsigned fields, wrong;

/* Are they the same but for blanks, and for case and '-' when it is a @word? */
static bool same_text(struct sw_text have, const char *want, bool word)
{
	size_t i = 0;

	for (;; want++, i++) {
		while (isspace((unsigned char)*want) || (word && *want == '-'))
			want++;
		while (i < have.n &&
		       (isspace((unsigned char)have.at[i]) || (word && have.at[i] == '-')))
			i++;
		if (!*want || i == have.n)
			return !*want && i == have.n;
		if (word ? tolower((unsigned char)*want) != tolower((unsigned char)have.at[i])
			 : *want != have.at[i])
			return false;
	}
}

static void note(const char *file, const char *key, bool right)
{
	fields++;
	if (right)
		return;
	wrong++;
	print_message("%s: %s is not what it should be\n", file, key);
}

static void compare_text(const char *file, json_t *want, const char *key, struct sw_text have,
			 bool word)
{
	const char *text = json_string_value(json_object_get(want, key));

	if (!json_object_get(want, key))
		return;
	if (text && word && !strcmp(text, "Unspecified"))
		text = NULL;
	note(file, key, text ? have.at && same_text(have, text, word) : !have.at);
}

static void compare_number(const char *file, json_t *want, const char *key, int64_t have)
{
	json_t *number = json_object_get(want, key);

	note(file, key, json_is_null(number) ? !have : json_integer_value(number) == have);
}

static void compare_list(const char *file, json_t *want, enum sw_feedback_list list,
			 const struct sw_report_values *have)
{
	json_t *values = json_object_get(want, sw_feedback_list_name(list));
	bool right;

	if (!json_is_array(values)) {
		compare_text(file, want, sw_feedback_list_name(list), have->value[0], false);
		return;
	}
	right = json_array_size(values) == have->n + have->more;
	for (unsigned i = 0; right && i < have->n; i++)
		right = same_text(have->value[i], json_string_value(json_array_get(values, i)),
				  false);
	note(file, sw_feedback_list_name(list), right);
}

static void compare_fields(const char *file, json_t *want, const struct sw_report *report)
{
	const struct sw_feedback *feedback = &report->feedback;
	char source[SW_PREFIX_TEXT] = "";
	static const bool is_word[SW_FEEDBACK_FIELDS] = {
		[SW_FEEDBACK_FIELD_AUTH_FAILURE] = true,
		[SW_FEEDBACK_FIELD_DELIVERY_RESULT] = true,
		[SW_FEEDBACK_FIELD_ALIGNMENT] = true,
	};

	for (unsigned i = 0; i < SW_FEEDBACK_FIELDS; i++) {
		if (i == SW_FEEDBACK_FIELD_TYPE || i == SW_FEEDBACK_FIELD_VERSION ||
		    i == SW_FEEDBACK_FIELD_ARRIVAL_DATE || i == SW_FEEDBACK_FIELD_SOURCE_IP ||
		    i == SW_FEEDBACK_FIELD_REPORTING_MTA || i == SW_FEEDBACK_FIELD_SOURCE_PORT ||
		    i == SW_FEEDBACK_FIELD_INCIDENTS)
			continue;
		compare_text(file, want, sw_feedback_field_name(i), feedback->field[i], is_word[i]);
	}
	for (unsigned i = 0; i < SW_FEEDBACK_LISTS; i++)
		compare_list(file, want, i, &feedback->list[i]);
	compare_text(file, want, "feedback_type", sw_text_of(sw_feedback_type_name(feedback->type)),
		     true);
	compare_text(file, want, "reporting_mta", feedback->reporting_mta, false);
	compare_number(file, want, "version", feedback->version);
	compare_number(file, want, "incidents", feedback->incidents);
	compare_number(file, want, "source_port", feedback->source_port);
	compare_number(file, want, "arrival_date", feedback->arrival_ms / 1000);
	if (report->source.family)
		sw_prefix_format(&report->source, source);
	compare_text(file, want, "source_ip",
		     report->source.family ? sw_text_of(source) : (struct sw_text){ NULL, 0 },
		     false);
	if (json_is_string(json_object_get(want, "headers")))
		compare_text(file, want, "headers", report->returned, false);
}

static unsigned compare_complaint(const char *file)
{
	char name[300], *text, *expected;
	struct sw_report *report = NULL;
	struct sw_err err = { "" };
	json_t *want;

	snprintf(name, sizeof(name), "%.*s.json", (int)strlen(file) - 4, file);
	expected = read_file(name);
	text = read_file(file);
	if (!expected || !text) {
		free(expected);
		free(text);
		return 0;
	}
	want = json_loads(expected, 0, NULL);
	assert_non_null(want);
	if (sw_report_parse(text, strlen(text), &report, &err))
		fail_msg("%s: %s", file, err.text);
	assert_int_equal(report->kind, SW_REPORT_FEEDBACK);
	compare_fields(file, want, report);
	sw_report_free(report);
	json_decref(want);
	free(expected);
	free(text);
	return 1;
}

static void test_complaints(void **state)
{
	DIR *dir = open_or_skip();
	const struct dirent *entry;
	unsigned files = 0;

	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "arf__", 5) && strstr(entry->d_name, ".eml"))
			files += compare_complaint(entry->d_name);
	closedir(dir);
	print_message("complaints: %u files, %u fields, %u wrong\n", files, fields, wrong);
	assert_true(files > 0);
	assert_int_equal(wrong, 0);
}

/* ---- returned mail ---- */

/* What the other parser knows of single hosts and products, and we do not care to. */
static const char *const known[] = {
	"lhost-mimecast-02.eml", /* calls "unable to relay" a virus */
	"lhost-activehunter-02.eml", "lhost-x2-02.eml", /* "user unknown" from a filter */
	"lhost-receivingses-02.eml", /* 5.1.1 from a filter */
};

static bool is_known(const char *file)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(file, known[i]))
			return true;
	return false;
}

static struct tally {
	char reason[32];
	unsigned rows, reason_right, class_right;
} tallies[64];
static unsigned tallied;

static struct tally *tally_of(const char *reason)
{
	for (unsigned i = 0; i < tallied; i++)
		if (!strcmp(tallies[i].reason, reason))
			return &tallies[i];
	assert_true(tallied < sizeof(tallies) / sizeof(tallies[0]));
	snprintf(tallies[tallied].reason, sizeof(tallies[0].reason), "%s", reason);
	return &tallies[tallied++];
}

static enum sw_report_class class_of(const char *reason)
{
	for (unsigned i = 0; i < SW_REPORT_REASONS; i++)
		if (!strcmp(sw_report_reason_name(i), reason))
			return sw_report_reason_class(i);
	return SW_REPORT_CLASSES;
}

/* The reason of recipient @row of @file, in the other parser's words. */
static const char *reason_of(const char *file, unsigned row, const char *feedback)
{
	struct sw_report *report = NULL;
	const char *reason = "none";
	char name[300], *text;

	snprintf(name, sizeof(name), "dsn/%s", file);
	text = read_file(name);
	assert_non_null(text);
	if (sw_report_parse(text, strlen(text), &report, NULL))
		reason = "refused";
	else if (report->kind == SW_REPORT_REPLY)
		reason = "vacation";
	else if (report->kind == SW_REPORT_FEEDBACK)
		reason = strcmp(sw_feedback_type_name(report->feedback.type), feedback)
				 ? "other feedback"
				 : "feedback";
	else if (row < report->recipients)
		reason = sw_report_reason_name(report->recipient[row].reason);
	sw_report_free(report);
	free(text);
	return reason;
}

static void count_row(const char *file, unsigned row, const char *want, const char *feedback)
{
	const char *have = reason_of(file, row, feedback);
	struct tally *tally = tally_of(want), *all = tally_of("all");
	bool right = !strcmp(have, want);
	bool class =
		right || (class_of(have) == class_of(want) && class_of(want) != SW_REPORT_CLASSES);

	tally->rows++, all->rows++;
	tally->reason_right += right, all->reason_right += right;
	tally->class_right += class, all->class_right += class;
	if (!right)
		print_message("%-28s %u: %s, not %s%s\n", file, row, have, want,
			      is_known(file) ? " (known)" : "");
}

/* One line of dsn_expected.tsv: file, status, reply code, reason, hard bounce, feedback type. */
static void read_row(char *line)
{
	static char before[256];
	static unsigned row;
	char *column[6] = { 0 }, *file;
	unsigned n = 0;

	for (char *next = line; next && n < 6; n++)
		column[n] = strsep(&next, "\t");
	if (n < 6 || !strcmp(column[0], "file"))
		return;
	file = strrchr(column[0], '/');
	file = file ? file + 1 : column[0];
	row = strcmp(before, file) ? 0 : row + 1;
	snprintf(before, sizeof(before), "%s", file);
	count_row(file, row, column[3], column[5]);
}

static void test_returned(void **state)
{
	DIR *dir = open_or_skip();
	char *text = read_file("dsn_expected.tsv"), *next = text;
	const struct tally *all;

	closedir(dir);
	if (!text) {
		print_message("SKIP: dsn_expected.tsv is not there\n");
		skip();
	}
	tally_of("all");
	while (next)
		read_row(strsep(&next, "\n"));
	free(text);
	print_message("%-18s %5s %6s %6s\n", "expected reason", "rows", "same", "class");
	for (unsigned i = 0; i < tallied; i++)
		print_message("%-18s %5u %6u %6u\n", tallies[i].reason, tallies[i].rows,
			      tallies[i].reason_right, tallies[i].class_right);
	all = tally_of("all");
	assert_true(all->rows > 0);
	/* Of a hundred, as many as we know to differ; other samples may have others. */
	assert_true(all->reason_right * 100 >= all->rows * 90);
	assert_int_equal(all->class_right, all->rows);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_returned),
	};

	return cmocka_run_group_tests(tests, find_folder, NULL);
}
