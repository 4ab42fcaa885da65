/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_ipset - what `ipset save` prints and `ipset restore` reads.
 *
 *     create bad hash:net family inet hashsize 1024 maxelem 65536 comment
 *     add bad 192.0.2.0/24 comment "why"
 *     add bad 192.0.2.9 nomatch                an exclusion
 *     create new -exist hash:net
 *     swap new bad
 *
 * Several sets in a file are read as one list. A set whose members are more than
 * an address (ports, interfaces, pairs) says something that a list of sources
 * cannot: such a file is refused. Timeouts are not looked at, nor is what happens to
 * sets as a whole, as in scripts that fill a set and put it in the place of another.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 32 /* IPSET_MAXNAMELEN */

struct set {
	char name[NAME_MAX_BYTES];
	bool of_sets; /* list:set: names other sets */
	unsigned netmask; /* members stand for prefixes of this length; 0: no */
};

struct state {
	struct set *sets;
	size_t n, room;
	size_t last; /* the set of the line before */
};

struct token {
	const char *p;
	size_t n;
};

struct cursor {
	const char *p, *end;
};

/* The next word; of a "quoted one" what is inside. n 0: no more. */
static struct token next_word(struct cursor *c)
{
	struct token t;
	bool quoted;

	while (c->p < c->end && sw_is_blank(*c->p))
		c->p++;
	quoted = c->p < c->end && *c->p == '"';
	c->p += quoted;
	t.p = c->p;
	while (c->p < c->end && !(quoted ? *c->p == '"' : sw_is_blank(*c->p)))
		c->p++;
	t.n = (size_t)(c->p - t.p);
	c->p += quoted && c->p < c->end;
	return t;
}

static bool is(struct token t, const char *word)
{
	return t.n == strlen(word) && !memcmp(t.p, word, t.n);
}

/* The same without what ipset takes anywhere, and what says nothing of the set. */
static struct token next(struct cursor *c)
{
	struct token t = next_word(c);

	while (is(t, "-exist") || is(t, "-!"))
		t = next_word(c);
	return t;
}

static bool is_name(struct token t, const char *name)
{
	return t.n < NAME_MAX_BYTES && !memcmp(t.p, name, t.n) && name[t.n] == '\0';
}

static struct set *find_set(struct state *s, struct token name)
{
	if (s->last < s->n && is_name(name, s->sets[s->last].name))
		return &s->sets[s->last];
	for (size_t i = 0; i < s->n; i++) {
		if (is_name(name, s->sets[i].name)) {
			s->last = i;
			return &s->sets[i];
		}
	}
	return NULL;
}

static int add_set(struct sw_reader *r, struct token name, const struct set *set)
{
	struct state *s = r->state;
	struct set *known = find_set(s, name);

	if (!known && s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct set *more = realloc(s->sets, room * sizeof(*more));

		if (!more)
			return sw_err_set(r->err, -ENOMEM, "out of memory");
		s->sets = more;
		s->room = room;
	}
	if (!known)
		known = &s->sets[s->n++];
	*known = *set;
	memcpy(known->name, name.p, name.n);
	known->name[name.n] = '\0';
	return 0;
}

/* 1: read it. 0: a set of sets. -1: not for us. */
static int type_kind(struct token type)
{
	if (is(type, "hash:ip") || is(type, "hash:net") || is(type, "bitmap:ip"))
		return 1;
	return is(type, "list:set") ? 0 : -1;
}

static bool parse_number(struct token t, unsigned max, unsigned *ret)
{
	unsigned value = 0;

	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] < '0' || t.p[i] > '9' || value > max)
			return false;
		value = value * 10 + (unsigned)(t.p[i] - '0');
	}
	if (t.n == 0 || value > max)
		return false;
	*ret = value;
	return true;
}

static int create(struct sw_reader *r, struct cursor c)
{
	struct token name = next(&c), type = next(&c), option;
	struct set set = { .of_sets = type_kind(type) == 0 };

	if (name.n == 0 || name.n >= NAME_MAX_BYTES || type.n == 0) {
		sw_reader_bad(r, "\"create\" needs a name (up to 31 bytes) and a type");
		return 0;
	}
	if (type_kind(type) < 0)
		return sw_err_set(r->err, -EBADMSG,
				  "line %lu: set \"%s\" is of type %s; only hash:ip, hash:net and "
				  "bitmap:ip are lists of sources (save one set: ipset save NAME)",
				  r->line, sw_quote(name.p, name.n), sw_quote(type.p, type.n));
	while ((option = next(&c)).n) {
		if (is(option, "netmask") && !parse_number(next(&c), 128, &set.netmask)) {
			sw_reader_bad(r, "\"netmask\" needs a prefix length");
			return 0;
		}
		if (is(option, "bitmask"))
			return sw_err_set(r->err, -EBADMSG,
					  "line %lu: sets with a bitmask are not read", r->line);
	}
	return add_set(r, name, &set);
}

/* "a-b"; host names, which may hold dashes, are not resolved. */
static int add_range(struct sw_reader *r, struct token member, const char *dash, bool exclude,
		     struct token words)
{
	struct token from = { member.p, (size_t)(dash - member.p) };
	struct token to = { dash + 1, member.n - from.n - 1 };
	struct sw_prefix first, last;

	if (sw_prefix_parse(from.p, from.n, &first) || sw_prefix_parse(to.p, to.n, &last) ||
	    first.len != sw_prefix_full(&first) || last.len != sw_prefix_full(&last)) {
		sw_reader_bad(r, "\"%s\" is not a range of addresses",
			      sw_quote(member.p, member.n));
		return 0;
	}
	return sw_reader_range(r, &first, &last, exclude, words.p, words.n);
}

static int add_member(struct sw_reader *r, const struct set *set, struct token member, bool exclude,
		      struct token words)
{
	const char *dash = memchr(member.p, '-', member.n);
	struct sw_prefix p;

	if (memchr(member.p, ',', member.n)) {
		sw_reader_bad(r, "\"%s\" is more than an address", sw_quote(member.p, member.n));
		return 0;
	}
	if (dash)
		return add_range(r, member, dash, exclude, words);
	if (set && set->netmask && sw_prefix_parse(member.p, member.n, &p) == 0 &&
	    p.len == sw_prefix_full(&p) && set->netmask <= p.len) {
		p = sw_prefix_truncate(&p, set->netmask);
		return sw_reader_prefix(r, &p, exclude, words.p, words.n);
	}
	return sw_reader_token(r, member.p, member.n, exclude, words.p, words.n);
}

static int add(struct sw_reader *r, struct cursor c)
{
	struct token name = next(&c), member = next(&c), option, words = { NULL, 0 };
	const struct set *set = find_set(r->state, name);
	bool exclude = false;

	if (member.n == 0) {
		sw_reader_bad(r, "\"add\" needs the name of a set and an address");
		return 0;
	}
	if (set && set->of_sets)
		return 0;
	while ((option = next(&c)).n) {
		if (is(option, "nomatch"))
			exclude = true;
		else if (is(option, "comment"))
			words = next_word(&c);
	}
	return add_member(r, set, member, exclude, words);
}

static int ipset_line(struct sw_reader *r, const char *text, size_t n)
{
	static const char *const without_effect[] = { "COMMIT",	 "flush",  "quit", "swap",
						      "destroy", "rename", NULL };
	struct cursor c = { text, text + n };
	struct token command = next(&c);

	if (command.n == 0 || *command.p == '#')
		return 0;
	if (is(command, "add") || is(command, "-A"))
		return add(r, c);
	if (is(command, "create") || is(command, "-N"))
		return create(r, c);
	for (size_t i = 0; without_effect[i]; i++) {
		if (is(command, without_effect[i]))
			return 0;
	}
	sw_reader_bad(r, "\"%s\" is neither \"create\" nor \"add\"",
		      sw_quote(command.p, command.n));
	return 0;
}

static void ipset_done(struct sw_reader *r)
{
	struct state *s = r->state;

	free(s->sets);
}

const struct sw_format_reader sw_read_ipset = {
	.state_size = sizeof(struct state),
	.line = ipset_line,
	.done = ipset_done,
};
