/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * option - the rows of options.def, and how the text of one value becomes the
 * field of a struct. Pure; shared by the files of config alone.
 */
#ifndef SYNWARD_LIB_OPTION_H
#define SYNWARD_LIB_OPTION_H

#include "config.h"

enum sw_option_section { SW_SECTION_ROOT, SW_SECTION_LIST };

enum sw_option_type {
	SW_OPTION_INTERFACES,
	SW_OPTION_PORTS,
	SW_OPTION_PREFIXES,
	SW_OPTION_TEXTS,
	SW_OPTION_DOMAINS,
	SW_OPTION_WORD,
	SW_OPTION_PATH,
	SW_OPTION_FILE,
	SW_OPTION_NUMBER,
	SW_OPTION_BOOL,
	SW_OPTION_PERCENT,
	SW_OPTION_FACTOR,
	SW_OPTION_RATE,
	SW_OPTION_DURATION,
	SW_OPTION_DEADMAN,
	SW_OPTION_USER,
	SW_OPTION_TEMPLATE,
	SW_OPTION_MAIL,
};

struct sw_option {
	enum sw_option_section section;
	const char *name;
	enum sw_option_type type;
	size_t offset; /* of the field in struct sw_config or sw_config_list */
	const char *def;
	double min, max; /* of a duration in milliseconds */
	const char *words; /* separated by one space; of a template: letters */
	const char *help;
};

#define SW_OPTION_ROWS 128 /* more than there are */

extern const struct sw_option sw_options[];
extern const unsigned sw_options_n;

/* More than one value, in braces. */
static inline bool sw_option_is_list(const struct sw_option *o)
{
	return o->type <= SW_OPTION_DOMAINS;
}

/* The row of @name in @section; NULL: there is none. */
const struct sw_option *sw_option_find(enum sw_option_section section, const char *name);

/* The name in @section that @name may be a slip of; NULL: none is near. */
const char *sw_option_nearest(enum sw_option_section section, const char *name);

/*
 * Set the field of @o in @base (a struct sw_config or sw_config_list) from @text;
 * a list is appended to. -EINVAL with words, -ENOMEM; the field is then untouched.
 */
int sw_option_set(const struct sw_option *o, void *base, const char *text, struct sw_err *err);

/* Those of option_time.c, likewise. */
int sw_option_set_duration(const struct sw_option *o, int64_t *field, const char *text,
			   struct sw_err *err);
int sw_option_set_deadman(const struct sw_option *o, struct sw_config *c, const char *text,
			  struct sw_err *err);

/* That of option_domain.c: the domain is added in lower case, without a dot at its end. */
int sw_option_add_domain(struct sw_texts *domains, const char *text, struct sw_err *err);

/* That of option_template.c, which gives *@field the place of another one. */
int sw_option_set_template(const struct sw_option *o, char **field, const char *text,
			   struct sw_err *err);

/* One more text. -EINVAL with words: too many; -ENOMEM. */
int sw_option_add_text(struct sw_texts *texts, const char *text, struct sw_err *err);

#endif
