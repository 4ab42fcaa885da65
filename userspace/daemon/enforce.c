/* SPDX-License-Identifier: GPL-2.0-only */
/* enforce - see enforce.h: the parts of it, start and end. reload.c has the middle. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "enforce_parts.h"
#include "lib/file.h"
#include "report.h"

/* ---- from config and policy to what the datapath takes ---- */

static uint32_t power_of_two(uint32_t least)
{
	uint32_t n = 1;

	while (n < least && n < 1u << 31)
		n <<= 1;
	return n;
}

struct sw_datapath_size sw_enforce_size(const struct sw_config *config)
{
	return (struct sw_datapath_size){
		.table4_blocks = config->table4_blocks,
		.table6_blocks = config->table6_blocks,
		.bucket_lines = power_of_two(config->limit_sources / (SW_BUCKET_WAYS - 1)),
		.verdicts = config->verdicts,
		.seen_lines = power_of_two(config->contact_sources / SW_SEEN_WAYS),
	};
}

static enum sw_datapath_mode mode_of(const struct sw_config *config)
{
	return strcmp(config->mode, "generic") ? SW_MODE_NATIVE : SW_MODE_GENERIC;
}

int sw_enforce_apply(struct sw_datapath *dp, const struct sw_policy *policy, struct sw_err *err)
{
	struct sw_rank rank[SW_CLASS_MAX];
	const struct sw_datapath_rules rules = {
		.class = policy->class,
		.rank = rank,
		.flat4 = policy->flat4,
		.flat4_n = policy->flat4_n,
		.flat6 = policy->flat6,
		.flat6_n = policy->flat6_n,
		.ports = policy->config->ports,
		.ports_n = policy->config->ports_n,
	};

	sw_policy_ranks(policy, rank);
	sw_datapath_reset_rate(dp, policy->config->reset_rate);
	return sw_datapath_apply(dp, &rules, err);
}

int sw_enforce_open(const struct sw_enforce *e, const struct sw_policy *policy,
		    enum sw_datapath_open how, const struct sw_datapath *from,
		    struct sw_datapath **ret, struct sw_err *err)
{
	struct sw_datapath_size size = sw_enforce_size(policy->config);
	bool has_verdicts;
	struct sw_datapath *dp;
	int code = sw_datapath_open(policy->config->pin_dir, how, &size, &dp, err);

	if (code)
		return code;
	if (from)
		code = sw_datapath_carry(from, dp, err);
	else if (e->preset)
		code = e->preset(e->ctx, dp, err);
	has_verdicts = !code;
	if (!code)
		code = sw_enforce_apply(dp, policy, err);
	if (!code) {
		*ret = dp;
		return 0;
	}
	if (code == -EAGAIN && has_verdicts && how != SW_DATAPATH_RENEW)
		code = sw_enforce_open(e, policy, SW_DATAPATH_RENEW, dp, ret, err);
	sw_datapath_close(dp);
	return code;
}

/* ---- interfaces ---- */

bool sw_enforce_names(const struct sw_config *config, const char *ifname)
{
	for (size_t i = 0; i < config->interfaces_n; i++)
		if (!strcmp(config->interfaces[i], ifname))
			return true;
	return false;
}

int sw_enforce_attach(const struct sw_enforce *e, struct sw_datapath *dp,
		      const struct sw_config *config, const char *ifname, struct sw_err *err)
{
	enum sw_datapath_mode mode = mode_of(config);
	int code = sw_datapath_attach(dp, ifname, mode, err);

	if (code)
		return code;
	if (mode == SW_MODE_GENERIC)
		sw_enforce_say(e, LOG_WARNING,
			       "%s: attached in generic mode, as the configuration asks for: slow; "
			       "use mode = native where the driver has it",
			       ifname);
	else
		sw_enforce_say(e, LOG_INFO, "%s: attached", ifname);
	return 0;
}

void sw_enforce_detach_rest(const struct sw_enforce *e, const struct sw_config *config,
			    const struct sw_datapath_link *links, size_t n)
{
	struct sw_err err;

	for (size_t i = 0; i < n; i++) {
		const char *ifname = links[i].ifname;

		if (sw_enforce_names(config, ifname))
			continue;
		if (!links[i].current)
			sw_enforce_say(e, LOG_WARNING,
				       "%s: carries a synward filter with other maps than those in "
				       "%s; it was left as it is (synward detach %s takes it away)",
				       ifname, config->pin_dir, ifname);
		else if (sw_datapath_detach(ifname, &err))
			sw_enforce_say(e, LOG_ERR, "%s", err.text);
		else
			sw_enforce_say(e, LOG_INFO, "%s: detached", ifname);
	}
}

void sw_enforce_report(const struct sw_enforce *e)
{
	int code = sw_report_write(e->policy);

	if (code)
		sw_enforce_say(e, LOG_WARNING,
			       "%s: cannot write what status shows of the lists: %s",
			       e->config->run_dir, strerror(-code));
}

void sw_enforce_say_steering(const struct sw_enforce *e, const struct sw_datapath *dp)
{
	struct sw_err err;

	if (sw_datapath_steering(dp, &err))
		sw_enforce_say(e, LOG_WARNING, "%s", err.text);
}

/* ---- start ---- */

#define LOCK_TRIES 10
#define LOCK_PAUSE_NS 100000000

int sw_enforce_lock(const struct sw_config *config, struct sw_err *err)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int code = sw_folder_make(config->run_dir, 0755);

	if (code)
		return sw_err_set(err, code, "%s: cannot make run-dir: %s", config->run_dir,
				  strerror(-code));
	/* A short-lived holder, like a daemon that is just ending, is waited for. */
	for (int i = 0; i < LOCK_TRIES; i++) {
		code = sw_datapath_lock(config->run_dir, err);
		if (code != -EWOULDBLOCK)
			return code;
		nanosleep(&pause, NULL);
	}
	return code;
}

static int attach_all(struct sw_enforce *e, struct sw_err *err)
{
	const struct sw_config *c = e->config;
	size_t attached = 0;
	int code = 0, failed;

	for (size_t i = 0; i < c->interfaces_n; i++) {
		failed = sw_enforce_attach(e, e->dp, c, c->interfaces[i], err);
		if (failed)
			code = failed;
		else
			attached++;
		if (failed && c->interfaces_n > 1)
			sw_enforce_say(e, LOG_ERR, "%s", err->text);
	}
	if (attached)
		return 0;
	if (c->interfaces_n > 1)
		sw_err_set(err, code, "the filter could not be attached to any interface");
	return code;
}

/* A filter whose maps nobody can find again must not stay where there was none. */
static void detach_fresh(const struct sw_enforce *e, const struct sw_datapath_link *links, size_t n)
{
	for (size_t i = 0; i < e->config->interfaces_n; i++) {
		const char *ifname = e->config->interfaces[i];
		bool before = false;

		for (size_t k = 0; k < n; k++)
			before |= !strcmp(links[k].ifname, ifname);
		if (!before)
			sw_datapath_detach(ifname, NULL);
	}
}

static int start(struct sw_enforce *e, struct sw_err *err)
{
	struct sw_datapath_link *links = NULL;
	size_t n = 0;
	int code = e->lock = sw_enforce_lock(e->config, err);

	if (code < 0)
		return code;
	sw_enforce_recall(e);
	code = sw_datapath_links(e->config->pin_dir, &links, &n, err);
	if (!code)
		code = sw_enforce_load(e, e->config, &e->policy, err);
	e->size = sw_enforce_size(e->config);
	if (!code)
		code = sw_enforce_open(e, e->policy, SW_DATAPATH_WRITE, NULL, &e->dp, err);
	if (!code)
		code = attach_all(e, err);
	if (!code) {
		code = sw_datapath_commit(e->dp, err);
		if (code)
			detach_fresh(e, links, n);
	}
	if (!code) {
		sw_enforce_say_steering(e, e->dp);
		sw_enforce_detach_rest(e, e->config, links, n);
		sw_enforce_report(e);
		sw_policy_drop_flat(e->policy);
		if (!e->unconfirmed)
			sw_enforce_forget_trial(e);
	}
	free(links);
	return code;
}

int sw_enforce_start(struct sw_config *config, const struct sw_enforce_options *options,
		     struct sw_enforce **ret, struct sw_err *err)
{
	struct sw_enforce *e = calloc(1, sizeof(*e));
	int code;

	if (!e) {
		sw_config_free(config);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	e->config = config;
	e->lock = -1;
	e->note = options->note;
	e->ctx = options->ctx;
	e->preset = options->preset;
	code = options->own ? sw_own_copy(options->own, &e->own) : 0;
	if (!code && options->spf)
		code = sw_spf_domains_copy(options->spf, NULL, &e->spf);
	code = code ? sw_err_set(err, code, "out of memory") : start(e, err);
	if (code) {
		sw_enforce_free(e);
		return code;
	}
	*ret = e;
	return 0;
}

/* ---- the end ---- */

struct sw_datapath *sw_enforce_datapath(const struct sw_enforce *e)
{
	return e->dp;
}

const struct sw_policy *sw_enforce_policy(const struct sw_enforce *e)
{
	return e->policy;
}

struct sw_enforce *sw_enforce_free(struct sw_enforce *e)
{
	if (!e)
		return NULL;
	sw_datapath_close(e->dp);
	sw_policy_free(e->policy);
	sw_config_free(e->config);
	sw_enforce_state_done(&e->kept);
	sw_own_done(&e->own);
	sw_spf_domains_done(&e->spf);
	free(e->unconfirmed);
	free(e->carrier);
	if (e->lock >= 0)
		close(e->lock);
	free(e);
	return NULL;
}
