#include "place.h"

#include <string.h>

#include "buf.h"
#include "data/place_data.h"
#include "text.h"

/* scripts/gen-place refuses to make a table with longer spellings. */
#define CAPI_PLACE_FOLD 128

static int
is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}

static void
trim(const char **s, size_t *n)
{
	while (*n && (unsigned char)(*s)[0] <= ' ')
		(*s)++, (*n)--;
	while (*n && (unsigned char)(*s)[*n - 1] <= ' ')
		(*n)--;
}

/*
 * Folding: the same steps as fold() in scripts/gen-place, which must agree
 * with it to the letter.
 */
struct folded {
	char text[CAPI_PLACE_FOLD];
	size_t len;
	int over;
	int marked; /* letters have lost accents, or became other ones */
};

static void
fold_put(struct folded *f, const char *s, size_t n)
{
	if (n > sizeof(f->text) - f->len) {
		f->over = 1;
		return;
	}
	memcpy(f->text + f->len, s, n);
	f->len += n;
}

static void
fold_ascii(struct folded *f, char c)
{
	if (c == '&') {
		fold_put(f, "and", 3);
		return;
	}
	if (is_upper(c))
		c = (char)(c + 32);
	if (capi_is_alpha((char)c) || capi_is_digit((char)c))
		fold_put(f, &c, 1);
}

/* Letters that no decomposition takes apart. */
static const struct {
	uint32_t point;
	char as[3];
} letters[] = {{0xf8, "o"}, {0x142, "l"}, {0x111, "d"}, {0xf0, "d"},
    {0xfe, "th"}, {0xe6, "ae"}, {0x153, "oe"}, {0x131, "i"}, {0x127, "h"},
    {0x14b, "n"}, {0x259, "e"}};

static void
fold_letter(struct folded *f, uint32_t point)
{
	struct capi_buf utf8 = CAPI_BUF_INIT(4);
	char bytes[4];

	if (point < 128) {
		fold_ascii(f, (char)point);
		return;
	}
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].point == point) {
			fold_put(f, letters[i].as, strlen(letters[i].as));
			f->marked = 1;
			return;
		}
	}
	if (!capi_text_is_alnum(point))
		return;
	utf8.data = bytes;
	utf8.cap = sizeof(bytes);
	capi_text_put(&utf8, point);
	fold_put(f, bytes, utf8.len);
}

static void
fold_point(struct folded *f, uint32_t point)
{
	uint32_t parts[CAPI_TEXT_PARTS];
	size_t n = capi_text_base(point, parts);

	for (size_t i = 0; i < n; i++) {
		fold_letter(f, parts[i]);
		/* full-width letters are but another width */
		f->marked |= parts[i] > ' ' && parts[i] < 128 &&
			     (point < 0xff01 || point > 0xff5e);
	}
}

/* -1 if nothing is left, or more than any spelling in the tables has. */
static int
fold(struct folded *f, const char *s, size_t n)
{
	f->len = 0;
	f->over = 0;
	f->marked = 0;
	if (!capi_text_is_utf8(s, n))
		return -1;
	while (n && !f->over) {
		uint32_t point = capi_text_next(&s, &n);

		if (point < 128)
			fold_ascii(f, (char)point);
		else
			fold_point(f, point);
	}
	return f->over || !f->len ? -1 : 0;
}

static uint32_t
hash(uint32_t h, const char *s, size_t n)
{
	while (n--)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h;
}

int
capi_place_is_country(const char country[2])
{
	return is_upper(country[0]) && is_upper(country[1]) &&
	       capi_place_alpha2[country[0] - 'A'] >> (country[1] - 'A') & 1;
}

static const struct capi_place_word *
find_country(const char *s, size_t n)
{
	uint32_t at;
	uint16_t slot;

	at = hash(2166136261u, s, n);
	for (;; at++) {
		const struct capi_place_word *w;

		slot = capi_place_country_slot[at & capi_place_country_mask];
		if (!slot)
			return NULL;
		w = &capi_place_country_word[slot - 1];
		if (w->len == n &&
		    !memcmp(capi_place_country_text + w->at, s, n))
			return w;
	}
}

/*
 * Two or three letters only are a code if they were written as one. "Áo" is
 * Austria to Vietnamese and not AO, "R.U." the United Kingdom to Spaniards
 * and not Russia; with stops, two letters are an abbreviation of a name, of
 * which "U.S." and "U.K." are sure.
 */
static int
is_no_code(const struct folded *f, const char *s, size_t n)
{
	if (f->len > 3)
		return 0;
	if (f->marked)
		return 1;
	return f->len == 2 && n > 2 && capi_is_alpha(s[0]) &&
	       !capi_is_alpha(s[1]) && memcmp(f->text, "us", 2) != 0 &&
	       memcmp(f->text, "uk", 2) != 0;
}

int
capi_place_country(const char *s, size_t n, char out[3])
{
	const struct capi_place_word *w;
	struct folded f;
	char pair[2];

	trim(&s, &n);
	if (n == 2 && capi_is_alpha(s[0]) && capi_is_alpha(s[1])) {
		pair[0] = capi_upper(s[0]);
		pair[1] = capi_upper(s[1]);
		if (capi_place_is_country(pair)) {
			memcpy(out, pair, 2);
			out[2] = '\0';
			return 0;
		}
	}
	if (fold(&f, s, n) || is_no_code(&f, s, n))
		return -1;
	w = find_country(f.text, f.len);
	if (!w && f.len > 6 && !memcmp(f.text, "the", 3))
		w = find_country(f.text + 3, f.len - 3);
	if (!w)
		return -1;
	memcpy(out, w->code, 3);
	return 0;
}

static const struct capi_place_sub *
find_state(const char country[2], const char *s, size_t n)
{
	uint32_t at;
	uint16_t slot;

	at = hash(hash(2166136261u, country, 2), s, n);
	for (;; at++) {
		const struct capi_place_state *w;

		slot = capi_place_state_slot[at & capi_place_state_mask];
		if (!slot)
			return NULL;
		w = &capi_place_state_word[slot - 1];
		if (w->len == n &&
		    !memcmp(capi_place_state_text + w->at, s, n) &&
		    !memcmp(capi_place_sub[w->sub].code, country, 2))
			return &capi_place_sub[w->sub];
	}
}

/* "US-CA", and WooCommerce's "JP13": the same country, then a code. */
static size_t
country_code_before(const char country[2], const char *s, size_t n)
{
	if (n < 4 || n > 6 || capi_upper(s[0]) != country[0] ||
	    capi_upper(s[1]) != country[1])
		return 0;
	return s[2] == '-' ? 3 : capi_is_digit(s[2]) ? 2 : 0;
}

int
capi_place_state(const char country[2], const char *s, size_t n, char out[8])
{
	const struct capi_place_sub *sub;
	struct folded f;
	const char *start;

	trim(&s, &n);
	start = s;
	s += country_code_before(country, s, n);
	n -= (size_t)(s - start);
	if (fold(&f, s, n))
		return -1;
	sub = find_state(country, f.text, f.len);
	if (!sub)
		return -1;
	memset(out, 0, 8);
	memcpy(out, sub->code + 2, sizeof(sub->code) - 2);
	return 0;
}

const char *
capi_place_state_name(const char country[2], const char *code, size_t n)
{
	size_t low = 0, high = capi_place_subs;
	char key[6] = {0};

	if (!n || n > 3)
		return NULL;
	memcpy(key, country, 2);
	memcpy(key + 2, code, n);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = memcmp(key, capi_place_sub[mid].code, sizeof(key));

		if (!d)
			return capi_place_sub_name + capi_place_sub[mid].name;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* A code of two or three letters as a number that sorts as it does. */
static uint32_t
sortable(const char code[3])
{
	const unsigned char *c = (const unsigned char *)code;

	return (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
}

static const struct capi_place_money *
find_money(const char code[3])
{
	size_t low = 0, high = capi_place_moneys;
	uint32_t wanted = sortable(code);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t at = sortable(capi_place_money[mid].code);

		if (wanted == at)
			return &capi_place_money[mid];
		if (wanted < at)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

int
capi_place_currency(const char *s, size_t n, char out[4])
{
	char code[3];
	int i;

	trim(&s, &n);
	if (n != 3)
		return -1;
	for (i = 0; i < 3; i++)
		code[i] = capi_upper(s[i]);
	if (!find_money(code))
		return -1;
	memcpy(out, code, 3);
	out[3] = '\0';
	return 0;
}

int
capi_place_minor(const char currency[3])
{
	const struct capi_place_money *m = find_money(currency);

	return m ? m->minor : -1;
}

static int
listed(const char code[3], const char *list)
{
	for (; *list; list += 4) {
		if (!memcmp(list, code, 3))
			return 1;
	}
	return 0;
}

int
capi_place_stripe_exponent(const char currency[3])
{
	/* docs.stripe.com/currencies, "Zero-decimal currencies", read 2026-09
	 */
	if (listed(currency,
		"BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF "
		"XPF "))
		return 0;
	/* "Three-decimal currencies" there */
	if (listed(currency, "BHD JOD KWD OMR TND "))
		return 3;
	/* ISK and UGX have no cents and are still sent times 100 */
	return capi_place_minor(currency) < 0 ? -1 : 2;
}

/* What is left of a postal code cell: ASCII, upper case. */
struct cell {
	char text[CAPI_PLACE_POSTAL_MAX];
	size_t len;
};

static void
unwrap(const char **s, size_t *n)
{
	trim(s, n);
	if (*n >= 3 && !memcmp(*s, "=\"", 2) && (*s)[*n - 1] == '"')
		*s += 2, *n -= 3;
	else if (*n && **s == '\'')
		(*s)++, (*n)--;
	trim(s, n);
}

/*
 * The ASCII form of a character in a postal code; 0 to leave it out, -1 if it
 * has no business there. Japan writes full-width digits, any dash and U+3012
 * before the code; spreadsheets bring no-break spaces.
 */
static int
postal_char(int32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff01 - '!';
	if (c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x202f || c == '\t')
		return ' ';
	if (c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 ||
	    c == 0x30fc)
		return '-';
	if (c == 0x3012 || c == 0xfeff || (c >= 0x200b && c <= 0x200f))
		return 0;
	if (c < 128 &&
	    (capi_is_alpha((char)c) || capi_is_digit((char)c) || c == ' '))
		return capi_upper((char)c);
	return -1;
}

/* Runs of spaces become one; -1 if the cell is no postal code. */
static int
postal_read(struct cell *cell, const char *s, size_t n)
{
	cell->len = 0;
	if (!capi_text_is_utf8(s, n))
		return -1;
	while (n) {
		int c = postal_char((int)capi_text_next(&s, &n));

		if (c < 0)
			return -1;
		if (!c || (c == ' ' &&
			      (!cell->len || cell->text[cell->len - 1] == ' ')))
			continue;
		if (cell->len == sizeof(cell->text))
			return -1;
		cell->text[cell->len++] = (char)c;
	}
	while (cell->len && (cell->text[cell->len - 1] == ' ' ||
				cell->text[cell->len - 1] == '-'))
		cell->len--;
	return 0;
}

static int
format_char(char format, char c)
{
	switch (format) {
	case '#':
		return capi_is_digit(c);
	case '@':
		return is_upper(c);
	case '*':
		return capi_is_digit(c) || is_upper(c);
	default:
		return format == c;
	}
}

static int
is_separator(char c)
{
	return c == ' ' || c == '-';
}

/*
 * Lay the characters of s into one format (n bytes long), whatever stood
 * between them. `front` says that the letters the format begins with are
 * missing in s. Returns the length written, 0 if it does not fit.
 */
static size_t
format_fill(const char *format, size_t n, int front, const char *s, size_t len,
    char *out)
{
	size_t i = 0, at = 0;

	if (front) {
		while (i < n && is_upper(format[i]))
			i++;
		if (!i)
			return 0;
		memcpy(out, format, i);
	}
	for (; i < n; i++) {
		if (is_separator(format[i])) {
			out[i] = format[i];
			continue;
		}
		while (at < len && is_separator(s[at]))
			at++;
		if (at == len || !format_char(format[i], s[at]))
			return 0;
		out[i] = s[at++];
	}
	while (at < len && is_separator(s[at]))
		at++;
	return at == len ? n : 0;
}

static size_t
formats_fill(const char *formats, const char *s, size_t len, char *out)
{
	int front;

	for (front = 0; front < 2; front++) {
		const char *f = formats;

		while (*f) {
			size_t n = strcspn(f, "|"), got;

			got = format_fill(f, n, front, s, len, out);
			if (got)
				return got;
			f += n;
			f += *f == '|';
		}
	}
	return 0;
}

static const struct capi_place_post *
find_post(const char country[2])
{
	const char code[3] = {country[0], country[1], '\0'};
	size_t low = 0, high = capi_place_posts;
	uint32_t wanted = sortable(code);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t at = sortable(capi_place_post[mid].country);

		if (wanted == at)
			return &capi_place_post[mid];
		if (wanted < at)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* "D-10115", "DE 10115", "SE-11455": the bytes before the code, or 0. */
static size_t
country_before(const struct capi_place_post *post, const char *s, size_t len)
{
	const char *sign[2] = {post->country, post->car};
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(sign[i]);
		if (n && len > n && !memcmp(s, sign[i], n) &&
		    (is_separator(s[n]) || (n == 2 && capi_is_digit(s[n]))))
			return is_separator(s[n]) ? n + 1 : n;
	}
	return 0;
}

/*
 * Give back the zeros of a number that had five digits: the head of the cell,
 * up to a dash and four more digits if it is a US ZIP+4.
 */
static int
pad_zeros(const struct capi_place_post *post, struct cell *cell)
{
	size_t i, zeros, head = cell->len;
	unsigned number = 0;

	if (!post->pad)
		return -1;
	if (head > 5 && cell->text[head - 5] == '-' &&
	    strchr(post->formats, '-'))
		head -= 5;
	if (head < 3 || head > 4)
		return -1;
	for (i = 0; i < head; i++) {
		if (!capi_is_digit(cell->text[i]))
			return -1;
		number = number * 10 + (unsigned)(cell->text[i] - '0');
	}
	if (number < post->pad)
		return -1;
	zeros = 5 - head;
	memmove(cell->text + zeros, cell->text, cell->len);
	memset(cell->text, '0', zeros);
	cell->len += zeros;
	return 0;
}

/* Only noughts: what is typed where a form insists on a code. */
static int
is_nought(const struct cell *cell)
{
	size_t i;

	for (i = 0; i < cell->len; i++) {
		if (!is_separator(cell->text[i]) && cell->text[i] != '0')
			return 0;
	}
	return 1;
}

/* No country we know: a digit at least, for "NONE" is nobody's code. */
static enum capi_postal
postal_any(const struct cell *cell, char *out, size_t cap, size_t *outlen)
{
	size_t i = 0;

	while (i < cell->len && !capi_is_digit(cell->text[i]))
		i++;
	if (i == cell->len || cell->len < 2 || cell->len > 12 ||
	    cell->len > cap)
		return CAPI_POSTAL_BAD;
	memcpy(out, cell->text, cell->len);
	*outlen = cell->len;
	return CAPI_POSTAL_OK;
}

static enum capi_postal
postal_known(const struct capi_place_post *post, struct cell *cell, char *out,
    size_t cap, size_t *outlen)
{
	char text[CAPI_PLACE_POSTAL_MAX];
	enum capi_postal verdict = CAPI_POSTAL_OK;
	size_t skip, n;

	n = formats_fill(post->formats, cell->text, cell->len, text);
	skip = n ? 0 : country_before(post, cell->text, cell->len);
	if (skip) {
		cell->len -= skip;
		memmove(cell->text, cell->text + skip, cell->len);
		n = formats_fill(post->formats, cell->text, cell->len, text);
	}
	if (!n && !pad_zeros(post, cell)) {
		n = formats_fill(post->formats, cell->text, cell->len, text);
		verdict = CAPI_POSTAL_REPAIRED;
	}
	if (!n || n > cap)
		return CAPI_POSTAL_BAD;
	memcpy(out, text, n);
	*outlen = n;
	return verdict;
}

/* "10115.0": a number after all, says the spreadsheet. */
static size_t
without_point(const char *s, size_t n)
{
	size_t i;

	if (n < 4 || memcmp(s + n - 2, ".0", 2))
		return n;
	for (i = 0; i < n - 2; i++) {
		if (!capi_is_digit(s[i]))
			return n;
	}
	return n - 2;
}

enum capi_postal
capi_place_postal(const char country[2], const char *s, size_t n, char *out,
    size_t cap, size_t *outlen)
{
	const struct capi_place_post *post;
	enum capi_postal verdict;
	struct cell cell;
	size_t whole;

	*outlen = 0;
	unwrap(&s, &n);
	whole = n;
	n = without_point(s, n);
	if (postal_read(&cell, s, n))
		return CAPI_POSTAL_BAD;
	if (!cell.len)
		return CAPI_POSTAL_EMPTY;
	if (is_nought(&cell))
		return CAPI_POSTAL_BAD;
	post = country ? find_post(country) : NULL;
	verdict = post ? postal_known(post, &cell, out, cap, outlen)
		       : postal_any(&cell, out, cap, outlen);
	if (verdict == CAPI_POSTAL_OK && n != whole)
		return CAPI_POSTAL_REPAIRED;
	return verdict;
}

/* Meta's parameter builder, gender lists, 2026-05 */
static const char men[] =
    " m male man boy gentleman guy sir mister mr son father dad daddy papa "
    "uncle nephew brother husband boyfriend groom widower king prince duke "
    "count emperor god lord lad fellow chap bloke dude he him his himself ";
static const char women[] =
    " f female woman girl lady miss ms mrs madam maam daughter mother mom "
    "mama mommy aunt niece sister wife girlfriend bride widow queen princess "
    "duchess countess empress goddess maiden lass gal chick dame belle she "
    "her hers herself ";
/* Pinterest takes n for non-binary (Conversions API, user_data.ge) */
static const char others[] = " n nonbinary ";

static int
is_word_of(const char *list, const char *word)
{
	return strstr(list, word) != NULL;
}

int
capi_place_gender(const char *s, size_t n)
{
	struct folded f;
	char word[16];

	if (fold(&f, s, n) || f.len > sizeof(word) - 3)
		return -1;
	word[0] = ' ';
	memcpy(word + 1, f.text, f.len);
	memcpy(word + 1 + f.len, " ", 2);
	if (is_word_of(men, word))
		return 'm';
	if (is_word_of(women, word))
		return 'f';
	return is_word_of(others, word) ? 'n' : -1;
}
