/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who the daemon becomes and what it may not do then; what of a folder is given to it and
 * what, whoever prepared it, is not. As root: each test in a child.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/privileges.h"
#include "daemon/syscalls.h"
#include "support/folder.h"

#define NOBODY 65534
#define SOMEBODY 12345

static const struct sw_identity nobody = { .uid = NOBODY, .gid = NOBODY };
static const char *const known[] = { "lists", "ledger*", "lock", NULL };
static char *folder;
static struct sw_err err;

/* In a child cmocka's asserts would go on with its other tests. */
#define EXPECT(condition)                                                                 \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "# line %d: %s (%s; %s)\n", __LINE__, #condition, \
				err.text, strerror(errno));                               \
			_exit(1);                                                         \
		}                                                                         \
	} while (0)

static void expect_success_of(void (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		err.text[0] = '\0';
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("SKIP: needs root to become another user\n");
	skip();
}

static int make_folder(void **unused)
{
	folder = folder_make();
	return chmod(folder, 0755);
}

static int remove_folder(void **unused)
{
	folder_remove(folder);
	return 0;
}

/* ---- who ---- */

static void users_are_found_by_name(void **unused)
{
	struct sw_identity who = { .uid = 1, .gid = 1 };

	assert_int_equal(sw_privileges_find("no-such-user-here", &who, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no-such-user-here"));
	assert_int_equal(who.uid, 1); /* untouched */
	assert_int_equal(sw_privileges_find("", &who, &err), 0);
	assert_true(who.root);
	assert_int_equal(sw_privileges_find("root", &who, &err), 0);
	assert_true(who.root);
	assert_int_equal(who.uid, geteuid());
	if (sw_privileges_find("daemon", &who, &err)) {
		print_message("SKIP: this machine has no user daemon\n");
		skip();
	}
	assert_false(who.root);
	assert_int_not_equal(who.uid, 0);
}

/* ---- drop ---- */

/* A line of /proc/self/status, without its name. */
static const char *status_line(const char *name)
{
	static char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	EXPECT(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			break;
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " \t");
}

static void expect_no_capability(void)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		EXPECT(!strcmp(status_line(sets[i]), "0000000000000000"));
}

static void drop_to_nobody(void)
{
	gid_t groups[2] = { 4, 24 };

	EXPECT(!setgroups(2, groups));
	EXPECT(!sw_privileges_drop(&nobody, &err));
	EXPECT(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	EXPECT(getgroups(0, NULL) == 0);
	expect_no_capability();
	EXPECT(!strcmp(status_line("NoNewPrivs"), "1"));
	EXPECT(prctl(PR_GET_SECUREBITS) == 0xef); /* all but KEEP_CAPS, and all locked */
	EXPECT(prctl(PR_GET_DUMPABLE) == SW_SANITIZED);
	/* no way back */
	EXPECT(setuid(0) && setresuid(0, 0, 0) && setgid(0) && setgroups(2, groups));
	EXPECT(prctl(PR_SET_SECUREBITS, 0) && prctl(PR_SET_KEEPCAPS, 1));
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0));
}

static void groups_of_the_user_stay(void)
{
	struct sw_identity who = nobody;
	gid_t had[2] = { 24, 27 }, has[2];

	who.group[0] = 4;
	who.groups = 1;
	EXPECT(!setgroups(2, had));
	EXPECT(!sw_privileges_drop(&who, &err));
	EXPECT(getgroups(2, has) == 1 && has[0] == 4);
}

static void what_root_does_fails(void)
{
	char root_only[] = "/etc/shadow";

	EXPECT(!sw_privileges_drop(&nobody, &err));
	EXPECT(open(root_only, O_RDONLY) == -1);
	EXPECT(open("/etc/new-file", O_WRONLY | O_CREAT, 0600) == -1);
	EXPECT(chown(folder, NOBODY, NOBODY) == -1);
	EXPECT(unshare(CLONE_NEWNET) == -1);
	EXPECT(mount("none", "/mnt", "tmpfs", 0, NULL) == -1);
	EXPECT(socket(AF_PACKET, SOCK_RAW, 0) == -1);
	EXPECT(kill(1, 0) == -1 && errno == EPERM);
	EXPECT(sethostname("x", 1) == -1);
}

/* A program that is set-uid root, and one for root, get nothing. */
static void execute(void)
{
	EXPECT(!sw_privileges_drop(&nobody, &err));
	execl("/bin/sh", "sh", "-c",
	      "test $(id -u) = 65534 && grep -q 'CapEff:.*0000000000000000' /proc/self/status",
	      NULL);
	_exit(1);
}

static void as_another_user_nothing_is_left(void **unused)
{
	need_root();
	expect_success_of(drop_to_nobody);
	expect_success_of(groups_of_the_user_stay);
	expect_success_of(what_root_does_fails);
	expect_success_of(execute);
}

static void stay_root(void)
{
	const struct sw_identity root = { .root = true };
	const unsigned long long files = 1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE |
					 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_FOWNER;

	EXPECT(!sw_privileges_drop(&root, &err));
	EXPECT(getuid() == 0);
	EXPECT(!(strtoull(status_line("CapEff"), NULL, 16) & ~files));
	EXPECT(!strcmp(status_line("CapBnd"), "0000000000000000"));
	EXPECT(!strcmp(status_line("NoNewPrivs"), "1"));
	EXPECT(unshare(CLONE_NEWNET) == -1);
	EXPECT(access("/etc/shadow", R_OK) == 0);
	/* not even a program for root gets them back */
	execl("/bin/sh", "sh", "-c", "grep -q 'CapEff:.*0000000000000000' /proc/self/status", NULL);
	_exit(1);
}

static void as_root_only_files_are_left(void **unused)
{
	need_root();
	expect_success_of(stay_root);
}

static void keep_some(void)
{
	const int caps[] = { CAP_NET_ADMIN };

	EXPECT(!sw_privileges_keep(caps, 1, &err));
	EXPECT(strtoull(status_line("CapEff"), NULL, 16) == 1ull << CAP_NET_ADMIN);
	EXPECT(strtoull(status_line("CapPrm"), NULL, 16) == 1ull << CAP_NET_ADMIN);
	EXPECT(sw_privileges_keep((const int[]){ CAP_SYS_ADMIN }, 1, &err));
}

static void what_is_kept_is_what_was_asked_for(void **unused)
{
	need_root();
	expect_success_of(keep_some);
}

static void drop_without_root(void)
{
	const struct sw_identity self = { .uid = NOBODY, .gid = NOBODY };
	const struct sw_identity other = { .uid = SOMEBODY, .gid = SOMEBODY };

	if (geteuid() == 0)
		EXPECT(!setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY));
	EXPECT(sw_privileges_drop(&other, &err) == -EPERM);
	EXPECT(geteuid() != NOBODY || !sw_privileges_drop(&self, &err));
}

static void without_root_there_is_no_other_user(void **unused)
{
	expect_success_of(drop_without_root);
}

/* ---- folders ---- */

static uid_t owner(const char *path)
{
	struct stat st;

	EXPECT(!lstat(path, &st));
	return st.st_uid;
}

static mode_t mode(const char *path)
{
	struct stat st;

	EXPECT(!lstat(path, &st));
	return st.st_mode & 07777;
}

static int take(const char *path)
{
	err.text[0] = '\0';
	return sw_privileges_take_folder(path, 0750, &nobody, known, &err);
}

/* A new folder below that of the test: each test has its own. Never freed. */
static const char *new_folder(const char *name)
{
	const char *path = strdup(folder_path(folder, name));

	EXPECT(path && !mkdir(path, 0755));
	return path;
}

static void make_it(void)
{
	const char *path = folder_path(folder, "above/it");

	umask(077);
	EXPECT(!take(path));
	EXPECT(owner(path) == NOBODY && mode(path) == 0750);
	EXPECT(owner(folder_path(folder, "above")) == 0);
	EXPECT(mode(folder_path(folder, "above")) == 0755);
	EXPECT(!take(path)); /* again */
	EXPECT(umask(0) == 077);
}

static void a_folder_is_made(void **unused)
{
	need_root();
	expect_success_of(make_it);
}

static void take_what_root_left(void)
{
	const char *path = new_folder("old");

	EXPECT(!mkdir(folder_path(folder, "old/lists"), 0755));
	folder_write(folder, "old/lists/drop", "x");
	folder_write(folder, "old/ledger.mdb", "x");
	folder_write(folder, "old/lists/mine", "x");
	EXPECT(!chown(folder_path(folder, "old/lists/mine"), SOMEBODY, SOMEBODY));
	EXPECT(!take(path));
	EXPECT(owner(path) == NOBODY);
	EXPECT(owner(folder_path(folder, "old/lists")) == NOBODY);
	EXPECT(owner(folder_path(folder, "old/lists/drop")) == NOBODY);
	EXPECT(owner(folder_path(folder, "old/ledger.mdb")) == NOBODY);
	EXPECT(owner(folder_path(folder, "old/lists/mine")) == SOMEBODY); /* not root's */
	EXPECT(mode(path) == 0755); /* the operator's */
	/* root ran synward attach in between */
	folder_write(folder, "old/lists/more", "x");
	EXPECT(!take(path));
	EXPECT(owner(folder_path(folder, "old/lists/more")) == NOBODY);
}

static void what_a_run_as_root_left_is_given(void **unused)
{
	need_root();
	expect_success_of(take_what_root_left);
}

static void meet_links(void)
{
	const char *path = new_folder("links"), *target = new_folder("target");
	const char *file = strdup(folder_write(folder, "target/file", "x"));

	EXPECT(!chown(path, NOBODY, NOBODY)); /* somebody prepared it */
	EXPECT(!symlink(file, folder_path(folder, "links/symbolic")));
	EXPECT(!symlink(target, folder_path(folder, "links/lists")));
	EXPECT(!link(file, folder_path(folder, "links/hard")));
	EXPECT(!mkfifo(folder_path(folder, "links/fifo"), 0600));
	EXPECT(!take(path)); /* and does not wait for a writer to the fifo */
	EXPECT(owner(file) == 0 && owner(target) == 0);
	EXPECT(owner(folder_path(folder, "links/symbolic")) == 0);
	EXPECT(owner(folder_path(folder, "links/hard")) == 0);
	EXPECT(owner(folder_path(folder, "links/fifo")) == 0);
	/* the folder itself a link, and one above it */
	EXPECT(take(folder_path(folder, "links/lists")) == -ELOOP);
	EXPECT(strstr(err.text, target) != NULL);
	EXPECT(take(folder_path(folder, "links/lists/below")) == -ELOOP);
	EXPECT(owner(target) == 0);
	EXPECT(take(file) == -ENOTDIR);
}

static void links_are_neither_followed_nor_given(void **unused)
{
	need_root();
	expect_success_of(meet_links);
}

static void take_too_much(void)
{
	const char *path = new_folder("var");

	EXPECT(!mkdir(folder_path(folder, "var/lists"), 0755));
	EXPECT(!mkdir(folder_path(folder, "var/dpkg"), 0755));
	EXPECT(take(path) == -EPERM);
	EXPECT(strstr(err.text, "\"dpkg\"") != NULL);
	EXPECT(owner(path) == 0 && owner(folder_path(folder, "var/lists")) == 0);
	/* the operator says that it is meant */
	EXPECT(!chown(path, NOBODY, NOBODY));
	EXPECT(!take(path));
	EXPECT(owner(folder_path(folder, "var/lists")) == NOBODY);
	/* somebody else's */
	EXPECT(!chown(path, SOMEBODY, SOMEBODY));
	EXPECT(take(path) == -EPERM);
	EXPECT(strstr(err.text, "12345") != NULL);
}

static void a_folder_of_others_is_refused(void **unused)
{
	need_root();
	expect_success_of(take_too_much);
}

static void take_something_mounted(void)
{
	const char *path = new_folder("mounts"), *inner;

	EXPECT(!mkdir(folder_path(folder, "mounts/lists"), 0755));
	inner = folder_path(folder, "mounts/lists");
	EXPECT(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	EXPECT(!mount("none", inner, "tmpfs", 0, NULL));
	folder_write(folder, "mounts/lists/file", "x");
	EXPECT(!take(path));
	EXPECT(owner(path) == NOBODY);
	EXPECT(owner(folder_path(folder, "mounts/lists/file")) == 0);
	EXPECT(owner(inner) == 0);
}

static void another_file_system_is_left_alone(void **unused)
{
	need_root();
	expect_success_of(take_something_mounted);
}

static void stay_shallow(void)
{
	char deep[] = "deep/lists/2/3/4/5/6";
	const char *path = new_folder("deep");

	for (char *slash = strchr(deep, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder_path(folder, deep), 0755);
		*slash = '/';
	}
	EXPECT(!mkdir(folder_path(folder, deep), 0755));
	EXPECT(!take(path));
	EXPECT(owner(folder_path(folder, "deep/lists/2/3/4/5")) == NOBODY);
	EXPECT(owner(folder_path(folder, deep)) == 0);
}

static void it_goes_only_so_deep(void **unused)
{
	need_root();
	expect_success_of(stay_shallow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_are_found_by_name),
		cmocka_unit_test(as_another_user_nothing_is_left),
		cmocka_unit_test(as_root_only_files_are_left),
		cmocka_unit_test(what_is_kept_is_what_was_asked_for),
		cmocka_unit_test(without_root_there_is_no_other_user),
		cmocka_unit_test(a_folder_is_made),
		cmocka_unit_test(what_a_run_as_root_left_is_given),
		cmocka_unit_test(links_are_neither_followed_nor_given),
		cmocka_unit_test(a_folder_of_others_is_refused),
		cmocka_unit_test(another_file_system_is_left_alone),
		cmocka_unit_test(it_goes_only_so_deep),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
