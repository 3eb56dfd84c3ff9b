/*
 * The rules for text and for names: trimmed, spaces collapsed, composed, freed
 * of what nobody sees; words for nothing told apart.
 */
#include "normalize_priv.h"

#include <string.h>

/* What people write for nothing. */
bool
capi_rule_is_nothing(struct capi_str s)
{
	static const char *const words[] = {"n/a", "na", "null", "none", "nil",
	    "nan", "undefined", "unknown", "not provided", "(not set)", "#n/a",
	    "-", "--", "---", "\xe2\x80\x94", ".", "?", "xx", "xxx", NULL};
	static const bool begins[256] = {['n'] = true,
	    ['N'] = true,
	    ['u'] = true,
	    ['U'] = true,
	    ['x'] = true,
	    ['X'] = true,
	    ['('] = true,
	    ['#'] = true,
	    ['-'] = true,
	    ['.'] = true,
	    ['?'] = true,
	    [0xe2] = true};

	/* Most values begin like none of them. */
	if (!s.n || s.n > 12 || !begins[(unsigned char)s.p[0]])
		return false;
	for (size_t i = 0; words[i]; i++)
		if (capi_lower(s.p[0]) == words[i][0] &&
		    capi_str_is_nocase(s, words[i]))
			return true;
	return false;
}

#define EACH UINT64_C(0x0101010101010101) /* a word of ones */
#define TOP (EACH << 7)

/* Nothing to trim, collapse or compose? Eight bytes a step: the top bits of
 * `odd` answer for each of them. The steps overlap, so that two spaces are in
 * one word. (A space and a '!' look like two: then the long way decides.) */
static bool
is_plain_long(struct capi_str s)
{
	uint64_t odd = 0, w, space;

	for (size_t i = 0;; i += 7) {
		if (i + 8 > s.n)
			i = s.n - 8;
		memcpy(&w, s.p + i, 8);
		space = w ^ EACH * ' ';
		space = (space - EACH) & ~space & TOP;
		odd |= w | (w - EACH * ' ') | (w + EACH) | (space & space << 8);
		if (i + 8 == s.n)
			return !(odd & TOP);
	}
}

static bool
is_plain(struct capi_str s)
{
	if (s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' '))
		return false;
	if (s.n >= 8)
		return is_plain_long(s);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)(s.p[i] - ' ') > '~' - ' ' ||
		    (s.p[i] == ' ' && s.p[i - 1] == ' '))
			return false;
	return true;
}

/* The same of text with Latin letters beyond ASCII, U+00A1 to U+02FF, which are
 * composed as they stand. It is UTF-8: rows and lines are checked. */
static bool
is_plain_latin(struct capi_str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < s.n; i++) {
		if (p[i] < ' ' || p[i] == 127 || p[i] > 0xcb)
			return false;
		if (p[i] == ' ' && (i == 0 || p[i - 1] == ' '))
			return false;
		if (p[i] == 0xc2 && (p[i + 1] < 0xa1 || p[i + 1] == 0xad))
			return false;
	}
	return !s.n || p[s.n - 1] != ' ';
}

/* U+FFFD is what a wrong encoding leaves behind. */
static bool
is_damaged(struct capi_str s)
{
	for (size_t i = 0; i + 3 <= s.n; i++)
		if (!memcmp(s.p + i, "\xef\xbf\xbd", 3))
			return true;
	return false;
}

static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x202f || c == 0x205f || c == 0x3000 || c == 0x2028 ||
	       c == 0x2029 || c == 0x85;
}

/* Controls and marks that nobody sees, but each hash does. The joiners U+200C
 * and U+200D stay: Persian and Indic names need them. */
static bool
is_unseen(uint32_t c)
{
	return c == 127 || (c > 0x7f && c < 0xa0) || c == 0xad || c == 0x200b ||
	       c == 0x200e || c == 0x200f || c == 0x2060 || c == 0xfeff ||
	       (c >= 0x202a && c <= 0x202e);
}

static struct capi_str
tidy(struct capi_normalizer *n, struct capi_str s)
{
	struct capi_buf *one = &n->scratch, *two = &n->scratch2;
	bool blank = false;

	capi_buf_reset(one);
	capi_buf_reset(two);
	while (s.n) {
		uint32_t c = capi_text_next(&s.p, &s.n);

		if (is_blank(c)) {
			blank = one->len > 0;
			continue;
		}
		if (is_unseen(c))
			continue;
		if (blank)
			capi_buf_addc(one, ' ');
		blank = false;
		capi_text_put(one, c);
	}
	if (one->len)
		capi_text_nfc(two, one->data, one->len);
	return capi_rule_copy(n, two->data, two->len);
}

enum capi_answer
capi_rule_text(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	if (in.n > CAPI_TEXT_MAX)
		return capi_rule_drop(n, field, "longer than 1024 bytes");
	*out = in;
	if (!is_plain(in) && !is_plain_latin(in)) {
		if (is_damaged(in))
			return capi_rule_drop(
			    n, field, "characters lost in a wrong encoding");
		*out = tidy(n, in);
	}
	if (!out->n)
		return CAPI_DROPPED;
	if (capi_rule_is_nothing(*out)) {
		n->count(n->arg, capi_field_name(field), "a word for nothing");
		return CAPI_DROPPED;
	}
	return CAPI_KEPT;
}

/* Words before a first name and behind a last name; the dot is not part. */
static const char *const titles[] = {"mr", "mrs", "ms", "miss", "mx", "dr",
    "prof", "herr", "frau", "mme", "mlle", "monsieur", "madame", "sr", "sra",
    "srta", "sig", "sig.ra", "dott", "ing", "dipl.-ing", "sir", "rev", NULL};
static const char *const suffixes[] = {"jr", "sr", "ii", "iii", "iv", "esq",
    "phd", "ph.d", "md", "m.d", "dds", "mba", NULL};

static bool
is_word_of(struct capi_str s, const char *const *words)
{
	while (s.n && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == ','))
		s.n--;
	for (size_t i = 0; s.n && words[i]; i++)
		if (capi_lower(s.p[0]) == words[i][0] &&
		    capi_str_is_nocase(s, words[i]))
			return true;
	return false;
}

struct capi_str
capi_rule_without_titles(struct capi_str s)
{
	const char *space;

	while ((space = memchr(s.p, ' ', s.n))) {
		size_t n = (size_t)(space - s.p);

		if (!is_word_of((struct capi_str){s.p, n}, titles))
			break;
		s = (struct capi_str){space + 1, s.n - n - 1};
	}
	return s;
}

struct capi_str
capi_rule_without_suffixes(struct capi_str s)
{
	for (;;) {
		size_t n = s.n;

		while (n && s.p[n - 1] != ' ')
			n--;
		if (!n ||
		    !is_word_of((struct capi_str){s.p + n, s.n - n}, suffixes))
			return s;
		s.n = n - 1;
		while (s.n && (s.p[s.n - 1] == ',' || s.p[s.n - 1] == ' '))
			s.n--;
	}
}

/* Words that a surname may begin with: Dutch, German, the Romance languages,
 * Danish, Arabic. */
static const char *const particles[] = {"van", "von", "vom", "vander", "der",
    "den", "dem", "de", "del", "dela", "della", "dello", "dei", "degli", "di",
    "da", "dal", "dalla", "das", "do", "dos", "du", "des", "la", "le", "las",
    "los", "lo", "zu", "zum", "zur", "ten", "ter", "te", "tot", "op", "aan",
    "in", "'t", "\xe2\x80\x99t", "d'", "af", "av", "bin", "bint", "ibn", "al",
    "el", "abu", "san", "st", "saint", NULL};

struct capi_str
capi_rule_surname(struct capi_str name)
{
	const char *first = memchr(name.p, ' ', name.n);
	const char *end = name.p + name.n, *space, *before;

	space = memrchr(name.p, ' ', name.n);
	while (space != first) {
		before = memrchr(name.p, ' ', (size_t)(space - name.p));
		if (!is_word_of((struct capi_str){before + 1,
				    (size_t)(space - before) - 1},
			particles))
			break;
		space = before;
	}
	return space ? (struct capi_str){space + 1, (size_t)(end - space) - 1}
		     : name;
}

/* Titles and suffixes are personal data of their own: what stood before and
 * behind `name` in `whole`, of the first name that had any. */
void
capi_rule_keep_cut(
    struct capi_normalizer *n, struct capi_str whole, struct capi_str name)
{
	struct capi_str before =
	    capi_text_trim(whole.p, (size_t)(name.p - whole.p));
	const char *end = name.p + name.n;
	struct capi_str behind = {end, (size_t)(whole.p + whole.n - end)};

	while (behind.n && (behind.p[0] == ',' || behind.p[0] == ' '))
		behind = (struct capi_str){behind.p + 1, behind.n - 1};
	if (!n->prefix.n)
		n->prefix = before;
	if (!n->suffix.n)
		n->suffix = behind;
}

static bool
has_letter(struct capi_str s)
{
	while (s.n) {
		uint32_t c = capi_text_next(&s.p, &s.n);

		if (c < 0x80 ? capi_is_alpha((char)c)
			     : capi_text_category(c)[0] == 'L')
			return true;
	}
	return false;
}

enum capi_answer
capi_rule_name(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	enum capi_answer a = capi_rule_text(n, field, in, out);
	struct capi_str whole;

	if (a != CAPI_KEPT)
		return a;
	if (memchr(out->p, '@', out->n))
		return capi_rule_drop(
		    n, field, "an e-mail address, not a name");
	whole = *out;
	*out = field == CAPI_F_FIRST_NAME ? capi_rule_without_titles(whole)
					  : capi_rule_without_suffixes(whole);
	if (capi_rule_is_nothing(*out))
		return CAPI_DROPPED;
	if (!has_letter(*out))
		return capi_rule_drop(n, field, "no letter in it");
	capi_rule_keep_cut(n, whole, *out);
	return CAPI_KEPT;
}
