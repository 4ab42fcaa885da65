/* SPDX-License-Identifier: GPL-2.0-only */
/* desk_counts - see desk_counts.h. */
#include "desk_counts.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MOST INT64_C(1000000000000) /* that one message may add */
#define OTHER "other"

static const char *const names[SW_DESK_COUNTS] = {
	[SW_DESK_GENERAL] = "general", [SW_DESK_AGAIN] = "again",   [SW_DESK_REFUSED] = "refused",
	[SW_DESK_EVICTED] = "evicted", [SW_DESK_POLICY] = "policy",
};

static const char *const class_names[SW_DESK_CLASS_COUNTS] = {
	[SW_DESK_CLASS_SMTP] = "smtp",	       [SW_DESK_CLASS_REJECTED] = "rejected",
	[SW_DESK_CLASS_DEFERRED] = "deferred", [SW_DESK_CLASS_HEADER] = "header",
	[SW_DESK_CLASS_DUNNO] = "dunno",
};

/* ---- in ---- */

/* A number that is left out is 0. */
static bool is_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);

	return !value || (json_is_integer(value) && n >= 0 && n <= MOST);
}

static uint64_t number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static bool is_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	return n && n < SW_CLASS_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

static bool is_class(const json_t *object)
{
	bool good = json_is_string(json_object_get(object, "class"));

	for (unsigned i = 0; i < SW_DESK_CLASS_COUNTS; i++)
		good &= is_number(object, class_names[i]);
	return good;
}

static bool is_message(const json_t *message)
{
	const json_t *classes = json_object_get(message, "classes");
	bool good = is_number(message, "open") && (!classes || json_is_array(classes));

	for (unsigned i = 0; i < SW_DESK_COUNTS; i++)
		good &= is_number(message, names[i]);
	for (size_t i = 0; good && i < json_array_size(classes); i++)
		good = is_class(json_array_get(classes, i));
	return good;
}

static struct sw_desk_class *class_of(struct sw_desk_counts *c, const char *name)
{
	if (!is_name(name))
		name = OTHER;
	for (size_t i = 0; i < c->classes; i++)
		if (!strcmp(c->class[i].name, name))
			return &c->class[i];
	if (c->classes == SW_DESK_CLASSES)
		return &c->class[SW_DESK_CLASSES - 1];
	if (c->classes == SW_DESK_CLASSES - 1)
		name = OTHER;
	strcpy(c->class[c->classes].name, name);
	return &c->class[c->classes++];
}

int sw_desk_counts_add(struct sw_desk_counts *c, const json_t *message)
{
	const json_t *classes = json_object_get(message, "classes");

	if (!is_message(message))
		return -EPROTO;
	c->open = number(message, "open");
	for (unsigned i = 0; i < SW_DESK_COUNTS; i++)
		c->n[i] += number(message, names[i]);
	for (size_t i = 0; i < json_array_size(classes); i++) {
		const json_t *one = json_array_get(classes, i);
		struct sw_desk_class *class =
			class_of(c, json_string_value(json_object_get(one, "class")));

		for (unsigned k = 0; k < SW_DESK_CLASS_COUNTS; k++)
			class->n[k] += number(one, class_names[k]);
	}
	return 0;
}

/* ---- out ---- */

static json_t *class_object(const struct sw_desk_class *class)
{
	json_t *object = json_pack("{s:s}", "class", class->name);

	for (unsigned i = 0; object && i < SW_DESK_CLASS_COUNTS; i++)
		json_object_set_new(object, class_names[i], json_integer((json_int_t) class->n[i]));
	return object;
}

json_t *sw_desk_counts_object(const struct sw_desk_counts *c)
{
	json_t *classes = json_array();
	json_t *object = json_pack("{s:I, s:o}", "open", (json_int_t)c->open, "classes", classes);

	for (unsigned i = 0; object && i < SW_DESK_COUNTS; i++)
		json_object_set_new(object, names[i], json_integer((json_int_t)c->n[i]));
	for (size_t i = 0; object && i < c->classes; i++)
		json_array_append_new(classes, class_object(&c->class[i]));
	return object;
}
