/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_dns - the DNS as a test wants it, behind struct sw_dns.
 *
 * Names, records and troubles are added by calls or as lines of text. A question is
 * answered at once, before ask returns; or, after script_dns_hold, when the test says so and
 * in the order it says; or, at names with a delay, when script time has passed. An answer is
 * made of what the zone says when it is given, not when it was asked for.
 *
 * As in the real one: names have no case; a name above another one exists (NODATA, not
 * NXDOMAIN); aliases are followed, and a loop of them is SERVFAIL; "*" stands for names that
 * do not exist; what is no name is SW_DNS_TEMPFAIL with SW_DNS_MALFORMED.
 *
 * Callbacks may ask and cancel; they may not change the zone. Ends the program when it is
 * used wrongly or memory is short. Needs no cmocka: fuzz targets use it too.
 */
#ifndef SYNWARD_TESTS_SUPPORT_SCRIPT_DNS_H
#define SYNWARD_TESTS_SUPPORT_SCRIPT_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"

struct script_dns;

struct script_dns *script_dns_open(void);
/* Callbacks of questions that wait are not called. NULL. */
struct script_dns *script_dns_close(struct script_dns *s);
const struct sw_dns *script_dns_dns(struct script_dns *s);

/* ---- the zone ---- */

#define SCRIPT_DNS_TTL 300 /* where a line says nothing, and of absence */

/* @value: "192.0.2.1"; "2001:db8::1"; a name (PTR); "10 mx.example.com" (MX); text (TXT). */
void script_dns_add(struct script_dns *s, const char *name, enum sw_dns_type type,
		    const char *value, uint32_t ttl);
void script_dns_add_txt(struct script_dns *s, const char *name, const void *bytes, size_t n,
			uint32_t ttl);
void script_dns_add_alias(struct script_dns *s, const char *name, const char *target, uint32_t ttl);
/* Take all records of @type away; the name goes on to exist. 0: of all types, and its alias. */
void script_dns_remove(struct script_dns *s, const char *name, enum sw_dns_type type);
/* How long an absence counts, from now on. */
void script_dns_absence(struct script_dns *s, uint32_t ttl);

/* Questions for @type (0: all types) at @name fail, whatever records there are.
 * SW_DNS_TROUBLE_NONE: not any more. */
void script_dns_trouble(struct script_dns *s, const char *name, enum sw_dns_type type,
			enum sw_dns_trouble trouble);
/* All questions fail: the resolver is down. SW_DNS_TROUBLE_NONE: it is well. */
void script_dns_down(struct script_dns *s, enum sw_dns_trouble trouble);

/*
 * One line: NAME [TTL] A|AAAA|PTR|MX|TXT|CNAME VALUE, NAME TIMEOUT|SERVFAIL|REFUSED|MALFORMED,
 * NAME DELAY MILLISECONDS. TXT is all up to the end of the line, without quotes. False, and
 * nothing is changed: it is none.
 */
bool script_dns_line(struct script_dns *s, const char *line, size_t n);
/* Many; empty ones and those that begin with # are passed over. A bad one ends the program. */
void script_dns_zone(struct script_dns *s, const char *text);

/* ---- when answers come ---- */

/* From now on answers wait for script_dns_step. false: they come at once. Those that wait go on
 * to wait. */
void script_dns_hold(struct script_dns *s, bool hold);
/* Answers for @name wait until @ms of script time have passed. */
void script_dns_delay(struct script_dns *s, const char *name, uint32_t ms);

size_t script_dns_waiting(const struct script_dns *s);
/* Answer the @i th of those that wait, from the oldest; false: there are fewer. */
bool script_dns_step_at(struct script_dns *s, size_t i);
static inline bool script_dns_step(struct script_dns *s)
{
	return script_dns_step_at(s, 0);
}
/* Answer one that waits for this name and type; false: there is none. */
bool script_dns_step_for(struct script_dns *s, const char *name, enum sw_dns_type type);
/* Until none waits; how many that were. */
size_t script_dns_run(struct script_dns *s);
/* Let time pass, and answer what is due on its way, in the order of time. */
void script_dns_pass(struct script_dns *s, uint32_t ms);

/* ---- what was asked ---- */

size_t script_dns_asked(const struct script_dns *s);
/* Of these, how many wanted no answer that was kept. */
size_t script_dns_asked_anew(const struct script_dns *s);
/* At this name; type 0: all types. */
size_t script_dns_asked_for(struct script_dns *s, const char *name, enum sw_dns_type type);
/* Questions that were cancelled while they waited. */
size_t script_dns_cancelled(const struct script_dns *s);

#endif
