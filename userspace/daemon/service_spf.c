/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_spf - the networks of allow-spf while the daemon runs: who is asked, what comes into
 * force and when, what is kept over a restart.
 *
 *   state-dir ─► allow_spf ◄─ resolver       at the start, and all the time
 *                    │ another version
 *                    ├─► enforce: the table, as a difference
 *                    └─► state-dir
 *
 * The resolver is one of its own: what a flood makes the daemon ask must not keep this from being
 * asked, and has another budget. It has no cache either, for answers that agree are to come from
 * the DNS each time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allow_spf.h"
#include "dns/resolver.h"
#include "lib/json.h"
#include "lib/log.h"
#include "service_parts.h"

#define TRIES 2
#define OUTSTANDING 64 /* far more than SW_ALLOW_SPF_AT_ONCE */
#define GATHER_NS UINT64_C(5000000000) /* for which a change waits for others on their way */
#define APPLY_SHARE 20 /* a change of the table takes one part of so many of our time */
#define AGAIN_NS UINT64_C(60000000000) /* after a failure */

struct sw_following {
	struct sw_allow_spf *allow;
	struct sw_resolver *resolver; /* NULL: nobody is asked */
	char *state_dir;
	uint64_t applied, kept; /* versions */
	uint64_t changed_ns; /* since when another version waits; 0: none does */
	uint64_t apply_ns, keep_ns; /* not before */
	bool told; /* that it cannot be applied */
};

static uint64_t now_ns(void)
{
	return sw_clock_monotonic_ns(sw_clock_system());
}

/* ---- begin and end ---- */

static void take_kept(struct sw_following *f)
{
	struct sw_spf_domains domains;
	struct sw_err err;

	if (sw_spf_domains_read(f->state_dir, &domains, &err))
		sw_log(LOG_WARNING,
		       "allow-spf: networks from before are not used, and asked for anew: %s",
		       err.text);
	sw_allow_spf_take(f->allow, &domains);
	f->applied = sw_allow_spf_version(f->allow);
	f->kept = sw_allow_spf_kept_version(f->allow);
}

int sw_service_spf_open(struct sw_service *s, const char *state_dir, struct sw_err *err)
{
	const struct sw_allow_spf_options options = { .clock = sw_clock_system(),
						      .note = sw_service_note,
						      .ctx = s };

	s->following = calloc(1, sizeof(*s->following));
	if (!s->following)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->following->state_dir = strdup(state_dir);
	if (!s->following->state_dir || sw_allow_spf_open(&options, &s->following->allow))
		return sw_err_set(err, -ENOMEM, "out of memory");
	take_kept(s->following);
	return 0;
}

const struct sw_spf_domains *sw_service_spf_domains(const struct sw_service *s)
{
	return sw_allow_spf_domains(s->following->allow);
}

/* What is on probation may go: the domains from before are to be there then. */
static void name(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;

	sw_allow_spf_name(s->following->allow, &c->allow_spf, sw_enforce_is_tentative(s->enforce));
}

static void ask_nobody(struct sw_following *f)
{
	sw_allow_spf_use(f->allow, NULL);
	f->resolver = sw_resolver_close(f->resolver);
}

void sw_service_spf(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct sw_following *f = s->following;
	const struct sw_resolver_options options = {
		.base = s->base,
		.clock = sw_clock_system(),
		.server = (const char *const *)c->dns_servers.text,
		.servers = c->dns_servers.n,
		.timeout_ms = (uint32_t)c->dns_timeout_ms,
		.tries = TRIES,
		.outstanding = OUTSTANDING,
	};
	struct sw_err err;

	name(s);
	ask_nobody(f);
	if (!c->allow_spf.n)
		return;
	if (sw_resolver_open(&options, &f->resolver, &err))
		sw_log(LOG_ERR, "%s; allow-spf stays as it is until the next reload", err.text);
	else
		sw_allow_spf_use(f->allow, sw_resolver_dns(f->resolver));
}

/* ---- what became of it ---- */

static void apply(struct sw_service *s, struct sw_following *f, uint64_t now)
{
	uint64_t version = sw_allow_spf_version(f->allow), done;
	struct sw_err err;

	if (version == f->applied || now < f->apply_ns)
		return;
	if (!f->changed_ns)
		f->changed_ns = now;
	if (sw_allow_spf_is_busy(f->allow) && now - f->changed_ns < GATHER_NS)
		return;
	if (sw_enforce_spf(s->enforce, sw_allow_spf_domains(f->allow), &err)) {
		if (!f->told)
			sw_log(LOG_ERR,
			       "allow-spf: other networks cannot be put in force, and those "
			       "before stay: %s; trying again",
			       err.text);
		f->told = true;
		f->apply_ns = now + AGAIN_NS;
		return;
	}
	done = now_ns();
	f->apply_ns = done + (done - now) * APPLY_SHARE;
	f->applied = version;
	f->changed_ns = 0;
	f->told = false;
}

static void keep(struct sw_following *f, uint64_t now)
{
	uint64_t version = sw_allow_spf_kept_version(f->allow);
	struct sw_err err;

	if (version == f->kept || now < f->keep_ns)
		return;
	if (sw_spf_domains_save(f->state_dir, sw_allow_spf_domains(f->allow), &err)) {
		sw_log(LOG_ERR,
		       "allow-spf: networks are not kept for the next start: %s; trying again",
		       err.text);
		f->keep_ns = now + AGAIN_NS;
		return;
	}
	f->kept = version;
}

void sw_service_spf_tick(struct sw_service *s)
{
	struct sw_following *f = s->following;

	name(s);
	sw_allow_spf_tick(f->allow);
	apply(s, f, now_ns());
	keep(f, now_ns());
}

void sw_service_spf_end(struct sw_service *s)
{
	struct sw_following *f = s->following;

	if (!f)
		return;
	if (f->allow) {
		ask_nobody(f);
		f->keep_ns = 0;
		keep(f, now_ns());
	}
	sw_allow_spf_close(f->allow);
	free(f->state_dir);
	free(f);
	s->following = NULL;
}

/* ---- for status ---- */

static json_t *domain_object(const struct sw_allow_spf *a, size_t i)
{
	const struct sw_spf_domain *d = &sw_allow_spf_domains(a)->domain[i];
	int64_t wait_ms = d->allow.due_ms - (int64_t)(now_ns() / 1000000);
	struct sw_allow_spf_state state;

	sw_allow_spf_state(a, i, &state);
	return json_pack(
		"{s:s, s:I, s:I, s:o, s:o, s:I, s:o, s:o, s:b, s:o}", "domain", d->name, "networks",
		(json_int_t)d->allow.n, "going", (json_int_t)state.going, "confirmed",
		sw_json_time(d->allow.confirmed_ms), "tried", sw_json_time(state.tried_ms),
		"failures", (json_int_t)d->allow.failures, "problem",
		*state.problem ? sw_json_text(state.problem) : json_null(), "left_out",
		*state.left_out ? sw_json_text(state.left_out) : json_null(), "asking",
		state.asking, "next",
		sw_json_time(sw_clock_wall_ms(sw_clock_system()) + (wait_ms > 0 ? wait_ms : 0)));
}

json_t *sw_service_spf_status(const struct sw_service *s)
{
	const struct sw_following *f = s->following;
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	json_t *array;

	if (!c->allow_spf.n)
		return json_null();
	array = json_array();
	for (size_t i = 0; array && i < sw_allow_spf_domains(f->allow)->n; i++)
		json_array_append_new(array, domain_object(f->allow, i));
	return json_pack("{s:b, s:b, s:o}", "in_force",
			 f->applied == sw_allow_spf_version(f->allow), "kept",
			 f->kept == sw_allow_spf_kept_version(f->allow), "domains", array);
}
