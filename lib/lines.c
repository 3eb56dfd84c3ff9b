#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

#define FIRST_BUFFER (256 * 1024)

void
capi_lines_open(struct capi_lines *l, int fd, size_t max)
{
	l->fd = fd;
	l->max = max;
	l->line = 0;
	l->open_end = false;
	l->pos = l->end = l->scanned = 0;
	l->eof = l->skipping = false;
	l->error = 0;
	if (!l->buf) {
		l->cap = FIRST_BUFFER;
		l->buf = capi_alloc(l->cap + 1);
	}
}

void
capi_lines_open_text(
    struct capi_lines *l, const char *text, size_t len, size_t max)
{
	capi_lines_open(l, -1, max);
	if (len > l->cap) {
		l->cap = len;
		l->buf = capi_realloc(l->buf, l->cap + 1);
	}
	memcpy(l->buf, text, len);
	l->end = len;
	l->eof = true;
}

void
capi_lines_release(struct capi_lines *l)
{
	free(l->buf);
	free(l->kept);
	l->buf = l->kept = NULL;
	l->cap = 0;
}

static void
before_read(struct capi_lines *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	if (l->idle && poll(&p, 1, 0) == 0)
		l->idle(l->idle_arg);
}

/* A non-blocking standard input (a terminal or socket that another process
 * made so) is waited for, not taken for an error. */
static void
wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	poll(&p, 1, -1);
}

/* Moves what is left to the front, makes room and reads once. */
static void
fill(struct capi_lines *l)
{
	ssize_t n;

	if (l->pos) {
		memmove(l->buf, l->buf + l->pos, l->end - l->pos);
		l->scanned -= l->pos;
		l->end -= l->pos;
		l->pos = 0;
	}
	if (l->end == l->cap) {
		l->cap *= 2;
		l->buf = capi_realloc(l->buf, l->cap + 1);
	}
	before_read(l);
	for (;;) {
		n = read(l->fd, l->buf + l->end, l->cap - l->end);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			break;
		if (errno == EAGAIN)
			wait_readable(l->fd);
	}
	if (n <= 0) {
		l->eof = true;
		l->error = n < 0 ? errno : 0;
		return;
	}
	l->end += (size_t)n;
}

size_t
capi_lines_peek(struct capi_lines *l, size_t want, const char **p)
{
	/* Not when a whole line is there, from an earlier peek perhaps: the
	 * next one may be long in coming. */
	while (l->end - l->pos < want && !l->eof &&
	       !memchr(l->buf + l->pos, '\n', l->end - l->pos))
		fill(l);
	*p = l->buf + l->pos;
	return l->end - l->pos < want ? l->end - l->pos : want;
}

ptrdiff_t
capi_lines_block(struct capi_lines *l, const char **p)
{
	ptrdiff_t n;

	if (l->pos == l->end && !l->eof)
		fill(l);
	if (l->pos == l->end && l->error) {
		errno = l->error;
		return -1;
	}
	n = (ptrdiff_t)(l->end - l->pos);
	*p = l->buf + l->pos;
	l->pos = l->end;
	return n;
}

static void
skip_mark(struct capi_lines *l)
{
	if (l->end - l->pos >= 3 && !memcmp(l->buf + l->pos, "\xef\xbb\xbf", 3))
		l->pos += 3;
}

static enum capi_lines_result
hand_out(struct capi_lines *l, size_t stop, char **line, size_t *len)
{
	char *start = l->buf + l->pos;
	size_t n = stop - l->pos;

	l->pos = l->scanned = l->open_end ? stop : stop + 1;
	l->line++;
	if (l->skipping || n > l->max) {
		*line = l->skipping ? l->kept : start;
		*len = l->max;
		l->skipping = false;
		return CAPI_LINES_TOO_LONG;
	}
	if (n && start[n - 1] == '\r')
		n--;
	start[n] = '\0';
	*line = start;
	*len = n;
	return CAPI_LINES_LINE;
}

static void
keep(struct capi_lines *l)
{
	l->kept = capi_realloc(l->kept, l->max);
	memcpy(l->kept, l->buf + l->pos, l->max);
}

enum capi_lines_result
capi_lines_next(struct capi_lines *l, char **line, size_t *len)
{
	for (;;) {
		char *nl;

		if (l->line == 0 && !l->skipping)
			skip_mark(l);
		if (l->scanned < l->pos)
			l->scanned = l->pos;
		nl = memchr(l->buf + l->scanned, '\n', l->end - l->scanned);
		if (nl)
			return hand_out(l, (size_t)(nl - l->buf), line, len);
		l->scanned = l->end;
		if (l->end - l->pos > l->max) {
			/* Too long already: its beginning will do, and its
			 * end is looked for. */
			if (!l->skipping)
				keep(l);
			l->skipping = true;
			l->pos = l->end;
		}
		if (l->eof) {
			if (l->error) {
				errno = l->error;
				return CAPI_LINES_FAILED;
			}
			if (l->pos == l->end && !l->skipping)
				return CAPI_LINES_END;
			l->open_end = true;
			return hand_out(l, l->end, line, len);
		}
		fill(l);
	}
}
