/*
 * What yajl said of the pieces of JSON texts. The lines of an export have the
 * same members, nearly always in the same order; what differs is in the strings
 * and numbers. A piece is what stands between two of these: {"a":"bc","n":10}
 * is {"a":" and ","n": and }. Each has the same tokens wherever it stands in an
 * object or a list of the same kind, so a text of known pieces needs no
 * parsing, only that its tokens are put together and that its brackets match.
 *
 * Only of plain texts (outline.h), whose strings end at their next quote. No
 * value is kept, keys are.
 */
#ifndef CAPI_SHAPE_H
#define CAPI_SHAPE_H

#include "json.h"

#define CAPI_SHAPE_PIECES 1024 /* a power of two; an export has a hundred */
#define CAPI_SHAPE_NEXT 8      /* pieces that may follow one */
#define CAPI_SHAPE_TOKENS 16   /* in a piece */

/* A value that begins in a piece, or the end of a container. */
struct capi_shape_token {
	enum capi_json_type type;
	bool ends;
	bool has_key;
	uint16_t key_id;
	uint32_t key, key_len; /* in the piece, without quotes */
	uint32_t at, len; /* of the value; 0: not known before it is there */
	struct capi_key_bit bit;
};

struct capi_shape {
	char *text;
	uint32_t len, quotes; /* quotes: how many are in it */
	enum capi_json_type
	    value; /* behind it: string, number; null: the end */
	unsigned token_count, next_count;
	struct capi_shape_token *tokens;
	struct capi_shape *next[CAPI_SHAPE_NEXT];
};

struct capi_shapes {
	struct capi_shape
	    *rows; /* by the hash of their text; made when needed */
	struct capi_shape first; /* not a piece: what all texts begin with */
	unsigned count;
	uint64_t hits, misses;
};

/* Is what follows a piece of the kind that it says? */
static inline bool
capi_shape_is_followed(
    const struct capi_shape *s, const char *at, const char *end)
{
	if (s->value == CAPI_JSON_STRING)
		return true;
	if (s->value == CAPI_JSON_NULL)
		return at == end;
	return at < end && ((*at >= '0' && *at <= '9') || *at == '-');
}

/* The piece that stands at `at` and follows that one in some text, or NULL. */
static inline const struct capi_shape *
capi_shape_next(const struct capi_shape *s, const char *at, const char *end)
{
	for (unsigned i = 0; i < s->next_count; i++) {
		const struct capi_shape *next = s->next[i];

		if ((size_t)(end - at) >= next->len &&
		    !memcmp(at, next->text, next->len) &&
		    capi_shape_is_followed(next, at + next->len, end))
			return next;
	}
	return NULL;
}

/* Behind the number at `at`, or `at` itself. An exponent is left to yajl: no
 * piece begins with one, nor with a digit behind a leading zero. */
const char *capi_shape_number(const char *at, const char *end);
/* Keeps the pieces of a plain text that was parsed to this tree. */
void capi_shapes_learn(struct capi_shapes *s, const char *text, size_t len,
    const struct capi_json *root);
void capi_shapes_release(struct capi_shapes *s);

#endif
