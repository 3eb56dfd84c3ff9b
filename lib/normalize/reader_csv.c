/*
 * Rows of a CSV file, of a second one of people, and of the text of rows that
 * were refused.
 */
#include "reader_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"

/* Rows out of a record have its line. */
static uint64_t
line_of(const struct capi_reader *r, const struct capi_csv_row *row)
{
	return r->within ? r->within : row->line;
}

static void
begin_row(struct capi_reader *r, uint64_t line)
{
	capi_reader_finish(r);
	capi_arena_reset(&r->arena);
	capi_rows_begin(&r->rows, capi_reader_file(r->file), line);
	r->record = (struct capi_record){
	    .file = r->file, .line = line, .text = "", .len = 0};
}

static void
take_row(struct capi_reader *r, const struct capi_csv_row *row)
{
	if (!capi_rows_continues(&r->rows, row->cell))
		begin_row(r, line_of(r, row));
	capi_rows_add(&r->rows, row->cell, row->count);
	if (!r->preset.grouped)
		capi_reader_finish(r);
}

/* What is no row can be no object either: its text is kept, and what is
 * needed to read it. */
static void
keep_text(struct capi_reader *r, struct capi_record *bad, struct capi_str text)
{
	const struct capi_columns *c = &r->columns;
	struct capi_buf *b = &r->rows.text;

	capi_buf_reset(b);
	capi_buf_adds(b, "{\"header\":[");
	for (size_t i = 0; i < c->count; i++) {
		capi_json_sep(b);
		capi_json_string(b, c->name[i].p, c->name[i].n);
	}
	capi_buf_addc(b, ']');
	capi_columns_write(c, b);
	capi_json_key(b, "delimiter");
	capi_json_string(b, &r->table.csv.delimiter, 1);
	capi_json_key(b, "csv");
	capi_json_string(b, text.p, text.n);
	capi_buf_addc(b, '}');
	capi_reader_keep(r, bad, b);
}

/* A row that is not one: reported, and the rest goes on. */
static void
take_bad_row(struct capi_reader *r, const struct capi_csv_row *row)
{
	struct capi_record bad = {
	    .file = r->file, .line = line_of(r, row), .text = ""};

	capi_reader_finish(r);
	if (r->keep)
		keep_text(r, &bad, row->text);
	capi_reader_refuse(
	    r, &bad, NULL, "%s", capi_csv_reason(r->table.cause));
}

static void
take_ragged(struct capi_reader *r, const struct capi_csv_row *row)
{
	begin_row(r, line_of(r, row));
	capi_rows_keep(&r->rows, row->cell, row->count);
	capi_rows_close(&r->rows);
	capi_reader_keep(r, &r->record, &r->rows.text);
	capi_reader_refuse(r, &r->record, NULL,
	    "%zu cells where the header has %zu", row->count, r->columns.count);
}

static void
end_by_failure(struct capi_reader *r)
{
	if (r->table.cause == CAPI_CSV_FAILED)
		capi_reader_fail(r, CAPI_EXIT_IO, "%s", strerror(errno));
	else
		capi_reader_fail(
		    r, CAPI_EXIT_USAGE, "%s", capi_csv_reason(r->table.cause));
}

/* What the options say in the file's place. */
static bool
is_given(const struct capi_reader *r, int field)
{
	return (field == CAPI_F_EVENT_NAME && r->n.event_name) ||
	       (field == CAPI_F_CURRENCY && r->n.currency) ||
	       (field == CAPI_F_VALUE && r->n.value == CAPI_VALUE_SUBTOTAL &&
		   capi_columns_has(&r->columns, CAPI_F_SUBTOTAL));
}

static void
say_columns(struct capi_reader *r)
{
	const struct capi_columns *c = &r->columns;
	struct capi_buf found = CAPI_BUF_INIT(2000);

	if (capi_columns_are_data(c)) {
		capi_reader_say(r, "its first line is data, not headers");
		return;
	}
	for (size_t i = 0; i < c->count; i++) {
		capi_buf_adds(&found, i ? ", " : "");
		capi_buf_add(&found, c->name[i].p, c->name[i].n);
	}
	capi_reader_say(r, "its columns are: %s", capi_buf_cstr(&found));
	capi_buf_release(&found);
}

static bool
has_needed(struct capi_reader *r)
{
	bool all = true;

	for (int f = 0; f < CAPI_FIELDS; f++) {
		if (!r->preset.needs[f] ||
		    capi_columns_has(&r->columns, (enum capi_field)f) ||
		    is_given(r, f))
			continue;
		capi_reader_say(
		    r, "no column for %s", capi_field_name((enum capi_field)f));
		all = false;
	}
	if (all)
		return true;
	say_columns(r);
	capi_reader_fail(r, CAPI_EXIT_DATA,
	    "is it %s? other presets: --list-maps", r->preset.name);
	return false;
}

/* Two columns of one name, as a CRM's own properties may have: what stands in
 * the second is lost, and nobody should have to find that out. */
static void
say_twins(struct capi_reader *r)
{
	const struct capi_columns *c = &r->columns;

	for (size_t i = 0; i < c->count; i++) {
		int first = capi_columns_instead(c, i);

		if (first >= 0)
			capi_reader_say(r,
			    "columns %d and %zu are both \"%.*s\": the first "
			    "counts",
			    first + 1, i + 1, (int)c->name[i].n, c->name[i].p);
	}
}

static void
read_rows(struct capi_reader *r)
{
	struct capi_csv_row row;

	for (;;) {
		enum capi_table_result result =
		    capi_table_next(&r->table, &row);

		r->csv_rows += result == CAPI_TABLE_ROW ||
			       result == CAPI_TABLE_RAGGED ||
			       result == CAPI_TABLE_BAD;
		switch (result) {
		case CAPI_TABLE_ROW:
			take_row(r, &row);
			break;
		case CAPI_TABLE_RAGGED:
			take_ragged(r, &row);
			break;
		case CAPI_TABLE_BAD:
			take_bad_row(r, &row);
			break;
		case CAPI_TABLE_FOOTER:
			capi_reader_count(r, "passed over", "footer rows");
			break;
		case CAPI_TABLE_NO_ROOM:
			capi_reader_fail(r, CAPI_EXIT_IO, "temporary file: %s",
			    strerror(errno));
			capi_reader_finish(r);
			return;
		case CAPI_TABLE_FAILED:
			end_by_failure(r);
			capi_reader_finish(r);
			return;
		case CAPI_TABLE_END:
			capi_reader_finish(r);
			return;
		}
	}
}

static void
set_table(struct capi_reader *r, const char *encoding, char delimiter)
{
	r->table = (struct capi_table){.csv = {.encoding = encoding,
					   .delimiter = delimiter,
					   .max = r->max,
					   .keep = r->keep},
	    .columns = &r->columns,
	    .preset = &r->preset,
	    .n = &r->n};
}

void
capi_reader_csv(struct capi_reader *r, struct capi_lines *lines)
{
	set_table(r, r->encoding, r->delimiter);
	switch (capi_table_open(&r->table, lines)) {
	case CAPI_TABLE_ROW:
		if (!has_needed(r))
			break;
		say_twins(r);
		capi_table_begin(&r->table);
		read_rows(r);
		if (strcmp(r->table.csv.decoder, "UTF-8"))
			capi_reader_say(r, "read as %s", r->table.csv.decoder);
		break;
	case CAPI_TABLE_END:
		capi_reader_say(r, "empty");
		break;
	case CAPI_TABLE_FAILED:
		end_by_failure(r);
		break;
	default:
		capi_reader_fail(
		    r, CAPI_EXIT_DATA, "%s", capi_csv_reason(r->table.cause));
		break;
	}
	capi_table_close(&r->table);
}

/* --- text that was no row (keep_text), repaired --- */

static void
add_cell(struct capi_buf *b, const struct capi_json *cell, char delimiter)
{
	if (b->len)
		capi_buf_addc(b, delimiter);
	capi_buf_addc(b, '"');
	for (size_t i = 0; i < cell->len; i++) {
		if (cell->text[i] == '"')
			capi_buf_addc(b, '"');
		capi_buf_addc(b, cell->text[i]);
	}
	capi_buf_addc(b, '"');
}

/* A small file of its own: the header's cells and the text. */
static void
open_text(struct capi_reader *r, struct capi_lines *lines,
    const struct capi_json *record, const struct capi_json *csv)
{
	const struct capi_json *header = capi_json_get(record, "header");
	const struct capi_json *d = capi_json_get(record, "delimiter");
	struct capi_buf text = CAPI_BUF_INIT((size_t)1 << 30);

	set_table(r, "UTF-8", d && d->len == 1 ? *d->text : ',');
	for (const struct capi_json *v = header ? header->child : NULL; v;
	     v = v->next)
		add_cell(&text, v, r->table.csv.delimiter);
	capi_buf_addc(&text, '\n');
	capi_buf_add(&text, csv->text, csv->len);
	capi_lines_open_text(lines, text.data, text.len, r->max);
	capi_buf_release(&text);
}

void
capi_reader_text(struct capi_reader *r, const struct capi_record *record,
    const struct capi_json *csv)
{
	struct capi_lines lines = {0};
	uint64_t before = r->records;

	open_text(r, &lines, record->json, csv);
	r->within = record->line;
	if (capi_table_open(&r->table, &lines) == CAPI_TABLE_ROW) {
		capi_columns_read(&r->columns, record->json);
		read_rows(r);
	}
	r->within = 0;
	capi_table_close(&r->table);
	capi_lines_release(&lines);
	if (r->records == before)
		capi_reader_refuse(r, record, "csv", "no row in it");
}

/* --- people whom the records name by id --- */

/* What --contacts has of one person. */
static void
add_contact(struct capi_reader *r, const struct capi_str *cell)
{
	struct capi_contact_cell kept[CAPI_FIELDS];
	struct capi_str id = {"", 0};
	size_t n = 0;

	for (size_t i = 0; i < r->columns.bounds; i++) {
		const struct capi_bound *b = &r->columns.bound[i];
		const struct capi_source *source = b->source;
		struct capi_str v = capi_columns_cell(b, cell, &r->preset);

		if (!v.n || source->constant)
			continue;
		if (source->field == CAPI_F_EXTERNAL_ID && !id.n)
			id = v;
		else if (n < CAPI_FIELDS &&
			 (source->field == CAPI_F_FULL_NAME ||
			     (source->field >= CAPI_F_EMAIL &&
				 source->field <= CAPI_F_MADID)))
			kept[n++] = (struct capi_contact_cell){source->field,
			    source->alternative, source->side, v};
	}
	if (id.n)
		capi_contacts_add(&r->contacts, id, kept, n);
}

static enum capi_exit
read_contacts(struct capi_reader *r, struct capi_lines *lines, char *why)
{
	struct capi_csv_row row;
	enum capi_table_result result;

	if (capi_table_open(&r->table, lines) != CAPI_TABLE_ROW ||
	    !capi_columns_has(&r->columns, CAPI_F_EXTERNAL_ID)) {
		snprintf(why, CAPI_READER_WHY, "%s: no column for external_id",
		    r->file);
		return CAPI_EXIT_DATA;
	}
	while ((result = capi_table_next(&r->table, &row)) != CAPI_TABLE_END) {
		if (result == CAPI_TABLE_FAILED) {
			snprintf(why, CAPI_READER_WHY, "%s: %s", r->file,
			    capi_csv_reason(r->table.cause));
			return CAPI_EXIT_IO;
		}
		if (result == CAPI_TABLE_ROW)
			add_contact(r, row.cell);
		else if (result != CAPI_TABLE_FOOTER)
			capi_reader_say(r,
			    "line %" PRIu64 " is not a row like the header",
			    row.line);
	}
	return CAPI_EXIT_OK;
}

enum capi_exit
capi_reader_contacts(
    struct capi_reader *r, const char *path, char why[CAPI_READER_WHY])
{
	struct capi_lines lines = {0};
	int fd = capi_filter_open(path);
	enum capi_exit e;

	if (fd < 0)
		return CAPI_EXIT_NOINPUT;
	r->file = path;
	/* --delimiter is the other file's. */
	set_table(r, r->encoding, 0);
	capi_lines_open(&lines, fd, r->max);
	e = read_contacts(r, &lines, why);
	r->has_contacts = true;
	capi_table_close(&r->table);
	capi_lines_release(&lines);
	if (fd != STDIN_FILENO)
		close(fd);
	return e;
}
