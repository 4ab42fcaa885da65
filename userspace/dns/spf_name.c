/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_name - see spf_name.h. */
#include "spf_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LABEL 63

static bool labels_are_good(const char *p, const char *end)
{
	size_t label = 0;

	for (; p < end; p++) {
		if (*p == '\0')
			return false;
		label = *p == '.' ? 0 : label + 1;
		if (label > LABEL || (label == 0 && (p + 1 == end || p[1] == '.')))
			return false;
	}
	return true;
}

int sw_spf_name_make(const char *raw, size_t n, char ret[SW_DNS_NAME])
{
	const char *end;

	if (n && raw[n - 1] == '.')
		n--;
	end = raw + n;
	while (end - raw > SW_SPF_NAME_MAX) {
		const char *dot = memchr(raw, '.', (size_t)(end - raw));

		if (!dot)
			return -EINVAL;
		raw = dot + 1;
	}
	if (raw == end || *raw == '.' || !labels_are_good(raw, end))
		return -EINVAL;
	memcpy(ret, raw, (size_t)(end - raw));
	ret[end - raw] = '\0';
	return 0;
}

unsigned sw_spf_name_labels(const char *name)
{
	unsigned n = *name != '\0';

	for (; *name; name++)
		n += *name == '.';
	return n;
}

int sw_spf_name_text(const char *name, char ret[SW_DNS_NAME])
{
	size_t n = 0;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		bool plain = c >= 0x20 && c <= 0x7e && c != '\\';

		if (n + (plain ? 1 : 4) >= SW_DNS_NAME)
			return -EINVAL;
		if (plain)
			ret[n++] = (char)c;
		else
			n += (size_t)snprintf(ret + n, SW_DNS_NAME - n, "\\%03u", c);
	}
	ret[n] = '\0';
	return 0;
}

bool sw_spf_name_is_below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	if (n < d || strcasecmp(name + n - d, domain) != 0)
		return false;
	return n == d || name[n - d - 1] == '.';
}

void sw_spf_name_reverse(const struct sw_prefix *ip, char ret[SW_DNS_NAME])
{
	size_t n = 0;

	if (ip->family == 4) {
		uint32_t a = (uint32_t)ip->lo;

		snprintf(ret, SW_DNS_NAME, "%u.%u.%u.%u.in-addr.arpa", a & 255, a >> 8 & 255,
			 a >> 16 & 255, a >> 24);
		return;
	}
	for (unsigned i = 0; i < 32; i++) {
		uint64_t half = i < 16 ? ip->lo : ip->hi;

		ret[n++] = "0123456789abcdef"[half >> i % 16 * 4 & 15];
		ret[n++] = '.';
	}
	strcpy(ret + n, "ip6.arpa");
}

struct sw_prefix sw_spf_address(const struct sw_dns_answer *answer, size_t i, unsigned family)
{
	const uint8_t *b = family == 4 ? answer->record[i].a : answer->record[i].aaaa;
	uint64_t half[2] = { 0, 0 };

	for (unsigned k = 0; k < (family == 4 ? 4u : 16u); k++)
		half[k / 8] = half[k / 8] << 8 | b[k];
	return family == 4 ? sw_prefix_ip4((uint32_t)half[0], 32)
			   : sw_prefix_ip6(half[0], half[1], 128);
}
