/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * option_domain - values that are names of domains; see option.h. Letters, digits, hyphens and
 * underscores in labels (RFC 1035 2.3.1, and _spf.example.com is one, too), nothing that would
 * have to be escaped anywhere.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "option.h"

#define NAME_MAX_BYTES 253 /* RFC 1035 2.3.4 */
#define LABEL_MAX_BYTES 63

/* Why it is none, as far as that is one of the usual slips; else NULL. */
static const char *slip(const char *text)
{
	struct sw_prefix address;

	if (!*text)
		return "is empty; give the name of a domain, like \"example.com\"";
	if (strchr(text, '@'))
		return "is an address of mail; give the domain alone, what is behind the @";
	if (strchr(text, '*'))
		return "has a *; SPF is for each domain by itself, so name each";
	if (strncmp(text, "v=spf1", 6) == 0 || strchr(text, ' ') || strchr(text, ','))
		return "is more than a name; give each domain by itself, in quotes";
	if (sw_prefix_parse(text, strlen(text), &address) != -EINVAL)
		return "is an address; addresses go into a list with action = allow";
	for (const char *p = text; *p; p++)
		if (*p & 0x80)
			return "is not ASCII; write the name as the DNS has it (xn--...)";
	return NULL;
}

/* How many labels there are in the @n bytes; 0: one of them is none. */
static unsigned count_labels(const char *text, size_t n)
{
	unsigned labels = 0;
	size_t label;

	for (const char *p = text, *end = text + n;; p += label + 1, labels++) {
		for (label = 0; p + label < end && p[label] != '.'; label++)
			if (!isalnum((unsigned char)p[label]) && !strchr("-_", p[label]))
				return 0;
		if (!label || label > LABEL_MAX_BYTES || p[0] == '-' || p[label - 1] == '-')
			return 0;
		if (p + label == end)
			return labels + 1;
	}
}

/* The last label, which is no number in any domain that there is. */
static bool ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot[1] && strspn(dot + 1, "0123456789") == strlen(dot + 1);
}

int sw_option_add_domain(struct sw_texts *domains, const char *text, struct sw_err *err)
{
	const char *why = slip(text);
	size_t n = strlen(text);
	char name[NAME_MAX_BYTES + 1];
	unsigned labels = 0;

	if (why)
		return sw_err_set(err, -EINVAL, "\"%.100s\" %s", text, why);
	n -= text[n - 1] == '.';
	if (n && n <= NAME_MAX_BYTES)
		labels = count_labels(text, n);
	for (size_t i = 0; labels && i <= n; i++)
		name[i] = i < n ? (char)tolower((unsigned char)text[i]) : '\0';
	if (!labels || ends_in_number(name))
		return sw_err_set(err, -EINVAL,
				  "\"%.100s\" is not the name of a domain; write it like "
				  "\"example.com\"",
				  text);
	if (labels == 1)
		return sw_err_set(err, -EINVAL,
				  "\"%s\" is a name of one word, which has no SPF; give a whole "
				  "name, like \"example.com\"",
				  name);
	for (size_t i = 0; i < domains->n; i++)
		if (!strcmp(domains->text[i], name))
			return sw_err_set(err, -EINVAL, "\"%s\" is given twice; remove one", name);
	if (domains->n >= SW_ALLOW_SPF_MAX)
		return sw_err_set(err, -EINVAL, "more than %d; leave some out", SW_ALLOW_SPF_MAX);
	return sw_option_add_text(domains, name, err);
}
