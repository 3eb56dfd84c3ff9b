/*
 * Meta Conversions API.
 * https://developers.facebook.com/docs/marketing-api/conversions-api, read
 * 2026-09-12, v25.0.
 */
#include "build/check.h"
#include "rule/clickid.h"
#include "build/consent.h"
#include "rule/ip.h"
#include "service.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

/* One bad event refuses its whole request ("Using the API"), and physical
 * stores have 62 days where others have 7: they do not share a body. */
enum { CALL_EVENTS, CALL_STORE };

static bool head(struct capi_buf *out, const struct capi_dest *d,
    const struct capi_call *c, const char *test_code, const char **missing);

static const struct capi_call calls[] = {
    {.max_events = 1000, .max_bytes = 900000, .head = head},
    {.name = "physical_store",
	.max_events = 1000,
	.max_bytes = 900000,
	.max_age = 62 * DAY,
	.head = head},
    {.max_events = 0},
};

/* "Main Body Parameters", "Best Practices": whose software sends it. */
static bool
head(struct capi_buf *out, const struct capi_dest *d, const struct capi_call *c,
    const char *test_code, const char **missing)
{
	const char *agent = capi_dest_get(d, "partner_agent");

	(void)c;
	(void)missing;
	capi_buf_addc(out, '{');
	if (test_code) {
		capi_json_key(out, "test_event_code");
		capi_json_cstring(out, test_code);
	}
	if (agent) {
		capi_json_key(out, "partner_agent");
		capi_json_cstring(out, agent);
	}
	capi_json_key(out, "data");
	capi_buf_addc(out, '[');
	return true;
}

static unsigned
call(const struct capi_build *b)
{
	return capi_is(b->event, CAPI_ACTION_SOURCE, "physical_store")
		   ? CALL_STORE
		   : CALL_EVENTS;
}

/* Pixel reference, standard events. */
static const struct capi_name names[] = {
    CAPI_SAME_NAME("AddPaymentInfo"),
    CAPI_SAME_NAME("AddToCart"),
    CAPI_SAME_NAME("AddToWishlist"),
    CAPI_SAME_NAME("CompleteRegistration"),
    CAPI_SAME_NAME("Contact"),
    CAPI_SAME_NAME("CustomizeProduct"),
    CAPI_SAME_NAME("Donate"),
    CAPI_SAME_NAME("FindLocation"),
    CAPI_SAME_NAME("InitiateCheckout"),
    CAPI_SAME_NAME("Lead"),
    CAPI_SAME_NAME("Other"), /* "Sending Offline Events" */
    CAPI_SAME_NAME("PageView"),
    CAPI_SAME_NAME("Purchase"),
    CAPI_SAME_NAME("Schedule"),
    CAPI_SAME_NAME("Search"),
    CAPI_SAME_NAME("StartTrial"),
    CAPI_SAME_NAME("SubmitApplication"),
    CAPI_SAME_NAME("Subscribe"),
    CAPI_SAME_NAME("ViewContent"),
    CAPI_NAMES_END,
};

static const char segments[] =
    "new_customer_to_business new_customer_to_business_line "
    "new_customer_to_product_area new_customer_to_medium "
    "existing_customer_to_business existing_customer_to_business_line "
    "existing_customer_to_product_area existing_customer_to_medium "
    "customer_in_loyalty_program";

static bool
from(const struct capi_build *b, const char *action_source)
{
	return capi_is(b->event, CAPI_ACTION_SOURCE, action_source);
}

/* ---- members that a table can not say -------------------------------- */

/*
 * Limited Data Use: country 1 and a state, or 0 and 0 and Meta looks where the
 * address is ("Data Processing Options for US Users", 1000 CA to 1013 RI; the
 * parameter page still lists 1000 only).
 */
static int
ldu_state(const struct capi_build *b)
{
	struct capi_str country =
	    capi_event_str(b->event, CAPI_LIMITED_COUNTRY);

	if (country.n && !capi_str_is_nocase(country, "US") &&
	    !capi_str_is(country, "1"))
		return 0;
	return capi_consent_us_state(
	    capi_event_str(b->event, CAPI_LIMITED_STATE));
}

static bool
make_ldu_country(struct capi_buf *out, const struct capi_build *b)
{
	capi_buf_addc(out, ldu_state(b) ? '1' : '0');
	return true;
}

static bool
make_ldu_state(struct capi_buf *out, const struct capi_build *b)
{
	capi_buf_add_int(out, ldu_state(b));
	return true;
}

/* The parameter page lists it among the event's members, its example has it in
 * custom_data, where an unknown key does no harm: so it goes there. */
static bool
make_segment(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str s =
	    capi_event_str(b->event, CAPI_CUSTOMER_SEGMENTATION);

	if (!s.n)
		s = capi_event_str(b->event, CAPI_CUSTOM_SEGMENTATION);
	if (!capi_text_among(segments, s))
		return false;
	capi_json_string(out, s.p, s.n);
	return true;
}

/* clang-format off */
/* "Standard Parameters", contents; `title` and those after it are the SDKs'. */
static const struct capi_field contents[] = {
	{.source = "id", .target = "id", .type = CAPI_STRING,
	    .required = true},
	CAPI_SAME("quantity", CAPI_INTEGER),
	CAPI_ROW("price", "item_price", CAPI_NUMBER),
	CAPI_ROW("name", "title", CAPI_STRING),
	CAPI_SAME("description", CAPI_STRING),
	CAPI_SAME("brand", CAPI_STRING),
	CAPI_SAME("category", CAPI_STRING),
	CAPI_SAME("delivery_category", CAPI_STRING),
	CAPI_END,
};

static const struct capi_field fields[] = {
	/* "Server Event Parameters". */
	{.source = "event_name", .target = "event_name", .type = CAPI_MADE,
	    .make = capi_make_name},
	CAPI_SAME("event_time", CAPI_INTEGER),
	CAPI_SAME("event_id", CAPI_STRING),
	CAPI_SAME("action_source", CAPI_STRING),
	CAPI_SAME("event_source_url", CAPI_STRING),
	CAPI_SAME("referrer_url", CAPI_STRING),
	{.source = "", .target = "opt_out", .type = CAPI_FIXED,
	    .value = "true", .when = capi_when_opted_out,
	    .note = "when opt_out is, or ad_personalization is denied"},
	CAPI_SAME("messaging_channel", CAPI_STRING),
	CAPI_SAME("advanced_measurement_table", CAPI_STRING),
	{.source = "consent.limited_data_use",
	    .target = "data_processing_options", .type = CAPI_FIXED,
	    .value = "[\"LDU\"]"},
	{.source = "consent.limited_data_use",
	    .target = "data_processing_options_country", .type = CAPI_MADE,
	    .make = make_ldu_country, .note = "1 with a state, else 0"},
	{.source = "consent.limited_data_use",
	    .target = "data_processing_options_state", .type = CAPI_MADE,
	    .make = make_ldu_state, .note = "1000 CA to 1013 RI, else 0"},

	/* "Customer Information Parameters" (page of 2026-01-09). */
	CAPI_ID("user_data.email", "user_data.em", "lower"),
	CAPI_ID("user_data.phone", "user_data.ph", "digits"),
	CAPI_ID("user_data.first_name", "user_data.fn", "compact"),
	CAPI_ID("user_data.last_name", "user_data.ln", "compact"),
	CAPI_ID("user_data.gender", "user_data.ge", "letter"),
	CAPI_ID("user_data.date_of_birth", "user_data.db", "digits"),
	CAPI_ID("user_data.city", "user_data.ct", "compact"),
	CAPI_ID("user_data.state", "user_data.st", "region"),
	CAPI_ID("user_data.postal_code", "user_data.zp", "compact"),
	CAPI_ID("user_data.country", "user_data.country", "lower"),
	CAPI_ID("user_data.external_id", "user_data.external_id", "compact"),
	CAPI_SAME("user_data.client_ip_address", CAPI_STRING),
	CAPI_SAME("user_data.client_user_agent", CAPI_STRING),
	CAPI_SAME("user_data.fbc", CAPI_STRING),
	CAPI_SAME("user_data.fbp", CAPI_STRING),
	CAPI_SAME("user_data.subscription_id", CAPI_STRING),
	CAPI_SAME("user_data.fb_login_id", CAPI_INTEGER),
	/* Conversion Leads, "Payload Specification": 15 to 17 digits, more
	 * than a float keeps. */
	CAPI_SAME("user_data.lead_id", CAPI_INTEGER),
	CAPI_SAME("user_data.anon_id", CAPI_STRING),
	{.source = "user_data.madid", .target = "user_data.madid",
	    .type = CAPI_STRING, .spell = capi_spell_lower,
	    .note = "lower case, never hashed"},
	CAPI_SAME("user_data.page_id", CAPI_STRING),
	CAPI_SAME("user_data.page_scoped_user_id", CAPI_STRING),
	CAPI_SAME("user_data.ctwa_clid", CAPI_STRING),
	CAPI_SAME("user_data.whatsapp_business_account_id", CAPI_STRING),
	CAPI_SAME("user_data.instagram_business_account_id", CAPI_STRING),
	CAPI_SAME("user_data.ig_sid", CAPI_STRING),

	/* "Standard Parameters"; the last row takes what has none: custom
	 * properties pass. */
	CAPI_SAME("custom_data.value", CAPI_NUMBER),
	{.source = "custom_data.currency", .target = "custom_data.currency",
	    .type = CAPI_STRING, .spell = capi_spell_upper},
	CAPI_SAME("custom_data.order_id", CAPI_STRING),
	CAPI_SAME("custom_data.item_number", CAPI_STRING),
	{.source = "custom_data.items", .target = "custom_data.contents",
	    .type = CAPI_OBJECTS, .items = contents},
	CAPI_SAME("custom_data.content_ids", CAPI_STRINGS),
	CAPI_SAME("custom_data.content_type", CAPI_STRING),
	CAPI_SAME("custom_data.content_name", CAPI_STRING),
	CAPI_SAME("custom_data.content_category", CAPI_STRING),
	CAPI_SAME("custom_data.num_items", CAPI_INTEGER),
	CAPI_SAME("custom_data.predicted_ltv", CAPI_NUMBER),
	CAPI_SAME("custom_data.net_revenue", CAPI_NUMBER),
	CAPI_SAME("custom_data.search_string", CAPI_STRING),
	CAPI_SAME("custom_data.status", CAPI_STRING),
	CAPI_SAME("custom_data.delivery_category", CAPI_STRING),
	/* "Sending Offline Events Using the Conversions API". */
	CAPI_SAME("custom_data.store_data.store_page_id", CAPI_INTEGER),
	CAPI_SAME("custom_data.store_data.brand_page_id", CAPI_INTEGER),
	CAPI_SAME("custom_data.store_data.store_code", CAPI_STRING),
	/* Conversion Leads, "Payload Specification". */
	CAPI_SAME("custom_data.event_source", CAPI_STRING),
	CAPI_SAME("custom_data.lead_event_source", CAPI_STRING),
	{.source = "custom_data.customer_segmentation",
	    .target = "custom_data.customer_segmentation", .type = CAPI_MADE,
	    .make = make_segment, .in = CAPI_NEVER,
	    .note = "or the member of the event of that name"},
	{.source = "", .target = "custom_data.customer_segmentation",
	    .type = CAPI_MADE, .make = make_segment,
	    .note = "customer_segmentation of the event or of custom_data"},
	{.source = "custom_data", .target = "custom_data.*",
	    .type = CAPI_REST, .note = "custom properties, none personal"},

	/* "Original Event Data Parameters"; "App Data Parameters"
	 * (2024-10-02); the SDKs' attribution_data. */
	CAPI_SAME("original_event_data.event_name", CAPI_STRING),
	CAPI_SAME("original_event_data.event_time", CAPI_INTEGER),
	CAPI_SAME("original_event_data.order_id", CAPI_STRING),
	CAPI_SAME("original_event_data.event_id", CAPI_STRING),
	CAPI_SAME("app_data.advertiser_tracking_enabled", CAPI_INTEGER),
	CAPI_SAME("app_data.application_tracking_enabled", CAPI_INTEGER),
	CAPI_SAME("app_data.extinfo", CAPI_AS_IS),
	CAPI_SAME("app_data.campaign_ids", CAPI_STRING),
	CAPI_SAME("app_data.install_referrer", CAPI_STRING),
	CAPI_SAME("app_data.installer_package", CAPI_STRING),
	CAPI_SAME("app_data.url_schemes", CAPI_STRINGS),
	CAPI_SAME("app_data.vendor_id", CAPI_STRING),
	CAPI_SAME("app_data.windows_attribution_id", CAPI_STRING),
	CAPI_SAME("app_data.consider_views", CAPI_FLAG),
	CAPI_SAME("app_data.include_dwell_data", CAPI_FLAG),
	CAPI_SAME("app_data.include_video_data", CAPI_FLAG),
	CAPI_SAME("app_data.receipt_data", CAPI_STRING),
	CAPI_SAME("attribution_data.scope", CAPI_STRING),
	CAPI_SAME("attribution_data.visit_time", CAPI_INTEGER),
	CAPI_SAME("attribution_data.ad_id", CAPI_STRING),
	CAPI_SAME("attribution_data.adset_id", CAPI_STRING),
	CAPI_SAME("attribution_data.campaign_id", CAPI_STRING),
	CAPI_SAME("attribution_data.attribution_share", CAPI_NUMBER),
	CAPI_SAME("attribution_data.attribution_model", CAPI_STRING),
	CAPI_SAME("attribution_data.attr_window", CAPI_INTEGER),
	CAPI_SAME("attribution_data.attribution_value", CAPI_NUMBER),
	CAPI_SAME("attribution_data.attribution_source", CAPI_STRING),
	CAPI_SAME("attribution_data.touchpoint_type", CAPI_STRING),
	CAPI_SAME("attribution_data.touchpoint_ts", CAPI_INTEGER),
	CAPI_SAME("attribution_data.attribution_method", CAPI_STRING),
	CAPI_SAME("attribution_data.decline_reason", CAPI_STRING),
	CAPI_SAME("attribution_data.auditing_token", CAPI_STRING),
	CAPI_SAME("attribution_data.linkage_key", CAPI_STRING),
	CAPI_SAME("attribution_data.touchpoint_id", CAPI_STRING),
	CAPI_SAME("attribution_data.attribution_setting", CAPI_AS_IS),
	CAPI_SAME("attribution_data.total_credit", CAPI_NUMBER),
	CAPI_SAME("attribution_data.partner_client_id", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

/* ---- what Meta refuses ----------------------------------------------- */

static bool
all_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!capi_is_digit(p[i]))
			return false;
	return n > 0;
}

static bool
bad_fbc(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_FBC);

	return !capi_fbc_is(s.p, s.n);
}

static bool
bad_fbp(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_FBP);

	return !capi_fbp_is(s.p, s.n);
}

/* Unix seconds of the click in fbc, of whose form bad_fbc has made sure, and
 * the fbclid in it; -1: no fbc. */
static int64_t
clicked(const struct capi_build *b, struct capi_str *fbclid)
{
	struct capi_str s = capi_event_str(b->event, CAPI_FBC);
	const char *at, *end = s.p + s.n, *dot;
	int64_t seconds = 0;

	if (s.n < 18)
		return -1;
	at = memchr(s.p + 3, '.', s.n - 3);
	if (!at || end - at < 15)
		return -1;
	for (size_t i = 1; i <= 10; i++)
		seconds = seconds * 10 + (at[i] - '0');
	fbclid->p = at + 15;
	dot = memchr(fbclid->p, '.', (size_t)(end - fbclid->p));
	fbclid->n = (size_t)((dot ? dot : end) - fbclid->p);
	return seconds;
}

static bool
fbc_after_event(const struct capi_build *b)
{
	struct capi_str id;
	int64_t at = clicked(b, &id);

	return at >= 0 && b->time && at > b->time + 60;
}

static bool
fbc_expired(const struct capi_build *b)
{
	struct capi_str id;
	int64_t at = clicked(b, &id);

	return at >= 0 && b->time && b->time - at > 90 * DAY;
}

static bool
fbc_modified(const struct capi_build *b)
{
	struct capi_str id;
	bool upper = false, lower = false;

	if (clicked(b, &id) < 0)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		upper |= (unsigned char)(id.p[i] - 'A') < 26;
		lower |= (unsigned char)(id.p[i] - 'a') < 26;
	}
	return id.n > 20 && lower && !upper;
}

/* The parameter builder puts a dot and eight characters of its own behind the
 * address, and Meta takes them so ("Parameter Builder Library"). */
static enum capi_ip_verdict
address(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_IP);

	if (s.n > 15 && s.p[s.n - 9] == '.')
		s.n -= 9;
	return capi_ip_judge(s.p, s.n);
}

static bool
bad_ip(const struct capi_build *b)
{
	enum capi_ip_verdict v = address(b);

	return v == CAPI_IP_EMPTY || v == CAPI_IP_BAD || v == CAPI_IP_CUT;
}

static bool
private_ip(const struct capi_build *b)
{
	return address(b) > CAPI_IP_DOCUMENTATION;
}

static bool
bad_madid(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_MADID);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0' && s.p[i] != '-')
			return capi_is_sha256(s);
	return s.n > 0;
}

static bool
bad_lead_id(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_LEAD_ID);

	return s.n < 15 || s.n > 17 || !all_digits(s.p, s.n) || *s.p == '0';
}

static bool
bad_fb_login_id(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_FB_LOGIN_ID);

	return !all_digits(s.p, s.n) || (s.n > 1 && *s.p == '0');
}

/* Since v13 an event is invalid when all its keys are in one of these sets
 * ("Best Practices - Conversions API"). */
enum {
	PLACE = 1, /* ct, st, zp, country */
	GENDER = 2,
	AGENT = 4,
	BIRTH = 8,
	FIRST = 16,
	LAST = 32,
	STRONG = 64,
};

static bool
too_thin(const struct capi_build *b)
{
	static const struct {
		uint16_t member;
		uint16_t bit;
	} keys[] = {
	    {CAPI_HASHED_EMAIL_LOWER, STRONG},
	    {CAPI_HASHED_PHONE_DIGITS, STRONG},
	    {CAPI_HASHED_EXTERNAL_ID_COMPACT, STRONG},
	    {CAPI_IP, STRONG},
	    {CAPI_FBC, STRONG},
	    {CAPI_FBP, STRONG},
	    {CAPI_LEAD_ID, STRONG},
	    {CAPI_SUBSCRIPTION_ID, STRONG},
	    {CAPI_FB_LOGIN_ID, STRONG},
	    {CAPI_ANON_ID, STRONG},
	    {CAPI_MADID, STRONG},
	    {CAPI_PAGE_ID, STRONG},
	    {CAPI_PAGE_SCOPED_USER_ID, STRONG},
	    {CAPI_CTWA_CLID, STRONG},
	    {CAPI_WABA_ID, STRONG},
	    {CAPI_IG_ACCOUNT_ID, STRONG},
	    {CAPI_IG_SID, STRONG},
	    {CAPI_HASHED_CITY_COMPACT, PLACE},
	    {CAPI_HASHED_STATE_REGION, PLACE},
	    {CAPI_HASHED_POSTAL_CODE_COMPACT, PLACE},
	    {CAPI_HASHED_COUNTRY_LOWER, PLACE},
	    {CAPI_HASHED_GENDER_LETTER, GENDER},
	    {CAPI_USER_AGENT, AGENT},
	    {CAPI_HASHED_DATE_OF_BIRTH_DIGITS, BIRTH},
	    {CAPI_HASHED_FIRST_NAME_COMPACT, FIRST},
	    {CAPI_HASHED_LAST_NAME_COMPACT, LAST},
	};
	static const unsigned invalid[] = {PLACE | GENDER | AGENT,
	    BIRTH | AGENT, FIRST | GENDER, LAST | GENDER};
	unsigned has = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (capi_has(b->event, keys[i].member))
			has |= keys[i].bit;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		if (!(has & ~invalid[i]))
			return true;
	return false;
}

static bool
bad_url(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_EVENT_SOURCE_URL);

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ')
			return true;
	return !(s.n > 7 && !memcmp(s.p, "http://", 7)) &&
	       !(s.n > 8 && !memcmp(s.p, "https://", 8));
}

/* Exactly 16 strings; the first says the system, the fifth its version. */
static bool
bad_extinfo(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_EXTINFO];
	const struct capi_json *app = b->event->at[CAPI_APP_DATA];
	unsigned i = 0;

	if (!app)
		return false;
	if (!v || v->type != CAPI_JSON_ARRAY || v->count != 16 ||
	    !capi_json_get(app, "advertiser_tracking_enabled") ||
	    !capi_json_get(app, "application_tracking_enabled"))
		return true;
	for (v = v->child; v; v = v->next, i++)
		if (v->type != CAPI_JSON_STRING ||
		    (i == 0 && !capi_json_is(v, "a2") &&
			!capi_json_is(v, "i2")) ||
		    (i == 4 && !v->len))
			return true;
	return false;
}

/* Graph reference, mmp_auditing: ^[0-9a-zA-Z_][0-9a-zA-Z _-]{0,39}$ */
static bool
bad_app_name(const struct capi_build *b)
{
	if (!from(b, "app"))
		return false;
	for (size_t i = 0; i < b->name.n; i++) {
		char c = b->name.p[i];

		if (!capi_is_alnum(c) && c != '_' &&
		    (!i || (c != ' ' && c != '-')))
			return true;
	}
	return b->name.n > 40;
}

static bool
bad_channel(const struct capi_build *b)
{
	const struct capi_event *e = b->event;

	if (!from(b, "business_messaging"))
		return false;
	if (capi_is(e, CAPI_MESSAGING_CHANNEL, "whatsapp"))
		return !capi_has(e, CAPI_CTWA_CLID) ||
		       !capi_has(e, CAPI_WABA_ID);
	if (capi_is(e, CAPI_MESSAGING_CHANNEL, "messenger"))
		return !capi_has(e, CAPI_PAGE_ID) ||
		       !capi_has(e, CAPI_PAGE_SCOPED_USER_ID);
	if (capi_is(e, CAPI_MESSAGING_CHANNEL, "instagram"))
		return !capi_has(e, CAPI_IG_ACCOUNT_ID) ||
		       !capi_has(e, CAPI_IG_SID);
	return true;
}

static bool
incomplete_crm(const struct capi_build *b)
{
	const struct capi_event *e = b->event;
	bool source = capi_has(e, CAPI_CRM_SOURCE);
	bool name = capi_has(e, CAPI_CRM_NAME);

	if (!source && !name &&
	    !(from(b, "system_generated") && capi_has(e, CAPI_LEAD_ID)))
		return false;
	return !capi_is(e, CAPI_CRM_SOURCE, "crm") || !name;
}

static bool
ldu_without_place(const struct capi_build *b)
{
	return capi_has(b->event, CAPI_LIMITED_DATA_USE) && !ldu_state(b) &&
	       !capi_has(b->event, CAPI_IP);
}

static bool
negative_ltv(const struct capi_build *b)
{
	return capi_has(b->event, CAPI_PREDICTED_LTV) &&
	       capi_decimal_sign(capi_event_str(b->event, CAPI_PREDICTED_LTV)) <
		   0;
}

static bool
bad_segment(const struct capi_build *b)
{
	struct capi_str s =
	    capi_event_str(b->event, CAPI_CUSTOMER_SEGMENTATION);

	if (!s.n)
		s = capi_event_str(b->event, CAPI_CUSTOM_SEGMENTATION);
	return s.n && !capi_text_among(segments, s);
}

static bool
anon_id_elsewhere(const struct capi_build *b)
{
	return !from(b, "app");
}

/* clang-format off */
static const struct capi_check checks[] = {
	CAPI_RULE("meta.event_name", CAPI_REFUSE,
	    "event_name is missing, or is not a name that may be sent",
	    "give the event a name of Meta's list, or let custom names pass "
	    "with --unknown-events pass", capi_check_name_unknown),
	CAPI_RULES_OF_TIME("meta"),
	CAPI_RULE("meta.age", CAPI_REFUSE,
	    "event_time is more than 7 days ago (physical_store: 62): Meta "
	    "refuses the whole request (2804003)",
	    "send sooner; older orders can not be sent any more",
	    capi_check_age),
	CAPI_RULE("meta.future", CAPI_REFUSE,
	    "event_time is in the future",
	    "look at the time zone of the export", capi_check_future),
	CAPI_RULE("meta.event_id", CAPI_REFUSE,
	    "event_id is missing: without it nothing keeps a repeated event "
	    "from counting twice",
	    "let capi-normalize make it from the order, as the browser does",
	    capi_check_id),
	CAPI_RULE_OF_PLACEHOLDERS("meta"),
	{.code = "meta.action_source", .severity = CAPI_REFUSE,
	    .words = "action_source is required: website, app, physical_store, "
		"system_generated, business_messaging, email, phone_call, chat "
		"or other",
	    .cure = "say where the conversion happened",
	    .needs = "action_source", .member = "action_source",
	    .one_of = "website app physical_store system_generated "
		"business_messaging email phone_call chat other"},
	CAPI_RULE("meta.plain", CAPI_REFUSE,
	    "user_data holds an identifier in plain that Meta takes hashed "
	    "only (2804016)",
	    "put capi-hash -p meta before capi-build", capi_check_plain),
	CAPI_RULE("meta.digest", CAPI_REFUSE,
	    "an identifier is no SHA-256 in 64 lower-case hex digits, or that "
	    "of nothing; one such event refuses its whole request (2804016)",
	    "let capi-hash make the digests", capi_check_digest),
	CAPI_RULE("meta.form", CAPI_WARN,
	    "an identifier was hashed, but not in the form that Meta matches",
	    "name meta in capi-hash -p", capi_check_form),
	CAPI_LEFT_OUT("meta.fbc", "user_data.fbc",
	    "fbc is not fb.N.milliseconds.fbclid: Meta refuses the whole "
	    "request (2804001)",
	    "give fbclid and its time to capi-normalize, which builds fbc",
	    bad_fbc),
	CAPI_LEFT_OUT("meta.fbc_future", "user_data.fbc",
	    "fbc says that the click came after the event",
	    "put the time of the click into fbc, in milliseconds",
	    fbc_after_event),
	CAPI_RULE("meta.fbc_expired", CAPI_WARN,
	    "the click in fbc is older than the 90 days of its cookie",
	    "do not stamp old clicks anew; leave fbc out", fbc_expired),
	CAPI_RULE("meta.fbc_modified", CAPI_WARN,
	    "the fbclid in fbc has lost its capitals: Events Manager reports "
	    "a modified fbclid",
	    "pass fbclid on byte for byte", fbc_modified),
	CAPI_LEFT_OUT("meta.fbp", "user_data.fbp",
	    "fbp is not fb.N.milliseconds.number: Events Manager reports an "
	    "invalid fbp",
	    "send the cookie _fbp as it is, and never make one up", bad_fbp),
	CAPI_LEFT_OUT("meta.ip", "user_data.client_ip_address",
	    "client_ip_address is not one IPv4 or IPv6 address",
	    "give the shopper's address alone", bad_ip),
	CAPI_LEFT_OUT("meta.ip_private", "user_data.client_ip_address",
	    "client_ip_address is of a private network, nobody's",
	    "look at how the shop learns it behind its proxy", private_ip),
	CAPI_LEFT_OUT("meta.madid", "user_data.madid",
	    "madid is all zeros or a digest; Meta takes the id as it is",
	    "leave it out when tracking was declined", bad_madid),
	CAPI_LEFT_OUT("meta.lead_id", "user_data.lead_id",
	    "lead_id is not a number of 15 to 17 digits: Meta refuses the "
	    "event",
	    "keep it as text in spreadsheets, which turn it into 1.2E+16",
	    bad_lead_id),
	CAPI_LEFT_OUT("meta.fb_login_id", "user_data.fb_login_id",
	    "fb_login_id is not a whole number",
	    "send the app-scoped id", bad_fb_login_id),
	CAPI_LEFT_OUT("meta.anon_id", "user_data.anon_id",
	    "anon_id belongs to app events only",
	    "leave it out elsewhere", anon_id_elsewhere),
	CAPI_LEFT_OUT("meta.url", "event_source_url",
	    "event_source_url is not an http or https address",
	    "give the whole address of the page", bad_url),
	CAPI_RULE_OF_URLS("meta"),
	CAPI_RULE_OF_REFERRERS("meta"),
	CAPI_RULE("meta.identifiers", CAPI_REFUSE,
	    "user_data has too little to find anybody: Meta refuses the "
	    "event (2804050)",
	    "add an e-mail, a phone number, an external_id or an IP address",
	    too_thin),
	{.code = "meta.website_url", .severity = CAPI_REFUSE,
	    .words = "a website event needs event_source_url",
	    .cure = "take it from the shop, or say another action_source",
	    .from = "website", .needs = "event_source_url"},
	{.code = "meta.website_user_agent", .severity = CAPI_REFUSE,
	    .words = "a website event needs client_user_agent",
	    .cure = "keep it with the order, or say another action_source",
	    .from = "website", .needs = "user_data.client_user_agent"},
	{.code = "meta.app_data", .severity = CAPI_REFUSE,
	    .words = "an app event needs app_data",
	    .cure = "take it from the app's SDK",
	    .from = "app", .needs = "app_data"},
	CAPI_RULE("meta.extinfo", CAPI_REFUSE,
	    "app_data needs both tracking flags and extinfo of 16 strings, "
	    "the first a2 or i2, the fifth the system's version",
	    "fill what is not known with \"\"", bad_extinfo),
	CAPI_RULE("meta.app_event_name", CAPI_REFUSE,
	    "the name of an app event has up to 40 letters, digits, _, "
	    "blanks and -",
	    "rename the event", bad_app_name),
	/* "Conversions API for Business Messaging: Onboarding Guide". */
	{.code = "meta.messaging_event", .severity = CAPI_REFUSE,
	    .words = "not an event of business messaging (2804066)",
	    .cure = "use Purchase, LeadSubmitted or another of its list",
	    .from = "business_messaging", .member = "event_name",
	    .one_of = "Purchase LeadSubmitted InitiateCheckout AddToCart "
		"ViewContent OrderCreated OrderShipped OrderDelivered "
		"OrderCanceled OrderReturned CartAbandoned QualifiedLead "
		"RatingProvided ReviewProvided"},
	CAPI_RULE("meta.messaging_channel", CAPI_REFUSE,
	    "business_messaging needs messaging_channel and its ids: whatsapp "
	    "ctwa_clid and whatsapp_business_account_id, messenger page_id "
	    "and page_scoped_user_id, instagram "
	    "instagram_business_account_id and ig_sid",
	    "add them", bad_channel),
	CAPI_RULE("meta.crm", CAPI_REFUSE,
	    "a CRM lead needs custom_data.event_source \"crm\" and "
	    "lead_event_source, the CRM's name",
	    "add both", incomplete_crm),
	CAPI_RULE("meta.ldu", CAPI_REFUSE,
	    "Limited Data Use needs a US state, or client_ip_address for "
	    "Meta to find it",
	    "add the state", ldu_without_place),
	CAPI_RULE_OF_VALUES("meta"),
	CAPI_RULE("meta.value_negative", CAPI_REFUSE,
	    "value is below zero",
	    "Meta has no refunds: leave them out", capi_check_value_negative),
	CAPI_RULE("meta.predicted_ltv", CAPI_REFUSE,
	    "predicted_ltv is below zero", "leave it out", negative_ltv),
	CAPI_RULE_OF_CURRENCIES("meta"),
	{.code = "meta.purchase_value", .severity = CAPI_REFUSE,
	    .words = "a Purchase needs value and currency (2804009)",
	    .cure = "add them",
	    .event = "Purchase", .needs = "custom_data.value+custom_data.currency"},
	CAPI_RULE_OF_ITEMS("meta"),
	CAPI_RULE("meta.item_id", CAPI_WARN,
	    "an item without id: contents requires it, so it is left out",
	    "give the SKU of the catalogue", capi_check_item_id),
	{.code = "meta.value_alone", .severity = CAPI_WARN,
	    .words = "value without currency", .cure = "add the currency",
	    .given = "custom_data.value", .needs = "custom_data.currency"},
	{.code = "meta.currency_alone", .severity = CAPI_WARN,
	    .words = "currency without value", .cure = "add the value",
	    .given = "custom_data.currency", .needs = "custom_data.value"},
	CAPI_ONE_OF("meta.content_type", "custom_data.content_type",
	    "content_type is product or product_group",
	    "use one of them", "product product_group"),
	CAPI_ONE_OF("meta.delivery_category", "custom_data.delivery_category",
	    "delivery_category is in_store, curbside or home_delivery",
	    "use one of them", "in_store curbside home_delivery"),
	{.code = "meta.store_code", .severity = CAPI_OMIT,
	    .words = "store_code is longer than 64 characters",
	    .cure = "use the code of the store's page",
	    .member = "custom_data.store_data.store_code", .longest = 64},
	CAPI_ONE_OF("meta.attribution_model",
	    "attribution_data.attribution_model",
	    "attribution_model is none of the SDK's words",
	    "last_click, linear, time_decay ...",
	    "customized_multi_touch first_touch last_click last_touch linear "
	    "position_based time_decay unknown"),
	CAPI_ONE_OF("meta.attribution_method",
	    "attribution_data.attribution_method",
	    "attribution_method is none of the SDK's words",
	    "ard, deeplink, gpir, invalid_response, mir or srn",
	    "ard deeplink gpir invalid_response mir srn"),
	CAPI_ONE_OF("meta.decline_reason", "attribution_data.decline_reason",
	    "decline_reason is none of the SDK's words",
	    "attribute_to_other_source, out_of_lookback_window ...",
	    "attribute_to_other_source out_of_lookback_window "
	    "view_through_disabled within_inactive_window inactive "
	    "fraud_detected unknown reinstall_attribution_disabled lookback "
	    "not_pmod_match validation_rule_detected preload_install "
	    "min_time_between_re_engagements duplicated pmod_disabled"),
	CAPI_RULE("meta.customer_segmentation", CAPI_WARN,
	    "customer_segmentation is none of Meta's words and is left out",
	    "new_customer_to_business, existing_customer_to_business ...",
	    bad_segment),
	{.code = "meta.order_id", .severity = CAPI_WARN,
	    .words = "a Purchase without order_id",
	    .cure = "add the order's number",
	    .event = "Purchase", .needs = "custom_data.order_id"},
	{.code = "meta.store_order_id", .severity = CAPI_WARN,
	    .words = "two sales of a store are told apart by order_id only",
	    .cure = "add the order's or receipt's number",
	    .from = "physical_store", .needs = "custom_data.order_id"},
	CAPI_RULE_OF_CUSTOM_DATA("meta"),
	CAPI_RULE_OF_QUANTITIES("meta"),
	CAPI_RULE("meta.event_name_near", CAPI_WARN,
	    "nearly a standard event, but counted as a custom one",
	    "spell it as Meta does", capi_check_name_near),
	CAPI_RULES_END,
};
/* clang-format on */

static const struct capi_key keys[] = {
    {"dataset_id", "the dataset (or pixel) that the events go to"},
    {"app_secret", "signs the token, when the app asks for it"},
    {"app_secret_file", "a file that holds the app_secret"},
    {"api_version", "of the Graph API; the default is v25.0"},
    {"partner_agent", "of agencies and platforms: name_1_0"},
    {NULL, NULL},
};

/*
 * "Handling Duplicate Pixel and Conversions API Events": event_name and
 * event_id. Offline events are told apart by their time, name, order and item,
 * and event_id plays no part ("Sending Offline Events").
 */
static void
key(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str id = capi_event_str(b->event, CAPI_EVENT_ID);
	struct capi_str order = capi_event_str(b->event, CAPI_ORDER_ID);
	struct capi_str item = capi_event_str(b->event, CAPI_ITEM_NUMBER);

	capi_buf_add(out, b->name.p, b->name.n);
	capi_buf_addc(out, '/');
	if (b->call != CALL_STORE || !order.n) {
		capi_buf_add(out, id.p, id.n);
		return;
	}
	capi_buf_add(out, order.p, order.n);
	if (item.n) {
		capi_buf_addc(out, '/');
		capi_buf_add(out, item.p, item.n);
	}
	capi_buf_addc(out, '@');
	capi_buf_add_int(out, b->time);
}

/* ---- how it is sent to ---- */

/*
 * What the codes of an error mean, first match. "Handling Errors", "Ads Pixel
 * Events", "Marketing API Rate Limiting" (September 2026); 100/33, 368 and
 * 21009 from public connectors.
 */
static const struct capi_code answer_codes[] = {
    {190, 190, 0, CAPI_IS_AUTH}, /* token */
    {102, 102, 0, CAPI_IS_AUTH}, /* login */
    {3, 3, 0, CAPI_IS_AUTH},
    {10, 10, 0, CAPI_IS_AUTH},
    {200, 299, 0, CAPI_IS_AUTH},    /* permissions */
    {368, 368, 0, CAPI_IS_AUTH},    /* judged abusive: trying prolongs it */
    {100, 100, 33, CAPI_IS_CONFIG}, /* no such dataset, or not ours */
    {100, 100, 1815356, CAPI_IS_REFUSED},
    {100, 100, 0, CAPI_IS_REFUSED},
    {105, 105, 0, CAPI_IS_REFUSED},
    {2500, 2500, 0, CAPI_IS_CONFIG},       /* the path */
    {2635, 2635, 0, CAPI_IS_CONFIG},       /* version of the API is dead */
    {2044055, 2044055, 0, CAPI_IS_CONFIG}, /* dataset unknown */
    {2804000, 2804999, 0, CAPI_IS_REFUSED},
    {4, 4, 0, CAPI_IS_THROTTLE},
    {17, 17, 0, CAPI_IS_THROTTLE},
    {32, 32, 0, CAPI_IS_THROTTLE},
    {341, 341, 0, CAPI_IS_THROTTLE},
    {613, 613, 0, CAPI_IS_THROTTLE},
    {80000, 80014, 0, CAPI_IS_THROTTLE},
    {1, 2, 0, CAPI_IS_RETRY},
    {5000, 5000, 0, CAPI_IS_RETRY},
    {21009, 21009, 0, CAPI_IS_RETRY},
};

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The largest of the percentages in one entry of a usage header. */
static int64_t
usage_of(const struct capi_json *entry)
{
	static const char *const shares[] = {
	    "call_count", "total_cputime", "total_time", "acc_id_util_pct"};
	int64_t most = 0, n;

	for (size_t i = 0; i < 4; i++)
		if (capi_service_number(entry, shares[i], &n))
			most = larger(most, n);
	return most;
}

/* "Marketing API Rate Limiting": minutes for the business use case, seconds
 * for the ad account. */
static void
read_usage(const struct capi_json *entry, int64_t *usage, int64_t *wait_ms)
{
	const int64_t most = CAPI_RETRY_AFTER_MAX;
	int64_t n;

	*usage = larger(*usage, usage_of(entry));
	if (capi_service_number(entry, "estimated_time_to_regain_access", &n))
		*wait_ms =
		    larger(*wait_ms, n < most / 60000 ? n * 60000 : most);
	if (capi_service_number(entry, "reset_time_duration", &n))
		*wait_ms = larger(*wait_ms, n < most / 1000 ? n * 1000 : most);
}

static void
read_usage_header(const struct capi_reply *r, const char *name, int64_t *usage,
    int64_t *wait_ms)
{
	struct capi_json_parser *parser;
	struct capi_arena arena = CAPI_ARENA_INIT;
	struct capi_json *root;
	struct capi_str v;

	if (!r->header(r, name, &v))
		return;
	parser = capi_json_parser_new();
	if (capi_json_parse(parser, &arena, v.p, v.n, &root) == CAPI_JSON_OK &&
	    root->type == CAPI_JSON_OBJECT) {
		read_usage(root, usage, wait_ms);
		for (struct capi_json *list = root->child; list;
		     list = list->next)
			for (struct capi_json *e = list->type == CAPI_JSON_ARRAY
						       ? list->child
						       : NULL;
			     e; e = e->next)
				read_usage(e, usage, wait_ms);
	}
	capi_arena_release(&arena);
	capi_json_parser_free(parser);
}

/* From 75 % on a second between requests, from 95 % a pause: what the header
 * says, or a minute. */
static void
judge_usage(const struct capi_reply *r, struct capi_judgement *j)
{
	static const char *const headers[] = {"X-Business-Use-Case-Usage",
	    "X-Business-Use-Case", "X-Ad-Account-Usage", "X-App-Usage"};
	int64_t usage = 0, wait_ms = 0;

	for (size_t i = 0; i < 4; i++)
		read_usage_header(r, headers[i], &usage, &wait_ms);
	if (usage >= 95 || (j->class == CAPI_IS_THROTTLE && wait_ms))
		j->wait_ms = larger(j->wait_ms, wait_ms ? wait_ms : 60000);
	else if (usage >= 75)
		j->wait_ms = larger(j->wait_ms, 1000);
}

static void
judge_error(const struct capi_json *error, struct capi_judgement *j)
{
	const struct capi_json *transient =
	    capi_json_get(error, "is_transient");
	const struct capi_code *row;
	struct capi_str words;
	int64_t code = 0, sub = 0;

	capi_service_number(error, "code", &code);
	capi_service_number(error, "error_subcode", &sub);
	if (sub)
		snprintf(j->code, sizeof(j->code), "%lld/%lld", (long long)code,
		    (long long)sub);
	else
		snprintf(j->code, sizeof(j->code), "%lld", (long long)code);
	words = capi_service_text(error, "error_user_msg");
	if (!words.n)
		words = capi_service_text(error, "message");
	capi_service_quote(j->reason, sizeof(j->reason), words);
	capi_service_name(
	    j->trace, sizeof(j->trace), capi_service_text(error, "fbtrace_id"));
	row = capi_service_code(answer_codes,
	    sizeof(answer_codes) / sizeof(answer_codes[0]), code, sub);
	if (row)
		j->class = row->class;
	else if (j->class == CAPI_IS_TAKEN) /* an error is no success */
		j->class = CAPI_IS_UNKNOWN;
	if (transient && transient->type == CAPI_JSON_BOOL &&
	    transient->text[0] == 't' && (!row || j->class == CAPI_IS_REFUSED))
		j->class = CAPI_IS_RETRY;
}

/* "Ads Pixel Events": 200 and how many events were received, no word on
 * single ones; an error refuses the whole request and names no event. */
static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	const struct capi_json *error =
	    r->json && r->json->type == CAPI_JSON_OBJECT
		? capi_json_get(r->json, "error")
		: NULL;
	int64_t received;

	if (error && error->type == CAPI_JSON_OBJECT) {
		judge_error(error, j);
	} else if (r->status >= 200 && r->status < 300) {
		capi_service_name(j->trace, sizeof(j->trace),
		    capi_service_text(r->json, "fbtrace_id"));
		if (!capi_service_number(
			r->json, "events_received", &received)) {
			capi_service_unknown(j, "answer.none",
			    "the answer does not say what was received");
		} else if (received != (int64_t)r->events) {
			j->class = CAPI_IS_UNKNOWN;
			snprintf(j->code, sizeof(j->code), "answer.count");
			snprintf(j->reason, sizeof(j->reason),
			    "%lld of %zu events were received",
			    (long long)received, r->events);
		} else {
			const struct capi_json *m =
			    capi_json_get(r->json, "messages");

			if (m && m->type == CAPI_JSON_ARRAY && m->child &&
			    m->child->type == CAPI_JSON_STRING)
				capi_service_quote(j->warning,
				    sizeof(j->warning),
				    (struct capi_str){
					m->child->text, m->child->len});
		}
	}
	judge_usage(r, j);
}

/* "Sending Offline Events": events of a shop are told apart by time and
 * order; event_id plays no part. */
static bool
repeatable(const struct capi_json *event, const char *kind)
{
	(void)kind;
	if (!capi_str_is(
		capi_service_text(event, "action_source"), "physical_store"))
		return capi_service_text(event, "event_id").n > 0;
	return capi_service_text(event, "custom_data.order_id").n > 0;
}

static const struct capi_service service = {
    .endpoint = "https://graph.facebook.com",
    .path = "/{api_version:v25.0}/{dataset_id}/events",
    .auth = CAPI_AUTH_BEARER,
    .judge = judge,
    .repeatable = repeatable,
};

const struct capi_platform capi_platform_meta = {
    .name = "meta",
    .title = "Meta Conversions API",
    .docs = "https://developers.facebook.com/docs/marketing-api/"
	    "conversions-api",
    .read = "2026-09-12",
    .fields = fields,
    .names = names,
    .checks = checks,
    .keys = keys,
    .calls = calls,
    .free_names = true,
    .personal = true,
    .test_code = true,
    .max_age = 7 * DAY,
    .max_ahead = 60,
    .call = call,
    .key = key,
    .service = &service,
};
