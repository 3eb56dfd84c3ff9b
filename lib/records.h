/*
 * Records out of lines of JSON, for the loop of all filters (filter.h) and
 * for the reader of exports (reader.h): a line that is an object, or the
 * record in a line of a rejects file. What is none comes with the reason.
 */
#ifndef CAPI_RECORDS_H
#define CAPI_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "lines.h"

/* One record of the input. All pointers live until the record is done. */
struct capi_record {
	const char *file; /* as messages name it */
	uint64_t line;    /* where it begins */
	const char *text; /* as it came, for the rejects file */
	size_t len;
	struct capi_json *json; /* an object; NULL: the text is none */
};

enum capi_records_result {
	CAPI_RECORDS_ONE,
	CAPI_RECORDS_BAD, /* no record; the next call goes on behind it */
	CAPI_RECORDS_END,
	CAPI_RECORDS_FAILED, /* read(2), errno says why; it is the end */
};

#define CAPI_RECORDS_WHY 96

/* The caller's. */
struct capi_records {
	struct capi_lines *lines; /* open on the file */
	const char *file;
	struct capi_json_parser *json;
	struct capi_arena *arena; /* reset before each record */
};

/* Also of what is no record *r says where it is and what; `why` why not. */
enum capi_records_result capi_records_next(
    struct capi_records *s, struct capi_record *r, char why[CAPI_RECORDS_WHY]);

#endif
