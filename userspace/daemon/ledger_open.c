/* SPDX-License-Identifier: GPL-2.0-only */
/* ledger_open - open, make and close a ledger, and where it stands; see ledger_parts.h. */
#include "ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/huge.h"

/* LMDB loses its locks when one process opens a file twice. */
static struct sw_ledger *opened;

static int is_open_already(const char *file, struct sw_err *err)
{
	struct stat st;

	if (stat(file, &st))
		return 0;
	for (struct sw_ledger *l = opened; l; l = l->next)
		if (l->process == getpid() && l->dev == st.st_dev && l->ino == st.st_ino)
			return sw_err_set(err, -EBUSY, "%s: this process has it open", file);
	return 0;
}

/* ---- where it stands ---- */

int sw_ledger_put_state(struct sw_ledger *l, struct MDB_txn *txn,
			const struct sw_record_state *state, struct sw_err *err)
{
	uint8_t bytes[SW_RECORD_STATE];

	sw_record_state(state, bytes);
	return sw_store_put(l, txn, SW_TREE_META, sw_view(SW_META_STATE, strlen(SW_META_STATE)),
			    sw_view(bytes, sizeof(bytes)), false, err);
}

static int read_state(struct sw_ledger *l, struct MDB_txn *txn, struct sw_record_state *ret,
		      struct sw_err *err)
{
	struct sw_view value;
	int code = sw_store_get(l, txn, SW_TREE_META, sw_view(SW_META_STATE, strlen(SW_META_STATE)),
				&value, err);

	if (!code)
		code = sw_record_state_read(value, ret);
	if (code == -EBADMSG || code == -ENOENT)
		code = sw_err_set(err, -EBADMSG, "%s: \"%s\" is damaged; " SW_LEDGER_DAMAGED,
				  l->file, SW_META_STATE);
	return code;
}

/* Changes that the records of sources may lack. */
struct lacking {
	struct sw_pending_node **nodes;
	size_t n, room;
};

static int no_memory(const struct sw_ledger *l, struct sw_err *err)
{
	return sw_err_set(err, -ENOMEM, "%s: no memory for what is new in it", l->file);
}

static int add_lacking(struct lacking *lacking, struct sw_pending_node *node)
{
	size_t more = lacking->room ? lacking->room * 2 : 1024;
	struct sw_pending_node **larger;

	if (!node)
		return -ENOMEM;
	if (lacking->n == lacking->room) {
		larger = realloc(lacking->nodes, more * sizeof(struct sw_pending_node *));
		if (!larger) {
			sw_pending_free(node);
			return -ENOMEM;
		}
		lacking->nodes = larger;
		lacking->room = more;
	}
	lacking->nodes[lacking->n++] = node;
	return 0;
}

static int load_change(struct sw_ledger *l, struct sw_view key, struct sw_view value,
		       struct lacking *lacking, struct sw_err *err)
{
	struct sw_view none = { NULL, 0 };
	struct sw_record_change c;
	struct sw_prefix source;
	uint64_t number = 0;
	uint8_t origin;

	if (sw_record_number_read(key, &number) || sw_record_change_read(number, value, &c) ||
	    sw_record_key_read(c.key, &source, &origin) || c.body.n > SW_RECORD_BODY)
		return sw_ledger_bad_change(l, number, err);
	if (add_lacking(lacking,
			sw_pending_new(c.key, sw_change_keeps(c.kind) ? c.body : none, number)))
		return no_memory(l, err);
	return 0;
}

#define HEAP_GREW 4096 /* nodes, by about half a megabyte */

static int read_changes(struct sw_ledger *l, struct MDB_txn *txn, uint64_t from, uint64_t next,
			struct lacking *lacking, struct sw_err *err)
{
	struct sw_walk walk;
	uint64_t number = 0;
	uint8_t key[8];
	int code = sw_walk_begin(&walk, l, txn, SW_TREE_HISTORY, err);

	if (code)
		return code;
	sw_record_number(from, key);
	for (code = sw_walk_from(&walk, sw_view(key, sizeof(key)), err); !code;
	     code = sw_walk_next(&walk, err)) {
		code = load_change(l, walk.key, walk.value, lacking, err);
		if (code)
			break;
		sw_record_number_read(walk.key, &number);
		if (lacking->n % HEAP_GREW == 0)
			sw_huge_heap();
	}
	sw_walk_end(&walk);
	if (code == -ENOENT)
		code = number < next ? 0 : sw_ledger_bad_change(l, number, err);
	return code;
}

static int load_changes(struct sw_ledger *l, struct MDB_txn *txn, uint64_t from, uint64_t next,
			struct sw_err *err)
{
	struct lacking lacking = { NULL, 0, 0 };
	int code = read_changes(l, txn, from, next, &lacking, err);

	/* what could be read goes in all the same, to be freed with the rest */
	if (sw_pending_add_all(&l->pending, lacking.nodes, lacking.n) && !code)
		code = no_memory(l, err);
	free(lacking.nodes);
	return code;
}

static void forget_folded(struct sw_ledger *l, uint64_t folded)
{
	struct sw_pending_place place = { 0, 0 };
	struct sw_pending_node *node;

	while ((node = sw_pending_at(&l->pending, place))) {
		if (node->number >= folded) {
			place = sw_pending_next(&l->pending, place);
			continue;
		}
		place = sw_pending_from(&l->pending, sw_pending_key(node));
		sw_pending_remove(&l->pending, node);
	}
}

int sw_ledger_load(struct sw_ledger *l, struct MDB_txn *txn, struct sw_err *err)
{
	struct sw_record_state state = { 0 };
	uint64_t from;
	int code = read_state(l, txn, &state, err);

	if (code)
		return code;
	sw_ledger_fold_end(l, false);
	if (l->loaded_txn == 0)
		sw_pending_done(&l->pending);
	from = l->loaded_txn && l->state.next > state.folded ? l->state.next : state.folded;
	/* what is in the tree by now need not be here; what is newer is read */
	if (l->loaded_txn && state.folded != l->state.folded)
		forget_folded(l, state.folded);
	l->loaded_txn = 0; /* if it fails half way: all anew */
	code = load_changes(l, txn, from, state.next, err);
	if (code)
		return code;
	l->state = state;
	l->loaded_txn = sw_store_txn(txn);
	return 0;
}

/* ---- opening ---- */

static void free_ledger(struct sw_ledger *l)
{
	sw_ledger_abort(l);
	sw_store_close(l);
	sw_pending_done(&l->pending);
	sw_pending_done(&l->batch.newest);
	free(l->batch.changes);
	free(l->batch.records);
	free(l->fold.nodes);
	if (l->lock >= 0)
		close(l->lock);
	free(l->state_dir);
	free(l->folder);
	free(l->file);
	free(l);
}

/* With @folder, or <state_dir>/ledger. */
static struct sw_ledger *new_ledger(const char *state_dir, const char *folder)
{
	struct sw_ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->lock = -1;
	sw_pending_init(&l->pending);
	sw_pending_init(&l->batch.newest);
	l->state_dir = strdup(state_dir);
	l->folder = folder ? strdup(folder) : sw_files_path(state_dir, "ledger");
	l->file = l->folder ? sw_files_path(l->folder, "data.mdb") : NULL;
	if (l->state_dir && l->file)
		return l;
	free_ledger(l);
	return NULL;
}

static int write_first(struct sw_ledger *l, struct MDB_txn *txn, void *ctx, struct sw_err *err)
{
	const struct sw_record_state state = { .next = 1, .folded = 1 };
	int code = sw_ledger_put_version(l, txn, err);

	return code ? code : sw_ledger_put_state(l, txn, &state, err);
}

/* An empty ledger, put in place at once: no other process sees half of one. */
static int make_ledger(const struct sw_ledger_options *options, struct sw_err *err)
{
	struct sw_ledger *l;
	bool was_there;
	char *stage;
	int code = sw_files_stage(options->state_dir, "ledger.new", true, &stage, err);

	if (code)
		return code;
	l = new_ledger(options->state_dir, stage);
	if (l) {
		l->map_bytes = options->map_bytes;
		code = sw_store_open(l, true, err);
		if (!code)
			code = sw_store_write_blind(l, 0, write_first, NULL, err);
		free_ledger(l);
	} else {
		code = sw_ledger_error(err, -ENOMEM, options->state_dir, NULL);
	}
	if (!code)
		code = sw_files_place(options->state_dir, stage, &was_there, err);
	if (code)
		sw_files_unstage(stage);
	else
		free(stage);
	return code;
}

/* The file is there. */
static int open_ledger(struct sw_ledger *l, const struct sw_upgrade *upgrades, struct sw_err *err)
{
	int code = is_open_already(l->file, err);

	if (!code)
		code = sw_store_open(l, false, err);
	if (!code)
		code = sw_ledger_upgrade(l, upgrades, err);
	l->loaded_txn = 0;
	if (!code)
		code = sw_store_read(l, err); /* loads */
	if (code)
		return code;
	sw_store_read_end(l);
	l->process = getpid();
	l->next = opened;
	opened = l;
	return 0;
}

int sw_ledger_open_folder(const char *folder, const struct sw_upgrade *upgrades,
			  struct sw_ledger **ret, struct sw_err *err)
{
	struct sw_ledger *l = new_ledger(folder, folder);
	int code = l ? open_ledger(l, upgrades, err) : sw_ledger_error(err, -ENOMEM, folder, NULL);

	if (!code)
		*ret = l;
	else if (l)
		free_ledger(l);
	return code;
}

/* The lock, and a file. */
static int prepare(struct sw_ledger *l, const struct sw_ledger_options *options, struct sw_err *err)
{
	struct stat st;
	int code = 0;

	if (!options->read_only) {
		code = sw_folder_make(options->state_dir, 0750);
		if (code)
			return sw_ledger_error(err, code, options->state_dir, NULL);
		code = sw_files_lock(options->state_dir, &l->lock, err);
	}
	if (code)
		return code;
	if (stat(l->file, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return sw_ledger_error(err, -errno, l->file, NULL);
	if (options->read_only)
		return sw_err_set(err, -ENOENT, "%s: there is no ledger; synwardd makes one",
				  l->file);
	return make_ledger(options, err);
}

int sw_ledger_open_with(const struct sw_ledger_options *options, const struct sw_upgrade *upgrades,
			struct sw_ledger **ret, struct sw_err *err)
{
	struct sw_ledger *l = new_ledger(options->state_dir, NULL);
	int code;

	if (!l)
		return sw_ledger_error(err, -ENOMEM, options->state_dir, NULL);
	l->read_only = options->read_only;
	l->map_bytes = options->map_bytes;
	l->pending_max = options->pending_max;
	code = prepare(l, options, err);
	if (!code)
		code = open_ledger(l, upgrades, err);
	if (code)
		free_ledger(l);
	else
		*ret = l;
	return code;
}

int sw_ledger_open(const struct sw_ledger_options *options, struct sw_ledger **ret,
		   struct sw_err *err)
{
	return sw_ledger_open_with(options, sw_upgrades, ret, err);
}

struct sw_ledger *sw_ledger_close(struct sw_ledger *l)
{
	if (!l)
		return NULL;
	for (struct sw_ledger **p = &opened; *p; p = &(*p)->next) {
		if (*p == l) {
			*p = l->next;
			break;
		}
	}
	free_ledger(l);
	return NULL;
}
