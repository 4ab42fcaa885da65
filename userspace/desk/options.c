/* SPDX-License-Identifier: GPL-2.0-only */
/* options - see options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/duration.h"

#define DAEMON_DEFAULT "/run/synward/desk"
#define TEXT_DEFAULT "Mail from %a is not accepted here"
#define CONNECTIONS_DEFAULT 16384
#define CONNECTIONS_MAX (SW_ENQUIRIES - SW_ACCESS_PEERS) /* each may have a question open */
#define BY_SOURCE_DEFAULT 20

void sw_desk_options_help(FILE *out)
{
	fputs("Usage: synward-desk [OPTION]...\n"
	      "  -d, --daemon PATH         socket of synwardd (default " DAEMON_DEFAULT ")\n"
	      "  -l, --listen ENDPOINT     where rejected senders come, inet:ADDRESS:PORT, one "
	      "for\n"
	      "                            each family, or none (default: loopback, any port)\n"
	      "  -p, --policy ENDPOINT     where mail servers ask: unix:PATH, inet:ADDRESS:PORT;\n"
	      "                            may be given several times\n"
	      "  -a, --at WHEN             greeting (default) or recipient: where it says no\n"
	      "  -e, --enforced WHAT       to mail servers: reject (default), defer, header, "
	      "dunno\n"
	      "  -s, --shadow WHAT         the same for classes in shadow: header (default), "
	      "dunno\n"
	      "  -t, --text TEXT           when there is no better one; %a is the address\n"
	      "  -n, --name HOST           our name (default: that of the machine)\n"
	      "  -c, --connections NUMBER  at once (default 16384)\n"
	      "  -b, --by-source NUMBER    ... from one address or /64 (default 20)\n"
	      "  -w, --wait TIME           for the daemon's answer (default 500ms)\n"
	      "  -i, --idle TIME           for a client's next line (default 10s)\n"
	      "  -L, --life TIME           of a connection (default 30s)\n"
	      "  -r, --remote              other machines may reach the policy service\n"
	      "  -u, --user NAME           become this user; needed when started as root\n"
	      "  -g, --group NAME          group that may use unix sockets of --policy\n"
	      "  -v, --verbose             log more\n"
	      "  -h, --help                this text\n"
	      "See synward-desk(8).\n",
	      out);
}

/* ---- values ---- */

static int read_number(const char *name, const char *text, size_t max, size_t *ret,
		       struct sw_err *err)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !number || number > max)
		return sw_err_set(err, -EINVAL, "--%s %s: from 1 to %zu", name, text, max);
	*ret = number;
	return 0;
}

static int read_time(const char *name, const char *text, int64_t max_ms, unsigned *ret_ms,
		     struct sw_err *err)
{
	char most[SW_DURATION_TEXT];
	int64_t ms = 0;

	if (sw_duration_parse(text, strlen(text), &ms) || ms > max_ms)
		return sw_err_set(err, -EINVAL, "--%s %s: from 1ms to %s, as 500ms or 10s", name,
				  text, sw_duration_format(max_ms, most));
	*ret_ms = (unsigned)ms;
	return 0;
}

/* A class in shadow turns nobody away. */
static int read_rule(const char *name, const char *text, bool shadow, enum sw_access_do *ret,
		     struct sw_err *err)
{
	enum sw_access_do what = sw_access_do_find(text);

	if (what == SW_ACCESS_DOS ||
	    (shadow && what != SW_ACCESS_HEADER && what != SW_ACCESS_DUNNO))
		return sw_err_set(err, -EINVAL, "--%s %s: %sheader or dunno", name, text,
				  shadow ? "" : "reject, defer, ");
	*ret = what;
	return 0;
}

static int read_at(const char *text, enum sw_smtp_at *ret, struct sw_err *err)
{
	if (!strcmp(text, "greeting"))
		*ret = SW_SMTP_GREETING;
	else if (!strcmp(text, "recipient"))
		*ret = SW_SMTP_RECIPIENT;
	else
		return sw_err_set(err, -EINVAL, "--at %s: greeting or recipient", text);
	return 0;
}

static int read_listen(const char *text, struct sw_desk_options *o, struct sw_err *err)
{
	struct sw_endpoint e;
	int code;

	if (!o->listen_given)
		o->listen_n = 0;
	o->listen_given = true;
	if (!strcmp(text, "none"))
		return 0;
	code = sw_endpoint_parse(text, &e, err);
	if (code)
		return code;
	if (sw_endpoint_family(&e) == AF_UNIX)
		return sw_err_set(err, -EINVAL, "--listen %s: senders come by TCP", text);
	for (size_t i = 0; i < o->listen_n; i++)
		if (sw_endpoint_family(&o->listen[i]) == sw_endpoint_family(&e))
			return sw_err_set(err, -EINVAL, "--listen %s: one for each family", text);
	o->listen[o->listen_n++] = e;
	return 0;
}

static int read_policy(const char *text, struct sw_desk_options *o, struct sw_err *err)
{
	if (o->policy_n == SW_ACCESS_SOCKETS)
		return sw_err_set(err, -EINVAL, "--policy: at most %d", SW_ACCESS_SOCKETS);
	return sw_endpoint_parse(text, &o->policy[o->policy_n++], err);
}

/* ---- all of them ---- */

static int read_option(int option, const char *value, struct sw_desk_options *o, struct sw_err *err)
{
	switch (option) {
	case 'd':
		o->daemon = value;
		return 0;
	case 'l':
		return read_listen(value, o, err);
	case 'p':
		return read_policy(value, o, err);
	case 'a':
		return read_at(value, &o->at, err);
	case 'e':
		return read_rule("enforced", value, false, &o->rules.enforced, err);
	case 's':
		return read_rule("shadow", value, true, &o->rules.shadow, err);
	case 't':
		o->text = value;
		return 0;
	case 'n':
		return sw_reply_clean(o->host, sizeof(o->host), value, strlen(value))
			       ? 0
			       : sw_err_set(err, -EINVAL, "--name: it is empty");
	case 'c':
		return read_number("connections", value, CONNECTIONS_MAX, &o->connections, err);
	case 'b':
		return read_number("by-source", value, CONNECTIONS_MAX, &o->by_source, err);
	case 'w':
		return read_time("wait", value, 5000, &o->wait_ms, err);
	case 'i':
		return read_time("idle", value, 300000, &o->idle_ms, err);
	case 'L':
		return read_time("life", value, 600000, &o->life_ms, err);
	case 'u':
		o->user = value;
		return 0;
	case 'g':
		o->group = value;
		return 0;
	case 'r':
		o->remote = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	default:
		return sw_err_set(err, -EINVAL, "see --help");
	}
}

static void set_defaults(struct sw_desk_options *o)
{
	static const char *const loopback[] = { "inet:127.0.0.1:0", "inet:[::1]:0" };
	char host[SW_DESK_HOST] = "";

	memset(o, 0, sizeof(*o));
	o->daemon = DAEMON_DEFAULT;
	o->text = TEXT_DEFAULT;
	o->connections = CONNECTIONS_DEFAULT;
	o->by_source = BY_SOURCE_DEFAULT;
	o->wait_ms = 500;
	o->idle_ms = 10000;
	o->life_ms = 30000;
	o->rules.enforced = SW_ACCESS_REJECT;
	o->rules.shadow = SW_ACCESS_HEADER;
	for (int i = 0; i < SW_SERVE_LISTENERS; i++)
		if (!sw_endpoint_parse(loopback[i], &o->listen[o->listen_n], NULL))
			o->listen_n++;
	if (gethostname(host, sizeof(host) - 1) ||
	    !sw_reply_clean(o->host, sizeof(o->host), host, strlen(host)))
		strcpy(o->host, "localhost");
}

static int check(const struct sw_desk_options *o, struct sw_err *err)
{
	for (size_t i = 0; i < o->policy_n; i++)
		if (!o->remote && !sw_endpoint_is_local(&o->policy[i]))
			return sw_err_set(err, -EINVAL,
					  "--policy: other machines could ask what is known of "
					  "whom; --remote says that they may");
	if (!o->listen_n && !o->policy_n)
		return sw_err_set(err, -EINVAL, "neither --listen nor --policy: nothing to do");
	return 0;
}

int sw_desk_options_parse(int argc, char **argv, struct sw_desk_options *ret, struct sw_err *err)
{
	static const struct option options[] = {
		{ "daemon", required_argument, NULL, 'd' },
		{ "listen", required_argument, NULL, 'l' },
		{ "policy", required_argument, NULL, 'p' },
		{ "at", required_argument, NULL, 'a' },
		{ "enforced", required_argument, NULL, 'e' },
		{ "shadow", required_argument, NULL, 's' },
		{ "text", required_argument, NULL, 't' },
		{ "name", required_argument, NULL, 'n' },
		{ "connections", required_argument, NULL, 'c' },
		{ "by-source", required_argument, NULL, 'b' },
		{ "wait", required_argument, NULL, 'w' },
		{ "idle", required_argument, NULL, 'i' },
		{ "life", required_argument, NULL, 'L' },
		{ "remote", no_argument, NULL, 'r' },
		{ "user", required_argument, NULL, 'u' },
		{ "group", required_argument, NULL, 'g' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, code = 0;

	set_defaults(ret);
	optind = 1;
	while (!code && (option = getopt_long(argc, argv, "d:l:p:a:e:s:t:n:c:b:w:i:L:ru:g:vh",
					      options, NULL)) != -1)
		code = read_option(option, optarg, ret, err);
	if (!code && optind < argc)
		code = sw_err_set(err, -EINVAL, "%s: what is that?", argv[optind]);
	if (!code && !ret->help)
		code = check(ret, err);
	return code;
}
