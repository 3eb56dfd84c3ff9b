/*
 * Klaviyo: Create Event and Bulk Create Events, revision 2026-07-15.
 * https://developers.klaviyo.com/en/reference/create_event and the OpenAPI of
 * klaviyo/openapi, read 2026-07-23.
 *
 * People's data goes in plain: a digest for an e-mail address would make a
 * profile of its own. So capi-hash stays out of this pipeline.
 */
#include "build/check.h"
#include "service.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400
#define YEAR (365 * DAY)

enum { API, BACKFILL, REVISION };

static const struct capi_key keys[] = {
    [API] = {"api", "bulk (the default) or single"},
    [BACKFILL] = {"backfill", "true: old events start no flow; false: they do"},
    [REVISION] = {"revision", "of the API; the default is 2026-07-15"},
    {NULL, NULL},
};

/* Bulk takes 150,000 events a minute where single calls take 3,500. A unique_id
 * that comes twice fails a whole bulk request, so a body never holds it. */
enum { BULK, SINGLE };
#define IN(call) (1u << (call))

static bool
head(struct capi_buf *out, const struct capi_dest *d, const struct capi_call *c,
    const char *test_code, const char **missing)
{
	(void)d;
	(void)test_code;
	(void)missing;
	capi_buf_adds(
	    out, c->max_events == 1
		     ? "{\"data\":"
		     : "{\"data\":{\"type\":\"event-bulk-create-job\","
		       "\"attributes\":{\"events-bulk-create\":{\"data\":[");
	return true;
}

static const struct capi_call calls[] = {
    [BULK] = {.name = "bulk",
	.max_events = 1000,
	.max_bytes = 5000000,
	.head = head,
	.tail = "]}}}}",
	.unique = true},
    [SINGLE] = {.name = "single",
	.max_events = 1,
	.max_bytes = 5000000,
	.head = head,
	.tail = "}"},
    {.max_events = 0},
};

static unsigned
call(const struct capi_build *b)
{
	return b->config[API] && !strcmp(b->config[API], "single") ? SINGLE
								   : BULK;
}

/* Names are free, but flows look for Klaviyo's own. */
/* clang-format off */
static const struct capi_name names[] = {
	CAPI_NAME("Purchase", "Placed Order"),
	CAPI_NAME("InitiateCheckout", "Started Checkout"),
	CAPI_NAME("AddToCart", "Added to Cart"),
	CAPI_NAME("ViewContent", "Viewed Product"),
	CAPI_NAME("PageView", "Active on Site"),
	CAPI_SAME_NAME("AddPaymentInfo"), CAPI_SAME_NAME("AddToWishlist"),
	CAPI_SAME_NAME("CompleteRegistration"), CAPI_SAME_NAME("Contact"),
	CAPI_SAME_NAME("CustomizeProduct"), CAPI_SAME_NAME("Donate"),
	CAPI_SAME_NAME("FindLocation"), CAPI_SAME_NAME("Lead"),
	CAPI_SAME_NAME("Schedule"), CAPI_SAME_NAME("Search"),
	CAPI_SAME_NAME("StartTrial"), CAPI_SAME_NAME("SubmitApplication"),
	CAPI_SAME_NAME("Subscribe"), CAPI_SAME_NAME("Placed Order"),
	CAPI_SAME_NAME("Ordered Product"), CAPI_SAME_NAME("Fulfilled Order"),
	CAPI_SAME_NAME("Cancelled Order"), CAPI_SAME_NAME("Refunded Order"),
	CAPI_SAME_NAME("Started Checkout"), CAPI_SAME_NAME("Added to Cart"),
	CAPI_SAME_NAME("Viewed Product"), CAPI_SAME_NAME("Active on Site"),
	CAPI_NAMES_END,
};
/* clang-format on */

/* ---- refunds and other members that a table can not say -------------- */

enum after { NOTHING, REFUND, CANCEL };

static bool
is_refunded(struct capi_str s)
{
	return capi_str_is_nocase(s, "refunded") ||
	       capi_str_is_nocase(s, "partially_refunded");
}

static size_t
refunds(const struct capi_build *b)
{
	const struct capi_json *list = b->event->at[CAPI_REFUNDS];

	return list && list->type == CAPI_JSON_ARRAY ? list->count : 1;
}

/*
 * A refund takes nothing back at Klaviyo, it is an event behind the order's: so
 * an order that comes as refunded is placed first. Where that was sent before,
 * it is dropped by its key, and Klaviyo keeps the first of a unique_id. One
 * that was cancelled or voided was not paid: nobody is thanked for it.
 *
 * Klaviyo adds the values up, so each refund is an event of its own with what
 * it gave back, by its number. An export that has only the sum of them makes
 * the first; when that sum grows it is other content under the same key, which
 * capi-send parks: both sums would count the first refund twice.
 */
static bool
more(const struct capi_build *b)
{
	return b->part < refunds(b) && capi_name_is(b, "Purchase") &&
	       is_refunded(capi_event_str(b->event, CAPI_STATUS));
}

static enum after
after(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_STATUS);

	if (!s.n || !capi_name_is(b, "Purchase"))
		return NOTHING;
	if (is_refunded(s))
		return b->part ? REFUND : NOTHING;
	if (capi_str_is_nocase(s, "cancelled") ||
	    capi_str_is_nocase(s, "canceled") ||
	    capi_str_is_nocase(s, "voided"))
		return CANCEL;
	return NOTHING;
}

static bool
rename_after(struct capi_str *name, const struct capi_build *b)
{
	enum after a = after(b);

	if (a == REFUND)
		*name = CAPI_STR("Refunded Order");
	else if (a == CANCEL)
		*name = CAPI_STR("Cancelled Order");
	return true;
}

/* Of several refunds the members of the one whose turn it is, into the slots of
 * the list's own; false: there is no list. capi_event_forget(from) ends it. */
static bool
read_refund(const struct capi_build *b, unsigned *from)
{
	const struct capi_json *v = b->event->at[CAPI_REFUNDS];

	if (after(b) != REFUND || !v || v->type != CAPI_JSON_ARRAY)
		return false;
	v = v->child;
	for (unsigned i = 1; v && i < b->part; i++)
		v = v->next;
	if (!v)
		return false;
	*from = capi_event_read_item(b->event, CAPI_REFUNDS, v);
	return true;
}

static bool
make_time(struct capi_buf *out, const struct capi_build *b)
{
	int64_t when = b->time, then;
	unsigned from;

	if (read_refund(b, &from)) {
		if (capi_refunded_at(b, CAPI_REFUND_AT, &then))
			when = then;
		capi_event_forget(b->event, from);
	} else if (after(b) == REFUND &&
		   capi_refunded_at(b, CAPI_REFUNDED_AT, &then)) {
		when = then;
	}
	capi_buf_addc(out, '"');
	capi_write_time(out, when, 'T', "Z\"");
	return true;
}

/* What this refund gave back, as far as it is known. */
static struct capi_str
given_back(const struct capi_build *b)
{
	struct capi_str s;
	unsigned from;

	if (!read_refund(b, &from))
		return capi_event_str(b->event, CAPI_REFUNDED_VALUE);
	s = capi_event_str(b->event, CAPI_REFUND_VALUE);
	capi_event_forget(b->event, from);
	return s;
}

static bool
make_value(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_VALUE);

	if (after(b) == REFUND && given_back(b).n)
		s = given_back(b);
	if (!s.n || capi_decimal_sign(s) == 2)
		return false;
	capi_buf_add(out, s.p, s.n);
	return true;
}

/* What happened to an order later is an event of its own. */
static void
add_suffix(struct capi_buf *out, const struct capi_build *b)
{
	if (after(b) == CANCEL)
		capi_buf_adds(out, ":cancel");
	if (after(b) == REFUND)
		capi_buf_addf(out, ":refund:%u", b->part);
}

static bool
make_unique_id(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str id = capi_event_str(b->event, CAPI_EVENT_ID);

	capi_json_string(out, id.p, id.n);
	out->len--;
	add_suffix(out, b);
	capi_buf_addc(out, '"');
	return true;
}

static bool
is_backfill(const struct capi_build *b)
{
	return b->config[BACKFILL] && !strcmp(b->config[BACKFILL], "true");
}

/* clang-format off */
static const struct capi_field items[] = {
	CAPI_ROW("id", "ProductID", CAPI_STRING),
	CAPI_ROW("name", "ProductName", CAPI_STRING),
	CAPI_ROW("quantity", "Quantity", CAPI_NUMBER),
	CAPI_ROW("price", "ItemPrice", CAPI_NUMBER),
	CAPI_ROW("category", "ProductCategory", CAPI_STRING),
	CAPI_ROW("brand", "Brand", CAPI_STRING),
	CAPI_END,
};

/* The profile of both calls; what it holds overwrites the profile there is. */
#define PROFILE(at, call) \
	{.source = "", .target = at "type", .type = CAPI_FIXED, \
	    .value = "\"profile\"", .in = IN(call)}, \
	{.source = "user_data.klaviyo_id", .target = at "id", \
	    .type = CAPI_STRING, .in = IN(call), \
	    .note = "Klaviyo's own id of the profile"}, \
	{.source = "user_data.email", .target = at "attributes.email", \
	    .type = CAPI_STRING, .spell = capi_spell_lower, \
	    .in = IN(call), .note = "plain, lower case"}, \
	{.source = "user_data.phone", .target = at "attributes.phone_number", \
	    .type = CAPI_STRING, .in = IN(call), .note = "plain, E.164"}, \
	{.source = "user_data.external_id", \
	    .target = at "attributes.external_id", .type = CAPI_STRING, \
	    .in = IN(call)}, \
	{.source = "user_data.anonymous_id", \
	    .target = at "attributes.anonymous_id", .type = CAPI_STRING, \
	    .in = IN(call)}, \
	{.source = "user_data.kx", .target = at "attributes._kx", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.first_name", \
	    .target = at "attributes.first_name", .type = CAPI_STRING, \
	    .in = IN(call)}, \
	{.source = "user_data.last_name", \
	    .target = at "attributes.last_name", .type = CAPI_STRING, \
	    .in = IN(call)}, \
	{.source = "user_data.organization", \
	    .target = at "attributes.organization", .type = CAPI_STRING, \
	    .in = IN(call)}, \
	{.source = "user_data.job_title", .target = at "attributes.title", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.locale", .target = at "attributes.locale", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.street", \
	    .target = at "attributes.location.address1", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.city", .target = at "attributes.location.city", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.state", \
	    .target = at "attributes.location.region", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.postal_code", \
	    .target = at "attributes.location.zip", .type = CAPI_STRING, \
	    .in = IN(call)}, \
	{.source = "user_data.country", \
	    .target = at "attributes.location.country", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "user_data.client_ip_address", \
	    .target = at "attributes.location.ip", .type = CAPI_STRING, \
	    .in = IN(call)}

/* What happened, the same in both calls. */
#define EVENT(at, call) \
	{.source = "event_time", .target = at "time", .type = CAPI_MADE, \
	    .make = make_time, .in = IN(call), \
	    .note = "ISO 8601; of refunds source.refunds.at or source.refunded_at"}, \
	{.source = "event_id", .target = at "unique_id", .type = CAPI_MADE, \
	    .make = make_unique_id, .in = IN(call), \
	    .note = "with :refund:1 (2, ...) or :cancel behind it"}, \
	{.source = "", .target = at "value", .type = CAPI_MADE, \
	    .make = make_value, .in = IN(call), \
	    .note = "custom_data.value; of refunds source.refunds.value or source.refunded_value"}, \
	{.source = "custom_data.currency", .target = at "value_currency", \
	    .type = CAPI_STRING, .spell = capi_spell_upper, .in = IN(call)}, \
	{.source = "", .target = at "metric.data.type", \
	    .type = CAPI_FIXED, .value = "\"metric\"", .in = IN(call)}, \
	{.source = "event_name", \
	    .target = at "metric.data.attributes.name", .type = CAPI_MADE, \
	    .make = capi_make_name, .in = IN(call)}, \
	{.source = "", .target = at "properties", .type = CAPI_OPEN, \
	    .in = IN(call)}, \
	{.source = "custom_data.order_id", .target = at "properties.OrderId", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "custom_data.items", .target = at "properties.Items", \
	    .type = CAPI_OBJECTS, .items = items, .in = IN(call)}, \
	{.source = "event_source_url", .target = at "properties.PageURL", \
	    .type = CAPI_STRING, .in = IN(call)}, \
	{.source = "custom_data", .target = at "properties.*", \
	    .type = CAPI_REST, .in = IN(call), \
	    .note = "custom properties, none personal"}

static const struct capi_field fields[] = {
	{.source = "", .target = "type", .type = CAPI_FIXED,
	    .value = "\"event-bulk-create\"", .in = IN(BULK)},
	{.source = "", .target = "type", .type = CAPI_FIXED,
	    .value = "\"event\"", .in = IN(SINGLE)},
	{.source = "", .target = "attributes.backfill", .type = CAPI_FIXED,
	    .value = "true", .when = is_backfill,
	    .note = "by the configuration"},
	PROFILE("attributes.profile.data.", BULK),
	{.source = "", .target = "attributes.events.data[].type",
	    .type = CAPI_FIXED, .value = "\"event\"", .in = IN(BULK)},
	EVENT("attributes.events.data[].attributes.", BULK),

	EVENT("attributes.", SINGLE),
	PROFILE("attributes.profile.data.", SINGLE),
	/* value is taken by a function: no property of its own. */
	{.source = "custom_data.value", .target = "attributes.value",
	    .type = CAPI_NUMBER, .in = CAPI_NEVER},
	CAPI_END,
};
/* clang-format on */

/* ---- what Klaviyo refuses -------------------------------------------- */

static bool
bad_phone(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_PHONE);

	if (!s.n)
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!capi_is_digit(s.p[i]))
			return true;
	return s.p[0] != '+' || s.n < 8 || s.n > 16 || s.p[1] == '0';
}

static bool
long_name(const struct capi_build *b)
{
	return b->name.n >= 128;
}

/* A historical import would mail customers about orders of last year. */
static bool
silent_history(const struct capi_build *b)
{
	return b->now - b->time > DAY && !b->config[BACKFILL];
}

static bool
too_many_properties(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_CUSTOM_DATA];

	return v && v->count > 290;
}

static bool
has_long_string(const struct capi_json *v)
{
	if (v->type == CAPI_JSON_STRING)
		return v->len > 100 * 1024;
	if (v->type != CAPI_JSON_ARRAY && v->type != CAPI_JSON_OBJECT)
		return false;
	if (v->type == CAPI_JSON_ARRAY && v->count > 4000)
		return true;
	for (v = v->child; v; v = v->next)
		if (has_long_string(v))
			return true;
	return false;
}

static bool
too_large(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_CUSTOM_DATA];

	return v && v->raw_len > 4000 && has_long_string(v);
}

static bool
is_deeper(const struct capi_json *v, int levels)
{
	if (v->type != CAPI_JSON_ARRAY && v->type != CAPI_JSON_OBJECT)
		return false;
	if (!levels)
		return true;
	for (v = v->child; v; v = v->next)
		if (is_deeper(v, levels - 1))
			return true;
	return false;
}

static bool
too_deep(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_CUSTOM_DATA];

	return v && is_deeper(v, 10);
}

static bool
bad_refund(const struct capi_build *b)
{
	struct capi_str s;
	unsigned from;

	if (after(b) != REFUND)
		return false;
	s = given_back(b);
	if (!s.n) /* of one in a list it is needed, or the order's stands in */
		return read_refund(b, &from) &&
		       (capi_event_forget(b->event, from), true);
	return capi_decimal_sign(s) == 2 || capi_decimal_sign(s) == -1;
}

/* clang-format off */
static const struct capi_check checks[] = {
	CAPI_RULE("klaviyo.event_name", CAPI_REFUSE,
	    "event_name is missing, or is not a name that may be sent: "
	    "Klaviyo would make a new metric of it",
	    "use a name of Klaviyo's, or let custom names pass with "
	    "--unknown-events pass", capi_check_name_unknown),
	CAPI_RULE("klaviyo.metric_name", CAPI_REFUSE,
	    "the metric's name has 128 characters or more",
	    "shorten it", long_name),
	CAPI_RULE("klaviyo.event_time", CAPI_REFUSE,
	    "event_time is required, in whole seconds since 1970",
	    "give the time of the event; without it Klaviyo takes the time "
	    "of receipt", capi_check_time),
	CAPI_RULE("klaviyo.milliseconds", CAPI_REFUSE,
	    "event_time is in milliseconds",
	    "divide by 1000", capi_check_time_unit),
	CAPI_RULE("klaviyo.future", CAPI_REFUSE,
	    "time is more than a year ahead (400)",
	    "look at the export", capi_check_future),
	CAPI_RULE("klaviyo.event_id", CAPI_REFUSE,
	    "event_id is missing: without unique_id two orders of one second "
	    "become one",
	    "let capi-normalize make it from the order", capi_check_id),
	CAPI_RULE_OF_PLACEHOLDERS("klaviyo"),
	CAPI_RULE("klaviyo.hashed", CAPI_REFUSE,
	    "the record went through capi-hash: Klaviyo takes people's data "
	    "in plain and makes profiles of digests",
	    "leave capi-hash out of its pipeline",
	    capi_check_only_hashed),
	CAPI_RULE("klaviyo.digest", CAPI_REFUSE,
	    "a digest stands where Klaviyo wants the plain value",
	    "export the plain value", capi_check_digest_as_plain),
	CAPI_LEFT_OUT("klaviyo.phone", "user_data.phone",
	    "phone_number is not E.164: it would fail the whole event (400)",
	    "let capi-normalize parse it", bad_phone),
	{.code = "klaviyo.external_id", .severity = CAPI_OMIT,
	    .words = "external_id is longer than 255 characters",
	    .cure = "use the shop's customer number",
	    .member = "user_data.external_id", .longest = 255},
	CAPI_LEFT_OUT("klaviyo.ip", "user_data.client_ip_address",
	    "ip is not one IPv4 or IPv6 address",
	    "give the shopper's address alone", capi_check_ip),
	CAPI_LEFT_OUT("klaviyo.ip_private", "user_data.client_ip_address",
	    "ip is of a private network: it would place the profile nowhere",
	    "look at how the shop learns it behind its proxy",
	    capi_check_ip_private),
	CAPI_RULE_OF_URLS("klaviyo"),
	CAPI_LACKS("klaviyo.identifiers", CAPI_REFUSE,
	    "a profile needs email, phone_number, external_id, anonymous_id "
	    "or _kx (400)",
	    "add one of them",
	    "user_data.email user_data.phone user_data.external_id "
	    "user_data.anonymous_id user_data.kx user_data.klaviyo_id"),
	CAPI_RULE("klaviyo.history", CAPI_REFUSE,
	    "older than a day, and nobody said whether flows may mail about "
	    "it",
	    "set backfill = true in the configuration for imports, false to "
	    "let flows run", silent_history),
	CAPI_RULE_OF_VALUES("klaviyo"),
	CAPI_RULE("klaviyo.refunded_value", CAPI_REFUSE,
	    "refunded_value is not a plain decimal number above zero",
	    "no separators, no sign", bad_refund),
	CAPI_RULE_OF_CURRENCIES("klaviyo"),
	CAPI_RULE_OF_ITEMS("klaviyo"),
	CAPI_RULE("klaviyo.properties", CAPI_REFUSE,
	    "more than 300 properties",
	    "put what needs no segments into one object, $extra",
	    too_many_properties),
	CAPI_RULE("klaviyo.size", CAPI_REFUSE,
	    "a text of more than 100 KB or a list of more than 4000 entries",
	    "shorten it", too_large),
	{.code = "klaviyo.value_alone", .severity = CAPI_WARN,
	    .words = "value without currency is counted in the account's",
	    .cure = "add the currency",
	    .given = "custom_data.value", .needs = "custom_data.currency"},
	CAPI_RULE_OF_CUSTOM_DATA("klaviyo"),
	CAPI_RULE("klaviyo.nesting", CAPI_REFUSE,
	    "properties are nested in more than 10 levels",
	    "flatten them", too_deep),
	CAPI_RULE("klaviyo.event_name_near", CAPI_WARN,
	    "nearly a standard event, but a metric of its own",
	    "spell it as the standard does", capi_check_name_near),
	CAPI_RULES_END,
};
/* clang-format on */

/* Profile, metric and unique_id; the profile is no part of the key here, since
 * it would carry an address about, and ids are made per order. */
static void
key(struct capi_buf *out, const struct capi_build *b)
{
	struct capi_str id = capi_event_str(b->event, CAPI_EVENT_ID);

	capi_buf_add(out, b->name.p, b->name.n);
	capi_buf_addc(out, '/');
	capi_buf_add(out, id.p, id.n);
	add_suffix(out, b);
}

/* ---- how it is sent to ------------------------------------------------ */

static const char *
route(const char *kind)
{
	return !strcmp(kind, "single") ? "/api/events"
				       : "/api/event-bulk-create-jobs";
}

/* 202 and an empty body: queued. 409: it has the event. */
static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	const struct capi_json *errors =
	    r->json && r->json->type == CAPI_JSON_OBJECT
		? capi_json_get(r->json, "errors")
		: NULL;
	struct capi_str left, reset;
	size_t index;

	if (r->status == 409) {
		j->class = CAPI_IS_TAKEN;
		return;
	}
	if (j->class == CAPI_IS_TAKEN) {
		if (r->status != 202)
			capi_service_unknown(j, "answer.none", NULL);
		if (r->header(r, "RateLimit-Remaining", &left) &&
		    capi_str_is(left, "0") &&
		    r->header(r, "RateLimit-Reset", &reset))
			j->wait_ms = capi_retry_after(reset, -1, 0);
		return;
	}
	if (!errors || errors->type != CAPI_JSON_ARRAY || !errors->child ||
	    errors->child->type != CAPI_JSON_OBJECT)
		return;
	capi_service_quote(
	    j->code, sizeof(j->code), capi_service_text(errors->child, "code"));
	capi_service_quote(j->reason, sizeof(j->reason),
	    capi_service_text(errors->child, "detail"));
	capi_service_name(
	    j->trace, sizeof(j->trace), capi_service_text(errors->child, "id"));
	if (j->class != CAPI_IS_REFUSED)
		return;
	for (const struct capi_json *e = errors->child; e; e = e->next)
		if (capi_service_index(capi_service_text(e, "source.pointer"),
			"/events-bulk-create/data/", &index))
			capi_service_culprit(r, j, index);
}

/* First processed wins, by profile, metric and unique_id. */
static bool
repeatable(const struct capi_json *event, const char *kind)
{
	(void)event;
	(void)kind;
	return true;
}

static const char *const headers[] = {
    "revision: {revision:2026-07-15}",
    NULL,
};

static const struct capi_service service = {
    .endpoint = "https://a.klaviyo.com",
    .path = "/api/event-bulk-create-jobs",
    .route = route,
    .auth = CAPI_AUTH_KLAVIYO,
    .headers = headers,
    .content_type = "application/vnd.api+json",
    .rate = 150,
    .burst = 10,
    .judge = judge,
    .repeatable = repeatable,
};

const struct capi_platform capi_platform_klaviyo = {
    .name = "klaviyo",
    .title = "Klaviyo events",
    .docs = "https://developers.klaviyo.com/en/reference/create_event",
    .read = "2026-07-23",
    .fields = fields,
    .names = names,
    .checks = checks,
    .keys = keys,
    .calls = calls,
    .free_names = true,
    .plain = true,
    .refunds = true,
    .max_ahead = YEAR,
    .call = call,
    .more = more,
    .key = key,
    .rename = rename_after,
    .service = &service,
};
