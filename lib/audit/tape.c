#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

#define CHUNK ((size_t)1 << 20)

void
capi_tape_init(struct capi_tape *t, size_t most)
{
	*t = (struct capi_tape){
	    .tail = CAPI_BUF_INIT(SIZE_MAX), .most = most, .fd = -1};
}

void
capi_tape_release(struct capi_tape *t)
{
	capi_buf_release(&t->tail);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

static _Noreturn void
trouble(void)
{
	capi_die(CAPI_EXIT_IO, "temporary file: %s", strerror(errno));
}

static int
unlinked_file(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/capi-audit.XXXXXX",
	    tmp && strlen(tmp) < sizeof(path) - 32 ? tmp : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		trouble();
	unlink(path);
	return fd;
}

static void
file_tail(struct capi_tape *t)
{
	const char *p = t->tail.data;
	size_t left = t->tail.len;

	if (t->fd < 0)
		t->fd = unlinked_file();
	while (left) {
		ssize_t n = write(t->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			trouble();
		p += n;
		left -= (size_t)n;
	}
	t->filed += (int64_t)t->tail.len;
	capi_buf_reset(&t->tail);
}

void
capi_tape_add(struct capi_tape *t, const void *p, size_t n)
{
	uint32_t size = (uint32_t)n;

	capi_buf_add(&t->tail, &size, sizeof(size));
	capi_buf_add(&t->tail, p, n);
	if (t->tail.len >= t->most)
		file_tail(t);
}

void
capi_tape_start(struct capi_tape_reader *r, const struct capi_tape *t)
{
	*r = (struct capi_tape_reader){
	    .tape = t, .chunk = CAPI_BUF_INIT(SIZE_MAX)};
}

void
capi_tape_stop(struct capi_tape_reader *r)
{
	capi_buf_release(&r->chunk);
}

/* At least `want` bytes behind pos in the chunk; false at the file's end. */
static bool
fill(struct capi_tape_reader *r, size_t want)
{
	struct capi_buf *b = &r->chunk;

	if (r->pos)
		memmove(b->data, b->data + r->pos, b->len - r->pos);
	b->len -= r->pos;
	r->pos = 0;
	while (b->len < want && r->at < r->tape->filed) {
		ssize_t n;

		capi_buf_reserve(b, CHUNK > want ? CHUNK : want);
		n = pread(
		    r->tape->fd, b->data + b->len, b->cap - b->len, r->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			trouble();
		b->len += (size_t)n;
		r->at += n;
	}
	return b->len >= want;
}

static bool
next_of_file(struct capi_tape_reader *r, const char **p, size_t *n)
{
	uint32_t size;

	if (r->chunk.len - r->pos < sizeof(size) && !fill(r, sizeof(size)))
		return false;
	memcpy(&size, r->chunk.data + r->pos, sizeof(size));
	if (r->chunk.len - r->pos < sizeof(size) + size &&
	    !fill(r, sizeof(size) + size))
		return false;
	*p = r->chunk.data + r->pos + sizeof(size);
	*n = size;
	r->pos += sizeof(size) + size;
	return true;
}

bool
capi_tape_next(struct capi_tape_reader *r, const char **p, size_t *n)
{
	const struct capi_buf *tail = &r->tape->tail;
	uint32_t size;

	if (!r->in_tail) {
		if (r->tape->filed && next_of_file(r, p, n))
			return true;
		r->in_tail = true;
		r->pos = 0;
	}
	if (r->pos >= tail->len) {
		capi_tape_stop(r);
		return false;
	}
	memcpy(&size, tail->data + r->pos, sizeof(size));
	*p = tail->data + r->pos + sizeof(size);
	*n = size;
	r->pos += sizeof(size) + size;
	return true;
}
