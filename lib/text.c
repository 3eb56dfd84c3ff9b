#include "text.h"

#include <utf8proc.h>

bool
capi_text_is_nocase(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (capi_lower(a[i]) != capi_lower(b[i]))
			return false;
	return true;
}

/* Many bytes at a time: most of what shops export is ASCII. */
static size_t
ascii_prefix(const char *p, size_t n)
{
	size_t i = 0;
	uint64_t words[4];

	for (; i + sizeof(words) <= n; i += sizeof(words)) {
		memcpy(words, p + i, sizeof(words));
		if ((words[0] | words[1] | words[2] | words[3]) &
		    0x8080808080808080u)
			break;
	}
	for (; i + sizeof(words[0]) <= n; i += sizeof(words[0])) {
		memcpy(words, p + i, sizeof(words[0]));
		if (words[0] & 0x8080808080808080u)
			break;
	}
	while (i < n && !(p[i] & 0x80))
		i++;
	return i;
}

bool
capi_text_is_ascii(const char *p, size_t n)
{
	return ascii_prefix(p, n) == n;
}

/* Length of the well-formed sequence at s (Unicode 15, table 3-7), or 0. */
static size_t
sequence(const unsigned char *s, size_t n)
{
	size_t len;
	unsigned char low = 0x80, high = 0xbf;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (n < len)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0; /* shorter forms exist */
	else if (s[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t
capi_text_whole(const char *p, size_t n)
{
	size_t back = 1;

	while (back < 4 && back < n && (p[n - back] & 0xc0) == 0x80)
		back++;
	if (n >= back && (p[n - back] & 0xc0) == 0xc0 &&
	    !capi_text_is_utf8(p + n - back, back))
		return n - back;
	return n;
}

bool
capi_text_is_utf8(const char *p, size_t n)
{
	for (;;) {
		size_t len, skip = ascii_prefix(p, n);

		p += skip;
		n -= skip;
		if (!n)
			return true;
		len = sequence((const unsigned char *)p, n);
		if (!len)
			return false;
		p += len;
		n -= len;
	}
}

uint32_t
capi_text_next(const char **p, size_t *n)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t len;
	uint32_t c;

	if (s[0] < 0x80) {
		c = s[0];
		len = 1;
	} else if (s[0] < 0xe0) {
		c = s[0] & 0x1fu;
		len = 2;
	} else if (s[0] < 0xf0) {
		c = s[0] & 0x0fu;
		len = 3;
	} else {
		c = s[0] & 0x07u;
		len = 4;
	}
	if (len > *n)
		len = *n; /* not valid UTF-8: do not run past the end */
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3fu);
	*p += len;
	*n -= len;
	return c;
}

void
capi_text_put(struct capi_buf *out, uint32_t codepoint)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n =
	    utf8proc_encode_char((utf8proc_int32_t)codepoint, bytes);

	if (n > 0)
		capi_buf_add(out, bytes, (size_t)n);
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 ||
	       (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x205f ||
	       c == 0x3000 || c == 0xfeff;
}

/* A byte that no white space begins or ends with, as nearly all do. */
static bool
is_solid(char c)
{
	return c > ' ' && c < 0x7f;
}

struct capi_str
capi_text_trim(const char *p, size_t n)
{
	if (n && is_solid(p[0]) && is_solid(p[n - 1]))
		return (struct capi_str){p, n};
	while (n) {
		const char *q = p;
		size_t left = n;

		if (!is_blank(capi_text_next(&q, &left)))
			break;
		p = q;
		n = left;
	}
	while (n) {
		const char *q = p + n - 1;
		size_t left;

		while (q > p && (*q & 0xc0) == 0x80)
			q--;
		left = (size_t)(p + n - q);
		n -= left;
		if (!is_blank(capi_text_next(&q, &left))) {
			n = (size_t)(q - p);
			break;
		}
	}
	return (struct capi_str){p, n};
}

/*
 * Unicode's quick check for NFC would answer "maybe" only for characters from
 * U+0300 on, so Latin text with precomposed accents passes without work.
 */
static bool
needs_composing(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] >= 0xcc)
			return true;
	return false;
}

/*
 * utf8proc works in place on code points: decode, then compose. They stand
 * behind what is in `out`, where the text is put in the end.
 */
static bool
map(struct capi_buf *out, const char *p, size_t n, utf8proc_option_t options)
{
	const size_t size = sizeof(utf8proc_int32_t);
	utf8proc_option_t all = options | UTF8PROC_STABLE;
	utf8proc_ssize_t room = (utf8proc_ssize_t)n, count, bytes;
	utf8proc_int32_t *points;

	for (;;) {
		size_t at = (out->len + size - 1) / size * size;

		if (!capi_buf_reserve(
			out, at - out->len + ((size_t)room + 1) * size))
			return false;
		points = (utf8proc_int32_t *)(void *)(out->data + at);
		count = utf8proc_decompose((const utf8proc_uint8_t *)p,
		    (utf8proc_ssize_t)n, points, room, all);
		if (count <= room)
			break;
		room = count;
	}
	bytes = count < 0 ? -1 : utf8proc_reencode(points, count, all);
	if (bytes < 0)
		return false;
	memmove(out->data + out->len, points, (size_t)bytes);
	out->len += (size_t)bytes;
	return true;
}

bool
capi_text_nfc(struct capi_buf *out, const char *p, size_t n)
{
	if (!needs_composing(p, n)) {
		if (!capi_text_is_utf8(p, n))
			return false;
		capi_buf_add(out, p, n);
		return true;
	}
	return map(out, p, n, UTF8PROC_COMPOSE);
}

bool
capi_text_nfd(struct capi_buf *out, const char *p, size_t n)
{
	return map(out, p, n, UTF8PROC_DECOMPOSE);
}

void
capi_text_lower_behind(struct capi_buf *out, size_t at)
{
	size_t end = out->len, left = end - at;
	const char *p;

	/* No letter has more than four bytes: nothing moves while we read. */
	if (!capi_buf_reserve(out, 4 * left))
		return;
	p = out->data + at;
	while (left)
		capi_text_put(
		    out, (uint32_t)utf8proc_tolower(
			     (utf8proc_int32_t)capi_text_next(&p, &left)));
	capi_buf_cut(out, at, end);
}

bool
capi_text_lower_ascii(struct capi_buf *out, const char *p, size_t n)
{
	unsigned char all = 0;
	char *to;

	if (!n || !capi_buf_reserve(out, n))
		return true;
	to = out->data + out->len;
	for (size_t i = 0; i < n; i++) {
		all |= (unsigned char)p[i];
		to[i] = capi_lower(p[i]);
	}
	if (all & 0x80)
		return false;
	out->len += n;
	return true;
}

bool
capi_text_lower(struct capi_buf *out, const char *p, size_t n)
{
	size_t at = out->len;

	if (capi_text_lower_ascii(out, p, n))
		return true;
	if (!capi_text_nfc(out, p, n))
		return false;
	capi_text_lower_behind(out, at);
	return true;
}

const char *
capi_text_category(uint32_t codepoint)
{
	return utf8proc_category_string((utf8proc_int32_t)codepoint);
}

bool
capi_text_is_alnum(uint32_t codepoint)
{
	utf8proc_category_t kind =
	    utf8proc_category((utf8proc_int32_t)codepoint);

	return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO) ||
	       (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO);
}

size_t
capi_text_base(uint32_t codepoint, uint32_t parts[CAPI_TEXT_PARTS])
{
	utf8proc_int32_t points[CAPI_TEXT_PARTS];
	int last = 0;
	utf8proc_ssize_t n = utf8proc_decompose_char(
	    (utf8proc_int32_t)codepoint, points, CAPI_TEXT_PARTS,
	    UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE |
		UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK,
	    &last);

	if (n < 0)
		return 0;
	if (n > CAPI_TEXT_PARTS)
		n = CAPI_TEXT_PARTS;
	for (utf8proc_ssize_t i = 0; i < n; i++)
		parts[i] = (uint32_t)points[i];
	return (size_t)n;
}

static bool
is_between(char c)
{
	return c == ' ' || c == ',' || c == '\0';
}

bool
capi_text_among(const char *list, struct capi_str s)
{
	const char *at = list, *end = list + strlen(list);

	if (!s.n || memchr(s.p, ' ', s.n) || memchr(s.p, ',', s.n))
		return false;
	for (; (at = memchr(at, s.p[0], (size_t)(end - at))); at++)
		if ((at == list || is_between(at[-1])) &&
		    (size_t)(end - at) >= s.n && is_between(at[s.n]) &&
		    !memcmp(at, s.p, s.n))
			return true;
	return false;
}

size_t
capi_text_count(const char *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)p[i] & 0xc0) != 0x80;
	return count;
}

/* Levenshtein's distance, blind to the case of ASCII letters. */
static size_t
distance(struct capi_str a, const char *b, size_t bn)
{
	size_t row[65];

	if (bn > 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= bn; j++)
		row[j] = j;
	for (size_t i = 0; i < a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < bn; j++) {
			size_t change =
			    diagonal + (capi_lower(a.p[i]) != capi_lower(b[j]));
			size_t least =
			    row[j] < row[j + 1] ? row[j] : row[j + 1];

			diagonal = row[j + 1];
			row[j + 1] = change < least + 1 ? change : least + 1;
		}
	}
	return row[bn];
}

const char *
capi_text_nearest(struct capi_str s, const char *const *words, size_t count)
{
	const char *best = NULL;
	size_t least = s.n / 3 + 1;

	if (s.n > 64)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t d = distance(s, words[i], strlen(words[i]));

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
