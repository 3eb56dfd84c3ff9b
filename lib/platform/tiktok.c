/*
 * TikTok Events API v1.3 ("Events API 2.0").
 * https://business-api.tiktok.com/portal/docs, read 2026-08-21, through the
 * references that public clients carry: the pages themselves need a log-in.
 */
#include "build/check.h"
#include "service.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

/* event_source and the id that goes with it: what has another source can not
 * share a body, and an id of the wrong kind refuses it (40002). */
enum { WEB, APP, OFFLINE, CRM };
#define IN(call) (1u << (call))

static const char *const id_keys[] = {
    [WEB] = "event_source_id",
    [APP] = "tiktok_app_id",
    [OFFLINE] = "offline_event_set_id",
    [CRM] = "crm_event_set_id",
};

static bool head(struct capi_buf *out, const struct capi_dest *d,
    const struct capi_call *c, const char *test_code, const char **missing);

static const struct capi_call calls[] = {
    [WEB] = {.name = "web",
	.max_events = 1000,
	.max_bytes = 1000000,
	.head = head},
    [APP] = {.name = "app",
	.max_events = 1000,
	.max_bytes = 1000000,
	.head = head},
    [OFFLINE] = {.name = "offline",
	.max_events = 1000,
	.max_bytes = 1000000,
	.head = head},
    [CRM] = {.name = "crm",
	.max_events = 1000,
	.max_bytes = 1000000,
	.head = head},
    {.max_events = 0},
};

static bool
head(struct capi_buf *out, const struct capi_dest *d, const struct capi_call *c,
    const char *test_code, const char **missing)
{
	const char *key = id_keys[c - calls];
	const char *id = capi_dest_get(d, key);
	const char *partner = capi_dest_get(d, "partner_name");
	bool digits;

	*missing = key;
	if (!id)
		return false;
	/* A pixel's code has letters, an event set's id has none: one in the
	 * place of the other refuses every event (40002). */
	digits = !id[strspn(id, "0123456789")];
	if (c == &calls[WEB] && digits)
		*missing = "event_source_id: a pixel's code, with letters";
	else if (c == &calls[OFFLINE] && !digits)
		*missing = "offline_event_set_id in digits";
	else if (c == &calls[CRM] && !digits)
		*missing = "crm_event_set_id in digits";
	else
		*missing = NULL;
	if (*missing)
		return false;
	capi_buf_adds(out, "{\"event_source\":\"");
	capi_buf_adds(out, c->name);
	capi_buf_adds(out, "\",\"event_source_id\":");
	capi_json_cstring(out, id);
	if (test_code) {
		capi_json_key(out, "test_event_code");
		capi_json_cstring(out, test_code);
	}
	if (partner) {
		capi_json_key(out, "partner_name");
		capi_json_cstring(out, partner);
	}
	capi_buf_adds(out, ",\"data\":[");
	return true;
}

static unsigned
call(const struct capi_build *b)
{
	const struct capi_event *e = b->event;

	if (capi_is(e, CAPI_ACTION_SOURCE, "website"))
		return WEB;
	if (capi_is(e, CAPI_ACTION_SOURCE, "app"))
		return APP;
	if (capi_is(e, CAPI_ACTION_SOURCE, "system_generated") &&
	    (capi_has(e, CAPI_LEAD_ID) || capi_has(e, CAPI_CRM_SOURCE) ||
		capi_has(e, CAPI_CRM_NAME)))
		return CRM;
	return OFFLINE;
}

#define OF_APP(name)                                                           \
	{                                                                      \
		.ours = name, .theirs = name, .in = IN(APP)                    \
	}
#define ADDRESS_AND_AGENT                                                      \
	"user_data.client_ip_address+user_data.client_user_agent"

#define ELSE (IN(WEB) | IN(OFFLINE) | IN(CRM))

/* "Supported standard events" (September 2025). CompletePayment and SubmitForm
 * were renamed on 2025-05-01 and are still taken: who has them in the site's
 * pixel sets event_names = old, since both sides must agree. Apps have a list
 * of their own. */
/* clang-format off */
static const struct capi_name names[] = {
	{.ours = "Purchase", .theirs = "Purchase", .older = "CompletePayment",
	    .in = ELSE},
	{.ours = "Lead", .theirs = "Lead", .older = "SubmitForm", .in = ELSE},
	CAPI_SAME_NAME("AddPaymentInfo"),
	CAPI_SAME_NAME("AddToCart"),
	CAPI_SAME_NAME("AddToWishlist"),
	{.ours = "ApplicationApproval", .theirs = "ApplicationApproval",
	    .in = ELSE},
	{.ours = "CompleteRegistration", .theirs = "CompleteRegistration",
	    .in = ELSE},
	{.ours = "Contact", .theirs = "Contact", .in = ELSE},
	{.ours = "CustomizeProduct", .theirs = "CustomizeProduct", .in = ELSE},
	{.ours = "Download", .theirs = "Download", .in = ELSE},
	{.ours = "FindLocation", .theirs = "FindLocation", .in = ELSE},
	{.ours = "InitiateCheckout", .theirs = "InitiateCheckout", .in = ELSE},
	{.ours = "Schedule", .theirs = "Schedule", .in = ELSE},
	CAPI_SAME_NAME("Search"),
	CAPI_SAME_NAME("StartTrial"),
	{.ours = "SubmitApplication", .theirs = "SubmitApplication",
	    .in = ELSE},
	CAPI_SAME_NAME("Subscribe"),
	CAPI_SAME_NAME("ViewContent"),
	{.ours = "PageView", .theirs = "PageView", .in = IN(WEB)},
	{.ours = "Purchase", .theirs = "Purchase", .in = IN(APP)},
	{.ours = "InitiateCheckout", .theirs = "Checkout", .in = IN(APP)},
	{.ours = "CompleteRegistration", .theirs = "Registration",
	    .in = IN(APP)},
	{.ours = "Lead", .theirs = "GenerateLead", .in = IN(APP)},
	{.ours = "SubmitApplication", .theirs = "LoanApplication",
	    .in = IN(APP)},
	/* Taken until 2027. */
	{.ours = "ClickButton", .theirs = "ClickButton", .in = ELSE},
	{.ours = "PlaceAnOrder", .theirs = "PlaceAnOrder", .in = ELSE},
	OF_APP("AchieveLevel"), OF_APP("Checkout"), OF_APP("CompleteTutorial"),
	OF_APP("CreateGroup"), OF_APP("CreateRole"), OF_APP("GenerateLead"),
	OF_APP("InAppADClick"), OF_APP("InAppADImpr"), OF_APP("InstallApp"),
	OF_APP("JoinGroup"), OF_APP("LaunchAPP"), OF_APP("LoanApplication"),
	OF_APP("LoanApproval"), OF_APP("LoanDisbursal"), OF_APP("Login"),
	OF_APP("Rate"), OF_APP("Registration"), OF_APP("SpendCredits"),
	OF_APP("UnlockAchievement"),
	CAPI_NAMES_END,
};
/* clang-format on */

/* product when the ids are SKUs; with ids it is wanted, and it stands beside
 * them, not in each (v1.3). */
static bool
make_content_type(struct capi_buf *out, const struct capi_build *b)
{
	const struct capi_event *e = b->event;

	if (capi_is(e, CAPI_CONTENT_TYPE, "product_group"))
		capi_buf_adds(out, "\"product_group\"");
	else if (capi_is(e, CAPI_CONTENT_TYPE, "product") ||
		 capi_has(e, CAPI_ITEMS) || capi_has(e, CAPI_CONTENT_IDS))
		capi_buf_adds(out, "\"product\"");
	else
		return false;
	return true;
}

/* Two numbers, digit for digit. */
static bool
price_range(
    const struct capi_build *b, struct capi_str *least, struct capi_str *most)
{
	const struct capi_json *v = b->event->at[CAPI_PRICE_RANGE];

	if (!v || v->type != CAPI_JSON_ARRAY || v->count != 2)
		return false;
	*least = capi_json_str(v->child);
	*most = capi_json_str(v->child->next);
	return capi_decimal_sign(*least) != 2 && capi_decimal_sign(*most) != 2;
}

static bool
make_price_range(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str least, most;

	if (!price_range(b, &least, &most))
		return false;
	capi_buf_addc(out, '[');
	capi_buf_add(out, least.p, least.n);
	capi_buf_addc(out, ',');
	capi_buf_add(out, most.p, most.n);
	capi_buf_addc(out, ']');
	return true;
}

/* clang-format off */
/* A content_id that is a number refuses the whole request (40002). */
static const struct capi_field contents[] = {
	CAPI_ROW("id", "content_id", CAPI_STRING),
	CAPI_SAME("price", CAPI_NUMBER),
	CAPI_SAME("quantity", CAPI_INTEGER),
	CAPI_ROW("name", "content_name", CAPI_STRING),
	CAPI_ROW("category", "content_category", CAPI_STRING),
	CAPI_SAME("brand", CAPI_STRING),
	CAPI_END,
};

#define ONLY_WEB(name, as) \
	{.source = "custom_data." name, .target = "properties." name, \
	    .type = (as), .in = IN(WEB)}
#define TEXT(name) ONLY_WEB(name, CAPI_STRING)
#define TEXTS(name) ONLY_WEB(name, CAPI_STRINGS)
#define WHOLE(name) ONLY_WEB(name, CAPI_INTEGER)

static const struct capi_field fields[] = {
	{.source = "event_name", .target = "event", .type = CAPI_MADE,
	    .make = capi_make_name},
	CAPI_SAME("event_time", CAPI_INTEGER),
	/* A number refuses the event (40002). */
	CAPI_SAME("event_id", CAPI_STRING),
	{.source = "consent.limited_data_use", .target = "limited_data_use",
	    .type = CAPI_FIXED, .value = "true", .in = IN(WEB) | IN(APP),
	    .note = "acts in eligible US states"},

	{.source = "", .target = "user", .type = CAPI_OPEN},
	CAPI_ID("user_data.email", "user.email", "lower"),
	CAPI_ID("user_data.phone", "user.phone", "e164"),
	{.source = "user_data.external_id", .target = "user.external_id",
	    .form = "exact", .in = ELSE},
	{.source = "user_data.first_name", .target = "user.first_name",
	    .form = "compact", .type = CAPI_STRING, .in = IN(WEB)},
	{.source = "user_data.last_name", .target = "user.last_name",
	    .form = "compact", .type = CAPI_STRING, .in = IN(WEB)},
	{.source = "user_data.postal_code", .target = "user.zip_code",
	    .form = "joined", .type = CAPI_STRING, .in = IN(WEB)},
	/* Plain, unlike Meta and Pinterest. */
	{.source = "user_data.city", .target = "user.city",
	    .type = CAPI_STRING, .spell = capi_spell_compact, .in = IN(WEB),
	    .note = "plain, lower case, letters and digits only"},
	{.source = "user_data.state", .target = "user.state",
	    .type = CAPI_STRING, .spell = capi_spell_compact, .in = IN(WEB),
	    .note = "plain, lower case, letters and digits only"},
	{.source = "user_data.country", .target = "user.country",
	    .type = CAPI_STRING, .spell = capi_spell_lower, .in = IN(WEB),
	    .note = "plain, lower case"},
	{.source = "user_data.ttclid", .target = "user.ttclid",
	    .type = CAPI_STRING, .in = IN(WEB) | IN(OFFLINE)},
	{.source = "user_data.ttp", .target = "user.ttp",
	    .type = CAPI_STRING, .in = IN(WEB)},
	{.source = "user_data.client_ip_address", .target = "user.ip",
	    .type = CAPI_STRING, .in = IN(WEB) | IN(APP)},
	{.source = "user_data.client_user_agent", .target = "user.user_agent",
	    .type = CAPI_STRING, .in = IN(WEB) | IN(APP)},
	{.source = "user_data.locale", .target = "user.locale",
	    .type = CAPI_STRING, .in = IN(WEB) | IN(APP)},
	{.source = "user_data.idfa", .target = "user.idfa",
	    .type = CAPI_STRING, .spell = capi_spell_upper, .in = IN(APP),
	    .note = "plain, upper case"},
	{.source = "user_data.idfv", .target = "user.idfv",
	    .type = CAPI_STRING, .in = IN(APP)},
	{.source = "user_data.gaid", .target = "user.gaid",
	    .type = CAPI_STRING, .spell = capi_spell_lower, .in = IN(APP),
	    .note = "plain, lower case"},
	{.source = "user_data.att_status", .target = "user.att_status",
	    .type = CAPI_STRING, .in = IN(APP)},

	CAPI_ROW("custom_data.value", "properties.value", CAPI_NUMBER),
	{.source = "custom_data.currency", .target = "properties.currency",
	    .type = CAPI_STRING, .spell = capi_spell_upper},
	CAPI_ROW("custom_data.order_id", "properties.order_id", CAPI_STRING),
	{.source = "custom_data.items", .target = "properties.contents",
	    .type = CAPI_OBJECTS, .items = contents},
	CAPI_ROW("custom_data.content_ids", "properties.content_ids",
	    CAPI_STRINGS),
	{.source = "custom_data.items", .target = "properties.content_ids",
	    .type = CAPI_MADE, .make = capi_make_content_ids,
	    .note = "the items' ids, unless content_ids is given"},
	{.source = "custom_data", .target = "properties.content_type",
	    .type = CAPI_MADE, .make = make_content_type,
	    .note = "content_type, else product when there are ids"},
	CAPI_ROW("custom_data.num_items", "properties.num_items",
	    CAPI_INTEGER),
	CAPI_ROW("custom_data.search_string", "properties.search_string",
	    CAPI_STRING),
	CAPI_ROW("custom_data.description", "properties.description",
	    CAPI_STRING),
	CAPI_ROW("custom_data.shop_id", "properties.shop_id", CAPI_STRING),
	CAPI_ROW("custom_data.delivery_category",
	    "properties.delivery_category", CAPI_STRING),
	CAPI_ROW("custom_data.predicted_ltv", "properties.predicted_ltv",
	    CAPI_NUMBER),
	/* Travel and cars. */
	TEXT("city"), TEXT("region"), TEXT("country"), TEXT("checkin_date"),
	TEXT("checkout_date"), WHOLE("num_adults"), WHOLE("num_children"),
	WHOLE("num_infants"), TEXTS("suggested_hotels"),
	TEXT("departing_departure_date"), TEXT("returning_departure_date"),
	TEXT("departing_arrival_date"), TEXT("returning_arrival_date"),
	TEXT("origin_airport"), TEXT("destination_airport"),
	TEXTS("destination_ids"), TEXT("travel_class"),
	ONLY_WEB("user_score", CAPI_NUMBER), WHOLE("preferred_num_stops"),
	TEXT("travel_start"), TEXT("travel_end"),
	TEXTS("suggested_destinations"),
	TEXT("postal_code"), TEXT("make"), TEXT("model"), WHOLE("year"),
	TEXT("state_of_vehicle"),
	ONLY_WEB("mileage.value", CAPI_NUMBER),
	{.source = "custom_data.mileage.unit",
	    .target = "properties.mileage.unit", .type = CAPI_STRING,
	    .spell = capi_spell_upper, .in = IN(WEB), .note = "MI or KM"},
	TEXT("exterior_color"), TEXT("transmission"), TEXT("body_style"),
	TEXT("fuel_type"), TEXT("drivetrain"),
	{.source = "custom_data.preferred_price_range",
	    .target = "properties.preferred_price_range", .type = CAPI_MADE,
	    .make = make_price_range, .in = IN(WEB),
	    .note = "least and most"},
	TEXT("trim"),
	TEXT("vin"),
	TEXT("interior_color"), TEXT("condition_of_vehicle"),
	TEXT("viewcontent_type"), TEXT("search_type"),
	TEXT("registration_type"),

	{.source = "event_source_url", .target = "page.url",
	    .type = CAPI_STRING, .in = IN(WEB)},
	{.source = "referrer_url", .target = "page.referrer",
	    .type = CAPI_STRING, .in = IN(WEB)},

	{.source = "app_data.app_id", .target = "app.app_id",
	    .type = CAPI_STRING, .in = IN(APP)},
	{.source = "app_data.app_name", .target = "app.app_name",
	    .type = CAPI_STRING, .in = IN(APP)},
	{.source = "app_data.app_version", .target = "app.app_version",
	    .type = CAPI_STRING, .in = IN(APP)},
	{.source = "attribution_data.callback", .target = "ad.callback",
	    .type = CAPI_STRING, .in = IN(APP)},
	{.source = "attribution_data.campaign_id",
	    .target = "ad.campaign_id", .type = CAPI_STRING, .in = IN(APP)},
	{.source = "attribution_data.adset_id", .target = "ad.ad_id",
	    .type = CAPI_STRING, .in = IN(APP),
	    .note = "TikTok calls the ad group's id so"},
	{.source = "attribution_data.ad_id", .target = "ad.creative_id",
	    .type = CAPI_STRING, .in = IN(APP),
	    .note = "TikTok calls the ad's id so"},
	{.source = "attribution_data.is_retargeting",
	    .target = "ad.is_retargeting", .type = CAPI_FLAG, .in = IN(APP)},
	{.source = "attribution_data.attributed", .target = "ad.attributed",
	    .type = CAPI_FLAG, .in = IN(APP)},
	{.source = "attribution_data.attribution_type",
	    .target = "ad.attribution_type", .type = CAPI_STRING,
	    .in = IN(APP)},
	{.source = "attribution_data.attribution_source",
	    .target = "ad.attribution_provider", .type = CAPI_STRING,
	    .in = IN(APP)},

	{.source = "user_data.lead_id", .target = "lead.lead_id",
	    .type = CAPI_STRING, .in = IN(CRM)},
	{.source = "custom_data.lead_event_source",
	    .target = "lead.lead_event_source", .type = CAPI_STRING,
	    .in = IN(CRM)},
	CAPI_END,
};
/* clang-format on */

static bool
not_standard(const struct capi_build *b)
{
	return !b->known->standard;
}

static bool
is_preview(const struct capi_build *b)
{
	static const char host[] = "gtm-msr.appspot.com";
	struct capi_str s = capi_event_str(b->event, CAPI_EVENT_SOURCE_URL);

	return s.n && memmem(s.p, s.n, host, sizeof(host) - 1);
}

static bool
bad_price_range(const struct capi_build *b)
{
	struct capi_str least, most;

	return !price_range(b, &least, &most);
}

static bool
reserved_name(const struct capi_build *b)
{
	return b->call != APP &&
	       capi_text_among(
		   "AddBilling Browse Checkout "
		   "ClickForm ClickInDownloadPage ClickToDownload Consult "
		   "ConsultByPhone Registration StartCheckout "
		   "ViewConsultationPage ViewDownloadPage ViewForm",
		   b->name);
}

/* clang-format off */
static const struct capi_check checks[] = {
	CAPI_RULE("tiktok.event_name", CAPI_REFUSE,
	    "event_name is missing, or is not a name that may be sent",
	    "give the event a standard name, or let custom names pass with "
	    "--unknown-events pass", capi_check_name_unknown),
	{.code = "tiktok.offline_event", .severity = CAPI_REFUSE,
	    .words = "offline events have standard names only",
	    .cure = "use Purchase, Lead or another of TikTok's list",
	    .broken = not_standard, .in = IN(OFFLINE)},
	CAPI_RULES_OF_TIME("tiktok"),
	{.code = "tiktok.age", .severity = CAPI_REFUSE,
	    .words = "event_time is more than 28 days ago, longer than any "
		"click window: TikTok would answer 0 and count nothing",
	    .cure = "send sooner", .older = 28 * DAY},
	{.code = "tiktok.late", .severity = CAPI_WARN,
	    .words = "event_time is more than 7 days ago, longer than the "
		"usual click window",
	    .cure = "send on the same day", .older = 7 * DAY},
	CAPI_RULE("tiktok.future", CAPI_REFUSE,
	    "event_time is more than an hour in the future",
	    "look at the time zone of the export", capi_check_future),
	CAPI_RULE("tiktok.event_id", CAPI_REFUSE,
	    "event_id is missing: a repeated event would count twice",
	    "let capi-normalize make it from the order", capi_check_id),
	CAPI_RULE_OF_PLACEHOLDERS("tiktok"),
	CAPI_RULE("tiktok.plain", CAPI_REFUSE,
	    "an identifier is in plain that TikTok takes hashed only (40062 "
	    "PII_NOT_HASHED)",
	    "put capi-hash -p tiktok before capi-build", capi_check_plain),
	CAPI_RULE("tiktok.digest", CAPI_REFUSE,
	    "an identifier is no SHA-256 in 64 lower-case hex digits, or that "
	    "of nothing",
	    "let capi-hash make the digests", capi_check_digest),
	CAPI_RULE("tiktok.form", CAPI_WARN,
	    "an identifier was hashed, but not in the form that TikTok "
	    "matches (phones keep their +)",
	    "name tiktok in capi-hash -p", capi_check_form),
	CAPI_RULE("tiktok.preview", CAPI_LEAVE,
	    "the page is a preview of the tag manager, not a shopper's",
	    "nothing: it is left out", is_preview),

	{.code = "tiktok.system_generated", .severity = CAPI_WARN,
	    .words = "system_generated without lead_id: TikTok takes CRM events "
		"by the id that it gave the lead, so this one goes to the "
		"offline event set",
	    .cure = "give user_data.lead_id, or the action_source that it "
		"really has", .from = "system_generated",
	    .needs = "user_data.lead_id", .in = IN(OFFLINE)},
	CAPI_LEFT_OUT("tiktok.ip", "user_data.client_ip_address",
	    "ip is not one IPv4 or IPv6 address",
	    "give the shopper's address alone", capi_check_ip),
	CAPI_LEFT_OUT("tiktok.ip_private", "user_data.client_ip_address",
	    "ip is of a private network; TikTok wants the public one",
	    "look at how the shop learns it behind its proxy",
	    capi_check_ip_private),
	CAPI_LEFT_OUT("tiktok.url_personal", "event_source_url",
	    "page.url has people's data or a secret in it, which TikTok flags "
	    "as prohibited",
	    "let capi-normalize strip it", capi_check_url),
	CAPI_RULE_OF_REFERRERS("tiktok"),
	{.code = "tiktok.att_status", .severity = CAPI_OMIT,
	    .words = "att_status is AUTHORIZED, DENIED, NOT_DETERMINED, "
		"RESTRICTED or NOT_APPLICABLE",
	    .cure = "use one of them", .in = IN(APP),
	    .member = "user_data.att_status",
	    .one_of = "AUTHORIZED DENIED NOT_DETERMINED RESTRICTED "
		"NOT_APPLICABLE"},
	CAPI_ONE_OF("tiktok.delivery_category",
	    "custom_data.delivery_category",
	    "delivery_category is in_store, curbside or home_delivery",
	    "use one of them", "in_store curbside home_delivery"),

	{.code = "tiktok.mileage_unit", .severity = CAPI_OMIT,
	    .words = "mileage.unit is MI or KM", .cure = "use one of them",
	    .member = "custom_data.mileage.unit", .one_of = "MI KM mi km",
	    .in = IN(WEB)},
	{.code = "tiktok.vin", .severity = CAPI_OMIT,
	    .words = "vin is longer than 17 characters",
	    .cure = "give the number of the vehicle alone",
	    .member = "custom_data.vin", .longest = 17, .in = IN(WEB)},
	{.code = "tiktok.price_range", .severity = CAPI_OMIT,
	    .words = "preferred_price_range is a list of two plain decimal "
		"numbers, least and most",
	    .cure = "give both, without a currency",
	    .member = "custom_data.preferred_price_range",
	    .broken = bad_price_range, .in = IN(WEB)},

	{.code = "tiktok.offline_identifiers", .severity = CAPI_REFUSE,
	    .words = "an offline event needs an e-mail or a phone number",
	    .cure = "add one of them", .in = IN(OFFLINE),
	    .needs = "hashed.email.lower hashed.phone.e164"},
	{.code = "tiktok.lead_id", .severity = CAPI_REFUSE,
	    .words = "a CRM event needs lead_id, TikTok's id of the lead",
	    .cure = "keep it when the lead comes in", .in = IN(CRM),
	    .needs = "user_data.lead_id"},
	{.code = "tiktok.app_id", .severity = CAPI_REFUSE,
	    .words = "an app event needs app_data.app_id",
	    .cure = "give the store's id of the app", .in = IN(APP),
	    .needs = "app_data.app_id"},
	{.code = "tiktok.app_identifiers", .severity = CAPI_REFUSE,
	    .words = "an app event needs gaid, idfa, idfv, an e-mail, a phone "
		"number, or ip and user_agent",
	    .cure = "add one of them", .in = IN(APP),
	    .needs = "hashed.email.lower hashed.phone.e164 user_data.idfa "
		"user_data.idfv user_data.gaid " ADDRESS_AND_AGENT},
	{.code = "tiktok.web_identifiers", .severity = CAPI_WARN,
	    .words = "a web event without ttclid, e-mail, phone number, "
		"external_id, ttp, or ip and user_agent matches nobody",
	    .cure = "add one of them", .in = IN(WEB),
	    .needs = "hashed.email.lower hashed.phone.e164 user_data.ttclid "
		"user_data.ttp hashed.external_id.exact " ADDRESS_AND_AGENT},
	{.code = "tiktok.page_url", .severity = CAPI_WARN,
	    .words = "a web event should say its page.url",
	    .cure = "add event_source_url", .in = IN(WEB),
	    .needs = "event_source_url"},
	CAPI_RULE("tiktok.value", CAPI_REFUSE,
	    "value is not a plain decimal number (40002)",
	    "no separators, no currency sign, a point for the decimals",
	    capi_check_value),
	CAPI_RULE("tiktok.value_negative", CAPI_REFUSE,
	    "value is below zero",
	    "TikTok has no refunds: leave them out",
	    capi_check_value_negative),
	{.code = "tiktok.currency", .severity = CAPI_REFUSE,
	    .words = "currency is not in TikTok's list of currencies",
	    .cure = "send the order in a currency of the list",
	    .member = "custom_data.currency",
	    .one_of = "AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC "
		"CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ISK JPY "
		"KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN "
		"PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD "
		"VES VND ZAR"},
	{.code = "tiktok.value_alone", .severity = CAPI_REFUSE,
	    .words = "value needs its currency", .cure = "add the currency",
	    .given = "custom_data.value", .needs = "custom_data.currency"},
	CAPI_RULE("tiktok.items", CAPI_REFUSE,
	    "an item's price or quantity is not a number (40002)",
	    "a plain decimal number", capi_check_item_numbers),
	CAPI_RULE("tiktok.item_id", CAPI_WARN,
	    "an item has no id: it can not match the catalogue",
	    "give the SKU of the catalogue", capi_check_item_id),
	{.code = "tiktok.purchase_value", .severity = CAPI_WARN,
	    .words = "a Purchase without value and currency has no return on ad spend",
	    .cure = "add them",
	    .event = "Purchase", .needs = "custom_data.value+custom_data.currency"},
	{.code = "tiktok.click_expired", .severity = CAPI_WARN,
	    .words = "the click of ttclid is more than 28 days before the "
		"event",
	    .cure = "leave old clicks out",
	    .given = "user_data.ttclid", .clicked = 28 * DAY},
	{.code = "tiktok.crm_custom", .severity = CAPI_WARN,
	    .words = "a custom name of a CRM event optimises nothing until it "
		"is mapped in Events Manager",
	    .cure = "map it there, or use a standard name",
	    .broken = not_standard, .in = IN(CRM)},
	CAPI_RULE_OF_QUANTITIES("tiktok"),
	CAPI_RULE("tiktok.reserved_name", CAPI_WARN,
	    "a name that TikTok keeps for itself and counts as another one "
	    "(Events reserved by TikTok, May 2025)",
	    "send the standard event that is meant", reserved_name),
	CAPI_RULE("tiktok.event_name_near", CAPI_WARN,
	    "nearly a standard event, but counted as a custom one",
	    "spell it as TikTok does", capi_check_name_near),
	CAPI_RULES_END,
};
/* clang-format on */

static const struct capi_key keys[] = {
    {"event_source_id", "the pixel's code, for website events"},
    {"offline_event_set_id", "for events of shops, calls and the like"},
    {"crm_event_set_id", "for leads of a CRM"},
    {"tiktok_app_id", "for app events"},
    {"partner_name", "of partners: the name that TikTok gave"},
    {"event_names", "old: CompletePayment and SubmitForm, as the pixel"},
    {NULL, NULL},
};

/* ---- how it is sent to ------------------------------------------------ */

/*
 * The codes of tiktok/tiktok-business-api-sdk (2026-02), first match; the HTTP
 * status is 200 for nearly all of them. 40100 is a throttle, whatever its
 * number looks like.
 */
static const struct capi_code answer_codes[] = {
    {0, 0, 0, CAPI_IS_TAKEN},
    {20001, 20001, 0, CAPI_IS_TAKEN}, /* partly; which part is not said */
    {40050, 40050, 0, CAPI_IS_TAKEN}, /* a repeat of what it has */
    {40016, 40016, 0, CAPI_IS_THROTTLE},
    {40100, 40100, 0, CAPI_IS_THROTTLE},
    {40132, 40132, 0, CAPI_IS_THROTTLE},
    {61000, 61000, 0, CAPI_IS_THROTTLE},
    {40001, 40001, 0, CAPI_IS_AUTH},
    {40003, 40003, 0, CAPI_IS_AUTH},
    {40101, 40131, 0, CAPI_IS_AUTH},
    {40300, 40309, 0, CAPI_IS_AUTH},
    {40900, 40900, 0, CAPI_IS_AUTH},
    {41000, 41000, 0, CAPI_IS_AUTH},
    {70001, 70001, 0, CAPI_IS_AUTH},
    {40006, 40010, 0, CAPI_IS_CONFIG},
    {40013, 40014, 0, CAPI_IS_CONFIG},
    {40051, 40051, 0, CAPI_IS_CONFIG},
    {40063, 40063, 0, CAPI_IS_CONFIG},
    {40400, 40400, 0, CAPI_IS_CONFIG},
    {41001, 41001, 0, CAPI_IS_CONFIG},
    {40061, 40061, 0, CAPI_IS_SPLIT},
    {40200, 40202, 0, CAPI_IS_RETRY},
    {40000, 40999, 0, CAPI_IS_REFUSED},
    {41002, 41002, 0, CAPI_IS_REFUSED},
    {50000, 69999, 0, CAPI_IS_RETRY},
};

static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	struct capi_str words = capi_service_text(r->json, "message");
	const struct capi_code *row;
	int64_t code;
	size_t index;

	if (!capi_service_number(r->json, "code", &code)) {
		if (r->status >= 200 && r->status < 300)
			capi_service_unknown(
			    j, "answer.none", "the answer has no code");
		return;
	}
	snprintf(j->code, sizeof(j->code), "%lld", (long long)code);
	capi_service_name(j->trace, sizeof(j->trace),
	    capi_service_text(r->json, "request_id"));
	row = capi_service_code(answer_codes,
	    sizeof(answer_codes) / sizeof(answer_codes[0]), code, 0);
	/* Neither a 200 with a code nobody knows is a success, nor the code of
	 * a success with another status. */
	if (row && (code || j->class == CAPI_IS_TAKEN))
		j->class = row->class;
	else if (j->class == CAPI_IS_TAKEN)
		j->class = CAPI_IS_UNKNOWN;
	if (j->class == CAPI_IS_TAKEN) {
		if (code == 20001)
			snprintf(j->warning, sizeof(j->warning),
			    "TikTok took the request in part");
		return;
	}
	capi_service_quote(j->reason, sizeof(j->reason), words);
	/* "Batch.0.properties.contents.0.content_id: Not a valid string" names
	 * an event, where the message has it (rudder-transformer's fixtures).
	 */
	if (j->class == CAPI_IS_REFUSED &&
	    capi_service_index(words, "Batch.", &index))
		capi_service_culprit(r, j, index);
}

static const struct capi_service service = {
    .endpoint = "https://business-api.tiktok.com",
    .path = "/open_api/v1.3/event/track/",
    .auth = CAPI_AUTH_TIKTOK,
    .judge = judge,
};

const struct capi_platform capi_platform_tiktok = {
    .name = "tiktok",
    .title = "TikTok Events API",
    .docs = "https://business-api.tiktok.com/portal/docs",
    .read = "2026-08-21",
    .fields = fields,
    .names = names,
    .checks = checks,
    .keys = keys,
    .calls = calls,
    .free_names = true,
    .test_code = true,
    .max_ahead = 3600,
    .call = call,
    .service = &service,
};
