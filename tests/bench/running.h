/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * running - a synwardd that runs beside the bench, with a ledger on a real disk.
 *
 * Everything but the ledger is in the namespaces of bench_live_enter. The daemon and its
 * ledger go when the bench ends; what fails ends the bench (figures.h).
 */
#ifndef SYNWARD_TESTS_BENCH_RUNNING_H
#define SYNWARD_TESTS_BENCH_RUNNING_H

#include <sys/types.h>

#include "cli/client.h"
#include "lib/addr.h"

#define BENCH_RUN "/run/synward"
#define BENCH_PINS "/sys/fs/bpf/synward"

struct sw_datapath;

/*
 * Write the configuration of a daemon on @ifname: where its files are, and @format for all
 * else. After bench_live_enter.
 */
__attribute__((format(printf, 2, 3))) void bench_running_configure(const char *ifname,
								   const char *format, ...);

/* Start @synwardd, connect to it, and return the seconds from here until its first answer. */
double bench_running_start(const char *synwardd, struct sw_client **ret);
void bench_running_stop(struct sw_client *client, int number);
pid_t bench_running_pid(void);

/* The class that packets of @source find in the maps at this moment; 0: nothing is said of it. */
unsigned bench_running_class(struct sw_datapath *dp, const struct sw_prefix *source);

#endif
