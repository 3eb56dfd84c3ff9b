/* Any bytes: no crash, a tree that holds together and knows the names of its
 * keys, the verdict and tree of a parser that has seen no other text, and what
 * was accepted is written back unchanged and parses again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"a", "k", "ab", "abc", "abcd", "12345678",
    "123456789", "12345678901234567"};
static uint16_t ids[sizeof(names) / sizeof(names[0])];

static struct capi_json_parser *
new_parser(void)
{
	struct capi_json_parser *parser = capi_json_parser_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ids[i] = capi_names_add(
		    capi_json_names(parser), names[i], strlen(names[i]));
	return parser;
}

static uint16_t
id_of(const struct capi_json *v)
{
	for (size_t i = 0; v->key && i < sizeof(ids) / sizeof(ids[0]); i++)
		if (v->key_len == strlen(names[i]) &&
		    !memcmp(v->key, names[i], v->key_len))
			return ids[i];
	return 0;
}

static void
check(const struct capi_json *v)
{
	const struct capi_json *last = NULL;
	uint32_t n = 0;

	if (v->key_id != id_of(v))
		abort();
	for (const struct capi_json *c = v->child; c; c = c->next, n++) {
		last = c;
		if (c->parent != v || !c->key != (v->type == CAPI_JSON_ARRAY) ||
		    c->raw < v->raw ||
		    c->raw + c->raw_len > v->raw + v->raw_len)
			abort();
		check(c);
	}
	if (last != v->last || n != v->count)
		abort();
}

static void
compare(const struct capi_json *a, const struct capi_json *b)
{
	if (a->type != b->type || a->raw != b->raw ||
	    a->raw_len != b->raw_len || a->len != b->len ||
	    a->count != b->count || a->key_len != b->key_len ||
	    (a->key && memcmp(a->key, b->key, a->key_len)) ||
	    (a->text && memcmp(a->text, b->text, a->len)))
		abort();
	for (a = a->child, b = b->child; a && b; a = a->next, b = b->next)
		compare(a, b);
	if (a || b)
		abort();
}

/* The parser knows the shapes of what it saw before, this one none. */
static void
ask_another(const char *text, size_t size, const struct capi_json *root)
{
	static struct capi_arena arena;
	struct capi_json_parser *parser = new_parser();
	struct capi_json *other;

	capi_arena_reset(&arena);
	if (capi_json_parse(parser, &arena, text, size, &other) != CAPI_JSON_OK)
		abort();
	compare(root, other);
	capi_json_parser_free(parser);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capi_json_parser *parser;
	static struct capi_arena arena;
	static struct capi_buf out = CAPI_BUF_INIT(1 << 24);
	struct capi_json *root, *again;
	const char *text = (const char *)data;

	if (!parser)
		parser = new_parser();
	capi_arena_reset(&arena);
	if (capi_json_parse(parser, &arena, text, size, &root) != CAPI_JSON_OK)
		return 0;
	check(root);
	ask_another(text, size, root);
	capi_buf_reset(&out);
	capi_json_write(&out, root);
	if (out.len > size || !memmem(text, size, out.data, out.len))
		abort();
	if (root->type == CAPI_JSON_OBJECT)
		capi_json_put(&arena, root, "k", CAPI_JSON_STRING, text, 0);
	capi_buf_reset(&out);
	capi_json_write(&out, root);
	if (capi_json_parse(parser, &arena, out.data, out.len, &again) !=
	    CAPI_JSON_OK)
		abort();
	return 0;
}
