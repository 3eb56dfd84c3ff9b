#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filter.h"

static enum capi_exit
write_straight(const char *path, const char *data, size_t n)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		return CAPI_EXIT_CANTCREAT;
	if (capi_write_all(fd, data, n)) {
		int error = errno;

		close(fd);
		errno = error;
		return CAPI_EXIT_IO;
	}
	return close(fd) ? CAPI_EXIT_IO : CAPI_EXIT_OK;
}

/* `path` is no link. */
static enum capi_exit
write_beside(const char *path, mode_t mode, const char *data, size_t n)
{
	char fresh[PATH_MAX];
	int fd, failed;

	if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path) >=
	    (int)sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return CAPI_EXIT_CANTCREAT;
	}
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return CAPI_EXIT_CANTCREAT;
	failed = fchmod(fd, mode) || capi_write_all(fd, data, n);
	if (close(fd) || failed || rename(fresh, path)) {
		int error = errno;

		unlink(fresh);
		errno = error;
		return CAPI_EXIT_IO;
	}
	return CAPI_EXIT_OK;
}

enum capi_exit
capi_replace(const char *path, mode_t mode, const char *data, size_t n)
{
	enum capi_exit e;
	struct stat st;
	char *real;

	if (stat(path, &st)) {
		if (!lstat(path, &st)) /* a link to nowhere yet */
			return write_straight(path, data, n);
		return write_beside(path, mode, data, n);
	}
	if (!S_ISREG(st.st_mode))
		return write_straight(path, data, n);
	real = realpath(path, NULL);
	if (!real)
		return CAPI_EXIT_CANTCREAT;
	e = write_beside(real, st.st_mode & 0777, data, n);
	free(real);
	return e;
}
