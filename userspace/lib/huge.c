/* SPDX-License-Identifier: GPL-2.0-only */
/* huge - see huge.h: of the heap, which grows by itself. */
#include "huge.h"

#include <unistd.h>

/* What the kernel adds to the heap has the size of pages that a new process has, so what came
 * since the last call is named anew. */
void sw_huge_heap(void)
{
	static uintptr_t until;
	uintptr_t end = (uintptr_t)sbrk(0) & -SW_HUGE_PAGE;

	if (end < until) /* some was given back */
		until = end;
	if (end == until || end == (uintptr_t)-1)
		return;
	if (until)
		(void)madvise((void *)until, end - until, MADV_HUGEPAGE);
	until = end;
}
