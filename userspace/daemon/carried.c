/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * carried - sw_enforce_look: do the interfaces of the config still carry the filter?
 *
 *   one that is back, or new under its name ─► attached
 *   one that is gone, or has another name   ─► told
 *   one whose filter somebody took off      ─► told, and left so: it may be an operator's way out
 *
 * Each is said once. What is asked of the kernel each time is one dump of links; the companion,
 * which knows whose program it is, only when something is another than before.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "enforce_parts.h"
#include "netlink.h"

/* ---- what the kernel says of links ---- */

struct look {
	struct sw_carrier *carrier;
	size_t n;
};

static uint32_t number_in(const struct rtattr *a)
{
	uint32_t number = 0;

	if (RTA_PAYLOAD(a) >= sizeof(number))
		memcpy(&number, RTA_DATA(a), sizeof(number));
	return number;
}

/* With a program for each mode there is no IFLA_XDP_PROG_ID of all. */
static uint32_t program_in(const struct rtattr *xdp)
{
	const struct rtattr *a = RTA_DATA(xdp);
	int left = (int)RTA_PAYLOAD(xdp);
	uint32_t program = 0;

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_XDP_PROG_ID ||
		    (!program &&
		     (a->rta_type == IFLA_XDP_DRV_PROG_ID || a->rta_type == IFLA_XDP_SKB_PROG_ID)))
			program = number_in(a);
	return program;
}

static void take_name(char to[SW_CARRIER_NAME], const struct rtattr *a)
{
	const char *name = RTA_DATA(a);
	size_t n = strnlen(name, RTA_PAYLOAD(a));

	if (n >= SW_CARRIER_NAME)
		n = SW_CARRIER_NAME - 1;
	memcpy(to, name, n);
	to[n] = '\0';
}

static int take_link(void *ctx, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct look *look = ctx;
	char name[SW_CARRIER_NAME] = "";
	const struct rtattr *a;
	uint32_t program = 0;
	int left;

	if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(*link)))
		return 0;
	for (a = sw_netlink_attributes(message, sizeof(*link), &left); RTA_OK(a, left);
	     a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFLA_IFNAME)
			take_name(name, a);
		else if ((a->rta_type & NLA_TYPE_MASK) == IFLA_XDP)
			program = program_in(a);
	}
	for (size_t i = 0; i < look->n; i++) {
		struct sw_carrier *c = &look->carrier[i];

		if (!strcmp(c->name, name)) {
			c->now.index = (unsigned)link->ifi_index;
			c->now.program = program;
		} else if (c->was.index && c->was.index == (unsigned)link->ifi_index) {
			memcpy(c->renamed, name, sizeof(name));
		}
	}
	return 0;
}

static int ask_kernel(struct sw_carrier *carrier, size_t n)
{
	struct look look = { carrier, n };
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} request = { .head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK } };

	for (size_t i = 0; i < n; i++) {
		carrier[i].now = (struct sw_carrier_state){ .index = 0 };
		carrier[i].renamed[0] = '\0';
	}
	return sw_netlink_dump(NETLINK_ROUTE, &request.head, take_link, &look);
}

/* ---- which interfaces ---- */

static void follow(struct sw_carrier *c, const struct sw_enforce *e, const char *name)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->name, name, strnlen(name, SW_CARRIER_NAME - 1));
	for (size_t i = 0; i < e->carriers; i++)
		if (!strcmp(e->carrier[i].name, c->name))
			*c = e->carrier[i];
}

/* Those of the config in force; what is known of them stays. */
static int follow_config(struct sw_enforce *e)
{
	size_t n = e->config->interfaces_n, same = 0;
	struct sw_carrier *all;

	while (same < n && same < e->carriers &&
	       !strcmp(e->carrier[same].name, e->config->interfaces[same]))
		same++;
	if (same == n && n == e->carriers)
		return 0;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		follow(&all[i], e, e->config->interfaces[i]);
	free(e->carrier);
	e->carrier = all;
	e->carriers = n;
	return 0;
}

/* ---- what is another than before ---- */

static bool is_ours(const struct sw_enforce *e, const struct sw_carrier *c)
{
	struct sw_datapath_link *links = NULL;
	struct sw_err err;
	bool ours = false;
	size_t n = 0;

	if (!c->now.program)
		return false;
	if (sw_datapath_links(e->config->pin_dir, &links, &n, &err))
		return c->was.ours; /* it is not known */
	for (size_t i = 0; i < n; i++)
		ours |= links[i].current && !strcmp(links[i].ifname, c->name);
	free(links);
	return ours;
}

static void tell_gone(const struct sw_enforce *e, const struct sw_carrier *c)
{
	if (c->renamed[0])
		sw_enforce_say(e, LOG_WARNING,
			       "%s: is called %s now, and the filter stays on it; name it in "
			       "interfaces",
			       c->name, c->renamed);
	else
		sw_enforce_say(e, LOG_WARNING,
			       "%s: is gone, and the filter with it; when it is back it is "
			       "attached again",
			       c->name);
}

static void tell_lost(const struct sw_enforce *e, const struct sw_carrier *c)
{
	sw_enforce_say(e, LOG_ERR, "%s: NOT FILTERED: %s; synward reload attaches the filter again",
		       c->name,
		       c->now.program ? "another XDP program is there in place of the filter"
				      : "somebody took the filter off");
}

/* False: it cannot be, and is tried again. */
static bool attach(const struct sw_enforce *e, struct sw_carrier *c)
{
	struct sw_err err;
	int code = sw_enforce_attach(e, e->dp, e->config, c->name, &err);

	if (code && code != c->failed)
		sw_enforce_say(e, LOG_ERR, "%s; it is tried again", err.text);
	c->failed = code;
	return !code;
}

static void look_at(const struct sw_enforce *e, struct sw_carrier *c)
{
	bool known = c->known;

	c->known = true;
	if (known && c->now.index == c->was.index && c->now.program == c->was.program)
		return;
	if (known && c->now.index && c->now.index != c->was.index && !c->now.program) {
		if (!attach(e, c))
			return;
		c->now.ours = true; /* and which program it is, is seen the next time */
	} else {
		c->now.ours = is_ours(e, c);
	}
	if (known && c->was.ours && !c->now.index)
		tell_gone(e, c);
	else if (known && c->was.ours && !c->now.ours)
		tell_lost(e, c);
	c->was = c->now;
}

void sw_enforce_look(struct sw_enforce *e)
{
	if (follow_config(e) || ask_kernel(e->carrier, e->carriers))
		return;
	for (size_t i = 0; i < e->carriers; i++)
		look_at(e, &e->carrier[i]);
}
