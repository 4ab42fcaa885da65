/* SPDX-License-Identifier: GPL-2.0-only */
/* warn - see warn.h. */
#include "warn.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/resolve.h"
#include "cli/sendmail.h"
#include "dns/contact.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/json.h"
#include "mta/warning.h"

#define PATIENCE_MS 20000 /* with the DNS */
#define AGAIN_MAX_S 86400 /* that we wait at the daemon's word */

struct sw_warn {
	const struct sw_config *config;
	struct sw_contact_ways ways;
	char *text; /* the template */
	size_t n;
	char host[HOST_NAME_MAX + 1];
};

/* ---- what the configuration says ---- */

bool sw_warn_is_on(const struct sw_config *config)
{
	return config->warn_template;
}

static int read_options(struct sw_warn *w, struct sw_err *err)
{
	const struct sw_config *c = w->config;
	int code = 0;

	if (!c->warn_template)
		return sw_err_set(err, -EINVAL, "warn-template is not set: no warning is sent");
	if (!c->warn_from)
		return sw_err_set(err, -EINVAL,
				  "warn-template needs warn-from: who the warning is from");
	for (size_t i = 0; i < c->warn_contact.n && !code; i++)
		code = sw_contact_ways_add(&w->ways, c->warn_contact.text[i], err);
	return code ? sw_err_prepend(err, code, "warn-contact") : 0;
}

static int read_template(struct sw_warn *w, struct sw_err *err)
{
	const char *path = w->config->warn_template;
	int code = sw_file_read_bytes(path, SW_WARNING_TEMPLATE, &w->text, &w->n);

	if (code == -EFBIG)
		return sw_err_set(err, -EINVAL, "warn-template: %s has more than %d bytes", path,
				  SW_WARNING_TEMPLATE);
	if (code)
		return sw_err_set(err, code, "warn-template: %s: %s", path, strerror(-code));
	code = sw_warning_check(w->text, w->n, err);
	return code ? sw_err_prepend(err, code, "warn-template: %s", path) : 0;
}

int sw_warn_open(const struct sw_config *config, struct sw_warn **ret, struct sw_err *err)
{
	struct sw_warn *w = calloc(1, sizeof(*w));
	int code;

	if (!w)
		return sw_err_set(err, -ENOMEM, "out of memory");
	w->config = config;
	if (gethostname(w->host, sizeof(w->host) - 1) || !w->host[0])
		strcpy(w->host, "localhost");
	code = read_options(w, err);
	if (!code)
		code = read_template(w, err);
	if (code)
		sw_warn_close(w);
	else
		*ret = w;
	return code;
}

struct sw_warn *sw_warn_close(struct sw_warn *w)
{
	if (w)
		free(w->text);
	free(w);
	return NULL;
}

int sw_warn_check(const struct sw_config *config, struct sw_err *err)
{
	struct sw_warn *w = NULL;
	int code = sw_warn_is_on(config) ? sw_warn_open(config, &w, err) : 0;

	sw_warn_close(w);
	return code;
}

/* ---- who is it? ---- */

struct waiting {
	bool done;
	struct sw_contact_answer *answer;
};

static void take_answer(void *ctx, const struct sw_contact_answer *answer)
{
	struct waiting *waiting = ctx;

	*waiting->answer = *answer;
	waiting->done = true;
}

static int ask_dns(struct sw_warn *w, struct sw_resolve *resolve, const struct sw_suffix *suffix,
		   const struct sw_prefix *source, struct sw_contact_answer *ret)
{
	struct waiting waiting = { .answer = ret };
	struct sw_contact *contact;
	int code = sw_contact_ask(sw_resolve_dns(resolve), suffix, &w->ways, source, take_answer,
				  &waiting, &contact);

	if (code)
		return code;
	if (!waiting.done)
		sw_resolve_wait(resolve, &waiting.done, PATIENCE_MS);
	sw_contact_free(contact);
	ret->failed |= !waiting.done;
	return 0;
}

/* -ENOENT, -EAGAIN: there is nobody, or it is not known. */
static int find(struct sw_warn *w, const struct sw_prefix *source, struct sw_contact_answer *ret,
		struct sw_err *err)
{
	const struct sw_texts *servers = &w->config->dns_servers;
	struct sw_resolve *resolve = NULL;
	struct sw_suffix *suffix;
	int code = sw_suffix_open(&suffix, err);

	if (code)
		return code;
	code = sw_resolve_open_all((const char *const *)servers->text, servers->n, &resolve, err);
	if (!code) {
		code = ask_dns(w, resolve, suffix, source, ret);
		if (code)
			sw_err_set(err, code, "asking the DNS: %s", strerror(-code));
	}
	sw_resolve_close(resolve);
	sw_suffix_close(suffix);
	if (code || ret->address[0])
		return code;
	if (ret->failed)
		return sw_err_set(err, -EAGAIN,
				  "who its abuse contact is cannot be found out now: the DNS did "
				  "not answer");
	return sw_err_set(err, -ENOENT,
			  "no abuse contact was found (warn-contact); name one with synward case "
			  "warn --to");
}

/* ---- what the daemon is asked and told ---- */

static json_t *request_of(const struct sw_warn_order *order, const char *to)
{
	char source[SW_PREFIX_TEXT];
	json_t *request = json_pack("{s:s, s:s}", "op", "warn", "source",
				    sw_prefix_format(&order->source, source));

	if (request && to[0])
		json_object_set_new(request, "to", json_string(to));
	return request;
}

static int may(struct sw_client *client, const struct sw_warn_order *order, const char *to,
	       json_t **ret, struct sw_err *err)
{
	json_t *request = request_of(order, to);

	if (request) {
		json_object_set_new(request, "again", json_boolean(order->again));
		json_object_set_new(request, "dry_run", json_boolean(order->dry_run));
	}
	return sw_client_ask(client, request, ret, err);
}

static int ask_failed(struct sw_client *client, const struct sw_warn_order *order, const char *to,
		      unsigned tries, const struct sw_err *why, json_t **ret)
{
	json_t *request = request_of(order, to);
	struct sw_err ignored;

	if (request)
		json_object_set_new(request, "failed", sw_json_text(why->text));
	if (request && tries)
		json_object_set_new(request, "try", json_integer(tries));
	return sw_client_ask(client, request, ret, &ignored);
}

/* That it was not sent; when the daemon does not hear it, the caller's words are what is left.
 * @passes: another time it may be. */
static void tell_failure(struct sw_client *client, const struct sw_warn_order *order, bool passes,
			 struct sw_warn_result *ret, const struct sw_err *why)
{
	unsigned tries = passes ? order->tries : 0;
	json_t *answer = NULL;
	json_int_t again;
	int code;

	if (order->dry_run || sw_client_is_broken(client))
		return;
	code = ask_failed(client, order, ret->to, tries, why, &answer);
	if (code == -EINVAL && tries) /* a daemon from before there were tries */
		code = ask_failed(client, order, ret->to, 0, why, &answer);
	if (code)
		return;
	again = json_integer_value(json_object_get(answer, "again_in"));
	if (tries && again > 0 && again <= AGAIN_MAX_S)
		ret->again_s = (unsigned)again;
	json_decref(answer);
}

/* ---- the message ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

static int write_message(const struct sw_warn *w, const json_t *found, const char *name,
			 struct sw_warn_result *ret, struct sw_err *err)
{
	struct sw_warning_facts f = { .from = w->config->warn_from,
				      .to = ret->to,
				      .host = w->host,
				      .source = text_of(found, "source"),
				      .name = name[0] ? name : NULL,
				      .reason = text_of(found, "reason"),
				      .now_ms = sw_clock_wall_ms(sw_clock_system()) };

	f.complaints = (uint32_t)json_integer_value(json_object_get(found, "complaints"));
	if (sw_json_time_read(json_object_get(found, "opened"), &f.opened_ms) ||
	    sw_json_time_read(json_object_get(found, "until"), &f.grace_ends_ms))
		return sw_err_set(err, -EPROTO, "synwardd's answer has no times");
	if (getrandom(&f.random, sizeof(f.random), 0) != sizeof(f.random))
		return sw_err_set(err, -EIO, "getrandom: %s", strerror(errno));
	return sw_warning_write(w->text, w->n, &f, &ret->message, &ret->message_n, err);
}

/* Whom the operator named; the DNS is then asked for the name of the source alone, and that it has
 * none is no failure. */
static int take_named(struct sw_warn *w, const struct sw_warn_order *order, bool is_address,
		      struct sw_contact_answer *ret, struct sw_err *err)
{
	if (!sw_mail_address_is(order->to, strlen(order->to)))
		return sw_err_set(err, -EINVAL, "\"%.100s\" is no address of mail", order->to);
	if (is_address)
		find(w, &order->source, ret, err);
	strcpy(ret->address, order->to);
	return 0;
}

static int find_contact(struct sw_warn *w, const struct sw_warn_order *order,
			struct sw_contact_answer *ret, struct sw_err *err)
{
	bool is_address = order->source.len == sw_prefix_full(&order->source);

	if (order->to)
		return take_named(w, order, is_address, ret, err);
	if (!is_address)
		return sw_err_set(err, -EINVAL,
				  "give an address in it, whose contact can be asked for, or name "
				  "the contact with --to");
	return find(w, &order->source, ret, err);
}

int sw_warn_send(struct sw_warn *w, struct sw_client *client, const struct sw_warn_order *order,
		 struct sw_warn_result *ret, struct sw_err *err)
{
	struct sw_contact_answer contact = { .address = "" };
	json_t *found = NULL;
	bool passes = false;
	int code;

	*ret = (struct sw_warn_result){ .message = NULL };
	code = find_contact(w, order, &contact, err);
	if (code) {
		tell_failure(client, order, code == -EAGAIN, ret, err);
		return code;
	}
	strcpy(ret->to, contact.address);
	code = may(client, order, ret->to, &found, err);
	if (code == -EDQUOT && order->tries > 1) /* others came before it meanwhile */
		tell_failure(client, order, true, ret, err);
	if (code)
		return code; /* it is the daemon that says no */
	code = write_message(w, found, contact.name, ret, err);
	json_decref(found);
	if (!code && !order->dry_run) {
		code = sw_sendmail(w->config->warn_sendmail, ret->to, ret->message, ret->message_n,
				   err);
		passes = code != -ETIMEDOUT && code != -EINTR; /* it may have gone out then */
	}
	if (code)
		tell_failure(client, order, passes, ret, err);
	return code;
}
