/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "figures.h"

static const char *program = "bench";
static json_t *cases, *omitted;

void bench_start(const char *name)
{
	program = name;
	cases = json_array();
	omitted = json_array();
	if (!cases || !omitted)
		bench_die("memory");
}

void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
	exit(1);
}

void bench_void(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void *bench_allocate(size_t n, size_t bytes)
{
	void *p = calloc(n ? n : 1, bytes);

	if (!p)
		bench_die("memory");
	return p;
}

double bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The values of the case @name, which is made when it is new. */
static json_t *values_of(const char *name, const char *unit)
{
	json_t *one;
	size_t i;

	json_array_foreach(cases, i,
			   one) if (!strcmp(json_string_value(json_object_get(one, "case")),
					    name)) return json_object_get(one, "values");
	one = json_pack("{s:s, s:s, s:[]}", "case", name, "unit", unit, "values");
	if (!one || json_array_append_new(cases, one))
		bench_die("memory");
	return json_object_get(one, "values");
}

void bench_record(const char *list, const char *what, const char *who, const char *unit,
		  double value)
{
	char name[160];

	snprintf(name, sizeof(name), "%s: %s, %s", list, what, who);
	if (json_array_append_new(values_of(name, unit), json_real(value)))
		bench_die("memory");
}

void bench_omit(const char *list, const char *who, const char *why)
{
	printf("not measured: %s, %s: %s\n", list, who, why);
	fflush(stdout);
	if (json_array_append_new(
		    omitted, json_pack("{s:s, s:s, s:s}", "list", list, "who", who, "why", why)))
		bench_die("memory");
}

void bench_write(const char *path)
{
	json_t *all = json_pack("{s:o, s:o}", "cases", cases, "omitted", omitted);

	if (!all || json_dump_file(all, path, JSON_INDENT(1)))
		bench_die(path);
	json_decref(all);
}
