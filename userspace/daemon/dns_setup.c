/* SPDX-License-Identifier: GPL-2.0-only */
/* dns_setup - see dns_setup.h. */
#include "dns_setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dead.h"
#include "dns/rdns.h"
#include "lib/file.h"

#define KEYS_MAX 65536 /* bytes of a file */

typedef int part_fn(struct sw_dns_setup *setup, const char *text, const struct sw_secrets *secrets,
		    struct sw_err *err);

static int read_keys(const char *path, struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_err what;
	char *text;
	int code;

	if (!path)
		return 0;
	code = sw_file_read(path, KEYS_MAX, &text);
	if (code)
		return sw_err_set(err, code, "dnsbl-keys: %s: %s", path, strerror(-code));
	code = sw_secrets_parse(text, strlen(text), secrets, &what);
	explicit_bzero(text, strlen(text));
	free(text);
	return code ? sw_err_set(err, code, "dnsbl-keys: %s: %s", path, what.text) : 0;
}

/* ---- sites ---- */

/* All texts in one, so that an error counts from the first. NULL: no memory. */
static char *join(const struct sw_texts *texts)
{
	size_t n = 1;
	char *all, *end;

	for (size_t i = 0; i < texts->n; i++)
		n += strlen(texts->text[i]) + 1;
	all = end = malloc(n);
	for (size_t i = 0; all && i < texts->n; i++) {
		end = stpcpy(end, texts->text[i]);
		*end++ = '\n';
	}
	if (all)
		*end = '\0';
	return all;
}

static int take_sites(struct sw_dns_setup *setup, const struct sw_texts *texts,
		      const struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_err what;
	char *all;
	int code;

	if (!texts->n)
		return 0;
	all = join(texts);
	if (!all)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = sw_sites_parse(all, strlen(all), secrets, &setup->sites, &what);
	explicit_bzero(all, strlen(all));
	free(all);
	return code ? sw_err_set(err, code, "dnsbl-sites: %s", what.text) : 0;
}

static int mark_dialup(struct sw_dns_setup *setup, const char *text,
		       const struct sw_secrets *secrets, struct sw_err *err)
{
	if (!setup->sites)
		return sw_err_set(err, -EINVAL, "there are no dnsbl-sites that it could be about");
	return sw_sites_mark_dialup(setup->sites, text, strlen(text), secrets, err);
}

static int set_probes(struct sw_dns_setup *setup, const char *text,
		      const struct sw_secrets *secrets, struct sw_err *err)
{
	if (!setup->sites)
		return sw_err_set(err, -EINVAL, "there are no dnsbl-sites that it could be about");
	return sw_sites_set_probes(setup->sites, text, strlen(text), secrets, err);
}

static int add_canary(struct sw_dns_setup *setup, const char *text,
		      const struct sw_secrets *secrets, struct sw_err *err)
{
	if (setup->canaries == SW_DNS_CANARIES)
		return sw_err_set(err, -EINVAL, "more than %d; leave some out", SW_DNS_CANARIES);
	if (sw_addr_parse(text, &setup->canary[setup->canaries]))
		return sw_err_set(err, -EINVAL, "\"%s\" is not an address", text);
	setup->canaries++;
	return 0;
}

/* ---- reverse DNS ---- */

static const char *class_of(const char *name, size_t n)
{
	for (unsigned bit = 0; bit < SW_RDNS_CLASSES; bit++)
		if (strlen(sw_rdns_class_name(bit)) == n &&
		    !memcmp(sw_rdns_class_name(bit), name, n) && 1u << bit != SW_RDNS_UNKNOWN)
			return sw_rdns_class_name(bit);
	return NULL;
}

static int add_weight(struct sw_dns_setup *setup, const char *text,
		      const struct sw_secrets *secrets, struct sw_err *err)
{
	const char *equals = strchr(text, '='),
		   *name = equals ? class_of(text, (size_t)(equals - text)) : NULL;
	long weight;
	char *end;

	if (!name)
		return sw_err_set(err, -EINVAL,
				  "\"%s\" does not begin with a class and =; see synward help rdns",
				  text);
	errno = 0;
	weight = strtol(equals + 1, &end, 10);
	if (errno || end == equals + 1 || *end || weight < -SW_SITE_WEIGHT ||
	    weight > SW_SITE_WEIGHT)
		return sw_err_set(err, -EINVAL, "\"%s\": give a whole number from -%d to %d", text,
				  SW_SITE_WEIGHT, SW_SITE_WEIGHT);
	for (size_t i = 0; i < setup->rules.rdns_n; i++)
		if (setup->rules.rdns[i].name == name)
			return sw_err_set(err, -EINVAL, "%s is given twice; remove one", name);
	setup->rules.rdns[setup->rules.rdns_n++] =
		(struct sw_judge_weight){ name, (int32_t)weight };
	return 0;
}

/* ---- all of it ---- */

static int each(struct sw_dns_setup *setup, const struct sw_texts *texts, const char *option,
		part_fn *take, const struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_err what;

	for (size_t i = 0; i < texts->n; i++) {
		int code = take(setup, texts->text[i], secrets, &what);

		if (code)
			return sw_err_set(err, code, "%s: %s", option, what.text);
	}
	return 0;
}

static int make(struct sw_dns_setup *setup, const struct sw_config *c,
		const struct sw_secrets *secrets, struct sw_err *err)
{
	int code = take_sites(setup, &c->dnsbl_sites, secrets, err);

	if (!code)
		code = each(setup, &c->dnsbl_dialup, "dnsbl-dialup", mark_dialup, secrets, err);
	if (!code)
		code = each(setup, &c->dnsbl_probes, "dnsbl-probes", set_probes, secrets, err);
	if (!code)
		code = each(setup, &c->dnsbl_canaries, "dnsbl-canaries", add_canary, secrets, err);
	if (!code)
		code = each(setup, &c->rdns_weights, "rdns-weights", add_weight, secrets, err);
	if (code)
		return code;
	setup->rules.limit = (int32_t)c->score_limit;
	setup->rules.reject = (int32_t)c->score_reject;
	setup->rules.drop = (int32_t)c->score_drop;
	if (!c->score_reject)
		setup->rules.dialup_most = SW_OUTCOME_LIMIT;
	code = sw_judge_check(&setup->rules, err);
	if (code)
		sw_err_prepend(err, code, "score-limit, score-reject, score-drop");
	return code;
}

int sw_dns_setup_make(const struct sw_config *config, struct sw_dns_setup **ret, struct sw_err *err)
{
	struct sw_dns_setup *setup = calloc(1, sizeof(*setup));
	struct sw_secrets secrets = { .n = 0 };
	int code;

	if (!setup)
		return sw_err_set(err, -ENOMEM, "out of memory");
	setup->rules = sw_judge_defaults;
	setup->rules.rdns_n = 0;
	code = read_keys(config->dnsbl_keys, &secrets, err);
	if (!code)
		code = make(setup, config, &secrets, err);
	sw_secrets_done(&secrets);
	if (code)
		sw_dns_setup_free(setup);
	else
		*ret = setup;
	return code;
}

struct sw_dns_setup *sw_dns_setup_free(struct sw_dns_setup *setup)
{
	if (setup)
		sw_sites_free(setup->sites);
	free(setup);
	return NULL;
}

static void warn_of_dead(const struct sw_sites *sites, void (*warn)(void *ctx, const char *text),
			 void *ctx)
{
	char why[SW_DEAD_TEXT], text[SW_DEAD_TEXT + SW_SITE_DOMAIN + 30];

	for (size_t i = 0; sites && i < sites->n; i++) {
		const struct sw_dead_zone *dead = sw_dead_find(sites->site[i].name);

		if (!dead)
			continue;
		snprintf(text, sizeof(text), "dnsbl-sites: %s: %s", sites->site[i].name,
			 sw_dead_warning(dead, why));
		warn(ctx, text);
	}
}

bool sw_dns_setup_asks(const struct sw_config *config)
{
	return config->dnsbl_sites.n || config->rdns_weights.n;
}

bool sw_dns_setup_same_lists(const struct sw_dns_setup *a, const struct sw_dns_setup *b)
{
	size_t n = a->sites ? a->sites->n : 0;

	if (n != (b->sites ? b->sites->n : 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!sw_site_equal(&a->sites->site[i], &b->sites->site[i]))
			return false;
	return true;
}

static bool has_nobody_to_ask(const struct sw_dns_setup *setup)
{
	return !(setup->sites && setup->sites->n) && !setup->rules.rdns_n;
}

static bool is_held_for_nothing(const struct sw_config *config, const struct sw_dns_setup *setup)
{
	return config->first_contact && !strcmp(config->first_contact, "hold") &&
	       has_nobody_to_ask(setup);
}

int sw_dns_setup_check(const struct sw_config *config, void (*warn)(void *ctx, const char *text),
		       void *ctx, struct sw_err *err)
{
	struct sw_dns_setup *setup = NULL;
	int code = sw_dns_setup_make(config, &setup, err);

	if (!setup)
		return code;
	if (warn)
		warn_of_dead(setup->sites, warn, ctx);
	if (warn && is_held_for_nothing(config, setup))
		warn(ctx, "first-contact: hold, but there is nobody to ask: no dnsbl-sites, no "
			  "rdns-weights; nobody is held, as with pass");
	if (warn && config->surge_rate > 0 && has_nobody_to_ask(setup))
		warn(ctx, "surge-rate: there is nobody to ask, so good senders would not become "
			  "known: no "
			  "dnsbl-sites, no rdns-weights; it does not count");
	sw_dns_setup_free(setup);
	return 0;
}

static void print_texts(FILE *out, const struct sw_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		fprintf(out, "%zu %s\n", strlen(texts->text[i]), texts->text[i]);
	fputs("\n", out);
}

char *sw_dns_setup_text(const struct sw_config *c)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	print_texts(out, &c->dns_servers);
	print_texts(out, &c->dnsbl_sites);
	print_texts(out, &c->dnsbl_dialup);
	print_texts(out, &c->dnsbl_probes);
	print_texts(out, &c->dnsbl_canaries);
	print_texts(out, &c->rdns_weights);
	fprintf(out, "%s\n", c->dnsbl_keys ? c->dnsbl_keys : "");
	fprintf(out, "%" PRId64 " %u %u %u %u %u\n", c->dns_timeout_ms, c->dns_queries,
		c->dns_outstanding, c->score_limit, c->score_reject, c->score_drop);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
