/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mkledger - a ledger with verdicts on so many hosts of 11.0.0.0/8, without a daemon; or,
 * with -l, hold the lock of one, as the daemon does, until standard input ends.
 *
 * Usage: mkledger STATE_DIR NUMBER
 *        mkledger -l STATE_DIR
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger.h"
#include "maps/abi.h"
#include "rules/origin.h"

#define CREATED_MS INT64_C(1764093600123)

static struct sw_ledger *open_ledger(const char *state_dir)
{
	struct sw_ledger_options options = { .state_dir = state_dir };
	struct sw_ledger *ledger;
	struct sw_err err;

	if (!sw_ledger_open(&options, &ledger, &err))
		return ledger;
	fprintf(stderr, "mkledger: %s\n", err.text);
	exit(1);
}

static int put(struct sw_ledger *ledger, uint32_t address, struct sw_err *err)
{
	struct sw_verdict verdict = {
		.source = sw_prefix_ip4(address, 32),
		.origin = SW_ORIGIN_OPERATOR,
		.action = SW_ACTION_DROP,
		.reason = "made",
		.who = "mkledger",
		.created_ms = CREATED_MS,
		.count = 1,
	};
	struct sw_change change = { .time_ms = CREATED_MS, .kind = SW_CHANGE_SET };

	return sw_ledger_put(ledger, &verdict, &change, err);
}

static int fill(struct sw_ledger *ledger, uint32_t n, struct sw_err *err)
{
	int code = sw_ledger_begin(ledger, err);

	for (uint32_t i = 0; i < n && !code; i++)
		code = put(ledger, 0x0b000000 + i, err);
	return code ? code : sw_ledger_commit(ledger, err);
}

int main(int argc, char **argv)
{
	struct sw_ledger *ledger;
	struct sw_err err;
	int code = 0;

	if (argc != 3) {
		fputs("Usage: mkledger STATE_DIR NUMBER | mkledger -l STATE_DIR\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "-l")) {
		ledger = open_ledger(argv[2]);
		puts("locked");
		fflush(stdout);
		while (getchar() != EOF)
			;
	} else {
		ledger = open_ledger(argv[1]);
		code = fill(ledger, (uint32_t)strtoul(argv[2], NULL, 10), &err);
		if (code)
			fprintf(stderr, "mkledger: %s\n", err.text);
	}
	sw_ledger_close(ledger);
	return code ? 1 : 0;
}
