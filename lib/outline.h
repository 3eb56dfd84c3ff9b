/*
 * A JSON text without what is in its strings: {"a":"bc"} is {"":""}. Where no
 * backslash and no control character stands in the text, a string goes from
 * one quote to the next and nothing in it can be wrong but UTF-8. Then the
 * grammar is as right or wrong in the outline as in the text; reading strings
 * byte by byte was a third of the parser's work.
 */
#ifndef CAPI_OUTLINE_H
#define CAPI_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capi_outline {
	/* Of the text, by _read. */
	bool ascii;
	bool plain; /* no backslash, no control character, quotes in pairs */
	size_t count;
	uint32_t *quotes; /* where they stand; `count` */
	/* By _draw. */
	char *text;
	size_t len;

	size_t room; /* for texts of that length */
};

/* Looks at all bytes once. `n` fits into 32 bits. */
void capi_outline_read(struct capi_outline *o, const char *text, size_t n);
/* After _read of the same text, if it is plain. */
void capi_outline_draw(struct capi_outline *o, const char *text, size_t n);
void capi_outline_release(struct capi_outline *o);

#endif
