/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk to the TCP header is the program's own order of layers (bpf/parse.h). */
#include "remap.h"

#include <errno.h>
#include <stdlib.h>

#include "bpf/parse.h"

static int parse_port(const char *text, char end, const char **rest, uint16_t *ret)
{
	unsigned long port;
	char *stop;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	port = strtoul(text, &stop, 10);
	if (errno || port < 1 || port > 65535 || *stop != end)
		return -EINVAL;
	*ret = (uint16_t)port;
	*rest = stop + 1;
	return 0;
}

int sw_remap_parse(const char *text, struct sw_remap *map)
{
	uint16_t from, to;

	if (parse_port(text, '=', &text, &from) || parse_port(text, '\0', &text, &to))
		return -EINVAL;
	if (map->to[from] && map->to[from] != to)
		return -EEXIST;
	map->to[from] = to;
	map->used = true;
	return 0;
}

static uint8_t *tcp_of_ip4(uint8_t *ip, const uint8_t *end)
{
	if (ip + SW_IP4_BYTES > end || (ip[0] & 0x0f) * 4 < SW_IP4_BYTES || ip[9] != SW_PROTO_TCP ||
	    sw_load16(ip + 6) & SW_IP4_OFFSET)
		return NULL;
	return ip + (ip[0] & 0x0f) * 4;
}

static uint8_t *tcp_of_ip6(uint8_t *ip, const uint8_t *end)
{
	__u32 offset;
	bool fragment = false;

	if (ip + SW_IP6_BYTES > end || sw_parse_ext(ip, end, &offset, &fragment))
		return NULL;
	return ip + offset;
}

static uint8_t *find_tcp(uint8_t *frame, const uint8_t *end)
{
	uint8_t *p = frame + SW_ETH_BYTES;
	unsigned type;

	if (p > end)
		return NULL;
	type = sw_load16(p - 2);
	for (int i = 0; i < SW_VLAN_MAX; i++) {
		if (type != SW_ETHERTYPE_VLAN && type != SW_ETHERTYPE_SVLAN)
			break;
		p += SW_TAG_BYTES;
		if (p > end)
			return NULL;
		type = sw_load16(p - 2);
	}
	if (type == SW_ETHERTYPE_IP4)
		return tcp_of_ip4(p, end);
	return type == SW_ETHERTYPE_IP6 ? tcp_of_ip6(p, end) : NULL;
}

void sw_remap_frame(const struct sw_remap *map, uint8_t *frame, size_t bytes)
{
	const uint8_t *end = frame + bytes;
	uint8_t *tcp = find_tcp(frame, end);
	uint16_t to;

	if (!tcp || tcp + 4 > end)
		return;
	to = map->to[sw_load16(tcp + 2)];
	if (!to)
		return;
	tcp[2] = (uint8_t)(to >> 8);
	tcp[3] = (uint8_t)to;
}
