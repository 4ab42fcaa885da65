/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_maillog - what a line of a mail log costs: a usual day of each mail server, an
 * attack of refused recipients alone, lines of other programs, and lines that are made to be slow.
 *
 * usage: bench_maillog JSON-FILE [quick]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "mta/maillog.h"

#define LIST "mail log"
#define ROUNDS 5
#define LINES 200000
#define NOW 1795652297000

/* %06u is another number for each message. */

#define POSTFIX_REFUSED                                                                       \
	"Nov 26 00:18:17 mx postfix/smtpd[1831]: NOQUEUE: reject: RCPT from "                 \
	"b.example[192.0.2.2]: "                                                              \
	"550 5.1.1 <u%06u@example.org>: Recipient address rejected: User unknown in virtual " \
	"mailbox table; from=<x@example.net> to=<u%06u@example.org> proto=ESMTP helo=<b.example>"

static const char *const postfix_day[] = {
	"Nov 26 00:18:17 mx postfix/smtpd[1830]: connect from a.example[192.0.2.1]",
	"Nov 26 00:18:17 mx postfix/smtpd[1830]: C6E0D%06u: client=a.example[192.0.2.1]",
	"Nov 26 00:18:17 mx postfix/cleanup[1894]: C6E0D%06u: "
	"message-id=<A40CF64D-7F2D@example.net>",
	"Nov 26 00:18:17 mx postfix/qmgr[18719]: C6E0D%06u: from=<x@example.net>, size=309891, "
	"nrcpt=1 "
	"(queue active)",
	"Nov 26 00:18:17 mx postfix/smtpd[1830]: disconnect from a.example[192.0.2.1] ehlo=1 "
	"mail=1 "
	"rcpt=1 data=1 quit=1 commands=5",
	"Nov 26 00:18:17 mx postfix/local[1810]: C6E0D%06u: to=<a@example.org>, relay=local, "
	"delay=1.7, "
	"delays=0.02/0/1.7/0.06, dsn=2.0.0, status=sent (delivered to maildir)",
	"Nov 26 00:18:17 mx postfix/qmgr[18719]: C6E0D%06u: removed",
	POSTFIX_REFUSED,
	NULL,
};

static const char *const exim_day[] = {
	"2026-11-26 00:18:17 1AAAAA-0%06u0000-0045 <= x@example.net H=a.example (a.example) "
	"[192.0.2.1] "
	"P=esmtps X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no S=8965 "
	"id=A40CF64D@example.net",
	"2026-11-26 00:18:17 1AAAAA-0%06u0000-0045 => a <a@example.org> R=local_user "
	"T=maildir_home",
	"2026-11-26 00:18:17 1AAAAA-0%06u0000-0045 Completed",
	"2026-11-26 00:18:17 H=b.example (b.example) [192.0.2.2]:4711 I=[198.51.100.1]:25 "
	"F=<x@example.net> rejected RCPT <u%06u@example.org>: Unrouteable address",
	NULL,
};

static const char *const sendmail_day[] = {
	"Nov 26 00:18:17 mx sm-mta[27]: 55HIbc%06u02: from=<x@example.net>, size=108, class=0, "
	"nrcpts=1, "
	"msgid=<A40CF64D@example.net>, proto=ESMTP, daemon=MTA-v4, relay=a.example [192.0.2.1]",
	"Nov 26 00:18:17 mx sm-mta[28]: 55HIbc%06u02: to=<a@example.org>, delay=00:00:01, "
	"xdelay=00:00:00, mailer=local, pri=30405, dsn=2.0.0, stat=Sent",
	"Nov 26 00:18:17 mx sm-mta[883]: 55HIbd%06u02: ruleset=check_rcpt, "
	"arg1=<u%06u@example.org>, "
	"relay=b.example [192.0.2.2], reject=550 5.1.1 <u%06u@example.org>... User unknown",
	NULL,
};

static const char *const opensmtpd_day[] = {
	"Nov 26 00:18:17 mx smtpd[605]: 88166f7f21%06u smtp connected address=192.0.2.1 "
	"host=a.example",
	"Nov 26 00:18:17 mx smtpd[605]: 88166f7f21%06u smtp message msgid=78%06u size=1118 nrcpt=1 "
	"proto=ESMTP",
	"Nov 26 00:18:17 mx smtpd[605]: 88166f7f21%06u smtp failed-command command=\"RCPT "
	"TO:<u%06u@example.org>\" result=\"550 Invalid recipient: <u%06u@example.org>\"",
	"Nov 26 00:18:17 mx smtpd[605]: 88166f7f21%06u smtp disconnected reason=quit",
	NULL,
};

static const char *const attack[] = {
	POSTFIX_REFUSED,
	NULL,
};

static const char *const foreign[] = {
	"Nov 26 00:18:17 mx dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, "
	"lip=198.51.100.1, mpid=%06u, TLS",
	"Nov 26 00:18:17 mx sshd[1]: Accepted publickey for root from 192.0.2.1 port 4%06u ssh2",
	NULL,
};

static const char *const slow[] = {
	"Nov 26 00:18:17 mx sm-mta[1]: 55HIbd%06u02: ruleset=check_rcpt, arg1=<\", relay=, relay=, "
	"relay=, "
	"relay=, relay=, relay=, relay=, relay=, relay=, relay=, relay=, relay=, relay=, relay=, "
	"relay=, "
	"relay=, relay=, relay=\"@example.org>, relay=b.example [192.0.2.2], reject=550 5.7.1 no",
	"2026-11-26 00:18:17 H=(a) [192.0.2.2] F=<\"rejected rejected rejected rejected RCP "
	"rejected RCP "
	"rejected RCP rejected RCP rejected RCP ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) )%06u\"@b> "
	"rejected RCPT "
	"<c@example.org>: address user address user address user account user mailbox user "
	"recipient",
	NULL,
};

/* @n lines of @kinds in turn, with newlines. */
static char *make_lines(const char *const *kinds, unsigned n, size_t *bytes)
{
	char *text = bench_allocate(n, 512), *at = text;
	unsigned number = 0;

	for (unsigned i = 0, kind = 0; i < n; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		at += snprintf(at, 512, kinds[kind], number, number, number);
#pragma GCC diagnostic pop
		*at++ = '\n';
		if (!kinds[++kind]) {
			kind = 0;
			number = (number + 1) % 1000000;
		}
	}
	*bytes = (size_t)(at - text);
	return text;
}

static void measure(const char *what, const char *const *kinds, unsigned rounds)
{
	size_t bytes;
	char *text = make_lines(kinds, LINES, &bytes);

	for (unsigned round = 0; round < rounds; round++) {
		struct sw_maillog *m;
		struct sw_maillog_result r;
		double start;

		if (sw_maillog_open(SW_MAILLOG_AUTO, 0, &m, NULL))
			bench_void("the mail log cannot be opened");
		start = bench_now();
		for (const char *at = text; at < text + bytes;) {
			size_t n = (size_t)((const char *)memchr(at, '\n', bytes) - at);

			sw_maillog_line(m, at, n, NOW, &r);
			at += n + 1;
		}
		bench_record(LIST, what, "synward", "ns", (bench_now() - start) * 1e9 / LINES);
		sw_maillog_close(m);
	}
	free(text);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 2 && !strcmp(argv[2], "quick") ? 2 : ROUNDS;

	bench_start("bench_maillog");
	if (argc < 2)
		bench_void("usage: bench_maillog JSON-FILE [quick]");
	measure("Postfix, a usual day", postfix_day, rounds);
	measure("Exim, a usual day", exim_day, rounds);
	measure("Sendmail, a usual day", sendmail_day, rounds);
	measure("OpenSMTPD, a usual day", opensmtpd_day, rounds);
	measure("refused recipients alone", attack, rounds);
	measure("other programs", foreign, rounds);
	measure("made to be slow", slow, rounds);
	bench_write(argv[1]);
	return 0;
}
