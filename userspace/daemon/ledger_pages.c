/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_pages - see ledger_pages.h.
 *
 * A file is a row of pages. Pages 0 and 1 say, in turn, where the trees of the last two
 * transactions have their roots: that of free pages, and the main one, whose records are
 * the roots of the named trees. A page of a tree has a header, offsets of nodes in the order
 * of their keys, room, and the nodes. What is too long for a node is in pages of its own.
 */
#include "ledger_pages.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(size_t) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the format is another one on other machines");

#define MAGIC 0xBEEFC0DEu
#define DATA_VERSION 1
#define NO_PAGE UINT64_MAX
#define MAP_MAX (UINT64_C(1) << 46)
#define UNWRITTEN_MAX (UINT64_C(1) << 24) /* free pages at the end are not always written */
#define KEY_MAX 511
#define DEPTH_MAX 32
#define PAGE_MAX 32768

enum page_flags { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
enum node_flags { NODE_BIG = 1, NODE_TREE = 2 };
enum tree_flags { TREE_INTEGER_KEYS = 8, TREE_ONE_FILE = 0x4000 };

struct page_head {
	uint64_t number;
	uint16_t pad, flags;
	uint16_t lower, upper; /* of the room; overflow: how many pages, 32 bits */
};

struct node_head {
	uint16_t low, high, flags, key_n; /* low, high: size of the data; branch: page */
};

struct tree_record {
	uint32_t pad; /* of free pages: the page size */
	uint16_t flags, depth;
	uint64_t branch, leaf, overflow, entries, root;
};

struct meta {
	uint32_t magic, version;
	uint64_t address, map_size;
	struct tree_record free, main;
	uint64_t last_page, txn;
};

_Static_assert(sizeof(struct page_head) == 16 && sizeof(struct node_head) == 8 &&
		       sizeof(struct tree_record) == 48 && sizeof(struct meta) == 136,
	       "as LMDB has them");

struct checker {
	int fd;
	uint64_t file_size, last_page, txn;
	unsigned page_size;
	uint8_t *seen; /* a bit for each page */
	uint8_t *pages; /* one for each level of a tree and for the tree of trees */
	struct sw_err *err;
};

enum tree_kind { TREE_NAMED, TREE_MAIN, TREE_FREE };

/* A tree while it is walked. */
struct walk {
	struct checker *c;
	enum tree_kind kind;
	char name[24];
	const struct tree_record *record;
	uint64_t branch, leaf, overflow, entries; /* met so far */
	uint8_t key[KEY_MAX]; /* the last one, or what a branch says of those to come */
	unsigned key_n;
	bool any, same_allowed; /* the next key may be this one */
	uint8_t *pages;
};

static int damaged(const struct walk *w, uint64_t page, const char *what)
{
	return sw_err_set(w->c->err, -EBADMSG, "page %llu (%s): %s", (unsigned long long)page,
			  w->name, what);
}

static int read_at(int fd, void *data, size_t n, uint64_t at, struct sw_err *err)
{
	ssize_t got = pread(fd, data, n, (off_t)at);

	if (got < 0)
		return sw_err_set(err, -errno, "%s", strerror(errno));
	if ((size_t)got != n)
		return sw_err_set(err, -EBADMSG, "the file is cut off");
	return 0;
}

/* ---- the front ---- */

static int check_meta(const struct page_head *head, const struct meta *meta, unsigned page,
		      struct sw_err *err)
{
	unsigned size = meta->free.pad;

	if (meta->magic != MAGIC)
		return sw_err_set(err, -EBADMSG, "not an LMDB file");
	if (meta->version != DATA_VERSION)
		return sw_err_set(err, -ENOTSUP, "the LMDB format is version %u, not %u",
				  meta->version, DATA_VERSION);
	if (size < 512 || size > PAGE_MAX || (size & (size - 1)) != 0 || head->number != page ||
	    head->flags != PAGE_META || meta->map_size > MAP_MAX || meta->last_page < 1 ||
	    meta->last_page > MAP_MAX / size)
		return sw_err_set(err, -EBADMSG, "page %u (head) is damaged", page);
	if ((meta->free.flags & ~TREE_ONE_FILE) != TREE_INTEGER_KEYS || meta->main.flags != 0)
		return sw_err_set(err, -ENOTSUP, "an LMDB file with features not used here");
	return 0;
}

/* Both of the front, checked. */
static int read_metas(int fd, struct meta meta[2], struct sw_err *err)
{
	struct page_head head[2];
	int code = 0;

	memset(meta, 0, 2 * sizeof(*meta));
	for (unsigned i = 0; i < 2 && !code; i++) {
		uint64_t at = i ? meta[0].free.pad : 0;

		code = read_at(fd, &head[i], sizeof(head[i]), at, err);
		if (!code)
			code = read_at(fd, &meta[i], sizeof(meta[i]), at + sizeof(head[i]), err);
		if (!code)
			code = check_meta(&head[i], &meta[i], i, err);
	}
	if (code)
		return code;
	/* transactions take turns: even ones in page 0, odd ones in page 1 */
	if (meta[0].free.pad != meta[1].free.pad || meta[0].txn % 2 ||
	    (meta[1].txn % 2 == 0 && (meta[0].txn || meta[1].txn)) ||
	    (meta[0].txn > meta[1].txn ? meta[0].txn - meta[1].txn : meta[1].txn - meta[0].txn) > 1)
		return sw_err_set(err, -EBADMSG, "pages 0 and 1 (head) do not fit together");
	return 0;
}

int sw_pages_check_head(int fd, struct sw_err *err)
{
	struct meta meta[2];
	int code = -EBADMSG;

	/* Who reads while another process writes may get half of the old and half of the new. */
	for (int i = 0; i < 5 && code == -EBADMSG; i++)
		code = read_metas(fd, meta, err);
	return code;
}

/* ---- trees ---- */

/* Note that pages are in use, or free. */
static int see(const struct walk *w, uint64_t page, uint64_t n)
{
	struct checker *c = w->c;

	if (page < 2 || page > c->last_page || n > c->last_page - page + 1)
		return damaged(w, page, "there is no such page");
	for (; n > 0; n--, page++) {
		if (c->seen[page / 8] & 1u << page % 8)
			return damaged(w, page, "used twice");
		c->seen[page / 8] |= (uint8_t)(1u << page % 8);
	}
	return 0;
}

static int read_page(const struct walk *w, uint64_t page, uint8_t *data, struct page_head *head)
{
	struct checker *c = w->c;
	int code = see(w, page, 1);

	if (code)
		return code;
	code = read_at(c->fd, data, c->page_size, page * c->page_size, c->err);
	if (code)
		return sw_err_prepend(c->err, code, "page %llu (%s)", (unsigned long long)page,
				      w->name);
	memcpy(head, data, sizeof(*head));
	return head->number == page ? 0 : damaged(w, page, "has another page's number");
}

/* Numbers of the machine, or bytes. */
static int compare(const struct walk *w, const uint8_t *key, unsigned n)
{
	uint64_t a, b;
	int order;

	if (w->kind == TREE_FREE) {
		memcpy(&a, key, sizeof(a));
		memcpy(&b, w->key, sizeof(b));
		return (a > b) - (a < b);
	}
	order = memcmp(key, w->key, n < w->key_n ? n : w->key_n);
	return order ? order : (n > w->key_n) - (n < w->key_n);
}

/* The next key in the order of the tree, or what a branch says is not after the next. */
static int next_key(struct walk *w, uint64_t page, const uint8_t *key, unsigned n, bool branch)
{
	int order;

	if (n == 0 || n > KEY_MAX || (w->kind == TREE_FREE && n != sizeof(uint64_t)))
		return damaged(w, page, "a key of impossible length");
	if (w->any) {
		order = compare(w, key, n);
		if (order < 0 || (order == 0 && !w->same_allowed))
			return damaged(w, page, "keys out of order");
	}
	memcpy(w->key, key, n);
	w->key_n = n;
	w->any = true;
	w->same_allowed = branch;
	return 0;
}

/* A list of free pages: how many, then their numbers, the greatest first. */
static int check_free(const struct walk *w, uint64_t page, const uint8_t *list, size_t n)
{
	uint64_t count, number, before = NO_PAGE;

	memcpy(&number, w->key, sizeof(number));
	if (number == 0 || number > w->c->txn)
		return damaged(w, page, "free pages of a transaction to come");
	if (n < sizeof(count))
		return damaged(w, page, "a list of free pages that is too short");
	memcpy(&count, list, sizeof(count));
	if (count > n / sizeof(number) - 1)
		return damaged(w, page, "a list of free pages that is too short");
	for (uint64_t i = 1; i <= count; i++) {
		int code;

		memcpy(&number, list + i * sizeof(number), sizeof(number));
		if (number >= before)
			return damaged(w, page, "free pages out of order");
		before = number;
		code = see(w, number, 1);
		if (code)
			return code;
	}
	return 0;
}

/* The data of a node that is in @pages of its own; the caller frees *@ret. */
static int read_big(struct walk *w, uint64_t page, size_t n, uint8_t **ret)
{
	struct checker *c = w->c;
	uint64_t need = (sizeof(struct page_head) + n + c->page_size - 1) / c->page_size;
	struct page_head head;
	uint32_t pages;
	int code;

	if (page < 2 || page > c->last_page || need > c->last_page - page + 1)
		return damaged(w, page, "there is no such page");
	code = read_at(c->fd, &head, sizeof(head), page * c->page_size, c->err);
	if (code)
		return code;
	memcpy(&pages, &head.lower, sizeof(pages));
	if (head.number != page || head.flags != PAGE_OVERFLOW || pages < need)
		return damaged(w, page, "not the long record it should be");
	code = see(w, page, pages);
	if (code)
		return code;
	w->overflow += pages;
	*ret = malloc(n + 1);
	if (!*ret)
		return sw_err_set(c->err, -ENOMEM, "no memory to read a page");
	code = read_at(c->fd, *ret, n, page * c->page_size + sizeof(head), c->err);
	if (!code && (page + pages) * c->page_size > c->file_size)
		code = damaged(w, page, "the file is cut off");
	if (code)
		free(*ret);
	return code;
}

static int check_tree(struct walk *w);

/* A record of the main tree: the root of a named one. */
static int check_named(const struct walk *w, uint64_t page, const uint8_t *data, size_t n)
{
	struct tree_record record;
	struct walk inner = { .c = w->c, .kind = TREE_NAMED, .record = &record };
	unsigned key_n = w->key_n < sizeof(inner.name) ? w->key_n : sizeof(inner.name) - 1;

	if (n != sizeof(record))
		return damaged(w, page, "a root of impossible length");
	memcpy(&record, data, n);
	if (record.flags != 0)
		return sw_err_set(w->c->err, -ENOTSUP, "a tree with features not used here");
	for (unsigned i = 0; i < key_n; i++)
		inner.name[i] = (char)(w->key[i] > 0x20 && w->key[i] < 0x7f ? w->key[i] : '?');
	inner.pages = w->c->pages + DEPTH_MAX * w->c->page_size;
	return check_tree(&inner);
}

/* What a node of a leaf holds. @room: bytes from its data to the end of the page. */
static int check_data(struct walk *w, uint64_t page, const struct node_head *node,
		      const uint8_t *data, size_t room, size_t *size)
{
	size_t n = node->low | (size_t)node->high << 16;
	uint8_t *big = NULL;
	uint64_t number;
	int code;

	*size = node->flags & NODE_BIG ? sizeof(number) : n;
	if (*size > room)
		return damaged(w, page, "a node that ends outside");
	if (node->flags != (w->kind == TREE_MAIN ? NODE_TREE : node->flags & NODE_BIG))
		return damaged(w, page, "a node of an impossible kind");
	w->entries++;
	if (node->flags & NODE_BIG) {
		memcpy(&number, data, sizeof(number));
		code = read_big(w, number, n, &big);
		if (code || !big) /* for the analyser: one implies the other */
			return code;
		data = big;
	}
	code = w->kind == TREE_FREE   ? check_free(w, page, data, n)
	       : w->kind == TREE_MAIN ? check_named(w, page, data, n)
				      : 0;
	free(big);
	return code;
}

/* Nodes lie behind the room without gaps: each has two-byte units of its own. */
static bool take_units(uint8_t *used, size_t from, size_t to)
{
	for (size_t i = from / 2; i < to / 2; i++) {
		if (used[i / 8] & 1u << i % 8)
			return false;
		used[i / 8] |= (uint8_t)(1u << i % 8);
	}
	return true;
}

static int check_page(struct walk *w, uint64_t page, unsigned depth);

/* Node @i of a page at @at, to what it leads to; *@end says where it ends. */
static int check_node(struct walk *w, uint64_t page, const uint8_t *data, unsigned i, size_t at,
		      unsigned depth, size_t *end)
{
	size_t page_size = w->c->page_size, size = 0, from;
	bool branch = depth < w->record->depth;
	struct node_head node;
	int code;

	memcpy(&node, data + at, sizeof(node));
	from = at + sizeof(node) + node.key_n;
	if (from > page_size)
		return damaged(w, page, "a node that ends outside");
	/* the first key of a branch says nothing */
	if (!branch || i > 0) {
		code = next_key(w, page, data + at + sizeof(node), node.key_n, branch);
		if (code)
			return code;
	}
	if (branch)
		code = check_page(w,
				  node.low | (uint64_t)node.high << 16 | (uint64_t)node.flags << 32,
				  depth + 1);
	else
		code = check_data(w, page, &node, data + from, page_size - from, &size);
	*end = (from + size + 1) & ~(size_t)1;
	return code;
}

static int check_nodes(struct walk *w, uint64_t page, const uint8_t *data,
		       const struct page_head *head, unsigned depth)
{
	unsigned n = (head->lower - (unsigned)sizeof(*head)) / 2;
	uint8_t used[PAGE_MAX / 16] = { 0 };
	size_t total = 0, end = 0;
	uint16_t at;

	for (unsigned i = 0; i < n; i++) {
		int code;

		memcpy(&at, data + sizeof(*head) + i * sizeof(at), sizeof(at));
		if (at < head->upper || at % 2 || at + sizeof(struct node_head) > w->c->page_size)
			return damaged(w, page, "a node that is outside");
		code = check_node(w, page, data, i, at, depth, &end);
		if (code)
			return code;
		if (end > w->c->page_size || !take_units(used, at, end))
			return damaged(w, page, "nodes that overlap");
		total += end - at;
	}
	return total == w->c->page_size - head->upper ? 0 : damaged(w, page, "gaps between nodes");
}

static int check_page(struct walk *w, uint64_t page, unsigned depth)
{
	bool branch = depth < w->record->depth;
	uint8_t *data = w->pages + (size_t)(depth - 1) * w->c->page_size;
	struct page_head head = { 0 };
	unsigned n;
	int code = read_page(w, page, data, &head);

	if (code)
		return code;
	if (head.flags != (branch ? PAGE_BRANCH : PAGE_LEAF))
		return damaged(w, page, "not of the kind that belongs there");
	if (head.lower < sizeof(head) || head.lower % 2 || head.upper < head.lower ||
	    head.upper > w->c->page_size || head.upper % 2)
		return damaged(w, page, "its head is damaged");
	n = (head.lower - (unsigned)sizeof(head)) / 2;
	if (n < (branch && w->kind != TREE_FREE ? 2 : 1))
		return damaged(w, page, "too few nodes");
	++*(branch ? &w->branch : &w->leaf);
	return check_nodes(w, page, data, &head, depth);
}

static int check_tree(struct walk *w)
{
	const struct tree_record *r = w->record;
	int code;

	if (r->root == NO_PAGE) {
		if (r->depth || r->branch || r->leaf || r->overflow || r->entries)
			return damaged(w, r->root, "an empty tree that is not");
		return 0;
	}
	if (r->depth < 1 || r->depth > DEPTH_MAX)
		return damaged(w, r->root, "impossible depth");
	code = check_page(w, r->root, 1);
	if (code)
		return code;
	if (r->branch != w->branch || r->leaf != w->leaf || r->overflow != w->overflow ||
	    r->entries != w->entries)
		return damaged(w, r->root, "the counts of the tree are wrong");
	return 0;
}

static int check_trees(struct checker *c, const struct meta *meta)
{
	struct walk main = { .c = c, .kind = TREE_MAIN, .name = "main", .record = &meta->main };
	struct walk free = { .c = c, .kind = TREE_FREE, .name = "free", .record = &meta->free };
	int code;

	main.pages = free.pages = c->pages;
	code = check_tree(&main);
	/* last, so that what is called used twice is the free page */
	return code ? code : check_tree(&free);
}

int sw_pages_check(int fd, uint64_t txn, struct sw_err *err)
{
	struct checker c = { .fd = fd, .txn = txn, .err = err };
	struct meta meta[2];
	struct stat st;
	int code = read_metas(fd, meta, err), i = (int)(txn & 1);

	if (code)
		return code;
	if (meta[i].txn != txn)
		return sw_err_set(err, -EAGAIN, "the file changed while it was looked at");
	if (fstat(fd, &st))
		return sw_err_set(err, -errno, "%s", strerror(errno));
	c.page_size = meta[i].free.pad;
	c.file_size = (uint64_t)st.st_size;
	c.last_page = meta[i].last_page;
	if (c.last_page > c.file_size / c.page_size + UNWRITTEN_MAX)
		return sw_err_set(err, -EBADMSG, "the file is cut off");
	c.seen = calloc(1, c.last_page / 8 + 1);
	c.pages = malloc((size_t)2 * DEPTH_MAX * c.page_size);
	code = c.seen && c.pages ? check_trees(&c, &meta[i])
				 : sw_err_set(err, -ENOMEM, "no memory to check the pages");
	free(c.seen);
	free(c.pages);
	return code;
}
