/* SPDX-License-Identifier: GPL-2.0-only */
/* secret - see secret.h. */
#include "dns/secret.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define KEY_LENGTH 20 /* no label of a list's own name is so long without a hyphen */

static const char *const keyed[] = {
#define SW_KEYED(zone) (zone),
#include "dns/keyed.def"
#undef SW_KEYED
};

static bool is_digit_or_lower(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_of_label(char c)
{
	return is_digit_or_lower(lower(c)) || c == '-' || c == '_';
}

/* ---- the file ---- */

struct word {
	const char *p;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct word trim(struct word w)
{
	while (w.n && is_blank(*w.p))
		w.p++, w.n--;
	while (w.n && is_blank(w.p[w.n - 1]))
		w.n--;
	return w;
}

static bool is_label(struct word w, size_t size)
{
	if (!w.n || w.n >= size || *w.p == '-' || w.p[w.n - 1] == '-')
		return false;
	for (size_t i = 0; i < w.n; i++)
		if (!is_of_label(w.p[i]))
			return false;
	return true;
}

static void copy_lower(char *out, struct word w)
{
	for (size_t i = 0; i < w.n; i++)
		out[i] = lower(w.p[i]);
	out[w.n] = '\0';
}

static int add_line(struct sw_secrets *s, struct word line, unsigned number, struct sw_err *err)
{
	const char *sign = memchr(line.p, '=', line.n);
	struct word name = line, key;

	if (!sign)
		return sw_err_set(err, -EINVAL, "line %u: write NAME = KEY", number);
	name.n = (size_t)(sign - line.p);
	key = trim((struct word){ sign + 1, line.n - name.n - 1 });
	name = trim(name);
	if (!is_label(name, SW_SECRET_NAME))
		return sw_err_set(err, -EINVAL,
				  "line %u: the name is not 1 to %d letters, digits, - and _",
				  number, SW_SECRET_NAME - 1);
	if (!is_label(key, SW_SECRET_KEY) || key.n < strlen(SW_SECRET_MASK))
		return sw_err_set(err, -EINVAL,
				  "line %u: the key of %.*s is not 3 to 63 letters, digits and "
				  "hyphens, as a label of a domain name is",
				  number, (int)name.n, name.p);
	if (s->n == SW_SECRETS)
		return sw_err_set(err, -EINVAL, "line %u: more than %d keys", number, SW_SECRETS);
	if (sw_secrets_get(s, name.p, name.n))
		return sw_err_set(err, -EINVAL, "line %u: a second key called %.*s", number,
				  (int)name.n, name.p);
	copy_lower(s->item[s->n].name, name);
	copy_lower(s->item[s->n].key, key);
	s->n++;
	return 0;
}

int sw_secrets_parse(const char *text, size_t n, struct sw_secrets *ret, struct sw_err *err)
{
	struct sw_secrets secrets = { .n = 0 };
	unsigned number = 1;
	int code = 0;

	for (size_t start = 0, end; !code && start < n; start = end + 1, number++) {
		struct word line = { text + start, 0 };
		const char *newline = memchr(line.p, '\n', n - start), *comment;

		end = newline ? (size_t)(newline - text) : n;
		line.n = end - start;
		comment = memchr(line.p, '#', line.n);
		if (comment)
			line.n = (size_t)(comment - line.p);
		line = trim(line);
		if (line.n)
			code = add_line(&secrets, line, number, err);
	}
	if (!code)
		*ret = secrets;
	sw_secrets_done(&secrets);
	return code;
}

const char *sw_secrets_get(const struct sw_secrets *secrets, const char *name, size_t n)
{
	for (size_t i = 0; secrets && i < secrets->n; i++)
		if (strlen(secrets->item[i].name) == n &&
		    !strncasecmp(secrets->item[i].name, name, n))
			return secrets->item[i].key;
	return NULL;
}

void sw_secrets_done(struct sw_secrets *secrets)
{
	explicit_bzero(secrets, sizeof(*secrets));
}

/* ---- masks ---- */

/* Does @n bytes of @rest end with .@zone, with something before it? */
static bool is_below(const char *rest, size_t n, const char *zone)
{
	size_t length = strlen(zone);

	return n > length + 1 && rest[n - length - 1] == '.' &&
	       !strncasecmp(rest + n - length, zone, length);
}

bool sw_secret_is_key(const char *label, size_t n, const char *end)
{
	size_t plain = 0;

	for (size_t i = 0; i < sizeof(keyed) / sizeof(keyed[0]); i++)
		if (label + n < end &&
		    is_below(label + n + 1, (size_t)(end - label - n - 1), keyed[i]))
			return true;
	while (plain < n && is_digit_or_lower(lower(label[plain])))
		plain++;
	return plain == n && n >= KEY_LENGTH;
}

static const char *end_of_domain(const char *p, const char *end)
{
	while (p < end && *p != '=' && *p != '*')
		p++;
	return p;
}

char *sw_secret_mask_domain(const char *domain, size_t n, char *out, size_t size)
{
	const char *p = domain, *end = domain + n, *stop = end_of_domain(p, end);
	size_t used = 0;

	while (p < end) {
		size_t label = 0;

		while (p + label < end && is_of_label(p[label]))
			label++;
		if (label && sw_secret_is_key(p, label, p < stop ? stop : end)) {
			for (const char *m = SW_SECRET_MASK; *m && used + 1 < size; m++)
				out[used++] = *m;
			p += label;
			continue;
		}
		/* a label that is none, or the byte between two */
		for (label = label ? label : 1; label; label--, p++)
			if (used + 1 < size)
				out[used++] = (char)(*p > 0x20 && *p < 0x7f ? *p : '?');
	}
	if (size)
		out[used] = '\0';
	return out;
}

void sw_secret_mask_text(char *text, const char *key)
{
	size_t n = strlen(key), mask = strlen(SW_SECRET_MASK);
	char *from = text, *to = text;

	if (n < mask)
		return;
	while (*from) {
		if (!strncasecmp(from, key, n)) {
			memcpy(to, SW_SECRET_MASK, mask);
			from += n;
			to += mask;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}
