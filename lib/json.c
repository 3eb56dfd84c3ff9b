#include "json.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "err.h"
#include "text.h"

struct capi_json_parser {
	yajl_handle yajl;
	struct capi_arena *arena;
	const char *text, *end; /* the text being parsed */
	const char *done;       /* end of the token before this one */
	struct capi_json *top;  /* the finished or growing root */
	struct capi_json *open; /* the innermost open container */
	unsigned depth;
	uint64_t keys[CAPI_JSON_DEPTH + 1]; /* of each open object: key_bit */
	struct capi_json key;               /* key_* of the member to come */
	enum capi_json_result result;
};

static bool
is_between(char c)
{
	return c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' ||
	       c == '\n';
}

/*
 * Where the token that yajl just reported begins: behind the token before it,
 * over white space and punctuation.
 */
static const char *
token_start(const struct capi_json_parser *p)
{
	const char *s = p->done;

	while (is_between(*s))
		s++;
	return s;
}

static int
stop(struct capi_json_parser *p, enum capi_json_result why)
{
	p->result = why;
	return 0;
}

/*
 * The span of a string and its decoded text. yajl hands out strings in place
 * unless they hold escapes: those it decodes into a buffer of its own, which
 * the next one overwrites, and only yajl knows where they ended.
 */
static const char *
string_token(struct capi_json_parser *p, const char *s, size_t n,
    const char **raw, uint32_t *raw_len)
{
	if (s > p->text && s < p->end) {
		*raw = s - 1;
		*raw_len = (uint32_t)n + 2;
		p->done = s + n + 1;
		return s;
	}
	*raw = token_start(p);
	p->done = p->text + yajl_get_bytes_consumed(p->yajl);
	*raw_len = (uint32_t)(p->done - *raw);
	return capi_arena_dup(p->arena, s, n);
}

static void
link_last(struct capi_json *parent, struct capi_json *v)
{
	v->parent = parent;
	v->next = NULL;
	if (parent->last)
		parent->last->next = v;
	else
		parent->child = v;
	parent->last = v;
	parent->count++;
}

/* A new value in its place in the tree, with the key that came before it;
 * NULL when there is no place for it. */
static struct capi_json *
begin(struct capi_json_parser *p, enum capi_json_type type)
{
	struct capi_json *v;

	if (!p->open && p->top) {
		p->result = CAPI_JSON_TWO_VALUES;
		return NULL;
	}
	v = capi_arena_alloc(p->arena, sizeof(*v));
	v->type = type;
	v->edited = false;
	v->key = p->key.key;
	v->key_len = p->key.key_len;
	v->key_raw = p->key.key_raw;
	v->key_raw_len = p->key.key_raw_len;
	p->key.key = NULL;
	v->count = 0;
	v->child = v->last = NULL;
	if (p->open) {
		link_last(p->open, v);
	} else {
		p->top = v;
		v->parent = v->next = NULL;
	}
	return v;
}

static int
scalar(struct capi_json_parser *p, enum capi_json_type type, const char *start,
    size_t n)
{
	struct capi_json *v = begin(p, type);

	if (!v)
		return 0;
	v->raw = v->text = start;
	v->raw_len = v->len = (uint32_t)n;
	p->done = start + n;
	return 1;
}

static int
on_null(void *ctx)
{
	return scalar(ctx, CAPI_JSON_NULL, token_start(ctx), 4);
}

static int
on_bool(void *ctx, int value)
{
	return scalar(ctx, CAPI_JSON_BOOL, token_start(ctx), value ? 4 : 5);
}

static int
on_number(void *ctx, const char *s, size_t n)
{
	(void)s; /* in yajl's buffer if the text broke off in it */
	return scalar(ctx, CAPI_JSON_NUMBER, token_start(ctx), n);
}

static int
on_string(void *ctx, const unsigned char *s, size_t n)
{
	struct capi_json_parser *p = ctx;
	struct capi_json *v = begin(p, CAPI_JSON_STRING);

	if (!v)
		return 0;
	v->text = string_token(p, (const char *)s, n, &v->raw, &v->raw_len);
	v->len = (uint32_t)n;
	return 1;
}

static int
open_container(struct capi_json_parser *p, enum capi_json_type type)
{
	struct capi_json *v = begin(p, type);

	if (!v)
		return 0;
	if (++p->depth > CAPI_JSON_DEPTH)
		return stop(p, CAPI_JSON_TOO_DEEP);
	v->raw = token_start(p);
	v->text = NULL;
	v->len = 0;
	p->done = v->raw + 1;
	p->open = v;
	p->keys[p->depth] = 0;
	return 1;
}

static int
close_container(struct capi_json_parser *p)
{
	struct capi_json *v = p->open;

	p->done = token_start(p) + 1;
	v->raw_len = (uint32_t)(p->done - v->raw);
	p->open = v->parent;
	p->depth--;
	return 1;
}

static int
on_start_map(void *ctx)
{
	return open_container(ctx, CAPI_JSON_OBJECT);
}

static int
on_start_array(void *ctx)
{
	return open_container(ctx, CAPI_JSON_ARRAY);
}

static int
on_end(void *ctx)
{
	return close_container(ctx);
}

/* One bit of 64 for a key, so that nearly every new one is known to be new
 * without a look at those before it. */
static uint64_t
key_bit(const char *key, size_t n)
{
	unsigned ends = n ? (unsigned char)key[0] * 5u +
				(unsigned char)key[n - 1] * 11u +
				(unsigned char)key[n / 2]
			  : 0;

	return (uint64_t)1 << ((ends + (unsigned)n * 7u) & 63);
}

static int
on_key(void *ctx, const unsigned char *s, size_t n)
{
	struct capi_json_parser *p = ctx;
	uint64_t bit = key_bit((const char *)s, n);

	if ((p->keys[p->depth] & bit) &&
	    capi_json_getn(p->open, (const char *)s, n))
		return stop(p, CAPI_JSON_DUPLICATE);
	p->keys[p->depth] |= bit;
	if (p->open->count >= CAPI_JSON_MEMBERS)
		return stop(p, CAPI_JSON_TOO_MANY);
	p->key.key = string_token(
	    p, (const char *)s, n, &p->key.key_raw, &p->key.key_raw_len);
	p->key.key_len = (uint32_t)n;
	return 1;
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
	p->yajl = yajl_alloc(&callbacks, NULL, p);
	if (!p->yajl)
		capi_die(CAPI_EXIT_SYSTEM, "out of memory");
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
	free(p);
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

enum capi_json_result
capi_json_parse(struct capi_json_parser *p, struct capi_arena *arena,
    const char *text, size_t len, struct capi_json **root)
{
	yajl_status status;

	if (len > UINT32_MAX)
		return CAPI_JSON_SYNTAX;
	if (!capi_text_is_utf8(text, len))
		return CAPI_JSON_NOT_UTF8;
	/* yajl takes these two for white space, RFC 8259 does not. */
	if (memchr(text, '\v', len) || memchr(text, '\f', len))
		return CAPI_JSON_SYNTAX;
	p->result = check_escapes(text, len);
	if (p->result != CAPI_JSON_OK)
		return p->result;
	p->arena = arena;
	p->text = p->done = text;
	p->end = text + len;
	p->top = p->open = NULL;
	p->depth = 0;
	memset(&p->key, 0, sizeof(p->key));
	status = yajl_parse(p->yajl, (const unsigned char *)text, len);
	/* The newline ends a number or literal that the text broke off in;
	 * there is none where a bracket is the last byte. */
	if (status == yajl_status_ok && !(p->top && p->done == p->end))
		status = yajl_parse(p->yajl, (const unsigned char *)"\n", 1);
	if (status == yajl_status_ok && p->top && !p->open) {
		if (p->top->type < CAPI_JSON_ARRAY) {
			/* A bare value: nobody sends one, and a number is
			 * reported only with the newline behind it, too late
			 * to say where it stood. */
			renew(p);
			return CAPI_JSON_SYNTAX;
		}
		*root = p->top;
		return CAPI_JSON_OK;
	}
	if (p->result == CAPI_JSON_OK)
		p->result = status == yajl_status_ok && !p->top
				? CAPI_JSON_EMPTY
				: CAPI_JSON_SYNTAX;
	renew(p);
	return p->result;
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

struct capi_json *
capi_json_getn(const struct capi_json *obj, const char *key, size_t n)
{
	if (!obj || obj->type != CAPI_JSON_OBJECT)
		return NULL;
	for (struct capi_json *v = obj->child; v; v = v->next)
		if (v->key_len == n && !memcmp(v->key, key, n))
			return v;
	return NULL;
}

struct capi_json *
capi_json_at(const struct capi_json *obj, const char *path)
{
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		obj = capi_json_getn(obj, path, (size_t)(dot - path));
		path = dot + 1;
	}
	return capi_json_get(obj, path);
}

static void
mark_edited(struct capi_json *v)
{
	for (; v && !v->edited; v = v->parent)
		v->edited = true;
}

struct capi_json *
capi_json_new(struct capi_arena *arena, enum capi_json_type type)
{
	struct capi_json *v = capi_arena_alloc(arena, sizeof(*v));

	memset(v, 0, sizeof(*v));
	v->type = type;
	v->edited = true;
	return v;
}

void
capi_json_set_text(
    struct capi_json *v, enum capi_json_type type, const char *text, size_t len)
{
	v->type = type;
	v->text = text;
	v->len = (uint32_t)len;
	v->child = v->last = NULL;
	v->count = 0;
	v->edited = true;
	mark_edited(v->parent);
}

struct capi_json *
capi_json_put(struct capi_arena *arena, struct capi_json *obj, const char *key,
    enum capi_json_type type, const char *text, size_t len)
{
	struct capi_json *v = capi_json_get(obj, key);

	if (!v) {
		v = capi_json_new(arena, type);
		v->key = key;
		v->key_len = (uint32_t)strlen(key);
		link_last(obj, v);
		mark_edited(obj);
	}
	capi_json_set_text(v, type, text, len);
	return v;
}

struct capi_json *
capi_json_put_string(struct capi_arena *arena, struct capi_json *obj,
    const char *key, const char *text, size_t len)
{
	return capi_json_put(arena, obj, key, CAPI_JSON_STRING, text, len);
}

struct capi_json *
capi_json_put_object(
    struct capi_arena *arena, struct capi_json *obj, const char *key)
{
	struct capi_json *v = capi_json_get(obj, key);

	if (v && v->type == CAPI_JSON_OBJECT)
		return v;
	return capi_json_put(arena, obj, key, CAPI_JSON_OBJECT, NULL, 0);
}

void
capi_json_append(struct capi_json *array, struct capi_json *v)
{
	link_last(array, v);
	mark_edited(array);
}

void
capi_json_remove(struct capi_json *v)
{
	struct capi_json *parent = v->parent;
	struct capi_json *before = NULL;

	for (struct capi_json *c = parent->child; c != v; c = c->next)
		before = c;
	if (before)
		before->next = v->next;
	else
		parent->child = v->next;
	if (parent->last == v)
		parent->last = before;
	parent->count--;
	mark_edited(parent);
}

static void
write_children(struct capi_buf *out, const struct capi_json *v)
{
	for (const struct capi_json *c = v->child; c; c = c->next) {
		if (c != v->child)
			capi_buf_addc(out, ',');
		if (v->type == CAPI_JSON_OBJECT) {
			if (c->key_raw)
				capi_buf_add(out, c->key_raw, c->key_raw_len);
			else
				capi_json_string(out, c->key, c->key_len);
			capi_buf_addc(out, ':');
		}
		capi_json_write(out, c);
	}
}

void
capi_json_write(struct capi_buf *out, const struct capi_json *v)
{
	if (!v->edited) {
		capi_buf_add(out, v->raw, v->raw_len);
		return;
	}
	switch (v->type) {
	case CAPI_JSON_NULL:
		capi_buf_add(out, "null", 4);
		return;
	case CAPI_JSON_BOOL:
	case CAPI_JSON_NUMBER:
		capi_buf_add(out, v->text, v->len);
		return;
	case CAPI_JSON_STRING:
		capi_json_string(out, v->text, v->len);
		return;
	case CAPI_JSON_ARRAY:
		capi_buf_addc(out, '[');
		write_children(out, v);
		capi_buf_addc(out, ']');
		return;
	case CAPI_JSON_OBJECT:
		capi_buf_addc(out, '{');
		write_children(out, v);
		capi_buf_addc(out, '}');
		return;
	}
}

void
capi_json_sep(struct capi_buf *out)
{
	char last = out->len ? out->data[out->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':' && last != ',')
		capi_buf_addc(out, ',');
}

void
capi_json_key(struct capi_buf *out, const char *key)
{
	capi_json_sep(out);
	capi_json_cstring(out, key);
	capi_buf_addc(out, ':');
}

/* 0: as it is; 'u': as \u00XX; else: the letter behind the backslash. */
static const char escape[256] = {
    [0] = 'u',
    [1] = 'u',
    [2] = 'u',
    [3] = 'u',
    [4] = 'u',
    [5] = 'u',
    [6] = 'u',
    [7] = 'u',
    ['\b'] = 'b',
    ['\t'] = 't',
    ['\n'] = 'n',
    [11] = 'u',
    ['\f'] = 'f',
    ['\r'] = 'r',
    [14] = 'u',
    [15] = 'u',
    [16] = 'u',
    [17] = 'u',
    [18] = 'u',
    [19] = 'u',
    [20] = 'u',
    [21] = 'u',
    [22] = 'u',
    [23] = 'u',
    [24] = 'u',
    [25] = 'u',
    [26] = 'u',
    [27] = 'u',
    [28] = 'u',
    [29] = 'u',
    [30] = 'u',
    [31] = 'u',
    ['"'] = '"',
    ['\\'] = '\\',
    [127] = 'u',
};

void
capi_json_string(struct capi_buf *out, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	capi_buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (!escape[c])
			continue;
		capi_buf_add(out, p + from, i - from);
		from = i + 1;
		capi_buf_addc(out, '\\');
		capi_buf_addc(out, escape[c]);
		if (escape[c] == 'u') {
			capi_buf_add(out, "00", 2);
			capi_buf_addc(out, hex[c >> 4]);
			capi_buf_addc(out, hex[c & 15]);
		}
	}
	capi_buf_add(out, p + from, n - from);
	capi_buf_addc(out, '"');
}

void
capi_json_cstring(struct capi_buf *out, const char *s)
{
	capi_json_string(out, s, strlen(s));
}
