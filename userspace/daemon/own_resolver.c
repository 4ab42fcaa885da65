/* SPDX-License-Identifier: GPL-2.0-only */
/* own_resolver - the name servers of resolv.conf(5), and those behind a local stub. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "own_parts.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define STUB_CONF "/run/systemd/resolve/resolv.conf"
#define LINES_MAX 1000 /* a file that is longer is none of this kind */

#define BLANKS " \t\r"

int sw_own_parse_nameserver(const char *line, struct sw_prefix *ret)
{
	static const char keyword[] = "nameserver";
	const size_t length = sizeof(keyword) - 1;

	if (strncmp(line, keyword, length) != 0 || !line[length] || !strchr(BLANKS, line[length]))
		return 0;
	line += length;
	line += strspn(line, BLANKS);
	return sw_own_parse(line, strcspn(line, BLANKS), ret) ? -EINVAL : 1;
}

/* 127.0.0.53 and .54 are systemd-resolved's, which asks others. */
static bool is_stub(const struct sw_prefix *p)
{
	return p->family == 4 && (p->lo == 0x7f000035 || p->lo == 0x7f000036);
}

/* Whether one of them was a stub. */
static bool read_file(struct sw_own_gather *g, const char *path, FILE *f)
{
	char line[512];
	struct sw_prefix p;
	bool stub = false;

	for (unsigned number = 1; number <= LINES_MAX && fgets(line, sizeof(line), f); number++) {
		int is;

		line[strcspn(line, "\n")] = '\0';
		is = sw_own_parse_nameserver(line, &p);
		if (is < 0)
			sw_own_note(g, LOG_NOTICE, "%s:%u: the name server has no address", path,
				    number);
		if (is <= 0)
			continue;
		stub |= is_stub(&p);
		sw_own_add(g, &p, "resolver in %s", path);
	}
	return stub;
}

static bool gather(struct sw_own_gather *g, const char *path)
{
	FILE *f = fopen(path, "re");
	bool stub;

	if (!f) {
		sw_own_note(g, LOG_NOTICE, "%s: %s; resolvers named there are not known", path,
			    strerror(errno));
		return false;
	}
	stub = read_file(g, path, f);
	fclose(f);
	return stub;
}

void sw_own_resolvers(struct sw_own_gather *g)
{
	const struct sw_own_places *p = g->places;

	if (gather(g, p->resolv_conf ? p->resolv_conf : RESOLV_CONF))
		gather(g, p->stub_conf ? p->stub_conf : STUB_CONF);
}
