/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPF over hostile zones. The first byte says when to drop, the first line is "IP SENDER
 * HELO", the others are a zone as script_dns has it; all of the rest is also taken for a
 * record and for an explanation. Whatever they say: the work is bounded, answers at once and
 * answers later give the same, what is told can be printed, and nothing is left when it is
 * dropped half-way.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/spf.h"
#include "dns/spf_macro.h"
#include "dns/spf_name.h"
#include "dns/spf_nets.h"
#include "support/script_dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The policy, ten terms with ten names each, the names of the sender, the explanation. */
#define QUESTIONS (1 + SW_SPF_TERMS * (1 + SW_SPF_NAMES) + 1 + SW_SPF_NAMES + 1)
/* Both families. */
#define QUESTIONS_NETS (1 + SW_SPF_TERMS * (1 + 2 * SW_SPF_NAMES))

struct said {
	unsigned calls;
	enum sw_spf_result result;
	char text[8192];
};

static void check_printable(const char *text)
{
	for (; *text; text++)
		assert(*text >= 0x20 && *text <= 0x7e);
}

/* ---- texts ---- */

static void check_domain(const struct sw_spf_text *spec, const struct sw_spf_values *values)
{
	char name[SW_DNS_NAME], text[SW_DNS_NAME];

	if (!spec->n || sw_spf_macro_domain(spec->bytes, spec->n, values, name))
		return;
	assert(strlen(name) <= SW_SPF_NAME_MAX && sw_spf_name_labels(name) > 0);
	assert(sw_spf_name_is_below(name, name));
	if (!sw_spf_name_text(name, text))
		check_printable(text);
}

static void check_record(const char *text, size_t n, const struct sw_spf_values *values)
{
	struct sw_spf_record record;
	struct sw_spf_term term;
	struct sw_err err = { "" };
	size_t at = 0, last = 0;

	if (sw_spf_parse(text, n, &record, &err)) {
		assert(err.text[0]);
		check_printable(err.text);
		return;
	}
	assert(sw_spf_is_record(text, n));
	while (sw_spf_next(&record, &at, &term)) {
		assert(at > last && at <= n && term.text.n);
		assert(term.text.bytes >= text && term.text.bytes + term.text.n <= text + n);
		assert(term.len4 <= 32 && term.len6 <= 128 && term.kind < SW_SPF_REDIRECT);
		check_domain(&term.domain, values);
		last = at;
	}
	check_domain(&record.redirect, values);
	check_domain(&record.exp, values);
}

static void check_text(const char *text, size_t n, const struct sw_spf_values *values)
{
	char words[300];

	if (sw_spf_macro_check(text, n, SW_SPF_USE_EXPLANATION, NULL))
		return;
	if (sw_spf_macro_text(text, n, values, words, sizeof(words)))
		assert(!words[0]);
	else
		assert(strlen(words) < sizeof(words));
}

/* ---- zones ---- */

static void take(void *ctx, const struct sw_spf_answer *answer)
{
	struct said *said = ctx;
	size_t n = 0;

	said->calls++;
	said->result = answer->result;
	said->text[0] = '\0';
	assert(answer->terms <= SW_SPF_TERMS && answer->voids <= SW_SPF_VOIDS);
	assert(answer->questions <= QUESTIONS && answer->steps <= SW_SPF_TERMS + 1);
	assert(answer->why[0] && (!answer->explanation[0] || answer->result == SW_SPF_FAIL));
	check_printable(answer->why);
	check_printable(answer->explanation);
	for (size_t i = 0; i < answer->steps; i++) {
		check_printable(answer->step[i].term);
		n += (size_t)snprintf(said->text + n, sizeof(said->text) - n, "%s %s ",
				      answer->step[i].domain, answer->step[i].term);
	}
	snprintf(said->text + n, sizeof(said->text) - n, "%s %s", answer->why, answer->explanation);
}

static void check_evaluation(struct script_dns *dns, const struct sw_spf_question *q, unsigned drop)
{
	struct said at_once = { .calls = 0 }, later = { .calls = 0 };
	struct sw_spf *spf;

	script_dns_hold(dns, false);
	assert(!sw_spf_open(q, script_dns_dns(dns), &spf));
	sw_spf_start(spf, take, &at_once);
	script_dns_run(dns); /* names may have a delay */
	sw_spf_free(spf);
	script_dns_hold(dns, true);
	assert(!sw_spf_open(q, script_dns_dns(dns), &spf));
	sw_spf_start(spf, take, &later);
	while (drop != 1 && script_dns_step(dns))
		drop -= drop > 1;
	if (drop == 1)
		later.calls = 0;
	sw_spf_free(spf);
	assert(at_once.calls == 1 && later.calls <= 1 && !script_dns_waiting(dns));
	if (later.calls)
		assert(at_once.result == later.result && !strcmp(at_once.text, later.text));
}

static void take_nets(void *ctx, const struct sw_spf_nets_answer *answer)
{
	struct said *said = ctx;

	said->calls++;
	assert(answer->n <= SW_SPF_NETS && answer->questions <= QUESTIONS_NETS);
	assert(answer->left_n <= SW_SPF_NETS_LEFT && answer->left_n <= answer->left_all);
	assert((answer->state == SW_SPF_NETS_COMPLETE) == !answer->why[0]);
	check_printable(answer->why);
	for (size_t i = 0; i < answer->n; i++) {
		const struct sw_prefix *p = &answer->net[i];

		assert(p->len >= (p->family == 4 ? SW_SPF_NETS_WIDE4 : SW_SPF_NETS_WIDE6));
		assert(!i || (sw_prefix_cmp(p - 1, p) < 0 && !sw_prefix_contains(p - 1, p)));
	}
}

static void check_collection(struct script_dns *dns, const char *domain, unsigned drop)
{
	struct said said = { .calls = 0 };
	struct sw_spf_nets *nets;

	script_dns_hold(dns, true);
	if (sw_spf_nets_open(domain, script_dns_dns(dns), &nets))
		return;
	sw_spf_nets_start(nets, take_nets, &said);
	while (drop != 1 && script_dns_step(dns))
		drop -= drop > 1;
	if (drop == 1)
		sw_spf_nets_give_up(nets);
	assert(said.calls == 1);
	sw_spf_nets_free(nets);
	assert(!script_dns_waiting(dns));
}

/* ---- the input ---- */

/* The next part up to @end; in place. */
static char *cut(char **p, const char *ends)
{
	char *part = *p;

	*p += strcspn(part, ends);
	if (**p)
		*(*p)++ = '\0';
	return part;
}

static void add_lines(struct script_dns *dns, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		script_dns_line(dns, text, (size_t)((stop ? stop : end) - text));
		text = stop ? stop + 1 : end;
	}
}

static void check_all(char *text, size_t n, unsigned drop)
{
	struct script_dns *dns = script_dns_open();
	char *rest = text, *line = cut(&rest, "\n"), *ip = cut(&line, " ");
	struct sw_spf_question q = { .sender = cut(&line, " "), .helo = line, .receiver = "us" };
	struct sw_spf_values values = { .local = q.sender,
					.sender_domain = q.helo,
					.domain = "example.com",
					.helo = q.helo,
					.validated = ip,
					.receiver = "us" };
	const char *at = strrchr(q.sender, '@');
	size_t rest_n = n - (size_t)(rest - text);

	if (sw_addr_parse(ip, &q.ip))
		q.ip = sw_prefix_ip4(0xc0000201, 32);
	values.ip = q.ip;
	check_record(rest, rest_n, &values);
	check_text(rest, rest_n, &values);
	add_lines(dns, rest, rest_n);
	check_evaluation(dns, &q, drop);
	check_collection(dns, at ? at + 1 : q.sender, drop);
	script_dns_close(dns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 1)
		return 0;
	text = malloc(size);
	assert(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	check_all(text, size - 1, data[0]);
	free(text);
	return 0;
}
