/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients of the control socket send: the first two bytes say how long a line may be
 * and what pieces it comes in. Whatever the pieces, the lines are those that a search for
 * newlines in the whole finds, and each is a request of bounded size or is refused in
 * words.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sw_control_op own[] = { { "hello", NULL, "", NULL }, { 0 } };
static const struct sw_control_op ops[] = { { "block", "prefix for reason", "", NULL },
					    { "list", NULL, "", NULL },
					    { 0 } };

/* Where the search is in the whole. */
struct search {
	const char *rest;
	size_t n;
};

/* ---- requests ---- */

static unsigned depth_of(json_t *value)
{
	unsigned deepest = 0;
	const char *key;
	json_t *inner;
	size_t i;

	json_object_foreach(value, key, inner)
	{
		unsigned d = depth_of(inner);

		deepest = d > deepest ? d : deepest;
	}
	json_array_foreach(value, i, inner)
	{
		unsigned d = depth_of(inner);

		deepest = d > deepest ? d : deepest;
	}
	return deepest + (json_is_object(value) || json_is_array(value));
}

static void check_refusal(int code, const struct sw_err *err)
{
	json_t *error = sw_control_error(code, "%s", err->text);
	char *text = json_dumps(error, JSON_COMPACT);

	assert(code == -EINVAL || code == -E2BIG || code == -ENOSYS);
	assert(err->text[0] && text && !strchr(text, '\n'));
	free(text);
	json_decref(error);
}

static void check_keys(json_t *request)
{
	static const char *const keys[] = { "op", "id", "prefix", "for", "reason" };
	size_t known = 0;

	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		known += json_object_get(request, keys[i]) != NULL;
	assert(known == json_object_size(request));
}

static void check_line(const char *line, size_t n)
{
	const struct sw_control_op *op = NULL;
	json_t *request = NULL, *id = NULL;
	struct sw_err err = { "" };
	int code = sw_control_parse(line, n, &request, &err);

	if (code) {
		assert(!request);
		check_refusal(code, &err);
		return;
	}
	assert(json_is_object(request) && depth_of(request) <= SW_CONTROL_DEPTH);
	code = sw_control_id(request, &id, &err);
	if (code)
		check_refusal(code, &err);
	else
		assert(id == json_object_get(request, "id"));
	code = sw_control_find(own, ops, request, &op, &err);
	if (code) {
		check_refusal(code, &err);
	} else {
		assert(op >= own && op->name);
		assert(!strcmp(op->name, json_string_value(json_object_get(request, "op"))));
		check_keys(request);
	}
	json_decref(request);
}

/* ---- lines ---- */

/* The search's next line: its length, and whether it has an end. */
static size_t next_line(const struct search *s, bool *ends)
{
	const char *end = memchr(s->rest, '\n', s->n);

	*ends = end;
	return end ? (size_t)(end - s->rest) : s->n;
}

static void go_on(struct search *s)
{
	bool ends;
	size_t n = next_line(s, &ends);

	s->rest += n + ends;
	s->n -= n + ends;
}

/* Take all there is; false: the client would be hung up on. */
static bool take_lines(struct sw_control_input *in, size_t max, struct search *s)
{
	enum sw_control_look what;
	const char *line;
	size_t n, expected;
	bool ends;

	while ((what = sw_control_input_look(in, max, &line, &n)) != SW_CONTROL_LOOK_MORE) {
		/* what is thrown away ends before the next line is looked at */
		expected = next_line(s, &ends);
		if (what == SW_CONTROL_LOOK_ENDLESS) {
			assert(in->dropping && in->dropped > 2 * max);
			return false;
		}
		if (what == SW_CONTROL_LOOK_LINE) {
			assert(ends && n == expected && n <= max && !memcmp(line, s->rest, n));
			check_line(line, n);
		} else {
			assert(expected > max);
		}
		sw_control_input_next(in);
		go_on(s);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_control_input in = { 0 };
	struct search s;
	const char *p, *end;
	bool there = true;
	size_t max, piece;

	if (size < 2)
		return 0;
	p = (const char *)data + 2;
	end = (const char *)data + size;
	s = (struct search){ p, size - 2 };
	max = 1 + data[0] * 16;
	piece = 1 + data[1] * (data[1] > 64 ? 16 : 1);
	while (there && p < end) {
		size_t n = (size_t)(end - p) < piece ? (size_t)(end - p) : piece;

		assert(sw_control_bytes_add(&in.bytes, p, n) == 0);
		assert(in.bytes.size <= max + max / 4 + piece + 512);
		there = take_lines(&in, max, &s);
		p += n;
	}
	/* what is left is half a line */
	assert(!there || !memchr(s.rest, '\n', s.n));
	assert(!there || (in.dropping ? !in.bytes.n : in.bytes.n == s.n));
	sw_control_bytes_drop(&in.bytes, in.bytes.n);
	return 0;
}
