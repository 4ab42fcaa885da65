/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdicts - single verdicts on the card, and what the card does when the daemon is silent;
 * see datapath.h. The work is done by maps/table.c; here are the words.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

int sw_datapath_say_shortage(const struct sw_datapath *dp, struct sw_err *err)
{
	struct sw_table_shortage s = sw_table_shortage(dp->table);
	bool four = s.part == SW_TABLE_PART_4;
	uint32_t blocks = four ? dp->table4.capacity : dp->table6.capacity;

	if (s.part == SW_TABLE_PART_EXPIRY)
		return sw_err_set(
			err, -ENOSPC,
			"there is room for %u single verdicts, counting each prefix that "
			"a list has inside a temporary one, and it takes %zu: raise verdicts "
			"to %zu or more",
			sw_expiry_room(dp->expiry.capacity), s.need, s.need);
	if (s.need)
		return sw_err_set(err, -ENOSPC,
				  "the lists%s need %zu blocks in the IPv%d table, which has %u: "
				  "raise table%d-blocks to %zu or more",
				  sw_table_verdicts(dp->table) ? " and single verdicts" : "",
				  s.need, four ? 4 : 6, blocks, four ? 4 : 6, s.need);
	return sw_err_set(err, -ENOSPC, "the IPv%d table is full: raise table%d-blocks above %u",
			  four ? 4 : 6, four ? 4 : 6, blocks);
}

static int check_class(const struct sw_datapath *dp, uint8_t class, uint64_t ends_ns,
		       struct sw_err *err)
{
	const struct sw_class *row = &dp->fixed[class % SW_CLASS_FIRST_LIST];

	if (class <= SW_CLASS_NEVER_BLOCK || class >= SW_CLASS_FIRST_LIST ||
	    (dp->applied && row->action == SW_ACTION_NONE))
		return sw_err_set(err, -EINVAL, "class %u is none of a single verdict", class);
	if (dp->applied && !(row->flags & SW_CLASS_TEMPORARY) != !ends_ns)
		return sw_err_set(err, -EINVAL, "class %u (%s) is %sfor verdicts that end", class,
				  row->name, ends_ns ? "not " : "");
	return 0;
}

static int say(const struct sw_datapath *dp, int code, struct sw_err *err)
{
	if (code == -ENOSPC)
		return sw_datapath_say_shortage(dp, err);
	if (code)
		sw_err_set(err, code, "%s", code == -ENOMEM ? "out of memory" : strerror(-code));
	return code;
}

int sw_datapath_verdict_set(struct sw_datapath *dp, const struct sw_prefix *source, uint8_t class,
			    uint64_t ends_ns, struct sw_err *err)
{
	int code = check_class(dp, class, ends_ns, err);

	if (code)
		return code;
	if (!dp->applied)
		return sw_err_set(err, -EINVAL, "there are no lists below the verdict yet");
	return say(dp, sw_table_set(dp->table, source, class, ends_ns), err);
}

int sw_datapath_verdict_preset(struct sw_datapath *dp, const struct sw_prefix *source,
			       uint8_t class, uint64_t ends_ns, struct sw_err *err)
{
	int code = check_class(dp, class, ends_ns, err);

	return code ? code : say(dp, sw_table_preset(dp->table, source, class, ends_ns), err);
}

void sw_datapath_verdict_expect(const struct sw_datapath *dp, const struct sw_prefix *source)
{
	sw_table_expect(dp->table, source);
}

void sw_datapath_verdict_reserve(struct sw_datapath *dp, size_t n4, size_t n6)
{
	(void)sw_table_reserve(dp->table, n4, n6);
}

int sw_datapath_verdict_clear(struct sw_datapath *dp, const struct sw_prefix *source,
			      struct sw_err *err)
{
	if (!dp->applied)
		return sw_err_set(err, -EINVAL, "there are no lists below the verdict yet");
	return say(dp, sw_table_clear(dp->table, source), err);
}

int sw_datapath_verdict_get(const struct sw_datapath *dp, const struct sw_prefix *source,
			    uint8_t *class, uint64_t *ends_ns)
{
	bool four = source->family == 4;
	struct sw_expiry_entry e;
	int code = sw_expiry_get(&dp->expiry, source->family, four ? source->lo << 32 : source->hi,
				 four ? 0 : source->lo, source->len, &e);

	if (code)
		return code;
	if (e.class == SW_CLASS_UNLISTED)
		return -ENOENT;
	*class = e.class;
	*ends_ns = sw_expiry_ns(e.ends);
	return 0;
}

int sw_datapath_check(struct sw_datapath *dp, size_t max, size_t *mended)
{
	return sw_table_check(dp->table, max, mended);
}

struct visitor {
	int (*each)(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns);
	void *ctx;
};

static int visit(void *ctx, const struct sw_table_verdict *v)
{
	const struct visitor *to = ctx;

	return to->each(to->ctx, &v->source, v->class, v->ends_ns);
}

int sw_datapath_verdict_each(const struct sw_datapath *dp,
			     int (*each)(void *ctx, const struct sw_prefix *source, uint8_t class,
					 uint64_t ends_ns),
			     void *ctx)
{
	struct visitor to = { each, ctx };

	return sw_table_verdicts_each(dp->table, visit, &to);
}

static int carry(void *ctx, const struct sw_table_verdict *v)
{
	return sw_table_preset(ctx, &v->source, v->class, v->ends_ns);
}

int sw_datapath_carry(const struct sw_datapath *from, struct sw_datapath *to, struct sw_err *err)
{
	const struct sw_settings *before = sw_datapath_settings(from);

	sw_datapath_alive(to, before->alive_ns);
	sw_datapath_deadman(to, before->deadman_ns);
	sw_contact_carry(from, to);
	sw_rates_carry(from, to);
	return say(to, sw_table_verdicts_each(from->table, carry, to->table), err);
}

void sw_datapath_alive(struct sw_datapath *dp, uint64_t now_ns)
{
	__atomic_store_n(&sw_datapath_settings(dp)->alive_ns, now_ns, __ATOMIC_RELEASE);
}

void sw_datapath_deadman(struct sw_datapath *dp, uint64_t ns)
{
	__atomic_store_n(&sw_datapath_settings(dp)->deadman_ns, ns, __ATOMIC_RELEASE);
}
