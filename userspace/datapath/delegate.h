/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * delegate - the calls of datapath.h that need privileges, done by another process.
 *
 * Opening or making the maps, attach, detach, links, elsewhere, commit, unpin, destroy. After
 * sw_datapath_delegate(fd) each of these sends one request over @fd, a SOCK_SEQPACKET
 * socket, and waits for its answer; maps travel as descriptors. Everything else of
 * datapath.h works on the descriptors and needs nobody. Callers notice nothing, but for one
 * more error: -EPIPE, the other process is gone. The filter goes on without it.
 *
 * Both ends are the same binary, so the messages (protocol in delegate_message.h) need no
 * versions.
 */
#ifndef SYNWARD_DATAPATH_DELEGATE_H
#define SYNWARD_DATAPATH_DELEGATE_H

#include "lib/err.h"

/* Send requests to @fd, which is borrowed; -1: this process does it itself again. */
void sw_datapath_delegate(int fd);

/* In the other process, while it has all of root's rights: mount bpffs, make @pin_dir. */
int sw_datapath_serve_prepare(const char *pin_dir, struct sw_err *err);

/*
 * In the other process: answer requests that come over @fd, and touch no pins but those
 * of @pin_dir, until the peer closes it. Every request is checked; one that is not
 * understood is answered with -EPROTO. 0: the peer is gone. -errno of the socket.
 */
int sw_datapath_serve(int fd, const char *pin_dir);

#endif
