/*
 * capi-normalize: exports in, events out. A preset (lib/preset.h) says what
 * an export is; lib/table.h reads its rows, lib/rows.h gathers them into
 * orders, lib/normalize.h makes events of those. See capi-normalize(1).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "clickid.h"
#include "columns.h"
#include "contacts.h"
#include "csv.h"
#include "filter.h"
#include "normalize.h"
#include "place.h"
#include "preset.h"
#include "rows.h"
#include "seen.h"
#include "table.h"
#include "text.h"

#define MAP_MAX (1 << 20)

struct options {
	const char *map, *print, *region, *zone, *delimiter, *encoding,
	    *currency, *site, *id_template, *contacts;
	int order, decimal, value, money, free;
	struct capi_opt_list keep;
	bool list;
};

struct state {
	struct capi_filter f;
	struct options opt;
	struct capi_normalizer n;
	struct capi_preset preset;
	bool plain;
	struct capi_seen seen;
	struct capi_contacts contacts;
	bool seen_full;
	uint64_t rows_read;

	/* The file at hand. */
	const char *file;
	char delimiter; /* 0: found out */
	struct capi_table table;
	struct capi_columns columns;

	uint64_t within; /* the record's line whose text is read; else 0 */

	/* The order that grows. */
	struct capi_rows rows;
	struct capi_record record;
	struct capi_buf out;

	/* An object whose further lines may come (preset->parent). */
	bool family;
	struct capi_buf family_text, family_id;
	bool has_children, family_too_long;
	uint64_t family_line;
	struct capi_arena family_arena;
};

/* Tells the filter that `text` is a JSON object, not a line of it. */
static struct capi_json is_object = {.type = CAPI_JSON_OBJECT};

static void
on_note(void *arg, const char *field, const char *reason)
{
	struct state *s = arg;

	capi_filter_note(&s->f, &s->record, field, "%s", reason);
}

static void
on_count(void *arg, const char *field, const char *what)
{
	struct state *s = arg;
	char key[96];

	snprintf(key, sizeof(key), "%s: %s", field, what);
	capi_filter_tally(&s->f, "noted", key);
}

/* --- a finished event --- */

/* True: it is to be left out as a repeat. */
static bool
is_repeat(struct state *s, const struct capi_outcome *o)
{
	if (!o->event_id.n || s->seen_full)
		return false;
	switch (capi_seen_add(&s->seen, o->event_name, o->event_id)) {
	case CAPI_SEEN_NEW:
		return false;
	case CAPI_SEEN_FULL:
		s->seen_full = true;
		capi_warn("event ids are no longer checked for repeats: more "
			  "than three million");
		return false;
	case CAPI_SEEN_BEFORE:
		break;
	}
	if (s->preset.withhold_repeats) {
		capi_filter_withhold(&s->f, "repeated");
		return true;
	}
	/* Rows of one order apart, or an order with two totals: a second
	 * Purchase with another payload would replace or double the first. */
	if (s->preset.grouped) {
		capi_filter_refuse(&s->f, &s->record, "event_id",
		    "the same as an earlier order's: do its rows stand apart?");
		return true;
	}
	capi_filter_note(&s->f, &s->record, "event_id",
	    "the same as an earlier event's of this name");
	return false;
}

static void
conclude(struct state *s, const struct capi_outcome *o)
{
	switch (o->verdict) {
	case CAPI_VERDICT_REFUSED:
		capi_filter_refuse(
		    &s->f, &s->record, o->field, "%s", o->reason);
		return;
	case CAPI_VERDICT_WITHHELD:
		capi_filter_withhold(&s->f, o->reason);
		return;
	case CAPI_VERDICT_OK:
		break;
	}
	if (is_repeat(s, o))
		return;
	if (s->out.over) {
		capi_filter_refuse(&s->f, &s->record, NULL, "too long");
		return;
	}
	capi_buf_add(&s->f.out, s->out.data, s->out.len);
	capi_buf_addc(&s->f.out, '\n');
	capi_filter_sent(&s->f);
}

/* The rows as the record that goes into the rejects file. */
static void
keep_rows(struct state *s)
{
	s->record.text = s->rows.text.data;
	s->record.len = s->rows.text.len;
	s->record.json = &is_object;
}

static void
finish_order(struct state *s)
{
	struct capi_rows *rows = &s->rows;
	struct capi_outcome outcome;

	if (!rows->open)
		return;
	capi_rows_close(rows);
	s->f.in++;
	if (s->f.rejects && !s->record.json)
		keep_rows(s);
	if (rows->too_long || rows->text.over) {
		capi_filter_refuse(&s->f, &s->record, NULL,
		    "an order longer than %" PRId64 " bytes", s->f.max_record);
		return;
	}
	if (rows->too_many) {
		capi_filter_refuse(&s->f, &s->record, "items",
		    "more than %d in one order", CAPI_ITEMS_MAX);
		return;
	}
	if (rows->totals_differ)
		on_note(s, "value",
		    "the rows of the order differ; the first counts");
	if (s->opt.contacts && !capi_contacts_fill(&s->contacts, &rows->order))
		on_note(s, "external_id", "not among the --contacts");
	capi_buf_reset(&s->out);
	capi_normalize_order(&s->n, &rows->order, &s->out, &outcome);
	conclude(s, &outcome);
}

static const char *
told_name(const char *file)
{
	return strcmp(file, "standard input") ? file : NULL;
}

/* --- a CSV file --- */

/* Rows out of a record have its line. */
static uint64_t
line_of(const struct state *s, const struct capi_csv_row *row)
{
	return s->within ? s->within : row->line;
}

static void
begin_row(struct state *s, uint64_t line)
{
	finish_order(s);
	capi_arena_reset(&s->f.arena);
	capi_rows_begin(&s->rows, told_name(s->file), line);
	s->record = (struct capi_record){
	    .file = s->file, .line = line, .text = "", .len = 0};
}

static void
take_row(struct state *s, const struct capi_csv_row *row)
{
	if (!capi_rows_continues(&s->rows, row->cell))
		begin_row(s, line_of(s, row));
	capi_rows_add(&s->rows, row->cell, row->count);
	if (!s->preset.grouped)
		finish_order(s);
}

/* What is no row can be no object either: its text is kept, and what is
 * needed to read it. */
static void
keep_text(struct state *s, struct capi_record *bad, struct capi_str text)
{
	const struct capi_columns *c = &s->columns;
	struct capi_buf *b = &s->rows.text;

	capi_buf_reset(b);
	capi_buf_adds(b, "{\"header\":[");
	for (size_t i = 0; i < c->count; i++) {
		capi_json_sep(b);
		capi_json_string(b, c->name[i].p, c->name[i].n);
	}
	capi_buf_addc(b, ']');
	capi_columns_write(c, b);
	capi_json_key(b, "delimiter");
	capi_json_string(b, &s->table.csv.delimiter, 1);
	capi_json_key(b, "csv");
	capi_json_string(b, text.p, text.n);
	capi_buf_addc(b, '}');
	bad->text = b->data;
	bad->len = b->len;
	bad->json = &is_object;
}

/* A row that is not one: reported, and the rest goes on. */
static void
take_bad_row(struct state *s, const struct capi_csv_row *row)
{
	struct capi_record bad = {
	    .file = s->file, .line = line_of(s, row), .text = ""};

	finish_order(s);
	s->f.in++;
	if (s->f.rejects)
		keep_text(s, &bad, row->text);
	capi_filter_refuse(
	    &s->f, &bad, NULL, "%s", capi_csv_reason(s->table.cause));
}

static void
take_ragged(struct state *s, const struct capi_csv_row *row)
{
	begin_row(s, line_of(s, row));
	capi_rows_keep(&s->rows, row->cell, row->count);
	capi_rows_close(&s->rows);
	s->f.in++;
	if (s->f.rejects)
		keep_rows(s);
	capi_filter_refuse(&s->f, &s->record, NULL,
	    "%zu cells where the header has %zu", row->count, s->columns.count);
}

static void
on_contradiction(
    void *arg, unsigned column, enum capi_field field, uint64_t before)
{
	struct state *s = arg;
	char more[64] = "";

	if (before)
		snprintf(more, sizeof(more),
		    "; rows before line %" PRIu64 " may have been misread",
		    before);
	capi_warn("%s: column %u (%s): its cells contradict each other%s",
	    s->file, column, capi_field_name(field), more);
}

static void
stop_file(struct state *s, const char *why)
{
	capi_warn("%s: %s", s->file, why);
	capi_filter_raise(&s->f, CAPI_EXIT_DATA);
}

static void
end_by_failure(struct state *s)
{
	bool read = s->table.cause == CAPI_CSV_FAILED;

	capi_warn("%s: %s", s->file,
	    read ? strerror(errno) : capi_csv_reason(s->table.cause));
	capi_filter_raise(&s->f, read ? CAPI_EXIT_IO : CAPI_EXIT_USAGE);
}

/* What the options say in the file's place. */
static bool
is_given(const struct state *s, int field)
{
	return (field == CAPI_F_EVENT_NAME && s->n.event_name) ||
	       (field == CAPI_F_CURRENCY && s->n.currency) ||
	       (field == CAPI_F_VALUE && s->n.value == CAPI_VALUE_SUBTOTAL &&
		   capi_columns_has(&s->columns, CAPI_F_SUBTOTAL));
}

static bool
has_needed(struct state *s)
{
	const struct capi_columns *c = &s->columns;
	struct capi_buf found = CAPI_BUF_INIT(2000);
	bool all = true;

	for (int f = 0; f < CAPI_FIELDS; f++) {
		if (!s->preset.needs[f] ||
		    capi_columns_has(c, (enum capi_field)f) || is_given(s, f))
			continue;
		capi_warn("%s: no column for %s", s->file,
		    capi_field_name((enum capi_field)f));
		all = false;
	}
	if (all)
		return true;
	for (size_t i = 0; i < c->count; i++) {
		capi_buf_adds(&found, i ? ", " : "");
		capi_buf_add(&found, c->name[i].p, c->name[i].n);
	}
	if (capi_columns_are_data(c))
		capi_warn("%s: its first line is data, not headers", s->file);
	else
		capi_warn(
		    "%s: its columns are: %s", s->file, capi_buf_cstr(&found));
	capi_warn("%s: is it %s? other presets: --list-maps", s->file,
	    s->preset.name);
	capi_filter_raise(&s->f, CAPI_EXIT_DATA);
	capi_buf_release(&found);
	return false;
}

static void
read_rows(struct state *s)
{
	struct capi_csv_row row;

	for (;;) {
		switch (capi_table_next(&s->table, &row)) {
		case CAPI_TABLE_ROW:
			s->rows_read++;
			take_row(s, &row);
			break;
		case CAPI_TABLE_RAGGED:
			s->rows_read++;
			take_ragged(s, &row);
			break;
		case CAPI_TABLE_BAD:
			s->rows_read++;
			take_bad_row(s, &row);
			break;
		case CAPI_TABLE_FOOTER:
			capi_filter_tally(&s->f, "passed over", "footer rows");
			break;
		case CAPI_TABLE_NO_ROOM:
			capi_die(CAPI_EXIT_IO, "temporary file: %s",
			    strerror(errno));
		case CAPI_TABLE_FAILED:
			end_by_failure(s);
			finish_order(s);
			return;
		case CAPI_TABLE_END:
			finish_order(s);
			return;
		}
	}
}

static void
set_table(struct state *s)
{
	s->table = (struct capi_table){.csv = {.encoding = s->opt.encoding,
					   .delimiter = s->delimiter,
					   .max = (size_t)s->f.max_record,
					   .keep = s->f.rejects != NULL},
	    .columns = &s->columns,
	    .preset = &s->preset,
	    .n = &s->n};
}

static void
read_csv(struct state *s)
{
	set_table(s);
	switch (capi_table_open(&s->table, &s->f.lines)) {
	case CAPI_TABLE_ROW:
		if (!has_needed(s))
			break;
		capi_table_begin(&s->table);
		read_rows(s);
		if (strcmp(s->table.csv.decoder, "UTF-8"))
			capi_warn(
			    "%s: read as %s", s->file, s->table.csv.decoder);
		break;
	case CAPI_TABLE_END:
		capi_warn("%s: empty", s->file);
		break;
	case CAPI_TABLE_FAILED:
		end_by_failure(s);
		break;
	default:
		stop_file(s, capi_csv_reason(s->table.cause));
		break;
	}
	capi_table_close(&s->table);
}

/* What --contacts has of one person. */
static void
add_contact(struct state *s, const struct capi_str *cell)
{
	struct capi_contact_cell kept[CAPI_FIELDS];
	struct capi_str id = {"", 0};
	size_t n = 0;

	for (size_t i = 0; i < s->columns.bounds; i++) {
		const struct capi_bound *b = &s->columns.bound[i];
		const struct capi_source *source = b->source;
		struct capi_str v = capi_columns_cell(b, cell, &s->preset);

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
		capi_contacts_add(&s->contacts, id, kept, n);
}

static void
read_contacts(struct state *s)
{
	struct capi_lines lines = {0};
	struct capi_csv_row row;
	enum capi_table_result result;
	int fd = capi_filter_open(s->opt.contacts);

	if (fd < 0)
		exit(CAPI_EXIT_NOINPUT);
	set_table(s);
	s->table.csv.delimiter = 0; /* --delimiter is the other file's */
	capi_lines_open(&lines, fd, s->table.csv.max);
	if (capi_table_open(&s->table, &lines) != CAPI_TABLE_ROW ||
	    !capi_columns_has(&s->columns, CAPI_F_EXTERNAL_ID))
		capi_die(CAPI_EXIT_DATA, "%s: no column for external_id",
		    s->opt.contacts);
	while ((result = capi_table_next(&s->table, &row)) != CAPI_TABLE_END) {
		if (result == CAPI_TABLE_FAILED)
			capi_die(CAPI_EXIT_IO, "%s: %s", s->opt.contacts,
			    capi_csv_reason(s->table.cause));
		if (result == CAPI_TABLE_ROW)
			add_contact(s, row.cell);
		else if (result != CAPI_TABLE_FOOTER)
			capi_warn("%s:%" PRIu64 ": not a row like the header",
			    s->opt.contacts, row.line);
	}
	capi_table_close(&s->table);
	capi_lines_release(&lines);
	close(fd);
}

/* --- objects --- */

/* The record is the object, and its tree lies in the arena. */
static void
begin_object(struct state *s, const struct capi_record *r)
{
	capi_rows_begin(&s->rows, told_name(r->file), r->line);
	s->record = *r;
}

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

/* Text that was no row (keep_text), repaired: a small file of its own. */
static void
take_text(struct state *s, struct capi_record *r, const struct capi_json *csv)
{
	const struct capi_json *header = capi_json_get(r->json, "header");
	const struct capi_json *delimiter = capi_json_get(r->json, "delimiter");
	struct capi_buf text = CAPI_BUF_INIT((size_t)1 << 30);
	struct capi_lines lines = {0};
	uint64_t before = --s->f.in; /* the NDJSON loop has counted it */

	set_table(s);
	s->table.csv.encoding = "UTF-8";
	s->table.csv.delimiter =
	    delimiter && delimiter->len == 1 ? *delimiter->text : ',';
	for (const struct capi_json *v = header ? header->child : NULL; v;
	     v = v->next)
		add_cell(&text, v, s->table.csv.delimiter);
	capi_buf_addc(&text, '\n');
	capi_buf_add(&text, csv->text, csv->len);
	capi_lines_open_text(&lines, text.data, text.len, s->table.csv.max);
	s->within = r->line;
	if (capi_table_open(&s->table, &lines) == CAPI_TABLE_ROW) {
		capi_columns_read(&s->columns, r->json);
		read_rows(s);
	}
	s->within = 0;
	capi_table_close(&s->table);
	capi_lines_release(&lines);
	capi_buf_release(&text);
	if (s->f.in == before) {
		s->f.in++;
		capi_filter_refuse(&s->f, r, "csv", "no row in it");
	}
}

/* Rows of a CSV preset as objects: out of a rejects file, or any tool. */
static void
take_rows_object(struct state *s, struct capi_record *r)
{
	const struct capi_json *csv = capi_json_get(r->json, "csv");

	if (csv && csv->type == CAPI_JSON_STRING &&
	    capi_json_get(r->json, "header")) {
		take_text(s, r, csv);
		return;
	}
	begin_object(s, r);
	capi_rows_add_record(&s->rows, r->json);
	if (!s->rows.open) {
		capi_filter_refuse(&s->f, r, "rows", "no row in it");
		return;
	}
	s->f.in--; /* the NDJSON loop has counted it */
	finish_order(s);
}

static void
take_object(struct state *s, const struct capi_record *r)
{
	begin_object(s, r);
	s->rows.too_long = s->family && s->family_too_long;
	capi_rows_add_object(&s->rows, r->json);
	s->f.in--;
	finish_order(s);
}

/* --- objects of several lines --- */

/* All lines of the order at hand have come. */
static void
finish_family(struct state *s)
{
	struct capi_record r = {.file = s->file, .line = s->family_line};

	if (!s->family)
		return;
	if (s->has_children)
		capi_buf_adds(&s->family_text, "]}");
	r.text = s->family_text.data;
	r.len = s->family_text.len;
	capi_arena_reset(&s->family_arena);
	s->f.in++;
	/* Whole lines of JSON put together: only their depth can be wrong. */
	if (capi_json_parse(s->f.json, &s->family_arena, r.text, r.len,
		&r.json) != CAPI_JSON_OK)
		capi_filter_refuse(&s->f, &r, NULL, "its lines do not fit");
	else
		take_object(s, &r);
	s->family = false;
}

static void
begin_family(
    struct state *s, const struct capi_record *r, const struct capi_json *id)
{
	capi_buf_reset(&s->family_text);
	capi_buf_add(&s->family_text, r->text, r->len);
	capi_buf_reset(&s->family_id);
	capi_buf_add(&s->family_id, id->text, id->len);
	s->family_line = r->line;
	s->family = true;
	s->has_children = s->family_too_long = false;
}

/* A line that names its parent: true if that is the order at hand. */
static bool
joins_family(struct state *s, const struct capi_record *r,
    const struct capi_json *parent)
{
	struct capi_buf *text = &s->family_text;

	if (!s->family || parent->len != s->family_id.len ||
	    memcmp(parent->text, s->family_id.data, parent->len))
		return false;
	if (text->len + r->len > (size_t)s->f.max_record) {
		s->family_too_long = true;
		return true;
	}
	if (!s->has_children) {
		while (text->len && text->data[text->len - 1] != '}')
			text->len--;
		text->len--;
		capi_buf_adds(text, ",\"children\":[");
	} else {
		capi_buf_addc(text, ',');
	}
	capi_buf_add(text, r->text, r->len);
	s->has_children = true;
	return true;
}

/* Is it an order's id, but another's? gid://shopify/Order/ and a number. */
static bool
is_like_family(const struct state *s, const struct capi_json *parent)
{
	const struct capi_buf *id = &s->family_id;
	const char *slash = memrchr(id->data, '/', id->len);
	size_t n = slash ? (size_t)(slash - id->data) + 1 : 0;

	return s->family && n && parent->len > n &&
	       !memcmp(parent->text, id->data, n) &&
	       !memchr(parent->text + n, '/', parent->len - n);
}

/* Bulk exports of GraphQL put the elements of an order's lists on lines of
 * their own behind it. Ids of REST are numbers, and such lines whole. */
static void
take_json(struct state *s, struct capi_record *r)
{
	const struct capi_json *parent, *id;

	if (!s->preset.parent.n) {
		take_object(s, r);
		return;
	}
	parent = capi_preset_at(r->json, s->preset.parent);
	if (parent && joins_family(s, r, parent)) {
		s->f.in--; /* it is part of a record */
		capi_filter_tally(&s->f, "joined", "lines of an order");
		return;
	}
	if (parent && is_like_family(s, parent)) {
		capi_filter_refuse(&s->f, r, NULL,
		    "part of an order that does not stand before it");
		return;
	}
	if (parent) {
		capi_filter_withhold(&s->f, "part_of_another_object");
		return;
	}
	finish_family(s);
	id = capi_json_get(r->json, "id");
	if (!id || id->type != CAPI_JSON_STRING ||
	    capi_json_get(r->json, "children")) {
		take_object(s, r);
		return;
	}
	s->f.in--;
	begin_family(s, r, id);
}

static void
take_event(struct state *s, struct capi_record *r)
{
	struct capi_outcome outcome;

	s->record = *r;
	capi_normalize_event(&s->n, r->json, &outcome);
	if (outcome.verdict == CAPI_VERDICT_OK) {
		if (!is_repeat(s, &outcome))
			capi_filter_emit(&s->f, r->json);
		return;
	}
	conclude(s, &outcome);
}

/* What a CSV file's rows become in a rejects file, and no event is. */
static bool
is_rows(const struct capi_json *json)
{
	return (capi_json_get(json, "rows") || capi_json_get(json, "csv")) &&
	       !capi_json_get(json, "event_name");
}

static void
record(struct capi_filter *f, struct capi_record *r)
{
	struct state *s = f->state;

	if (s->plain && !is_rows(r->json))
		take_event(s, r);
	else if (s->preset.format == CAPI_PRESET_JSON)
		take_json(s, r);
	else
		take_rows_object(s, r);
}

/* --- a file of either kind --- */

static void
source(struct capi_filter *f, int fd, const char *file)
{
	struct state *s = f->state;
	const char *p, *kind, *line;
	size_t n = capi_lines_peek(&f->lines, 4096, &p), i = 0;

	(void)fd; /* f->lines has it */
	s->file = file;
	if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		i = 3;
	while (i < n && capi_is_space(p[i]))
		i++;
	if (i < n && p[i] == '[') {
		stop_file(s, "a JSON array; jq -c '.[]' makes lines of it");
		return;
	}
	if (i < n && p[i] == '{') {
		capi_filter_ndjson(f, file);
		finish_family(s);
		return;
	}
	kind = capi_filter_not_text(p, n);
	if (kind && strncmp(kind, "UTF-16", 6) && strcmp(kind, "binary data")) {
		stop_file(s, kind);
		return;
	}
	if (s->preset.format == CAPI_PRESET_JSON) {
		if (i < n)
			stop_file(s, "not JSON; is it CSV, for another "
				     "preset?");
		else
			capi_filter_ndjson(f, file); /* it is empty */
		return;
	}
	/* A NUL further down spoils its row only; UTF-16 begins with one. */
	line = n ? memchr(p, '\n', n) : NULL;
	if (n >= 2 && p[0] && p[1] && !s->opt.encoding &&
	    memchr(p, '\0', line ? (size_t)(line - p) : n) &&
	    strncmp(kind, "UTF-16", 6)) {
		stop_file(s, kind);
		return;
	}
	read_csv(s);
}

/* --- options --- */

static const char *const order_names[] = {"DMY", "MDY", "YMD", NULL};
static const enum capi_when_order orders[] = {
    CAPI_WHEN_DMY, CAPI_WHEN_MDY, CAPI_WHEN_YMD};
static const char *const decimal_names[] = {".", ",", NULL};
static const char *const value_names[] = {"total", "subtotal", NULL};
static const char *const money_names[] = {"shop", "presentment", NULL};
static const char *const free_names[] = {"keep", "withhold", NULL};

static struct state state = {.opt = {.order = -1, .decimal = -1}};

static const struct capi_opt options[] = {
    {'m', "map", CAPI_OPT_STRING, &state.opt.map, "PRESET|FILE",
	"what kind of export it is: a preset (--list-maps) or a file like "
	"one; the default is plain, events with canonical names",
	0, 0, NULL},
    {0, "list-maps", CAPI_OPT_FLAG, &state.opt.list, NULL,
	"print the names of the presets", 0, 0, NULL},
    {0, "print-map", CAPI_OPT_STRING, &state.opt.print, "PRESET",
	"print a preset, to be edited and given back with -m", 0, 0, NULL},
    {0, "region", CAPI_OPT_STRING, &state.opt.region, "CC",
	"country of phone numbers written without one, where the record "
	"names no country (ISO 3166-1, two letters)",
	0, 0, NULL},
    {0, "tz", CAPI_OPT_STRING, &state.opt.zone, "ZONE",
	"time zone of times written without one: Europe/Berlin, UTC, +02:00", 0,
	0, NULL},
    {0, "date-order", CAPI_OPT_CHOICE, &state.opt.order, "ORDER",
	"order of day, month and year in dates like 4/5/2026: DMY, MDY or "
	"YMD; else each column's own cells decide",
	0, 0, order_names},
    {0, "excel-1904", CAPI_OPT_FLAG, &state.n.since_1904, NULL,
	"dates that are bare numbers of days count from 1904, as in workbooks "
	"of old Macs",
	0, 0, NULL},
    {0, "decimal", CAPI_OPT_CHOICE, &state.opt.decimal, "MARK",
	"decimal mark of amounts, . or , ; else each column's own cells "
	"decide",
	0, 0, decimal_names},
    {0, "delimiter", CAPI_OPT_STRING, &state.opt.delimiter, "CHAR",
	"what parts the cells of CSV (or the word tab); else the first line "
	"decides",
	0, 0, NULL},
    {0, "encoding", CAPI_OPT_STRING, &state.opt.encoding, "NAME",
	"encoding of CSV as iconv(1) names it; else found out among UTF-8, "
	"UTF-16 and Windows-1252",
	0, 0, NULL},
    {0, "currency", CAPI_OPT_STRING, &state.opt.currency, "CODE",
	"currency of amounts that name none (ISO 4217)", 0, 0, NULL},
    {0, "event-name", CAPI_OPT_STRING, &state.n.event_name, "NAME",
	"name of all events of an export; of events the name of those "
	"without",
	0, 0, NULL},
    {0, "event-id", CAPI_OPT_STRING, &state.opt.id_template, "TEMPLATE",
	"what event ids are made of; braces hold members, the default is "
	"{order_id}",
	0, 0, NULL},
    {0, "action-source", CAPI_OPT_STRING, &state.n.action_source, "WORD",
	"where the conversions happened whose record does not say it", 0, 0,
	NULL},
    {0, "site", CAPI_OPT_STRING, &state.opt.site, "URL",
	"the shop's address, put before landing pages that are only a path", 0,
	0, NULL},
    {0, "contacts", CAPI_OPT_STRING, &state.opt.contacts, "FILE",
	"a second CSV export of the same system: the people whom the records "
	"name by id only, as HubSpot's deals do; it is kept in memory",
	0, 0, NULL},
    {0, "keep", CAPI_OPT_LIST, &state.opt.keep, "STATUS,...",
	"let orders pass that else do not count: test, cancelled, pending, "
	"authorized, refunded, ...",
	0, 0, NULL},
    {0, "split-names", CAPI_OPT_FLAG, &state.n.split_names, NULL,
	"part a full name into first and last where the export has only "
	"that: a guess",
	0, 0, NULL},
    {0, "value", CAPI_OPT_CHOICE, &state.opt.value, "WHICH",
	"total (the default) or subtotal, as the browser's event has it", 0, 0,
	value_names},
    {0, "money", CAPI_OPT_CHOICE, &state.opt.money, "WHOSE",
	"shop (the default) or presentment: the buyer's currency", 0, 0,
	money_names},
    {0, "free", CAPI_OPT_CHOICE, &state.opt.free, "WHAT",
	"keep (the default) or withhold purchases of nothing", 0, 0,
	free_names},
    {0, "skip-renewals", CAPI_OPT_FLAG, &state.n.skip_renewals, NULL,
	"leave out charges of a subscription's later periods", 0, 0, NULL},
    {0, NULL, CAPI_OPT_FLAG, NULL, NULL, NULL, 0, 0, NULL},
};

static _Noreturn void
end_printing(void)
{
	if (fflush(stdout) || ferror(stdout))
		capi_die(CAPI_EXIT_IO, "standard output: %s", strerror(errno));
	exit(CAPI_EXIT_OK);
}

static _Noreturn void
list_maps(void)
{
	for (const struct capi_preset_text *t = capi_preset_texts; t->name;
	     t++) {
		struct capi_preset p;
		char why[160];

		if (capi_preset_parse(
			&p, t->name, t->text, strlen(t->text), why))
			capi_die(CAPI_EXIT_BUG, "%s: %s", t->name, why);
		printf("%-16s  %.*s\n", t->name, (int)p.title.n, p.title.p);
		capi_preset_release(&p);
	}
	end_printing();
}

static char *
read_map(const char *path, size_t *len)
{
	int fd = capi_filter_open(path);
	char *text = capi_alloc(MAP_MAX);
	ssize_t n;

	if (fd < 0)
		exit(CAPI_EXIT_NOINPUT);
	*len = 0;
	while ((n = read(fd, text + *len, MAP_MAX - *len)) > 0)
		*len += (size_t)n;
	if (n < 0)
		capi_die(CAPI_EXIT_IO, "%s: %s", path, strerror(errno));
	close(fd);
	return text;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void
set_map(struct state *s)
{
	const char *name = s->opt.map ? s->opt.map : "plain";
	const char *text = capi_preset_find(name);
	char why[160];
	size_t len;
	char *read = NULL;

	s->plain = text && !strcmp(name, "plain");
	if (text) {
		len = strlen(text);
	} else if (access(name, F_OK) && !strpbrk(name, "/.")) {
		capi_opt_misuse(
		    "no preset of that name: %s (--list-maps)", name);
	} else {
		text = read = read_map(name, &len);
	}
	if (capi_preset_parse(&s->preset, base_name(name), text, len, why))
		capi_die(CAPI_EXIT_CONFIG, "%s: %s", name, why);
	free(read);
}

static void
set_delimiter(struct state *s)
{
	const char *d = s->opt.delimiter;

	if (!d)
		return;
	if (!strcmp(d, "tab") || !strcmp(d, "\\t"))
		d = "\t";
	if (strlen(d) != 1 || *d == '"' || *d == '\n')
		capi_opt_misuse("--delimiter: one character, or tab");
	s->delimiter = *d;
}

static void
set_places(struct state *s)
{
	static char currency[4];
	const struct options *o = &s->opt;

	if (o->region &&
	    capi_place_country(o->region, strlen(o->region), s->n.region))
		capi_opt_misuse("--region: not a country");
	if (o->currency) {
		if (capi_place_currency(
			o->currency, strlen(o->currency), currency))
			capi_opt_misuse("--currency: not in ISO 4217");
		s->n.currency = currency;
	}
	if (o->zone) {
		struct capi_zone *zone;

		switch (capi_zone_open(o->zone, &zone)) {
		case CAPI_ZONE_OK:
			s->n.zone = zone;
			break;
		case CAPI_ZONE_MEMORY:
			capi_die(CAPI_EXIT_SYSTEM, "out of memory");
		case CAPI_ZONE_BROKEN:
			capi_die(CAPI_EXIT_SYSTEM,
			    "--tz: the system's file of that zone is broken");
		default:
			capi_opt_misuse(
			    "--tz: no time zone of that name on this system");
		}
	}
}

static void
set_site(struct state *s)
{
	struct capi_buf clean = CAPI_BUF_INIT(8192);
	bool stripped;

	if (!s->opt.site)
		return;
	if (capi_url_clean(&clean, s->opt.site, strlen(s->opt.site), NULL,
		&stripped) != CAPI_URL_OK)
		capi_opt_misuse("--site: not a URL");
	s->n.site = capi_buf_cstr(&clean);
}

static void
begin(struct capi_filter *f)
{
	struct state *s = f->state;

	if (s->opt.list)
		list_maps();
	if (s->opt.print) {
		const char *text = capi_preset_find(s->opt.print);

		if (!text)
			capi_opt_misuse("no preset of that name: %s "
					"(--list-maps)",
			    s->opt.print);
		fputs(text, stdout);
		end_printing();
	}
	set_map(s);
	set_delimiter(s);
	set_places(s);
	set_site(s);
	if (s->opt.order >= 0)
		s->n.order = orders[s->opt.order];
	if (s->opt.decimal >= 0)
		s->n.decimal = decimal_names[s->opt.decimal][0];
	s->n.value = (enum capi_value_choice)s->opt.value;
	s->n.money = (enum capi_money_choice)s->opt.money;
	s->n.withhold_free = s->opt.free == 1;
	s->n.keep = s->opt.keep.v;
	s->n.keeps = s->opt.keep.n;
	s->n.id_template =
	    s->opt.id_template ? s->opt.id_template : "{order_id}";
	s->n.id_forced = s->opt.id_template != NULL;
	if (capi_template_check(s->n.id_template))
		capi_opt_misuse("--event-id: braces must hold a member's "
				"name, as {order_id} does");
	if (s->n.action_source && !capi_action_source_is(s->n.action_source))
		capi_opt_misuse("--action-source: not one of website, app, "
				"phone_call, physical_store, email, chat, "
				"system_generated, business_messaging, other");
	s->n.now = f->now;
	s->n.arena = &f->arena;
	s->n.note = on_note;
	s->n.count = on_count;
	s->n.arg = s;
	s->n.column_order = s->columns.order;
	s->n.column_decimal = s->columns.decimal;
	capi_normalizer_init(&s->n);
	capi_columns_init(&s->columns);
	s->columns.contradicted = on_contradiction;
	s->columns.arg = s;
	s->rows.preset = &s->preset;
	s->rows.n = &s->n;
	s->rows.arena = &f->arena;
	s->rows.columns = &s->columns;
	s->rows.max = (size_t)f->max_record;
	s->rows.keep = f->rejects != NULL;
	capi_rows_init(&s->rows);
	s->out.max = (size_t)1 << 28;
	s->family_text.max = s->rows.text.max;
	s->family_id.max = s->rows.text.max;
	if (s->opt.contacts && s->preset.format == CAPI_PRESET_CSV)
		read_contacts(s);
}

static void
end(struct capi_filter *f)
{
	struct state *s = f->state;

	if (s->preset.grouped && s->rows_read &&
	    (f->summary || isatty(STDERR_FILENO)))
		capi_warn("%" PRIu64 " rows read", s->rows_read);
	capi_normalizer_release(&s->n);
	capi_seen_release(&s->seen);
	capi_contacts_release(&s->contacts);
	capi_preset_release(&s->preset);
	capi_columns_release(&s->columns);
	capi_rows_release(&s->rows);
	capi_buf_release(&s->out);
	capi_buf_release(&s->family_text);
	capi_buf_release(&s->family_id);
	capi_arena_release(&s->family_arena);
}

int
main(int argc, char **argv)
{
	state.f.program = (struct capi_opt_program){"capi-normalize",
	    "Turns exports of shops and CRMs (CSV or NDJSON) into events with "
	    "valid, canonical members; what can not be made valid is left "
	    "out or refused, with file, line, field and reason.",
	    "[FILE...]", options, NULL};
	state.f.state = &state;
	state.f.begin = begin;
	state.f.record = record;
	state.f.source = source;
	state.f.end = end;
	state.f.has_now = true;
	return capi_filter_main(&state.f, argc, argv);
}
