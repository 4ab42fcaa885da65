/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolver_ask - what is asked, of whom, and again. See resolver.h; resolver_parts.h has
 * the other half.
 *
 * A question goes to the best server. Without an answer it goes to the next, as often as
 * the options say; an answer that helps nobody (SERVFAIL, REFUSED, malformed) sends it to
 * those that were not asked yet, and to no server twice. Every query has to be in the budget.
 */
#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "resolver_parts.h"

#define TYPE_NS 2 /* of the root, which every resolver knows: a probe */
#define PLAIN_MS 3600000u /* a server is asked without EDNS, before that is tried again */

static uint64_t now_ms(const struct sw_resolver *r)
{
	return sw_resolver_now_us(r) / 1000;
}

static uint32_t bit_of(const struct sw_resolver *r, const struct sw_resolver_server *server)
{
	return 1u << (server - r->server);
}

/* ---- servers ---- */

static void note(const struct sw_resolver *r, int level, const struct sw_resolver_server *server,
		 const char *words)
{
	char text[SW_DNS_ADDRESS + 64];

	if (!r->options.note)
		return;
	snprintf(text, sizeof(text), "name server %s %s", server->address.text, words);
	r->options.note(r->options.ctx, level, text);
}

static void probe_failed(struct sw_resolver *r, struct sw_resolver_server *server)
{
	server->probing = false;
	sw_lane_forget_probe(server);
	if (sw_dns_server_probe_failed(&server->health))
		note(r, LOG_WARNING, server, "does not answer");
	server->probe_ms = now_ms(r) + server->health.backoff_ms;
	sw_resolver_tick(r);
}

static void probe(struct sw_resolver *r, struct sw_resolver_server *server)
{
	static const struct sw_dns_name root = { .n = 1 };

	server->probing = true;
	server->probe_ms = now_ms(r) + r->options.timeout_ms;
	sw_resolver_tick(r);
	if (sw_lane_send(r, server, NULL, &root, TYPE_NS, false))
		probe_failed(r, server);
}

static void server_answered(struct sw_resolver *r, struct sw_resolver_server *server,
			    uint32_t rtt_us)
{
	r->stats.answered++;
	server->probing = false;
	sw_lane_forget_probe(server);
	if (sw_dns_server_answered(&server->health, rtt_us))
		note(r, LOG_NOTICE, server, "answers again");
}

/* Probes go out from sw_asking_tick: this may be called from inside c-ares. */
static void server_failed(struct sw_resolver *r, struct sw_resolver_server *server)
{
	if (!sw_dns_server_failed(&server->health))
		return;
	server->probing = false;
	server->probe_ms = 0;
	sw_resolver_tick(r);
}

bool sw_asking_tick(struct sw_resolver *r)
{
	bool more = false;

	for (size_t i = 0; i < r->servers; i++) {
		struct sw_resolver_server *server = &r->server[i];

		if (server->health.health == SW_DNS_WELL)
			continue;
		more = true;
		if (server->probe_ms > now_ms(r))
			continue;
		if (server->probing)
			probe_failed(r, server);
		else
			probe(r, server);
	}
	return more;
}

/* Whom to ask @q next; NULL: there is nobody who was not asked in vain. */
static struct sw_resolver_server *choose(struct sw_resolver *r, struct sw_dns_question *q)
{
	struct sw_dns_server health[SW_DNS_SERVERS];
	int i;

	if (r->servers == 1) /* as it mostly is */
		return r->server[0].health.health == SW_DNS_TROUBLED || q->refused ? NULL
										   : &r->server[0];
	for (size_t k = 0; k < r->servers; k++)
		health[k] = r->server[k].health;
	i = sw_dns_server_pick(health, r->servers, q->asked | q->refused, r->turn++);
	if (i >= 0 && (q->asked | q->refused) >> i & 1) { /* all were; once more */
		q->asked = 0;
		i = sw_dns_server_pick(health, r->servers, q->refused, r->turn);
		if (i >= 0 && q->refused >> i & 1)
			return NULL;
	}
	return i < 0 ? NULL : &r->server[i];
}

/* ---- a question ends ---- */

/* It was to be tried again, and there is no need. Rare: an answer came in between. */
static void leave_again(struct sw_resolver *r, struct sw_dns_question *q)
{
	struct sw_dns_question **at = &r->again;

	while (*at && *at != q)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = q->next;
	if (!*at)
		r->again_end = at;
}

static void end(struct sw_resolver *r, struct sw_dns_question *q, struct sw_dns_reply *reply)
{
	bool keep = reply && r->options.cache;

	sw_wheel_cancel(&r->wheel, &q->timer);
	if (q->again)
		leave_again(r, q);
	sw_lane_forget(q);
	sw_dns_budget_end(&r->budget);
	if (!reply || reply->answer.status == SW_DNS_TEMPFAIL)
		r->stats.temporary++;
	/* that we could not ask says nothing of the name */
	if (keep && reply->answer.trouble != SW_DNS_NO_SERVER &&
	    reply->answer.trouble != SW_DNS_OVER_BUDGET) {
		sw_dns_cache_put(r->options.cache, &q->name, q->type, reply, now_ms(r));
		if (reply->answer.status != SW_DNS_TEMPFAIL) /* what it is when it is cached, too */
			reply->answer.ttl = sw_dns_cache_ttl(r->options.cache, &reply->answer);
	}
	sw_dns_questions_end(&r->questions, q, reply);
	sw_resolver_wake(r);
}

static void end_trouble(struct sw_resolver *r, struct sw_dns_question *q,
			enum sw_dns_trouble trouble)
{
	end(r, q, sw_dns_reply_trouble(trouble));
}

/* ---- tries ---- */

static void try_later(struct sw_resolver *r, struct sw_dns_question *q)
{
	sw_wheel_cancel(&r->wheel, &q->timer);
	if (q->again)
		return;
	q->again = true;
	q->next = NULL;
	*r->again_end = q;
	r->again_end = &q->next;
	sw_resolver_wake(r);
}

/* Not from inside c-ares. */
static void try(struct sw_resolver *r, struct sw_dns_question *q)
{
	struct sw_resolver_server *server = choose(r, q);
	uint64_t until;

	if (!server) {
		end_trouble(r, q, q->trouble ? q->trouble : SW_DNS_NO_SERVER);
		return;
	}
	if (q->sent < UINT8_MAX)
		q->sent++;
	q->server = (uint8_t)(server - r->server);
	q->asked |= bit_of(r, server);
	until = now_ms(r) + r->options.timeout_ms;
	/* before it is sent: what fails at once cancels it */
	sw_wheel_set(&r->wheel, &q->timer, until);
	sw_resolver_alarm(r, until);
	if (sw_lane_send(r, server, q, &q->name, q->type, q->tcp))
		end_trouble(r, q, SW_DNS_OVER_BUDGET); /* no memory, or no descriptors */
}

/* A try has failed: another one, if that is wanted and allowed. */
static void retry(struct sw_resolver *r, struct sw_dns_question *q, enum sw_dns_trouble trouble)
{
	q->trouble = (uint8_t)trouble;
	if (!q->first || q->sent >= r->options.tries * r->servers)
		end_trouble(r, q, trouble);
	else
		try_later(r, q);
}

/* The same server once more, in another way. */
static void retry_there(struct sw_resolver *r, struct sw_dns_question *q,
			const struct sw_resolver_server *server)
{
	q->asked = ~bit_of(r, server);
	q->refused &= ~bit_of(r, server);
	q->sent = 0;
	try_later(r, q);
}

void sw_asking_failed(struct sw_resolver *r, struct sw_dns_question *q,
		      struct sw_resolver_server *server, enum sw_dns_trouble trouble)
{
	if (!q) {
		server->probe_ms = 0; /* the next tick sees to it */
		sw_resolver_tick(r);
		return;
	}
	server_failed(r, server);
	/* when a later try of it is under way, that one decides */
	if (!q->again && q->server == server - r->server)
		retry(r, q, trouble);
}

static void expired(void *ctx, struct sw_wheel_timer *timer)
{
	struct sw_dns_question *q =
		(struct sw_dns_question *)((char *)timer - offsetof(struct sw_dns_question, timer));
	struct sw_resolver *r = ctx;

	r->stats.timeouts++;
	server_failed(r, &r->server[q->server]);
	sw_lane_doubt(q);
	retry(r, q, SW_DNS_TIMEOUT);
}

void sw_asking_advance(struct sw_resolver *r)
{
	uint64_t next;

	sw_wheel_advance(&r->wheel, now_ms(r), expired, r);
	next = sw_wheel_next(&r->wheel);
	if (next != SW_WHEEL_NEVER)
		sw_resolver_alarm(r, next);
}

bool sw_asking_run(struct sw_resolver *r)
{
	struct sw_dns_question *q;

	/* each is tried so often at most: this ends */
	while ((q = r->again)) {
		r->again = q->next;
		if (!r->again)
			r->again_end = &r->again;
		q->again = false;
		if (sw_dns_budget_take(&r->budget, sw_resolver_now_us(r)))
			try(r, q);
		else
			end_trouble(r, q, q->trouble ? q->trouble : SW_DNS_OVER_BUDGET);
	}
	sw_dns_questions_deliver(&r->questions);
	return r->again || r->questions.ended;
}

/* ---- answers ---- */

/* What came too late for who asked may be of use to the next. */
static void keep_late(struct sw_resolver *r, const uint8_t *message, size_t n)
{
	struct sw_dns_reply *reply;
	struct sw_dns_name name;
	uint16_t type;

	if (!r->options.cache || sw_dns_message_question(message, n, &name, &type) ||
	    sw_dns_message_reply(message, n, &name, type, &reply))
		return;
	if (type != TYPE_NS && reply->answer.status != SW_DNS_TEMPFAIL)
		sw_dns_cache_put(r->options.cache, &name, type, reply, now_ms(r));
	sw_dns_reply_drop(reply);
}

/* An answer that helps nobody: is there a server that may know better? */
static void answered_badly(struct sw_resolver *r, struct sw_dns_question *q,
			   struct sw_resolver_server *server, struct sw_dns_reply *reply)
{
	bool other = false;

	q->trouble = (uint8_t)reply->answer.trouble;
	q->refused |= bit_of(r, server);
	for (size_t i = 0; i < r->servers; i++)
		other |= r->server[i].health.health != SW_DNS_TROUBLED && !(q->refused >> i & 1);
	if (!other || !q->first) {
		end(r, q, reply);
		return;
	}
	sw_dns_reply_drop(reply);
	try_later(r, q);
}

void sw_asking_answered(struct sw_resolver *r, struct sw_dns_question *q,
			struct sw_resolver_server *server, uint32_t rtt_us, bool edns,
			const uint8_t *message, size_t n)
{
	struct sw_dns_reply *reply = NULL;
	int code;

	server_answered(r, server, rtt_us);
	if (!q) {
		keep_late(r, message, n);
		return;
	}
	code = sw_dns_message_reply(message, n, &q->name, q->type, &reply);
	if (code == -EMSGSIZE && !q->tcp) {
		q->tcp = true;
		retry_there(r, q, server);
		return;
	}
	if (code == -EPROTONOSUPPORT && edns) {
		server->plain_until_ms = now_ms(r) + PLAIN_MS;
		sw_lane_renew(server);
		retry_there(r, q, server);
		return;
	}
	if (code == -EMSGSIZE || code == -EPROTONOSUPPORT) /* that was the other way already */
		reply = sw_dns_reply_trouble(SW_DNS_MALFORMED);
	if (reply && reply->answer.status == SW_DNS_TEMPFAIL)
		answered_badly(r, q, server, reply);
	else
		end(r, q, reply);
}

/* ---- the interface ---- */

static void tell_trouble(enum sw_dns_trouble trouble, sw_dns_answer_fn fn, void *ctx)
{
	const struct sw_dns_answer answer = { .status = SW_DNS_TEMPFAIL, .trouble = trouble };

	fn(ctx, &answer);
}

static bool tell_cached(struct sw_resolver *r, const struct sw_dns_name *name, uint16_t type,
			sw_dns_answer_fn fn, void *ctx)
{
	struct sw_dns_reply *reply;
	struct sw_dns_answer answer;
	uint32_t ttl;

	if (!r->options.cache)
		return false;
	reply = sw_dns_cache_get(r->options.cache, name, type, now_ms(r), &ttl);
	if (!reply)
		return false;
	r->stats.cached++;
	sw_dns_reply_hold(reply); /* @fn may ask, and thereby push it out */
	answer = reply->answer;
	answer.ttl = ttl;
	fn(ctx, &answer);
	sw_dns_reply_drop(reply);
	return true;
}

/* A question of its own. NULL: *@trouble says why not. */
static struct sw_dns_question *begin(struct sw_resolver *r, const struct sw_dns_name *name,
				     uint16_t type, enum sw_dns_trouble *trouble)
{
	struct sw_dns_question *q = NULL;
	bool troubled = true;

	for (size_t i = 0; i < r->servers; i++)
		troubled &= r->server[i].health.health == SW_DNS_TROUBLED;
	*trouble = troubled ? SW_DNS_NO_SERVER : SW_DNS_OVER_BUDGET;
	if (troubled || !sw_dns_budget_begin(&r->budget))
		return NULL;
	if (sw_dns_budget_take(&r->budget, sw_resolver_now_us(r)))
		q = sw_dns_questions_add(&r->questions, name, type);
	if (!q)
		sw_dns_budget_end(&r->budget);
	return q;
}

static sw_dns_ticket ask(struct sw_resolver *r, const char *text, enum sw_dns_type type, bool anew,
			 sw_dns_answer_fn fn, void *ctx)
{
	enum sw_dns_trouble trouble = SW_DNS_OVER_BUDGET;
	struct sw_dns_question *q;
	struct sw_dns_name name;
	sw_dns_ticket ticket = 0;
	bool joined;

	r->stats.asked++;
	if (sw_dns_name_parse(text, &name)) {
		r->stats.malformed++;
		tell_trouble(SW_DNS_MALFORMED, fn, ctx);
		return 0;
	}
	if (!anew && tell_cached(r, &name, (uint16_t)type, fn, ctx))
		return 0;
	q = sw_dns_questions_find(&r->questions, &name, (uint16_t)type);
	joined = q;
	if (!q)
		q = begin(r, &name, (uint16_t)type, &trouble);
	if (q)
		ticket = sw_dns_questions_wait(&r->questions, q, fn, ctx);
	r->stats.joined += joined && ticket;
	if (q && !joined)
		try(r, q);
	if (!ticket) {
		*(trouble == SW_DNS_NO_SERVER ? &r->stats.no_server : &r->stats.over_budget) += 1;
		tell_trouble(trouble, fn, ctx);
	}
	return ticket;
}

sw_dns_ticket sw_asking_ask(void *resolver, const char *name, enum sw_dns_type type,
			    sw_dns_answer_fn fn, void *ctx)
{
	return ask(resolver, name, type, false, fn, ctx);
}

sw_dns_ticket sw_asking_ask_anew(void *resolver, const char *name, enum sw_dns_type type,
				 sw_dns_answer_fn fn, void *ctx)
{
	return ask(resolver, name, type, true, fn, ctx);
}

void sw_asking_cancel(void *resolver, sw_dns_ticket ticket)
{
	struct sw_resolver *r = resolver;

	sw_dns_questions_cancel(&r->questions, ticket);
}
