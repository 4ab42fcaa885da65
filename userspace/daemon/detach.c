/* SPDX-License-Identifier: GPL-2.0-only */
/* detach - the way back: sw_enforce_detach, see enforce.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "datapath/datapath.h"
#include "enforce.h"
#include "report.h"

static int detach_one(const char *ifname, sw_policy_note_fn note, void *ctx, size_t *done,
		      struct sw_err *err)
{
	struct sw_err words;
	int code = sw_datapath_detach(ifname, err);

	if (code)
		return code;
	++*done;
	sw_err_set(&words, 0, "%s: detached", ifname);
	note(ctx, LOG_INFO, words.text);
	return 0;
}

/* Try all; *@err and the return are of the last failure, those before it are noted. */
static int detach_names(char *const *names, size_t n, sw_policy_note_fn note, void *ctx,
			size_t *done, struct sw_err *err)
{
	struct sw_err words;
	int code = 0;

	for (size_t i = 0; i < n; i++) {
		int failed = detach_one(names[i], note, ctx, done, &words);

		if (failed && code)
			note(ctx, LOG_ERR, err->text);
		if (failed)
			code = sw_err_set(err, failed, "%s", words.text);
	}
	return code;
}

static int detach_everywhere(const struct sw_config *config, sw_policy_note_fn note, void *ctx,
			     size_t *done, struct sw_err *err)
{
	struct sw_datapath_link *links;
	size_t n;
	char **names;
	int code = sw_datapath_links(config->pin_dir, &links, &n, err);

	if (code)
		return code;
	names = calloc(n + 1, sizeof(*names));
	for (size_t i = 0; names && i < n; i++)
		names[i] = links[i].ifname;
	code = names ? detach_names(names, n, note, ctx, done, err)
		     : sw_err_set(err, -ENOMEM, "out of memory");
	free(names);
	free(links);
	return code;
}

/* Nothing is steered, and the maps are of no use, once no interface works with them. */
static int unpin(const struct sw_config *config, uint32_t elsewhere, struct sw_err *err)
{
	struct sw_datapath_link *links;
	size_t n, used = 0;
	int code = sw_datapath_links(config->pin_dir, &links, &n, err);

	if (code)
		return code;
	for (size_t i = 0; i < n; i++)
		used += links[i].current;
	free(links);
	if (used)
		return 0;
	code = sw_datapath_unsteer(config->pin_dir, err);
	if (code)
		return code;
	if (elsewhere)
		return sw_err_set(
			err, -EBUSY,
			"%s: the maps stay, for a filter that is not attached in this "
			"network namespace works with them (BPF program %u); detach it in "
			"the namespace of its interface",
			config->pin_dir, elsewhere);
	code = sw_datapath_unpin(config->pin_dir, err);
	sw_report_remove(config);
	return code;
}

int sw_enforce_detach(const struct sw_config *config, char *const *names, size_t n,
		      sw_policy_note_fn note, void *ctx, size_t *done, struct sw_err *err)
{
	uint32_t elsewhere = sw_datapath_elsewhere(config->pin_dir);
	struct sw_err words;
	int code, failed;

	*done = 0;
	code = n ? detach_names(names, n, note, ctx, done, err)
		 : detach_everywhere(config, note, ctx, done, err);
	failed = unpin(config, elsewhere, &words);
	if (failed == -EBUSY && *done)
		note(ctx, LOG_INFO, words.text); /* what was asked for is done */
	else if (failed && !code)
		code = sw_err_set(err, failed, "%s", words.text);
	return code;
}
