#include "records.h"

#include <stdio.h>

#include "text.h"

static enum capi_records_result
bad(struct capi_record *r, char why[CAPI_RECORDS_WHY], const char *reason,
    const char *more)
{
	snprintf(why, CAPI_RECORDS_WHY, "%s%s", reason, more);
	r->json = NULL;
	return CAPI_RECORDS_BAD;
}

/* A line of a rejects file stands for the record in it. */
static enum capi_json_result
unwrap(struct capi_records *s, struct capi_record *r)
{
	const struct capi_json *refused;
	struct capi_json *record;

	/* It has two members, and room for a word of whoever repaired it. */
	if (r->json->count > 4)
		return CAPI_JSON_OK;
	refused = capi_json_get(r->json, "refused");
	record = capi_json_get(r->json, "record");
	if (!refused || refused->type != CAPI_JSON_OBJECT || !record)
		return CAPI_JSON_OK;
	if (record->type == CAPI_JSON_STRING) {
		r->text = record->text;
		r->len = record->len;
		return capi_json_parse(
		    s->json, s->arena, r->text, r->len, &r->json);
	}
	record->parent = NULL;
	record->next = NULL;
	r->text = record->raw;
	r->len = record->raw_len;
	r->json = record;
	return CAPI_JSON_OK;
}

static enum capi_records_result
take_line(struct capi_records *s, struct capi_record *r, char *why)
{
	enum capi_json_result result;

	capi_arena_reset(s->arena);
	result = capi_json_parse(s->json, s->arena, r->text, r->len, &r->json);
	if (result != CAPI_JSON_OK)
		return bad(r, why, capi_json_reason(result),
		    s->lines->open_end ? " (the input breaks off in it)" : "");
	result = unwrap(s, r);
	if (result != CAPI_JSON_OK)
		return bad(r, why, capi_json_reason(result), "");
	if (r->json->type != CAPI_JSON_OBJECT)
		return bad(r, why, "not a JSON object", "");
	return CAPI_RECORDS_ONE;
}

enum capi_records_result
capi_records_next(
    struct capi_records *s, struct capi_record *r, char why[CAPI_RECORDS_WHY])
{
	char *text;
	size_t len;

	for (;;) {
		enum capi_lines_result result =
		    capi_lines_next(s->lines, &text, &len);

		*r = (struct capi_record){
		    s->file, s->lines->line, text, len, NULL};
		switch (result) {
		case CAPI_LINES_LINE:
			if (!len)
				continue; /* an empty line is no record */
			return take_line(s, r, why);
		case CAPI_LINES_TOO_LONG:
			r->len = capi_text_whole(text, len);
			snprintf(why, CAPI_RECORDS_WHY, "longer than %zu bytes",
			    s->lines->max);
			return CAPI_RECORDS_BAD;
		case CAPI_LINES_FAILED:
			return CAPI_RECORDS_FAILED;
		case CAPI_LINES_END:
			return CAPI_RECORDS_END;
		}
	}
}
