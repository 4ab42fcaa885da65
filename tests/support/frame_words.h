/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frame_words - a frame written as words, for the tools' command lines and inputs.
 *
 *   src=5.188.1.1 dst=198.51.100.25     addresses, of one family
 *   sport=40000 dport=25 seq=1
 *   smac=02:00:00:00:00:01 dmac=...
 *   vlan=100 vlan=88a8:200              tags, outermost first; TPID in hex
 *   flags=S                             of FSRPAUEW, or "none"
 *   ipopt=8 tcpopt=12                   bytes of no-operation options
 *   ext=hop ext=routing+2 ext=frag      IPv6; more 8-byte units after "+";
 *                                       hop routing frag esp ah dst or a number
 *   frag=0+ frag=185                    offset in units of 8 bytes; "+": more follow
 *   payload=1000 l4=12                  bytes; l4 cuts the TCP header and what follows
 *   proto=17 ethertype=0806 version=5   the latter but one in hex
 *   ihl=-1 iplen=4 doff=-1              added to the length fields
 */
#ifndef SYNWARD_TESTS_SUPPORT_FRAME_WORDS_H
#define SYNWARD_TESTS_SUPPORT_FRAME_WORDS_H

#include "frames.h"

/* Let one word change @spec. -EINVAL: bad value; -ENOENT: no such key. */
int sw_frame_word(struct sw_frame *spec, const char *word);

#endif
