/* SPDX-License-Identifier: GPL-2.0-only */
/* desk_request - see desk_request.h. */
#include "desk_request.h"

#include <errno.h>
#include <string.h>

#include "daemon/sessions.h"

#define ID_MAX (INT64_C(1) << 53) /* whole numbers that JSON has everywhere */

int sw_desk_request_families(const json_t *request, const struct sw_desk_fds *fds,
			     int fd[SW_DESK_SOCKETS])
{
	const json_t *array = json_object_get(request, "families");

	if (!json_is_array(array) || json_array_size(array) != fds->n)
		return -EPROTO;
	for (unsigned i = 0; i < SW_DESK_SOCKETS; i++)
		fd[i] = -1;
	for (size_t i = 0; i < fds->n; i++) {
		json_int_t family = json_integer_value(json_array_get(array, i));
		unsigned key = family == 4 ? SW_DESK_IPV4 : SW_DESK_IPV6;

		if ((family != 4 && family != 6) || fd[key] >= 0)
			return -EPROTO;
		fd[key] = fds->fd[i];
	}
	return 0;
}

int sw_desk_request_question(const json_t *request, struct sw_desk_question *ret)
{
	const json_t *id = json_object_get(request, "id");
	const char *how = json_string_value(json_object_get(request, "how"));
	const char *source = json_string_value(json_object_get(request, "source"));

	ret->id = json_integer_value(id);
	if (!json_is_integer(id) || ret->id < 0 || ret->id > ID_MAX || !how || !source)
		return -EPROTO;
	ret->smtp = !strcmp(how, "smtp");
	if (!ret->smtp && strcmp(how, "policy") != 0)
		return -EPROTO;
	return sw_addr_parse(source, &ret->source) || !sw_sessions_address(&ret->source) ? -EINVAL
											 : 0;
}
