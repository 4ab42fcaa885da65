/* SPDX-License-Identifier: GPL-2.0-only */
/* cases - see cases.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "support/cases.h"

#define CASES 400
#define FILES 64
#define FILE_BYTES 65536
#define LINE_BYTES 1024

struct scenario {
	const char *file;
	unsigned line; /* of its name */
	const char *text; /* what follows that line */
	char name[160];
};

struct cases_line cases_at;

static const struct cases *running;
static struct scenario scenarios[CASES];
static size_t scenarios_n;

void cases_stop(const char *what, const char *detail)
{
	fail_msg("%s:%u: %s%s%s", cases_at.file, cases_at.number, what, *detail ? ": " : "",
		 detail);
}

int64_t cases_duration(const char *text)
{
	int64_t ms = 0;

	if (sw_duration_parse(text, strlen(text), &ms))
		cases_stop("not a duration", text);
	return ms;
}

static void run_words(unsigned n, const char *line)
{
	const struct cases_command *c = running->commands;

	if (running->other && running->other(n))
		return;
	while (c->word && strcmp(c->word, cases_at.word[0]) != 0)
		c++;
	if (!c->word)
		cases_stop("not understood", line);
	else if (n <= c->words)
		cases_stop("too few words", line);
	else
		c->run();
}

static void run_line(const char *line)
{
	static char end[] = "";
	char copy[LINE_BYTES], *rest = copy;
	unsigned n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " \t", &rest); w && n < CASES_WORDS - 4;
	     w = strtok_r(NULL, " \t", &rest))
		cases_at.word[n++] = w;
	for (unsigned i = n; i < CASES_WORDS; i++)
		cases_at.word[i] = end;
	cases_at.rest = line + strcspn(line, " \t");
	cases_at.rest += strspn(cases_at.rest, " \t");
	run_words(n, line);
}

/* Up to the next case. */
static void run_case(void **state)
{
	const struct scenario *s = *state;
	char line[LINE_BYTES];
	const char *p;

	cases_at.file = s->file;
	cases_at.number = s->line;
	for (p = s->text; *p && strncmp(p, "case ", 5) != 0; p += *p == '\n') {
		size_t n = strcspn(p, "\n");

		cases_at.number++;
		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		p += n;
		if (line[0] && line[0] != '#')
			run_line(line + strspn(line, " \t"));
	}
}

static int begin_case(void **state)
{
	running->open();
	return 0;
}

static int end_case(void **state)
{
	running->close();
	return 0;
}

/* Its cases point into the text, which stays. */
static char *read_file(const char *path)
{
	char *text = calloc(1, FILE_BYTES);
	FILE *f = fopen(path, "r");
	unsigned line = 1;

	if (!f || !text || !fread(text, 1, FILE_BYTES - 1, f))
		exit(2);
	fclose(f);
	for (char *p = text; *p; p += *p == '\n', line++) {
		size_t n = strcspn(p, "\n");
		struct scenario *s = &scenarios[scenarios_n];

		if (!strncmp(p, "case ", 5) && scenarios_n < CASES) {
			*s = (struct scenario){ .file = path, .line = line };
			s->text = p + n + (p[n] == '\n');
			snprintf(s->name, sizeof(s->name), "%.*s", (int)n - 5, p + 5);
			scenarios_n++;
		}
		p += n;
	}
	return text;
}

int cases_run(const struct cases *cases)
{
	static struct CMUnitTest tests[CASES];
	const char *top = getenv("TOP");
	char pattern[4096], *texts[FILES];
	glob_t files;
	int failed;

	running = cases;
	snprintf(pattern, sizeof(pattern), "%s/%s", top ? top : ".", cases->files);
	if (glob(pattern, 0, NULL, &files) || files.gl_pathc > FILES) {
		fprintf(stderr, "no cases in %s\n", pattern);
		return 2;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		texts[i] = read_file(files.gl_pathv[i]);
	for (size_t i = 0; i < scenarios_n; i++)
		tests[i] = (struct CMUnitTest){ .name = scenarios[i].name,
						.test_func = run_case,
						.setup_func = begin_case,
						.teardown_func = end_case,
						.initial_state = &scenarios[i] };
	failed = _cmocka_run_group_tests(cases->name, tests, scenarios_n, NULL, NULL);
	for (size_t i = 0; i < files.gl_pathc; i++)
		free(texts[i]);
	globfree(&files);
	return failed;
}
