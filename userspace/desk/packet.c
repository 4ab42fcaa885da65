/* SPDX-License-Identifier: GPL-2.0-only */
/* packet - see packet.h. */
#include "packet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "desk/reply.h"

/* ---- to the daemon: numbers and addresses, nothing to escape ---- */

static size_t wrote(int n, size_t room)
{
	return n > 0 && (size_t)n < room ? (size_t)n : 0;
}

size_t sw_packet_say(char *out, size_t room, uint32_t id, enum sw_packet_how how,
		     const struct sw_prefix *source, uint16_t port)
{
	char text[SW_PREFIX_TEXT];

	return wrote(snprintf(out, room,
			      "{\"op\":\"say\",\"id\":%u,\"how\":\"%s\",\"source\":\"%s\","
			      "\"port\":%u}",
			      id, how == SW_PACKET_SMTP ? "smtp" : "policy",
			      sw_prefix_format(source, text), port),
		     room);
}

size_t sw_packet_listeners(char *out, size_t room, bool ip4, bool ip6)
{
	return wrote(snprintf(out, room, "{\"op\":\"desk\",\"families\":[%s%s%s]}", ip4 ? "4" : "",
			      ip4 && ip6 ? "," : "", ip6 ? "6" : ""),
		     room);
}

/* ---- from the daemon ---- */

static void copy_clean(char *out, size_t room, const json_t *value)
{
	const char *text = json_string_value(value);

	sw_reply_clean(out, room, text ? text : "", json_string_length(value));
}

/* A name goes into JSON and headers again: no quotes. */
static void copy_class(char out[SW_PACKET_CLASS], const json_t *value)
{
	copy_clean(out, SW_PACKET_CLASS, value);
	for (char *p = out; *p; p++)
		if (*p == '"' || *p == '\\' || *p == ' ')
			*p = '?';
}

static bool turns_away(const char *action)
{
	return !strcmp(action, "reject") || !strcmp(action, "reset") || !strcmp(action, "drop");
}

static bool is_action(const char *action)
{
	static const char *const others[] = { "allow", "pass", "limit", "hold" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(action, others[i]))
			return true;
	return turns_away(action);
}

static int read_answer(const json_t *object, struct sw_answer *ret)
{
	const char *action = json_string_value(json_object_get(object, "action"));
	const json_t *enforced = json_object_get(object, "enforced");

	if (!action || !is_action(action) || !json_is_boolean(enforced))
		return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	strncpy(ret->action, action, sizeof(ret->action) - 1);
	ret->turns_away = turns_away(action);
	ret->enforced = json_is_true(enforced);
	copy_class(ret->class_name, json_object_get(object, "class"));
	copy_clean(ret->text, sizeof(ret->text), json_object_get(object, "text"));
	return 0;
}

static int read_numbered(const json_t *object, const json_t *id, struct sw_packet *ret)
{
	json_int_t number = json_integer_value(id);

	if (!json_is_integer(id) || number < 1 || number > UINT32_MAX)
		return -EINVAL;
	ret->id = (uint32_t)number;
	if (json_object_get(object, "error")) {
		ret->kind = SW_PACKET_NO_ANSWER;
		return 0;
	}
	ret->kind = SW_PACKET_ANSWER;
	return read_answer(object, &ret->answer);
}

static void read_other(const json_t *object, struct sw_packet *ret)
{
	const char *op = json_string_value(json_object_get(object, "op"));
	const json_t *ok = json_object_get(object, "ok");

	if (op && !strcmp(op, "again")) {
		ret->kind = SW_PACKET_AGAIN;
	} else if (json_is_boolean(ok)) {
		ret->kind = json_is_true(ok) ? SW_PACKET_REGISTERED : SW_PACKET_REFUSED;
		ret->steering = !json_is_false(json_object_get(object, "steering"));
		copy_clean(ret->words, sizeof(ret->words), json_object_get(object, "error"));
	}
}

static int read_object(const json_t *object, struct sw_packet *ret)
{
	const json_t *id = json_object_get(object, "id");

	if (!json_is_object(object))
		return -EINVAL;
	if (id)
		return read_numbered(object, id, ret);
	read_other(object, ret);
	return 0;
}

int sw_packet_parse(const char *packet, size_t n, struct sw_packet *ret)
{
	struct sw_packet message = { .kind = SW_PACKET_OTHER };
	json_error_t error;
	json_t *object;
	int code;

	if (n > SW_PACKET_BYTES)
		return -EINVAL;
	object = json_loadb(packet, n, JSON_ALLOW_NUL, &error);
	if (!object)
		return -EINVAL;
	code = read_object(object, &message);
	json_decref(object);
	if (!code)
		*ret = message;
	return code;
}
