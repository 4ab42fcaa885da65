/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a message: read or refused with words; all that comes out of it lies in the message or in
 * memory of the report, is of a known kind, and is bounded.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mta/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

/* Read every byte, so that a sanitizer sees where they are. */
static void touch(struct sw_text text)
{
	volatile unsigned char sum = 0;

	check(text.at || !text.n);
	for (size_t i = 0; i < text.n; i++)
		sum = (unsigned char)(sum + text.at[i]);
}

static void check_feedback(const struct sw_feedback *feedback)
{
	check(feedback->type < SW_FEEDBACK_TYPES && sw_feedback_type_name(feedback->type)[0]);
	check(feedback->incidents >= 1);
	for (unsigned i = 0; i < SW_FEEDBACK_FIELDS; i++)
		touch(feedback->field[i]);
	for (unsigned i = 0; i < SW_FEEDBACK_LISTS; i++) {
		check(feedback->list[i].n <= SW_REPORT_LIST);
		for (unsigned k = 0; k < feedback->list[i].n; k++)
			touch(feedback->list[i].value[k]);
	}
	touch(feedback->reporting_mta);
}

static void check_recipient(const struct sw_report_recipient *recipient)
{
	touch(recipient->address);
	touch(recipient->original);
	touch(recipient->remote_mta);
	touch(recipient->diagnostic);
	for (size_t i = 0; i < recipient->diagnostic.n; i++)
		check((unsigned char)recipient->diagnostic.at[i] >= 0x20);
	check(strlen(recipient->status) < SW_REPORT_STATUS);
	check(!recipient->code || (recipient->code >= 200 && recipient->code < 600));
	check(recipient->reason < SW_REPORT_REASONS);
	check(sw_report_reason_name(recipient->reason)[0]);
	check(sw_report_reason_class(recipient->reason) < SW_REPORT_CLASSES);
	check(!recipient->permanent || recipient->status[0] != '4');
}

static void check_report(const struct sw_report *report)
{
	check(report->recipients <= SW_REPORT_RECIPIENTS && report->hops <= SW_REPORT_HOPS);
	if (report->kind == SW_REPORT_FEEDBACK)
		check_feedback(&report->feedback);
	check((report->kind == SW_REPORT_DELIVERY) == (report->recipients > 0));
	for (unsigned i = 0; i < report->recipients; i++)
		check_recipient(&report->recipient[i]);
	for (unsigned i = 0; i < report->hops; i++) {
		touch(report->hop[i].by);
		check(!report->hop[i].from.family ||
		      report->hop[i].from.len == sw_prefix_full(&report->hop[i].from));
	}
	check(!report->source.family || report->source.len == sw_prefix_full(&report->source));
	touch(report->reporting_mta);
	touch(report->received_from_mta);
	touch(report->envelope_id);
	touch(report->returned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct sw_report *report = NULL;
	struct sw_err err = { "" };
	int code;

	check(copy);
	if (size)
		memcpy(copy, data, size);
	code = sw_report_parse(copy, size, &report, &err);
	if (code) {
		check(!report && code == -EINVAL && err.text[0]);
	} else {
		check_report(report);
		sw_report_free(report);
	}
	free(copy);
	return 0;
}
