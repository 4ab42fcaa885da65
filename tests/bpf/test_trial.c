/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Own prefixes and reloads on probation, on real maps and interfaces: what is in force
 * after each step, asked of the card, and what a crash or a restart makes of it. A
 * daemon that crashes is one that is freed: nothing is done to the filter then.
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/enforce.h"
#include "support/folder.h"

#define PIN_DIR "/sys/fs/bpf/synward"

struct lab {
	char *folder;
	struct sw_enforce *e;
	char notes[65536];
	struct sw_err err;
};

/* ---- the lab ---- */

static int make_namespaces(void **state)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)) {
		print_error("cannot make namespaces: %s; this test needs root\n", strerror(errno));
		return -1;
	}
	return 0;
}

static int make_lab(void **state)
{
	static struct lab lab;

	lab = (struct lab){ .folder = folder_make() };
	*state = &lab;
	return system("ip link add sw0 type veth peer name sw1 &&"
		      "ip link add sw2 type veth peer name sw3");
}

static int remove_lab(void **state)
{
	struct lab *lab = *state;

	sw_enforce_free(lab->e);
	sw_datapath_detach("sw0", NULL);
	sw_datapath_detach("sw2", NULL);
	sw_datapath_unpin(PIN_DIR, NULL);
	folder_remove(lab->folder);
	return system("ip link del sw0; ip link del sw2 2> /dev/null; true");
}

/* ---- what the daemon is told ---- */

static void note(void *ctx, int level, const char *text)
{
	struct lab *lab = ctx;
	size_t n = strlen(lab->notes);

	snprintf(lab->notes + n, sizeof(lab->notes) - n, "<%d>%s\n", level, text);
}

static void note_config(void *ctx, const char *text)
{
	fail_msg("%s", text);
}

/* The config file: what is always there, and @text. */
static void write_config(struct lab *lab, const char *text)
{
	char all[2048];

	snprintf(all, sizeof(all),
		 "state-dir = \"%s/state\"\nrun-dir = \"%s/run\"\npin-dir = \"" PIN_DIR "\"\n"
		 "table6-blocks = 1024\nlimit-sources = 8192\n%s\n",
		 lab->folder, lab->folder, text);
	folder_write(lab->folder, "conf", all);
}

/* Two of them, which differ in all that a reload may change. */
#define ONE                                                        \
	"interfaces = {sw0}\nports = {25}\ntable4-blocks = 4096\n" \
	"list bad { file = bad action = drop max-change = 0 }"
#define TWO                                                                  \
	"interfaces = {sw2}\nports = {25, 26}\ntable4-blocks = 8192\n"       \
	"list bad { file = bad action = limit rate = 1/s max-change = 0 }\n" \
	"list worse { file = worse action = drop }"

static void write_one(struct lab *lab)
{
	write_config(lab, ONE);
	folder_write(lab->folder, "bad", "5.0.0.0/8\n2a05::/16\n");
}

static void write_two(struct lab *lab)
{
	write_config(lab, TWO);
	folder_write(lab->folder, "bad", "6.0.0.0/8\n");
	folder_write(lab->folder, "worse", "7.0.0.0/8\n");
}

static struct sw_config *read_config(const struct lab *lab)
{
	struct sw_config *config;

	assert_int_equal(
		sw_config_read(folder_path(lab->folder, "conf"), note_config, NULL, &config), 0);
	return config;
}

static const struct sw_own *own_of(const char *address, const char *why)
{
	static struct sw_own_entry entry;
	static struct sw_own own = { &entry, 1 };

	assert_int_equal(sw_addr_parse(address, &entry.prefix), 0);
	snprintf(entry.why, sizeof(entry.why), "%s", why);
	return &own;
}

static void start_with(struct lab *lab, const struct sw_own *own)
{
	const struct sw_enforce_options options = { .own = own, .note = note, .ctx = lab };

	lab->notes[0] = '\0';
	if (sw_enforce_start(read_config(lab), &options, &lab->e, &lab->err))
		fail_msg("%s", lab->err.text);
}

static void start(struct lab *lab)
{
	start_with(lab, NULL);
}

static void crash(struct lab *lab)
{
	lab->e = sw_enforce_free(lab->e);
}

static int reload(struct lab *lab)
{
	lab->notes[0] = '\0';
	lab->err.text[0] = '\0';
	return sw_enforce_reload(lab->e, read_config(lab), &lab->err);
}

static int try(struct lab *lab)
{
	lab->notes[0] = '\0';
	lab->err.text[0] = '\0';
	return sw_enforce_reload_tentative(lab->e, read_config(lab), &lab->err);
}

static void revert(struct lab *lab)
{
	lab->notes[0] = '\0';
	if (sw_enforce_revert(lab->e, &lab->err))
		fail_msg("%s", lab->err.text);
	assert_false(sw_enforce_is_tentative(lab->e));
	assert_true(sw_enforce_fell_back(lab->e));
}

/* ---- what is in force ---- */

/* The name of the class that the card, asked through its pins, has for @address. */
static const char *card(const char *address)
{
	static struct sw_class row;
	struct sw_datapath_found found;
	struct sw_prefix source;
	struct sw_datapath *dp;

	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &dp, NULL), 0);
	assert_int_equal(sw_addr_parse(address, &source), 0);
	sw_datapath_lookup(dp, &source, 1, &found);
	assert_int_equal(sw_datapath_class(dp, found.class, &row), 0);
	sw_datapath_close(dp);
	return row.name;
}

/* Interfaces, ports and size, e.g. "sw0 25 4096". */
static const char *shape(void)
{
	static char text[128];
	struct sw_datapath_link *links;
	struct sw_datapath_info info;
	struct sw_datapath *dp;
	size_t n;

	text[0] = '\0';
	assert_int_equal(sw_datapath_links(PIN_DIR, &links, &n, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(links[i].current);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", links[i].ifname);
	}
	free(links);
	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &dp, NULL), 0);
	for (unsigned port = 1; port < 65536; port++)
		if (sw_datapath_port_is_served(dp, (uint16_t)port))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u ", port);
	assert_int_equal(sw_datapath_info(dp, &info), 0);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u", info.size.table4_blocks);
	sw_datapath_close(dp);
	return text;
}

static void expect_one(void)
{
	assert_string_equal(shape(), "sw0 25 4096");
	assert_string_equal(card("5.1.1.1"), "bad");
	assert_string_equal(card("2a05::1"), "bad");
	assert_string_equal(card("6.1.1.1"), "unlisted");
	assert_string_equal(card("7.1.1.1"), "unlisted");
}

static void expect_two(void)
{
	assert_string_equal(shape(), "sw2 25 26 8192");
	assert_string_equal(card("5.1.1.1"), "unlisted");
	assert_string_equal(card("2a05::1"), "unlisted");
	assert_string_equal(card("6.1.1.1"), "bad");
	assert_string_equal(card("7.1.1.1"), "worse");
}

static bool there(const struct lab *lab, const char *name)
{
	return access(folder_path(lab->folder, name), F_OK) == 0;
}

static void expect_noted(const struct lab *lab, const char *words)
{
	if (!strstr(lab->notes, words))
		fail_msg("not noted: %s\n%s", words, lab->notes);
}

/* Nothing is remembered of any trial. */
static void expect_forgotten(const struct lab *lab)
{
	assert_false(there(lab, "state/confirmed.conf"));
	assert_false(there(lab, "state/unconfirmed.conf"));
	assert_false(sw_enforce_is_tentative(lab->e));
	assert_false(sw_enforce_fell_back(lab->e));
}

/* ---- own prefixes ---- */

static void own_prefixes_are_in_force_from_the_start(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start_with(lab, own_of("5.1.1.1", "address of eth0"));
	assert_string_equal(card("5.1.1.1"), "never-block");
	assert_string_equal(card("5.1.1.2"), "bad");
	assert_int_equal(sw_enforce_policy(lab->e)->own.n, 1);
	/* a reload leaves them */
	assert_int_equal(reload(lab), 0);
	assert_string_equal(card("5.1.1.1"), "never-block");
}

static void other_own_prefixes_take_no_file(void **state)
{
	struct lab *lab = *state;
	const struct sw_policy *policy;

	write_one(lab);
	start(lab);
	unlink(folder_path(lab->folder, "conf"));
	folder_write(lab->folder, "bad", "6.0.0.0/8\n");
	assert_int_equal(sw_enforce_own(lab->e, own_of("5.1.1.1", "address of eth0"), &lab->err),
			 0);
	assert_string_equal(card("5.1.1.1"), "never-block");
	assert_string_equal(card("5.1.1.2"), "bad");
	assert_string_equal(card("6.1.1.1"), "unlisted");
	/* the same again: nothing, but for the words */
	policy = sw_enforce_policy(lab->e);
	assert_int_equal(sw_enforce_own(lab->e, own_of("5.1.1.1", "address of eth1"), &lab->err),
			 0);
	assert_ptr_equal(sw_enforce_policy(lab->e), policy);
	assert_string_equal(policy->own.entry[0].why, "address of eth1");
	/* another, and none */
	assert_int_equal(sw_enforce_own(lab->e, own_of("5.1.1.2", "address of eth1"), &lab->err),
			 0);
	assert_string_equal(card("5.1.1.1"), "bad");
	assert_string_equal(card("5.1.1.2"), "never-block");
	assert_int_equal(sw_enforce_own(lab->e, &(struct sw_own){ NULL, 0 }, &lab->err), 0);
	assert_string_equal(card("5.1.1.2"), "bad");
}

static void own_prefixes_count_when_the_config_says_so(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	write_config(lab, "never-block-own = false\n" ONE);
	start_with(lab, own_of("5.1.1.1", "address of eth0"));
	assert_string_equal(card("5.1.1.1"), "bad");
	assert_int_equal(sw_enforce_own(lab->e, own_of("5.1.1.2", "address of eth0"), &lab->err),
			 0);
	assert_string_equal(card("5.1.1.2"), "bad");
	assert_int_equal(sw_enforce_policy(lab->e)->own.n, 0);
	write_one(lab);
	assert_int_equal(reload(lab), 0);
	assert_string_equal(card("5.1.1.1"), "bad");
	assert_string_equal(card("5.1.1.2"), "never-block");
}

/* ---- trials ---- */

static void what_is_confirmed_stays(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	expect_one();
	assert_int_equal(sw_enforce_confirm(lab->e, &lab->err), -ENOENT);
	assert_int_equal(sw_enforce_revert(lab->e, &lab->err), -ENOENT);
	write_two(lab);
	assert_int_equal(try(lab), 0);
	expect_two();
	assert_true(sw_enforce_is_tentative(lab->e));
	assert_false(sw_enforce_fell_back(lab->e));
	assert_false(there(lab, "state/lists/worse.last"));
	assert_int_equal(sw_enforce_confirm(lab->e, &lab->err), 0);
	expect_two();
	expect_forgotten(lab);
	assert_true(there(lab, "state/lists/worse.last"));
	assert_int_equal(sw_enforce_revert(lab->e, &lab->err), -ENOENT);
	crash(lab);
	start(lab);
	expect_two();
}

static void what_is_not_confirmed_goes(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	for (int i = 0; i < 3; i++) {
		write_two(lab);
		assert_int_equal(try(lab), 0);
		expect_two();
		/* whatever becomes of the files meanwhile */
		unlink(folder_path(lab->folder, "bad"));
		folder_write(lab->folder, "worse", "5.0.0.0/8\n");
		revert(lab);
		expect_one();
		assert_int_equal(sw_enforce_policy(lab->e)->lists_n, 1);
		assert_false(sw_enforce_policy(lab->e)->lists[0].stale);
	}
	/* by itself it stays so, and what was not confirmed can be told from what was not tried */
	write_two(lab);
	{
		struct sw_config *config = read_config(lab);

		assert_true(sw_enforce_is_unconfirmed(lab->e, config));
		sw_config_free(config);
		write_one(lab);
		config = read_config(lab);
		assert_false(sw_enforce_is_unconfirmed(lab->e, config));
		sw_config_free(config);
	}
	assert_int_equal(reload(lab), 0);
	expect_one();
	expect_forgotten(lab);
}

static void a_trial_is_not_disturbed(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	write_two(lab);
	assert_int_equal(try(lab), 0);
	write_one(lab);
	assert_int_equal(reload(lab), -EBUSY);
	assert_non_null(strstr(lab->err.text, "confirm"));
	assert_int_equal(try(lab), -EBUSY);
	expect_two();
	revert(lab);
	expect_one();
}

/* They are the machine's, not the config's: those of now count, before and after. */
static void own_prefixes_change_during_a_trial(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start_with(lab, own_of("5.1.1.1", "address of eth0"));
	write_two(lab);
	assert_int_equal(try(lab), 0);
	assert_int_equal(sw_enforce_own(lab->e, own_of("5.1.1.2", "address of eth0"), &lab->err),
			 0);
	assert_string_equal(card("5.1.1.2"), "never-block");
	assert_true(sw_enforce_is_tentative(lab->e));
	revert(lab);
	assert_string_equal(card("5.1.1.1"), "bad");
	assert_string_equal(card("5.1.1.2"), "never-block");
	assert_string_equal(card("5.1.1.3"), "bad");
}

static void an_interface_that_went_does_not_keep_the_rest(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	write_config(lab, "interfaces = {sw0, sw2}\nports = {25}\ntable4-blocks = 4096\n"
			  "list bad { file = bad action = drop }");
	start(lab);
	write_two(lab);
	write_config(lab, "interfaces = {sw0}\nlist bad { file = bad action = drop }");
	assert_int_equal(try(lab), 0);
	assert_int_equal(system("ip link del sw2"), 0);
	revert(lab);
	expect_noted(lab, "<3>sw2");
	expect_one();
}

/* ---- single verdicts, which no reload concerns ---- */

static void block(const struct lab *lab, uint32_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct sw_prefix source = sw_prefix_ip4(first + i, 32);

		assert_int_equal(sw_datapath_verdict_set(sw_enforce_datapath(lab->e), &source,
							 SW_CLASS_OPERATOR_BLOCK, 0, NULL),
				 0);
	}
}

static void verdicts_stay_whatever_becomes_of_the_trial(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	block(lab, 0x08000000, 1);
	write_two(lab);
	assert_int_equal(try(lab), 0); /* to new maps ... */
	assert_string_equal(card("8.0.0.0"), "operator-block");
	block(lab, 0x08000001, 1);
	assert_int_equal(sw_enforce_own(lab->e, own_of("8.0.0.2", "address of eth0"), &lab->err),
			 0);
	revert(lab); /* ... and to others again */
	expect_one();
	assert_string_equal(card("8.0.0.0"), "operator-block");
	assert_string_equal(card("8.0.0.1"), "operator-block");
	assert_string_equal(card("8.0.0.2"), "never-block");
}

static void more_verdicts_than_before_do_not_keep_the_rest(void **state)
{
	struct lab *lab = *state;

	write_config(lab, "verdicts = 1024\n" ONE);
	folder_write(lab->folder, "bad", "5.0.0.0/8\n2a05::/16\n");
	start(lab);
	write_two(lab);
	write_config(lab, "verdicts = 8192\n" TWO);
	assert_int_equal(try(lab), 0);
	block(lab, 0x08000000, 5000);
	revert(lab);
	expect_noted(lab, "<4>the sizes of maps stay as they are");
	assert_string_equal(shape(), "sw0 25 8192");
	assert_string_equal(card("5.1.1.1"), "bad");
	assert_string_equal(card("6.1.1.1"), "unlisted");
	assert_string_equal(card("8.0.0.0"), "operator-block");
	assert_string_equal(card("8.0.19.135"), "operator-block");
}

/* ---- trials and files: list contents alone ---- */

static void a_list_alone_may_be_tried(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	folder_write(lab->folder, "bad", "6.0.0.0/8\n");
	assert_int_equal(try(lab), 0);
	assert_string_equal(card("5.1.1.1"), "unlisted");
	crash(lab);
	start(lab); /* the config is the same, but the list was tried with it */
	expect_one();
	assert_true(sw_enforce_fell_back(lab->e));
	assert_true(sw_enforce_policy(lab->e)->lists[0].stale);
	/* reload takes the file, and another start does so too */
	assert_int_equal(reload(lab), 0);
	assert_string_equal(card("6.1.1.1"), "bad");
	expect_forgotten(lab);
	crash(lab);
	start(lab);
	assert_string_equal(card("6.1.1.1"), "bad");
}

/* ---- crashes and restarts ---- */

static void after_a_crash_what_was_confirmed_comes_back(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	write_two(lab);
	assert_int_equal(try(lab), 0);
	crash(lab);
	expect_two(); /* nobody is there to change that */
	for (int i = 0; i < 2; i++) {
		start(lab);
		expect_noted(lab, "<4>");
		expect_noted(lab, "not confirmed: NOT used");
		expect_one();
		assert_string_equal(sw_enforce_policy(lab->e)->config->path,
				    folder_path(lab->folder, "conf"));
		assert_true(sw_enforce_fell_back(lab->e));
		assert_false(sw_enforce_is_tentative(lab->e));
		crash(lab);
	}
	start(lab);
	/* another trial from there, and back again */
	write_two(lab);
	assert_int_equal(try(lab), 0);
	expect_two();
	revert(lab);
	expect_one();
	assert_int_equal(try(lab), 0);
	assert_int_equal(sw_enforce_confirm(lab->e, &lab->err), 0);
	expect_two();
	expect_forgotten(lab);
	crash(lab);
	start(lab);
	expect_two();
}

static void after_a_revert_a_restart_does_not_try_again(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	write_two(lab);
	assert_int_equal(try(lab), 0);
	revert(lab);
	crash(lab);
	start(lab);
	expect_noted(lab, "not confirmed: NOT used");
	expect_one();
	/* not of a file either that was not tried: that one is somebody's will */
	write_two(lab);
	write_config(lab, TWO "\n# mended");
	crash(lab);
	start(lab);
	expect_two();
	expect_forgotten(lab);
}

static void when_what_was_confirmed_is_spoilt_the_file_must_do(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	write_two(lab);
	assert_int_equal(try(lab), 0);
	crash(lab);
	folder_write(lab->folder, "state/confirmed.conf", "nonsense = 1\n");
	start(lab);
	expect_noted(lab, "cannot be read");
	expect_two();
	expect_forgotten(lab);
}

/* ---- trials that fail ---- */

/* More than the table holds. */
static void write_too_much(struct lab *lab)
{
	FILE *file = fopen(folder_path(lab->folder, "bad"), "w");

	assert_non_null(file);
	for (unsigned i = 0; i < 20000; i++)
		fprintf(file, "%u.%u.%u.%u\n", 20 + i / 256, i % 256, i % 251, i % 241);
	fclose(file);
}

static void a_trial_that_fails_is_none(void **state)
{
	struct lab *lab = *state;

	write_one(lab);
	start(lab);
	/* early: by what it names */
	write_config(lab, "interfaces = {nosuch0}");
	assert_int_equal(try(lab), -ENODEV);
	expect_forgotten(lab);
	/* late: by what it needs */
	write_config(lab, ONE);
	write_too_much(lab);
	assert_int_equal(try(lab), -ENOSPC);
	expect_one();
	assert_false(there(lab, "state/unconfirmed.conf"));
	assert_false(sw_enforce_is_tentative(lab->e));
	/* after one that was taken back: that one is what is remembered */
	write_two(lab);
	assert_int_equal(try(lab), 0);
	revert(lab);
	write_config(lab, ONE "\n# too much");
	write_too_much(lab);
	assert_int_equal(try(lab), -ENOSPC);
	assert_true(sw_enforce_fell_back(lab->e));
	write_two(lab);
	crash(lab);
	start(lab);
	expect_one();
	assert_true(sw_enforce_fell_back(lab->e));
}

static void what_cannot_be_remembered_is_not_tried(void **state)
{
	struct lab *lab = *state;
	char command[512];

	write_one(lab);
	start(lab);
	snprintf(command, sizeof(command), "mv %s/state %s/away && touch %s/state", lab->folder,
		 lab->folder, lab->folder);
	assert_int_equal(system(command), 0);
	write_two(lab);
	assert_int_equal(try(lab), -ENOTDIR);
	assert_non_null(strstr(lab->err.text, "cannot remember"));
	expect_one();
	assert_false(sw_enforce_is_tentative(lab->e));
	/* a plain reload is as good as ever, and complains of copies alone */
	write_one(lab);
	assert_int_equal(reload(lab), 0);
	assert_string_equal(lab->notes, strstr(lab->notes, "<6>"));
	assert_null(strstr(lab->notes, "unconfirmed"));
}

static void what_cannot_be_forgotten_is_not_confirmed(void **state)
{
	struct lab *lab = *state;
	char command[512];

	write_one(lab);
	start(lab);
	write_two(lab);
	assert_int_equal(try(lab), 0);
	snprintf(command, sizeof(command),
		 "mount --bind %s/state %s/state && "
		 "mount -o remount,bind,ro %s/state",
		 lab->folder, lab->folder, lab->folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(sw_enforce_confirm(lab->e, &lab->err), -EROFS);
	assert_true(sw_enforce_is_tentative(lab->e));
	snprintf(command, sizeof(command), "umount %s/state", lab->folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(sw_enforce_confirm(lab->e, &lab->err), 0);
	expect_forgotten(lab);
	expect_two();
}

static void state_dir_stays_where_it_is(void **state)
{
	struct lab *lab = *state;
	char text[512];

	write_one(lab);
	start(lab);
	snprintf(text, sizeof(text),
		 "interfaces = {sw0}\nstate-dir = \"%s/other\"\nrun-dir = \"%s/run\"\n"
		 "pin-dir = \"" PIN_DIR "\"",
		 lab->folder, lab->folder);
	folder_write(lab->folder, "conf", text);
	assert_int_equal(reload(lab), -EINVAL);
	assert_non_null(strstr(lab->err.text, "state-dir"));
	assert_int_equal(try(lab), -EINVAL);
	expect_one();
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, make_lab, remove_lab)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(own_prefixes_are_in_force_from_the_start),
		IN_LAB(other_own_prefixes_take_no_file),
		IN_LAB(own_prefixes_count_when_the_config_says_so),
		IN_LAB(what_is_confirmed_stays),
		IN_LAB(what_is_not_confirmed_goes),
		IN_LAB(a_trial_is_not_disturbed),
		IN_LAB(own_prefixes_change_during_a_trial),
		IN_LAB(an_interface_that_went_does_not_keep_the_rest),
		IN_LAB(verdicts_stay_whatever_becomes_of_the_trial),
		IN_LAB(more_verdicts_than_before_do_not_keep_the_rest),
		IN_LAB(a_list_alone_may_be_tried),
		IN_LAB(after_a_crash_what_was_confirmed_comes_back),
		IN_LAB(after_a_revert_a_restart_does_not_try_again),
		IN_LAB(when_what_was_confirmed_is_spoilt_the_file_must_do),
		IN_LAB(a_trial_that_fails_is_none),
		IN_LAB(what_cannot_be_remembered_is_not_tried),
		IN_LAB(what_cannot_be_forgotten_is_not_confirmed),
		IN_LAB(state_dir_stays_where_it_is),
	};

	return cmocka_run_group_tests(tests, make_namespaces, NULL);
}
