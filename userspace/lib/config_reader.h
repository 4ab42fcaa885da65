/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_reader - what the steps of reading a config share: text, then options
 * one by one, then what options must be to each other. For the files of config alone.
 */
#ifndef SYNWARD_LIB_CONFIG_READER_H
#define SYNWARD_LIB_CONFIG_READER_H

#include "option.h"

/* The line on which each option of a section was given; 0: it was not. */
struct sw_config_seen {
	unsigned line[SW_OPTION_ROWS];
};

struct sw_config_reader {
	const char *path; /* of the file that is read */
	const char *stands_for; /* the config file; path, unless that is a copy of it */
	char *folder; /* of the config file, absolute */
	void (*note)(void *ctx, const char *text);
	void *ctx;
	unsigned errors;
	bool broken; /* an error of syntax: what follows it was not read */
	struct sw_config *config;
	struct sw_config_seen root;
	struct sw_config_seen *lists; /* as many as config->lists */
};

/* Tell of an error on @line (0: of the file as a whole), and count it. */
void sw_config_complain(struct sw_config_reader *r, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The line on which option @name of a section was given, or 0. */
unsigned sw_config_line(const struct sw_config_seen *seen, enum sw_option_section section,
			const char *name);

/*
 * The text of the file with its comments blanked, as many lines as before, to be
 * freed, and in config->text as it is; NULL when it cannot be a config (which was told): -errno in *@code.
 */
char *sw_config_text(struct sw_config_reader *r, int *code);

/* What options must be to each other, all of it. */
void sw_config_check(struct sw_config_reader *r);

#endif
