/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle - the verdict for one address by reading the rules word for word: every
 * entry is looked at, nothing is sorted, nothing is remembered. Slow and plain,
 * to hold the table against.
 */
#ifndef SYNWARD_TESTS_SUPPORT_ORACLE_H
#define SYNWARD_TESTS_SUPPORT_ORACLE_H

#include "lists/flatten.h"

uint8_t sw_oracle4(const struct sw_entry4 *entries, size_t n,
		   const struct sw_rank rank[SW_CLASS_MAX], uint32_t addr);
uint8_t sw_oracle6(const struct sw_entry6 *entries, size_t n,
		   const struct sw_rank rank[SW_CLASS_MAX], uint64_t hi, uint64_t lo);

#endif
