/*
 * Days and decimals as an audit needs them: a report's day begins at midnight
 * of the ad account's zone, a count may be 2.50, a sum of money must be exact.
 */
#ifndef CAPI_AUDIT_CLOCK_H
#define CAPI_AUDIT_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define CAPI_MICROS 1000000
#define CAPI_DAY 86400

/* A zone by its IANA name; its number, or -1 when there is none of it. 0 is
 * always UTC. The name is not copied. */
int capi_clock_zone(const char *name);
void capi_clock_release(void);
const char *capi_clock_zone_name(int zone);

/* The local day of an instant, in days since 1970-01-01. */
int64_t capi_clock_day(int zone, int64_t time);

/* The instant at which a local day begins. */
int64_t capi_clock_start(int zone, int64_t day);

/* Seconds that the zone's clock is ahead of UTC then. */
int64_t capi_clock_offset(int zone, int64_t time);

/* "2026-04-01"; 11 bytes. */
void capi_clock_date(int64_t day, char text[16]);
/* "2026-04-02 14:30"; in that zone. */
void capi_clock_time(int zone, int64_t time, char text[24]);

/* A date: 2026-04-01, 2026/04/01, 20260401, 01.04.2026, "Apr 1, 2026", with
 * any time of day behind it left aside. False when it is none or when day and
 * month can not be told apart. */
bool capi_clock_parse_date(struct capi_str s, int64_t *day);

/* Unix seconds as a number, or ISO 8601 with an offset or Z. */
bool capi_clock_parse_time(struct capi_str s, int64_t *time);

/*
 * A decimal as millionths: "2.50", "1,250.50", "1.234,50", "1 020,50" (also
 * with U+00A0 or U+202F). `comma` tells what a lone comma is when it could be
 * both: true, the decimal mark. Digits behind the sixth are cut. False when it
 * is no number or too large.
 */
bool capi_clock_decimal(struct capi_str s, bool comma, int64_t *micros);

/* Millionths as text without needless zeros, but with `least` (0 to 6)
 * decimals. */
void capi_clock_decimal_text(int64_t micros, int least, char text[32]);

/* Money of a currency: as many decimals as ISO 4217 gives it, two when it
 * does not know it. */
void capi_clock_money_text(int64_t micros, const char *currency, char text[32]);

#endif
