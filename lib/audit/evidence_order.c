/*
 * Orders, as events of capi-normalize or straight out of an export: what is
 * kept of each, and whether it counts.
 */
#include <stdio.h>
#include <string.h>

#include "normalize/normalize.h"
#include "evidence.h"
#include "member.h"
#include "payload.h"
#include "spellings.h"
#include "truth.h"

/* What a status says about counting. Those that are not here count: a CRM's
 * stages are its own. Shopify, WooCommerce, Stripe; inputs as read 2026-09. */
static const struct {
	const char *status, *left_out;
} statuses[] = {
    {"refunded", "refunded"},
    {"cancelled", "cancelled"},
    {"canceled", "cancelled"},
    {"voided", "cancelled"},
    {"trash", "cancelled"},
    {"pending", "pending"},
    {"authorized", "pending"},
    {"on-hold", "pending"},
    {"unpaid", "pending"},
    {"requires_capture", "pending"},
    {"partially_paid", "partially paid"},
    {"failed", "payment failed"},
    {"expired", "payment failed"},
    {"test", "test"},
    {"uncaptured", "pending"},
    {"deleted", "cancelled"},
    {"lost", "lost"},
    {"open", "open"},
    {"disputed", "disputed"},
};

static const char *
status_reason(const struct capi_audit *a, struct capi_str status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!capi_str_is_nocase(status, statuses[i].status))
			continue;
		if (a->keep_refunded &&
		    !strcmp(statuses[i].left_out, "refunded"))
			return NULL;
		if (a->keep_partial &&
		    !strcmp(statuses[i].left_out, "partially paid"))
			return NULL;
		return statuses[i].left_out;
	}
	return NULL;
}

/* audit's truth: counted, and not test, refunded, cancelled, pending, free or
 * outside the window. NULL: it counts. */
static const char *
left_out(const struct capi_audit *a, const struct capi_truth *t,
    struct capi_str test, struct capi_str refunded)
{
	bool has_value = t->text[CAPI_TRUTH_VALUE].p != NULL;
	const char *reason;
	int64_t back;

	if (capi_str_is(test, "true"))
		return "test";
	reason = status_reason(a, t->text[CAPI_TRUTH_STATUS]);
	if (reason)
		return reason;
	if (a->withhold_free && has_value && t->micros == 0 &&
	    capi_str_is(t->text[CAPI_TRUTH_NAME], "Purchase"))
		return "zero value";
	if (!a->keep_refunded && has_value && refunded.p &&
	    capi_clock_decimal(refunded, false, &back) && back >= t->micros)
		return "refunded";
	if (a->from <= a->to) {
		int64_t day = capi_clock_day(a->zone, t->time);

		if (day < a->from || day > a->to)
			return CAPI_TRUTH_OUTSIDE;
	}
	return NULL;
}

static struct capi_str
str(const char *s)
{
	return (struct capi_str){s, s ? strlen(s) : 0};
}

void
capi_evidence_unreadable(
    struct capi_audit *a, const char *field, const char *reason, int64_t line)
{
	struct capi_truth t = {.time = -1, .file = a->order_file, .line = line};
	char words[256];

	snprintf(words, sizeof(words), CAPI_TRUTH_REFUSED "%s%s%s",
	    field ? field : "", field ? ": " : "", reason);
	a->unreadable++;
	t.text[CAPI_TRUTH_LEFT_OUT] = str(words);
	capi_truth_add(a, &t);
	capi_index_add_order(&a->index, 0, 0, false);
}

void
capi_evidence_withheld(struct capi_audit *a, const char *reason)
{
	struct capi_truth t = {.time = -1, .file = a->order_file};

	t.text[CAPI_TRUTH_LEFT_OUT] = str(reason);
	capi_truth_add(a, &t);
	capi_index_add_order(&a->index, 0, 0, false);
}

/* What both kinds of order have in common: t holds what was read. */
static void
enter(struct capi_audit *a, struct capi_truth *t, struct capi_str event_name,
    struct capi_str test, struct capi_str refunded)
{
	struct capi_meaning called = capi_name_meaning(&a->index, event_name);
	struct capi_str *text = t->text;
	const char *reason;

	if (called.known)
		called.known->ordered = true;
	text[CAPI_TRUTH_NAME] = called.canonical;
	if (!text[CAPI_TRUTH_ORDER_ID].n)
		text[CAPI_TRUTH_ORDER_ID] = text[CAPI_TRUTH_EVENT_ID];
	if (!text[CAPI_TRUTH_VALUE].p ||
	    !capi_clock_decimal(text[CAPI_TRUTH_VALUE], false, &t->micros))
		text[CAPI_TRUTH_VALUE].p = NULL;
	t->file = a->order_file;
	t->key = capi_name_key(text[CAPI_TRUTH_EVENT_ID], called.canonical);
	reason = left_out(a, t, test, refunded);
	/* A row is an order once: later rows with the same id are duplicates.
	 * A reader that "fills down" item rows would else multiply orders. */
	if (capi_index_add_order(&a->index, t->key, t->time, !reason)) {
		reason = CAPI_TRUTH_REPEATED;
		a->repeated++;
	}
	text[CAPI_TRUTH_LEFT_OUT] = str(reason);
	capi_truth_add(a, t);
}

static const char *
device_of(struct capi_str device, struct capi_str ua)
{
	return capi_str_is(device, "ios") ? "ios" : capi_ua_family(ua);
}

static struct capi_str
spelled(struct capi_audit *a, struct capi_str email, struct capi_str phone,
    unsigned char digests[CAPI_SPELLINGS * 8])
{
	if (!a->has[CAPI_ROLE_EVENTS])
		return (struct capi_str){NULL, 0};
	return capi_spell(a->digest, email, phone, digests);
}

bool
capi_evidence_order(struct capi_audit *a, const struct capi_json *event,
    int64_t line, const char **why)
{
	const struct capi_json *custom = capi_json_get(event, "custom_data");
	const struct capi_json *user = capi_json_get(event, "user_data");
	const struct capi_json *source = capi_json_get(event, "source");
	unsigned char digests[CAPI_SPELLINGS * 8];
	struct capi_payload p;
	struct capi_truth t = {0};

	if (!capi_payload_read(&p, event) || !p.event_name.n) {
		*why = "no event_name: not an event";
		return false;
	}
	if (!p.event_id.n) {
		*why = "no event_id";
		return false;
	}
	t.time = capi_member_time(event, "event_time");
	if (t.time < 0) {
		*why = "no event_time";
		return false;
	}
	t.line = capi_member_int(source, "line", line);
	t.have = p.have;
	t.denied = p.denied;
	t.text[CAPI_TRUTH_EVENT_ID] = p.event_id;
	t.text[CAPI_TRUTH_ORDER_ID] = capi_member(custom, "order_id");
	t.text[CAPI_TRUTH_VALUE] = capi_member(custom, "value");
	t.text[CAPI_TRUTH_CURRENCY] =
	    capi_payload_amount(capi_member(custom, "currency"));
	t.text[CAPI_TRUTH_STATUS] = capi_member(source, "status");
	t.text[CAPI_TRUTH_ACTION] = p.action_source;
	t.text[CAPI_TRUTH_DEVICE] =
	    str(device_of(capi_member(source, "device"), p.ua));
	t.text[CAPI_TRUTH_APP] = str(capi_ua_app(p.ua));
	t.text[CAPI_TRUTH_COUNTRY] = capi_member(user, "country");
	t.text[CAPI_TRUTH_PAYMENT] = capi_member(custom, "payment_method");
	t.text[CAPI_TRUTH_IP] = p.ip;
	t.text[CAPI_TRUTH_SPELLINGS] = spelled(
	    a, capi_member(user, "email"), capi_member(user, "phone"), digests);
	enter(a, &t, p.event_name, capi_member(source, "test"),
	    capi_member(source, "refunded_value"));
	return true;
}

/* Which members of an order are which identifiers. */
static const struct {
	enum capi_field field;
	enum capi_audit_key key;
} keys[] = {
    {CAPI_F_EMAIL, CAPI_KEY_EMAIL},
    {CAPI_F_PHONE, CAPI_KEY_PHONE},
    {CAPI_F_EXTERNAL_ID, CAPI_KEY_EXTERNAL_ID},
    {CAPI_F_FBC, CAPI_KEY_FBC},
    {CAPI_F_FBP, CAPI_KEY_FBP},
    {CAPI_F_TTP, CAPI_KEY_FBP},
    {CAPI_F_SC_COOKIE1, CAPI_KEY_FBP},
    {CAPI_F_FBCLID, CAPI_KEY_CLICK},
    {CAPI_F_TTCLID, CAPI_KEY_CLICK},
    {CAPI_F_GCLID, CAPI_KEY_CLICK},
    {CAPI_F_GBRAID, CAPI_KEY_CLICK},
    {CAPI_F_WBRAID, CAPI_KEY_CLICK},
    {CAPI_F_EPIK, CAPI_KEY_CLICK},
    {CAPI_F_SC_CLICK_ID, CAPI_KEY_CLICK},
    {CAPI_F_MSCLKID, CAPI_KEY_CLICK},
    {CAPI_F_TWCLID, CAPI_KEY_CLICK},
    {CAPI_F_RDT_CID, CAPI_KEY_CLICK},
    {CAPI_F_LI_FAT_ID, CAPI_KEY_CLICK},
    {CAPI_F_CLIENT_IP, CAPI_KEY_IP},
    {CAPI_F_CLIENT_UA, CAPI_KEY_UA},
    {CAPI_F_FIRST_NAME, CAPI_KEY_NAME},
    {CAPI_F_LAST_NAME, CAPI_KEY_NAME},
    {CAPI_F_CITY, CAPI_KEY_ADDRESS},
    {CAPI_F_POSTAL_CODE, CAPI_KEY_ADDRESS},
};

/* Absent is NULL here, as where a record is read. */
static struct capi_str
value(const struct capi_normal *n, enum capi_field field)
{
	return n->val[field].n ? n->val[field] : (struct capi_str){NULL, 0};
}

void
capi_evidence_export(
    struct capi_audit *a, const struct capi_normal *n, int64_t line)
{
	unsigned char digests[CAPI_SPELLINGS * 8];
	struct capi_payload p = {0};
	struct capi_truth t = {.time = n->time, .line = line};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (n->val[keys[i].field].n)
			capi_payload_take(
			    &p, keys[i].key, n->val[keys[i].field]);
	t.have = p.have;
	t.denied = capi_str_is(n->val[CAPI_F_AD_USER_DATA], "denied");
	t.text[CAPI_TRUTH_EVENT_ID] = value(n, CAPI_F_EVENT_ID);
	t.text[CAPI_TRUTH_ORDER_ID] = value(n, CAPI_F_ORDER_ID);
	t.text[CAPI_TRUTH_VALUE] = value(n, CAPI_F_VALUE);
	t.text[CAPI_TRUTH_CURRENCY] = value(n, CAPI_F_CURRENCY);
	t.text[CAPI_TRUTH_STATUS] = value(n, CAPI_F_STATUS);
	t.text[CAPI_TRUTH_ACTION] = value(n, CAPI_F_ACTION_SOURCE);
	t.text[CAPI_TRUTH_DEVICE] = str(device_of(n->val[CAPI_F_DEVICE], p.ua));
	t.text[CAPI_TRUTH_APP] = str(capi_ua_app(p.ua));
	t.text[CAPI_TRUTH_COUNTRY] = value(n, CAPI_F_COUNTRY);
	t.text[CAPI_TRUTH_IP] = p.ip;
	t.text[CAPI_TRUTH_SPELLINGS] =
	    spelled(a, n->val[CAPI_F_EMAIL], n->val[CAPI_F_PHONE], digests);
	enter(a, &t, n->val[CAPI_F_EVENT_NAME], n->val[CAPI_F_TEST],
	    n->val[CAPI_F_REFUNDED_VALUE]);
}
