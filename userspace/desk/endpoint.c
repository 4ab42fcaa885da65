/* SPDX-License-Identifier: GPL-2.0-only */
/* endpoint - see endpoint.h. */
#include "endpoint.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 4096
#define PRIVATE 0117 /* umask: for owner and group */

/* ---- words ---- */

static int parse_local(const char *path, struct sw_endpoint *ret, struct sw_err *err)
{
	struct sockaddr_un *un = &ret->address.local;

	if (*path != '/' || strlen(path) >= sizeof(un->sun_path))
		return sw_err_set(err, -EINVAL,
				  "%s: a socket's path begins with / and has at most %zu bytes",
				  path, sizeof(un->sun_path) - 1);
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	ret->bytes = sizeof(*un);
	return 0;
}

static int set_address(const char *text, uint16_t port, struct sw_endpoint *ret)
{
	union sw_endpoint_address *a = &ret->address;

	if (inet_pton(AF_INET, text, &a->ip4.sin_addr) == 1) {
		a->ip4.sin_family = AF_INET;
		a->ip4.sin_port = htons(port);
		ret->bytes = sizeof(a->ip4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &a->ip6.sin6_addr) == 1) {
		a->ip6.sin6_family = AF_INET6;
		a->ip6.sin6_port = htons(port);
		ret->bytes = sizeof(a->ip6);
		return 0;
	}
	return -EINVAL;
}

static int parse_inet(const char *text, struct sw_endpoint *ret)
{
	const char *colon = strrchr(text, ':'), *first = text;
	char address[INET6_ADDRSTRLEN], *end;
	unsigned long port;
	size_t n;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	port = strtoul(colon + 1, &end, 10);
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		first++;
		n -= 2;
	}
	if (*end || port > UINT16_MAX || n >= sizeof(address))
		return -EINVAL;
	memcpy(address, first, n);
	address[n] = '\0';
	return set_address(address, (uint16_t)port, ret);
}

int sw_endpoint_parse(const char *text, struct sw_endpoint *ret, struct sw_err *err)
{
	struct sw_endpoint e;
	int code;

	memset(&e, 0, sizeof(e));
	if (!strncmp(text, "unix:", 5))
		code = parse_local(text + 5, &e, err);
	else if (strncmp(text, "inet:", 5) || parse_inet(text + 5, &e))
		code = sw_err_set(err, -EINVAL,
				  "%s is neither unix:PATH nor inet:ADDRESS:PORT, with an "
				  "address in numbers",
				  text);
	else
		code = 0;
	if (!code)
		*ret = e;
	return code;
}

bool sw_endpoint_is_local(const struct sw_endpoint *e)
{
	const union sw_endpoint_address *a = &e->address;

	if (a->any.sa_family == AF_INET)
		return ntohl(a->ip4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return a->any.sa_family == AF_UNIX || IN6_IS_ADDR_LOOPBACK(&a->ip6.sin6_addr);
}

/* ---- sockets ---- */

static int make_room(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) ? -errno : 0;
}

static int bind_to(int fd, const struct sw_endpoint *e)
{
	const int one = 1;
	mode_t mask;
	int code = 0;

	if (sw_endpoint_family(e) != AF_UNIX) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (sw_endpoint_family(e) == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		return bind(fd, &e->address.any, e->bytes) ? -errno : 0;
	}
	code = make_room(e->address.local.sun_path);
	if (code)
		return code;
	mask = umask(PRIVATE);
	code = bind(fd, &e->address.any, e->bytes) ? -errno : 0;
	umask(mask);
	return code;
}

int sw_endpoint_listen(const struct sw_endpoint *e, struct sw_err *err)
{
	int fd = socket(sw_endpoint_family(e), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int code = fd < 0 ? -errno : bind_to(fd, e);

	if (!code && listen(fd, BACKLOG))
		code = -errno;
	if (!code)
		return fd;
	if (fd >= 0)
		close(fd);
	return sw_err_set(err, code, "cannot listen: %s", strerror(-code));
}

/* ---- addresses ---- */

struct sw_prefix sw_endpoint_source(const union sw_endpoint_address *address)
{
	struct sw_prefix none = { .family = 0 }, source;
	uint64_t half[2];

	if (address->any.sa_family == AF_INET)
		return sw_prefix_ip4(ntohl(address->ip4.sin_addr.s_addr), 32);
	if (address->any.sa_family != AF_INET6)
		return none;
	memcpy(half, &address->ip6.sin6_addr, sizeof(half));
	source = sw_prefix_ip6(be64toh(half[0]), be64toh(half[1]), 128);
	return sw_prefix_unmapped(&source);
}

uint16_t sw_endpoint_port(const union sw_endpoint_address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohs(address->ip4.sin_port);
	return address->any.sa_family == AF_INET6 ? ntohs(address->ip6.sin6_port) : 0;
}
