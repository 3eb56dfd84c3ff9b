/*
 * Rules that several platforms share, as pure functions for the `broken`
 * column of a platform's checks: true when the event breaks the rule. Numbers
 * that differ (ages) stand in the platform's struct; code, words and cure stand
 * in its table.
 */
#ifndef CAPI_CHECK_H
#define CAPI_CHECK_H

#include "walk.h"

/* Names. */
bool capi_check_name_none(const struct capi_build *b);
bool capi_check_name_unknown(const struct capi_build *b); /* not taken */
bool capi_check_name_near(const struct capi_build *b); /* a slip of the pen */
bool capi_name_is(const struct capi_build *b, const char *ours);
/* The standard name that was probably meant, or NULL. */
const char *capi_name_nearest(const struct capi_build *b);

/* Times. Missing or not whole seconds; milliseconds; too old; in the future. */
bool capi_check_time(const struct capi_build *b);
bool capi_check_time_unit(const struct capi_build *b);
bool capi_check_age(const struct capi_build *b);
bool capi_check_future(const struct capi_build *b);

/* Ids. Missing; a word that stands for nothing ("null", "{{order_id}}"). */
bool capi_check_id(const struct capi_build *b);
bool capi_check_id_placeholder(const struct capi_build *b);

/* People. An identifier in plain that the platform wants hashed; a digest that
 * is no SHA-256 or one of nothing; hashed, but not in this platform's form. */
bool capi_check_plain(const struct capi_build *b);
bool capi_check_digest(const struct capi_build *b);
bool capi_check_form(const struct capi_build *b);
/* For platforms that take plain data: nothing but digests came, or a digest
 * stands where a plain value belongs. */
bool capi_check_only_hashed(const struct capi_build *b);
bool capi_check_digest_as_plain(const struct capi_build *b);

/* Money. Not a plain decimal number; below zero; the currency not one of ISO
 * 4217 in capitals that can be paid in. */
bool capi_check_value(const struct capi_build *b);
bool capi_check_value_negative(const struct capi_build *b);
bool capi_check_currency(const struct capi_build *b);

/* Items without an id; with a price or quantity that is no number. */
bool capi_check_item_id(const struct capi_build *b);
bool capi_check_item_numbers(const struct capi_build *b);
/* Items with a quantity of 1.5: for platforms that count in whole ones. */
bool capi_check_item_quantity(const struct capi_build *b);

/* A custom property under a name of people's data; CAPI_REST leaves it out. */
/* Is a member of custom_data named like people's data? */
bool capi_check_is_personal(const struct capi_json *v);
bool capi_check_custom_personal(const struct capi_build *b);

/* Addresses. No IP address; one of a private or own network. */
bool capi_check_ip(const struct capi_build *b);
bool capi_check_ip_private(const struct capi_build *b);
/* People's data in the query of a URL. */
bool capi_check_url(const struct capi_build *b);
bool capi_check_referrer(const struct capi_build *b);

bool capi_is_placeholder(struct capi_str s);
bool capi_is_sha256(struct capi_str s);

/*
 * Rows of a platform's checks that say the same everywhere: where the platform
 * has words of its own (a code of its errors), its table says them instead.
 */
/* clang-format off */
#define CAPI_RULES_OF_TIME(platform) \
	CAPI_RULE(platform ".event_time", CAPI_REFUSE, \
	    "event_time is required, in whole seconds since 1970", \
	    "give the time of the conversion, not of the export", \
	    capi_check_time), \
	CAPI_RULE(platform ".milliseconds", CAPI_REFUSE, \
	    "event_time is in milliseconds; seconds are wanted", \
	    "divide by 1000", \
	    capi_check_time_unit)
#define CAPI_RULE_OF_PLACEHOLDERS(platform) \
	CAPI_RULE(platform ".event_id_placeholder", CAPI_REFUSE, \
	    "event_id is a word that stands for nothing: all such events " \
	    "would be one", "make it from the order's number", \
	    capi_check_id_placeholder)
#define CAPI_RULES_OF_IP(platform) \
	CAPI_LEFT_OUT(platform ".ip", "user_data.client_ip_address", \
	    "client_ip_address is not one IPv4 or IPv6 address", \
	    "give the shopper's address alone", capi_check_ip), \
	CAPI_LEFT_OUT(platform ".ip_private", "user_data.client_ip_address", \
	    "client_ip_address is of a private network, nobody's", \
	    "look at how the shop learns it behind its proxy", \
	    capi_check_ip_private)
#define CAPI_RULE_OF_URLS(platform) \
	CAPI_LEFT_OUT(platform ".url_personal", "event_source_url", \
	    "event_source_url has people's data or a secret in it", \
	    "let capi-normalize strip it", capi_check_url)
#define CAPI_RULE_OF_REFERRERS(platform) \
	CAPI_LEFT_OUT(platform ".referrer_personal", "referrer_url", \
	    "referrer_url has people's data or a secret in it", \
	    "let capi-normalize strip it", capi_check_referrer)
#define CAPI_RULE_OF_VALUES(platform) \
	CAPI_RULE(platform ".value", CAPI_REFUSE, \
	    "value is not a plain decimal number", \
	    "no separators, no currency sign, a point for the decimals", \
	    capi_check_value)
#define CAPI_RULE_OF_CURRENCIES(platform) \
	CAPI_RULE(platform ".currency", CAPI_REFUSE, \
	    "currency is not a code of ISO 4217 that can be paid in", \
	    "three capitals of the standard: EUR, USD", capi_check_currency)
#define CAPI_RULE_OF_ITEMS(platform) \
	CAPI_RULE(platform ".items", CAPI_REFUSE, \
	    "an item's price or quantity is not a number", \
	    "a plain decimal number", capi_check_item_numbers)
#define CAPI_RULE_OF_QUANTITIES(platform) \
	CAPI_RULE(platform ".item_quantity", CAPI_WARN, \
	    "an item's quantity is not a whole number and is left out", \
	    "count pieces, not weights", capi_check_item_quantity)
#define CAPI_RULE_OF_CUSTOM_DATA(platform) \
	CAPI_RULE(platform ".custom_personal", CAPI_WARN, \
	    "a custom property is named like people's data and is left out", \
	    "put it into user_data, or give it another name", \
	    capi_check_custom_personal)
/* clang-format on */

#endif
