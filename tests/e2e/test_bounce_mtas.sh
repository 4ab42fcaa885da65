#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Exim and OpenSMTPD, as they are in Debian, and synwardd that reads their logs: who tries 30
# users who do not exist is locked, and its next SYN dropped; who has 30 of them among 5,000 is
# not; the lock ends by itself, the fourth is permanent, and restarts change none of it.
# Takes long: it waits for the ends of locks.
# shellcheck source=tests/e2e/bounce_lab.sh
. "$(dirname "$0")/bounce_lab.sh"

bounce_by_log exim opensmtpd
tap_done
