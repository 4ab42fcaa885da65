/* SPDX-License-Identifier: GPL-2.0-only */
/* report - see report.h. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/json.h"

static int report_path(const struct sw_config *config, char **ret)
{
	return asprintf(ret, "%s/lists.json", config->run_dir) < 0 ? -ENOMEM : 0;
}

static json_t *list_object(const struct sw_policy_list *l)
{
	const struct sw_list_counts none = { .format = SW_LIST_AUTO };
	const struct sw_list_counts *c = l->list ? &l->list->counts : &none;

	return json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:o}", "list",
			 l->config->name, "file", sw_json_text(l->config->file), "format",
			 sw_list_format_name(c->format), "entries", (json_int_t)c->entries,
			 "duplicates", (json_int_t)c->duplicates, "scrubbed",
			 (json_int_t)c->scrubbed, "bad", (json_int_t)c->bad, "loaded", !!l->list,
			 "stale", l->stale, "problem",
			 l->problem[0] ? sw_json_text(l->problem) : json_null());
}

int sw_report_write(const struct sw_policy *policy)
{
	json_t *lists = json_array(), *object;
	char *path, *data;
	int code;

	for (size_t i = 0; i < policy->lists_n; i++)
		json_array_append_new(lists, list_object(&policy->lists[i]));
	object = json_pack("{s:I, s:o, s:o}", "time", (json_int_t)time(NULL), "config",
			   sw_json_text(policy->config->path), "lists", lists);
	data = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (!data)
		return -ENOMEM;
	code = report_path(policy->config, &path);
	if (!code) {
		code = sw_file_replace(path, data, strlen(data));
		free(path);
	}
	free(data);
	return code;
}

int sw_report_remove(const struct sw_config *config)
{
	char *path;
	int code = report_path(config, &path);

	if (code)
		return code;
	if (unlink(path) && errno != ENOENT)
		code = -errno;
	free(path);
	return code;
}

json_t *sw_report_read(const struct sw_config *config)
{
	json_t *object;
	char *path;

	if (report_path(config, &path))
		return NULL;
	object = json_load_file(path, 0, NULL);
	free(path);
	if (object && json_is_array(json_object_get(object, "lists")))
		return object;
	json_decref(object);
	return NULL;
}
