/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_class - which class of the card a single verdict is of. Pure; see the .def. */
#ifndef SYNWARD_RULES_VERDICT_CLASS_H
#define SYNWARD_RULES_VERDICT_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/origin.h"

struct sw_verdict_class {
	uint8_t class; /* number on the card; 0: a note, which is not there */
	uint8_t origin, action;
	bool ends; /* verdicts of this class do, or do not */
	uint8_t tier; /* enum sw_tier */
	const char *name;
};

/* The rows, and at their end one without a name. */
extern const struct sw_verdict_class sw_verdict_classes[];

/* The class of card rows that a verdict is of; 0: the card has none for it. */
uint8_t sw_verdict_class(uint8_t origin, uint8_t action, bool ends);

/* Is it one that is only kept? */
bool sw_verdict_is_note(uint8_t origin, uint8_t action, bool ends);

/* "operator-block", also for one that ends; the name of the origin if it has no class. */
const char *sw_verdict_class_name(uint8_t origin, uint8_t action);

/* Is there anything of which that returns @name? */
bool sw_verdict_class_is_name(const char *name);

#endif
