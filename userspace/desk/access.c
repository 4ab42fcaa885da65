/* SPDX-License-Identifier: GPL-2.0-only */
/* access - see access.h. */
#include "access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SW_ACCESS_DOS] = {
	[SW_ACCESS_REJECT] = "reject",
	[SW_ACCESS_DEFER] = "defer",
	[SW_ACCESS_HEADER] = "header",
	[SW_ACCESS_DUNNO] = "dunno",
};

const char *sw_access_do_name(enum sw_access_do what)
{
	return what < SW_ACCESS_DOS ? names[what] : "";
}

enum sw_access_do sw_access_do_find(const char *name)
{
	int i = 0;

	while (i < SW_ACCESS_DOS && strcmp(names[i], name))
		i++;
	return (enum sw_access_do)i;
}

/* ---- requests ---- */

/* An IPv4 address that an IPv6 socket saw is an IPv4 address. */
static void read_source(const char *value, struct sw_prefix *ret)
{
	struct sw_prefix p;

	if (sw_addr_parse(value, &p))
		return;
	*ret = sw_prefix_unmapped(&p);
}

static void read_port(const char *value, uint16_t *ret)
{
	unsigned long port;
	char *end;

	if (*value < '0' || *value > '9')
		return;
	port = strtoul(value, &end, 10);
	if (!*end && port <= UINT16_MAX)
		*ret = (uint16_t)port;
}

/* A line is whole. What was cut is too long to be what we look for. */
static void take_line(struct sw_access *p)
{
	struct sw_access_request *r = &p->request;
	char *value;

	if (p->line_n > SW_ACCESS_LINE)
		return;
	if (p->line_n && p->line[p->line_n - 1] == '\r')
		p->line_n--;
	p->line[p->line_n] = '\0';
	value = strchr(p->line, '=');
	if (!value)
		return;
	*value++ = '\0';
	if (!strcmp(p->line, "client_address"))
		read_source(value, &r->source);
	else if (!strcmp(p->line, "server_port"))
		read_port(value, &r->port);
	else if (!strcmp(p->line, "instance") && strlen(value) < sizeof(r->instance))
		strcpy(r->instance, value);
}

static bool is_empty(const struct sw_access *p)
{
	return !p->line_n || (p->line_n == 1 && p->line[0] == '\r');
}

static void begin(struct sw_access *p)
{
	memset(&p->request, 0, sizeof(p->request));
	p->bytes = p->line_n = 0;
	p->lines = 0;
}

enum sw_access_got sw_access_take(struct sw_access *p, const char *bytes, size_t n,
				  size_t *ret_used)
{
	if (!p->bytes)
		begin(p);
	for (size_t i = 0; i < n; i++) {
		if (!bytes[i] || ++p->bytes > SW_ACCESS_REQUEST)
			return SW_ACCESS_BAD;
		if (bytes[i] != '\n') {
			if (p->line_n < SW_ACCESS_LINE)
				p->line[p->line_n] = bytes[i];
			p->line_n++;
			continue;
		}
		if (is_empty(p)) {
			p->bytes = 0;
			*ret_used = i + 1;
			return SW_ACCESS_WHOLE;
		}
		if (++p->lines > SW_ACCESS_LINES)
			return SW_ACCESS_BAD;
		take_line(p);
		p->line_n = 0;
	}
	*ret_used = n;
	return SW_ACCESS_MORE;
}

/* ---- answers ---- */

enum sw_access_do sw_access_decide(const struct sw_access_rules *rules,
				   const struct sw_answer *answer)
{
	if (!answer || !answer->turns_away || !answer->class_name[0])
		return SW_ACCESS_DUNNO;
	return answer->enforced ? rules->enforced : rules->shadow;
}

static int put_words(char out[SW_ACCESS_BYTES], const char *code, const struct sw_answer *answer)
{
	return snprintf(out, SW_ACCESS_BYTES, "action=%s %s\n\n", code,
			answer->text[0] ? answer->text : "Mail from your address is not accepted");
}

size_t sw_access_put(char out[SW_ACCESS_BYTES], enum sw_access_do what,
		     const struct sw_answer *answer)
{
	int n = 0;

	if (what == SW_ACCESS_REJECT)
		n = put_words(out, "554 5.7.1", answer);
	else if (what == SW_ACCESS_DEFER)
		n = put_words(out, "450 4.7.1", answer);
	else if (what == SW_ACCESS_HEADER)
		n = snprintf(out, SW_ACCESS_BYTES, "action=PREPEND X-Synward: class=%s, %s=%s\n\n",
			     answer->class_name, answer->enforced ? "action" : "would",
			     answer->action);
	else
		n = snprintf(out, SW_ACCESS_BYTES, "action=DUNNO\n\n");
	return (size_t)n;
}
