/* SPDX-License-Identifier: GPL-2.0-only */
/* rdns_text - a classification in words. */
#include <stdarg.h>
#include <stdio.h>

#include "rdns.h"

static const struct {
	const char *name, *words;
} classes[SW_RDNS_CLASSES] = {
#define SW_RDNS_CLASS(bit, symbol, name, words) [bit] = { (name), (words) },
#include "dns/rdns_classes.def"
#undef SW_RDNS_CLASS
};

const char *sw_rdns_class_name(unsigned bit)
{
	return classes[bit].name;
}

const char *sw_rdns_class_words(unsigned bit)
{
	return classes[bit].words;
}

const char *sw_rdns_back_words(enum sw_rdns_way_back back)
{
	switch (back) {
	case SW_RDNS_BACK_YES:
		return "leads back to the address";
	case SW_RDNS_BACK_NO:
		return "does not lead back to the address";
	case SW_RDNS_BACK_UNKNOWN:
		return "may lead back to the address, the DNS did not say";
	default:
		return "was not asked for";
	}
}

struct out {
	char *buf;
	size_t n, used;
};

static void put(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *out, const char *format, ...)
{
	va_list args;
	int n;

	if (out->used + 1 >= out->n)
		return;
	va_start(args, format);
	n = vsnprintf(out->buf + out->used, out->n - out->used, format, args);
	va_end(args);
	if (n > 0)
		out->used += (size_t)n < out->n - out->used ? (size_t)n : out->n - out->used - 1;
}

static void put_sign(struct out *out, const struct sw_rdns_sign *sign, const char *name)
{
	put(out, "%s", sign->words);
	if (sign->to > sign->from)
		put(out, " (\"%.*s\")", sign->to - sign->from, name + sign->from);
	if (sign->points)
		put(out, " %+d", sign->points);
}

static void put_name(struct out *out, const struct sw_rdns_facts *facts, const struct sw_rdns *rdns)
{
	const char *name = facts->name[rdns->name].name;

	if (rdns->classes & SW_RDNS_NO_HOST)
		put(out, "\"%s\" cannot be a host's name: ", name);
	else if (rdns->classes & SW_RDNS_GENERIC)
		put(out, "%s is generic, %d points of %d: ", name, rdns->points,
		    SW_RDNS_GENERIC_AT);
	else
		put(out, "%s is not generic%s", name,
		    rdns->n ? ": " : ", nothing is in it that says so");
	for (size_t i = 0; i < rdns->n; i++) {
		put(out, "%s", i ? ", " : "");
		put_sign(out, &rdns->sign[i], name);
	}
	if (facts->name[rdns->name].back != SW_RDNS_BACK_NOT_ASKED)
		put(out, "; it %s", sw_rdns_back_words(facts->name[rdns->name].back));
}

const char *sw_rdns_explain(const struct sw_rdns_facts *facts, const struct sw_rdns *rdns,
			    char *buf, size_t n)
{
	struct out out = { .buf = buf, .n = n };

	if (n)
		*buf = '\0';
	if (rdns->name < facts->n && facts->state == SW_RDNS_NAMED)
		put_name(&out, facts, rdns);
	else if (rdns->classes & SW_RDNS_UNKNOWN)
		put(&out, "%s", classes[SW_RDNS_BIT_UNKNOWN].words);
	else
		put(&out, "%s", classes[SW_RDNS_BIT_NO_PTR].words);
	return buf;
}
