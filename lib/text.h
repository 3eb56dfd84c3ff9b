/*
 * Text as bytes: strict UTF-8, trimming, folding. Nothing here looks at the
 * locale. utf8proc is included by text.c and by no other file.
 */
#ifndef CAPI_TEXT_H
#define CAPI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "buf.h"

struct capi_str {
	const char *p;
	size_t n;
};

#define CAPI_STR(literal) ((struct capi_str){(literal), sizeof(literal) - 1})

static inline bool
capi_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
capi_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
capi_is_alnum(char c)
{
	return capi_is_digit(c) || capi_is_alpha(c);
}

/* ASCII white space. */
static inline bool
capi_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char
capi_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline char
capi_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static inline bool
capi_str_is(struct capi_str s, const char *literal)
{
	return strlen(literal) == s.n && !memcmp(s.p, literal, s.n);
}

/* Equal but for the case of ASCII letters. */
bool capi_text_is_nocase(const char *a, const char *b, size_t n);

static inline bool
capi_str_is_nocase(struct capi_str s, const char *literal)
{
	return strlen(literal) == s.n && capi_text_is_nocase(s.p, literal, s.n);
}

bool capi_text_is_ascii(const char *p, size_t n);

/* How much of a text that was cut somewhere is whole: without the part of a
 * UTF-8 character at its end. */
size_t capi_text_whole(const char *p, size_t n);

/* Strict: no overlong form, no surrogate, nothing above U+10FFFF. */
bool capi_text_is_utf8(const char *p, size_t n);

/* Without white space at both ends: ASCII's, U+00A0, U+2000..200B, U+202F,
 * U+205F, U+3000 and U+FEFF. */
struct capi_str capi_text_trim(const char *p, size_t n);

/* One code point off the front of valid UTF-8; *n > 0. Moves p and n. */
uint32_t capi_text_next(const char **p, size_t *n);
void capi_text_put(struct capi_buf *out, uint32_t codepoint);

/* Appends the text in Normalisation Form C. False: not UTF-8. */
bool capi_text_nfc(struct capi_buf *out, const char *p, size_t n);

/* The same in Form D, letters and their accents apart. */
bool capi_text_nfd(struct capi_buf *out, const char *p, size_t n);

/* Appends the text in NFC and lower case (Unicode's simple mapping). Neither
 * this nor the two above allocate but for the growth of `out`, which they use
 * to work in. */
bool capi_text_lower(struct capi_buf *out, const char *p, size_t n);
/* The same if all of it is ASCII; else appends nothing and returns false. */
bool capi_text_lower_ascii(struct capi_buf *out, const char *p, size_t n);
/* Lowers out's bytes behind `at`, which are NFC. */
void capi_text_lower_behind(struct capi_buf *out, size_t at);

bool capi_text_is_alnum(uint32_t codepoint);

/* The letters under a code point: compatibility forms taken apart, case
 * folded, marks stripped (NFKD, so that "É" gives "e"). Returns how many. */
#define CAPI_TEXT_PARTS 32
size_t capi_text_base(uint32_t codepoint, uint32_t parts[CAPI_TEXT_PARTS]);

/* The general category as two letters, "Lu", "Nd", "Po" ... */
const char *capi_text_category(uint32_t codepoint);

/* Is it one of the words of a list, with blanks or commas between? */
bool capi_text_among(const char *list, struct capi_str s);

/* Code points of valid UTF-8. */
size_t capi_text_count(const char *p, size_t n);

/* Of `count` words the one with the fewest edits to s, if they are at most a
 * third of its length; else NULL. For "did you mean". */
const char *capi_text_nearest(
    struct capi_str s, const char *const *words, size_t count);

#endif
