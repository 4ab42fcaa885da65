/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_daemon - a running synwardd: verdicts in batches and one by one, each durable when it
 * is acknowledged, and how soon it answers after a restart with all of them.
 *
 * Its ledger is on the disk of /var/tmp (an fdatasync(2) in memory would cost nothing);
 * everything else is in namespaces that go with the process. What is in force is read
 * from the memory of the pinned maps, which is where the program of the card looks.
 *
 * usage: bench_daemon COMMAND-SYNWARDD JSON-FILE [quick]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "datapath/datapath.h"
#include "figures.h"
#include "live.h"
#include "running.h"
#include "tests/support/random.h"

#define LIST "/run/list.txt"
#define BATCH 5000
#define FIRST 100000 /* verdicts: a second's */
#define SINGLES 300

static void write_list(const struct bench_list *list)
{
	FILE *out = fopen(LIST, "w");

	if (!out)
		bench_die(LIST);
	for (size_t i = 0; i < list->n; i++) {
		uint32_t a = list->four[i].addr;

		fprintf(out, "%u.%u.%u.%u/%u\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
			list->four[i].len);
	}
	if (fclose(out))
		bench_die(LIST);
}

/* ---- verdicts ---- */

static uint64_t state_of_random = 20261129;

static const char *random_source(char text[SW_PREFIX_TEXT])
{
	uint64_t r = sw_random(&state_of_random);
	struct sw_prefix p = sw_prefix_ip4(0x01000000 + (uint32_t)(r >> 33), 32);

	return sw_prefix_format(&p, text);
}

static json_t *request_of(unsigned n)
{
	json_t *array = json_array();
	char text[SW_PREFIX_TEXT];

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s}", "source",
						       random_source(text), "action", "drop", "for",
						       "2h", "reason", "too many unknown users"));
	return json_pack("{s:s, s:b, s:b, s:o}", "op", "set", "brief", 1, "force", 1, "verdicts",
			 array);
}

static void send_batch(struct sw_client *client)
{
	struct sw_err err;

	if (sw_client_send(client, request_of(BATCH), &err))
		bench_void("set: %s", err.text);
}

static void receive_batch(struct sw_client *client)
{
	struct sw_err err;
	json_t *answer;

	if (sw_client_receive(client, &answer, &err))
		bench_void("set: %s", err.text);
	if (json_object_get(answer, "error") ||
	    json_integer_value(json_object_get(answer, "failed")))
		bench_void("set: %s", json_dumps(answer, 0));
	json_decref(answer);
}

/* The next batch is made and on its way while one is worked on: what is measured is the daemon,
 * and not who makes the text of its requests. The more there are, the less of what a verdict
 * needs is in a cache. */
static void set_many(struct sw_client *client, uint32_t total)
{
	double start = bench_now();

	send_batch(client);
	for (uint32_t done = BATCH; done < total; done += BATCH) {
		send_batch(client);
		receive_batch(client);
		if (done == FIRST)
			bench_record("daemon", "a verdict, in batches of 5000, the first 100 k",
				     "synwardd", "ns", (bench_now() - start) * 1e9 / FIRST);
	}
	receive_batch(client);
	if (total > FIRST + BATCH)
		bench_record("daemon", "a verdict, in batches of 5000, up to 1 M", "synwardd", "ns",
			     (bench_now() - start) * 1e9 / total);
}

static void set_singles(struct sw_client *client)
{
	struct sw_datapath *dp;
	struct sw_err err;

	if (sw_datapath_open(BENCH_PINS, SW_DATAPATH_READ, NULL, &dp, &err))
		bench_void("%s", err.text);
	for (unsigned i = 0; i < SINGLES; i++) {
		char text[SW_PREFIX_TEXT];
		json_t *answer, *request = request_of(1);
		json_t *item = json_array_get(json_object_get(request, "verdicts"), 0);
		struct sw_prefix source;
		double start, acknowledged;

		snprintf(text, sizeof(text), "%s",
			 json_string_value(json_object_get(item, "source")));
		sw_addr_parse(text, &source);
		start = bench_now();
		if (sw_client_ask(client, request, &answer, &err))
			bench_void("set: %s", err.text);
		acknowledged = bench_now();
		json_decref(answer);
		while (bench_running_class(dp, &source) != SW_CLASS_OPERATOR_BLOCK_TEMPORARY)
			if (bench_now() - acknowledged > 1)
				bench_void("%s was acknowledged, and is not in force", text);
		bench_record("daemon", "one verdict, acknowledged", "synwardd", "s",
			     acknowledged - start);
		bench_record("daemon", "from acknowledged to in force", "synwardd", "s",
			     bench_now() - acknowledged);
	}
	sw_datapath_close(dp);
}

int main(int argc, char **argv)
{
	bool quick = argc > 3;
	uint32_t total = quick ? FIRST + BATCH : 1000000;
	struct bench_cable cable;
	struct sw_client *client;
	struct bench_list list;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_daemon COMMAND-SYNWARDD JSON-FILE [quick]\n");
		return 2;
	}
	bench_start("bench_daemon");
	bench_live_enter();
	list = bench_list_new(4, BENCH_MIXED, total);
	write_list(&list);
	cable = bench_cable_new(0);
	bench_running_configure(cable.receiver,
				"verdicts = %u\ntable4-blocks = 4194304\n"
				"list bench { file = \"" LIST "\" action = drop scrub = false }\n",
				2 * total);
	bench_record("daemon", "start", "synwardd", "s", bench_running_start(argv[1], &client));
	set_many(client, total);
	set_singles(client);
	for (unsigned i = 0; i < (quick ? 1 : 3); i++) {
		bench_running_stop(client, i % 2 ? SIGTERM : SIGKILL);
		bench_record("daemon",
			     quick ? "restart with 100 k verdicts and 100 k prefixes"
				   : "restart with 1 M verdicts and 1 M prefixes",
			     "synwardd", "s", bench_running_start(argv[1], &client));
	}
	bench_running_stop(client, SIGTERM);
	bench_list_free(&list);
	bench_write(argv[2]);
	return 0;
}
