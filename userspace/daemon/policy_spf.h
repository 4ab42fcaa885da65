/* SPDX-License-Identifier: GPL-2.0-only */
/* policy_spf - the networks of allow-spf as a list of a policy. For the files of policy alone. */
#ifndef SYNWARD_DAEMON_POLICY_SPF_H
#define SYNWARD_DAEMON_POLICY_SPF_H

#include "policy.h"

/* Fill spf and spf_list of @policy, whose config and spf_class are set. NULL: no networks.
 * -ENOMEM. */
int sw_policy_spf_take(struct sw_policy *policy, const struct sw_spf_domains *domains);

#endif
