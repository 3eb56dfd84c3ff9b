/*
 * Meta Conversions API.
 * https://developers.facebook.com/docs/marketing-api/conversions-api, read
 * 2026-09-12, v25.0.
 */
#include "platform.h"

#include <stdio.h>
#include <string.h>

#include "service.h"

/* clang-format off */
static const struct capi_field fields[] = {
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
	CAPI_ROW("user_data.client_ip_address", "user_data.client_ip_address", CAPI_STRING),
	CAPI_ROW("user_data.client_user_agent", "user_data.client_user_agent", CAPI_STRING),
	CAPI_ROW("user_data.fbc", "user_data.fbc", CAPI_STRING),
	CAPI_ROW("user_data.fbp", "user_data.fbp", CAPI_STRING),
	CAPI_ROW("user_data.subscription_id", "user_data.subscription_id", CAPI_STRING),
	CAPI_ROW("user_data.fb_login_id", "user_data.fb_login_id", CAPI_STRING),
	CAPI_ROW("user_data.lead_id", "user_data.lead_id", CAPI_STRING),
	CAPI_ROW("user_data.anon_id", "user_data.anon_id", CAPI_STRING),
	CAPI_ROW("user_data.madid", "user_data.madid", CAPI_STRING),
	CAPI_ROW("user_data.page_id", "user_data.page_id", CAPI_STRING),
	CAPI_ROW("user_data.page_scoped_user_id", "user_data.page_scoped_user_id", CAPI_STRING),
	CAPI_ROW("user_data.ctwa_clid", "user_data.ctwa_clid", CAPI_STRING),
	CAPI_ROW("user_data.whatsapp_business_account_id",
	    "user_data.whatsapp_business_account_id", CAPI_STRING),
	CAPI_ROW("user_data.instagram_business_account_id",
	    "user_data.instagram_business_account_id", CAPI_STRING),
	CAPI_ROW("user_data.ig_sid", "user_data.ig_sid", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

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
    {200, 299, 0, CAPI_IS_AUTH}, /* permissions */
    {368, 368, 0, CAPI_IS_AUTH}, /* judged abusive: trying prolongs it */
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
	static const char *const names[] = {
	    "call_count", "total_cputime", "total_time", "acc_id_util_pct"};
	int64_t most = 0, n;

	for (size_t i = 0; i < 4; i++)
		if (capi_service_number(entry, names[i], &n))
			most = larger(most, n);
	return most;
}

/* "Marketing API Rate Limiting": minutes for the business use case, seconds
 * for the ad account. */
static void
read_usage(const struct capi_json *entry, int64_t *usage, int64_t *wait_ms)
{
	int64_t n;

	*usage = larger(*usage, usage_of(entry));
	if (capi_service_number(entry, "estimated_time_to_regain_access", &n))
		*wait_ms = larger(*wait_ms, n * 60000);
	if (capi_service_number(entry, "reset_time_duration", &n))
		*wait_ms = larger(*wait_ms, n * 1000);
}

static void
read_usage_header(const struct capi_reply *r, const char *name,
    int64_t *usage, int64_t *wait_ms)
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
			for (struct capi_json *e =
				 list->type == CAPI_JSON_ARRAY ? list->child
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
		snprintf(j->code, sizeof(j->code), "%lld/%lld",
		    (long long)code, (long long)sub);
	else
		snprintf(j->code, sizeof(j->code), "%lld", (long long)code);
	words = capi_service_text(error, "error_user_msg");
	if (!words.n)
		words = capi_service_text(error, "message");
	capi_service_quote(j->reason, sizeof(j->reason), words);
	capi_service_quote(j->trace, sizeof(j->trace),
	    capi_service_text(error, "fbtrace_id"));
	row = capi_service_code(answer_codes,
	    sizeof(answer_codes) / sizeof(answer_codes[0]), code, sub);
	if (row)
		j->class = row->class;
	else if (transient && transient->type == CAPI_JSON_BOOL &&
	    transient->text[0] == 't')
		j->class = CAPI_IS_RETRY;
}

/* "Ads Pixel Events": 200 and how many events were received, no word on
 * single ones; an error refuses the whole request and names no event. */
static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	const struct capi_json *error = r->json &&
		r->json->type == CAPI_JSON_OBJECT
	    ? capi_json_get(r->json, "error")
	    : NULL;
	int64_t received;

	if (error && error->type == CAPI_JSON_OBJECT) {
		judge_error(error, j);
	} else if (r->status >= 200 && r->status < 300) {
		capi_service_quote(j->trace, sizeof(j->trace),
		    capi_service_text(r->json, "fbtrace_id"));
		if (!capi_service_number(
			r->json, "events_received", &received)) {
			j->class = CAPI_IS_UNKNOWN;
			snprintf(j->code, sizeof(j->code), "answer.none");
			snprintf(j->reason, sizeof(j->reason),
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
repeatable(const struct capi_json *event, const char *call)
{
	(void)call;
	if (!capi_str_is(capi_service_text(event, "action_source"),
		"physical_store"))
		return capi_service_text(event, "event_id").n > 0;
	return capi_service_text(event, "custom_data.order_id").n > 0;
}

/* "Using the API": 7 days, in a shop 62. */
static int64_t
life(const struct capi_json *event, const char *call)
{
	(void)call;
	return capi_str_is(capi_service_text(event, "action_source"),
		   "physical_store")
	    ? 62 * 86400
	    : 7 * 86400;
}

static const struct capi_service service = {
    .endpoint = "https://graph.facebook.com",
    .path = "/{api_version:v25.0}/{dataset_id}/events",
    .auth = CAPI_AUTH_BEARER,
    .judge = judge,
    .repeatable = repeatable,
    .life = life,
};

const struct capi_platform capi_platform_meta = {
    .name = "meta",
    .title = "Meta Conversions API",
    .docs = "https://developers.facebook.com/docs/marketing-api/"
	    "conversions-api",
    .read = "2026-09-12",
    .fields = fields,
    .service = &service,
};
