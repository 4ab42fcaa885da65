/* SPDX-License-Identifier: GPL-2.0-only */
/* allow_spf - see allow_spf.h. */
#include "allow_spf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "dns/spf_nets.h"
#include "lib/log.h"

/* Beside the domain of the same number. */
struct asker {
	struct sw_allow_spf *a;
	size_t i;
	struct sw_spf_nets *nets; /* NULL: not asking */
	int64_t began_ms, tried_ms;
	char problem[SW_ALLOW_SPF_WORDS], left_out[SW_ALLOW_SPF_WORDS];
};

struct sw_allow_spf {
	struct sw_allow_spf_options options;
	const struct sw_dns *dns; /* NULL: nobody is asked */
	struct sw_spf_domains domains;
	struct asker asker[SW_ALLOW_SPF_MAX];
	uint64_t version, kept_version;
};

#define say(a, i, level, format, ...)                                                    \
	sw_log_note((a)->options.note, (a)->options.ctx, level, "allow-spf %s: " format, \
		    (a)->domains.domain[i].name, __VA_ARGS__)

static int64_t now_ms(const struct sw_allow_spf *a)
{
	return (int64_t)(sw_clock_monotonic_ns(a->options.clock) / 1000000);
}

/* ---- what comes of an answer ---- */

/* Why there are fewer networks than the policy has words, the first of them. */
static void note_left(struct asker *k, const struct sw_spf_nets_answer *answer)
{
	k->left_out[0] = '\0';
	if (answer->left_n)
		snprintf(k->left_out, sizeof(k->left_out), "%.60s %.80s: %.60s%s",
			 answer->left[0].where.domain, answer->left[0].where.term,
			 answer->left[0].why, answer->left_all > 1 ? ", and more" : "");
}

/* A problem is told when it is another one than before, and when it is over. */
static void tell_problem(struct asker *k, const char *problem)
{
	const struct sw_spf_allow *allow = &k->a->domains.domain[k->i].allow;

	if (!strcmp(k->problem, problem))
		return;
	if (*problem)
		say(k->a, k->i, LOG_WARNING, "%s; %s", problem,
		    allow->n ? "what is in force stays"
			     : "it has no networks until that is better");
	else
		say(k->a, k->i, LOG_NOTICE, "%s", "its policy is known again");
	snprintf(k->problem, sizeof(k->problem), "%s", problem);
}

static size_t count_going(const struct sw_spf_allow *allow)
{
	size_t n = 0;

	for (size_t i = 0; i < allow->n; i++)
		n += allow->net[i].missing != 0;
	return n;
}

/* What changed since there were @before networks, @going of them about to go. */
static void tell_change(const struct asker *k, size_t before, size_t going, bool changed)
{
	const struct sw_spf_allow *allow = &k->a->domains.domain[k->i].allow;
	size_t now_going = count_going(allow);

	if (changed)
		say(k->a, k->i, LOG_NOTICE, "%zu networks now, %zu before", allow->n, before);
	if (now_going > going)
		say(k->a, k->i, LOG_INFO,
		    "%zu networks are not named any more; they go unless they come back",
		    now_going);
}

static void describe_problem(const struct sw_spf_nets_answer *answer, int code,
			     char ret[SW_ALLOW_SPF_WORDS])
{
	*ret = '\0';
	if (answer->wide)
		snprintf(ret, SW_ALLOW_SPF_WORDS,
			 "not believed: its policy passes everybody, or much of the internet");
	else if (answer->state != SW_SPF_NETS_COMPLETE)
		snprintf(ret, SW_ALLOW_SPF_WORDS, "%.70s%s%.70s: %.100s",
			 answer->where ? answer->where->domain : "",
			 answer->where && *answer->where->term ? " " : "",
			 answer->where ? answer->where->term : "", answer->why);
	else if (code == -ERANGE)
		snprintf(ret, SW_ALLOW_SPF_WORDS,
			 "not believed: its networks are more than a /8 of IPv4 or a /20 of IPv6");
	else if (code == -ENOSPC)
		snprintf(ret, SW_ALLOW_SPF_WORDS,
			 "no room for its new networks beside those in force");
	else if (code)
		snprintf(ret, SW_ALLOW_SPF_WORDS, "%s", strerror(-code));
}

/* A policy with an error is none to anybody, and neither is its first half. */
static struct sw_spf_collection collection_of(const struct sw_allow_spf *a, size_t i,
					      const struct sw_spf_nets_answer *answer)
{
	size_t others = sw_spf_domains_nets(&a->domains) - a->domains.domain[i].allow.n;
	bool usable = answer->state != SW_SPF_NETS_BROKEN && !answer->wide;

	return (struct sw_spf_collection){
		.net = answer->net,
		.n = usable ? answer->n : 0,
		.complete = usable && answer->state == SW_SPF_NETS_COMPLETE,
		.ttl_s = answer->ttl,
		.room = SW_SPF_DOMAINS_NETS - others,
	};
}

static void take_answer(void *ctx, const struct sw_spf_nets_answer *answer)
{
	struct asker *k = ctx;
	struct sw_allow_spf *a = k->a;
	struct sw_spf_allow *allow = &a->domains.domain[k->i].allow;
	struct sw_spf_collection c = collection_of(a, k->i, answer);
	size_t before = allow->n, going = count_going(allow);
	char problem[SW_ALLOW_SPF_WORDS];
	bool changed = false;
	int code;

	k->tried_ms = sw_clock_wall_ms(a->options.clock);
	code = sw_spf_allow_take(allow, &c, now_ms(a), k->tried_ms, &changed);
	a->version += changed;
	a->kept_version += changed || c.n || c.complete;
	note_left(k, answer);
	describe_problem(answer, code, problem);
	tell_problem(k, problem);
	tell_change(k, before, going, changed);
	k->nets = sw_spf_nets_free(k->nets);
}

/* ---- asking ---- */

static size_t count_busy(const struct sw_allow_spf *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->domains.n; i++)
		n += a->asker[i].nets != NULL;
	return n;
}

/* They are due at once, then. */
static void stop_all(struct sw_allow_spf *a)
{
	for (size_t i = 0; i < a->domains.n; i++) {
		if (!a->asker[i].nets)
			continue;
		a->asker[i].nets = sw_spf_nets_free(a->asker[i].nets);
		a->domains.domain[i].allow.due_ms = 0;
	}
}

/* The one that has been due for longest; NULL: none is. */
static struct asker *next_due(struct sw_allow_spf *a, int64_t now)
{
	struct asker *first = NULL;
	int64_t due = now;

	for (size_t i = 0; i < a->domains.n; i++) {
		int64_t at = a->domains.domain[i].allow.due_ms;

		if (a->asker[i].nets || at > due || (first && at == due))
			continue;
		first = &a->asker[i];
		due = at;
	}
	return first;
}

static void begin(struct sw_allow_spf *a, struct asker *k, int64_t now)
{
	struct sw_spf_domain *d = &a->domains.domain[k->i];

	/* Not again at once if this fails. */
	d->allow.due_ms = now + SW_SPF_ALLOW_RETRY_MIN_S * INT64_C(1000);
	if (sw_spf_nets_open(d->name, a->dns, &k->nets))
		return;
	k->began_ms = now;
	sw_spf_nets_start(k->nets, take_answer, k);
}

void sw_allow_spf_tick(struct sw_allow_spf *a)
{
	int64_t now = now_ms(a);
	struct asker *k;

	for (size_t i = 0; i < a->domains.n; i++)
		if (a->asker[i].nets && now - a->asker[i].began_ms > SW_ALLOW_SPF_PATIENCE_MS)
			sw_spf_nets_give_up(a->asker[i].nets);
	/* What is answered at once is due no more. */
	while (a->dns && count_busy(a) < SW_ALLOW_SPF_AT_ONCE && (k = next_due(a, now)))
		begin(a, k, now);
}

/* ---- who there is, and whom to ask ---- */

/* Who is asked about where. Nobody may be under way when places change. */
static void number(struct sw_allow_spf *a)
{
	for (size_t i = 0; i < SW_ALLOW_SPF_MAX; i++) {
		a->asker[i].a = a;
		a->asker[i].i = i;
	}
}

static bool is_named(const struct sw_texts *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->text[i], name))
			return true;
	return false;
}

static void drop(struct sw_allow_spf *a, size_t i)
{
	struct sw_spf_domains *d = &a->domains;

	stop_all(a);
	sw_spf_allow_done(&d->domain[i].allow);
	d->n--;
	memmove(&d->domain[i], &d->domain[i + 1], (d->n - i) * sizeof(d->domain[0]));
	memmove(&a->asker[i], &a->asker[i + 1], (d->n - i) * sizeof(a->asker[0]));
	number(a);
	a->version++;
	a->kept_version++;
}

/* One that nobody names, from @i on; domains.n: there is none. */
static size_t find_stranger(const struct sw_allow_spf *a, const struct sw_texts *names, size_t i)
{
	while (i < a->domains.n && is_named(names, a->domains.domain[i].name))
		i++;
	return i;
}

static void add(struct sw_allow_spf *a, const char *name)
{
	size_t i = a->domains.n;

	sw_spf_domains_add(&a->domains, name);
	a->asker[i] = (struct asker){ .a = a, .i = i };
	a->kept_version++;
}

void sw_allow_spf_name(struct sw_allow_spf *a, const struct sw_texts *names, bool keep)
{
	size_t i;

	while (!keep && (i = find_stranger(a, names, 0)) < a->domains.n)
		drop(a, i);
	for (size_t k = 0; k < names->n && k < SW_ALLOW_SPF_MAX; k++) {
		if (sw_spf_domains_find(&a->domains, names->text[k]))
			continue;
		if (a->domains.n == SW_ALLOW_SPF_MAX)
			drop(a, find_stranger(a, names, 0));
		add(a, names->text[k]);
	}
}

void sw_allow_spf_use(struct sw_allow_spf *a, const struct sw_dns *dns)
{
	for (size_t i = 0; i < a->domains.n; i++)
		if (a->domains.domain[i].allow.failures)
			a->domains.domain[i].allow.due_ms = 0;
	stop_all(a);
	a->dns = dns;
}

void sw_allow_spf_take(struct sw_allow_spf *a, struct sw_spf_domains *domains)
{
	stop_all(a);
	sw_spf_domains_done(&a->domains);
	a->domains = *domains;
	domains->n = 0;
	memset(a->asker, 0, sizeof(a->asker));
	number(a);
	a->version++;
}

int sw_allow_spf_open(const struct sw_allow_spf_options *options, struct sw_allow_spf **ret)
{
	struct sw_allow_spf *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->options = *options;
	number(a);
	*ret = a;
	return 0;
}

struct sw_allow_spf *sw_allow_spf_close(struct sw_allow_spf *a)
{
	if (!a)
		return NULL;
	stop_all(a);
	sw_spf_domains_done(&a->domains);
	free(a);
	return NULL;
}

/* ---- what there is ---- */

const struct sw_spf_domains *sw_allow_spf_domains(const struct sw_allow_spf *a)
{
	return &a->domains;
}

uint64_t sw_allow_spf_version(const struct sw_allow_spf *a)
{
	return a->version;
}

uint64_t sw_allow_spf_kept_version(const struct sw_allow_spf *a)
{
	return a->kept_version;
}

bool sw_allow_spf_is_busy(const struct sw_allow_spf *a)
{
	return count_busy(a) != 0;
}

void sw_allow_spf_state(const struct sw_allow_spf *a, size_t i, struct sw_allow_spf_state *ret)
{
	const struct asker *k = &a->asker[i];

	*ret = (struct sw_allow_spf_state){
		.asking = k->nets != NULL,
		.tried_ms = k->tried_ms,
		.problem = k->problem,
		.left_out = k->left_out,
		.going = count_going(&a->domains.domain[i].allow),
	};
}
