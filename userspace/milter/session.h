/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session - one SMTP session as a milter is told of it, and the events that it makes.
 *
 * Pure. A session whose client is this machine, is not on the internet, or has logged in makes none.
 * The source is what the mail server says the client's address is, and nothing that the client says
 * of itself is looked at but sender and recipients.
 */
#ifndef SYNWARD_MILTER_SESSION_H
#define SYNWARD_MILTER_SESSION_H

#include <stdbool.h>

#include "milter/traps.h"
#include "mta/event.h"

struct sockaddr;

struct sw_session {
	struct sw_prefix source; /* family 0: makes no events */
	bool authenticated;
	bool null_sender; /* of this message */
	uint32_t accepted; /* recipients of this message */
};

/* What a milter knows of a recipient; NULL where the mail server did not say. */
struct sw_session_rcpt {
	const char *rcpt; /* as in RCPT TO, with or without <> */
	const char *mailer, *host, *addr; /* {rcpt_mailer}, {rcpt_host}, {rcpt_addr} */
};

/* A client connected; @peer may be NULL, or of any family. */
void sw_session_connect(struct sw_session *session, const struct sockaddr *peer);
/* A message begins. @login: {auth_authen}, or NULL. */
void sw_session_mail(struct sw_session *session, const char *sender, const char *login);

/* A recipient was taken or turned away. True: *@ret is an event, which borrows @rcpt. */
bool sw_session_rcpt(struct sw_session *session, const struct sw_session_rcpt *rcpt,
		     const struct sw_traps *traps, struct sw_mta_event *ret);

/* The message is there whole. True: *@ret is an event. The session is ready for the next one. */
bool sw_session_end(struct sw_session *session, struct sw_mta_event *ret);
/* It came to nothing. */
void sw_session_abort(struct sw_session *session);

#endif
