/*
 * What the platforms' screens let a person download, and what people type off
 * them: counts by day. A dialect is a table of header names (in the languages
 * seen), of the rows that repeat a sum, and of where dates and currency
 * stand. Received counts (all that the platform saw) and attributed ones (what
 * it credits to an ad) are different things; a dialect is one of them, and a
 * file given as the other is refused.
 *
 * Sources: the platforms' help pages and real header rows, read 2026-09; see
 * capi-platforms(7).
 */
#ifndef CAPI_REPORT_H
#define CAPI_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "normalize/csv.h"
#include "text.h"

enum capi_report_result {
	CAPI_REPORT_OK,
	CAPI_REPORT_NO_HEADER,  /* no row holds the columns of any dialect */
	CAPI_REPORT_ATTRIBUTED, /* given as received, is attributed */
	CAPI_REPORT_EMPTY,      /* a header and no row */
	CAPI_REPORT_CUT,        /* it breaks off; `why` says how that shows */
	CAPI_REPORT_DATE,       /* a date that can not be read */
	CAPI_REPORT_NUMBER,     /* a count that can not be read */
	CAPI_REPORT_RESULTS,    /* only "Results", and they are no purchases */
	CAPI_REPORT_MAP,        /* csv:...: a column that is not there */
	CAPI_REPORT_CSV,        /* not readable as CSV */
	CAPI_REPORT_JSON,       /* JSON, but no answer that is known */
};

/* One count. Days are local days of the report's zone, since 1970-01-01. */
struct capi_report_row {
	int64_t day, last;        /* last > day: a row for a range of days */
	bool dated;               /* else the file does not say */
	struct capi_str event;    /* as written; "Purchase" when implied */
	struct capi_str source;   /* browser, server, ...; empty: the total */
	struct capi_str currency; /* n == 0: not said */
	int64_t count;            /* millionths: Google has 2.50 */
	int64_t value;            /* millionths */
	bool has_value;
	uint64_t line;
};

struct capi_report {
	/* Wishes. */
	const char *platform; /* "meta", ... or any name */
	const char *file;     /* its name may hold the period */
	const char *map;      /* "date=Day,count=N": NULL: find a dialect */
	bool attributed;
	bool open_end; /* no newline at its end: its last row may be cut */

	/* What was found. */
	const char *dialect;
	int64_t rows, totals_skipped;
	int64_t from, to; /* days; from > to: no dates */
	bool daily;
	bool click_dated; /* counted on the day of the click */
	struct capi_str currency, window, count_column;
	uint64_t line;   /* of the trouble */
	const char *why; /* of the trouble, or NULL */
	bool confirmed;  /* a total row agrees with the sum of the rows */
};

/* Reads a whole file; each row goes to `sink`, in order. Text lives in the
 * arena. */
enum capi_report_result capi_report_read(struct capi_report *r,
    struct capi_csv *csv, struct capi_arena *arena,
    void (*sink)(void *arg, const struct capi_report_row *row), void *arg);

/* Words for a message. */
const char *capi_report_reason(enum capi_report_result result);

#endif
