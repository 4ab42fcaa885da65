/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recognise - which format is it, and is it a list at all; see reader.h. Pure.
 *
 * Only what can mean one thing is taken: an address with other text behind it
 * could be a zone of rbldnsd or a table of Postfix, where the text may mean
 * "permit", so such a file must have its format named.
 */
#include "reader.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define LINES_LOOKED_AT 200

static const struct {
	const char *magic;
	size_t n;
	const char *what;
} archives[] = {
	{ "PK\003\004", 4, "a zip archive" },
	{ "\3757zXZ", 5, "xz data" },
	{ "BZh", 3, "bzip2 data" },
	{ "\050\265\057\375", 4, "zstd data" },
	{ "7z\274\257\047\034", 6, "a 7z archive" },
	{ "\037\235", 2, "compress(1) data" },
	{ "\377\376", 2, "UTF-16 text" },
	{ "\376\377", 2, "UTF-16 text" },
};

/* Share of bytes that no text has, in the first 4 KiB. */
static bool looks_binary(const char *text, size_t n)
{
	size_t odd = 0;

	if (n > 4096)
		n = 4096;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == 0x7f || (c < 0x20 && c != '\n' && !sw_is_blank((char)c)))
			odd++;
	}
	return odd > n / 20;
}

/* What the programs that hold sets print beside what is read, by its first words. */
static const struct {
	const char *start, *second; /* second: the line after it, NULL: any */
	const char *words;
} outputs[] = {
	{ "<ipsets>", NULL, "this is ipset's XML, which is not read; use ipset save" },
	{ "Name: ", "\nType: ",
	  "this is what ipset list prints, which is not read; use ipset save" },
	{ "{\"nftables\"", NULL, "nft's JSON output is not read; use nft list without -j" },
};

static int refuse_output(const char *text, size_t n, struct sw_err *err)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		const char *second = outputs[i].second, *newline = memchr(text, '\n', n);
		size_t start_n = strlen(outputs[i].start);

		if (n < start_n || memcmp(text, outputs[i].start, start_n) != 0)
			continue;
		if (!second || (newline && (size_t)(text + n - newline) > strlen(second) &&
				!memcmp(newline, second, strlen(second))))
			return sw_err_set(err, -EBADMSG, "%s", outputs[i].words);
	}
	return 0;
}

/* "[ {", "['a'", but not "[2001:db8::1] OK" of Postfix. */
static bool looks_like_array(const char *text, size_t n)
{
	size_t i = 1;

	if (n < 2 || *text != '[')
		return false;
	while (i < n && (sw_is_blank(text[i]) || text[i] == '\n'))
		i++;
	return i < n && text[i] && strchr("{[\"'", text[i]);
}

int sw_list_is_text(const char *text, size_t n, struct sw_err *err)
{
	size_t i = 0;
	int code;

	for (size_t k = 0; k < sizeof(archives) / sizeof(archives[0]); k++) {
		if (n >= archives[k].n && !memcmp(text, archives[k].magic, archives[k].n))
			return sw_err_set(err, -EBADMSG,
					  "looks like %s, not a list; unpack or convert it first",
					  archives[k].what);
	}
	if (n >= 3 && !memcmp(text, "\357\273\277", 3))
		i = 3;
	while (i < n && (sw_is_blank(text[i]) || text[i] == '\n'))
		i++;
	code = refuse_output(text + i, n - i, err);
	if (code)
		return code;
	if (looks_like_array(text + i, n - i))
		return sw_err_set(
			err, -EBADMSG,
			"looks like a JSON array, which is not read; write one address or "
			"network a line");
	/* no list format has a line that starts with '<' */
	if (i + 1 < n && text[i] == '<' &&
	    (isalpha((unsigned char)text[i + 1]) || text[i + 1] == '!' || text[i + 1] == '?'))
		return sw_err_set(err, -EBADMSG,
				  "looks like HTML, not a list; a proxy or an error page?");
	if (looks_binary(text, n))
		return sw_err_set(err, -EBADMSG, "looks like binary data, not a list");
	return 0;
}

/* ---- one line at a time ---- */

struct text {
	const char *p;
	size_t n;
};

static struct text next_word(struct text *rest)
{
	struct text word;

	while (rest->n && sw_is_blank(*rest->p))
		rest->p++, rest->n--;
	word.p = rest->p;
	while (rest->n && !sw_is_blank(*rest->p))
		rest->p++, rest->n--;
	word.n = (size_t)(rest->p - word.p);
	return word;
}

static bool is_word(struct text word, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == word.n && !strncasecmp(*words, word.p, word.n))
			return true;
	}
	return false;
}

static bool starts_with(struct text line, const char *start)
{
	size_t n = strlen(start);

	return line.n >= n && !memcmp(line.p, start, n);
}

static bool is_address(struct text word)
{
	struct sw_prefix p;
	int code;

	if (word.n && *word.p == '!')
		word.p++, word.n--;
	if (word.n > 2 && *word.p == '[' && word.p[word.n - 1] == ']')
		word.p++, word.n -= 2;
	code = sw_prefix_parse(word.p, word.n, &p);
	return code == 0 || code == -EDOM || code == -ERANGE;
}

/* "a", "a - b" or "a-b", and then nothing or a comment. */
static bool is_plain(struct text line)
{
	struct text word = { line.p, 0 };

	for (size_t i = 0; i < line.n && !sw_is_comment(line.p[i]); i++)
		word.n = i + 1;
	while (word.n && sw_is_blank(word.p[word.n - 1]))
		word.n--;
	if (word.n && *word.p == '!') {
		do
			word.p++, word.n--;
		while (word.n && sw_is_blank(*word.p));
	}
	for (size_t i = 1; i < word.n; i++) {
		struct text from = { word.p, i }, to = { word.p + i + 1, word.n - i - 1 };

		if (word.p[i] != '-')
			continue;
		from = next_word(&from);
		return is_address(from) && is_address(next_word(&to));
	}
	return is_address(word);
}

static bool is_rbldnsd_special(struct text line)
{
	static const char *const names[] = { "$SOA",	   "$NS",      "$TTL", "$TIMESTAMP",
					     "$MAXRANGE4", "$DATASET", NULL };
	bool hidden = line.n > 1 && (sw_is_comment(*line.p) || *line.p == ':');
	struct text word;

	if (hidden) /* from rbldns, which takes such a line for a comment */
		line.p++, line.n--;
	if (!line.n || *line.p != '$')
		return false;
	word = next_word(&line);
	return is_word(word, names) ||
	       (!hidden && word.n == 2 && (isdigit((unsigned char)word.p[1]) || word.p[1] == '='));
}

/* ":127.0.0.2:text", ":2:text" */
static bool is_rbldnsd_default(struct text line)
{
	size_t i = 1;

	if (line.n < 3 || line.p[0] != ':' || !isdigit((unsigned char)line.p[1]))
		return false;
	while (i < line.n && (isdigit((unsigned char)line.p[i]) || line.p[i] == '.'))
		i++;
	return i < line.n && line.p[i] == ':';
}

static bool is_ipset(struct text line)
{
	static const char *const nft_objects[] = { "element", "table", "set",	    "map",
						   "chain",   "rule",  "flowtable", NULL };
	struct text first = next_word(&line), name = next_word(&line), third = next_word(&line);

	if (starts_with(third, "-exist"))
		third = next_word(&line);
	if (first.n == 6 && !memcmp(first.p, "create", 6))
		return starts_with(third, "hash:") || starts_with(third, "bitmap:") ||
		       starts_with(third, "list:");
	return first.n == 3 && !memcmp(first.p, "add", 3) && third.n && !is_word(name, nft_objects);
}

static bool is_nft(struct text line)
{
	static const char *const starts[] = { "table",	"add",	    "create",	  "set",
					      "define", "elements", "elements={", NULL };
	static const char *const after_add[] = { "element", "table", "set", "map", NULL };
	struct text first = next_word(&line), second = next_word(&line);

	if (!is_word(first, starts))
		return false;
	if (first.n == 3 && (*first.p == 'a' || *first.p == 'A'))
		return is_word(second, after_add);
	if (first.n == 6 && (*first.p == 'c' || *first.p == 'C'))
		return is_word(second, after_add);
	return second.n > 0;
}

static bool is_postfix(struct text line)
{
	static const char *const actions[] = {
		"permit",  "ok",   "reject",  "dunno",	"defer",	   "hold",
		"discard", "warn", "prepend", "filter", "defer_if_permit", "defer_if_reject",
		NULL
	};
	static const char *const conditions[] = { "if", "endif", NULL };
	struct text first = next_word(&line), second = next_word(&line);

	if (is_word(first, conditions))
		return true;
	if (!is_address(first))
		return false;
	if (is_word(second, actions))
		return true;
	return second.n == 3 && (*second.p == '4' || *second.p == '5') &&
	       isdigit((unsigned char)second.p[1]) && isdigit((unsigned char)second.p[2]);
}

/* What this line alone says; SW_LIST_AUTO: nothing. */
static enum sw_list_format line_format(struct text line)
{
	if (is_rbldnsd_special(line) || is_rbldnsd_default(line))
		return SW_LIST_RBLDNSD_IP4SET;
	if (sw_is_comment(*line.p))
		return SW_LIST_AUTO;
	if (is_plain(line))
		return SW_LIST_PLAIN;
	if (*line.p == '{')
		return SW_LIST_DROP_JSON;
	if (is_ipset(line))
		return SW_LIST_IPSET;
	if (is_nft(line))
		return SW_LIST_NFT;
	if (is_postfix(line))
		return SW_LIST_POSTFIX_CIDR;
	return SW_LIST_AUTO;
}

/* ---- the file ---- */

static struct text next_line(struct text *rest)
{
	const char *newline = memchr(rest->p, '\n', rest->n);
	struct text line = { rest->p, newline ? (size_t)(newline - rest->p) : rest->n };

	rest->p += line.n + (newline != NULL);
	rest->n -= line.n + (newline != NULL);
	while (line.n && sw_is_blank(*line.p))
		line.p++, line.n--;
	while (line.n && sw_is_blank(line.p[line.n - 1]))
		line.n--;
	return line;
}

/* A zone is marked: of which family are its entries? */
static enum sw_list_format zone_format(struct text rest)
{
	while (rest.n) {
		struct text line = next_line(&rest), word = next_word(&line);

		if (!word.n || sw_is_comment(*word.p) || *word.p == '$' || is_rbldnsd_default(word))
			continue;
		/* only an IPv6 address has two colons before any blank */
		for (size_t i = 0, colons = 0; i < word.n; i++) {
			colons += word.p[i] == ':';
			if (word.p[i] == '.')
				break;
			if (colons == 2)
				return SW_LIST_RBLDNSD_IP6TRIE;
		}
		break;
	}
	return SW_LIST_RBLDNSD_IP4SET;
}

/* The lines' choice. A zone may be plain but for one line; else the most votes win. */
static enum sw_list_format elect(const unsigned votes[SW_LIST_FORMATS], struct text all)
{
	enum sw_list_format best = SW_LIST_AUTO;

	if (votes[SW_LIST_RBLDNSD_IP4SET])
		return zone_format(all);
	for (unsigned i = 0; i < SW_LIST_FORMATS; i++) {
		/* what stands between the braces of nft may look plain */
		if (votes[i] > votes[best] ||
		    (i == SW_LIST_NFT && votes[i] && votes[i] == votes[best]))
			best = (enum sw_list_format)i;
	}
	return best;
}

int sw_list_recognise(const char *text, size_t n, bool whole, enum sw_list_format *ret,
		      struct sw_err *err)
{
	struct text all = { text, n }, rest, line, unknown = { NULL, 0 };
	unsigned votes[SW_LIST_FORMATS] = { 0 }, seen = 0;
	enum sw_list_format here;

	if (n >= 3 && !memcmp(text, "\357\273\277", 3))
		all.p += 3, all.n -= 3;
	rest = all;
	while (rest.n && seen < LINES_LOOKED_AT) {
		line = next_line(&rest);
		/* nothing there; or not all of it, but then all there is may be one line */
		if (!line.n || (!rest.n && !whole && seen))
			continue;
		here = line_format(line);
		if (here != SW_LIST_AUTO)
			votes[here]++;
		else if (!unknown.p && !sw_is_comment(*line.p))
			unknown = line;
		seen += !sw_is_comment(*line.p);
	}
	here = elect(votes, all);
	if (here == SW_LIST_AUTO && unknown.p)
		return sw_err_set(err, -EBADMSG,
				  "format not recognised, first line is \"%s\"; "
				  "name it with the option format, or write one address or network "
				  "a line",
				  sw_quote(unknown.p, unknown.n));
	*ret = here == SW_LIST_AUTO ? SW_LIST_PLAIN : here; /* nothing but comments */
	return 0;
}
