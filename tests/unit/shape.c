/*
 * lib/shape.c: a parser that knows pieces of texts against a new one, which
 * asks yajl, on random texts of a few shapes, on such texts with a byte changed
 * and on the head of one with the tail of another.
 */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct capi_arena old_arena, new_arena;
static struct capi_json_parser *old;
static unsigned accepted, refused;

static bool
is_span(const char *a, const char *b, size_t n)
{
	return (!a && !b) || (a && b && !memcmp(a, b, n));
}

/* Both stand in one text, so equal spans have equal addresses; but for decoded
 * ones, which are copies. */
static bool
is_same(const struct capi_json *a, const struct capi_json *b)
{
	const struct capi_json *x = a->child, *y = b->child;
	const struct capi_json *last_x = NULL;

	if (a->type != b->type || a->edited || a->raw != b->raw ||
	    a->raw_len != b->raw_len || a->len != b->len ||
	    a->count != b->count || a->key_id != b->key_id ||
	    !a->key != !b->key || a->key_len != b->key_len ||
	    !is_span(a->key, b->key, a->key_len) ||
	    !is_span(a->text, b->text, a->len) ||
	    (a->key &&
		(a->key_raw != b->key_raw || a->key_raw_len != b->key_raw_len)))
		return false;
	for (; x && y; last_x = x, x = x->next, y = y->next)
		if (x->parent != a || !is_same(x, y))
			return false;
	return !x && !y && a->last == last_x;
}

/* The same verdict and tree, whether the shape is known or not. */
static bool
agree(const char *text, size_t n)
{
	struct capi_json_parser *new = capi_json_parser_new();
	struct capi_json *a, *b;
	enum capi_json_result got, expected;
	bool good;

	capi_names_add(capi_json_names(new), "known", 5);
	capi_arena_reset(&old_arena);
	capi_arena_reset(&new_arena);
	got = capi_json_parse(old, &old_arena, text, n, &a);
	expected = capi_json_parse(new, &new_arena, text, n, &b);
	good = got == expected &&
	       (got != CAPI_JSON_OK || (is_same(a, b) && !a->parent));
	if (!good)
		printf("# %s, not %s: %.*s\n", capi_json_reason(got),
		    capi_json_reason(expected), (int)n, text);
	accepted += got == CAPI_JSON_OK;
	refused += got != CAPI_JSON_OK;
	capi_json_parser_free(new);
	return good;
}

/* # is a number, $ a string. */
static const char *const shapes[] = {
    "{\"a\":$,\"known\":#,\"b\":{\"c\":[#,$,{}],\"\":$}}",
    "{\"a\":$,\"known\":#,\"b\":{\"c\":[#,$,{}],\"d\":$}}",
    "{\"a\":$,\"known\":#,\"b\":{\"c\":[#,$,[]],\"\":$}}",
    " { \"x\" : # , \"y\" : [ ] , \"z\" : true , \"w\" : $ } ",
    "{\"y\":null,\"a key of more than sixteen bytes\":{\"k\":#,\"l\":$},"
    "\"z\":false}",
    "[#,#,$,[[$]],{\"known\":{\"known\":$}}]",
    "{\"$\":#}",
    "{\"a\":$,\"b\":$,\"c\":[$,$]}",
    "{\"b\":$,\"a\":$,\"c\":{\"a\":$,\"b\":$}}",
    "[{\"a\":$,\"b\":$},{\"b\":$,\"a\":$}]",
    "[[$,$],[$,$]]",
    "[[$,$],$]",
    "{\"a\":[[#,#],#,true],\"c\":{\"a\":#,\"b\":null}}",
    "[]",
};
static const char *const numbers[] = {"0", "-0", "7", "10.00", "1.", "-", "01",
    "1e5", "0.5", "-12.050", "00", "1.5.5", "0x1", "1E+2", ".5",
    "123456789012345678901234567890", "1 2", "", "+1", "-01.5"};
static const char *const strings[] = {"\"\"", "\"x\"", "\"M\xc3\xbcnchen\"",
    "\"a{b}:[1,2]\"", "\"\\n\"", "\"\xc3\"", "\"a\tb\"", "\"a\"b\"",
    "\"as long as a digest, which has sixty-four hexadecimal digits....\"",
    "\"\\u0041\\\"\"", "x", "\"a,\"", "\"\",\"\""};

#define PICK(table) (table)[random() % (sizeof(table) / sizeof((table)[0]))]

/* Mostly good values: the first of each table. */
static size_t
fill(char *text, size_t room, const char *shape)
{
	size_t n = 0;

	for (; *shape; shape++) {
		const char *value = NULL;
		bool odd = random() % 8 == 0;

		if (*shape == '#')
			value = odd ? PICK(numbers) : numbers[random() % 4];
		else if (*shape == '$')
			value = odd ? PICK(strings) : strings[random() % 4];
		if (value)
			n += (size_t)snprintf(text + n, room - n, "%s", value);
		else
			text[n++] = *shape;
	}
	return n;
}

static void
test_random(void)
{
	static const char bytes[] = "\"{}[]:,0 -.e\\x\xc3";
	bool good = true;

	for (int i = 0; i < 20000; i++) {
		char text[1024], *exact;
		size_t n = fill(text, sizeof(text), PICK(shapes));

		if (random() % 4 == 0)
			text[(size_t)random() % n] = PICK(bytes);
		if (random() % 16 == 0)
			n -= (size_t)random() % n;
		if (random() % 16 == 0)
			text[n++] = PICK(bytes);
		exact = malloc(n ? n : 1); /* its end is watched */
		memcpy(exact, text, n);
		good = agree(exact, n) && good;
		free(exact);
	}
	ok(good, "20,000 texts are what a new parser says");
	ok(accepted > 5000 && refused > 5000, "%u of them good, %u bad",
	    accepted, refused);
}

/* Pieces that all are known, and do not always go together. */
static void
test_splices(void)
{
	uint64_t before = capi_json_known(old);
	unsigned good_before = accepted, refused_before = refused;
	bool good = true;

	for (int i = 0; i < 40000; i++) {
		char head[1024], tail[1024];
		size_t n = fill(head, sizeof(head), PICK(shapes));
		size_t m = fill(tail, sizeof(tail), PICK(shapes));
		size_t at = (size_t)random() % m;

		/* The same byte, often one of a piece, on both sides. */
		n = (size_t)random() % n;
		for (int k = 0; k < 20 && tail[at] != head[n]; k++)
			at = (size_t)random() % m;
		if (n + m - at > sizeof(head))
			continue;
		memcpy(head + n, tail + at, m - at);
		good = agree(head, n + m - at) && good;
	}
	ok(good, "40,000 spliced texts are what a new parser says");
	ok(accepted - good_before > 2000 && refused - refused_before > 20000,
	    "%u of them good, %u bad", accepted - good_before,
	    refused - refused_before);
	ok(capi_json_known(old) - before > 500,
	    "%u of them without asking yajl",
	    (unsigned)(capi_json_known(old) - before));
}

/* That yajl is not asked is what it is for. */
static void
test_known(void)
{
	static const char *const texts[] = {
	    "{\"p\":\"x\",\"n\":10.00,\"l\":[\"y\",true],\"q\":\"\"}",
	    "{\"p\":\"\",\"n\":-7,\"l\":[\"a longer {,}\",true],\"q\":\"y\"}",
	    "{\"p\":\"\",\"l\":[\"y\",true],\"q\":\"y\"}",
	    "{\"p\":\"z\",\"n\":0,\"l\":[\"y\",\"y\",\"y\",true],\"q\":\"\"}",
	};
	static const bool known[] = {false, true, false, false};

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 4; i++) {
			uint64_t before = capi_json_known(old);

			agree(texts[i], strlen(texts[i]));
			ok(capi_json_known(old) - before == (round || known[i]),
			    "%s is %s", texts[i],
			    round || known[i] ? "known" : "new");
		}
	}
}

/* Each piece of the last one is known, and which follows which. */
static void
test_together(void)
{
	static const char *const texts[] = {
	    "{\"x\":1,\"b\":2,\"a\":3,\"y\":4}",
	    "{\"a\":1,\"b\":2}",
	    "{\"a\":1,\"b\":2,\"a\":3,\"y\":4}", /* a key twice */
	    "{\"z\":{\"a\":1,\"b\":1},\"k\":2}",
	    "[{\"a\":1,\"b\":1}]",
	    "[{\"a\":1,\"b\":1},\"k\":2}", /* a key in a list */
	    "{\"z\":{\"a\":1,\"b\":1}]",
	    "[[[[[[[[[[[[[[[[[[[[\"deep\",1]]]]]]]]]]]]]]]]]]]]",
	    "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":"
	    "{\"j\":{\"k\":{\"l\":{\"m\":{\"n\":{\"o\":{\"p\":{\"q\":{\"r\":"
	    "\"\"}}}}}}}}}}}}}}}}}}",
	    "[true,true,true,true,true,true,true,true,true,true,true,true,"
	    "true,true,true,true,true,true,\"x\"]",
	};
	bool good = true;

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			good = agree(texts[i], strlen(texts[i])) && good;
	ok(good, "known pieces must go together");
}

/* More shapes than are kept, so that they take each other's place. */
static void
test_crowd(void)
{
	bool good = true;

	for (int i = 0; i < 4000; i++) {
		char text[64];
		int n = snprintf(text, sizeof(text),
		    "{\"%ld\":%d,\"k\":\"%d\"}", random() % 40, i, i);

		good = agree(text, (size_t)n) && good;
	}
	ok(good, "forty shapes of one size are told apart");
}

/* At the limits: values, bytes. */
static void
test_large(void)
{
	static char text[80000];
	bool good = true;

	for (int values = 509; values < 515; values++) {
		size_t n = 1;

		text[0] = '[';
		for (int i = 1; i < values; i++) {
			memcpy(text + n, "\"v\",", 4);
			n += 4;
		}
		text[n - 1] = ']';
		good = agree(text, n) && agree(text, n) && good;
		text[2] = 'w';
		good = agree(text, n) && good;
	}
	memset(text, 'x', sizeof(text));
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + sizeof(text) - 2, "\"}", 2);
	good = agree(text, sizeof(text)) && agree(text, sizeof(text)) && good;
	ok(good, "texts at the limits of what is kept");
}

/* A name that comes late has its number in texts of a shape that was there. */
static void
test_names(void)
{
	static const char text[] = "{\"late\":1}";
	struct capi_json *root;
	uint16_t id;

	capi_arena_reset(&old_arena);
	capi_json_parse(old, &old_arena, text, strlen(text), &root);
	capi_json_parse(old, &old_arena, text, strlen(text), &root);
	ok(root->child->key_id == 0, "a name that is not known has no number");
	id = capi_names_add(capi_json_names(old), "late", 4);
	capi_json_parse(old, &old_arena, text, strlen(text), &root);
	ok(id && root->child->key_id == id, "a name may be added later");
}

int
main(void)
{
	srandom(13);
	old = capi_json_parser_new();
	capi_names_add(capi_json_names(old), "known", 5);
	test_known();
	test_together();
	test_random();
	test_splices();
	test_crowd();
	test_large();
	test_names();
	capi_json_parser_free(old);
	capi_arena_release(&old_arena);
	capi_arena_release(&new_arena);
	return tap_done();
}
