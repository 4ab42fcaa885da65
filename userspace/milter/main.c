/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synward-milter - tells synwardd what Postfix and Sendmail see: recipients taken and turned
 * away, and spam traps, the moment that it happens.
 *
 * It only looks: it asks for no header and no body, changes nothing, and has the mail server
 * not even wait for an answer where it can. When it is in trouble, mail goes on as if it were not there. A
 * process of its own, because libmilter brings threads; the only file that knows libmilter.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libmilter/mfapi.h>
#include <systemd/sd-daemon.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/rights.h"
#include "lib/standard.h"
#include "milter/outbox.h"
#include "milter/session.h"
#include "mta/wire.h"

#define SOCKET_DEFAULT "unix:/run/synward-milter/socket"
#define EVENTS_DEFAULT "/run/synward/events"
#define TRAPS_CHECK_SECONDS 5
#define STOP_MS 500
#define IDLE_SECONDS 7200 /* a connection of the mail server that says nothing */

/*
 * What is asked of the mail server, as far as it has it: nothing but the envelope, recipients that it
 * turned away itself, and not to wait for us. At RCPT it does wait, for the few microseconds that a
 * copy takes: Postfix keeps what needs no answer until something does, and at the end of a
 * session it throws it away.
 */
#define WANTED                                                                     \
	(SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NOBODY | \
	 SMFIP_NOUNKNOWN | SMFIP_RCPT_REJ | SMFIP_NR_CONN | SMFIP_NR_MAIL)

struct settings {
	const char *socket, *events, *traps, *user, *group;
};

/* One connection of the mail server. */
struct client {
	struct sw_session session;
	unsigned long granted; /* of WANTED */
};

static struct sw_outbox *outbox;

/* ---- traps: read again when the file changed, by whichever thread comes first ---- */

static struct {
	pthread_rwlock_t lock;
	struct sw_traps *traps;
	const char *path; /* NULL: there are none */
	struct timespec changed;
	int64_t looked_ms;
} held = { .lock = PTHREAD_RWLOCK_INITIALIZER };

static int read_traps(const char *path, struct sw_traps **ret)
{
	struct sw_traps *traps = NULL;
	struct sw_err err = { "" };
	char *text = NULL;
	int code = sw_file_read(path, SW_TRAPS_BYTES, &text);

	if (code)
		sw_err_set(&err, code, "%s", strerror(-code));
	else
		code = sw_traps_parse(text, strlen(text), &traps, &err);
	free(text);
	if (code) {
		sw_log(LOG_ERR, "traps: %s: %s", path, err.text);
		return code;
	}
	sw_log(LOG_INFO, "traps: %s: %zu addresses", path, sw_traps_count(traps));
	*ret = traps;
	return 0;
}

/* Under the lock for writing. A file that cannot be used leaves the traps as they are. */
static void refresh_traps(void)
{
	struct sw_traps *traps = NULL;
	struct stat st;

	if (stat(held.path, &st) || (st.st_mtim.tv_sec == held.changed.tv_sec &&
				     st.st_mtim.tv_nsec == held.changed.tv_nsec))
		return;
	held.changed = st.st_mtim;
	if (read_traps(held.path, &traps))
		return;
	sw_traps_free(held.traps);
	held.traps = traps;
}

static void look_at_traps(void)
{
	int64_t now = sw_clock_wall_ms(sw_clock_system());

	if (!held.path)
		return;
	pthread_rwlock_wrlock(&held.lock);
	if (now - held.looked_ms >= TRAPS_CHECK_SECONDS * 1000 || now < held.looked_ms) {
		held.looked_ms = now;
		refresh_traps();
	}
	pthread_rwlock_unlock(&held.lock);
}

/* ---- what the mail server tells ---- */

static void send_event(struct sw_mta_event *event)
{
	char line[SW_MTA_LINE];
	int n;

	event->time_ms = sw_clock_wall_ms(sw_clock_system());
	n = sw_mta_wire_put(event, line);
	if (n > 0)
		sw_outbox_put(outbox, line, (size_t)n);
}

/* What a callback returns: the mail server waits for it unless it granted @quiet. */
static sfsistat go_on(const struct client *client, unsigned long quiet)
{
	if (!client)
		return SMFIS_CONTINUE;
	return client->granted & quiet ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static void note_rejected(bool offered)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool said;

	pthread_mutex_lock(&lock);
	if (!offered && !said)
		sw_log(LOG_WARNING,
		       "the mail server does not tell of recipients that it turns away itself "
		       "(SMFIP_RCPT_REJ); with Postfix, milter_protocol must be 6");
	said = said || !offered;
	pthread_mutex_unlock(&lock);
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
			     unsigned long unused1, unsigned long unused2,
			     unsigned long *ret_actions, unsigned long *ret_steps,
			     unsigned long *ret_unused1, unsigned long *ret_unused2)
{
	struct client *client = calloc(1, sizeof(*client));

	*ret_actions = 0;
	*ret_steps = steps & WANTED;
	*ret_unused1 = *ret_unused2 = 0;
	note_rejected(steps & SMFIP_RCPT_REJ);
	if (client)
		client->granted = *ret_steps;
	/* Without it, answers must come: ask for none of the silent steps. */
	if (!client || smfi_setpriv(ctx, client) != MI_SUCCESS) {
		free(client);
		*ret_steps &= ~(SMFIP_NR_CONN | SMFIP_NR_MAIL);
	}
	return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *peer)
{
	struct client *client = smfi_getpriv(ctx);

	look_at_traps();
	if (client)
		sw_session_connect(&client->session, (const struct sockaddr *)peer);
	return go_on(client, SMFIP_NR_CONN);
}

/* What the mail server says of @name; NULL: nothing. */
static const char *macro_of(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, (char *)name);
}

static sfsistat on_mail(SMFICTX *ctx, char **argv)
{
	struct client *client = smfi_getpriv(ctx);

	if (client)
		sw_session_mail(&client->session, argv[0], macro_of(ctx, "{auth_authen}"));
	return go_on(client, SMFIP_NR_MAIL);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **argv)
{
	struct client *client = smfi_getpriv(ctx);
	struct sw_session_rcpt rcpt = {
		.rcpt = argv[0],
		.mailer = macro_of(ctx, "{rcpt_mailer}"),
		.host = macro_of(ctx, "{rcpt_host}"),
		.addr = macro_of(ctx, "{rcpt_addr}"),
	};
	struct sw_mta_event event;
	bool made;

	if (!client)
		return SMFIS_CONTINUE;
	sw_log(LOG_DEBUG, "recipient %s: %s, %s, %s", rcpt.rcpt, rcpt.mailer ? rcpt.mailer : "-",
	       rcpt.host ? rcpt.host : "-", rcpt.addr ? rcpt.addr : "-");
	pthread_rwlock_rdlock(&held.lock);
	made = sw_session_rcpt(&client->session, &rcpt, held.traps, &event);
	pthread_rwlock_unlock(&held.lock);
	if (made)
		send_event(&event);
	return SMFIS_CONTINUE;
}

static sfsistat on_end(SMFICTX *ctx)
{
	struct client *client = smfi_getpriv(ctx);
	struct sw_mta_event event;

	if (client && sw_session_end(&client->session, &event))
		send_event(&event);
	return SMFIS_CONTINUE;
}

static sfsistat on_abort(SMFICTX *ctx)
{
	struct client *client = smfi_getpriv(ctx);

	if (client)
		sw_session_abort(&client->session);
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
	free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

/* ---- start ---- */

static void print_help(FILE *out)
{
	fputs("Usage: synward-milter [--socket SOCKET] [--events PATH] [--traps FILE]\n"
	      "  -s, --socket SOCKET  where the mail server connects: unix:PATH, inet:PORT@HOST\n"
	      "                       (default " SOCKET_DEFAULT ")\n"
	      "  -e, --events PATH    socket of synwardd (default " EVENTS_DEFAULT ")\n"
	      "  -t, --traps FILE     spam traps, an address a line\n"
	      "  -u, --user NAME      become this user; needed when started as root\n"
	      "  -g, --group NAME     group that may use a unix SOCKET\n"
	      "  -v, --verbose        log each recipient\n"
	      "  -h, --help           this text\n"
	      "See synward-milter(8).\n",
	      out);
}

/* False: wrong, or help was asked for; *@status is what to end with. */
static bool parse_options(int argc, char **argv, struct settings *settings, int *status)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "events", required_argument, NULL, 'e' },
		{ "traps", required_argument, NULL, 't' },
		{ "user", required_argument, NULL, 'u' },
		{ "group", required_argument, NULL, 'g' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "s:e:t:u:g:vh", options, NULL)) != -1) {
		switch (option) {
		case 's':
			settings->socket = optarg;
			break;
		case 'e':
			settings->events = optarg;
			break;
		case 't':
			settings->traps = optarg;
			break;
		case 'u':
			settings->user = optarg;
			break;
		case 'g':
			settings->group = optarg;
			break;
		case 'v':
			sw_log_level(LOG_DEBUG);
			break;
		default:
			print_help(option == 'h' ? stdout : stderr);
			*status = option == 'h' ? EXIT_SUCCESS : 2;
			return false;
		}
	}
	if (optind < argc) {
		print_help(stderr);
		*status = 2;
	}
	return optind == argc;
}

/* The path of a unix socket, as libmilter names sockets; NULL: it is of another kind. */
static const char *path_of(const char *socket)
{
	if (!strncmp(socket, "unix:", 5))
		return socket + 5;
	if (!strncmp(socket, "local:", 6))
		return socket + 6;
	return strchr(socket, ':') ? NULL : socket;
}

/* Whoever may connect can say that it saw anything of anybody: so not everybody may. */
static int open_socket(const struct settings *settings)
{
	struct sw_err err = { "" };

	umask(0117);
	if (smfi_setconn((char *)settings->socket) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS) {
		sw_log(LOG_ERR, "cannot listen on %s", settings->socket);
		return -1;
	}
	umask(0027);
	if (!sw_rights_take(path_of(settings->socket), settings->group, settings->user, &err))
		return 0;
	sw_log(LOG_ERR, "%s", err.text);
	return -1;
}

/* So that no thread of ours gets what libmilter's own waits for. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int start(const struct settings *settings)
{
	static struct smfiDesc callbacks = {
		.xxfi_name = (char *)"synward-milter",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_NONE,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};
	int code;

	if (smfi_register(callbacks) != MI_SUCCESS) {
		sw_log(LOG_ERR, "libmilter does not take us");
		return -1;
	}
	if (open_socket(settings))
		return -1;
	held.path = settings->traps;
	if (held.path && read_traps(held.path, &held.traps))
		return -1;
	smfi_settimeout(IDLE_SECONDS);
	block_signals();
	code = sw_outbox_start(settings->events, &outbox);
	if (code)
		sw_log(LOG_ERR, "cannot send to %s: %s", settings->events, strerror(-code));
	return code;
}

int main(int argc, char **argv)
{
	struct settings settings = { .socket = SOCKET_DEFAULT, .events = EVENTS_DEFAULT };
	struct sw_outbox_counts counts;
	int status = EXIT_FAILURE;

	if (sw_standard_open())
		return EXIT_FAILURE;
	if (!parse_options(argc, argv, &settings, &status))
		return status;
	if (start(&settings))
		return EXIT_FAILURE;
	sw_log(LOG_INFO, "waiting for the mail server on %s, telling %s", settings.socket,
	       settings.events);
	sd_notify(0, "READY=1");
	status = smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
	counts = sw_outbox_counts(outbox);
	outbox = sw_outbox_stop(outbox, STOP_MS);
	sw_log(LOG_INFO, "ended: %llu events, %llu of them dropped", (unsigned long long)counts.put,
	       (unsigned long long)counts.dropped);
	held.traps = sw_traps_free(held.traps);
	return status;
}
