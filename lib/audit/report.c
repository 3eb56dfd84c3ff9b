#include "report.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "report_dialect.h"

/* The file while it is read. */
struct reader {
	struct capi_report *report;
	struct capi_arena *arena;
	const struct capi_report_dialect *dialect;
	const char *why;              /* there is none, perhaps */
	int column[FIELDS];           /* -1: not in the file */
	size_t width;                 /* cells of the header */
	int64_t above_from, above_to; /* the period in the preamble */
	bool above;
	struct cells *first, *last;
	struct cells *totals; /* their counts, to compare with the sum */
	int64_t promised;     /* rows that "Total of N" speaks of; -1 */
	bool comma;           /* the decimal mark */
	bool short_end;       /* the last row has fewer cells than the header */
};

/* One row as it came, until the whole file has told how to read it. */
struct cells {
	struct cells *next;
	uint64_t line;
	struct capi_str v[FIELDS];
};

static struct capi_str
keep(struct reader *r, struct capi_str s)
{
	return (struct capi_str){capi_arena_dup(r->arena, s.p, s.n), s.n};
}

/* Trimmed, inner space collapsed, lower case. */
static struct capi_str
fold(struct reader *r, struct capi_str cell)
{
	struct capi_buf b = CAPI_BUF_INIT(4096);
	struct capi_str s = capi_text_trim(cell.p, cell.n);
	size_t n = 0;

	if (s.n > 1000 || !capi_text_lower(&b, s.p, s.n)) {
		capi_buf_release(&b);
		return (struct capi_str){"", 0};
	}
	for (size_t i = 0; i < b.len; i++) {
		bool space = capi_is_space(b.data[i]);

		if (space && n && b.data[n - 1] == ' ')
			continue;
		b.data[n++] = space ? ' ' : b.data[i];
	}
	s = keep(r, (struct capi_str){b.data ? b.data : "", n});
	capi_buf_release(&b);
	return s;
}

/* "amount spent (eur)": the name without the currency behind it, and that. */
static struct capi_str
currency_behind(struct capi_str *name)
{
	struct capi_str none = {NULL, 0};
	size_t n = name->n;

	if (n < 7 || name->p[n - 1] != ')' || name->p[n - 5] != '(' ||
	    name->p[n - 6] != ' ')
		return none;
	for (size_t i = n - 4; i < n - 1; i++)
		if (!capi_is_alpha(name->p[i]))
			return none;
	name->n = n - 6;
	return (struct capi_str){name->p + n - 4, 3};
}

static int
rank_of(const struct capi_report_dialect *d, struct capi_str name,
    enum capi_report_field *field)
{
	for (int i = 0; d->headers[i].name; i++) {
		if (capi_str_is(name, d->headers[i].name)) {
			*field = d->headers[i].field;
			return i;
		}
	}
	return -1;
}

static bool
is_others(const struct reader *r, const struct capi_report_dialect *d)
{
	return d->platform && strcmp(d->platform, r->report->platform);
}

static const char *
looks_like(struct reader *r, const char *platform)
{
	char text[64];
	int n =
	    snprintf(text, sizeof(text), "it looks like one of %s", platform);

	return capi_arena_dup(r->arena, text, (size_t)n);
}

/* How many fields of the dialect the row names, with their columns; 0 when
 * something indispensable is not among them. */
static int
match(struct reader *r, const struct capi_report_dialect *d,
    const struct capi_str *names, size_t n, int column[FIELDS],
    struct capi_str *currency)
{
	int best[FIELDS], found = 0;

	for (int i = 0; i < FIELDS; i++)
		column[i] = -1;
	*currency = (struct capi_str){NULL, 0};
	for (size_t i = 0; i < n; i++) {
		struct capi_str name = names[i], code = {NULL, 0};
		enum capi_report_field field = FIELDS;
		int rank = rank_of(d, name, &field);

		if (rank < 0) {
			code = currency_behind(&name);
			rank = code.p ? rank_of(d, name, &field) : -1;
			if (rank >= 0 && field != SPEND)
				rank = -1;
		}
		if (rank < 0)
			continue;
		if (field == SPEND && code.p && !currency->p)
			*currency = code;
		if (column[field] >= 0 && best[field] <= rank)
			continue;
		found += column[field] < 0;
		column[field] = (int)i;
		best[field] = rank;
	}
	if (column[COUNT] < 0) {
		if (found >= 2 && d->platform && !is_others(r, d))
			r->why = "it has no column of purchases: add it to the "
				 "report";
		return 0;
	}
	if (!d->platform && column[DATE] < 0 && column[EVENT] < 0)
		return 0;
	if (d->platform && column[NAME_1] < 0 && column[DATE] < 0 &&
	    column[WEEK] < 0 && column[FROM] < 0)
		return 0;
	return found;
}

static struct capi_str
upper(struct reader *r, struct capi_str s)
{
	char *copy = capi_arena_dup(r->arena, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		copy[i] = capi_upper(copy[i]);
	return (struct capi_str){copy, s.n};
}

/* Is this row the header? A platform's own dialect goes before the plain. */
static bool
take_header(struct reader *r, const struct capi_csv_row *row)
{
	struct capi_str *names =
	    capi_arena_alloc(r->arena, (row->count + 1) * sizeof(*names));
	int best = 0, others = 0;

	for (size_t i = 0; i < row->count; i++)
		names[i] = fold(r, row->cell[i]);
	for (const struct capi_report_dialect *d = capi_report_dialects;
	     d->name; d++) {
		struct capi_str currency;
		int column[FIELDS], found;

		found = match(r, d, names, row->count, column, &currency);
		/* Another platform's dialect is a hint at a wrong name. */
		if (is_others(r, d)) {
			if (found > 2 && found > others) {
				r->why = looks_like(r, d->platform);
				others = found;
			}
			continue;
		}
		if (found <= best)
			continue;
		best = found;
		r->dialect = d;
		memcpy(r->column, column, sizeof(column));
		r->report->currency =
		    currency.p ? upper(r, currency) : currency;
	}
	if (!best)
		return false;
	r->width = row->count;
	r->report->dialect = r->dialect->name;
	r->report->count_column = keep(r, row->cell[r->column[COUNT]]);
	return true;
}

/* csv:date=A,count=B: the user's own names for columns. */
static enum capi_report_result
take_map(struct reader *r, const struct capi_csv_row *row)
{
	static const struct {
		const char *name;
		enum capi_report_field field;
	} keys[] = {{"date", DATE}, {"from", FROM}, {"to", TO},
	    {"event", EVENT}, {"source", SOURCE}, {"count", COUNT},
	    {"value", VALUE}, {"currency", CURRENCY}};
	const char *p = r->report->map;

	for (int i = 0; i < FIELDS; i++)
		r->column[i] = -1;
	while (*p) {
		size_t key = strcspn(p, "="), n;
		struct capi_str name;
		int field = -1;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strlen(keys[i].name) == key &&
			    !memcmp(keys[i].name, p, key))
				field = (int)keys[i].field;
		if (field < 0 || !p[key])
			return CAPI_REPORT_MAP;
		name.p = p + key + 1;
		n = strcspn(name.p, ",");
		name.n = n;
		name = fold(r, name);
		for (size_t i = 0; i < row->count; i++) {
			struct capi_str cell = fold(r, row->cell[i]);

			if (cell.n == name.n && !memcmp(cell.p, name.p, name.n))
				r->column[field] = (int)i;
		}
		if (r->column[field] < 0)
			return CAPI_REPORT_MAP;
		p += key + 1 + n;
		p += *p == ',';
	}
	if (r->column[COUNT] < 0)
		return CAPI_REPORT_MAP;
	r->dialect = &capi_report_own;
	r->width = row->count;
	r->report->dialect = r->dialect->name;
	r->report->count_column = keep(r, row->cell[r->column[COUNT]]);
	return CAPI_REPORT_OK;
}

/* Two dates in one line of text: "September 1, 2026 - September 30, 2026",
 * "...-Campaign Report-(2026-01-01 to 2026-01-31).csv". */
static bool
period_in(struct capi_str s, int64_t *from, int64_t *to)
{
	static const char *const between[] = {" - ", " to ", " – ", " bis "};

	for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
		const char *mark =
		    memmem(s.p, s.n, between[i], strlen(between[i]));
		struct capi_str a, b;

		if (!mark)
			continue;
		a = (struct capi_str){s.p, (size_t)(mark - s.p)};
		b.p = mark + strlen(between[i]);
		b.n = (size_t)(s.p + s.n - b.p);
		for (const char *open; (open = memchr(a.p, '(', a.n));) {
			a.n -= (size_t)(open + 1 - a.p);
			a.p = open + 1;
		}
		if (memchr(b.p, ')', b.n))
			b.n =
			    (size_t)((const char *)memchr(b.p, ')', b.n) - b.p);
		if (capi_clock_parse_date(a, from) &&
		    capi_clock_parse_date(b, to) && *from <= *to)
			return true;
	}
	return false;
}

static void
take_preamble(struct reader *r, const struct capi_csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (period_in(row->cell[i], &r->above_from, &r->above_to))
			r->above = true;
}

static bool
is_none(struct capi_str s)
{
	s = capi_text_trim(s.p, s.n);
	return !s.n || capi_str_is(s, "-") || capi_str_is(s, "--") ||
	       capi_str_is(s, "\xe2\x80\x94") || capi_str_is(s, "\xe2\x80\x93");
}

static bool
starts_folded(struct capi_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (capi_lower(s.p[i]) != prefix[i])
			return false;
	return true;
}

/* "Total: Account", "Total : compte", "Gesamt: Konto"; but a campaign may be
 * called "Total Wine". */
static bool
is_colon_total(struct capi_str s)
{
	static const char *const words[] = {
	    "total", "totale", "totaal", "gesamt"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (!starts_folded(s, words[i]))
			continue;
		while (n < s.n &&
		       (s.p[n] == ' ' || s.p[n] == '\xc2' || s.p[n] == '\xa0'))
			n++;
		if (n < s.n && s.p[n] == ':')
			return true;
	}
	return false;
}

/* "Total of 33 results": and how many that is. */
static bool
is_total_of(struct capi_str s, int64_t *promised)
{
	int64_t n = 0;
	size_t i = strlen("total of ");

	if (!starts_folded(s, "total of ") || i >= s.n ||
	    !capi_is_digit(s.p[i]))
		return false;
	for (; i < s.n && (capi_is_digit(s.p[i]) || s.p[i] == ','); i++)
		if (s.p[i] != ',' && n < 1000000000)
			n = n * 10 + (s.p[i] - '0');
	*promised = n;
	return true;
}

static bool
is_total(
    struct reader *r, const struct capi_csv_row *row, const struct cells *c)
{
	struct capi_str first = row->cell[0];

	switch (r->dialect->total) {
	case TOTAL_NONE:
		return false;
	case TOTAL_COLON:
		return is_colon_total(first);
	case TOTAL_OF:
		return is_total_of(first, &r->promised);
	case TOTAL_NO_NAME:
		break;
	}
	if (r->column[DATE] >= 0 && is_none(c->v[DATE]))
		return true;
	for (int field = NAME_3; field >= NAME_1; field--)
		if (r->column[field] >= 0)
			return is_none(c->v[field]);
	return false;
}

static void
take_row(struct reader *r, const struct capi_csv_row *row)
{
	struct cells *c = capi_arena_alloc(r->arena, sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->line = row->line;
	for (int i = 0; i < FIELDS; i++) {
		bool there =
		    r->column[i] >= 0 && (size_t)r->column[i] < row->count;

		c->v[i] = there ? keep(r, row->cell[r->column[i]])
				: (struct capi_str){"", 0};
	}
	r->short_end = row->count < r->width;
	if (is_total(r, row, c)) {
		r->report->totals_skipped++;
		c->next = r->totals;
		r->totals = c;
		return;
	}
	/* A remark behind the data: one cell where the header has many. */
	if (row->count < r->width && row->count == 1) {
		r->short_end = false;
		return;
	}
	if (r->last)
		r->last->next = c;
	else
		r->first = c;
	r->last = c;
}

/* What the marks in the numbers say: ",5" or ",50" at the end is a decimal
 * comma, ".50" a point. +1, -1 or 0. */
static int
mark_evidence(struct capi_str s)
{
	size_t n;

	s = capi_text_trim(s.p, s.n);
	n = s.n;
	for (size_t back = 2; back <= 3 && back < n; back++) {
		bool all = true;

		for (size_t i = n - back + 1; i < n; i++)
			all = all && capi_is_digit(s.p[i]);
		if (all && s.p[n - back] == ',')
			return 1;
		if (all && s.p[n - back] == '.')
			return -1;
	}
	return 0;
}

static void
find_decimal_mark(struct reader *r, char delimiter)
{
	int votes = 0;

	for (struct cells *c = r->first; c; c = c->next)
		votes +=
		    mark_evidence(c->v[COUNT]) + mark_evidence(c->v[VALUE]);
	/* Semicolons are what a spreadsheet writes where the comma is the
	 * decimal mark. */
	r->comma = votes ? votes > 0 : delimiter == ';';
}

static bool
is_purchase(struct capi_str indicator)
{
	return memmem(indicator.p, indicator.n, "purchase", 8) != NULL;
}

/* Is what is counted whatever each campaign aims at? */
static bool
counts_aims(const struct reader *r)
{
	for (const char *const *name = r->dialect->aims; name && *name; name++)
		if (capi_str_is_nocase(r->report->count_column, *name))
			return true;
	return false;
}

static enum capi_report_result
trouble(struct capi_report *r, uint64_t line, const char *why,
    enum capi_report_result result)
{
	r->line = line;
	r->why = why;
	return result;
}

static bool
dates_of(struct reader *r, const struct cells *c, struct capi_report_row *out)
{
	out->dated = true;
	if (r->column[DATE] >= 0) {
		if (!capi_clock_parse_date(c->v[DATE], &out->day))
			return false;
		out->last = out->day;
		return true;
	}
	if (r->column[WEEK] >= 0) {
		if (!capi_clock_parse_date(c->v[WEEK], &out->day))
			return false;
		out->last = out->day + 6;
		return true;
	}
	if (r->column[FROM] >= 0) {
		if (!capi_clock_parse_date(c->v[FROM], &out->day))
			return false;
		out->last = out->day;
		return r->column[TO] < 0 ||
		       capi_clock_parse_date(c->v[TO], &out->last);
	}
	out->dated = r->above;
	out->day = r->above_from;
	out->last = r->above_to;
	return true;
}

static enum capi_report_result
make_row(struct reader *r, const struct cells *c, struct capi_report_row *out)
{
	struct capi_report *report = r->report;

	memset(out, 0, sizeof(*out));
	out->line = c->line;
	out->event = c->v[EVENT].n ? c->v[EVENT] : CAPI_STR("Purchase");
	out->source = c->v[SOURCE];
	out->currency = c->v[CURRENCY].n ? c->v[CURRENCY] : report->currency;
	if (!dates_of(r, c, out))
		return trouble(report, c->line, "date", CAPI_REPORT_DATE);
	if (!is_none(c->v[COUNT]) &&
	    !capi_clock_decimal(c->v[COUNT], r->comma, &out->count))
		return trouble(report, c->line, "count", CAPI_REPORT_NUMBER);
	out->has_value = !is_none(c->v[VALUE]);
	if (out->has_value &&
	    !capi_clock_decimal(c->v[VALUE], r->comma, &out->value))
		return trouble(report, c->line, "value", CAPI_REPORT_NUMBER);
	return CAPI_REPORT_OK;
}

/* Does one of the total rows say what the rows add up to? If there are some
 * and none does, rows are missing. */
static enum capi_report_result
compare_totals(struct reader *r, int64_t sum)
{
	struct capi_report *report = r->report;
	bool spoken = false;

	if (r->promised >= 0 && r->promised != report->rows)
		return trouble(report, 0,
		    "its total row speaks of another number of rows",
		    CAPI_REPORT_CUT);
	for (struct cells *c = r->totals; c; c = c->next) {
		int64_t total;

		if (is_none(c->v[COUNT]) ||
		    !capi_clock_decimal(c->v[COUNT], r->comma, &total))
			continue;
		spoken = true;
		/* Fractions are rounded in each row. */
		if (total - sum <= report->rows * 10000 &&
		    sum - total <= report->rows * 10000)
			report->confirmed = true;
	}
	if (spoken && !report->confirmed)
		return trouble(report, 0,
		    "its total row is not the sum of its rows",
		    CAPI_REPORT_CUT);
	return CAPI_REPORT_OK;
}

static enum capi_report_result
hand_out(struct reader *r,
    void (*sink)(void *arg, const struct capi_report_row *row), void *arg)
{
	struct capi_report *report = r->report;
	bool aims = counts_aims(r), any = false;
	int64_t sum = 0;

	report->daily = true;
	report->from = INT64_MAX;
	report->to = INT64_MIN;
	for (struct cells *c = r->first; c; c = c->next) {
		struct capi_report_row row;
		enum capi_report_result result = make_row(r, c, &row);

		if (result != CAPI_REPORT_OK)
			return result;
		report->rows++;
		sum += row.count;
		if (row.dated && row.day < report->from)
			report->from = row.day;
		if (row.dated && row.last > report->to)
			report->to = row.last;
		report->daily =
		    report->daily && row.dated && row.day == row.last;
		if (c->v[WINDOW].n && !report->window.n)
			report->window = c->v[WINDOW];
		if (c->v[CURRENCY].n && !report->currency.n)
			report->currency = c->v[CURRENCY];
		if (aims && !is_purchase(c->v[INDICATOR]))
			continue;
		any = true;
		sink(arg, &row);
	}
	if (!report->rows)
		return CAPI_REPORT_EMPTY;
	if (aims && !any)
		return trouble(report, 0, NULL, CAPI_REPORT_RESULTS);
	return aims ? CAPI_REPORT_OK : compare_totals(r, sum);
}

static enum capi_report_result
read_rows(struct reader *r, struct capi_csv *csv)
{
	struct capi_csv_row row;

	for (;;) {
		enum capi_csv_result result = capi_csv_next(csv, &row);
		enum capi_report_result mapped;

		if (result == CAPI_CSV_END)
			return CAPI_REPORT_OK;
		if (result == CAPI_CSV_OPEN_QUOTE)
			return trouble(r->report, row.line,
			    "it ends inside a quoted cell", CAPI_REPORT_CUT);
		if (result != CAPI_CSV_ROW)
			return trouble(r->report, row.line,
			    capi_csv_reason(result), CAPI_REPORT_CSV);
		if (r->dialect) {
			take_row(r, &row);
			continue;
		}
		if (r->report->map) {
			mapped = take_map(r, &row);
			if (mapped != CAPI_REPORT_OK)
				return trouble(
				    r->report, row.line, NULL, mapped);
			continue;
		}
		if (!take_header(r, &row))
			take_preamble(r, &row);
	}
}

enum capi_report_result
capi_report_read(struct capi_report *report, struct capi_csv *csv,
    struct capi_arena *arena,
    void (*sink)(void *arg, const struct capi_report_row *row), void *arg)
{
	struct reader r = {.report = report, .arena = arena, .promised = -1};
	struct capi_str name = {report->file, strlen(report->file)};
	enum capi_report_result result;

	if (period_in(name, &r.above_from, &r.above_to))
		r.above = true;
	result = read_rows(&r, csv);
	if (result != CAPI_REPORT_OK)
		return result;
	if (!r.dialect)
		return trouble(report, 0, r.why, CAPI_REPORT_NO_HEADER);
	if (r.dialect->attributed && !report->attributed)
		return CAPI_REPORT_ATTRIBUTED;
	if (r.short_end && report->open_end)
		return trouble(report, r.last ? r.last->line : 0,
		    "its last row has fewer cells than the header",
		    CAPI_REPORT_CUT);
	find_decimal_mark(&r, csv->delimiter);
	report->click_dated =
	    r.dialect->not_by_click &&
	    !memmem(report->count_column.p, report->count_column.n,
		r.dialect->not_by_click, strlen(r.dialect->not_by_click));
	return hand_out(&r, sink, arg);
}

const char *
capi_report_reason(enum capi_report_result result)
{
	switch (result) {
	case CAPI_REPORT_OK:
		return "well-formed";
	case CAPI_REPORT_NO_HEADER:
		return "no header row of a known report: export it in English, "
		       "or name the columns as csv:date=...,count=...";
	case CAPI_REPORT_ATTRIBUTED:
		return "this report counts what is credited to ads: give it "
		       "as --attributed";
	case CAPI_REPORT_EMPTY:
		return "no rows under the header";
	case CAPI_REPORT_CUT:
		return "the report breaks off";
	case CAPI_REPORT_DATE:
		return "a date that can not be read for certain: write it as "
		       "2026-04-01";
	case CAPI_REPORT_NUMBER:
		return "a number that can not be read";
	case CAPI_REPORT_RESULTS:
		return "no Purchases column, and Results are something else";
	case CAPI_REPORT_MAP:
		return "csv:...: no such column or key";
	case CAPI_REPORT_CSV:
		return "not readable as CSV";
	case CAPI_REPORT_JSON:
		return "not the answer of Meta's stats edge";
	}
	return "unreadable";
}
