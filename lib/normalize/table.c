#include "table.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static enum capi_table_result
classify(struct capi_table *t, enum capi_csv_result result)
{
	t->cause = result;
	switch (result) {
	case CAPI_CSV_ROW:
		return CAPI_TABLE_ROW;
	case CAPI_CSV_END:
		return CAPI_TABLE_END;
	case CAPI_CSV_TOO_LONG:
	case CAPI_CSV_TOO_WIDE:
	case CAPI_CSV_NUL:
	case CAPI_CSV_OPEN_QUOTE:
		return CAPI_TABLE_BAD;
	case CAPI_CSV_FAILED:
	case CAPI_CSV_NO_ENCODING:
		break;
	}
	return CAPI_TABLE_FAILED;
}

enum capi_table_result
capi_table_open(struct capi_table *t, struct capi_lines *lines)
{
	struct capi_csv_row row;
	enum capi_table_result result;

	t->lines = lines;
	t->waiting = t->ended = false;
	/* What was peeked at lies in the reader's buffer. */
	t->start = lseek(lines->fd, 0, SEEK_CUR);
	t->start =
	    t->start >= (off_t)lines->end ? t->start - (off_t)lines->end : -1;
	capi_csv_open(&t->csv, lines);
	result = classify(t, capi_csv_next(&t->csv, &row));
	if (result == CAPI_TABLE_ROW)
		capi_columns_set(t->columns, t->preset, row.cell, row.count);
	return result;
}

void
capi_table_begin(struct capi_table *t)
{
	capi_columns_watch(t->columns, t->preset, t->n);
}

void
capi_table_close(struct capi_table *t)
{
	capi_csv_close(&t->csv);
}

/* A file that can be read twice is: then all cells of a column decide, also
 * those behind a row in doubt. False: it can not. */
static bool
survey(struct capi_table *t)
{
	char path[64];
	struct capi_lines lines = {0};
	struct capi_csv csv = {.encoding = t->csv.encoding,
	    .delimiter = t->csv.delimiter,
	    .max = t->csv.max};
	struct capi_csv_row row;
	enum capi_csv_result result;
	int fd;

	if (t->start < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->lines->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || lseek(fd, t->start, SEEK_SET) != t->start) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	capi_lines_open(&lines, fd, csv.max);
	capi_csv_open(&csv, &lines);
	capi_csv_next(&csv, &row); /* the header */
	while ((result = capi_csv_next(&csv, &row)) != CAPI_CSV_END &&
	       result < CAPI_CSV_FAILED)
		if (result == CAPI_CSV_ROW && row.count == t->columns->count)
			capi_columns_look(t->columns, &row, t->n->now, false);
	capi_csv_close(&csv);
	capi_lines_release(&lines);
	close(fd);
	capi_columns_settle(t->columns);
	return true;
}

/* Rows wait until all columns are clear, or the end. Anything but a row is
 * given out; true: the waiting is over, and the rows come from the file. */
static bool
wait_for_more(struct capi_table *t, struct capi_csv_row *row,
    enum capi_table_result *result)
{
	bool open = true;

	while (open) {
		*result = classify(t, capi_csv_next(&t->csv, row));
		if (*result == CAPI_TABLE_BAD)
			return false;
		if (*result != CAPI_TABLE_ROW)
			break; /* said after the rows that wait */
		open = capi_columns_look(t->columns, row, t->n->now, true);
		if (capi_csv_hold(&t->csv, row)) {
			*result = CAPI_TABLE_NO_ROOM;
			return false;
		}
	}
	if (open)
		capi_columns_settle(t->columns);
	t->waiting = false;
	*result = CAPI_TABLE_NO_ROOM;
	return capi_csv_release(&t->csv) == 0;
}

/* Totals, copyright lines: -1 when no data can follow, 1 when only this row
 * is none. */
static int
is_footer(const struct capi_table *t, const struct capi_csv_row *row)
{
	if (!t->preset->footers)
		return 0;
	if (row->after_blank && row->count < t->columns->count)
		return -1;
	return capi_preset_is_footer(t->preset, row->cell[0]);
}

/* Must this row wait? It is looked at, and if it can be the whole file. */
static bool
must_wait(struct capi_table *t, const struct capi_csv_row *row)
{
	bool open;

	if (t->columns->settled)
		return false;
	open = capi_columns_look(t->columns, row, t->n->now, true);
	return (open || t->columns->dated) && !survey(t) && open;
}

enum capi_table_result
capi_table_next(struct capi_table *t, struct capi_csv_row *row)
{
	enum capi_table_result result;

	for (;;) {
		int footer;

		if (t->waiting && !wait_for_more(t, row, &result))
			return result;
		result = classify(t, capi_csv_next(&t->csv, row));
		if (result != CAPI_TABLE_ROW)
			return result;
		footer = t->ended ? 1 : is_footer(t, row);
		t->ended |= footer < 0;
		if (footer)
			return CAPI_TABLE_FOOTER;
		if (row->count != t->columns->count)
			return CAPI_TABLE_RAGGED;
		if (!must_wait(t, row))
			return CAPI_TABLE_ROW;
		if (capi_csv_hold(&t->csv, row))
			return CAPI_TABLE_NO_ROOM;
		t->waiting = true;
	}
}
