/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smtpprobe - what does a sender see who connects from SOURCE?
 *
 *   smtpprobe [-s SOURCE] [-t SECONDS] [-p PORT] DESTINATION
 *
 * Prints one line: the server's greeting ("220 ..."), "timeout" (no SYN-ACK within
 * SECONDS, 3), "silence" (connected, but no greeting), "refused", "reset", "closed",
 * or the system's words for another failure. SOURCE need not be configured on an
 * interface: a route of type local is enough.
 */
#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static socklen_t parse_address(const char *text, uint16_t port, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &ret->ip4.sin_addr) == 1) {
		ret->ip4.sin_family = AF_INET;
		ret->ip4.sin_port = htons(port);
		return sizeof(ret->ip4);
	}
	if (inet_pton(AF_INET6, text, &ret->ip6.sin6_addr) == 1) {
		ret->ip6.sin6_family = AF_INET6;
		ret->ip6.sin6_port = htons(port);
		return sizeof(ret->ip6);
	}
	return 0;
}

static const char *words_of(int code)
{
	if (code == ECONNREFUSED)
		return "refused";
	if (code == ECONNRESET)
		return "reset";
	if (code == ETIMEDOUT)
		return "timeout";
	return strerror(code);
}

/* NULL: connected. */
static const char *try_connect(int fd, const union address *dest, socklen_t bytes, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int code = 0;

	if (!connect(fd, &dest->any, bytes))
		return NULL;
	if (errno != EINPROGRESS)
		return words_of(errno);
	if (poll(&pollfd, 1, timeout_ms) == 0)
		return "timeout";
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size))
		code = errno;
	return code ? words_of(code) : NULL;
}

static const char *read_greeting(int fd, int timeout_ms)
{
	static char line[512];
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	ssize_t bytes;

	if (poll(&pollfd, 1, timeout_ms) == 0)
		return "silence";
	bytes = read(fd, line, sizeof(line) - 1);
	if (bytes < 0)
		return words_of(errno);
	if (bytes == 0)
		return "closed";
	line[strcspn(line, "\r\n")] = '\0';
	/* Leave as a client should; what comes after the greeting is not asked for. */
	if (write(fd, "QUIT\r\n", 6) == 6)
		poll(&pollfd, 1, timeout_ms);
	return line;
}

static int usage(void)
{
	fputs("usage: smtpprobe [-s SOURCE] [-t SECONDS] [-p PORT] DESTINATION\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	union address source = { 0 }, dest;
	socklen_t source_bytes = 0, dest_bytes;
	int option, fd, one = 1, timeout_ms = 3000;
	const char *seen;
	uint16_t port = 25;

	while ((option = getopt(argc, argv, "s:t:p:")) != -1) {
		if (option == 's' && !(source_bytes = parse_address(optarg, 0, &source)))
			return usage();
		if (option == 't')
			timeout_ms = (int)(strtod(optarg, NULL) * 1000);
		if (option == 'p')
			port = (uint16_t)strtoul(optarg, NULL, 10);
		if (option == '?')
			return usage();
	}
	if (optind + 1 != argc || !(dest_bytes = parse_address(argv[optind], port, &dest)))
		return usage();
	fd = socket(dest.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (dest.any.sa_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof(one));
	if (fd < 0 || (source_bytes && bind(fd, &source.any, source_bytes))) {
		perror("smtpprobe");
		return 1;
	}
	seen = try_connect(fd, &dest, dest_bytes, timeout_ms);
	puts(seen ? seen : read_greeting(fd, timeout_ms));
	close(fd);
	return 0;
}
