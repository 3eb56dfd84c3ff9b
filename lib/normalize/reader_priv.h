/*
 * What the reader_*.c files share; nobody else includes it.
 */
#ifndef CAPI_READER_PRIV_H
#define CAPI_READER_PRIV_H

#include "columns.h"
#include "contacts.h"
#include "reader.h"
#include "rows.h"
#include "seen.h"
#include "table.h"

/* An object whose further lines may come (preset->parent). */
struct capi_family {
	bool open, has_children, too_long;
	struct capi_buf text, id;
	uint64_t line;
	struct capi_arena arena;
};

struct capi_reader {
	struct capi_reader_hooks hook;
	struct capi_normalizer n;
	struct capi_preset preset;
	bool plain;
	char currency[4];
	char *site;
	struct capi_zone *zone;
	const char *encoding;
	char delimiter; /* 0: found out */
	size_t max;
	bool keep, repeats, has_contacts;

	struct capi_arena arena; /* for what belongs to one record */
	struct capi_json_parser *json;
	struct capi_contacts contacts;
	struct capi_recent recent, payments;
	bool forgets; /* and that was said */
	uint64_t records, csv_rows;

	/* The file at hand. */
	const char *file;
	enum capi_exit status;
	struct capi_table table;
	struct capi_columns columns;
	uint64_t within;   /* the record's line whose text is read; else 0 */
	uint64_t elements; /* of its lists, so far */

	/* The order that grows. */
	struct capi_rows rows;
	struct capi_record record;
	struct capi_normal normal;
	struct capi_family family;
};

/* --- reader.c --- */

/* Words about the file at hand; its name is put before them. */
void capi_reader_say(struct capi_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, and the file's reading ends badly. */
void capi_reader_fail(struct capi_reader *r, enum capi_exit status,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void capi_reader_count(
    struct capi_reader *r, const char *what, const char *key);

/* One record ends here. */
void capi_reader_refuse(struct capi_reader *r, const struct capi_record *record,
    const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void capi_reader_withhold(struct capi_reader *r, const char *reason);
/* What the normaliser made of the record at hand. */
void capi_reader_conclude(struct capi_reader *r, const struct capi_outcome *o,
    const struct capi_reader_event *event);
/* The order at hand, if there is one. */
void capi_reader_finish(struct capi_reader *r);

/* The name as records tell it; NULL for standard input. */
const char *capi_reader_file(const char *file);
/* The kept rows as the record's text. */
void capi_reader_keep(struct capi_reader *r, struct capi_record *record,
    const struct capi_buf *text);

/* --- reader_options.c --- */

/* Not CAPI_EXIT_OK: `why` says which one is wrong. */
enum capi_exit capi_reader_set(struct capi_reader *r,
    const struct capi_reader_options *o, char why[CAPI_READER_WHY]);

/* --- reader_csv.c --- */

void capi_reader_csv(struct capi_reader *r, struct capi_lines *lines);
/* Text that was no row, repaired. */
void capi_reader_text(struct capi_reader *r, const struct capi_record *record,
    const struct capi_json *csv);
enum capi_exit capi_reader_contacts(
    struct capi_reader *r, const char *path, char why[CAPI_READER_WHY]);

/* --- reader_json.c --- */

void capi_reader_ndjson(struct capi_reader *r, struct capi_lines *lines);
/* One object of a file, and behind the last of them. */
void capi_reader_object(
    struct capi_reader *r, const struct capi_record *record);
void capi_reader_objects_end(struct capi_reader *r);

/* --- reader_list.c --- */

/* Does a file that begins so hold a list of objects? */
bool capi_reader_is_list(
    const struct capi_preset *preset, const char *p, size_t n);
void capi_reader_list(struct capi_reader *r, struct capi_lines *lines);

#endif
