/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reload - from one config to the next, see enforce.h. The order of steps is what
 * leaves no gap: what can fail comes before what changes anything, new interfaces
 * come before new rules, and what is no longer wanted goes last.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "enforce_parts.h"

/* What is known only once, at start, or cannot change without a gap. */
static int check_fixed(const struct sw_config *old, const struct sw_config *now, struct sw_err *err)
{
	const char *option = NULL;

	if (strcmp(old->state_dir, now->state_dir) != 0)
		return sw_err_set(err, -EINVAL,
				  "state-dir cannot change while synwardd runs; stop it, move what "
				  "is in %s, and start it",
				  old->state_dir);
	if (strcmp(old->run_dir, now->run_dir) != 0)
		option = "run-dir";
	else if (strcmp(old->pin_dir, now->pin_dir) != 0)
		option = "pin-dir";
	else if (strcmp(old->mode, now->mode) != 0)
		option = "mode";
	if (!option)
		return 0;
	return sw_err_set(err, -EINVAL,
			  "%s cannot change while the filter is in force; stop synwardd, run "
			  "synward detach with the old configuration, and start synwardd",
			  option);
}

static int check_new_interfaces(const struct sw_config *old, const struct sw_config *now,
				struct sw_err *err)
{
	for (size_t i = 0; i < now->interfaces_n; i++)
		if (!sw_enforce_names(old, now->interfaces[i]) &&
		    !if_nametoindex(now->interfaces[i]))
			return sw_err_set(err, -ENODEV, "%s: there is no such interface",
					  now->interfaces[i]);
	return 0;
}

static bool same_size(const struct sw_datapath_size *a, const struct sw_datapath_size *b)
{
	return a->table4_blocks == b->table4_blocks && a->table6_blocks == b->table6_blocks &&
	       a->bucket_lines == b->bucket_lines && a->verdicts == b->verdicts &&
	       a->seen_lines == b->seen_lines;
}

/* A change under way. */
struct change {
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_datapath *dp; /* NULL: the present maps have the right size */
	struct sw_datapath_size size;
	struct sw_datapath_link *links; /* as they were before */
	size_t links_n;
	size_t attached; /* interfaces of config that were new and are attached now */
	enum sw_enforce_how how;
};

static bool is_new(const struct sw_enforce *e, const char *ifname)
{
	return !sw_enforce_names(e->config, ifname);
}

static void take_back(const struct sw_enforce *e, const struct change *c)
{
	struct sw_err err;

	for (size_t i = 0; i < c->attached; i++)
		if (is_new(e, c->config->interfaces[i]) &&
		    sw_datapath_detach(c->config->interfaces[i], &err))
			sw_enforce_say(e, LOG_ERR, "%s", err.text);
}

static int attach_new(const struct sw_enforce *e, struct change *c, struct sw_err *err)
{
	const struct sw_config *now = c->config;
	int code = 0;

	for (c->attached = 0; c->attached < now->interfaces_n && !code; c->attached += !code) {
		if (is_new(e, now->interfaces[c->attached]))
			code = sw_enforce_attach(e, c->dp ? c->dp : e->dp, now,
						 now->interfaces[c->attached], err);
		if (code && c->how == SW_ENFORCE_REGARDLESS) {
			sw_enforce_say(e, LOG_ERR, "%s", err->text);
			code = 0;
		}
	}
	return code;
}

static bool is_attached(const struct change *c, const char *ifname)
{
	for (size_t i = 0; i < c->links_n; i++)
		if (c->links[i].current && !strcmp(c->links[i].ifname, ifname))
			return true;
	return false;
}

/* Those that the old config named, too: back after they had gone, or to new maps. */
static void attach_known(const struct sw_enforce *e, const struct change *c)
{
	struct sw_err err;

	for (size_t i = 0; i < c->config->interfaces_n; i++) {
		const char *ifname = c->config->interfaces[i];
		bool attached = is_attached(c, ifname);

		if (is_new(e, ifname) || (attached && !c->dp) ||
		    (!attached && c->how == SW_ENFORCE_BY_ITSELF))
			continue;
		if (sw_enforce_attach(e, c->dp ? c->dp : e->dp, c->config, ifname, &err))
			sw_enforce_say(e, LOG_ERR, "%s", err.text);
	}
}

/* The maps of now, changed in place where that can be done. */
static int apply(struct sw_enforce *e, struct change *c, struct sw_err *err)
{
	int code = sw_enforce_apply(e->dp, c->policy, err);

	if (code != -EAGAIN)
		return code;
	code = sw_enforce_open(e, c->policy, SW_DATAPATH_RENEW, e->dp, &c->dp, err);
	if (!code)
		code = attach_new(e, c, err);
	if (code)
		sw_err_prepend(err, code,
			       "some sources are judged by the new lists already, the others by "
			       "the old ones, and new maps failed");
	return code;
}

/* Everything that can fail, and in such an order that it can be taken back. */
static int prepare(struct sw_enforce *e, struct change *c, struct sw_err *err)
{
	int code = sw_datapath_links(c->config->pin_dir, &c->links, &c->links_n, err);

	c->size = sw_enforce_size(c->config);
	if (!code && !same_size(&c->size, &e->size))
		code = sw_enforce_open(e, c->policy, SW_DATAPATH_WRITE, e->dp, &c->dp, err);
	if (!code)
		code = attach_new(e, c, err);
	if (!code && !c->dp)
		code = apply(e, c, err);
	if (code)
		take_back(e, c);
	return code;
}

static void finish(struct sw_enforce *e, struct change *c)
{
	struct sw_err err;

	attach_known(e, c);
	if (sw_datapath_commit(c->dp ? c->dp : e->dp, &err))
		sw_enforce_say(e, LOG_ERR, "%s", err.text);
	else
		sw_enforce_say_steering(e, c->dp ? c->dp : e->dp);
	/* The same config: what it does not name was there before, and may only be called otherwise. */
	if (c->dp || c->how != SW_ENFORCE_BY_ITSELF)
		sw_enforce_detach_rest(e, c->config, c->links, c->links_n);
	if (c->dp) {
		sw_datapath_close(e->dp);
		e->dp = c->dp;
		e->size = c->size;
	}
	e->policy = c->policy;
	e->config = c->config;
	sw_enforce_report(e);
	sw_policy_drop_flat(e->policy);
}

int sw_enforce_replace(struct sw_enforce *e, const struct sw_enforce_state *now,
		       enum sw_enforce_how how, struct sw_enforce_state *before, struct sw_err *err)
{
	const struct sw_enforce_state was = { e->config, e->policy };
	struct change c = { .config = now->config, .policy = now->policy, .how = how };
	int code = prepare(e, &c, err);

	if (code) {
		sw_datapath_close(c.dp);
	} else {
		finish(e, &c);
		*before = was;
	}
	free(c.links);
	return code;
}

void sw_enforce_state_done(struct sw_enforce_state *state)
{
	sw_policy_free(state->policy);
	sw_config_free(state->config);
	*state = (struct sw_enforce_state){ .config = NULL };
}

/* ---- reload ---- */

int sw_enforce_check(const struct sw_enforce *e, const struct sw_config *config, struct sw_err *err)
{
	int code = check_fixed(e->config, config, err);

	return code ? code : check_new_interfaces(e->config, config, err);
}

const struct sw_own *sw_enforce_own_of(const struct sw_enforce *e, const struct sw_config *config)
{
	return config->never_block_own ? &e->own : NULL;
}

int sw_enforce_load(const struct sw_enforce *e, const struct sw_config *config,
		    struct sw_policy **ret, struct sw_err *err)
{
	const struct sw_policy_spec spec = {
		.config = config,
		.own = sw_enforce_own_of(e, config),
		.spf = &e->spf,
		.previous = e->policy,
		/* at start, what was not confirmed: neither it nor lists that came with it */
		.flags =
			SW_POLICY_LAST_GOOD | (e->unconfirmed && !e->policy ? SW_POLICY_COPIES : 0),
		.note = e->note,
		.ctx = e->ctx,
	};

	return sw_policy_load(&spec, ret, err);
}

int sw_enforce_reload(struct sw_enforce *e, struct sw_config *config, struct sw_err *err)
{
	struct sw_enforce_state now = { .config = config }, before;
	int code = 0;

	if (sw_enforce_is_tentative(e))
		code = sw_err_set(
			err, -EBUSY,
			"the last reload waits to be confirmed; confirm it first, or wait "
			"until it is taken back");
	if (!code)
		code = sw_enforce_check(e, config, err);
	if (!code)
		code = sw_enforce_load(e, config, &now.policy, err);
	if (!code)
		code = sw_enforce_replace(e, &now, SW_ENFORCE_ASKED, &before, err);
	if (code) {
		sw_enforce_state_done(&now);
		return code;
	}
	sw_enforce_state_done(&before);
	sw_enforce_forget_trial(e);
	return 0;
}

/* ---- own prefixes, networks of allow-spf ---- */

/* The same addresses may be those of another interface now. */
static void take_words(struct sw_own *to, const struct sw_own *from)
{
	for (size_t i = 0; i < to->n && to->n == from->n; i++)
		to->entry[i] = from->entry[i];
}

/* The lists that are in force, with other own prefixes and networks of allow-spf. */
static int replace_given(struct sw_enforce *e, const struct sw_own *own,
			 const struct sw_spf_domains *spf, struct sw_err *err)
{
	struct sw_enforce_state now = { .config = e->config }, before;
	int code = sw_policy_rebuild(e->policy, own, spf, &now.policy, err);

	if (!code)
		code = sw_enforce_replace(e, &now, SW_ENFORCE_BY_ITSELF, &before, err);
	sw_policy_free(code ? now.policy : before.policy);
	return code;
}

int sw_enforce_own(struct sw_enforce *e, const struct sw_own *own, struct sw_err *err)
{
	struct sw_own copy;
	int code;

	if (sw_own_same(&e->own, own)) {
		take_words(&e->own, own);
		take_words(&e->policy->own, own);
		return 0;
	}
	if (sw_own_copy(own, &copy))
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = e->config->never_block_own ? replace_given(e, &copy, &e->spf, err) : 0;
	if (code) {
		sw_own_done(&copy);
		return code;
	}
	sw_own_done(&e->own);
	e->own = copy;
	return 0;
}

int sw_enforce_spf(struct sw_enforce *e, const struct sw_spf_domains *spf, struct sw_err *err)
{
	struct sw_spf_domains copy;
	int code = 0;

	if (sw_spf_domains_copy(spf, NULL, &copy))
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (!sw_spf_domains_same(&e->policy->spf, spf, &e->config->allow_spf))
		code = replace_given(e, sw_enforce_own_of(e, e->config), &copy, err);
	if (code) {
		sw_spf_domains_done(&copy);
		return code;
	}
	sw_spf_domains_done(&e->spf);
	e->spf = copy;
	return 0;
}
