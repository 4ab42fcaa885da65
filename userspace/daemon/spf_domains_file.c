/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_domains_file - the text of the file in state-dir:
 *
 *   synward-allow-spf 1
 *   domain example.com 1764100000000 1764100000000     confirmed, counted: ms of the wall clock
 *   net 192.0.2.0/24 1764000000000 0                   since when; how often it was missing
 *   end 1                                              networks in all
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/option.h"
#include "spf_domains.h"

#define FILE_NAME "allow-spf"
#define HEAD "synward-allow-spf 1"
#define LINE_MAX_BYTES (SW_SPF_DOMAIN_NAME + 64)
#define BYTES_MAX (8u << 20) /* more than SW_SPF_DOMAINS_NETS of the longest lines */
#define TIME_MAX INT64_C(253402300799999) /* the end of the year 9999 */

struct reader {
	struct sw_spf_domains *domains;
	struct sw_texts names; /* to see that each is a name, once */
	unsigned line;
	size_t nets;
	bool began, ended;
	struct sw_err *err;
};

#define bad(r, ...) \
	sw_err_prepend((r)->err, sw_err_set((r)->err, -EINVAL, __VA_ARGS__), "line %u", (r)->line)

/* ---- reading ---- */

/* Digits up to a space or the end; *@text is then behind them. */
static bool take_number(char **text, int64_t max, int64_t *ret)
{
	int64_t value = 0;
	char *p = *text;

	for (; *p >= '0' && *p <= '9' && p - *text < 16; p++)
		value = value * 10 + (*p - '0');
	if (p == *text || (*p && *p != ' ') || value > max)
		return false;
	*text = *p ? p + 1 : p;
	*ret = value;
	return true;
}

/* The word up to the next space, which is cut off; NULL: there is none behind it. */
static char *cut_word(char **text)
{
	char *word = *text, *space = strchr(word, ' ');

	if (!space)
		return NULL;
	*space = '\0';
	*text = space + 1;
	return word;
}

static int take_domain(struct reader *r, char *text)
{
	char *name = cut_word(&text);
	struct sw_spf_domain *d;
	struct sw_spf_allow allow = { .n = 0 };
	int code;

	if (!name || !take_number(&text, TIME_MAX, &allow.confirmed_ms) ||
	    !take_number(&text, TIME_MAX, &allow.counted_ms) || *text)
		return bad(r, "not a domain and two times");
	code = sw_option_add_domain(&r->names, name, NULL);
	if (code == -ENOMEM)
		return sw_err_set(r->err, code, "out of memory");
	if (code || strcmp(r->names.text[r->names.n - 1], name) != 0)
		return bad(r, "not a domain, there twice, or too many");
	d = sw_spf_domains_add(r->domains, name);
	if (!d)
		return bad(r, "too many domains");
	d->allow = allow;
	return 0;
}

/* Make room for one more: by powers of two. */
static struct sw_spf_allow_net *grow(struct sw_spf_allow *allow)
{
	size_t n = allow->n;

	if (n & (n - 1))
		return allow->net;
	return reallocarray(allow->net, n ? n * 2 : 1, sizeof(*allow->net));
}

static int take_net(struct reader *r, char *text)
{
	char *prefix = cut_word(&text);
	struct sw_spf_allow_net net = { .missing = 0 }, *all;
	struct sw_spf_allow *allow;
	int64_t missing;

	if (!r->domains->n)
		return bad(r, "a network of no domain");
	if (!prefix || sw_prefix_parse(prefix, strlen(prefix), &net.net) ||
	    !take_number(&text, TIME_MAX, &net.since_ms) ||
	    !take_number(&text, SW_SPF_ALLOW_AGREE - 1, &missing) || *text)
		return bad(r, "not a network, a time and a small number");
	if (++r->nets > SW_SPF_DOMAINS_NETS)
		return bad(r, "more than %d networks", SW_SPF_DOMAINS_NETS);
	allow = &r->domains->domain[r->domains->n - 1].allow;
	if (allow->n && sw_prefix_cmp(&allow->net[allow->n - 1].net, &net.net) >= 0)
		return bad(r, "out of order, or there twice");
	all = grow(allow);
	if (!all)
		return sw_err_set(r->err, -ENOMEM, "out of memory");
	net.missing = (uint8_t)missing;
	allow->net = all;
	all[allow->n++] = net;
	return 0;
}

static int take_end(struct reader *r, char *text)
{
	int64_t nets;

	if (!take_number(&text, SW_SPF_DOMAINS_NETS, &nets) || *text || (size_t)nets != r->nets)
		return bad(r, "not the number of networks before it");
	r->ended = true;
	return 0;
}

static int take_line(struct reader *r, char *line)
{
	r->line++;
	if (strlen(line) > LINE_MAX_BYTES)
		return bad(r, "is too long");
	if (r->ended)
		return bad(r, "behind the end");
	if (!r->began) {
		r->began = !strcmp(line, HEAD);
		return r->began ? 0 : bad(r, "is not \"" HEAD "\"");
	}
	if (!strncmp(line, "domain ", 7))
		return take_domain(r, line + 7);
	if (!strncmp(line, "net ", 4))
		return take_net(r, line + 4);
	if (!strncmp(line, "end ", 4))
		return take_end(r, line + 4);
	return bad(r, "is none of ours");
}

static int take_all(struct reader *r, char *text)
{
	const char *stop = text + strlen(text);
	int code = 0;

	for (char *line = text, *end; !code && line < stop; line = end + 1) {
		end = memchr(line, '\n', (size_t)(stop - line));
		if (!end)
			return bad(r, "the last line is cut off");
		*end = '\0';
		code = take_line(r, line);
	}
	if (!code && !r->ended)
		code = bad(r, "the end is missing");
	for (size_t i = 0; !code && i < r->domains->n; i++)
		if (!sw_spf_allow_is_sound(&r->domains->domain[i].allow))
			code = bad(r, "%.60s has too much of the internet",
				   r->domains->domain[i].name);
	return code;
}

int sw_spf_domains_parse(char *text, struct sw_spf_domains *ret, struct sw_err *err)
{
	struct reader r = { .domains = ret, .err = err };
	int code;

	ret->n = 0;
	code = take_all(&r, text);
	for (size_t i = 0; i < r.names.n; i++)
		free(r.names.text[i]);
	free(r.names.text);
	if (code)
		sw_spf_domains_done(ret);
	return code;
}

/* ---- writing ---- */

static void print_domain(FILE *out, const struct sw_spf_domain *d)
{
	char text[SW_PREFIX_TEXT];

	fprintf(out, "domain %s %" PRId64 " %" PRId64 "\n", d->name, d->allow.confirmed_ms,
		d->allow.counted_ms);
	for (size_t i = 0; i < d->allow.n; i++) {
		const struct sw_spf_allow_net *net = &d->allow.net[i];

		fprintf(out, "net %s %" PRId64 " %u\n", sw_prefix_format(&net->net, text),
			net->since_ms, net->missing);
	}
}

char *sw_spf_domains_print(const struct sw_spf_domains *domains, size_t *ret_n)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_n);

	if (!out)
		return NULL;
	fputs(HEAD "\n", out);
	for (size_t i = 0; i < domains->n; i++)
		print_domain(out, &domains->domain[i]);
	fprintf(out, "end %zu\n", sw_spf_domains_nets(domains));
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the file ---- */

static char *path_in(const char *state_dir)
{
	char *path;

	return asprintf(&path, "%s/" FILE_NAME, state_dir) < 0 ? NULL : path;
}

int sw_spf_domains_read(const char *state_dir, struct sw_spf_domains *ret, struct sw_err *err)
{
	char *path = path_in(state_dir), *text = NULL;
	struct sw_err what = { "" };
	int code = path ? sw_file_read(path, BYTES_MAX, &text) : -ENOMEM;

	ret->n = 0;
	if (code == -ENOENT) {
		free(path);
		return 0;
	}
	if (code)
		sw_err_set(&what, code, "%s", strerror(-code));
	else
		code = sw_spf_domains_parse(text, ret, &what);
	if (code)
		sw_err_set(err, code, "%s: %s", path ? path : state_dir, what.text);
	free(text);
	free(path);
	return code;
}

int sw_spf_domains_save(const char *state_dir, const struct sw_spf_domains *domains,
			struct sw_err *err)
{
	size_t n = 0;
	char *path = path_in(state_dir), *text = sw_spf_domains_print(domains, &n);
	int code = path && text ? sw_folder_make(state_dir, 0755) : -ENOMEM;

	if (!code)
		code = sw_file_save(path, text, n);
	if (code)
		sw_err_set(err, code, "%s/" FILE_NAME ": %s", state_dir, strerror(-code));
	free(text);
	free(path);
	return code;
}
