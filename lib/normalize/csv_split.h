/*
 * The short way through a row of CSV that is as RFC 4180 wants it, as most
 * are: its cells are spans of the text itself, found in one look. Whatever
 * is out of the ordinary is left to the slow way (csv.h), which gives the
 * same cells, only later (tests/unit/csv.c compares the two).
 */
#ifndef CAPI_CSV_SPLIT_H
#define CAPI_CSV_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "text.h"

struct capi_csv_split {
	struct capi_str *cell; /* the caller's, room for `max` of them */
	size_t max, count;
	uint64_t newlines; /* physical lines of the row */
	char delimiter;
	bool stop[256];       /* where a cell without quotes may end */
	struct capi_buf room; /* for cells with doubled quotes */
};

/* Of a zeroed struct. */
void capi_csv_split_init(struct capi_csv_split *s, char delimiter);
void capi_csv_split_release(struct capi_csv_split *s);

/* The row at the begin of the text. Returns its length with the line's end; 0
 * when the text ends before it, or it is blank or unusual: a quote inside a
 * cell, a line's end that is a lone CR. */
size_t capi_csv_split(struct capi_csv_split *s, const char *p, size_t n);

#endif
