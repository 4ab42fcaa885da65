/* SPDX-License-Identifier: GPL-2.0-only */
/* clock - see clock.h. */
#include "clock.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

static int64_t system_wall_ms(void *ctx)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t system_monotonic_ns(void *ctx)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

const struct sw_clock *sw_clock_system(void)
{
	static const struct sw_clock clock = { system_wall_ms, system_monotonic_ns, NULL };

	return &clock;
}

void sw_clock_boot(char ret[SW_CLOCK_BOOT])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	ret[0] = '\0';
	if (!file)
		return;
	if (fscanf(file, "%39s", ret) != 1)
		ret[0] = '\0';
	fclose(file);
}
