/*
 * Exports read in process: files of any kind that a preset describes
 * (preset.h) go in, and each conversion is handed over as an event, each
 * record that is none with the reason. capi-normalize writes the events down;
 * capi-audit compares them. table.h reads the rows, rows.h gathers them into
 * orders, normalize.h makes events of those.
 *
 * A reader says nothing, writes nothing and never ends the process: all that
 * there is to tell goes to the hooks. What a hook is given lives until it
 * returns.
 */
#ifndef CAPI_READER_H
#define CAPI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "lines.h"
#include "normalize.h"
#include "opt.h"
#include "preset.h"
#include "records.h"

/* As on the command line; zero is what a user gets who says nothing, but
 * -1 for date_order and decimal. */
struct capi_reader_options {
	const char *map; /* a preset's name or a file; NULL: plain */
	const char *region, *zone, *delimiter, *encoding, *currency,
	    *event_name, *id_template, *action_source, *site;
	const char *contacts;      /* a file of people named by id */
	int date_order;            /* an index into capi_reader_orders */
	int decimal;               /* into capi_reader_decimals */
	int value, money;          /* into _values and _moneys */
	int free;                  /* into _frees */
	struct capi_opt_list keep; /* statuses that pass all the same */
	bool since_1904, split_names, skip_renewals;

	/* The caller's own. */
	int64_t now;
	size_t max;     /* bytes of a record */
	bool keep_text; /* of refused rows: record->text */
	bool repeats;   /* pass: event ids are not remembered */
};

/* The choices, for option tables. */
extern const char *const capi_reader_orders[];
extern const char *const capi_reader_decimals[];
extern const char *const capi_reader_values[];
extern const char *const capi_reader_moneys[];
extern const char *const capi_reader_frees[];

struct capi_reader_event {
	/* Where it stands; of several rows the first. */
	const struct capi_record *record;
	/* Of an order, by field. Else NULL: the record was an event already,
	 * and `json` is it, normalised. */
	const struct capi_normal *normal;
	const struct capi_json *json;
};

/* All but `event` and `refused` may be NULL. Each record ends in exactly one
 * of the first three. */
struct capi_reader_hooks {
	void (*event)(void *arg, const struct capi_reader_event *event);
	/* `field` may be NULL. record->json tells whether the text is JSON. */
	void (*refused)(void *arg, const struct capi_record *record,
	    const char *field, const char *reason);
	/* By rule, not by fault. */
	void (*withheld)(void *arg, const char *reason);
	/* A member is left out or looks wrong; the record goes on. */
	void (*note)(void *arg, const struct capi_record *record,
	    const char *field, const char *reason);
	/* To be counted only. `what` is a literal. */
	void (*count)(void *arg, const char *what, const char *key);
	/* About a whole file, its name included. */
	void (*say)(void *arg, const char *text);
	void *arg;
};

struct capi_reader;

#define CAPI_READER_WHY 200

/* Not CAPI_EXIT_OK: there is no reader, and `why` says what is wrong with the
 * options; it is empty when a file could not be opened, which is said. */
enum capi_exit capi_reader_open(struct capi_reader **reader,
    const struct capi_reader_options *options,
    const struct capi_reader_hooks *hooks, char why[CAPI_READER_WHY]);
void capi_reader_close(struct capi_reader *r);

/* Reads a file to its end. `lines` is open on it, at its beginning, and stays
 * the caller's; `file` is its name for messages, "standard input" for that.
 * Not CAPI_EXIT_OK: the file could not be read as a whole or not to its end,
 * and `say` was told why. */
enum capi_exit capi_reader_read(
    struct capi_reader *r, struct capi_lines *lines, const char *file);

/* Records so far, each of them concluded by a hook; lines of CSV so far. */
uint64_t capi_reader_records(const struct capi_reader *r);
uint64_t capi_reader_rows(const struct capi_reader *r);
const struct capi_preset *capi_reader_preset(const struct capi_reader *r);

/* The event as JSON, without a newline, behind what `out` holds. */
void capi_reader_write(
    const struct capi_reader_event *event, struct capi_buf *out);

#endif
