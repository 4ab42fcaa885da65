/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names from strangers: the first byte picks family, state and ways back, the next 16 are the
 * address, the rest are names, one a line, with any bytes that struct sw_dns_record may have.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sw_suffix *suffix;

static void read_source(const uint8_t *data, bool six, struct sw_prefix *ret)
{
	uint64_t hi = 0, lo = 0;

	for (unsigned i = 0; i < 8; i++) {
		hi = hi << 8 | data[i];
		lo = lo << 8 | data[8 + i];
	}
	*ret = six ? sw_prefix_ip6(hi, lo, 128) : sw_prefix_ip4((uint32_t)lo, 32);
}

/* Bytes that are no printable ASCII come as \DDD (dns.h), so there are none here. */
static void read_names(const uint8_t *data, size_t size, struct sw_rdns_facts *facts)
{
	size_t n = 0;

	for (size_t i = 0; i < size && facts->n < SW_RDNS_NAMES_MAX; i++) {
		char *name = facts->name[facts->n].name;

		if (data[i] == '\n') {
			facts->n++;
			n = 0;
		} else if (data[i] > ' ' && data[i] < 0x7f && n + 1 < SW_DNS_NAME) {
			name[n++] = (char)data[i];
			name[n] = '\0';
		}
	}
	if (n)
		facts->n++;
}

static void check(const struct sw_rdns_facts *facts, const struct sw_rdns *r)
{
	char text[SW_RDNS_TEXT];

	assert(r->classes >> SW_RDNS_CLASSES == 0 && r->n <= SW_RDNS_SIGNS_MAX);
	assert(r->name <= facts->n);
	sw_rdns_explain(facts, r, text, sizeof(text));
	assert(*text && strlen(text) < sizeof(text) - 1);
	for (const char *p = text; *p; p++)
		assert(*p >= ' ' && *p < 0x7f);
	if (facts->state != SW_RDNS_NAMED || !facts->n) {
		assert(r->n == 0 && r->points == 0 && r->name == facts->n);
		return;
	}
	assert(r->name < facts->n);
	for (size_t i = 0; i < r->n; i++) {
		assert(r->sign[i].from <= r->sign[i].to);
		assert(r->sign[i].to <= strlen(facts->name[r->name].name));
	}
	assert(!(r->classes & SW_RDNS_GENERIC) || r->points >= SW_RDNS_GENERIC_AT);
	assert(!(r->classes & SW_RDNS_GENERIC) || !(r->classes & SW_RDNS_SERVER));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_rdns_facts facts = { .n = 0 };
	struct sw_rdns rdns;

	if (!suffix && sw_suffix_open(&suffix, NULL))
		abort();
	if (size < 17)
		return 0;
	read_source(data + 1, data[0] & 1, &facts.source);
	facts.state = SW_RDNS_NAMED;
	if (data[0] & 2)
		facts.state = data[0] & 4 ? SW_RDNS_FAILED : SW_RDNS_NONE;
	else
		read_names(data + 17, size - 17, &facts);
	for (size_t i = 0; i < facts.n; i++)
		facts.name[i].back = (enum sw_rdns_way_back)(((data[0] >> 3) + i) % 4);
	sw_rdns_classify(suffix, &facts, &rdns);
	check(&facts, &rdns);
	return 0;
}
