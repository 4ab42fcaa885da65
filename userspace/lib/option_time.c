/* SPDX-License-Identifier: GPL-2.0-only */
/* option_time - values that are durations; see option.h. */
#include <errno.h>
#include <string.h>

#include "duration.h"
#include "option.h"

static int parse(const struct sw_option *o, const char *text, size_t n, int64_t *ret,
		 struct sw_err *err)
{
	char least[SW_DURATION_TEXT], most[SW_DURATION_TEXT];
	int64_t ms;
	int code = sw_duration_parse(text, n, &ms);

	if (code == -EINVAL)
		return sw_err_set(err, -EINVAL, "\"%s\" will not do: %s", text,
				  sw_duration_error(code));
	if (code || (double)ms < o->min || (double)ms > o->max)
		return sw_err_set(err, -EINVAL, "\"%s\" is out of range: from %s to %s", text,
				  sw_duration_format((int64_t)o->min, least),
				  sw_duration_format((int64_t)o->max, most));
	*ret = ms;
	return 0;
}

int sw_option_set_duration(const struct sw_option *o, int64_t *field, const char *text,
			   struct sw_err *err)
{
	return parse(o, text, strlen(text), field, err);
}

/* "10min keep", "90s open", "off". */
int sw_option_set_deadman(const struct sw_option *o, struct sw_config *c, const char *text,
			  struct sw_err *err)
{
	size_t n = strcspn(text, " \t");
	const char *word = text + n + strspn(text + n, " \t");
	int code;

	if (!strcmp(text, "off")) {
		c->deadman_ms = 0;
		c->deadman_open = false;
		return 0;
	}
	if (strcmp(word, "keep") != 0 && strcmp(word, "open") != 0)
		return sw_err_set(err, -EINVAL,
				  "\"%s\" will not do; write a duration and keep or open, in "
				  "quotes, like \"10min keep\", or off",
				  text);
	code = parse(o, text, n, &c->deadman_ms, err);
	if (code)
		return code;
	c->deadman_open = !strcmp(word, "open");
	return 0;
}
