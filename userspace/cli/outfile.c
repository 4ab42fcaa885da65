/* SPDX-License-Identifier: GPL-2.0-only */
/* outfile - see outfile.h. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, int code, struct sw_err *err)
{
	return sw_err_set(err, code, "%s: %s", path, strerror(-code));
}

static void free_names(struct sw_outfile *f)
{
	free(f->path);
	free(f->fresh);
	f->path = f->fresh = NULL;
}

/* A file beside @path under a name that was free; mkostemp(3) makes it for its owner alone.
 * Its descriptor or -errno. */
static int open_beside(const char *path, char **ret)
{
	char *fresh;
	int fd;

	if (asprintf(&fresh, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0) {
		fd = -errno;
		free(fresh);
		return fd;
	}
	*ret = fresh;
	return fd;
}

static int open_in_place(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

int sw_outfile_open(const char *path, struct sw_outfile *ret, struct sw_err *err)
{
	struct sw_outfile f = { 0 };
	struct stat st;
	bool exists = stat(path, &st) == 0, in_place = exists && !S_ISREG(st.st_mode);
	int fd;

	f.path = exists && !in_place ? realpath(path, NULL) : strdup(path);
	if (!f.path)
		return fail(path, -errno, err);
	fd = in_place ? open_in_place(path) : open_beside(f.path, &f.fresh);
	if (fd >= 0) {
		f.out = fdopen(fd, "w");
		if (f.out) {
			*ret = f;
			return 0;
		}
		close(fd);
		fd = -ENOMEM;
	}
	if (f.fresh)
		unlink(f.fresh);
	free_names(&f);
	return fail(path, fd, err);
}

/* That the new name lasts is up to the folder. */
static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, code = 0;

	if (fd < 0)
		code = copy ? -errno : -ENOMEM;
	else if (fsync(fd))
		code = -errno;
	if (fd >= 0)
		close(fd);
	free(copy);
	return code;
}

int sw_outfile_commit(struct sw_outfile *f, struct sw_err *err)
{
	int code = 0;

	errno = 0;
	if (fflush(f->out) || ferror(f->out) || (f->fresh && fsync(fileno(f->out))))
		code = errno ? -errno : -EIO;
	if (fclose(f->out) && !code)
		code = -errno;
	if (!code && f->fresh && rename(f->fresh, f->path))
		code = -errno;
	if (code && f->fresh)
		unlink(f->fresh);
	else if (f->fresh)
		code = sync_folder(f->path);
	if (code)
		fail(f->path, code, err);
	free_names(f);
	return code;
}

void sw_outfile_abort(struct sw_outfile *f)
{
	fclose(f->out);
	if (f->fresh)
		unlink(f->fresh);
	free_names(f);
}
