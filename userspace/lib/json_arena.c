/* SPDX-License-Identifier: GPL-2.0-only */
/* json_arena - see json_arena.h. */
#include "json_arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "huge.h"

#define ALIGN 16 /* as malloc(3) */

static struct {
	char *area; /* NULL: none yet */
	size_t size, used;
	size_t pieces; /* that live */
	bool open;
} arena;

static void *take(size_t n)
{
	size_t bytes = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	char *piece;

	if (!arena.open || bytes < n || bytes > arena.size - arena.used)
		return malloc(n);
	piece = arena.area + arena.used;
	arena.used += bytes;
	arena.pieces++;
	return piece;
}

static void give(void *piece)
{
	uintptr_t at = (uintptr_t)piece - (uintptr_t)arena.area;

	if (!arena.area || at >= arena.size)
		free(piece);
	else if (--arena.pieces == 0)
		arena.used = 0;
}

void sw_json_arena_use(size_t bytes)
{
	arena.size = bytes;
	json_set_alloc_funcs(take, give);
}

void sw_json_arena_open(void)
{
	if (!arena.area && arena.size)
		arena.area = sw_huge(malloc(arena.size), arena.size);
	arena.open = arena.area;
}

void sw_json_arena_close(void)
{
	arena.open = false;
}

size_t sw_json_arena_held(void)
{
	return arena.used;
}
