/*
 * Shapes of JSON texts. The lines of one export have the same members in the
 * same order, again and again; what differs is in the strings and numbers.
 * So a text that yajl took is remembered as its pieces, all that stands between
 * the values: {"a":"bc","n":10} is the pieces {"a":" and ","n": and }. A later
 * text with the same pieces, and strings and numbers between them, is as right
 * as that one was and has the same tree, which costs a fifth of parsing it.
 *
 * Only for plain texts (outline.h), whose strings end at their next quote. No
 * value is kept, keys are.
 */
#ifndef CAPI_SHAPE_H
#define CAPI_SHAPE_H

#include "json.h"
#include "outline.h"

#define CAPI_SHAPES 16       /* an export has a few: with and without a phone */
#define CAPI_SHAPE_NODES 512 /* values in one; a larger text is not kept */

struct capi_shape;

struct capi_shapes {
	struct capi_shape *all[CAPI_SHAPES];
	unsigned count, hand; /* the hand goes round for who has to go */
	unsigned misses;
	uint32_t at[CAPI_SHAPE_NODES + 1]; /* of each piece, in the text */
};

/* The tree of a text whose shape is known, or NULL. The caller has looked at
 * its bytes: the outline is that of the text, and plain. */
struct capi_json *capi_shapes_find(struct capi_shapes *s,
    struct capi_arena *arena, const char *text, size_t len,
    const struct capi_outline *o);
/* Keeps the shape of a plain text that was parsed to this tree. */
void capi_shapes_learn(struct capi_shapes *s, const char *text, size_t len,
    const struct capi_outline *o, const struct capi_json *root);
void capi_shapes_release(struct capi_shapes *s);

#endif
