#include "normalize.h"

#include <stdio.h>
#include <string.h>

#include "clickid.h"
#include "email.h"
#include "ip.h"
#include "money.h"
#include "phone.h"
#include "place.h"
#include "preset.h"

#define TEXT_MAX 1024
#define WEEK (7 * 86400)
#define CLICK_LIFE ((int64_t)90 * 86400)

enum section { TOP, USER, CUSTOM, CONSENT, SOURCE, ITEM, INNER };

static const char *const section_names[] = {
    NULL, "user_data", "custom_data", "consent", "source", NULL, NULL};

enum answer {
	KEPT,    /* *out is the value */
	DROPPED, /* told, or nothing to tell */
};

/* Reads one value; what it makes of it lies in `in`, the arena or a table. */
typedef enum answer (*rule_fn)(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out);

static enum answer
drop(struct capi_normalizer *n, enum capi_field field, const char *why)
{
	n->why = why;
	if (!n->holding)
		n->note(n->arg, capi_field_name(field), why);
	return DROPPED;
}

static struct capi_str
keep_copy(struct capi_normalizer *n, const char *p, size_t len)
{
	return (struct capi_str){capi_arena_dup(n->arena, p, len), len};
}

/* --- rules for text --- */

/* What people write for nothing. */
static bool
is_nothing(struct capi_str s)
{
	static const char *const words[] = {"n/a", "na", "null", "none", "nil",
	    "nan", "undefined", "unknown", "not provided", "(not set)", "#n/a",
	    "-", "--", "---", "\xe2\x80\x94", ".", "?", "x", "xx", "xxx", NULL};

	if (!s.n || s.n > 12 || capi_is_digit(s.p[0]) || s.p[0] == '+')
		return false;
	for (size_t i = 0; words[i]; i++)
		if (capi_lower(s.p[0]) == words[i][0] &&
		    capi_str_is_nocase(s, words[i]))
			return true;
	return false;
}

/* Nothing to trim, collapse or compose? */
static bool
is_plain(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] & 0x80 || s.p[i] < ' ' || s.p[i] == 127)
			return false;
		if (s.p[i] == ' ' && (i == 0 || s.p[i - 1] == ' '))
			return false;
	}
	return !s.n || s.p[s.n - 1] != ' ';
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
	return keep_copy(n, two->data, two->len);
}

static enum answer
rule_text(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	if (in.n > TEXT_MAX)
		return drop(n, field, "longer than 1024 bytes");
	*out = in;
	if (!is_plain(in)) {
		if (is_damaged(in))
			return drop(
			    n, field, "characters lost in a wrong encoding");
		*out = tidy(n, in);
	}
	if (!out->n)
		return DROPPED;
	if (is_nothing(*out)) {
		n->count(n->arg, capi_field_name(field), "a word for nothing");
		return DROPPED;
	}
	return KEPT;
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

static struct capi_str
without_titles(struct capi_str s)
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

static struct capi_str
without_suffixes(struct capi_str s)
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

static enum answer
rule_name(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum answer a = rule_text(n, field, in, out);

	if (a != KEPT)
		return a;
	if (memchr(out->p, '@', out->n))
		return drop(n, field, "an e-mail address, not a name");
	*out = field == CAPI_F_FIRST_NAME ? without_titles(*out)
					  : without_suffixes(*out);
	if (!has_letter(*out))
		return drop(n, field, "no letter in it");
	return KEPT;
}

/* --- rules for identifiers --- */

/* Digests pass: capi-hash takes them as given. */
static bool
is_digest(struct capi_str s)
{
	if (s.n != 64)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = capi_lower(s.p[i]);

		if (!capi_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
	}
	return true;
}

static enum answer
rule_email(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char address[CAPI_EMAIL_MAX];
	size_t len;
	enum capi_email_verdict v;

	if (is_nothing(in)) {
		n->count(n->arg, capi_field_name(field), "a word for nothing");
		return DROPPED;
	}
	v = capi_email_parse(in.p, in.n, address, &len);
	if (v == CAPI_EMAIL_EMPTY)
		return DROPPED;
	if (v > CAPI_EMAIL_EMPTY)
		return drop(n, field, capi_email_reason(v));
	if (v == CAPI_EMAIL_SEVERAL)
		n->note(n->arg, "email", capi_email_reason(v));
	if (!capi_text_is_ascii(address, len)) {
		capi_buf_reset(&n->scratch);
		capi_text_nfc(&n->scratch, address, len);
		*out = keep_copy(n, n->scratch.data, n->scratch.len);
		return KEPT;
	}
	*out = len == in.n ? in : keep_copy(n, address, len);
	return KEPT;
}

static enum answer
rule_phone(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	struct capi_phone phone;
	const char *region = n->country[0] ? n->country : n->region;
	enum capi_phone_verdict v;

	if (is_nothing(in)) {
		n->count(n->arg, "phone", "a word for nothing");
		return DROPPED;
	}
	v = capi_phone_parse(in.p, in.n, region, &phone);
	if (v == CAPI_PHONE_EMPTY)
		return DROPPED;
	if (v > CAPI_PHONE_EMPTY)
		return drop(n, field, capi_phone_reason(v));
	if (v == CAPI_PHONE_POSSIBLE)
		n->count(n->arg, "phone",
		    "possible, but in no published range of its country");
	if (phone.len == in.n && !memcmp(phone.e164, in.p, in.n))
		*out = in;
	else
		*out = keep_copy(n, phone.e164, phone.len);
	return KEPT;
}

static enum answer
rule_gender(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	int letter;

	if (is_nothing(in) && in.n > 1)
		return DROPPED;
	letter = capi_place_gender(in.p, in.n);
	if (letter < 0)
		return drop(n, field, "not a gender that platforms know");
	*out = letter == 'm'   ? CAPI_STR("m")
	       : letter == 'f' ? CAPI_STR("f")
			       : CAPI_STR("n");
	return KEPT;
}

static enum answer
rule_birth(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char date[11];

	switch (capi_when_birth(in.p, in.n, n->order_now, n->now, date)) {
	case CAPI_WHEN_OK:
		*out = keep_copy(n, date, 10);
		return KEPT;
	case CAPI_WHEN_EMPTY:
		return DROPPED;
	case CAPI_WHEN_AMBIGUOUS:
		return drop(n, field,
		    "day and month can not be told apart: --date-order");
	default:
		return drop(n, field, "not a date of birth");
	}
}

static enum answer
rule_country(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	char code[3];

	if (in.n > 1 && is_nothing(in) && !capi_str_is_nocase(in, "na")) {
		n->count(n->arg, "country", "a word for nothing");
		return DROPPED;
	}
	if (capi_place_country(in.p, in.n, code))
		return drop(n, field, "not a country");
	*out = in.n == 2 && !memcmp(in.p, code, 2) ? in : keep_copy(n, code, 2);
	return KEPT;
}

static enum answer
rule_state(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char code[8];
	enum answer a;

	if (n->country[0] && !capi_place_state(n->country, in.p, in.n, code)) {
		size_t len = strlen(code);

		*out = len == in.n && !memcmp(code, in.p, len)
			   ? in
			   : keep_copy(n, code, len);
		return KEPT;
	}
	a = rule_text(n, field, in, out);
	if (a == KEPT && n->country[0])
		n->count(n->arg, "state", "not in ISO 3166-2, kept as text");
	return a;
}

static enum answer
rule_postal(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	char code[CAPI_PLACE_POSTAL_MAX];
	size_t len;

	if (is_nothing(in))
		return DROPPED;
	switch (capi_place_postal(n->country[0] ? n->country : NULL, in.p, in.n,
	    code, sizeof(code), &len)) {
	case CAPI_POSTAL_EMPTY:
		return DROPPED;
	case CAPI_POSTAL_BAD:
		return drop(n, field, "not a postal code of its country");
	case CAPI_POSTAL_REPAIRED:
		n->count(n->arg, "postal_code",
		    "zeros that a spreadsheet took are put back");
		break;
	case CAPI_POSTAL_OK:
		break;
	}
	*out = len == in.n && !memcmp(code, in.p, len)
		   ? in
		   : keep_copy(n, code, len);
	return KEPT;
}

/* 1.2E+12: a spreadsheet has thrown digits away. */
static bool
is_scientific(struct capi_str s)
{
	size_t i = 0;

	while (i < s.n &&
	       (capi_is_digit(s.p[i]) || s.p[i] == '.' || s.p[i] == ','))
		i++;
	if (!i || i + 2 >= s.n || capi_upper(s.p[i]) != 'E' ||
	    s.p[i + 1] != '+')
		return false;
	for (i += 2; i < s.n; i++)
		if (!capi_is_digit(s.p[i]))
			return false;
	return true;
}

static bool
all_digits(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!capi_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static enum answer
rule_id(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum answer a = rule_text(n, field, in, out);
	const char *semicolon;

	if (a != KEPT)
		return a;
	if (n->spreadsheet) {
		if (is_scientific(*out))
			return drop(
			    n, field, "digits lost to scientific notation");
		if (out->n > 2 && !memcmp(out->p + out->n - 2, ".0", 2) &&
		    all_digits((struct capi_str){out->p, out->n - 2}))
			out->n -= 2;
		if (field == CAPI_F_ORDER_ID && out->n > 1 &&
		    out->p[0] == '#') {
			out->p++;
			out->n--;
		}
	}
	/* HubSpot's list of a deal's contacts. */
	if (n->spreadsheet && field == CAPI_F_EXTERNAL_ID &&
	    (semicolon = memchr(out->p, ';', out->n))) {
		*out = capi_text_trim(out->p, (size_t)(semicolon - out->p));
		n->note(n->arg, "external_id",
		    "several contacts, the first is taken");
		if (!out->n)
			return DROPPED;
	}
	/* WooCommerce's guest, and everybody's default. */
	if (field == CAPI_F_EXTERNAL_ID && capi_str_is(*out, "0")) {
		n->count(n->arg, "external_id", "0, which is no customer");
		return DROPPED;
	}
	return KEPT;
}

static enum answer
rule_ip(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char address[CAPI_IP_MAX];
	enum capi_ip_verdict v = capi_ip_parse(in.p, in.n, address);
	size_t len = strlen(address);

	if (v == CAPI_IP_EMPTY)
		return DROPPED;
	if (v > CAPI_IP_EMPTY)
		return drop(n, field, capi_ip_reason(v));
	*out = len == in.n && !memcmp(address, in.p, len)
		   ? in
		   : keep_copy(n, address, len);
	return KEPT;
}

/* Programs that fetch pages or post orders; a shopper uses a browser.
 * Beginnings of the text, compared without case. */
static const char *const servers[] = {"curl/", "wget/", "python-", "python/",
    "go-http-client", "java/", "apache-httpclient", "axios/", "node-fetch",
    "node/", "undici", "guzzlehttp", "php/", "wordpress/", "woocommerce",
    "ruby", "faraday", "postmanruntime", "insomnia/", "libwww-perl",
    "lua-resty", "rest-client", "shopify", "stripe/", "zapier", "integromat",
    "make/", "aiohttp", "httpx", "got (", "dart/", "analytics-", NULL};

static enum answer
rule_ua(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum answer a = rule_text(n, field, in, out);

	if (a != KEPT)
		return a;
	for (size_t i = 0; servers[i]; i++) {
		size_t len;

		if (capi_lower(out->p[0]) != servers[i][0])
			continue;
		len = strlen(servers[i]);
		if (out->n >= len &&
		    capi_str_is_nocase(
			(struct capi_str){out->p, len}, servers[i]) &&
		    !memmem(out->p, out->n, "Mozilla/", 8))
			return drop(
			    n, field, "a server's, not a shopper's browser");
	}
	return KEPT;
}

static enum answer
rule_fbc(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (capi_fbc_is(in.p, in.n))
		return KEPT;
	return drop(n, field, "not of the form fb.INDEX.MILLISECONDS.FBCLID");
}

static enum answer
rule_fbp(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (capi_fbp_is(in.p, in.n))
		return KEPT;
	return drop(n, field, "not of the form fb.INDEX.MILLISECONDS.NUMBER");
}

static enum answer
rule_click(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (capi_clickid_is(in.p, in.n))
		return KEPT;
	if (is_nothing(in))
		return DROPPED;
	return drop(n, field, "not a click id");
}

/* Limit-ad-tracking phones answer with zeros. */
static enum answer
rule_madid(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	bool any = false;

	*out = in;
	for (size_t i = 0; i < in.n; i++) {
		char c = capi_lower(in.p[i]);
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? c != '-' : !capi_is_digit(c) && (c < 'a' || c > 'f'))
			return drop(n, field, "not an advertising id");
		any |= c != '0' && c != '-';
	}
	if (in.n != 36 && !is_digest(in))
		return drop(n, field, "not an advertising id");
	if (!any)
		return drop(n, field, "zeros: tracking is switched off");
	return KEPT;
}

/* --- rules for times, numbers and words --- */

static const char *
time_reason(enum capi_when_verdict v)
{
	switch (v) {
	case CAPI_WHEN_OK:
		return "a time";
	case CAPI_WHEN_EMPTY:
		return "empty";
	case CAPI_WHEN_NO_ZONE:
		return "a local time without its zone: --tz says it";
	case CAPI_WHEN_AMBIGUOUS:
		return "day and month can not be told apart: --date-order";
	case CAPI_WHEN_BAD:
		return "not a time";
	}
	return "not a time";
}

static enum capi_when_verdict
read_time(struct capi_normalizer *n, struct capi_str in)
{
	struct capi_when_opt opt = {.zone = n->utc ? NULL : n->zone,
	    .order = n->order_now,
	    .now = n->now};
	enum capi_when_verdict v;

	memset(&n->when, 0, sizeof(n->when));
	v = capi_when_parse(in.p, in.n, &opt, &n->when);
	return v == CAPI_WHEN_NO_ZONE && n->utc ? CAPI_WHEN_OK : v;
}

static struct capi_str
number_text(struct capi_normalizer *n, int64_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)number);

	return keep_copy(n, digits, (size_t)len);
}

static enum answer
rule_time(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum capi_when_verdict v;

	v = read_time(n, in);
	if (v == CAPI_WHEN_EMPTY)
		return DROPPED;
	if (v != CAPI_WHEN_OK)
		return drop(n, field, time_reason(v));
	*out =
	    in.n == 10 && all_digits(in) ? in : number_text(n, n->when.unix_s);
	return KEPT;
}

/* A number as JSON and people write it: nothing to be done. */
static bool
is_decimal(struct capi_str s)
{
	size_t i = 0, whole, point;

	if (i < s.n && s.p[i] == '-')
		i++;
	whole = i;
	while (i < s.n && capi_is_digit(s.p[i]))
		i++;
	if (i == whole || (s.p[whole] == '0' && i - whole > 1))
		return false;
	if (i == s.n)
		return true;
	if (s.p[i++] != '.')
		return false;
	point = i;
	while (i < s.n && capi_is_digit(s.p[i]))
		i++;
	return i == s.n && i > point;
}

static enum answer
rule_money(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	bool minor = n->minor_now >= 0;
	struct capi_money_opt opt = {.mark = n->decimal_now,
	    .minor = minor,
	    .has_exponent = minor || n->places_now >= 0,
	    .exponent = minor ? n->minor_now : n->places_now};
	struct capi_money_sign sign;
	char amount[CAPI_MONEY_MAX];
	size_t len;

	if (n->decimal_now == '.' && n->minor_now < 0 && in.n < 24 &&
	    is_decimal(in)) {
		*out = in;
		return KEPT;
	}
	switch (capi_money_parse(
	    in.p, in.n, &opt, amount, sizeof(amount), &len, &sign)) {
	case CAPI_MONEY_OK:
		break;
	case CAPI_MONEY_EMPTY:
	case CAPI_MONEY_NOT_REPORTED:
		return DROPPED;
	case CAPI_MONEY_AMBIGUOUS:
		return drop(n, field,
		    "decimal mark or thousands: --decimal says which");
	case CAPI_MONEY_BAD:
		return drop(n, field, "not an amount");
	}
	*out = (struct capi_str){amount, len};
	/* JSON has no 007. */
	while (out->n > 1 && out->p[0] == '0' && capi_is_digit(out->p[1]))
		*out = (struct capi_str){out->p + 1, out->n - 1};
	if (sign.code[0])
		memcpy(n->sign_now, sign.code, sizeof(n->sign_now));
	*out = out->n == in.n && !memcmp(out->p, in.p, in.n)
		   ? in
		   : keep_copy(n, out->p, out->n);
	return is_decimal(*out) ? KEPT : drop(n, field, "not an amount");
}

/* Whole numbers: how many of an item. */
static enum answer
rule_count(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (in.n > 2 && !memcmp(in.p + in.n - 2, ".0", 2))
		out->n -= 2;
	if (out->n && out->n < 10 && all_digits(*out) &&
	    (out->n == 1 || out->p[0] != '0'))
		return KEPT;
	return drop(n, field, "not a whole number");
}

static enum answer
rule_currency(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	char code[4];

	if (capi_place_currency(in.p, in.n, code))
		return drop(n, field, "not a currency of ISO 4217");
	*out = in.n == 3 && !memcmp(in.p, code, 3) ? in : keep_copy(n, code, 3);
	return KEPT;
}

static enum answer
rule_url(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	struct capi_buf *clean = &n->scratch;
	bool stripped;

	capi_buf_reset(clean);
	switch (capi_url_clean(clean, in.p, in.n, n->site, &stripped)) {
	case CAPI_URL_OK:
		if (stripped)
			n->count(n->arg, capi_field_name(field),
			    "personal data or tokens taken out");
		*out = clean->len == in.n && !memcmp(clean->data, in.p, in.n)
			   ? in
			   : keep_copy(n, clean->data, clean->len);
		return KEPT;
	case CAPI_URL_RELATIVE:
		return drop(
		    n, field, "a path without a domain: --site says it");
	case CAPI_URL_BAD:
		break;
	}
	return is_nothing(in) ? DROPPED : drop(n, field, "not a URL");
}

/* A word of a fixed list, in any case, perhaps with spaces for underscores. */
static bool
is_listed(struct capi_str in, const char *const *words, struct capi_str *out)
{
	for (size_t i = 0; words[i]; i++) {
		size_t len = strlen(words[i]), k = 0;

		while (k < len && k < in.n &&
		       (capi_lower(in.p[k]) == words[i][k] ||
			   (words[i][k] == '_' &&
			       (in.p[k] == ' ' || in.p[k] == '-'))))
			k++;
		if (k < len || k < in.n)
			continue;
		*out = memcmp(in.p, words[i], len)
			   ? (struct capi_str){words[i], len}
			   : in;
		return true;
	}
	return false;
}

/* Meta, "Server event parameters", 2026-09. */
static const char *const action_sources[] = {"website", "app", "phone_call",
    "physical_store", "email", "chat", "system_generated", "business_messaging",
    "other", NULL};

bool
capi_action_source_is(const char *word)
{
	for (size_t i = 0; action_sources[i]; i++)
		if (!strcmp(word, action_sources[i]))
			return true;
	return false;
}

static enum answer
rule_action(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	if (is_listed(in, action_sources, out))
		return KEPT;
	return drop(n, field, "not one of the nine known words");
}

static enum answer
rule_consent(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	static const char *const yes[] = {
	    "granted", "yes", "true", "1", "accepted", "allow", "opt_in", NULL};
	static const char *const no[] = {"denied", "no", "false", "0",
	    "declined", "rejected", "deny", "opt_out", NULL};

	if (is_listed(in, yes, out))
		*out = CAPI_STR("granted");
	else if (is_listed(in, no, out))
		*out = CAPI_STR("denied");
	else
		*out = CAPI_STR("unknown");
	if (out->p[0] == 'u' && !capi_str_is_nocase(in, "unknown"))
		n->note(n->arg, capi_field_name(field),
		    "neither granted nor denied: unknown");
	return KEPT;
}

static enum answer
rule_status(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	enum answer a = rule_text(n, field, in, out);

	if (a != KEPT)
		return a;
	capi_buf_reset(&n->scratch);
	capi_text_lower(&n->scratch, out->p, out->n);
	*out = keep_copy(n, n->scratch.data, n->scratch.len);
	return KEPT;
}

static enum answer
rule_flag(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	static const char *const words[] = {"true", "false", NULL};

	(void)n;
	(void)field;
	if (!is_listed(in, words, out))
		*out = CAPI_STR("false");
	return KEPT;
}

/* --- the table --- */

enum shape { STRING, NUMBER, BOOLEAN };

struct field {
	const char *name;
	enum section section;
	rule_fn rule;
	enum shape shape;
	bool hashable; /* may arrive as a digest */
};

static const struct field fields[CAPI_FIELDS] = {
    [CAPI_F_EVENT_NAME] = {"event_name", TOP, rule_text},
    [CAPI_F_EVENT_TIME] = {"event_time", TOP, rule_time, NUMBER},
    [CAPI_F_EVENT_ID] = {"event_id", TOP, rule_id},
    [CAPI_F_ACTION_SOURCE] = {"action_source", TOP, rule_action},
    [CAPI_F_EVENT_SOURCE_URL] = {"event_source_url", TOP, rule_url},
    [CAPI_F_REFERRER_URL] = {"referrer_url", TOP, rule_url},
    [CAPI_F_EMAIL] = {"email", USER, rule_email, STRING, true},
    [CAPI_F_PHONE] = {"phone", USER, rule_phone, STRING, true},
    [CAPI_F_FIRST_NAME] = {"first_name", USER, rule_name, STRING, true},
    [CAPI_F_LAST_NAME] = {"last_name", USER, rule_name, STRING, true},
    [CAPI_F_GENDER] = {"gender", USER, rule_gender, STRING, true},
    [CAPI_F_DATE_OF_BIRTH] = {"date_of_birth", USER, rule_birth, STRING, true},
    [CAPI_F_STREET] = {"street", USER, rule_text, STRING, true},
    [CAPI_F_CITY] = {"city", USER, rule_text, STRING, true},
    [CAPI_F_STATE] = {"state", USER, rule_state, STRING, true},
    [CAPI_F_POSTAL_CODE] = {"postal_code", USER, rule_postal, STRING, true},
    [CAPI_F_COUNTRY] = {"country", USER, rule_country, STRING, true},
    [CAPI_F_EXTERNAL_ID] = {"external_id", USER, rule_id, STRING, true},
    [CAPI_F_CLIENT_IP] = {"client_ip_address", USER, rule_ip},
    [CAPI_F_CLIENT_UA] = {"client_user_agent", USER, rule_ua},
    [CAPI_F_FBC] = {"fbc", USER, rule_fbc},
    [CAPI_F_FBP] = {"fbp", USER, rule_fbp},
    [CAPI_F_FBCLID] = {"fbclid", USER, rule_click},
    [CAPI_F_CLICK_TIME] = {"click_time", USER, rule_time, NUMBER},
    [CAPI_F_TTCLID] = {"ttclid", USER, rule_click},
    [CAPI_F_TTP] = {"ttp", USER, rule_click},
    [CAPI_F_GCLID] = {"gclid", USER, rule_click},
    [CAPI_F_GBRAID] = {"gbraid", USER, rule_click},
    [CAPI_F_WBRAID] = {"wbraid", USER, rule_click},
    [CAPI_F_EPIK] = {"epik", USER, rule_click},
    [CAPI_F_SC_CLICK_ID] = {"sc_click_id", USER, rule_click},
    [CAPI_F_SC_COOKIE1] = {"sc_cookie1", USER, rule_click},
    [CAPI_F_MSCLKID] = {"msclkid", USER, rule_click},
    [CAPI_F_TWCLID] = {"twclid", USER, rule_click},
    [CAPI_F_RDT_CID] = {"rdt_cid", USER, rule_click},
    [CAPI_F_LI_FAT_ID] = {"li_fat_id", USER, rule_click},
    [CAPI_F_KX] = {"kx", USER, rule_click},
    [CAPI_F_MADID] = {"madid", USER, rule_madid},
    [CAPI_F_LEAD_ID] = {"lead_id", USER, rule_id},
    [CAPI_F_SUBSCRIPTION_ID] = {"subscription_id", USER, rule_id},
    [CAPI_F_VALUE] = {"value", CUSTOM, rule_money, NUMBER},
    [CAPI_F_CURRENCY] = {"currency", CUSTOM, rule_currency},
    [CAPI_F_ORDER_ID] = {"order_id", CUSTOM, rule_id},
    [CAPI_F_ITEMS] = {"items", CUSTOM, NULL},
    [CAPI_F_NUM_ITEMS] = {"num_items", CUSTOM, rule_count, NUMBER},
    [CAPI_F_SEARCH_STRING] = {"search_string", CUSTOM, rule_text},
    [CAPI_F_COUPON] = {"coupon", CUSTOM, rule_text},
    [CAPI_F_SHIPPING] = {"shipping", CUSTOM, rule_money, NUMBER},
    [CAPI_F_TAX] = {"tax", CUSTOM, rule_money, NUMBER},
    [CAPI_F_AD_USER_DATA] = {"ad_user_data", CONSENT, rule_consent},
    [CAPI_F_AD_PERSONALIZATION] = {"ad_personalization", CONSENT, rule_consent},
    [CAPI_F_STATUS] = {"status", SOURCE, rule_status},
    [CAPI_F_TEST] = {"test", SOURCE, rule_flag, BOOLEAN},
    [CAPI_F_REFUNDED_VALUE] = {"refunded_value", SOURCE, rule_money, NUMBER},
    [CAPI_F_DEVICE] = {"device", SOURCE, rule_text},
    [CAPI_F_ITEM_ID] = {"item_id", ITEM, rule_id},
    [CAPI_F_ITEM_QUANTITY] = {"item_quantity", ITEM, rule_count, NUMBER},
    [CAPI_F_ITEM_PRICE] = {"item_price", ITEM, rule_money, NUMBER},
    [CAPI_F_ITEM_NAME] = {"item_name", ITEM, rule_text},
    [CAPI_F_ITEM_CATEGORY] = {"item_category", ITEM, rule_text},
    [CAPI_F_ITEM_BRAND] = {"item_brand", ITEM, rule_text},
    [CAPI_F_FULL_NAME] = {"full_name", INNER, rule_text},
    [CAPI_F_SUBTOTAL] = {"subtotal", INNER, rule_money},
    [CAPI_F_PRESENTMENT_VALUE] = {"presentment_value", INNER, rule_money},
    [CAPI_F_PRESENTMENT_SUBTOTAL] = {"presentment_subtotal", INNER, rule_money},
    [CAPI_F_PRESENTMENT_CURRENCY] = {"presentment_currency", INNER,
	rule_currency},
    [CAPI_F_CANCELLED_AT] = {"cancelled_at", INNER, rule_text},
    [CAPI_F_CAPTURED] = {"captured", INNER, rule_status},
    [CAPI_F_RENEWAL] = {"renewal", INNER, rule_text},
};

const char *
capi_field_name(enum capi_field field)
{
	return fields[field].name;
}

bool
capi_field_is_item(enum capi_field field)
{
	return fields[field].section == ITEM;
}

bool
capi_field_is_date(enum capi_field field)
{
	return fields[field].rule == rule_time ||
	       fields[field].rule == rule_birth;
}

bool
capi_field_is_money(enum capi_field field)
{
	return fields[field].rule == rule_money;
}

int
capi_field_find(struct capi_str name)
{
	for (int i = 0; i < CAPI_FIELDS; i++) {
		const char *section = section_names[fields[i].section];
		size_t n = section ? strlen(section) : 0;

		if (capi_str_is(name, fields[i].name))
			return i;
		if (n && name.n > n && name.p[n] == '.' &&
		    !memcmp(name.p, section, n) &&
		    capi_str_is(
			(struct capi_str){name.p + n + 1, name.n - n - 1},
			fields[i].name))
			return i;
	}
	return -1;
}

/* --- event ids --- */

/* The next piece of a template: a literal, or a member in braces. */
static bool
next_piece(const char **t, struct capi_str *piece, bool *member)
{
	const char *end;

	*member = **t == '{';
	if (!**t)
		return false;
	if (*member) {
		end = strchr(*t, '}');
		if (!end)
			end = *t + strlen(*t);
		*piece = (struct capi_str){*t + 1, (size_t)(end - *t) - 1};
		*t = *end ? end + 1 : end;
		return true;
	}
	end = *t + strcspn(*t, "{");
	*piece = (struct capi_str){*t, (size_t)(end - *t)};
	*t = end;
	return true;
}

int
capi_template_check(const char *tpl)
{
	struct capi_str piece;
	bool member;

	for (const char *open = tpl; (open = strchr(open, '{')); open++)
		if (!strchr(open, '}'))
			return -1;
	while (next_piece(&tpl, &piece, &member)) {
		int field = member ? capi_field_find(piece) : 0;

		if (field < 0 || field >= CAPI_F_ITEM_ID ||
		    field == CAPI_F_ITEMS)
			return -1;
	}
	return 0;
}

/* Empty when a member that the template names is missing. */
static struct capi_str
fill_template(struct capi_normalizer *n, const struct capi_str *val)
{
	struct capi_buf *id = &n->scratch;
	const char *t = n->id_template;
	struct capi_str piece, result = {"", 0};
	bool member, whole = true;

	capi_buf_reset(id);
	while (next_piece(&t, &piece, &member)) {
		if (member) {
			int field = capi_field_find(piece);

			piece = field < 0 ? result : val[field];
			whole &= piece.n > 0;
		}
		capi_buf_add(id, piece.p, piece.n);
	}
	if (whole && id->len && id->len <= TEXT_MAX)
		result = keep_copy(n, id->data, id->len);
	return result;
}

/* --- what both forms of input share --- */

static enum answer
apply(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	const struct field *f = &fields[field];

	if (f->hashable && is_digest(in)) {
		*out = in;
		return KEPT;
	}
	return f->rule(n, field, in, out);
}

static void
end(struct capi_outcome *o, enum capi_verdict verdict, const char *field,
    const char *reason)
{
	o->verdict = verdict;
	o->field = field;
	o->reason = reason;
}

/* Click ids out of the landing URL, before it is stripped. */
static const enum capi_field click_fields[CAPI_CLICKIDS] = {
    [CAPI_CLICKID_FBCLID] = CAPI_F_FBCLID,
    [CAPI_CLICKID_TTCLID] = CAPI_F_TTCLID,
    [CAPI_CLICKID_GCLID] = CAPI_F_GCLID,
    [CAPI_CLICKID_GBRAID] = CAPI_F_GBRAID,
    [CAPI_CLICKID_WBRAID] = CAPI_F_WBRAID,
    [CAPI_CLICKID_EPIK] = CAPI_F_EPIK,
    [CAPI_CLICKID_SCCID] = CAPI_F_SC_CLICK_ID,
    [CAPI_CLICKID_MSCLKID] = CAPI_F_MSCLKID,
    [CAPI_CLICKID_TWCLID] = CAPI_F_TWCLID,
    [CAPI_CLICKID_RDT_CID] = CAPI_F_RDT_CID,
    [CAPI_CLICKID_LI_FAT_ID] = CAPI_F_LI_FAT_ID,
    [CAPI_CLICKID_KX] = CAPI_F_KX,
};

/*
 * fbc from the click id and the moment of the click. The order's time is not
 * the click's: without the latter there is no fbc, for a wrong one costs more
 * than a missing one (Meta, "fbp and fbc parameters", 2026-09).
 */
static struct capi_str
make_fbc(struct capi_normalizer *n, struct capi_str fbclid, int64_t click_ms,
    int64_t event_time)
{
	struct capi_buf *fbc = &n->scratch;
	struct capi_str result = {"", 0};

	if (click_ms / 1000 > event_time) {
		n->note(n->arg, "fbc", "the click is later than the event");
		return result;
	}
	capi_buf_reset(fbc);
	capi_fbc_build(fbc, fbclid.p, fbclid.n, click_ms);
	if (!capi_fbc_is(fbc->data, fbc->len))
		n->note(n->arg, "fbc", "its fbclid holds unusual characters");
	else if (event_time - click_ms / 1000 > CLICK_LIFE)
		n->note(n->arg, "fbc", "the click is over 90 days old");
	else
		result = keep_copy(n, fbc->data, fbc->len);
	return result;
}

static void
look_at_age(struct capi_normalizer *n, int64_t event_time)
{
	if (event_time > n->now + 300)
		n->note(n->arg, "event_time", "in the future");
	else if (n->now - event_time > WEEK)
		n->count(n->arg, "event_time", "over 7 days ago");
}

/* --- an order out of an export --- */

struct work {
	struct capi_normalizer *n;
	const struct capi_order *o;
	struct capi_str val[CAPI_FIELDS];
	bool day_only;
	bool foreign; /* the value is in another currency than the items */
	int64_t time;
	struct capi_outcome *end;
};

static bool
has(const struct work *w, enum capi_field field)
{
	return w->val[field].n > 0;
}

/* How this cell's column is read. */
static void
set_column(struct capi_normalizer *n, const struct capi_cell *cell)
{
	n->order_now = n->order;
	if (!n->order && n->column_order)
		n->order_now =
		    (enum capi_when_order)n->column_order[cell->column];
	n->decimal_now = n->decimal;
	if (!n->decimal_now)
		n->decimal_now = n->preset->decimal;
	if (!n->decimal_now && n->column_decimal)
		n->decimal_now = n->column_decimal[cell->column];
}

/* What stands there, in the preset's words. "?" is nothing. */
static struct capi_str
translated(struct capi_normalizer *n, enum capi_field field,
    const struct capi_cell *cell)
{
	struct capi_str t = cell->s;

	if (t.n)
		t = capi_preset_translate(n->preset, field, t);
	return capi_str_is(t, "?") ? (struct capi_str){"", 0} : t;
}

/* The first alternative from which the rule makes something; of one side, or
 * with -1 of any. */
static bool
take_from(struct work *w, enum capi_field field, int side)
{
	for (unsigned i = 0; i < CAPI_ALTERNATIVES; i++) {
		const struct capi_cell *cell = &w->o->raw[field][i];
		struct capi_str in = translated(w->n, field, cell);

		if (!in.n || (side >= 0 && cell->side != side))
			continue;
		set_column(w->n, cell);
		if (apply(w->n, field, in, &w->val[field]) == KEPT)
			return true;
		w->val[field].n = 0;
	}
	return false;
}

static bool
take(struct work *w, enum capi_field field)
{
	return take_from(w, field, -1);
}

/* The same for a member without which there is no event: instead of a note
 * the reason stands in n->why. */
static bool
take_needed(struct work *w, enum capi_field field, const char *if_empty)
{
	bool taken;

	w->n->holding = true;
	w->n->why = if_empty;
	taken = take(w, field);
	w->n->holding = false;
	return taken;
}

static bool
keeps(const struct work *w, const char *status)
{
	for (size_t i = 0; i < w->n->keeps; i++)
		if (!strcmp(w->n->keep[i], status))
			return true;
	return false;
}

/* Leaves the order out under that status, unless the user keeps those. */
static bool
leave_out(struct work *w, const char *status)
{
	char reason[64];
	size_t len;

	if (keeps(w, status))
		return false;
	len = (size_t)snprintf(reason, sizeof(reason), "status.%.48s", status);
	end(w->end, CAPI_VERDICT_WITHHELD, "status",
	    capi_arena_dup(w->n->arena, reason, len));
	return true;
}

static bool
refuse(struct work *w, enum capi_field field, const char *why)
{
	end(w->end, CAPI_VERDICT_REFUSED, capi_field_name(field), why);
	return true;
}

/* Each of these ends the work by returning true. */

/* Does the preset's table say that such records are none? */
static bool
is_unwanted(const struct work *w, enum capi_field field)
{
	for (unsigned i = 0; i < CAPI_ALTERNATIVES; i++) {
		const struct capi_cell *cell = &w->o->raw[field][i];

		if (cell->s.n)
			return capi_str_is(translated(w->n, field, cell), "-");
	}
	return false;
}

static bool
end_by_name(struct work *w)
{
	struct capi_str *name = &w->val[CAPI_F_EVENT_NAME];

	if (is_unwanted(w, CAPI_F_EVENT_NAME)) {
		end(w->end, CAPI_VERDICT_WITHHELD, "event_name",
		    "event_name.not_mapped");
		return true;
	}
	if (w->n->event_name)
		*name = (struct capi_str){
		    w->n->event_name, strlen(w->n->event_name)};
	else if (!take(w, CAPI_F_EVENT_NAME))
		return refuse(w, CAPI_F_EVENT_NAME,
		    "empty, and no --event-name is given");
	return false;
}

static bool
end_by_word(struct work *w)
{
	struct capi_normalizer *n = w->n;
	struct capi_str raw = {"", 0}, word = {"", 0};

	for (unsigned i = 0; i < CAPI_ALTERNATIVES && !raw.n; i++) {
		raw = w->o->raw[CAPI_F_STATUS][i].s;
		word = raw;
		if (raw.n)
			word = capi_preset_translate(
			    n->preset, CAPI_F_STATUS, raw);
	}
	if (!raw.n) {
		if (n->preset->needs[CAPI_F_STATUS])
			return refuse(w, CAPI_F_STATUS, "empty");
		return false;
	}
	if (word.p == raw.p && capi_preset_has_table(n->preset, CAPI_F_STATUS))
		return refuse(w, CAPI_F_STATUS,
		    "a word that the map does not know (--print-map)");
	if (capi_str_is(word, "-")) {
		end(w->end, CAPI_VERDICT_WITHHELD, "status",
		    "status.not_mapped");
		return true;
	}
	if (rule_status(n, CAPI_F_STATUS, word, &w->val[CAPI_F_STATUS]) != KEPT)
		return refuse(w, CAPI_F_STATUS, "not a status");
	word = w->val[CAPI_F_STATUS];
	if (!n->preset->counts.n || capi_preset_counts(n->preset, word))
		return false;
	/* A word out of the data is not put into messages. */
	if (!capi_preset_has_table(n->preset, CAPI_F_STATUS))
		return !keeps(w, word.p) && leave_out(w, "other");
	return leave_out(w, word.p);
}

static bool
end_by_status(struct work *w)
{
	take(w, CAPI_F_TEST);
	if (capi_str_is(w->val[CAPI_F_TEST], "true") && leave_out(w, "test"))
		return true;
	if (take(w, CAPI_F_CANCELLED_AT)) {
		if (leave_out(w, "cancelled"))
			return true;
		w->val[CAPI_F_STATUS] = CAPI_STR("cancelled");
	} else if (end_by_word(w)) {
		return true;
	}
	take(w, CAPI_F_CAPTURED);
	if (capi_str_is(w->val[CAPI_F_CAPTURED], "false") &&
	    leave_out(w, "uncaptured"))
		return true;
	return w->n->skip_renewals && take(w, CAPI_F_RENEWAL) &&
	       leave_out(w, "renewal");
}

static void
look_at_lateness(struct work *w)
{
	struct capi_normalizer *n = w->n;
	int64_t limit = (int64_t)n->preset->late_hours * 3600;

	for (unsigned i = 1; limit && i < CAPI_ALTERNATIVES; i++) {
		const struct capi_cell *cell = &w->o->raw[CAPI_F_EVENT_TIME][i];

		if (!cell->s.n)
			continue;
		set_column(n, cell);
		if (read_time(n, cell->s) == CAPI_WHEN_OK &&
		    w->time - n->when.unix_s > limit)
			n->note(n->arg, "event_time",
			    "paid long after the order: platforms no longer "
			    "match it with the browser's event");
		return;
	}
}

static bool
end_by_time(struct work *w)
{
	struct capi_normalizer *n = w->n;

	if (!take_needed(w, CAPI_F_EVENT_TIME, "empty"))
		return refuse(w, CAPI_F_EVENT_TIME, n->why);
	w->time = n->when.unix_s;
	w->day_only = n->when.precision == CAPI_WHEN_DAY;
	if (n->when.repeated)
		n->count(n->arg, "event_time",
		    "in the hour that the clocks went through twice");
	if (n->when.skipped)
		n->count(n->arg, "event_time",
		    "in the hour that the clocks left out");
	look_at_lateness(w);
	look_at_age(n, w->time);
	return false;
}

static bool
is_purchase(const struct work *w)
{
	return capi_str_is(w->val[CAPI_F_EVENT_NAME], "Purchase");
}

static void
set_currency(struct capi_normalizer *n, struct capi_str code)
{
	n->minor_now = n->places_now = -1;
	if (code.n != 3)
		return;
	n->places_now = capi_place_minor(code.p);
	if (n->preset && n->preset->stripe_money)
		n->minor_now = capi_place_stripe_exponent(code.p);
}

/* One side's amount with the same side's code, never mixed. */
static bool
choose_side(struct work *w, enum capi_field *amount)
{
	struct capi_normalizer *n = w->n;
	bool subtotal = n->value == CAPI_VALUE_SUBTOTAL;

	*amount = subtotal ? CAPI_F_SUBTOTAL : CAPI_F_VALUE;
	if (n->money == CAPI_MONEY_SHOP)
		return false;
	if (take(w, CAPI_F_PRESENTMENT_CURRENCY)) {
		*amount = subtotal ? CAPI_F_PRESENTMENT_SUBTOTAL
				   : CAPI_F_PRESENTMENT_VALUE;
		return true;
	}
	n->count(n->arg, "value", "no presentment money, the shop's is taken");
	return false;
}

static bool
end_by_currency(struct work *w, bool presentment)
{
	struct capi_normalizer *n = w->n;
	struct capi_str *currency = &w->val[CAPI_F_CURRENCY];
	bool taken = take_needed(w, CAPI_F_CURRENCY, NULL);

	if (presentment) {
		struct capi_str buyers = w->val[CAPI_F_PRESENTMENT_CURRENCY];

		w->foreign = !taken || memcmp(currency->p, buyers.p, 3);
		*currency = buyers;
	} else if (!taken && n->why)
		return is_purchase(w)
			   ? refuse(w, CAPI_F_CURRENCY, n->why)
			   : (drop(n, CAPI_F_CURRENCY, n->why), false);
	else if (!taken && n->currency)
		*currency = (struct capi_str){n->currency, strlen(n->currency)};
	set_currency(n, *currency);
	return false;
}

static bool
is_negative(struct capi_str amount)
{
	return amount.n && amount.p[0] == '-';
}

static bool
end_by_refund(struct work *w)
{
	struct capi_str value = w->val[CAPI_F_VALUE];
	struct capi_str *refund = &w->val[CAPI_F_REFUNDED_VALUE];
	int order;

	if (!take(w, CAPI_F_REFUNDED_VALUE))
		return false;
	if (is_negative(*refund))
		*refund = (struct capi_str){refund->p + 1, refund->n - 1};
	if (capi_money_is_zero(refund->p, refund->n) == 1) {
		refund->n = 0;
		return false;
	}
	return value.n &&
	       !capi_money_cmp(
		   refund->p, refund->n, value.p, value.n, &order) &&
	       order >= 0 && leave_out(w, "refunded");
}

static bool
end_by_money(struct work *w)
{
	struct capi_normalizer *n = w->n;
	struct capi_str *value = &w->val[CAPI_F_VALUE];
	struct capi_str *currency = &w->val[CAPI_F_CURRENCY];
	enum capi_field amount;
	bool presentment = choose_side(w, &amount);

	n->sign_now[0] = '\0';
	if (end_by_currency(w, presentment))
		return true;
	if (take_needed(w, amount, NULL)) {
		*value = w->val[amount];
	} else if (n->why || is_purchase(w)) {
		if (is_purchase(w))
			return refuse(
			    w, CAPI_F_VALUE, n->why ? n->why : "empty");
		drop(n, CAPI_F_VALUE, n->why);
	}
	if (value->n && !currency->n && n->sign_now[0])
		*currency = keep_copy(n, n->sign_now, 3);
	if (is_purchase(w) && !currency->n)
		return refuse(
		    w, CAPI_F_CURRENCY, "empty, and no --currency is given");
	if (is_purchase(w) && is_negative(*value))
		return refuse(w, CAPI_F_VALUE, "below zero");
	if (end_by_refund(w))
		return true;
	return value->n && n->withhold_free && is_purchase(w) &&
	       capi_money_is_zero(value->p, value->n) == 1 &&
	       leave_out(w, "free");
}

static bool
end_by_id(struct work *w)
{
	struct capi_normalizer *n = w->n;

	if (!take_needed(w, CAPI_F_ORDER_ID, "empty") &&
	    n->preset->needs[CAPI_F_ORDER_ID])
		return refuse(w, CAPI_F_ORDER_ID, n->why);
	if (!n->id_forced)
		take(w, CAPI_F_EVENT_ID);
	return false;
}

static const enum capi_field places[] = {CAPI_F_CITY, CAPI_F_POSTAL_CODE,
    CAPI_F_STREET, CAPI_F_STATE, CAPI_F_COUNTRY};

/* The first side that has any of the first `count` places, or -1. */
static int
find_side(const struct work *w, unsigned count)
{
	int side = -1;

	for (unsigned k = 0; k < count; k++)
		for (unsigned i = 0; i < CAPI_ALTERNATIVES; i++) {
			const struct capi_cell *cell = &w->o->raw[places[k]][i];

			if (cell->s.n && (side < 0 || cell->side < side))
				side = cell->side;
		}
	return side;
}

/* Street, city, state, code and country of one side, never mixed: a country
 * alone does not make an address while the other side has one. */
static void
take_address(struct work *w)
{
	int side = find_side(w, 3);

	if (side < 0)
		side = find_side(w, 5);
	if (side < 0)
		return;
	take_from(w, CAPI_F_COUNTRY, side);
	if (w->val[CAPI_F_COUNTRY].n == 2) {
		memcpy(w->n->country, w->val[CAPI_F_COUNTRY].p, 2);
		w->n->country[2] = '\0';
	}
	for (unsigned k = 0; k < 4; k++)
		take_from(w, places[k], side);
}

/* "Jo van Dyke" at the first and last space, "Dyke, Jo" at the comma; only
 * when the user asks, for it is a guess. */
static void
split_name(struct work *w)
{
	struct capi_str name, first, last;
	const char *comma;
	size_t a, b;

	if (has(w, CAPI_F_FIRST_NAME) || has(w, CAPI_F_LAST_NAME) ||
	    !take(w, CAPI_F_FULL_NAME))
		return;
	name = without_suffixes(without_titles(w->val[CAPI_F_FULL_NAME]));
	comma = memchr(name.p, ',', name.n);
	for (a = 0; a < name.n && name.p[a] != ' '; a++)
		;
	for (b = name.n; b > 0 && name.p[b - 1] != ' '; b--)
		;
	if (comma) {
		last = capi_text_trim(name.p, (size_t)(comma - name.p));
		first = capi_text_trim(
		    comma + 1, (size_t)(name.p + name.n - comma) - 1);
	} else if (b) {
		first = (struct capi_str){name.p, a};
		last = (struct capi_str){name.p + b, name.n - b};
	} else {
		return;
	}
	if (first.n)
		rule_name(
		    w->n, CAPI_F_FIRST_NAME, first, &w->val[CAPI_F_FIRST_NAME]);
	if (last.n)
		rule_name(
		    w->n, CAPI_F_LAST_NAME, last, &w->val[CAPI_F_LAST_NAME]);
}

static void
take_clicks_of_url(struct work *w)
{
	struct capi_str ids[CAPI_CLICKIDS];

	memset(ids, 0, sizeof(ids));
	for (unsigned i = CAPI_ALTERNATIVES; i-- > 0;) {
		struct capi_str url = w->o->raw[CAPI_F_EVENT_SOURCE_URL][i].s;

		if (url.n)
			capi_clickid_find(url.p, url.n, ids);
	}
	for (size_t i = 0; i < CAPI_CLICKIDS; i++)
		if (ids[i].n && !has(w, click_fields[i]))
			w->val[click_fields[i]] = ids[i];
}

static void
take_clicks(struct work *w)
{
	struct capi_normalizer *n = w->n;
	int64_t click_ms = 0;

	for (int f = CAPI_F_FBC; f <= CAPI_F_SUBSCRIPTION_ID; f++) {
		bool taken = take(w, (enum capi_field)f);

		if (taken && f == CAPI_F_CLICK_TIME)
			click_ms = n->when.unix_s * 1000 + n->when.millis;
	}
	take_clicks_of_url(w);
	if (!has(w, CAPI_F_FBC) && has(w, CAPI_F_FBCLID) && click_ms)
		w->val[CAPI_F_FBC] =
		    make_fbc(n, w->val[CAPI_F_FBCLID], click_ms, w->time);
}

/* What the user says is nearer than what a preset supposes, and farther than
 * what the record tells. */
static void
take_action_source(struct work *w)
{
	struct capi_normalizer *n = w->n;
	const struct capi_cell *cell = w->o->raw[CAPI_F_ACTION_SOURCE];

	if (!(n->action_source && cell->constant) &&
	    take(w, CAPI_F_ACTION_SOURCE))
		return;
	if (n->action_source)
		w->val[CAPI_F_ACTION_SOURCE] = (struct capi_str){
		    n->action_source, strlen(n->action_source)};
	else
		n->note(n->arg, "action_source",
		    "the export does not tell: --action-source says it");
}

static void
take_rest(struct work *w)
{
	static const enum capi_field rest[] = {CAPI_F_REFERRER_URL,
	    CAPI_F_EMAIL, CAPI_F_PHONE, CAPI_F_FIRST_NAME, CAPI_F_LAST_NAME,
	    CAPI_F_GENDER, CAPI_F_DATE_OF_BIRTH, CAPI_F_EXTERNAL_ID,
	    CAPI_F_CLIENT_IP, CAPI_F_CLIENT_UA, CAPI_F_NUM_ITEMS,
	    CAPI_F_SEARCH_STRING, CAPI_F_COUPON, CAPI_F_SHIPPING, CAPI_F_TAX,
	    CAPI_F_AD_USER_DATA, CAPI_F_AD_PERSONALIZATION, CAPI_F_DEVICE};

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		take(w, rest[i]);
	/* The shop's amounts have no place beside the buyer's currency. */
	if (w->foreign)
		w->val[CAPI_F_SHIPPING].n = w->val[CAPI_F_TAX].n = 0;
	if (w->n->split_names)
		split_name(w);
	/* A constant or --site is no page: only a page is one. */
	take(w, CAPI_F_EVENT_SOURCE_URL);
	take_action_source(w);
	take_clicks(w);
}

/* --- writing it --- */

static void
write_value(struct capi_buf *out, enum capi_field field, struct capi_str v)
{
	capi_json_key(out, fields[field].name);
	if (fields[field].shape == STRING)
		capi_json_string(out, v.p, v.n);
	else
		capi_buf_add(out, v.p, v.n);
}

static void
write_items(const struct work *w, struct capi_buf *out)
{
	static const char *const names[CAPI_ITEM_MEMBERS] = {
	    "id", "quantity", "price", "name", "category", "brand"};

	capi_json_key(out, "items");
	capi_buf_addc(out, '[');
	for (size_t i = 0; i < w->o->items; i++) {
		capi_json_sep(out);
		capi_buf_addc(out, '{');
		for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
			struct capi_str v = w->o->item[i].v[k];
			bool number = k == 1 || k == 2;

			if (!v.n || (w->foreign && k == 2))
				continue;
			capi_json_key(out, names[k]);
			if (number)
				capi_buf_add(out, v.p, v.n);
			else
				capi_json_string(out, v.p, v.n);
		}
		capi_buf_addc(out, '}');
	}
	capi_buf_addc(out, ']');
}

static void
write_source(const struct work *w, struct capi_buf *out)
{
	capi_json_key(out, "preset");
	capi_json_cstring(out, w->o->preset->name);
	if (w->o->file) {
		capi_json_key(out, "file");
		capi_json_cstring(out, w->o->file);
	}
	capi_json_key(out, "line");
	capi_buf_add_int(out, (int64_t)w->o->line);
	if (w->day_only) {
		capi_json_key(out, "time_precision");
		capi_json_cstring(out, "day");
	}
}

static void
write_section(const struct work *w, struct capi_buf *out, enum section section)
{
	size_t undo = out->len, begin;

	if (section != TOP) {
		capi_json_key(out, section_names[section]);
		capi_buf_addc(out, '{');
	}
	begin = out->len;
	if (section == SOURCE)
		write_source(w, out);
	for (int f = 0; f < CAPI_FIELDS; f++) {
		if (fields[f].section != section)
			continue;
		if (f == CAPI_F_ITEMS && w->o->items)
			write_items(w, out);
		else if (has(w, (enum capi_field)f))
			write_value(out, (enum capi_field)f, w->val[f]);
	}
	if (section == TOP)
		return;
	if (out->len == begin && section != USER)
		out->len = undo; /* nothing in it */
	else
		capi_buf_addc(out, '}');
}

static void
write_event(const struct work *w, struct capi_buf *out)
{
	capi_buf_addc(out, '{');
	for (enum section s = TOP; s <= SOURCE; s++)
		write_section(w, out, s);
	capi_buf_addc(out, '}');
}

static void
begin_record(struct capi_normalizer *n, const struct capi_preset *preset)
{
	n->preset = preset;
	n->country[0] = '\0';
	n->sign_now[0] = '\0';
	n->spreadsheet = preset != NULL;
	n->utc = preset && preset->utc;
	n->holding = false;
	n->order_now = n->order;
	n->decimal_now = n->decimal;
	n->minor_now = n->places_now = -1;
}

void
capi_normalize_order(struct capi_normalizer *n, const struct capi_order *order,
    struct capi_buf *out, struct capi_outcome *outcome)
{
	struct work w = {.n = n, .o = order, .end = outcome};

	memset(outcome, 0, sizeof(*outcome));
	begin_record(n, order->preset);
	if (end_by_name(&w) || end_by_status(&w) || end_by_time(&w) ||
	    end_by_money(&w) || end_by_id(&w))
		return;
	take_address(&w);
	take_rest(&w);
	if (!has(&w, CAPI_F_EVENT_ID))
		w.val[CAPI_F_EVENT_ID] = fill_template(n, w.val);
	if (!has(&w, CAPI_F_EVENT_ID)) {
		refuse(
		    &w, CAPI_F_EVENT_ID, "nothing to make it of (--event-id)");
		return;
	}
	outcome->event_name = w.val[CAPI_F_EVENT_NAME];
	outcome->event_id = w.val[CAPI_F_EVENT_ID];
	write_event(&w, out);
}

void
capi_normalize_item(struct capi_normalizer *n, const struct capi_preset *preset,
    struct capi_cell raw[CAPI_ITEM_MEMBERS][CAPI_ALTERNATIVES],
    struct capi_item *item)
{
	n->preset = preset;
	n->spreadsheet = true;
	n->minor_now = n->places_now = -1;
	memset(item, 0, sizeof(*item));
	for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
		enum capi_field field = (enum capi_field)(CAPI_F_ITEM_ID + k);

		for (int i = 0; i < CAPI_ALTERNATIVES; i++) {
			const struct capi_cell *cell = &raw[k][i];
			struct capi_str in = translated(n, field, cell);

			if (!in.n)
				continue;
			set_column(n, cell);
			if (apply(n, field, in, &item->v[k]) == KEPT)
				break;
			item->v[k].n = 0;
		}
	}
}

/* --- an event that is JSON already --- */

static unsigned
slot_of(enum section section, const char *name, size_t n)
{
	unsigned h = (unsigned)section * 97 + (unsigned)n * 31;

	h += (unsigned char)name[0] * 7u + (unsigned char)name[n - 1] * 57u;
	h += (unsigned char)name[n / 2] * 13u;
	return h & 511;
}

void
capi_normalizer_init(struct capi_normalizer *n)
{
	memset(n->index, 0, sizeof(n->index));
	n->scratch.max = n->scratch2.max = (size_t)1 << 24;
	for (int f = 0; f < CAPI_F_ITEM_ID; f++) {
		unsigned h = slot_of(
		    fields[f].section, fields[f].name, strlen(fields[f].name));

		while (n->index[h])
			h = (h + 1) & 511;
		n->index[h] = (uint8_t)(f + 1);
		n->name_len[f] = (uint8_t)strlen(fields[f].name);
	}
}

void
capi_normalizer_release(struct capi_normalizer *n)
{
	capi_buf_release(&n->scratch);
	capi_buf_release(&n->scratch2);
}

static int
find_member(const struct capi_normalizer *n, enum section section,
    const struct capi_json *v)
{
	unsigned h;

	if (!v->key_len)
		return -1;
	h = slot_of(section, v->key, v->key_len);
	for (; n->index[h]; h = (h + 1) & 511) {
		const struct field *f = &fields[n->index[h] - 1];

		if (f->section == section &&
		    n->name_len[n->index[h] - 1] == v->key_len &&
		    !memcmp(f->name, v->key, v->key_len))
			return n->index[h] - 1;
	}
	return -1;
}

struct tree {
	struct capi_normalizer *n;
	struct capi_json *root, *section[SOURCE + 1];
	struct capi_json *node[CAPI_FIELDS];
	int64_t time;
	struct capi_outcome *end;
};

static bool
refuse_tree(struct tree *t, const char *field, const char *why)
{
	end(t->end, CAPI_VERDICT_REFUSED, field, why);
	return true;
}

/* One pass over the members: where is what? */
static bool
end_by_shape(struct tree *t)
{
	struct capi_json *next;

	for (struct capi_json *v = t->root->child; v; v = next) {
		int f = find_member(t->n, TOP, v);

		next = v->next;
		if (f >= 0)
			t->node[f] = v;
		for (int s = USER; f < 0 && s < SOURCE; s++) {
			if (v->key_len != strlen(section_names[s]) ||
			    memcmp(v->key, section_names[s], v->key_len))
				continue;
			if (v->type == CAPI_JSON_NULL)
				capi_json_remove(v);
			else if (v->type != CAPI_JSON_OBJECT)
				return refuse_tree(
				    t, section_names[s], "not an object");
			else
				t->section[s] = v;
		}
	}
	for (int s = USER; s < SOURCE; s++) {
		if (!t->section[s])
			continue;
		for (struct capi_json *v = t->section[s]->child; v;
		     v = v->next) {
			int f = find_member(t->n, (enum section)s, v);

			if (f >= 0)
				t->node[f] = v;
		}
	}
	return false;
}

static const enum capi_json_type types[] = {
    [STRING] = CAPI_JSON_STRING,
    [NUMBER] = CAPI_JSON_NUMBER,
    [BOOLEAN] = CAPI_JSON_BOOL,
};

/* Surely nothing to trim: ASCII at both ends. */
static bool
is_tight(struct capi_str s)
{
	return s.n && s.p[0] > ' ' && s.p[s.n - 1] > ' ';
}

/* One text, number or boolean by its rule; untouched if nothing changes. */
static enum answer
fix_scalar(
    struct capi_normalizer *n, enum capi_field field, struct capi_json *v)
{
	struct capi_str in = {v->text, v->len}, out;
	enum capi_json_type type = types[fields[field].shape];

	if (v->type == CAPI_JSON_STRING && !is_tight(in))
		in = capi_text_trim(in.p, in.n);
	if (!in.n)
		return DROPPED;
	n->decimal_now = v->type == CAPI_JSON_NUMBER ? '.' : n->decimal;
	if (apply(n, field, in, &out) != KEPT)
		return DROPPED;
	if (v->type != type || out.n != v->len ||
	    (out.p != v->text && memcmp(out.p, v->text, out.n)))
		capi_json_set_text(v, type, out.p, out.n);
	return KEPT;
}

static void
fix_list(
    struct capi_normalizer *n, enum capi_field field, struct capi_json *list)
{
	struct capi_json *next;

	for (struct capi_json *v = list->child; v; v = next) {
		next = v->next;
		if (v->type == CAPI_JSON_NULL)
			capi_json_remove(v);
		else if (v->type >= CAPI_JSON_ARRAY) {
			drop(n, field, "neither text nor a list of texts");
			capi_json_remove(v);
		} else if (fix_scalar(n, field, v) != KEPT) {
			capi_json_remove(v);
		}
	}
}

/* False: the member is gone. */
static bool
fix(struct tree *t, enum capi_field field)
{
	struct capi_json *v = t->node[field];
	bool kept = false;

	if (!v)
		return false;
	if (v->type == CAPI_JSON_ARRAY && fields[field].section == USER) {
		fix_list(t->n, field, v);
		kept = v->count > 0;
	} else if (v->type >= CAPI_JSON_ARRAY) {
		drop(t->n, field, "neither text nor number");
	} else if (v->type != CAPI_JSON_NULL) {
		kept = fix_scalar(t->n, field, v) == KEPT;
	}
	if (!kept) {
		capi_json_remove(v);
		t->node[field] = NULL;
	}
	return kept;
}

/* The same for what an event can not do without; the member stays, for the
 * record is refused as it is. */
static bool
fix_needed(struct tree *t, enum capi_field field)
{
	struct capi_json *v = t->node[field];
	bool kept;

	t->n->why = v ? "empty" : "missing";
	if (!v || v->type == CAPI_JSON_NULL)
		return false;
	if (v->type >= CAPI_JSON_BOOL && v->type != CAPI_JSON_NUMBER &&
	    v->type != CAPI_JSON_STRING) {
		t->n->why = "neither text nor number";
		return false;
	}
	t->n->holding = true;
	kept = fix_scalar(t->n, field, v) == KEPT;
	t->n->holding = false;
	return kept;
}

static struct capi_str
text_of(const struct tree *t, enum capi_field field)
{
	const struct capi_json *v = t->node[field];

	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	return v ? (struct capi_str){v->text, v->len}
		 : (struct capi_str){"", 0};
}

/* Adds a member, and its section if need be. */
static void
put(struct tree *t, enum capi_field field, struct capi_str s)
{
	const struct field *f = &fields[field];
	struct capi_json *parent = t->root;

	if (f->section != TOP) {
		parent = capi_json_put_object(
		    t->n->arena, t->root, section_names[f->section]);
		t->section[f->section] = parent;
	}
	t->node[field] = capi_json_put(
	    t->n->arena, parent, f->name, types[f->shape], s.p, s.n);
}

static bool
end_by_head(struct tree *t)
{
	struct capi_normalizer *n = t->n;

	if (!fix_needed(t, CAPI_F_EVENT_NAME)) {
		if (!n->event_name)
			return refuse_tree(t, "event_name", n->why);
		put(t, CAPI_F_EVENT_NAME,
		    (struct capi_str){n->event_name, strlen(n->event_name)});
	}
	if (!fix_needed(t, CAPI_F_EVENT_TIME))
		return refuse_tree(t, "event_time", n->why);
	t->time = n->when.unix_s;
	look_at_age(n, t->time);
	return false;
}

static void
fix_action_source(struct tree *t)
{
	struct capi_normalizer *n = t->n;

	if (!fix(t, CAPI_F_ACTION_SOURCE)) {
		if (n->action_source)
			put(t, CAPI_F_ACTION_SOURCE,
			    (struct capi_str){
				n->action_source, strlen(n->action_source)});
		else
			n->note(n->arg, "action_source",
			    "missing: --action-source says it");
	}
}

static bool
end_by_amount(struct tree *t)
{
	struct capi_normalizer *n = t->n;
	bool purchase = capi_str_is(text_of(t, CAPI_F_EVENT_NAME), "Purchase");

	if (t->node[CAPI_F_CURRENCY]) {
		if (purchase && !fix_needed(t, CAPI_F_CURRENCY))
			return refuse_tree(t, "currency", n->why);
		if (!purchase)
			fix(t, CAPI_F_CURRENCY);
	}
	set_currency(n, text_of(t, CAPI_F_CURRENCY));
	if (t->node[CAPI_F_VALUE]) {
		if (purchase && !fix_needed(t, CAPI_F_VALUE))
			return refuse_tree(t, "value", n->why);
		if (!purchase)
			fix(t, CAPI_F_VALUE);
	}
	if (purchase && is_negative(text_of(t, CAPI_F_VALUE)))
		return refuse_tree(t, "value", "below zero");
	if (t->node[CAPI_F_VALUE] && !t->node[CAPI_F_CURRENCY]) {
		if (n->sign_now[0])
			put(t, CAPI_F_CURRENCY, keep_copy(n, n->sign_now, 3));
		else if (n->currency)
			put(t, CAPI_F_CURRENCY,
			    (struct capi_str){n->currency, 3});
	}
	return false;
}

static void
fix_items(struct tree *t)
{
	static const char *const names[CAPI_ITEM_MEMBERS] = {
	    "id", "quantity", "price", "name", "category", "brand"};
	struct capi_json *list = t->node[CAPI_F_ITEMS];

	if (!list || list->type != CAPI_JSON_ARRAY)
		return;
	for (struct capi_json *e = list->child; e; e = e->next) {
		if (e->type != CAPI_JSON_OBJECT)
			continue;
		for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
			struct capi_json *v = capi_json_get(e, names[k]);

			if (v && v->type < CAPI_JSON_ARRAY &&
			    (v->type == CAPI_JSON_NULL ||
				fix_scalar(t->n,
				    (enum capi_field)(CAPI_F_ITEM_ID + k),
				    v) != KEPT))
				capi_json_remove(v);
		}
	}
}

static void
fix_place(struct tree *t)
{
	struct capi_str country;

	if (fix(t, CAPI_F_COUNTRY)) {
		country = text_of(t, CAPI_F_COUNTRY);
		if (country.n == 2) {
			memcpy(t->n->country, country.p, 2);
			t->n->country[2] = '\0';
		}
	}
}

static void
fix_clicks(struct tree *t)
{
	struct capi_normalizer *n = t->n;
	struct capi_str ids[CAPI_CLICKIDS];
	struct capi_json *url = t->node[CAPI_F_EVENT_SOURCE_URL];
	int64_t click_ms = 0;

	for (int f = CAPI_F_FBC; f <= CAPI_F_SUBSCRIPTION_ID; f++)
		if (fix(t, (enum capi_field)f) && f == CAPI_F_CLICK_TIME)
			click_ms = n->when.unix_s * 1000 + n->when.millis;
	memset(ids, 0, sizeof(ids));
	if (url && url->type == CAPI_JSON_STRING)
		capi_clickid_find(url->text, url->len, ids);
	for (size_t i = 0; i < CAPI_CLICKIDS; i++)
		if (ids[i].n && !t->node[click_fields[i]])
			put(t, click_fields[i], ids[i]);
	if (!t->node[CAPI_F_FBC] && t->node[CAPI_F_FBCLID] && click_ms) {
		struct capi_str fbc =
		    make_fbc(n, text_of(t, CAPI_F_FBCLID), click_ms, t->time);

		if (fbc.n)
			put(t, CAPI_F_FBC, fbc);
	}
}

static bool
end_by_event_id(struct tree *t)
{
	struct capi_str val[CAPI_FIELDS], id;

	if (fix(t, CAPI_F_EVENT_ID))
		return false;
	for (int f = 0; f < CAPI_FIELDS; f++)
		val[f] = text_of(t, (enum capi_field)f);
	id = fill_template(t->n, val);
	if (id.n)
		put(t, CAPI_F_EVENT_ID, id);
	else
		t->n->note(t->n->arg, "event_id",
		    "missing, and nothing to make it of (--event-id)");
	return false;
}

void
capi_normalize_event(struct capi_normalizer *n, struct capi_json *event,
    struct capi_outcome *outcome)
{
	struct tree t = {.n = n, .root = event, .end = outcome};

	memset(outcome, 0, sizeof(*outcome));
	begin_record(n, NULL);
	if (end_by_shape(&t) || end_by_head(&t) || end_by_amount(&t))
		return;
	fix_action_source(&t);
	fix_place(&t);
	for (int f = CAPI_F_EMAIL; f <= CAPI_F_CLIENT_UA; f++)
		if (f != CAPI_F_COUNTRY)
			fix(&t, (enum capi_field)f);
	fix_clicks(&t);
	fix(&t, CAPI_F_EVENT_SOURCE_URL);
	fix(&t, CAPI_F_REFERRER_URL);
	for (int f = CAPI_F_ORDER_ID; f <= CAPI_F_AD_PERSONALIZATION; f++)
		if (f != CAPI_F_ITEMS)
			fix(&t, (enum capi_field)f);
	fix_items(&t);
	end_by_event_id(&t);
	outcome->event_name = text_of(&t, CAPI_F_EVENT_NAME);
	outcome->event_id = text_of(&t, CAPI_F_EVENT_ID);
}
