/* SPDX-License-Identifier: GPL-2.0-only */
/* resolve - see resolve.h. Stands in until there is a resolver: nothing can be asked. */
#include "resolve.h"

#include <errno.h>

int sw_resolve_open(const char *server, struct sw_resolve **ret, struct sw_err *err)
{
	return sw_err_set(err, -ENOSYS, "this build cannot ask the DNS");
}

struct sw_resolve *sw_resolve_close(struct sw_resolve *resolve)
{
	return NULL;
}

const struct sw_dns *sw_resolve_dns(struct sw_resolve *resolve)
{
	return NULL;
}

int sw_resolve_wait(struct sw_resolve *resolve, const bool *done, int patience_ms)
{
	return -ENOSYS;
}
