/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_pages - is every page of an LMDB file what LMDB takes it for?
 *
 * LMDB trusts its file: a damaged page makes it read or write where it should not, a file
 * that was cut off kills the process. So all pages that it can come to are looked at first,
 * through read(2): headers, the place of each node, the order of keys, that no page is used
 * twice or both used and free, that all of it is inside the file. What is inside records
 * is for their check sums. For the files of the ledger alone.
 *
 * The format is that of LMDB 0.9 on 64-bit little-endian machines (data version 1).
 */
#ifndef SYNWARD_DAEMON_LEDGER_PAGES_H
#define SYNWARD_DAEMON_LEDGER_PAGES_H

#include <stdint.h>

#include "lib/err.h"

/*
 * Look at the two pages at the front of the file, which LMDB needs for opening it. -EBADMSG:
 * damaged, cut off, or no LMDB file. -ENOTSUP: of another version or machine. -errno of
 * reading.
 */
int sw_pages_check_head(int fd, struct sw_err *err);

/*
 * Look at all pages that transaction @txn sees. The caller keeps it open, so that another
 * process that writes leaves its pages alone. -EAGAIN: others have committed so much that
 * nothing is said any more of how to find them; take a new transaction. Else as above.
 */
int sw_pages_check(int fd, uint64_t txn, struct sw_err *err);

#endif
