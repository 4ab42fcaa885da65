/* SPDX-License-Identifier: GPL-2.0-only */
/* delegate - the asking side, see delegate.h. */
#include "delegate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "delegate_message.h"

/* Longer than the kernel takes for anything, a slow machine's verifier included. */
#define ANSWER_SECONDS 120

static int peer = -1; /* one process, one companion */
static bool lost; /* an answer never came: what comes now belongs to another request */

void sw_datapath_delegate(int fd)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };

	peer = fd;
	lost = false;
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

bool sw_delegated(void)
{
	return peer >= 0;
}

static int say_lost(int code, struct sw_err *err)
{
	if (code == -EAGAIN)
		return sw_err_set(err, -ETIMEDOUT,
				  "the privileged process of synwardd gave no answer for %d s; "
				  "restart synwardd",
				  ANSWER_SECONDS);
	return sw_err_set(err, code,
			  "the privileged process of synwardd is gone, and with it the right to "
			  "change interfaces and maps; the filter goes on as it is: restart "
			  "synwardd");
}

/*
 * One request, one answer. @out: the descriptors that go with the request, NULL: none; @in:
 * where those of the answer are put, which are then the caller's, NULL: none are expected.
 */
static int ask(const struct delegate_request *request, const int *out, struct delegate_answer *a,
	       int *in, struct sw_err *err)
{
	struct delegate_request copy = *request;
	struct delegate_parcel to = { .data = &copy, .bytes = sizeof(copy) };
	struct delegate_parcel from = { .data = a, .bytes = sizeof(*a) };
	int code = lost ? -EPIPE : 0;

	memset(a, 0, sizeof(*a));
	if (out) {
		to.fds = request->ask == DELEGATE_HOLD ? 1 : DELEGATE_FDS;
		memcpy(to.fd, out, sizeof(int) * to.fds);
	}
	if (!code)
		code = sw_parcel_send(peer, &to);
	if (!code)
		code = sw_parcel_receive(peer, &from);
	if (code) {
		lost = true;
		return say_lost(code, err);
	}
	a->text[sizeof(a->text) - 1] = '\0';
	if (from.bytes < DELEGATE_ANSWER_BYTES || a->code > 0 ||
	    from.fds != (in && !a->code ? DELEGATE_FDS : 0)) {
		sw_parcel_close(&from);
		return sw_err_set(err, -EPROTO,
				  "the privileged process of synwardd talks nonsense");
	}
	if (from.fds)
		memcpy(in, from.fd, sizeof(int) * from.fds);
	return a->code ? sw_err_set(err, a->code, "%s", a->text) : 0;
}

/* For requests that have nothing but a code and words to answer. */
static int ask_simply(const struct delegate_request *request, const int *out, struct sw_err *err)
{
	struct delegate_answer a;

	return ask(request, out, &a, NULL, err);
}

static void descriptors_of(const struct sw_datapath *dp, int fd[DELEGATE_FDS])
{
	for (int i = 0; i < DELEGATE_FDS; i++)
		fd[i] = dp->map[i].fd;
}

int sw_delegate_open_maps(struct sw_datapath *dp, const struct sw_datapath_size *size,
			  struct sw_err *err)
{
	const struct delegate_request request = { .ask = DELEGATE_OPEN,
						  .how = dp->how,
						  .size = *size };
	struct delegate_answer a;
	int fd[DELEGATE_FDS];
	int code = ask(&request, NULL, &a, fd, err);

	if (code)
		return code;
	dp->fresh = a.fresh;
	return sw_maps_take(dp, fd, true, err);
}

int sw_delegate_attach(const struct sw_datapath *dp, const char *ifname, enum sw_datapath_mode mode,
		       struct sw_err *err)
{
	struct delegate_request request = { .ask = DELEGATE_ATTACH, .mode = mode };
	int fd[DELEGATE_FDS];

	if (strlen(ifname) >= sizeof(request.ifname))
		return sw_err_set(err, -ENODEV, "%s: there is no such interface", ifname);
	snprintf(request.ifname, sizeof(request.ifname), "%s", ifname);
	descriptors_of(dp, fd);
	return ask_simply(&request, fd, err);
}

int sw_delegate_detach(const char *ifname, struct sw_err *err)
{
	struct delegate_request request = { .ask = DELEGATE_DETACH };

	if (strlen(ifname) >= sizeof(request.ifname))
		return sw_err_set(err, -ENODEV, "%s: there is no such interface", ifname);
	snprintf(request.ifname, sizeof(request.ifname), "%s", ifname);
	return ask_simply(&request, NULL, err);
}

int sw_delegate_links(struct sw_datapath_link **ret, size_t *n, struct sw_err *err)
{
	const struct delegate_request request = { .ask = DELEGATE_LINKS };
	struct sw_datapath_link *links;
	struct delegate_answer a;
	int code = ask(&request, NULL, &a, NULL, err);

	if (code)
		return code;
	if (a.n > DELEGATE_LINKS_MAX)
		return sw_err_set(err, -EPROTO, "the privileged process names too many interfaces");
	links = calloc(a.n + 1, sizeof(*links));
	if (!links)
		return sw_err_set(err, -ENOMEM, "out of memory");
	memcpy(links, a.link, a.n * sizeof(*links));
	*ret = links;
	*n = a.n;
	return 0;
}

uint32_t sw_delegate_elsewhere(void)
{
	const struct delegate_request request = { .ask = DELEGATE_ELSEWHERE };
	struct delegate_answer a;

	return ask(&request, NULL, &a, NULL, NULL) ? 0 : a.n;
}

int sw_delegate_commit(struct sw_datapath *dp, struct sw_err *err)
{
	const struct delegate_request request = { .ask = DELEGATE_COMMIT, .fresh = dp->fresh };
	struct delegate_answer a;
	int fd[DELEGATE_FDS], code;

	descriptors_of(dp, fd);
	code = ask(&request, fd, &a, NULL, err);
	if (code)
		return code;
	dp->fresh = false;
	dp->steering = a.steering;
	sw_err_set(&dp->steering_words, 0, "%s", a.text);
	return 0;
}

int sw_delegate_unpin(struct sw_err *err)
{
	const struct delegate_request request = { .ask = DELEGATE_UNPIN };

	return ask_simply(&request, NULL, err);
}

int sw_delegate_destroy(const struct sw_connection *all, size_t n, struct sw_err *err)
{
	struct delegate_request request = { .ask = DELEGATE_DESTROY, .n = (uint32_t)n };
	struct delegate_answer a;
	int code;

	memcpy(request.connection, all, n * sizeof(*all));
	code = ask(&request, NULL, &a, NULL, err);
	if (!code && a.n > n)
		code = sw_err_set(err, -EPROTO, "the privileged process talks nonsense");
	return code ? code : (int)a.n;
}

int sw_delegate_unsteer(struct sw_err *err)
{
	const struct delegate_request request = { .ask = DELEGATE_UNSTEER };

	return ask_simply(&request, NULL, err);
}

int sw_delegate_hold(int lock, struct sw_err *err)
{
	const struct delegate_request request = { .ask = DELEGATE_HOLD };

	return ask_simply(&request, &lock, err);
}
