/* SPDX-License-Identifier: GPL-2.0-only */
/* withdrawal - take back the verdicts that rest on a DNS list which is not believed any more. */
#ifndef SYNWARD_DAEMON_WITHDRAWAL_H
#define SYNWARD_DAEMON_WITHDRAWAL_H

#include "verdicts.h"

/* All whose reason names the list @name. */
void sw_withdraw(struct sw_verdicts *v, struct sw_ledger *ledger, const char *name);

#endif
