/* SPDX-License-Identifier: GPL-2.0-only */
/* regex - see regex.h. */
#include "regex.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define GROUPS 24 /* pairs of offsets: more than any pattern has groups */
#define MATCH_LIMIT 100000 /* steps; a line that is meant to match takes a few hundred */
#define HEAP_KIB 256 /* for the interpreter, where there is no JIT */

static const char *const field_names[SW_FIELDS] = {
	[SW_FIELD_IP] = "ip",	  [SW_FIELD_ORIG] = "orig", [SW_FIELD_ID] = "id",
	[SW_FIELD_ALT] = "alt",	  [SW_FIELD_RCPT] = "rcpt", [SW_FIELD_N] = "n",
	[SW_FIELD_DSN] = "dsn",	  [SW_FIELD_TEXT] = "text", [SW_FIELD_SOFT] = "soft",
	[SW_FIELD_AUTH] = "auth",
};

struct sw_regex_room {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

struct sw_regex {
	pcre2_code *code;
	uint32_t group[SW_FIELDS]; /* 0: it has none of that name */
};

int sw_regex_room_open(struct sw_regex_room **ret)
{
	struct sw_regex_room *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->data = pcre2_match_data_create(GROUPS, NULL);
	m->context = pcre2_match_context_create(NULL);
	if (!m->data || !m->context) {
		sw_regex_room_close(m);
		return -ENOMEM;
	}
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_heap_limit(m->context, HEAP_KIB);
	*ret = m;
	return 0;
}

struct sw_regex_room *sw_regex_room_close(struct sw_regex_room *m)
{
	if (m) {
		pcre2_match_data_free(m->data);
		pcre2_match_context_free(m->context);
		free(m);
	}
	return NULL;
}

static void find_groups(struct sw_regex *p)
{
	for (int i = SW_FIELD_IP; i < SW_FIELDS; i++) {
		int group = pcre2_substring_number_from_name(p->code, (PCRE2_SPTR)field_names[i]);

		p->group[i] = group > 0 ? (uint32_t)group : 0;
	}
}

int sw_regex_compile(const char *pattern, bool anchored, struct sw_regex **ret, struct sw_err *err)
{
	struct sw_regex *p = calloc(1, sizeof(*p));
	uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL | PCRE2_NEVER_UTF, groups = 0;
	PCRE2_UCHAR words[128];
	PCRE2_SIZE at;
	int code;

	if (!p)
		return sw_err_set(err, -ENOMEM, "no memory for a pattern");
	p->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				options | (anchored ? PCRE2_ANCHORED : 0), &code, &at, NULL);
	if (!p->code) {
		pcre2_get_error_message(code, words, sizeof(words));
		sw_regex_free(p);
		return sw_err_set(err, -EINVAL, "at byte %zu: %s", at, (const char *)words);
	}
	pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups >= GROUPS) {
		sw_regex_free(p);
		return sw_err_set(err, -EINVAL, "it has %u groups", groups);
	}
	/* Without JIT (a processor it does not know, or no memory may be executed) it is
	 * slower, and does the same. */
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	find_groups(p);
	*ret = p;
	return 0;
}

struct sw_regex *sw_regex_free(struct sw_regex *p)
{
	if (p) {
		pcre2_code_free(p->code);
		free(p);
	}
	return NULL;
}

bool sw_regex_match(struct sw_regex_room *m, const struct sw_regex *p, const char *text, size_t n,
		    struct sw_regex_found *ret)
{
	const PCRE2_SIZE *offset;
	int found = pcre2_match(p->code, (PCRE2_SPTR)text, n, 0, 0, m->data, m->context);

	if (found <= 0)
		return false;
	if (!ret)
		return true;
	memset(ret, 0, sizeof(*ret));
	offset = pcre2_get_ovector_pointer(m->data);
	for (int i = 0; i < SW_FIELDS; i++) {
		uint32_t group = p->group[i];

		if ((i && !group) || group >= (uint32_t)found || offset[2 * group] == PCRE2_UNSET)
			continue;
		ret->field[i].at = text + offset[2 * group];
		ret->field[i].n = offset[2 * group + 1] - offset[2 * group];
	}
	return true;
}
