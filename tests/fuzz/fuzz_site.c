/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a value of postscreen_dnsbl_sites, as dialup filters, as probes and as a file of
 * keys: read or refused with words; what is read comes back as it is printed; no key is in
 * any words. Then the bytes are an answer, and a text, for the first site.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dnsbl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEY "k3yk3yk3yk3yk3yk3yk3yk3y"
#define RECORDS 64

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_words(int code, const struct sw_err *err)
{
	check(!code || (err->text[0] && !strstr(err->text, KEY)));
}

static void check_print(const struct sw_sites *sites, const struct sw_secrets *secrets)
{
	size_t n = sw_sites_format(sites, NULL, 0);
	char *text = malloc(n + 1), *again = malloc(n + 1);
	struct sw_sites *twice = NULL;
	struct sw_err err;

	check(text && again);
	check(sw_sites_format(sites, text, n + 1) == n && strlen(text) == n);
	check(!strstr(text, KEY));
	if (!strstr(text, SW_SECRET_MASK)) {
		check(!sw_sites_parse(text, n, secrets, &twice, &err));
		check(sw_sites_format(twice, again, n + 1) == n && !strcmp(text, again));
	}
	sw_sites_free(twice);
	free(text);
	free(again);
}

static void check_answer(const struct sw_site *site, const uint8_t *data, size_t size)
{
	struct sw_dns_record record[RECORDS];
	struct sw_dns_answer answer = { .status = SW_DNS_OK, .record = record };
	struct sw_dnsbl_reading reading;
	char text[SW_DNSBL_TEXT], name[SW_DNS_NAME];
	struct sw_prefix source = sw_prefix_ip6(size, size * 3, 128);

	for (size_t i = 0; i + 4 <= size && answer.n < RECORDS; i += 4, answer.n++)
		memcpy(record[answer.n].a, data + i, 4);
	sw_dnsbl_read(site, &answer, &reading);
	check((reading.dialup & ~reading.matched) == 0 && (!reading.matched || reading.codes));
	for (unsigned i = 0; i < site->filters; i++)
		sw_dnsbl_codes(site, &reading, i, text, sizeof(text));
	record[0].txt.bytes = (const char *)data;
	record[0].txt.n = size;
	answer.n = 1;
	sw_dnsbl_text(site, &answer, text);
	for (const char *p = text; *p; p++)
		check(*p >= 0x20 && *p < 0x7f);
	check(strlen(site->key) < strlen(SW_SECRET_MASK) || !strstr(text, site->key));
	check(strlen(sw_dnsbl_question(site, &source, name)) < SW_DNS_NAME - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char file[] = "dqs = " KEY;
	const char *text = (const char *)data;
	struct sw_secrets secrets = { .n = 0 }, other = { .n = 0 };
	struct sw_sites *sites = NULL;
	struct sw_err err = { "" };
	int code;

	/* in a longer word it is no key, and is shown */
	if (memmem(data, size, KEY, sizeof(KEY) - 1))
		return 0;
	check(!sw_secrets_parse(file, sizeof(file) - 1, &secrets, &err));
	check_words(sw_secrets_parse(text, size, &other, &err), &err);
	code = sw_sites_parse(text, size, &secrets, &sites, &err);
	check_words(code, &err);
	check(!code == (sites != NULL));
	if (sites && sites->n) {
		check_words(sw_sites_mark_dialup(sites, text, size, &secrets, &err), &err);
		check_words(sw_sites_set_probes(sites, text, size, &secrets, &err), &err);
		check_print(sites, &secrets);
		check_answer(&sites->site[0], data, size);
	}
	sw_sites_free(sites);
	return 0;
}
