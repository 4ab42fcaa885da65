/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * huge - large pages for large arrays, and for many small pieces, used at random.
 *
 * A page fault for each 4 KiB of an array of many megabytes, and a walk of the page tables for
 * each look-up, cost more than the work on it. No more than a hint: a kernel that has no
 * large pages, or none left, gives small ones.
 */
#ifndef SYNWARD_LIB_HUGE_H
#define SYNWARD_LIB_HUGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define SW_HUGE_PAGE ((uintptr_t)2 << 20)
#define SW_HUGE_LEAST (2 * SW_HUGE_PAGE) /* bytes; below, what is not used would count */

/* Ask for them under @p, which malloc(3) or calloc(3) just gave, of @bytes; NULL is fine. All
 * whole ones in it. Returns @p, to be freed as ever. */
static inline void *sw_huge(void *p, size_t bytes)
{
	uintptr_t from = ((uintptr_t)p + SW_HUGE_PAGE - 1) & -SW_HUGE_PAGE;
	uintptr_t to = ((uintptr_t)p + bytes) & -SW_HUGE_PAGE;

	if (p && bytes >= SW_HUGE_LEAST && from < to)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
	return p;
}

/*
 * The same for what malloc(3) takes small pieces from: for what the heap has grown by since the
 * last call, the first of which does nothing but look. Costs nothing when it has not; so it may
 * be called after whatever may have needed much memory.
 */
void sw_huge_heap(void);

#endif
