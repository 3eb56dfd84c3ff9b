/* The short way through a row against libcsv on the same bytes: whatever the
 * short way takes must be one row with the same cells. */
#include "normalize/csv_split.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define ROWS 200000
#define CELLS 32

struct oracle {
	char text[256];
	size_t len, cells, rows, ends[CELLS];
};

static void
on_cell(void *p, size_t n, void *arg)
{
	struct oracle *o = arg;

	memcpy(o->text + o->len, p, n);
	o->len += n;
	o->ends[o->cells++] = o->len;
}

static void
on_row(int end, void *arg)
{
	(void)end;
	((struct oracle *)arg)->rows++;
}

static void
ask(struct oracle *o, const char *p, size_t n)
{
	struct csv_parser parser;

	memset(o, 0, sizeof(*o));
	csv_init(&parser, 0);
	csv_parse(&parser, p, n, on_cell, on_row, o);
	csv_fini(&parser, on_cell, on_row, o);
	csv_free(&parser);
}

/* Blanks around a cell go later (csv.c), and libcsv takes them off now. */
static bool
same_cells(const struct capi_csv_split *s, const struct oracle *o)
{
	size_t from = 0;

	if (o->rows != 1 || o->cells != s->count)
		return false;
	for (size_t i = 0; i < s->count; i++) {
		struct capi_str a = capi_text_trim(s->cell[i].p, s->cell[i].n);
		struct capi_str b =
		    capi_text_trim(o->text + from, o->ends[i] - from);

		from = o->ends[i];
		if (a.n != b.n || memcmp(a.p, b.p, a.n))
			return false;
	}
	return true;
}

static uint64_t
newlines(const char *p, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += p[i] == '\n';
	return count;
}

/* Pieces that make rows more often than single characters would. */
static size_t
make(char *p)
{
	static const char *const pieces[] = {"a", "bc", ",", ",", ",", "\"",
	    "\"x\"", "\"x\",", "\"y\"\"z\"", "\"p\nq\"", "\"\"", " ", "\t",
	    "\n", "\r\n", "\r", "\xc3\xa4", "\"r\r\ns\"", "'1", "=\"7\""};
	size_t n = 0, count = (size_t)rand() % 10;

	for (size_t i = 0; i < count; i++) {
		const char *s =
		    pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))];

		memcpy(p + n, s, strlen(s));
		n += strlen(s);
	}
	p[n] = '\n';
	return n + 1;
}

int
main(void)
{
	struct capi_str cell[CELLS];
	struct capi_csv_split s = {.cell = cell, .max = CELLS};
	unsigned taken = 0, differ = 0, lines = 0;

	srand(1);
	capi_csv_split_init(&s, ',');
	for (int i = 0; i < ROWS; i++) {
		char row[128];
		size_t n = make(row), got = capi_csv_split(&s, row, n);
		struct oracle o;

		if (!got)
			continue;
		taken++;
		lines += s.newlines != newlines(row, got);
		ask(&o, row, got);
		differ += !same_cells(&s, &o);
	}
	ok(differ == 0, "%u rows have other cells than libcsv says", differ);
	ok(lines == 0, "%u rows have other numbers of lines", lines);
	ok(taken > ROWS / 10 && taken < ROWS,
	    "%u of %d rows were taken, and the odd ones left", taken, ROWS);
	ok(!capi_csv_split(&s, "a,b", 3), "a row without an end is left");
	ok(!capi_csv_split(&s, "\"a\n", 3), "so is an open quote");
	ok(!capi_csv_split(&s, "\n", 1), "and a blank line");
	s.max = 2;
	ok(!capi_csv_split(&s, "a,b,c\n", 6), "and a row that is too wide");
	capi_csv_split_release(&s);
	return tap_done();
}
