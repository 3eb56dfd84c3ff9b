#include "shape.h"

#include <stdlib.h>

#include "err.h"
#include "text.h"

#define LONGEST 32768 /* bytes of a text that is kept */
#define PATIENCE 8    /* misses before a shape has to go for another */
#define NO_KEY UINT32_MAX

enum value { NOTHING, STRING, NUMBER }; /* what follows a piece */

struct piece {
	uint32_t len;
	enum value value;
	uint32_t quote; /* the number of the one that ends the string */
};

/* A value of the tree, as places in pieces and numbers of other values; 0, the
 * root's number, stands for none where the root can not be meant. */
struct node {
	uint32_t key, raw, end; /* in the pieces in, in and end_in */
	uint32_t key_len, count;
	uint16_t in, end_in;
	uint16_t type, key_id;
	uint16_t parent, next, child, last;
};

struct capi_shape {
	size_t quotes; /* in a text */
	bool used;     /* since the hand came by */
	char *pieces_text;
	unsigned piece_count, node_count;
	struct piece pieces[CAPI_SHAPE_NODES + 1];
	struct node nodes[CAPI_SHAPE_NODES];
};

/* Behind the number at `at`, or 0. An exponent is left to yajl: no piece
 * begins with one, nor with a digit behind a leading zero. */
static size_t
number_end(const char *text, size_t at, size_t len)
{
	size_t first;

	at += at < len && text[at] == '-';
	first = at;
	while (at < len && capi_is_digit(text[at]))
		at++;
	if (at == first)
		return 0;
	if (text[first] == '0')
		at = first + 1;
	if (at + 1 < len && text[at] == '.' && capi_is_digit(text[at + 1]))
		for (at++; at < len && capi_is_digit(text[at]); at++)
			;
	return at;
}

/* Tells in at[] where each piece stands in the text. */
static bool
is_of(const struct capi_shape *s, uint32_t *where, const char *text, size_t len,
    const uint32_t *quotes)
{
	const char *piece = s->pieces_text;
	size_t at = 0;

	for (unsigned i = 0; i < s->piece_count; i++) {
		const struct piece *p = &s->pieces[i];

		if (len - at < p->len || memcmp(text + at, piece, p->len) != 0)
			return false;
		where[i] = (uint32_t)at;
		at += p->len;
		piece += p->len;
		if (p->value == STRING)
			at = quotes[p->quote];
		else if (p->value == NUMBER &&
			 !(at = number_end(text, at, len)))
			return false;
	}
	return at == len;
}

static inline struct capi_json *
other(struct capi_json *nodes, uint16_t number)
{
	return number ? nodes + number : NULL;
}

static struct capi_json *
tree(const struct capi_shape *s, struct capi_arena *arena, const char *text,
    const uint32_t *where)
{
	struct capi_json *nodes =
	    capi_arena_alloc(arena, s->node_count * sizeof(*nodes));

	for (unsigned i = 0; i < s->node_count; i++) {
		const struct node *n = &s->nodes[i];
		const char *in = text + where[n->in];
		struct capi_json *v = &nodes[i];
		uint32_t quote = n->type == CAPI_JSON_STRING;

		v->type = (enum capi_json_type)n->type;
		v->edited = false;
		v->key_id = n->key_id;
		v->key_raw = n->key == NO_KEY ? NULL : in + n->key;
		v->key = n->key == NO_KEY ? NULL : in + n->key + 1;
		v->key_len = n->key_len;
		v->key_raw_len = n->key_len + 2;
		v->raw = in + n->raw;
		v->raw_len =
		    (uint32_t)(text + where[n->end_in] + n->end - v->raw);
		v->text = v->raw + quote;
		v->len = v->raw_len - 2 * quote;
		if (n->type >= CAPI_JSON_ARRAY) {
			v->text = NULL;
			v->len = 0;
		}
		v->count = n->count;
		v->parent = nodes + n->parent;
		v->next = other(nodes, n->next);
		v->child = other(nodes, n->child);
		v->last = other(nodes, n->last);
	}
	nodes->parent = NULL;
	return nodes;
}

struct capi_json *
capi_shapes_find(struct capi_shapes *s, struct capi_arena *arena,
    const char *text, size_t len, const struct capi_outline *o)
{
	for (unsigned i = 0; i < s->count; i++) {
		struct capi_shape *shape = s->all[i];

		if (shape->quotes != o->count ||
		    !is_of(shape, s->at, text, len, o->quotes))
			continue;
		shape->used = true;
		return tree(shape, arena, text, s->at);
	}
	return NULL;
}

/* ---- learning ---------------------------------------------------------- */

/* A text that is cut into pieces, value by value. */
struct cut {
	struct capi_shape *shape;
	const char *piece; /* where the one at hand begins */
	char *to;          /* where its copy goes */
	uint32_t quotes;   /* before the next value */
};

/* The piece at hand ends here, what follows the value begins there. */
static void
end_piece(struct cut *c, const char *end, enum value value, const char *next)
{
	struct piece *p = &c->shape->pieces[c->shape->piece_count++];
	size_t n = (size_t)(end - c->piece);

	memcpy(c->to, c->piece, n);
	c->to += n;
	c->piece = next;
	p->len = (uint32_t)n;
	p->value = value;
	p->quote = c->quotes - 1;
}

/* Puts a value and what is in it behind the nodes that are there; false: too
 * many. */
static bool
add_node(struct cut *c, const struct capi_json *v, uint16_t parent)
{
	struct capi_shape *s = c->shape;
	uint16_t number = (uint16_t)s->node_count;
	struct node *n = &s->nodes[number];
	const char *end = v->raw + v->raw_len;

	if (s->node_count++ == CAPI_SHAPE_NODES)
		return false;
	memset(n, 0, sizeof(*n));
	n->type = (uint16_t)v->type;
	n->parent = parent;
	n->count = v->count;
	n->key = v->key ? (uint32_t)(v->key_raw - c->piece) : NO_KEY;
	n->key_len = v->key_len;
	n->key_id = v->key_id;
	n->in = (uint16_t)s->piece_count;
	n->raw = (uint32_t)(v->raw - c->piece);
	c->quotes += v->key ? 2 : 0;
	if (v->type == CAPI_JSON_STRING) {
		c->quotes += 2;
		end_piece(c, v->raw + 1, STRING, end - 1);
	} else if (v->type == CAPI_JSON_NUMBER) {
		end_piece(c, v->raw, NUMBER, end);
	}
	for (v = v->child; v; v = v->next) {
		uint16_t child = (uint16_t)s->node_count;

		if (!add_node(c, v, number))
			return false;
		*(n->last ? &s->nodes[n->last].next : &n->child) = child;
		n->last = child;
	}
	n->end_in = (uint16_t)s->piece_count;
	n->end = (uint32_t)(end - c->piece);
	return true;
}

/* One that is free, or that was not used for a whole round of the hand; NULL
 * when it is not time for that: where each text has a shape of its own,
 * learning them is lost work. */
static struct capi_shape *
room(struct capi_shapes *s)
{
	struct capi_shape *shape;

	if (s->count < CAPI_SHAPES)
		return s->all[s->count++] = capi_alloc(sizeof(*shape));
	if (++s->misses < PATIENCE)
		return NULL;
	s->misses = 0;
	for (;;) {
		shape = s->all[s->hand++ % CAPI_SHAPES];
		if (!shape->used)
			break;
		shape->used = false;
	}
	free(shape->pieces_text);
	return shape;
}

void
capi_shapes_learn(struct capi_shapes *s, const char *text, size_t len,
    const struct capi_outline *o, const struct capi_json *root)
{
	struct capi_shape *shape = len > LONGEST ? NULL : room(s);
	struct cut c = {shape, text, NULL, 0};

	if (!shape)
		return;
	shape->pieces_text = c.to = capi_alloc(len);
	shape->piece_count = shape->node_count = 0;
	shape->quotes = o->count;
	shape->used = false;
	if (add_node(&c, root, 0))
		end_piece(&c, text + len, NOTHING, NULL);
	else
		shape->quotes = SIZE_MAX; /* no text's */
}

void
capi_shapes_release(struct capi_shapes *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		free(s->all[i]->pieces_text);
		free(s->all[i]);
	}
	s->count = 0;
}
