/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wording - what a sender is told who is turned away: a template of the operator's, and the facts
 * about this one source, become one line that any mail server can send.
 *
 * Pure. What comes out is printable ASCII, one line, no two blanks in a row and none at the
 * ends, at most SW_WORDING_MAX bytes, whatever goes in: reasons that people typed and words that
 * DNS lists send are a stranger's text, and end in the logs and in the bounces of others.
 *
 *   %a  the address        %r  why, in short           %u  where to look it up
 *   %c  the class          %w  the list's own words    %h  the name of this host
 *   %%  a percent sign
 *
 * What is long gives way: reason and words share the room that all the rest leaves, so that the
 * address to look it up is never cut off by what a list had to say.
 */
#ifndef SYNWARD_RULES_WORDING_H
#define SYNWARD_RULES_WORDING_H

#include <stddef.h>

#define SW_WORDING_MAX 400 /* bytes; a line of SMTP has 512, with its code */
#define SW_WORDING_TEXT (SW_WORDING_MAX + 1)

/* Anybody's text; NULL: there is none. */
struct sw_wording_facts {
	const char *address, *class, *reason, *words, *lookup, *host;
};

/* Fill in @template; a macro that is none stands for nothing. The length of @out. */
size_t sw_wording_render(const char *template, const struct sw_wording_facts *facts,
			 char out[SW_WORDING_TEXT]);

/* @text as it may be sent: what is not printable ASCII becomes ?, blanks and what ends lines one
 * blank. Cut to @size, its NUL included. The length of @out. */
size_t sw_wording_clean(const char *text, char *out, size_t size);

/*
 * Of a reason as an examination has it, "a.example 127.0.0.2 (+3): score 3, reject from 3; Spam was
 * seen": the names of the DNS lists that counted, "a.example, b.example", each once in a row; and
 * what a list said. Weights and sum are ours, and in neither. Each may be empty. The length of
 * @out.
 */
size_t sw_wording_lists(const char *reason, char out[SW_WORDING_TEXT]);
size_t sw_wording_said(const char *reason, char out[SW_WORDING_TEXT]);

#endif
