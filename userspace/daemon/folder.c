/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * folder - sw_privileges_take_folders and _folder, see privileges.h.
 *
 * Root changes owners in a folder that a process it does not trust may have written to. So:
 * no path is walked by name twice, every step is from a descriptor to a name in it,
 * links are never followed, and a file that has a second name somewhere (a hard link to
 * /etc/shadow, say) is left alone. Who owns neither a file nor its folder cannot take
 * away the other name in between.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/config.h"
#include "lib/file.h"
#include "privileges.h"

struct taking {
	const struct sw_identity *who;
	dev_t device;
	const char *path; /* for words */
};

/* ---- one file ---- */

static int give(int fd, const struct sw_identity *who)
{
	return fchownat(fd, "", who->uid, who->gid, AT_EMPTY_PATH) ? -errno : 0;
}

static int take_tree(const struct taking *t, int folder, int depth);

/* @fd is of an entry, opened with O_PATH: a name for it that nobody can exchange. */
static int take_opened(const struct taking *t, int fd, int depth)
{
	struct stat st;
	int code = 0, below;

	if (fstat(fd, &st))
		return -errno;
	/* sockets, so that it can be seen whether anybody listens there */
	if (st.st_dev != t->device ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISSOCK(st.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode) && depth > 0) {
		below = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		code = below < 0 ? -errno : take_tree(t, below, depth - 1);
	}
	if (!code && st.st_uid == 0 && (S_ISDIR(st.st_mode) || st.st_nlink == 1))
		code = give(fd, t->who);
	return code;
}

static int take_entry(const struct taking *t, int folder, const char *name, int depth)
{
	int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int code;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno; /* it went while we looked */
	code = take_opened(t, fd, depth);
	close(fd);
	return code;
}

/* The next name in @d but itself and the one above; NULL: there is none. */
static const char *next_name(DIR *d)
{
	const struct dirent *entry;

	do {
		/* readdir_r is obsolete, and nobody else has this stream */
		/* cppcheck-suppress readdirCalled */
		entry = readdir(d);
	} while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry ? entry->d_name : NULL;
}

/* All that is in @folder, whose descriptor is taken over. */
static int take_tree(const struct taking *t, int folder, int depth)
{
	DIR *d = fdopendir(folder);
	const char *name;
	int code = 0;

	if (!d) {
		code = -errno;
		close(folder);
		return code;
	}
	while (!code && (name = next_name(d)))
		code = take_entry(t, dirfd(d), name, depth);
	closedir(d);
	return code;
}

/* ---- the folder itself ---- */

static bool is_known(const char *name, const char *const known[])
{
	for (size_t i = 0; known[i]; i++) {
		size_t n = strlen(known[i]);

		if (known[i][n - 1] == '*' ? !strncmp(name, known[i], n - 1)
					   : !strcmp(name, known[i]))
			return true;
	}
	return !strcmp(name, "lost+found");
}

/* Is what is in @folder, which belongs to root, ours? */
static int check_contents(const struct taking *t, int folder, const char *const known[],
			  struct sw_err *err)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), code = 0;
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	const char *name;

	if (!d) {
		code = -errno;
		if (copy >= 0)
			close(copy);
		return sw_err_set(err, code, "%s: %s", t->path, strerror(-code));
	}
	while (!code && (name = next_name(d)))
		if (!is_known(name, known))
			code = sw_err_set(err, -EPERM,
					  "%s: belongs to root and holds \"%s\", which is not "
					  "synward's; use a folder that nobody else uses, or give "
					  "it to the user that the option user names, by hand",
					  t->path, name);
	closedir(d);
	return code;
}

static int take(struct taking *t, int folder, const char *const known[], struct sw_err *err)
{
	struct stat st;
	int code, copy;

	if (fstat(folder, &st))
		return sw_err_set(err, -errno, "%s: %s", t->path, strerror(errno));
	if (st.st_uid != 0 && st.st_uid != t->who->uid)
		return sw_err_set(err, -EPERM,
				  "%s: belongs to another user (number %u); give it to the user "
				  "that the option user names, by hand",
				  t->path, (unsigned)st.st_uid);
	t->device = st.st_dev;
	if (st.st_uid == 0) {
		code = check_contents(t, folder, known, err);
		if (code)
			return code;
	}
	copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	code = copy < 0 ? -errno : take_tree(t, copy, SW_FOLDER_DEPTH);
	if (!code && st.st_uid == 0)
		code = give(folder, t->who);
	if (code)
		sw_err_set(err, code, "%s: cannot give it to its user: %s", t->path,
			   strerror(-code));
	return code;
}

/* One step further from @folder, which is closed. */
static int step(int folder, const char *name)
{
	int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), code = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		code = -errno;
	else if (S_ISLNK(st.st_mode))
		code = -ELOOP;
	else if (!S_ISDIR(st.st_mode))
		code = -ENOTDIR;
	close(folder);
	if (code && fd >= 0)
		close(fd);
	return code ? code : fd;
}

/* Not openat2(2), which could say it at once: systemd's RestrictSUIDSGID= takes it away. */
static int walk(char *path)
{
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	char *rest = NULL;

	if (at < 0)
		return -errno;
	for (char *name = strtok_r(path, "/", &rest); name && at >= 0;
	     name = strtok_r(NULL, "/", &rest))
		at = step(at, name);
	if (at < 0)
		return at;
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

/* Open @path, from / on, no part of which may be a symbolic link. */
static int open_plain(const char *path, struct sw_err *err)
{
	char *copy = strdup(path), *real = NULL;
	int fd = copy ? walk(copy) : -ENOMEM;

	free(copy);
	if (fd == -ELOOP) {
		real = realpath(path, NULL);
		sw_err_set(err, fd, "%s: has a symbolic link in it; name the folder itself%s%s",
			   path, real ? ": " : "", real ? real : "");
		free(real);
	} else if (fd < 0) {
		sw_err_set(err, fd, "%s: %s", path, strerror(-fd));
	}
	return fd;
}

/* Folders above it are for everybody to pass through, whatever the umask says. */
static int make(const char *path, mode_t mode)
{
	mode_t before = umask(022);
	char *above = strdup(path), *slash = above ? strrchr(above, '/') : NULL;
	int code = above ? 0 : -ENOMEM;

	if (slash && slash > above) {
		*slash = '\0';
		code = sw_folder_make(above, 0755);
	}
	if (!code)
		code = sw_folder_make(path, mode);
	umask(before);
	free(above);
	return code;
}

int sw_privileges_take_folder(const char *path, mode_t mode, const struct sw_identity *who,
			      const char *const known[], struct sw_err *err)
{
	struct taking t = { .who = who, .path = path };
	int code = make(path, mode), folder;

	if (code)
		return sw_err_set(err, code, "%s: cannot make the folder: %s", path,
				  strerror(-code));
	if (who->root)
		return 0;
	folder = open_plain(path, err);
	if (folder < 0)
		return folder;
	code = take(&t, folder, known, err);
	close(folder);
	return code;
}

/* What we put into either; others' names mean that the folder is not ours alone. */
static const char *const in_state_dir[] = {
	"lists",      "ledger*",    "confirmed.conf*", "unconfirmed.conf*", "allow-spf*",
	"dns-cache*", "dns-known*", "maillog-*",       "reports*",	    "senders*",
	NULL
};
static const char *const in_run_dir[] = { "lock",  "lists.json*", "control*",
					  "desk*", "events*",	  NULL };

int sw_privileges_take_folders(const struct sw_config *config, const struct sw_identity *who,
			       struct sw_err *err)
{
	int code = sw_privileges_take_folder(config->state_dir, 0750, who, in_state_dir, err);

	/* Everybody may ask who holds the lock, and see what status shows. */
	if (!code)
		code = sw_privileges_take_folder(config->run_dir, 0755, who, in_run_dir, err);
	return code;
}
