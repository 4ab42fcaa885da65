/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle_set - the oracle for large sets: the same rules as oracle.h, but the
 * entries of one prefix are found by a hash, so that an address costs one probe
 * for each prefix length and not one look at each entry. At most 32 classes.
 */
#ifndef SYNWARD_TESTS_SUPPORT_ORACLE_SET_H
#define SYNWARD_TESTS_SUPPORT_ORACLE_SET_H

#include "lists/flatten.h"

struct sw_oracle_set;

/* @entries6 or @entries4 may be NULL. Aborts when memory is short. */
struct sw_oracle_set *sw_oracle_set_new(const struct sw_entry4 *entries4, size_t n4,
					const struct sw_entry6 *entries6, size_t n6);
struct sw_oracle_set *sw_oracle_set_free(struct sw_oracle_set *set);

uint8_t sw_oracle_set_ask4(const struct sw_oracle_set *set, const struct sw_rank rank[SW_CLASS_MAX],
			   uint32_t addr);
uint8_t sw_oracle_set_ask6(const struct sw_oracle_set *set, const struct sw_rank rank[SW_CLASS_MAX],
			   uint64_t hi, uint64_t lo);

#endif
