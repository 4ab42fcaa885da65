/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach - what synwardd does at its start, once: the filter stays, the command
 * ends. For machines where something else decides when lists are new.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cli.h"
#include "daemon/enforce.h"
#include "daemon/verdicts.h"
#include "datapath/datapath.h"

static bool carries(const struct sw_datapath_link *links, size_t n, const char *ifname)
{
	for (size_t i = 0; i < n; i++)
		if (links[i].current && !strcmp(links[i].ifname, ifname))
			return true;
	return false;
}

/* What became of each interface of the config; why was said when it happened. */
static int print(const struct sw_config *c, bool json, struct sw_err *err)
{
	json_t *attached = json_array(), *failed = json_array();
	struct sw_datapath_link *links;
	size_t n;
	int exit_code;

	if (sw_datapath_links(c->pin_dir, &links, &n, err)) {
		json_decref(attached);
		json_decref(failed);
		return sw_fail("%s", err->text);
	}
	for (size_t i = 0; i < c->interfaces_n; i++) {
		bool ours = carries(links, n, c->interfaces[i]);

		json_array_append_new(ours ? attached : failed, json_string(c->interfaces[i]));
		if (!json && ours)
			printf("%s: the filter is attached\n", c->interfaces[i]);
	}
	exit_code = json_array_size(failed) ? SW_EXIT_FAILED : SW_EXIT_OK;
	if (json)
		sw_print_json(json_pack("{s:O, s:O}", "attached", attached, "failed", failed));
	json_decref(attached);
	json_decref(failed);
	free(links);
	return exit_code;
}

/* The verdicts that hold by the ledger: no daemon has it, for we hold its lock. */
static int preset(void *ctx, struct sw_datapath *dp, struct sw_err *err)
{
	const struct sw_config *config = ctx;
	const struct sw_ledger_options options = { .state_dir = config->state_dir,
						   .read_only = true };
	char boot[SW_CLOCK_BOOT];
	struct sw_verdicts_options how = { .clock = sw_clock_system(), .boot = boot };
	struct sw_verdicts *verdicts = NULL;
	int code = sw_ledger_open(&options, &how.ledger, err);

	if (code)
		return code == -ENOENT ? 0 : code;
	sw_clock_boot(boot);
	code = sw_verdicts_open(&how, &verdicts, err);
	if (!code)
		code = sw_verdicts_preset(verdicts, dp, err);
	sw_verdicts_close(verdicts);
	sw_ledger_close(how.ledger);
	return code;
}

/* Whoever does this by hand over SSH must not be locked out by it. */
static int start(struct sw_config *config, struct sw_enforce **ret, struct sw_err *err)
{
	const struct sw_own_places places = { .ssh = getenv("SSH_CONNECTION") };
	struct sw_own own;
	struct sw_spf_domains spf;
	const struct sw_enforce_options options = {
		.own = &own, .spf = &spf, .preset = preset, .note = sw_note, .ctx = config
	};
	int code = sw_own_find(&places, sw_note, NULL, &own, err);

	if (code) {
		sw_config_free(config);
		return code;
	}
	if (sw_spf_domains_read(config->state_dir, &spf, err))
		sw_note(NULL, LOG_WARNING, err->text);
	code = sw_enforce_start(config, &options, ret, err);
	sw_own_done(&own);
	sw_spf_domains_done(&spf);
	return code;
}

int sw_cmd_attach(int argc, char **argv)
{
	struct sw_options options;
	struct sw_enforce *enforce;
	struct sw_config *config;
	struct sw_err err;
	int code;

	if (sw_options_read(argc, argv, &options) != argc)
		return sw_usage("attach");
	config = sw_config_open(options.config);
	if (!config)
		return SW_EXIT_FAILED;
	code = start(config, &enforce, &err);
	if (code == -EWOULDBLOCK)
		return sw_fail("%s: synwardd is running, and it alone changes the filter; tell it "
			       "to reload (kill -HUP), or stop it first",
			       err.text);
	if (code)
		return sw_fail("%s", err.text);
	code = print(sw_enforce_policy(enforce)->config, options.json, &err);
	sw_enforce_free(enforce);
	return code;
}
