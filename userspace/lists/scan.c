/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scan - one way through a list file: lines in, items and bad lines out; see
 * reader.h. What all formats have in common is checked here: length of lines, NUL
 * bytes, CRLF, byte order mark.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

static const struct sw_format_reader *const readers[SW_LIST_FORMATS] = {
	[SW_LIST_PLAIN] = &sw_read_plain,
	[SW_LIST_DROP_JSON] = &sw_read_drop_json,
	[SW_LIST_RBLDNSD_IP4SET] = &sw_read_rbldnsd,
	[SW_LIST_RBLDNSD_IP4TRIE] = &sw_read_rbldnsd,
	[SW_LIST_RBLDNSD_IP6TRIE] = &sw_read_rbldnsd,
	[SW_LIST_IPSET] = &sw_read_ipset,
	[SW_LIST_NFT] = &sw_read_nft,
	[SW_LIST_POSTFIX_CIDR] = &sw_read_postfix_cidr,
};

/* ---- what readers say ---- */

void sw_reader_bad(struct sw_reader *r, const char *format, ...)
{
	char words[256];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	r->bad++;
	r->tell(r->ctx, SW_LIST_NOTE_BAD, r->line, words);
}

void sw_reader_skipped(struct sw_reader *r, const char *format, ...)
{
	char words[256] = "skipped: ";
	size_t n = strlen(words);
	va_list args;

	va_start(args, format);
	vsnprintf(words + n, sizeof(words) - n, format, args);
	va_end(args);
	r->tell(r->ctx, SW_LIST_NOTE_SKIPPED, r->line, words);
}

void sw_reader_bad_prefix(struct sw_reader *r, const char *token, size_t n, int code,
			  const struct sw_prefix *meant)
{
	const char *quoted = sw_quote(token, n);
	char buf[SW_PREFIX_TEXT];

	if (code == -EDOM) {
		sw_reader_bad(r, "\"%s\" has bits set below its length; \"%s\" was probably meant",
			      quoted, sw_prefix_format(meant, buf));
		return;
	}
	for (size_t i = 0; i + 1 < n && code == -EINVAL && !memchr(token, ':', n); i++) {
		if (token[i] == '0' && token[i + 1] >= '0' && token[i + 1] <= '9' &&
		    (i == 0 || token[i - 1] == '.')) {
			sw_reader_bad(r, "\"%s\": leading zeros are ambiguous (octal or decimal?)",
				      quoted);
			return;
		}
	}
	sw_reader_bad(r, "\"%s\": %s", quoted, sw_prefix_error(code));
}

/* What no list of senders can mean, unless all of it is left out anyway. */
#define LEAST_LEN4 8
#define LEAST_LEN6 16

static unsigned least_len(const struct sw_prefix *p)
{
	return p->family == 4 ? LEAST_LEN4 : LEAST_LEN6;
}

static inline bool is_too_wide(const struct sw_reader *r, const struct sw_prefix *p, bool exclude)
{
	return r->narrow && !exclude && p->len < least_len(p) && !sw_scrub_covers(r->narrow, p);
}

static void refuse_wide(struct sw_reader *r, const struct sw_prefix *p)
{
	char share[16] = "all", text[SW_PREFIX_TEXT];

	if (p->len)
		snprintf(share, sizeof(share), "1/%u", 1u << p->len);
	sw_reader_bad(r,
		      "covers %s of the IPv%u internet: \"%s\" is shorter than /%u, which only "
		      "an allow list or one with scrub = false may have",
		      share, p->family, sw_prefix_format(p, text), least_len(p));
}

static int give(struct sw_reader *r, const struct sw_prefix *p, bool exclude, const char *text,
		size_t n)
{
	struct sw_item item = { .prefix = *p,
				.exclude = exclude,
				.line = r->line,
				.text = text && n ? text : r->text,
				.text_n = text && n ? n : r->text_n };

	return r->take(r->ctx, &item);
}

int sw_reader_prefix(struct sw_reader *r, const struct sw_prefix *p, bool exclude, const char *text,
		     size_t n)
{
	const struct sw_prefix seen = sw_prefix_unmapped(p);

	if (is_too_wide(r, &seen, exclude)) {
		refuse_wide(r, &seen);
		return 0;
	}
	r->items++;
	return give(r, &seen, exclude, text, n);
}

struct range {
	struct sw_reader *reader;
	bool exclude;
	const char *text;
	size_t n;
};

static int give_piece(void *ctx, const struct sw_prefix *p)
{
	const struct range *range = ctx;

	return give(range->reader, p, range->exclude, range->text, range->n);
}

/* Stops at a piece that is too wide: one refuses the whole range. */
static int check_piece(void *ctx, const struct sw_prefix *p)
{
	const struct range *range = ctx;

	if (!is_too_wide(range->reader, p, range->exclude))
		return 0;
	refuse_wide(range->reader, p);
	return 1;
}

int sw_reader_range(struct sw_reader *r, const struct sw_prefix *from, const struct sw_prefix *to,
		    bool exclude, const char *text, size_t n)
{
	struct sw_prefix first = sw_prefix_unmapped(from), last = sw_prefix_unmapped(to);
	struct range range = { r, exclude, text, n };

	if (from->family == to->family && first.family != last.family) {
		first = *from; /* it begins or ends outside of the mapped ones */
		last = *to;
	}
	if (first.family != last.family) {
		sw_reader_bad(r, "range mixes IPv4 and IPv6");
		return 0;
	}
	if (sw_prefix_cmp(&first, &last) > 0) {
		sw_reader_bad(r, "range ends before it starts");
		return 0;
	}
	if (r->narrow && sw_range_split(&first, &last, check_piece, &range))
		return 0;
	r->items++;
	return sw_range_split(&first, &last, give_piece, &range);
}

int sw_reader_token(struct sw_reader *r, const char *token, size_t token_n, bool exclude,
		    const char *text, size_t n)
{
	struct sw_prefix p;
	int code = sw_prefix_parse(token, token_n, &p);

	if (code == 0)
		return sw_reader_prefix(r, &p, exclude, text, n);
	sw_reader_bad_prefix(r, token, token_n, code, &p);
	return 0;
}

/* ---- the way through the file ---- */

static int scan_line(struct sw_reader *r, const struct sw_format_reader *reader,
		     struct sw_line *line)
{
	struct sw_prefix p;

	if (!line->continued) {
		r->lines++;
		r->line = line->number;
		if (line->number == 1 && line->n >= 3 && !memcmp(line->text, "\357\273\277", 3))
			line->text += 3, line->n -= 3;
	}
	if (!reader->pieces && line->continued)
		return 0;
	if (!reader->pieces && line->more) {
		sw_reader_bad(r, "line is longer than %d bytes", SW_LINE_MAX);
		return 0;
	}
	if (line->n && line->text[line->n - 1] == '\r' && !line->more)
		line->n--;
	r->text = line->text;
	r->text_n = line->n;
	r->partial = line->more;
	if (reader->bare && sw_prefix_parse(line->text, line->n, &p) == 0) /* most lines */
		return sw_reader_prefix(r, &p, false, NULL, 0);
	if (memchr(line->text, '\0', line->n)) {
		sw_reader_bad(r, "line holds NUL bytes");
		return 0;
	}
	return reader->line(r, line->text, line->n);
}

static int choose(struct sw_input *in, enum sw_list_format *format, struct sw_err *err)
{
	const char *text;
	size_t n;
	bool whole;
	int code = sw_input_peek(in, &text, &n, &whole, err);

	if (code == 0)
		code = sw_list_is_text(text, n, err);
	if (code == 0 && *format == SW_LIST_AUTO)
		code = sw_list_recognise(text, n, whole, format, err);
	return code;
}

static int scan_input(struct sw_reader *r, struct sw_input *in)
{
	const struct sw_format_reader *reader = readers[r->format];
	struct sw_line line;
	int code;

	r->state = reader->state_size ? calloc(1, reader->state_size) : NULL;
	if (reader->state_size && !r->state)
		return sw_err_set(r->err, -ENOMEM, "out of memory");
	do {
		code = sw_input_line(in, &line, r->err);
		if (code <= 0)
			break;
		code = scan_line(r, reader, &line);
	} while (code == 0);
	if (code == 0 && reader->end)
		code = reader->end(r);
	if (reader->done)
		reader->done(r);
	free(r->state);
	r->state = NULL;
	return code;
}

int sw_scan(struct sw_reader *r, const char *path, enum sw_list_format format, struct sw_err *err)
{
	struct sw_input *in;
	int code;

	r->err = err;
	r->format = SW_LIST_AUTO;
	code = sw_input_open(path, r->digest, &in, err);
	if (code)
		return code;
	code = choose(in, &format, err);
	if (code == 0) {
		r->format = format;
		code = scan_input(r, in);
	}
	sw_input_close(in);
	return code;
}
