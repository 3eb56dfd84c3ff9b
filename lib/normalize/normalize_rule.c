/*
 * The rules (those for text are in normalize_text.c): what makes a value valid
 * and canonical, one function a kind of member; and the table that says which
 * member has which.
 */
#include "normalize_priv.h"

#include <stdio.h>
#include <string.h>

#include "rule/clickid.h"
#include "rule/consent.h"
#include "rule/email.h"
#include "rule/ip.h"
#include "rule/money.h"
#include "rule/phone.h"
#include "rule/place.h"

enum capi_answer
capi_rule_drop(
    struct capi_normalizer *n, enum capi_field field, const char *why)
{
	n->why = why;
	if (!n->holding)
		n->note(n->arg, capi_field_name(field), why);
	return CAPI_DROPPED;
}

/* The same for what the user has to decide: no other source stands in for it,
 * or a deal that was won on 4/5 would be dated by the day it was opened. */
static enum capi_answer
drop_and_ask(struct capi_normalizer *n, enum capi_field field, const char *why)
{
	n->asks = true;
	return capi_rule_drop(n, field, why);
}

struct capi_str
capi_rule_copy(struct capi_normalizer *n, const char *p, size_t len)
{
	return (struct capi_str){capi_arena_dup(n->arena, p, len), len};
}

/* --- rules for identifiers --- */

bool
capi_rule_is_digest(struct capi_str s)
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

static enum capi_answer
rule_email(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char address[CAPI_EMAIL_MAX];
	size_t len;
	enum capi_email_verdict v;

	if (capi_rule_is_nothing(in)) {
		n->count(n->arg, capi_field_name(field), "a word for nothing");
		return CAPI_DROPPED;
	}
	v = capi_email_parse(in.p, in.n, address, &len);
	if (v == CAPI_EMAIL_EMPTY)
		return CAPI_DROPPED;
	if (v > CAPI_EMAIL_EMPTY)
		return capi_rule_drop(n, field, capi_email_reason(v));
	if (v == CAPI_EMAIL_SEVERAL)
		n->note(n->arg, "email", capi_email_reason(v));
	if (!capi_text_is_ascii(address, len)) {
		capi_buf_reset(&n->scratch);
		capi_text_nfc(&n->scratch, address, len);
		*out = capi_rule_copy(n, n->scratch.data, n->scratch.len);
		return CAPI_KEPT;
	}
	*out = len == in.n ? in : capi_rule_copy(n, address, len);
	return CAPI_KEPT;
}

static enum capi_answer
rule_phone(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	struct capi_phone phone;
	const char *region = n->country[0] ? n->country : n->region;
	enum capi_phone_verdict v;

	if (capi_rule_is_nothing(in)) {
		n->count(n->arg, "phone", "a word for nothing");
		return CAPI_DROPPED;
	}
	v = capi_phone_parse(in.p, in.n, region, &phone);
	if (v == CAPI_PHONE_EMPTY)
		return CAPI_DROPPED;
	if (v > CAPI_PHONE_EMPTY)
		return capi_rule_drop(n, field, capi_phone_reason(v));
	if (v == CAPI_PHONE_POSSIBLE)
		n->count(n->arg, "phone",
		    "possible, but in no published range of its country");
	if (phone.len == in.n && !memcmp(phone.e164, in.p, in.n))
		*out = in;
	else
		*out = capi_rule_copy(n, phone.e164, phone.len);
	return CAPI_KEPT;
}

static enum capi_answer
rule_gender(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	int letter;

	if (capi_rule_is_nothing(in) && in.n > 1)
		return CAPI_DROPPED;
	letter = capi_place_gender(in.p, in.n);
	if (letter < 0)
		return capi_rule_drop(
		    n, field, "not a gender that platforms know");
	*out = letter == 'm'   ? CAPI_STR("m")
	       : letter == 'f' ? CAPI_STR("f")
			       : CAPI_STR("n");
	return CAPI_KEPT;
}

static enum capi_answer
rule_birth(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char date[11];

	switch (capi_when_birth(in.p, in.n, n->order_now, n->now, date)) {
	case CAPI_WHEN_OK:
		*out = capi_rule_copy(n, date, 10);
		return CAPI_KEPT;
	case CAPI_WHEN_EMPTY:
		return CAPI_DROPPED;
	case CAPI_WHEN_AMBIGUOUS:
		return drop_and_ask(n, field,
		    "day and month can not be told apart: --date-order");
	default:
		return capi_rule_drop(n, field, "not a date of birth");
	}
}

static enum capi_answer
rule_country(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	char code[3];

	if (in.n > 1 && capi_rule_is_nothing(in) &&
	    !capi_str_is_nocase(in, "na")) {
		n->count(n->arg, "country", "a word for nothing");
		return CAPI_DROPPED;
	}
	if (capi_place_country(in.p, in.n, code))
		return capi_rule_drop(n, field, "not a country");
	*out = in.n == 2 && !memcmp(in.p, code, 2) ? in
						   : capi_rule_copy(n, code, 2);
	return CAPI_KEPT;
}

static enum capi_answer
rule_state(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char code[8];
	enum capi_answer a;

	if (n->country[0] && !capi_place_state(n->country, in.p, in.n, code)) {
		size_t len = strlen(code);

		*out = len == in.n && !memcmp(code, in.p, len)
			   ? in
			   : capi_rule_copy(n, code, len);
		return CAPI_KEPT;
	}
	a = capi_rule_text(n, field, in, out);
	if (a == CAPI_KEPT && n->country[0])
		n->count(n->arg, "state", "not in ISO 3166-2, kept as text");
	return a;
}

static enum capi_answer
rule_postal(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	char code[CAPI_PLACE_POSTAL_MAX];
	size_t len;

	if (capi_rule_is_nothing(in))
		return CAPI_DROPPED;
	switch (capi_place_postal(n->country[0] ? n->country : NULL, in.p, in.n,
	    code, sizeof(code), &len)) {
	case CAPI_POSTAL_EMPTY:
		return CAPI_DROPPED;
	case CAPI_POSTAL_BAD:
		return capi_rule_drop(
		    n, field, "not a postal code of its country");
	case CAPI_POSTAL_REPAIRED:
		n->count(n->arg, "postal_code",
		    "zeros that a spreadsheet took are put back");
		break;
	case CAPI_POSTAL_OK:
		break;
	}
	*out = len == in.n && !memcmp(code, in.p, len)
		   ? in
		   : capi_rule_copy(n, code, len);
	return CAPI_KEPT;
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

/* gid://shopify/Customer/5 is 5 in the REST API, in the catalogue and to the
 * pixel (shopify.dev, "Global IDs", 2026-10). */
static struct capi_str
without_gid(struct capi_str s)
{
	static const char begin[] = "gid://shopify/";
	const char *slash;

	if (s.n < sizeof(begin) || memcmp(s.p, begin, sizeof(begin) - 1) ||
	    !(slash = memrchr(s.p, '/', s.n)) || slash + 1 == s.p + s.n)
		return s;
	return (struct capi_str){slash + 1, (size_t)(s.p + s.n - slash) - 1};
}

static enum capi_answer
rule_id(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum capi_answer a = capi_rule_text(n, field, in, out);
	const char *semicolon;

	if (a != CAPI_KEPT)
		return a;
	if (n->spreadsheet) {
		*out = without_gid(*out);
		if (is_scientific(*out))
			return capi_rule_drop(
			    n, field, "digits lost to scientific notation");
		if (out->n > 2 && !memcmp(out->p + out->n - 2, ".0", 2) &&
		    all_digits((struct capi_str){out->p, out->n - 2}))
			out->n -= 2;
		if (field == CAPI_F_ORDER_ID && out->n > 1 && out->p[0] == '#')
			*out = capi_text_trim(out->p + 1, out->n - 1);
	}
	/* HubSpot's list of a deal's contacts. */
	if (n->spreadsheet && field == CAPI_F_EXTERNAL_ID &&
	    (semicolon = memchr(out->p, ';', out->n))) {
		*out = capi_text_trim(out->p, (size_t)(semicolon - out->p));
		n->note(n->arg, "external_id",
		    "several contacts, the first is taken");
		if (!out->n)
			return CAPI_DROPPED;
	}
	/* WooCommerce's guest, and everybody's default. */
	if (field == CAPI_F_EXTERNAL_ID && capi_str_is(*out, "0")) {
		n->count(n->arg, "external_id", "0, which is no customer");
		return CAPI_DROPPED;
	}
	return CAPI_KEPT;
}

static enum capi_answer
rule_ip(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	char address[CAPI_IP_MAX];
	enum capi_ip_verdict v = capi_ip_parse(in.p, in.n, address);
	size_t len = strlen(address);

	if (v == CAPI_IP_EMPTY)
		return CAPI_DROPPED;
	if (v > CAPI_IP_EMPTY)
		return capi_rule_drop(n, field, capi_ip_reason(v));
	*out = len == in.n && !memcmp(address, in.p, len)
		   ? in
		   : capi_rule_copy(n, address, len);
	return CAPI_KEPT;
}

/* Programs that fetch pages or post orders; a shopper uses a browser.
 * Beginnings of the text, compared without case. */
static const char *const servers[] = {"curl/", "wget/", "python-", "python/",
    "go-http-client", "java/", "apache-httpclient", "axios/", "node-fetch",
    "node/", "undici", "guzzlehttp", "php/", "wordpress/", "woocommerce",
    "ruby", "faraday", "postmanruntime", "insomnia/", "libwww-perl",
    "lua-resty", "rest-client", "shopify", "stripe/", "zapier", "integromat",
    "make/", "aiohttp", "httpx", "got (", "dart/", "analytics-", NULL};

static enum capi_answer
rule_ua(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum capi_answer a = capi_rule_text(n, field, in, out);
	char first;

	if (a != CAPI_KEPT)
		return a;
	first = capi_lower(out->p[0]);
	for (size_t i = 0; servers[i]; i++) {
		size_t len;

		if (first != servers[i][0])
			continue;
		len = strlen(servers[i]);
		if (out->n >= len &&
		    capi_str_is_nocase(
			(struct capi_str){out->p, len}, servers[i]) &&
		    !memmem(out->p, out->n, "Mozilla/", 8))
			return capi_rule_drop(
			    n, field, "a server's, not a shopper's browser");
	}
	return CAPI_KEPT;
}

static enum capi_answer
rule_fbc(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (capi_fbc_is(in.p, in.n))
		return CAPI_KEPT;
	return capi_rule_drop(
	    n, field, "not of the form fb.INDEX.MILLISECONDS.FBCLID");
}

static enum capi_answer
rule_fbp(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (capi_fbp_is(in.p, in.n))
		return CAPI_KEPT;
	return capi_rule_drop(
	    n, field, "not of the form fb.INDEX.MILLISECONDS.NUMBER");
}

static enum capi_answer
rule_click(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (capi_clickid_is(in.p, in.n))
		return CAPI_KEPT;
	if (capi_rule_is_nothing(in))
		return CAPI_DROPPED;
	return capi_rule_drop(n, field, "not a click id");
}

/* Limit-ad-tracking phones answer with zeros. */
static enum capi_answer
rule_madid(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	bool any = false;

	*out = in;
	for (size_t i = 0; i < in.n; i++) {
		char c = capi_lower(in.p[i]);
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? c != '-' : !capi_is_digit(c) && (c < 'a' || c > 'f'))
			return capi_rule_drop(
			    n, field, "not an advertising id");
		any |= c != '0' && c != '-';
	}
	if (in.n != 36 && !capi_rule_is_digest(in))
		return capi_rule_drop(n, field, "not an advertising id");
	if (!any)
		return capi_rule_drop(
		    n, field, "zeros: tracking is switched off");
	return CAPI_KEPT;
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

enum capi_when_verdict
capi_rule_time(struct capi_normalizer *n, struct capi_str in)
{
	struct capi_when_opt opt = {.zone = n->utc ? NULL : n->zone,
	    .order = n->order_now,
	    .since_1904 = n->since_1904,
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

	return capi_rule_copy(n, digits, (size_t)len);
}

static enum capi_answer
rule_time(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	enum capi_when_verdict v;

	v = capi_rule_time(n, in);
	if (v == CAPI_WHEN_EMPTY)
		return CAPI_DROPPED;
	if (v == CAPI_WHEN_AMBIGUOUS || v == CAPI_WHEN_NO_ZONE)
		return drop_and_ask(n, field, time_reason(v));
	if (v != CAPI_WHEN_OK)
		return capi_rule_drop(n, field, time_reason(v));
	/* Nine digits could be read as nothing else the next time. */
	if (n->when.unix_s < 1000000000)
		return capi_rule_drop(n, field, "before September 2001");
	*out =
	    in.n == 10 && all_digits(in) ? in : number_text(n, n->when.unix_s);
	return CAPI_KEPT;
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

/* 12,50 where the preset knows a point: saved again by a spreadsheet of
 * another country. */
static bool
has_other_mark(
    const struct capi_normalizer *n, struct capi_str in, char amount[])
{
	struct capi_money_opt opt = {.mark = n->decimal_now == '.' ? ',' : '.'};
	struct capi_money_sign sign;
	size_t len;

	return n->decimal_now && n->minor_now < 0 &&
	       capi_money_parse(in.p, in.n, &opt, amount, CAPI_MONEY_MAX, &len,
		   &sign) == CAPI_MONEY_OK;
}

/* Whole hundreds, or nothing. */
static bool
is_hundreds(struct capi_str s)
{
	for (size_t i = s.n < 2 ? 0 : s.n - 2; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

static enum capi_answer
rule_money(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	bool minor = n->minor_now >= 0;
	struct capi_money_opt opt = {.mark = n->decimal_now,
	    .groups = n->thousands_now,
	    .minor = minor,
	    .has_exponent = minor || n->places_now >= 0,
	    .exponent = minor ? n->minor_now : n->places_now};
	struct capi_money_sign sign;
	char amount[CAPI_MONEY_MAX];
	size_t len;

	if (n->decimal_now == '.' && n->minor_now < 0 && in.n < 24 &&
	    is_decimal(in)) {
		*out = in;
		return CAPI_KEPT;
	}
	if (n->hundreds_now && all_digits(in) && !is_hundreds(in))
		return capi_rule_drop(n, field,
		    "a fraction of a currency that Stripe keeps whole");
	switch (capi_money_parse(
	    in.p, in.n, &opt, amount, sizeof(amount), &len, &sign)) {
	case CAPI_MONEY_OK:
		break;
	case CAPI_MONEY_EMPTY:
	case CAPI_MONEY_NOT_REPORTED:
		return CAPI_DROPPED;
	case CAPI_MONEY_AMBIGUOUS:
		return drop_and_ask(n, field,
		    "decimal mark or thousands: --decimal says which");
	case CAPI_MONEY_BAD:
		if (has_other_mark(n, in, amount))
			return drop_and_ask(n, field,
			    "another decimal mark than expected: --decimal "
			    "says which");
		return capi_rule_drop(n, field, "not an amount");
	}
	*out = (struct capi_str){amount, len};
	/* JSON has no 007. */
	while (out->n > 1 && out->p[0] == '0' && capi_is_digit(out->p[1]))
		*out = (struct capi_str){out->p + 1, out->n - 1};
	if (sign.code[0])
		memcpy(n->sign_now, sign.code, sizeof(n->sign_now));
	*out = out->n == in.n && !memcmp(out->p, in.p, in.n)
		   ? in
		   : capi_rule_copy(n, out->p, out->n);
	return is_decimal(*out) ? CAPI_KEPT
				: capi_rule_drop(n, field, "not an amount");
}

/* Whole numbers: how many of an item. */
static enum capi_answer
rule_count(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	*out = in;
	if (in.n > 2 && !memcmp(in.p + in.n - 2, ".0", 2))
		out->n -= 2;
	if (out->n && out->n < 10 && all_digits(*out) &&
	    (out->n == 1 || out->p[0] != '0'))
		return CAPI_KEPT;
	return capi_rule_drop(n, field, "not a whole number");
}

static enum capi_answer
rule_currency(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	char code[4];

	if (capi_place_currency(in.p, in.n, code))
		return capi_rule_drop(n, field, "not a currency of ISO 4217");
	*out = in.n == 3 && !memcmp(in.p, code, 3) ? in
						   : capi_rule_copy(n, code, 3);
	return CAPI_KEPT;
}

static enum capi_answer
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
			   : capi_rule_copy(n, clean->data, clean->len);
		return CAPI_KEPT;
	case CAPI_URL_RELATIVE:
		return capi_rule_drop(
		    n, field, "a path without a domain: --site says it");
	case CAPI_URL_BAD:
		break;
	}
	return capi_rule_is_nothing(in) ? CAPI_DROPPED
					: capi_rule_drop(n, field, "not a URL");
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

static enum capi_answer
rule_action(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	if (is_listed(in, action_sources, out))
		return CAPI_KEPT;
	return capi_rule_drop(n, field, "not one of the nine known words");
}

static enum capi_answer
rule_consent(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	static const struct capi_str words[] = {
	    [CAPI_CONSENT_UNKNOWN] = {"unknown", 7},
	    [CAPI_CONSENT_GRANTED] = {"granted", 7},
	    [CAPI_CONSENT_DENIED] = {"denied", 6},
	};
	enum capi_consent said = capi_consent_word(in);

	*out = words[said];
	if (said == CAPI_CONSENT_UNKNOWN && !capi_str_is_nocase(in, "unknown"))
		n->note(n->arg, capi_field_name(field),
		    "neither granted nor denied: unknown");
	return CAPI_KEPT;
}

enum capi_answer
capi_rule_status(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	enum capi_answer a = capi_rule_text(n, field, in, out);

	if (a != CAPI_KEPT)
		return a;
	capi_buf_reset(&n->scratch);
	capi_text_lower(&n->scratch, out->p, out->n);
	*out = capi_rule_copy(n, n->scratch.data, n->scratch.len);
	return CAPI_KEPT;
}

static enum capi_answer
rule_flag(struct capi_normalizer *n, enum capi_field field, struct capi_str in,
    struct capi_str *out)
{
	static const char *const words[] = {"true", "false", NULL};

	(void)n;
	(void)field;
	if (!is_listed(in, words, out))
		*out = CAPI_STR("false");
	return CAPI_KEPT;
}

/* --- the table --- */

const struct capi_member capi_members[CAPI_FIELDS] = {
    [CAPI_F_EVENT_NAME] = {"event_name", CAPI_SECTION_TOP, capi_rule_text},
    [CAPI_F_EVENT_TIME] = {"event_time", CAPI_SECTION_TOP, rule_time,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_EVENT_ID] = {"event_id", CAPI_SECTION_TOP, rule_id},
    [CAPI_F_ACTION_SOURCE] = {"action_source", CAPI_SECTION_TOP, rule_action},
    [CAPI_F_EVENT_SOURCE_URL] = {"event_source_url", CAPI_SECTION_TOP,
	rule_url},
    [CAPI_F_REFERRER_URL] = {"referrer_url", CAPI_SECTION_TOP, rule_url},
    [CAPI_F_EMAIL] = {"email", CAPI_SECTION_USER, rule_email, CAPI_SHAPE_STRING,
	true},
    [CAPI_F_PHONE] = {"phone", CAPI_SECTION_USER, rule_phone, CAPI_SHAPE_STRING,
	true},
    [CAPI_F_FIRST_NAME] = {"first_name", CAPI_SECTION_USER, capi_rule_name,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_LAST_NAME] = {"last_name", CAPI_SECTION_USER, capi_rule_name,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_NAME_PREFIX] = {"name_prefix", CAPI_SECTION_USER, capi_rule_text},
    [CAPI_F_NAME_SUFFIX] = {"name_suffix", CAPI_SECTION_USER, capi_rule_text},
    [CAPI_F_GENDER] = {"gender", CAPI_SECTION_USER, rule_gender,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_DATE_OF_BIRTH] = {"date_of_birth", CAPI_SECTION_USER, rule_birth,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_STREET] = {"street", CAPI_SECTION_USER, capi_rule_text,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_CITY] = {"city", CAPI_SECTION_USER, capi_rule_text,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_STATE] = {"state", CAPI_SECTION_USER, rule_state, CAPI_SHAPE_STRING,
	true},
    [CAPI_F_POSTAL_CODE] = {"postal_code", CAPI_SECTION_USER, rule_postal,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_COUNTRY] = {"country", CAPI_SECTION_USER, rule_country,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_EXTERNAL_ID] = {"external_id", CAPI_SECTION_USER, rule_id,
	CAPI_SHAPE_STRING, true},
    [CAPI_F_CLIENT_IP] = {"client_ip_address", CAPI_SECTION_USER, rule_ip},
    [CAPI_F_CLIENT_UA] = {"client_user_agent", CAPI_SECTION_USER, rule_ua},
    [CAPI_F_FBC] = {"fbc", CAPI_SECTION_USER, rule_fbc},
    [CAPI_F_FBP] = {"fbp", CAPI_SECTION_USER, rule_fbp},
    [CAPI_F_FBCLID] = {"fbclid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_CLICK_TIME] = {"click_time", CAPI_SECTION_USER, rule_time,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_TTCLID] = {"ttclid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_TTP] = {"ttp", CAPI_SECTION_USER, rule_click},
    [CAPI_F_GCLID] = {"gclid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_GBRAID] = {"gbraid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_WBRAID] = {"wbraid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_EPIK] = {"epik", CAPI_SECTION_USER, rule_click},
    [CAPI_F_SC_CLICK_ID] = {"sc_click_id", CAPI_SECTION_USER, rule_click},
    [CAPI_F_SC_COOKIE1] = {"sc_cookie1", CAPI_SECTION_USER, rule_click},
    [CAPI_F_MSCLKID] = {"msclkid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_TWCLID] = {"twclid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_RDT_CID] = {"rdt_cid", CAPI_SECTION_USER, rule_click},
    [CAPI_F_LI_FAT_ID] = {"li_fat_id", CAPI_SECTION_USER, rule_click},
    [CAPI_F_KX] = {"kx", CAPI_SECTION_USER, rule_click},
    [CAPI_F_MADID] = {"madid", CAPI_SECTION_USER, rule_madid},
    [CAPI_F_LEAD_ID] = {"lead_id", CAPI_SECTION_USER, rule_id},
    [CAPI_F_SUBSCRIPTION_ID] = {"subscription_id", CAPI_SECTION_USER, rule_id},
    [CAPI_F_VALUE] = {"value", CAPI_SECTION_CUSTOM, rule_money,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_CURRENCY] = {"currency", CAPI_SECTION_CUSTOM, rule_currency},
    [CAPI_F_ORDER_ID] = {"order_id", CAPI_SECTION_CUSTOM, rule_id},
    [CAPI_F_ITEMS] = {"items", CAPI_SECTION_CUSTOM, NULL},
    [CAPI_F_NUM_ITEMS] = {"num_items", CAPI_SECTION_CUSTOM, rule_count,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_SEARCH_STRING] = {"search_string", CAPI_SECTION_CUSTOM,
	capi_rule_text},
    [CAPI_F_COUPON] = {"coupon", CAPI_SECTION_CUSTOM, capi_rule_text},
    [CAPI_F_SHIPPING] = {"shipping", CAPI_SECTION_CUSTOM, rule_money,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_TAX] = {"tax", CAPI_SECTION_CUSTOM, rule_money, CAPI_SHAPE_NUMBER},
    [CAPI_F_AD_USER_DATA] = {"ad_user_data", CAPI_SECTION_CONSENT,
	rule_consent},
    [CAPI_F_AD_PERSONALIZATION] = {"ad_personalization", CAPI_SECTION_CONSENT,
	rule_consent},
    [CAPI_F_STATUS] = {"status", CAPI_SECTION_SOURCE, capi_rule_status},
    [CAPI_F_TEST] = {"test", CAPI_SECTION_SOURCE, rule_flag,
	CAPI_SHAPE_BOOLEAN},
    [CAPI_F_REFUNDED_VALUE] = {"refunded_value", CAPI_SECTION_SOURCE,
	rule_money, CAPI_SHAPE_NUMBER},
    [CAPI_F_REFUNDED_AT] = {"refunded_at", CAPI_SECTION_SOURCE, rule_time,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_UPDATED_AT] = {"updated_at", CAPI_SECTION_SOURCE, rule_time,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_DEVICE] = {"device", CAPI_SECTION_SOURCE, capi_rule_text},
    [CAPI_F_ITEM_ID] = {"item_id", CAPI_SECTION_ITEM, rule_id},
    [CAPI_F_ITEM_QUANTITY] = {"item_quantity", CAPI_SECTION_ITEM, rule_count,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_ITEM_PRICE] = {"item_price", CAPI_SECTION_ITEM, rule_money,
	CAPI_SHAPE_NUMBER},
    [CAPI_F_ITEM_NAME] = {"item_name", CAPI_SECTION_ITEM, capi_rule_text},
    [CAPI_F_ITEM_CATEGORY] = {"item_category", CAPI_SECTION_ITEM,
	capi_rule_text},
    [CAPI_F_ITEM_BRAND] = {"item_brand", CAPI_SECTION_ITEM, capi_rule_text},
    [CAPI_F_FULL_NAME] = {"full_name", CAPI_SECTION_INNER, capi_rule_text},
    [CAPI_F_SUBTOTAL] = {"subtotal", CAPI_SECTION_INNER, rule_money},
    [CAPI_F_PRESENTMENT_VALUE] = {"presentment_value", CAPI_SECTION_INNER,
	rule_money},
    [CAPI_F_PRESENTMENT_SUBTOTAL] = {"presentment_subtotal", CAPI_SECTION_INNER,
	rule_money},
    [CAPI_F_PRESENTMENT_CURRENCY] = {"presentment_currency", CAPI_SECTION_INNER,
	rule_currency},
    [CAPI_F_CANCELLED_AT] = {"cancelled_at", CAPI_SECTION_INNER,
	capi_rule_text},
    [CAPI_F_CAPTURED] = {"captured", CAPI_SECTION_INNER, capi_rule_status},
    [CAPI_F_RENEWAL] = {"renewal", CAPI_SECTION_INNER, capi_rule_text},
    [CAPI_F_REFUNDS] = {"refunds", CAPI_SECTION_INNER, NULL},
    [CAPI_F_REFUND_ID] = {"refund_id", CAPI_SECTION_INNER, capi_rule_text},
    [CAPI_F_PAYMENT_ID] = {"payment_id", CAPI_SECTION_INNER, capi_rule_text},
};

const char *
capi_field_name(enum capi_field field)
{
	return capi_members[field].name;
}

bool
capi_field_is_item(enum capi_field field)
{
	return capi_members[field].section == CAPI_SECTION_ITEM;
}

bool
capi_field_is_date(enum capi_field field)
{
	return capi_members[field].rule == rule_time ||
	       capi_members[field].rule == rule_birth;
}

bool
capi_field_is_money(enum capi_field field)
{
	return capi_members[field].rule == rule_money;
}

static bool
is_name(struct capi_str s, const char *name)
{
	return s.n && s.p[0] == name[0] && capi_str_is(s, name);
}

int
capi_field_find(struct capi_str name)
{
	const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
	struct capi_str front = {name.p, dot ? (size_t)(dot - name.p) : 0};
	struct capi_str back = {name.p + front.n + 1, name.n - front.n - 1};

	for (int i = 0; i < CAPI_FIELDS; i++) {
		const struct capi_member *m = &capi_members[i];
		const char *section = capi_sections[m->section];

		if (is_name(name, m->name))
			return i;
		if (dot && section && is_name(front, section) &&
		    is_name(back, m->name))
			return i;
	}
	return -1;
}
