/* SPDX-License-Identifier: GPL-2.0-only */
/* service_answer - what the operations of the control socket ask of the daemon itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "datapath/datapath.h"
#include "lib/duration.h"
#include "lib/json.h"
#include "lib/log.h"
#include "service_parts.h"

static bool overlap(const struct sw_prefix *a, const struct sw_prefix *b)
{
	return sw_prefix_contains(a, b) || sw_prefix_contains(b, a);
}

static const char *never_block(void *daemon, const struct sw_prefix *source, char words[160])
{
	const struct sw_service *s = daemon;
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	char text[SW_PREFIX_TEXT];

	for (size_t i = 0; i < p->config->never_block_n; i++) {
		if (!overlap(&p->config->never_block[i], source))
			continue;
		snprintf(words, 160, "%s (never-block of the configuration)",
			 sw_prefix_format(&p->config->never_block[i], text));
		return words;
	}
	for (size_t i = 0; i < p->own.n; i++) {
		if (!overlap(&p->own.entry[i].prefix, source))
			continue;
		snprintf(words, 160, "%s (%s)", sw_prefix_format(&p->own.entry[i].prefix, text),
			 p->own.entry[i].why);
		return words;
	}
	return NULL;
}

static int reload(void *daemon, int64_t confirm_ms, const char *ssh, const char *who,
		  char words[160], struct sw_err *err)
{
	return sw_service_reload(daemon, confirm_ms, ssh, who, words, err);
}

static int confirm(void *daemon, const char *who, struct sw_err *err)
{
	struct sw_service *s = daemon;
	int code = sw_enforce_confirm(s->enforce, err);

	if (code)
		return code;
	sw_service_expect_confirm(s, 0);
	sw_log(LOG_NOTICE, "the reload was confirmed by %s; it stays", who);
	return 0;
}

static json_t *own_array(const struct sw_own *own)
{
	json_t *array = json_array();
	char text[SW_PREFIX_TEXT];

	for (size_t i = 0; array && i < own->n; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:o}", "prefix",
						sw_prefix_format(&own->entry[i].prefix, text),
						"why", sw_json_text(own->entry[i].why)));
	return array;
}

static json_t *deadman_object(const struct sw_config *config)
{
	char text[SW_DURATION_TEXT];

	if (!config->deadman_ms)
		return json_null();
	return json_pack("{s:s, s:s}", "after", sw_duration_format(config->deadman_ms, text),
			 "mode", config->deadman_open ? "open" : "keep");
}

static json_t *confirm_object(const struct sw_service *s)
{
	if (!s->confirm_until_ms)
		return json_null();
	return json_pack("{s:o}", "until", sw_json_time(s->confirm_until_ms));
}

/* Sums over the ranks, but for those who wait. */
static json_t *contacts_object(const struct sw_service *s, uint32_t load)
{
	static const char *const loads[] = { "all", "again", "none" };
	struct sw_intake_counts n;
	uint64_t taken = 0, lost = 0;

	if (!s->intake)
		return json_null();
	sw_intake_counts(s->intake, &n);
	for (unsigned r = 0; r < SW_INTAKE_RANKS; r++) {
		taken += n.taken[r];
		lost += n.lost[r];
	}
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:[I, I, I]}", "mode",
			 sw_service_contacts_mode(s), "takes", loads[load % 3], "told",
			 (json_int_t)n.told, "doubles", (json_int_t)n.doubles, "stale",
			 (json_int_t)n.stale, "taken", (json_int_t)taken, "lost", (json_int_t)lost,
			 "waiting", (json_int_t)n.waiting[SW_INTAKE_KNOWN],
			 (json_int_t)n.waiting[SW_INTAKE_AGAIN],
			 (json_int_t)n.waiting[SW_INTAKE_FIRST]);
}

static struct sw_sessions *sessions(void *daemon)
{
	return sw_service_sessions_get(daemon);
}

static json_t *status(void *daemon)
{
	const struct sw_service *s = daemon;
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	struct sw_datapath_info info = { 0 };
	struct sw_verdicts_counts n;

	sw_datapath_info(sw_enforce_datapath(s->enforce), &info);
	sw_verdicts_counts(s->verdicts, &n);
	return json_pack(
		"{s:I, s:o, s:{s:I, s:I, s:I, s:I, s:I}, s:o, s:o, s:b, s:{s:I, s:I}, "
		"s:o, s:o, s:o, "
		"s:o, s:o, s:o}",
		"pid", (json_int_t)getpid(), "started", sw_json_time(s->started_ms), "verdicts",
		"intended", (json_int_t)n.intended, "enforced", (json_int_t)info.verdicts,
		"temporary", (json_int_t)n.temporary, "notes", (json_int_t)n.notes, "capacity",
		(json_int_t)info.size.verdicts, "deadman", deadman_object(p->config), "confirm",
		confirm_object(s), "fell_back", sw_enforce_fell_back(s->enforce), "table", "mended",
		(json_int_t)s->table_mended, "rounds", (json_int_t)s->table_rounds, "contacts",
		contacts_object(s, info.contact_load), "dns", sw_service_dns_status(s), "mta",
		sw_service_sessions_status(s), "desk", sw_service_desk_status(s), "allow_spf",
		sw_service_spf_status(s), "own", own_array(&p->own));
}

void sw_service_answers(struct sw_service *s)
{
	s->commands = (struct sw_commands){
		.verdicts = s->verdicts,
		.ledger = s->ledger,
		.daemon = s,
		.never_block = never_block,
		.reload = reload,
		.confirm = confirm,
		.status = status,
		.sessions = sessions,
		.kill = sw_service_kill,
	};
}
