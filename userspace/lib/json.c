/* SPDX-License-Identifier: GPL-2.0-only */
/* json - see json.h. Paths may be any bytes; JSON takes UTF-8 alone. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

json_t *sw_json_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;
	copy = strdup(text);
	for (char *p = copy; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	string = json_string(copy ? copy : "?");
	free(copy);
	return string;
}
