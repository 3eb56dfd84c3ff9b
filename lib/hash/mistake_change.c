#include "mistake_priv.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Changes to a text. */

static bool
change_plus(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	bool wanted = strcmp(j->form->name, "digits") != 0;

	/* 0: kept though it goes, 1: missing though it is wanted */
	if (variant > 1 || (variant == 1) != wanted || !in.n)
		return false;
	if (wanted) {
		if (in.p[0] != '+')
			return false;
		capi_buf_add(out, in.p + 1, in.n - 1);
		return true;
	}
	if (in.p[0] == '+')
		return false;
	capi_buf_addc(out, '+');
	add_str(out, in);
	return true;
}

bool
capi_mistake_change_plus_kept(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	return !variant && change_plus(out, j, in, 0);
}

bool
capi_mistake_change_plus_missing(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	return !variant && change_plus(out, j, in, 1);
}

bool
capi_mistake_change_upper(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	struct capi_buf lower = CAPI_BUF_INIT(TEXT_MAX);
	bool changed = false;

	(void)j;
	/* 0: all of it, 1: the first letter of each word */
	if (variant > 1)
		return false;
	for (size_t i = 0, start = 1; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];
		bool up = variant == 0 || start;
		char to = up ? capi_upper(in.p[i]) : in.p[i];

		/* Latin-1's letters are enough for Western names: à to þ are
		 * C3 A0 to C3 BE, their capitals 32 below. */
		if (up && c >= 0xa0 && c <= 0xbe && c != 0xb7 && i &&
		    (unsigned char)in.p[i - 1] == 0xc3)
			to = (char)(c - 32);
		changed = changed || to != in.p[i];
		capi_buf_addc(out, to);
		start = c == ' ' || c == '-' || c == '\'';
	}
	capi_buf_release(&lower);
	return changed;
}

static bool
surround(struct capi_buf *out, struct capi_str in, unsigned variant,
    const char *const (*marks)[2], size_t count)
{
	if (variant >= count)
		return false;
	capi_buf_adds(out, marks[variant][0]);
	add_str(out, in);
	capi_buf_adds(out, marks[variant][1]);
	return true;
}

bool
capi_mistake_change_newline(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char *const marks[][2] = {
	    {"", "\n"}, {"", "\r\n"}, {"", "\r"}, {"\n", ""}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

bool
capi_mistake_change_blank(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char *const marks[][2] = {{"", " "}, {" ", ""}, {" ", " "},
	    {"", "  "}, {"  ", ""}, {"", "\t"}, {"", "\xc2\xa0"},
	    {"\xc2\xa0", ""}, {"  ", "  "}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

bool
capi_mistake_change_invisible(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char *const marks[][2] = {{"\xef\xbb\xbf", ""},
	    {"", "\xe2\x80\x8b"}, {"\xe2\x80\x8b", ""}, {"\xe2\x80\x8e", ""},
	    {"\xe2\x80\xaa", "\xe2\x80\xac"}, {"\xe2\x80\xad", "\xe2\x80\xac"}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

bool
capi_mistake_change_quotes(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char *const marks[][2] = {{"\"", "\""}, {"'", "'"},
	    {"\\\"", "\\\""}, {"=\"", "\""}, {"'", ""}, {"\"\"", "\"\""}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

bool
capi_mistake_change_list(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char *const marks[][2] = {
	    {"[\"", "\"]"}, {"['", "']"}, {"[", "]"}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

bool
capi_mistake_change_scheme(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char *const marks[][2] = {
	    {"mailto:", ""}, {"tel:", ""}, {"<", ">"}};

	if (variant == (j->id == CAPI_ID_PHONE ? 0 : 1))
		variant = COUNT(marks) - 1;
	return surround(out, in, variant, marks, COUNT(marks));
}

bool
capi_mistake_change_nul(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	(void)j;
	add_str(out, in);
	capi_buf_addc(out, '\0');
	return variant == 0;
}

bool
capi_mistake_change_float(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	(void)j;
	if (variant || !in.n || !capi_is_digit(in.p[in.n - 1]))
		return false;
	add_str(out, in);
	capi_buf_adds(out, ".0");
	return true;
}

bool
capi_mistake_change_zero_lost(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	size_t zeros = 0;

	(void)j;
	while (zeros < in.n && in.p[zeros] == '0')
		zeros++;
	if (variant || !zeros)
		return false;
	capi_buf_add(out, in.p + zeros, in.n - zeros);
	return true;
}

/* As each escaping spells one character; NULL: as it is. */
static const char *
html_of(char c, unsigned variant)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return variant == 0   ? "&#39;"
		       : variant == 1 ? "&#039;"
		       : variant == 2 ? "&#x27;"
				      : "&apos;";
	default:
		return NULL;
	}
}

/* HTML's names of Latin-1's letters from U+00E0 on, in both cases. */
static const char *const entities =
    "agrave aacute acirc  atilde auml   aring  aelig  ccedil egrave eacute "
    "ecirc  euml   igrave iacute icirc  iuml   eth    ntilde ograve oacute "
    "ocirc  otilde ouml   divide oslash ugrave uacute ucirc  uuml   yacute "
    "thorn  yuml   ";

static void
add_entity(struct capi_buf *out, uint32_t c)
{
	const char *name = entities + 7 * ((c - 0xc0) % 32);
	bool capital = c < 0xdf;

	if (c == 0xdf) /* has no capital, and stands where y-uml's would */
		name = "szlig ";
	capi_buf_addc(out, '&');
	for (size_t i = 0; i < 7 && name[i] != ' '; i++)
		capi_buf_addc(
		    out, capital && i == 0 ? capi_upper(name[i]) : name[i]);
	capi_buf_addc(out, ';');
}

/* 0 to 3: ' in four spellings; the same and letters by name; by number. */
bool
capi_mistake_change_html(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	bool changed = false;

	(void)j;
	if (variant > 8)
		return false;
	while (in.n) {
		const char *from = in.p;
		uint32_t c = capi_text_next(&in.p, &in.n);
		const char *as =
		    c < 0x80 ? html_of((char)c, variant % 4) : NULL;

		if (as) {
			capi_buf_adds(out, as);
		} else if (variant >= 4 && variant < 8 && c >= 0xc0 &&
			   c <= 0xff && c != 0xd7) {
			add_entity(out, c);
		} else if (variant == 8 && c > 0x7f) {
			capi_buf_addf(out, "&#%u;", c);
		} else {
			capi_buf_add(out, from, (size_t)(in.p - from));
			continue;
		}
		changed = true;
	}
	return changed;
}

/* 0: all that is no letter of URLs; 1: also with + for a blank; 2: hex in
 * lower case; 3: encodeURI, which leaves @ and + alone; 4: twice. */
bool
capi_mistake_change_url(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	const char *hex =
	    variant == 2 ? "0123456789abcdef" : "0123456789ABCDEF";
	bool changed = false;

	(void)j;
	if (variant > 4)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (capi_is_alnum(in.p[i]) || (c && strchr("-_.~", in.p[i])) ||
		    (variant != 1 && c && strchr("!*'()", in.p[i])) ||
		    (variant == 3 && c && strchr("@+;,/?:&=$#", in.p[i]))) {
			capi_buf_addc(out, in.p[i]);
			continue;
		}
		changed = true;
		if (c == ' ' && variant == 1) {
			capi_buf_addc(out, '+');
			continue;
		}
		capi_buf_adds(out, variant == 4 ? "%25" : "%");
		capi_buf_addc(out, hex[c >> 4]);
		capi_buf_addc(out, hex[c & 15]);
	}
	return changed;
}

bool
capi_mistake_change_plus_to_blank(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	bool changed = false;

	(void)j;
	for (size_t i = 0; i < in.n; i++) {
		changed = changed || in.p[i] == '+';
		capi_buf_addc(out, in.p[i] == '+' ? ' ' : in.p[i]);
	}
	return !variant && changed;
}

/* \u00e9, as JSON makers that stay within ASCII write it; 1: / as well. */
bool
capi_mistake_change_json(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	bool changed = false;

	(void)j;
	while (in.n) {
		uint32_t c = capi_text_next(&in.p, &in.n);
		const char *special =
		    c && c < 0x80 ? strchr(from, (char)c) : NULL;

		changed = changed || special || c < 0x20 || c > 0x7f;
		if (special)
			capi_buf_addf(out, "\\%c", to[special - from]);
		else if (c == '/' && variant)
			capi_buf_adds(out, "\\/");
		else if (c >= 0x20 && c < 0x80)
			capi_buf_addc(out, (char)c);
		else if (c < 0x10000)
			capi_buf_addf(out, "\\u%04x", c);
		else
			capi_buf_addf(out, "\\u%04x\\u%04x",
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	return variant < 2 && (changed || variant);
}

bool
capi_mistake_change_nfd(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	(void)j;
	return !variant && capi_text_nfd(out, in.p, in.n) &&
	       !capi_text_is_ascii(in.p, in.n) && out->len != in.n;
}

/* 0: é to e; 1: ä to ae and the like as well; 2: deleted with its letter. */
bool
capi_mistake_change_accents(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	static const struct {
		const char *from, *to, *german;
	} letters[] = {
	    {"ß", "ss", "ss"},
	    {"ä", "a", "ae"},
	    {"ö", "o", "oe"},
	    {"ü", "u", "ue"},
	    {"Ä", "A", "Ae"},
	    {"Ö", "O", "Oe"},
	    {"Ü", "U", "Ue"},
	    {"ø", "o", "oe"},
	    {"Ø", "O", "Oe"},
	    {"æ", "ae", "ae"},
	    {"Æ", "AE", "Ae"},
	    {"å", "a", "aa"},
	    {"Å", "A", "Aa"},
	    {"ł", "l", "l"},
	    {"Ł", "L", "L"},
	    {"ı", "i", "i"},
	    {"đ", "d", "d"},
	    {"Đ", "D", "D"},
	    {"œ", "oe", "oe"},
	    {"þ", "th", "th"},
	    {"ð", "d", "d"},
	};
	struct capi_buf nfd = CAPI_BUF_INIT(TEXT_MAX);
	struct capi_str s = in;
	size_t before;

	(void)j;
	if (variant > 2 || capi_text_is_ascii(in.p, in.n))
		return false;
	if (variant == 2) {
		for (size_t i = 0; i < in.n; i++)
			if (!(in.p[i] & 0x80))
				capi_buf_addc(out, in.p[i]);
		return true;
	}
	while (s.n) {
		const char *from = s.p;
		size_t i;

		capi_text_next(&s.p, &s.n);
		for (i = 0; i < COUNT(letters); i++)
			if (capi_str_is(
				(struct capi_str){from, (size_t)(s.p - from)},
				letters[i].from))
				break;
		if (i < COUNT(letters))
			capi_buf_adds(
			    &nfd, variant ? letters[i].german : letters[i].to);
		else
			capi_text_nfd(&nfd, from, (size_t)(s.p - from));
	}
	before = out->len;
	for (s = (struct capi_str){nfd.data, nfd.len}; s.n;) {
		const char *from = s.p;
		uint32_t c = capi_text_next(&s.p, &s.n);

		if (c >= 0x300 && c <= 0x36f)
			continue;
		capi_buf_add(out, from, (size_t)(s.p - from));
	}
	capi_buf_release(&nfd);
	return out->len != before;
}

bool
capi_mistake_change_reversed(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	/* "Doe, Jane" for "Jane Doe" can not be known from one part of it;
	 * a comma or full stop behind it can. */
	static const char *const marks[][2] = {{"", ","}, {"", "."}, {"", ";"}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

/* Encodings. */

/* 1: what has no place in it becomes a question mark. */
bool
capi_mistake_encode_latin(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	(void)j;
	if (variant > 1 || capi_text_is_ascii(in.p, in.n))
		return false;
	while (in.n) {
		uint32_t c = capi_text_next(&in.p, &in.n);

		if (c == 0x2019)
			c = 0x92; /* Windows-1252 */
		if (c > 0xff && !variant)
			return false;
		capi_buf_addc(out, c > 0xff ? '?' : (char)c);
	}
	return true;
}

/* 0, 1: little end first, without and with its mark; 2, 3: big end. */
bool
capi_mistake_encode_utf16(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	bool big = variant >= 2;

	(void)j;
	if (variant > 3)
		return false;
	if (variant == 1)
		capi_buf_add(out, "\xff\xfe", 2);
	if (variant == 3)
		capi_buf_add(out, "\xfe\xff", 2);
	while (in.n) {
		uint32_t c = capi_text_next(&in.p, &in.n);
		uint32_t units[2] = {c, 0};

		if (c >= 0x10000) {
			units[0] = 0xd800 + ((c - 0x10000) >> 10);
			units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		for (int i = 0; i < 2 && (i == 0 || units[1]); i++) {
			char high = (char)(units[i] >> 8);
			char low = (char)(units[i] & 0xff);

			capi_buf_addc(out, big ? high : low);
			capi_buf_addc(out, big ? low : high);
		}
	}
	return true;
}

/* UTF-8 that was taken for Latin-1 and made UTF-8 once more: Ã© for é. */
bool
capi_mistake_encode_mojibake(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	/* What Windows-1252 has from 80 to 9F, where Latin-1 has nothing. */
	static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x192,
	    0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
	    0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	    0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e,
	    0x178};

	(void)j;
	if (variant > 1 || capi_text_is_ascii(in.p, in.n))
		return false;
	for (size_t i = 0; i < in.n; i++) {
		uint32_t c = (unsigned char)in.p[i];

		if (variant && c >= 0x80 && c < 0xa0)
			c = windows[c - 0x80];
		capi_text_put(out, c);
	}
	return true;
}

bool
capi_mistake_encode_base64(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	(void)j;
	if (variant || in.n > TEXT_MAX / 2 ||
	    !capi_buf_reserve(out, (in.n + 2) / 3 * 4))
		return false;
	out->len += capi_base64(
	    (const unsigned char *)in.p, in.n, out->data + out->len);
	return true;
}
