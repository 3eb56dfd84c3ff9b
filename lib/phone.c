/*
 * Reading a number goes through three stages: fold (UTF-8 to a short ASCII
 * line of digits, letters and a few marks), read (libphonenumber's rules, in
 * its order: PhoneNumberUtil.parseHelper, release 9), repairs (what exports
 * do to numbers and libphonenumber does not undo).
 */
#include "phone.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "data/phone_data.h"

#define TEXT_MAX 250    /* libphonenumber's limit for one number's text */
#define DIGITS_MAX 40   /* more are too many, whatever is cut off */
#define NATIONAL_MAX 17 /* the longest national number of any plan */
#define E164_MAX 15     /* ITU-T E.164, digits with the calling code */
#define CUTS_MAX 8      /* second numbers and words that are tried */
#define FRONT_DIGITS 7  /* before a cut */
#define DOUBTFUL 11     /* national digits; see is_own_code */
#define REST_DIGITS 7   /* behind a slash: a second number, no extension */
#define UNKNOWN '?'     /* in folded text: a letter or sign we cannot read */

_Static_assert(sizeof((struct capi_phone *)0)->e164 == E164_MAX + 2,
    "a plus, the digits and a NUL fit exactly");

struct line {
	char text[TEXT_MAX + 2];
	size_t len;
};

struct digits {
	char text[DIGITS_MAX];
	size_t len;
};

struct reading {
	enum capi_phone_verdict verdict;
	struct capi_phone phone;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* ---- fold ------------------------------------------------------------- */

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

	*code = UNKNOWN;
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
	return UNKNOWN;
}

/* False if the text is longer than any spelling of a number. */
static bool
fold(const char *text, size_t len, struct line *line)
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
		if (line->len == TEXT_MAX)
			return false;
		line->text[line->len++] = c;
	}
	return true;
}

/* ---- tables ------------------------------------------------------------ */

static const struct capi_phone_plan *
main_plan(unsigned code)
{
	unsigned char place = capi_phone_codes[code];
	return place ? &capi_phone_plans[place - 1] : NULL;
}

static const struct capi_phone_plan *
region_plan(const char *region)
{
	size_t low = 0, high = capi_phone_region_count;

	if (region == NULL || region[0] == '\0')
		return NULL;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct capi_phone_plan *plan =
		    &capi_phone_plans[capi_phone_regions[middle]];
		int order = region[0] != plan->region[0]
				? region[0] - plan->region[0]
				: region[1] - plan->region[1];
		if (order == 0)
			return plan;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The label of the state in which these digits end. */
static unsigned
classify(unsigned state, const char *digits, size_t len)
{
	for (size_t i = 0; i < len && state != 0; i++)
		state = capi_phone_states[state][1 + digits[i] - '0'];
	return capi_phone_states[state][0];
}

struct match {
	size_t end;
	unsigned char slots[4]; /* begin and end of two groups, 255 if unset */
};

/* Does the program match at the beginning? The first way that fits wins. */
static bool
run(const uint16_t *step, const struct digits *d, size_t at, struct match *m)
{
	for (;; step++) {
		unsigned arg = *step & 0xfff;
		switch (*step >> 12) {
		case CAPI_PHONE_STEP_SET:
			if (at == d->len || !(arg >> (d->text[at] - '0') & 1))
				return false;
			at++;
			break;
		case CAPI_PHONE_STEP_SPLIT: {
			struct match saved = *m;
			if (run(step + 1, d, at, m))
				return true;
			*m = saved;
			step += arg - 1;
			break;
		}
		case CAPI_PHONE_STEP_JUMP:
			step += arg - 1;
			break;
		case CAPI_PHONE_STEP_SAVE:
			if (arg < sizeof m->slots)
				m->slots[arg] = (unsigned char)at;
			break;
		case CAPI_PHONE_STEP_END:
			if (at != d->len)
				return false;
			break;
		case CAPI_PHONE_STEP_MATCH:
			m->end = at;
			return true;
		default:
			return false;
		}
	}
}

static bool
match_prefix(unsigned program, const struct digits *d, struct match *m)
{
	memset(m->slots, 255, sizeof m->slots);
	return run(capi_phone_programs + program, d, 0, m);
}

/* ---- read: text -------------------------------------------------------- */

/* A view into folded text. */
struct view {
	const char *s;
	size_t len;
};

/* From the first plus or digit to the last letter, digit or hash. */
static struct view
extract(struct view v)
{
	while (v.len && v.s[0] != '+' && !is_digit(v.s[0])) {
		v.s++;
		v.len--;
	}
	while (v.len && !is_digit(v.s[v.len - 1]) &&
	       !is_letter(v.s[v.len - 1]) && v.s[v.len - 1] != '#')
		v.len--;
	return v;
}

/* "555-1234/x5678" and "555-1234 ;isub=7": only the front is the number. */
static struct view
cut_tail(struct view v)
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
static bool
is_viable(struct view v)
{
	size_t digits = 0, i = 0;

	if (v.len == 2)
		return is_digit(v.s[0]) && is_digit(v.s[1]);
	while (i < v.len && v.s[i] == '+')
		i++;
	for (; i < v.len; i++) {
		char c = v.s[i];
		if (is_digit(c)) {
			digits++;
		} else if (is_letter(c)) {
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
extension_word(struct view v, size_t at, size_t digits)
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
find_extension(struct view v)
{
	bool hash = v.len && v.s[v.len - 1] == '#';
	size_t end = v.len - hash, digits = end, at, word;

	while (digits && is_digit(v.s[digits - 1]))
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

static struct view
cut_extension(struct view v, unsigned char *had)
{
	size_t at = find_extension(v);
	struct view front = {v.s, at};

	*had = at < v.len && is_viable(front);
	return *had ? front : v;
}

/* Digits only; letters count as the keys of a telephone if there are three.
 * False if there are too many digits for any number. */
static bool
take_digits(struct view v, struct digits *d)
{
	static const char keys[] = "22233344455566677778889999";
	size_t letters = 0;

	for (size_t i = 0; i < v.len; i++)
		letters += is_letter(v.s[i]);
	d->len = 0;
	for (size_t i = 0; i < v.len; i++) {
		char c = v.s[i];
		if (is_letter(c) && letters >= 3)
			c = keys[c - 'a'];
		if (!is_digit(c))
			continue;
		if (d->len == DIGITS_MAX)
			return false;
		d->text[d->len++] = c;
	}
	return true;
}

/* ---- read: digits ------------------------------------------------------ */

static void
drop_front(struct digits *d, size_t count)
{
	d->len -= count;
	memmove(d->text, d->text + count, d->len);
}

/* Put a transform ("9$1") in place of the first m->end digits. */
static void
transform(struct digits *d, const char *rule, const struct match *m)
{
	struct digits to = {.len = 0};

	for (; *rule; rule++) {
		size_t begin = 0, count = 1;
		const char *from = rule;
		if (*rule == '$') {
			size_t group = (size_t)(*++rule - '1');
			begin = m->slots[2 * group];
			count = m->slots[2 * group + 1] - begin;
			from = d->text + begin;
		}
		if (to.len + count > DIGITS_MAX)
			return;
		memcpy(to.text + to.len, from, count);
		to.len += count;
	}
	if (to.len + d->len - m->end > DIGITS_MAX)
		return;
	memcpy(to.text + to.len, d->text + m->end, d->len - m->end);
	to.len += d->len - m->end;
	*d = to;
}

/* Take the trunk prefix off, unless that spoils what was in the plan. */
static void
strip_trunk(const struct capi_phone_plan *plan, struct digits *d)
{
	struct match m;
	struct digits bare = *d;

	if (d->len == 0 || !match_prefix(plan->prefix, d, &m))
		return;
	size_t rule = strlen(plan->transform);
	/* The last group decides: "$2" is the last group of its pattern. */
	const char *dollar = rule ? strchr(plan->transform, '$') : NULL;
	size_t slot = dollar ? 2 * (size_t)(dollar[1] - '1') : 0;
	if (dollar && m.slots[slot] != 255 && m.slots[slot + 1] != 255 &&
	    m.slots[slot] != m.slots[slot + 1])
		transform(&bare, plan->transform, &m);
	else
		drop_front(&bare, m.end);
	if (classify(plan->general, d->text, d->len) &&
	    !classify(plan->general, bare.text, bare.len))
		return;
	*d = bare;
}

/* isPossibleNumberWithReason of libphonenumber. */
static enum capi_phone_verdict
judge_length(const struct capi_phone_plan *plan, size_t len)
{
	uint32_t bit = len < 32 ? UINT32_C(1) << len : 0;

	if (plan->local & bit)
		return CAPI_PHONE_LOCAL_ONLY;
	if (plan->lengths & bit)
		return CAPI_PHONE_POSSIBLE;
	if (bit == 0 || plan->lengths < bit)
		return CAPI_PHONE_TOO_LONG;
	if ((plan->lengths & (bit - 1)) == 0)
		return CAPI_PHONE_TOO_SHORT;
	return CAPI_PHONE_BAD_LENGTH;
}

/* The calling code at the front: cut off, its main plan given back. */
static const struct capi_phone_plan *
take_code(struct digits *d)
{
	unsigned code = 0;

	if (d->len == 0 || d->text[0] == '0')
		return NULL;
	for (size_t i = 0; i < 3 && i < d->len; i++) {
		code = code * 10 + (unsigned)(d->text[i] - '0');
		const struct capi_phone_plan *plan = main_plan(code);
		if (plan) {
			drop_front(d, i + 1);
			return plan;
		}
	}
	return NULL;
}

static size_t
write_code(unsigned code, char out[4])
{
	char reversed[4];
	size_t len = 0;

	for (; code; code /= 10)
		reversed[len++] = (char)('0' + code % 10);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	return len;
}

/* A national spelling that already has its own calling code in front. */
static bool
take_own_code(const struct capi_phone_plan *home, struct digits *d)
{
	char code[4];
	size_t len = write_code(home->code, code);
	struct digits rest = *d;

	if (d->len < len || memcmp(d->text, code, len) != 0)
		return false;
	drop_front(&rest, len);
	strip_trunk(home, &rest);
	if ((classify(home->general, d->text, d->len) ||
		!classify(home->general, rest.text, rest.len)) &&
	    judge_length(home, d->len) != CAPI_PHONE_TOO_LONG)
		return false;
	*d = rest;
	return true;
}

/* Take off what one dials before a calling code. A code never begins with 0,
 * so a 0 behind it says that it was something else. */
static bool
take_exit(const struct capi_phone_plan *home, struct digits *d)
{
	struct match m;

	if (!match_prefix(home->exit, d, &m))
		return false;
	if (m.end < d->len && d->text[m.end] == '0')
		return false;
	drop_front(d, m.end);
	return true;
}

static void
write_number(struct capi_phone *out, const struct capi_phone_plan *main,
    const struct capi_phone_plan *plan, const struct digits *d)
{
	out->e164[0] = '+';
	out->cc_len = (unsigned char)write_code(main->code, out->e164 + 1);
	memcpy(out->e164 + 1 + out->cc_len, d->text, d->len);
	out->len = (unsigned char)(1 + out->cc_len + d->len);
	out->e164[out->len] = '\0';
	memcpy(out->region, plan->region, sizeof out->region);
	memcpy(out->trunk, plan->trunk, sizeof out->trunk);
}

/* Is it a number of this calling code, and whose? */
static enum capi_phone_verdict
judge(const struct capi_phone_plan *main, const struct capi_phone_plan *home,
    const struct digits *d, struct capi_phone *out)
{
	char code[4];
	enum capi_phone_verdict verdict = judge_length(main, d->len);

	if (d->len < 2)
		return CAPI_PHONE_TOO_SHORT;
	/* A few plans have service numbers longer than E.164 can carry. */
	if (d->len > NATIONAL_MAX ||
	    d->len + write_code(main->code, code) > E164_MAX)
		return CAPI_PHONE_TOO_LONG;
	unsigned owner = classify(main->valid, d->text, d->len);
	if (owner) {
		write_number(out, main, main + owner - 1, d);
		return CAPI_PHONE_VALID;
	}
	if (verdict == CAPI_PHONE_POSSIBLE)
		write_number(out, main,
		    home && home->code == main->code ? home : main, d);
	return verdict;
}

static enum capi_phone_verdict
read_digits(bool plus, struct digits *d, const struct capi_phone_plan *home,
    struct capi_phone *out)
{
	const struct capi_phone_plan *plan = home;

	if (plus && d->len <= 2)
		return CAPI_PHONE_TOO_SHORT;
	if (plus && (plan = take_code(d)) == NULL) {
		/* libphonenumber forgives a plus before 00 or before nothing */
		if (home == NULL)
			return CAPI_PHONE_BAD_COUNTRY_CODE;
		if (take_exit(home, d))
			plan = take_code(d);
		else if (take_own_code(home, d))
			plan = main_plan(home->code);
	} else if (!plus && take_exit(home, d)) {
		if (d->len <= 2)
			return CAPI_PHONE_TOO_SHORT;
		plan = take_code(d);
	} else if (!plus && take_own_code(home, d)) {
		plan = main_plan(home->code);
	}
	if (plan == NULL)
		return CAPI_PHONE_BAD_COUNTRY_CODE;
	const struct capi_phone_plan *main = main_plan(plan->code);

	/* Only if what remains is long enough to be a number of the plan. */
	struct digits bare = *d;
	strip_trunk(plan, &bare);
	enum capi_phone_verdict length = judge_length(plan, bare.len);
	if (length == CAPI_PHONE_POSSIBLE || length == CAPI_PHONE_TOO_LONG)
		*d = bare;
	return judge(main, home, d, out);
}

/*
 * A possible number that begins with the trunk prefix once more ("+490957...")
 * would lose it when read again, so it is read until it no longer changes:
 * normalising twice must equal once. Valid numbers do not change.
 */
static void
settle(struct reading *r, const struct capi_phone_plan *home)
{
	for (int turn = 0; turn < DIGITS_MAX; turn++) {
		struct digits d = {.len = r->phone.len - 1U};
		struct capi_phone next = r->phone;

		if (r->verdict != CAPI_PHONE_POSSIBLE)
			return;
		memcpy(d.text, r->phone.e164 + 1, d.len);
		r->verdict = read_digits(true, &d, home, &next);
		bool same = strcmp(next.e164, r->phone.e164) == 0;
		r->phone = next;
		if (same)
			return;
	}
}

/* One spelling as libphonenumber reads it. */
static struct reading
read_view(struct view v, const struct capi_phone_plan *home)
{
	struct reading r = {CAPI_PHONE_NOT_A_NUMBER, {.len = 0}};
	unsigned char had;
	struct digits d;

	v = cut_extension(cut_tail(extract(v)), &had);
	if (!is_viable(v))
		return r;
	if (v.s[0] != '+' && home == NULL) {
		r.verdict = CAPI_PHONE_NO_COUNTRY;
		return r;
	}
	r.verdict = CAPI_PHONE_TOO_LONG;
	if (take_digits(v, &d))
		r.verdict = read_digits(v.s[0] == '+', &d, home, &r.phone);
	settle(&r, home);
	r.phone.had_extension = had;
	return r;
}

/* ---- repairs ----------------------------------------------------------- */

static int
rank(enum capi_phone_verdict v)
{
	return v == CAPI_PHONE_VALID ? 0 : v == CAPI_PHONE_POSSIBLE ? 1 : 2;
}

/* A line that begins with '+', then the view. */
static void
plus_line(struct view v, struct line *out)
{
	out->text[0] = '+';
	memcpy(out->text + 1, v.s, v.len);
	out->len = v.len + 1;
}

/* Leave `count` digits out, and the separators between them. */
static struct view
skip_digits(struct view v, size_t count)
{
	while (v.len && (count || !is_digit(v.s[0]))) {
		count -= is_digit(v.s[0]);
		v.s++;
		v.len--;
	}
	return v;
}

/* Do the first digits read so, whatever stands between them? */
static bool
begins_with(struct view v, const char *digits, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < v.len && at < len; i++) {
		if (is_digit(v.s[i]) && v.s[i] != digits[at++])
			return false;
		if (is_letter(v.s[i]))
			return false;
	}
	return at == len;
}

/* "+420 (0) 601 123 456": nobody dials this 0 after a calling code. */
static bool
repair_optional_zero(
    struct view v, const struct capi_phone_plan *home, struct line *out)
{
	(void)home;
	for (size_t i = 2; i + 2 < v.len; i++) {
		size_t end = i + 1;
		if (v.s[i] != '(')
			continue;
		while (end < v.len && (v.s[end] == '0' || v.s[end] == ' '))
			end++;
		if (end == i + 1 || end == v.len || v.s[end] != ')')
			continue;
		memcpy(out->text, v.s, i);
		memcpy(out->text + i, v.s + end + 1, v.len - end - 1);
		out->len = i + v.len - end - 1;
		return true;
	}
	return false;
}

/* "0044 20 ..." in a country that dials abroad otherwise, "+0044", "+01144" */
static bool
repair_exit(struct view v, const struct capi_phone_plan *home, struct line *out)
{
	bool plus = v.len && v.s[0] == '+';
	struct digits d;
	struct match m;

	/* Dialled as one does at home, it has been read already. */
	if (!plus && home && take_digits(v, &d) &&
	    match_prefix(home->exit, &d, &m))
		return false;
	if (begins_with(v, "00", 2))
		v = skip_digits(v, 2);
	else if (plus && begins_with(v, "011", 3))
		v = skip_digits(v, 3);
	else
		return false;
	plus_line(v, out);
	return v.len && v.s[0] != '0';
}

/* "011 44 20 ..." outside North America, where it may as well be an area. */
static bool
repair_american_exit(
    struct view v, const struct capi_phone_plan *home, struct line *out)
{
	if (home == NULL || !begins_with(v, "011", 3) || v.s[0] == '+')
		return false;
	plus_line(skip_digits(v, 3), out);
	return true;
}

/* "49 151 ..." in Germany: its own calling code, the plus lost. libphonenumber
 * asks whether the general pattern allows the digits as they are; here it is
 * enough that they are no valid number as they are. */
static bool
repair_own_code(
    struct view v, const struct capi_phone_plan *home, struct line *out)
{
	char code[4];

	if (home == NULL || v.len == 0 || v.s[0] == '+' ||
	    !begins_with(v, code, write_code(home->code, code)))
		return false;
	plus_line(v, out);
	return true;
}

/* "01(650)...": its own calling code behind one zero. Meta's parameter builder
 * drops all zeros, and tests so (capi-param-builder, read 2026). */
static bool
repair_zero_code(
    struct view v, const struct capi_phone_plan *home, struct line *out)
{
	if (v.len == 0 || v.s[0] != '0' || begins_with(v, "00", 2) ||
	    begins_with(v, "011", 3))
		return false;
	return repair_own_code(skip_digits(v, 1), home, out);
}

/* "+07911 123456": no calling code begins with 0, so the plus is wrong. */
static bool
repair_wrong_plus(
    struct view v, const struct capi_phone_plan *home, struct line *out)
{
	if (home == NULL || v.len == 0 || v.s[0] != '+' ||
	    !begins_with(v, "0", 1))
		return false;
	v = skip_digits(v, 0);
	memcpy(out->text, v.s, v.len);
	out->len = v.len;
	return true;
}

/*
 * Prefixes that the plan has given up, but address books have not. Mexico
 * dials ten digits since August 2019; before, 1 stood in front of a mobile
 * number after +52, and 01, 044 or 045 at home. libphonenumber knew them up
 * to release 8.
 */
static const struct {
	unsigned short code;
	const char *prefix;
} retired[] = {{52, "1"}, {52, "01"}, {52, "044"}, {52, "045"}};

static bool
repair_retired(
    struct view v, const struct capi_phone_plan *home, struct line *out)
{
	char code[4];

	for (size_t i = 0; i < sizeof retired / sizeof *retired; i++) {
		size_t len = strlen(retired[i].prefix);
		size_t code_len = write_code(retired[i].code, code);
		struct view rest = v;
		if (v.len && v.s[0] == '+' && begins_with(v, code, code_len))
			rest = skip_digits(v, code_len);
		else if (!home || home->code != retired[i].code)
			continue;
		if (!begins_with(rest, retired[i].prefix, len))
			continue;
		rest = skip_digits(rest, len);
		if (rest.len + 1 + code_len > TEXT_MAX)
			continue;
		out->text[0] = '+';
		memcpy(out->text + 1, code, code_len);
		memcpy(out->text + 1 + code_len, rest.s, rest.len);
		out->len = 1 + code_len + rest.len;
		return true;
	}
	return false;
}

static const struct repair {
	bool (*apply)(struct view v, const struct capi_phone_plan *home,
	    struct line *out);
	bool only_valid; /* too bold to be believed without a pattern */
} repairs[] = {
    {repair_optional_zero, false},
    {repair_exit, false},
    {repair_american_exit, true},
    {repair_own_code, true},
    {repair_zero_code, false},
    {repair_wrong_plus, true},
    {repair_retired, true},
};

/*
 * "49 171 1234567" in Germany is a valid number of Papenburg (04917) by the
 * published pattern, which allows subscribers of any length, and so
 * libphonenumber reads it. Nobody there writes an area without its 0, but
 * exports lose the plus of every mobile number. Where both readings are valid,
 * a long one that begins with its country's own code is taken as the other.
 */
static bool
is_own_code(
    struct view v, const struct capi_phone_plan *home, const struct reading *r)
{
	char code[4];

	return home && v.len && v.s[0] != '+' &&
	       r->phone.len >= 1 + r->phone.cc_len + DOUBTFUL &&
	       begins_with(v, code, write_code(home->code, code)) &&
	       memcmp(r->phone.e164 + 1 + r->phone.cc_len, code,
		   write_code(home->code, code)) == 0;
}

/* Read again with one repair, and keep what reads better. */
static void
try_repair(const struct repair *repair, struct view v,
    const struct capi_phone_plan *home, struct reading *best)
{
	struct line line;

	if (!repair->apply(v, home, &line))
		return;
	struct view again = {line.text, line.len};
	struct reading r = read_view(again, home);
	if (repair->only_valid && r.verdict != CAPI_PHONE_VALID)
		return;
	if (rank(r.verdict) < rank(best->verdict) ||
	    best->verdict == CAPI_PHONE_NO_COUNTRY)
		*best = r;
}

static struct reading
read_repaired(struct view v, const struct capi_phone_plan *home)
{
	struct reading best = read_view(v, home), other;
	struct line line;

	v = extract(v);
	if (best.verdict == CAPI_PHONE_VALID && is_own_code(v, home, &best)) {
		plus_line(v, &line);
		other = read_view((struct view){line.text, line.len}, home);
		if (other.verdict == CAPI_PHONE_VALID)
			best = other;
	}
	for (size_t i = 0; i < sizeof repairs / sizeof *repairs; i++) {
		if (best.verdict == CAPI_PHONE_VALID)
			break;
		try_repair(&repairs[i], v, home, &best);
	}
	return best;
}

static size_t
count_digits(const char *s, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += is_digit(s[i]);
	return count;
}

/* May a word or another number begin here? A slash also stands inside of
 * numbers, and a letter behind a digit or a dash is meant as a key. */
static bool
is_cut(struct view v, size_t at)
{
	char c = v.s[at], before = v.s[at - 1];

	if (is_letter(c))
		return before == ' ' || before == '(';
	if (c == '/' || c == '\\')
		return count_digits(v.s + at, v.len - at) >= REST_DIGITS;
	return c != '\0' && strchr("+,;|?&:", c) != NULL;
}

/* "030 1234567 (office)", "555-0100 / 555-0101": the first number, if the
 * whole is none. */
static struct reading
read_first(struct view v, const struct capi_phone_plan *home)
{
	struct reading best = read_repaired(v, home);
	size_t digits = 0, cuts = 0;

	v = extract(v);
	for (size_t i = 1; i < v.len && cuts < CUTS_MAX; i++) {
		digits += is_digit(v.s[i - 1]);
		if (best.verdict == CAPI_PHONE_VALID)
			break;
		if (digits < FRONT_DIGITS || !is_cut(v, i))
			continue;
		cuts++;
		struct view front = {v.s, i};
		struct reading r = read_repaired(front, home);
		/* Few digits are easily possible somewhere. */
		if (r.verdict == CAPI_PHONE_VALID ||
		    (rank(r.verdict) < rank(best.verdict) &&
			digits > FRONT_DIGITS))
			best = r;
	}
	return best;
}

/* ---- what spreadsheets do ---------------------------------------------- */

/* "15551234567.0": a column that was once read as numbers. */
static struct view
cut_decimal(struct view v)
{
	size_t i = v.len && v.s[0] == '+', zeros;

	while (i < v.len && is_digit(v.s[i]))
		i++;
	zeros = i + 1;
	while (zeros < v.len && v.s[zeros] == '0')
		zeros++;
	if (i >= 7 && i < v.len && v.s[i] == '.' && zeros > i + 1 &&
	    zeros == v.len)
		v.len = i;
	return v;
}

/*
 * "1.5551234567E+10" is written back into line if every digit is there.
 * Returns -1 if digits are lost, 1 if written, 0 if it is no such thing.
 */
static int
undo_scientific(struct view v, struct line *line)
{
	struct digits d = {.len = 0};
	size_t i = 0, exponent = 0, whole = 0, marks = 0;
	struct line to = {.len = 0};

	if (v.len && v.s[0] == '+')
		to.text[to.len++] = v.s[i++];
	for (; i < v.len && v.s[i] != 'e'; i++) {
		if (is_digit(v.s[i]) && d.len < DIGITS_MAX)
			d.text[d.len++] = v.s[i];
		else if ((v.s[i] == '.' || v.s[i] == ',') && marks++ == 0)
			whole = d.len;
		else
			return 0;
	}
	if (marks == 0)
		whole = d.len;
	i += i < v.len;
	i += i < v.len && v.s[i] == '+';
	if (i == v.len || v.len - i > 2 || whole != 1)
		return 0;
	for (; i < v.len; i++) {
		if (!is_digit(v.s[i]))
			return 0;
		exponent = exponent * 10 + (size_t)(v.s[i] - '0');
	}
	if (d.len < exponent + 1)
		return -1;
	for (size_t j = exponent + 1; j < d.len; j++)
		if (d.text[j] != '0')
			return -1;
	memcpy(to.text + to.len, d.text, exponent + 1);
	to.len += exponent + 1;
	*line = to;
	return 1;
}

/* ---- placeholders ------------------------------------------------------ */

static bool
is_placeholder(const char *digits, size_t len)
{
	static const char *const rows[] = {
	    "12345678", "123456789", "1234567890", "0123456789"};
	size_t same = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strlen(rows[i]) == len && memcmp(rows[i], digits, len) == 0)
			return true;
	while (same < len && digits[same] == digits[0])
		same++;
	return same == len && (len >= 6 || (len > 0 && digits[0] == '0'));
}

/* Is that all the text has, beside separators? */
static bool
is_placeholder_text(struct view v)
{
	char digits[TEXT_MAX];
	size_t len = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (is_letter(v.s[i]))
			return false;
		if (is_digit(v.s[i]))
			digits[len++] = v.s[i];
	}
	return is_placeholder(digits, len);
}

/* ---- interface --------------------------------------------------------- */

static bool
is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->text[i] != ' ' && line->text[i] != '|')
			return false;
	return true;
}

static struct reading
read_line(struct line *line, const struct capi_phone_plan *home)
{
	struct reading r = {CAPI_PHONE_EMPTY, {.len = 0}};
	struct view v = {line->text, line->len}, whole;

	if (is_blank(line))
		return r;
	whole = v = extract(v);
	switch (undo_scientific(v, line)) {
	case -1:
		r.verdict = CAPI_PHONE_SCIENTIFIC;
		return r;
	case 1:
		whole = v = (struct view){line->text, line->len};
		break;
	default:
		v = cut_decimal(v);
	}
	r = read_first(v, home);
	if (v.len < whole.len && r.verdict != CAPI_PHONE_VALID) {
		struct reading other = read_first(whole, home);
		if (rank(other.verdict) < rank(r.verdict))
			r = other;
	}
	if (rank(r.verdict) == 2) {
		if (is_placeholder_text(v))
			r.verdict = CAPI_PHONE_PLACEHOLDER;
	} else if (is_placeholder(r.phone.e164 + 1 + r.phone.cc_len,
		       (size_t)r.phone.len - 1 - r.phone.cc_len)) {
		r.verdict = CAPI_PHONE_PLACEHOLDER;
	}
	return r;
}

/*
 * "+15551234567", "6505551234": nothing to fold, to cut or to repair. False:
 * it is something else, or not valid as it stands, and must be read at length.
 */
static bool
read_bare(const char *text, size_t len, const struct capi_phone_plan *home,
    struct reading *r)
{
	bool plus = len && text[0] == '+';
	struct digits d = {.len = len - plus};

	if (d.len < 3 || d.len > NATIONAL_MAX || (!plus && !home))
		return false;
	for (size_t i = 0; i < d.len; i++) {
		d.text[i] = text[i + plus];
		if (!is_digit(d.text[i]))
			return false;
	}
	r->verdict = read_digits(plus, &d, home, &r->phone);
	return r->verdict == CAPI_PHONE_VALID &&
	       !is_own_code((struct view){text, len}, home, r) &&
	       !is_placeholder(r->phone.e164 + 1 + r->phone.cc_len,
		   (size_t)r->phone.len - 1 - r->phone.cc_len);
}

enum capi_phone_verdict
capi_phone_parse(
    const char *text, size_t len, const char *region, struct capi_phone *out)
{
	struct line line;
	struct reading r = {CAPI_PHONE_TOO_LONG, {.len = 0}};
	const struct capi_phone_plan *home = region_plan(region);

	if (!read_bare(text, len, home, &r)) {
		r = (struct reading){CAPI_PHONE_TOO_LONG, {.len = 0}};
		if (fold(text, len, &line))
			r = read_line(&line, home);
	}
	if (rank(r.verdict) == 2) {
		unsigned char had = r.phone.had_extension;
		memset(&r.phone, 0, sizeof r.phone);
		r.phone.had_extension = had;
	}
	*out = r.phone;
	return r.verdict;
}

const char *
capi_phone_reason(enum capi_phone_verdict verdict)
{
	static const char *const words[CAPI_PHONE_VERDICTS] = {
	    [CAPI_PHONE_VALID] = "a valid number",
	    [CAPI_PHONE_POSSIBLE] = "possible, but in no published range",
	    [CAPI_PHONE_EMPTY] = "empty",
	    [CAPI_PHONE_NOT_A_NUMBER] = "not a number in any country",
	    [CAPI_PHONE_NO_COUNTRY] =
		"national spelling, and no country is known",
	    [CAPI_PHONE_BAD_COUNTRY_CODE] = "no country has this calling code",
	    [CAPI_PHONE_TOO_SHORT] = "too short for its country",
	    [CAPI_PHONE_TOO_LONG] = "too long for its country",
	    [CAPI_PHONE_BAD_LENGTH] = "of a length its country does not have",
	    [CAPI_PHONE_SCIENTIFIC] =
		"in scientific notation, its digits are lost",
	    [CAPI_PHONE_LOCAL_ONLY] = "local, its area code is missing",
	    [CAPI_PHONE_PLACEHOLDER] = "a placeholder",
	};
	return verdict < CAPI_PHONE_VERDICTS ? words[verdict] : "unknown";
}
