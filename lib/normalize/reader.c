#include "reader_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

/* --- what there is to tell --- */

__attribute__((format(printf, 2, 0))) static void
say(struct capi_reader *r, const char *fmt, va_list ap)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "%s: ", r->file);

	if (!r->hook.say || n < 0 || (size_t)n >= sizeof(text))
		return;
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	r->hook.say(r->hook.arg, text);
}

void
capi_reader_say(struct capi_reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, fmt, ap);
	va_end(ap);
}

void
capi_reader_fail(
    struct capi_reader *r, enum capi_exit status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, fmt, ap);
	va_end(ap);
	r->status = capi_exit_worse(r->status, status);
}

void
capi_reader_count(struct capi_reader *r, const char *what, const char *key)
{
	if (r->hook.count)
		r->hook.count(r->hook.arg, what, key);
}

void
capi_reader_refuse(struct capi_reader *r, const struct capi_record *record,
    const char *field, const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	r->records++;
	r->hook.refused(r->hook.arg, record, field, reason);
}

void
capi_reader_withhold(struct capi_reader *r, const char *reason)
{
	r->records++;
	if (r->hook.withheld)
		r->hook.withheld(r->hook.arg, reason);
}

static void
on_note(void *arg, const char *field, const char *reason)
{
	struct capi_reader *r = arg;

	if (r->hook.note)
		r->hook.note(r->hook.arg, &r->record, field, reason);
}

static void
on_count(void *arg, const char *field, const char *what)
{
	char room[96];
	struct capi_buf key = {room, 0, sizeof(room), sizeof(room), false};

	capi_buf_adds(&key, field);
	capi_buf_adds(&key, ": ");
	capi_buf_adds(&key, what);
	capi_reader_count(arg, "noted", capi_buf_cstr(&key));
}

const char *
capi_reader_file(const char *file)
{
	return strcmp(file, "standard input") ? file : NULL;
}

/* --- a finished event --- */

/* Rows of one order apart, or an order with two totals: a second Purchase with
 * another payload would replace or double the first. */
static const char has_event[] =
    "its order has its event already: do its rows stand apart?";

/* What must not come twice: the event or the payment of that id, or a refund
 * of so much of it. */
static struct capi_str
identity(
    struct capi_reader *r, const struct capi_outcome *o, struct capi_str id)
{
	size_t n = id.n;
	char *text;

	if (!o->refunded.n)
		return id;
	text = capi_arena_alloc(&r->arena, n + 1 + o->refunded.n);
	memcpy(text, id.p, n);
	text[n] = '\0';
	memcpy(text + n + 1, o->refunded.p, o->refunded.n);
	return (struct capi_str){text, n + 1 + o->refunded.n};
}

/* A payment intent may have the order's id, and its charge not: both are one
 * payment all the same. */
static bool
is_paid_before(struct capi_reader *r, const struct capi_outcome *o)
{
	return o->payment.n &&
	       capi_recent_add(&r->payments, o->event_name,
		   identity(r, o, o->payment)) == CAPI_SEEN_BEFORE;
}

/* True: it goes no further. */
static bool
end_by_repeat(struct capi_reader *r, const struct capi_outcome *o)
{
	enum capi_seen_result id;
	bool paid;

	if (!o->event_id.n || r->repeats)
		return false;
	paid = is_paid_before(r, o);
	id = capi_recent_add(
	    &r->recent, o->event_name, identity(r, o, o->event_id));
	if (id == CAPI_SEEN_FULL && !r->forgets) {
		capi_reader_say(r,
		    "event ids are from here on compared with those of the "
		    "last %d events only",
		    CAPI_RECENT);
		r->forgets = true;
	}
	if (id != CAPI_SEEN_BEFORE && !paid)
		return false;
	if (r->preset.withhold_repeats) {
		capi_reader_withhold(r, "repeated");
		return true;
	}
	if (r->preset.grouped) {
		capi_reader_refuse(r, &r->record, "event_id", "%s", has_event);
		return true;
	}
	on_note(r, "event_id",
	    paid ? "of the same payment as an earlier event"
		 : "the same as an earlier event's of this name");
	return false;
}

/* What an order's late rows lack is no fault of theirs. */
static void
end_by_refusal(struct capi_reader *r, const struct capi_outcome *o)
{
	bool late = o->event_id.n &&
		    capi_recent_has(&r->recent, o->event_name, o->event_id);

	capi_reader_refuse(r, &r->record, late ? "event_id" : o->field, "%s",
	    late ? has_event : o->reason);
}

void
capi_reader_conclude(struct capi_reader *r, const struct capi_outcome *o,
    const struct capi_reader_event *event)
{
	switch (o->verdict) {
	case CAPI_VERDICT_REFUSED:
		end_by_refusal(r, o);
		return;
	case CAPI_VERDICT_WITHHELD:
		capi_reader_withhold(r, o->reason);
		return;
	case CAPI_VERDICT_OK:
		break;
	}
	if (end_by_repeat(r, o))
		return;
	r->records++;
	r->hook.event(r->hook.arg, event);
}

/* Tells that a text is a JSON object: its tree is gone, or never was. */
static struct capi_json is_object = {.type = CAPI_JSON_OBJECT};

void
capi_reader_keep(struct capi_reader *r, struct capi_record *record,
    const struct capi_buf *text)
{
	if (!r->keep)
		return;
	record->text = text->data;
	record->len = text->len;
	record->json = &is_object;
}

void
capi_reader_finish(struct capi_reader *r)
{
	struct capi_rows *rows = &r->rows;
	struct capi_reader_event event = {&r->record, &r->normal, NULL};
	struct capi_outcome outcome;

	if (!rows->open)
		return;
	capi_rows_close(rows);
	if (!r->record.json)
		capi_reader_keep(r, &r->record, &rows->text);
	if (rows->too_long || rows->text.over) {
		capi_reader_refuse(r, &r->record, NULL,
		    "an order longer than %zu bytes", r->max);
		return;
	}
	if (rows->too_many) {
		capi_reader_refuse(r, &r->record, "items",
		    "more than %d in one order", CAPI_ITEMS_MAX);
		return;
	}
	if (rows->totals_differ)
		on_note(r, "value",
		    "the rows of the order differ; the first counts");
	if (r->has_contacts && !capi_contacts_fill(&r->contacts, &rows->order))
		on_note(r, "external_id", "not among the --contacts");
	capi_normalize_order(&r->n, &rows->order, &r->normal, &outcome);
	capi_reader_conclude(r, &outcome, &event);
}

void
capi_reader_write(const struct capi_reader_event *event, struct capi_buf *out)
{
	if (event->normal)
		capi_normal_write(event->normal, out);
	else
		capi_json_write(out, event->json);
}

/* --- a file of any kind --- */

/* JSON whose letters are two bytes each: what some shells write into files. */
static bool
is_wide_json(const char *p, size_t n)
{
	char first = n < 4 ? 0 : p[2] ? p[2] : p[3];

	return first == '{' || first == '[';
}

/* What stops a file that is none of lines of JSON; NULL: nothing. */
static const char *
why_not_rows(const struct capi_reader *r, const char *p, size_t n)
{
	const char *kind = capi_filter_not_text(p, n);
	const char *line = n ? memchr(p, '\n', n) : NULL;

	if (!kind)
		return NULL;
	if (!strncmp(kind, "UTF-16", 6))
		return is_wide_json(p, n) ? kind : NULL;
	if (strcmp(kind, "binary data") != 0)
		return kind;
	/* A NUL further down spoils its row only; UTF-16 without a mark begins
	 * with one. */
	return n >= 2 && p[0] && p[1] && !r->encoding &&
		       memchr(p, '\0', line ? (size_t)(line - p) : n)
		   ? kind
		   : NULL;
}

static void
read_file(struct capi_reader *r, struct capi_lines *lines)
{
	const char *p, *why;
	size_t n = capi_lines_peek(lines, 4096, &p), i = 0;

	if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		i = 3;
	while (i < n && capi_is_space(p[i]))
		i++;
	if (capi_reader_is_list(&r->preset, p + i, n - i)) {
		capi_reader_list(r, lines);
		return;
	}
	if (i < n && p[i] == '{') {
		capi_reader_ndjson(r, lines);
		return;
	}
	why = why_not_rows(r, p, n);
	if (why)
		capi_reader_fail(
		    r, CAPI_EXIT_DATA, "not an export but %s", why);
	else if (r->preset.format == CAPI_PRESET_CSV)
		capi_reader_csv(r, lines);
	else if (i < n)
		capi_reader_fail(r, CAPI_EXIT_DATA,
		    "not JSON; is it CSV, for another preset?");
	else
		capi_reader_ndjson(r, lines); /* it is empty */
}

enum capi_exit
capi_reader_read(
    struct capi_reader *r, struct capi_lines *lines, const char *file)
{
	r->file = file;
	r->status = CAPI_EXIT_OK;
	read_file(r, lines);
	return r->status;
}

uint64_t
capi_reader_records(const struct capi_reader *r)
{
	return r->records;
}

uint64_t
capi_reader_rows(const struct capi_reader *r)
{
	return r->csv_rows;
}

const struct capi_preset *
capi_reader_preset(const struct capi_reader *r)
{
	return &r->preset;
}

/* --- its life --- */

static void
on_contradiction(
    void *arg, unsigned column, enum capi_field field, uint64_t before)
{
	char more[64] = "";

	if (before)
		snprintf(more, sizeof(more),
		    "; rows before line %" PRIu64 " may have been misread",
		    before);
	capi_reader_say(arg,
	    "column %u (%s): its cells contradict each other%s", column,
	    capi_field_name(field), more);
}

static void
join(struct capi_reader *r)
{
	r->json = capi_json_parser_new();
	r->n.arena = &r->arena;
	r->n.note = on_note;
	r->n.count = on_count;
	r->n.arg = r;
	r->n.column_order = r->columns.order;
	r->n.column_decimal = r->columns.decimal;
	r->n.column_thousands = r->columns.thousands;
	capi_normalizer_init(&r->n, capi_json_names(r->json));
	capi_columns_init(&r->columns);
	r->columns.contradicted = on_contradiction;
	r->columns.arg = r;
	r->rows.preset = &r->preset;
	r->rows.n = &r->n;
	r->rows.arena = &r->arena;
	r->rows.columns = &r->columns;
	r->rows.max = r->max;
	r->rows.keep = r->keep;
	capi_rows_init(&r->rows);
	r->family.text.max = r->rows.text.max;
	r->family.id.max = r->rows.text.max;
}

enum capi_exit
capi_reader_open(struct capi_reader **reader,
    const struct capi_reader_options *options,
    const struct capi_reader_hooks *hooks, char why[CAPI_READER_WHY])
{
	struct capi_reader *r = calloc(1, sizeof(*r));
	enum capi_exit e;

	why[0] = '\0';
	if (!r) {
		snprintf(why, CAPI_READER_WHY, "out of memory");
		return CAPI_EXIT_SYSTEM;
	}
	r->hook = *hooks;
	e = capi_reader_set(r, options, why);
	join(r);
	if (!e && capi_preset_number(&r->preset, capi_json_names(r->json))) {
		snprintf(
		    why, CAPI_READER_WHY, "%s: too many names", r->preset.name);
		e = CAPI_EXIT_CONFIG;
	}
	if (!e && options->contacts && r->preset.format == CAPI_PRESET_CSV)
		e = capi_reader_contacts(r, options->contacts, why);
	if (e)
		capi_reader_close(r);
	else
		*reader = r;
	return e;
}

void
capi_reader_close(struct capi_reader *r)
{
	capi_normalizer_release(&r->n);
	capi_recent_release(&r->recent);
	capi_recent_release(&r->payments);
	capi_contacts_release(&r->contacts);
	capi_preset_release(&r->preset);
	capi_columns_release(&r->columns);
	capi_rows_release(&r->rows);
	capi_buf_release(&r->family.text);
	capi_buf_release(&r->family.id);
	capi_arena_release(&r->family.arena);
	capi_arena_release(&r->arena);
	capi_json_parser_free(r->json);
	capi_zone_free(r->zone);
	free(r->site);
	free(r);
}
