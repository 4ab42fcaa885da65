/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of mail logs from strangers, one reader for all lines of an input. Whatever they say:
 * what comes out is a whole address of the line or of an earlier one, and a recipient that lies
 * in the line; and a line that begins as Postfix, and names its client, names no other.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mta/maillog.h"
#include "mta/syslog_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1795652297000

static struct sw_maillog *maillog;
static struct sw_prefix client;

/* What the input has as the rest of a line, behind a client whom it cannot change. */
static const char known[] =
	"Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: ";
static const char known_sendmail[] = "Nov 26 00:18:17 mx sm-mta[1]: AAAAAAAAAAA0000: from=<a@b>, "
				     "size=1, class=0, nrcpts=1, msgid=<";
static const char known_sendmail_end[] = ">, proto=ESMTP, daemon=MTA, relay=a.example [192.0.2.1]";

static const char known_exim[] = "2026-11-26 00:18:17 H=a.example (b) [192.0.2.1]";

static void check(const char *line, size_t n, const struct sw_maillog_result *r)
{
	assert((unsigned)r->fate < SW_MAILLOG_FATES && (unsigned)r->format < SW_MAILLOG_FORMATS);
	assert(r->n <= SW_MAILLOG_EVENTS && (r->fate == SW_MAILLOG_EVENT || r->n == 0));
	assert(!r->pattern == !r->name);
	for (size_t i = 0; i < r->n; i++) {
		const struct sw_mta_event *e = &r->event[i];

		assert((unsigned)e->kind < SW_MTA_KINDS && e->kind != SW_MTA_TRAP);
		assert(e->source.family == 4 || e->source.family == 6);
		assert(e->source.len == sw_prefix_full(&e->source));
		assert(e->recipients > 0);
		assert(e->rcpt ? e->rcpt >= line && e->rcpt + e->rcpt_n <= line + n : !e->rcpt_n);
	}
}

static void feed(const char *line, size_t n, struct sw_maillog_result *r)
{
	sw_maillog_line(maillog, line, n, NOW, r);
	check(line, n, r);
}

/* The same bytes as the rest of a line whose client is known: nobody else is named. */
static void feed_behind(const char *before, const char *line, size_t n, const char *after)
{
	size_t a = strlen(before), b = strlen(after);
	char *whole = malloc(a + n + b);
	struct sw_maillog_result r;

	assert(whole);
	memcpy(whole, before, a);
	memcpy(whole + a, line, n);
	memcpy(whole + a + n, after, b);
	feed(whole, a + n + b, &r);
	for (size_t i = 0; i < r.n; i++)
		assert(sw_prefix_cmp(&r.event[i].source, &client) == 0);
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct sw_maillog_result r;

	if (!maillog) {
		assert(sw_addr_parse("192.0.2.1", &client) == 0);
		assert(sw_maillog_open(SW_MAILLOG_AUTO, 16, &maillog, NULL) == 0);
	}
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = newline ? (size_t)(newline - at) : (size_t)(end - at);

		feed(at, n, &r);
		feed_behind(known, at, n, "");
		feed_behind(known_exim, at, n, "");
		feed_behind(known_sendmail, at, n, known_sendmail_end);
		at += n + 1;
	}
	return 0;
}
