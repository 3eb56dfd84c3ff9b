#include "google.h"

#include <stdio.h>
#include <string.h>

/*
 * What the reasons of both APIs mean; those that are not here are refusals of
 * the event. Data Manager: reference and "Understand API errors"; Ads API:
 * conversion_upload_error.proto and conversion_adjustment_upload_error.proto,
 * v25.
 */
static const struct capi_reason reasons[] = {
    {"INTERNAL_ERROR", CAPI_IS_RETRY},
    {"INTERNAL", CAPI_IS_RETRY},
    {"UNAVAILABLE", CAPI_IS_RETRY},
    {"DEADLINE_EXCEEDED", CAPI_IS_RETRY},
    {"TRANSIENT_ERROR", CAPI_IS_RETRY},
    {"RESOURCE_EXHAUSTED", CAPI_IS_THROTTLE},
    {"RESOURCE_TEMPORARILY_EXHAUSTED", CAPI_IS_THROTTLE},
    {"UNAUTHENTICATED", CAPI_IS_AUTH},
    {"PERMISSION_DENIED", CAPI_IS_AUTH},
    {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", CAPI_IS_AUTH},
    {"SERVICE_DISABLED", CAPI_IS_AUTH},
    {"NOT_ALLOWLISTED", CAPI_IS_AUTH},
    /* authentication_error.proto, authorization_error.proto, quota_error */
    {"OAUTH_TOKEN_INVALID", CAPI_IS_AUTH},
    {"OAUTH_TOKEN_EXPIRED", CAPI_IS_AUTH},
    {"OAUTH_TOKEN_DISABLED", CAPI_IS_AUTH},
    {"OAUTH_TOKEN_REVOKED", CAPI_IS_AUTH},
    {"OAUTH_TOKEN_HEADER_INVALID", CAPI_IS_AUTH},
    {"NOT_ADS_USER", CAPI_IS_AUTH},
    {"GOOGLE_ACCOUNT_DELETED", CAPI_IS_AUTH},
    {"GOOGLE_ACCOUNT_AUTHENTICATION_FAILED", CAPI_IS_AUTH},
    {"CUSTOMER_NOT_FOUND", CAPI_IS_AUTH},
    {"TWO_STEP_VERIFICATION_NOT_ENROLLED", CAPI_IS_AUTH},
    {"ADVANCED_PROTECTION_NOT_ENROLLED", CAPI_IS_AUTH},
    {"DEVELOPER_TOKEN_INVALID", CAPI_IS_AUTH},
    {"DEVELOPER_TOKEN_PROHIBITED", CAPI_IS_AUTH},
    {"DEVELOPER_TOKEN_NOT_APPROVED", CAPI_IS_AUTH},
    {"USER_PERMISSION_DENIED", CAPI_IS_AUTH},
    {"PROJECT_DISABLED", CAPI_IS_AUTH},
    {"CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", CAPI_IS_AUTH},
    {"INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION", CAPI_IS_AUTH},
    {"CUSTOMER_NOT_ENABLED", CAPI_IS_AUTH},
    {"ACTION_NOT_PERMITTED", CAPI_IS_AUTH},
    {"ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", CAPI_IS_AUTH},
    {"ACCESS_PROHIBITED", CAPI_IS_AUTH},
    /* It has the conversion already. */
    {"ORDER_ID_ALREADY_IN_USE", CAPI_IS_TAKEN},
    {"CLICK_CONVERSION_ALREADY_EXISTS", CAPI_IS_TAKEN},
    {"CALL_CONVERSION_ALREADY_EXISTS", CAPI_IS_TAKEN},
    {"CONVERSION_ALREADY_RETRACTED", CAPI_IS_TAKEN},
    {"CONVERSION_ALREADY_ENHANCED", CAPI_IS_TAKEN},
    {"DUPLICATE_ADJUSTMENT_IN_REQUEST", CAPI_IS_TAKEN},
    {"DUPLICATE_ENHANCEMENT_IN_REQUEST", CAPI_IS_TAKEN},
    {"RESTATEMENT_ALREADY_EXISTS", CAPI_IS_TAKEN},
    {"MORE_RECENT_RESTATEMENT_FOUND", CAPI_IS_TAKEN},
    {"DUPLICATE_TRANSACTION_ID", CAPI_IS_TAKEN},
    {"DUPLICATE_GCLID", CAPI_IS_TAKEN},
    /* Account or our own request: every event would be refused. */
    {"CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE", CAPI_IS_CONFIG},
    {"UNSUPPORTED_VERSION", CAPI_IS_CONFIG},
    {"INVALID_DESTINATION", CAPI_IS_CONFIG},
    {"INVALID_CONVERSION_ACTION_ID", CAPI_IS_CONFIG},
    {"INVALID_CONVERSION_ACTION_TYPE", CAPI_IS_CONFIG},
    {"NO_CONVERSION_ACTION_FOUND", CAPI_IS_CONFIG},
    {"DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
	CAPI_IS_CONFIG},
    {"DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
	CAPI_IS_CONFIG},
    {"DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS",
	CAPI_IS_CONFIG},
    {"TERMS_AND_CONDITIONS_NOT_SIGNED", CAPI_IS_CONFIG},
    {"EVENT_SOURCE_AND_DESTINATION_MISMATCH", CAPI_IS_CONFIG},
    {"DESTINATION_ACCOUNT_TYPE_MISMATCH", CAPI_IS_CONFIG},
    {"OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH", CAPI_IS_CONFIG},
    {"CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS", CAPI_IS_CONFIG},
    {"CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS", CAPI_IS_CONFIG},
    {"CUSTOMER_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS", CAPI_IS_CONFIG},
    {"CUSTOMER_DATA_POLICY_PROHIBITS_ENHANCEMENT", CAPI_IS_CONFIG},
    {"EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", CAPI_IS_CONFIG},
    {"CUSTOM_VARIABLE_NOT_ENABLED", CAPI_IS_CONFIG},
    {"CUSTOM_VARIABLE_NOT_FOUND", CAPI_IS_CONFIG},
    {"INVALID_MERCHANT_ID", CAPI_IS_CONFIG},
    {"INVALID_JOB_ID", CAPI_IS_CONFIG},
    {"CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT", CAPI_IS_CONFIG},
    {"CANNOT_RESTATE_CONVERSION_ACTION_THAT_ALWAYS_USES_DEFAULT_"
     "CONVERSION_VALUE",
	CAPI_IS_CONFIG},
    {"EXTERNAL_ATTRIBUTION_DATA_SET_FOR_NON_EXTERNALLY_ATTRIBUTED_"
     "CONVERSION_ACTION",
	CAPI_IS_CONFIG},
    {"EXTERNAL_ATTRIBUTION_DATA_NOT_SET_FOR_EXTERNALLY_ATTRIBUTED_"
     "CONVERSION_ACTION",
	CAPI_IS_CONFIG},
    {"ORDER_ID_NOT_PERMITTED_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
	CAPI_IS_CONFIG},
    {"EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION_NOT_PERMITTED_WITH_USER_"
     "IDENTIFIER",
	CAPI_IS_CONFIG},
    {"EXTERNAL_ATTRIBUTION_DATA_MISSING", CAPI_IS_CONFIG},
    {"TOO_MANY_DESTINATIONS", CAPI_IS_CONFIG},
    {"DUPLICATE_DESTINATION_REFERENCE", CAPI_IS_CONFIG},
    {"MULTIPLE_DATA_TYPES_NOT_ALLOWED", CAPI_IS_CONFIG},
    {"TOO_MANY_EVENTS", CAPI_IS_SPLIT},
    {"TOO_MANY_CONVERSIONS_IN_REQUEST", CAPI_IS_SPLIT},
    {"TOO_MANY_ADJUSTMENTS_IN_REQUEST", CAPI_IS_SPLIT},
    /* Too early: the click or the conversion is not processed yet. */
    {"TOO_RECENT_EVENT", CAPI_IS_THROTTLE},
    {"TOO_RECENT_CLICK", CAPI_IS_THROTTLE},
    {"TOO_RECENT_CALL", CAPI_IS_THROTTLE},
    {"TOO_RECENT_CONVERSION_ACTION", CAPI_IS_THROTTLE},
    {"TOO_RECENT_CONVERSION", CAPI_IS_THROTTLE},
    {"CONVERSION_ACTION_TOO_RECENTLY_CREATED", CAPI_IS_THROTTLE},
    {"CONVERSION_NOT_FOUND", CAPI_IS_THROTTLE},
    {NULL, CAPI_IS_REFUSED},
};

#define SIX_HOURS ((int64_t)6 * 3600 * 1000)
#define HALF_A_DAY (2 * SIX_HOURS)

static enum capi_class
class_of(struct capi_str reason)
{
	const struct capi_reason *row = capi_service_reason(reasons, reason);

	return row ? row->class : CAPI_IS_REFUSED;
}

/* What a reason says of the whole request. One that is not known says less
 * than the status did; and a refused request took nothing: what the platform
 * has already is found out when it stands alone. */
static void
judge_whole(const struct capi_reply *r, struct capi_judgement *j,
    struct capi_str reason)
{
	const struct capi_reason *row = capi_service_reason(reasons, reason);

	if (!row || (row->class == CAPI_IS_TAKEN && r->events > 1))
		return;
	j->class = row->class;
	/* Too early: an action is ready six hours after it was made. A quota
	 * has its own word on when. */
	if (row->class == CAPI_IS_THROTTLE && j->wait_ms < 0 &&
	    strncmp(row->name, "RESOURCE_", 9) != 0)
		j->wait_ms = SIX_HOURS;
}

static bool
is_of_account(enum capi_class c)
{
	return c == CAPI_IS_AUTH || c == CAPI_IS_CONFIG || c == CAPI_IS_SPLIT;
}

/* What holds for the account goes before single events, those that are wrong
 * before those that come too early. */
static void
judge_violations(const struct capi_reply *r, struct capi_judgement *j,
    const struct capi_json *list)
{
	enum capi_class was = j->class;

	for (const struct capi_json *v = list->child; v; v = v->next) {
		struct capi_str reason = capi_service_text(v, "reason");
		size_t i;

		if (is_of_account(j->class))
			break;
		capi_service_quote(j->code, sizeof(j->code), reason);
		capi_service_quote(j->reason, sizeof(j->reason),
		    capi_service_text(v, "description"));
		judge_whole(r, j, reason);
		/* "events.events[N].user_data..." */
		if (class_of(reason) != CAPI_IS_REFUSED ||
		    !capi_service_index(
			capi_service_text(v, "field"), "events[", &i) ||
		    i >= r->events)
			continue;
		capi_service_culprit(r, j, i);
		memcpy(j->verdicts[i].code, j->code, sizeof(j->code));
		memcpy(j->verdicts[i].reason, j->reason, sizeof(j->reason));
	}
	if (is_of_account(j->class))
		j->culprits = false;
	else if (j->culprits)
		j->class = was;
}

/* "A PerMinute name: wait a minute; a PerDay name: stop until tomorrow." */
static void
judge_quota(const struct capi_json *detail, struct capi_judgement *j)
{
	struct capi_str name =
	    capi_service_text(detail, "metadata.quota_limit");

	if (j->class != CAPI_IS_THROTTLE || !name.n)
		return;
	j->wait_ms =
	    memmem(name.p, name.n, "PerDay", 6) ? HALF_A_DAY : 60 * 1000;
}

/* Quotas of the Ads API: what is left of the day says no time, the others do,
 * in whole seconds ("30s", errors.proto, v25). */
static void
judge_ads_quota(const struct capi_json *error, struct capi_judgement *j)
{
	struct capi_str delay =
	    capi_service_text(error, "details.quotaErrorDetails.retryDelay");
	int64_t seconds = 0;

	if (capi_str_is(capi_service_text(error, "errorCode.quotaError"),
		"RESOURCE_EXHAUSTED"))
		j->wait_ms = HALF_A_DAY;
	for (size_t i = 0; i < delay.n && capi_is_digit(delay.p[i]); i++)
		if (seconds < 86400)
			seconds = seconds * 10 + delay.p[i] - '0';
	if (seconds)
		j->wait_ms = seconds * 1000;
}

/* The errors of the Ads API: one member, named by the kind of error. */
static struct capi_str
ads_reason(const struct capi_json *error)
{
	const struct capi_json *code = capi_json_get(error, "errorCode");

	if (code && code->type == CAPI_JSON_OBJECT && code->child &&
	    code->child->type == CAPI_JSON_STRING)
		return (struct capi_str){code->child->text, code->child->len};
	return (struct capi_str){"", 0};
}

static bool
ads_index(const struct capi_json *error, size_t *index)
{
	const struct capi_json *path =
	    capi_json_at(error, "location.fieldPathElements");
	int64_t n = 0;

	if (!path || path->type != CAPI_JSON_ARRAY)
		return false;
	for (const struct capi_json *e = path->child; e; e = e->next) {
		struct capi_str name = capi_service_text(e, "fieldName");

		if (!capi_str_is(name, "conversions") &&
		    !capi_str_is(name, "conversion_adjustments") &&
		    !capi_str_is(name, "operations"))
			continue;
		capi_service_number(e, "index", &n);
		*index = (size_t)n;
		return n >= 0;
	}
	return false;
}

/* How bad an event stands when it has several errors. */
static int
gravity(enum capi_class c)
{
	return c == CAPI_IS_TAKEN ? 0 : c == CAPI_IS_REFUSED ? 2 : 1;
}

/* One error of a GoogleAdsFailure. Without an index it holds for all. */
static void
judge_ads_error(const struct capi_reply *r, struct capi_judgement *j,
    const struct capi_json *error)
{
	struct capi_str reason = ads_reason(error);
	enum capi_class class = class_of(reason);
	size_t first = 0, last = r->events, index;

	if (j->each && ads_index(error, &index)) {
		if (index >= r->events)
			return;
		first = index;
		last = index + 1;
	}
	if (class == CAPI_IS_AUTH || class == CAPI_IS_CONFIG || !j->each) {
		judge_whole(r, j, reason);
		judge_ads_quota(error, j);
		capi_service_quote(j->code, sizeof(j->code), reason);
		capi_service_quote(j->reason, sizeof(j->reason),
		    capi_service_text(error, "message"));
	}
	for (size_t i = first; j->each && i < last; i++) {
		struct capi_verdict *v = &j->verdicts[i];

		if (v->code[0] && gravity(v->class) >= gravity(class))
			continue;
		v->class = class;
		v->wait_ms = class == CAPI_IS_THROTTLE ? SIX_HOURS : 0;
		capi_service_quote(v->code, sizeof(v->code), reason);
		capi_service_quote(v->reason, sizeof(v->reason),
		    capi_service_text(error, "message"));
	}
}

static void
judge_details(const struct capi_reply *r, struct capi_judgement *j,
    const struct capi_json *details)
{
	for (const struct capi_json *d = details->child; d; d = d->next) {
		const struct capi_json *list;
		struct capi_str reason = capi_service_text(d, "reason");

		if (d->type != CAPI_JSON_OBJECT)
			continue;
		if (reason.n && capi_service_reason(reasons, reason)) {
			judge_whole(r, j, reason);
			capi_service_quote(j->code, sizeof(j->code), reason);
		}
		judge_quota(d, j);
		if (capi_service_text(d, "requestId").n)
			capi_service_name(j->trace, sizeof(j->trace),
			    capi_service_text(d, "requestId"));
		list = capi_json_get(d, "fieldViolations");
		if (list && list->type == CAPI_JSON_ARRAY)
			judge_violations(r, j, list);
		list = capi_json_get(d, "errors");
		if (!list || list->type != CAPI_JSON_ARRAY)
			continue;
		for (const struct capi_json *e = list->child; e; e = e->next)
			if (e->type == CAPI_JSON_OBJECT)
				judge_ads_error(r, j, e);
	}
}

static void
judge_error(const struct capi_reply *r, struct capi_judgement *j,
    const struct capi_json *error)
{
	const struct capi_json *details = capi_json_get(error, "details");
	struct capi_str status = capi_service_text(error, "status");

	if (status.n)
		capi_service_quote(j->code, sizeof(j->code), status);
	capi_service_quote(
	    j->reason, sizeof(j->reason), capi_service_text(error, "message"));
	judge_whole(r, j, status);
	/* Our own mistake: "Unknown name" of a member. */
	if (memmem(j->reason, strlen(j->reason), "Unknown name", 12))
		j->class = CAPI_IS_CONFIG;
	if (details && details->type == CAPI_JSON_ARRAY)
		judge_details(r, j, details);
}

/* Partial failure: 200, and by index what failed; the others are taken. */
static void
judge_ads(const struct capi_reply *r, struct capi_judgement *j)
{
	const struct capi_json *failure =
	    capi_json_get(r->json, "partialFailureError");
	const struct capi_json *results = capi_json_get(r->json, "results");
	const struct capi_json *details;

	capi_service_name(
	    j->trace, sizeof(j->trace), capi_service_text(r->json, "jobId"));
	if (!failure || failure->type != CAPI_JSON_OBJECT) {
		if (!results || results->type != CAPI_JSON_ARRAY ||
		    results->count != r->events) {
			capi_service_unknown(j, "answer.count", NULL);
		}
		return;
	}
	if (results &&
	    (results->type != CAPI_JSON_ARRAY || results->count != r->events)) {
		capi_service_unknown(j, "answer.count", NULL);
		return;
	}
	j->each = true;
	for (size_t i = 0; i < r->events; i++)
		j->verdicts[i].class = CAPI_IS_TAKEN;
	details = capi_json_get(failure, "details");
	if (details && details->type == CAPI_JSON_ARRAY)
		judge_details(r, j, details);
	else
		for (size_t i = 0; i < r->events; i++)
			j->verdicts[i].class = CAPI_IS_UNKNOWN;
}

/* What is kept, though not all of it is used. */
static void
quote_warning(const struct capi_json *json, struct capi_judgement *j)
{
	static const char prefix[] = "WARNING_REASON_";
	const struct capi_json *list = capi_json_get(json, "fieldWarnings");
	struct capi_str reason;

	if (!list || list->type != CAPI_JSON_ARRAY || !list->child)
		return;
	reason = capi_service_text(list->child, "reason");
	if (reason.n > sizeof(prefix) &&
	    !memcmp(reason.p, prefix, sizeof(prefix) - 1)) {
		reason.p += sizeof(prefix) - 1;
		reason.n -= sizeof(prefix) - 1;
	}
	capi_service_quote(j->warning, sizeof(j->warning), reason);
}

static void
judge(const struct capi_reply *r, struct capi_judgement *j)
{
	const struct capi_json *json = r->json, *error;
	struct capi_str ticket;

	/* searchStream's errors stand in an array; be ready for it. */
	if (json && json->type == CAPI_JSON_ARRAY && json->child)
		json = json->child;
	if (!json || json->type != CAPI_JSON_OBJECT) {
		if (j->class == CAPI_IS_TAKEN)
			capi_service_unknown(j, "answer.none", NULL);
		return;
	}
	error = capi_json_get(json, "error");
	if (error && error->type == CAPI_JSON_OBJECT) {
		judge_error(r, j, error);
		return;
	}
	if (j->class != CAPI_IS_TAKEN)
		return;
	if (strcmp(r->call, "events:ingest")) {
		judge_ads(r, j);
		return;
	}
	ticket = capi_service_text(json, "requestId");
	if (!ticket.n || ticket.n >= sizeof(j->ticket)) {
		capi_service_unknown(j, "answer.none", NULL);
		return;
	}
	memcpy(j->ticket, ticket.p, ticket.n);
	j->ticket[ticket.n] = '\0';
	memcpy(j->trace, j->ticket, sizeof(j->trace));
	quote_warning(json, j);
}

/* ---- what it judges later ---- */

static void
mark_later(const struct capi_reply *r, struct capi_judgement *j,
    const struct capi_json *count)
{
	static const char prefix[] = "PROCESSING_ERROR_REASON_";
	const struct capi_json *indices = capi_json_get(count, "recordIndices");
	struct capi_str reason = capi_service_text(count, "reason");

	if (reason.n > sizeof(prefix) &&
	    !memcmp(reason.p, prefix, sizeof(prefix) - 1)) {
		reason.p += sizeof(prefix) - 1;
		reason.n -= sizeof(prefix) - 1;
	}
	capi_service_quote(j->code, sizeof(j->code), reason);
	if (!indices || indices->type != CAPI_JSON_ARRAY)
		return;
	for (const struct capi_json *e = indices->child; e; e = e->next) {
		size_t index = 0;

		for (size_t i = 0;
		     i < e->len && capi_is_digit(e->text[i]) && index < 100000;
		     i++)
			index = index * 10 + (size_t)(e->text[i] - '0');
		if (index >= r->events)
			continue;
		j->verdicts[index].class = class_of(reason);
		capi_service_quote(j->verdicts[index].code,
		    sizeof(j->verdicts[index].code), reason);
	}
}

/* requestStatus:retrieve, one element a destination; ours has one. */
static bool
followed(const struct capi_reply *r, struct capi_judgement *j)
{
	const struct capi_json *list =
	    r->json && r->json->type == CAPI_JSON_OBJECT
		? capi_json_get(r->json, "requestStatusPerDestination")
		: NULL;
	const struct capi_json *counts;
	struct capi_str status;

	if (r->status != 200 || !list || list->type != CAPI_JSON_ARRAY ||
	    !list->child)
		return false;
	status = capi_service_text(list->child, "requestStatus");
	if (capi_str_is(status, "PROCESSING") ||
	    capi_str_is(status, "REQUEST_STATUS_UNKNOWN") || !status.n)
		return false;
	for (size_t i = 0; i < r->events; i++)
		j->verdicts[i] = (struct capi_verdict){
		    .class = capi_str_is(status, "FAILED") ? CAPI_IS_REFUSED
							   : CAPI_IS_TAKEN};
	capi_service_quote(j->reason, sizeof(j->reason), status);
	counts = capi_json_at(list->child, "errorInfo.errorCounts");
	if (counts && counts->type == CAPI_JSON_ARRAY)
		for (const struct capi_json *c = counts->child; c; c = c->next)
			if (c->type == CAPI_JSON_OBJECT)
				mark_later(r, j, c);
	return true;
}

static const char *
route(const char *kind)
{
	if (!strcmp(kind, "uploadClickConversions"))
		return "/{api_version:v25}/customers/{customer_id#}"
		       ":uploadClickConversions";
	if (!strcmp(kind, "uploadConversionAdjustments"))
		return "/{api_version:v25}/customers/{customer_id#}"
		       ":uploadConversionAdjustments";
	return "/v1/events:ingest";
}

static const char *
host(const char *kind)
{
	return !strcmp(kind, "events:ingest")
		   ? NULL
		   : "https://googleads.googleapis.com";
}

/* The same transaction again changes nothing as long as its values are the
 * same bytes ("Conversion adjustments"), and they are. */
static bool
repeatable(const struct capi_json *event, const char *kind)
{
	return strcmp(kind, "events:ingest") ||
	       capi_service_text(event, "transactionId").n > 0;
}

static const char *const headers[] = {
    "?login-customer-id: {login_customer_id#}",
    "?x-goog-user-project: {quota_project}",
    NULL,
};

const struct capi_service capi_google_service = {
    .endpoint = "https://datamanager.googleapis.com",
    .path = "/v1/events:ingest",
    .route = route,
    .host = host,
    .auth = CAPI_AUTH_GOOGLE,
    .headers = headers,
    .scope = "https://www.googleapis.com/auth/datamanager "
	     "https://www.googleapis.com/auth/adwords",
    .rate = 300,
    .burst = 10,
    .timeout_ms = 120000,
    .judge = judge,
    .repeatable = repeatable,
    .follow_path = "/v1/requestStatus:retrieve?requestId={ticket}",
    .follow_first_ms = 30 * 60 * 1000,
    .follow_until_ms = 24 * 3600 * 1000,
    .followed = followed,
};
