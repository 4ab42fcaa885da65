/* SPDX-License-Identifier: GPL-2.0-only */
/* own - see own.h: gathering, and the addresses of interfaces. */
#include "own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "own_parts.h"

/* ---- gathering ---- */

void sw_own_add(struct sw_own_gather *g, const struct sw_prefix *prefix, const char *format, ...)
{
	struct sw_own_entry *e = &g->entry[g->n];
	va_list args;

	if (g->n == SW_OWN_MAX) {
		if (!g->full)
			sw_own_note(g, LOG_WARNING,
				    "more than %d addresses, gateways, resolvers and SSH sessions: "
				    "what comes after that can be blocked; name it in never-block",
				    SW_OWN_MAX);
		g->full = true;
		return;
	}
	e->prefix = *prefix;
	va_start(args, format);
	vsnprintf(e->why, sizeof(e->why), format, args);
	va_end(args);
	g->n++;
}

/* ---- addresses ---- */

static struct sw_prefix address4(const unsigned char *b)
{
	return sw_prefix_ip4(
		(uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3], 32);
}

static struct sw_prefix address6(const unsigned char *b)
{
	uint64_t part[2] = { 0 };
	struct sw_prefix address;

	for (int i = 0; i < 16; i++)
		part[i / 8] = part[i / 8] << 8 | b[i];
	address = sw_prefix_ip6(part[0], part[1], 128);
	return sw_prefix_unmapped(&address);
}

bool sw_own_address(int family, const void *bytes, struct sw_prefix *ret)
{
	struct sw_prefix p;

	if (family != AF_INET && family != AF_INET6)
		return false;
	p = family == AF_INET ? address4(bytes) : address6(bytes);
	if (!p.hi && !p.lo)
		return false;
	*ret = p;
	return true;
}

int sw_own_parse(const char *text, size_t n, struct sw_prefix *ret)
{
	const char *scope = memchr(text, '%', n);
	unsigned char bytes[sizeof(struct in6_addr)];
	char copy[INET6_ADDRSTRLEN];
	int family = memchr(text, ':', n) ? AF_INET6 : AF_INET;

	if (scope)
		n = (size_t)(scope - text);
	if (n >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (inet_pton(family, copy, bytes) != 1 || !sw_own_address(family, bytes, ret))
		return -EINVAL;
	return 0;
}

static const void *bytes_of(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	if (a->sa_family == AF_INET6)
		return &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	return NULL;
}

static void gather_addresses(struct sw_own_gather *g)
{
	struct ifaddrs *all;
	struct sw_prefix p;

	if (getifaddrs(&all)) {
		sw_own_note(g, LOG_WARNING, "cannot list the addresses of interfaces: %s",
			    strerror(errno));
		return;
	}
	for (struct ifaddrs *a = all; a; a = a->ifa_next) {
		const void *bytes = a->ifa_addr ? bytes_of(a->ifa_addr) : NULL;

		if (bytes && sw_own_address(a->ifa_addr->sa_family, bytes, &p))
			sw_own_add(g, &p, "address of %s", a->ifa_name);
	}
	freeifaddrs(all);
}

/* ---- the result ---- */

/* By prefix; of the same one, what was found first. */
static int compare(const void *a, const void *b)
{
	const struct sw_own_entry *const *x = a, *const *y = b;
	int order = sw_prefix_cmp(&(*x)->prefix, &(*y)->prefix);

	return order ? order : *x < *y ? -1 : *x > *y;
}

static int sort(const struct sw_own_gather *g, struct sw_own *ret)
{
	const struct sw_own_entry **order = calloc(g->n + 1, sizeof(const struct sw_own_entry *));
	struct sw_own own = { .entry = calloc(g->n + 1, sizeof(*own.entry)) };

	if (!order || !own.entry) {
		free(order);
		free(own.entry);
		return -ENOMEM;
	}
	for (size_t i = 0; i < g->n; i++)
		order[i] = &g->entry[i];
	qsort(order, g->n, sizeof(const struct sw_own_entry *), compare);
	for (size_t i = 0; i < g->n; i++)
		if (!own.n || sw_prefix_cmp(&own.entry[own.n - 1].prefix, &order[i]->prefix))
			own.entry[own.n++] = *order[i];
	free(order);
	*ret = own;
	return 0;
}

int sw_own_find(const struct sw_own_places *places,
		void (*note)(void *ctx, int level, const char *text), void *ctx, struct sw_own *ret,
		struct sw_err *err)
{
	struct sw_own_gather g = { .places = places, .note = note, .ctx = ctx };
	int code = -ENOMEM;

	g.entry = calloc(SW_OWN_MAX, sizeof(*g.entry));
	if (g.entry) {
		gather_addresses(&g);
		sw_own_gateways(&g);
		sw_own_resolvers(&g);
		sw_own_ssh(&g);
		code = sort(&g, ret);
	}
	free(g.entry);
	return code ? sw_err_set(err, code, "out of memory") : 0;
}

int sw_own_copy(const struct sw_own *own, struct sw_own *ret)
{
	struct sw_own_entry *entry = malloc((own->n + 1) * sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	if (own->n)
		memcpy(entry, own->entry, own->n * sizeof(*entry));
	ret->entry = entry;
	ret->n = own->n;
	return 0;
}

void sw_own_done(struct sw_own *own)
{
	free(own->entry);
	*own = (struct sw_own){ 0 };
}

bool sw_own_same(const struct sw_own *a, const struct sw_own *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (sw_prefix_cmp(&a->entry[i].prefix, &b->entry[i].prefix))
			return false;
	return true;
}
