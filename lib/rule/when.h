#ifndef CAPI_WHEN_H
#define CAPI_WHEN_H

/*
 * Dates and times as exports write them, to unix seconds; birthdays to ISO
 * 8601. Nothing is guessed: where day and month could be either, or a time
 * has no zone, the verdict says so and the caller asks or decides for the
 * whole column.
 *
 * All functions are pure: no input or output, no memory, no state, no TZ. Input
 * is a pointer and a length and need not end in NUL. Days are those of the
 * proleptic Gregorian calendar.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zone.h"

enum capi_when_order {
	CAPI_WHEN_ORDER_UNKNOWN = 0,
	CAPI_WHEN_DMY = 1,
	CAPI_WHEN_MDY = 2,
	CAPI_WHEN_YMD = 4,
};
#define CAPI_WHEN_ORDER_ANY 7

enum capi_when_precision {
	CAPI_WHEN_DAY,
	CAPI_WHEN_MINUTE,
	CAPI_WHEN_SECOND,
};

enum capi_when_form {
	CAPI_WHEN_ISO,     /* year first, or eight digits */
	CAPI_WHEN_NUMERIC, /* 4/4/2026, 04.04.2026 */
	CAPI_WHEN_WORDS,   /* 1 sept. 2026 */
	CAPI_WHEN_SERIAL,  /* spreadsheet days */
	CAPI_WHEN_UNIX,    /* seconds, 10 digits */
	CAPI_WHEN_UNIX_MS, /* 13 digits */
	CAPI_WHEN_UNIX_US, /* 16 digits */
};

enum capi_when_verdict {
	CAPI_WHEN_OK,
	CAPI_WHEN_EMPTY,
	CAPI_WHEN_NO_ZONE,   /* a local time, and opt->zone is NULL */
	CAPI_WHEN_AMBIGUOUS, /* day or month? which century? */
	CAPI_WHEN_BAD,       /* no date, or not one of the calendar */
};

struct capi_when_opt {
	const struct capi_zone *zone; /* for times without one; or NULL */
	enum capi_when_order order;
	bool since_1904; /* serials count from 1904, as old Macs did */
	int64_t now;     /* unix seconds; 0: unknown, nothing is future */
};

/*
 * unix_s is right for CAPI_WHEN_OK only; for CAPI_WHEN_NO_ZONE it is what it
 * would be in UTC, and the rest holds. A date without a time is noon local
 * time: that stays in its day within 11 hours' difference, which midnight
 * does not; precision says CAPI_WHEN_DAY then.
 */
struct capi_when {
	int64_t unix_s;
	uint16_t millis; /* of the second, cut, not rounded */
	uint8_t precision;
	uint8_t form;
	bool had_zone; /* said by the text itself, or unix time */
	bool repeated; /* hour the clocks went through twice: the first */
	bool skipped;  /* hour the clocks left out: moved on by the gap */
	bool future;   /* later than opt->now */
};

/*
 * Forms: ISO 8601 with T or space, offset or none; 4/4/2026 and 04.04.2026
 * with 14:30, 14h30 or 2:30 PM; month words in English, French, Spanish,
 * German, Portuguese, Italian, Dutch; spreadsheet serials 20000 to 80000;
 * unix time by its digits (10, 13, 16). Two-digit years are 1969 to 2068 and
 * need a known order. Years run from 1900 to 2199.
 */
enum capi_when_verdict capi_when_parse(const char *s, size_t n,
    const struct capi_when_opt *opt, struct capi_when *out);

/*
 * Which orders of day and month a cell allows, a mask of enum
 * capi_when_order. Cells that need no order, and those that are no date,
 * allow any: so the mask of a column is the AND over its cells, and 0 means
 * that its cells contradict each other.
 */
unsigned capi_when_order_evidence(const char *s, size_t n);

/*
 * A birthday as "1997-02-16" and a NUL; years 1900 to `now` (unix seconds).
 * ISO, eight digits, month words; other orders only if known, if one part is
 * over 12, or if the cell itself says so: "16-2-1997 (dd-mm-yyyy)". A time
 * must be midnight: another one came out of a conversion between zones, and
 * the day with it.
 */
enum capi_when_verdict capi_when_birth(const char *s, size_t n,
    enum capi_when_order order, int64_t now, char out[11]);

/* Days since 1970-01-01, and back. Any year that fits; months 1 to 12. */
int64_t capi_when_from_civil(int64_t year, unsigned month, unsigned day);
void capi_when_civil(
    int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* The day of a moment, in UTC. */
int64_t capi_when_day(int64_t unix_s);
bool capi_when_is_leap(int64_t year);

#endif
