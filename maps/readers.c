/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * readers - wait until no packet in flight uses what was read before.
 *
 * An XDP program runs inside an RCU read-side critical section. The global
 * membarrier(2) command waits for an RCU grace period (kernel/sched/membarrier.c),
 * which is just what is needed and costs milliseconds.
 */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "table.h"

void sw_table_wait_readers(void)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	/* Refused on machines with nohz_full CPUs. A program runs for microseconds: a pause
	 * is then as good as it gets. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		nanosleep(&pause, NULL);
}
