/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "figures.h"
#include "milter_client.h"

#define ROOM 1024
#define STEPS                                                                           \
	(SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NORCPT | SMFIP_NOBODY |  \
	 SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_RCPT_REJ | \
	 SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT)

/* What the milter need not answer to; of all sessions alike, for there is one milter. */
static uint32_t granted;

struct packet {
	char bytes[ROOM];
	size_t n;
};

static void put(struct packet *p, const void *bytes, size_t n)
{
	if (p->n + n > ROOM)
		bench_void("a packet for the milter is too long");
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
}

static void put_number(struct packet *p, uint32_t number)
{
	uint32_t be = htonl(number);

	put(p, &be, sizeof(be));
}

static void put_text(struct packet *p, const char *text)
{
	put(p, text, strlen(text) + 1);
}

/* Behind its length, which is that of what follows. */
static struct packet begin(char command)
{
	struct packet p = { .n = sizeof(uint32_t) };

	put(&p, &command, 1);
	return p;
}

static void send_packet(int fd, struct packet *p)
{
	uint32_t be = htonl((uint32_t)(p->n - sizeof(be)));

	memcpy(p->bytes, &be, sizeof(be));
	if (send(fd, p->bytes, p->n, MSG_NOSIGNAL) != (ssize_t)p->n)
		bench_die("telling the milter");
}

static void receive_packet(int fd, struct packet *p)
{
	uint32_t be;

	if (recv(fd, &be, sizeof(be), MSG_WAITALL) != (ssize_t)sizeof(be))
		bench_die("the milter's answer");
	p->n = ntohl(be);
	if (!p->n || p->n > ROOM || recv(fd, p->bytes, p->n, MSG_WAITALL) != (ssize_t)p->n)
		bench_void("an answer of the milter of %zu bytes", p->n);
}

/* Unless it was granted that there is none. */
static void expect_continue(int fd, uint32_t quiet)
{
	struct packet p;

	if (granted & quiet)
		return;
	receive_packet(fd, &p);
	if (p.bytes[0] != SMFIR_CONTINUE)
		bench_void("the milter says '%c'", p.bytes[0]);
}

static void negotiate(int fd)
{
	struct packet p = begin(SMFIC_OPTNEG);
	uint32_t be;

	put_number(&p, SMFI_PROT_VERSION);
	put_number(&p, SMFI_CURR_ACTS);
	put_number(&p, STEPS);
	send_packet(fd, &p);
	receive_packet(fd, &p);
	if (p.bytes[0] != SMFIC_OPTNEG || p.n < 13)
		bench_void("the milter does not negotiate");
	memcpy(&be, p.bytes + 9, sizeof(be));
	granted = ntohl(be);
}

static void tell_client(int fd, const char *source)
{
	struct packet p = begin(SMFIC_CONNECT);
	uint16_t port_be = htons(4711);

	put_text(&p, "client.test");
	put(&p, "4", 1);
	put(&p, &port_be, sizeof(port_be));
	put_text(&p, source);
	send_packet(fd, &p);
	expect_continue(fd, SMFIP_NR_CONN);
	p = begin(SMFIC_MAIL);
	put_text(&p, "<a@sender.test>");
	send_packet(fd, &p);
	expect_continue(fd, SMFIP_NR_MAIL);
}

int bench_milter_open(const char *path, const char *source)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		bench_die(path);
	negotiate(fd);
	tell_client(fd, source);
	return fd;
}

void bench_milter_refused(int fd, const char *rcpt)
{
	struct packet p = begin(SMFIC_MACRO);

	put(&p, "R", 1);
	put_text(&p, "{rcpt_mailer}");
	put_text(&p, "error");
	put_text(&p, "{rcpt_host}");
	put_text(&p, "5.1.1");
	put_text(&p, "{rcpt_addr}");
	put_text(&p, "550 5.1.1 User unknown");
	send_packet(fd, &p);
	p = begin(SMFIC_RCPT);
	put_text(&p, rcpt);
	send_packet(fd, &p);
	expect_continue(fd, SMFIP_NR_RCPT);
}
