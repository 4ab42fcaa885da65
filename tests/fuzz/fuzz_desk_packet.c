/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may answer where the daemon should be: a packet is understood or refused, and whatever is in it,
 * what goes to senders and mail servers is one line, and what is counted by it is JSON.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "desk/access.h"
#include "desk/packet.h"
#include "desk/reply.h"
#include "desk/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_text(const char *text, size_t room)
{
	check(memchr(text, '\0', room));
	for (; *text; text++)
		check(*text >= ' ' && *text < 0x7f);
}

static void check_counted(const struct sw_answer *answer)
{
	static struct sw_tally tally;
	char packet[SW_PACKET_BYTES];
	json_t *object;
	size_t n;

	sw_tally_smtp(&tally, answer->class_name);
	n = sw_tally_put(&tally, 0, packet);
	object = json_loadb(packet, n, 0, NULL);
	check(object);
	json_decref(object);
}

static void check_told(const struct sw_answer *answer)
{
	static const struct sw_access_rules rules = { SW_ACCESS_REJECT, SW_ACCESS_HEADER };
	char out[SW_ACCESS_BYTES];
	size_t n = sw_access_put(out, sw_access_decide(&rules, answer), answer);

	check(n > 9 && n < sizeof(out) && !memcmp(out, "action=", 7));
	check(!memcmp(out + n - 2, "\n\n", 2) && memchr(out, '\n', n) == out + n - 2);
}

static void check_answer(const struct sw_answer *answer)
{
	char out[SW_REPLY_BYTES];

	check_text(answer->class_name, sizeof(answer->class_name));
	check_text(answer->text, sizeof(answer->text));
	check_text(answer->action, sizeof(answer->action));
	check(!strpbrk(answer->class_name, "\"\\ "));
	check(sw_reply_put(out, 554, "5.7.1", answer->text) <= SW_REPLY_LINE);
	check_told(answer);
	check_counted(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_packet packet;
	int code;

	memset(&packet, 0, sizeof(packet));
	code = sw_packet_parse((const char *)data, size, &packet);
	if (code) {
		check(code == -EINVAL && !packet.kind);
		return 0;
	}
	check(size <= SW_PACKET_BYTES);
	check_text(packet.words, sizeof(packet.words));
	if (packet.kind == SW_PACKET_ANSWER || packet.kind == SW_PACKET_NO_ANSWER)
		check(packet.id);
	if (packet.kind == SW_PACKET_ANSWER)
		check_answer(&packet.answer);
	return 0;
}
