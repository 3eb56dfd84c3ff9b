/*
 * CSV split to its cells exactly, not a blank more or less: for looking for
 * the very blanks that the reader of exports (lib/normalize/csv.h) takes off.
 */
#ifndef CAPI_CELLS_H
#define CAPI_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "text.h"

#define CAPI_CELLS_MOST 64

struct capi_cells {
	struct capi_buf text; /* of the record, unquoted */
	size_t ends[CAPI_CELLS_MOST];
	size_t count;
	bool open; /* inside quotes at the end of the line */
};

#define CAPI_CELLS_INIT                                                        \
	{                                                                      \
		.text = CAPI_BUF_INIT((size_t)1 << 26)                         \
	}

/* Takes one line without its newline; a record that goes on in the next line
 * leaves `open` set, and the next call continues it. Cells beyond the most
 * are passed over. */
void capi_cells_take(
    struct capi_cells *c, const char *line, size_t n, char delimiter);

/* The cell by number; empty if there is none. Lives until the next take. */
struct capi_str capi_cells_at(const struct capi_cells *c, size_t i);

/* The most frequent of , ; tab and | in a header line. */
char capi_cells_delimiter(const char *line, size_t n);

#endif
