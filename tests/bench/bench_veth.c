/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_veth - live SYNs from listed sources, dropped by the product and by what
 * people use in its place; how long each takes to have the list, and in how much memory.
 *
 * Each has a cable of its own. In every round each gets the same frames, in turn; every
 * frame that is sent must be counted as dropped by the one in whose way it was, or the
 * figure is void. Everything is in namespaces that go with the process.
 *
 * usage: bench_veth FOLDER-OF-BPF-OBJECTS COMMAND-SYNWARD JSON-FILE [quick]
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "figures.h"
#include "rivals.h"

#define FRAMES BENCH_SOURCES /* of one round, for one rival */

struct plan {
	enum bench_content content;
	size_t n;
	unsigned fills; /* rounds of filling */
	unsigned rounds; /* of sending */
	bool in_quick;
};

static const struct plan plans[] = {
	{ BENCH_HOSTS, 10000, 3, 7, false },
	{ BENCH_MIXED, 1000000, 3, 7, true },
	{ BENCH_HOSTS, 10000000, 2, 3, false },
};

static const char *folder, *synward;
static bool quick;

static unsigned enter(struct bench_entrant entrants[BENCH_RIVALS], const struct bench_world *world)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BENCH_RIVALS; i++) {
		const struct bench_rival *rival = bench_rivals[i];
		const char *why = rival->refuses(world);

		if (why) {
			bench_omit(world->list->name, rival->name, why);
			continue;
		}
		entrants[n] = (struct bench_entrant){ .rival = rival,
						      .world = world,
						      .cable = bench_cable_new(n) };
		rival->begin(&entrants[n++]);
	}
	return n;
}

/* It holds the list when this returns. */
static void measure_fill(struct bench_entrant *e, unsigned fills)
{
	const char *list = e->world->list->name;
	double slab = bench_slab_bytes();

	for (unsigned i = 0; e->rival->fill && i < fills; i++) {
		double start;

		if (i && !e->rival->empty)
			break;
		if (i)
			e->rival->empty(e);
		start = bench_now();
		e->rival->fill(e);
		bench_record(list, e->rival->fill_name, e->rival->name, "s", bench_now() - start);
		bench_record(list, "memory in use", e->rival->name, "bytes",
			     e->rival->bytes(e, slab));
	}
}

/* Send, and see that all was dropped. The last frames may still be on their way. */
static void send_all(struct bench_live *live, const struct bench_entrant *e)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	uint64_t before = e->rival->dropped(e), dropped = 0;

	bench_live_send(live, &e->cable, FRAMES);
	for (int i = 0; i < 100 && dropped < FRAMES; i++) {
		if (i)
			nanosleep(&pause, NULL);
		dropped = e->rival->dropped(e) - before;
	}
	if (dropped != FRAMES)
		bench_void("%s: of %u SYNs sent from sources in %s, %llu were dropped",
			   e->rival->name, FRAMES, e->world->list->name,
			   (unsigned long long)dropped);
}

static void measure_drop(struct bench_live *live, const struct bench_entrant *e)
{
	double before;

	send_all(live, e); /* the caches are its own now */
	before = bench_live_receive_ns(live);
	send_all(live, e);
	bench_record(e->world->list->name, "drop on veth", e->rival->name, "ns",
		     (bench_live_receive_ns(live) - before) / FRAMES);
}

static void bench_plan(const struct plan *plan)
{
	struct bench_list list = bench_list_new(4, plan->content, plan->n);
	struct bench_world world = { .folder = folder, .synward = synward, .list = &list };
	struct bench_live *live = bench_live_new(folder, &list);
	struct bench_entrant entrants[BENCH_RIVALS];
	unsigned n = enter(entrants, &world);

	for (unsigned i = 0; i < n; i++)
		measure_fill(&entrants[i], quick ? 1 : plan->fills);
	for (unsigned r = 0; r < (quick ? 3 : plan->rounds); r++)
		for (unsigned i = 0; i < n; i++)
			measure_drop(live, &entrants[i]);
	for (unsigned i = 0; i < n; i++) {
		entrants[i].rival->end(&entrants[i]);
		bench_cable_free(&entrants[i].cable);
	}
	bench_live_free(live);
	bench_list_free(&list);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: bench_veth FOLDER-OF-BPF-OBJECTS COMMAND-SYNWARD JSON-FILE "
				"[quick]\n");
		return 2;
	}
	bench_start("bench_veth");
	folder = argv[1];
	synward = argv[2];
	quick = argc > 4;
	bench_live_enter();
	for (unsigned i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		if (!quick || plans[i].in_quick)
			bench_plan(&plans[i]);
	bench_write(argv[3]);
	return 0;
}
