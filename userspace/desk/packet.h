/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * packet - what desk and daemon say to one another (docs/desk.md): JSON, one object a packet.
 *
 * Pure. The only file of the desk that knows jansson. What the daemon says is bounded and cleaned here:
 * its words come from lists and the DNS, and go to strangers.
 */
#ifndef SYNWARD_DESK_PACKET_H
#define SYNWARD_DESK_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SW_PACKET_BYTES 4096 /* of a packet, either way */
#define SW_PACKET_CLASS 32 /* with NUL */
#define SW_PACKET_TEXT 401 /* with NUL */

enum sw_packet_how {
	SW_PACKET_SMTP, /* the source came to the desk */
	SW_PACKET_POLICY, /* a mail server asks about it */
};

/* What holds for a source. */
struct sw_answer {
	char class_name[SW_PACKET_CLASS]; /* no " and no \; "": nothing is against it */
	char action[8]; /* "reject", ... */
	bool turns_away; /* the action does: reject, reset, drop */
	bool enforced; /* not in shadow */
	char text[SW_PACKET_TEXT]; /* for the sender; "": none */
};

enum sw_packet_kind {
	SW_PACKET_OTHER, /* nothing that we know; to be ignored */
	SW_PACKET_ANSWER, /* id, answer */
	SW_PACKET_NO_ANSWER, /* id: the daemon cannot say */
	SW_PACKET_REGISTERED, /* our listeners are in the map: steering */
	SW_PACKET_REFUSED, /* they are not: words */
	SW_PACKET_AGAIN, /* the map is another one: register once more */
};

struct sw_packet {
	enum sw_packet_kind kind;
	uint32_t id; /* not 0 */
	struct sw_answer answer;
	bool steering; /* false: the kernel or the interface cannot; nobody will come */
	char words[SW_PACKET_TEXT];
};

/* Read @n bytes of a packet from the daemon. -EINVAL: it is no JSON object, or an answer that lacks
 * something, or too long. */
int sw_packet_parse(const char *packet, size_t n, struct sw_packet *ret);

/* Write the question about @source, which came to local @port (0: unknown); returns bytes. */
size_t sw_packet_say(char *out, size_t room, uint32_t id, enum sw_packet_how how,
		     const struct sw_prefix *source, uint16_t port);

/* That we have listeners for these of IPv4 and IPv6, whose descriptors go along. */
size_t sw_packet_listeners(char *out, size_t room, bool ip4, bool ip6);

#endif
