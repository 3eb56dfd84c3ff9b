/*
 * Lines of JSON: a shop's objects, events that are there already, and rows of
 * CSV as a rejects file keeps them.
 */
#include "reader_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "filter.h"

/* The record is the object, and its tree lies in an arena. */
static void
begin_object(struct capi_reader *r, const struct capi_record *record)
{
	capi_rows_begin(&r->rows, capi_reader_file(record->file), record->line);
	r->record = *record;
}

/* Rows of a CSV preset as objects: out of a rejects file, or any tool. */
static void
take_rows(struct capi_reader *r, const struct capi_record *record)
{
	const struct capi_json *csv = capi_json_get(record->json, "csv");

	if (csv && csv->type == CAPI_JSON_STRING &&
	    capi_json_get(record->json, "header")) {
		capi_reader_text(r, record, csv);
		return;
	}
	begin_object(r, record);
	capi_rows_add_record(&r->rows, record->json);
	if (r->rows.open)
		capi_reader_finish(r);
	else
		capi_reader_refuse(r, record, "rows", "no row in it");
}

static void
take_object(struct capi_reader *r, const struct capi_record *record)
{
	begin_object(r, record);
	r->rows.too_long = r->family.open && r->family.too_long;
	capi_rows_add_object(&r->rows, record->json);
	capi_reader_finish(r);
}

static void
take_event(struct capi_reader *r, const struct capi_record *record)
{
	struct capi_reader_event event = {&r->record, NULL, record->json};
	struct capi_outcome outcome;

	r->record = *record;
	capi_normalize_event(&r->n, record->json, &outcome);
	capi_reader_conclude(r, &outcome, &event);
}

/* --- objects of several lines --- */

/* All lines of the order at hand have come. */
void
capi_reader_objects_end(struct capi_reader *r)
{
	struct capi_family *family = &r->family;
	struct capi_record record = {.file = r->file, .line = family->line};

	if (!family->open)
		return;
	if (family->has_children)
		capi_buf_adds(&family->text, "]}");
	record.text = family->text.data;
	record.len = family->text.len;
	capi_arena_reset(&family->arena);
	/* Whole lines of JSON put together: only their depth can be wrong. */
	if (capi_json_parse(r->json, &family->arena, record.text, record.len,
		&record.json) != CAPI_JSON_OK)
		capi_reader_refuse(r, &record, NULL, "its lines do not fit");
	else
		take_object(r, &record);
	family->open = false;
}

static void
begin_family(struct capi_reader *r, const struct capi_record *record,
    const struct capi_json *id)
{
	struct capi_family *family = &r->family;

	capi_buf_reset(&family->text);
	capi_buf_add(&family->text, record->text, record->len);
	capi_buf_reset(&family->id);
	capi_buf_add(&family->id, id->text, id->len);
	family->line = record->line;
	family->open = true;
	family->has_children = family->too_long = false;
}

/* A line that names its parent: true if that is the order at hand. */
static bool
joins_family(struct capi_reader *r, const struct capi_record *record,
    const struct capi_json *parent)
{
	struct capi_family *family = &r->family;
	struct capi_buf *text = &family->text;

	if (!family->open || parent->len != family->id.len ||
	    memcmp(parent->text, family->id.data, parent->len))
		return false;
	if (text->len + record->len > r->max) {
		family->too_long = true;
		return true;
	}
	if (!family->has_children) {
		while (text->len && text->data[text->len - 1] != '}')
			text->len--;
		text->len--;
		capi_buf_adds(text, ",\"children\":[");
	} else {
		capi_buf_addc(text, ',');
	}
	capi_buf_add(text, record->text, record->len);
	family->has_children = true;
	return true;
}

/* Is it an order's id, but another's? gid://shopify/Order/ and a number. */
static bool
is_like_family(const struct capi_family *family, const struct capi_json *parent)
{
	const struct capi_buf *id = &family->id;
	const char *slash = memrchr(id->data, '/', id->len);
	size_t n = slash ? (size_t)(slash - id->data) + 1 : 0;

	return family->open && n && parent->len > n &&
	       !memcmp(parent->text, id->data, n) &&
	       !memchr(parent->text + n, '/', parent->len - n);
}

/* Bulk exports of GraphQL put the elements of an order's lists on lines of
 * their own behind it. Ids of REST are numbers, and such lines whole. */
static void
take_line(struct capi_reader *r, const struct capi_record *record)
{
	const struct capi_json *parent, *id;

	capi_path_look(&r->rows.object, record->json);
	parent = capi_path_first(&r->rows.object, &r->preset.parent);
	if (parent && joins_family(r, record, parent)) {
		capi_reader_count(r, "joined", "lines of an order");
		return;
	}
	if (parent && is_like_family(&r->family, parent)) {
		capi_reader_refuse(r, record, NULL,
		    "part of an order that does not stand before it");
		return;
	}
	if (parent) {
		capi_reader_withhold(r, "part_of_another_object");
		return;
	}
	capi_reader_objects_end(r);
	id = capi_json_get(record->json, "id");
	if (!id || id->type != CAPI_JSON_STRING ||
	    capi_json_get(record->json, "children"))
		take_object(r, record);
	else
		begin_family(r, record, id);
}

/* --- each line --- */

/* What a CSV file's rows become in a rejects file, and no event is. */
static bool
is_rows(const struct capi_json *json)
{
	return !capi_json_get(json, "event_name") &&
	       (capi_json_get(json, "rows") || capi_json_get(json, "csv"));
}

void
capi_reader_object(struct capi_reader *r, const struct capi_record *record)
{
	if (r->plain && !is_rows(record->json))
		take_event(r, record);
	else if (r->preset.format == CAPI_PRESET_CSV)
		take_rows(r, record);
	else if (r->preset.parent.steps)
		take_line(r, record);
	else
		take_object(r, record);
}

/* False: it is the end. */
static bool
read_record(struct capi_reader *r, struct capi_records *records)
{
	struct capi_record record;
	char why[CAPI_RECORDS_WHY];

	switch (capi_records_next(records, &record, why)) {
	case CAPI_RECORDS_ONE:
		capi_reader_object(r, &record);
		return true;
	case CAPI_RECORDS_BAD:
		capi_reader_refuse(r, &record, NULL, "%s", why);
		return true;
	case CAPI_RECORDS_FAILED:
		capi_reader_fail(r, CAPI_EXIT_IO, "%s", strerror(errno));
		return false;
	case CAPI_RECORDS_END:
		break;
	}
	return false;
}

void
capi_reader_ndjson(struct capi_reader *r, struct capi_lines *lines)
{
	struct capi_records records = {lines, r->file, r->json, &r->arena};
	const char *head, *kind;
	size_t n = capi_lines_peek(lines, 512, &head);

	kind = capi_filter_not_text(head, n);
	if (kind) {
		capi_reader_fail(r, CAPI_EXIT_DATA, "not NDJSON but %s", kind);
		return;
	}
	if (!n && !lines->error)
		capi_reader_say(r, "empty");
	while (read_record(r, &records))
		;
	capi_reader_objects_end(r);
}
