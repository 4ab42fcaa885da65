/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay - what would the filter have done with these packets?
 *
 * Each packet of each capture goes through the card's own program in a private
 * datapath: no interface, no pinned map and no daemon is touched. Time is that of
 * the captures, so limits count as they would have on the day. For every SYN the
 * class that the program found is held against the one that the policy says; the
 * two differing is a bug here, and ends the replay.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <linux/bpf.h>

#include "cli.h"
#include "datapath/datapath.h"
#include "remap.h"
#include "replay.h"
#include "replay_clock.h"

/* A config and its filter. */
struct side {
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_datapath *datapath;
	struct sw_replay_count total;
	bool incomplete; /* a list has no entries because it could not be loaded */
};

struct replay {
	const char *config_path, *against_path;
	bool json, all;
	struct sw_remap remap;
	struct side before, after;
	struct sw_replay_clock clock;
	struct sw_replay_file *files;
	size_t files_n;
	struct sw_replay_change *changes;
	size_t changes_n;
};

/* ---- configs ---- */

static void note_policy(void *ctx, int level, const char *text)
{
	/* What was scrubbed and the like is for check-config; here only what is wrong. */
	if (level <= LOG_WARNING)
		sw_note(ctx, level, text);
}

/* As large as these lists need: replay also answers what a config is too small for. */
static struct sw_datapath_size size_of(const struct side *side)
{
	struct sw_datapath_size size = { .bucket_lines = 1 };

	size.table4_blocks = sw_table4_need(side->policy->flat4, side->policy->flat4_n) + 64;
	size.table6_blocks = sw_table6_need(side->policy->flat6, side->policy->flat6_n) + 64;
	while (size.bucket_lines < side->config->limit_sources / (SW_BUCKET_WAYS - 1) &&
	       size.bucket_lines < 1u << 30)
		size.bucket_lines <<= 1;
	return size;
}

static int open_datapath(struct side *side, struct sw_err *err)
{
	struct sw_datapath_size size = size_of(side);
	struct sw_rank rank[SW_CLASS_MAX];
	struct sw_datapath_rules rules = {
		.class = side->policy->class,
		.rank = rank,
		.flat4 = side->policy->flat4,
		.flat4_n = side->policy->flat4_n,
		.flat6 = side->policy->flat6,
		.flat6_n = side->policy->flat6_n,
		.ports = side->config->ports,
		.ports_n = side->config->ports_n,
	};
	int code = sw_datapath_open(NULL, SW_DATAPATH_PRIVATE, &size, &side->datapath, err);

	sw_policy_ranks(side->policy, rank);
	if (!code)
		sw_datapath_reset_rate(side->datapath, side->config->reset_rate);
	return code ? code : sw_datapath_apply(side->datapath, &rules, err);
}

static int open_side(const char *path, struct side *side)
{
	struct sw_spf_domains spf = { .n = 0 };
	struct sw_policy_spec spec = { .spf = &spf,
				       .flags = SW_POLICY_LAST_GOOD,
				       .note = note_policy };
	struct sw_err err = { .text = "" };
	int code;

	spec.config = side->config = sw_config_open(path);
	if (!side->config)
		return SW_EXIT_FAILED;
	if (side->config->allow_spf.n && sw_spf_domains_read(side->config->state_dir, &spf, &err))
		note_policy(NULL, LOG_WARNING, err.text);
	code = sw_policy_load(&spec, &side->policy, &err);
	sw_spf_domains_done(&spf);
	if (code || open_datapath(side, &err))
		return sw_fail("%s: %s", path, err.text);
	for (size_t i = 0; i < side->policy->lists_n; i++)
		side->incomplete |= !side->policy->lists[i].list;
	return SW_EXIT_OK;
}

static void close_side(struct side *side)
{
	sw_datapath_close(side->datapath);
	sw_policy_free(side->policy);
	sw_config_free(side->config);
}

/* ---- packets ---- */

static struct sw_prefix address(uint32_t family, uint64_t hi, uint64_t lo)
{
	return family == 4 ? sw_prefix_ip4((uint32_t)lo, 32) : sw_prefix_ip6(hi, lo, 128);
}

static enum sw_replay_result result_of(uint32_t xdp)
{
	switch (xdp) {
	case XDP_PASS:
		return SW_REPLAY_PASS;
	case XDP_DROP:
		return SW_REPLAY_DROP;
	case XDP_TX:
		return SW_REPLAY_RESET;
	default: /* the program never says so */
		return SW_REPLAY_RESULTS;
	}
}

/* What the run says, in the words of the policy. -EPROTO: program and policy disagree. */
static int outcome_of(const struct side *side, const struct sw_datapath_run *run,
		      struct sw_replay_outcome *ret)
{
	const struct sw_trace *t = &run->trace;
	struct sw_replay_outcome o = { .reason = t->reason, .result = result_of(run->xdp) };
	struct sw_prefix source;
	const struct sw_class *row;

	if (o.result == SW_REPLAY_RESULTS || !t->reason || t->reason >= SW_REASON_MAX)
		return -EPROTO;
	if (t->class < SW_CLASS_MAX) {
		source = address(t->family, t->source_hi, t->source_lo);
		row = &side->policy->class[t->class];
		o.looked_up = true;
		o.class = (uint8_t)t->class;
		o.class_name = row->name;
		o.action = row->action;
		o.shadow = row->flags & SW_CLASS_SHADOW;
		if (sw_policy_lookup(side->policy, &source, &o.prefix) != o.class)
			return -EPROTO;
		if (o.class == SW_CLASS_UNLISTED)
			o.prefix.family = 0;
	} else if (o.result != SW_REPLAY_PASS) {
		return -EPROTO;
	}
	*ret = o;
	return 0;
}

static void count_outcome(struct sw_replay_count *count, const struct sw_replay_outcome *o)
{
	count->reasons[o->reason]++;
	count->dropped += o->result != SW_REPLAY_PASS;
	if (!o->looked_up)
		return;
	count->syns++;
	count->class[o->class][o->result]++;
}

/* 0, -EMSGSIZE: not run, or -EPROTO: impossible. Address and port go to @line. */
static int run_side(const struct side *side, const struct sw_capture_frame *frame, uint64_t now_ns,
		    struct sw_replay_line *line, struct sw_replay_outcome *ret)
{
	struct sw_datapath_run run;
	const struct sw_trace *t = &run.trace;
	int code;

	/* The kernel runs nothing shorter; the program would say the same. */
	if (frame->bytes < 14) {
		*ret = (struct sw_replay_outcome){ .reason = SW_REASON_RUNT };
		return 0;
	}
	if (frame->too_long)
		return -EMSGSIZE;
	code = sw_datapath_run(side->datapath, frame->data, frame->bytes, now_ns, &run);
	if (!code)
		code = outcome_of(side, &run, ret);
	if (!code && ret->looked_up) {
		line->source = address(t->family, t->source_hi, t->source_lo);
		line->dest = address(t->family, t->dest_hi, t->dest_lo);
		line->port = (uint16_t)t->dest_port;
	}
	return code;
}

static int count_change(struct replay *r, const struct sw_replay_line *line)
{
	struct sw_replay_change *changes;

	for (size_t i = 0; i < r->changes_n; i++)
		if (!sw_replay_outcome_differs(&r->changes[i].before, &line->before) &&
		    !sw_replay_outcome_differs(&r->changes[i].after, &line->after)) {
			r->changes[i].syns++;
			return 0;
		}
	changes = realloc(r->changes, (r->changes_n + 1) * sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	changes[r->changes_n++] = (struct sw_replay_change){ line->before, line->after, 1 };
	r->changes = changes;
	return 0;
}

static int finish_packet(struct replay *r, struct sw_replay_file *file,
			 const struct sw_replay_line *line)
{
	bool show = r->all || line->before.looked_up;

	count_outcome(&file->count, &line->before);
	count_outcome(&r->before.total, &line->before);
	if (r->against_path) {
		count_outcome(&r->after.total, &line->after);
		show = sw_replay_outcome_differs(&line->before, &line->after);
		if (show && count_change(r, line))
			return -ENOMEM;
		show |= r->all && (line->before.looked_up || line->after.looked_up);
	}
	if (show)
		sw_replay_print_line(line, r->against_path, r->json);
	return 0;
}

static int do_packet(struct replay *r, struct sw_replay_file *file, struct sw_capture_frame *frame)
{
	struct sw_replay_line line = { .file = file->path,
				       .frame = frame->number,
				       .seconds = frame->seconds,
				       .nanoseconds = frame->nanoseconds };
	struct sw_replay_count *counts[] = { &file->count, &r->before.total, &r->after.total };
	int code;

	sw_replay_clock_move(&r->clock, frame->seconds, frame->nanoseconds);
	if (r->remap.used)
		sw_remap_frame(&r->remap, frame->data, frame->bytes);
	code = run_side(&r->before, frame, r->clock.now_ns, &line, &line.before);
	if (!code && r->against_path)
		code = run_side(&r->after, frame, r->clock.now_ns, &line, &line.after);
	for (int i = 0; i < 3; i++) {
		counts[i]->packets++;
		counts[i]->cut += frame->cut;
		counts[i]->too_long += code == -EMSGSIZE;
	}
	if (code == -EMSGSIZE)
		return 0;
	return code ? code : finish_packet(r, file, &line);
}

/* ---- files ---- */

/* An exit code; what a damaged file held before the damage counts. */
static int do_file(struct replay *r, struct sw_replay_file *file)
{
	struct sw_capture *capture = NULL;
	struct sw_capture_frame frame;
	struct sw_err err = { .text = "" };
	int code = sw_capture_open(file->path, &capture, &err);
	int failed = 0;

	while (!code && !failed && (code = sw_capture_next(capture, &frame, &err)) == 1)
		code = 0, failed = do_packet(r, file, &frame);
	sw_capture_close(capture);
	if (failed == -EPROTO)
		sw_err_set(&err, failed,
			   "%s: packet %" PRIu64 ": internal error: the filter and the policy "
			   "disagree about it; please report this, with the packet",
			   file->path, frame.number);
	else if (failed)
		sw_err_set(&err, failed, "%s: packet %" PRIu64 ": %s", file->path, frame.number,
			   strerror(-failed));
	if (!code && !failed)
		return SW_EXIT_OK;
	snprintf(file->problem, sizeof(file->problem), "%s", err.text);
	fflush(stdout);
	return sw_fail("%s", err.text);
}

static void print_summary(const struct replay *r)
{
	struct sw_replay_summary summary = {
		.policy = r->before.policy,
		.against = r->after.policy,
		.files = r->files,
		.files_n = r->files_n,
		.total = &r->before.total,
		.against_total = &r->after.total,
		.changes = r->changes,
		.changes_n = r->changes_n,
	};

	sw_replay_print_summary(&summary, r->json);
}

static int run_files(struct replay *r, char **paths, size_t n)
{
	int exit_code = SW_EXIT_OK;

	r->files = calloc(n, sizeof(*r->files));
	if (!r->files)
		return sw_fail("no memory");
	r->files_n = n;
	for (size_t i = 0; i < n; i++) {
		r->files[i].path = paths[i];
		if (!r->json && n > 1)
			printf("==> %s <==\n", paths[i]);
		if (do_file(r, &r->files[i]))
			exit_code = SW_EXIT_FAILED;
	}
	print_summary(r);
	if (r->before.incomplete || r->after.incomplete)
		return sw_fail("a list could not be loaded, so this is not what the filter "
			       "would do with it");
	return exit_code;
}

/* ---- command line ---- */

static int parse(int argc, char **argv, struct replay *r)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "against", required_argument, NULL, 'a' },
						 { "map-port", required_argument, NULL, 'm' },
						 { "json", no_argument, NULL, 'j' },
						 { "all", no_argument, NULL, 'A' },
						 { 0 } };
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (option == 'c')
			r->config_path = optarg;
		else if (option == 'a')
			r->against_path = optarg;
		else if (option == 'j')
			r->json = true;
		else if (option == 'A')
			r->all = true;
		else if (option != 'm')
			return -EINVAL;
		else if (sw_remap_parse(optarg, &r->remap)) {
			sw_fail("--map-port %s: it takes FROM=TO, two ports from 1 to 65535, and "
				"each FROM once",
				optarg);
			return -EINVAL;
		}
	}
	return optind < argc ? 0 : -EINVAL;
}

int sw_cmd_replay(int argc, char **argv)
{
	struct replay *r = calloc(1, sizeof(*r));
	int code;

	if (!r)
		return sw_fail("no memory");
	r->config_path = SW_CONFIG_DEFAULT;
	if (parse(argc, argv, r)) {
		free(r);
		return sw_usage("replay");
	}
	code = open_side(r->config_path, &r->before);
	if (!code && r->against_path)
		code = open_side(r->against_path, &r->after);
	if (!code)
		code = run_files(r, argv + optind, (size_t)(argc - optind));
	close_side(&r->before);
	close_side(&r->after);
	free(r->changes);
	free(r->files);
	free(r);
	return code;
}
