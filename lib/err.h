/*
 * What every program says when something is wrong, and the number it ends
 * with. A message is made whole and written by one write(2), so that lines of
 * several programs of a pipeline do not mix; control bytes become '?', so that
 * input can not play with the terminal. No message ever holds a value of a
 * record: names of files, lines, fields and reasons only.
 */
#ifndef CAPI_ERR_H
#define CAPI_ERR_H

#include <stddef.h>

/*
 * The numbers are sysexits(3)'s where it has one. CAPI_EXIT_TEXTS in err.c
 * holds the words that --help and the manual print.
 */
enum capi_exit {
	CAPI_EXIT_OK = 0,
	CAPI_EXIT_FINDINGS = 1,
	CAPI_EXIT_USAGE = 64,
	CAPI_EXIT_DATA = 65,
	CAPI_EXIT_NOINPUT = 66,
	CAPI_EXIT_BUG = 70,
	CAPI_EXIT_SYSTEM = 71,
	CAPI_EXIT_CANTCREAT = 73,
	CAPI_EXIT_IO = 74,
	CAPI_EXIT_AGAIN = 75,
	CAPI_EXIT_NOPERM = 77,
	CAPI_EXIT_CONFIG = 78,
};

struct capi_exit_text {
	enum capi_exit code;
	const char *text;
};

/* All exit statuses and their meaning, ended by a row without text. */
extern const struct capi_exit_text capi_exit_texts[];

/* The program's name, used as the prefix of each message. Not copied. */
void capi_err_init(const char *name);
const char *capi_err_name(void);

/* "name: message\n" to standard error. */
void capi_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For a terminal: a line that stands until the next message or the next of
 * these takes its place. "" removes it. The caller knows that standard error
 * is a terminal. */
void capi_progress(const char *text);

/* A message, and the end of the process. Only programs call it, and the
 * allocators of lib/buf.c and lib/arena.c when memory is exhausted. */
void capi_die(enum capi_exit code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* Of two exit statuses the one that the user must hear about first. */
enum capi_exit capi_exit_worse(enum capi_exit a, enum capi_exit b);

/* malloc(3) and realloc(3) that end the program with CAPI_EXIT_SYSTEM: a
 * filter without memory can do nothing better, and no caller needs a ladder. */
void *capi_alloc(size_t size);
void *capi_realloc(void *old, size_t size);

#endif
