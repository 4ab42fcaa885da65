// SPDX-License-Identifier: GPL-2.0-only
/* uncut - bpf/uncut.bpf.c, for a test to load: only a dispatcher that refuses the other needs it. */
#include "bpf/uncut.bpf.c"
