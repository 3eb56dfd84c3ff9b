/*
 * lib/json.c. What is accepted and refused follows RFC 8259 and RFC 3629; the
 * cases that yajl alone gets wrong are marked.
 */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static struct capi_json_parser *parser;
static struct capi_arena arena;

static enum capi_json_result
parse(const char *text, size_t len, struct capi_json **root)
{
	capi_arena_reset(&arena);
	return capi_json_parse(parser, &arena, text, len, root);
}

static const struct {
	const char *text;
	size_t len; /* 0: strlen */
	enum capi_json_result result;
	const char *why;
} cases[] = {
    {"{}", 0, CAPI_JSON_OK, "an empty object"},
    {"{\"a\":1}", 0, CAPI_JSON_OK, "a small object"},
    {" \t{ \"a\" : [ 1 , 2 ] } ", 0, CAPI_JSON_OK, "white space everywhere"},
    {"{\"a\":1e400,\"b\":-0,\"c\":123456789012345678901234567890}", 0,
	CAPI_JSON_OK, "numbers that no machine type holds"},
    {"{\"a\":\"\\ud83d\\ude00\"}", 0, CAPI_JSON_OK, "a surrogate pair"},
    {"{\"a\":\"\\\\ud800\"}", 0, CAPI_JSON_OK,
	"an escaped backslash before ud800"},
    {"{\"a\":\"\xf4\x8f\xbf\xbf\"}", 0, CAPI_JSON_OK, "U+10FFFF"},
    {"", 0, CAPI_JSON_EMPTY, "nothing"},
    {"   ", 0, CAPI_JSON_EMPTY, "blanks"},
    {"{", 0, CAPI_JSON_SYNTAX, "an object that breaks off"},
    {"{\"a\":\"x", 0, CAPI_JSON_SYNTAX, "a string that breaks off"},
    {"{\"a\":tru", 0, CAPI_JSON_SYNTAX, "a literal that breaks off"},
    {"{\"a\":01}", 0, CAPI_JSON_SYNTAX, "a leading zero"},
    {"{\"a\":+1}", 0, CAPI_JSON_SYNTAX, "a plus sign"},
    {"{\"a\":1.}", 0, CAPI_JSON_SYNTAX, "a point without a digit"},
    {"{\"a\":NaN}", 0, CAPI_JSON_SYNTAX, "NaN"},
    {"{\"a\":1,}", 0, CAPI_JSON_SYNTAX, "a comma too many"},
    {"{'a':1}", 0, CAPI_JSON_SYNTAX, "single quotes"},
    {"{\"a\":1/**/}", 0, CAPI_JSON_SYNTAX, "a comment"},
    {"{\"a\":\"\x01\"}", 0, CAPI_JSON_SYNTAX, "a raw control character"},
    {"{\"a\":\"x\0y\"}", 11, CAPI_JSON_SYNTAX, "a raw NUL"},
    {"{\v}", 0, CAPI_JSON_SYNTAX,
	"a vertical tab as white space (yajl accepts it)"},
    {"1", 0, CAPI_JSON_SYNTAX, "a bare number"},
    {"\"x\"", 0, CAPI_JSON_SYNTAX, "a bare string"},
    {"\xef\xbb\xbf{}", 0, CAPI_JSON_SYNTAX, "a byte order mark inside"},
    {"{} {}", 0, CAPI_JSON_TWO_VALUES, "two objects"},
    {"{} x", 0, CAPI_JSON_SYNTAX, "garbage behind the object"},
    {"{\"a\":1,\"b\":2,\"a\":3}", 0, CAPI_JSON_DUPLICATE, "a key twice"},
    {"{\"a\":1,\"\\u0061\":3}", 0, CAPI_JSON_DUPLICATE,
	"a key twice, once escaped"},
    {"{\"x\":{\"a\":1},\"a\":1}", 0, CAPI_JSON_OK,
	"the same key in two objects"},
    {"{\"a\":\"\\ud800\"}", 0, CAPI_JSON_SURROGATE,
	"a lone high surrogate (yajl: '?')"},
    {"{\"a\":\"\\udc00\"}", 0, CAPI_JSON_SURROGATE,
	"a lone low surrogate (yajl: bytes that are not UTF-8)"},
    {"{\"a\":\"\\ud800\\u0041\"}", 0, CAPI_JSON_SURROGATE,
	"a high surrogate and a letter (yajl: U+10041)"},
    {"{\"a\":\"\\u0000\"}", 0, CAPI_JSON_NUL, "an escaped NUL"},
    {"{\"a\":\"\xc0\x80\"}", 0, CAPI_JSON_NOT_UTF8,
	"an overlong form (yajl accepts it)"},
    {"{\"a\":\"\xed\xa0\x80\"}", 0, CAPI_JSON_NOT_UTF8,
	"a surrogate in UTF-8 (yajl accepts it)"},
    {"{\"a\":\"\xf5\x90\x80\x80\"}", 0, CAPI_JSON_NOT_UTF8,
	"above U+10FFFF (yajl accepts it)"},
    {"{\"a\":\"\xe2\x82\"}", 0, CAPI_JSON_NOT_UTF8, "a cut sequence"},
    {"{\"a\":\"\xff\"}", 0, CAPI_JSON_NOT_UTF8, "a byte that never occurs"},
};

static void
test_verdicts(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capi_json *root = NULL;
		size_t n = cases[i].len ? cases[i].len : strlen(cases[i].text);
		enum capi_json_result got = parse(cases[i].text, n, &root);

		ok(got == cases[i].result, "%s: %s", cases[i].why,
		    capi_json_reason(got));
		/* A bad text must not spoil the next one. */
		got = parse("{\"k\":[1]}", 9, &root);
		if (got != CAPI_JSON_OK || !capi_json_get(root, "k"))
			ok(false, "after %s the parser is well", cases[i].why);
	}
}

static void
test_depth(void)
{
	char text[4096];
	struct capi_json *root;
	size_t n = 0;

	for (int depth = 32; depth <= 33; depth++) {
		n = 0;
		for (int i = 0; i < depth - 1; i++) {
			memcpy(text + n, "{\"a\":", 5);
			n += 5;
		}
		memcpy(text + n, "{}", 2);
		n += 2;
		memset(text + n, '}', (size_t)depth - 1);
		n += (size_t)depth - 1;
		ok(parse(text, n, &root) ==
			(depth == 32 ? CAPI_JSON_OK : CAPI_JSON_TOO_DEEP),
		    "%d objects in each other", depth);
	}
	memset(text, '[', sizeof(text));
	ok(parse(text, sizeof(text), &root) == CAPI_JSON_TOO_DEEP,
	    "four thousand open brackets");
}

static void
wrote(const struct capi_json *root, const char *expected, const char *what)
{
	struct capi_buf out = CAPI_BUF_INIT(1 << 20);

	capi_json_write(&out, root);
	ok(out.len == strlen(expected) && !memcmp(out.data, expected, out.len),
	    "%s", what);
	if (tap_failed)
		printf("# %s\n", capi_buf_cstr(&out));
	capi_buf_release(&out);
}

static void
test_spans(void)
{
	static const char text[] =
	    "{ \"n\" : 10.00,\"s\":\"\\u00e9\\/x\", \"o\":{ \"p\" : [1, 2] },"
	    "\"k\\n\":null}";
	struct capi_json *root, *o;

	parse(text, strlen(text), &root);
	wrote(root, text, "an untouched tree is the text, byte for byte");
	ok(capi_json_is(capi_json_get(root, "s"), "\xc3\xa9/x"),
	    "a string is decoded");
	ok(capi_json_get(root, "k\n") != NULL, "a key is decoded");
	ok(capi_json_at(root, "o.p")->count == 2, "a path leads inside");
	ok(!capi_json_at(root, "o.q") && !capi_json_at(root, "n.q"),
	    "a path that leads nowhere");

	o = capi_json_get(root, "o");
	capi_json_put(&arena, o, "new", CAPI_JSON_STRING, "a\"b\x01", 4);
	wrote(root,
	    "{\"n\":10.00,\"s\":\"\\u00e9\\/x\",\"o\":{\"p\":[1, 2],\"new\":"
	    "\"a\\\"b\\u0001\"},\"k\\n\":null}",
	    "an edit spells anew only the objects around it");
	capi_json_remove(capi_json_get(root, "n"));
	capi_json_remove(capi_json_get(root, "k\n"));
	capi_json_remove(capi_json_get(o, "p"));
	wrote(root, "{\"s\":\"\\u00e9\\/x\",\"o\":{\"new\":\"a\\\"b\\u0001\"}}",
	    "the first, the last and an inner member go");
	capi_json_put(&arena, root, "s", CAPI_JSON_NUMBER, "1.50", 4);
	wrote(root, "{\"s\":1.50,\"o\":{\"new\":\"a\\\"b\\u0001\"}}",
	    "a value changes its type in place");
}

/* Where a string with escapes begins is found from its end. */
static void
test_escaped_spans(void)
{
	static const char *const strings[] = {"\"\\\"\"", "\"\\\\\"",
	    "\"\\\\\\\"\"", "\"\\\"a\\\"\"", "\"\\u0022\"", "\":\\\",\\\\\""};
	char text[64], edited[64];
	struct capi_json *root;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		snprintf(text, sizeof(text), "{\"a\":[\"\",%s],%s:%s}",
		    strings[i], strings[i], strings[i]);
		if (parse(text, strlen(text), &root) != CAPI_JSON_OK) {
			ok(false, "%s is taken", text);
			continue;
		}
		capi_json_put(&arena, root, "a", CAPI_JSON_NULL, "", 0);
		snprintf(edited, sizeof(edited), "{\"a\":null,%s:%s}",
		    strings[i], strings[i]);
		wrote(root, edited, strings[i]);
	}
}

static void
test_names(void)
{
	static const char *const names[] = {"a", "ab", "ba", "abc", "acb",
	    "abcd", "abcdefgh", "abcdefghi", "abcdefghabcdefgh",
	    "abcdefgh_abcdefgh", "abcdefgh-abcdefgh", ""};
	const size_t count = sizeof(names) / sizeof(names[0]);
	struct capi_names *known = capi_json_names(parser);
	struct capi_json *root;
	uint16_t ids[sizeof(names) / sizeof(names[0])];
	char text[512] = "{\"c\":[1]";
	bool all = true, apart = true;

	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(text);

		ids[i] = capi_names_add(known, names[i], strlen(names[i]));
		apart &= ids[i] == i + 1;
		snprintf(text + n, sizeof(text) - n, ",\"%s\":1", names[i]);
	}
	strcat(text, ",\"\\u0061\\u0063\":1}");
	ok(apart && capi_names_add(known, "ba", 2) == ids[2],
	    "each name has its number");
	ok(parse(text, strlen(text), &root) == CAPI_JSON_OK, "all are keys");
	for (size_t i = 0; i < count; i++)
		all &= capi_json_get(root, names[i])->key_id == ids[i];
	ok(all, "a key has the number of its name");
	ok(!capi_json_get(root, "c")->key_id &&
		!capi_json_get(root, "c")->child->key_id &&
		!capi_json_get(root, "ac")->key_id,
	    "other keys and elements have none");
	ok(parse("{\"x\":1,\"\\u0061b\":1}", 19, &root) == CAPI_JSON_OK &&
		capi_json_get(root, "ab")->key_id == ids[1],
	    "nor do escapes hide one");
}

static void
test_building(void)
{
	struct capi_buf b = CAPI_BUF_INIT(4096);

	capi_buf_addc(&b, '{');
	capi_json_key(&b, "a");
	capi_buf_add_int(&b, INT64_MIN);
	capi_json_key(&b, "b");
	capi_buf_addc(&b, '[');
	capi_json_sep(&b);
	capi_json_cstring(&b, "x");
	capi_json_sep(&b);
	capi_json_cstring(&b, "\t\x7f");
	capi_buf_addc(&b, ']');
	capi_buf_addc(&b, '}');
	ok(!strcmp(capi_buf_cstr(&b), "{\"a\":-9223372036854775808,\"b\":"
				      "[\"x\",\"\\t\\u007f\"]}"),
	    "commas find their place: %s", capi_buf_cstr(&b));
	capi_buf_release(&b);
}

/* Each byte in each place of a text around which other steps are taken: read
 * back by yajl it is the same, and nothing stands there that may not. */
static void
test_escapes(void)
{
	struct capi_buf b = CAPI_BUF_INIT(4096);
	bool same = true, clean = true;

	for (int i = 0; i < 127 * 20; i++) {
		char text[] = "abcdefgh\xc3\xbcjklmnopqrs";
		struct capi_json *v;

		if (i % 20 != 8 && i % 20 != 9)
			text[i % 20] = (char)(i / 20 + 1);
		capi_buf_reset(&b);
		capi_buf_addc(&b, '[');
		capi_json_string(&b, text, 20);
		capi_buf_addc(&b, ']');
		for (size_t k = 0; k < b.len; k++)
			clean &=
			    (unsigned char)b.data[k] >= ' ' && b.data[k] != 127;
		capi_arena_reset(&arena);
		same &= capi_json_parse(parser, &arena, b.data, b.len, &v) ==
			    CAPI_JSON_OK &&
			v->child->len == 20 &&
			!memcmp(v->child->text, text, 20);
	}
	ok(same, "every byte in every place is read back");
	ok(clean, "control characters are not written as they are");
	capi_buf_release(&b);
}

int
main(void)
{
	parser = capi_json_parser_new();
	test_verdicts();
	test_depth();
	test_spans();
	test_escaped_spans();
	test_names();
	test_building();
	test_escapes();
	capi_json_parser_free(parser);
	capi_arena_release(&arena);
	return tap_done();
}
