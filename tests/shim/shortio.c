/*
 * read and write move SHORTIO bytes at most and every third call ends with
 * EINTR; a timer sends signals all the time. For LD_PRELOAD. pread and pwrite
 * of SQLite: half of what was asked, at least 512 bytes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_uint turn;
static size_t most = 1;

static void
ignore(int signo)
{
	(void)signo;
}

__attribute__((constructor)) static void
begin(void)
{
	struct sigaction sa = {.sa_handler = ignore}; /* no SA_RESTART */
	struct itimerval often = {{0, 3000}, {0, 3000}};
	const char *text = getenv("SHORTIO");

	if (!text)
		return;
	most = strtoul(text, NULL, 10);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static int
is_interrupted(void)
{
	if (atomic_fetch_add(&turn, 1) % 3)
		return 0;
	errno = EINTR;
	return 1;
}

static size_t
half(size_t n)
{
	return n > 1024 ? n / 2 : n;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	if (is_interrupted())
		return -1;
	return REAL(write)(fd, p, n < most ? n : most);
}

ssize_t
read(int fd, void *p, size_t n)
{
	if (is_interrupted())
		return -1;
	return REAL(read)(fd, p, n < most ? n : most);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	if (is_interrupted())
		return -1;
	return REAL(pwrite64)(fd, p, half(n), at);
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t at)
{
	if (is_interrupted())
		return -1;
	return REAL(pread64)(fd, p, n, at);
}
