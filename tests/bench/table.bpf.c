// SPDX-License-Identifier: GPL-2.0-only
/* table - the product's own program, with a new source for each packet. */
#include "bpf/synward.bpf.c"

#include "programs.bpf.h"
