/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for frames: one function for each shape of value, one table of keys. */
#include "frame_words.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* IPv4 and TCP agree that option 1 is "no operation". */
static const uint8_t no_operation[40] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

static int number(const char *text, int base, long min, long max, long *ret)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, base);
	if (errno || end == text || *end || value < min || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int word_address(const char *text, struct sw_prefix *ret)
{
	return sw_addr_parse(text, ret) ? -EINVAL : 0;
}

static int word_vlan(struct sw_frame *spec, const char *text)
{
	const char *colon = strchr(text, ':');
	char tpid_text[8] = "8100";
	long tpid, tci;

	if (colon) {
		if ((size_t)(colon - text) >= sizeof(tpid_text))
			return -EINVAL;
		memcpy(tpid_text, text, (size_t)(colon - text));
		tpid_text[colon - text] = '\0';
		text = colon + 1;
	}
	if (spec->vlans == SW_FRAME_VLANS || number(tpid_text, 16, 1, 0xffff, &tpid) ||
	    number(text, 10, 0, 0xffff, &tci))
		return -EINVAL;
	spec->vlan[spec->vlans++] =
		(struct sw_frame_vlan){ .tpid = (uint16_t)tpid, .tci = (uint16_t)tci };
	return 0;
}

static int word_flags(struct sw_frame *spec, const char *text)
{
	static const char letters[] = "FSRPAUEW"; /* bit 0 first */

	spec->flags = 0;
	spec->no_flags = true;
	if (!strcmp(text, "none"))
		return 0;
	for (; *text; text++) {
		const char *at = strchr(letters, *text);

		if (!at)
			return -EINVAL;
		spec->flags |= (uint8_t)(1u << (at - letters));
	}
	return 0;
}

static int word_ext(struct sw_frame *spec, const char *text)
{
	static const struct {
		const char *name;
		uint8_t type;
	} names[] = { { "hop", SW_FRAME_HOPOPTS },   { "routing", SW_FRAME_ROUTING },
		      { "frag", SW_FRAME_FRAGMENT }, { "esp", SW_FRAME_ESP },
		      { "ah", SW_FRAME_AH },	     { "dst", SW_FRAME_DSTOPTS } };
	const char *plus = strchr(text, '+');
	size_t n = plus ? (size_t)(plus - text) : strlen(text);
	char name[16] = "";
	long type = -1, more = 0;

	if (spec->exts == SW_FRAME_EXTS || n >= sizeof(name))
		return -EINVAL;
	memcpy(name, text, n);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i].name))
			type = names[i].type;
	if ((type < 0 && number(name, 10, 0, 255, &type)) ||
	    (plus && number(plus + 1, 10, 0, 255, &more)))
		return -EINVAL;
	spec->ext[spec->exts++] =
		(struct sw_frame_ext){ .type = (uint8_t)type, .more = (uint8_t)more };
	return 0;
}

static int word_frag(struct sw_frame *spec, const char *text)
{
	size_t n = strlen(text);
	char digits[8] = "";
	long offset;

	spec->more_fragments = n && text[n - 1] == '+';
	n -= spec->more_fragments;
	if (n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, n);
	if (number(digits, 10, 0, 0x1fff, &offset))
		return -EINVAL;
	spec->fragment_offset = (uint16_t)offset;
	return 0;
}

static int word_options(const char *text, const uint8_t **options, size_t *bytes)
{
	long n;

	if (number(text, 10, 0, sizeof(no_operation), &n))
		return -EINVAL;
	*options = no_operation;
	*bytes = (size_t)n;
	return 0;
}

enum kind {
	ADDRESS,
	MAC,
	U8,
	U16,
	HEX16,
	U32,
	INT,
	SIZE,
};

static const struct {
	const char *key;
	enum kind kind;
	size_t at;
} plain[] = {
	{ "src", ADDRESS, offsetof(struct sw_frame, source) },
	{ "dst", ADDRESS, offsetof(struct sw_frame, dest) },
	{ "smac", MAC, offsetof(struct sw_frame, smac) },
	{ "dmac", MAC, offsetof(struct sw_frame, dmac) },
	{ "sport", U16, offsetof(struct sw_frame, sport) },
	{ "dport", U16, offsetof(struct sw_frame, dport) },
	{ "seq", U32, offsetof(struct sw_frame, seq) },
	{ "proto", U8, offsetof(struct sw_frame, protocol) },
	{ "version", U8, offsetof(struct sw_frame, version) },
	{ "ethertype", HEX16, offsetof(struct sw_frame, ethertype) },
	{ "payload", SIZE, offsetof(struct sw_frame, payload_bytes) },
	{ "l4", SIZE, offsetof(struct sw_frame, l4_bytes) },
	{ "ihl", INT, offsetof(struct sw_frame, ihl_delta) },
	{ "iplen", INT, offsetof(struct sw_frame, ip_length_delta) },
	{ "doff", INT, offsetof(struct sw_frame, doff_delta) },
};

static int word_plain(struct sw_frame *spec, size_t i, const char *text)
{
	static const long max[] = { [U8] = 0xff,	 [U16] = 0xffff,   [HEX16] = 0xffff,
				    [U32] = 0xffffffffL, [INT] = SHRT_MAX, [SIZE] = 0x20000 };
	void *at = (char *)spec + plain[i].at;
	enum kind kind = plain[i].kind;
	long n;

	if (kind == ADDRESS)
		return word_address(text, at);
	if (kind == MAC)
		return sw_frame_mac_parse(text, at) ? 0 : -EINVAL;
	if (number(text, kind == HEX16 ? 16 : 10, kind == INT ? SHRT_MIN : 0, max[kind], &n))
		return -EINVAL;
	if (kind == U8)
		*(uint8_t *)at = (uint8_t)n;
	else if (kind == U16 || kind == HEX16)
		*(uint16_t *)at = (uint16_t)n;
	else if (kind == U32)
		*(uint32_t *)at = (uint32_t)n;
	else if (kind == INT)
		*(int *)at = (int)n;
	else
		*(size_t *)at = (size_t)n;
	return 0;
}

int sw_frame_word(struct sw_frame *spec, const char *word)
{
	const char *value = strchr(word, '=');
	size_t n;

	if (!value)
		return -ENOENT;
	n = (size_t)(value++ - word);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strlen(plain[i].key) == n && !strncmp(word, plain[i].key, n))
			return word_plain(spec, i, value);
	if (!strncmp(word, "vlan=", n + 1))
		return word_vlan(spec, value);
	if (!strncmp(word, "flags=", n + 1))
		return word_flags(spec, value);
	if (!strncmp(word, "ext=", n + 1))
		return word_ext(spec, value);
	if (!strncmp(word, "frag=", n + 1))
		return word_frag(spec, value);
	if (!strncmp(word, "ipopt=", n + 1))
		return word_options(value, &spec->ip_options, &spec->ip_options_bytes);
	if (!strncmp(word, "tcpopt=", n + 1))
		return word_options(value, &spec->tcp_options, &spec->tcp_options_bytes);
	return -ENOENT;
}
