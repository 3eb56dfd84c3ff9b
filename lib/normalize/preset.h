/*
 * A preset says where in an export each member of an event stands. It is
 * data: a text that --print-map prints, a user edits and -m reads. The
 * built-in ones are the files lib/presets/NAME.map, compiled in by the
 * Makefile.
 *
 *	# A comment.
 *	[preset]                      what kind of export it is
 *	title = Shopify orders
 *	format = csv                  csv or json (one object a line)
 *	time = local                  times without offset: local (--tz) or utc
 *	decimal = .                   the decimal mark; left out: found out
 *	money = major                 major, or stripe (minor units)
 *	rows = order_id               rows with the same one are one order
 *	items = line_items[]          json: the array of items; several are
 *	                              parted by |
 *	list = orders                 json: the member in which an answer of
 *	                              the shop's API has its records
 *	more = has_more               json: the member beside it that is true
 *	                              when the answer is not all
 *	pairs = |                     what parts "key:value" pairs in a cell,
 *	                              besides newlines
 *	also = Note Attributes | Additional Details
 *	                              csv: a header, and what some files
 *	                              call that column
 *	needs = event_time order_id   no file without columns for these
 *	counts = paid won             statuses that count as conversions
 *	late = 48                     say when the second time source is so
 *	                              many hours away from the first
 *	repeats = withhold            an event id seen before is left out
 *	again = charge.refunded       but not when this kind of record, as
 *	                              event_name has it, tells of a refund
 *	parent = __parentId           json: a line with it belongs to the
 *	                              order of that id before it and becomes
 *	                              an element of its member "children"
 *	footer = Grand Totals*        csv: rows that are not data; the first
 *	                              one after a blank line ends the file
 *
 *	[fields]                      canonical member = sources
 *	email = Email | Customer Email
 *	fbp = Note Attributes[_fbp]   the pair of that key in the cell
 *	external_id = ID[without Stage]  only in files without that column
 *	event_name = 'Purchase'       a constant
 *	refunded_value = refunds[].transactions[kind=refund].amount
 *
 *	[status]                      a table for one member: what stands in
 *	wc-completed = paid           the export = what is meant; * at either
 *	* = -                         end of a word matches anything; - leaves
 *	                              the record out, ? leaves the member out
 *
 * The first source that gives a usable value wins. || parts sides, as in
 * "Billing City || Shipping City": street, city, state, postal_code and
 * country are taken from one side, the first that has an address. Headers are
 * compared without case and with spaces collapsed.
 */
#ifndef CAPI_PRESET_H
#define CAPI_PRESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "names.h"
#include "normalize.h"
#include "path.h"
#include "text.h"

struct capi_preset_text {
	const char *name;
	const char *text;
};

/* The built-in presets by name, ended by a row without name; written by the
 * Makefile from lib/presets. */
extern const struct capi_preset_text capi_preset_texts[];

#define CAPI_ITEM_PATHS 4

enum capi_preset_format { CAPI_PRESET_CSV, CAPI_PRESET_JSON };

struct capi_source {
	enum capi_field field;
	uint8_t alternative; /* its place among the field's sources */
	uint8_t side;        /* of an address: billing 0, shipping 1 */
	bool constant;
	struct capi_str text;  /* constant, header or path */
	unsigned line;         /* of the map */
	struct capi_path path; /* json */
};

struct capi_translation {
	enum capi_field field;
	struct capi_str from; /* lower case, perhaps with * at an end */
	struct capi_str to;
};

struct capi_preset {
	const char *name;
	char *text; /* the whole map; all spans point into it */
	struct capi_str title;
	enum capi_preset_format format;
	bool utc, stripe_money, withhold_repeats;
	char decimal, pairs;
	bool grouped;
	enum capi_field group;
	struct capi_str items, counts, list, more, again;
	struct capi_str header, also;           /* csv; a column's two names */
	struct capi_path item[CAPI_ITEM_PATHS]; /* json; of `items` */
	size_t item_paths;
	struct capi_path parent; /* json */
	uint32_t late_hours;
	bool needs[CAPI_FIELDS];
	struct capi_str *footer;
	size_t footers;
	struct capi_source *source;
	size_t sources, items_from; /* those of items stand last */
	struct capi_translation *translation;
	size_t translations;
	bool has_table[CAPI_FIELDS];
};

/* The text of a built-in preset, or NULL. */
const char *capi_preset_find(const char *name);

/* Reads a map. The text is copied. -1: *why is set to words with the line
 * number in them, in `why`. */
int capi_preset_parse(struct capi_preset *p, const char *name, const char *text,
    size_t len, char why[160]);
void capi_preset_release(struct capi_preset *p);

/* Does the field have any source? */
bool capi_preset_has(const struct capi_preset *p, enum capi_field field);

/* The preset's word for what stands in the export: `in` itself when the field
 * has no table or the table no row for it. */
struct capi_str capi_preset_translate(
    const struct capi_preset *p, enum capi_field field, struct capi_str in);

/* Is it one of the statuses that count? */
bool capi_preset_counts(const struct capi_preset *p, struct capi_str status);

bool capi_preset_is_footer(
    const struct capi_preset *p, struct capi_str first_cell);

/* Where a source of a CSV preset stands in this file. */
struct capi_bound {
	const struct capi_source *source;
	uint16_t column;     /* unless constant */
	struct capi_str key; /* of a pair in the cell; empty: the cell */
	uint16_t item;       /* for line_item_# columns: which, from 1 */
};

/* Matches the headers; returns how many sources were bound, those of items
 * last. `bound` has room for `max`. */
size_t capi_preset_bind(const struct capi_preset *p,
    const struct capi_str *header, size_t headers, struct capi_bound *bound,
    size_t max);

/* A cell of "key: value" pairs taken apart, for it is looked into for two
 * dozen keys. */
#define CAPI_PAIRS 256
struct capi_pairs {
	struct capi_str key[CAPI_PAIRS], value[CAPI_PAIRS];
	size_t count;
	uint64_t ends; /* which first and last letters keys have */
};

/* Pairs beyond CAPI_PAIRS are passed over. */
void capi_pairs_split(
    struct capi_pairs *pairs, struct capi_str cell, char separator);
/* Empty if not there. */
struct capi_str capi_pairs_get(
    const struct capi_pairs *pairs, struct capi_str key);

/* Words with * at either end, in any case. */
bool capi_preset_glob(struct capi_str pattern, struct capi_str s);

/* Numbers the names in the paths; before the first of them is gone along. -1:
 * there are too many. */
int capi_preset_number(struct capi_preset *p, struct capi_names *names);

#endif
