#include "form_priv.h"

#include <string.h>

#include "rule/place.h"

#define META "developers.facebook.com: Customer Information Parameters"
#define META_READ "2026-01-09"
#define BUILDER "github.com/facebook/capi-param-builder"
#define BUILDER_READ "2026-05-01"
#define META_SDK "github.com/facebook/facebook-python-business-sdk"
#define META_SDK_READ "2026-06-01"
#define TIKTOK "business-api.tiktok.com: Events API 2.0, user"
#define TIKTOK_READ "2026-07-24"
#define PINTEREST "developers.pinterest.com: events/create 5.23.0"
#define PINTEREST_READ "2025-12-11"
#define GOOGLE "developers.google.com/data-manager: format user data"
#define GOOGLE_READ "2026-06-01"
#define GOOGLE_OLD "developers.google.com/data-manager, before June 2026"
#define GOOGLE_OLD_READ "2025-12-01"
#define GOOGLE_LIBRARY "github.com/googleads/data-manager-node: tests"
#define TIKTOK_TAG "github.com/tiktok/gtm-template-eapi"
#define TIKTOK_TAG_READ "2024-05-30"

const char capi_form_nothing_left[] = "nothing is left of it";
static const char not_utf8[] = "not UTF-8";

const char *const capi_identifiers[CAPI_IDS] = {
    [CAPI_ID_EMAIL] = "email",
    [CAPI_ID_PHONE] = "phone",
    [CAPI_ID_FIRST_NAME] = "first_name",
    [CAPI_ID_LAST_NAME] = "last_name",
    [CAPI_ID_GENDER] = "gender",
    [CAPI_ID_DATE_OF_BIRTH] = "date_of_birth",
    [CAPI_ID_STREET] = "street",
    [CAPI_ID_CITY] = "city",
    [CAPI_ID_STATE] = "state",
    [CAPI_ID_POSTAL_CODE] = "postal_code",
    [CAPI_ID_COUNTRY] = "country",
    [CAPI_ID_EXTERNAL_ID] = "external_id",
    [CAPI_ID_MADID] = "madid",
};

enum capi_identifier
capi_identifier_find(const char *name, size_t n)
{
	for (unsigned i = 0; i < CAPI_IDS; i++) {
		const char *id = capi_identifiers[i];

		if (id[0] == name[0] && strlen(id) == n && !memcmp(id, name, n))
			return (enum capi_identifier)i;
	}
	return CAPI_IDS;
}

/* Text. */

/* What JavaScript calls white space, and the zero-width space. */
bool
capi_form_is_blank(uint32_t c)
{
	if (c > ' ' && c < 0x7f)
		return false;
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 ||
	       c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 ||
	       c == 0xfeff;
}

bool
capi_form_is_punct(uint32_t c)
{
	return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') ||
	       (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* A letter or a mark on one, of any script. */
static bool
is_letter(uint32_t c)
{
	const char *category;

	if (c < 0x80)
		return capi_is_alpha((char)c);
	category = capi_text_category(c);
	return category[0] == 'L' || category[0] == 'M';
}

/* Unicode's Case_Ignorable, as far as names have it. */
static bool
is_case_ignorable(uint32_t c)
{
	const char *category;

	if (c < 0x80)
		return c == '\'' || c == '.' || c == ':' || c == '^' ||
		       c == '`';
	if (c == 0x2019 || c == 0xb7)
		return true;
	category = capi_text_category(c);
	return !strcmp(category, "Mn") || !strcmp(category, "Me") ||
	       !strcmp(category, "Cf") || !strcmp(category, "Lm") ||
	       !strcmp(category, "Sk");
}

static bool
cased_follows(const char *p, size_t n)
{
	while (n) {
		uint32_t c = capi_text_next(&p, &n);
		const char *category;

		if (is_case_ignorable(c))
			continue;
		category = capi_text_category(c);
		return !strcmp(category, "Lu") || !strcmp(category, "Ll") ||
		       !strcmp(category, "Lt");
	}
	return false;
}

/*
 * The two letters whose lower case in Unicode (SpecialCasing.txt) is not one
 * letter for one letter: a capital sigma that ends a word becomes a final
 * sigma, a dotted capital I an i with its dot. JavaScript, Java and Python do
 * so, hence everybody's SDK; a plain table of letters does not.
 */
static void
add_special_case(struct capi_buf *out, const char *p, size_t n)
{
	bool cased_before = false;

	while (n) {
		uint32_t c = capi_text_next(&p, &n);

		if (c == 0x3a3 && cased_before && !cased_follows(p, n))
			capi_text_put(out, 0x3c2);
		else if (c == 0x130)
			capi_buf_adds(out, "i\xcc\x87");
		else
			capi_text_put(out, c);
		if (!is_case_ignorable(c)) {
			const char *category = capi_text_category(c);

			cased_before = category[0] == 'L' &&
				       strcmp(category, "Lo") &&
				       strcmp(category, "Lm");
		}
	}
}

static bool
has_special_case(struct capi_str s)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p + 1 < end) {
		if ((p[0] == '\xce' && p[1] == '\xa3') ||
		    (p[0] == '\xc4' && p[1] == '\xb0') ||
		    (p[0] == 'I' && end - p > 2 && p[1] == '\xcc' &&
			p[2] == '\x87'))
			return true;
		p++;
	}
	return false;
}

/* Trimmed, NFC, lower case. */
const char *
capi_form_lower(struct capi_buf *out, struct capi_str s)
{
	size_t at = out->len, end;

	s = capi_text_trim(s.p, s.n);
	if (capi_text_lower_ascii(out, s.p, s.n))
		return s.n ? NULL : capi_form_nothing_left;
	if (!has_special_case(s))
		return capi_text_lower(out, s.p, s.n) ? NULL : not_utf8;
	if (!capi_text_nfc(out, s.p, s.n))
		return not_utf8;
	/* A dotted I becomes a byte longer: room, so that nothing moves. */
	end = out->len;
	if (capi_buf_reserve(out, 2 * (end - at)))
		add_special_case(out, out->data + at, end - at);
	capi_buf_cut(out, at, end);
	capi_text_lower_behind(out, at);
	return NULL;
}

/* Deletes the characters that `drop` knows from out's bytes behind `at`. */
static const char *
strip(struct capi_buf *out, size_t at, bool (*drop)(uint32_t))
{
	const char *p = out->data + at;
	size_t n = out->len - at;
	char *to = out->data + at;

	while (n) {
		const char *from = p;

		if (!(*p & 0x80)) { /* most of what there is */
			p++;
			n--;
			if (!drop((unsigned char)*from))
				*to++ = *from;
			continue;
		}
		if (drop(capi_text_next(&p, &n)))
			continue;
		memmove(to, from, (size_t)(p - from));
		to += p - from;
	}
	out->len = (size_t)(to - out->data);
	return out->len == at ? capi_form_nothing_left : NULL;
}

const char *
capi_form_lower_without(
    struct capi_buf *out, struct capi_str s, bool (*drop)(uint32_t))
{
	size_t at = out->len;
	const char *why = capi_form_lower(out, s);

	return why ? why : strip(out, at, drop);
}

static const char *
add_upper_ascii(struct capi_buf *out, const char *s)
{
	for (; *s; s++)
		capi_buf_addc(out, capi_upper(*s));
	return NULL;
}

static const char *
add_lower_ascii(struct capi_buf *out, const char *s)
{
	for (; *s; s++)
		capi_buf_addc(out, capi_lower(*s));
	return NULL;
}

/* E-mail. */

static const char *
check_domain(const char *p, size_t n)
{
	size_t labels = 0, label = 0;

	if (!n || p[0] == '.' || p[n - 1] == '.')
		return "not an e-mail address";
	for (size_t i = 0; i <= n; i++) {
		if (i < n && p[i] != '.') {
			if (!capi_is_alnum(p[i]) && p[i] != '-' &&
			    !(p[i] & 0x80))
				return "not an e-mail address";
			label++;
			continue;
		}
		if (!label || p[i - 1] == '-' || p[i - label] == '-')
			return "not an e-mail address";
		labels++;
		label = 0;
	}
	return labels < 2 ? "an e-mail address without a domain" : NULL;
}

/* ASCII that stands in an address in quotes only. */
static const bool is_special[0x80] = {
    ['"'] = true,
    ['('] = true,
    [')'] = true,
    [','] = true,
    [':'] = true,
    [';'] = true,
    ['<'] = true,
    ['>'] = true,
    ['['] = true,
    ['\\'] = true,
    [']'] = true,
    [0x7f] = true,
};

/* out's bytes behind `at` are one address. The local part's dots are the
 * caller's matter. */
static const char *
check_email(const struct capi_buf *out, size_t at, size_t *local)
{
	const char *p = out->data + at;
	size_t n = out->len - at;
	const char *sign = memchr(p, '@', n);

	if (!sign || sign == p)
		return "not an e-mail address";
	*local = (size_t)(sign - p);
	if (memchr(sign + 1, '@', n - *local - 1))
		return "more than one @";
	for (const char *q = p; q < p + n;) {
		size_t left = (size_t)(p + n - q);
		uint32_t c = (unsigned char)*q;

		if (c > ' ' && c < 0x80 && !is_special[c]) {
			q++;
			continue;
		}
		c = capi_text_next(&q, &left);
		if (capi_form_is_blank(c))
			return "white space inside an e-mail address";
		if (c < 0x80)
			return "not an e-mail address";
	}
	return check_domain(sign + 1, n - *local - 1);
}

static bool
has_loose_dot(const char *p, size_t n)
{
	if (p[0] == '.' || p[n - 1] == '.')
		return true;
	for (size_t i = 1; i < n; i++)
		if (p[i] == '.' && p[i - 1] == '.')
			return true;
	return false;
}

static const char *
email_lower(struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len, local;
	const char *why = capi_form_lower(out, value);

	(void)country;
	if (!why)
		why = check_email(out, at, &local);
	if (!why && has_loose_dot(out->data + at, local))
		why = "a dot at the edge of the local part, or two in a row";
	return why;
}

static const char *
add_gmail(struct capi_buf *out, struct capi_str value, bool cut_plus)
{
	size_t at = out->len, local, to;
	const char *why = capi_form_lower(out, value);
	char *p;

	if (!why)
		why = check_email(out, at, &local);
	if (why)
		return why;
	p = out->data + at;
	if (!capi_str_is((struct capi_str){p + local, out->len - at - local},
		"@gmail.com") &&
	    !capi_str_is((struct capi_str){p + local, out->len - at - local},
		"@googlemail.com"))
		return has_loose_dot(p, local) ? "a dot at the edge of the "
						 "local part, or two in a row"
					       : NULL;
	to = 0;
	for (size_t i = 0; i < local; i++) {
		if (cut_plus && p[i] == '+')
			break;
		if (p[i] != '.')
			p[to++] = p[i];
	}
	if (!to)
		return capi_form_nothing_left;
	memmove(p + to, p + local, out->len - at - local);
	out->len -= local - to;
	return NULL;
}

static const char *
email_gmail(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_gmail(out, value, true);
}

/* Google's page cut no +suffix before June 2026. */
static const char *
email_gmail_plus(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_gmail(out, value, false);
}

/* Phone. */

static const char *
add_phone(struct capi_buf *out, struct capi_str value, const char *prefix)
{
	static const char not_e164[] = "not E.164: run capi-normalize first";

	value = capi_text_trim(value.p, value.n);
	if (!value.n)
		return capi_form_nothing_left;
	/* The shortest numbers of all, Niue's, have 7 digits with the code. */
	if (value.p[0] != '+' || value.n < 8 || value.n > 16 ||
	    value.p[1] == '0')
		return not_e164;
	for (size_t i = 1; i < value.n; i++)
		if (!capi_is_digit(value.p[i]))
			return not_e164;
	capi_buf_adds(out, prefix);
	capi_buf_add(out, value.p + 1, value.n - 1);
	return NULL;
}

static const char *
phone_digits(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_phone(out, value, "");
}

static const char *
phone_e164(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_phone(out, value, "+");
}

/* TikTok's tag asks for Chinese numbers without 86. */
static const char *
phone_china(struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len;
	const char *why = add_phone(out, value, "+");

	(void)country;
	if (why || memcmp(out->data + at, "+86", 3))
		return why;
	memmove(out->data + at, out->data + at + 3, out->len - at - 3);
	out->len -= 3;
	return NULL;
}

/* Names. */

/* The builder's list is ASCII's punctuation; pages say "no punctuation", and
 * O’Brien is as often written with the typographic apostrophe. */
static bool
drop_in_names(uint32_t c)
{
	return capi_form_is_blank(c) || capi_form_is_punct(c) || c == 0x2018 ||
	       c == 0x2019 || c == 0x2013 || c == 0x2014;
}

static const char *
name_compact(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower_without(out, value, drop_in_names);
}

static const char *
plain_lower(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower(out, value);
}

/* Trims out's bytes behind `at`, which begin at `from`. */
static const char *
keep_trimmed(struct capi_buf *out, size_t at, size_t from)
{
	struct capi_str s = capi_text_trim(out->data + from, out->len - from);

	memmove(out->data + at, s.p, s.n);
	out->len = at + s.n;
	return s.n ? NULL : capi_form_nothing_left;
}

/* "mr. alex" to "alex"; a title is one at the start only, with its dot, and
 * "mralex" is a name. */
static const char *
name_given(struct capi_buf *out, struct capi_str value, const char *country)
{
	static const char *const titles[] = {"mr.", "mrs.", "ms.", "dr."};
	size_t at = out->len;
	const char *why = capi_form_lower(out, value);

	(void)country;
	for (size_t i = 0; !why && i < sizeof(titles) / sizeof(*titles); i++) {
		size_t n = strlen(titles[i]);

		if (out->len - at >= n && !memcmp(out->data + at, titles[i], n))
			return keep_trimmed(out, at, at + n);
	}
	return why;
}

/* Length of the suffix that ends the name, with the blank or comma before it;
 * 0 if there is none. */
static size_t
suffix(const char *p, size_t n)
{
	static const char *const suffixes[] = {
	    "jr.",
	    "sr.",
	    "2nd",
	    "3rd",
	    "ii",
	    "iii",
	    "iv",
	    "v",
	    "vi",
	    "cpa",
	    "dc",
	    "dds",
	    "vm",
	    "jd",
	    "md",
	    "phd",
	    "jr",
	    "sr",
	};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t len = strlen(suffixes[i]);

		if (n > len && !memcmp(p + n - len, suffixes[i], len) &&
		    (p[n - len - 1] == ' ' || p[n - len - 1] == ','))
			return len + 1;
	}
	return 0;
}

static const char *
name_family(struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len, cut;
	const char *why = capi_form_lower(out, value);

	(void)country;
	while (!why && (cut = suffix(out->data + at, out->len - at))) {
		out->len -= cut;
		while (out->len > at && (out->data[out->len - 1] == ' ' ||
					    out->data[out->len - 1] == ','))
			out->len--;
		if (out->len == at)
			why = capi_form_nothing_left;
	}
	return why;
}

/* Meta's SDKs have keys for the first letters of a name. */
static const char *
add_first_letters(struct capi_buf *out, struct capi_str value, size_t letters)
{
	size_t at = out->len, n;
	const char *why = capi_form_lower(out, value);
	const char *p = out->data + at;

	if (why)
		return why;
	n = out->len - at;
	while (n && letters--)
		capi_text_next(&p, &n);
	out->len -= n;
	return NULL;
}

static const char *
name_five(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_first_letters(out, value, 5);
}

static const char *
name_initial(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_first_letters(out, value, 1);
}

/* Gender, birth date. */

static const char *
gender_letter(struct capi_buf *out, struct capi_str value, const char *country)
{
	int letter;

	(void)country;
	value = capi_text_trim(value.p, value.n);
	letter = capi_place_gender(value.p, value.n);
	if (letter < 0)
		return "no gender that platforms know";
	capi_buf_addc(out, (char)letter);
	return NULL;
}

static int
number(const char *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (!capi_is_digit(p[i]))
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

static bool
is_date(int year, int month, int day)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	/* Meta's page: years from 1900. */
	if (year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap);
}

static const char *
date_digits(struct capi_buf *out, struct capi_str value, const char *country)
{
	char digits[8];

	(void)country;
	value = capi_text_trim(value.p, value.n);
	if (value.n >= 10 && value.p[4] == '-' && value.p[7] == '-' &&
	    (value.n == 10 || value.p[10] == 'T' || value.p[10] == ' ')) {
		memcpy(digits, value.p, 4);
		memcpy(digits + 4, value.p + 5, 2);
		memcpy(digits + 6, value.p + 8, 2);
	} else if (value.n == 8) {
		memcpy(digits, value.p, 8);
	} else {
		return "not an ISO 8601 date: run capi-normalize first";
	}
	if (!is_date(number(digits, 4), number(digits + 4, 2),
		number(digits + 6, 2)))
		return "no date of the calendar from 1900 on";
	capi_buf_add(out, digits, sizeof(digits));
	return NULL;
}

/* A part of the date, or of one that was taken apart before: at most `width`
 * digits, from 1 to `max`, with leading zeros. */
static const char *
add_date_part(struct capi_buf *out, struct capi_str value, size_t from,
    size_t width, int min, int max)
{
	size_t at = out->len;
	int n;

	value = capi_text_trim(value.p, value.n);
	if (value.n <= width && value.n && value.p[0] != '-') {
		n = number(value.p, value.n);
		if (n < min || n > max)
			return "no part of a date";
		if (value.n < width)
			capi_buf_addc(out, '0');
		capi_buf_add(out, value.p, value.n);
		return NULL;
	}
	if (value.n < 8 || date_digits(out, value, ""))
		return "no date of the calendar from 1900 on";
	memmove(out->data + at, out->data + at + from, width);
	out->len = at + width;
	return NULL;
}

static const char *
date_day(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_date_part(out, value, 6, 2, 1, 31);
}

static const char *
date_month(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_date_part(out, value, 4, 2, 1, 12);
}

static const char *
date_year(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_date_part(out, value, 0, 4, 1900, 2099);
}

/* Places. */

static bool
drop_in_cities(uint32_t c)
{
	return !is_letter(c);
}

static const char *
city_compact(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower_without(out, value, drop_in_cities);
}

static bool
spelled_in_codes(const char *country)
{
	return !strcmp(country, "US") || !strcmp(country, "CA");
}

/* The state's ISO 3166-2 code. Where no country is told, only the United
 * States' and Canada's names are looked for: the builder does so too, and no
 * name of theirs is a state's elsewhere that anybody writes alone. */
static bool
state_code(
    struct capi_str value, const char *country, char code[8], const char **of)
{
	*of = country;
	if (*country)
		return !capi_place_state(country, value.p, value.n, code);
	*of = "US";
	if (!capi_place_state("US", value.p, value.n, code))
		return true;
	*of = "CA";
	return !capi_place_state("CA", value.p, value.n, code);
}

static const char *
state_region(struct capi_buf *out, struct capi_str value, const char *country)
{
	char code[8];
	const char *of, *name;

	value = capi_text_trim(value.p, value.n);
	if (state_code(value, country, code, &of)) {
		if (spelled_in_codes(of))
			return add_lower_ascii(out, code);
		name = capi_place_state_name(of, code, strlen(code));
		if (name)
			value = (struct capi_str){name, strlen(name)};
	} else if (spelled_in_codes(country)) {
		return "no state of that country";
	}
	return capi_form_lower_without(out, value, drop_in_cities);
}

static const char *
two_letters(struct capi_str value, const char *country, char code[8])
{
	const char *of;

	value = capi_text_trim(value.p, value.n);
	if (!*country && value.n == 2 && capi_is_alpha(value.p[0]) &&
	    capi_is_alpha(value.p[1])) {
		code[0] = value.p[0];
		code[1] = value.p[1];
		code[2] = '\0';
		return NULL;
	}
	if (!state_code(value, country, code, &of))
		return "no state with a code";
	if (strlen(code) != 2 || !capi_is_alpha(code[0]) ||
	    !capi_is_alpha(code[1]))
		return "a state whose code is not two letters";
	return NULL;
}

static const char *
state_two(struct capi_buf *out, struct capi_str value, const char *country)
{
	char code[8];
	const char *why = two_letters(value, country, code);

	return why ? why : add_lower_ascii(out, code);
}

static const char *
state_upper(struct capi_buf *out, struct capi_str value, const char *country)
{
	char code[8];
	const char *why = two_letters(value, country, code);

	return why ? why : add_upper_ascii(out, code);
}

static bool
drop_in_postal(uint32_t c)
{
	return capi_form_is_blank(c) || c == '-' || c == 0x2013 || c == 0x2010;
}

static bool
are_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!capi_is_digit(p[i]))
			return false;
	return true;
}

/* 12345 or 12345-6789: where no country is told, the long form tells it. */
static bool
is_long_zip(struct capi_str s)
{
	return s.n == 10 && s.p[5] == '-' && are_digits(s.p, 5) &&
	       are_digits(s.p + 6, 4);
}

static const char *
add_zip(struct capi_buf *out, struct capi_str value)
{
	if (value.n < 5 || !are_digits(value.p, 5) ||
	    (value.n > 5 && capi_is_alnum(value.p[5]) && value.n != 9))
		return "not a ZIP code";
	capi_buf_add(out, value.p, 5);
	return NULL;
}

static const char *
postal_compact(struct capi_buf *out, struct capi_str value, const char *country)
{
	value = capi_text_trim(value.p, value.n);
	if (!strcmp(country, "US") || (!*country && is_long_zip(value)))
		return add_zip(out, value);
	return capi_form_lower_without(out, value, drop_in_postal);
}

static const char *
postal_joined(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower_without(out, value, drop_in_postal);
}

/* Countries that have letters in their postal codes (Universal Postal Union
 * addressing sheets, 2026-01). */
static bool
has_postal_letters(const char *country)
{
	static const char codes[] =
	    "AD AI AR AZ BB BM BN CA FK GB GG GI GS IE IM IO JE KN KY KZ LC "
	    "LT LV MD MS MT NL PN SH SO SZ TC VC VG ";

	for (const char *p = codes; *p; p += 3)
		if (!memcmp(p, country, 2))
			return true;
	return false;
}

static bool
drop_not_digit(uint32_t c)
{
	return c < '0' || c > '9';
}

static bool
has_letter(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (capi_is_alpha(s.p[i]))
			return true;
	return false;
}

static const char *
postal_digits(struct capi_buf *out, struct capi_str value, const char *country)
{
	value = capi_text_trim(value.p, value.n);
	if (!strcmp(country, "US") || (!*country && is_long_zip(value)))
		return add_zip(out, value);
	if (*country ? has_postal_letters(country) : has_letter(value))
		return capi_form_lower_without(out, value, drop_in_postal);
	return capi_form_lower_without(out, value, drop_not_digit);
}

static const char *
country_code(struct capi_str value, char code[3])
{
	/* Nearly always it is the code already, as capi-normalize leaves it. */
	if (value.n == 2 && capi_place_is_country(value.p)) {
		code[0] = value.p[0];
		code[1] = value.p[1];
		code[2] = '\0';
		return NULL;
	}
	if (capi_place_country(value.p, value.n, code))
		return "no country of ISO 3166-1";
	return NULL;
}

static const char *
country_lower(struct capi_buf *out, struct capi_str value, const char *country)
{
	char code[3];
	const char *why = country_code(value, code);

	(void)country;
	return why ? why : add_lower_ascii(out, code);
}

static const char *
country_upper(struct capi_buf *out, struct capi_str value, const char *country)
{
	char code[3];
	const char *why = country_code(value, code);

	(void)country;
	return why ? why : add_upper_ascii(out, code);
}

/* Google's libraries take no name for a country, nor a code of three. */
static const char *
country_two_letters(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	value = capi_text_trim(value.p, value.n);
	if (value.n != 2 || !capi_is_alpha(value.p[0]) ||
	    !capi_is_alpha(value.p[1]))
		return "not two letters";
	capi_buf_addc(out, capi_upper(value.p[0]));
	capi_buf_addc(out, capi_upper(value.p[1]));
	return NULL;
}

/* Ids. */

static const char *
id_compact(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower_without(out, value, capi_form_is_blank);
}

static const char *
id_exact(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	value = capi_text_trim(value.p, value.n);
	capi_buf_add(out, value.p, value.n);
	return value.n ? NULL : capi_form_nothing_left;
}

static const char *
madid_lower(struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len;
	const char *why = capi_form_lower(out, value);
	bool zero = true;

	(void)country;
	for (size_t i = at; i < out->len; i++)
		if (out->data[i] != '0' && out->data[i] != '-')
			zero = false;
	return why ? why : zero ? "all zeros: tracking is off" : NULL;
}

const struct capi_form capi_forms[] = {
    {CAPI_ID_EMAIL, "lower", email_lower,
	"trimmed, lower case; dots and +suffix stay", META, META_READ},
    {CAPI_ID_EMAIL, "gmail", email_gmail,
	"trimmed, lower case; at gmail.com and googlemail.com without dots "
	"and without +suffix",
	GOOGLE, GOOGLE_READ},
    {CAPI_ID_EMAIL, "gmail-plus", email_gmail_plus,
	"as gmail, but the +suffix stays", GOOGLE_OLD, GOOGLE_OLD_READ},
    {CAPI_ID_PHONE, "digits", phone_digits,
	"country code and number, digits only", META, META_READ},
    {CAPI_ID_PHONE, "e164", phone_e164,
	"E.164: a plus, country code and number, digits only", TIKTOK,
	TIKTOK_READ},
    {CAPI_ID_PHONE, "builder", capi_builder_phone,
	"the digits as they stand, without zeros at the start; no country code "
	"is added",
	BUILDER, BUILDER_READ},
    {CAPI_ID_PHONE, "typed", plain_lower,
	"trimmed and nothing else: no plus is added", TIKTOK_TAG,
	TIKTOK_TAG_READ},
    {CAPI_ID_PHONE, "china", phone_china,
	"as e164, but numbers of China without +86", TIKTOK_TAG,
	TIKTOK_TAG_READ},
    {CAPI_ID_FIRST_NAME, "compact", name_compact,
	"lower case, NFC, without punctuation and blanks", META, META_READ},
    {CAPI_ID_FIRST_NAME, "lower", plain_lower,
	"trimmed, lower case; blanks inside stay", PINTEREST, PINTEREST_READ},
    {CAPI_ID_FIRST_NAME, "given", name_given,
	"trimmed, lower case, without mr. mrs. ms. dr. at the start", GOOGLE,
	GOOGLE_READ},
    {CAPI_ID_FIRST_NAME, "initial", name_initial,
	"the first letter, lower case (Meta's fi)", META_SDK, META_SDK_READ},
    {CAPI_ID_FIRST_NAME, "five", name_five,
	"the first five letters, lower case (Meta's f5first, f5last)", META_SDK,
	META_SDK_READ},
    {CAPI_ID_FIRST_NAME, "typographic", capi_builder_name,
	"as compact, but typographic apostrophes and dashes stay", BUILDER,
	BUILDER_READ},
    {CAPI_ID_LAST_NAME, "compact", name_compact,
	"lower case, NFC, without punctuation and blanks", META, META_READ},
    {CAPI_ID_LAST_NAME, "lower", plain_lower,
	"trimmed, lower case; blanks inside stay", PINTEREST, PINTEREST_READ},
    {CAPI_ID_LAST_NAME, "family", name_family,
	"trimmed, lower case, without jr. sr. 2nd 3rd ii iii iv v vi cpa dc "
	"dds vm jd md phd at the end",
	GOOGLE, GOOGLE_READ},
    {CAPI_ID_LAST_NAME, "five", name_five,
	"the first five letters, lower case (Meta's f5first, f5last)", META_SDK,
	META_SDK_READ},
    {CAPI_ID_LAST_NAME, "typographic", capi_builder_name,
	"as compact, but typographic apostrophes and dashes stay", BUILDER,
	BUILDER_READ},
    {CAPI_ID_GENDER, "letter", gender_letter,
	"f or m (n: only Pinterest knows it)", META, META_READ},
    {CAPI_ID_DATE_OF_BIRTH, "digits", date_digits, "YYYYMMDD", META, META_READ},
    {CAPI_ID_DATE_OF_BIRTH, "builder", capi_builder_birth,
	"YYYYMMDD of the first three numbers: one over 31 is the year; month "
	"before day unless that is over 12",
	BUILDER, BUILDER_READ},
    {CAPI_ID_DATE_OF_BIRTH, "day", date_day, "DD (Meta's dobd)", META_SDK,
	META_SDK_READ},
    {CAPI_ID_DATE_OF_BIRTH, "month", date_month, "MM (Meta's dobm)", META_SDK,
	META_SDK_READ},
    {CAPI_ID_DATE_OF_BIRTH, "year", date_year, "YYYY (Meta's doby)", META_SDK,
	META_SDK_READ},
    {CAPI_ID_STREET, "lower", plain_lower, "trimmed, lower case", GOOGLE,
	GOOGLE_READ},
    {CAPI_ID_CITY, "compact", city_compact,
	"lower case, letters of any script only", META, META_READ},
    {CAPI_ID_CITY, "ascii", capi_builder_city,
	"lower case, a-z and 0-9 only: letters with accents are deleted",
	BUILDER, BUILDER_READ},
    {CAPI_ID_CITY, "sdk", capi_sdk_place,
	"lower case without blanks, digits and . - ( ); apostrophes stay",
	META_SDK, META_SDK_READ},
    {CAPI_ID_STATE, "region", state_region,
	"US, CA: two letters, lower case; elsewhere the full name in lower "
	"case, letters only",
	META, META_READ},
    {CAPI_ID_STATE, "code", state_two, "two-letter code, lower case", PINTEREST,
	PINTEREST_READ},
    {CAPI_ID_STATE, "upper", state_upper, "two-letter code, upper case",
	PINTEREST, PINTEREST_READ},
    {CAPI_ID_STATE, "builder", capi_builder_state,
	"code of a US or Canadian name found in it, else its first two "
	"letters",
	BUILDER, BUILDER_READ},
    {CAPI_ID_STATE, "sdk", capi_sdk_place,
	"lower case without blanks, digits and . - ( )", META_SDK,
	META_SDK_READ},
    {CAPI_ID_POSTAL_CODE, "compact", postal_compact,
	"US: the first five digits; elsewhere lower case without blanks and "
	"dashes",
	META, META_READ},
    {CAPI_ID_POSTAL_CODE, "joined", postal_joined,
	"lower case without blanks and dashes", TIKTOK, TIKTOK_READ},
    {CAPI_ID_POSTAL_CODE, "digits", postal_digits,
	"digits only, US the first five; where codes have letters lower case "
	"without blanks and dashes",
	PINTEREST, PINTEREST_READ},
    {CAPI_ID_POSTAL_CODE, "builder", capi_builder_postal,
	"lower case, cut at the first dash; blanks inside stay", BUILDER,
	BUILDER_READ},
    {CAPI_ID_POSTAL_CODE, "sdk", capi_sdk_postal,
	"lower case without blanks, cut at the first dash", META_SDK,
	META_SDK_READ},
    {CAPI_ID_POSTAL_CODE, "trimmed", id_exact, "trimmed", GOOGLE_LIBRARY,
	GOOGLE_READ},
    {CAPI_ID_COUNTRY, "lower", country_lower, "ISO 3166-1 alpha-2, lower case",
	META, META_READ},
    {CAPI_ID_COUNTRY, "builder", capi_builder_country,
	"code of an English name found in it, else its first two letters",
	BUILDER, BUILDER_READ},
    {CAPI_ID_COUNTRY, "sdk", capi_sdk_country,
	"lower case, letters only, which must be two", META_SDK, META_SDK_READ},
    {CAPI_ID_COUNTRY, "two-letters", country_two_letters,
	"trimmed, upper case, two letters and nothing else", GOOGLE_LIBRARY,
	GOOGLE_READ},
    {CAPI_ID_COUNTRY, "upper", country_upper, "ISO 3166-1 alpha-2, upper case",
	PINTEREST, PINTEREST_READ},
    {CAPI_ID_EXTERNAL_ID, "compact", id_compact, "lower case without blanks",
	BUILDER, BUILDER_READ},
    {CAPI_ID_EXTERNAL_ID, "exact", id_exact, "trimmed; the case stays", TIKTOK,
	TIKTOK_READ},
    {CAPI_ID_MADID, "lower", madid_lower, "trimmed, lower case; not all zeros",
	PINTEREST, PINTEREST_READ},
    {CAPI_IDS, NULL, NULL, NULL, NULL, NULL},
};

const struct capi_form *
capi_form_find(enum capi_identifier id, const char *name)
{
	for (const struct capi_form *f = capi_forms; f->name; f++)
		if (f->id == id && !strcmp(f->name, name))
			return f;
	return NULL;
}

const struct capi_rule_set capi_rule_sets[] = {
    {"meta-builder", "meta", "parameter builder 2026-05",
	"what Meta's parameter builder (and the Node SDK from 26.0 on, which "
	"holds it) makes, where that differs from Meta's page"},
    {"meta-sdk", "meta", "Business SDK 25.0",
	"what Meta's SDKs made before the parameter builder, for audiences "
	"and ids sent earlier"},
    {"google-library", "google", "Data Manager libraries 2026-06",
	"the region and postal code as Google's own libraries send them, in "
	"plain; capi-normalize reads more spellings than they do"},
    {"google-2025", "google", "Data Manager page of 2025-12",
	"Gmail addresses with their +suffix, as before June 2026"},
    {"tiktok-tag", "tiktok", "gtm-template-eapi 2024-05",
	"numbers of China without +86, as TikTok's server-side tag asks, and "
	"others as they were typed"},
    {"lower-id", "tiktok", "-",
	"external_id in lower case without blanks too, for tags that send it "
	"so (Segment, Stape)"},
    {NULL, NULL, NULL, NULL},
};

const struct capi_rule capi_rules[] = {
    {"meta-builder", CAPI_ID_PHONE, "digits", "builder"},
    {"meta-builder", CAPI_ID_FIRST_NAME, "compact", "typographic"},
    {"meta-builder", CAPI_ID_LAST_NAME, "compact", "typographic"},
    {"meta-builder", CAPI_ID_DATE_OF_BIRTH, "digits", "builder"},
    {"meta-builder", CAPI_ID_CITY, "compact", "ascii"},
    {"meta-builder", CAPI_ID_STATE, "region", "builder"},
    {"meta-builder", CAPI_ID_POSTAL_CODE, "compact", "builder"},
    {"meta-builder", CAPI_ID_COUNTRY, "lower", "builder"},
    {"meta-sdk", CAPI_ID_FIRST_NAME, "compact", "lower"},
    {"meta-sdk", CAPI_ID_LAST_NAME, "compact", "lower"},
    {"meta-sdk", CAPI_ID_CITY, "compact", "sdk"},
    {"meta-sdk", CAPI_ID_STATE, "region", "sdk"},
    {"meta-sdk", CAPI_ID_POSTAL_CODE, "compact", "sdk"},
    {"meta-sdk", CAPI_ID_COUNTRY, "lower", "sdk"},
    {"meta-sdk", CAPI_ID_EXTERNAL_ID, "compact", "exact"},
    {"google-library", CAPI_ID_COUNTRY, NULL, "two-letters"},
    {"google-library", CAPI_ID_POSTAL_CODE, NULL, "trimmed"},
    {"google-2025", CAPI_ID_EMAIL, "gmail", "gmail-plus"},
    {"tiktok-tag", CAPI_ID_PHONE, "e164", "china"},
    {"tiktok-tag", CAPI_ID_PHONE, "e164", "typed"},
    {"lower-id", CAPI_ID_EXTERNAL_ID, "exact", "compact"},
    {NULL, CAPI_IDS, NULL, NULL},
};

const struct capi_rule_set *
capi_rule_set_find(const char *name)
{
	for (const struct capi_rule_set *s = capi_rule_sets; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static bool
is_hex(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!capi_is_digit(p[i]) &&
		    !(capi_lower(p[i]) >= 'a' && capi_lower(p[i]) <= 'f'))
			return false;
	return true;
}

bool
capi_form_is_digest(struct capi_str s)
{
	if (s.n < 64 || !is_hex(s.p, 64))
		return false;
	if (s.n == 64)
		return true;
	if ((s.n != 67 && s.n != 73) || s.p[64] != '.')
		return false;
	for (size_t i = 65; i < s.n; i++)
		if (!capi_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return true;
}
