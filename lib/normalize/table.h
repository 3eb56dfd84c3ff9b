/*
 * A CSV file with headers, row by row, in the state in which a row can be
 * understood: what only later cells decide (columns.h) is known when it is
 * given out. A file that can be read twice is; from a pipe rows wait in a
 * temporary file (csv.h) until all columns in doubt are clear.
 */
#ifndef CAPI_TABLE_H
#define CAPI_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "columns.h"
#include "csv.h"
#include "lines.h"
#include "normalize.h"
#include "preset.h"

enum capi_table_result {
	CAPI_TABLE_ROW,
	CAPI_TABLE_END,
	CAPI_TABLE_RAGGED, /* not as many cells as headers */
	CAPI_TABLE_FOOTER, /* no data: totals, copyright lines */
	CAPI_TABLE_BAD,    /* no row; `cause` says why, the next call goes on */
	CAPI_TABLE_FAILED, /* `cause` says why; it is the end */
	CAPI_TABLE_NO_ROOM, /* for the temporary file, errno; it is the end */
};

struct capi_table {
	/* The caller's: csv with its wishes, and columns with their hook. */
	struct capi_csv csv;
	struct capi_columns *columns;
	const struct capi_preset *preset;
	const struct capi_normalizer *n;

	enum capi_csv_result cause;

	/* Private. */
	struct capi_lines *lines;
	off_t start;  /* of the file, or -1 if it can not be read twice */
	bool waiting; /* rows go into the temporary file */
	bool ended;   /* a row that ends the data was seen */
};

/* `lines` is open on the file and may have been peeked at. Reads the headers
 * into the columns: CAPI_TABLE_ROW, or CAPI_TABLE_END of an empty file, or
 * CAPI_TABLE_BAD and _FAILED. */
enum capi_table_result capi_table_open(
    struct capi_table *t, struct capi_lines *lines);
/* The caller has seen the headers and wants the rows. */
void capi_table_begin(struct capi_table *t);
/* The row's cells live until the next call. */
enum capi_table_result capi_table_next(
    struct capi_table *t, struct capi_csv_row *row);
void capi_table_close(struct capi_table *t);

#endif
