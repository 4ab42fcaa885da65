#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same as test_bounce_mtas.sh with Postfix and Sendmail, by their logs.
# Takes long: it waits for the ends of locks.
# shellcheck source=tests/e2e/bounce_lab.sh
. "$(dirname "$0")/bounce_lab.sh"

bounce_by_log postfix sendmail
tap_done
