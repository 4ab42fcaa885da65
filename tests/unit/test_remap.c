/* SPDX-License-Identifier: GPL-2.0-only */
/* remap: the port changes where the filter reads it, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/parse.h"
#include "cli/remap.h"
#include "support/frame_words.h"

#define V4 "src=5.188.1.1", "dst=198.51.100.25"
#define V6 "src=2a05:1::1", "dst=2001:db8::25"

static struct sw_remap *map_25565_to_25(void)
{
	struct sw_remap *map = calloc(1, sizeof(*map));

	assert_non_null(map);
	assert_int_equal(sw_remap_parse("25565=25", map), 0);
	assert_int_equal(sw_remap_parse("25=2525", map), 0);
	return map;
}

static size_t build(const char *const *words, uint8_t *frame)
{
	struct sw_frame spec = { .dport = 25565 };

	for (; *words; words++)
		assert_int_equal(sw_frame_word(&spec, *words), 0);
	return sw_frame_build(&spec, frame, SW_FRAME_ROOM);
}

/* Every SYN that the program would look up is remapped, and only its port. */
static void syns_are_remapped(void **state)
{
	static const char *const specs[][8] = {
		{ V4 },
		{ V4, "ipopt=8", "tcpopt=12" },
		{ V4, "ipopt=40", "payload=900" },
		{ V4, "vlan=100" },
		{ V4, "vlan=88a8:100", "vlan=7" },
		{ V4, "frag=0+" },
		{ V6 },
		{ V6, "vlan=1", "vlan=2", "tcpopt=40" },
		{ V6, "ext=hop", "ext=routing+2", "ext=dst+1" },
		{ V6, "ext=frag" },
		{ V6, "ext=dst", "ext=frag", "frag=0+" },
	};
	struct sw_remap *map = map_25565_to_25();

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		uint8_t frame[SW_FRAME_ROOM], before[SW_FRAME_ROOM];
		size_t bytes = build(specs[i], frame), changed = 0;
		struct sw_syn syn;

		memcpy(before, frame, bytes);
		sw_remap_frame(map, frame, bytes);
		assert_int_equal(sw_parse(frame, frame + bytes, &syn), 0);
		assert_int_equal(syn.dest_port, 25);
		for (size_t k = 0; k < bytes; k++)
			changed += frame[k] != before[k];
		assert_int_equal(changed, 2);
	}
	free(map);
}

/* Once, by the port that the frame came with: 25565 becomes 25, not 2525. */
static void mapping_does_not_chain(void **state)
{
	static const char *const words[] = { V4, "dport=25", NULL };
	struct sw_remap *map = map_25565_to_25();
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes = build(words, frame);
	struct sw_syn syn;

	sw_remap_frame(map, frame, bytes);
	assert_int_equal(sw_parse(frame, frame + bytes, &syn), 0);
	assert_int_equal(syn.dest_port, 2525);
	free(map);
}

static void others_stay(void **state)
{
	static const char *const specs[][8] = {
		{ V4, "dport=80" },
		{ V4, "proto=17" },
		{ V4, "frag=5", "payload=40" },
		{ V4, "ethertype=0806" },
		{ V4, "vlan=1", "vlan=2", "vlan=3" },
		{ V4, "ihl=-1" },
		{ V6, "proto=17" },
		{ V6, "ext=ah" },
		{ V6, "ext=frag", "frag=3", "payload=40" },
	};
	struct sw_remap *map = map_25565_to_25();

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		uint8_t frame[SW_FRAME_ROOM], before[SW_FRAME_ROOM];
		size_t bytes = build(specs[i], frame);

		assert_true(bytes);
		memcpy(before, frame, bytes);
		sw_remap_frame(map, frame, bytes);
		assert_memory_equal(frame, before, bytes);
	}
	free(map);
}

/* Frames that end anywhere: no byte beyond the end is read or written. */
static void cut_frames_are_safe(void **state)
{
	static const char *const words[] = {
		V6, "vlan=1", "ext=hop", "ext=dst+3", "ext=frag", NULL
	};
	struct sw_remap *map = map_25565_to_25();
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes = build(words, frame);

	for (size_t n = 0; n <= bytes; n++) {
		uint8_t *copy = malloc(n + 1); /* the sanitizer watches its end */

		memcpy(copy, frame, n);
		sw_remap_frame(map, copy, n);
		free(copy);
	}
	free(map);
}

static void words_are_checked(void **state)
{
	static const char *const bad[] = { "",
					   "25",
					   "25=",
					   "=25",
					   "0=25",
					   "25=0",
					   "65536=25",
					   "1=65536",
					   "25=25x",
					   "+25=3",
					   "25==3",
					   "a=b",
					   "99999999999999999999=1" };
	struct sw_remap *map = calloc(1, sizeof(*map));

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sw_remap_parse(bad[i], map), -EINVAL);
	assert_false(map->used);
	assert_int_equal(sw_remap_parse("80=25", map), 0);
	assert_int_equal(sw_remap_parse("80=25", map), 0);
	assert_int_equal(sw_remap_parse("80=26", map), -EEXIST);
	assert_int_equal(map->to[80], 25);
	free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns_are_remapped), cmocka_unit_test(mapping_does_not_chain),
		cmocka_unit_test(others_stay),	     cmocka_unit_test(cut_frames_are_safe),
		cmocka_unit_test(words_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
