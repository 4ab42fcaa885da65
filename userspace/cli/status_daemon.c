/* SPDX-License-Identifier: GPL-2.0-only */
/* status_daemon - see status_daemon.h. */
#include "status_daemon.h"

#include <stdio.h>

#include "client.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "until.h"

#define PATIENCE_MS 2000

json_t *sw_status_daemon_ask(const char *run_dir)
{
	struct sw_client *client;
	json_t *answer = NULL;

	if (sw_client_open_in(run_dir, PATIENCE_MS, &client, NULL))
		return NULL;
	sw_client_ask(client, json_pack("{s:s}", "op", "status"), &answer, NULL);
	sw_client_close(client);
	return answer;
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_check(const json_t *check, const json_t *verdicts, const json_t *table)
{
	json_int_t wrong =
		number(check, "missing") + number(check, "differing") + number(table, "mended");

	printf("self-check  %lld verdicts intended, %lld enforced; %lld differences found, %lld "
	       "mended",
	       (long long)number(verdicts, "intended"), (long long)number(verdicts, "enforced"),
	       (long long)wrong, (long long)(number(check, "repaired") + number(table, "mended")));
	if (number(verdicts, "notes"))
		printf("; %lld of those intended are open cases, which are on no card",
		       (long long)number(verdicts, "notes"));
	if (number(check, "ledger_differs"))
		printf("; %lld times the LEDGER said otherwise",
		       (long long)number(check, "ledger_differs"));
	putchar('\n');
}

static void print_own(const json_t *own)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(own, i, entry)
		printf("%-12s%s: %s\n", i ? "" : "never-block",
		       json_string_value(json_object_get(entry, "prefix")),
		       json_string_value(json_object_get(entry, "why")));
}

static void print_lists(const json_t *lists)
{
	const json_t *list;
	size_t i;

	json_array_foreach(lists, i, list)
	{
		const char *why = json_string_value(json_object_get(list, "why"));

		printf("%-12s%s, IPv%lld: %s%s%s\n", i ? "" : "DNS lists",
		       json_string_value(json_object_get(list, "name")),
		       (long long)number(list, "family"),
		       json_string_value(json_object_get(list, "state")),
		       why && *why ? ": it " : "", why ? why : "");
	}
}

static void print_domain(const char *head, const json_t *domain)
{
	const char *problem = json_string_value(json_object_get(domain, "problem"));
	const char *left = json_string_value(json_object_get(domain, "left_out"));
	json_int_t going = number(domain, "going");
	char text[SW_TIME_TEXT] = "never";
	int64_t confirmed;

	if (!sw_json_time_read(json_object_get(domain, "confirmed"), &confirmed) && confirmed)
		sw_time_format(confirmed, text);
	printf("%-12s%s: %lld networks, read %s", head,
	       json_string_value(json_object_get(domain, "domain")),
	       (long long)number(domain, "networks"), text);
	if (going)
		printf("; %lld of them are not named any more", (long long)going);
	if (problem)
		printf("; FAILED %lld times: %s", (long long)number(domain, "failures"), problem);
	if (left)
		printf("; left out: %s", left);
	putchar('\n');
}

static void print_allow_spf(const json_t *allow)
{
	const json_t *domain;
	size_t i;

	if (!json_is_object(allow))
		return;
	json_array_foreach(json_object_get(allow, "domains"), i, domain)
		print_domain(i ? "" : "allow-spf", domain);
	if (!json_is_true(json_object_get(allow, "in_force")))
		puts("            other networks are about to be put in force");
}

static void print_contacts(const json_t *contacts, const json_t *dns)
{
	if (json_is_object(contacts))
		printf("contacts    %s: %lld told, %lld taken, %lld lost\n",
		       json_string_value(json_object_get(contacts, "mode")),
		       (long long)number(contacts, "told"), (long long)number(contacts, "taken"),
		       (long long)number(contacts, "lost"));
	if (!json_is_object(dns))
		return;
	printf("judged      %lld cleared, %lld limited, %lld rejected, %lld dropped, %lld not "
	       "known; %lld being asked about, for %lld there was no room\n",
	       (long long)number(dns, "cleared"), (long long)number(dns, "limited"),
	       (long long)number(dns, "rejected"), (long long)number(dns, "dropped"),
	       (long long)number(dns, "not_known"), (long long)number(dns, "running"),
	       (long long)number(dns, "no_room"));
	print_lists(json_object_get(dns, "lists"));
}

static void print_mta(const json_t *mta)
{
	const json_t *recipients = json_object_get(mta, "recipients"),
		     *counting = json_object_get(mta, "counting"),
		     *reports = json_object_get(mta, "reports"),
		     *warnings = json_object_get(mta, "warnings");

	if (!json_is_object(mta))
		return;
	printf("mail server %lld recipients accepted, %lld unknown, %lld disabled; %lld locks, "
	       "%lld only told, %lld failed\n",
	       (long long)number(recipients, "accepted-rcpt"),
	       (long long)number(recipients, "unknown-rcpt"),
	       (long long)number(recipients, "disabled-rcpt"), (long long)number(mta, "locks"),
	       (long long)number(mta, "only_told"), (long long)number(mta, "failed"));
	printf("%-12s%lld of %lld places used, %lld recipients came too late to count, %lld found "
	       "no place; complaints: %lld cases opened, %lld warned of, %lld blocked\n",
	       "", (long long)number(counting, "used"), (long long)number(counting, "places"),
	       (long long)number(counting, "late"), (long long)number(counting, "crowded"),
	       (long long)number(reports, "opened"), (long long)number(warnings, "sent"),
	       (long long)number(reports, "blocked"));
}

static void print_desk(const json_t *desk)
{
	const json_t *counts = json_object_get(desk, "counts"),
		     *returns = json_object_get(desk, "returns");
	json_int_t asked = number(desk, "asked_smtp") + number(desk, "asked_policy");

	if (!asked && !number(counts, "general"))
		return;
	printf("told why    %lld senders at the desk, and mail servers of %lld; %lld at the desk "
	       "without synwardd, %lld refused, %lld there now\n",
	       (long long)number(desk, "asked_smtp"), (long long)number(desk, "asked_policy"),
	       (long long)number(counts, "general"), (long long)number(counts, "refused"),
	       (long long)number(counts, "open"));
	if (json_is_object(returns))
		printf("%-12s%lld sources came back too often and are dropped for a while; %lld "
		       "are "
		       "never blocked, for %lld there was no room, %lld failed\n",
		       "", (long long)number(returns, "silenced"),
		       (long long)number(returns, "spared"), (long long)number(returns, "no_room"),
		       (long long)number(returns, "failed"));
}

void sw_status_daemon_print(const json_t *answer)
{
	const json_t *deadman = json_object_get(answer, "deadman"),
		     *confirm = json_object_get(answer, "confirm");
	char text[SW_UNTIL_TEXT];
	int64_t until;

	if (!answer)
		return;
	print_check(json_object_get(answer, "check"), json_object_get(answer, "verdicts"),
		    json_object_get(answer, "table"));
	if (json_is_object(deadman))
		printf("deadman     %s without a sign of life: %s\n",
		       json_string_value(json_object_get(deadman, "after")),
		       json_string_value(json_object_get(deadman, "mode")));
	if (json_is_object(confirm) &&
	    !sw_json_time_read(json_object_get(confirm, "until"), &until))
		printf("reload      NOT CONFIRMED; taken back unless synward confirm comes %s\n",
		       sw_until_format(until, sw_clock_wall_ms(sw_clock_system()), text));
	if (json_is_true(json_object_get(answer, "fell_back")))
		puts("reload      the file is one that was not confirmed; in force is what was "
		     "before it, until the next reload");
	print_contacts(json_object_get(answer, "contacts"), json_object_get(answer, "dns"));
	print_mta(json_object_get(answer, "mta"));
	print_desk(json_object_get(answer, "desk"));
	print_allow_spf(json_object_get(answer, "allow_spf"));
	print_own(json_object_get(answer, "own"));
}
