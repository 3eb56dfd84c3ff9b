#include "err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program = "capi";
static bool progress_stands; /* on the terminal's last line */

/* clang-format off */
const struct capi_exit_text capi_exit_texts[] = {
	{CAPI_EXIT_OK, "all went well"},
	{CAPI_EXIT_FINDINGS, "done, and some records were refused or parked, "
	    "or findings were made: a person should look"},
	{CAPI_EXIT_USAGE, "wrong use of the command line"},
	{CAPI_EXIT_DATA, "the input as a whole is unusable"},
	{CAPI_EXIT_NOINPUT, "an input can not be opened"},
	{CAPI_EXIT_BUG, "a bug in this program"},
	{CAPI_EXIT_SYSTEM, "the system has no memory, processes or files left"},
	{CAPI_EXIT_CANTCREAT, "an output can not be created"},
	{CAPI_EXIT_IO, "reading or writing failed: feed the input again"},
	{CAPI_EXIT_AGAIN, "some events are still queued: run again"},
	{CAPI_EXIT_NOPERM, "a destination refused our credentials: "
	    "everything is kept"},
	{CAPI_EXIT_CONFIG, "the configuration is wrong"},
	{0, NULL},
};

/* The most urgent first: what must not be masked by what follows it. */
static const enum capi_exit urgency[] = {
	CAPI_EXIT_BUG, CAPI_EXIT_SYSTEM, CAPI_EXIT_CANTCREAT, CAPI_EXIT_IO,
	CAPI_EXIT_USAGE, CAPI_EXIT_NOINPUT, CAPI_EXIT_DATA, CAPI_EXIT_NOPERM,
	CAPI_EXIT_CONFIG, CAPI_EXIT_FINDINGS, CAPI_EXIT_AGAIN, CAPI_EXIT_OK,
};
/* clang-format on */

void
capi_err_init(const char *name)
{
	program = name;
}

const char *
capi_err_name(void)
{
	return program;
}

static void
say(const char *fmt, va_list ap)
{
	char line[2048];
	int head = snprintf(line, sizeof(line), "%s: ", program);
	int body =
	    vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, ap);
	size_t len = (size_t)head + (body < 0 ? 0 : (size_t)body);
	ssize_t written;

	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c < 0x20 || c == 0x7f)
			line[i] = '?';
	}
	line[len++] = '\n';
	capi_progress("");
	written = write(STDERR_FILENO, line, len);
	(void)written; /* there is nobody left to tell */
}

void
capi_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
capi_progress(const char *text)
{
	char line[512];
	ssize_t written;
	int n;

	if (!*text && !progress_stands)
		return;
	n = *text ? snprintf(
			line, sizeof(line), "\r%s: %.400s\033[K", program, text)
		  : snprintf(line, sizeof(line), "\r\033[K");
	progress_stands = *text != '\0';
	written = write(STDERR_FILENO, line, (size_t)n);
	(void)written;
}

void
capi_die(enum capi_exit code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(code);
}

enum capi_exit
capi_exit_worse(enum capi_exit a, enum capi_exit b)
{
	for (size_t i = 0; i < sizeof(urgency) / sizeof(urgency[0]); i++)
		if (urgency[i] == a || urgency[i] == b)
			return urgency[i];
	return CAPI_EXIT_BUG;
}

void *
capi_alloc(size_t size)
{
	return capi_realloc(NULL, size);
}

void *
capi_realloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		capi_die(CAPI_EXIT_SYSTEM, "out of memory");
	return p;
}
