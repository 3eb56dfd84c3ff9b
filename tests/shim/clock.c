/*
 * A clock that is CLOCK_SHIFT seconds off, for LD_PRELOAD; the monotonic one
 * is not. Not faketime: it leaves a semaphore behind when it is killed, and
 * the next process of that number fails or waits for it.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t
shift(void)
{
	const char *text = getenv("CLOCK_SHIFT");

	return text ? (time_t)strtol(text, NULL, 10) : 0;
}

int
clock_gettime(clockid_t which, struct timespec *t)
{
	static __typeof__(&clock_gettime) real;
	int rc;

	if (!real)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(which, t);
	if (!rc && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
		t->tv_sec += shift();
	return rc;
}

time_t
time(time_t *at)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (at)
		*at = t.tv_sec;
	return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict v, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	v->tv_sec = t.tv_sec;
	v->tv_usec = t.tv_nsec / 1000;
	return 0;
}
