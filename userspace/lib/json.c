/* SPDX-License-Identifier: GPL-2.0-only */
/* json - see json.h. Paths may be any bytes; JSON takes UTF-8 alone. */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 253402300799.0 /* the end of 9999 */

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

json_t *sw_json_time(int64_t ms)
{
	return ms ? json_real((double)ms / 1000) : json_null();
}

int sw_json_time_read(const json_t *value, int64_t *ret_ms)
{
	double seconds = json_number_value(value);

	if (!value || json_is_null(value)) {
		*ret_ms = 0;
		return 0;
	}
	if (!json_is_number(value) || !(seconds >= 0.001 && seconds <= SECONDS_MAX))
		return -EINVAL;
	*ret_ms = llround(seconds * 1000);
	return 0;
}
