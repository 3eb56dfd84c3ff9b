/* No room can be reserved on this disk: posix_fallocate fails. For
 * LD_PRELOAD. */
#include <errno.h>
#include <fcntl.h>

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	(void)fd;
	(void)at;
	(void)n;
	return ENOSPC;
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	return posix_fallocate64(fd, at, n);
}
