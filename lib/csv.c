#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <csv.h>

#include "buf.h"
#include "csv_split.h"
#include "err.h"

#define HEAD (64 * 1024)

struct capi_csv_state {
	struct csv_parser parser;
	struct capi_csv_split split;
	struct capi_lines *lines;

	/* Decoded bytes that wait to be parsed. */
	const char *at;
	size_t left;
	struct capi_buf
	    head; /* the first line, while the delimiter is sought */
	struct capi_buf decoded;
	iconv_t cd;
	bool has_cd;
	char carry[16]; /* the begin of a character cut by a block's end */
	size_t carried;
	bool ended;

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

	/* Rows that wait. */
	FILE *hold;
	bool replay;
	char *held;
	size_t held_cap;
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
	s->head.max = s->decoded.max = SIZE_MAX / 4;
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
	if (s->has_cd)
		iconv_close(s->cd);
	if (s->hold)
		fclose(s->hold);
	capi_buf_release(&s->head);
	capi_buf_release(&s->decoded);
	capi_buf_release(&s->text);
	capi_buf_release(&s->recoded);
	capi_buf_release(&s->raw);
	free(s->ends);
	free(s->cell);
	free(s->held);
	free(s);
	c->state = NULL;
}

/* Text without a mark: UTF-16 of Western text has a NUL in every pair. */
static const char *
utf16_without_mark(const char *p, size_t n)
{
	size_t even = 0, odd = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		even += !p[i];
		odd += !p[i + 1];
	}
	if (n >= 4 && odd > n / 4 && even < n / 16)
		return "UTF-16LE";
	if (n >= 4 && even > n / 4 && odd < n / 16)
		return "UTF-16BE";
	return NULL;
}

static bool
is_utf8_name(const char *name)
{
	return !strcasecmp(name, "UTF-8") || !strcasecmp(name, "UTF8");
}

static bool
is_latin_name(const char *name)
{
	static const char *const names[] = {"Windows-1252", "CP1252",
	    "ISO-8859-1", "ISO8859-1", "Latin1", "Latin-1", NULL};

	for (size_t i = 0; names[i]; i++)
		if (!strcasecmp(name, names[i]))
			return true;
	return false;
}

/* Decides what can be decided from the first bytes; false: iconv does not
 * know the encoding. */
static bool
find_encoding(struct capi_csv *c)
{
	struct capi_csv_state *s = c->state;
	const char *p, *wide = NULL;
	size_t n = capi_lines_peek(s->lines, 4096, &p);

	if (c->encoding)
		c->decoder = c->encoding;
	else if (n >= 2 && !memcmp(p, "\xff\xfe", 2))
		wide = "UTF-16LE";
	else if (n >= 2 && !memcmp(p, "\xfe\xff", 2))
		wide = "UTF-16BE";
	else
		wide = utf16_without_mark(p, n);
	if (!c->decoder)
		c->decoder = wide ? wide : "UTF-8";
	if (is_latin_name(c->decoder)) {
		s->latin = true;
		c->decoder = "Windows-1252";
	} else if (!is_utf8_name(c->decoder)) {
		s->cd = iconv_open("UTF-8", c->decoder);
		s->has_cd = s->cd != (iconv_t)-1;
		return s->has_cd;
	}
	s->utf8_seen = c->encoding && !s->latin;
	return true;
}

/* A block through iconv. What it can not read becomes U+FFFD. */
static void
decode(struct capi_csv_state *s, const char *p, size_t n)
{
	struct capi_buf *out = &s->decoded;
	char joined[sizeof(s->carry) + 32];

	capi_buf_reset(out);
	while (n || s->carried) {
		size_t before = s->carried, took = 0, in_left, room;
		char *in, *to;
		const char *from = p;

		if (before) { /* finish the cut character first */
			took = n < 32 ? n : 32;
			memcpy(joined, s->carry, before);
			memcpy(joined + before, p, took);
			from = joined;
		}
		in_left = before ? before + took : n;
		if (!capi_buf_reserve(out, in_left * 4 + 16))
			return;
		in = (char *)(uintptr_t)from;
		to = out->data + out->len;
		room = out->cap - out->len;
		errno = 0;
		iconv(s->cd, &in, &in_left, &to, &room);
		out->len = (size_t)(to - out->data);
		if (errno == EILSEQ && in_left) {
			capi_buf_adds(out, "\xef\xbf\xbd");
			in++;
			in_left--;
		}
		if (before) {
			size_t used = (size_t)(in - joined);

			if (used < before) { /* nothing could be made of it */
				s->carried = before + took < sizeof(s->carry)
						 ? before + took
						 : 0;
				memcpy(s->carry, joined, s->carried);
				return;
			}
			p += used - before;
			n -= used - before;
			s->carried = 0;
			continue;
		}
		p += n - in_left;
		n = in_left;
		if (errno == EINVAL ||
		    (n && n < sizeof(s->carry) && errno != EILSEQ)) {
			s->carried = n < sizeof(s->carry) ? n : 0;
			memcpy(s->carry, p, s->carried);
			return;
		}
	}
}

/* Half a character at the end: the file breaks off, and that must be seen. */
static int
cut_character(struct capi_csv_state *s)
{
	if (!s->carried)
		return 0;
	s->carried = 0;
	s->at = "\xef\xbf\xbd";
	s->left = 3;
	return 1;
}

/* The next decoded bytes into at/left. 0 is the end, -1 a failed read. */
static int
more(struct capi_csv_state *s)
{
	const char *p;
	ptrdiff_t n;

	do {
		if (s->ended)
			return 0;
		n = capi_lines_block(s->lines, &p);
		if (n < 0)
			return -1;
		if (n == 0) {
			s->ended = true;
			return cut_character(s);
		}
		if (s->has_cd) {
			decode(s, p, (size_t)n);
			p = s->decoded.data;
			n = (ptrdiff_t)s->decoded.len;
		}
	} while (!n);
	s->at = p;
	s->left = (size_t)n;
	return 1;
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
		got = more(s);
		if (got > 0)
			capi_buf_add(&s->head, s->at, s->left);
	} while (got > 0 && s->head.len < HEAD &&
		 !memchr(s->head.data, '\n', s->head.len));
	if (got < 0)
		return -1;
	s->at = s->head.data;
	s->left = n = s->head.len;
	if (n >= 3 && !memcmp(s->at, "\xef\xbb\xbf", 3))
		skip = 3;
	s->at += skip;
	s->left -= skip;
	delimiter = sniff(s->at, s->left);
	if (s->left >= 5 && !strncasecmp(s->at, "sep=", 4)) {
		delimiter = s->at[4];
		s->at += 5;
		s->left -= 5;
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
	const char *nl = memchr(s->at, '\n', s->left);
	size_t n = nl ? (size_t)(nl - s->at) + 1 : s->left;
	const char *cr = memchr(s->at, '\r', n);

	/* A lone CR ends a line too (old Macs), CR LF is one end. */
	if (cr && (size_t)(cr - s->at) + 1 < n && cr[1] != '\n')
		return (size_t)(cr - s->at) + 1;
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

		if (!s->left && more(s) <= 0)
			break;
		n = line_length(s);
		at_line_end = is_end(s->at[n - 1]);
		s->after_cr = s->at[n - 1] == '\r';
		s->at += n;
		s->left -= n;
	}
}

/* Cells become text: 1252's five holes and bad UTF-8 become U+FFFD. */
static const uint16_t latin_high[32] = {0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e,
    0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
    0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
    0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

static void
from_latin(struct capi_buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < 0x80)
			capi_buf_addc(out, p[i]);
		else
			capi_text_put(out, c < 0xa0 ? latin_high[c - 0x80] : c);
	}
}

static void
mend_utf8(struct capi_buf *out, const char *p, size_t n)
{
	while (n) {
		size_t len = 1;

		while (len < 4 && len < n && !capi_text_is_utf8(p, len))
			len++;
		if (capi_text_is_utf8(p, len)) {
			capi_buf_add(out, p, len);
		} else {
			capi_buf_adds(out, "\xef\xbf\xbd");
			len = 1;
		}
		p += len;
		n -= len;
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
			from_latin(&s->recoded, p, n);
		else
			mend_utf8(&s->recoded, p, n);
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
	if (!ascii && !s->latin && !s->has_cd) {
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
	n = capi_csv_split(&s->split, s->at, s->left);
	if (!n || n > c->max || memchr(s->at, '\0', n))
		return false;
	ascii = capi_text_is_ascii(s->at, n);
	if (!ascii && (s->latin || !capi_text_is_utf8(s->at, n)))
		return false;
	if (!clean_cells(s->cell, s->split.count))
		return false;
	s->utf8_seen |= !ascii;
	s->row_line = s->line + 1;
	s->line += s->split.newlines;
	s->at += n;
	s->left -= n;
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
		if (!capi_is_space(s->at[i]) || s->at[i] == delimiter)
			return false;
	return is_end(s->at[n - 1]);
}

static void
keep_text(struct capi_csv_state *s, size_t n)
{
	if (!s->fed)
		capi_buf_reset(&s->raw);
	if (n > s->keep - s->raw.len)
		n = s->keep - s->raw.len;
	capi_buf_add(&s->raw, s->at, n);
}

/* One physical line, or what is there of it, to libcsv. */
static bool
feed(struct capi_csv_state *s)
{
	size_t n = line_length(s);
	bool newline = is_end(s->at[n - 1]);
	bool rest_of_crlf = s->after_cr && s->at[0] == '\n';

	if (!s->fed)
		s->row_line = s->line + 1;
	s->after_cr = s->at[n - 1] == '\r';
	if (newline && !rest_of_crlf)
		s->line++;
	if (!s->fed && is_blank_line(s, n)) {
		s->blank |= !rest_of_crlf;
	} else {
		if (s->keep)
			keep_text(s, n);
		csv_parse(&s->parser, s->at, n, on_cell, on_row, s);
		s->fed += n;
	}
	s->at += n;
	s->left -= n;
	return newline;
}

static int take_held(struct capi_csv_state *s, struct capi_csv_row *row);

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
		from_latin(&s->recoded, s->raw.data, n);
	else
		mend_utf8(&s->recoded, s->raw.data, n);
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
	if (s->replay) {
		int got = take_held(s, row);

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

		if (!s->left) {
			int got = more(s);

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

/* Held rows: line, flags, count, then each cell's length and bytes. */
struct held {
	uint64_t line;
	uint32_t count;
	uint32_t size;
	bool after_blank, damaged;
};

static FILE *
temporary(void)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* not every file system knows O_TMPFILE */
		if (snprintf(name, sizeof(name), "%s/capi.XXXXXX", dir) >=
		    (int)sizeof(name)) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		fd = mkostemp(name, O_CLOEXEC);
		if (fd < 0)
			return NULL;
		unlink(name);
	}
	return fdopen(fd, "w+");
}

int
capi_csv_hold(struct capi_csv *c, const struct capi_csv_row *row)
{
	struct capi_csv_state *s = c->state;
	struct held h;

	if (!s->hold && !(s->hold = temporary()))
		return -1;
	memset(&h, 0, sizeof(h));
	h.line = row->line;
	h.count = (uint32_t)row->count;
	h.after_blank = row->after_blank;
	h.damaged = row->damaged;
	for (size_t i = 0; i < row->count; i++)
		h.size += (uint32_t)row->cell[i].n;
	if (fwrite(&h, sizeof(h), 1, s->hold) != 1)
		return -1;
	for (size_t i = 0; i < row->count; i++) {
		uint32_t n = (uint32_t)row->cell[i].n;

		if (fwrite(&n, sizeof(n), 1, s->hold) != 1 ||
		    fwrite(row->cell[i].p, 1, n, s->hold) != n)
			return -1;
	}
	return 0;
}

int
capi_csv_release(struct capi_csv *c)
{
	struct capi_csv_state *s = c->state;

	if (!s->hold)
		return 0;
	if (fflush(s->hold))
		return -1;
	rewind(s->hold);
	s->replay = true;
	return 0;
}

/* 1: a row, 0: all have been given again, -1: failed. */
static int
take_held(struct capi_csv_state *s, struct capi_csv_row *row)
{
	struct held h;
	char *to;

	if (fread(&h, sizeof(h), 1, s->hold) != 1) {
		bool failed = ferror(s->hold);

		fclose(s->hold);
		s->hold = NULL;
		s->replay = false;
		return failed ? -1 : 0;
	}
	if (h.size > s->held_cap) {
		s->held = capi_realloc(s->held, h.size);
		s->held_cap = h.size;
	}
	to = s->held;
	for (uint32_t i = 0; i < h.count; i++) {
		uint32_t n;

		if (fread(&n, sizeof(n), 1, s->hold) != 1 ||
		    fread(to, 1, n, s->hold) != n)
			return -1;
		s->cell[i] = (struct capi_str){to, n};
		to += n;
	}
	row->cell = s->cell;
	row->count = h.count;
	row->line = h.line;
	row->after_blank = h.after_blank;
	row->damaged = h.damaged;
	return 1;
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
