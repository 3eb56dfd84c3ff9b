#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "err.h"

bool
capi_buf_reserve(struct capi_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;

	if (b->over || more > b->max - b->len) {
		b->over = true;
		return false;
	}
	if (more <= b->cap - b->len)
		return true;
	while (cap - b->len < more)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	b->data = capi_realloc(b->data, cap);
	b->cap = cap;
	return true;
}

void
capi_buf_release(struct capi_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->over = false;
}

void
capi_buf_addf(struct capi_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !capi_buf_reserve(b, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
capi_buf_add_int(struct capi_buf *b, int64_t n)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (n < 0)
		digits[--at] = '-';
	capi_buf_add(b, digits + at, sizeof(digits) - at);
}

const char *
capi_buf_cstr(struct capi_buf *b)
{
	if (!capi_buf_reserve(b, 1))
		return "";
	b->data[b->len] = '\0';
	return b->data;
}
