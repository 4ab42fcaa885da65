/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of allow-spf in state-dir: whatever is in it, what is taken is sound, and comes back
 * the same when it is written.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/spf_domains.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sw_spf_domains *domains)
{
	static struct sw_spf_domains again;
	size_t n, m;
	char *text = sw_spf_domains_print(domains, &n), *copy;

	assert(text);
	copy = strdup(text);
	assert(copy);
	assert(sw_spf_domains_parse(copy, &again, NULL) == 0);
	free(copy);
	copy = sw_spf_domains_print(&again, &m);
	assert(copy && n == m && !memcmp(text, copy, n));
	for (size_t i = 0; i < again.n; i++)
		assert(sw_spf_allow_is_sound(&again.domain[i].allow));
	sw_spf_domains_done(&again);
	free(copy);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sw_spf_domains domains;
	struct sw_err err;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!sw_spf_domains_parse(text, &domains, &err))
		check(&domains);
	sw_spf_domains_done(&domains);
	free(text);
	return 0;
}
