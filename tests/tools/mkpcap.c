/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mkpcap - write a capture from words, one packet a line (support/frame_words.h).
 *
 *   mkpcap [-t LINKTYPE] [-s SNAPLEN] [-n] [-g] FILE < lines
 *
 *   -t  link type of the file: 1, 12, 14, 101, 228, 229, 113, 276, 0, 108; any other
 *       gets the Ethernet frame as it is
 *   -s  cut packets to so many bytes
 *   -n  nanosecond time stamps (classic format)
 *   -g  pcapng
 *
 * A line is: words, and also at=SECONDS (default: the last one's time), count=N,
 * gap=SECONDS (between those N), hex=BYTES (instead of a frame), wire=N (the length
 * on the wire that the file claims). "interface=LINKTYPE" on a line of its own
 * starts another pcapng interface for what follows. Empty lines and # are skipped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/frame_words.h"

struct output {
	FILE *file;
	bool ng, nano;
	unsigned link, snap;
	uint32_t interfaces; /* pcapng interfaces written */
};

struct packet {
	uint8_t data[1 << 17];
	size_t bytes;
	size_t wire; /* 0: as many as there are */
	uint64_t time_ns;
};

static void put(struct output *o, const void *data, size_t bytes)
{
	if (bytes && fwrite(data, bytes, 1, o->file) != 1) {
		perror("mkpcap: write");
		exit(1);
	}
}

static void put32(struct output *o, uint32_t value)
{
	put(o, &value, 4);
}

static void put_interface(struct output *o)
{
	/* Interface Description Block with if_tsresol: nanoseconds. */
	uint32_t block[] = { 1, 32, o->link & 0xffff, o->snap, 9 | 1 << 16, 9, 0, 32 };

	put(o, block, sizeof(block));
	o->interfaces++;
}

static void put_header(struct output *o)
{
	uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0u, ~0u, 28 };
	uint32_t classic[] = {
		o->nano ? 0xa1b23c4d : 0xa1b2c3d4, 4u << 16 | 2, 0, 0, o->snap, o->link
	};

	if (o->ng) {
		put(o, section, sizeof(section));
		put_interface(o);
	} else {
		put(o, classic, sizeof(classic));
	}
}

static void put_packet(struct output *o, const struct packet *p)
{
	uint32_t wire = (uint32_t)(p->wire ? p->wire : p->bytes);
	uint32_t cut = (uint32_t)(p->bytes < o->snap ? p->bytes : o->snap);
	uint32_t block = 32 + ((cut + 3) & ~3u);

	if (o->ng) {
		uint32_t head[] = { 6,
				    block,
				    o->interfaces - 1,
				    (uint32_t)(p->time_ns >> 32),
				    (uint32_t)p->time_ns,
				    cut,
				    wire };

		put(o, head, sizeof(head));
		put(o, p->data, cut);
		put(o, "\0\0\0", (4 - cut % 4) % 4);
		put32(o, block);
		return;
	}
	put32(o, (uint32_t)(p->time_ns / 1000000000));
	put32(o, (uint32_t)(p->time_ns % 1000000000 / (o->nano ? 1 : 1000)));
	put32(o, cut);
	put32(o, wire);
	put(o, p->data, cut);
}

/* Put a header of link type @link in the place of Ethernet's. */
static void relink(struct packet *p, unsigned link)
{
	bool ip6 = p->data[12] == 0x86;
	uint8_t type[2] = { p->data[12], p->data[13] };
	uint8_t head[20] = { 0 };
	size_t n;

	switch (link) {
	case 12:
	case 14:
	case 101:
	case 228:
	case 229:
		n = 0;
		break;
	case 113: /* packet type, ARPHRD, address length, address, protocol */
		n = 16;
		head[3] = 1;
		head[5] = 6;
		memcpy(head + 6, p->data + 6, 6);
		memcpy(head + 14, type, 2);
		break;
	case 276: /* protocol, reserved, interface, ARPHRD, type, address length, address */
		n = 20;
		memcpy(head, type, 2);
		head[7] = 2;
		head[9] = 1;
		head[11] = 6;
		memcpy(head + 12, p->data + 6, 6);
		break;
	case 0: /* address family in the byte order of a little-endian BSD */
		n = 4;
		head[0] = ip6 ? 28 : 2;
		break;
	case 108: /* the same in network order */
		n = 4;
		head[3] = ip6 ? 24 : 2;
		break;
	default:
		return;
	}
	memmove(p->data + n, p->data + 14, p->bytes - 14);
	memcpy(p->data, head, n);
	p->bytes += n - 14;
}

static int word_hex(struct packet *p, const char *text)
{
	unsigned byte;
	int used;

	for (p->bytes = 0; *text; text += used)
		if (sscanf(text, "%2x%n", &byte, &used) != 1 || p->bytes == sizeof(p->data))
			return -EINVAL;
		else
			p->data[p->bytes++] = (uint8_t)byte;
	return 0;
}

static uint64_t seconds_to_ns(const char *text)
{
	char *end;
	uint64_t ns = strtoull(text, &end, 10) * 1000000000;
	uint64_t unit = 100000000;

	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
			ns += (uint64_t)(*end - '0') * unit;
	return ns;
}

/* 0, or -errno for a word that means nothing. */
static int do_line(struct output *o, char *line, struct packet *p)
{
	struct sw_frame spec = { 0 };
	unsigned long count = 1;
	uint64_t gap = 0;
	bool hex = false;
	char *save, *word;
	int err = 0;

	p->wire = 0;
	for (word = strtok_r(line, " \t\n", &save); word && !err;
	     word = strtok_r(NULL, " \t\n", &save)) {
		const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : "";

		if (!strncmp(word, "interface=", 10)) {
			o->link = (unsigned)strtoul(value, NULL, 10);
			put_interface(o);
			return 0;
		}
		if (!strncmp(word, "at=", 3))
			p->time_ns = seconds_to_ns(value);
		else if (!strncmp(word, "count=", 6))
			count = strtoul(value, NULL, 10);
		else if (!strncmp(word, "gap=", 4))
			gap = seconds_to_ns(value);
		else if (!strncmp(word, "wire=", 5))
			p->wire = strtoul(value, NULL, 10);
		else if (!strncmp(word, "hex=", 4))
			hex = true, err = word_hex(p, value);
		else
			err = sw_frame_word(&spec, word);
	}
	for (unsigned long i = 0; i < count && !err; i++) {
		if (!hex) {
			p->bytes = sw_frame_build(&spec, p->data, sizeof(p->data));
			if (!p->bytes)
				return -EINVAL;
			relink(p, o->link);
		}
		put_packet(o, p);
		p->time_ns += i + 1 < count ? gap : 0;
	}
	return err;
}

static int usage(void)
{
	fputs("usage: mkpcap [-t LINKTYPE] [-s SNAPLEN] [-n] [-g] FILE < lines\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct packet packet;
	struct output o = { .link = 1, .snap = 262144 };
	unsigned long number = 0;
	static char line[1 << 18];
	int option;

	while ((option = getopt(argc, argv, "t:s:ng")) != -1) {
		if (option == 't')
			o.link = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 's')
			o.snap = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			o.nano = true;
		else if (option == 'g')
			o.ng = true;
		else
			return usage();
	}
	if (optind + 1 != argc)
		return usage();
	o.file = fopen(argv[optind], "wb");
	if (!o.file) {
		perror(argv[optind]);
		return 1;
	}
	put_header(&o);
	while (fgets(line, sizeof(line), stdin)) {
		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (do_line(&o, line, &packet)) {
			fprintf(stderr, "mkpcap: line %lu cannot be understood\n", number);
			return 1;
		}
	}
	if (fclose(o.file)) {
		perror(argv[optind]);
		return 1;
	}
	return 0;
}
