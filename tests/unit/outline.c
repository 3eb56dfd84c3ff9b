/* lib/outline.c against a reader of one byte at a time, on random texts of all
 * lengths around its blocks. */
#include "outline.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct capi_outline outline;

/* Byte by byte: what there is, and the text without its strings. */
static bool
is_right(const char *text, size_t n)
{
	bool ascii = true, odd = false, inside = false;
	char drawn[512];
	size_t quotes = 0, len = 0;

	capi_outline_read(&outline, text, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		ascii = ascii && c < 0x80;
		odd = odd || c < 0x20 || c == '\\';
		if (c == '"') {
			if (outline.quotes[quotes] != i)
				return false;
			quotes++;
		}
		if (c == '"' || !inside)
			drawn[len++] = text[i];
		inside = inside != (c == '"');
	}
	if (outline.count != quotes || outline.ascii != ascii ||
	    outline.plain != (!odd && !inside))
		return false;
	if (!outline.plain)
		return true;
	capi_outline_draw(&outline, text, n);
	return outline.len == len && !memcmp(outline.text, drawn, len);
}

int
main(void)
{
	static const char rare[] = "\\\x1f\x01\t\xff\x80\xc3";
	static const char usual[] = "\"\"\"aZ09{}[]:, ~\x7f!#";
	unsigned plain = 0;
	bool good = true;

	srandom(11);
	for (size_t n = 0; n < 300; n++) {
		for (int k = 0; k < 40; k++) {
			char *text = malloc(n + 1); /* its end is watched */

			for (size_t i = 0; i < n; i++)
				text[i] = random() % 200 == 0
					      ? rare[random() % 7]
					      : usual[random() % 18];
			good = good && is_right(text, n);
			plain += outline.plain;
			free(text);
		}
	}
	ok(good, "12,000 texts are read and drawn as byte by byte");
	ok(plain > 2000, "%u of them were drawn", plain);
	for (int c = 0; c < 256; c++) {
		char text[80];

		memset(text, 'x', sizeof(text));
		text[c % 80] = (char)c;
		good = good && is_right(text, sizeof(text));
	}
	ok(good, "each byte is told from all others");
	capi_outline_release(&outline);
	return tap_done();
}
