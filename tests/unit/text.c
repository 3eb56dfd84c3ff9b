/* lib/text.c. UTF-8 well-formedness after Unicode 15, table 3-7; NFC and
 * lower case after UnicodeData and NormalizationTest of that version. */
#include "text.h"

#include <string.h>

#include "tap.h"

static const struct {
	const char *in;
	const char *nfc;
	const char *lower;
} maps[] = {
    {"Mary", "Mary", "mary"},
    {"VAL\xc3\x89RY", "VAL\xc3\x89RY", "val\xc3\xa9ry"},
    {"Vale\xcc\x81ry", "Val\xc3\xa9ry", "val\xc3\xa9ry"},
    {"\xd0\x92\xd0\x9b", "\xd0\x92\xd0\x9b", "\xd0\xb2\xd0\xbb"},
    {"\xe1\x84\x8c\xe1\x85\xa5\xe1\x86\xbc", "\xec\xa0\x95", "\xec\xa0\x95"},
    {"STRA\xc3\x9f"
     "E",
	"STRA\xc3\x9f"
	"E",
	"stra\xc3\x9f"
	"e"},
};

static const struct {
	const char *in;
	bool valid;
} utf8[] = {
    {"plain ascii that is longer than eight bytes", true},
    {"\xc2\x80", true},
    {"\xdf\xbf", true},
    {"\xe0\xa0\x80", true},
    {"\xed\x9f\xbf", true},
    {"\xee\x80\x80", true},
    {"\xf0\x90\x80\x80", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"\x80", false},
    {"\xc1\xbf", false},
    {"\xc0\x80", false},
    {"\xe0\x9f\xbf", false},
    {"\xed\xa0\x80", false},
    {"\xf0\x8f\xbf\xbf", false},
    {"\xf4\x90\x80\x80", false},
    {"\xf5\x80\x80\x80", false},
    {"\xe2\x82", false},
    {"\xc3(", false},
    {"12345678\xff", false},
};

static const struct {
	const char *in, *out;
} trims[] = {
    {"  a b\t\r\n", "a b"},
    {"", ""},
    {" \xc2\xa0 ", ""},
    {"\xe2\x80\x8b\xe3\x80\x80x\xef\xbb\xbf", "x"},
    {"\xc3\xa9", "\xc3\xa9"},
    {" \xc3\xa9 \xc3\xa9 ", "\xc3\xa9 \xc3\xa9"},
};

int
main(void)
{
	struct capi_buf b = CAPI_BUF_INIT(1 << 16);
	static const char *const words[] = {
	    "Purchase", "AddToCart", "ViewContent"};
	const char *near;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		capi_buf_reset(&b);
		ok(capi_text_nfc(&b, maps[i].in, strlen(maps[i].in)) &&
			!strcmp(capi_buf_cstr(&b), maps[i].nfc),
		    "NFC of %s", maps[i].nfc);
		capi_buf_reset(&b);
		ok(capi_text_lower(&b, maps[i].in, strlen(maps[i].in)) &&
			!strcmp(capi_buf_cstr(&b), maps[i].lower),
		    "lower case of %s", maps[i].nfc);
	}
	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
		ok(capi_text_is_utf8(utf8[i].in, strlen(utf8[i].in)) ==
			utf8[i].valid,
		    "UTF-8 case %zu is %s", i, utf8[i].valid ? "good" : "bad");
	for (size_t i = 0; i < sizeof(trims) / sizeof(trims[0]); i++) {
		struct capi_str s =
		    capi_text_trim(trims[i].in, strlen(trims[i].in));
		ok(capi_str_is(s, trims[i].out), "trim case %zu", i);
	}
	ok(capi_text_among("one two", CAPI_STR("one")) &&
		capi_text_among("one two", CAPI_STR("two")) &&
		capi_text_among("one, two,three", CAPI_STR("three")),
	    "a word at either end of a list, blanks or commas between");
	ok(!capi_text_among("one two", CAPI_STR("on")) &&
		!capi_text_among("one two", CAPI_STR("ne")) &&
		!capi_text_among("one two", CAPI_STR("one two")) &&
		!capi_text_among("one two", CAPI_STR("")) &&
		!capi_text_among("one two", CAPI_STR("two three")) &&
		!capi_text_among("", CAPI_STR("one")),
	    "a part of a word, or several, are none of the list");
	ok(capi_text_among("onetwo one two", CAPI_STR("one")),
	    "a word behind one that begins like it");
	ok(capi_text_count("a\xc3\xa9\xe8\x8c\xb6\xf0\x9f\x98\x80", 10) == 4,
	    "characters, not bytes");
	near = capi_text_nearest(CAPI_STR("purchase"), words, 3);
	ok(near && !strcmp(near, "Purchase"), "purchase is near Purchase");
	near = capi_text_nearest(CAPI_STR("Add_To_Cart"), words, 3);
	ok(near && !strcmp(near, "AddToCart"), "Add_To_Cart: AddToCart");
	ok(!capi_text_nearest(CAPI_STR("Lead"), words, 3), "Lead is near none");
	capi_buf_release(&b);
	return tap_done();
}
