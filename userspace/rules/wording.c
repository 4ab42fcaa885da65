/* SPDX-License-Identifier: GPL-2.0-only */
/* wording - see wording.h. */
#include "wording.h"

#include <stdbool.h>
#include <string.h>

#define CUT "..." /* at the end of what had no room */

struct out {
	char *text;
	size_t n, room; /* without the NUL */
};

/* ---- clean text ---- */

static bool is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Of a character in UTF-8 the first byte alone stands for all of it. */
static bool goes_on(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

static void put(struct out *o, char c)
{
	if (o->n == o->room || (c == ' ' && (!o->n || o->text[o->n - 1] == ' ')))
		return;
	o->text[o->n++] = c;
}

/* @text[@i] */
static void put_byte(struct out *o, const char *text, size_t i)
{
	unsigned char c = (unsigned char)text[i];

	if (is_blank(c))
		put(o, ' ');
	else if (c > ' ' && c < 0x7f)
		put(o, (char)c);
	else if (!goes_on(c) || !i || (unsigned char)text[i - 1] < 0x80)
		put(o, '?');
}

static void put_clean(struct out *o, const char *text)
{
	for (size_t i = 0; text[i] && o->n < o->room; i++)
		put_byte(o, text, i);
}

static size_t end(struct out *o)
{
	while (o->n && o->text[o->n - 1] == ' ')
		o->n--;
	o->text[o->n] = '\0';
	return o->n;
}

size_t sw_wording_clean(const char *text, char *out, size_t size)
{
	struct out o = { .text = out, .room = size - 1 };

	put_clean(&o, text);
	return end(&o);
}

/* ---- templates ---- */

#define FACTS 6

/* In the order of their letters here; the last two give way. */
static const char letters[FACTS + 1] = "achurw";
#define FIRST_LONG 4

struct filling {
	char fact[FACTS][SW_WORDING_TEXT];
	size_t n[FACTS]; /* bytes of it */
	size_t room; /* for those that give way ... */
	unsigned left; /* ... and how many of them are to come */
};

static void take_facts(struct filling *f, const struct sw_wording_facts *facts)
{
	const char *const all[FACTS] = { facts->address, facts->class,	facts->host,
					 facts->lookup,	 facts->reason, facts->words };

	for (unsigned i = 0; i < FACTS; i++)
		f->n[i] = sw_wording_clean(all[i] ? all[i] : "", f->fact[i], SW_WORDING_TEXT);
}

/* The fact that @letter stands for; FACTS: none. */
static unsigned fact_of(char letter)
{
	const char *at = letter ? strchr(letters, letter) : NULL;

	return at ? (unsigned)(at - letters) : FACTS;
}

/* How much of the line is taken whatever is said. */
static void measure(struct filling *f, const char *template)
{
	size_t fixed = 0;

	f->left = 0;
	for (const char *p = template; *p; p++) {
		unsigned i = *p == '%' ? fact_of(p[1]) : FACTS;

		if (*p == '%' && p[1])
			p++;
		if (i >= FIRST_LONG && i < FACTS)
			f->left++;
		else
			fixed += i < FACTS ? f->n[i] : 1;
	}
	f->room = fixed < SW_WORDING_MAX ? SW_WORDING_MAX - fixed : 0;
}

static void put_long(struct out *o, struct filling *f, unsigned i)
{
	size_t share = f->room / f->left, n = f->n[i];

	f->left--;
	if (n > share)
		n = share > strlen(CUT) ? share - strlen(CUT) : 0;
	for (size_t k = 0; k < n; k++)
		put(o, f->fact[i][k]);
	if (n && n < f->n[i])
		put_clean(o, CUT);
	f->room -= n < f->n[i] ? share : n;
}

static void put_macro(struct out *o, struct filling *f, char letter)
{
	unsigned i = fact_of(letter);

	if (letter == '%')
		put(o, '%');
	else if (i >= FIRST_LONG && i < FACTS)
		put_long(o, f, i);
	else if (i < FACTS)
		put_clean(o, f->fact[i]);
}

size_t sw_wording_render(const char *template, const struct sw_wording_facts *facts,
			 char out[SW_WORDING_TEXT])
{
	struct out o = { .text = out, .room = SW_WORDING_MAX };
	struct filling f = { .room = 0 };

	take_facts(&f, facts);
	measure(&f, template);
	for (size_t i = 0; template[i]; i++) {
		if (template[i] != '%')
			put_byte(&o, template, i);
		else if (template[i + 1])
			put_macro(&o, &f, template[++i]);
	}
	return end(&o);
}
