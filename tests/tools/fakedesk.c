/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fakedesk - stands where synward-desk stands: gets what is rejected, and says so.
 *
 *   fakedesk PIN_DIR [FAMILIES]
 *
 * Listens on the loopback addresses of FAMILIES (46), registers these sockets with the filter
 * whose maps are pinned in PIN_DIR, as the daemon does for the desk, and prints "ready". Whoever
 * connects is told "554 5.7.1 fakedesk ADDRESS", and printed: address, and the address and port
 * that it wanted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/datapath.h"

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static int listen_in(int family)
{
	union address a = { .ip4 = { .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t bytes = sizeof(a.ip4);
	int fd;

	if (family == 6) {
		a.ip6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
		bytes = sizeof(a.ip6);
	}
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, &a.any, bytes) || listen(fd, 1024)) {
		perror("fakedesk: listen");
		return -1;
	}
	return fd;
}

static const char *text_of(const union address *a, char text[INET6_ADDRSTRLEN])
{
	const void *from = a->any.sa_family == AF_INET ? (const void *)&a->ip4.sin_addr
						       : (const void *)&a->ip6.sin6_addr;

	return inet_ntop(a->any.sa_family, from, text, INET6_ADDRSTRLEN) ? text : "?";
}

static void answer(int listening)
{
	union address peer, local;
	socklen_t peer_bytes = sizeof(peer), local_bytes = sizeof(local);
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], line[128];
	int n, fd = accept(listening, &peer.any, &peer_bytes);

	if (fd < 0 || getsockname(fd, &local.any, &local_bytes))
		return;
	text_of(&peer, from);
	n = snprintf(line, sizeof(line), "554 5.7.1 fakedesk %s\r\n", from);
	/* The port is at the same place in both. */
	printf("%s -> %s %u\n", from, text_of(&local, to), ntohs(local.ip4.sin_port));
	fflush(stdout);
	if (write(fd, line, (size_t)n) < 0)
		perror("fakedesk: write");
	close(fd);
}

static int enter(const char *pin_dir, const char *families, const struct pollfd *p)
{
	struct sw_datapath *dp;
	struct sw_err err;
	int code = sw_datapath_open(pin_dir, SW_DATAPATH_READ, NULL, &dp, &err);

	if (!code) {
		for (size_t i = 0; families[i] && !code; i++)
			code = sw_datapath_desk(dp, families[i] - '0', p[i].fd, &err);
		sw_datapath_close(dp);
	}
	if (code)
		fprintf(stderr, "fakedesk: %s\n", err.text);
	return code;
}

int main(int argc, char **argv)
{
	const char *families = argc == 3 ? argv[2] : "46";
	struct pollfd p[2];
	nfds_t n = 0;

	if (argc < 2 || argc > 3 || strspn(families, "46") != strlen(families) ||
	    strlen(families) > 2) {
		fputs("usage: fakedesk PIN_DIR [FAMILIES]\n", stderr);
		return 2;
	}
	for (; families[n]; n++)
		p[n] = (struct pollfd){ .fd = listen_in(families[n] - '0'), .events = POLLIN };
	if (enter(argv[1], families, p))
		return 1;
	puts("ready");
	fflush(stdout);
	while (poll(p, n, -1) >= 0)
		for (nfds_t i = 0; i < n; i++)
			if (p[i].revents & POLLIN)
				answer(p[i].fd);
	return 1;
}
