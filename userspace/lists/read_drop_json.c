/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_drop_json - Spamhaus DROP as JSON, one object on a line.
 *
 *     {"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"arin"}
 *     {"type":"metadata","timestamp":1,"size":42,"records":1,...}
 *
 * The last line says how many there must be: without it, or with another number,
 * the file is not whole. The only file of lists/ that knows jansson.
 */
#include "reader.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

struct state {
	uint64_t records; /* lines with a "cidr", good or bad */
	uint64_t promised;
	bool has_metadata;
	bool last_is_bad; /* the last line was not understood */
};

static int metadata(struct sw_reader *r, const json_t *object)
{
	struct state *s = r->state;
	const json_t *records = json_object_get(object, "records");

	if (!json_is_integer(records) || json_integer_value(records) < 0) {
		sw_reader_bad(r, "metadata without a number of records");
		return 0;
	}
	if (s->has_metadata)
		return sw_err_set(r->err, -EBADMSG,
				  "line %lu: metadata for the second time; two files in one?",
				  r->line);
	s->has_metadata = true;
	s->promised = (uint64_t)json_integer_value(records);
	return 0;
}

static int record(struct sw_reader *r, const json_t *object)
{
	struct state *s = r->state;
	const json_t *cidr = json_object_get(object, "cidr"),
		     *id = json_object_get(object, "sblid");

	if (json_is_string(cidr)) {
		s->records++;
		return sw_reader_token(r, json_string_value(cidr), json_string_length(cidr), false,
				       json_string_value(id), json_string_length(id));
	}
	if (json_object_get(object, "asn"))
		return sw_err_set(r->err, -EBADMSG, "this is the ASN list, it holds no addresses");
	sw_reader_bad(r, "no \"cidr\" in \"%s\"", sw_quote(r->text, r->text_n));
	return 0;
}

static int json_line(struct sw_reader *r, const char *text, size_t n)
{
	struct state *s = r->state;
	const json_t *type;
	json_error_t why;
	json_t *object;
	int code;

	while (n && sw_is_blank(*text))
		text++, n--;
	if (n == 0)
		return 0;
	object = json_loadb(text, n, 0, &why);
	s->last_is_bad = !json_is_object(object);
	if (s->last_is_bad) {
		sw_reader_bad(r, "not a JSON object: %s",
			      object ? "something else" : sw_quote(why.text, strlen(why.text)));
		json_decref(object);
		return 0;
	}
	type = json_object_get(object, "type");
	if (json_is_string(type) && !strcmp(json_string_value(type), "metadata"))
		code = metadata(r, object);
	else
		code = record(r, object);
	json_decref(object);
	return code;
}

static int json_end(struct sw_reader *r)
{
	const struct state *s = r->state;

	if (!s->has_metadata && s->last_is_bad)
		return sw_err_set(
			r->err, -EBADMSG,
			"truncated: ends inside a line, after %llu records, and without metadata",
			(unsigned long long)s->records);
	if (s->records && !s->has_metadata)
		sw_reader_skipped(r,
				  "no metadata line: nothing says whether all records are there");
	if (s->has_metadata && s->promised != s->records)
		return sw_err_set(r->err, -EBADMSG,
				  "truncated: metadata promises %llu records, there are %llu",
				  (unsigned long long)s->promised, (unsigned long long)s->records);
	return 0;
}

const struct sw_format_reader sw_read_drop_json = {
	.state_size = sizeof(struct state),
	.line = json_line,
	.end = json_end,
};
