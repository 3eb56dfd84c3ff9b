#include "csv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <csv.h>

#include "buf.h"
#include "charset.h"
#include "csv_held.h"
#include "csv_split.h"
#include "err.h"

#define HEAD (64 * 1024)

struct capi_csv_state {
	struct csv_parser parser;
	struct capi_csv_split split;
	struct capi_lines *lines;
	struct capi_charset in;
	struct capi_buf
	    head; /* the first line, while the delimiter is sought */

	/* The row that grows. */
	struct capi_buf text;
	uint32_t *ends; /* of each cell in text */
	size_t cells;
	size_t fed; /* bytes of the row so far */
	bool done, wide;
	uint64_t line, row_line;
	bool after_cr, blank, utf8_seen, latin;
	size_t keep;         /* bytes of its text */
	struct capi_buf raw; /* the text, of the row before too */

	/* What is handed out. */
	struct capi_buf recoded;
	struct capi_str *cell;

	struct capi_csv_held held;
};

static void
on_cell(void *text, size_t n, void *arg)
{
	struct capi_csv_state *s = arg;

	if (s->cells == CAPI_CSV_COLUMNS) {
		s->wide = true;
		return;
	}
	capi_buf_add(&s->text, text, n);
	s->ends[s->cells++] = (uint32_t)s->text.len;
	/* Halves of a character in two cells must not make one. */
	capi_buf_addc(&s->text, '\n');
}

static void
on_row(int end, void *arg)
{
	struct capi_csv_state *s = arg;

	(void)end;
	s->done = true;
}

static void
begin_row(struct capi_csv_state *s)
{
	capi_buf_reset(&s->text);
	s->cells = 0;
	s->fed = 0;
	s->done = s->wide = false;
}

void
capi_csv_open(struct capi_csv *c, struct capi_lines *lines)
{
	struct capi_csv_state *s = capi_alloc(sizeof(*s));

	memset(s, 0, sizeof(*s));
	s->lines = lines;
	s->head.max = SIZE_MAX / 4;
	s->text.max = s->recoded.max = (size_t)1 << 31;
	s->ends = capi_alloc(CAPI_CSV_COLUMNS * sizeof(*s->ends));
	s->cell = capi_alloc(CAPI_CSV_COLUMNS * sizeof(*s->cell));
	s->split.cell = s->cell;
	s->split.max = CAPI_CSV_COLUMNS;
	if (csv_init(&s->parser, 0))
		capi_die(CAPI_EXIT_SYSTEM, "out of memory");
	s->keep = c->keep ? c->max : 0;
	s->raw.max = SIZE_MAX / 4;
	c->decoder = NULL;
	c->state = s;
}

void
capi_csv_close(struct capi_csv *c)
{
	struct capi_csv_state *s = c->state;

	if (!s)
		return;
	csv_free(&s->parser);
	capi_csv_split_release(&s->split);
	capi_charset_close(&s->in);
	capi_csv_held_release(&s->held);
	capi_buf_release(&s->head);
	capi_buf_release(&s->text);
	capi_buf_release(&s->recoded);
	capi_buf_release(&s->raw);
	free(s->ends);
	free(s->cell);
	free(s);
	c->state = NULL;
}

/* Decides what can be decided from the first bytes; false: iconv does not
 * know the encoding. */
static bool
find_encoding(struct capi_csv *c)
{
	struct capi_csv_state *s = c->state;
	const char *wide = c->encoding ? NULL : capi_charset_wide(s->lines);

	c->decoder = c->encoding ? c->encoding : wide ? wide : "UTF-8";
	if (capi_charset_open(&s->in, s->lines, c->decoder))
		return false;
	s->latin = s->in.latin;
	if (s->latin)
		c->decoder = "Windows-1252";
	s->utf8_seen = c->encoding && !s->latin;
	return true;
}

static char
sniff(const char *p, size_t n)
{
	static const char marks[] = ",;\t|";
	size_t count[4] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		const char *mark;

		if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == '\n' || p[i] == '\r'))
			break;
		else if (!quoted && p[i] && (mark = strchr(marks, p[i])))
			count[mark - marks]++;
	}
	for (size_t i = 1; i < 4; i++)
		if (count[i] > count[best])
			best = i;
	return marks[best];
}

/* Gathers the first line, however slowly it comes, and looks at it. */
static int
begin_file(struct capi_csv *c)
{
	struct capi_csv_state *s = c->state;
	char delimiter;
	size_t skip = 0, n;
	int got;

	do {
		got = capi_charset_more(&s->in);
		if (got > 0)
			capi_buf_add(&s->head, s->in.at, s->in.left);
	} while (got > 0 && s->head.len < HEAD &&
		 !memchr(s->head.data, '\n', s->head.len));
	if (got < 0)
		return -1;
	s->in.at = s->head.len ? s->head.data : "";
	s->in.left = n = s->head.len;
	if (n >= 3 && !memcmp(s->in.at, "\xef\xbb\xbf", 3))
		skip = 3;
	s->in.at += skip;
	s->in.left -= skip;
	delimiter = sniff(s->in.at, s->in.left);
	if (s->in.left >= 5 && !strncasecmp(s->in.at, "sep=", 4)) {
		delimiter = s->in.at[4];
		s->in.at += 5;
		s->in.left -= 5;
	}
	if (!c->delimiter)
		c->delimiter = delimiter;
	csv_set_delim(&s->parser, (unsigned char)c->delimiter);
	capi_csv_split_init(&s->split, c->delimiter);
	return 0;
}

/* How much of what is there belongs to one physical line, its end included. */
static size_t
line_length(const struct capi_csv_state *s)
{
	const char *nl = memchr(s->in.at, '\n', s->in.left);
	size_t n = nl ? (size_t)(nl - s->in.at) + 1 : s->in.left;
	const char *cr = memchr(s->in.at, '\r', n);

	/* A lone CR ends a line too (old Macs), CR LF is one end. */
	if (cr && (size_t)(cr - s->in.at) + 1 < n && cr[1] != '\n')
		return (size_t)(cr - s->in.at) + 1;
	return n;
}

static bool
is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* The row spoils what follows: forget it and go on behind its line. */
static void
give_up(struct capi_csv_state *s, bool at_line_end)
{
	unsigned char delimiter = csv_get_delim(&s->parser);

	csv_free(&s->parser);
	csv_init(&s->parser, 0);
	csv_set_delim(&s->parser, delimiter);
	if (at_line_end)
		return;
	s->line++;
	while (!at_line_end) {
		size_t n;

		if (!s->in.left && capi_charset_more(&s->in) <= 0)
			break;
		n = line_length(s);
		at_line_end = is_end(s->in.at[n - 1]);
		s->after_cr = s->in.at[n - 1] == '\r';
		s->in.at += n;
		s->in.left -= n;
	}
}

static void
recode(struct capi_csv_state *s, bool latin)
{
	uint32_t from = 0;

	capi_buf_reset(&s->recoded);
	for (size_t i = 0; i < s->cells; i++) {
		const char *p = s->text.data + from;
		size_t n = s->ends[i] - from;

		from = s->ends[i] + 1;
		if (latin)
			capi_charset_latin(&s->recoded, p, n);
		else
			capi_charset_mend(&s->recoded, p, n);
		s->ends[i] = (uint32_t)s->recoded.len;
		capi_buf_addc(&s->recoded, '\n');
	}
}

static struct capi_str
clean(const char *p, size_t n)
{
	struct capi_str t;

	/* Most cells begin and end with a letter or digit. */
	if (n && capi_is_alnum(p[0]) && capi_is_alnum(p[n - 1]))
		return (struct capi_str){p, n};
	t = capi_text_trim(p, n);

	if (t.n >= 3 && t.p[0] == '=' && t.p[1] == '"' && t.p[t.n - 1] == '"')
		return capi_text_trim(t.p + 2, t.n - 3);
	if (t.n >= 2 && t.p[0] == '\'' &&
	    (capi_is_digit(t.p[1]) || strchr("+-=@", t.p[1])))
		return (struct capi_str){t.p + 1, t.n - 1};
	return t;
}

/* The row's cells without what stands around them; false: nothing in it. */
static bool
clean_cells(struct capi_str *cell, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!cell[i].n)
			continue;
		cell[i] = clean(cell[i].p, cell[i].n);
		any |= cell[i].n > 0;
	}
	return any;
}

static void
tell(struct capi_csv_state *s, struct capi_csv_row *row, size_t cells)
{
	row->cell = s->cell;
	row->count = cells;
	row->line = s->row_line;
	row->after_blank = s->blank;
	s->blank = false;
}

/* The parsed cells as a row; false: nothing in it. */
static bool
hand_out(struct capi_csv *c, struct capi_csv_row *row)
{
	struct capi_csv_state *s = c->state;
	const struct capi_buf *text = &s->text;
	bool ascii = capi_text_is_ascii(text->data, text->len);
	uint32_t from = 0;

	row->damaged = false;
	if (!ascii && !s->latin && !s->in.has_cd) {
		if (capi_text_is_utf8(text->data, text->len)) {
			s->utf8_seen = true;
		} else if (!s->utf8_seen) {
			s->latin = true;
			c->decoder = "Windows-1252";
		} else {
			row->damaged = true;
			recode(s, false);
			text = &s->recoded;
		}
	}
	if (!ascii && s->latin) {
		recode(s, true);
		text = &s->recoded;
	}
	for (size_t i = 0; i < s->cells; i++) {
		s->cell[i] =
		    (struct capi_str){text->data + from, s->ends[i] - from};
		from = s->ends[i] + 1;
	}
	tell(s, row, s->cells);
	return clean_cells(s->cell, s->cells);
}

/* A row in good order, whole in what is there, and of bytes that need no
 * second look: its cells are handed out where they lie. */
static bool
take_whole(struct capi_csv *c, struct capi_csv_row *row)
{
	struct capi_csv_state *s = c->state;
	bool ascii;
	size_t n;

	if (s->fed || s->after_cr)
		return false;
	n = capi_csv_split(&s->split, s->in.at, s->in.left);
	if (!n || n > c->max || memchr(s->in.at, '\0', n))
		return false;
	ascii = capi_text_is_ascii(s->in.at, n);
	if (!ascii && (s->latin || !capi_text_is_utf8(s->in.at, n)))
		return false;
	if (!clean_cells(s->cell, s->split.count))
		return false;
	s->utf8_seen |= !ascii;
	s->row_line = s->line + 1;
	s->line += s->split.newlines;
	s->in.at += n;
	s->in.left -= n;
	tell(s, row, s->split.count);
	return true;
}

static enum capi_csv_result
finish_row(struct capi_csv *c, struct capi_csv_row *row)
{
	struct capi_csv_state *s = c->state;
	bool any = hand_out(c, row);
	bool wide = s->wide;
	bool nul = s->text.len && memchr(s->text.data, '\0', s->text.len);

	begin_row(s);
	if (wide)
		return CAPI_CSV_TOO_WIDE;
	if (nul)
		return CAPI_CSV_NUL;
	if (!any) {
		s->blank = true;
		return CAPI_CSV_END; /* the caller goes on */
	}
	return CAPI_CSV_ROW;
}

static enum capi_csv_result
end_of_file(struct capi_csv *c, struct capi_csv_row *row)
{
	struct capi_csv_state *s = c->state;
	enum capi_csv_result result;
	bool open;

	if (!s->fed)
		return CAPI_CSV_END;
	/* Strict only now: before, a stray quote is taken as a character. */
	csv_set_opts(&s->parser, CSV_STRICT | CSV_STRICT_FINI);
	open = csv_fini(&s->parser, on_cell, on_row, s) != 0;
	if (open) {
		hand_out(c, row);
		begin_row(s);
		return CAPI_CSV_OPEN_QUOTE;
	}
	result = finish_row(c, row);
	return result;
}

/* Nothing but white space and the line's end? */
static bool
is_blank_line(const struct capi_csv_state *s, size_t n)
{
	char delimiter =
	    (char)csv_get_delim((struct csv_parser *)(uintptr_t)&s->parser);

	for (size_t i = 0; i < n; i++)
		if (!capi_is_space(s->in.at[i]) || s->in.at[i] == delimiter)
			return false;
	return is_end(s->in.at[n - 1]);
}

static void
keep_text(struct capi_csv_state *s, size_t n)
{
	if (!s->fed)
		capi_buf_reset(&s->raw);
	if (n > s->keep - s->raw.len)
		n = s->keep - s->raw.len;
	capi_buf_add(&s->raw, s->in.at, n);
}

/* One physical line, or what is there of it, to libcsv. */
static bool
feed(struct capi_csv_state *s)
{
	size_t n = line_length(s);
	bool newline = is_end(s->in.at[n - 1]);
	bool rest_of_crlf = s->after_cr && s->in.at[0] == '\n';

	if (!s->fed)
		s->row_line = s->line + 1;
	s->after_cr = s->in.at[n - 1] == '\r';
	if (newline && !rest_of_crlf)
		s->line++;
	if (!s->fed && is_blank_line(s, n)) {
		s->blank |= !rest_of_crlf;
	} else {
		if (s->keep)
			keep_text(s, n);
		csv_parse(&s->parser, s->in.at, n, on_cell, on_row, s);
		s->fed += n;
	}
	s->in.at += n;
	s->in.left -= n;
	return newline;
}

static struct capi_str
text_of(struct capi_csv_state *s)
{
	size_t n = s->raw.len;

	while (n && is_end(s->raw.data[n - 1]))
		n--;
	n = capi_text_whole(s->raw.data, n);
	if (!s->keep || capi_text_is_utf8(s->raw.data, n))
		return (struct capi_str){n ? s->raw.data : "", n};
	capi_buf_reset(&s->recoded);
	if (s->latin || !s->utf8_seen)
		capi_charset_latin(&s->recoded, s->raw.data, n);
	else
		capi_charset_mend(&s->recoded, s->raw.data, n);
	return (struct capi_str){s->recoded.data, s->recoded.len};
}

static enum capi_csv_result next(struct capi_csv *c, struct capi_csv_row *row);

enum capi_csv_result
capi_csv_next(struct capi_csv *c, struct capi_csv_row *row)
{
	enum capi_csv_result result = next(c, row);

	if (result > CAPI_CSV_END && result < CAPI_CSV_FAILED)
		row->text = text_of(c->state);
	return result;
}

static enum capi_csv_result
next(struct capi_csv *c, struct capi_csv_row *row)
{
	struct capi_csv_state *s = c->state;
	enum capi_csv_result result;

	memset(row, 0, sizeof(*row));
	row->cell = s->cell;
	if (s->held.replay) {
		int got = capi_csv_held_take(&s->held, row);

		if (got)
			return got > 0 ? CAPI_CSV_ROW : CAPI_CSV_FAILED;
	}
	if (!c->decoder) {
		if (!find_encoding(c))
			return CAPI_CSV_NO_ENCODING;
		if (begin_file(c))
			return CAPI_CSV_FAILED;
	}
	for (;;) {
		bool newline;

		if (!s->in.left) {
			int got = capi_charset_more(&s->in);

			if (got < 0)
				return CAPI_CSV_FAILED;
			if (!got)
				return end_of_file(c, row);
		}
		if (take_whole(c, row))
			return CAPI_CSV_ROW;
		newline = feed(s);
		if (s->fed > c->max) {
			row->line = s->row_line;
			if (!s->done)
				give_up(s, newline);
			begin_row(s);
			return CAPI_CSV_TOO_LONG;
		}
		if (!s->done)
			continue;
		result = finish_row(c, row);
		if (result != CAPI_CSV_END)
			return result;
	}
}

int
capi_csv_hold(struct capi_csv *c, const struct capi_csv_row *row)
{
	return capi_csv_held_put(&c->state->held, row);
}

int
capi_csv_release(struct capi_csv *c)
{
	return capi_csv_held_rewind(&c->state->held);
}

const char *
capi_csv_reason(enum capi_csv_result result)
{
	switch (result) {
	case CAPI_CSV_ROW:
	case CAPI_CSV_END:
		return "well-formed";
	case CAPI_CSV_TOO_LONG:
		return "row too long; is a quote not closed?";
	case CAPI_CSV_TOO_WIDE:
		return "more than 4096 cells";
	case CAPI_CSV_NUL:
		return "a NUL byte in the row";
	case CAPI_CSV_OPEN_QUOTE:
		return "the file ends inside a quoted cell";
	case CAPI_CSV_FAILED:
		return "can not be read";
	case CAPI_CSV_NO_ENCODING:
		return "an encoding that iconv does not know";
	}
	return "not CSV";
}
