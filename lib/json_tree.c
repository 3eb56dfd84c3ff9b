/*
 * The tree: look-up, edits, and the way back to text; json.c made it.
 */
#include "json.h"

#include <string.h>

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
capi_json_add(struct capi_arena *arena, struct capi_json *obj, const char *key,
    enum capi_json_type type, const char *text, size_t len)
{
	struct capi_json *v = capi_json_new(arena, type);

	v->key = key;
	v->key_len = (uint32_t)strlen(key);
	v->text = text;
	v->len = (uint32_t)len;
	capi_json_append(obj, v);
	return v;
}

struct capi_json *
capi_json_put(struct capi_arena *arena, struct capi_json *obj, const char *key,
    enum capi_json_type type, const char *text, size_t len)
{
	struct capi_json *v = capi_json_get(obj, key);

	if (!v)
		return capi_json_add(arena, obj, key, type, text, len);
	capi_json_set_text(v, type, text, len);
	return v;
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

/* Does it stand as "key":value, without blanks? */
static inline bool
is_tight(const struct capi_json *v)
{
	return !v->edited && v->key_raw &&
	       v->raw == v->key_raw + v->key_raw_len + 1;
}

/* The last of the members from v on that stand so one behind the other, as
 * they stood: they are copied as one. */
static const struct capi_json *
end_of_run(const struct capi_json *v)
{
	const struct capi_json *next;

	while ((next = v->next) && is_tight(next) &&
	       next->key_raw == v->raw + v->raw_len + 1)
		v = next;
	return v;
}

static void
write_member(struct capi_buf *out, const struct capi_json *v)
{
	if (v->key_raw)
		capi_buf_add(out, v->key_raw, v->key_raw_len);
	else
		capi_json_string(out, v->key, v->key_len);
	capi_buf_addc(out, ':');
	capi_json_write(out, v);
}

static void
write_object(struct capi_buf *out, const struct capi_json *object)
{
	capi_buf_addc(out, '{');
	for (const struct capi_json *v = object->child; v; v = v->next) {
		const struct capi_json *first = v;

		if (v != object->child)
			capi_buf_addc(out, ',');
		if (!is_tight(v)) {
			write_member(out, v);
			continue;
		}
		v = end_of_run(v);
		capi_buf_add(out, first->key_raw,
		    (size_t)(v->raw + v->raw_len - first->key_raw));
	}
	capi_buf_addc(out, '}');
}

static void
write_array(struct capi_buf *out, const struct capi_json *array)
{
	capi_buf_addc(out, '[');
	for (const struct capi_json *v = array->child; v; v = v->next) {
		if (v != array->child)
			capi_buf_addc(out, ',');
		capi_json_write(out, v);
	}
	capi_buf_addc(out, ']');
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
		write_array(out, v);
		return;
	case CAPI_JSON_OBJECT:
		write_object(out, v);
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

#define EACH UINT64_C(0x0101010101010101) /* a word of ones */

/* Where the first byte stands, from i on, that is not written as it is; n: none
 * does. Eight bytes a step: each top bit answers for one of them, rightly up to
 * the first that is set. */
static inline size_t
find_escape(const char *p, size_t i, size_t n)
{
	uint64_t w, odd;

	for (; i + 8 <= n; i += 8) {
		memcpy(&w, p + i, 8);
		odd = (w - EACH * ' ') | ((w ^ EACH * '"') - EACH) |
		      ((w ^ EACH * '\\') - EACH) | ((w ^ EACH * 127) - EACH);
		if (odd & ~w & EACH << 7)
			break;
	}
	while (i < n && !escape[(unsigned char)p[i]])
		i++;
	return i;
}

void
capi_json_string(struct capi_buf *out, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0, i;

	capi_buf_addc(out, '"');
	while ((i = find_escape(p, from, n)) < n) {
		unsigned char c = (unsigned char)p[i];

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
