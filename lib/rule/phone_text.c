/*
 * A number as it is written: folded to a short ASCII line of digits, letters
 * and a few marks; then, by libphonenumber's rules, the part of it that is the
 * number.
 */
#include "phone_priv.h"

#include <string.h>

/* First code points of decimal digits 0 to 9 (Unicode 15, category Nd). */
static const uint32_t digit_zero[] = {0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6,
    0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
    0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0xff10};

/* What other code points are read as; '\0' means that they are left out. */
static const struct fold {
	uint32_t first, last;
	char as;
} folds[] = {
    {0x00a0, 0x00a0, ' '},
    {0x00ad, 0x00ad, '\0'}, /* soft hyphen */
    {0x00d3, 0x00d3, 'o'},  /* extensi\'on, in capitals */
    {0x00f3, 0x00f3, 'o'},  /* extensi\'on */
    {0x0301, 0x0301, '\0'}, /* the accent alone */
    {0x1680, 0x1680, ' '},
    {0x2000, 0x200a, ' '},
    {0x200b, 0x200f, '\0'}, /* zero width, directions */
    {0x2010, 0x2015, '-'},
    {0x2028, 0x2029, '|'},  /* a second line is a second number */
    {0x202a, 0x202e, '\0'}, /* Windows' contacts wrap numbers in these */
    {0x202f, 0x202f, ' '},
    {0x2043, 0x2043, '-'},
    {0x2053, 0x2053, '-'},
    {0x205f, 0x205f, ' '},
    {0x2060, 0x2069, '\0'},
    {0x2212, 0x2212, '-'},
    {0x223c, 0x223c, '-'},
    {0x3000, 0x3000, ' '},
    {0x301c, 0x301c, '-'},
    {0x30fc, 0x30fc, '-'},
    {0xfe00, 0xfe0f, '\0'}, /* variation selectors, of keycap digits */
    {0xfe63, 0xfe63, '-'},
    {0xfeff, 0xfeff, '\0'},
};

/* One code point beyond ASCII, of len > 0 bytes; a broken byte is unknown. */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *code)
{
	size_t need = 0;

	*code = CAPI_PHONE_UNKNOWN;
	if (s[0] >= 0xc2 && s[0] < 0xf5)
		need = 1U + (s[0] >= 0xe0) + (s[0] >= 0xf0);
	if (need == 0 || need >= len)
		return 1;
	uint32_t value = s[0] & (0x3fU >> need);
	for (size_t i = 1; i <= need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (s[i] & 0x3f);
	}
	*code = value;
	return need + 1;
}

static char
fold_ascii(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	if (c == '[' || c == '{')
		return '(';
	if (c == ']' || c == '}')
		return ')';
	if (c == '\t')
		return ' ';
	if (c < 0x20)
		return '|';
	return (char)c;
}

static char
fold_code(uint32_t c)
{
	if (c < 0x80)
		return fold_ascii(c);
	if (c >= 0xff01 && c <= 0xff5e && !(c >= 0xff10 && c <= 0xff19))
		return fold_ascii(c - 0xff01 + 0x21); /* full width */
	for (size_t i = 0; i < sizeof digit_zero / sizeof *digit_zero; i++)
		if (c - digit_zero[i] < 10)
			return (char)('0' + c - digit_zero[i]);
	for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
		if (c >= folds[i].first && c <= folds[i].last)
			return folds[i].as;
	return CAPI_PHONE_UNKNOWN;
}

/* False if the text is longer than any spelling of a number. */
bool
capi_phone_fold(const char *text, size_t len, struct capi_phone_line *line)
{
	/* Russian and Bulgarian for "ext", U+0434 U+043E U+0431 */
	static const char extra[] = "\xd0\xb4\xd0\xbe\xd0\xb1";
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0;

	line->len = 0;
	while (at < len) {
		char c;
		if (s[at] < 0x80) {
			c = fold_ascii(s[at++]);
		} else if (len - at >= 6 && memcmp(s + at, extra, 6) == 0) {
			c = 'x';
			at += 6;
		} else {
			uint32_t code;
			at += decode(s + at, len - at, &code);
			c = fold_code(code);
		}
		if (c == '\0')
			continue;
		if (line->len == CAPI_PHONE_TEXT_MAX)
			return false;
		line->text[line->len++] = c;
	}
	return true;
}

/* --- which part is the number --- */

/* From the first plus or digit to the last letter, digit or hash. */
struct capi_phone_view
capi_phone_extract(struct capi_phone_view v)
{
	while (v.len && v.s[0] != '+' && !capi_is_digit(v.s[0])) {
		v.s++;
		v.len--;
	}
	while (v.len && !capi_is_digit(v.s[v.len - 1]) &&
	       !capi_phone_is_letter(v.s[v.len - 1]) && v.s[v.len - 1] != '#')
		v.len--;
	return v;
}

/* "555-1234/x5678" and "555-1234 ;isub=7": only the front is the number. */
struct capi_phone_view
capi_phone_cut_tail(struct capi_phone_view v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (v.s[i] == '/' || v.s[i] == '\\') {
			size_t next = i + 1;
			while (next < v.len && v.s[next] == ' ')
				next++;
			if (next < v.len && v.s[next] == 'x')
				v.len = i;
		} else if (v.s[i] == ';' && v.len - i >= 6 &&
			   memcmp(v.s + i, ";isub=", 6) == 0) {
			v.len = i;
		}
	}
	return v;
}

/* Could it be a number at all: three digits before the first letter, and
 * nothing but digits, letters and separators. */
bool
capi_phone_is_viable(struct capi_phone_view v)
{
	size_t digits = 0, i = 0;

	if (v.len == 2)
		return capi_is_digit(v.s[0]) && capi_is_digit(v.s[1]);
	while (i < v.len && v.s[i] == '+')
		i++;
	for (; i < v.len; i++) {
		char c = v.s[i];
		if (capi_is_digit(c)) {
			digits++;
		} else if (capi_phone_is_letter(c)) {
			if (digits < 3 && c != 'x')
				return false;
		} else if (c == '\0' || strchr(" -()./~*", c) == NULL) {
			return false;
		}
	}
	return digits >= 3;
}

/*
 * Words before an extension, and how many digits may follow. The first group
 * is libphonenumber's; "poste" (fr), "ramal" (pt) and "interno" (es, it) are
 * ours: as vanity letters they would only make the number too long.
 */
static const struct {
	const char *word;
	unsigned char len, digits;
} extension_words[] = {
    {"extension", 9, 20},
    {"extensio", 8, 20},
    {"extn", 4, 20},
    {"ext", 3, 20},
    {"xtn", 3, 20},
    {"xt", 2, 20},
    {"anexo", 5, 20},
    {"int", 3, 9},
    {"x", 1, 9},
    {"#", 1, 9},
    {"~", 1, 9},
    {"poste", 5, 9},
    {"ramal", 5, 9},
    {"interno", 7, 9},
};

static size_t
skip_back(const char *s, size_t at, const char *set)
{
	while (at && s[at - 1] != '\0' && strchr(set, s[at - 1]) != NULL)
		at--;
	return at;
}

/* Where an extension word ends at `at` and takes this many digits, its
 * beginning; else 0. */
static size_t
extension_word(struct capi_phone_view v, size_t at, size_t digits)
{
	for (size_t i = 0; i < sizeof extension_words / sizeof *extension_words;
	     i++) {
		size_t len = extension_words[i].len;
		if (digits <= extension_words[i].digits && at > len &&
		    memcmp(v.s + at - len, extension_words[i].word, len) == 0)
			return at - len;
	}
	return 0;
}

/* Where the extension begins, read from the end; v.len if there is none. */
static size_t
find_extension(struct capi_phone_view v)
{
	bool hash = v.len && v.s[v.len - 1] == '#';
	size_t end = v.len - hash, digits = end, at, word;

	while (digits && capi_is_digit(v.s[digits - 1]))
		digits--;
	size_t count = end - digits;
	if (count == 0 || count > 20 || digits < 2)
		return v.len;
	if (digits > 5 && memcmp(v.s + digits - 5, ";ext=", 5) == 0)
		return digits - 5;
	at = skip_back(v.s, digits, " ,-");
	if (at && (v.s[at - 1] == ':' || v.s[at - 1] == '.'))
		at--;
	if ((word = extension_word(v, at, count)) != 0)
		return skip_back(v.s, word, " ,");
	/* "+1 650 253 0000,,77" and ";77" wait or pause, then dial on */
	at = skip_back(v.s, digits, " ,-.:;");
	size_t from = at;
	while (from < digits && v.s[from] == ' ')
		from++;
	if (v.s[from] == ';' || (v.s[from] == ',' && v.s[from + 1] == ','))
		return count <= 15 ? at : v.len;
	if (v.s[from] == ',')
		return count <= 9 ? at : v.len;
	/* American: "650-253-0000 77#" */
	at = skip_back(v.s, digits, " -");
	return hash && count <= 6 && at < digits ? at : v.len;
}

struct capi_phone_view
capi_phone_cut_extension(struct capi_phone_view v, unsigned char *had)
{
	size_t at = find_extension(v);
	struct capi_phone_view front = {v.s, at};

	*had = at < v.len && capi_phone_is_viable(front);
	return *had ? front : v;
}

/* Digits only; letters count as the keys of a telephone if there are three.
 * False if there are too many digits for any number. */
bool
capi_phone_take_digits(struct capi_phone_view v, struct capi_phone_digits *d)
{
	static const char keys[] = "22233344455566677778889999";
	size_t letters = 0;

	for (size_t i = 0; i < v.len; i++)
		letters += capi_phone_is_letter(v.s[i]);
	d->len = 0;
	for (size_t i = 0; i < v.len; i++) {
		char c = v.s[i];
		if (capi_phone_is_letter(c) && letters >= 3)
			c = keys[c - 'a'];
		if (!capi_is_digit(c))
			continue;
		if (d->len == CAPI_PHONE_DIGITS_MAX)
			return false;
		d->text[d->len++] = c;
	}
	return true;
}
