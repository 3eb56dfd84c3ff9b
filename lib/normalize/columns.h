/*
 * The columns of a CSV file: their headers, which of a preset's sources stand
 * in them, and what all their cells together say of how one is read. 4/5/2026
 * tells nothing; a 13/5/2026 further down tells the order of the whole column,
 * and 12,34 does the same for the decimal mark. 1,234 in all of them says at
 * least what parts thousands, unless the currency has three decimals.
 */
#ifndef CAPI_COLUMNS_H
#define CAPI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "csv.h"
#include "json.h"
#include "normalize.h"
#include "preset.h"
#include "text.h"

#define CAPI_WATCHES 64

/* A column whose cells are looked at, while it matters. */
struct capi_watch {
	enum capi_field field;
	uint16_t column; /* from 1 */
	unsigned mask;   /* what all its cells allow; 0: they contradict */
	bool open;       /* a cell that can be read in two ways was seen */
};

struct capi_columns {
	/* Told when cells of one column contradict each other: rows before
	 * the line `before` may have been misread; 0: none were given out. */
	void (*contradicted)(
	    void *arg, unsigned column, enum capi_field field, uint64_t before);
	void *arg;

	struct capi_str *name;
	bool *twin; /* a header that stood there before */
	size_t count;
	struct capi_bound *bound;
	size_t bounds, items_from; /* those of items stand last */

	/* What is decided for columns 1 and up; 0: nothing. The normaliser
	 * points here. */
	uint8_t order[CAPI_CSV_COLUMNS + 1]; /* enum capi_when_order */
	char decimal[CAPI_CSV_COLUMNS + 1];
	char thousands[CAPI_CSV_COLUMNS + 1]; /* where decimal is not known */
	bool settled; /* no cell can change it any more */
	bool dated;   /* a date that needs its column's order was seen */

	/* Private. */
	struct capi_buf text;
	struct capi_watch watch[CAPI_WATCHES];
	size_t watches;
};

/* A zeroed struct is to be initialised once, and released once. */
void capi_columns_init(struct capi_columns *c);
void capi_columns_release(struct capi_columns *c);

/* The headers, copied, and what of the preset stands under them. At most
 * CAPI_CSV_COLUMNS. Nothing is decided, nothing is watched. */
void capi_columns_set(struct capi_columns *c, const struct capi_preset *preset,
    const struct capi_str *name, size_t count);
bool capi_columns_has(const struct capi_columns *c, enum capi_field field);
/* The column before `i` that has its header and is read in its place; -1: there
 * is none. Both count from 0. */
int capi_columns_instead(const struct capi_columns *c, size_t i);

/* Is the first line somebody's data? Then no message may quote it. */
bool capi_columns_are_data(const struct capi_columns *c);

/* What stands at a bound source in a row. */
struct capi_str capi_columns_cell(const struct capi_bound *b,
    const struct capi_str *cell, const struct capi_preset *preset);

/* From here on watches the columns that the caller's choices leave open. */
void capi_columns_watch(struct capi_columns *c,
    const struct capi_preset *preset, const struct capi_normalizer *n);
/* Looks at one row. Returns true while a cell seen so far could be read in
 * two ways. `given` says that rows before this one were given out. */
bool capi_columns_look(struct capi_columns *c, const struct capi_csv_row *row,
    int64_t now, bool given);
/* What was decided, as members behind those that `out` holds, and back:
 *	"date_order":{"Paid at":"DMY"},"decimal":{"Total":","},
 *	"thousands":{"Tax":","}
 * Nothing is written of nothing. */
void capi_columns_write(const struct capi_columns *c, struct capi_buf *out);
void capi_columns_read(struct capi_columns *c, const struct capi_json *record);

/* All rows were seen. */
void capi_columns_settle(struct capi_columns *c);

#endif
