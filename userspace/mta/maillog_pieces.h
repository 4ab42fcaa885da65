/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maillog_pieces - what patterns of maillog_patterns.def are made of, and why each is safe.
 * Included by that table alone, each time anew.
 *
 * ADDRESS           letters of an address; whether it is one, sw_prefix_parse says
 * IN_BRACKETS       an address as RFC 5321 has it, without <>: spaces and > in quotes alone
 * POSTFIX_CLIENT    name[address]:port. Postfix takes no PTR name that is not a host name, so
 *                   there is no bracket and no space before that of the address
 * EXIM_CLIENT       H=name (helo) [address]:port. HELO comes before the address, and where
 *                   helo_accept_junk_hosts lets it through it can be anything. So it must have no
 *                   space and no bracket, and where there is one, no ") [address]" may follow: it
 *                   could be the true one. A name that Exim has not checked is not written
 * SENDMAIL_CLIENT   name [address] (may be forged), at the end of a line, or before ", reject="
 * SENDMAIL_RULESET  arg1 is the client's choice, and so is what the reply repeats: of
 *                   ", relay=" and ", reject=" there must be one each
 * OPENSMTPD_ADDRESS the first thing after the session's number
 * OPENSMTPD_RCPT    the command as the client wrote it, in small letters or large
 */
#define ADDRESS "[0-9A-Fa-f:.]{2,45}"
#define IP "(?<ip>" ADDRESS ")"
#define IN_BRACKETS "(?:\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s\"<>\\\\]|\\\\.)*+"

#define POSTFIX_ID "(?!warning:|error:|fatal:|panic:)[0-9A-Za-z]{5,24}" /* also NOQUEUE */
#define POSTFIX_CLIENT "[^\\s\\[\\]]*\\[(?:IPv6:)?" IP "\\](?::\\d{1,5})?"

#define EXIM_ID "[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}"
#define EXIM_CLIENT                                                                   \
	"H=(?:[^\\s()\\[\\]]+ )?(?:\\([^()\\s]*\\) (?!.*?\\) \\[[0-9A-Fa-f:.]+\\]))?" \
	"\\[" IP "\\](?::\\d{1,5})?"

#define SENDMAIL_ID "[0-9A-Za-z]{8,22}"
#define SENDMAIL_CLIENT "[^\\[\\],]*\\[(?:IPv6:)?" IP "\\](?: \\(may be forged\\))?"
#define SENDMAIL_RULESET                                                                          \
	"arg1=(?!.*, relay=.*, relay=)(?!.*, reject=.*, reject=)[^\\n]*?, relay=" SENDMAIL_CLIENT \
	", reject=(?<text>.*)$"

#define OPENSMTPD_ID "[0-9a-f]{16}"
#define OPENSMTPD_ADDRESS "\\[?(?:IPv6:)?" IP "\\]?"
#define OPENSMTPD_RCPT "(?i:RCPT TO)[: ]*<?(?<rcpt>[^\\s\">]*).*?"
