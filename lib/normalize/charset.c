#include "charset.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* Text without a mark: UTF-16 of Western text has a NUL in every pair. */
static const char *
utf16_without_mark(const char *p, size_t n)
{
	size_t even = 0, odd = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		even += !p[i];
		odd += !p[i + 1];
	}
	if (n >= 4 && odd > n / 4 && even < n / 16)
		return "UTF-16LE";
	if (n >= 4 && even > n / 4 && odd < n / 16)
		return "UTF-16BE";
	return NULL;
}

static bool
is_utf8_name(const char *name)
{
	return !strcasecmp(name, "UTF-8") || !strcasecmp(name, "UTF8");
}

static bool
is_latin_name(const char *name)
{
	static const char *const names[] = {"Windows-1252", "CP1252",
	    "ISO-8859-1", "ISO8859-1", "Latin1", "Latin-1", NULL};

	for (size_t i = 0; names[i]; i++)
		if (!strcasecmp(name, names[i]))
			return true;
	return false;
}

const char *
capi_charset_wide(struct capi_lines *lines)
{
	const char *p;
	size_t n = capi_lines_peek(lines, 4096, &p);

	if (n >= 2 && !memcmp(p, "\xff\xfe", 2))
		return "UTF-16LE";
	if (n >= 2 && !memcmp(p, "\xfe\xff", 2))
		return "UTF-16BE";
	return utf16_without_mark(p, n);
}

int
capi_charset_open(
    struct capi_charset *s, struct capi_lines *lines, const char *name)
{
	memset(s, 0, sizeof(*s));
	s->lines = lines;
	s->decoded.max = SIZE_MAX / 4;
	s->latin = is_latin_name(name);
	if (s->latin || is_utf8_name(name))
		return 0;
	s->cd = iconv_open("UTF-8", name);
	s->has_cd = s->cd != (iconv_t)-1;
	return s->has_cd ? 0 : -1;
}

void
capi_charset_close(struct capi_charset *s)
{
	if (s->has_cd)
		iconv_close(s->cd);
	s->has_cd = false;
	capi_buf_release(&s->decoded);
}

/* A block through iconv. What it can not read becomes U+FFFD. */
static void
decode(struct capi_charset *s, const char *p, size_t n)
{
	struct capi_buf *out = &s->decoded;
	char joined[sizeof(s->carry) + 32];

	capi_buf_reset(out);
	while (n || s->carried) {
		size_t before = s->carried, took = 0, in_left, room;
		char *in, *to;
		const char *from = p;

		if (before) { /* finish the cut character first */
			took = n < 32 ? n : 32;
			memcpy(joined, s->carry, before);
			memcpy(joined + before, p, took);
			from = joined;
		}
		in_left = before ? before + took : n;
		if (!capi_buf_reserve(out, in_left * 4 + 16))
			return;
		in = (char *)(uintptr_t)from;
		to = out->data + out->len;
		room = out->cap - out->len;
		errno = 0;
		iconv(s->cd, &in, &in_left, &to, &room);
		out->len = (size_t)(to - out->data);
		if (errno == EILSEQ && in_left) {
			capi_buf_adds(out, "\xef\xbf\xbd");
			in++;
			in_left--;
		}
		if (before) {
			size_t used = (size_t)(in - joined);

			if (used < before) { /* nothing could be made of it */
				s->carried = before + took < sizeof(s->carry)
						 ? before + took
						 : 0;
				memcpy(s->carry, joined, s->carried);
				return;
			}
			p += used - before;
			n -= used - before;
			s->carried = 0;
			continue;
		}
		p += n - in_left;
		n = in_left;
		if (errno == EINVAL ||
		    (n && n < sizeof(s->carry) && errno != EILSEQ)) {
			s->carried = n < sizeof(s->carry) ? n : 0;
			memcpy(s->carry, p, s->carried);
			return;
		}
	}
}

/* Half a character at the end: the file breaks off, and that must be seen. */
static int
cut_character(struct capi_charset *s)
{
	if (!s->carried)
		return 0;
	s->carried = 0;
	s->at = "\xef\xbf\xbd";
	s->left = 3;
	return 1;
}

/* The next decoded bytes into at/left. 0 is the end, -1 a failed read. */
int
capi_charset_more(struct capi_charset *s)
{
	const char *p;
	ptrdiff_t n;

	do {
		if (s->ended)
			return 0;
		n = capi_lines_block(s->lines, &p);
		if (n < 0)
			return -1;
		if (n == 0) {
			s->ended = true;
			return cut_character(s);
		}
		if (s->has_cd) {
			decode(s, p, (size_t)n);
			p = s->decoded.data;
			n = (ptrdiff_t)s->decoded.len;
		}
	} while (!n);
	s->at = p;
	s->left = (size_t)n;
	return 1;
}

/* 1252's five holes become U+FFFD. */
static const uint16_t latin_high[32] = {0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e,
    0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
    0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
    0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

void
capi_charset_latin(struct capi_buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < 0x80)
			capi_buf_addc(out, p[i]);
		else
			capi_text_put(out, c < 0xa0 ? latin_high[c - 0x80] : c);
	}
}

void
capi_charset_mend(struct capi_buf *out, const char *p, size_t n)
{
	while (n) {
		size_t len = 1;

		while (len < 4 && len < n && !capi_text_is_utf8(p, len))
			len++;
		if (capi_text_is_utf8(p, len)) {
			capi_buf_add(out, p, len);
		} else {
			capi_buf_adds(out, "\xef\xbf\xbd");
			len = 1;
		}
		p += len;
		n -= len;
	}
}
