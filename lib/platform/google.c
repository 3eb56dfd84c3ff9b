/*
 * Google: Data Manager API v1 (events:ingest), and the Google Ads API for
 * allow-listed click uploads and for adjustments.
 * https://developers.google.com/data-manager/api and the protos of
 * googleapis/googleapis f8291d2b (2026-08-22), read 2026-11-20.
 *
 * New senders must use the Data Manager: since 2026-06-15 the Ads API refuses
 * uploadClickConversions to whoever was not using it. Adjustments stay with
 * the Ads API, and only there can a conversion be retracted.
 */
#include "answer/google.h"
#include "build/check.h"
#include "build/consent.h"
#include "rule/ip.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

/* What the account's section of the configuration may say. */
enum {
	CUSTOMER,
	LOGIN_CUSTOMER,
	ACTION,
	API,
	API_VERSION,
	CREDENTIALS,
	QUOTA_PROJECT,
	MERCHANT,
	FEED_LABEL,
	FEED_LANGUAGE,
};

static const struct capi_key keys[] = {
    [CUSTOMER] = {"customer_id", "the account that owns the conversion action"},
    [LOGIN_CUSTOMER] = {"login_customer_id",
	"the manager account of the caller, if any"},
    [ACTION] = {"conversion_action_id", "the number of the conversion action"},
    [API] = {"api", "data_manager (the default), google_ads or enhancement"},
    [API_VERSION] = {"api_version",
	"of the Google Ads API; the default is v25"},
    [CREDENTIALS] = {"credentials_file",
	"a service account's or an authorized user's file, as Google gives it "
	"out"},
    [QUOTA_PROJECT] = {"quota_project",
	"the Cloud project that pays, when it is another one"},
    [MERCHANT] = {"merchant_id", "of the Merchant Center, for cart data"},
    [FEED_LABEL] = {"merchant_feed_label", "of the feed, for cart data"},
    [FEED_LANGUAGE] = {"merchant_feed_language", "of the feed, for cart data"},
    {NULL, NULL},
};

enum { INGEST, CLICKS, ADJUST };
#define IN(call) (1u << (call))

/* ---- bodies ---------------------------------------------------------- */

/* Digits, perhaps with dashes between, as the account's page shows them. */
static bool
is_account(const char *id)
{
	return id && *id && !id[strspn(id, "0123456789-")];
}

static void
add_digits(struct capi_buf *out, const char *id)
{
	for (; *id; id++)
		if (*id != '-')
			capi_buf_addc(out, *id);
}

static void
add_account(struct capi_buf *out, const char *key, const char *id)
{
	capi_json_key(out, key);
	capi_buf_adds(out, "{\"accountType\":\"GOOGLE_ADS\",\"accountId\":\"");
	add_digits(out, id);
	capi_buf_adds(out, "\"}");
}

static bool
ingest_head(struct capi_buf *out, const struct capi_dest *d,
    const struct capi_call *c, const char *test_code, const char **missing)
{
	const char *customer = capi_dest_get(d, "customer_id");
	const char *login = capi_dest_get(d, "login_customer_id");
	const char *action = capi_dest_get(d, "conversion_action_id");

	(void)c;
	(void)test_code;
	*missing = NULL;
	if (!action)
		*missing = "conversion_action_id";
	if (!is_account(customer))
		*missing = "customer_id in digits";
	if (login && !is_account(login))
		*missing = "login_customer_id in digits";
	if (*missing)
		return false;
	capi_buf_adds(out, "{\"destinations\":[{");
	add_account(out, "operatingAccount", customer);
	if (login)
		add_account(out, "loginAccount", login);
	capi_json_key(out, "productDestinationId");
	capi_json_cstring(out, action);
	capi_buf_adds(out, "}],\"encoding\":\"HEX\",\"events\":[");
	return true;
}

/* Limits page and reference: 2000 events; the comment on TOO_MANY_EVENTS says
 * 10,000. partialFailure must be true, or the request fails. */
static const struct capi_call calls[] = {
    [INGEST] = {.name = "events:ingest",
	.max_events = 2000,
	.head = ingest_head,
	.unique = true},
    [CLICKS] = {.name = "uploadClickConversions",
	.max_events = 2000,
	.list = "conversions",
	.tail = "],\"partialFailure\":true}",
	.unique = true},
    [ADJUST] = {.name = "uploadConversionAdjustments",
	.max_events = 2000,
	.list = "conversionAdjustments",
	.tail = "],\"partialFailure\":true}",
	.unique = true},
    {.max_events = 0},
};

/* ---- what becomes of an order ---------------------------------------- */

enum adjustment { NONE, RETRACTION, RESTATEMENT, ENHANCEMENT };

static bool
api_is(const struct capi_build *b, const char *api)
{
	return b->config[API] && !strcmp(b->config[API], api);
}

/*
 * An order that is refunded in part makes two requests: the conversion as it
 * was placed and its restatement. An adjustment alone finds no conversion
 * (CONVERSION_NOT_FOUND) when the export never had the order as paid; and the
 * conversion at its remaining value would be another body under the key of the
 * one that may have gone before, which is never sent again. Whose conversion
 * was sent before has it dropped by its key. Until the conversion is processed,
 * its restatement is tried again. With api = enhancement it comes from the
 * site's tag, not from here; and of an order that was refunded in full there is
 * nothing to count, only to retract.
 */
static bool
has_both(const struct capi_build *b)
{
	return !api_is(b, "enhancement") &&
	       capi_str_is_nocase(
		   capi_event_str(b->event, CAPI_STATUS), "partially_refunded");
}

static bool
more(const struct capi_build *b)
{
	return !b->part && has_both(b);
}

static enum adjustment
adjustment(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_STATUS);

	if (has_both(b))
		return b->part ? RESTATEMENT : NONE;
	if (capi_str_is_nocase(s, "partially_refunded"))
		return RESTATEMENT;
	if (capi_str_is_nocase(s, "refunded") ||
	    capi_str_is_nocase(s, "cancelled") ||
	    capi_str_is_nocase(s, "canceled") ||
	    capi_str_is_nocase(s, "voided"))
		return RETRACTION;
	if (api_is(b, "enhancement"))
		return ENHANCEMENT;
	return NONE;
}

static unsigned
call(const struct capi_build *b)
{
	if (adjustment(b) != NONE)
		return ADJUST;
	return api_is(b, "google_ads") ? CLICKS : INGEST;
}

/* The order's number, as the site's tag sends it. */
static struct capi_str
transaction(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_ORDER_ID);

	return s.n ? s : capi_event_str(b->event, CAPI_EVENT_ID);
}

static bool
make_transaction(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str s = transaction(b);

	capi_json_string(out, s.p, s.n);
	return s.n > 0;
}

static bool
make_adjustment(struct capi_buf *out, const struct capi_build *b)
{
	static const char *const words[] = {
	    "", "\"RETRACTION\"", "\"RESTATEMENT\"", "\"ENHANCEMENT\""};

	capi_buf_adds(out, words[adjustment(b)]);
	return true;
}

/* The new total, not what was given back. */
static bool
remaining(struct capi_buf *out, const struct capi_build *b)
{
	return capi_decimal_minus(out, capi_event_str(b->event, CAPI_VALUE),
	    capi_event_str(b->event, CAPI_REFUNDED_VALUE));
}

static bool
is_restatement(const struct capi_build *b)
{
	return adjustment(b) == RESTATEMENT;
}

static bool
is_enhancement(const struct capi_build *b)
{
	return adjustment(b) == ENHANCEMENT;
}

static bool
is_no_enhancement(const struct capi_build *b)
{
	return adjustment(b) != ENHANCEMENT;
}

/*
 * Never the time of the run: a second run of an export would put another body
 * under the same key. Google wants a time after the conversion
 * (ADJUSTMENT_PRECEDES_CONVERSION) and that of each further restatement after
 * the one before (RESTATEMENT_ALREADY_EXISTS, MORE_RECENT_RESTATEMENT_FOUND).
 * Where the event does not say when the money went back, the minutes behind the
 * conversion stand for it, and the more of it went back, the later: what is
 * refunded only grows.
 */
static int64_t
adjusted_at(const struct capi_build *b)
{
	int64_t when;

	if (capi_refunded_at(b, CAPI_REFUNDED_AT, &when))
		return when;
	if (adjustment(b) == RETRACTION)
		return b->time + 600;
	return b->time + 1 +
	       capi_decimal_share(capi_event_str(b->event, CAPI_REFUNDED_VALUE),
		   capi_event_str(b->event, CAPI_VALUE), 598);
}

static bool
make_adjustment_time(struct capi_buf *out, const struct capi_build *b)
{
	capi_buf_addc(out, '"');
	capi_write_time(out, adjusted_at(b), ' ', "+00:00\"");
	return true;
}

static bool
make_action(struct capi_buf *out, const struct capi_build *b)
{
	const char *customer = b->config[CUSTOMER];
	const char *action = b->config[ACTION];

	if (!customer || !action)
		return false;
	capi_buf_adds(out, "\"customers/");
	for (; *customer; customer++)
		if (capi_is_digit(*customer))
			capi_buf_addc(out, *customer);
	capi_buf_adds(out, "/conversionActions/");
	for (; capi_is_digit(*action); action++)
		capi_buf_addc(out, *action);
	capi_buf_addc(out, '"');
	return true;
}

/* ---- other members that a table can not say -------------------------- */

static bool
make_rfc3339(struct capi_buf *out, const struct capi_build *b)
{
	capi_buf_addc(out, '"');
	capi_write_time(out, b->time, 'T', "Z\"");
	return true;
}

/* A blank, and the offset with a colon: anything else is unparseable. */
static bool
make_ads_time(struct capi_buf *out, const struct capi_build *b)
{
	capi_buf_addc(out, '"');
	capi_write_time(out, b->time, ' ', "+00:00\"");
	return true;
}

static bool
make_source(struct capi_buf *out, const struct capi_build *b)
{
	static const struct {
		const char *ours, *theirs;
	} sources[] = {{"website", "\"WEB\""}, {"app", "\"APP\""},
	    {"physical_store", "\"IN_STORE\""}, {"phone_call", "\"PHONE\""},
	    {"chat", "\"MESSAGE\""}, {"business_messaging", "\"MESSAGE\""}};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (capi_is(b->event, CAPI_ACTION_SOURCE, sources[i].ours)) {
			capi_buf_adds(out, sources[i].theirs);
			return true;
		}
	capi_buf_adds(out, "\"OTHER\"");
	return true;
}

static bool
add_consent(struct capi_buf *out, const struct capi_build *b,
    enum capi_member member, const char *prefix)
{
	enum capi_consent c = capi_consent_of(b->event, member);

	if (c == CAPI_CONSENT_UNKNOWN)
		return false;
	capi_buf_addc(out, '"');
	capi_buf_adds(out, prefix);
	capi_buf_adds(
	    out, c == CAPI_CONSENT_GRANTED ? "GRANTED\"" : "DENIED\"");
	return true;
}

static bool
make_consent(struct capi_buf *out, const struct capi_build *b)
{
	return add_consent(out, b, CAPI_CONSENT_AD_USER_DATA,
	    b->call == INGEST ? "CONSENT_" : "");
}

static bool
make_personal(struct capi_buf *out, const struct capi_build *b)
{
	return add_consent(out, b, CAPI_CONSENT_AD_PERSONALIZATION, "CONSENT_");
}

static bool
only_braid(const struct capi_build *b)
{
	return !capi_has(b->event, CAPI_GCLID) &&
	       (capi_has(b->event, CAPI_GBRAID) ||
		   capi_has(b->event, CAPI_WBRAID));
}

/* EU members and Iceland, Liechtenstein, Norway; the United Kingdom and
 * Switzerland: the EU user consent policy, and no IP addresses. */
static bool
is_eea(const struct capi_build *b)
{
	static const char codes[] = "AT BE BG HR CY CZ DK EE FI FR DE GR HU "
				    "IE IT LV LT LU MT NL PL PT RO SK SI ES "
				    "SE IS LI NO GB CH";
	struct capi_str s = capi_event_str(b->event, CAPI_COUNTRY);

	for (const char *c = codes; s.n == 2; c += 3) {
		if (capi_upper(s.p[0]) == c[0] && capi_upper(s.p[1]) == c[1])
			return true;
		if (!c[2])
			break;
	}
	return false;
}

/* Where the country is not known the address may be one of those people's. */
static bool
add_ip(
    struct capi_buf *out, const struct capi_build *b, enum capi_member member)
{
	struct capi_str s = capi_event_str(b->event, member);

	if (is_eea(b) || !capi_has(b->event, CAPI_COUNTRY))
		return false;
	capi_json_string(out, s.p, s.n);
	return true;
}

static bool
make_ip(struct capi_buf *out, const struct capi_build *b)
{
	return add_ip(out, b, CAPI_IP);
}

static bool
make_landing_ip(struct capi_buf *out, const struct capi_build *b)
{
	return add_ip(out, b, CAPI_LANDING_IP);
}

struct identifiers {
	struct capi_buf *out;
	unsigned count, max;
};

static void
add_digests(
    struct identifiers *ids, const struct capi_json *v, const char *before)
{
	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	for (; v && ids->count < ids->max; v = v->next) {
		if (v->type == CAPI_JSON_STRING) {
			capi_json_sep(ids->out);
			capi_buf_adds(ids->out, before);
			capi_json_write(ids->out, v);
			capi_buf_addc(ids->out, '}');
			ids->count++;
		}
		if (!v->parent || v->parent->type != CAPI_JSON_ARRAY)
			return;
	}
}

static void
add_member(struct capi_buf *out, const char *key, struct capi_str s)
{
	if (!s.n)
		return;
	capi_json_key(out, key);
	capi_json_string(out, s.p, s.n);
}

static void
add_words(struct capi_buf *out, const char *key, struct capi_str s)
{
	size_t mark = out->len;

	capi_json_key(out, key);
	capi_buf_addc(out, '"');
	if (capi_spell_words(out, s))
		capi_buf_addc(out, '"');
	else
		out->len = mark;
}

static void
add_upper(struct capi_buf *out, const char *key, struct capi_str s)
{
	capi_json_key(out, key);
	capi_buf_addc(out, '"');
	capi_spell_upper(out, s);
	capi_buf_addc(out, '"');
}

/* All four or none. */
static bool
has_address(const struct capi_build *b)
{
	const struct capi_event *e = b->event;
	struct capi_str country = capi_event_str(e, CAPI_COUNTRY);

	return capi_has(e, CAPI_HASHED_FIRST_NAME_GIVEN) &&
	       capi_has(e, CAPI_HASHED_LAST_NAME_FAMILY) && country.n == 2 &&
	       capi_is_alpha(country.p[0]) && capi_is_alpha(country.p[1]) &&
	       capi_has(e, CAPI_POSTAL_CODE);
}

static void
add_address(struct capi_buf *out, const struct capi_build *b)
{
	const struct capi_event *e = b->event;

	capi_json_sep(out);
	capi_buf_adds(out, "{\"address\":{");
	add_member(
	    out, "givenName", capi_event_str(e, CAPI_HASHED_FIRST_NAME_GIVEN));
	add_member(
	    out, "familyName", capi_event_str(e, CAPI_HASHED_LAST_NAME_FAMILY));
	add_upper(out, "regionCode", capi_event_str(e, CAPI_COUNTRY));
	add_member(out, "postalCode", capi_event_str(e, CAPI_POSTAL_CODE));
	capi_buf_adds(out, "}}");
}

static void
add_address_info(struct capi_buf *out, const struct capi_build *b)
{
	const struct capi_event *e = b->event;

	capi_json_sep(out);
	capi_buf_adds(out, "{\"addressInfo\":{");
	add_member(out, "hashedFirstName",
	    capi_event_str(e, CAPI_HASHED_FIRST_NAME_GIVEN));
	add_member(out, "hashedLastName",
	    capi_event_str(e, CAPI_HASHED_LAST_NAME_FAMILY));
	add_member(out, "hashedStreetAddress",
	    capi_event_str(e, CAPI_HASHED_STREET_LOWER));
	/* lower case, no symbols (Data Manager, "Format user data", read
	 * 2026-11-20) */
	add_words(out, "city", capi_event_str(e, CAPI_CITY));
	add_words(out, "state", capi_event_str(e, CAPI_STATE));
	add_upper(out, "countryCode", capi_event_str(e, CAPI_COUNTRY));
	add_member(out, "postalCode", capi_event_str(e, CAPI_POSTAL_CODE));
	capi_buf_adds(out, "}}");
}

static bool
end_list(struct capi_buf *out, size_t mark)
{
	capi_buf_addc(out, ']');
	if (out->len > mark + 2)
		return true;
	out->len = mark;
	return false;
}

/* Ten at most; none beside a lone braid, as other senders do it. */
static bool
make_identifiers(struct capi_buf *out, const struct capi_build *b)
{
	struct identifiers ids = {out, 0, has_address(b) ? 9 : 10};
	size_t mark = out->len;

	if (only_braid(b))
		return false;
	capi_buf_addc(out, '[');
	add_digests(
	    &ids, b->event->at[CAPI_HASHED_EMAIL_GMAIL], "{\"emailAddress\":");
	add_digests(
	    &ids, b->event->at[CAPI_HASHED_PHONE_E164], "{\"phoneNumber\":");
	if (has_address(b))
		add_address(out, b);
	return end_list(out, mark);
}

/* Five at most. An address goes with enhancements only. */
static bool
make_ads_identifiers(struct capi_buf *out, const struct capi_build *b)
{
	bool address = b->call == ADJUST && has_address(b);
	struct identifiers ids = {out, 0, address ? 4 : 5};
	size_t mark = out->len;

	/* Beside a braid alone the upload of a click takes none; adjustments
	 * have no member for braids. */
	if (b->call == ADJUST ? adjustment(b) != ENHANCEMENT : only_braid(b))
		return false;
	capi_buf_addc(out, '[');
	add_digests(&ids, b->event->at[CAPI_HASHED_EMAIL_GMAIL],
	    "{\"userIdentifierSource\":\"FIRST_PARTY\",\"hashedEmail\":");
	add_digests(&ids, b->event->at[CAPI_HASHED_PHONE_E164],
	    "{\"userIdentifierSource\":\"FIRST_PARTY\","
	    "\"hashedPhoneNumber\":");
	if (address)
		add_address_info(out, b);
	return end_list(out, mark);
}

/* One click id: gclid goes before the braids. */
static bool
no_gclid(const struct capi_build *b)
{
	return !capi_has(b->event, CAPI_GCLID);
}

static bool
make_customer_type(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str s =
	    capi_event_str(b->event, CAPI_CUSTOMER_SEGMENTATION);

	if (!s.n)
		s = capi_event_str(b->event, CAPI_CUSTOM_SEGMENTATION);
	if (s.n > 4 && !memcmp(s.p, "new_", 4))
		capi_buf_adds(out, "\"NEW\"");
	else if (s.n > 9 && !memcmp(s.p, "existing_", 9))
		capi_buf_adds(out, "\"RETURNING\"");
	else
		return false;
	return true;
}

/* Cart data need the Merchant Center's id, and no braid. */
static bool
has_cart(const struct capi_build *b)
{
	return !only_braid(b) && capi_has(b->event, CAPI_ITEMS) &&
	       b->config[MERCHANT];
}

/* An int64 of protocol buffers: a whole number in quotes. */
static bool
spell_whole(struct capi_buf *out, struct capi_str s)
{
	if (capi_decimal_sign(s) == 2 || memchr(s.p, '.', s.n))
		return false;
	capi_buf_add(out, s.p, s.n);
	return true;
}

/* What is set up in the account under that name. The Ads API wants the
 * variable's number, Data Manager its name. A value with an address in it is
 * left out (CUSTOM_VARIABLE_VALUE_CONTAINS_PII). */
static bool
add_variable(
    struct capi_buf *out, const struct capi_build *b, const struct capi_json *v)
{
	const char *customer = b->config[CUSTOMER];
	struct capi_str name = {v->key, v->key_len}, value = capi_json_str(v);

	if (!name.n || !value.n || memchr(value.p, '@', value.n))
		return false;
	for (size_t i = 0; b->call == CLICKS && i < name.n; i++)
		if (!capi_is_digit(name.p[i]))
			return false;
	if (b->call == CLICKS && !is_account(customer))
		return false;
	capi_json_sep(out);
	capi_buf_addc(out, '{');
	if (b->call == CLICKS) {
		capi_buf_adds(out, "\"conversionCustomVariable\":\"customers/");
		add_digits(out, customer);
		capi_buf_adds(out, "/conversionCustomVariables/");
		capi_buf_add(out, name.p, name.n);
		capi_buf_addc(out, '"');
	} else {
		add_member(out, "variable", name);
	}
	add_member(out, "value", value);
	capi_buf_addc(out, '}');
	return true;
}

static bool
make_variables(struct capi_buf *out, const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_CUSTOM_VARIABLES];
	size_t mark = out->len;

	if (v->type != CAPI_JSON_OBJECT)
		return false;
	capi_buf_addc(out, '[');
	for (v = v->child; v; v = v->next)
		add_variable(out, b, v);
	return end_list(out, mark);
}

/* clang-format off */
#define MADE(from, to, fn, says, call) \
	{.source = (from), .target = (to), .type = CAPI_MADE, .make = (fn), \
	    .note = (says), .in = IN(call)}
#define ROW(from, to, as, call) \
	{.source = (from), .target = (to), .type = (as), .in = IN(call)}
#define WHEN(from, to, as, fn, says, call) \
	{.source = (from), .target = (to), .type = CAPI_##as, .when = (fn), \
	    .note = (says), .in = IN(call)}
#define IN_CART "with a merchant_id, beside no lone braid"
#define CART(of, to, call) \
	{.source = "", .target = "cartData." to, .type = CAPI_CONFIG, \
	    .key = (of), .when = has_cart, .note = IN_CART, .in = IN(call)}
#define WITHIN(from, to, of) \
	{.source = (from), .target = (to), .form = (of), .in = CAPI_NEVER, \
	    .note = "in the list of identifiers"}
#define WITHIN_OPTIONAL(from, to, of) \
	{.source = (from), .target = (to), .form = (of), \
	    .in = CAPI_NEVER | IN(ADJUST), .optional = true, .note = "in the address of enhancements"}

static const struct capi_field items[] = {
	{.source = "id", .target = "merchantProductId", .type = CAPI_STRING,
	    .required = true},
	{.source = "quantity", .target = "quantity", .type = CAPI_STRING,
	    .spell = spell_whole},
	CAPI_ROW("price", "unitPrice", CAPI_NUMBER),
	CAPI_END,
};

static const struct capi_field ads_items[] = {
	{.source = "id", .target = "productId", .type = CAPI_STRING,
	    .required = true},
	CAPI_SAME("quantity", CAPI_INTEGER),
	CAPI_ROW("price", "unitPrice", CAPI_NUMBER),
	CAPI_END,
};

static const struct capi_field fields[] = {
	/* Data Manager, Event. */
	MADE("", "transactionId", make_transaction, "order_id, else event_id", INGEST),
	MADE("event_time", "eventTimestamp", make_rfc3339, "RFC 3339", INGEST),
	MADE("", "eventSource", make_source, "WEB, APP, IN_STORE, PHONE, MESSAGE, else OTHER", INGEST),
	ROW("custom_data.value", "conversionValue", CAPI_NUMBER, INGEST),
	{.source = "custom_data.currency", .target = "currency",
	    .type = CAPI_STRING, .spell = capi_spell_upper,
	    .in = IN(INGEST)},
	MADE("consent.ad_user_data", "consent.adUserData", make_consent, "granted or denied",
	    INGEST),
	MADE("consent.ad_personalization", "consent.adPersonalization",
	    make_personal, "granted or denied", INGEST),
	ROW("user_data.gclid", "adIdentifiers.gclid", CAPI_STRING, INGEST),
	WHEN("user_data.gbraid", "adIdentifiers.gbraid", STRING, no_gclid, "unless gclid is there",
	    INGEST),
	WHEN("user_data.wbraid", "adIdentifiers.wbraid", STRING,
	    no_gclid, "unless gclid is there", INGEST),
	ROW("user_data.session_attributes",
	    "adIdentifiers.sessionAttributes", CAPI_STRING, INGEST),
	ROW("user_data.landing_user_agent",
	    "adIdentifiers.landingPageDeviceInfo.userAgent", CAPI_STRING,
	    INGEST),
	{.source = "user_data.landing_ip_address",
	    .target = "adIdentifiers.landingPageDeviceInfo.ipAddress",
	    .type = CAPI_MADE, .make = make_landing_ip, .in = IN(INGEST),
	    .note = "when the click came; as the one below"},
	ROW("user_data.client_user_agent", "eventDeviceInfo.userAgent",
	    CAPI_STRING, INGEST),
	{.source = "user_data.client_ip_address",
	    .target = "eventDeviceInfo.ipAddress", .type = CAPI_MADE,
	    .make = make_ip, .in = IN(INGEST),
	    .note = "never of people in the EEA, UK or CH, nor of a country "
		"unknown"},
	{.source = "", .target = "userData.userIdentifiers",
	    .type = CAPI_MADE, .make = make_identifiers, .in = IN(INGEST),
	    .note = "a list of one identifier each, ten at most"},
	WITHIN("user_data.email",
	    "userData.userIdentifiers[].emailAddress", "gmail"),
	WITHIN("user_data.phone",
	    "userData.userIdentifiers[].phoneNumber", "e164"),
	WITHIN("user_data.first_name",
	    "userData.userIdentifiers[].address.givenName", "given"),
	WITHIN("user_data.last_name",
	    "userData.userIdentifiers[].address.familyName", "family"),
	{.source = "user_data.country",
	    .target = "userData.userIdentifiers[].address.regionCode",
	    .type = CAPI_STRING, .in = CAPI_NEVER,
	    .note = "plain, upper case"},
	{.source = "user_data.postal_code",
	    .target = "userData.userIdentifiers[].address.postalCode",
	    .type = CAPI_STRING, .in = CAPI_NEVER, .note = "plain"},
	MADE("", "userProperties.customerType", make_customer_type, "NEW or RETURNING, by customer_segmentation", INGEST),
	{.source = "custom_data.customer_value_bucket",
	    .target = "userProperties.customerValueBucket",
	    .type = CAPI_STRING, .spell = capi_spell_upper, .in = IN(INGEST)},
	{.source = "custom_data.custom_variables",
	    .target = "customVariables", .type = CAPI_MADE,
	    .make = make_variables, .in = IN(INGEST),
	    .note = "an object: names as set up in the account"},
	CART(MERCHANT, "merchantId", INGEST),
	CART(FEED_LABEL, "merchantFeedLabel", INGEST),
	CART(FEED_LANGUAGE, "merchantFeedLanguageCode", INGEST),
	WHEN("custom_data.coupon", "cartData.couponCodes", STRINGS, has_cart, IN_CART,
	    INGEST),
	WHEN("custom_data.discount", "cartData.transactionDiscount", NUMBER,
	    has_cart, IN_CART, INGEST),
	{.source = "custom_data.items", .target = "cartData.items",
	    .type = CAPI_OBJECTS, .items = items, .when = has_cart,
	    .note = IN_CART, .in = IN(INGEST)},

	/* Google Ads, ClickConversion: allow-listed senders only. */
	MADE("", "conversionAction", make_action, "customer_id and conversion_action_id of the configuration", CLICKS),
	MADE("event_time", "conversionDateTime", make_ads_time, "with a blank and +00:00", CLICKS),
	MADE("", "orderId", make_transaction, "order_id, else event_id", CLICKS),
	ROW("custom_data.value", "conversionValue", CAPI_NUMBER, CLICKS),
	{.source = "custom_data.currency", .target = "currencyCode",
	    .type = CAPI_STRING, .spell = capi_spell_upper,
	    .in = IN(CLICKS)},
	ROW("user_data.gclid", "gclid", CAPI_STRING, CLICKS),
	WHEN("user_data.gbraid", "gbraid", STRING, no_gclid, "unless gclid is there", CLICKS),
	WHEN("user_data.wbraid", "wbraid", STRING, no_gclid, "unless gclid is there",
	    CLICKS),
	MADE("", "userIdentifiers", make_ads_identifiers, "a list of one identifier each, five at most", CLICKS),
	MADE("consent.ad_user_data", "consent.adUserData", make_consent, "granted or denied",
	    CLICKS),
	MADE("", "customerType", make_customer_type, "NEW or RETURNING, by customer_segmentation", CLICKS),
	{.source = "custom_data.custom_variables",
	    .target = "customVariables", .type = CAPI_MADE,
	    .make = make_variables, .in = IN(CLICKS),
	    .note = "an object: numbers as set up in the account"},
	CART(MERCHANT, "merchantId", CLICKS),
	CART(FEED_LABEL, "feedCountryCode", CLICKS),
	CART(FEED_LANGUAGE, "feedLanguageCode", CLICKS),
	WHEN("custom_data.discount", "cartData.localTransactionCost", NUMBER,
	    has_cart, IN_CART, CLICKS),
	{.source = "custom_data.items", .target = "cartData.items",
	    .type = CAPI_OBJECTS, .items = ads_items, .when = has_cart,
	    .note = IN_CART, .in = IN(CLICKS)},

	/* Google Ads, ConversionAdjustment. */
	MADE("", "adjustmentType", make_adjustment, "by source.status, or api = enhancement", ADJUST),
	MADE("", "conversionAction", make_action, "customer_id and conversion_action_id of the configuration", ADJUST),
	MADE("", "orderId", make_transaction, "order_id, else event_id", ADJUST),
	{.source = "", .target = "adjustmentDateTime", .type = CAPI_MADE,
	    .make = make_adjustment_time, .when = is_no_enhancement,
	    .note = "source.refunded_at, else soon after event_time; not of an enhancement",
	    .in = IN(ADJUST)},
	{.source = "custom_data.value",
	    .target = "restatementValue.adjustedValue", .type = CAPI_MADE,
	    .make = remaining, .when = is_restatement,
	    .note = "of a restatement: value without refunded_value",
	    .in = IN(ADJUST)},
	WHEN("custom_data.currency", "restatementValue.currencyCode", STRING,
	    is_restatement, "of a restatement", ADJUST),
	WHEN("user_data.gclid", "gclidDateTimePair.gclid", STRING,
	    is_enhancement, "of an enhancement", ADJUST),
	{.source = "event_time",
	    .target = "gclidDateTimePair.conversionDateTime",
	    .type = CAPI_MADE, .make = make_ads_time, .when = is_enhancement,
	    .note = "of an enhancement",
	    .in = IN(ADJUST)},
	MADE("", "userIdentifiers", make_ads_identifiers, "a list of one identifier each, five at most", ADJUST),
	WITHIN_OPTIONAL("user_data.street",
	    "userIdentifiers[].addressInfo.hashedStreetAddress", "lower"),
	{.source = "user_data.city",
	    .target = "userIdentifiers[].addressInfo.city",
	    .type = CAPI_STRING, .in = CAPI_NEVER | IN(ADJUST),
	    .note = "plain, lower case, no symbols"},
	{.source = "user_data.state",
	    .target = "userIdentifiers[].addressInfo.state",
	    .type = CAPI_STRING, .in = CAPI_NEVER | IN(ADJUST),
	    .note = "plain, lower case, no symbols"},
	WHEN("user_data.client_user_agent", "userAgent", STRING,
	    is_enhancement, "of an enhancement", ADJUST),
	CAPI_END,
};
/* clang-format on */

/* ---- what Google refuses --------------------------------------------- */

/* A conversion action stands for one thing that people do: without a list of
 * events in the configuration only purchases go there. */
static bool
other_event(const struct capi_build *b)
{
	return !b->events && capi_has(b->event, CAPI_EVENT_NAME) &&
	       !capi_name_is(b, "Purchase");
}

static bool
odd_variables(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_CUSTOM_VARIABLES];
	struct capi_buf ignored = CAPI_BUF_INIT(1 << 20);
	bool odd = v && v->type != CAPI_JSON_OBJECT;

	if (v && v->type == CAPI_JSON_OBJECT)
		for (v = v->child; v && !odd; v = v->next)
			odd = !add_variable(&ignored, b, v);
	capi_buf_release(&ignored);
	return odd;
}

static bool
too_old(const struct capi_build *b)
{
	int64_t age = b->now - b->time;

	if (b->call != ADJUST)
		return age > 90 * DAY;
	return age > (adjustment(b) == ENHANCEMENT ? DAY : 54 * DAY);
}

static bool
nobody(const struct capi_build *b)
{
	const struct capi_event *e = b->event;

	return !capi_has(e, CAPI_GCLID) && !capi_has(e, CAPI_GBRAID) &&
	       !capi_has(e, CAPI_WBRAID) &&
	       !(b->call == INGEST && capi_has(e, CAPI_SESSION_ATTRIBUTES)) &&
	       !capi_has(e, CAPI_HASHED_EMAIL_GMAIL) &&
	       !capi_has(e, CAPI_HASHED_PHONE_E164) &&
	       !(b->call == INGEST && has_address(b));
}

static bool
nobody_to_enhance(const struct capi_build *b)
{
	return adjustment(b) == ENHANCEMENT &&
	       !capi_has(b->event, CAPI_HASHED_EMAIL_GMAIL) &&
	       !capi_has(b->event, CAPI_HASHED_PHONE_E164) && !has_address(b);
}

static bool
has_gbraid(const struct capi_build *b)
{
	return capi_has(b->event, CAPI_GBRAID);
}

static bool
dubious_gclid(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_GCLID);
	bool upper = false;

	for (size_t i = 0; i < s.n; i++)
		upper |= s.p[i] >= 'A' && s.p[i] <= 'Z';
	return s.n && (!upper || s.n < 20);
}

static bool
personal_id(const struct capi_build *b)
{
	struct capi_str s = transaction(b);

	return s.n && memchr(s.p, '@', s.n);
}

static bool
placeholder_id(const struct capi_build *b)
{
	return capi_is_placeholder(transaction(b));
}

static bool
eea_unknown(const struct capi_build *b)
{
	return b->call != ADJUST && is_eea(b) &&
	       capi_consent_of(b->event, CAPI_CONSENT_AD_USER_DATA) ==
		   CAPI_CONSENT_UNKNOWN;
}

static bool
no_account(const struct capi_build *b)
{
	return b->call != INGEST &&
	       (!b->config[CUSTOMER] || !b->config[ACTION]);
}

static bool
nothing_to_restate(const struct capi_build *b)
{
	char text[64];
	struct capi_buf out = {text, 0, sizeof(text), sizeof(text), false};

	return adjustment(b) == RESTATEMENT &&
	       (!remaining(&out, b) || !capi_has(b->event, CAPI_CURRENCY));
}

static bool
click_after(const struct capi_build *b)
{
	int64_t clicked;

	return capi_event_int(b->event, CAPI_CLICK_TIME, &clicked) &&
	       clicked > b->time + 60;
}

static bool
bad_landing_ip(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_LANDING_IP);

	return capi_ip_judge(s.p, s.n) > CAPI_IP_DOCUMENTATION;
}

static bool
lost_cart(const struct capi_build *b)
{
	return b->call != ADJUST && only_braid(b) &&
	       capi_has(b->event, CAPI_ITEMS) && b->config[MERCHANT];
}

/* clang-format off */
static const struct capi_check checks[] = {
	CAPI_RULE("google.event", CAPI_LEAVE,
	    "a conversion action stands for one kind of event, and without a "
	    "list for Purchase",
	    "list the events in the configuration: events = Lead; a section "
	    "for each conversion action", other_event),
	CAPI_RULE("google.event_name", CAPI_REFUSE,
	    "event_name is missing", "say what happened", capi_check_name_none),
	CAPI_RULES_OF_TIME("google"),
	CAPI_RULE("google.age", CAPI_REFUSE,
	    "too old: click ids live 90 days (EVENT_TOO_OLD), adjustments are "
	    "taken for 54 days, enhancements for 24 hours",
	    "send sooner", too_old),
	CAPI_RULE("google.future", CAPI_REFUSE,
	    "event_time is in the future",
	    "look at the time zone of the export", capi_check_future),
	CAPI_RULE("google.event_id", CAPI_REFUSE,
	    "event_id is missing",
	    "let capi-normalize make it from the order", capi_check_id),
	CAPI_RULE("google.transaction_id", CAPI_REFUSE,
	    "the transaction id is a word that stands for nothing: all such "
	    "orders would be one",
	    "make it from the order's number", placeholder_id),
	CAPI_RULE("google.transaction_id_personal", CAPI_REFUSE,
	    "the transaction id holds an e-mail address "
	    "(ORDER_ID_CONTAINS_PII)",
	    "use the order's number", personal_id),
	CAPI_RULE("google.plain", CAPI_REFUSE,
	    "an identifier is in plain that Google takes hashed only "
	    "(INVALID_SHA256_FORMAT)",
	    "put capi-hash -p google before capi-build", capi_check_plain),
	CAPI_RULE("google.digest", CAPI_REFUSE,
	    "an identifier is no SHA-256 in 64 lower-case hex digits, or that "
	    "of nothing (INVALID_HEX_ENCODING)",
	    "let capi-hash make the digests", capi_check_digest),
	CAPI_RULE("google.form", CAPI_WARN,
	    "an identifier was hashed, but not in the form that Google "
	    "matches",
	    "name google in capi-hash -p", capi_check_form),
	CAPI_RULE("google.eea_consent", CAPI_LEAVE,
	    "without consent.ad_user_data Google uses no event of people in "
	    "the EEA, UK or CH (UNKNOWN_CONSENT)",
	    "pass the consent on", eea_unknown),
	CAPI_RULE("google.account", CAPI_REFUSE,
	    "the Google Ads API wants the conversion action in each "
	    "conversion: customer_id and conversion_action_id are missing",
	    "add them to the configuration", no_account),
	{.code = "google.custom_variables", .severity = CAPI_WARN,
	    .words = "a custom variable is left out: no value, people's data "
		"(CUSTOM_VARIABLE_VALUE_CONTAINS_PII), or with the Ads API no "
		"number for a name",
	    .cure = "an object of names, as set up in the account, and values",
	    .broken = odd_variables, .in = IN(INGEST) | IN(CLICKS)},
	CAPI_LEFT_OUT("google.braids", "user_data.wbraid",
	    "gbraid and wbraid together (GBRAID_WBRAID_BOTH_SET)",
	    "send the one of the click", has_gbraid),
	CAPI_LEFT_OUT("google.ip", "user_data.client_ip_address",
	    "the IP address is not one IPv4 or IPv6 address",
	    "give the shopper's address alone", capi_check_ip),
	CAPI_LEFT_OUT("google.landing_ip", "user_data.landing_ip_address",
	    "the landing page's IP address is not a public IPv4 or IPv6 "
	    "address",
	    "give the shopper's address alone", bad_landing_ip),
	CAPI_LEFT_OUT("google.ip_private", "user_data.client_ip_address",
	    "the IP address is of a private network, nobody's",
	    "look at how the shop learns it behind its proxy",
	    capi_check_ip_private),
	{.code = "google.session_attributes", .severity = CAPI_OMIT,
	    .words = "sessionAttributes is longer than 4000 characters",
	    .cure = "pass on what the page library made",
	    .member = "user_data.session_attributes", .longest = 4000},
	{.code = "google.identifiers", .severity = CAPI_REFUSE,
	    .words = "no click id and no hashed e-mail, phone or address "
		"(NO_IDENTIFIERS_PROVIDED)",
	    .cure = "keep gclid with the order, or add the e-mail",
	    .broken = nobody, .in = IN(INGEST) | IN(CLICKS)},
	{.code = "google.enhancement", .severity = CAPI_REFUSE,
	    .words = "an enhancement without hashed e-mail, phone or address",
	    .cure = "add one of them", .broken = nobody_to_enhance,
	    .in = IN(ADJUST)},
	{.code = "google.restatement", .severity = CAPI_REFUSE,
	    .words = "a restatement needs value, refunded_value (not above "
		"it) and currency",
	    .cure = "export what was refunded", .broken = nothing_to_restate,
	    .in = IN(ADJUST)},
	CAPI_RULE("google.value", CAPI_REFUSE,
	    "value is not a plain decimal number (INVALID_NUMBER_FORMAT)",
	    "no separators, no currency sign, a point for the decimals",
	    capi_check_value),
	CAPI_RULE("google.value_negative", CAPI_REFUSE,
	    "value is below zero",
	    "give source.status refunded instead", capi_check_value_negative),
	CAPI_RULE("google.currency", CAPI_REFUSE,
	    "currency is not a code of ISO 4217 that can be paid in "
	    "(INVALID_CURRENCY_CODE)",
	    "three capitals of the standard: EUR, USD", capi_check_currency),
	{.code = "google.value_alone", .severity = CAPI_REFUSE,
	    .words = "a value needs its currency", .cure = "add the currency",
	    .given = "custom_data.value", .needs = "custom_data.currency"},
	CAPI_RULE_OF_ITEMS("google"),
	CAPI_RULE("google.item_id", CAPI_WARN,
	    "an item without id is left out of cartData",
	    "give the id of the Merchant Center", capi_check_item_id),
	{.code = "google.customer_value_bucket", .severity = CAPI_OMIT,
	    .words = "customer_value_bucket is LOW, MEDIUM or HIGH",
	    .cure = "use one of them", .in = IN(INGEST),
	    .member = "custom_data.customer_value_bucket",
	    .one_of = "LOW MEDIUM HIGH Low Medium High low medium high"},
	CAPI_RULE("google.gclid", CAPI_WARN,
	    "gclid has no capitals or is shorter than 20 characters: "
	    "something lower-cased or cut it",
	    "keep it byte for byte", dubious_gclid),
	CAPI_RULE_OF_QUANTITIES("google"),
	{.code = "google.click_expired", .severity = CAPI_WARN,
	    .words = "the click is more than 90 days before the conversion: "
		"Google has forgotten it (EVENT_TOO_OLD)",
	    .cure = "leave old clicks out", .clicked = 90 * DAY,
	    .in = IN(INGEST) | IN(CLICKS), .given = "user_data.gclid"},
	{.code = "google.click_after", .severity = CAPI_WARN,
	    .words = "the click is after the conversion "
		"(CONVERSION_PRECEDES_CLICK)",
	    .cure = "look at the time zones of both", .broken = click_after,
	    .in = IN(INGEST) | IN(CLICKS), .given = "user_data.gclid"},
	CAPI_RULE("google.cart", CAPI_WARN,
	    "cart data is dropped beside gbraid or wbraid "
	    "(CART_DATA_NOT_SUPPORTED_WITH_GBRAID_OR_WBRAID)",
	    "nothing: it is left out", lost_cart),
	{.code = "google.window", .severity = CAPI_WARN,
	    .words = "more than 30 days ago, the usual click-through window",
	    .cure = "send sooner, or widen the action's window",
	    .older = 30 * DAY, .in = IN(INGEST) | IN(CLICKS)},
	CAPI_RULES_END,
};
/* clang-format on */

/* What is done to a transaction, before its number in an adjustment's key. */
static const char *const kinds[] = {
    [NONE] = "",
    [RETRACTION] = "RETRACTION/",
    [RESTATEMENT] = "RESTATEMENT/",
    [ENHANCEMENT] = "ENHANCEMENT/",
};

/* The transaction, and for adjustments what is done to it: a second partial
 * refund is another restatement. */
static void
key(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str id = transaction(b);

	capi_buf_adds(out, kinds[adjustment(b)]);
	capi_buf_add(out, id.p, id.n);
	if (adjustment(b) == RESTATEMENT) {
		capi_buf_addc(out, '/');
		remaining(out, b);
	}
}

/*
 * An adjustment that comes before its conversion finds none
 * (CONVERSION_NOT_FOUND) and is tried again for days. Once Google took the
 * conversion there is nothing to wait for: since 2024-09-09 an adjustment of
 * one that is not processed yet is pending there ("Changes to conversion
 * adjustments", 2024-08-12). An enhancement's conversion is the tag's.
 */
static bool
behind(struct capi_str key, const char *call, struct capi_str *first)
{
	enum adjustment a = RETRACTION;
	const char *amount;

	if (strcmp(call, calls[ADJUST].name))
		return false;
	while (
	    a < ENHANCEMENT && (key.n <= strlen(kinds[a]) ||
				   memcmp(key.p, kinds[a], strlen(kinds[a]))))
		a++;
	if (a == ENHANCEMENT)
		return false;
	first->p = key.p + strlen(kinds[a]);
	first->n = key.n - strlen(kinds[a]);
	if (a == RETRACTION)
		return true;
	amount = memrchr(first->p, '/', first->n);
	if (amount)
		first->n = (size_t)(amount - first->p);
	return amount && first->n;
}

const struct capi_platform capi_platform_google = {
    .name = "google",
    .title = "Google Data Manager and Google Ads APIs",
    .docs = "https://developers.google.com/data-manager/api",
    .read = "2026-11-20",
    .fields = fields,
    .checks = checks,
    .keys = keys,
    .calls = calls,
    .free_names = true,
    .refunds = true,
    .personal = true,
    .call = call,
    .more = more,
    .key = key,
    .behind = behind,
    .service = &capi_google_service,
};
