/*
 * The vocabulary of an event (capi-event(5)) and an event looked up by it.
 *
 * Each member that a program or a platform's table asks for has a slot. An
 * event is gone through once and every known member put into its slot; from
 * then on a look-up is an index. Tables may name members that are not listed
 * here: they get slots of their own when the tables are read at the start.
 *
 * null, "", [] and {} stand for nothing: such a member has an empty slot.
 */
#ifndef CAPI_EVENT_H
#define CAPI_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "text.h"

/* clang-format off */
#define CAPI_MEMBERS(X) \
	X(EVENT_NAME, "event_name") \
	X(EVENT_TIME, "event_time") \
	X(EVENT_ID, "event_id") \
	X(ACTION_SOURCE, "action_source") \
	X(EVENT_SOURCE_URL, "event_source_url") \
	X(REFERRER_URL, "referrer_url") \
	X(OPT_OUT, "opt_out") \
	X(MESSAGING_CHANNEL, "messaging_channel") \
	X(APP_DATA, "app_data") \
	X(APP_ID, "app_data.app_id") \
	X(EXTINFO, "app_data.extinfo") \
	X(TRACKING_ENABLED, "app_data.advertiser_tracking_enabled") \
	X(DEVICE_INFO, "device_info") \
	X(ORIGINAL_EVENT_DATA, "original_event_data") \
	X(ATTRIBUTION_DATA, "attribution_data") \
	X(CUSTOMER_SEGMENTATION, "customer_segmentation") \
	X(USER_DATA, "user_data") \
	X(EMAIL, "user_data.email") \
	X(PHONE, "user_data.phone") \
	X(FIRST_NAME, "user_data.first_name") \
	X(LAST_NAME, "user_data.last_name") \
	X(GENDER, "user_data.gender") \
	X(DATE_OF_BIRTH, "user_data.date_of_birth") \
	X(STREET, "user_data.street") \
	X(CITY, "user_data.city") \
	X(STATE, "user_data.state") \
	X(POSTAL_CODE, "user_data.postal_code") \
	X(COUNTRY, "user_data.country") \
	X(EXTERNAL_ID, "user_data.external_id") \
	X(IP, "user_data.client_ip_address") \
	X(USER_AGENT, "user_data.client_user_agent") \
	X(LANDING_IP, "user_data.landing_ip_address") \
	X(FBC, "user_data.fbc") \
	X(FBP, "user_data.fbp") \
	X(CLICK_TIME, "user_data.click_time") \
	X(TTCLID, "user_data.ttclid") \
	X(TTP, "user_data.ttp") \
	X(GCLID, "user_data.gclid") \
	X(GBRAID, "user_data.gbraid") \
	X(WBRAID, "user_data.wbraid") \
	X(SESSION_ATTRIBUTES, "user_data.session_attributes") \
	X(EPIK, "user_data.epik") \
	X(SC_CLICK_ID, "user_data.sc_click_id") \
	X(SC_COOKIE1, "user_data.sc_cookie1") \
	X(MADID, "user_data.madid") \
	X(IDFA, "user_data.idfa") \
	X(IDFV, "user_data.idfv") \
	X(GAID, "user_data.gaid") \
	X(ATT_STATUS, "user_data.att_status") \
	X(LEAD_ID, "user_data.lead_id") \
	X(SUBSCRIPTION_ID, "user_data.subscription_id") \
	X(FB_LOGIN_ID, "user_data.fb_login_id") \
	X(ANON_ID, "user_data.anon_id") \
	X(PAGE_ID, "user_data.page_id") \
	X(PAGE_SCOPED_USER_ID, "user_data.page_scoped_user_id") \
	X(CTWA_CLID, "user_data.ctwa_clid") \
	X(WABA_ID, "user_data.whatsapp_business_account_id") \
	X(IG_ACCOUNT_ID, "user_data.instagram_business_account_id") \
	X(IG_SID, "user_data.ig_sid") \
	X(ANONYMOUS_ID, "user_data.anonymous_id") \
	X(KX, "user_data.kx") \
	X(PARTNER_ID, "user_data.partner_id") \
	X(LOCALE, "user_data.locale") \
	X(HASHED, "hashed") \
	X(HASHED_EMAIL, "hashed.email") \
	X(HASHED_EMAIL_LOWER, "hashed.email.lower") \
	X(HASHED_EMAIL_GMAIL, "hashed.email.gmail") \
	X(HASHED_PHONE, "hashed.phone") \
	X(HASHED_PHONE_DIGITS, "hashed.phone.digits") \
	X(HASHED_PHONE_E164, "hashed.phone.e164") \
	X(HASHED_FIRST_NAME_COMPACT, "hashed.first_name.compact") \
	X(HASHED_FIRST_NAME_GIVEN, "hashed.first_name.given") \
	X(HASHED_LAST_NAME_COMPACT, "hashed.last_name.compact") \
	X(HASHED_LAST_NAME_FAMILY, "hashed.last_name.family") \
	X(HASHED_GENDER_LETTER, "hashed.gender.letter") \
	X(HASHED_DATE_OF_BIRTH_DIGITS, "hashed.date_of_birth.digits") \
	X(HASHED_CITY_COMPACT, "hashed.city.compact") \
	X(HASHED_STATE_REGION, "hashed.state.region") \
	X(HASHED_STATE_CODE, "hashed.state.code") \
	X(HASHED_STATE_UPPER, "hashed.state.upper") \
	X(HASHED_POSTAL_CODE_COMPACT, "hashed.postal_code.compact") \
	X(HASHED_COUNTRY_LOWER, "hashed.country.lower") \
	X(HASHED_COUNTRY_UPPER, "hashed.country.upper") \
	X(HASHED_STREET_LOWER, "hashed.street.lower") \
	X(HASHED_EXTERNAL_ID_COMPACT, "hashed.external_id.compact") \
	X(HASHED_EXTERNAL_ID_EXACT, "hashed.external_id.exact") \
	X(HASHED_MADID_LOWER, "hashed.madid.lower") \
	X(CUSTOM_DATA, "custom_data") \
	X(VALUE, "custom_data.value") \
	X(CURRENCY, "custom_data.currency") \
	X(ORDER_ID, "custom_data.order_id") \
	X(ITEMS, "custom_data.items") \
	X(ITEM_ID, "custom_data.items.id") \
	X(ITEM_QUANTITY, "custom_data.items.quantity") \
	X(ITEM_PRICE, "custom_data.items.price") \
	X(NUM_ITEMS, "custom_data.num_items") \
	X(SHIPPING, "custom_data.shipping") \
	X(TAX, "custom_data.tax") \
	X(CONTENT_IDS, "custom_data.content_ids") \
	X(CONTENT_TYPE, "custom_data.content_type") \
	X(ITEM_NUMBER, "custom_data.item_number") \
	X(SEARCH_STRING, "custom_data.search_string") \
	X(CRM_SOURCE, "custom_data.event_source") \
	X(CRM_NAME, "custom_data.lead_event_source") \
	X(CUSTOM_SEGMENTATION, "custom_data.customer_segmentation") \
	X(DELIVERY_CATEGORY, "custom_data.delivery_category") \
	X(PREDICTED_LTV, "custom_data.predicted_ltv") \
	X(COUPON, "custom_data.coupon") \
	X(DISCOUNT, "custom_data.discount") \
	X(PRICE_RANGE, "custom_data.preferred_price_range") \
	X(CUSTOM_VARIABLES, "custom_data.custom_variables") \
	X(CONSENT_AD_USER_DATA, "consent.ad_user_data") \
	X(CONSENT_AD_PERSONALIZATION, "consent.ad_personalization") \
	X(LIMITED_DATA_USE, "consent.limited_data_use") \
	X(LIMITED_COUNTRY, "consent.limited_data_use.country") \
	X(LIMITED_STATE, "consent.limited_data_use.state") \
	X(STATUS, "source.status") \
	X(TEST, "source.test") \
	X(REFUNDED_VALUE, "source.refunded_value") \
	X(REFUNDED_AT, "source.refunded_at") \
	X(REFUNDS, "source.refunds") \
	X(REFUND_VALUE, "source.refunds.value") \
	X(REFUND_AT, "source.refunds.at")
/* clang-format on */

enum capi_member {
	CAPI_ROOT, /* the event itself */
#define X(name, path) CAPI_##name,
	CAPI_MEMBERS(X)
#undef X
	    CAPI_MEMBERS_LISTED
};

#define CAPI_SLOTS 512

struct capi_vocab;

/* Over the names of the parser that will read the events. */
struct capi_vocab *capi_vocab_new(struct capi_names *names);
void capi_vocab_free(struct capi_vocab *v);

/* The slot of a path through dots; a new one when the path is new, which then
 * must live as long as the vocabulary. 0 when there are no more. */
unsigned capi_vocab_slot(struct capi_vocab *v, const char *path);

/* The slot of a member of the object in that slot; 0: nobody asks for it. */
unsigned capi_vocab_member(
    const struct capi_vocab *v, unsigned parent, uint16_t key_id);

/* The slot of the object that the member stands in. */
unsigned capi_vocab_parent(const struct capi_vocab *v, unsigned slot);

struct capi_event {
	const struct capi_vocab *vocab;
	const struct capi_json *at[CAPI_SLOTS];
	uint16_t filled[CAPI_SLOTS]; /* which slots, to empty them again */
	unsigned filled_count;
	/* What lib/build/check.c was asked about this event, and found true. */
	uint32_t asked, found;
};

/* Fills the slots, with all zero before the first time but the vocabulary. The
 * event lives as long as the tree. */
void capi_event_read(struct capi_event *e, const struct capi_json *root);

/* The members of one element of a list, into the slots of the list's own
 * members; what it returns makes _forget empty those again. */
unsigned capi_event_read_item(
    struct capi_event *e, unsigned list, const struct capi_json *item);
void capi_event_forget(struct capi_event *e, unsigned from);

static inline bool
capi_has(const struct capi_event *e, unsigned slot)
{
	return e->at[slot] != NULL;
}

static inline bool
capi_is(const struct capi_event *e, unsigned slot, const char *text)
{
	return capi_json_is(e->at[slot], text);
}

/* A string, or a number's characters; of a list the first; else no length. */
struct capi_str capi_event_str(const struct capi_event *e, unsigned slot);
struct capi_str capi_json_str(const struct capi_json *v);

/* A whole number, as a number or in a string. */
bool capi_event_int(const struct capi_event *e, unsigned slot, int64_t *n);

/* Is it true, yes or 1, in whatever case? */
bool capi_event_true(const struct capi_event *e, unsigned slot);

/* -1, 0 or 1 as the decimal text is below, at or above zero; 2 when it is no
 * plain decimal number ("1,234", "10 EUR", "1e3"). */
int capi_decimal_sign(struct capi_str s);

/* a - b of two plain decimal numbers, appended as text without a float; false
 * when one is none, the result is negative or too large. */
bool capi_decimal_minus(
    struct capi_buf *out, struct capi_str a, struct capi_str b);

/* How many of `of` shares of `whole` the `part` is, rounded down: 0 to `of`,
 * and 0 where one of them is no plain decimal number above zero. */
int64_t capi_decimal_share(
    struct capi_str part, struct capi_str whole, int64_t of);

#endif
