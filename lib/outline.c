#include "outline.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "err.h"

#define BLOCK 64 /* bytes: a bit for each in a word */
#define STEP 16  /* bytes that are copied at once */

/*
 * look() returns a bit for each byte of a block that is a quote, the lowest for
 * the first, and adds to `odd` what is a backslash or a control character and
 * to `high` what is not ASCII; was_any() tells whether there was one.
 */
#ifdef __SSE2__

typedef __m128i sum;

static inline uint64_t
look(const char *s, sum *odd, sum *high)
{
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'),
		      control = _mm_set1_epi8(0x1f);
	uint64_t quotes = 0;

	for (int i = 0; i < BLOCK; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(s + i));

		quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(
			      _mm_cmpeq_epi8(x, quote))
			  << i;
		*odd = _mm_or_si128(*odd, _mm_cmpeq_epi8(x, slash));
		*odd = _mm_or_si128(
		    *odd, _mm_cmpeq_epi8(_mm_min_epu8(x, control), x));
		*high = _mm_or_si128(*high, x);
	}
	return quotes;
}

static inline bool
was_any(sum s)
{
	return _mm_movemask_epi8(s) != 0;
}

#else

typedef long long sum;

static inline uint64_t
look(const char *s, sum *odd, sum *high)
{
	uint64_t quotes = 0;

	for (int i = 0; i < BLOCK; i++) {
		unsigned char c = (unsigned char)s[i];

		quotes |= (uint64_t)(c == '"') << i;
		*odd |= c < ' ' || c == '\\';
		*high |= c >= 0x80;
	}
	return quotes;
}

static inline bool
was_any(sum s)
{
	return s != 0;
}

#endif

static void
make_room(struct capi_outline *o, size_t n)
{
	size_t room = o->room ? o->room : 4096;

	while (room < n)
		room *= 2;
	o->quotes = capi_realloc(o->quotes, room * sizeof(*o->quotes));
	o->text = capi_realloc(o->text, room + STEP);
	o->room = room;
}

void
capi_outline_read(struct capi_outline *o, const char *text, size_t n)
{
	sum odd = {0}, high = {0};
	uint32_t *to;

	if (n > o->room || !o->room)
		make_room(o, n);
	to = o->quotes;
	for (size_t at = 0; at < n; at += BLOCK) {
		char last[BLOCK];
		uint64_t quotes;

		if (n - at < BLOCK) {
			memset(last, ' ', BLOCK);
			memcpy(last, text + at, n - at);
			quotes = look(last, &odd, &high);
		} else {
			quotes = look(text + at, &odd, &high);
		}
		for (; quotes; quotes &= quotes - 1)
			*to++ =
			    (uint32_t)at + (uint32_t)__builtin_ctzll(quotes);
	}
	o->count = (size_t)(to - o->quotes);
	o->ascii = !was_any(high);
	o->plain = !was_any(odd) && o->count % 2 == 0;
}

void
capi_outline_draw(struct capi_outline *o, const char *text, size_t n)
{
	char *to = o->text;
	size_t from = 0;

	for (size_t i = 0; i <= o->count; i += 2) {
		/* Up to the next string and its first quote, or to the end. */
		size_t end = i < o->count ? o->quotes[i] + 1 : n;
		size_t size = end - from;

		if (size <= STEP && from + STEP <= n)
			memcpy(to, text + from, STEP);
		else
			memcpy(to, text + from, size);
		to += size;
		if (i < o->count)
			from = o->quotes[i + 1];
	}
	o->len = (size_t)(to - o->text);
}

void
capi_outline_release(struct capi_outline *o)
{
	free(o->quotes);
	free(o->text);
	o->quotes = NULL;
	o->text = NULL;
	o->room = 0;
}
