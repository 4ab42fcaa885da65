/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_client - one client: bytes in, requests to operations, bytes out.
 *
 * A client does one thing at a time. Its next request is looked at when the answer to
 * the one before is made and all but a little of it is sent; and bytes are read from it
 * only while no whole request waits. So it holds at most a request, what one read(2)
 * brings more, and an answer.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "control_parts.h"

#define SLICE_NS 1000000ull /* of a turn, for one client */
#define SLICE_STEPS 256 /* requests, or objects of a stream */

/* It did its part: it stands last among those that did nothing. */
static void moved(struct sw_control_client *client)
{
	client->since_ns = sw_control_now_ns();
	TAILQ_REMOVE(&client->control->clients, client, by_age);
	TAILQ_INSERT_TAIL(&client->control->clients, client, by_age);
}

/* ---- bytes ---- */

bool sw_control_client_send(struct sw_control_client *client)
{
	struct sw_control_bytes *out = &client->output;

	while (out->n) {
		ssize_t n = send(client->fd, out->data + out->from, out->n,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		sw_control_bytes_drop(out, (size_t)n);
		moved(client);
	}
	sw_control_account(client);
	return true;
}

/* After the end of its input: whether it has not only shut down its half. */
static bool is_gone(const struct sw_control_client *client)
{
	struct pollfd p = { .fd = client->fd };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

/* Read once. False: nobody is there, or there is no memory for it. */
static bool read_input(struct sw_control_client *client)
{
	char *scratch = client->control->scratch;
	ssize_t n = recv(client->fd, scratch, SW_CONTROL_READ, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n) {
		client->ended = true;
		return !is_gone(client);
	}
	if (!client->input.bytes.n && !client->input.dropping)
		moved(client);
	return !sw_control_bytes_add(&client->input.bytes, scratch, (size_t)n);
}

static void forget_input(struct sw_control_client *client)
{
	sw_control_bytes_drop(&client->input.bytes, client->input.bytes.n);
	client->input = (struct sw_control_input){ 0 };
}

static enum sw_control_look look(struct sw_control_client *client, const char **line, size_t *n)
{
	return sw_control_input_look(&client->input, client->control->options.line_bytes, line, n);
}

/* ---- requests ---- */

static void refuse(struct sw_control_client *client, int code, const char *words)
{
	unsigned limit = client->control->options.bad_requests;

	client->control->counts.refused++;
	if (++client->bad < limit) {
		sw_control_finish(client, sw_control_error(code, "%s", words));
		return;
	}
	sw_control_finish(client, sw_control_error(code, "%s (hung up after %u bad requests)",
						   words, client->bad));
	client->leaving = true;
	sw_control_dropped(client, "one bad request after the other");
}

static void call(struct sw_control_client *client, const struct sw_control_op *op, json_t *request)
{
	struct sw_control *c = client->control;
	json_t *answer;

	client->bad = 0;
	c->counts.requests++;
	sw_control_peer_name(c, &client->peer);
	client->call = SW_CONTROL_CALL_RUNNING;
	answer = op->answer(c->options.ctx, client, request);
	if (answer || client->call == SW_CONTROL_CALL_RUNNING)
		sw_control_finish(client, answer);
}

static void take_request(struct sw_control_client *client, const char *line, size_t n)
{
	const struct sw_control_op *op;
	json_t *request = NULL, *id = NULL;
	struct sw_err err;
	int code = sw_control_parse(line, n, &request, &err);

	sw_control_input_next(&client->input);
	if (!code)
		code = sw_control_id(request, &id, &err);
	client->id = json_deep_copy(id); /* it may outlive the request, by long */
	if (!code)
		code = sw_control_find(sw_control_own, client->control->options.ops, request, &op,
				       &err);
	if (code)
		refuse(client, code, err.text);
	else
		call(client, op, request);
	json_decref(request);
}

static void take_line(struct sw_control_client *client)
{
	char words[80];
	const char *line;
	size_t n;

	moved(client);
	switch (look(client, &line, &n)) {
	case SW_CONTROL_LOOK_LINE:
		take_request(client, line, n);
		break;
	case SW_CONTROL_LOOK_LONG:
		sw_control_input_next(&client->input);
		snprintf(words, sizeof(words), "a request has at most %zu bytes",
			 client->control->options.line_bytes);
		refuse(client, -EMSGSIZE, words);
		break;
	case SW_CONTROL_LOOK_ENDLESS:
		client->leaving = true;
		sw_control_dropped(client, "a request without an end");
		break;
	case SW_CONTROL_LOOK_MORE:
		break;
	}
}

/* ---- what to do next ---- */

static bool has_line(struct sw_control_client *client)
{
	const char *line;
	size_t n;

	return look(client, &line, &n) != SW_CONTROL_LOOK_MORE;
}

/* Whether there is something to do that needs nothing from the client. */
static bool can_step(struct sw_control_client *client)
{
	if (client->leaving || client->output.n >= SW_CONTROL_MARK)
		return false;
	if (client->call == SW_CONTROL_CALL_STREAM)
		return !client->waits;
	return client->call == SW_CONTROL_CALL_NONE && has_line(client);
}

static void step(struct sw_control_client *client)
{
	if (client->call == SW_CONTROL_CALL_STREAM)
		sw_control_pull(client);
	else
		take_line(client);
}

static bool wants_input(struct sw_control_client *client)
{
	return !client->ended && !client->leaving && client->output.n < SW_CONTROL_MARK &&
	       !has_line(client);
}

/* After the last byte: what it began and did not end is no request. */
static void end_input(struct sw_control_client *client)
{
	bool begun = client->input.bytes.n;

	if (!client->ended || client->leaving || client->call != SW_CONTROL_CALL_NONE ||
	    has_line(client))
		return;
	if (begun)
		refuse(client, -EBADMSG, "the last request has no newline");
	client->leaving = true;
}

/* Wait for what it needs: a turn, room for its output, input. */
static void settle(struct sw_control_client *client)
{
	if (client->leaving)
		forget_input(client);
	if (can_step(client))
		sw_control_queue(client);
	if (client->output.n)
		event_add(client->writable_event, NULL);
	if (wants_input(client))
		event_add(client->readable_event, NULL);
	if (sw_control_client_is_stuck(client))
		sw_control_watch(client->control);
}

void sw_control_client_work(struct sw_control_client *client)
{
	uint64_t end = sw_control_now_ns() + SLICE_NS;
	bool there = sw_control_client_send(client);

	if (there && client->readable && wants_input(client))
		there = read_input(client);
	client->readable = false;
	for (unsigned i = 0; there && i < SLICE_STEPS && can_step(client); i++) {
		step(client);
		if (sw_control_now_ns() >= end)
			break;
	}
	end_input(client);
	there = there && sw_control_client_send(client);
	if (!there || (client->leaving && !client->output.n))
		sw_control_client_free(client, 0, NULL);
	else
		settle(client);
}

bool sw_control_client_is_stuck(const struct sw_control_client *client)
{
	if (client->output.n)
		return true;
	return client->call == SW_CONTROL_CALL_NONE && !client->queued &&
	       (client->input.bytes.n || client->input.dropping);
}

/* ---- come and go ---- */

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_control_client *client = ctx;

	client->readable = true;
	sw_control_queue(client);
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	sw_control_queue(ctx);
}

void sw_control_client_start(struct sw_control *c, int fd, unsigned slot)
{
	struct sw_control_client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return;
	}
	client->control = c;
	client->slot = slot;
	client->fd = fd;
	client->since_ns = sw_control_now_ns();
	TAILQ_INSERT_TAIL(&c->clients, client, by_age);
	c->slots[slot] = client;
	c->counts.clients++;
	client->readable_event = event_new(c->base, fd, EV_READ, on_readable, client);
	client->writable_event = event_new(c->base, fd, EV_WRITE, on_writable, client);
	if (sw_control_peer_get(fd, &client->peer) || !client->readable_event ||
	    !client->writable_event || event_add(client->readable_event, NULL))
		sw_control_client_free(client, 0, NULL);
}

static void say_why(const struct sw_control_client *client, int code, const char *words)
{
	json_t *object = sw_control_error(code, "hung up: %s", words);
	char text[sizeof(struct sw_err)];
	size_t n = json_dumpb(object, text, sizeof(text) - 1, JSON_COMPACT);

	json_decref(object);
	if (n && n < sizeof(text)) {
		text[n] = '\n';
		send(client->fd, text, n + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

void sw_control_client_free(struct sw_control_client *client, int code, const char *words)
{
	struct sw_control *c = client->control;

	if (words && !client->output.n)
		say_why(client, code, words);
	TAILQ_REMOVE(&c->clients, client, by_age);
	if (client->queued)
		TAILQ_REMOVE(&c->ready, client, by_turn);
	if (c->working == client)
		c->working = NULL;
	c->slots[client->slot] = NULL;
	c->counts.clients--;
	c->held -= client->held;
	sw_control_end_call(client);
	if (client->readable_event)
		event_free(client->readable_event);
	if (client->writable_event)
		event_free(client->writable_event);
	close(client->fd);
	forget_input(client);
	sw_control_bytes_drop(&client->output, client->output.n);
	free(client);
}
