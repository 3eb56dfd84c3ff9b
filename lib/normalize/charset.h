/*
 * The bytes of a file as UTF-8, block by block: as they are, or through
 * iconv(3). Windows-1252 passes as it is, for its reader finds out cell by cell
 * whether it is UTF-8 after all.
 */
#ifndef CAPI_CHARSET_H
#define CAPI_CHARSET_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "lines.h"

struct capi_charset {
	/* What is there: taken from the front by the caller. */
	const char *at;
	size_t left;
	bool has_cd; /* it went through iconv: it is UTF-8 */
	bool latin;  /* the name was one of Windows-1252's */

	/* Private. */
	struct capi_lines *lines;
	struct capi_buf decoded;
	iconv_t cd;
	char carry[16]; /* the begin of a character cut by a block's end */
	size_t carried;
	bool ended;
};

/* The form of UTF-16 that the file begins with, or NULL. */
const char *capi_charset_wide(struct capi_lines *lines);

/* -1: iconv does not know the encoding. */
int capi_charset_open(
    struct capi_charset *s, struct capi_lines *lines, const char *name);
void capi_charset_close(struct capi_charset *s);

/* The next bytes, once all that was there is taken. 0 is the end, -1 a failed
 * read (errno). */
int capi_charset_more(struct capi_charset *s);

/* Appends Windows-1252 as UTF-8; what it does not have becomes U+FFFD. */
void capi_charset_latin(struct capi_buf *out, const char *p, size_t n);
/* Appends UTF-8, its bad bytes as U+FFFD. */
void capi_charset_mend(struct capi_buf *out, const char *p, size_t n);

#endif
