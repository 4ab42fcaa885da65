/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config - see config.h. The only file that knows libconfuse, which is used as a
 * parser of the syntax alone: each value goes as text, with its line, to the row
 * of options.def that it belongs to, and the parser goes on after a bad one, so
 * that one run tells of all of them. Only an error of syntax ends it.
 */
#include "config.h"

#include <confuse.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_reader.h"

#define ERRORS_MAX 100

/* libconfuse's callbacks have no context. */
static __thread struct sw_config_reader *reading;

/* An option that no file can name: its default is "parsed" when a section begins,
 * which is how we learn on which line that was. */
#define SECTION_BEGINS "\001"

void sw_config_complain(struct sw_config_reader *r, unsigned line, const char *format, ...)
{
	char words[1024], text[PATH_MAX + sizeof(words) + 32];
	va_list args;

	if (++r->errors > ERRORS_MAX)
		return;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (r->errors == ERRORS_MAX)
		snprintf(text, sizeof(text), "%s: more errors; mend these first", r->path);
	else if (line)
		snprintf(text, sizeof(text), "%s:%u: %s", r->path, line, words);
	else
		snprintf(text, sizeof(text), "%s: %s", r->path, words);
	if (r->note)
		r->note(r->ctx, text);
}

unsigned sw_config_line(const struct sw_config_seen *seen, enum sw_option_section section,
			const char *name)
{
	return seen->line[sw_option_find(section, name) - sw_options];
}

/* ---- sections and values, as libconfuse meets them ---- */

static void set_defaults(enum sw_option_section section, void *base,
			 const struct sw_config_seen *seen)
{
	for (unsigned i = 0; i < sw_options_n; i++) {
		const struct sw_option *o = &sw_options[i];

		if (o->section == section && o->def && !seen->line[i])
			sw_option_set(o, base, o->def, NULL);
	}
}

static int begin_list(struct sw_config_reader *r, const char *name, unsigned line)
{
	struct sw_config *c = r->config;
	struct sw_config_list *lists = reallocarray(c->lists, c->lists_n + 1, sizeof(*lists));
	struct sw_config_seen *seen;

	if (!lists)
		return -1;
	c->lists = lists;
	seen = reallocarray(r->lists, c->lists_n + 1, sizeof(*seen));
	if (!seen)
		return -1;
	r->lists = seen;
	lists[c->lists_n] = (struct sw_config_list){ .name = strdup(name), .line = line };
	if (!lists[c->lists_n].name)
		return -1;
	memset(&seen[c->lists_n], 0, sizeof(*seen));
	c->lists_n++;
	return 0;
}

/* "drop.json" in /etc/synward/synward.conf is /etc/synward/drop.json. */
static int set_file(struct sw_config_reader *r, const struct sw_option *o, void *base,
		    const char *text, struct sw_err *err)
{
	char *path;
	int code;

	if (*text == '/' || !*text)
		return sw_option_set(o, base, text, err);
	if (asprintf(&path, "%s/%s", strcmp(r->folder, "/") ? r->folder : "", text) < 0)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = sw_option_set(o, base, path, err);
	free(path);
	return code;
}

/* A word that took the semicolon or comma behind it with it is a common slip. */
static const char *slip(const char *text)
{
	size_t n = strlen(text);

	return n && text[n - 1] == ';' ? " (there is no ; between options)" : "";
}

/* libconfuse calls this for each value. It keeps the text itself as the value. */
static int take_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct sw_config_reader *r = reading;
	bool in_list = !strcmp(cfg->name, "list");
	enum sw_option_section section = in_list ? SW_SECTION_LIST : SW_SECTION_ROOT;
	const struct sw_option *o;
	struct sw_config_seen *seen;
	struct sw_err err;
	unsigned line = (unsigned)cfg->line, *given;
	void *base;
	int code;

	*(const char **)result = text;
	if (!strcmp(opt->name, SECTION_BEGINS))
		return begin_list(r, cfg->title, line);
	o = sw_option_find(section, opt->name);
	base = in_list ? (void *)&r->config->lists[r->config->lists_n - 1] : (void *)r->config;
	seen = in_list ? &r->lists[r->config->lists_n - 1] : &r->root;
	given = &seen->line[o - sw_options];
	if (*given && (!sw_option_is_list(o) || opt->nvalues <= 1)) {
		sw_config_complain(r, line, "%s is given twice, first on line %u; remove one%s",
				   o->name, *given, sw_option_is_list(o) ? ", or write +=" : "");
		return 0;
	}
	if (!*given)
		*given = line;
	code = o->type == SW_OPTION_FILE ? set_file(r, o, base, text, &err)
					 : sw_option_set(o, base, text, &err);
	if (code == -ENOMEM)
		return -1;
	if (code)
		sw_config_complain(r, line, "%s: %s%s", o->name, err.text, slip(text));
	return 0;
}

/* ---- errors of syntax ---- */

static void unknown_option(struct sw_config_reader *r, cfg_t *cfg, const char *name)
{
	bool in_list = !strcmp(cfg->name, "list");
	enum sw_option_section here = in_list ? SW_SECTION_LIST : SW_SECTION_ROOT;
	enum sw_option_section there = in_list ? SW_SECTION_ROOT : SW_SECTION_LIST;
	const char *near = sw_option_nearest(here, name);
	unsigned line = (unsigned)cfg->line;

	if (!strcmp(name, "include"))
		sw_config_complain(r, line, "include is not supported; put all into one file");
	else if (in_list && !strcmp(name, "list"))
		sw_config_complain(r, line, "a list inside list %s; close that one with } first",
				   cfg->title);
	else if (sw_option_find(there, name))
		sw_config_complain(r, line, "%s belongs %s list NAME { ... }; move it", name,
				   in_list ? "outside of" : "inside of");
	else if (near)
		sw_config_complain(r, line, "unknown option \"%s\"; did you mean %s?", name, near);
	else
		sw_config_complain(r, line,
				   "unknown option \"%s\"; synward.conf(5) names those there are",
				   name);
}

static void take_error(cfg_t *cfg, const char *format, va_list args)
{
	char words[512], name[256];

	reading->broken = true;
	vsnprintf(words, sizeof(words), format, args);
	if (sscanf(words, "no such option '%255[^']'", name) == 1)
		unknown_option(reading, cfg, name);
	else
		sw_config_complain(reading, (unsigned)cfg->line,
				   "syntax: %s; write name = value, values of a list in { }, and "
				   "strings in \" \"",
				   words);
}

/* ---- reading ---- */

static void fill_options(enum sw_option_section section, cfg_opt_t *opts)
{
	const cfg_opt_t end = CFG_END();
	unsigned n = 0;

	for (unsigned i = 0; i < sw_options_n; i++) {
		const struct sw_option *o = &sw_options[i];
		const cfg_opt_t one = CFG_STR_CB(o->name, NULL, CFGF_NODEFAULT, take_value);
		const cfg_opt_t many = CFG_STR_LIST_CB(o->name, NULL, CFGF_NODEFAULT, take_value);

		if (o->section == section)
			opts[n++] = sw_option_is_list(o) ? many : one;
	}
	opts[n] = end;
}

static int parse(struct sw_config_reader *r, const char *text)
{
	cfg_opt_t root[SW_OPTION_ROWS + 2], list[SW_OPTION_ROWS + 2];
	const cfg_opt_t section = CFG_SEC("list", list + 0, CFGF_MULTI | CFGF_TITLE);
	const cfg_opt_t begins =
		CFG_STR_LIST_CB(SECTION_BEGINS, (char *)"{x}", CFGF_NONE, take_value);
	cfg_t *cfg;
	int code;

	list[0] = begins;
	fill_options(SW_SECTION_LIST, list + 1);
	root[0] = section;
	fill_options(SW_SECTION_ROOT, root + 1);
	cfg = cfg_init(root, CFGF_NONE);
	if (!cfg)
		return -ENOMEM;
	cfg_set_error_function(cfg, take_error);
	reading = r;
	code = cfg_parse_buf(cfg, text);
	reading = NULL;
	cfg_free(cfg);
	if (code == CFG_SUCCESS || r->errors)
		return 0;
	return -ENOMEM;
}

static char *folder_of(const char *path)
{
	char *copy = strdup(path), *folder = NULL;

	if (copy) {
		const char *name = dirname(copy);

		folder = realpath(name, NULL);
		if (!folder)
			folder = strdup(name);
	}
	free(copy);
	return folder;
}

static int read_config(struct sw_config_reader *r)
{
	char *text;
	int code;

	r->config->path = strdup(r->stands_for);
	r->folder = folder_of(r->stands_for);
	if (!r->config->path || !r->folder)
		return -ENOMEM;
	text = sw_config_text(r, &code);
	if (!text)
		return code;
	code = parse(r, text);
	free(text);
	if (code)
		return code;
	set_defaults(SW_SECTION_ROOT, r->config, &r->root);
	for (size_t i = 0; i < r->config->lists_n; i++)
		set_defaults(SW_SECTION_LIST, &r->config->lists[i], &r->lists[i]);
	if (!r->broken)
		sw_config_check(r);
	return r->errors ? -EINVAL : 0;
}

int sw_config_read_copy(const char *copy, const char *path,
			void (*note)(void *ctx, const char *text), void *ctx,
			struct sw_config **ret)
{
	struct sw_config_reader r = { .path = copy, .stands_for = path, .note = note, .ctx = ctx };
	int code = -ENOMEM;

	r.config = calloc(1, sizeof(*r.config));
	if (r.config)
		code = read_config(&r);
	if (code && !r.errors)
		sw_config_complain(&r, 0, "%s", strerror(-code));
	free(r.folder);
	free(r.lists);
	if (code) {
		sw_config_free(r.config);
		return code;
	}
	*ret = r.config;
	return 0;
}

int sw_config_read(const char *path, void (*note)(void *ctx, const char *text), void *ctx,
		   struct sw_config **ret)
{
	return sw_config_read_copy(path, path, note, ctx, ret);
}

struct sw_config *sw_config_default(void)
{
	static const struct sw_config_seen nothing;
	struct sw_config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	set_defaults(SW_SECTION_ROOT, c, &nothing);
	c->path = strdup("(defaults)");
	if (!c->path || !c->mode || !c->on_exit || !c->user || !c->events || !c->state_dir ||
	    !c->run_dir || !c->pin_dir)
		return sw_config_free(c);
	return c;
}

static void free_list(struct sw_config_list *list)
{
	free(list->name);
	free(list->file);
	free(list->format);
	free(list->action);
	free(list->tier);
	free(list->text);
}

static void free_texts(struct sw_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		free(texts->text[i]);
	free(texts->text);
}

struct sw_config *sw_config_free(struct sw_config *c)
{
	if (!c)
		return NULL;
	free(c->first_contact);
	free_texts(&c->dns_servers);
	free_texts(&c->dnsbl_sites);
	free_texts(&c->dnsbl_dialup);
	free_texts(&c->dnsbl_probes);
	free_texts(&c->dnsbl_canaries);
	free_texts(&c->rdns_weights);
	free_texts(&c->allow_spf);
	free(c->dnsbl_keys);
	free(c->bounce_action);
	free(c->complaint_action);
	free(c->events_group);
	free(c->desk_text);
	free(c->desk_lookup);
	free(c->desk_host);
	free(c->desk_group);
	free_texts(&c->bounce_locks);
	free_texts(&c->shared_pools);
	free(c->warn_template);
	free(c->warn_from);
	free_texts(&c->warn_contact);
	free(c->warn_sendmail);
	free_texts(&c->mail_logs);
	free(c->mail_log_format);
	for (size_t i = 0; i < c->interfaces_n; i++)
		free(c->interfaces[i]);
	for (size_t i = 0; i < c->lists_n; i++)
		free_list(&c->lists[i]);
	free(c->path);
	free(c->text);
	free(c->interfaces);
	free(c->ports);
	free(c->never_block);
	free(c->mode);
	free(c->on_exit);
	free(c->user);
	free(c->events);
	free(c->state_dir);
	free(c->run_dir);
	free(c->pin_dir);
	free(c->lists);
	free(c);
	return NULL;
}
