/*
 * The member names that a program asks for, each with a number. The parser
 * looks every key up once, while it is at hand; from then on a name is known
 * by its number, and nobody compares text again.
 *
 * Names of up to 16 bytes, which are nearly all, are compared as two words.
 */
#ifndef CAPI_NAMES_H
#define CAPI_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CAPI_NAMES_MAX 512   /* names; all platforms' tables have half of it */
#define CAPI_NAMES_ROWS 1024 /* a power of two, well above that */

/* A key as it is looked for: its first and last bytes, which overlap in short
 * ones, and what follows from them. */
struct capi_words {
	uint64_t first, last, hash;
};

struct capi_names {
	struct {
		uint64_t first, last;
		const char *text;
		uint32_t n;
		uint16_t id; /* 0: a free row */
	} rows[CAPI_NAMES_ROWS];
	uint16_t count;
};

/* The number of a name, from 1; a new one when the name is new, which then
 * must live as long as the table. 0 when there are no more. */
uint16_t capi_names_add(struct capi_names *k, const char *name, size_t n);

/* Longer names are told apart by a look at their middle too. */
#define CAPI_NAMES_SHORT 16

static inline struct capi_words
capi_words_of(const char *s, size_t n)
{
	struct capi_words w;
	uint32_t first, last;

	if (n >= 8) {
		memcpy(&w.first, s, 8);
		memcpy(&w.last, s + n - 8, 8);
	} else if (n >= 4) {
		memcpy(&first, s, 4);
		memcpy(&last, s + n - 4, 4);
		w.first = first;
		w.last = last;
	} else {
		w.first = n ? (unsigned char)s[0] : 0;
		w.last = n ? (unsigned char)s[n - 1] : 0;
		w.last |= n == 3 ? (uint64_t)(unsigned char)s[1] << 8 : 0;
	}
	/* Of the product the upper bits know all others. */
	w.hash =
	    (w.first ^ n) * 0xd6e8feb86659fd93u + w.last * 0x9e3779b97f4a7c15u;
	return w;
}

/* One bit of 256 for a key: where an object's keys so far have not set it, this
 * one is none of them. */
struct capi_key_bit {
	uint64_t bit;
	uint32_t word; /* of four */
};

static inline struct capi_key_bit
capi_key_bit_of(uint64_t hash)
{
	return (struct capi_key_bit){
	    .bit = (uint64_t)1 << (hash >> 56 & 63),
	    .word = (uint32_t)(hash >> 62),
	};
}

/* The number of a name, or 0. */
static inline uint16_t
capi_names_find(const struct capi_names *k, const struct capi_words *w,
    const char *s, size_t n)
{
	size_t at = w->hash >> 54;

	for (; k->rows[at].id; at = (at + 1) & (CAPI_NAMES_ROWS - 1))
		if (k->rows[at].first == w->first &&
		    k->rows[at].last == w->last && k->rows[at].n == n &&
		    (n <= CAPI_NAMES_SHORT || !memcmp(k->rows[at].text, s, n)))
			return k->rows[at].id;
	return 0;
}

#endif
