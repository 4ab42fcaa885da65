/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve - the answering side, see delegate.h. Runs with privileges on behalf of a process
 * without: nothing that comes in is believed. What a request can do, at worst, is what
 * the operator can do with synward attach and detach, and with ss --kill.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "delegate.h"
#include "delegate_message.h"

struct server {
	const char *pin_dir;
	int lock; /* held for the daemon, -1: none */
	int pins; /* the folder, locked; -1: not yet */
	struct delegate_request request;
	struct delegate_parcel in;
	struct delegate_answer answer;
	struct sw_datapath *out; /* whose maps go with the answer */
};

/* ---- what is asked has to make sense ---- */

#define BLOCKS4_MAX (1u << 25)
#define BLOCKS6_MAX (1u << 25)
#define LINES_MAX (1u << 27)
#define VERDICTS_MAX (1u << 24) /* of the option verdicts */

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool size_is_sane(const struct sw_datapath_size *s)
{
	return s->table4_blocks > 0 && s->table4_blocks <= BLOCKS4_MAX && s->table6_blocks > 0 &&
	       s->table6_blocks <= BLOCKS6_MAX && is_power_of_two(s->bucket_lines) &&
	       s->bucket_lines <= LINES_MAX && (!s->seen_lines || is_power_of_two(s->seen_lines)) &&
	       s->seen_lines <= LINES_MAX && s->verdicts <= VERDICTS_MAX;
}

static bool name_is_sane(const char name[16])
{
	size_t n = strnlen(name, 16);

	if (n == 0 || n == 16)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] == '/' || !isgraph((unsigned char)name[i]))
			return false;
	return true;
}

/* How many descriptors have to come with a request. */
static size_t descriptors_for(uint32_t ask)
{
	switch (ask) {
	case DELEGATE_ATTACH:
	case DELEGATE_COMMIT:
		return DELEGATE_FDS;
	case DELEGATE_HOLD:
		return 1;
	default:
		return 0;
	}
}

static bool is_sane(const struct server *s)
{
	const struct delegate_request *q = &s->request;

	if (s->in.bytes != sizeof(*q) || s->in.fds != descriptors_for(q->ask))
		return false;
	switch (q->ask) {
	case DELEGATE_OPEN:
		return (q->how == SW_DATAPATH_WRITE || q->how == SW_DATAPATH_RENEW) &&
		       size_is_sane(&q->size);
	case DELEGATE_ATTACH:
		return (q->mode == SW_MODE_NATIVE || q->mode == SW_MODE_GENERIC) &&
		       name_is_sane(q->ifname);
	case DELEGATE_DETACH:
		return name_is_sane(q->ifname);
	case DELEGATE_COMMIT:
		return q->fresh <= 1;
	case DELEGATE_DESTROY:
		return q->n > 0 && q->n <= SW_DESTROY_MAX;
	case DELEGATE_LINKS:
	case DELEGATE_ELSEWHERE:
	case DELEGATE_UNPIN:
	case DELEGATE_UNSTEER:
	case DELEGATE_HOLD:
		return true;
	default:
		return false;
	}
}

/* ---- doing it ---- */

#define CLAIM_TRIES 20
#define CLAIM_PAUSE_NS 50000000

/*
 * The pins are ours for as long as we live: another daemon, with a run-dir of its own and so a
 * lock of its own, would write other lists into the same maps. One that was killed just now takes
 * a moment to be gone.
 */
static int claim_pins(struct server *s, struct sw_err *err)
{
	const struct timespec pause = { .tv_nsec = CLAIM_PAUSE_NS };
	int code = 0;

	if (s->pins >= 0)
		return 0;
	s->pins = open(s->pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->pins < 0)
		return sw_err_set(err, -errno, "%s: %s", s->pin_dir, strerror(errno));
	for (int i = 0; i < CLAIM_TRIES; i++) {
		code = flock(s->pins, LOCK_EX | LOCK_NB) ? -errno : 0;
		if (code != -EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	if (!code)
		return 0;
	close(s->pins);
	s->pins = -1;
	if (code != -EWOULDBLOCK)
		return sw_err_set(err, code, "%s: cannot be locked: %s", s->pin_dir,
				  strerror(-code));
	return sw_err_set(err, code,
			  "%s: another synwardd, with another run-dir, works with the maps there; "
			  "stop it, or choose another pin-dir",
			  s->pin_dir);
}

static int open_maps(struct server *s, struct sw_err *err)
{
	struct sw_datapath *dp;
	int code = claim_pins(s, err);

	if (code)
		return code;
	dp = sw_datapath_blank(s->pin_dir, s->request.how);
	if (!dp)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = sw_maps_open(dp, &s->request.size, err);
	if (code) {
		sw_datapath_close(dp);
		return code;
	}
	s->answer.fresh = dp->fresh;
	s->out = dp;
	return 0;
}

static int commit(struct server *s, struct sw_datapath *dp, struct sw_err *err)
{
	int code = sw_datapath_commit(dp, err);

	if (!code)
		s->answer.steering = sw_datapath_steering(dp, err);
	return code;
}

/* With the maps that came with the request, if that is what they are. */
static int with_maps(struct server *s, struct sw_err *err)
{
	const struct delegate_request *q = &s->request;
	struct sw_datapath *dp = sw_datapath_blank(s->pin_dir, SW_DATAPATH_WRITE);
	int code;

	if (!dp)
		return sw_err_set(err, -ENOMEM, "out of memory");
	dp->fresh = q->fresh;
	s->in.fds = 0; /* dp has them now, also on failure */
	code = sw_maps_take(dp, s->in.fd, false, err);
	if (code) {
		sw_datapath_close(dp);
		return code;
	}
	if (q->ask == DELEGATE_ATTACH)
		code = sw_datapath_attach(dp, q->ifname, (enum sw_datapath_mode)q->mode, err);
	else
		code = commit(s, dp, err);
	sw_datapath_close(dp);
	return code;
}

static int list_links(struct server *s, struct sw_err *err)
{
	struct sw_datapath_link *links;
	size_t n;
	int code = sw_datapath_links(s->pin_dir, &links, &n, err);

	if (code)
		return code;
	if (n > DELEGATE_LINKS_MAX) {
		code = sw_err_set(err, -E2BIG, "more than %d interfaces carry the filter",
				  DELEGATE_LINKS_MAX);
	} else {
		memcpy(s->answer.link, links, n * sizeof(*links));
		s->answer.n = (uint32_t)n;
	}
	free(links);
	return code;
}

static int hold(struct server *s, struct sw_err *err)
{
	struct stat st;

	if (fstat(s->in.fd[0], &st) || !S_ISREG(st.st_mode))
		return sw_err_set(err, -EPROTO, "what is to be held is not a lock file");
	if (s->lock >= 0)
		close(s->lock);
	s->lock = s->in.fd[0];
	s->in.fds = 0;
	return 0;
}

static int destroy(struct server *s, struct sw_err *err)
{
	int n = sw_datapath_destroy(s->request.connection, s->request.n, err);

	if (n < 0)
		return n;
	s->answer.n = (uint32_t)n;
	return 0;
}

static int act(struct server *s, struct sw_err *err)
{
	if (!is_sane(s))
		return sw_err_set(err, -EPROTO, "a request that makes no sense");
	switch (s->request.ask) {
	case DELEGATE_OPEN:
		return open_maps(s, err);
	case DELEGATE_ATTACH:
	case DELEGATE_COMMIT:
		return with_maps(s, err);
	case DELEGATE_DETACH:
		return sw_datapath_detach(s->request.ifname, err);
	case DELEGATE_LINKS:
		return list_links(s, err);
	case DELEGATE_ELSEWHERE:
		s->answer.n = sw_datapath_elsewhere(s->pin_dir);
		return 0;
	case DELEGATE_UNPIN:
		return sw_datapath_unpin(s->pin_dir, err);
	case DELEGATE_DESTROY:
		return destroy(s, err);
	case DELEGATE_UNSTEER:
		return sw_datapath_unsteer(s->pin_dir, err);
	default: /* DELEGATE_HOLD, is_sane knows no other */
		return hold(s, err);
	}
}

static int answer(struct server *s, int fd)
{
	struct delegate_parcel out = { .data = &s->answer, .bytes = DELEGATE_ANSWER_BYTES };
	int code;

	if (s->request.ask == DELEGATE_LINKS)
		out.bytes += s->answer.n * sizeof(s->answer.link[0]);
	for (; s->out && out.fds < DELEGATE_FDS; out.fds++)
		out.fd[out.fds] = s->out->map[out.fds].fd;
	code = sw_parcel_send(fd, &out);
	s->out = sw_datapath_close(s->out);
	return code;
}

/* One request and its answer; what is wrong with the socket, or -EPIPE at the end. */
static int serve_one(struct server *s, int fd)
{
	struct sw_err err = { "" };
	int code;

	memset(&s->request, 0, sizeof(s->request));
	memset(&s->answer, 0, sizeof(s->answer));
	s->in = (struct delegate_parcel){ .data = &s->request, .bytes = sizeof(s->request) };
	code = sw_parcel_receive(fd, &s->in);
	if (code && code != -EPROTO)
		return code;
	s->answer.code = code ? code : act(s, &err);
	memcpy(s->answer.text, err.text, sizeof(s->answer.text));
	sw_parcel_close(&s->in);
	return answer(s, fd);
}

int sw_datapath_serve_prepare(const char *pin_dir, struct sw_err *err)
{
	if (strlen(pin_dir) >= PIN_DIR_BYTES)
		return sw_err_set(err, -ENAMETOOLONG, "%s: pin-dir is longer than %d bytes",
				  pin_dir, PIN_DIR_BYTES - 1);
	return sw_pin_folder_make(pin_dir, err);
}

int sw_datapath_serve(int fd, const char *pin_dir)
{
	struct server *s = calloc(1, sizeof(*s));
	int code = s ? 0 : -ENOMEM;

	if (s) {
		s->pin_dir = pin_dir;
		s->lock = s->pins = -1;
	}
	while (!code)
		code = serve_one(s, fd);
	if (s && s->lock >= 0)
		close(s->lock);
	if (s && s->pins >= 0)
		close(s->pins);
	free(s);
	return code == -EPIPE ? 0 : code;
}
