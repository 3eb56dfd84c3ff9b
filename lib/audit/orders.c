#include "orders.h"

#include <stdlib.h>
#include <string.h>

#include "normalize/csv.h"
#include "err.h"
#include "normalize/preset.h"
#include "evidence.h"

/* All words for orders that do not count, in the maps: the audit wants to see
 * them. */
static const char *every_status[] = {"test", "cancelled", "pending",
    "authorized", "expired", "failed", "partially_paid", "refunded", "voided",
    "uncaptured", "disputed", "deleted", "lost", "open", "other", "free"};

#define BOUND_MAX (4 * CAPI_CSV_COLUMNS)

/* How many columns the preset finds; 0 when one that it needs is missing. */
static size_t
fits(const struct capi_preset_text *t, const struct capi_csv_row *row,
    struct capi_bound *bound)
{
	struct capi_preset p;
	char why[160];
	size_t n = 0;

	if (capi_preset_parse(&p, t->name, t->text, strlen(t->text), why))
		return 0;
	if (p.format == CAPI_PRESET_CSV && strcmp(t->name, "plain") != 0)
		n = capi_preset_bind(
		    &p, row->cell, row->count, bound, BOUND_MAX);
	for (int f = 0; f < CAPI_FIELDS && n; f++) {
		bool there = !p.needs[f];

		for (size_t i = 0; i < n && !there; i++)
			there = (int)bound[i].source->field == f;
		if (!there)
			n = 0;
	}
	capi_preset_release(&p);
	return n;
}

#define HEAD 65536

const char *
capi_orders_detect(struct capi_lines *file)
{
	struct capi_csv csv = {.max = HEAD};
	struct capi_csv_row row;
	struct capi_lines lines = {0};
	struct capi_bound *bound = capi_alloc(BOUND_MAX * sizeof(*bound));
	const char *name = NULL, *head;
	size_t best = 0, len = capi_lines_peek(file, HEAD, &head);

	capi_lines_open_text(&lines, head, len, HEAD);
	capi_csv_open(&csv, &lines);
	if (capi_csv_next(&csv, &row) == CAPI_CSV_ROW)
		for (const struct capi_preset_text *t = capi_preset_texts;
		     t->name; t++) {
			size_t n = fits(t, &row, bound);

			if (n > best) {
				best = n;
				name = t->name;
			}
		}
	capi_csv_close(&csv);
	capi_lines_release(&lines);
	free(bound);
	return name;
}

static void
on_event(void *arg, const struct capi_reader_event *e)
{
	struct capi_orders *o = arg;
	int64_t line = (int64_t)e->record->line;
	const char *why;

	if (e->normal)
		capi_evidence_export(o->audit, e->normal, line);
	else if (!capi_evidence_order(o->audit, e->json, line, &why))
		capi_evidence_unreadable(o->audit, NULL, why, line);
}

static void
on_refused(void *arg, const struct capi_record *record, const char *field,
    const char *reason)
{
	struct capi_orders *o = arg;

	capi_evidence_unreadable(
	    o->audit, field, reason, (int64_t)record->line);
}

static void
on_withheld(void *arg, const char *reason)
{
	struct capi_orders *o = arg;

	/* The map says that such records are no orders. */
	if (strstr(reason, ".not_mapped"))
		return;
	if (!strncmp(reason, "status.", 7))
		reason += 7;
	capi_evidence_withheld(o->audit, reason);
}

static void
on_say(void *arg, const char *text)
{
	struct capi_orders *o = arg;

	capi_buf_addf(&o->said, "%s\n", text);
}

enum capi_exit
capi_orders_read(
    struct capi_orders *o, struct capi_lines *lines, const char *file)
{
	/* Remarks on single cells were made when the orders were sent; from
	 * cron they would be a mail each night. */
	const struct capi_reader_hooks hooks = {.event = on_event,
	    .refused = on_refused,
	    .withheld = on_withheld,
	    .say = on_say,
	    .arg = o};
	struct capi_reader *r;
	const struct capi_preset *preset;
	char why[CAPI_READER_WHY];
	enum capi_exit e;

	o->options.keep.v = every_status;
	o->options.keep.n = sizeof(every_status) / sizeof(every_status[0]);
	/* Repeated ids are looked for here. */
	o->options.repeats = true;
	o->said = (struct capi_buf)CAPI_BUF_INIT(1 << 16);
	e = capi_reader_open(&r, &o->options, &hooks, why);
	if (e) {
		capi_buf_adds(&o->said, why);
		return e;
	}
	e = capi_reader_read(r, lines, file);
	preset = capi_reader_preset(r);
	o->rows = (int64_t)(preset->format == CAPI_PRESET_CSV
				? capi_reader_rows(r)
				: capi_reader_records(r));
	o->stripe = !strncmp(o->options.map, "stripe", 6);
	capi_reader_close(r);
	return e;
}
