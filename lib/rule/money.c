#include "money.h"

#include <stdbool.h>
#include <string.h>

#include "place.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

/* A piece of the input. */
struct piece {
	const char *p;
	const char *end;
};

static bool
starts(const struct piece *t, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(t->end - t->p) >= n && !memcmp(t->p, with, n);
}

/* Length of what t starts with among the strings, which end in NULL; or 0. */
static size_t
one_of(const struct piece *t, const char *const *list)
{
	for (; t->p < t->end && *list; list++) {
		if (**list == *t->p && starts(t, *list))
			return strlen(*list);
	}
	return 0;
}

/* U+00A0, U+2000 to U+200A that are seen, U+202F, U+3000 */
static const char *const spaces[] = {" ", "\t", "\r", "\n", "\xc2\xa0",
    "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x87", "\xe2\x80\x82",
    "\xe3\x80\x80", NULL};
/* U+2212, U+2010 to U+2014 */
static const char *const dashes[] = {"-", "\xe2\x88\x92", "\xe2\x80\x90",
    "\xe2\x80\x91", "\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x80\x94", NULL};
static const char *const apostrophes[] = {"'", "\xe2\x80\x99", NULL};

static size_t
skip(struct piece *t, const char *const *list)
{
	const char *start = t->p;
	size_t n;

	while ((n = one_of(t, list)))
		t->p += n;
	return (size_t)(t->p - start);
}

/* Spaces at both ends, and what spreadsheets put around text. */
static void
unwrap(struct piece *t)
{
	size_t i;
	bool again = true;

	skip(t, spaces);
	while (again) {
		again = false;
		for (i = 0; spaces[i]; i++) {
			size_t n = strlen(spaces[i]);

			if ((size_t)(t->end - t->p) >= n &&
			    !memcmp(t->end - n, spaces[i], n)) {
				t->end -= n;
				again = true;
			}
		}
	}
	if (t->end - t->p >= 3 && starts(t, "=\"") && t->end[-1] == '"') {
		t->p += 2;
		t->end--;
	} else if (starts(t, "'")) {
		t->p++;
	}
	skip(t, spaces);
}

/*
 * Signs of currencies, lower case. Those of many countries have no code:
 * which dollar it is, the amount cannot say. Longer ones before those they
 * begin with.
 */
static const struct {
	const char *sign;
	char code[4];
} signs[] = {{"us$", "USD"}, {"ca$", "CAD"}, {"au$", "AUD"}, {"a$", "AUD"},
    {"nz$", "NZD"}, {"hk$", "HKD"}, {"sg$", "SGD"}, {"s$", "SGD"},
    {"nt$", "TWD"}, {"mx$", "MXN"}, {"r$", "BRL"}, {"c$", ""}, {"$", ""},
    {"\xe2\x82\xac", "EUR"}, {"\xc2\xa3", ""}, {"cn\xc2\xa5", "CNY"},
    {"jp\xc2\xa5", "JPY"}, {"\xc2\xa5", ""}, {"\xef\xbf\xa5", ""},
    {"\xe5\x86\x86", "JPY"}, {"\xe5\x85\x83", ""}, {"\xe2\x82\xb9", "INR"},
    {"\xe2\x82\xa9", "KRW"}, {"\xe2\x82\xaa", "ILS"}, {"\xe2\x82\xab", "VND"},
    {"\xe2\x82\xba", "TRY"}, {"\xe2\x82\xbd", "RUB"}, {"\xe2\x82\xb4", "UAH"},
    {"\xe2\x82\xb1", "PHP"}, {"\xe2\x82\xa6", "NGN"}, {"\xe2\x82\xb8", "KZT"},
    {"\xe0\xb8\xbf", "THB"}, {"z\xc5\x82", "PLN"}, {"k\xc4\x8d", "CZK"},
    {"\xd0\xbb\xd0\xb2", "BGN"}, {"\xd1\x80\xd1\x83\xd0\xb1", "RUB"},
    {"rm", "MYR"}, {"rp", "IDR"}, {"rs", ""}, {"kr", ""}, {"ft", "HUF"},
    {"lei", "RON"}, {"tl", "TRY"}, {"sfr", "CHF"}, {"fr", ""}, {"r", "ZAR"}};

/* How much of t a sign is; letters must not go on after it. */
static size_t
sign_length(const struct piece *t, const char *sign)
{
	size_t i;

	for (i = 0; sign[i]; i++) {
		if (t->p + i == t->end || lower(t->p[i]) != sign[i])
			return 0;
	}
	if (is_letter(t->p[i - 1]) && t->p + i < t->end &&
	    (is_letter(t->p[i]) || strchr("\xc4\xc5\xd0\xd1", t->p[i])))
		return 0;
	return i;
}

/* A letter before p: ASCII, or of the Polish, Czech, Russian signs. */
static bool
after_letter(const char *p, const char *start)
{
	unsigned char lead;

	if (p == start || is_letter(p[-1]))
		return p != start;
	if (p - start < 2)
		return false;
	lead = (unsigned char)p[-2];
	return lead == 0xc4 || lead == 0xc5 || lead == 0xd0 || lead == 0xd1;
}

/* Takes a sign or a code; -1 if there is neither, or it contradicts one. */
static int
take_sign(struct piece *t, struct capi_money_sign *sign)
{
	char code[4] = "";
	size_t i, n = 0;

	for (i = 0; !n && i < sizeof(signs) / sizeof(signs[0]); i++) {
		n = sign_length(t, signs[i].sign);
		if (n)
			memcpy(code, signs[i].code, sizeof(code));
	}
	if (!n) {
		if (t->end - t->p < 3 || capi_place_currency(t->p, 3, code) ||
		    (t->end - t->p > 3 && is_letter(t->p[3])))
			return -1;
		n = 3;
	}
	if (code[0] && sign->code[0] && memcmp(code, sign->code, 3))
		return -1;
	if (code[0])
		memcpy(sign->code, code, sizeof(code));
	if (!sign->at) {
		sign->at = t->p;
		sign->len = n;
	}
	t->p += n;
	if (after_letter(t->p, t->p - n))
		t->p += starts(t, ".");
	return 0;
}

/* What stands beside the number: its currency, and whether it is below 0. */
struct beside {
	struct capi_money_sign sign;
	int minus, open, close, plus;
};

static int
read_beside(struct piece t, struct beside *b)
{
	while (t.p < t.end) {
		size_t n = one_of(&t, dashes);

		if (skip(&t, spaces))
			continue;
		if (n)
			b->minus++;
		else if (*t.p == '(')
			b->open++;
		else if (*t.p == ')')
			b->close++;
		else if (*t.p == '+')
			b->plus++;
		else if (take_sign(&t, &b->sign))
			return -1;
		else
			continue;
		t.p += n ? n : 1;
	}
	return 0;
}

/*
 * The number: its digits, and the marks between them, '.' and ',' as they
 * are, anything that can only part groups as ' '.
 */
#define DIGITS_MAX 60

struct number {
	char text[DIGITS_MAX];
	size_t len;
};

static bool
starts_number(const struct piece *t, const char *start)
{
	if (is_digit(*t->p))
		return true;
	/* ".50", but not the full stop of "Rs.50" */
	return (*t->p == '.' || *t->p == ',') && t->end - t->p > 1 &&
	       is_digit(t->p[1]) && !after_letter(t->p, start);
}

/* "12,-" and "12.--": no cents, and not a minus sign */
static void
skip_no_cents(struct piece *t)
{
	struct piece u = *t;

	if (!starts(&u, ".") && !starts(&u, ","))
		return;
	u.p++;
	skip(&u, dashes);
	*t = u;
}

static int
put(struct number *x, char c)
{
	if (x->len == sizeof(x->text))
		return -1;
	x->text[x->len++] = c;
	return 0;
}

/* Parts the text into what is before, the number and what is after it. */
static int
split(struct piece t, struct number *x, struct beside *b)
{
	struct piece before = t;

	while (t.p < t.end && !starts_number(&t, before.p))
		t.p++;
	if (t.p == t.end)
		return -1;
	before.end = t.p;
	x->len = 0;
	while (t.p < t.end) {
		struct piece u = t;
		char c = *t.p;

		if (!is_digit(c) && c != '.' && c != ',') {
			if (!skip(&u, apostrophes) && !skip(&u, spaces))
				break;
			c = ' ';
		} else {
			u.p++;
		}
		/* a mark is part of the number if a digit follows */
		if (!is_digit(c) && (u.p == u.end || !is_digit(*u.p)))
			break;
		if (put(x, c))
			return -1;
		t = u;
	}
	skip_no_cents(&t);
	return read_beside(before, b) || read_beside(t, b) ? -1 : 0;
}

static size_t
count(const struct number *x, char c)
{
	size_t i, n = 0;

	for (i = 0; i < x->len; i++)
		n += x->text[i] == c;
	return n;
}

/*
 * Are the digits before `end` in groups, parted by one mark? By threes, or
 * as in India: the last of three, those before it of two.
 */
static bool
is_grouped(const struct number *x, size_t end)
{
	size_t i, run = 0, pairs = 0, groups = 0, first = 0;
	char mark = 0;

	for (i = 0; i < end; i++) {
		if (is_digit(x->text[i])) {
			run++;
			continue;
		}
		if (mark && x->text[i] != mark)
			return false;
		mark = x->text[i];
		if (!groups++)
			first = run;
		else if (run == 2)
			pairs++;
		else if (run != 3)
			return false;
		run = 0;
	}
	if (!groups)
		return true;
	/* nobody groups what is less than one: "0,125" */
	if (run != 3 || !first || x->text[0] == '0')
		return false;
	return pairs ? first <= 2 && pairs == groups - 1 && mark == ','
		     : first <= 3;
}

/* Does the number make sense with this decimal mark? *at is where it is. */
static bool
fits(const struct number *x, char mark, size_t *at)
{
	size_t i;

	if (count(x, mark) > 1)
		return false;
	for (*at = 0; *at < x->len && x->text[*at] != mark;)
		++*at;
	for (i = *at + 1; i < x->len; i++) {
		if (!is_digit(x->text[i]))
			return false;
	}
	return is_grouped(x, *at);
}

/*
 * The decimal mark of a single cell. With both marks it is the last; a mark
 * that comes twice is none; one with three digits after it and one to three
 * before could be either.
 */
static enum capi_money_verdict
decide(const struct number *x, const struct capi_money_opt *opt, char *mark)
{
	size_t at;
	bool comma = fits(x, ',', &at), point = fits(x, '.', &at);

	*mark = point ? '.' : ',';
	if (!point && !comma)
		return CAPI_MONEY_BAD;
	if (point != comma || (!count(x, '.') && !count(x, ',')))
		return CAPI_MONEY_OK;
	/* one to three digits, a mark, and three digits */
	if (opt->has_exponent && !opt->exponent)
		*mark = count(x, '.') ? ',' : '.';
	else if (opt->groups && !(opt->has_exponent && opt->exponent == 3))
		*mark = opt->groups == ',' ? '.' : ',';
	else
		return CAPI_MONEY_AMBIGUOUS;
	return CAPI_MONEY_OK;
}

static void
trim_zeros(const char **s, size_t *n)
{
	while (*n > 1 && **s == '0')
		(*s)++, (*n)--;
}

/* Sign, whole part without needless noughts, decimals as they are. */
static enum capi_money_verdict
write_out(const char *digits, size_t whole, size_t decimals, bool negative,
    char *out, size_t cap, size_t *outlen)
{
	const char *s = digits;
	size_t n = whole, at = 0, i;

	for (i = 0; i < whole + decimals && digits[i] == '0';)
		i++;
	negative = negative && i < whole + decimals;
	trim_zeros(&s, &n);
	if (n > 18 || decimals > 17 ||
	    n + !n + decimals + !!decimals + negative > cap)
		return CAPI_MONEY_BAD;
	if (negative)
		out[at++] = '-';
	if (!n)
		out[at++] = '0';
	memcpy(out + at, s, n);
	at += n;
	if (decimals) {
		out[at++] = '.';
		memcpy(out + at, digits + whole, decimals);
		at += decimals;
	}
	*outlen = at;
	return CAPI_MONEY_OK;
}

static enum capi_money_verdict
write_major(const struct number *x, char mark, bool negative, char *out,
    size_t cap, size_t *outlen)
{
	char digits[DIGITS_MAX];
	size_t i, n = 0, at, whole;

	if (!fits(x, mark, &at))
		return CAPI_MONEY_BAD;
	for (i = 0; i < at; i++) {
		if (is_digit(x->text[i]))
			digits[n++] = x->text[i];
	}
	whole = n;
	for (i = at + 1; i < x->len; i++)
		digits[n++] = x->text[i];
	return write_out(digits, whole, n - whole, negative, out, cap, outlen);
}

static enum capi_money_verdict
write_minor(const struct number *x, int minor, bool negative, char *out,
    size_t cap, size_t *outlen)
{
	char digits[DIGITS_MAX + 8];
	size_t zeros = 0, decimals = (size_t)minor;

	if (minor < 0 || minor > 6 || count(x, '.') || count(x, ',') ||
	    count(x, ' '))
		return CAPI_MONEY_BAD;
	if (x->len <= decimals)
		zeros = decimals + 1 - x->len;
	memset(digits, '0', zeros);
	memcpy(digits + zeros, x->text, x->len);
	return write_out(digits, zeros + x->len - decimals, decimals, negative,
	    out, cap, outlen);
}

/* "-", "--" and long ones, "n/a": dashboards write them for "no figure". */
static bool
is_not_reported(struct piece t)
{
	static const char *const words[] = {"n/a", "N/A", NULL};

	if (!skip(&t, dashes))
		t.p += one_of(&t, words);
	return t.p == t.end;
}

static bool
is_sense(const struct beside *b)
{
	return b->open == b->close && b->open <= 1 &&
	       b->minus + b->plus + b->open <= 1;
}

enum capi_money_verdict
capi_money_parse(const char *s, size_t n, const struct capi_money_opt *opt,
    char *out, size_t cap, size_t *outlen, struct capi_money_sign *sign)
{
	struct piece t = {s, s + n};
	enum capi_money_verdict verdict;
	struct capi_money_opt known = *opt;
	struct beside b = {0};
	struct number x;
	char mark = opt->mark;
	bool negative;

	*outlen = 0;
	if (sign)
		memset(sign, 0, sizeof(*sign));
	unwrap(&t);
	if (t.p == t.end)
		return CAPI_MONEY_EMPTY;
	if (is_not_reported(t))
		return CAPI_MONEY_NOT_REPORTED;
	if (split(t, &x, &b) || !is_sense(&b))
		return CAPI_MONEY_BAD;
	negative = b.minus || b.open;
	if (sign)
		*sign = b.sign;
	if (opt->minor)
		return write_minor(&x, opt->has_exponent ? opt->exponent : -1,
		    negative, out, cap, outlen);
	if (!mark) {
		if (!opt->has_exponent && b.sign.code[0]) {
			known.exponent = capi_place_minor(b.sign.code);
			known.has_exponent = known.exponent >= 0;
		}
		verdict = decide(&x, &known, &mark);
		if (verdict != CAPI_MONEY_OK)
			return verdict;
	}
	return write_major(&x, mark, negative, out, cap, outlen);
}

unsigned
capi_money_evidence(const char *s, size_t n)
{
	struct piece t = {s, s + n};
	struct beside b = {0};
	struct number x;
	unsigned mask = 0;
	size_t at;
	bool point, comma;

	unwrap(&t);
	if (t.p == t.end || is_not_reported(t) || split(t, &x, &b))
		return CAPI_MONEY_ANY;
	point = count(&x, '.');
	comma = count(&x, ',');
	if (fits(&x, '.', &at))
		mask |= CAPI_MONEY_POINT;
	if (fits(&x, ',', &at))
		mask |= CAPI_MONEY_COMMA;
	if (!mask)
		return CAPI_MONEY_ANY;
	if (!point && !comma)
		mask |= CAPI_MONEY_NO_MARK;
	/* "1234" is no group */
	if (is_grouped(&x, x.len) && (x.len <= 3 || point || comma)) {
		if (!point)
			mask |= CAPI_MONEY_COMMA_GROUPS;
		if (!comma)
			mask |= CAPI_MONEY_POINT_GROUPS;
	}
	return mask;
}

char
capi_money_mark(unsigned evidence, bool *groups)
{
	*groups = false;
	switch (evidence & (CAPI_MONEY_POINT | CAPI_MONEY_COMMA)) {
	case CAPI_MONEY_POINT:
		return '.';
	case CAPI_MONEY_COMMA:
		return ',';
	case 0:
		return 0;
	}
	if (evidence & CAPI_MONEY_NO_MARK)
		return '.';
	*groups = true;
	switch (
	    evidence & (CAPI_MONEY_COMMA_GROUPS | CAPI_MONEY_POINT_GROUPS)) {
	case CAPI_MONEY_COMMA_GROUPS:
		return '.';
	case CAPI_MONEY_POINT_GROUPS:
		return ',';
	}
	return 0;
}

/*
 * Arithmetic: amounts as whole numbers of millionths, 24 digits at most,
 * which 128 bits hold with room for any sum.
 */
#define SCALE 6
#define WHOLE 18
#define TRILLION 1000000000000

typedef __int128 wide;

static int
read_wide(const char *s, size_t n, wide *out, int *decimals)
{
	bool negative = n && *s == '-';
	size_t i = negative, whole;
	wide value = 0;

	for (whole = i; i < n && is_digit(s[i]); i++)
		value = value * 10 + (s[i] - '0');
	if (i == whole || i - whole > WHOLE)
		return -1;
	*decimals = 0;
	if (i < n && s[i] == '.') {
		for (i++; i < n && is_digit(s[i]); i++, ++*decimals) {
			if (*decimals == SCALE)
				return -1;
			value = value * 10 + (s[i] - '0');
		}
		if (!*decimals)
			return -1;
	}
	if (i < n)
		return -1;
	for (whole = (size_t)*decimals; whole < SCALE; whole++)
		value *= 10;
	*out = negative ? -value : value;
	return 0;
}

static int
write_wide(wide value, int decimals, char *out, size_t cap, size_t *outlen)
{
	bool negative = value < 0;
	char text[WHOLE + SCALE];
	uint64_t low, high;
	size_t i, n = WHOLE + (size_t)decimals;

	if (value / TRILLION / TRILLION)
		return -1;
	if (negative)
		value = -value;
	for (i = (size_t)decimals; i < SCALE; i++)
		value /= 10;
	/* 64 bits are divided ten times as fast, and hold 12 digits */
	low = (uint64_t)(value % TRILLION);
	high = (uint64_t)(value / TRILLION);
	for (i = n; i-- > n - 12; low /= 10)
		text[i] = (char)('0' + low % 10);
	for (i++; i--; high /= 10)
		text[i] = (char)('0' + high % 10);
	if (high)
		return -1;
	return write_out(text, WHOLE, (size_t)decimals, negative, out, cap,
		   outlen) == CAPI_MONEY_OK
		   ? 0
		   : -1;
}

static int
sum(const char *a, size_t an, const char *b, size_t bn, int sign, char *out,
    size_t cap, size_t *outlen)
{
	wide x, y;
	int xd, yd;

	if (read_wide(a, an, &x, &xd) || read_wide(b, bn, &y, &yd))
		return -1;
	return write_wide(x + sign * y, xd > yd ? xd : yd, out, cap, outlen);
}

int
capi_money_add(const char *a, size_t an, const char *b, size_t bn, char *out,
    size_t cap, size_t *outlen)
{
	return sum(a, an, b, bn, 1, out, cap, outlen);
}

int
capi_money_sub(const char *a, size_t an, const char *b, size_t bn, char *out,
    size_t cap, size_t *outlen)
{
	return sum(a, an, b, bn, -1, out, cap, outlen);
}

int
capi_money_share(struct capi_str a, struct capi_str part, struct capi_str whole,
    int decimals, char *out, size_t cap, size_t *outlen)
{
	const struct capi_str given[] = {a, part, whole};
	wide v[3], unit = 1, twice;
	int d;

	for (int i = 0; i < 3; i++) {
		if (read_wide(given[i].p, given[i].n, &v[i], &d) || v[i] < 0)
			return -1;
		decimals = d > decimals ? d : decimals;
	}
	if (!v[2] || decimals > SCALE)
		return -1;
	for (d = decimals; d < SCALE; d++)
		unit *= 10;
	if (__builtin_mul_overflow(v[0], v[1], &twice) ||
	    __builtin_mul_overflow(twice, (wide)2, &twice) ||
	    __builtin_mul_overflow(v[2], unit, &v[2]) ||
	    __builtin_add_overflow(twice, v[2], &twice) ||
	    __builtin_mul_overflow(v[2], (wide)2, &v[2]))
		return -1;
	return write_wide(twice / v[2] * unit, decimals, out, cap, outlen);
}

int
capi_money_cmp(const char *a, size_t an, const char *b, size_t bn, int *order)
{
	wide x, y;
	int d;

	if (read_wide(a, an, &x, &d) || read_wide(b, bn, &y, &d))
		return -1;
	*order = (x > y) - (x < y);
	return 0;
}

int
capi_money_is_zero(const char *a, size_t an)
{
	wide x;
	int d;

	if (read_wide(a, an, &x, &d))
		return -1;
	return x == 0;
}
