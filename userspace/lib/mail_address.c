/* SPDX-License-Identifier: GPL-2.0-only */
/* mail_address - see mail_address.h. */
#include "mail_address.h"

#include <string.h>

#define LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */
#define LABEL_MAX 63

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Words with dots between them. None begins with '-', which looks like an option. */
static bool is_local(const char *text, size_t n)
{
	if (!n || n > LOCAL_MAX || text[0] == '-' || text[0] == '.' || text[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_alnum(text[i]) && (!text[i] || !strchr("._+=-", text[i])))
			return false;
		if (text[i] == '.' && text[i + 1] == '.')
			return false;
	}
	return true;
}

static bool is_label(const char *text, size_t n)
{
	if (!n || n > LABEL_MAX || text[0] == '-' || text[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(text[i]) && text[i] != '-')
			return false;
	return true;
}

/* Two labels at least, of which the last is no number, as that of an address would be. */
static bool is_domain(const char *text, size_t n)
{
	const char *end = text + n, *label = text;
	unsigned labels = 0;
	bool letters = false;

	for (;; labels++) {
		const char *dot = memchr(label, '.', (size_t)(end - label));
		const char *stop = dot ? dot : end;

		if (!is_label(label, (size_t)(stop - label)))
			return false;
		if (!dot)
			break;
		label = dot + 1;
	}
	for (const char *p = label; p < end; p++)
		letters = letters || (*p != '-' && (*p < '0' || *p > '9'));
	return labels && letters;
}

bool sw_mail_address_is(const char *text, size_t n)
{
	const char *at = n < SW_MAIL_ADDRESS ? memchr(text, '@', n) : NULL;

	return at && is_local(text, (size_t)(at - text)) &&
	       is_domain(at + 1, n - (size_t)(at - text) - 1);
}

const char *sw_mail_address_domain(const char *address)
{
	return strchr(address, '@') + 1;
}
