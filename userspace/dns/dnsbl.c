/* SPDX-License-Identifier: GPL-2.0-only */
/* dnsbl - see dnsbl.h. */
#include "dns/dnsbl.h"

#include <stdio.h>
#include <string.h>

#define ALL_CODES 0x7f000000u /* 127.0.0.0/8 */
#define REFUSALS 0x7fffff00u /* 127.255.255.0/24 */

/* ---- the question ---- */

static char *put_octets(char *out, uint32_t addr)
{
	for (unsigned i = 0; i < 4; i++, addr >>= 8)
		out += sprintf(out, "%u.", addr & 0xff);
	return out;
}

static char *put_nibbles(char *out, uint64_t half)
{
	for (unsigned i = 0; i < 16; i++, half >>= 4) {
		*out++ = "0123456789abcdef"[half & 0xf];
		*out++ = '.';
	}
	return out;
}

char *sw_dnsbl_question(const struct sw_site *site, const struct sw_prefix *source,
			char out[SW_DNS_NAME])
{
	char *p = out;

	if (source->family == 4)
		p = put_octets(p, (uint32_t)source->lo);
	else
		p = put_nibbles(put_nibbles(p, source->lo), source->hi);
	memcpy(p, site->domain, strlen(site->domain) + 1);
	return out;
}

/* ---- the answer ---- */

static bool filter_has(const struct sw_site_filter *f, uint32_t code)
{
	return f->any || sw_pattern_has(&f->pattern, code);
}

/* Ascending, without those that are there; when it is full the greatest makes room. */
static void keep_code(struct sw_dnsbl_reading *r, uint32_t code)
{
	unsigned i = 0, after;

	while (i < r->codes && r->code[i] < code)
		i++;
	if (i == SW_DNSBL_CODES || (i < r->codes && r->code[i] == code))
		return;
	after = r->codes - i;
	if (r->codes == SW_DNSBL_CODES)
		after--;
	else
		r->codes++;
	memmove(&r->code[i + 1], &r->code[i], after * sizeof(r->code[0]));
	r->code[i] = code;
}

static void read_record(const struct sw_site *site, uint32_t code, uint32_t *not_dialup,
			struct sw_dnsbl_reading *r)
{
	bool dialup;

	if ((code & 0xff000000u) != ALL_CODES) {
		r->strays++;
		r->stray = code;
		return;
	}
	if ((code & 0xffffff00u) == REFUSALS ||
	    (site->refuses && sw_pattern_has(&site->refusal, code))) {
		r->refusals++;
		r->refusal = code;
		return;
	}
	keep_code(r, code);
	dialup = sw_site_is_dialup(site, code);
	for (unsigned i = 0; i < site->filters; i++) {
		if (!filter_has(&site->filter[i], code))
			continue;
		r->matched |= UINT32_C(1) << i;
		if (!dialup)
			*not_dialup |= UINT32_C(1) << i;
	}
}

void sw_dnsbl_read(const struct sw_site *site, const struct sw_dns_answer *answer,
		   struct sw_dnsbl_reading *ret)
{
	uint32_t not_dialup = 0;

	memset(ret, 0, sizeof(*ret));
	if (answer->status == SW_DNS_TEMPFAIL) {
		ret->trouble = answer->trouble;
		return;
	}
	ret->ttl = answer->ttl;
	for (size_t i = 0; answer->status == SW_DNS_OK && i < answer->n; i++) {
		const uint8_t *a = answer->record[i].a;

		read_record(site, (uint32_t)a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3], &not_dialup,
			    ret);
	}
	ret->dialup = ret->matched & ~not_dialup;
	for (unsigned i = 0; i < site->filters; i++)
		if (ret->matched >> i & 1)
			ret->score += site->filter[i].weight;
	if (ret->codes)
		ret->said = SW_DNSBL_LISTED;
	else
		ret->said = ret->refusals || ret->strays ? SW_DNSBL_TROUBLE : SW_DNSBL_CLEAN;
}

/* ---- for people ---- */

/* What a terminal could obey, or be confused by, becomes '?'. */
static size_t put_clean(char *out, size_t used, size_t size, const char *bytes, size_t n)
{
	bool blank = true; /* none at the beginning */

	for (size_t i = 0; i < n && used + 1 < size; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			if (!blank)
				out[used++] = ' ';
			blank = true;
			continue;
		}
		out[used++] = (char)(c > 0x20 && c < 0x7f ? c : '?');
		blank = false;
	}
	while (used && out[used - 1] == ' ')
		used--;
	return used;
}

char *sw_dnsbl_text(const struct sw_site *site, const struct sw_dns_answer *answer,
		    char out[SW_DNSBL_TEXT])
{
	/* longer than what is kept, so that a key is masked and not cut in two */
	char text[SW_DNSBL_TEXT + SW_SECRET_KEY];
	size_t used = 0, start;
	bool cut;

	for (size_t i = 0; answer->status == SW_DNS_OK && i < answer->n; i++) {
		const struct sw_dns_record *r = &answer->record[i];
		size_t before = used;

		if (used && used + 4 < sizeof(text)) {
			memcpy(text + used, " | ", 3);
			used += 3;
		}
		start = used;
		used = put_clean(text, used, sizeof(text), r->txt.bytes, r->txt.n);
		if (used <= start)
			used = before;
	}
	text[used] = '\0';
	cut = used + 1 == sizeof(text);
	sw_secret_mask_text(text, site->key);
	used = strlen(text);
	/* what was cut may have been in the middle of a key */
	if (cut)
		used -= strlen(site->key) < used ? strlen(site->key) : used;
	if (used >= SW_DNSBL_TEXT)
		used = SW_DNSBL_TEXT - 1;
	memcpy(out, text, used);
	out[used] = '\0';
	return out;
}

size_t sw_dnsbl_codes(const struct sw_site *site, const struct sw_dnsbl_reading *reading,
		      unsigned filter, char *out, size_t size)
{
	char text[SW_DNSBL_CODES * 18 + 8];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < reading->codes; i++) {
		uint32_t code = reading->code[i];

		if (filter_has(&site->filter[filter], code))
			n += (size_t)sprintf(text + n, "%s%u.%u.%u.%u", n ? ", " : "", code >> 24,
					     code >> 16 & 0xff, code >> 8 & 0xff, code & 0xff);
	}
	return (size_t)snprintf(out, size, "%s%s", text,
				reading->codes == SW_DNSBL_CODES ? ", ..." : "");
}
