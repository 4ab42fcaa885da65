/* SPDX-License-Identifier: GPL-2.0-only */
/* version - of the programs; maps/abi.h has that of what is pinned. */
#ifndef SYNWARD_LIB_VERSION_H
#define SYNWARD_LIB_VERSION_H

#define SW_VERSION "0.1"

#endif
