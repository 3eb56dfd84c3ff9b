/*
 * The NOMEM_AT-th allocation fails, once, or with NOMEM_ON that one and all
 * after it; for LD_PRELOAD. With NOMEM_COUNT the number of allocations is
 * written to that file at the end.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_long count;
static long fail_at = -1;
static bool fail_on;

__attribute__((constructor)) static void
begin(void)
{
	const char *at = getenv("NOMEM_AT");

	fail_on = getenv("NOMEM_ON") != NULL;
	atomic_store(&count, 0);
	if (at)
		fail_at = strtol(at, NULL, 10);
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("NOMEM_COUNT");
	FILE *out = path ? fopen(path, "we") : NULL;

	if (out) {
		fprintf(out, "%ld\n", atomic_load(&count));
		fclose(out);
	}
}

static bool
is_out(void)
{
	long n = atomic_fetch_add(&count, 1) + 1;

	if (fail_at < 0 || (n != fail_at && !(fail_on && n > fail_at)))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return is_out() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return is_out() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return is_out() ? NULL : __libc_realloc(p, n);
}
