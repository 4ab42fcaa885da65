/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check-config - is a configuration good? Errors are those that synwardd would stop at, or
 * synward report when it is to write a warning. Warnings are what they could start with and would
 * complain of: a file that cannot be read, an interface that is not there (it may be about to
 * come).
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "daemon/dns_setup.h"
#include "daemon/maillogs.h"
#include "daemon/sessions_setup.h"
#include "daemon/own_parts.h"
#include "warn.h"

static void collect(void *ctx, const char *text)
{
	json_array_append_new(ctx, sw_json_text(text));
}

__attribute__((format(printf, 2, 3))) static void warn(json_t *warnings, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	collect(warnings, text);
}

static void look_around(const struct sw_config *c, json_t *warnings)
{
	for (size_t i = 0; i < c->interfaces_n; i++)
		if (!if_nametoindex(c->interfaces[i]))
			warn(warnings, "%s: interface %s does not exist now", c->path,
			     c->interfaces[i]);
	for (size_t i = 0; i < c->lists_n; i++)
		if (access(c->lists[i].file, R_OK))
			warn(warnings, "%s:%u: list %s: %s: %s", c->path, c->lists[i].line,
			     c->lists[i].name, c->lists[i].file, strerror(errno));
}

/* Does it name a server? */
static bool is_resolver_set(const char *resolv_conf)
{
	FILE *file = fopen(resolv_conf, "re");
	struct sw_prefix server;
	char line[512];
	bool set = false;

	if (!file)
		return false;
	for (unsigned n = 0; !set && n < 1000 && fgets(line, sizeof(line), file); n++) {
		line[strcspn(line, "\n")] = '\0';
		set = sw_own_parse_nameserver(line, &server) == 1;
	}
	fclose(file);
	return set;
}

static void look_at_resolver(const struct sw_config *c, json_t *warnings)
{
	static const char resolv_conf[] = "/etc/resolv.conf";

	if (c->allow_spf.n && !c->dns_servers.n && !is_resolver_set(resolv_conf))
		warn(warnings,
		     "%s: allow-spf: nobody is there to be asked: neither dns-servers nor %s names "
		     "a resolver; set dns-servers",
		     c->path, resolv_conf);
}

/* 0: fine, or it may be once the file can be read. */
static int look_at_warning(const struct sw_config *c, json_t *warnings, struct sw_err *err)
{
	int code = sw_warn_check(c, err);

	if (!code && sw_warn_is_on(c) && access(c->warn_sendmail, X_OK))
		warn(warnings, "%s: warn-sendmail: %s: %s", c->path, c->warn_sendmail,
		     strerror(errno));
	if (!code || code == -EINVAL)
		return code;
	warn(warnings, "%s: %s", c->path, err->text);
	return 0;
}

struct about {
	const char *path;
	json_t *warnings;
};

static void collect_of(void *ctx, const char *text)
{
	const struct about *of = ctx;

	warn(of->warnings, "%s: %s", of->path, text);
}

static void print_texts(const char *before, const json_t *texts)
{
	for (size_t i = 0; i < json_array_size(texts); i++)
		fprintf(stderr, "%s%s\n", before, json_string_value(json_array_get(texts, i)));
}

static int check(const char *path, bool json)
{
	json_t *errors = json_array(), *warnings = json_array();
	struct about of = { path, warnings };
	struct sw_config *config = NULL;
	struct sw_err err;
	char text[sizeof(err.text) + 1024];
	bool valid = sw_config_read(path, collect, errors, &config) == 0;

	if (valid && (sw_dns_setup_check(config, collect_of, &of, &err) ||
		      sw_sessions_setup_check(config, &err) || sw_maillogs_check(config, &err) ||
		      look_at_warning(config, warnings, &err))) {
		snprintf(text, sizeof(text), "%s: %s", path, err.text);
		collect(errors, text);
		valid = false;
	}
	if (valid) {
		look_around(config, warnings);
		look_at_resolver(config, warnings);
	}
	if (json) {
		sw_print_json(json_pack("{s:o, s:b, s:O, s:O}", "file", sw_json_text(path), "valid",
					valid, "errors", errors, "warnings", warnings));
	} else {
		print_texts("", errors);
		print_texts("warning: ", warnings);
		if (valid)
			printf("%s: good (%zu interfaces, %zu lists)\n", path, config->interfaces_n,
			       config->lists_n);
	}
	json_decref(errors);
	json_decref(warnings);
	sw_config_free(config);
	return valid ? SW_EXIT_OK : SW_EXIT_FAILED;
}

int sw_cmd_check_config(int argc, char **argv)
{
	/* --options-man is for those who build the man page. */
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "json", no_argument, NULL, 'j' },
						 { "options-man", no_argument, NULL, 'm' },
						 { 0 } };
	const char *path = SW_CONFIG_DEFAULT;
	bool json = false;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (option == 'c')
			path = optarg;
		else if (option == 'j')
			json = true;
		else if (option == 'm')
			return sw_config_print_man(stdout) ? SW_EXIT_FAILED : SW_EXIT_OK;
		else
			return sw_usage("check-config");
	}
	if (optind < argc)
		return sw_usage("check-config");
	return check(path, json);
}
