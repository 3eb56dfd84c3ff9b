/*
 * One JSON text to a tree and back, without losing a byte that nobody touched.
 *
 * yajl checks the grammar and finds the tokens, in the text or in its outline
 * (outline.h), unless it took a text of the same shape before (shape.h);
 * json.c, the only one that knows yajl, keeps for each value where it stood.
 * Writing a tree copies the untouched spans from the input, so `10.00` stays
 * `10.00`, a 23-digit number keeps its digits and keys keep their order. Only
 * edited values are spelled anew.
 *
 * What yajl lets pass is checked there: strict UTF-8 (RFC 3629), lone
 * surrogates and \u0000 in escapes, duplicate keys, depth, one value a text.
 *
 * The tree points into the text and into the arena: it lives as long as both.
 * Strings carry their length and may hold no NUL.
 */
#ifndef CAPI_JSON_H
#define CAPI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "names.h"

#define CAPI_JSON_DEPTH 32     /* events are 4 deep; deeper is an attack */
#define CAPI_JSON_MEMBERS 1024 /* in one object: duplicates are looked for */

enum capi_json_type {
	CAPI_JSON_NULL,
	CAPI_JSON_BOOL, /* text is "true" or "false" */
	CAPI_JSON_NUMBER,
	CAPI_JSON_STRING,
	CAPI_JSON_ARRAY,
	CAPI_JSON_OBJECT,
};

enum capi_json_result {
	CAPI_JSON_OK,
	CAPI_JSON_SYNTAX,
	CAPI_JSON_NOT_UTF8,
	CAPI_JSON_SURROGATE,
	CAPI_JSON_NUL,
	CAPI_JSON_DUPLICATE,
	CAPI_JSON_TOO_DEEP,
	CAPI_JSON_TOO_MANY,
	CAPI_JSON_TWO_VALUES,
	CAPI_JSON_EMPTY,
};

struct capi_json {
	enum capi_json_type type;
	bool edited;     /* it, or something in it, differs from raw */
	uint16_t key_id; /* of the parser's names; 0: none of them, or put */
	const char *key; /* decoded; NULL in arrays and at the top */
	const char *key_raw; /* as it stood, with quotes; NULL: spell it */
	uint32_t key_len;
	uint32_t key_raw_len;
	uint32_t len;
	const char *text; /* decoded string, or the number's characters */
	const char *raw;  /* the value as it stood */
	uint32_t raw_len;
	uint32_t count; /* members or elements */
	struct capi_json *parent, *next, *child, *last;
};

struct capi_json_parser;

struct capi_json_parser *capi_json_parser_new(void);
void capi_json_parser_free(struct capi_json_parser *p);

/* The names whose numbers it writes as key_id; to add to before parsing. */
struct capi_names *capi_json_names(struct capi_json_parser *p);

/* Parses one text, which must stay unchanged as long as the tree is used. On
 * anything but CAPI_JSON_OK *root is not set. */
enum capi_json_result capi_json_parse(struct capi_json_parser *p,
    struct capi_arena *arena, const char *text, size_t len,
    struct capi_json **root);

/* How many texts were so like earlier ones that yajl was not asked. */
uint64_t capi_json_known(const struct capi_json_parser *p);

/* Words for a message; they never hold a piece of the text. */
const char *capi_json_reason(enum capi_json_result r);

/* The member of that name, or NULL. */
struct capi_json *capi_json_getn(
    const struct capi_json *obj, const char *key, size_t n);

/* Inline, so that the length of a literal is known when it is compiled. */
static inline struct capi_json *
capi_json_get(const struct capi_json *obj, const char *key)
{
	return capi_json_getn(obj, key, strlen(key));
}

/* The same through dots: "user_data.email". */
struct capi_json *capi_json_at(const struct capi_json *obj, const char *path);

static inline bool
capi_json_is(const struct capi_json *v, const char *text)
{
	size_t n = strlen(text);

	return v && v->type == CAPI_JSON_STRING && v->len == n &&
	       !memcmp(v->text, text, n);
}

/* Edits. Text is not copied: it must live as long as the tree (the arena is
 * the usual place). A key that is not there yet is put at the end. */
struct capi_json *capi_json_new(
    struct capi_arena *arena, enum capi_json_type type);
void capi_json_set_text(struct capi_json *v, enum capi_json_type type,
    const char *text, size_t len);
struct capi_json *capi_json_put(struct capi_arena *arena, struct capi_json *obj,
    const char *key, enum capi_json_type type, const char *text, size_t len);
/* The same, when it is known not to be there. */
struct capi_json *capi_json_add(struct capi_arena *arena, struct capi_json *obj,
    const char *key, enum capi_json_type type, const char *text, size_t len);
/* The object of that name: the one that is there, or a new one. */
struct capi_json *capi_json_put_object(
    struct capi_arena *arena, struct capi_json *obj, const char *key);
void capi_json_append(struct capi_json *array, struct capi_json *v);
void capi_json_remove(struct capi_json *v);

/* Writes the tree, untouched spans byte for byte, without a newline. */
void capi_json_write(struct capi_buf *out, const struct capi_json *v);

/*
 * Writing without a tree. A comma is put where the last byte written calls
 * for one, so calls simply follow each other:
 *   capi_buf_addc(b, '{'); capi_json_key(b, "a"); capi_json_string(b, p, n);
 *   capi_json_key(b, "n"); capi_buf_add_int(b, 3); capi_buf_addc(b, '}');
 */
void capi_json_sep(struct capi_buf *out);
void capi_json_key(struct capi_buf *out, const char *key);
void capi_json_string(struct capi_buf *out, const char *p, size_t n);
void capi_json_cstring(struct capi_buf *out, const char *s);

#endif
