/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_reason - why mail came back: by what the host said, else by its status code. See report.h.
 *
 * Words come before codes, because hosts use 5.7.1 and 5.0.0 for everything; where a code says more than
 * words can, it is in the rules below. The words are a table, report_phrases.def.
 */
#include "report_parts.h"

#include <string.h>

#define SAID_BYTES 8192 /* of a text that are compared */

static const struct {
	const char *name;
	enum sw_report_class class;
} reasons[SW_REPORT_REASONS] = {
#define SW_REPORT_REASON(symbol, name, class) \
	[SW_REASON_##symbol] = { name, SW_REPORT_CLASS_##class },
#include "mta/report.def"
};

static const struct {
	const char *words;
	enum sw_report_reason reason;
} phrases[] = {
#define SW_PHRASE(symbol, words) { words, SW_REASON_##symbol },
#include "mta/report_phrases.def"
#undef SW_PHRASE
};

/* Enhanced status codes (RFC 3463, 7372, 7505, 8601 and others), class left out. */
static const struct {
	const char *code;
	enum sw_report_reason reason;
} codes[] = {
	{ ".1.0", SW_REASON_USER_UNKNOWN },	{ ".1.1", SW_REASON_USER_UNKNOWN },
	{ ".1.2", SW_REASON_HOST_UNKNOWN },	{ ".1.3", SW_REASON_USER_UNKNOWN },
	{ ".1.4", SW_REASON_FILTERED },		{ ".1.6", SW_REASON_HAS_MOVED },
	{ ".1.7", SW_REASON_REJECTED },		{ ".1.8", SW_REASON_REJECTED },
	{ ".1.9", SW_REASON_USER_UNKNOWN },	{ ".1.10", SW_REASON_NOT_ACCEPT },
	{ ".2.0", SW_REASON_FILTERED },		{ ".2.1", SW_REASON_FILTERED },
	{ ".2.2", SW_REASON_MAILBOX_FULL },	{ ".2.3", SW_REASON_EXCEED_LIMIT },
	{ ".2.4", SW_REASON_FILTERED },		{ ".3.0", SW_REASON_SYSTEM },
	{ ".3.1", SW_REASON_SYSTEM_FULL },	{ ".3.2", SW_REASON_NOT_ACCEPT },
	{ ".3.3", SW_REASON_SYSTEM },		{ ".3.4", SW_REASON_EMAIL_TOO_LARGE },
	{ ".3.5", SW_REASON_SYSTEM },		{ ".4.0", SW_REASON_NETWORK },
	{ ".4.1", SW_REASON_EXPIRED },		{ ".4.2", SW_REASON_NETWORK },
	{ ".4.3", SW_REASON_SYSTEM },		{ ".4.4", SW_REASON_HOST_UNKNOWN },
	{ ".4.5", SW_REASON_SPEEDING },		{ ".4.6", SW_REASON_NETWORK },
	{ ".4.7", SW_REASON_EXPIRED },		{ ".5.2", SW_REASON_SYNTAX },
	{ ".5.3", SW_REASON_TOO_MANY_CONN },	{ ".5.4", SW_REASON_SYNTAX },
	{ ".6.0", SW_REASON_CONTENT },		{ ".6.1", SW_REASON_CONTENT },
	{ ".6.2", SW_REASON_CONTENT },		{ ".6.3", SW_REASON_CONTENT },
	{ ".6.5", SW_REASON_CONTENT },		{ ".6.6", SW_REASON_CONTENT },
	{ ".6.7", SW_REASON_CONTENT },		{ ".6.9", SW_REASON_CONTENT },
	{ ".7.0", SW_REASON_SECURITY },		{ ".7.1", SW_REASON_REJECTED },
	{ ".7.2", SW_REASON_REJECTED },		{ ".7.3", SW_REASON_SECURITY },
	{ ".7.4", SW_REASON_SECURITY },		{ ".7.5", SW_REASON_SECURITY },
	{ ".7.6", SW_REASON_SECURITY },		{ ".7.7", SW_REASON_POLICY },
	{ ".7.8", SW_REASON_SECURITY },		{ ".7.9", SW_REASON_SECURITY },
	{ ".7.10", SW_REASON_FAILED_STARTTLS }, { ".7.13", SW_REASON_SUSPEND },
	{ ".7.17", SW_REASON_HAS_MOVED },	{ ".7.18", SW_REASON_HAS_MOVED },
	{ ".7.20", SW_REASON_AUTH_FAILURE },	{ ".7.21", SW_REASON_AUTH_FAILURE },
	{ ".7.22", SW_REASON_AUTH_FAILURE },	{ ".7.23", SW_REASON_AUTH_FAILURE },
	{ ".7.24", SW_REASON_AUTH_FAILURE },	{ ".7.25", SW_REASON_REQUIRE_PTR },
	{ ".7.26", SW_REASON_AUTH_FAILURE },	{ ".7.27", SW_REASON_NOT_ACCEPT },
	{ ".7.28", SW_REASON_SPEEDING },	{ ".7.509", SW_REASON_AUTH_FAILURE },
	{ ".7.515", SW_REASON_AUTH_FAILURE },	{ ".7.606", SW_REASON_BLOCKED },
};

const char *sw_report_reason_name(enum sw_report_reason reason)
{
	return reasons[reason].name;
}

enum sw_report_class sw_report_reason_class(enum sw_report_reason reason)
{
	return reasons[reason].class;
}

const char *sw_report_class_name(enum sw_report_class class)
{
	static const char *const names[SW_REPORT_CLASSES] = {
		[SW_REPORT_CLASS_NONE] = "none",	 [SW_REPORT_CLASS_RECIPIENT] = "recipient",
		[SW_REPORT_CLASS_DISABLED] = "disabled", [SW_REPORT_CLASS_DOMAIN] = "domain",
		[SW_REPORT_CLASS_FULL] = "full",	 [SW_REPORT_CLASS_POLICY] = "policy",
		[SW_REPORT_CLASS_RATE] = "rate",	 [SW_REPORT_CLASS_SYSTEM] = "system",
	};

	return names[class];
}

/* ---- words ---- */

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

/* Is @word a reply code or a status, as hosts repeat them in the middle of a sentence? */
static bool is_code(struct sw_text word)
{
	size_t i = 3;

	if (word.n < 3 || !strchr("245", word.at[0]))
		return false;
	if (word.at[1] == '.')
		i = 1;
	else if (word.at[1] < '0' || word.at[1] > '9' || word.at[2] < '0' || word.at[2] > '9')
		return false;
	for (; i < word.n; i++)
		if (!strchr("0123456789.-", word.at[i]) || !word.at[i])
			return false;
	return true;
}

/* Write @text in small letters, with one blank around words, without codes, and with a '@' for
 * an address of mail, which could look like a reason. Returns how many bytes. */
static size_t normalise(struct sw_text text, char out[SAID_BYTES])
{
	size_t n = 0;

	out[n++] = ' ';
	while (text.n && n < SAID_BYTES - 1) {
		struct sw_text word = { text.at, 0 };

		while (word.n < text.n && !is_blank(text.at[word.n]))
			word.n++;
		text.at += word.n;
		text.n -= word.n;
		while (text.n && is_blank(*text.at))
			text.at++, text.n--;
		if (!word.n || is_code(word))
			continue;
		if (memchr(word.at, '@', word.n))
			word = sw_text_of("@");
		if (sw_text_begins(word, "http") && memchr(word.at, '#', word.n))
			word.n = (size_t)((const char *)memchr(word.at, '#', word.n) - word.at);
		for (size_t i = 0; i < word.n && n < SAID_BYTES - 1; i++) {
			char c = word.at[i];

			out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		}
		if (n < SAID_BYTES - 1)
			out[n++] = ' ';
	}
	out[n] = '\0';
	return n;
}

/* Are the pieces of @words, which '*' separates, in @said in this order? */
static bool has_words(const char *said, size_t n, const char *words)
{
	const char *end = said + n;

	for (;;) {
		size_t piece = strcspn(words, "*");

		said = memmem(said, (size_t)(end - said), words, piece);
		if (!said)
			return false;
		if (!words[piece])
			return true;
		said += piece;
		words += piece + 1;
	}
}

static enum sw_report_reason by_words(struct sw_text text, const char *status)
{
	char said[SAID_BYTES];
	size_t n = normalise(text, said);

	for (size_t i = 0; n && i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (has_words(said, n, phrases[i].words))
			return phrases[i].reason;
	/* Nothing but that: not by a rule of the host, which is 5.7 with words of its own. */
	if (strncmp(status, "5.7.", 4) != 0 && has_words(said, n, "recipient address rejected"))
		return SW_REASON_USER_UNKNOWN;
	return SW_REASON_UNDEFINED;
}

/* ---- codes ---- */

static enum sw_report_reason by_status(const char *status)
{
	for (size_t i = 0; status[0] && i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!strcmp(status + 1, codes[i].code))
			return codes[i].reason;
	return SW_REASON_UNDEFINED;
}

/* Where the words say one thing and code or command show that it is meant otherwise. */
static enum sw_report_reason corrected(enum sw_report_reason reason, const char *status,
				       struct sw_text command)
{
	const char *code = status[0] ? status + 1 : "";
	bool address = !strncmp(code, ".1.", 3);
	bool is_vague = !code[0] || !strcmp(code, ".0.0") || !strcmp(code, ".3.0");

	/* "No such domain": the sender's. */
	if (!strcmp(code, ".1.7") || !strcmp(code, ".1.8") ||
	    (sw_text_is(command, "MAIL") &&
	     (reason == SW_REASON_HOST_UNKNOWN || reason == SW_REASON_USER_UNKNOWN)))
		return SW_REASON_REJECTED;
	if (reason == SW_REASON_SUSPEND && address)
		return SW_REASON_USER_UNKNOWN;
	if (reason == SW_REASON_SPAM && !strncmp(code, ".6.", 3))
		return SW_REASON_CONTENT;
	/* The recipient was taken, and the message was not: what is not known is the sender. */
	if ((reason == SW_REASON_USER_UNKNOWN || reason == SW_REASON_FILTERED) && is_vague &&
	    sw_text_is(command, "END"))
		return SW_REASON_REJECTED;
	/* Said of a recipient, but not as an answer to one: a filter's word. */
	if (reason == SW_REASON_USER_UNKNOWN && !address && !sw_text_is(command, "RCPT") &&
	    (!strncmp(code, ".2.", 3) || (is_vague && sw_text_is(command, "DATA"))))
		return SW_REASON_FILTERED;
	if (reason == SW_REASON_FILTERED && (address || sw_text_is(command, "RCPT")))
		return SW_REASON_USER_UNKNOWN;
	return reason;
}

enum sw_report_reason sw_report_reason_of(const struct sw_report_recipient *recipient,
					  struct sw_text said, struct sw_text command)
{
	enum sw_report_reason reason;

	if (recipient->action == SW_ACTION_DELIVERED || recipient->action == SW_ACTION_RELAYED ||
	    recipient->action == SW_ACTION_EXPANDED || recipient->status[0] == '2')
		return SW_REASON_DELIVERED;
	/* A program, not a mailbox (RFC 3464 has no word for it, Exim and Sendmail do it so). */
	if (recipient->address.n && recipient->address.at[0] == '|')
		return SW_REASON_MAILER;
	reason = by_words(recipient->diagnostic, recipient->status);
	if (reason == SW_REASON_UNDEFINED)
		reason = by_status(recipient->status);
	if (reason == SW_REASON_UNDEFINED)
		reason = by_words(said, recipient->status);
	if (reason == SW_REASON_UNDEFINED && recipient->action == SW_ACTION_DELAYED)
		reason = SW_REASON_EXPIRED;
	return corrected(reason, recipient->status, command);
}
