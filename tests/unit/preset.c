#include "preset.h"

#include <stdio.h>
#include <string.h>

static int tests, failures;

static void
ok(int good, const char *what)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
}

static void
wrong(const char *map, const char *why_part)
{
	struct capi_preset p;
	char why[160] = "";

	if (!capi_preset_parse(&p, "x", map, strlen(map), why)) {
		capi_preset_release(&p);
		ok(0, why_part);
		return;
	}
	ok(strstr(why, why_part) != NULL, why_part);
}

static const char map[] =
    "# comment\n[preset]\nformat = csv\npairs = |\nneeds = email\n"
    "counts = paid won\n[fields]\nemail = Mail | E-Mail  Adresse\n"
    "fbp = Notes[_fbp]\ncity = B City || S City\nevent_name = 'Lead'\n"
    "external_id = ID[without Stage]\n"
    "[status]\nDone = paid\nwc-* = won\n*held = -\n";

static void
test_binding(const struct capi_preset *p)
{
	struct capi_str header[] = {CAPI_STR(" e-mail adresse "),
	    CAPI_STR("NOTES"), CAPI_STR("s city"), CAPI_STR("ID")};
	struct capi_bound bound[16];
	size_t n = capi_preset_bind(p, header, 4, bound, 16);

	ok(n == 5, "headers match without case, constants always");
	ok(bound[0].source->field == CAPI_F_EMAIL && bound[0].column == 0 &&
		bound[0].source->alternative == 1,
	    "the second source of email is column 0");
	ok(bound[1].source->field == CAPI_F_FBP && bound[1].column == 1 &&
		capi_str_is(bound[1].key, "_fbp"),
	    "a pair is bound to the cell and its key");
	ok(bound[2].source->field == CAPI_F_CITY && bound[2].source->side == 1,
	    "a source behind || is of the other side");
	header[0] = CAPI_STR("Stage");
	ok(capi_preset_bind(p, header, 4, bound, 16) == 3,
	    "[without X] is not bound where X is");
}

static void
test_paths(void)
{
	static const char text[] =
	    "{\"a\":{\"b\":null,\"c\":\"\"},\"r\":[{\"k\":\"x\",\"v\":1},"
	    "{\"k\":\"y\",\"s\":\"ok\",\"v\":2},{\"k\":\"y\",\"v\":3}]}";
	struct capi_json_parser *parser = capi_json_parser_new();
	struct capi_arena arena = CAPI_ARENA_INIT;
	struct capi_json *root;
	const struct capi_json *v;

	capi_json_parse(parser, &arena, text, sizeof(text) - 1, &root);
	v = capi_preset_at(root, CAPI_STR("r[k=y].v"));
	ok(v && v->len == 1 && v->text[0] == '2', "a filter finds its element");
	v = capi_preset_at(root, CAPI_STR("r[k=y,s=ok].v"));
	ok(v && v->text[0] == '2', "two conditions must both hold");
	v = capi_preset_at(root, CAPI_STR("r[].v"));
	ok(v && v->text[0] == '1', "[] takes the first");
	ok(!capi_preset_at(root, CAPI_STR("a.b")), "null is nothing");
	ok(!capi_preset_at(root, CAPI_STR("a.c")), "an empty text is nothing");
	ok(!capi_preset_at(root, CAPI_STR("a.b.c.d")), "no such path");
	ok(!capi_preset_at(root, CAPI_STR("r[k=y")), "a path without its ]");
	capi_arena_release(&arena);
	capi_json_parser_free(parser);
}

int
main(void)
{
	struct capi_pairs pairs;
	struct capi_preset p;
	char why[160];

	ok(!capi_preset_parse(&p, "x", map, sizeof(map) - 1, why), "a map");
	test_binding(&p);
	ok(capi_str_is(
	       capi_preset_translate(&p, CAPI_F_STATUS, CAPI_STR("DONE")),
	       "paid"),
	    "a word in any case");
	ok(capi_str_is(
	       capi_preset_translate(&p, CAPI_F_STATUS, CAPI_STR("wc-x")),
	       "won"),
	    "a * at the end");
	ok(capi_str_is(
	       capi_preset_translate(&p, CAPI_F_STATUS, CAPI_STR("on held")),
	       "-"),
	    "a * at the begin");
	ok(capi_str_is(
	       capi_preset_translate(&p, CAPI_F_STATUS, CAPI_STR("held back")),
	       "held back"),
	    "what no row knows stays");
	ok(capi_preset_counts(&p, CAPI_STR("won")) &&
		!capi_preset_counts(&p, CAPI_STR("wo")),
	    "statuses that count");
	capi_pairs_split(&pairs, CAPI_STR("a: 1\nurl: http://x:1"), 0);
	ok(capi_str_is(capi_pairs_get(&pairs, CAPI_STR("URL")), "http://x:1"),
	    "a pair is split at its first colon");
	ok(!capi_pairs_get(&pairs, CAPI_STR("ur")).n, "a key is whole");
	capi_pairs_split(&pairs, CAPI_STR("a:1|b:2|no pair|b:3"), '|');
	ok(pairs.count == 3 &&
		capi_str_is(capi_pairs_get(&pairs, CAPI_STR("b")), "2"),
	    "pairs parted by a bar, the first of two alike");
	capi_preset_release(&p);
	test_paths();
	wrong("email = x\n", "line 1: before any [section]");
	wrong("[fields]\nnope = x\n", "line 2: no such member");
	wrong("[fields]\nemail = \n", "line 2: an empty source");
	wrong("[fields]\nemail = a\nemail = b\n", "line 3: the member stands");
	wrong("[preset]\nformat = xml\n", "line 2: neither csv nor json");
	wrong("[preset]\nformat = csv\n", "no [fields]");
	wrong("[nope]\n", "line 1: neither [preset]");
	wrong("[fields\n", "line 1: no ]");
	for (const struct capi_preset_text *t = capi_preset_texts; t->name;
	     t++) {
		int bad = capi_preset_parse(
		    &p, t->name, t->text, strlen(t->text), why);

		ok(!bad, t->name);
		if (!bad)
			capi_preset_release(&p);
	}
	printf("1..%d\n", tests);
	return failures != 0;
}
