/* SPDX-License-Identifier: GPL-2.0-only */
/* serve_caller - one client of the desk, from the question to the daemon to the last word; see serve.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"
#include "serve_parts.h"

#define READ_BYTES 1024
#define LINGER_BYTES 16384 /* of what a client still says */

/* ---- one client ---- */

void sw_caller_close(struct sw_caller *c)
{
	struct sw_serve *serve = c->serve;

	if (c->ask)
		sw_link_forget(serve->link, c->ask);
	if (event_initialized(&c->event))
		event_del(&c->event);
	close(c->fd);
	sw_crowd_leave(&serve->crowd, &c->member);
	c->next = serve->idle;
	serve->idle = c;
}

/* False: it takes nothing, and is gone. */
static bool say(struct sw_caller *c, const char *bytes, size_t n)
{
	if (send(c->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return true;
	sw_caller_close(c);
	return false;
}

/* What was said was said; what comes next depends on whether it was the last. */
static void go_on(struct sw_caller *c)
{
	if (c->smtp.over)
		shutdown(c->fd, SHUT_WR);
	sw_crowd_turn(&c->serve->crowd, &c->member,
		      c->smtp.over ? SW_CROWD_LEAVING : SW_CROWD_TALKING, sw_serve_now_ms());
}

static struct sw_smtp_words words_of(const struct sw_caller *c)
{
	return (struct sw_smtp_words){ .host = c->serve->options.host, .text = c->text };
}

static void on_client(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_caller *c = ctx;
	const struct sw_smtp_words words = words_of(c);
	char bytes[READ_BYTES], out[SW_SMTP_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	size_t reply;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->drained += c->smtp.over && n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->drained > LINGER_BYTES) {
		sw_caller_close(c);
		return;
	}
	reply = sw_smtp_take(&c->smtp, &words, bytes, (size_t)n, out);
	/* Only whole lines count as doing something. */
	if (reply && say(c, out, reply))
		go_on(c);
}

/* ---- the greeting ---- */

/* The general text has the address for %a; all else is as it stands. */
static void general_text(const struct sw_caller *c, char out[SW_PACKET_TEXT])
{
	const char *from = c->serve->options.general, *mark = strstr(from, "%a");
	char address[SW_PREFIX_TEXT];

	if (mark)
		snprintf(out, SW_PACKET_TEXT, "%.*s%s%s", (int)(mark - from), from,
			 sw_prefix_format(&c->source, address), mark + 2);
	else
		snprintf(out, SW_PACKET_TEXT, "%s", from);
}

static void choose_text(struct sw_caller *c, const struct sw_answer *answer)
{
	const char *text = answer ? answer->text : sw_recall_get(c->serve->texts, &c->source);

	if (text && *text)
		snprintf(c->text, sizeof(c->text), "%s", text);
	else
		general_text(c, c->text);
}

/* The card's word stands unless the daemon takes it back: it sent the client here. */
static enum sw_smtp_why why_here(struct sw_caller *c, const struct sw_answer *answer)
{
	struct sw_tally *tally = c->serve->tally;

	if (!answer) {
		tally->general++;
		return SW_SMTP_TURNED_AWAY;
	}
	sw_recall_put(c->serve->texts, &c->source, answer);
	if (!answer->turns_away || !answer->enforced) {
		tally->again++;
		return SW_SMTP_NOT_LISTED;
	}
	sw_tally_smtp(tally, answer->class_name);
	return SW_SMTP_TURNED_AWAY;
}

static void greet(struct sw_caller *c, const struct sw_answer *answer)
{
	const struct sw_smtp_words words = words_of(c);
	char out[SW_REPLY_BYTES];
	size_t n;

	choose_text(c, answer);
	sw_log(LOG_DEBUG, "%s: %s", answer ? answer->class_name : "no answer", c->text);
	n = sw_smtp_greet(&c->smtp, c->serve->options.at, why_here(c, answer), &words, out);
	if (!say(c, out, n))
		return;
	event_assign(&c->event, c->serve->base, c->fd, EV_READ | EV_PERSIST, on_client, c);
	if (event_add(&c->event, NULL))
		sw_caller_close(c);
	else
		go_on(c);
}

static void on_answer(void *ctx, const struct sw_answer *answer)
{
	struct sw_caller *c = ctx;

	c->ask = 0;
	greet(c, answer);
}

void sw_caller_ask(struct sw_caller *c, uint16_t port)
{
	c->ask = sw_link_ask(c->serve->link, SW_PACKET_SMTP, &c->source, port, on_answer, c);
	if (!c->ask)
		greet(c, NULL);
}

/* ---- the end ---- */

void sw_caller_timeout(struct sw_caller *c)
{
	char out[SW_REPLY_BYTES];
	size_t n = sw_smtp_timeout(&c->smtp, out);

	if (say(c, out, n))
		go_on(c);
}

void sw_caller_evict(struct sw_caller *c)
{
	char out[SW_REPLY_BYTES];
	size_t n = c->smtp.over ? 0 : sw_smtp_make_room(&c->smtp, out);

	if (!n || say(c, out, n))
		sw_caller_close(c);
}
