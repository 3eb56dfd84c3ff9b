#include "normalize/preset.h"

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

/* The first value at the path as its text; "" if there is none, NULL if it is
 * no path. */
static struct capi_str
at(const char *path)
{
	static const char text[] =
	    "{\"a\":{\"b\":null,\"c\":\"\"},\"r\":[{\"k\":\"x\",\"v\":1},"
	    "{\"k\":\"y\",\"s\":\"ok\",\"v\":2,\"w\":[[5]]},"
	    "{\"k\":\"y\",\"v\":3}]}";
	struct capi_json_parser *parser = capi_json_parser_new();
	static struct capi_arena arena = CAPI_ARENA_INIT;
	static struct capi_path_index index;
	struct capi_json *root;
	struct capi_path p;
	const struct capi_json *v = NULL;
	int bad = capi_path_read(&p, (struct capi_str){path, strlen(path)}) ||
		  capi_path_number(&p, capi_json_names(parser));

	capi_arena_reset(&arena);
	if (!bad && capi_json_parse(parser, &arena, text, sizeof(text) - 1,
			&root) == CAPI_JSON_OK) {
		capi_path_look(&index, root);
		v = capi_path_first(&index, &p);
	}
	capi_json_parser_free(parser);
	if (bad)
		return (struct capi_str){NULL, 0};
	return v ? (struct capi_str){v->text, v->len} : CAPI_STR("");
}

static void
test_paths(void)
{
	ok(capi_str_is(at("r[k=y].v"), "2"), "a filter finds its element");
	ok(capi_str_is(at("r[k=Y*].v"), "2"), "also by its begin");
	ok(capi_str_is(at("r[k=y,s=ok].v"), "2"), "two conditions must hold");
	ok(!at("r[k=x,s=ok].v").n, "both of them");
	ok(capi_str_is(at("r[].v"), "1"), "[] takes the first");
	ok(capi_str_is(at("r[].w[][]"), "5"), "lists in lists");
	ok(!at("a.b").n && at("a.b").p, "null is nothing");
	ok(!at("a.c").n, "an empty text is nothing");
	ok(!at("a.b.c.d").n && !at("z").n && !at("r.v").n, "no such path");
	ok(!at("r[k=y").p, "a path without its ]");
	ok(!at("a..b").p && !at("a.").p, "a path with an empty name");
	ok(!at("a.b.c.d.e.f.g").p, "a path of seven steps");
	ok(!at("r[k].v").p, "a test without =");
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
	wrong("[preset]\nformat = json\n[fields]\nemail = a | b[\n",
	    "line 4: not a path");
	wrong("[preset]\nformat = json\nitems = a..b\n[fields]\nemail = a\n",
	    "line 3: items: not a path");
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
