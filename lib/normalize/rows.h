/*
 * What an export says of one order, gathered: from the rows of a CSV file,
 * which may be several, from the same rows as objects out of a rejects file,
 * or from one JSON object. Which rows belong together, where the items stand
 * and what each column means says the preset.
 */
#ifndef CAPI_ROWS_H
#define CAPI_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "columns.h"
#include "json.h"
#include "normalize.h"
#include "preset.h"
#include "text.h"

struct capi_rows {
	/* The caller's. */
	const struct capi_preset *preset;
	struct capi_normalizer *n;
	struct capi_arena *arena; /* for what belongs to one order */
	struct capi_columns *columns;
	size_t max; /* bytes of the cells of one order */
	bool keep;  /* its rows too, for a rejects file */

	/* The order that grows. */
	bool open;
	struct capi_order order;
	bool too_long, too_many, totals_differ;
	struct capi_buf text; /* with `keep`, once closed: {"rows":[...]} and
			       * what capi_columns_write adds */

	/* Private. */
	struct capi_str key;
	size_t size;
	struct capi_path_index object, element;
	struct capi_item items[CAPI_ITEMS_MAX];
};

void capi_rows_init(struct capi_rows *r);
void capi_rows_release(struct capi_rows *r);

/* A new order that begins at that line; `file` NULL: it is not to be told.
 * What the arena holds stays: whoever needs it no more resets it before. */
void capi_rows_begin(struct capi_rows *r, const char *file, uint64_t line);

/* Is this a further row of the open order? */
bool capi_rows_continues(
    const struct capi_rows *r, const struct capi_str *cell);
/* One row of the order: the first makes it, the others have items. With a
 * grouped preset the cells need not outlive the call. */
void capi_rows_add(
    struct capi_rows *r, const struct capi_str *cell, size_t cells);
/* A row that belongs to no order, for the rejects file only. */
void capi_rows_keep(
    struct capi_rows *r, const struct capi_str *cell, size_t cells);
/* The order is complete, and so is its text. */
void capi_rows_close(struct capi_rows *r);

/* The rows of a record {"rows":[{header: cell}...]}, or one such object; the
 * tree must live as long as the order. The order is open if there was any. */
void capi_rows_add_record(struct capi_rows *r, const struct capi_json *record);

/* A JSON object of a preset for such: the order and its items. */
void capi_rows_add_object(struct capi_rows *r, const struct capi_json *object);

#endif
