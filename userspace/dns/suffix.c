/* SPDX-License-Identifier: GPL-2.0-only */
/* suffix - see suffix.h. */
#include "suffix.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <libpsl.h>

/* The longest rules have five labels; a name has up to 127, all of which may be asked for. */
#define LABELS_MAX 8

/* A handle of our own would hold nothing but this pointer. */
static const psl_ctx_t *list_of(const struct sw_suffix *suffix)
{
	return (const psl_ctx_t *)suffix;
}

int sw_suffix_open(struct sw_suffix **ret, struct sw_err *err)
{
	psl_ctx_t *list = psl_latest(NULL);

	if (!list)
		return sw_err_set(err, -ENOENT,
				  "there is no Public Suffix List; install publicsuffix");
	*ret = (struct sw_suffix *)list;
	return 0;
}

struct sw_suffix *sw_suffix_close(struct sw_suffix *suffix)
{
	psl_free((psl_ctx_t *)suffix); /* NULL, and what is built in, are fine */
	return NULL;
}

/* The list's rule that anything is a suffix is of no use here: "localdomain" is none. */
static bool is_suffix(const struct sw_suffix *suffix, const char *text)
{
	return psl_is_public_suffix2(list_of(suffix), text, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

/* The label that ends before @label; NULL: that was the first. */
static const char *label_before(const char *name, const char *label)
{
	const char *p = label - 1;

	if (label == name)
		return NULL;
	while (p > name && p[-1] != '.')
		p--;
	return p;
}

const char *sw_suffix_registered(const struct sw_suffix *suffix, const char *name)
{
	const char *label = name + strlen(name), *longest = NULL;

	if (label > name)
		label++; /* as if a dot ended it */
	for (int i = 0; i < LABELS_MAX && label; i++) {
		label = label_before(name, label);
		if (label && is_suffix(suffix, label))
			longest = label;
	}
	return longest ? label_before(name, longest) : NULL;
}
