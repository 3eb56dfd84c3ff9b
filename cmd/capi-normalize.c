/*
 * capi-normalize: exports in, events out. Rows or objects are gathered into
 * orders here and told from each other by a preset (lib/preset.h); what is
 * made of them is lib/normalize.h's. See capi-normalize(1).
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
#include "contacts.h"
#include "csv.h"
#include "filter.h"
#include "money.h"
#include "normalize.h"
#include "place.h"
#include "preset.h"
#include "seen.h"
#include "text.h"

#define MAP_MAX (1 << 20)
#define BOUND_MAX (4 * CAPI_CSV_COLUMNS)

/* What all cells of a column say, while it matters. */
struct watch {
	enum capi_field field;
	uint16_t column; /* from 1 */
	unsigned mask;
	bool open; /* an ambiguous cell has been seen */
};

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
	bool seen_full, named_pair;
	uint64_t rows, orders;

	/* The file at hand. */
	const char *file;
	struct capi_csv csv;
	struct capi_str *header;
	bool *twin; /* a header that stood there before */
	size_t headers;
	struct capi_buf header_text;
	struct capi_bound *bound;
	size_t bounds;
	struct watch watch[64];
	size_t watches;
	uint64_t looked_at;
	off_t start;    /* of the file, or -1 if it can not be read twice */
	bool dated;     /* a date that needs its column's order was seen */
	bool surveying; /* the first of two readings */
	bool settled;   /* looking ahead is over for this file */
	uint8_t column_order[CAPI_CSV_COLUMNS + 1];
	char column_decimal[CAPI_CSV_COLUMNS + 1];

	/* The order that grows. */
	bool open;
	struct capi_order order;
	struct capi_str key;
	size_t size;
	bool too_long, too_many, totals_differ;
	struct capi_item items[CAPI_ITEMS_MAX];
	struct capi_buf text; /* its rows, for the rejects file */
	struct capi_record record;
	struct capi_buf out;
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

static void
finish_order(struct state *s)
{
	struct capi_outcome outcome;

	if (!s->open)
		return;
	s->open = false;
	s->f.in++;
	s->orders++;
	if (s->f.rejects && !s->record.json) {
		capi_buf_adds(&s->text, "]}");
		s->record.text = s->text.data;
		s->record.len = s->text.len;
		s->record.json = &is_object;
	}
	if (s->too_long || s->text.over) {
		capi_filter_refuse(&s->f, &s->record, NULL,
		    "an order longer than %" PRId64 " bytes", s->f.max_record);
		return;
	}
	if (s->too_many) {
		capi_filter_refuse(&s->f, &s->record, "items",
		    "more than %d in one order", CAPI_ITEMS_MAX);
		return;
	}
	if (s->totals_differ)
		on_note(s, "value",
		    "the rows of the order differ; the first counts");
	if (s->opt.contacts && !capi_contacts_fill(&s->contacts, &s->order))
		on_note(s, "external_id", "not among the --contacts");
	capi_buf_reset(&s->out);
	capi_normalize_order(&s->n, &s->order, &s->out, &outcome);
	conclude(s, &outcome);
}

static void
begin_order(struct state *s, const char *file, uint64_t line)
{
	capi_arena_reset(&s->f.arena);
	memset(s->order.raw, 0, sizeof(s->order.raw));
	memset(s->order.any, 0, sizeof(s->order.any));
	s->order.preset = &s->preset;
	s->order.file = strcmp(file, "standard input") ? file : NULL;
	s->order.line = line;
	s->order.item = s->items;
	s->order.items = 0;
	s->record = (struct capi_record){
	    .file = file, .line = line, .text = "", .len = 0};
	s->open = true;
	s->size = 0;
	s->too_long = s->too_many = s->totals_differ = false;
	s->key.n = 0;
	capi_buf_reset(&s->text);
}

/* --- rows --- */

static struct capi_str
cell_of(const struct state *s, const struct capi_bound *b,
    const struct capi_str *cell)
{
	if (b->source->constant)
		return b->source->text;
	if (!b->key.n)
		return cell[b->column];
	return capi_preset_pair(cell[b->column], b->key, s->preset.pairs);
}

static void
add_item(
    struct state *s, struct capi_cell raw[CAPI_ITEM_MEMBERS][CAPI_ALTERNATIVES])
{
	struct capi_item *item = &s->items[s->order.items];

	if (s->order.items == CAPI_ITEMS_MAX) {
		s->too_many = true;
		return;
	}
	capi_normalize_item(&s->n, &s->preset, raw, item);
	for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
		struct capi_str *v = &item->v[k];

		if (v->n) /* the row's cells will be overwritten */
			v->p = capi_arena_dup(&s->f.arena, v->p, v->n);
	}
	/* An item is its id: one without is a shipping line or a gap. */
	s->order.items += item->v[0].n > 0;
}

/* The items of one row: one, or one for each line_item_# column. */
static void
add_items(struct state *s, const struct capi_str *cell)
{
	struct capi_cell raw[CAPI_ITEM_MEMBERS][CAPI_ALTERNATIVES];
	unsigned last = 0;

	for (unsigned number = 0; number <= last; number++) {
		bool any = false;

		memset(raw, 0, sizeof(raw));
		for (size_t i = 0; i < s->bounds; i++) {
			const struct capi_bound *b = &s->bound[i];
			enum capi_field f = b->source->field;
			struct capi_str v;

			if (!capi_field_is_item(f))
				continue;
			if (b->item > last && b->item <= 100)
				last = b->item;
			if (b->item != number)
				continue;
			v = cell_of(s, b, cell);
			any |= v.n > 0;
			raw[f - CAPI_F_ITEM_ID][b->source->alternative] =
			    (struct capi_cell){
				.s = v, .column = (uint16_t)(b->column + 1)};
		}
		if (any)
			add_item(s, raw);
	}
}

/* The order's own members, from its first row. */
static void
add_members(struct state *s, const struct capi_str *cell)
{
	for (size_t i = 0; i < s->bounds; i++) {
		const struct capi_bound *b = &s->bound[i];
		struct capi_cell *raw =
		    &s->order.raw[b->source->field][b->source->alternative];
		struct capi_str v;

		if (capi_field_is_item(b->source->field))
			continue;
		v = cell_of(s, b, cell);
		if (!v.n)
			continue;
		s->order.any[b->source->field] = true;
		raw->s = v;
		raw->constant = b->source->constant;
		raw->side = b->source->side;
		raw->column =
		    b->source->constant ? 0 : (uint16_t)(b->column + 1);
		if (s->preset.grouped && !b->source->constant)
			raw->s.p = capi_arena_dup(&s->f.arena, v.p, v.n);
	}
}

/* Files that were "filled down" repeat the order's total on each row, and so
 * do some exporters: it counts once. */
static void
compare_totals(struct state *s, const struct capi_str *cell)
{
	for (size_t i = 0; i < s->bounds; i++) {
		const struct capi_bound *b = &s->bound[i];
		const struct capi_cell *first =
		    &s->order.raw[CAPI_F_VALUE][b->source->alternative];
		struct capi_str v;

		if (b->source->field != CAPI_F_VALUE)
			continue;
		v = cell_of(s, b, cell);
		if (v.n && (v.n != first->s.n || memcmp(v.p, first->s.p, v.n)))
			s->totals_differ = true;
	}
}

static void
keep_row(struct state *s, const struct capi_str *cell, size_t cells)
{
	if (!s->f.rejects)
		return;
	capi_buf_adds(&s->text, s->text.len ? ",{" : "{\"rows\":[{");
	for (size_t i = 0; i < cells; i++) {
		if (i < s->headers && (s->twin[i] || !s->header[i].n))
			continue;
		if (i < s->headers) {
			capi_json_sep(&s->text);
			capi_json_string(
			    &s->text, s->header[i].p, s->header[i].n);
			capi_buf_addc(&s->text, ':');
		} else {
			char name[32];

			snprintf(name, sizeof(name), "column %zu", i + 1);
			capi_json_key(&s->text, name);
		}
		capi_json_string(&s->text, cell[i].p, cell[i].n);
	}
	capi_buf_addc(&s->text, '}');
}

static struct capi_str
group_key(const struct state *s, const struct capi_str *cell)
{
	struct capi_str key = {"", 0};

	for (size_t i = 0; i < s->bounds && !key.n; i++)
		if (s->bound[i].source->field == s->preset.group)
			key = cell_of(s, &s->bound[i], cell);
	return key;
}

static void
take_row(struct state *s, const char *file, uint64_t line,
    const struct capi_str *cell, size_t cells)
{
	struct capi_str key = {"", 0};
	bool more = false;

	s->rows++;
	if (s->preset.grouped) {
		key = group_key(s, cell);
		more = s->open && key.n && key.n == s->key.n &&
		       !memcmp(key.p, s->key.p, key.n);
	}
	if (!more) {
		finish_order(s);
		begin_order(s, file, line);
		s->key = (struct capi_str){
		    capi_arena_dup(&s->f.arena, key.p, key.n), key.n};
	}
	for (size_t i = 0; i < cells; i++)
		s->size += cell[i].n;
	if (s->size > (size_t)s->f.max_record) {
		s->too_long = true;
		return;
	}
	keep_row(s, cell, cells);
	if (more)
		compare_totals(s, cell);
	else
		add_members(s, cell);
	add_items(s, cell);
	if (!s->preset.grouped)
		finish_order(s);
}

/* --- a CSV file --- */

static void
stop_file(struct state *s, const char *why)
{
	capi_warn("%s: %s", s->file, why);
	capi_filter_raise(&s->f, CAPI_EXIT_DATA);
}

static bool
is_bound(const struct state *s, enum capi_field field)
{
	for (size_t i = 0; i < s->bounds; i++)
		if (s->bound[i].source->field == field)
			return true;
	return false;
}

/* What the options say in the file's place. */
static bool
is_given(const struct state *s, int field)
{
	return (field == CAPI_F_EVENT_NAME && s->n.event_name) ||
	       (field == CAPI_F_CURRENCY && s->n.currency) ||
	       (field == CAPI_F_VALUE && s->n.value == CAPI_VALUE_SUBTOTAL &&
		   is_bound(s, CAPI_F_SUBTOTAL));
}

/* A file without headers: its first line is somebody's data, which no message
 * may hold. */
static bool
begins_with_data(const struct state *s)
{
	for (size_t i = 0; i < s->headers; i++) {
		struct capi_str h = s->header[i];
		size_t digits = 0;

		for (size_t k = 0; k < h.n; k++)
			digits += capi_is_digit(h.p[k]);
		if (digits >= 4 || (h.n && memchr(h.p, '@', h.n)))
			return true;
	}
	return false;
}

static bool
has_needed(struct state *s)
{
	struct capi_buf found = CAPI_BUF_INIT(2000);
	bool all = true;

	for (int f = 0; f < CAPI_FIELDS; f++) {
		if (!s->preset.needs[f] || is_bound(s, (enum capi_field)f) ||
		    is_given(s, f))
			continue;
		capi_warn("%s: no column for %s", s->file,
		    capi_field_name((enum capi_field)f));
		all = false;
	}
	if (all)
		return true;
	for (size_t i = 0; i < s->headers; i++) {
		capi_buf_adds(&found, i ? ", " : "");
		capi_buf_add(&found, s->header[i].p, s->header[i].n);
	}
	if (begins_with_data(s))
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
set_header(struct state *s, const struct capi_str *cell, size_t cells)
{
	size_t at = 0;

	capi_buf_reset(&s->header_text);
	for (size_t i = 0; i < cells; i++)
		capi_buf_add(&s->header_text, cell[i].p, cell[i].n);
	s->headers = cells;
	for (size_t i = 0; i < cells; i++) {
		s->header[i] =
		    (struct capi_str){s->header_text.data + at, cell[i].n};
		at += cell[i].n;
	}
	for (size_t i = 0; i < cells; i++) {
		s->twin[i] = false;
		for (size_t k = 0; k < i && !s->twin[i]; k++)
			s->twin[i] = s->header[k].n == s->header[i].n &&
				     !memcmp(s->header[k].p, s->header[i].p,
					 s->header[i].n);
	}
	s->bounds = capi_preset_bind(
	    &s->preset, s->header, s->headers, s->bound, BOUND_MAX);
}

/* The columns whose reading hangs on cells still to come. */
static void
set_watches(struct state *s)
{
	s->watches = 0;
	memset(s->column_order, 0, sizeof(s->column_order));
	memset(s->column_decimal, 0, sizeof(s->column_decimal));
	s->settled = s->dated = s->surveying = false;
	for (size_t i = 0; i < s->bounds; i++) {
		const struct capi_bound *b = &s->bound[i];
		enum capi_field f = b->source->field;
		bool date = capi_field_is_date(f) && !s->n.order;
		bool money = capi_field_is_money(f) && !s->n.decimal &&
			     !s->preset.decimal;

		if (b->source->constant || !(date || money) ||
		    s->watches == sizeof(s->watch) / sizeof(s->watch[0]))
			continue;
		s->watch[s->watches++] = (struct watch){.field = f,
		    .column = (uint16_t)(b->column + 1),
		    .mask = date ? CAPI_WHEN_ORDER_ANY : CAPI_MONEY_ANY};
	}
}

static bool
is_unclear_date(const struct state *s, enum capi_field f, struct capi_str cell)
{
	struct capi_when_opt opt = {.now = s->n.now};
	struct capi_when when;
	char birth[11];

	if (f == CAPI_F_DATE_OF_BIRTH)
		return capi_when_birth(cell.p, cell.n, CAPI_WHEN_ORDER_UNKNOWN,
			   s->n.now, birth) == CAPI_WHEN_AMBIGUOUS;
	return capi_when_parse(cell.p, cell.n, &opt, &when) ==
	       CAPI_WHEN_AMBIGUOUS;
}

/* 13/4 and 4/13 in one column: from here on nothing in it is believed that
 * could be read in two ways; what went before is said. */
static void
contradict(struct state *s, uint8_t *decided, struct watch *w)
{
	if (s->surveying)
		capi_warn("%s: column %d (%s): its cells contradict each "
			  "other",
		    s->file, w->column, capi_field_name(w->field));
	else if (*decided)
		capi_warn("%s: column %d (%s): its cells contradict each "
			  "other; rows before line %" PRIu64
			  " may have been misread",
		    s->file, w->column, capi_field_name(w->field),
		    s->looked_at);
	*decided = 0;
	w->open = false;
}

static void
look_at_date(struct state *s, struct watch *w, struct capi_str cell)
{
	unsigned m = w->mask;

	if (!m) /* its cells contradict each other */
		return;
	m = capi_when_order_evidence(cell.p, cell.n);
	s->dated |= m != CAPI_WHEN_ORDER_ANY;
	m = w->mask &= m;
	if (!m)
		contradict(s, &s->column_order[w->column], w);
	if (s->column_order[w->column])
		return;
	if (m == CAPI_WHEN_DMY || m == CAPI_WHEN_MDY || m == CAPI_WHEN_YMD) {
		s->column_order[w->column] = (uint8_t)m;
		w->open = false;
	} else if (!w->open) {
		w->open = is_unclear_date(s, w->field, cell);
	}
}

static void
look_at_money(struct state *s, struct watch *w, struct capi_str cell)
{
	struct capi_money_opt opt = {0};
	char amount[CAPI_MONEY_MAX];
	size_t len;
	unsigned m = w->mask;

	if (!m)
		return;
	m = w->mask &= capi_money_evidence(cell.p, cell.n);
	m &= CAPI_MONEY_POINT | CAPI_MONEY_COMMA;
	if (!m) {
		w->mask = 0;
		contradict(s, (uint8_t *)&s->column_decimal[w->column], w);
	}
	if (s->column_decimal[w->column])
		return;
	if (m == CAPI_MONEY_POINT || m == CAPI_MONEY_COMMA) {
		s->column_decimal[w->column] =
		    m == CAPI_MONEY_POINT ? '.' : ',';
		w->open = false;
	} else if (!w->open) {
		w->open =
		    capi_money_parse(cell.p, cell.n, &opt, amount,
			sizeof(amount), &len, NULL) == CAPI_MONEY_AMBIGUOUS;
	}
}

static bool
is_open(const struct state *s)
{
	bool open = false;

	for (size_t i = 0; i < s->watches; i++)
		open |= s->watch[i].open;
	return open;
}

/* Returns true while a cell seen so far could be read in two ways. */
static bool
look(struct state *s, const struct capi_csv_row *row)
{
	s->looked_at = row->line;
	for (size_t i = 0; i < s->watches; i++) {
		struct watch *w = &s->watch[i];

		if (w->column > row->count || !row->cell[w->column - 1].n)
			continue;
		if (capi_field_is_date(w->field))
			look_at_date(s, w, row->cell[w->column - 1]);
		else
			look_at_money(s, w, row->cell[w->column - 1]);
	}
	return is_open(s);
}

/* At the end of the file "1,234" is groups if every cell of its column is. */
static void
settle(struct state *s)
{
	for (size_t i = 0; i < s->watches; i++) {
		struct watch *w = &s->watch[i];

		if (w->open && capi_field_is_money(w->field))
			s->column_decimal[w->column] = capi_money_mark(w->mask);
		w->open = false;
	}
	s->settled = true;
}

/* A file that can be read twice is: then all cells of a column decide, also
 * those behind a row in doubt. False: it can not. */
static bool
survey(struct state *s)
{
	char path[64];
	struct capi_lines lines = {0};
	struct capi_csv csv = {.encoding = s->opt.encoding,
	    .delimiter = s->csv.delimiter,
	    .max = s->csv.max};
	struct capi_csv_row row;
	enum capi_csv_result result;
	int fd;

	if (s->start < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->f.lines.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || lseek(fd, s->start, SEEK_SET) != s->start) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	s->surveying = true;
	capi_lines_open(&lines, fd, csv.max);
	capi_csv_open(&csv, &lines);
	capi_csv_next(&csv, &row); /* the header */
	while ((result = capi_csv_next(&csv, &row)) != CAPI_CSV_END &&
	       result < CAPI_CSV_FAILED)
		if (result == CAPI_CSV_ROW && row.count == s->headers)
			look(s, &row);
	capi_csv_close(&csv);
	capi_lines_release(&lines);
	close(fd);
	s->surveying = false;
	settle(s);
	return true;
}

static _Noreturn void
no_room(void)
{
	capi_die(CAPI_EXIT_IO, "temporary file: %s", strerror(errno));
}

/* A row that is not one: reported, and the rest goes on. False: it does not. */
static bool
take_bad_row(struct state *s, enum capi_csv_result result,
    const struct capi_csv_row *row)
{
	struct capi_record bad = {
	    .file = s->file, .line = row->line, .text = ""};

	switch (result) {
	case CAPI_CSV_TOO_LONG:
	case CAPI_CSV_TOO_WIDE:
	case CAPI_CSV_NUL:
	case CAPI_CSV_OPEN_QUOTE:
		break;
	case CAPI_CSV_FAILED:
		capi_warn("%s: %s", s->file, strerror(errno));
		capi_filter_raise(&s->f, CAPI_EXIT_IO);
		return false;
	case CAPI_CSV_NO_ENCODING:
		capi_warn("%s: %s", s->file, capi_csv_reason(result));
		capi_filter_raise(&s->f, CAPI_EXIT_USAGE);
		return false;
	default:
		return false;
	}
	finish_order(s);
	s->f.in++;
	s->rows++;
	capi_filter_refuse(&s->f, &bad, NULL, "%s", capi_csv_reason(result));
	return true;
}

/* Rows wait in a temporary file until all columns are clear, or the end. */
static void
look_ahead(struct state *s, struct capi_csv_row *row)
{
	enum capi_csv_result result = CAPI_CSV_ROW;
	bool open = true;

	for (;;) {
		if (result == CAPI_CSV_ROW && capi_csv_hold(&s->csv, row))
			no_room();
		if (!open)
			break;
		result = capi_csv_next(&s->csv, row);
		if (result == CAPI_CSV_ROW)
			open = look(s, row);
		else if (!take_bad_row(s, result, row))
			break;
	}
	if (open)
		settle(s);
	if (capi_csv_release(&s->csv))
		no_room();
}

static void
take_ragged(struct state *s, const struct capi_csv_row *row)
{
	finish_order(s);
	begin_order(s, s->file, row->line);
	s->open = false;
	s->f.in++;
	s->rows++;
	keep_row(s, row->cell, row->count);
	if (s->f.rejects) {
		capi_buf_adds(&s->text, "]}");
		s->record.text = s->text.data;
		s->record.len = s->text.len;
		s->record.json = &is_object;
	}
	capi_filter_refuse(&s->f, &s->record, NULL,
	    "%zu cells where the header has %zu", row->count, s->headers);
}

/* Totals, copyright lines: -1 when no data can follow, 1 when only this row
 * is none. */
static int
is_footer(const struct state *s, const struct capi_csv_row *row)
{
	if (!s->preset.footers)
		return 0;
	if (row->after_blank && row->count < s->headers)
		return -1;
	return capi_preset_is_footer(&s->preset, row->cell[0]);
}

static void
read_rows(struct state *s)
{
	struct capi_csv_row row;
	bool ended = false;

	for (;;) {
		enum capi_csv_result result = capi_csv_next(&s->csv, &row);
		int footer;

		if (result != CAPI_CSV_ROW) {
			if (take_bad_row(s, result, &row))
				continue;
			break;
		}
		footer = ended ? 1 : is_footer(s, &row);
		ended |= footer < 0;
		if (footer) {
			capi_filter_tally(&s->f, "passed over", "footer rows");
			continue;
		}
		if (row.count != s->headers) {
			take_ragged(s, &row);
			continue;
		}
		if (!s->settled && (look(s, &row) || s->dated) && !survey(s) &&
		    is_open(s)) {
			look_ahead(s, &row);
			continue;
		}
		take_row(s, s->file, row.line, row.cell, row.count);
	}
	finish_order(s);
}

static void
read_csv(struct state *s)
{
	struct capi_csv_row row;
	enum capi_csv_result result;

	s->csv = (struct capi_csv){.encoding = s->opt.encoding,
	    .delimiter = s->csv.delimiter,
	    .max = (size_t)s->f.max_record};
	capi_csv_open(&s->csv, &s->f.lines);
	result = capi_csv_next(&s->csv, &row);
	if (result == CAPI_CSV_ROW) {
		set_header(s, row.cell, row.count);
		if (has_needed(s)) {
			set_watches(s);
			read_rows(s);
			if (strcmp(s->csv.decoder, "UTF-8"))
				capi_warn(
				    "%s: read as %s", s->file, s->csv.decoder);
		}
	} else if (result == CAPI_CSV_END) {
		capi_warn("%s: empty", s->file);
	} else if (result >= CAPI_CSV_FAILED) {
		take_bad_row(s, result, &row);
	} else {
		stop_file(s, capi_csv_reason(result));
	}
	capi_csv_close(&s->csv);
	s->csv.delimiter = 0;
}

/* What --contacts has of one person. */
static void
add_contact(struct state *s, const struct capi_str *cell)
{
	struct capi_contact_cell kept[CAPI_FIELDS];
	struct capi_str id = {"", 0};
	size_t n = 0;

	for (size_t i = 0; i < s->bounds; i++) {
		const struct capi_source *source = s->bound[i].source;
		struct capi_str v = cell_of(s, &s->bound[i], cell);

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
	enum capi_csv_result result;
	int fd = capi_filter_open(s->opt.contacts);

	if (fd < 0)
		exit(CAPI_EXIT_NOINPUT);
	s->csv = (struct capi_csv){
	    .encoding = s->opt.encoding, .max = (size_t)s->f.max_record};
	capi_lines_open(&lines, fd, s->csv.max);
	capi_csv_open(&s->csv, &lines);
	result = capi_csv_next(&s->csv, &row);
	if (result == CAPI_CSV_ROW)
		set_header(s, row.cell, row.count);
	if (result != CAPI_CSV_ROW || !is_bound(s, CAPI_F_EXTERNAL_ID))
		capi_die(CAPI_EXIT_DATA, "%s: no column for external_id",
		    s->opt.contacts);
	while ((result = capi_csv_next(&s->csv, &row)) != CAPI_CSV_END) {
		if (result >= CAPI_CSV_FAILED)
			capi_die(CAPI_EXIT_IO, "%s: %s", s->opt.contacts,
			    capi_csv_reason(result));
		if (result == CAPI_CSV_ROW && row.count == s->headers)
			add_contact(s, row.cell);
		else
			capi_warn("%s:%" PRIu64 ": not a row like the header",
			    s->opt.contacts, row.line);
	}
	capi_csv_close(&s->csv);
	capi_lines_release(&lines);
	close(fd);
}

/* --- objects --- */

/* Rows of a CSV preset as objects: out of a rejects file, or any tool. */
static void
take_object_row(
    struct state *s, const struct capi_record *r, const struct capi_json *row)
{
	struct capi_str cell[CAPI_JSON_MEMBERS], name[CAPI_JSON_MEMBERS];
	size_t n = 0;

	for (const struct capi_json *v = row->child; v; v = v->next) {
		if (v->type >= CAPI_JSON_ARRAY)
			continue;
		name[n] = (struct capi_str){v->key, v->key_len};
		cell[n] = v->type == CAPI_JSON_NULL
			      ? (struct capi_str){"", 0}
			      : capi_text_trim(v->text, v->len);
		n++;
	}
	if (!n)
		return;
	set_header(s, name, n);
	for (size_t i = 0; i < n; i++)
		s->size += cell[i].n;
	if (s->open)
		compare_totals(s, cell);
	else
		add_members(s, cell);
	s->open = true;
	add_items(s, cell);
	(void)r;
}

static void
take_rows_object(struct state *s, struct capi_record *r)
{
	const struct capi_json *rows = capi_json_get(r->json, "rows");
	struct capi_json *json = r->json;

	/* The tree lies in the arena: nothing may be reset here. */
	memset(s->order.raw, 0, sizeof(s->order.raw));
	memset(s->order.any, 0, sizeof(s->order.any));
	s->order.preset = &s->preset;
	s->order.file = strcmp(r->file, "standard input") ? r->file : NULL;
	s->order.line = r->line;
	s->order.item = s->items;
	s->order.items = 0;
	s->open = s->too_long = s->too_many = s->totals_differ = false;
	s->watches = 0;
	capi_buf_reset(&s->text);
	s->record = *r;
	if (!rows || rows->type != CAPI_JSON_ARRAY) {
		take_object_row(s, r, json);
	} else {
		for (const struct capi_json *v = rows->child; v; v = v->next)
			if (v->type == CAPI_JSON_OBJECT)
				take_object_row(s, r, v);
	}
	s->f.in--; /* the NDJSON loop has counted it */
	if (s->open) {
		finish_order(s);
	} else {
		s->f.in++;
		capi_filter_refuse(&s->f, r, "rows", "no row in it");
	}
}

struct sum {
	struct state *s;
	char text[CAPI_MONEY_MAX];
	size_t n;
};

/* Refunds, whatever their sign. */
static bool
add_up(const struct capi_json *v, void *arg)
{
	struct sum *sum = arg;
	struct capi_str x = {v->text, v->len};

	if (v->type != CAPI_JSON_STRING && v->type != CAPI_JSON_NUMBER)
		return true;
	if (x.n && x.p[0] == '-')
		x = (struct capi_str){x.p + 1, x.n - 1};
	if (!sum->n) {
		if (x.n && x.n < sizeof(sum->text)) {
			memcpy(sum->text, x.p, x.n);
			sum->n = x.n;
		}
		return true;
	}
	capi_money_add(
	    sum->text, sum->n, x.p, x.n, sum->text, sizeof(sum->text), &sum->n);
	return true;
}

static struct capi_str
value_at(struct state *s, const struct capi_source *source,
    const struct capi_json *root)
{
	const struct capi_json *v;
	struct sum sum = {.s = s, .n = 0};

	if (source->constant)
		return source->text;
	if (source->field == CAPI_F_REFUNDED_VALUE) {
		capi_preset_walk(root, source->text, add_up, &sum);
		return (struct capi_str){
		    capi_arena_dup(&s->f.arena, sum.text, sum.n), sum.n};
	}
	v = capi_preset_at(root, source->text);
	if (!v)
		return (struct capi_str){"", 0};
	return v->type == CAPI_JSON_STRING ? capi_text_trim(v->text, v->len)
					   : (struct capi_str){v->text, v->len};
}

static bool
add_json_item(const struct capi_json *element, void *arg)
{
	struct state *s = arg;
	struct capi_cell raw[CAPI_ITEM_MEMBERS][CAPI_ALTERNATIVES];

	memset(raw, 0, sizeof(raw));
	for (size_t i = 0; i < s->preset.sources; i++) {
		const struct capi_source *source = &s->preset.source[i];

		if (capi_field_is_item(source->field))
			raw[source->field - CAPI_F_ITEM_ID][source->alternative]
			    .s = value_at(s, source, element);
	}
	add_item(s, raw);
	return true;
}

static void
take_json(struct state *s, struct capi_record *r)
{
	memset(s->order.raw, 0, sizeof(s->order.raw));
	memset(s->order.any, 0, sizeof(s->order.any));
	s->order.preset = &s->preset;
	s->order.file = strcmp(r->file, "standard input") ? r->file : NULL;
	s->order.line = r->line;
	s->order.item = s->items;
	s->order.items = 0;
	s->too_long = s->too_many = s->totals_differ = false;
	capi_buf_reset(&s->text);
	s->record = *r;
	if (s->preset.stop.n && capi_preset_at(r->json, s->preset.stop)) {
		capi_filter_withhold(&s->f, "part_of_another_object");
		return;
	}
	for (size_t i = 0; i < s->preset.sources; i++) {
		const struct capi_source *source = &s->preset.source[i];

		struct capi_cell *raw =
		    &s->order.raw[source->field][source->alternative];

		if (capi_field_is_item(source->field))
			continue;
		*raw = (struct capi_cell){.s = value_at(s, source, r->json),
		    .constant = source->constant,
		    .side = source->side};
		s->order.any[source->field] |= raw->s.n > 0;
	}
	if (s->preset.items.n)
		capi_preset_walk(r->json, s->preset.items, add_json_item, s);
	s->f.in--;
	s->open = true;
	finish_order(s);
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

static void
record(struct capi_filter *f, struct capi_record *r)
{
	struct state *s = f->state;

	if (s->plain)
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

	s->file = file;
	s->start = lseek(fd, 0, SEEK_CUR);
	if (s->start >= (off_t)f->lines.end)
		s->start -= (off_t)f->lines.end;
	else
		s->start = -1;
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
			capi_filter_ndjson(f, file);
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
	s->csv.delimiter = *d;
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
	s->n.column_order = s->column_order;
	s->n.column_decimal = s->column_decimal;
	capi_normalizer_init(&s->n);
	s->header = capi_alloc(CAPI_CSV_COLUMNS * sizeof(*s->header));
	s->twin = capi_alloc(CAPI_CSV_COLUMNS * sizeof(*s->twin));
	s->bound = capi_alloc(BOUND_MAX * sizeof(*s->bound));
	s->header_text.max = (size_t)1 << 28;
	s->text.max = (size_t)f->max_record * 6 + 4096;
	s->out.max = (size_t)1 << 28;
	if (s->opt.contacts && s->preset.format == CAPI_PRESET_CSV) {
		read_contacts(s);
		set_delimiter(s);
	}
}

static void
end(struct capi_filter *f)
{
	struct state *s = f->state;

	if (s->preset.grouped && s->rows &&
	    (f->summary || isatty(STDERR_FILENO)))
		capi_warn("%" PRIu64 " rows read", s->rows);
	capi_normalizer_release(&s->n);
	capi_seen_release(&s->seen);
	capi_contacts_release(&s->contacts);
	capi_preset_release(&s->preset);
	capi_buf_release(&s->header_text);
	capi_buf_release(&s->text);
	capi_buf_release(&s->out);
	free(s->header);
	free(s->twin);
	free(s->bound);
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
