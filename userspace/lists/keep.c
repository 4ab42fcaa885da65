/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keep - lists that stay as they are from one policy to the next, because their file
 * did not change; see list.h.
 */
#include "reader.h"

#include <stdlib.h>

struct sw_list *sw_list_share(struct sw_list *list)
{
	list->shares++;
	return list;
}

struct sw_list *sw_list_free(struct sw_list *list)
{
	if (!list)
		return NULL;
	if (list->shares) {
		list->shares--;
		return NULL;
	}
	free(list->entries4);
	free(list->entries6);
	free(list);
	return NULL;
}

bool sw_list_is_current(const struct sw_list *list, const char *path)
{
	struct sw_digest digest;
	struct sw_input *in;
	bool ret;

	if (sw_input_open(path, &digest, &in, NULL))
		return false;
	ret = sw_input_skip(in, NULL) == 0 && sw_digest_equal(&digest, &list->digest);
	sw_input_close(in);
	return ret;
}
