/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of the ledger from damaged files: the first byte picks what the rest is. What is
 * decoded is within its limits and encodes to the same bytes. So that more than one input
 * in 2^32 gets past the check sum, every input is looked at with the right one as well.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_verdict(const struct sw_verdict *v)
{
	assert(sw_verdict_check(v, NULL) == 0);
}

static void check_body(struct sw_view key, struct sw_view body)
{
	uint8_t out[SW_RECORD_BODY];
	struct sw_verdict v;

	memset(&v, 0xee, sizeof(v));
	if (sw_record_verdict(key, body, &v))
		return;
	check_verdict(&v);
	assert(sw_record_body(&v, out) == body.n && !memcmp(out, body.data, body.n));
}

static void check_key(struct sw_view key)
{
	uint8_t out[SW_RECORD_KEY], origin;
	struct sw_prefix source;

	if (sw_record_key_read(key, &source, &origin))
		return;
	assert(sw_record_key(&source, origin, out) == key.n && !memcmp(out, key.data, key.n));
}

static void check_source(struct sw_view key, struct sw_view record)
{
	uint8_t out[SW_RECORD_SOURCE];
	struct sw_view body;
	uint64_t number;

	if (sw_record_source_read(key, record, &number, &body))
		return;
	assert(sw_record_source(key, number, body, out) == record.n &&
	       !memcmp(out, record.data, record.n));
	if (body.n)
		check_body(key, body);
}

static void check_change(uint64_t number, struct sw_view record)
{
	uint8_t out[SW_RECORD_CHANGE];
	struct sw_record_change c;
	struct sw_history h;

	if (sw_record_change_read(number, record, &c))
		return;
	assert(c.body.n <= record.n && c.previous < number);
	if (c.body.n > SW_RECORD_BODY)
		return;
	assert(sw_record_change(&c, out) == record.n && !memcmp(out, record.data, record.n));
	check_body(c.key, c.body);
	if (sw_record_history(&c, &h))
		return;
	check_verdict(&h.verdict);
	assert(strlen(h.who) < SW_VERDICT_WHO && strlen(h.why) < SW_VERDICT_REASON);
	assert(sw_change_keeps(h.kind) || h.kind == SW_CHANGE_ENDED || h.kind == SW_CHANGE_REMOVED);
}

/* The input as a change whose sum and numbers are right. */
static void check_summed(const uint8_t *data, size_t size)
{
	uint8_t record[SW_RECORD_CHANGE + 8];

	if (size < 23 || size > sizeof(record))
		return;
	memcpy(record, data, size);
	sw_record_change_number(record, size, 1000, size);
	check_change(1000, (struct sw_view){ record, size });
}

/* Length of the key, key, body: as a record whose sum is right. */
static void check_whole_source(const uint8_t *data, size_t size)
{
	uint8_t record[SW_RECORD_SOURCE];
	struct sw_view key, body;
	size_t n;

	if (size < 20)
		return;
	key = (struct sw_view){ data, data[19] % 20 };
	body = (struct sw_view){ data + 20, size - 20 };
	if (body.n > SW_RECORD_BODY)
		return;
	n = sw_record_source(key, size, body, record);
	check_source(key, (struct sw_view){ record, n });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_record_state state;
	uint64_t number;

	if (size < 1)
		return 0;
	size--;
	switch (*data++ % 5) {
	case 0:
		check_key((struct sw_view){ data, size });
		break;
	case 1:
		if (size >= 7)
			check_source((struct sw_view){ data, 7 },
				     (struct sw_view){ data + 7, size - 7 });
		check_whole_source(data, size);
		break;
	case 2:
		check_change(7, (struct sw_view){ data, size });
		check_summed(data, size);
		break;
	case 3:
		if (sw_record_state_read((struct sw_view){ data, size }, &state) == 0)
			assert(state.next >= state.folded);
		break;
	case 4:
		if (sw_record_number_read((struct sw_view){ data, size }, &number) == 0)
			assert(number && size == 8);
		break;
	}
	return 0;
}
