/*
 * Reading a number goes through three stages: its text (phone_text.c), its
 * digits (phone_plan.c), and here the repairs: what exports do to numbers and
 * libphonenumber does not undo.
 */
#include "phone_priv.h"

#include <string.h>

#define CUTS_MAX 8     /* second numbers and words that are tried */
#define FRONT_DIGITS 7 /* before a cut */
#define DOUBTFUL 11    /* national digits; see is_own_code */
#define REST_DIGITS 7  /* behind a slash: a second number, no extension */

/* One spelling as libphonenumber reads it. */
static struct capi_phone_reading
read_view(struct capi_phone_view v, const struct capi_phone_plan *home)
{
	struct capi_phone_reading r = {CAPI_PHONE_NOT_A_NUMBER, {.len = 0}};
	unsigned char had;
	struct capi_phone_digits d;

	v = capi_phone_cut_extension(
	    capi_phone_cut_tail(capi_phone_extract(v)), &had);
	if (!capi_phone_is_viable(v))
		return r;
	if (v.s[0] != '+' && home == NULL) {
		r.verdict = CAPI_PHONE_NO_COUNTRY;
		return r;
	}
	r.verdict = CAPI_PHONE_TOO_LONG;
	if (capi_phone_take_digits(v, &d))
		r.verdict =
		    capi_phone_read_digits(v.s[0] == '+', &d, home, &r.phone);
	capi_phone_settle(&r, home);
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
plus_line(struct capi_phone_view v, struct capi_phone_line *out)
{
	out->text[0] = '+';
	memcpy(out->text + 1, v.s, v.len);
	out->len = v.len + 1;
}

/* Leave `count` digits out, and the separators between them. */
static struct capi_phone_view
skip_digits(struct capi_phone_view v, size_t count)
{
	while (v.len && (count || !capi_is_digit(v.s[0]))) {
		count -= capi_is_digit(v.s[0]);
		v.s++;
		v.len--;
	}
	return v;
}

/* Do the first digits read so, whatever stands between them? */
static bool
begins_with(struct capi_phone_view v, const char *digits, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < v.len && at < len; i++) {
		if (capi_is_digit(v.s[i]) && v.s[i] != digits[at++])
			return false;
		if (capi_phone_is_letter(v.s[i]))
			return false;
	}
	return at == len;
}

/* "+420 (0) 601 123 456": nobody dials this 0 after a calling code. */
static bool
repair_optional_zero(struct capi_phone_view v,
    const struct capi_phone_plan *home, struct capi_phone_line *out)
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
repair_exit(struct capi_phone_view v, const struct capi_phone_plan *home,
    struct capi_phone_line *out)
{
	bool plus = v.len && v.s[0] == '+';
	struct capi_phone_digits d;
	struct capi_phone_match m;

	/* Dialled as one does at home, it has been read already. */
	if (!plus && home && capi_phone_take_digits(v, &d) &&
	    capi_phone_match_prefix(home->exit, &d, &m))
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
repair_american_exit(struct capi_phone_view v,
    const struct capi_phone_plan *home, struct capi_phone_line *out)
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
repair_own_code(struct capi_phone_view v, const struct capi_phone_plan *home,
    struct capi_phone_line *out)
{
	char code[4];

	if (home == NULL || v.len == 0 || v.s[0] == '+' ||
	    !begins_with(v, code, capi_phone_write_code(home->code, code)))
		return false;
	plus_line(v, out);
	return true;
}

/* "01(650)...": its own calling code behind one zero. Meta's parameter builder
 * drops all zeros, and tests so (capi-param-builder, read 2026). */
static bool
repair_zero_code(struct capi_phone_view v, const struct capi_phone_plan *home,
    struct capi_phone_line *out)
{
	if (v.len == 0 || v.s[0] != '0' || begins_with(v, "00", 2) ||
	    begins_with(v, "011", 3))
		return false;
	return repair_own_code(skip_digits(v, 1), home, out);
}

/* "+07911 123456": no calling code begins with 0, so the plus is wrong. */
static bool
repair_wrong_plus(struct capi_phone_view v, const struct capi_phone_plan *home,
    struct capi_phone_line *out)
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
repair_retired(struct capi_phone_view v, const struct capi_phone_plan *home,
    struct capi_phone_line *out)
{
	char code[4];

	for (size_t i = 0; i < sizeof retired / sizeof *retired; i++) {
		size_t len = strlen(retired[i].prefix);
		size_t code_len = capi_phone_write_code(retired[i].code, code);
		struct capi_phone_view rest = v;
		if (v.len && v.s[0] == '+' && begins_with(v, code, code_len))
			rest = skip_digits(v, code_len);
		else if (!home || home->code != retired[i].code)
			continue;
		if (!begins_with(rest, retired[i].prefix, len))
			continue;
		rest = skip_digits(rest, len);
		if (rest.len + 1 + code_len > CAPI_PHONE_TEXT_MAX)
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
	bool (*apply)(struct capi_phone_view v,
	    const struct capi_phone_plan *home, struct capi_phone_line *out);
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
is_own_code(struct capi_phone_view v, const struct capi_phone_plan *home,
    const struct capi_phone_reading *r)
{
	char code[4];

	return home && v.len && v.s[0] != '+' &&
	       r->phone.len >= 1 + r->phone.cc_len + DOUBTFUL &&
	       begins_with(v, code, capi_phone_write_code(home->code, code)) &&
	       memcmp(r->phone.e164 + 1 + r->phone.cc_len, code,
		   capi_phone_write_code(home->code, code)) == 0;
}

/* Read again with one repair, and keep what reads better. */
static void
try_repair(const struct repair *repair, struct capi_phone_view v,
    const struct capi_phone_plan *home, struct capi_phone_reading *best)
{
	struct capi_phone_line line;

	if (!repair->apply(v, home, &line))
		return;
	struct capi_phone_view again = {line.text, line.len};
	struct capi_phone_reading r = read_view(again, home);
	if (repair->only_valid && r.verdict != CAPI_PHONE_VALID)
		return;
	if (rank(r.verdict) < rank(best->verdict) ||
	    best->verdict == CAPI_PHONE_NO_COUNTRY)
		*best = r;
}

static struct capi_phone_reading
read_repaired(struct capi_phone_view v, const struct capi_phone_plan *home)
{
	struct capi_phone_reading best = read_view(v, home), other;
	struct capi_phone_line line;

	v = capi_phone_extract(v);
	if (best.verdict == CAPI_PHONE_VALID && is_own_code(v, home, &best)) {
		plus_line(v, &line);
		other = read_view(
		    (struct capi_phone_view){line.text, line.len}, home);
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
		count += capi_is_digit(s[i]);
	return count;
}

/* May a word or another number begin here? A slash also stands inside of
 * numbers, and a letter behind a digit or a dash is meant as a key. */
static bool
is_cut(struct capi_phone_view v, size_t at)
{
	char c = v.s[at], before = v.s[at - 1];

	if (capi_phone_is_letter(c))
		return before == ' ' || before == '(';
	if (c == '/' || c == '\\')
		return count_digits(v.s + at, v.len - at) >= REST_DIGITS;
	return c != '\0' && strchr("+,;|?&:", c) != NULL;
}

/* "030 1234567 (office)", "555-0100 / 555-0101": the first number, if the
 * whole is none. */
static struct capi_phone_reading
read_first(struct capi_phone_view v, const struct capi_phone_plan *home)
{
	struct capi_phone_reading best = read_repaired(v, home);
	size_t digits = 0, cuts = 0;

	v = capi_phone_extract(v);
	for (size_t i = 1; i < v.len && cuts < CUTS_MAX; i++) {
		digits += capi_is_digit(v.s[i - 1]);
		if (best.verdict == CAPI_PHONE_VALID)
			break;
		if (digits < FRONT_DIGITS || !is_cut(v, i))
			continue;
		cuts++;
		struct capi_phone_view front = {v.s, i};
		struct capi_phone_reading r = read_repaired(front, home);
		/* Few digits are easily possible somewhere, and so is the
		 * front of a number with a slash in it. */
		if (r.verdict == CAPI_PHONE_VALID ||
		    (rank(r.verdict) < rank(best.verdict) &&
			digits > FRONT_DIGITS && v.s[i] != '/' &&
			v.s[i] != '\\'))
			best = r;
	}
	return best;
}

/* ---- what spreadsheets do ---------------------------------------------- */

/* "15551234567.0": a column that was once read as numbers. */
static struct capi_phone_view
cut_decimal(struct capi_phone_view v)
{
	size_t i = v.len && v.s[0] == '+', zeros;

	while (i < v.len && capi_is_digit(v.s[i]))
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
undo_scientific(struct capi_phone_view v, struct capi_phone_line *line)
{
	struct capi_phone_digits d = {.len = 0};
	size_t i = 0, exponent = 0, whole = 0, marks = 0;
	struct capi_phone_line to = {.len = 0};

	if (v.len && v.s[0] == '+')
		to.text[to.len++] = v.s[i++];
	for (; i < v.len && v.s[i] != 'e'; i++) {
		if (capi_is_digit(v.s[i]) && d.len < CAPI_PHONE_DIGITS_MAX)
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
		if (!capi_is_digit(v.s[i]))
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
is_placeholder_text(struct capi_phone_view v)
{
	char digits[CAPI_PHONE_TEXT_MAX];
	size_t len = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (capi_phone_is_letter(v.s[i]))
			return false;
		if (capi_is_digit(v.s[i]))
			digits[len++] = v.s[i];
	}
	return is_placeholder(digits, len);
}

/* ---- interface --------------------------------------------------------- */

static bool
is_blank(const struct capi_phone_line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->text[i] != ' ' && line->text[i] != '|')
			return false;
	return true;
}

static struct capi_phone_reading
read_line(struct capi_phone_line *line, const struct capi_phone_plan *home)
{
	struct capi_phone_reading r = {CAPI_PHONE_EMPTY, {.len = 0}};
	struct capi_phone_view v = {line->text, line->len}, whole;

	if (is_blank(line))
		return r;
	whole = v = capi_phone_extract(v);
	switch (undo_scientific(v, line)) {
	case -1:
		r.verdict = CAPI_PHONE_SCIENTIFIC;
		return r;
	case 1:
		whole = v = (struct capi_phone_view){line->text, line->len};
		break;
	default:
		v = cut_decimal(v);
	}
	r = read_first(v, home);
	if (v.len < whole.len && r.verdict != CAPI_PHONE_VALID) {
		struct capi_phone_reading other = read_first(whole, home);
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
    struct capi_phone_reading *r)
{
	bool plus = len && text[0] == '+';
	struct capi_phone_digits d = {.len = len - plus};

	if (d.len < 3 || d.len > CAPI_PHONE_NATIONAL_MAX || (!plus && !home))
		return false;
	for (size_t i = 0; i < d.len; i++) {
		d.text[i] = text[i + plus];
		if (!capi_is_digit(d.text[i]))
			return false;
	}
	r->verdict = capi_phone_read_digits(plus, &d, home, &r->phone);
	return r->verdict == CAPI_PHONE_VALID &&
	       !is_own_code((struct capi_phone_view){text, len}, home, r) &&
	       !is_placeholder(r->phone.e164 + 1 + r->phone.cc_len,
		   (size_t)r->phone.len - 1 - r->phone.cc_len);
}

enum capi_phone_verdict
capi_phone_parse(
    const char *text, size_t len, const char *region, struct capi_phone *out)
{
	struct capi_phone_line line;
	struct capi_phone_reading r = {CAPI_PHONE_TOO_LONG, {.len = 0}};
	const struct capi_phone_plan *home = capi_phone_region_plan(region);

	if (!read_bare(text, len, home, &r)) {
		r = (struct capi_phone_reading){
		    CAPI_PHONE_TOO_LONG, {.len = 0}};
		if (capi_phone_fold(text, len, &line))
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
