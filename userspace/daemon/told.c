/* SPDX-License-Identifier: GPL-2.0-only */
/* told - see told.h. */
#include "told.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rules/origin.h"

#define TEXT "Mail from %a is not accepted here: %r"
#define TEXT_LOOKUP TEXT "; see %u"
#define HOST_BYTES 256

struct facts {
	char address[SW_PREFIX_TEXT];
	char host[HOST_BYTES];
	char lookup[SW_WORDING_TEXT];
	char reason[SW_WORDING_TEXT];
	char words[SW_WORDING_TEXT];
};

static void name_host(const struct sw_config *c, char host[HOST_BYTES])
{
	if (c->desk_host)
		snprintf(host, HOST_BYTES, "%s", c->desk_host);
	else if (gethostname(host, HOST_BYTES - 1))
		host[0] = '\0';
	host[HOST_BYTES - 1] = '\0';
}

static void name_lists(const char *reason, char out[SW_WORDING_TEXT])
{
	char lists[SW_WORDING_TEXT];

	if (sw_wording_lists(reason, lists))
		snprintf(out, SW_WORDING_TEXT, "listed in %.380s", lists);
	else
		strcpy(out, "by what the DNS says of it");
}

/* A lock's reason names a recipient, which is nobody's to know. */
static void say_why(const struct sw_verdict *v, struct facts *f)
{
	switch (v->origin) {
	case SW_ORIGIN_DNS:
	case SW_ORIGIN_DNS_DIALUP:
		name_lists(v->reason, f->reason);
		sw_wording_said(v->reason, f->words);
		break;
	case SW_ORIGIN_BOUNCE:
		strcpy(f->reason, "too many recipients that do not exist");
		break;
	case SW_ORIGIN_COMPLAINT:
		strcpy(f->reason, "complaints about mail from it");
		break;
	case SW_ORIGIN_DESK:
		strcpy(f->reason, "it came back too often");
		break;
	default:
		sw_wording_clean(*v->reason ? v->reason : "it is blocked by hand", f->reason,
				 sizeof(f->reason));
	}
}

static void say_list(const struct sw_told *t, struct facts *f)
{
	char entry[SW_PREFIX_TEXT];

	if (t->entry)
		snprintf(f->reason, sizeof(f->reason), "%s is in the list %s",
			 sw_prefix_format(t->entry, entry), t->list->name);
	else
		snprintf(f->reason, sizeof(f->reason), "it is in the list %s", t->list->name);
}

size_t sw_told_render(const struct sw_told *t, char out[SW_WORDING_TEXT])
{
	const struct sw_config *c = t->config;
	const char *template = c->desk_text;
	struct facts f = { .reason = "it is blocked" };
	struct sw_wording_facts facts = { .address = f.address,
					  .class = t->class,
					  .reason = f.reason,
					  .words = f.words,
					  .lookup = f.lookup,
					  .host = f.host };

	sw_prefix_format(t->source, f.address);
	name_host(c, f.host);
	if (c->desk_lookup)
		sw_wording_render(c->desk_lookup, &facts, f.lookup);
	if (t->verdict)
		say_why(t->verdict, &f);
	else if (t->list)
		say_list(t, &f);
	if (t->list && t->list->text)
		template = t->list->text;
	if (!template)
		template = c->desk_lookup ? TEXT_LOOKUP : TEXT;
	if (sw_wording_render(template, &facts, out))
		return strlen(out);
	return sw_wording_render(TEXT, &facts, out);
}
