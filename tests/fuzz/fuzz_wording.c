/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any template and any facts, pieces with a NUL between them: desk-text, desk-lookup, desk-host,
 * reason, the template of a list. Whatever the configuration takes of them, a sender gets one line
 * that can be sent, and where to look it up is never cut off by a stranger's words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/told.h"
#include "lib/option.h"
#include "rules/origin.h"
#include "rules/wording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT, LOOKUP, HOST, REASON, OF_LIST, PIECES };

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_line(const char *text, size_t n)
{
	check(n <= SW_WORDING_MAX && strlen(text) == n && !strstr(text, "  "));
	for (size_t i = 0; i < n; i++)
		check(text[i] >= ' ' && text[i] < 0x7f);
	check(!n || (text[0] != ' ' && text[n - 1] != ' '));
}

/* ---- what the configuration says of a template ---- */

static char *take_option(enum sw_option_section section, const char *name, const char *text)
{
	static char before[] = "before";
	const struct sw_option *o = sw_option_find(section, name);
	struct sw_err err = { "" };
	char *field = strdup(before);

	check(o && field);
	if (!sw_option_set_template(o, &field, text, &err)) {
		check(!strcmp(field, text) && strlen(text) <= o->max && !err.text[0]);
		return field;
	}
	/* refused with words, and nothing happened */
	check(!strcmp(field, before) && err.text[0]);
	free(field);
	return NULL;
}

/* ---- pieces of the whole ---- */

/* Bytes of a line that are taken whatever is said, lookup among them; as many as all if there is
 * a macro that is none. */
static size_t fixed_of(const char *template, const struct sw_wording_facts *f)
{
	size_t n = 0;

	for (const char *p = template; *p; p++) {
		if (*p != '%' || p[1] == '%') {
			n++;
			p += *p == '%';
			continue;
		}
		p++;
		if (!*p || !strchr("acuhrw", *p))
			return SIZE_MAX;
		n += *p == 'a'	 ? strlen(f->address)
		     : *p == 'c' ? strlen(f->class)
		     : *p == 'u' ? strlen(f->lookup)
		     : *p == 'h' ? strlen(f->host)
				 : 0;
	}
	return n;
}

static bool has_macro(const char *template, char letter)
{
	for (const char *p = strchr(template, '%'); p && p[1]; p = strchr(p + 2, '%'))
		if (p[1] == letter)
			return true;
	return false;
}

static void check_render(const char *template, const char *lookup, const char *host,
			 const char *reason)
{
	const struct sw_wording_facts f = { .address = "2001:db8::1",
					    .class = "drop-list",
					    .reason = reason,
					    .words = reason,
					    .lookup = lookup,
					    .host = host };
	char out[SW_WORDING_TEXT], clean[SW_WORDING_TEXT];
	size_t n = sw_wording_render(template, &f, out);

	check_line(out, n);
	check_line(clean, sw_wording_clean(lookup, clean, sizeof(clean)));
	if (has_macro(template, 'u') && fixed_of(template, &f) <= SW_WORDING_MAX)
		check(strstr(out, clean) != NULL);
}

static void check_reason(const char *reason)
{
	char out[SW_WORDING_TEXT];

	check_line(out, sw_wording_lists(reason, out));
	check_line(out, sw_wording_said(reason, out));
}

/* ---- what a source is told ---- */

static void check_told(const struct sw_config *c, const struct sw_config_list *list,
		       const char *reason)
{
	struct sw_prefix source = sw_prefix_ip6(UINT64_C(0x20010db800000000), 1, 128);
	struct sw_verdict verdict = { .source = source };
	struct sw_told told = { .config = c, .source = &source, .class = "drop-list" };
	char out[SW_WORDING_TEXT];
	size_t n = sw_told_render(&told, out);

	check(n);
	check_line(out, n);
	strncpy(verdict.reason, reason, sizeof(verdict.reason) - 1);
	for (unsigned origin = 1; origin <= SW_ORIGIN_DESK; origin++) {
		verdict.origin = (uint8_t)origin;
		told.verdict = &verdict;
		n = sw_told_render(&told, out);
		check(n);
		check_line(out, n);
	}
	told.verdict = NULL;
	told.list = list;
	told.entry = &source;
	n = sw_told_render(&told, out);
	check(n);
	check_line(out, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + PIECES), *piece[PIECES], *next = copy;
	struct sw_config_list list = { .name = (char *)"a-list" };
	struct sw_config config = { .desk_text = NULL };

	check(copy);
	if (size)
		memcpy(copy, data, size);
	memset(copy + size, 0, PIECES);
	for (int i = 0; i < PIECES; i++) {
		piece[i] = next;
		next += strlen(next) + (next + strlen(next) < copy + size);
	}
	check_render(piece[TEXT], piece[LOOKUP], piece[HOST], piece[REASON]);
	check_reason(piece[REASON]);
	config.desk_text = take_option(SW_SECTION_ROOT, "desk-text", piece[TEXT]);
	config.desk_lookup = take_option(SW_SECTION_ROOT, "desk-lookup", piece[LOOKUP]);
	config.desk_host = take_option(SW_SECTION_ROOT, "desk-host", piece[HOST]);
	list.text = take_option(SW_SECTION_LIST, "text", piece[OF_LIST]);
	check_told(&config, &list, piece[REASON]);
	free(config.desk_text);
	free(config.desk_lookup);
	free(config.desk_host);
	free(list.text);
	free(copy);
	return 0;
}
