/*
 * Rows that wait for later ones (csv.h), in an unlinked temporary file.
 */
#ifndef CAPI_CSV_HELD_H
#define CAPI_CSV_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "csv.h"

struct capi_csv_held {
	FILE *file;
	bool replay; /* they are given again */
	char *text;  /* of the row given last */
	size_t cap;
};

/* -1 with errno. */
int capi_csv_held_put(struct capi_csv_held *s, const struct capi_csv_row *row);
int capi_csv_held_rewind(struct capi_csv_held *s);
/* row->cell has room. 1: a row, 0: all have been given again, -1: failed. */
int capi_csv_held_take(struct capi_csv_held *s, struct capi_csv_row *row);
void capi_csv_held_release(struct capi_csv_held *s);

#endif
