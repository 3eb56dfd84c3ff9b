/*
 * How each platform writes its reports: names of columns in the languages
 * seen, and how rows show that they repeat a sum. report.c reads by it.
 */
#ifndef CAPI_REPORT_DIALECT_H
#define CAPI_REPORT_DIALECT_H

#include <stdbool.h>

enum capi_report_field {
	DATE,
	WEEK, /* its first day */
	FROM,
	TO,
	EVENT,
	SOURCE,
	COUNT,
	VALUE,
	CURRENCY,
	SPEND, /* only for the currency in its header */
	INDICATOR,
	WINDOW,
	NAME_1, /* from the account down to the ad: the deepest decides */
	NAME_2,
	NAME_3,
	FIELDS,
};

/* A header name, lower case, and what stands under it. Of the names of one
 * field the first that the file has is taken. */
struct capi_report_header {
	const char *name;
	enum capi_report_field field;
};

/* How a row shows that it repeats the sum of others. */
enum capi_report_total {
	TOTAL_NONE,
	TOTAL_NO_NAME, /* its names are empty */
	TOTAL_OF,      /* "Total of 33 results" in the first cell */
	TOTAL_COLON,   /* "Total: Account" in the first cell */
};

struct capi_report_dialect {
	const char *name, *platform; /* platform NULL: any */
	bool attributed;
	enum capi_report_total total;
	/* Names under which a count is of whatever each campaign aims at: only
	 * rows whose indicator is a purchase are meant. NULL: no such. */
	const char *const *aims;
	/* Counts stand at the day of the click, unless the column's name holds
	 * this. NULL: they do not. */
	const char *not_by_click;
	const struct capi_report_header *headers;
};

/* Ended by a row without a name; the last one before it fits any platform. */
extern const struct capi_report_dialect capi_report_dialects[];
/* What csv: makes of a file. */
extern const struct capi_report_dialect capi_report_own;

#endif
