/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_dns - from the queue of first contacts to examinations, and from their outcomes to
 * verdicts.
 *
 *   intake ─► pump, inside the budget ─► examiner ─► outcomes, gathered for a moment ─► verdicts
 *
 * Outcomes are put in force some at a time, because each commit waits for the disk once. The
 * last eighth of the card's room is the operator's: then outcomes are let go, and who has none
 * is asked about again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "datapath/datapath.h"
#include "dns/cache.h"
#include "dns/resolver.h"
#include "examiner.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lists/list.h"
#include "maps/hash.h"
#include "service_parts.h"

#define GATHER_MS 20
#define GATHER_MAX 256
#define BURST 32 /* examinations that may begin at once */
#define KNOWN (1u << 17)
#define CACHE_BYTES (32u << 20)
#define CACHE_ENTRIES 200000
#define OWN_MAX 16
#define SAVE_EVERY_NS 600000000000u
#define FULL(capacity) ((capacity) - (capacity) / 8)

struct sw_judging {
	struct sw_service *s;
	struct sw_dns_setup *setup;
	char *text; /* what the configuration says, to see whether that has changed */
	struct sw_suffix *suffix;
	struct sw_resolver *resolver;
	struct sw_examiner *examiner;
	struct event *pump, *flush;
	/* GCRA: when the next one may begin. It leaves a third of the budget to tests of lists,
	 * and to questions that others lead to. */
	uint64_t interval_ns, next_ns;
	uint64_t saved_ns;
	uint64_t no_room;
	size_t n; /* outcomes that are not in force yet */
	struct sw_verdict_change change[GATHER_MAX];
	char reason[GATHER_MAX][SW_VERDICT_REASON];
	uint64_t seed;
	uint64_t known[KNOWN]; /* sources that were cleared once, by hash; 0: none */
};

static int64_t now_ms(void)
{
	return (int64_t)(sw_clock_monotonic_ns(sw_clock_system()) / 1000000);
}

/* ---- who is known ---- */

static uint64_t mark_of(const struct sw_judging *j, const struct sw_prefix *source)
{
	uint64_t mark = sw_hash(source->hi ^ source->family, source->lo, j->seed);

	return mark ? mark : 1;
}

bool sw_service_dns_knows(const struct sw_service *s, const struct sw_prefix *source)
{
	const struct sw_judging *j = s->judging;
	uint64_t mark = j ? mark_of(j, source) : 0;

	return j && j->known[mark % KNOWN] == mark;
}

bool sw_service_dns_has(const struct sw_service *s, const struct sw_prefix *source)
{
	return s->judging && sw_examiner_has(s->judging->examiner, source);
}

/* ---- outcomes ---- */

static void flush(struct sw_judging *j)
{
	struct sw_err err;
	size_t n = j->n;

	evtimer_del(j->flush);
	j->n = 0;
	if (!n)
		return;
	if (sw_verdicts_set(j->s->verdicts, j->change, n, "dns", &err)) {
		sw_log(LOG_ERR, "%zu sources were examined, and it cannot be kept: %s", n,
		       err.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		j->no_room += j->change[i].code == -ENOSPC;
}

static void on_flush(evutil_socket_t fd, short what, void *ctx)
{
	flush(ctx);
}

static bool is_room(const struct sw_judging *j)
{
	struct sw_datapath_info info = { 0 };
	struct sw_verdicts_counts n;

	sw_datapath_info(sw_enforce_datapath(j->s->enforce), &info);
	sw_verdicts_counts(j->s->verdicts, &n);
	return n.intended + j->n < FULL(info.size.verdicts);
}

static enum sw_action action_of(const struct sw_outcome *o)
{
	switch (o->action) {
	case SW_OUTCOME_DROP:
		return SW_ACTION_DROP;
	case SW_OUTCOME_REJECT:
		return SW_ACTION_REJECT;
	case SW_OUTCOME_LIMIT:
		return SW_ACTION_LIMIT;
	default:
		return SW_ACTION_PASS;
	}
}

static void on_outcome(void *ctx, const struct sw_prefix *source, const struct sw_outcome *outcome,
		       const char *reason)
{
	const struct timeval gather = { .tv_usec = GATHER_MS * 1000 };
	struct sw_judging *j = ctx;
	enum sw_action action = action_of(outcome);
	bool dialup = outcome->class == SW_OUTCOME_DIALUP && action != SW_ACTION_PASS;
	uint64_t mark = mark_of(j, source);

	if (outcome->action == SW_OUTCOME_CLEARANCE && !outcome->provisional)
		j->known[mark % KNOWN] = mark;
	if (!is_room(j)) {
		j->no_room++;
		return;
	}
	memcpy(j->reason[j->n], reason, strlen(reason) + 1);
	j->change[j->n] = (struct sw_verdict_change){
		.source = *source,
		.origin = dialup ? SW_ORIGIN_DNS_DIALUP : SW_ORIGIN_DNS,
		.action = action,
		.for_ms = outcome->expires - now_ms(),
		.reason = j->reason[j->n],
	};
	if (j->change[j->n].for_ms <= 0)
		return;
	if (++j->n == GATHER_MAX)
		flush(j);
	else if (j->n == 1)
		evtimer_add(j->flush, &gather);
}

/* ---- a list that is not believed any more ---- */

struct withdrawal {
	const char *name;
	struct sw_verdict_change *change;
	size_t n, room;
};

/* Is @name in @reason as a word of its own? */
static bool rests_on(const char *reason, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strstr(reason, name); at; at = strstr(at + 1, name))
		if ((at == reason || at[-1] == ' ') && at[n] == ' ')
			return true;
	return false;
}

static int gather_withdrawn(void *ctx, const struct sw_verdict *verdict)
{
	struct withdrawal *w = ctx;

	if (verdict->origin != SW_ORIGIN_DNS && verdict->origin != SW_ORIGIN_DNS_DIALUP)
		return 0;
	if (verdict->action == SW_ACTION_PASS || !rests_on(verdict->reason, w->name))
		return 0;
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 1024;
		void *grown = reallocarray(w->change, room, sizeof(*w->change));

		if (!grown)
			return -ENOMEM;
		w->change = grown;
		w->room = room;
	}
	w->change[w->n++] = (struct sw_verdict_change){ .source = verdict->source,
							.origin = verdict->origin,
							.reason = "the list is not believed" };
	return 0;
}

static void on_withdraw(void *ctx, const char *name)
{
	struct sw_judging *j = ctx;
	struct withdrawal w = { .name = name };
	struct sw_err err;
	int code;

	flush(j);
	code = sw_ledger_each(j->s->ledger, NULL, gather_withdrawn, &w, &err);
	if (!code && w.n)
		code = sw_verdicts_remove(j->s->verdicts, w.change, w.n, "dns", &err);
	if (code)
		sw_log(LOG_ERR, "verdicts that rest on %s cannot be taken back: %s", name,
		       code == -ENOMEM ? "out of memory" : err.text);
	else if (w.n)
		sw_log(LOG_WARNING, "%zu verdicts that rested on %s were taken back", w.n, name);
	free(w.change);
}

/* ---- the pump ---- */

/* May another one begin now? Else when. */
static bool may_begin(struct sw_judging *j, uint64_t now, uint64_t *when)
{
	uint64_t earliest = now > BURST * j->interval_ns ? now - BURST * j->interval_ns : 0;

	if (j->next_ns < earliest)
		j->next_ns = earliest;
	if (j->next_ns > now) {
		*when = j->next_ns;
		return false;
	}
	j->next_ns += j->interval_ns;
	return true;
}

void sw_service_dns_pump(struct sw_service *s)
{
	struct sw_judging *j = s->judging;
	uint64_t now = sw_clock_monotonic_ns(sw_clock_system()), when = 0;
	struct sw_intake_item item;
	struct timeval wait;

	if (!j || !s->intake)
		return;
	while (may_begin(j, now, &when)) {
		if (!sw_intake_next(s->intake, now, &item)) {
			j->next_ns -= j->interval_ns;
			return;
		}
		sw_examine(j->examiner, &item.source, &item.address);
	}
	wait.tv_sec = (time_t)((when - now) / 1000000000);
	wait.tv_usec = (suseconds_t)((when - now) / 1000 % 1000000);
	evtimer_add(j->pump, &wait);
}

static void on_pump(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_judging *j = ctx;

	sw_service_dns_pump(j->s);
}

/* ---- open and close ---- */

static char *cache_path(const struct sw_service *s)
{
	char *path;

	if (asprintf(&path, "%s/dns-cache", sw_enforce_policy(s->enforce)->config->state_dir) < 0)
		return NULL;
	return path;
}

static void save_cache(struct sw_service *s)
{
	char *path = cache_path(s);
	struct sw_dns_cache_time now;
	struct sw_err err;

	sw_dns_cache_now(sw_clock_system(), &now);
	if (path && sw_dns_cache_save(s->dns_cache, path, &now, &err))
		sw_log(LOG_WARNING, "answers of the DNS are not kept: %s", err.text);
	free(path);
}

static int open_cache(struct sw_service *s, struct sw_err *err)
{
	struct sw_dns_cache_options options = { .max_bytes = CACHE_BYTES,
						.max_entries = CACHE_ENTRIES,
						.ttl_min = 60,
						.ttl_max = 86400,
						.negative_max = 3600,
						.failed = 5 };
	struct sw_dns_cache_time now;
	char *path = cache_path(s);
	size_t n;
	int code;

	if (getrandom(options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		code = -EIO;
	else
		code = path ? sw_dns_cache_open(&options, &s->dns_cache) : -ENOMEM;
	if (code) {
		free(path);
		return sw_err_set(err, code, "no cache for the DNS: %s", strerror(-code));
	}
	sw_dns_cache_now(sw_clock_system(), &now);
	if (sw_dns_cache_load(s->dns_cache, path, &now, &n, err))
		sw_log(LOG_WARNING, "answers of the DNS from before are not used: %s", err->text);
	free(path);
	return 0;
}

static struct sw_judging *judging_free(struct sw_judging *j)
{
	if (!j)
		return NULL;
	if (j->flush)
		flush(j);
	sw_examiner_close(j->examiner);
	sw_resolver_close(j->resolver);
	sw_suffix_close(j->suffix);
	sw_dns_setup_free(j->setup);
	free(j->text);
	if (j->pump)
		event_free(j->pump);
	if (j->flush)
		event_free(j->flush);
	free(j);
	return NULL;
}

static int open_resolver(struct sw_judging *j, const struct sw_config *c, struct sw_err *err)
{
	const struct sw_resolver_options options = {
		.base = j->s->base,
		.clock = sw_clock_system(),
		.server = (const char *const *)c->dns_servers.text,
		.servers = c->dns_servers.n,
		.timeout_ms = (uint32_t)c->dns_timeout_ms,
		.tries = 2,
		.queries_per_second = c->dns_queries,
		.outstanding = c->dns_outstanding,
		.cache = j->s->dns_cache,
		.note = sw_service_note,
		.ctx = j->s,
	};

	return sw_resolver_open(&options, &j->resolver, err);
}

static int open_examiner(struct sw_judging *j, struct sw_err *err)
{
	const struct sw_examiner_options options = {
		.dns = sw_resolver_dns(j->resolver),
		.setup = j->setup,
		.suffix = j->suffix,
		.seed = j->seed,
		.now_ms = now_ms,
		.outcome = on_outcome,
		.withdraw = on_withdraw,
		.note = sw_service_note,
		.ctx = j,
	};

	return sw_examiner_open(&options, &j->examiner, err);
}

static int fill(struct sw_judging *j, const struct sw_config *c, struct sw_err *err)
{
	int code;

	j->pump = evtimer_new(j->s->base, on_pump, j);
	j->flush = evtimer_new(j->s->base, on_flush, j);
	if (!j->pump || !j->flush)
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (getrandom(&j->seed, sizeof(j->seed), 0) != sizeof(j->seed))
		return sw_err_set(err, -EIO, "getrandom: %s", strerror(errno));
	j->seed |= 1;
	code = sw_dns_setup_make(c, &j->setup, err);
	if (!code && j->setup->rules.rdns_n)
		code = sw_suffix_open(&j->suffix, err);
	if (!code)
		code = open_resolver(j, c, err);
	if (!code)
		code = open_examiner(j, err);
	if (!code)
		j->interval_ns =
			1500000000ull * sw_examiner_questions(j->examiner) / c->dns_queries;
	return code;
}

/* Is there anybody to ask? */
static bool is_wanted(const struct sw_config *c)
{
	return strcmp(c->first_contact, "off") != 0 && (c->dnsbl_sites.n || c->rdns_weights.n);
}

/* As it is in force. With a file of keys it never is: who changed that wants it read. */
static bool is_as_before(const struct sw_judging *j, const struct sw_config *c, const char *text)
{
	return j && text && !c->dnsbl_keys && !strcmp(j->text, text);
}

static int begin(struct sw_service *s, const struct sw_config *c, char *text, struct sw_err *err)
{
	struct sw_judging *j;
	int code = s->dns_cache ? 0 : open_cache(s, err);

	if (code)
		return code;
	j = text ? calloc(1, sizeof(*j)) : NULL;
	if (!j)
		return sw_err_set(err, -ENOMEM, "out of memory");
	j->s = s;
	code = fill(j, c, err);
	if (code) {
		judging_free(j);
		return code;
	}
	j->text = text;
	s->judging = j;
	return 0;
}

void sw_service_dns(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	char *text = is_wanted(c) ? sw_dns_setup_text(c) : NULL;
	struct sw_err err;

	if (is_as_before(s->judging, c, text)) {
		free(text);
		return;
	}
	s->judging = judging_free(s->judging);
	if (is_wanted(c) && begin(s, c, text, &err)) {
		sw_log(LOG_ERR, "%s; nobody is examined until the next reload", err.text);
		free(text);
	}
}

/* Public addresses of this machine's interfaces. Who is logged in over SSH, say, may well be on
 * a list of dialup lines, and rightly. */
static bool is_for_lists(const struct sw_own_entry *own)
{
	size_t n;
	const struct sw_prefix *bogon = sw_list_bogons(&n);

	if (own->prefix.len != (own->prefix.family == 4 ? 32 : 128) ||
	    strncmp(own->why, "address of ", 11) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (sw_prefix_contains(&bogon[i], &own->prefix))
			return false;
	return true;
}

void sw_service_dns_tick(struct sw_service *s)
{
	struct sw_judging *j = s->judging;
	const struct sw_own *own = &sw_enforce_policy(s->enforce)->own;
	uint64_t now = sw_clock_monotonic_ns(sw_clock_system());
	struct sw_prefix prefix[OWN_MAX];
	size_t n = 0;

	if (!j)
		return;
	for (size_t i = 0; i < own->n && n < OWN_MAX; i++)
		if (is_for_lists(&own->entry[i]))
			prefix[n++] = own->entry[i].prefix;
	sw_examiner_tick(j->examiner, prefix, n);
	sw_service_dns_pump(s);
	if (!j->saved_ns)
		j->saved_ns = now;
	if (now - j->saved_ns > SAVE_EVERY_NS) {
		j->saved_ns = now;
		save_cache(s);
	}
}

void sw_service_dns_end(struct sw_service *s)
{
	s->judging = judging_free(s->judging);
	if (s->dns_cache)
		save_cache(s);
	s->dns_cache = sw_dns_cache_close(s->dns_cache);
}

/* ---- for status ---- */

static json_t *sites_array(const struct sw_judging *j)
{
	json_t *array = json_array();
	const struct sw_trust *t;
	char why[SW_TRUST_TEXT];

	for (size_t i = 0; array && (t = sw_examiner_trust(j->examiner, i)); i++)
		json_array_append_new(array, json_pack("{s:s, s:i, s:s, s:o}", "name",
						       t->site->name, "family", t->family, "state",
						       sw_trust_state_name(t->state), "why",
						       sw_json_text(sw_trust_why(t, why))));
	return array;
}

json_t *sw_service_dns_status(const struct sw_service *s)
{
	const struct sw_judging *j = s->judging;
	struct sw_dns_cache_stats cache;
	struct sw_examiner_counts n;

	if (!j)
		return json_null();
	sw_examiner_counts(j->examiner, &n);
	sw_dns_cache_stats(s->dns_cache, &cache);
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:o}", "running",
		(json_int_t)n.running, "cleared", (json_int_t)n.outcomes[SW_OUTCOME_CLEARANCE],
		"limited", (json_int_t)n.outcomes[SW_OUTCOME_LIMIT], "rejected",
		(json_int_t)n.outcomes[SW_OUTCOME_REJECT], "dropped",
		(json_int_t)n.outcomes[SW_OUTCOME_DROP], "not_known",
		(json_int_t)n.outcomes[SW_OUTCOME_NONE], "no_room", (json_int_t)j->no_room, "cache",
		"entries", (json_int_t)cache.entries, "hits", (json_int_t)cache.hits, "misses",
		(json_int_t)cache.misses, "lists", sites_array(j));
}
