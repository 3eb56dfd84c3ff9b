/*
 * capi-normalize: exports in, events out. The reader (lib/normalize/reader.h)
 * makes the events; here they are written, and what is none is reported. See
 * capi-normalize(1).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "normalize/preset.h"
#include "normalize/reader.h"

struct state {
	struct capi_filter f;
	struct capi_reader *reader;
	struct capi_reader_options opt;
	const char *print;
	bool list;
};

static struct state state = {.opt = {.date_order = -1, .decimal = -1}};

/* --- what the reader tells --- */

static void
on_event(void *arg, const struct capi_reader_event *event)
{
	struct capi_filter *f = arg;
	size_t before = f->out.len;

	capi_reader_write(event, &f->out);
	if (f->out.over) {
		f->out.len = before;
		f->out.over = false;
		capi_filter_refuse(f, event->record, NULL, "too long");
		return;
	}
	capi_buf_addc(&f->out, '\n');
	capi_filter_sent(f);
}

static void
on_refused(void *arg, const struct capi_record *record, const char *field,
    const char *reason)
{
	capi_filter_refuse(arg, record, field, "%s", reason);
}

static void
on_withheld(void *arg, const char *reason)
{
	capi_filter_withhold(arg, reason);
}

static void
on_note(void *arg, const struct capi_record *record, const char *field,
    const char *reason)
{
	capi_filter_note(arg, record, field, "%s", reason);
}

static void
on_count(void *arg, const char *what, const char *key)
{
	capi_filter_tally(arg, what, key);
}

static void
on_say(void *arg, const char *text)
{
	(void)arg;
	capi_warn("%s", text);
}

static const struct capi_reader_hooks hooks = {
    on_event, on_refused, on_withheld, on_note, on_count, on_say, &state.f};

static void
source(struct capi_filter *f, int fd, const char *file)
{
	(void)fd; /* f->lines has it */
	capi_filter_raise(f, capi_reader_read(state.reader, &f->lines, file));
}

/* --- options --- */

static const struct capi_opt options[] = {
    {'m', "map", CAPI_OPT_STRING, &state.opt.map, "PRESET|FILE",
	"what kind of export it is: a preset (--list-maps) or a file like "
	"one; the default is plain, events with canonical names",
	0, 0, NULL},
    {0, "list-maps", CAPI_OPT_FLAG, &state.list, NULL,
	"print the names of the presets", 0, 0, NULL},
    {0, "print-map", CAPI_OPT_STRING, &state.print, "PRESET",
	"print a preset, to be edited and given back with -m", 0, 0, NULL},
    {0, "region", CAPI_OPT_STRING, &state.opt.region, "CC",
	"country of phone numbers written without one, where the record "
	"names no country (ISO 3166-1, two letters)",
	0, 0, NULL},
    {0, "tz", CAPI_OPT_STRING, &state.opt.zone, "ZONE",
	"time zone of times written without one: Europe/Berlin, UTC, +02:00", 0,
	0, NULL},
    {0, "date-order", CAPI_OPT_CHOICE, &state.opt.date_order, "ORDER",
	"order of day, month and year in dates like 4/5/2026: DMY, MDY or "
	"YMD; else each column's own cells decide",
	0, 0, capi_reader_orders},
    {0, "excel-1904", CAPI_OPT_FLAG, &state.opt.since_1904, NULL,
	"dates that are bare numbers of days count from 1904, as in workbooks "
	"of old Macs",
	0, 0, NULL},
    {0, "decimal", CAPI_OPT_CHOICE, &state.opt.decimal, "MARK",
	"decimal mark of amounts, . or , ; else each column's own cells "
	"decide",
	0, 0, capi_reader_decimals},
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
    {0, "event-name", CAPI_OPT_STRING, &state.opt.event_name, "NAME",
	"name of all events of an export; of events the name of those "
	"without",
	0, 0, NULL},
    {0, "event-id", CAPI_OPT_STRING, &state.opt.id_template, "TEMPLATE",
	"what event ids are made of; braces hold members, the default is "
	"{order_id}",
	0, 0, NULL},
    {0, "action-source", CAPI_OPT_STRING, &state.opt.action_source, "WORD",
	"where the conversions happened whose record does not say it", 0, 0,
	NULL},
    {0, "site", CAPI_OPT_STRING, &state.opt.site, "URL",
	"the shop's address: put before landing pages that are only a path, "
	"and the page of conversions on a website that have none",
	0, 0, NULL},
    {0, "contacts", CAPI_OPT_STRING, &state.opt.contacts, "FILE",
	"a second CSV export of the same system: the people whom the records "
	"name by id only, as HubSpot's deals do; it is kept in memory",
	0, 0, NULL},
    {0, "keep", CAPI_OPT_LIST, &state.opt.keep, "STATUS,...",
	"let orders pass that else do not count: test, cancelled, pending, "
	"authorized, refunded, ...",
	0, 0, NULL},
    {0, "split-names", CAPI_OPT_FLAG, &state.opt.split_names, NULL,
	"part a full name into first and last where the export has only "
	"that: a guess; words like van, de la and von der go with the last",
	0, 0, NULL},
    {0, "value", CAPI_OPT_CHOICE, &state.opt.value, "WHICH",
	"total (the default) or subtotal, as the browser's event has it", 0, 0,
	capi_reader_values},
    {0, "money", CAPI_OPT_CHOICE, &state.opt.money, "WHOSE",
	"shop (the default) or presentment: the buyer's currency", 0, 0,
	capi_reader_moneys},
    {0, "free", CAPI_OPT_CHOICE, &state.opt.free, "WHAT",
	"keep (the default) or withhold purchases of nothing", 0, 0,
	capi_reader_frees},
    {0, "skip-renewals", CAPI_OPT_FLAG, &state.opt.skip_renewals, NULL,
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

static _Noreturn void
print_map(const char *name)
{
	const char *text = capi_preset_find(name);

	if (!text)
		capi_opt_misuse(
		    "no preset of that name: %s (--list-maps)", name);
	fputs(text, stdout);
	end_printing();
}

static void
begin(struct capi_filter *f)
{
	struct capi_reader_options *o = &state.opt;
	char why[CAPI_READER_WHY];
	enum capi_exit e;

	if (state.list)
		list_maps();
	if (state.print)
		print_map(state.print);
	o->now = f->now;
	o->max = (size_t)f->max_record;
	o->keep_text = f->rejects != NULL;
	e = capi_reader_open(&state.reader, o, &hooks, why);
	if (e == CAPI_EXIT_USAGE)
		capi_opt_misuse("%s", why);
	if (e && why[0])
		capi_die(e, "%s", why);
	if (e)
		exit((int)e); /* it is said */
}

static void
end(struct capi_filter *f)
{
	uint64_t rows = capi_reader_rows(state.reader);

	f->in = capi_reader_records(state.reader);
	if (rows && capi_reader_preset(state.reader)->grouped &&
	    (f->summary || isatty(STDERR_FILENO)))
		capi_warn("%" PRIu64 " rows read", rows);
	capi_reader_close(state.reader);
}

int
main(int argc, char **argv)
{
	state.f.program = (struct capi_opt_program){"capi-normalize",
	    "Turns exports of shops and CRMs (CSV or NDJSON) into events with "
	    "valid, canonical members; what can not be made valid is left "
	    "out or refused, with file, line, field and reason.",
	    "[FILE...]", options, NULL};
	state.f.begin = begin;
	state.f.source = source;
	state.f.end = end;
	state.f.has_now = true;
	return capi_filter_main(&state.f, argc, argv);
}
