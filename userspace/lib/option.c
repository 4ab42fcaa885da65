/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * option - see option.h. One small parser for each type; what they accept is
 * strict, because a value that can be read in two ways ends as a filter that does
 * what nobody asked for.
 */
#include "option.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "mail_address.h"

#define BASE_ROOT struct sw_config
#define BASE_LIST struct sw_config_list

const struct sw_option sw_options[] = {
#define SW_OPTION(section_, name_, type_, field_, def_, min_, max_, words_, help_) \
	{ .section = SW_SECTION_##section_,                                        \
	  .name = (name_),                                                         \
	  .type = SW_OPTION_##type_,                                               \
	  .offset = offsetof(BASE_##section_, field_),                             \
	  .def = (def_),                                                           \
	  .min = (min_),                                                           \
	  .max = (max_),                                                           \
	  .words = (words_),                                                       \
	  .help = (help_) },
#include "options.def"
#undef SW_OPTION
};

const unsigned sw_options_n = sizeof(sw_options) / sizeof(sw_options[0]);
_Static_assert(sizeof(sw_options) / sizeof(sw_options[0]) <= SW_OPTION_ROWS, "SW_OPTION_ROWS");

const struct sw_option *sw_option_find(enum sw_option_section section, const char *name)
{
	for (unsigned i = 0; i < sw_options_n; i++)
		if (sw_options[i].section == section && !strcmp(sw_options[i].name, name))
			return &sw_options[i];
	return NULL;
}

/* Letters to insert, remove or change until @a is @b (Levenshtein); both short. */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	unsigned row[32], left, above_left, next;

	if (strlen(a) >= 32 || n >= 32)
		return UINT_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		above_left = row[0];
		left = row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			bool same = tolower((unsigned char)a[i]) == b[j] ||
				    (a[i] == '_' && b[j] == '-');

			next = above_left + !same;
			above_left = row[j + 1];
			if (above_left + 1 < next)
				next = above_left + 1;
			if (left + 1 < next)
				next = left + 1;
			row[j + 1] = left = next;
		}
	}
	return row[n];
}

const char *sw_option_nearest(enum sw_option_section section, const char *name)
{
	const char *best = NULL;
	unsigned least = 3;

	for (unsigned i = 0; i < sw_options_n; i++) {
		unsigned d = distance(name, sw_options[i].name);

		if (sw_options[i].section == section && d < least) {
			best = sw_options[i].name;
			least = d;
		}
	}
	return best;
}

/* ---- values ---- */

static int no_memory(struct sw_err *err)
{
	return sw_err_set(err, -ENOMEM, "out of memory");
}

static int set_string(char **field, const char *text, struct sw_err *err)
{
	char *copy = strdup(text);

	if (!copy)
		return no_memory(err);
	free(*field);
	*field = copy;
	return 0;
}

/* Digits, and with @fraction one point among them. */
static int parse_number(const char *text, bool fraction, double *ret)
{
	bool digit = false, point = false;

	for (const char *p = text; *p; p++) {
		if (*p >= '0' && *p <= '9')
			digit = true;
		else if (*p == '.' && fraction && !point)
			point = true;
		else
			return -EINVAL;
	}
	if (!digit || strlen(text) > 20)
		return -EINVAL;
	*ret = strtod(text, NULL);
	return 0;
}

static int set_number(const struct sw_option *o, uint32_t *field, const char *text,
		      struct sw_err *err)
{
	double value;

	if (parse_number(text, false, &value) || value < o->min || value > o->max)
		return sw_err_set(err, -EINVAL,
				  "\"%s\" will not do; give a whole number from %.0f to %.0f", text,
				  o->min, o->max);
	*field = (uint32_t)value;
	return 0;
}

static int set_factor(const struct sw_option *o, double *field, const char *text,
		      struct sw_err *err)
{
	double value;

	if (parse_number(text, true, &value) || value > o->max || (value != 0 && value < 1))
		return sw_err_set(err, -EINVAL,
				  "\"%s\" is not a factor; give a number from 1 to %.0f, e.g. 2.5, "
				  "or 0 to take any change",
				  text, o->max);
	*field = value;
	return 0;
}

static int set_percent(const struct sw_option *o, double *field, const char *text,
		       struct sw_err *err)
{
	char number[24];
	size_t n = strlen(text);
	double value;

	if (n < 2 || n > sizeof(number) || text[n - 1] != '%')
		return sw_err_set(err, -EINVAL, "\"%s\" is not a percentage; write it like \"1%%\"",
				  text);
	memcpy(number, text, n - 1);
	number[n - 1] = '\0';
	if (parse_number(number, true, &value) || value < o->min || value > o->max)
		return sw_err_set(err, -EINVAL, "\"%s\" is not a percentage from %.0f%% to %.0f%%",
				  text, o->min, o->max);
	*field = value / 100;
	return 0;
}

static int set_bool(bool *field, const char *text, struct sw_err *err)
{
	static const char *const names[] = { "false", "true", "no", "yes", "off", "on" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*field = i & 1;
			return 0;
		}
	}
	return sw_err_set(err, -EINVAL, "\"%s\" is neither true nor false", text);
}

static int set_word(const struct sw_option *o, char **field, const char *text, struct sw_err *err)
{
	size_t n = strlen(text);

	for (const char *p = o->words; n; p++) {
		size_t word = strcspn(p, " ");

		if (word == n && !memcmp(p, text, n))
			return set_string(field, text, err);
		p += word;
		if (!*p)
			break;
	}
	if (!strcmp(o->name, "action") && !strcmp(text, "hold"))
		return sw_err_set(
			err, -EINVAL,
			"\"hold\" is what first-contact does, and no list; use one of: %s",
			o->words);
	return sw_err_set(err, -EINVAL, "\"%s\" is not one of: %s", text, o->words);
}

static int set_path(const struct sw_option *o, char **field, const char *text, struct sw_err *err)
{
	if (!*text)
		return sw_err_set(err, -EINVAL, "is empty; give a path");
	if (strlen(text) >= PATH_MAX / 2)
		return sw_err_set(err, -EINVAL, "is longer than %d bytes", PATH_MAX / 2 - 1);
	if (o->type == SW_OPTION_PATH && *text != '/')
		return sw_err_set(err, -EINVAL, "\"%s\" must be an absolute path, from / on", text);
	return set_string(field, text, err);
}

/* A name as useradd(8) takes it; whether there is such a user is seen later. */
static int set_user(char **field, const char *text, struct sw_err *err)
{
	size_t n = strlen(text);
	bool good = n <= 32 && *text != '-' && *text != '.';

	for (size_t i = 0; i < n; i++)
		good &= isalnum((unsigned char)text[i]) || strchr("_.-", text[i]);
	if (!good)
		return sw_err_set(err, -EINVAL,
				  "\"%s\" cannot be the name of a user; they have up to 32 "
				  "letters, digits, dots, hyphens and underscores",
				  text);
	return set_string(field, text, err);
}

static int set_mail(char **field, const char *text, struct sw_err *err)
{
	if (!sw_mail_address_is(text, strlen(text)))
		return sw_err_set(err, -EINVAL,
				  "\"%.100s\" is no address of mail; write it like "
				  "\"postmaster@example.org\"",
				  text);
	return set_string(field, text, err);
}

/* ---- rates ---- */

int sw_rate_parse(const char *text, double *ret)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {
		{ "s", 1 },	  { "sec", 1 },	    { "second", 1 },
		{ "min", 60 },	  { "minute", 60 }, { "h", 3600 },
		{ "hour", 3600 }, { "d", 86400 },   { "day", 86400 },
	};
	const char *slash = strchr(text, '/');
	char number[24];
	double value;

	if (!slash || slash == text || (size_t)(slash - text) >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, (size_t)(slash - text));
	number[slash - text] = '\0';
	if (parse_number(number, true, &value))
		return -EINVAL;
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(slash + 1, units[i].name) != 0)
			continue;
		*ret = value / units[i].seconds;
		return 0;
	}
	return -EINVAL;
}

static int set_rate(const struct sw_option *o, double *field, const char *text, struct sw_err *err)
{
	double rate;

	if (sw_rate_parse(text, &rate))
		return sw_err_set(err, -EINVAL,
				  "\"%s\" is not a rate; write a number, / and s, min, h or d, "
				  "e.g. \"6/min\"",
				  text);
	if (rate > o->max || rate < o->min)
		return sw_err_set(err, -EINVAL, "\"%s\" is out of range: from 1/%s to %.0f/s", text,
				  o->min < 1 ? "d" : "s", o->max);
	*field = rate;
	return 0;
}

/* ---- lists of values ---- */

#define TEXTS_MAX 256
#define TEXT_MAX 16384 /* bytes: a whole postscreen_dnsbl_sites can be one */

/* Make room for one more of @size bytes at the end of *@array. */
static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1)) /* there is room up to the next power of two */
		return array;
	return reallocarray(array, n ? n * 2 : 1, size);
}

static int add_interface(struct sw_config *c, const char *name, struct sw_err *err)
{
	size_t n = strlen(name);
	char **array, *copy;

	if (n == 0 || n >= IFNAMSIZ)
		return sw_err_set(err, -EINVAL,
				  "\"%s\" is not the name of an interface: they have 1 to %d bytes",
				  name, IFNAMSIZ - 1);
	for (size_t i = 0; i < n; i++)
		if (name[i] == '/' || name[i] == ':' || !isgraph((unsigned char)name[i]))
			return sw_err_set(err, -EINVAL, "\"%s\" cannot be the name of an interface",
					  name);
	for (size_t i = 0; i < c->interfaces_n; i++)
		if (!strcmp(c->interfaces[i], name))
			return sw_err_set(err, -EINVAL, "\"%s\" is given twice; remove one", name);
	array = grow(c->interfaces, c->interfaces_n, sizeof(*array));
	if (!array)
		return no_memory(err);
	c->interfaces = array;
	copy = strdup(name);
	if (!copy)
		return no_memory(err);
	array[c->interfaces_n++] = copy;
	return 0;
}

static int add_port(const struct sw_option *o, struct sw_config *c, const char *text,
		    struct sw_err *err)
{
	uint32_t port = 0;
	uint16_t *array;
	int code = set_number(o, &port, text, err);

	if (code)
		return code;
	for (size_t i = 0; i < c->ports_n; i++)
		if (c->ports[i] == port)
			return sw_err_set(err, -EINVAL, "%u is given twice; remove one", port);
	array = grow(c->ports, c->ports_n, sizeof(*array));
	if (!array)
		return no_memory(err);
	c->ports = array;
	array[c->ports_n++] = (uint16_t)port;
	return 0;
}

static int add_prefix(struct sw_config *c, const char *text, struct sw_err *err)
{
	struct sw_prefix p, *array;
	char buf[SW_PREFIX_TEXT];
	int code = sw_prefix_parse(text, strlen(text), &p);

	if (code == -EDOM)
		return sw_err_set(err, -EINVAL, "\"%s\": %s; write %s", text, sw_prefix_error(code),
				  sw_prefix_format(&p, buf));
	if (code)
		return sw_err_set(err, -EINVAL,
				  "\"%s\": %s; write an address like 192.0.2.1 or a network like "
				  "2001:db8::/32",
				  text, sw_prefix_error(code));
	if (sw_prefix_is_mapped(&p))
		return sw_err_set(err, -EINVAL,
				  "\"%s\" never comes over the wire; write it as IPv4, in the form "
				  "192.0.2.0/24",
				  text);
	array = grow(c->never_block, c->never_block_n, sizeof(*array));
	if (!array)
		return no_memory(err);
	c->never_block = array;
	array[c->never_block_n++] = p;
	return 0;
}

int sw_option_add_text(struct sw_texts *texts, const char *text, struct sw_err *err)
{
	char **array, *copy;

	if (texts->n >= TEXTS_MAX)
		return sw_err_set(err, -EINVAL, "more than %d; leave some out", TEXTS_MAX);
	array = grow(texts->text, texts->n, sizeof(*array));
	if (!array)
		return no_memory(err);
	texts->text = array;
	copy = strdup(text);
	if (!copy)
		return no_memory(err);
	array[texts->n++] = copy;
	return 0;
}

/* Whoever uses them says whether they mean anything. */
static int add_text(const struct sw_option *o, struct sw_texts *texts, const char *text,
		    struct sw_err *err)
{
	if (!*text || strlen(text) > TEXT_MAX)
		return sw_err_set(err, -EINVAL, "%s: give something of 1 to %d bytes", o->name,
				  TEXT_MAX);
	return sw_option_add_text(texts, text, err);
}

int sw_option_set(const struct sw_option *o, void *base, const char *text, struct sw_err *err)
{
	void *field = (char *)base + o->offset;

	switch (o->type) {
	case SW_OPTION_INTERFACES:
		return add_interface(base, text, err);
	case SW_OPTION_PORTS:
		return add_port(o, base, text, err);
	case SW_OPTION_PREFIXES:
		return add_prefix(base, text, err);
	case SW_OPTION_TEXTS:
		return add_text(o, field, text, err);
	case SW_OPTION_DOMAINS:
		return sw_option_add_domain(field, text, err);
	case SW_OPTION_WORD:
		return set_word(o, field, text, err);
	case SW_OPTION_PATH:
	case SW_OPTION_FILE:
		return set_path(o, field, text, err);
	case SW_OPTION_NUMBER:
		return set_number(o, field, text, err);
	case SW_OPTION_BOOL:
		return set_bool(field, text, err);
	case SW_OPTION_PERCENT:
		return set_percent(o, field, text, err);
	case SW_OPTION_FACTOR:
		return set_factor(o, field, text, err);
	case SW_OPTION_RATE:
		return set_rate(o, field, text, err);
	case SW_OPTION_DURATION:
		return sw_option_set_duration(o, field, text, err);
	case SW_OPTION_DEADMAN:
		return sw_option_set_deadman(o, base, text, err);
	case SW_OPTION_USER:
		return set_user(field, text, err);
	case SW_OPTION_TEMPLATE:
		return sw_option_set_template(o, field, text, err);
	case SW_OPTION_MAIL:
		return set_mail(field, text, err);
	}
	return -EINVAL;
}
