/* SPDX-License-Identifier: GPL-2.0-only */
/* address - see address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_port(const char *text, uint16_t *ret)
{
	unsigned port = 0;

	if (!*text || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	while (*text)
		port = port * 10 + (unsigned)(*text++ - '0');
	if (!port || port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

/* @n bytes of @text, an address of @family. */
static int parse_bytes(const char *text, size_t n, int family, struct sw_dns_address *ret)
{
	char copy[INET6_ADDRSTRLEN];

	if (n >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, n);
	copy[n] = '\0';
	ret->family = family;
	return inet_pton(family, copy, ret->bytes) == 1 ? 0 : -EINVAL;
}

int sw_dns_address_parse(const char *text, struct sw_dns_address *ret)
{
	struct sw_dns_address a = { .port = SW_DNS_PORT };
	const char *colon = strchr(text, ':'), *end = text + strlen(text);
	int code;

	if (*text == '[') {
		const char *close = strchr(text, ']');

		if (!close || (close[1] && (close[1] != ':' || parse_port(close + 2, &a.port))))
			return -EINVAL;
		code = parse_bytes(text + 1, (size_t)(close - text - 1), AF_INET6, &a);
	} else if (colon && strchr(colon + 1, ':')) {
		code = parse_bytes(text, (size_t)(end - text), AF_INET6, &a);
	} else {
		if (colon && parse_port(colon + 1, &a.port))
			return -EINVAL;
		code = parse_bytes(text, (size_t)((colon ? colon : end) - text), AF_INET, &a);
	}
	if (code)
		return code;
	sw_dns_address_format(&a);
	*ret = a;
	return 0;
}

void sw_dns_address_format(struct sw_dns_address *a)
{
	char bytes[INET6_ADDRSTRLEN];

	inet_ntop(a->family, a->bytes, bytes, sizeof(bytes));
	if (a->port == SW_DNS_PORT)
		snprintf(a->text, sizeof(a->text), "%s", bytes);
	else
		snprintf(a->text, sizeof(a->text), a->family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			 bytes, a->port);
}
