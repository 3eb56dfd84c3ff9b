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

/* Ids. Missing; a word that stands for nothing ("null", "0", "undefined"). */
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
bool capi_check_custom_personal(const struct capi_build *b);

/* Addresses. No IP address; one of a private or own network. */
bool capi_check_ip(const struct capi_build *b);
bool capi_check_ip_private(const struct capi_build *b);
/* People's data in the query of a URL. */
bool capi_check_url(const struct capi_build *b);
bool capi_check_referrer(const struct capi_build *b);

bool capi_is_sha256(struct capi_str s);

#endif
