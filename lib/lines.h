/*
 * Lines of a file, as long as they are not longer than a cap.
 *
 * A line is handed out in place, in the reader's own buffer, without its
 * newline (LF or CR LF) and with a NUL behind it; it may be written to and
 * lives until the next call. A UTF-8 byte order mark at the very start is
 * passed over. The last line needs no newline.
 *
 * Before a read that could block, the `idle` hook is called: there the caller
 * flushes what it owes to its reader. So a slow trickle passes line by line
 * and a large file block by block, by the same rule.
 */
#ifndef CAPI_LINES_H
#define CAPI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum capi_lines_result {
	CAPI_LINES_LINE,
	CAPI_LINES_END,
	CAPI_LINES_TOO_LONG, /* given out is its beginning only; go on */
	CAPI_LINES_FAILED,   /* read(2) failed, errno says why */
};

struct capi_lines {
	int fd;
	size_t max;    /* longest line, in bytes */
	uint64_t line; /* number of the line last handed out, from 1 */
	bool open_end; /* the last line had no newline */
	void (*idle)(void *arg);
	void *idle_arg;

	char *buf;
	size_t cap, pos, end;
	size_t scanned; /* no newline in [pos, scanned) */
	char *kept;     /* `max` bytes of a line that is too long, or NULL */
	bool eof, skipping;
	int error; /* errno of a failed read, told when its turn comes */
};

/* fd stays the caller's. A buffer left by an earlier file is used again. */
void capi_lines_open(struct capi_lines *l, int fd, size_t max);
/* The same over a text, which is copied, instead of a file. */
void capi_lines_open_text(
    struct capi_lines *l, const char *text, size_t len, size_t max);
enum capi_lines_result capi_lines_next(
    struct capi_lines *l, char **line, size_t *len);
void capi_lines_release(struct capi_lines *l);

/* The first bytes of the file without taking them, for a look at what kind of
 * file it is. At most `want` bytes, fewer at the end of the file or when the
 * writer is slow. */
size_t capi_lines_peek(struct capi_lines *l, size_t want, const char **p);

/* For readers with line rules of their own: the bytes that are there, or
 * after one read the next ones, taken as they are; they live until the next
 * call. 0 is the end, -1 a failed read (errno). Not to be mixed with _next. */
ptrdiff_t capi_lines_block(struct capi_lines *l, const char **p);

#endif
