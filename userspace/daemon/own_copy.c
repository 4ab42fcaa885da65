/* SPDX-License-Identifier: GPL-2.0-only */
/* own_copy - what was found, for those who keep it; see own.h. Looks at nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

int sw_own_copy(const struct sw_own *own, struct sw_own *ret)
{
	struct sw_own_entry *entry = malloc((own->n + 1) * sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	if (own->n)
		memcpy(entry, own->entry, own->n * sizeof(*entry));
	ret->entry = entry;
	ret->n = own->n;
	return 0;
}
