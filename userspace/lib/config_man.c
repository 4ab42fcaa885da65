/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_man - the option table as source of the OPTIONS part of synward.conf(5).
 */
#include <errno.h>
#include <string.h>

#include "duration.h"
#include "option.h"

/* Text as roff would print it: no requests, no escapes, real hyphens. */
static void put_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
}

static const char *placeholder(const struct sw_option *o)
{
	static const char *const names[] = {
		[SW_OPTION_INTERFACES] = "{\"NAME\", ...}",
		[SW_OPTION_PORTS] = "{PORT, ...}",
		[SW_OPTION_PREFIXES] = "{\"PREFIX\", ...}",
		[SW_OPTION_TEXTS] = "{\"TEXT\", ...}",
		[SW_OPTION_DOMAINS] = "{\"DOMAIN\", ...}",
		[SW_OPTION_PATH] = "\"PATH\"",
		[SW_OPTION_FILE] = "\"PATH\"",
		[SW_OPTION_NUMBER] = "NUMBER",
		[SW_OPTION_BOOL] = "true | false",
		[SW_OPTION_PERCENT] = "\"PERCENT%\"",
		[SW_OPTION_FACTOR] = "FACTOR",
		[SW_OPTION_RATE] = "\"NUMBER/UNIT\"",
		[SW_OPTION_DURATION] = "DURATION",
		[SW_OPTION_DEADMAN] = "\"DURATION keep\" | \"DURATION open\" | off",
		[SW_OPTION_USER] = "\"NAME\"",
		[SW_OPTION_TEMPLATE] = "\"TEXT\"",
		[SW_OPTION_MAIL] = "\"ADDRESS\"",
	};

	return names[o->type];
}

static void put_words(FILE *out, const char *words)
{
	for (; *words; words++) {
		if (*words == ' ')
			fputs(" | ", out);
		else
			put_text(out, (const char[]){ *words, '\0' });
	}
}

static void print_option(FILE *out, const struct sw_option *o)
{
	char least[SW_DURATION_TEXT], most[SW_DURATION_TEXT];

	fputs(".TP\n\\fB", out);
	put_text(out, o->name);
	fputs("\\fR = ", out);
	if (o->words && o->type != SW_OPTION_TEMPLATE)
		put_words(out, o->words);
	else
		put_text(out, placeholder(o));
	fputc('\n', out);
	put_text(out, o->help);
	fputc('\n', out);
	if (o->def) {
		fputs("Default: ", out);
		put_text(out, o->def);
		fputs(".\n", out);
	}
	if (o->type == SW_OPTION_NUMBER || o->type == SW_OPTION_PORTS)
		fprintf(out, "From %.0f to %.0f.\n", o->min, o->max);
	if (o->type == SW_OPTION_DURATION)
		fprintf(out, "From %s to %s.\n", sw_duration_format((int64_t)o->min, least),
			sw_duration_format((int64_t)o->max, most));
}

int sw_config_print_man(FILE *out)
{
	static const char *const headings[] = {
		[SW_SECTION_ROOT] = ".SS For the whole filter\n",
		[SW_SECTION_LIST] = ".SS For each list, inside of list NAME { ... }\n",
	};

	for (unsigned s = SW_SECTION_ROOT; s <= SW_SECTION_LIST; s++) {
		fputs(headings[s], out);
		for (unsigned i = 0; i < sw_options_n; i++)
			if (sw_options[i].section == s)
				print_option(out, &sw_options[i]);
	}
	return ferror(out) ? -EIO : 0;
}
