#include "json.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "err.h"
#include "outline.h"
#include "shape.h"
#include "text.h"

#define NODES 128 /* taken from the arena at once: an event's or two's */

struct capi_json_parser {
	yajl_handle yajl;
	struct capi_arena *arena;
	const char *text, *end; /* the text being parsed */
	/* What yajl is given: the text, or its outline. Then `quote` is that of
	 * the next string, and `base` goes on by what each one holds. */
	const char *given, *given_end;
	const char *base; /* of given's first byte, in the text */
	const uint32_t *quote;
	struct capi_json *node, *nodes; /* the next free one; behind the last */
	struct capi_json *open;         /* the innermost open container */
	struct capi_json **link;        /* where the next value is hung in */
	unsigned depth;
	enum capi_json_result result;
	uint64_t seen[CAPI_JSON_DEPTH + 1][4]; /* of each open object's keys */
	struct capi_json root; /* not part of the tree: what it hangs from */
	struct capi_outline outline;
	struct capi_names names;
	struct capi_shapes shapes;
	uint16_t shapes_names; /* how many there were when they were learnt */
};

/*
 * The callbacks run for each token. What happens seldom is in functions of its
 * own, so that the usual way through them needs neither stack nor saved
 * registers: half of what they cost.
 */
#define SELDOM __attribute__((noinline, cold))

SELDOM static int
stop(struct capi_json_parser *p, enum capi_json_result why)
{
	p->result = why;
	return 0;
}

/* Nobody sends a bare value, and a bare number is reported only with what
 * comes behind it, too late to say where it stood. */
SELDOM static int
stop_at_top(struct capi_json_parser *p)
{
	return stop(p, p->root.count ? CAPI_JSON_TWO_VALUES : CAPI_JSON_SYNTAX);
}

/* Not cold: a text begins with it, and what comes behind a cold call is taken
 * for cold itself. */
__attribute__((noinline)) static int
more_nodes(struct capi_json_parser *p)
{
	p->node = capi_arena_alloc(p->arena, NODES * sizeof(*p->node));
	p->nodes = p->node + NODES;
	p->node->key = NULL;
	p->node->key_len = 0;
	p->node->key_id = 0;
	return 1;
}

/* Hangs the next node into the open container. on_key has given it its key;
 * the one after it has none yet. */
static inline int
add_node(struct capi_json_parser *p, struct capi_json *v)
{
	v->edited = false;
	v->parent = p->open;
	v->next = v->child = v->last = NULL;
	v->count = 0;
	p->open->last = v;
	p->open->count++;
	*p->link = v;
	p->link = &v->next;
	if (__builtin_expect(++p->node == p->nodes, 0))
		return more_nodes(p);
	p->node->key = NULL;
	p->node->key_len = 0;
	p->node->key_id = 0;
	return 1;
}

static inline int
scalar(struct capi_json_parser *p, enum capi_json_type type, const char *start,
    size_t n)
{
	struct capi_json *v = p->node;

	if (p->open == &p->root)
		return stop_at_top(p);
	v->type = type;
	v->raw = v->text = start;
	v->raw_len = v->len = (uint32_t)n;
	return add_node(p, v);
}

/* Behind the token that yajl just reported. */
static inline const char *
token_end(const struct capi_json_parser *p)
{
	return p->base + yajl_get_bytes_consumed(p->yajl);
}

static int
on_null(void *ctx)
{
	return scalar(ctx, CAPI_JSON_NULL, token_end(ctx) - 4, 4);
}

static int
on_bool(void *ctx, int value)
{
	size_t n = value ? 4 : 5;

	return scalar(ctx, CAPI_JSON_BOOL, token_end(ctx) - n, n);
}

/* yajl hands out numbers and strings in place, but for two kinds: strings with
 * escapes, and what the text broke off in, which it puts together elsewhere. */
static inline bool
is_in_place(const struct capi_json_parser *p, const char *s)
{
	return s > p->given && s < p->given_end;
}

static int
on_number(void *ctx, const char *s, size_t n)
{
	struct capi_json_parser *p = ctx;

	if (p->open != &p->root && !is_in_place(p, s))
		return stop(p, CAPI_JSON_SYNTAX);
	return scalar(p, CAPI_JSON_NUMBER, p->base + (s - p->given), n);
}

/* The next string of an outline, in the text. */
static inline const char *
next_string(struct capi_json_parser *p, size_t *n)
{
	const uint32_t *quote = p->quote;

	*n = quote[1] - quote[0] - 1;
	p->quote = quote + 2;
	p->base += *n;
	return p->text + quote[0] + 1;
}

/* Where the string begins that ends before `end` and holds escapes. A quote
 * inside it stands behind a backslash, the first one behind something else. */
static const char *
string_start(const char *end)
{
	const char *s = end - 2;

	while (*s != '"' || s[-1] == '\\')
		s--;
	return s;
}

SELDOM static int
on_decoded_string(struct capi_json_parser *p, const char *s, size_t n)
{
	struct capi_json *v = p->node;
	const char *end = token_end(p);

	if (p->open == &p->root)
		return stop_at_top(p);
	v->type = CAPI_JSON_STRING;
	v->raw = string_start(end);
	v->raw_len = (uint32_t)(end - v->raw);
	v->text = capi_arena_dup(p->arena, s, n);
	v->len = (uint32_t)n;
	return add_node(p, v);
}

static int
on_string(void *ctx, const unsigned char *text, size_t n)
{
	struct capi_json_parser *p = ctx;
	const char *s = (const char *)text;
	struct capi_json *v = p->node;

	if (p->quote)
		s = next_string(p, &n);
	else if (!is_in_place(p, s))
		return on_decoded_string(p, s, n);
	if (p->open == &p->root)
		return stop_at_top(p);
	v->type = CAPI_JSON_STRING;
	v->raw = s - 1;
	v->raw_len = (uint32_t)n + 2;
	v->text = s;
	v->len = (uint32_t)n;
	return add_node(p, v);
}

static inline int
open_container(
    struct capi_json_parser *p, enum capi_json_type type, const char *start)
{
	struct capi_json *v = p->node;
	int more;

	if (p->open == &p->root && p->root.count)
		return stop(p, CAPI_JSON_TWO_VALUES);
	if (p->depth == CAPI_JSON_DEPTH)
		return stop(p, CAPI_JSON_TOO_DEEP);
	v->type = type;
	v->raw = start;
	v->text = NULL;
	v->len = 0;
	more = add_node(p, v);
	p->open = v;
	p->link = &v->child;
	p->depth++;
	memset(p->seen[p->depth], 0, sizeof(p->seen[0]));
	return more;
}

static int
on_start_map(void *ctx)
{
	return open_container(ctx, CAPI_JSON_OBJECT, token_end(ctx) - 1);
}

static int
on_start_array(void *ctx)
{
	return open_container(ctx, CAPI_JSON_ARRAY, token_end(ctx) - 1);
}

static inline int
close_container(struct capi_json_parser *p, const char *end)
{
	struct capi_json *v = p->open;

	v->raw_len = (uint32_t)(end - v->raw);
	p->open = v->parent;
	p->link = &v->next;
	p->depth--;
	return 1;
}

static int
on_end(void *ctx)
{
	return close_container(ctx, token_end(ctx));
}

/* The key of the next node, which comes with its value. */
static inline int
set_key(struct capi_json_parser *p, const struct capi_words *w, const char *s,
    size_t n, const char *raw)
{
	struct capi_json *v = p->node;
	struct capi_key_bit k = capi_key_bit_of(w->hash);

	p->seen[p->depth][k.word] |= k.bit;
	v->key_id = capi_names_find(&p->names, w, s, n);
	v->key = s;
	v->key_len = (uint32_t)n;
	v->key_raw = raw;
	return 1;
}

static inline bool
is_perhaps_seen(const struct capi_json_parser *p, const struct capi_words *w)
{
	struct capi_key_bit k = capi_key_bit_of(w->hash);

	return (p->seen[p->depth][k.word] & k.bit) != 0;
}

/* A key with escapes, a long one, or perhaps one that was there before. */
SELDOM static int
on_odd_key(struct capi_json_parser *p, const char *s, size_t n)
{
	struct capi_words w = capi_words_of(s, n);
	const char *end = token_end(p), *raw = s - 1;

	if (is_perhaps_seen(p, &w) && capi_json_getn(p->open, s, n))
		return stop(p, CAPI_JSON_DUPLICATE);
	if (p->open->count >= CAPI_JSON_MEMBERS)
		return stop(p, CAPI_JSON_TOO_MANY);
	if (!p->quote && !is_in_place(p, s)) {
		raw = string_start(end);
		s = capi_arena_dup(p->arena, s, n);
	}
	p->node->key_raw_len = (uint32_t)(end - raw);
	return set_key(p, &w, s, n, raw);
}

static int
on_key(void *ctx, const unsigned char *text, size_t n)
{
	struct capi_json_parser *p = ctx;
	const char *s = (const char *)text;
	struct capi_words w;

	if (p->quote)
		s = next_string(p, &n);
	else if (!is_in_place(p, s))
		return on_odd_key(p, s, n);
	if (n > CAPI_NAMES_SHORT)
		return on_odd_key(p, s, n);
	w = capi_words_of(s, n);
	if (is_perhaps_seen(p, &w) || p->open->count >= CAPI_JSON_MEMBERS)
		return on_odd_key(p, s, n);
	p->node->key_raw_len = (uint32_t)n + 2;
	return set_key(p, &w, s, n, s - 1);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

/* yajl takes what malloc gives it for granted; ours ends the program. */
static void *
take(void *ctx, size_t n)
{
	(void)ctx;
	return capi_alloc(n);
}

static void *
resize(void *ctx, void *old, size_t n)
{
	(void)ctx;
	return capi_realloc(old, n);
}

static void
give_back(void *ctx, void *old)
{
	(void)ctx;
	free(old);
}

static yajl_alloc_funcs memory = {take, resize, give_back, NULL};

/*
 * One handle serves many texts, since making one costs as much as parsing a
 * short line. UTF-8 is checked by us: yajl's check lets overlong forms and
 * surrogates pass.
 */
static void
renew(struct capi_json_parser *p)
{
	if (p->yajl)
		yajl_free(p->yajl);
	p->yajl = yajl_alloc(&callbacks, &memory, p);
	yajl_config(p->yajl, yajl_allow_multiple_values, 1);
	yajl_config(p->yajl, yajl_dont_validate_strings, 1);
}

struct capi_json_parser *
capi_json_parser_new(void)
{
	struct capi_json_parser *p = capi_alloc(sizeof(*p));

	memset(p, 0, sizeof(*p));
	renew(p);
	return p;
}

void
capi_json_parser_free(struct capi_json_parser *p)
{
	if (!p)
		return;
	yajl_free(p->yajl);
	capi_outline_release(&p->outline);
	capi_shapes_release(&p->shapes);
	free(p);
}

struct capi_names *
capi_json_names(struct capi_json_parser *p)
{
	return &p->names;
}

static int
hex4(const char *s, const char *end)
{
	int v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= c - '0';
		else if (c >= 'a' && c <= 'f')
			v |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			v |= c - 'A' + 10;
		else
			return -1;
	}
	return v;
}

/* yajl decodes a lone high surrogate to '?', a lone low one to bytes that are
 * not UTF-8 and \u0000 to a NUL, all without a word. A malformed escape is
 * left for yajl to refuse. */
static enum capi_json_result
check_escapes(const char *text, size_t len)
{
	const char *end = text + len;
	const char *s = text;

	while ((s = memchr(s, '\\', (size_t)(end - s)))) {
		int unit, low;

		if (s + 1 >= end)
			break;
		if (s[1] != 'u') {
			s += 2;
			continue;
		}
		unit = hex4(s + 2, end);
		if (unit == 0)
			return CAPI_JSON_NUL;
		if (unit >= 0xdc00 && unit <= 0xdfff)
			return CAPI_JSON_SURROGATE;
		s += 2;
		if (unit < 0xd800 || unit > 0xdbff)
			continue;
		if (end - s < 10 || s[4] != '\\' || s[5] != 'u')
			return CAPI_JSON_SURROGATE;
		low = hex4(s + 6, end);
		if (low < 0xdc00 || low > 0xdfff)
			return CAPI_JSON_SURROGATE;
		s += 10;
	}
	return CAPI_JSON_OK;
}

/* What yajl lets pass. */
static enum capi_json_result
check_bytes(const struct capi_outline *o, const char *text, size_t len)
{
	if (!o->ascii && !capi_text_is_utf8(text, len))
		return CAPI_JSON_NOT_UTF8;
	if (o->plain)
		return CAPI_JSON_OK;
	/* yajl takes these two for white space, RFC 8259 does not. */
	if (memchr(text, '\v', len) || memchr(text, '\f', len))
		return CAPI_JSON_SYNTAX;
	return check_escapes(text, len);
}

static void
start(struct capi_json_parser *p, struct capi_arena *arena, const char *text,
    size_t len)
{
	p->arena = arena;
	p->text = p->base = p->given = text;
	p->end = p->given_end = text + len;
	p->quote = NULL;
	p->open = &p->root;
	p->root.type = CAPI_JSON_ARRAY; /* its values have no keys */
	p->link = &p->root.child;
	p->root.child = NULL;
	p->root.count = 0;
	p->depth = 0;
	p->result = CAPI_JSON_OK;
	more_nodes(p);
}

/* Gives yajl the outline, where the text has one. */
static void
draw(struct capi_json_parser *p, const char *text, size_t len)
{
	if (!p->outline.plain)
		return;
	capi_outline_draw(&p->outline, text, len);
	p->given = p->outline.text;
	p->given_end = p->given + p->outline.len;
	p->quote = p->outline.quotes;
}

/* ---- texts of known pieces ---------------------------------------------- */

/* A tree that is being put together: in registers, as the parser's own fields,
 * which the nodes' pointers might point to, could not be. */
struct building {
	struct capi_json *node;  /* the next free one */
	struct capi_json *open;  /* the innermost open container */
	struct capi_json **link; /* where the next value is hung in */
	uint64_t (*seen)[4];     /* of the open container's keys */
	unsigned depth;
};

/* The key of the next node, if it may stand in the open container. */
static inline bool
put_key(struct building *b, const struct capi_shape_token *t, const char *piece)
{
	struct capi_json *v = b->node;
	uint64_t *seen = &(*b->seen)[t->bit.word];
	const char *s = piece + t->key;

	if (b->open->type != CAPI_JSON_OBJECT ||
	    b->open->count >= CAPI_JSON_MEMBERS ||
	    ((*seen & t->bit.bit) && capi_json_getn(b->open, s, t->key_len)))
		return false;
	*seen |= t->bit.bit;
	v->key_id = t->key_id;
	v->key = s;
	v->key_len = t->key_len;
	v->key_raw = s - 1;
	v->key_raw_len = t->key_len + 2;
	return true;
}

/* In a list, or the text's own value. */
static inline bool
put_no_key(struct building *b)
{
	struct capi_json *v = b->node;

	v->key_id = 0;
	v->key = NULL;
	v->key_len = 0;
	return b->open->type == CAPI_JSON_ARRAY;
}

static inline bool
put_end(struct building *b, enum capi_json_type type, const char *end)
{
	struct capi_json *v = b->open;

	if (v->type != type || !b->depth)
		return false;
	v->raw_len = (uint32_t)(end - v->raw);
	b->open = v->parent;
	b->link = &v->next;
	b->depth--;
	b->seen--;
	return true;
}

/* Hangs the next node, whose key and value are set, into the open container,
 * and opens it if it is one itself. */
static inline bool
hang(struct building *b, bool opens)
{
	struct capi_json *v = b->node++;

	v->edited = false;
	v->parent = b->open;
	v->next = v->child = v->last = NULL;
	v->count = 0;
	b->open->last = v;
	b->open->count++;
	*b->link = v;
	b->link = &v->next;
	if (!opens)
		return true;
	if (b->depth == CAPI_JSON_DEPTH)
		return false;
	b->open = v;
	b->link = &v->child;
	b->depth++;
	memset(*++b->seen, 0, sizeof(*b->seen));
	return true;
}

/* One token of a piece; `value` is where what follows the piece ends. Pieces
 * were in other texts: that theirs and this one's containers are of a kind is
 * looked at here. */
static inline bool
put_token(struct building *b, const struct capi_shape_token *t,
    const char *piece, const char *value)
{
	struct capi_json *v = b->node;
	const char *s = piece + t->at;
	uint32_t n;

	if (t->ends)
		return put_end(b, t->type, s);
	if (t->has_key ? !put_key(b, t, piece) : !put_no_key(b))
		return false;
	v->type = t->type;
	v->raw = s;
	if (t->type >= CAPI_JSON_ARRAY) {
		v->text = NULL;
		v->len = 0;
		return hang(b, true);
	}
	n = t->len ? t->len : (uint32_t)(value - s);
	if (t->type == CAPI_JSON_STRING) {
		v->raw_len = n + 1; /* the quote behind it */
		v->text = s + 1;
		v->len = n - 1;
	} else {
		v->raw_len = v->len = n;
		v->text = s;
	}
	return hang(b, false);
}

/* Makes the tree of a text whose pieces yajl took in others. False: not all of
 * them are known, or they do not go together; nothing is said of the text. */
static bool
put_together(struct capi_json_parser *p)
{
	const struct capi_outline *o = &p->outline;
	const struct capi_shape *piece = &p->shapes.first;
	const char *at = p->text, *end = p->end;
	const uint32_t *quote = o->quotes, *quotes_end = quote + o->count;
	struct building b = {p->node, &p->root, &p->root.child, &p->seen[0], 0};

	for (;;) {
		const struct capi_shape_token *t, *tokens_end;
		const char *start = at;

		piece = capi_shape_next(piece, at, end);
		if (!piece)
			return false;
		quote += piece->quotes;
		at += piece->len;
		if (piece->value == CAPI_JSON_NUMBER)
			at = capi_shape_number(at, end);
		else if (piece->value == CAPI_JSON_STRING && quote < quotes_end)
			at = p->text + *quote;
		else if (piece->value == CAPI_JSON_STRING)
			return false;
		if (p->nodes - b.node <= (ptrdiff_t)piece->token_count) {
			more_nodes(p);
			b.node = p->node;
		}
		tokens_end = piece->tokens + piece->token_count;
		for (t = piece->tokens; t < tokens_end; t++)
			if (!put_token(&b, t, start, at))
				return false;
		if (piece->value == CAPI_JSON_NULL)
			return b.open == &p->root && p->root.count == 1 &&
			       p->root.child->type >= CAPI_JSON_ARRAY;
	}
}

/* yajl has nothing new to say of such a text. */
static bool
is_known(struct capi_json_parser *p)
{
	if (p->shapes_names != p->names.count) {
		capi_shapes_release(&p->shapes); /* they have no new names */
		p->shapes_names = p->names.count;
	}
	if (!p->outline.plain)
		return false;
	if (put_together(p)) {
		p->shapes.hits++;
		return true;
	}
	p->shapes.misses++;
	return false;
}

enum capi_json_result
capi_json_parse(struct capi_json_parser *p, struct capi_arena *arena,
    const char *text, size_t len, struct capi_json **root)
{
	enum capi_json_result bytes;
	struct capi_json *top;
	yajl_status status;

	if (len > UINT32_MAX)
		return CAPI_JSON_SYNTAX;
	capi_outline_read(&p->outline, text, len);
	bytes = check_bytes(&p->outline, text, len);
	if (bytes != CAPI_JSON_OK)
		return bytes;
	start(p, arena, text, len);
	if (is_known(p)) {
		*root = p->root.child;
		(*root)->parent = NULL;
		return CAPI_JSON_OK;
	}
	start(p, arena, text, len);
	draw(p, text, len);
	status = yajl_parse(p->yajl, (const unsigned char *)p->given,
	    (size_t)(p->given_end - p->given));
	top = p->root.child;
	/* The newline ends a token that the text broke off in; there is none
	 * where the value's bracket is the last byte. */
	if (status == yajl_status_ok &&
	    !(top && p->open == &p->root && top->raw + top->raw_len == p->end))
		status = yajl_parse(p->yajl, (const unsigned char *)"\n", 1);
	if (status == yajl_status_ok && top && p->open == &p->root) {
		top->parent = NULL;
		*root = top;
		if (p->quote)
			capi_shapes_learn(&p->shapes, text, len, top);
		return CAPI_JSON_OK;
	}
	if (p->result == CAPI_JSON_OK)
		p->result = status == yajl_status_ok && !top ? CAPI_JSON_EMPTY
							     : CAPI_JSON_SYNTAX;
	renew(p);
	return p->result;
}

uint64_t
capi_json_known(const struct capi_json_parser *p)
{
	return p->shapes.hits;
}

const char *
capi_json_reason(enum capi_json_result r)
{
	switch (r) {
	case CAPI_JSON_OK:
		return "well-formed";
	case CAPI_JSON_SYNTAX:
		return "not JSON";
	case CAPI_JSON_NOT_UTF8:
		return "not UTF-8";
	case CAPI_JSON_SURROGATE:
		return "half of a surrogate pair in an escape";
	case CAPI_JSON_NUL:
		return "\\u0000 in a string";
	case CAPI_JSON_DUPLICATE:
		return "the same key twice in one object";
	case CAPI_JSON_TOO_DEEP:
		return "nested too deep";
	case CAPI_JSON_TOO_MANY:
		return "too many members in one object";
	case CAPI_JSON_TWO_VALUES:
		return "more than one JSON value on the line";
	case CAPI_JSON_EMPTY:
		return "empty line";
	}
	return "not JSON";
}
