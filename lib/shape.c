#include "shape.h"

#include <stdlib.h>

#include "err.h"
#include "text.h"

#define FULL (CAPI_SHAPE_PIECES * 3 / 4)
#define LONGEST 4096 /* bytes of a piece */
#define MANY 64      /* misses more than hits: it does not pay to learn */
#define SELDOM 16    /* then only one in so many is learnt */

const char *
capi_shape_number(const char *at, const char *end)
{
	const char *s = at + (at < end && *at == '-'), *first = s;

	while (s < end && capi_is_digit(*s))
		s++;
	if (s == first)
		return at;
	if (*first == '0')
		s = first + 1;
	if (end - s > 1 && *s == '.' && capi_is_digit(s[1]))
		for (s++; s < end && capi_is_digit(*s); s++)
			;
	return s;
}

/* ---- learning ---------------------------------------------------------- */

/* A text that is cut into pieces, value by value. */
struct cut {
	struct capi_shapes *shapes;
	struct capi_shape *before; /* the last piece; NULL: no more are kept */
	const char *piece;         /* where the one at hand begins */
	struct capi_shape_token tokens[CAPI_SHAPE_TOKENS];
	unsigned count;
};

static void
add_token(struct cut *c, const struct capi_json *v, bool ends)
{
	struct capi_shape_token *t;

	if (c->count == CAPI_SHAPE_TOKENS) {
		c->before = NULL;
		return;
	}
	t = &c->tokens[c->count++];
	memset(t, 0, sizeof(*t));
	t->type = v->type;
	t->ends = ends;
	if (ends) {
		t->at = (uint32_t)(v->raw + v->raw_len - c->piece);
		return;
	}
	t->at = (uint32_t)(v->raw - c->piece);
	if (v->type == CAPI_JSON_BOOL || v->type == CAPI_JSON_NULL)
		t->len = v->raw_len;
	if (!v->key)
		return;
	t->has_key = true;
	t->key = (uint32_t)(v->key - c->piece);
	t->key_len = v->key_len;
	t->key_id = v->key_id;
	t->bit = capi_key_bit_of(capi_words_of(v->key, v->key_len).hash);
}

/* The row of a piece, or a free one. */
static struct capi_shape *
row_of(struct capi_shapes *s, const char *text, uint32_t len,
    enum capi_json_type value)
{
	uint64_t hash = 14695981039346656037u + value;
	struct capi_shape *row;

	for (uint32_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
	for (;; hash++) {
		row = &s->rows[hash % CAPI_SHAPE_PIECES];
		if (!row->text || (row->len == len && row->value == value &&
				      !memcmp(row->text, text, len)))
			return row;
	}
}

static void
fill(struct capi_shape *row, const struct cut *c, uint32_t len,
    enum capi_json_type value)
{
	row->text = capi_alloc(len);
	memcpy(row->text, c->piece, len);
	row->len = len;
	row->value = value;
	for (uint32_t i = 0; i < len; i++)
		row->quotes += row->text[i] == '"';
	row->token_count = c->count;
	row->tokens = capi_alloc((c->count + 1) * sizeof(*row->tokens));
	memcpy(row->tokens, c->tokens, c->count * sizeof(*row->tokens));
}

static void
add_next(
    struct capi_shapes *s, struct capi_shape *before, struct capi_shape *row)
{
	for (unsigned i = 0; i < before->next_count; i++)
		if (before->next[i] == row)
			return;
	if (before->next_count < CAPI_SHAPE_NEXT)
		before->next[before->next_count++] = row;
	else
		before->next[s->misses % CAPI_SHAPE_NEXT] = row;
}

/* The piece at hand ends here, before a value or the end of the text; what
 * follows the value begins there. */
static void
end_piece(
    struct cut *c, const char *end, enum capi_json_type value, const char *next)
{
	struct capi_shapes *s = c->shapes;
	size_t len = (size_t)(end - c->piece);
	struct capi_shape *row = NULL;

	if (c->before && len <= LONGEST && s->count < FULL) {
		row = row_of(s, c->piece, (uint32_t)len, value);
		if (!row->text) {
			fill(row, c, (uint32_t)len, value);
			s->count++;
		}
		add_next(s, c->before, row);
	}
	c->before = row;
	c->piece = next;
	c->count = 0;
}

static void
cut_value(struct cut *c, const struct capi_json *v)
{
	const char *end = v->raw + v->raw_len;

	add_token(c, v, false);
	if (v->type == CAPI_JSON_STRING) {
		end_piece(c, v->raw + 1, v->type, end - 1);
	} else if (v->type == CAPI_JSON_NUMBER) {
		end_piece(c, v->raw, v->type, end);
	} else if (v->type >= CAPI_JSON_ARRAY) {
		for (const struct capi_json *m = v->child; m; m = m->next)
			cut_value(c, m);
		add_token(c, v, true);
	}
}

/* Full: begins anew, since what was learnt may be of another file. */
static void
forget(struct capi_shapes *s)
{
	for (unsigned i = 0; s->rows && i < CAPI_SHAPE_PIECES; i++) {
		free(s->rows[i].text);
		free(s->rows[i].tokens);
	}
	free(s->rows);
	s->rows = NULL;
	s->first.next_count = s->count = 0;
}

void
capi_shapes_learn(struct capi_shapes *s, const char *text, size_t len,
    const struct capi_json *root)
{
	struct cut c;

	if (s->misses > s->hits + MANY && s->misses % SELDOM)
		return;
	if (s->count >= FULL)
		forget(s);
	if (!s->rows) {
		s->rows = capi_alloc(CAPI_SHAPE_PIECES * sizeof(*s->rows));
		memset(s->rows, 0, CAPI_SHAPE_PIECES * sizeof(*s->rows));
	}
	c.shapes = s;
	c.before = &s->first;
	c.piece = text;
	c.count = 0;
	cut_value(&c, root);
	end_piece(&c, text + len, CAPI_JSON_NULL, NULL);
}

void
capi_shapes_release(struct capi_shapes *s)
{
	forget(s);
	s->hits = s->misses = 0;
}
