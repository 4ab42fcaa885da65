/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libpcap reads from a stdio stream, the stream reads through zlib, and zlib
 * passes on what is not gzipped. What libpcap says of a damaged file goes to the
 * user with the file and the number of the last good packet; when zlib has the
 * better words (a cut or damaged gzip file), those.
 */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>
#include <zlib.h>

#define ETHERNET_BYTES 14

/* Link types are numbers in files; libpcap has no name for some of these. */
enum link {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW = 12,
	LINK_RAW_BSD = 14,
	LINK_RAW_FILE = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IP4 = 228,
	LINK_IP6 = 229,
	LINK_SLL2 = 276,
};

struct sw_capture {
	char *path;
	gzFile gz;
	FILE *stream;
	pcap_t *pcap;
	enum link link;
	uint64_t number; /* of the last packet */
	int read_errno; /* of the read that failed */
	uint8_t frame[SW_CAPTURE_FRAME_MAX];
};

static ssize_t stream_read(void *cookie, char *buf, size_t room)
{
	struct sw_capture *c = cookie;
	int n;

	errno = 0;
	n = gzread(c->gz, buf, room > 1 << 30 ? 1 << 30 : (unsigned)room);

	if (n < 0)
		c->read_errno = errno = errno ? errno : EIO;
	return n;
}

/* What zlib holds against the file, or NULL. */
static const char *stream_problem(const struct sw_capture *c)
{
	int code;
	const char *words = gzerror(c->gz, &code);

	if (code == Z_OK || code == Z_STREAM_END)
		return NULL;
	if (code == Z_BUF_ERROR)
		return "the gzip file ends too early";
	return code == Z_ERRNO ? strerror(c->read_errno) : words;
}

static int open_stream(struct sw_capture *c, struct sw_err *err)
{
	cookie_io_functions_t io = { .read = stream_read };
	bool is_stdin = !strcmp(c->path, "-");
	int fd = is_stdin ? dup(STDIN_FILENO) : open(c->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return sw_err_set(err, -errno, "%s: %s", c->path, strerror(errno));
	c->gz = gzdopen(fd, "rb");
	if (!c->gz) {
		close(fd);
		return sw_err_set(err, -ENOMEM, "%s: no memory", c->path);
	}
	c->stream = fopencookie(c, "rb", io);
	return c->stream ? 0 : sw_err_set(err, -ENOMEM, "%s: no memory", c->path);
}

static bool link_is_known(int link)
{
	switch (link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_FILE:
	case LINK_LOOP:
	case LINK_SLL:
	case LINK_IP4:
	case LINK_IP6:
	case LINK_SLL2:
		return true;
	}
	return false;
}

static int open_pcap(struct sw_capture *c, struct sw_err *err)
{
	char words[PCAP_ERRBUF_SIZE] = "";
	const char *problem, *name;
	int link;

	c->pcap = pcap_fopen_offline_with_tstamp_precision(c->stream, PCAP_TSTAMP_PRECISION_NANO,
							   words);
	if (!c->pcap) {
		problem = stream_problem(c);
		return sw_err_set(err, -EBADMSG, "%s: not a capture that can be read: %s", c->path,
				  problem ? problem : words);
	}
	c->stream = NULL; /* libpcap closes it */
	link = pcap_datalink(c->pcap);
	if (!link_is_known(link)) {
		name = pcap_datalink_val_to_name(link);
		return sw_err_set(err, -ENOTSUP,
				  "%s: link type %d (%s) is not one of those that replay "
				  "understands: Ethernet, Linux cooked, raw IP, BSD loopback",
				  c->path, link, name ? name : "unknown");
	}
	c->link = (enum link)link;
	return 0;
}

int sw_capture_open(const char *path, struct sw_capture **ret, struct sw_err *err)
{
	struct sw_capture *c = calloc(1, sizeof(*c));
	int code;

	if (!c || !(c->path = strdup(path))) {
		sw_capture_close(c);
		return sw_err_set(err, -ENOMEM, "%s: no memory", path);
	}
	code = open_stream(c, err);
	if (!code)
		code = open_pcap(c, err);
	if (code) {
		sw_capture_close(c);
		return code;
	}
	*ret = c;
	return 0;
}

struct sw_capture *sw_capture_close(struct sw_capture *capture)
{
	if (!capture)
		return NULL;
	if (capture->pcap)
		pcap_close(capture->pcap);
	if (capture->stream)
		fclose(capture->stream);
	if (capture->gz)
		gzclose(capture->gz);
	free(capture->path);
	free(capture);
	return NULL;
}

/* The EtherType of what starts at @data by its IP version; 0: none. */
static uint16_t type_of_ip(const uint8_t *data, size_t bytes)
{
	unsigned version = bytes ? data[0] >> 4 : 0;

	return version == 4 ? 0x0800 : version == 6 ? 0x86dd : 0;
}

/*
 * The BSD family number, in the byte order of the machine that captured (null) or
 * of the network (loop). All families are small numbers, so that the order shows;
 * IPv6 is 10, 24, 28 or 30, depending on the system.
 */
static uint16_t type_of_family(const uint8_t *data)
{
	unsigned family = data[0] ? data[0] : data[3];

	if (data[1] || data[2] || (data[0] && data[3]))
		return 0;
	if (family == 2)
		return 0x0800;
	return family == 10 || family == 24 || family == 28 || family == 30 ? 0x86dd : 0;
}

/* How many bytes of its own header a packet of this link type has; its EtherType. */
static size_t link_header(enum link link, const uint8_t *data, size_t bytes, uint16_t *type)
{
	size_t header = link == LINK_SLL    ? 16
			: link == LINK_SLL2 ? 20
			: link == LINK_NULL ? 4
			: link == LINK_LOOP ? 4
					    : 0;

	*type = 0;
	if (bytes < header)
		return bytes;
	switch (link) {
	case LINK_SLL:
		*type = (uint16_t)(data[14] << 8 | data[15]);
		break;
	case LINK_SLL2:
		*type = (uint16_t)(data[0] << 8 | data[1]);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		*type = type_of_family(data);
		break;
	default:
		*type = type_of_ip(data, bytes);
	}
	return header;
}

/* Copy a packet of @held bytes, of @wire on the wire, into the capture's frame. */
static void to_frame(struct sw_capture *c, const uint8_t *data, size_t held, size_t wire,
		     struct sw_capture_frame *ret)
{
	uint8_t *out = c->frame;
	size_t before = 0, header = 0, room;
	uint16_t type;

	if (wire < held)
		wire = held;
	if (c->link != LINK_ETHERNET) {
		header = link_header(c->link, data, held, &type);
		before = ETHERNET_BYTES;
		memset(out, 0, 12);
		out[12] = (uint8_t)(type >> 8);
		out[13] = (uint8_t)type;
	}
	held -= header;
	wire -= header;
	room = sizeof(c->frame) - before;
	ret->cut = wire > held;
	ret->too_long = held > room;
	held = held < room ? held : room;
	wire = wire < room ? wire : room; /* damaged files claim any length */
	memcpy(out + before, data + header, held);
	memset(out + before + held, 0, wire - held);
	ret->data = out;
	ret->bytes = before + wire;
}

static int at_end(const struct sw_capture *c, struct sw_err *err)
{
	const char *problem = stream_problem(c);

	if (!problem)
		return 0;
	return sw_err_set(err, -EBADMSG, "%s: after packet %llu: %s", c->path,
			  (unsigned long long)c->number, problem);
}

int sw_capture_next(struct sw_capture *capture, struct sw_capture_frame *ret, struct sw_err *err)
{
	struct sw_capture_frame frame = { 0 };
	struct pcap_pkthdr *header;
	const uint8_t *data;
	const char *problem;
	int code = pcap_next_ex(capture->pcap, &header, &data);

	if (code == PCAP_ERROR_BREAK)
		return at_end(capture, err);
	if (code != 1) {
		problem = stream_problem(capture);
		return sw_err_set(err, -EBADMSG, "%s: after packet %llu: %s", capture->path,
				  (unsigned long long)capture->number,
				  problem ? problem : pcap_geterr(capture->pcap));
	}
	frame.number = ++capture->number;
	frame.seconds = header->ts.tv_sec;
	/* With nanosecond precision that is what the field holds; a damaged file may say more. */
	frame.nanoseconds = (uint32_t)((uint64_t)header->ts.tv_usec % 1000000000);
	to_frame(capture, data, header->caplen, header->len, &frame);
	*ret = frame;
	return 1;
}
