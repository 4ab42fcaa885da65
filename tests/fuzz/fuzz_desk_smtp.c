/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a rejected client sends: the first two bytes say where it is turned away and what pieces come
 * together. Whatever it is, replies are whole lines of printable ASCII with codes of ours, none promises
 * that mail is taken, and their number is bounded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "desk/smtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

/* 354 would ask for a message, 250 for RCPT take a recipient. */
static void check_line(const char *line, size_t n, enum sw_smtp_at at)
{
	static const char *const codes[] = {
		"220", "221", "250", "421", "500", "502", "503", "554"
	};
	bool known = false;

	check(n >= 4 && n <= SW_REPLY_LINE - 2);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		known |= !memcmp(line, codes[i], 3);
	check(known && (line[3] == ' ' || line[3] == '-'));
	check(at == SW_SMTP_RECIPIENT || memcmp(line, "250", 3));
	for (size_t i = 0; i < n; i++)
		check(line[i] >= ' ' && line[i] < 0x7f);
}

static unsigned check_replies(const char *out, size_t n, enum sw_smtp_at at)
{
	unsigned lines = 0;
	const char *end;

	while (n) {
		end = memchr(out, '\n', n);
		check(end && end > out && end[-1] == '\r');
		check_line(out, (size_t)(end - 1 - out), at);
		n -= (size_t)(end + 1 - out);
		out = end + 1;
		lines++;
	}
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sw_smtp_words words = { "mx.example", "Mail is not accepted: listed" };
	char out[SW_SMTP_BYTES];
	struct sw_smtp s;
	enum sw_smtp_at at;
	unsigned lines = 0;
	size_t piece;

	if (size < 2)
		return 0;
	at = data[0] & 1 ? SW_SMTP_RECIPIENT : SW_SMTP_GREETING;
	piece = 1 + data[1] * 4;
	data += 2;
	size -= 2;
	check_replies(out, sw_smtp_greet(&s, at, SW_SMTP_TURNED_AWAY, &words, out), at);
	while (size) {
		size_t n = size < piece ? size : piece;
		bool over = s.over;
		size_t wrote = sw_smtp_take(&s, &words, (const char *)data, n, out);

		check(wrote <= sizeof(out) && (!over || !wrote));
		lines += check_replies(out, wrote, at);
		data += n;
		size -= n;
	}
	check(lines <= SW_SMTP_LINES + 1 && s.lines <= SW_SMTP_LINES);
	return 0;
}
