/*
 * Snapchat Conversions API v3.
 * https://developers.snap.com/api/marketing-api/Conversions-API and
 * Snapchat/business-sdk-v3-java 1.2.1, read 2026-08-21.
 */
#include "build/check.h"
#include "service.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

/* A request holds one asset: the pixel for web and offline, the app's id for
 * apps ("Using the API"). 2000 events is what public connectors send. */
enum { PIXEL, APP };
#define IN(call) (1u << (call))

static const struct capi_call calls[] = {
    [PIXEL] = {.name = "pixel", .max_events = 2000, .max_bytes = 1000000},
    [APP] = {.name = "app", .max_events = 2000, .max_bytes = 1000000},
    {.max_events = 0},
};

enum { PIXEL_ID, APP_ID, INTEGRATION, OPTIONS };

static const struct capi_key keys[] = {
    [PIXEL_ID] = {"pixel_id", "the pixel, for web and offline events"},
    [APP_ID] = {"snap_app_id", "the app, for app events"},
    [INTEGRATION] = {"integration", "of partners: their name"},
    [OPTIONS] = {"data_processing_options",
	"the word for limited data use; the default is LMU"},
    {NULL, NULL},
};

static unsigned
call(const struct capi_build *b)
{
	return capi_is(b->event, CAPI_ACTION_SOURCE, "app") ? APP : PIXEL;
}

/* Upper snake case and no free names; leads are sign-ups. */
/* clang-format off */
static const struct capi_name names[] = {
	CAPI_NAME("Purchase", "PURCHASE"),
	CAPI_NAME("AddToCart", "ADD_CART"),
	CAPI_NAME("InitiateCheckout", "START_CHECKOUT"),
	CAPI_NAME("AddPaymentInfo", "ADD_BILLING"),
	CAPI_NAME("ViewContent", "VIEW_CONTENT"),
	CAPI_NAME("PageView", "PAGE_VIEW"),
	CAPI_NAME("CompleteRegistration", "SIGN_UP"),
	CAPI_NAME("Lead", "SIGN_UP"),
	CAPI_NAME("AddToWishlist", "ADD_TO_WISHLIST"),
	CAPI_NAME("Search", "SEARCH"),
	CAPI_NAME("Subscribe", "SUBSCRIBE"),
	CAPI_NAME("StartTrial", "START_TRIAL"),
	CAPI_NAME("Schedule", "RESERVE"),
	CAPI_SAME_NAME("PURCHASE"), CAPI_SAME_NAME("SAVE"),
	CAPI_SAME_NAME("START_CHECKOUT"), CAPI_SAME_NAME("ADD_CART"),
	CAPI_SAME_NAME("VIEW_CONTENT"), CAPI_SAME_NAME("ADD_BILLING"),
	CAPI_SAME_NAME("SIGN_UP"), CAPI_SAME_NAME("SEARCH"),
	CAPI_SAME_NAME("PAGE_VIEW"), CAPI_SAME_NAME("SUBSCRIBE"),
	CAPI_SAME_NAME("AD_CLICK"), CAPI_SAME_NAME("AD_VIEW"),
	CAPI_SAME_NAME("COMPLETE_TUTORIAL"), CAPI_SAME_NAME("LEVEL_COMPLETE"),
	CAPI_SAME_NAME("INVITE"), CAPI_SAME_NAME("LOGIN"),
	CAPI_SAME_NAME("SHARE"), CAPI_SAME_NAME("RESERVE"),
	CAPI_SAME_NAME("ACHIEVEMENT_UNLOCKED"),
	CAPI_SAME_NAME("ADD_TO_WISHLIST"), CAPI_SAME_NAME("SPENT_CREDITS"),
	CAPI_SAME_NAME("RATE"), CAPI_SAME_NAME("START_TRIAL"),
	CAPI_SAME_NAME("LIST_VIEW"), CAPI_SAME_NAME("APP_INSTALL"),
	CAPI_SAME_NAME("APP_OPEN"), CAPI_SAME_NAME("CUSTOM_EVENT_1"),
	CAPI_SAME_NAME("CUSTOM_EVENT_2"), CAPI_SAME_NAME("CUSTOM_EVENT_3"),
	CAPI_SAME_NAME("CUSTOM_EVENT_4"), CAPI_SAME_NAME("CUSTOM_EVENT_5"),
	CAPI_NAMES_END,
};
/* clang-format on */

static const char *
action_source(const struct capi_build *b)
{
	if (capi_is(b->event, CAPI_ACTION_SOURCE, "website"))
		return "WEB";
	return b->call == APP ? "MOBILE_APP" : "OFFLINE";
}

static bool
make_action_source(struct capi_buf *out, const struct capi_build *b)
{
	capi_json_cstring(out, action_source(b));
	return true;
}

/* "Parameters" calls it LMU, others send Meta's LDU. */
static bool
make_options(struct capi_buf *out, const struct capi_build *b)
{
	const char *word = b->config[OPTIONS];

	capi_buf_addc(out, '[');
	capi_json_cstring(out, word ? word : "LMU");
	capi_buf_addc(out, ']');
	return true;
}

/* clang-format off */
#define LIST(from, to, of) \
	{.source = (from), .target = (to), .form = (of), .type = CAPI_STRINGS}

/* Numbers of contents are strings, in the SDK and in the pages' sample. */
static const struct capi_field contents[] = {
	{.source = "id", .target = "id", .type = CAPI_STRING,
	    .required = true},
	CAPI_SAME("quantity", CAPI_STRING),
	CAPI_ROW("price", "item_price", CAPI_STRING),
	CAPI_SAME("delivery_category", CAPI_STRING),
	CAPI_SAME("brand", CAPI_STRING),
	CAPI_END,
};

#define SAME_IN(path, as, call) \
	{.source = (path), .target = (path), .type = (as), .in = IN(call)}
#define TRAVEL(name, as) CAPI_SAME("custom_data." name, CAPI_##as)

static const struct capi_field fields[] = {
	{.source = "event_name", .target = "event_name", .type = CAPI_MADE,
	    .make = capi_make_name},
	/* Seconds: offline events refuse milliseconds. */
	CAPI_SAME("event_time", CAPI_INTEGER),
	CAPI_SAME("event_id", CAPI_STRING),
	{.source = "action_source", .target = "action_source",
	    .type = CAPI_MADE, .make = make_action_source,
	    .note = "WEB, MOBILE_APP, else OFFLINE"},
	CAPI_SAME("event_source_url", CAPI_STRING),
	{.source = "", .target = "integration", .type = CAPI_CONFIG,
	    .key = INTEGRATION},
	{.source = "consent.limited_data_use",
	    .target = "data_processing_options", .type = CAPI_MADE,
	    .make = make_options,
	    .note = "a list of LMU, or what the configuration says"},
	{.source = "", .target = "opt_out", .type = CAPI_FIXED,
	    .value = "true", .when = capi_when_opted_out,
	    .note = "when opt_out is, or ad_personalization is denied"},

	{.source = "", .target = "user_data", .type = CAPI_OPEN},
	LIST("user_data.email", "user_data.em", "lower"),
	LIST("user_data.phone", "user_data.ph", "digits"),
	LIST("user_data.first_name", "user_data.fn", "compact"),
	LIST("user_data.last_name", "user_data.ln", "compact"),
	LIST("user_data.gender", "user_data.ge", "letter"),
	{.source = "user_data.date_of_birth", .target = "user_data.db",
	    .form = "digits", .type = CAPI_STRING},
	LIST("user_data.city", "user_data.ct", "compact"),
	LIST("user_data.state", "user_data.st", "region"),
	LIST("user_data.postal_code", "user_data.zp", "compact"),
	LIST("user_data.country", "user_data.country", "lower"),
	LIST("user_data.external_id", "user_data.external_id", "exact"),
	{.source = "user_data.madid", .target = "user_data.madid",
	    .type = CAPI_STRING, .spell = capi_spell_lower,
	    .note = "lower case, never hashed"},
	CAPI_SAME("user_data.idfv", CAPI_STRING),
	CAPI_SAME("user_data.client_ip_address", CAPI_STRING),
	CAPI_SAME("user_data.client_user_agent", CAPI_STRING),
	CAPI_SAME("user_data.sc_click_id", CAPI_STRING),
	CAPI_SAME("user_data.sc_cookie1", CAPI_STRING),
	CAPI_SAME("user_data.lead_id", CAPI_INTEGER),
	CAPI_SAME("user_data.subscription_id", CAPI_STRING),

	CAPI_SAME("custom_data.value", CAPI_NUMBER),
	{.source = "custom_data.currency", .target = "custom_data.currency",
	    .type = CAPI_STRING, .spell = capi_spell_upper},
	CAPI_SAME("custom_data.order_id", CAPI_STRING),
	{.source = "custom_data.items", .target = "custom_data.contents",
	    .type = CAPI_OBJECTS, .items = contents},
	CAPI_SAME("custom_data.content_ids", CAPI_STRINGS),
	CAPI_SAME("custom_data.content_type", CAPI_STRING),
	CAPI_SAME("custom_data.content_category", CAPI_STRING),
	CAPI_SAME("custom_data.num_items", CAPI_INTEGER),
	CAPI_SAME("custom_data.search_string", CAPI_STRING),
	CAPI_SAME("custom_data.sign_up_method", CAPI_STRING),
	CAPI_SAME("custom_data.status", CAPI_STRING),
	CAPI_SAME("custom_data.delivery_category", CAPI_STRING),
	CAPI_ROW("referrer_url", "custom_data.referrer_url", CAPI_STRING),
	CAPI_SAME("custom_data.brands", CAPI_STRINGS),
	TRAVEL("checkin_date", STRING), TRAVEL("travel_start", STRING),
	TRAVEL("travel_end", STRING), TRAVEL("suggested_destinations", STRINGS),
	TRAVEL("destination_airport", STRING),
	TRAVEL("origin_airport", STRING), TRAVEL("country", STRING),
	TRAVEL("city", STRING), TRAVEL("region", STRING),
	TRAVEL("neighborhood", STRING),
	TRAVEL("departing_departure_date", STRING),
	TRAVEL("departing_arrival_date", STRING),
	TRAVEL("returning_departure_date", STRING),
	TRAVEL("returning_arrival_date", STRING),
	TRAVEL("num_adults", INTEGER), TRAVEL("num_children", INTEGER),
	TRAVEL("num_infants", INTEGER), TRAVEL("hotel_score", STRING),
	TRAVEL("postal_code", STRING),
	TRAVEL("preferred_neighborhoods", STRINGS),
	TRAVEL("preferred_star_ratings", STRINGS),
	TRAVEL("suggested_hotels", STRINGS),
	{.source = "custom_data", .target = "custom_data.custom_fields.*",
	    .type = CAPI_REST_TEXTS,
	    .note = "custom properties, none personal"},

	SAME_IN("app_data.app_id", CAPI_STRING, APP),
	SAME_IN("app_data.extinfo", CAPI_AS_IS, APP),
	SAME_IN("app_data.advertiser_tracking_enabled", CAPI_INTEGER, APP),
	SAME_IN("app_data.application_tracking_enabled", CAPI_INTEGER, APP),
	SAME_IN("app_data.campaign_ids", CAPI_STRING, APP),
	SAME_IN("app_data.install_referrer", CAPI_STRING, APP),
	SAME_IN("app_data.installer_package", CAPI_STRING, APP),
	SAME_IN("app_data.url_schemes", CAPI_STRINGS, APP),
	SAME_IN("app_data.windows_attribution_id", CAPI_STRING, APP),
	CAPI_END,
};
/* clang-format on */

static bool
is_offline(const struct capi_build *b)
{
	return b->call == PIXEL &&
	       !capi_is(b->event, CAPI_ACTION_SOURCE, "website");
}

/* The pages say 7 days, an older one 37 to be reportable: offline events get
 * the longer one, with a word. */
static bool
too_old(const struct capi_build *b)
{
	return b->now - b->time > (is_offline(b) ? 37 : 7) * DAY;
}

static bool
bad_extinfo(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_EXTINFO];

	return !v || v->type != CAPI_JSON_ARRAY || v->count != 16;
}

static bool
bad_lead_id(const struct capi_build *b)
{
	int64_t id;

	return !capi_event_int(b->event, CAPI_LEAD_ID, &id);
}

/* clang-format off */
static const struct capi_check checks[] = {
	CAPI_RULE("snapchat.event_name", CAPI_REFUSE,
	    "event_name is missing, or has no like among Snapchat's names",
	    "use a standard name, or CUSTOM_EVENT_1 to CUSTOM_EVENT_5",
	    capi_check_name_unknown),
	CAPI_RULE("snapchat.event_time", CAPI_REFUSE,
	    "event_time is required, in whole seconds since 1970",
	    "give the time of the conversion", capi_check_time),
	CAPI_RULE("snapchat.milliseconds", CAPI_REFUSE,
	    "event_time is in milliseconds, which offline events refuse",
	    "divide by 1000", capi_check_time_unit),
	CAPI_RULE("snapchat.age", CAPI_REFUSE,
	    "event_time is more than 7 days ago (offline: 37)",
	    "send sooner", too_old),
	{.code = "snapchat.late", .severity = CAPI_WARN,
	    .words = "event_time is more than 7 days ago: taken offline, "
		"perhaps",
	    .cure = "try it with Snapchat's validate call", .older = 7 * DAY},
	CAPI_RULE("snapchat.future", CAPI_REFUSE,
	    "event_time is in the future",
	    "look at the time zone of the export", capi_check_future),
	CAPI_RULE("snapchat.event_id", CAPI_REFUSE,
	    "event_id is missing: a repeated event would count twice",
	    "let capi-normalize make it from the order", capi_check_id),
	CAPI_RULE_OF_PLACEHOLDERS("snapchat"),
	CAPI_LACKS("snapchat.action_source", CAPI_REFUSE,
	    "action_source is required",
	    "say where the conversion happened", "action_source"),
	CAPI_RULE("snapchat.plain", CAPI_REFUSE,
	    "an identifier is in plain (400, unhashed PII)",
	    "put capi-hash -p snapchat before capi-build",
	    capi_check_plain),
	CAPI_RULE("snapchat.digest", CAPI_REFUSE,
	    "an identifier is no SHA-256 in 64 lower-case hex digits, or that "
	    "of nothing",
	    "let capi-hash make the digests", capi_check_digest),
	CAPI_RULE("snapchat.form", CAPI_WARN,
	    "an identifier was hashed, but not in the form that Snapchat "
	    "matches",
	    "name snapchat in capi-hash -p", capi_check_form),
	CAPI_LEFT_OUT("snapchat.ip", "user_data.client_ip_address",
	    "client_ip_address is not one IPv4 or IPv6 address (400)",
	    "give the shopper's address alone, not hashed", capi_check_ip),
	CAPI_LEFT_OUT("snapchat.ip_private", "user_data.client_ip_address",
	    "client_ip_address is of a private network, nobody's",
	    "look at how the shop learns it behind its proxy",
	    capi_check_ip_private),
	CAPI_LEFT_OUT("snapchat.lead_id", "user_data.lead_id",
	    "lead_id is not a whole number", "leave it out", bad_lead_id),
	CAPI_RULE_OF_URLS("snapchat"),
	CAPI_RULE_OF_REFERRERS("snapchat"),
	CAPI_LACKS("snapchat.identifiers", CAPI_REFUSE,
	    "user_data needs em, ph, madid, or client_ip_address with "
	    "client_user_agent (400, insufficient PII)",
	    "add one of them; a click id alone does not do",
	    "hashed.email.lower hashed.phone.digits user_data.madid "
	    "user_data.client_ip_address+user_data.client_user_agent"),
	{.code = "snapchat.url", .severity = CAPI_REFUSE,
	    .words = "a WEB event needs event_source_url",
	    .cure = "take it from the shop, or say another action_source",
	    .from = "website", .needs = "event_source_url"},
	{.code = "snapchat.app_data", .severity = CAPI_REFUSE,
	    .words = "an app event needs app_data with extinfo of 16 strings",
	    .cure = "take it from the app's SDK", .broken = bad_extinfo,
	    .in = IN(APP)},
	CAPI_RULE_OF_VALUES("snapchat"),
	CAPI_RULE("snapchat.value_negative", CAPI_REFUSE,
	    "value is below zero",
	    "Snapchat has no refunds: leave them out",
	    capi_check_value_negative),
	CAPI_RULE_OF_CURRENCIES("snapchat"),
	{.code = "snapchat.purchase_value", .severity = CAPI_REFUSE,
	    .words = "a PURCHASE needs value and currency (400)",
	    .cure = "add them",
	    .event = "Purchase", .needs = "custom_data.value+custom_data.currency"},
	CAPI_RULE_OF_ITEMS("snapchat"),
	CAPI_RULE("snapchat.item_id", CAPI_WARN,
	    "an item without id is left out of contents",
	    "give the SKU of the catalogue", capi_check_item_id),
	{.code = "snapchat.order_id", .severity = CAPI_WARN,
	    .words = "a PURCHASE without order_id, which tells purchases apart for 30 "
		"days",
	    .cure = "add the order's number",
	    .event = "Purchase", .needs = "custom_data.order_id"},
	CAPI_RULE_OF_CUSTOM_DATA("snapchat"),
	{.code = "snapchat.click_expired", .severity = CAPI_WARN,
	    .words = "the click of sc_click_id is more than 28 days before the "
		"event, the longest window",
	    .cure = "leave old clicks out",
	    .given = "user_data.sc_click_id", .clicked = 28 * DAY},
	{.code = "snapchat.currency_rare", .severity = CAPI_WARN,
	    .words = "the currency is not among those that connectors know to "
		"be taken",
	    .cure = "look whether the value arrives",
	    .member = "custom_data.currency",
	    .one_of = "AED ALL AUD BGN BHD BRL CAD CHF CLP CNY COP CZK DKK DZD "
		"EGP EUR GBP GHS GIP HKD HRK HUF IDR ILS INR IQD ISK JOD JPY "
		"KES KRW KWD KZT LBP MAD MXN MYR NGN NOK NZD OMR PEN PHP PKR "
		"PLN QAR RON RUB SAR SEK SGD THB TRY TWD TZS UAH USD VND XOF "
		"ZAR"},
	CAPI_RULES_END,
};
/* clang-format on */

/* ---- how it is sent to ------------------------------------------------ */

static const char *
route(const char *kind)
{
	return !strcmp(kind, "app") ? "/v3/{snap_app_id}/events"
				    : "/v3/{pixel_id}/events";
}

static struct capi_str
first_text(const struct capi_json *object, const char *path)
{
	const struct capi_json *list = capi_json_at(object, path);

	if (list && list->type == CAPI_JSON_ARRAY && list->child &&
	    list->child->type == CAPI_JSON_STRING)
		return (struct capi_str){list->child->text, list->child->len};
	return (struct capi_str){"", 0};
}

/* A refusal without JSON; a page is a proxy's. */
static void
judge_text(const struct capi_reply *r, struct capi_judgement *j)
{
	struct capi_str words = capi_text_trim(r->body.p, r->body.n);

	if (j->class == CAPI_IS_TAKEN)
		capi_service_unknown(j, "answer.none", NULL);
	if (r->status != 400 || !words.n || words.p[0] == '<')
		return;
	j->class = CAPI_IS_REFUSED;
	capi_service_quote(j->reason, sizeof(j->reason), words);
}

/* Three shapes of an error are known: a flat list (action-destinations 3959),
 * one that names the event by its index (business-sdk-v3), and bare text. */
static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	struct capi_str words = {"", 0}, status;
	int64_t index;

	if (!r->json || r->json->type != CAPI_JSON_OBJECT) {
		judge_text(r, j);
		return;
	}
	status = capi_service_text(r->json, "status");
	words = first_text(r->json, "error_msgs");
	if (!words.n)
		words = first_text(r->json, "errors.error_msgs");
	if (!words.n)
		words = capi_service_text(r->json, "reason");
	if (j->class == CAPI_IS_TAKEN && capi_str_is(status, "VALID"))
		return;
	capi_service_quote(j->reason, sizeof(j->reason), words);
	if (first_text(r->json, "errors.codes").n)
		capi_service_quote(j->code, sizeof(j->code),
		    first_text(r->json, "errors.codes"));
	if (j->class == CAPI_IS_TAKEN) {
		bool invalid = capi_str_is(status, "INVALID");

		j->class = invalid ? CAPI_IS_REFUSED : CAPI_IS_UNKNOWN;
	}
	if (j->class == CAPI_IS_REFUSED &&
	    capi_service_number(r->json, "event", &index) && index >= 0)
		capi_service_culprit(r, j, (size_t)index);
}

static const struct capi_service service = {
    .endpoint = "https://tr.snapchat.com",
    .path = "/v3/{pixel_id}/events",
    .route = route,
    .auth = CAPI_AUTH_PARAMETER,
    .judge = judge,
};

const struct capi_platform capi_platform_snapchat = {
    .name = "snapchat",
    .title = "Snapchat Conversions API",
    .docs = "https://developers.snap.com/api/marketing-api/Conversions-API",
    .read = "2026-08-21",
    .fields = fields,
    .names = names,
    .checks = checks,
    .keys = keys,
    .calls = calls,
    .personal = true,
    .test_code = true,
    .max_age = 7 * DAY,
    .max_ahead = 60,
    .call = call,
    .service = &service,
};
