/*
 * Pinterest API for Conversions, v5.
 * https://developers.pinterest.com/docs/api/v5/events-create and the schema of
 * pinterest/api-description 5.23.0 (2025-12-11), read 2026-08-21.
 */
#include "build/check.h"
#include "service.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

enum { AD_ACCOUNT, OWN_NAMES, PARTNER };

static const struct capi_key keys[] = {
    [AD_ACCOUNT] = {"ad_account_id", "the ad account, up to 18 digits"},
    [OWN_NAMES] = {"own_event_names",
	"names of your own, mapped in Ads Manager"},
    [PARTNER] = {"partner_name", "of partners: ss-name, in lower case"},
    {NULL, NULL},
};

static const struct capi_call calls[] = {
    {.max_events = 1000, .max_bytes = 2000000},
    {.max_events = 0},
};

/* The API's names, and the canonical ones where they mean the same. Lower snake
 * case: PascalCase belongs to the tag. */
/* clang-format off */
static const struct capi_name names[] = {
	CAPI_NAME("Purchase", "checkout"),
	CAPI_NAME("Lead", "lead"),
	CAPI_NAME("CompleteRegistration", "signup"),
	CAPI_NAME("AddToCart", "add_to_cart"),
	CAPI_NAME("InitiateCheckout", "initiate_checkout"),
	CAPI_NAME("AddPaymentInfo", "add_payment_info"),
	CAPI_NAME("AddToWishlist", "add_to_wishlist"),
	CAPI_NAME("PageView", "page_visit"),
	CAPI_NAME("ViewContent", "view_content"),
	CAPI_NAME("Search", "search"),
	CAPI_NAME("Subscribe", "subscribe"),
	CAPI_NAME("Contact", "contact"),
	CAPI_NAME("CustomizeProduct", "customize_product"),
	CAPI_NAME("FindLocation", "find_location"),
	CAPI_NAME("Schedule", "schedule"),
	CAPI_NAME("StartTrial", "start_trial"),
	CAPI_NAME("SubmitApplication", "submit_application"),
	CAPI_SAME_NAME("add_payment_info"), CAPI_SAME_NAME("add_to_cart"),
	CAPI_SAME_NAME("add_to_wishlist"), CAPI_SAME_NAME("app_install"),
	CAPI_SAME_NAME("app_open"), CAPI_SAME_NAME("checkout"),
	CAPI_SAME_NAME("contact"), CAPI_SAME_NAME("custom"),
	CAPI_SAME_NAME("customize_product"), CAPI_SAME_NAME("find_location"),
	CAPI_SAME_NAME("initiate_checkout"), CAPI_SAME_NAME("lead"),
	CAPI_SAME_NAME("page_visit"), CAPI_SAME_NAME("schedule"),
	CAPI_SAME_NAME("search"), CAPI_SAME_NAME("signup"),
	CAPI_SAME_NAME("start_trial"), CAPI_SAME_NAME("submit_application"),
	CAPI_SAME_NAME("subscribe"), CAPI_SAME_NAME("view_category"),
	CAPI_SAME_NAME("view_content"), CAPI_SAME_NAME("watch_video"),
	CAPI_NAMES_END,
};
/* clang-format on */

/* Those of the schema's own list; the others stand on developer pages. */
static const char schema_names[] =
    "add_payment_info add_to_cart add_to_wishlist app_install checkout custom "
    "initiate_checkout lead page_visit search signup subscribe view_category "
    "view_content watch_video";

/* ---- members that a table can not say -------------------------------- */

/* website is Meta's word; what is neither web nor app is offline. */
static const char *
action_source(const struct capi_build *b)
{
	const struct capi_json *info = b->event->at[CAPI_EXTINFO];

	if (capi_is(b->event, CAPI_ACTION_SOURCE, "website"))
		return "web";
	if (!capi_is(b->event, CAPI_ACTION_SOURCE, "app"))
		return "offline";
	if (info && capi_json_is(info->child, "a2"))
		return "app_android";
	if (info && capi_json_is(info->child, "i2"))
		return "app_ios";
	return NULL;
}

static bool
make_action_source(struct capi_buf *out, const struct capi_build *b)
{
	const char *source = action_source(b);

	if (!source)
		return false;
	capi_json_cstring(out, source);
	return true;
}

/* Two letters (ISO 639-1) of en, en-US or en_US. */
static bool
spell_language(struct capi_buf *out, struct capi_str s)
{
	if (s.n < 2 || !capi_is_alpha(s.p[0]) || !capi_is_alpha(s.p[1]) ||
	    (s.n > 2 && s.p[2] != '-' && s.p[2] != '_'))
		return false;
	capi_buf_addc(out, capi_lower(s.p[0]));
	capi_buf_addc(out, capi_lower(s.p[1]));
	return true;
}

static void
add_digests(struct capi_buf *out, const struct capi_json *v)
{
	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	for (; v; v = v->next) {
		if (v->type == CAPI_JSON_STRING) {
			capi_json_sep(out);
			capi_json_write(out, v);
		}
		if (!v->parent || v->parent->type != CAPI_JSON_ARRAY)
			return;
	}
}

/*
 * The text wants the place in lower case, the samples of "Limited data
 * processing" have it in capitals. Where the law hangs on it both are sent, so
 * that either reading finds it.
 */
static bool
make_place(struct capi_buf *out, const struct capi_build *b,
    enum capi_member lower, enum capi_member upper)
{
	capi_buf_addc(out, '[');
	add_digests(out, b->event->at[lower]);
	if (capi_has(b->event, CAPI_LIMITED_DATA_USE))
		add_digests(out, b->event->at[upper]);
	capi_buf_addc(out, ']');
	return true;
}

static bool
make_state(struct capi_buf *out, const struct capi_build *b)
{
	return make_place(
	    out, b, CAPI_HASHED_STATE_CODE, CAPI_HASHED_STATE_UPPER);
}

static bool
make_country(struct capi_buf *out, const struct capi_build *b)
{
	return make_place(
	    out, b, CAPI_HASHED_COUNTRY_LOWER, CAPI_HASHED_COUNTRY_UPPER);
}

/* A plain decimal number as a string: numbers refuse the whole request. */
static bool
spell_decimal(struct capi_buf *out, struct capi_str s)
{
	if (capi_decimal_sign(s) == 2)
		return false;
	capi_buf_add(out, s.p, s.n);
	return true;
}

#define NETWORKS                                                               \
	"wifi cellular_2g cellular_3g cellular_4g cellular_5g cellular_6g "    \
	"ethernet unknown"

static bool
make_wifi(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str s = capi_json_str(
	    capi_json_get(b->event->at[CAPI_DEVICE_INFO], "network_type"));

	if (!capi_text_among(NETWORKS, s) || capi_str_is(s, "unknown"))
		return false;
	capi_buf_adds(out, capi_str_is(s, "wifi") ? "true" : "false");
	return true;
}

/* clang-format off */
/* What the schema would refuse, and with it the whole request, is left out
 * (OpenAPI 5.23, AppInfo and DeviceInfo). */
#define APP_TEXT(name, n) \
	{.source = "app_data." name, .target = "app_info." name, \
	    .type = CAPI_STRING, .longest = (n)}
#define APP_WHOLE(name, n) \
	{.source = "app_data." name, .target = "app_info." name, \
	    .type = CAPI_INTEGER, .most = (n)}
#define DEVICE(name, to, n) \
	{.source = "device_info." name, .target = (to), \
	    .type = CAPI_STRING, .longest = (n)}
#define TEXT(name, n) DEVICE(name, "device_info." name, n)
#define WHOLE(name, n) \
	{.source = "device_info." name, .target = "device_info." name, \
	    .type = CAPI_INTEGER, .most = (n)}
#define WORD(name, words) \
	{.source = "device_info." name, .target = "device_info." name, \
	    .type = CAPI_STRING, .one_of = (words)}
#define LIST(from, to, of) \
	{.source = (from), .target = (to), .form = (of), .type = CAPI_STRINGS}
#define DECIMAL(from, to) \
	{.source = (from), .target = (to), .type = CAPI_STRING, \
	    .spell = spell_decimal, .note = "a number in quotes"}

static const struct capi_field contents[] = {
	CAPI_SAME("id", CAPI_STRING),
	DECIMAL("price", "item_price"),
	CAPI_SAME("quantity", CAPI_INTEGER),
	CAPI_ROW("name", "item_name", CAPI_STRING),
	CAPI_ROW("category", "item_category", CAPI_STRING),
	CAPI_ROW("brand", "item_brand", CAPI_STRING),
	CAPI_END,
};

/* Objects are strict: one unknown key refuses the whole request (400). */
static const struct capi_field fields[] = {
	{.source = "event_name", .target = "event_name", .type = CAPI_MADE,
	    .make = capi_make_name},
	{.source = "action_source", .target = "action_source",
	    .type = CAPI_MADE, .make = make_action_source,
	    .note = "web, app_android, app_ios, else offline"},
	CAPI_SAME("event_time", CAPI_INTEGER),
	CAPI_SAME("event_id", CAPI_STRING),
	CAPI_SAME("event_source_url", CAPI_STRING),
	{.source = "", .target = "opt_out", .type = CAPI_FIXED,
	    .value = "true", .when = capi_when_opted_out,
	    .note = "when opt_out is, or ad_personalization is denied"},
	{.source = "user_data.locale", .target = "language",
	    .type = CAPI_STRING, .spell = spell_language,
	    .note = "two letters"},
	CAPI_ROW("app_data.app_id", "app_id", CAPI_STRING),
	CAPI_ROW("app_data.app_name", "app_name", CAPI_STRING),
	CAPI_ROW("app_data.app_version", "app_version", CAPI_STRING),
	{.source = "", .target = "partner_name", .type = CAPI_CONFIG,
	    .key = PARTNER},
	/* The older names of what device_info has now; still taken. */
	DEVICE("brand", "device_brand", 100),
	DEVICE("carrier", "device_carrier", 100),
	DEVICE("model", "device_model", 100),
	DEVICE("type", "device_type", 100),
	DEVICE("os_version", "os_version", 100),
	{.source = "device_info.network_type", .target = "wifi",
	    .type = CAPI_MADE, .make = make_wifi,
	    .note = "true for wifi, nothing when it is not known"},
	APP_TEXT("app_id", 200), APP_TEXT("app_name", 200),
	APP_TEXT("app_package_name", 200), APP_TEXT("app_store", 100),
	APP_TEXT("app_version", 100), APP_TEXT("user_agent", 16384),
	APP_WHOLE("install_time", INT64_MAX),
	APP_WHOLE("window_height", 30720), APP_WHOLE("window_width", 30720),
	TEXT("brand", 100), TEXT("carrier", 100), TEXT("kernel_version", 100),
	TEXT("locale", 35), TEXT("model", 100), TEXT("os_name", 100),
	TEXT("os_release_name", 100), TEXT("os_version", 100),
	TEXT("timezone", 40), TEXT("timezone_abbr", 5), TEXT("type", 100),
	WHOLE("battery_level", 100), WHOLE("cpu_cores", 1152),
	WHOLE("external_storage_free_space", 1048576),
	WHOLE("external_storage_size", 1048576),
	WHOLE("storage_free_space", 1048576), WHOLE("storage_size", 1048576),
	WHOLE("screen_density", 100000), WHOLE("screen_height", 30720),
	WHOLE("screen_width", 30720),
	WORD("form_factor", "desktop laptop cellphone tablet smartwatch tv vr "
	    "console other"),
	WORD("network_type", NETWORKS),
	WORD("os_family", "ios android macos windows linux bsd other"),
	{.source = "device_info.languages",
	    .target = "device_info.languages", .type = CAPI_STRINGS,
	    .spell = spell_language, .note = "two letters each"},

	{.source = "", .target = "user_data", .type = CAPI_OPEN},
	LIST("user_data.email", "user_data.em", "lower"),
	LIST("user_data.phone", "user_data.ph", "digits"),
	LIST("user_data.gender", "user_data.ge", "letter"),
	LIST("user_data.date_of_birth", "user_data.db", "digits"),
	LIST("user_data.last_name", "user_data.ln", "lower"),
	LIST("user_data.first_name", "user_data.fn", "lower"),
	LIST("user_data.city", "user_data.ct", "compact"),
	{.source = "user_data.state", .target = "user_data.st",
	    .form = "code", .type = CAPI_MADE, .make = make_state},
	{.source = "user_data.state", .target = "user_data.st",
	    .form = "upper", .in = CAPI_NEVER, .optional = true,
	    .note = "beside the other with limited data use"},
	LIST("user_data.postal_code", "user_data.zp", "digits"),
	{.source = "user_data.country", .target = "user_data.country",
	    .form = "lower", .type = CAPI_MADE, .make = make_country},
	{.source = "user_data.country", .target = "user_data.country",
	    .form = "upper", .in = CAPI_NEVER, .optional = true,
	    .note = "beside the other with limited data use"},
	LIST("user_data.external_id", "user_data.external_id", "exact"),
	LIST("user_data.madid", "user_data.hashed_maids", "lower"),
	CAPI_SAME("user_data.client_ip_address", CAPI_STRING),
	CAPI_SAME("user_data.client_user_agent", CAPI_STRING),
	CAPI_ROW("user_data.epik", "user_data.click_id", CAPI_STRING),
	CAPI_SAME("user_data.partner_id", CAPI_STRING),

	DECIMAL("custom_data.value", "custom_data.value"),
	{.source = "custom_data.currency", .target = "custom_data.currency",
	    .type = CAPI_STRING, .spell = capi_spell_upper},
	CAPI_SAME("custom_data.content_ids", CAPI_STRINGS),
	{.source = "custom_data.items", .target = "custom_data.content_ids",
	    .type = CAPI_MADE, .make = capi_make_content_ids,
	    .note = "the items' ids, unless content_ids is given"},
	{.source = "custom_data.items", .target = "custom_data.contents",
	    .type = CAPI_OBJECTS, .items = contents},
	CAPI_SAME("custom_data.num_items", CAPI_INTEGER),
	CAPI_SAME("custom_data.order_id", CAPI_STRING),
	CAPI_SAME("custom_data.search_string", CAPI_STRING),
	CAPI_SAME("custom_data.content_name", CAPI_STRING),
	CAPI_SAME("custom_data.content_category", CAPI_STRING),
	CAPI_SAME("custom_data.content_brand", CAPI_STRING),
	DECIMAL("custom_data.predicted_ltv", "custom_data.predicted_ltv"),
	CAPI_SAME("custom_data.external_measurement_id", CAPI_STRING),
	CAPI_SAME("custom_data.external_measurement_vendor_id", CAPI_INTEGER),
	{.source = "consent.limited_data_use",
	    .target = "custom_data.opt_out_type", .type = CAPI_FIXED,
	    .value = "\"LDP\""},
	CAPI_END,
};
/* clang-format on */

/* ---- what Pinterest refuses ------------------------------------------ */

static bool
bad_name(const struct capi_build *b)
{
	return capi_check_name_unknown(b) ||
	       (!b->known->standard &&
		   !(b->config[OWN_NAMES] &&
		       capi_text_among(b->config[OWN_NAMES], b->name)));
}

static bool
newer_name(const struct capi_build *b)
{
	return b->known->standard && !capi_text_among(schema_names, b->name);
}

static bool
bad_action_source(const struct capi_build *b)
{
	return !capi_has(b->event, CAPI_ACTION_SOURCE) || !action_source(b);
}

static bool
bad_word(const struct capi_build *b)
{
	static const enum capi_member members[] = {
	    CAPI_ORDER_ID, CAPI_SEARCH_STRING, CAPI_EVENT_SOURCE_URL};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct capi_str s = capi_event_str(b->event, members[i]);

		if (capi_str_is(s, "undefined") || capi_str_is(s, "null") ||
		    capi_str_is(s, "NaN"))
			return true;
	}
	return false;
}

/* clang-format off */
static const struct capi_check checks[] = {
	CAPI_RULE("pinterest.event_name", CAPI_REFUSE,
	    "event_name is missing, or is none of Pinterest's nor declared "
	    "as your own: it would stay untracked",
	    "use a standard name, or list yours in own_event_names of the "
	    "configuration (15 at most)", bad_name),
	CAPI_RULES_OF_TIME("pinterest"),
	CAPI_RULE("pinterest.age", CAPI_REFUSE,
	    "event_time is more than 7 days ago (422, code 953)",
	    "send sooner; up to 30 days the upload of Ads Manager takes it",
	    capi_check_age),
	CAPI_RULE("pinterest.future", CAPI_REFUSE,
	    "event_time is in the future",
	    "look at the time zone of the export", capi_check_future),
	CAPI_RULE("pinterest.event_id", CAPI_REFUSE,
	    "event_id is required",
	    "let capi-normalize make it from the order", capi_check_id),
	CAPI_RULE_OF_PLACEHOLDERS("pinterest"),
	CAPI_RULE("pinterest.action_source", CAPI_REFUSE,
	    "action_source is required; of an app also its system, in "
	    "app_data.extinfo",
	    "say where the conversion happened", bad_action_source),
	CAPI_RULE("pinterest.plain", CAPI_REFUSE,
	    "an identifier is in plain that Pinterest takes hashed only",
	    "put capi-hash -p pinterest before capi-build",
	    capi_check_plain),
	CAPI_RULE("pinterest.digest", CAPI_REFUSE,
	    "an identifier is no SHA-256 in 64 lower-case hex digits, or that "
	    "of nothing",
	    "let capi-hash make the digests", capi_check_digest),
	CAPI_RULE("pinterest.form", CAPI_WARN,
	    "an identifier was hashed, but not in the form that Pinterest "
	    "matches",
	    "name pinterest in capi-hash -p", capi_check_form),
	CAPI_RULES_OF_IP("pinterest"),
	CAPI_RULE_OF_URLS("pinterest"),
	CAPI_LACKS("pinterest.identifiers", CAPI_REFUSE,
	    "user_data needs em, or hashed_maids, or client_ip_address with "
	    "client_user_agent; a phone number alone does not do",
	    "add an e-mail address",
	    "hashed.email.lower hashed.madid.lower "
	    "user_data.client_ip_address+user_data.client_user_agent"),
	{.code = "pinterest.ldp", .severity = CAPI_REFUSE,
	    .words = "limited data processing is ignored without state and "
		"country",
	    .cure = "add both", .given = "consent.limited_data_use",
	    .needs = "hashed.state.code+hashed.country.lower"},
	CAPI_RULE_OF_VALUES("pinterest"),
	CAPI_RULE("pinterest.value_negative", CAPI_REFUSE,
	    "value is below zero",
	    "Pinterest has no refunds: leave them out",
	    capi_check_value_negative),
	CAPI_RULE_OF_CURRENCIES("pinterest"),
	CAPI_RULE_OF_ITEMS("pinterest"),
	CAPI_RULE("pinterest.placeholder", CAPI_REFUSE,
	    "a text is \"undefined\", \"null\" or \"NaN\"",
	    "leave the member out", bad_word),
	{.code = "pinterest.value_alone", .severity = CAPI_WARN,
	    .words = "value without currency is counted in the ad account's",
	    .cure = "add the currency",
	    .given = "custom_data.value", .needs = "custom_data.currency"},
	{.code = "pinterest.purchase_value", .severity = CAPI_WARN,
	    .words = "a checkout without value and currency",
	    .cure = "add them",
	    .event = "Purchase", .needs = "custom_data.value+custom_data.currency"},
	{.code = "pinterest.order_id", .severity = CAPI_WARN,
	    .words = "a checkout without order_id, which helps against counting twice",
	    .cure = "add the order's number",
	    .event = "Purchase", .needs = "custom_data.order_id"},
	CAPI_RULE_OF_QUANTITIES("pinterest"),
	{.code = "pinterest.click_expired", .severity = CAPI_WARN,
	    .words = "the click of epik is more than 30 days before the event, "
		"longer than the usual window",
	    .cure = "leave old clicks out",
	    .given = "user_data.epik", .clicked = 30 * DAY},
	{.code = "pinterest.late", .severity = CAPI_WARN,
	    .words = "more than an hour old: Pinterest reports it as offline, "
		"and offline events are not deduplicated with the tag's",
	    .cure = "send within the hour where the tag runs too",
	    .from = "website", .older = 3600},
	CAPI_RULE("pinterest.event_name_new", CAPI_WARN,
	    "the name is on developer pages but not in the API's schema",
	    "look whether it arrives in Ads Manager", newer_name),
	CAPI_RULES_END,
};
/* clang-format on */

/* ---- how it is sent to ------------------------------------------------ */

/* The results of single events, in the order of the request. Anything that
 * does not match it makes every outcome unknown. */
static bool
judge_each(const struct capi_reply *r, struct capi_judgement *j,
    const struct capi_json *holder)
{
	const struct capi_json *list =
	    holder && holder->type == CAPI_JSON_OBJECT
		? capi_json_get(holder, "events")
		: NULL;
	size_t i = 0;

	if (!list || list->type != CAPI_JSON_ARRAY || list->count != r->events)
		return false;
	j->each = true;
	for (const struct capi_json *e = list->child; e; e = e->next, i++) {
		struct capi_verdict *v = &j->verdicts[i];
		struct capi_str status = capi_service_text(e, "status");

		if (capi_str_is(status, "processed"))
			v->class = CAPI_IS_TAKEN;
		else if (capi_str_is(status, "failed"))
			v->class = CAPI_IS_REFUSED;
		if (v->class == CAPI_IS_REFUSED)
			capi_service_quote(v->reason, sizeof(v->reason),
			    capi_service_text(e, "error_message"));
		else if (!j->warning[0])
			capi_service_quote(j->warning, sizeof(j->warning),
			    capi_service_text(e, "warning_message"));
	}
	return true;
}

static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	bool object = r->json && r->json->type == CAPI_JSON_OBJECT;
	struct capi_str v;
	int64_t n = 0;

	if (r->header(r, "x-pinterest-rid", &v))
		capi_service_name(j->trace, sizeof(j->trace), v);
	if (capi_service_number(r->json, "code", &n))
		snprintf(j->code, sizeof(j->code), "%lld", (long long)n);
	capi_service_quote(j->reason, sizeof(j->reason),
	    capi_service_text(r->json, "message"));
	if (j->class == CAPI_IS_THROTTLE && j->wait_ms < 0 &&
	    r->header(r, "x-ratelimit-reset", &v))
		j->wait_ms = capi_retry_after(v, -1, 0);
	if (r->status == 503 && n == 4197)
		j->wait_ms = 300000; /* "endpoint ramped down" */
	if (j->class == CAPI_IS_TAKEN) {
		j->reason[0] = '\0';
		if (object && judge_each(r, j, r->json))
			return;
		capi_service_unknown(j, "answer.none",
		    "the answer does not say what became of each event");
	}
	if (r->status == 422 && object &&
	    !judge_each(r, j, capi_json_get(r->json, "details")) &&
	    !judge_each(r, j, r->json)) {
		j->class = CAPI_IS_UNKNOWN;
	} else if (r->status == 422 && j->each) {
		j->class = CAPI_IS_TAKEN; /* the destination goes on */
	}
}

/* OpenAPI: offline events "cannot be deduplicated". */
static bool
repeatable(const struct capi_json *event, const char *kind)
{
	(void)kind;
	return capi_service_text(event, "event_id").n > 0 &&
	       !capi_str_is(
		   capi_service_text(event, "action_source"), "offline");
}

static const struct capi_service service = {
    .endpoint = "https://api.pinterest.com",
    .path = "/v5/ad_accounts/{ad_account_id}/events",
    .test_path = "/v5/ad_accounts/{ad_account_id}/events?test=true",
    .auth = CAPI_AUTH_BEARER,
    .rate = 5000,
    .burst = 100,
    .judge = judge,
    .repeatable = repeatable,
};

const struct capi_platform capi_platform_pinterest = {
    .name = "pinterest",
    .title = "Pinterest API for Conversions",
    .docs = "https://developers.pinterest.com/docs/api/v5/events-create",
    .read = "2026-08-21",
    .fields = fields,
    .names = names,
    .checks = checks,
    .keys = keys,
    .calls = calls,
    .free_names = true,
    .personal = true,
    .max_age = 7 * DAY,
    .max_ahead = 600,
    .service = &service,
};
