/*
 * A growing array of bytes that is born with its largest size.
 *
 * Invariants: data[0..len) is initialised, len <= cap, cap <= max. When an
 * addition would pass max, nothing is added and `over` is set; a caller that
 * fills a buffer looks at `over` once, at the end. Memory is kept by _reset
 * and given back by _release only.
 */
#ifndef CAPI_BUF_H
#define CAPI_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct capi_buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
	bool over;
};

#define CAPI_BUF_INIT(limit)                                                   \
	{                                                                      \
		NULL, 0, 0, (limit), false                                     \
	}

/* Makes room for `more` bytes behind len; false when that would pass max. */
bool capi_buf_reserve(struct capi_buf *b, size_t more);
void capi_buf_release(struct capi_buf *b);

static inline void
capi_buf_reset(struct capi_buf *b)
{
	b->len = 0;
	b->over = false;
}

static inline void
capi_buf_add(struct capi_buf *b, const void *p, size_t n)
{
	if (n > b->cap - b->len && !capi_buf_reserve(b, n))
		return;
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
}

static inline void
capi_buf_addc(struct capi_buf *b, char c)
{
	if (b->len == b->cap && !capi_buf_reserve(b, 1))
		return;
	b->data[b->len++] = c;
}

/* Takes the bytes from `from` up to `to` out. */
static inline void
capi_buf_cut(struct capi_buf *b, size_t from, size_t to)
{
	memmove(b->data + from, b->data + to, b->len - to);
	b->len -= to - from;
}

static inline void
capi_buf_adds(struct capi_buf *b, const char *s)
{
	capi_buf_add(b, s, strlen(s));
}

void capi_buf_addf(struct capi_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A decimal number, without the cost of printf. */
void capi_buf_add_int(struct capi_buf *b, int64_t n);

/* The bytes as a C string; the NUL is not counted in len. */
const char *capi_buf_cstr(struct capi_buf *b);

#endif
