/*
 * The audit for a person: 80 columns, ASCII, no colour of its own. Facts
 * first, then what to do, then the orders.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"

#define LIST_FIRST 5
#define NAME_WIDTH 12
#define ID_MOST 32

struct text {
	struct capi_audit *a;
	const struct capi_audit_view *v;
	struct capi_buf *out;
};

static void
spaces(struct capi_buf *out, size_t n)
{
	while (n--)
		capi_buf_addc(out, ' ');
}

static void
trim(struct capi_buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
}

/* Ids and names come from files of others, and a terminal obeys control
 * bytes: everything from `from` on is made harmless. */
static void
disarm(struct capi_buf *out, size_t from)
{
	for (size_t i = from; i < out->len; i++) {
		unsigned char c = (unsigned char)out->data[i];

		if ((c < ' ' && c != '\n') || c == 0x7f)
			out->data[i] = '?';
	}
}

/* Words, broken at spaces; lines after the first begin at `indent`. `at` is
 * the column where the first begins; it too goes to the next line when only
 * that has room for it. */
static void
wrapped(struct text *t, const char *s, size_t at, size_t indent)
{
	bool first = true;

	while (*s) {
		size_t n = strcspn(s, " ");

		if (at + !first + n > t->v->width && at > indent) {
			capi_buf_addc(t->out, '\n');
			spaces(t->out, indent);
			at = indent;
		} else if (!first) {
			capi_buf_addc(t->out, ' ');
			at++;
		}
		first = false;
		capi_buf_add(t->out, s, n);
		at += n;
		s += n;
		while (*s == ' ')
			s++;
	}
	capi_buf_addc(t->out, '\n');
}

static void
heading(struct text *t, const char *left, const char *columns)
{
	capi_buf_addf(t->out, "\n%-*s%s\n", 18, left, columns);
}

static void
write_head(struct text *t)
{
	struct capi_audit *a = t->a;
	bool given = a->from <= a->to;
	const char *left = "capi-audit", *right = "";
	char from[16], to[16];
	size_t pad;

	if (a->used || given) {
		capi_clock_date(given ? a->from : a->first, from);
		capi_clock_date(given ? a->to : a->last, to);
		left = capi_audit_text(a, "capi-audit  %s..%s  %s", from, to,
		    capi_clock_zone_name(a->zone));
	}
	for (int s = CAPI_SEVERITY_CRIT; s > CAPI_SEVERITY_OK; s--)
		if (a->counts[s])
			right = capi_audit_text(a, "%s%s%" PRId64 " %s", right,
			    *right ? "  " : "", a->counts[s],
			    capi_severity_names[s]);
	if (a->likely_count)
		right = capi_audit_text(a, "%s%s%" PRId64 " likely", right,
		    *right ? "  " : "", a->likely_count);
	if (!*right)
		right = "nothing found";
	pad = strlen(left) + strlen(right) + 2;
	capi_buf_adds(t->out, left);
	spaces(t->out, pad < t->v->width ? t->v->width - pad + 2 : 2);
	capi_buf_addf(t->out, "%s\n", right);
}

static bool
is(const struct capi_audit_row *r, const char *check)
{
	return r->check && !strcmp(r->check, check);
}

static void
write_inputs(struct text *t)
{
	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next) {
		const char *role, *kind, *line;

		if (strcmp(r->type, "input"))
			continue;
		role = capi_row_words(r, "role");
		kind = capi_row_words(r, "preset");
		if (!*kind)
			kind = capi_row_words(r, "dialect");
		line = capi_audit_text(t->a, "%s%s%s%s  %s rows",
		    capi_row_words(r, "name"), *kind ? " (" : "", kind,
		    *kind ? ")" : "",
		    capi_audit_number(t->a, capi_row_value(r, "rows")));
		if (capi_row_value(r, "totals_skipped") > 0)
			line =
			    capi_audit_text(t->a, "%s, %.0f total rows skipped",
				line, capi_row_value(r, "totals_skipped"));
		capi_buf_addf(t->out, "%-9s", role);
		wrapped(t, line, 9, 9);
	}
}

static void
write_truth(struct text *t)
{
	const char *sums = "", *out = "";
	double orders = 0, counted = 0;

	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next) {
		if (!is(r, "truth.filter"))
			continue;
		if (*capi_row_words(r, "currency")) {
			sums = capi_audit_text(t->a, "%s; %s %s", sums,
			    capi_row_words(r, "currency"),
			    capi_audit_grouped(
				t->a, capi_row_words(r, "sum"), " "));
			continue;
		}
		orders = capi_row_value(r, "orders");
		counted = capi_row_value(r, "counted");
		for (size_t i = 0; i < r->count; i++)
			if (!strncmp(r->pairs[i].name, "left_out.", 9))
				out = capi_audit_text(t->a,
				    "%s%s%" PRId64 " %s", out, *out ? ", " : "",
				    r->pairs[i].i, r->pairs[i].name + 9);
	}
	if (!t->a->has[CAPI_ROLE_ORDERS])
		return;
	capi_buf_addf(t->out, "%-9s", "orders");
	wrapped(t,
	    capi_audit_text(t->a, "%s, of these %s count%s%s",
		capi_audit_number(t->a, orders),
		capi_audit_number(t->a, counted), sums,
		t->a->keep_refunded ? "; refunded ones too" : ""),
	    9, 9);
	if (*out) {
		spaces(t->out, 9);
		wrapped(t, capi_audit_text(t->a, "left out: %s", out), 9, 9);
	}
}

/* The ledger, a column a destination; the numbers add up on the screen. */
struct column {
	const struct capi_audit_row *row;
};

static void
ledger_line(struct text *t, const char *name, const struct column *c, size_t n,
    const char *pair)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || capi_row_value(c[i].row, pair) != 0;
	if (!any)
		return;
	capi_buf_addf(t->out, "  %-26s", name);
	for (size_t i = 0; i < n; i++)
		capi_buf_addf(t->out, "%*s", NAME_WIDTH,
		    capi_audit_number(t->a, capi_row_value(c[i].row, pair)));
	capi_buf_addc(t->out, '\n');
}

/* Has one of these destinations the reason, in this class? */
static bool
reason_in_block(struct text *t, const struct column *c, size_t n,
    const struct capi_audit_row *r)
{
	for (const struct capi_audit_row *q = t->a->rows; q; q = q->next) {
		if (!is(q, "count.ids") ||
		    strcmp(capi_row_words(q, "class"),
			capi_row_words(r, "class")) ||
		    strcmp(capi_row_words(q, "reason"),
			capi_row_words(r, "reason")))
			continue;
		for (size_t i = 0; i < n; i++)
			if (!strcmp(q->platform, c[i].row->platform))
				return true;
	}
	return false;
}

/* Reasons of a class, below it. */
static void
ledger_reasons(
    struct text *t, const struct column *c, size_t n, const char *class)
{
	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next) {
		bool before = false;
		size_t start;

		if (!is(r, "count.ids") ||
		    strcmp(capi_row_words(r, "class"), class))
			continue;
		/* The first destination that has this reason prints it for
		 * all. */
		for (const struct capi_audit_row *q = t->a->rows; q != r;
		     q = q->next)
			before =
			    before ||
			    (is(q, "count.ids") &&
				!strcmp(capi_row_words(q, "class"), class) &&
				!strcmp(capi_row_words(q, "reason"),
				    capi_row_words(r, "reason")));
		if (before || !reason_in_block(t, c, n, r))
			continue;
		start = t->out->len;
		capi_buf_addf(t->out, "    %-24s", capi_row_words(r, "reason"));
		if (t->out->len - start > 28) { /* a line of its own */
			capi_buf_addc(t->out, '\n');
			spaces(t->out, 28);
		}
		for (size_t i = 0; i < n; i++) {
			double count = 0;

			for (const struct capi_audit_row *q = r; q; q = q->next)
				if (is(q, "count.ids") &&
				    !strcmp(q->platform, c[i].row->platform) &&
				    !strcmp(
					capi_row_words(q, "class"), class) &&
				    !strcmp(capi_row_words(q, "reason"),
					capi_row_words(r, "reason")))
					count = capi_row_value(q, "n");
			if (count > 0)
				capi_buf_addf(t->out, "%*s", NAME_WIDTH,
				    capi_audit_number(t->a, count));
			else
				spaces(t->out, NAME_WIDTH);
		}
		trim(t->out);
		capi_buf_addc(t->out, '\n');
	}
}

static void
ledger_block(struct text *t, const struct column *c, size_t n)
{
	capi_buf_addf(t->out, "\n%-28s", "ORDERS BY OUTCOME");
	for (size_t i = 0; i < n; i++)
		capi_buf_addf(t->out, "%*.*s", NAME_WIDTH, NAME_WIDTH - 1,
		    c[i].row->platform);
	capi_buf_addc(t->out, '\n');
	for (int class = 0; class < CAPI_LEDGER_CLASSES; class ++) {
		ledger_line(t, capi_ledger_names[class], c, n,
		    capi_ledger_names[class]);
		if (class != CAPI_LEDGER_DELIVERED)
			ledger_reasons(t, c, n, capi_ledger_names[class]);
	}
	ledger_line(t, "= orders that count", c, n, "counted");
	ledger_line(t, "+ left out by status", c, n, "left_out");
	ledger_line(t, "+ the same order again", c, n, "again");
	ledger_line(t, "+ could not be read", c, n, "unreadable");
	ledger_line(t, "= orders", c, n, "orders");
	ledger_line(t, "sent, but no such order", c, n, "extra");
	ledger_line(t, "delivered more than once", c, n, "repeated");
}

static void
write_ledger(struct text *t)
{
	struct column columns[64];
	size_t n = 0, fit = (t->v->width - 28) / NAME_WIDTH;

	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next)
		if (is(r, "count.ids") && capi_row_get(r, "counted") &&
		    n < sizeof(columns) / sizeof(columns[0]))
			columns[n++].row = r;
	if (fit < 1)
		fit = 1;
	for (size_t i = 0; i < n; i += fit)
		ledger_block(t, columns + i, n - i < fit ? n - i : fit);
}

/* Of all days that the head names? */
static bool
is_whole(const struct capi_audit *a, const struct capi_audit_row *r)
{
	bool given = a->from <= a->to;
	char from[16], to[16];

	capi_clock_date(given ? a->from : a->first, from);
	capi_clock_date(given ? a->to : a->last, to);
	return !strcmp(from, capi_row_words(r, "from")) &&
	       !strcmp(to, capi_row_words(r, "to"));
}

static void
write_received(struct text *t)
{
	bool head = false;

	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next) {
		const char *verdict;
		bool ok, sure;

		if (!is(r, "count.ratio"))
			continue;
		if (!head)
			heading(t, "RECEIVED",
			    "  events    orders  ratio    95% range  verdict");
		head = true;
		verdict = capi_row_words(r, "verdict");
		ok = !strcmp(capi_row_words(r, "severity"), "ok");
		sure = capi_row_value(r, "certain") > 0;
		capi_buf_addf(t->out, "  %-16.16s%8s%10s",
		    !strcmp(r->event, "Purchase")
			? r->platform
			: capi_audit_text(t->a, "%s %s", r->platform, r->event),
		    capi_audit_number(t->a, capi_row_value(r, "count")),
		    capi_audit_number(t->a, capi_row_value(r, "truth")));
		if (isnan(capi_row_value(r, "value")))
			capi_buf_addf(t->out, "%7s%13s", "-", "-");
		else
			capi_buf_addf(t->out, "%7.2f  %.2f - %.2f",
			    capi_row_value(r, "value"), capi_row_value(r, "lo"),
			    capi_row_value(r, "hi"));
		capi_buf_addf(t->out, "  %s%s\n",
		    ok     ? ""
		    : sure ? "! "
			   : "? ",
		    verdict);
	}
	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next)
		if (is(r, "count.ratio") && !is_whole(t->a, r)) {
			capi_buf_addf(t->out, "  %-16.16s  ", r->platform);
			wrapped(t,
			    capi_audit_text(t->a, "only of %s..%s",
				capi_row_words(r, "from"),
				capi_row_words(r, "to")),
			    20, 20);
		}
	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next) {
		double of_platform;

		if (!is(r, "count.gap"))
			continue;
		of_platform = capi_row_value(r, "shortfall_of_platform");
		capi_buf_addf(t->out, "  %-16.16s  ", r->platform);
		wrapped(t,
		    capi_audit_text(t->a, "missing %s = %.1f%% of orders%s",
			capi_audit_number(t->a, capi_row_value(r, "missing")),
			100 * capi_row_value(r, "missing_of_truth"),
			isnan(of_platform)
			    ? ""
			    : capi_audit_text(t->a,
				  " (= %.1f%% of what %s shows)",
				  100 * of_platform, r->platform)),
		    20, 20);
	}
}

static void
write_attributed(struct text *t)
{
	bool head = false, before = t->a->has[CAPI_ROLE_HISTORY];
	double then;

	for (const struct capi_audit_row *r = t->a->rows; r; r = r->next) {
		if (!is(r, "count.attributed"))
			continue;
		if (!head) {
			capi_buf_adds(t->out,
			    "\nATTRIBUTED (shares of the same orders; never "
			    "add them up)\n");
			capi_buf_addf(t->out, "%-18s%8s%9s%*s   %s\n", "",
			    "credited", "share", before ? 9 : 0,
			    before ? "before" : "", "window");
		}
		head = true;
		then = capi_row_value(r, "before");
		capi_buf_addf(t->out, "  %-16.16s%8s%8.1f%%%*s   %s%s\n",
		    r->platform,
		    capi_audit_number(t->a, capi_row_value(r, "count")),
		    100 * capi_row_value(r, "value"), before ? 9 : 0,
		    isnan(then) ? ""
				: capi_audit_text(t->a, "%.1f%%", 100 * then),
		    *capi_row_words(r, "window") ? capi_row_words(r, "window")
						 : "not said in the file",
		    capi_row_value(r, "unsettled") > 0 ? "; last days not final"
						       : "");
	}
}

/* Only what is certain is shouted. */
static const char *
label(const struct capi_audit_finding *f)
{
	static const char *const shouted[] = {"", "info", "WARN", "CRIT"};

	return f->certain ? shouted[f->severity]
			  : capi_severity_names[f->severity];
}

static bool
same_text(const char *x, const char *y)
{
	return x == y || (x && y && !strcmp(x, y));
}

/* A cure is printed with the first finding that has it. */
static bool
cured_before(struct capi_audit *a, const struct capi_audit_finding *f)
{
	for (const struct capi_audit_finding *g = a->findings; g != f;
	     g = g->next)
		if (same_text(g->fix, f->fix))
			return true;
	return false;
}

static void
write_findings(struct text *t)
{
	struct capi_audit *a = t->a;

	if (!a->findings) {
		capi_buf_adds(t->out, "\nNOTHING FOUND\n");
		return;
	}
	capi_buf_adds(t->out, "\nFINDINGS\n");
	for (const struct capi_audit_finding *f = a->findings; f; f = f->next) {
		const char *names = capi_finding_platforms(a, f);

		if (capi_finding_said_before(a, f))
			continue;
		capi_buf_addf(
		    t->out, "%s %-16s %-9s ", label(f), f->check->id, names);
		if (strlen(names) > 9) { /* several platforms */
			trim(t->out);
			capi_buf_addc(t->out, '\n');
			spaces(t->out, 32);
		}
		wrapped(t,
		    capi_audit_text(a, "%s%s", f->fact,
			f->certain ? "" : " (likely, not certain)"),
		    32, 32);
		if (f->fix && !cured_before(a, f)) {
			spaces(t->out, 27);
			wrapped(
			    t, capi_audit_text(a, "fix: %s", f->fix), 27, 32);
		}
	}
}

static void
age_words(int64_t s, char words[24])
{
	if (s < 3600)
		snprintf(words, 24, "%" PRId64 " min", s / 60);
	else if (s < 2 * CAPI_DAY)
		snprintf(words, 24, "%" PRId64 " h", s / 3600);
	else
		snprintf(words, 24, "%" PRId64 " d", s / CAPI_DAY);
}

/* There may be a million of them: nothing is kept in the arena. */
static void
write_item(struct text *t, struct capi_sql_stmt *s)
{
	bool extra = !strcmp(capi_sql_text(s, 0), "extra");
	char when[24] = "", age[24], amount[32], line[32];
	size_t start, first = t->out->len;
	int64_t time = capi_sql_int(s, 2);
	const char *id = capi_sql_text(s, 1);
	const char *reason = capi_sql_text(s, 5);
	const char *repair = capi_sql_text(s, 6);
	const char *currency = capi_sql_text(s, 4);

	if (!capi_sql_is_null(s, 2) && time >= 0)
		capi_clock_time(t->a->zone, time, when);
	start = first;
	if (!*id)
		id = capi_sql_text(s, 7);
	if (!*id) { /* nobody could read it */
		snprintf(
		    line, sizeof(line), "line %" PRId64, capi_sql_int(s, 8));
		id = line;
	}
	capi_buf_addf(t->out, "  %c %-14s", extra ? '>' : '<', id);
	/* A long id has a line of its own. */
	if (t->out->len - start > ID_MOST) {
		capi_buf_addc(t->out, '\n');
		start = t->out->len;
		spaces(t->out, 18);
	}
	capi_buf_addf(t->out, " %-16s  %s %10s  ", when,
	    *currency ? currency : "   ",
	    capi_audit_amount(capi_sql_text(s, 3), currency, amount));
	if (*when && !extra) {
		age_words(t->a->now - time, age);
		capi_buf_addf(t->out, "%5s  ", age);
	}
	if (!*repair && !*reason)
		trim(t->out);
	wrapped(t, *repair ? repair : reason, t->out->len - start, 37);
	disarm(t->out, first);
	capi_audit_spill(t->a, t->out);
}

#define OTHERS "CONCERNED"

static const char *
list_title(const char *verdict)
{
	static const struct {
		const char *verdict, *title;
	} titles[] = {
	    {"missing", "ORDERS NOT SENT"},
	    {"extra", "SENT, BUT NO ORDER THAT COUNTS"},
	    {"refused", "ORDERS REFUSED"},
	    {"parked", "ORDERS PARKED"},
	    {"queued", "ORDERS QUEUED"},
	    {"withheld", "ORDERS WITHHELD"},
	    {"unknown", "ORDERS WITH A LOST ANSWER"},
	    {"repeated", "DELIVERED MORE THAN ONCE"},
	    {"dry-run", "ORDERS IN A DRY RUN"},
	    {"unreadable", "ORDERS THAT COULD NOT BE READ"},
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (verdict && !strcmp(titles[i].verdict, verdict))
			return titles[i].title;
	return OTHERS;
}

static void
write_lists(struct text *t)
{
	for (const struct capi_audit_finding *f = t->a->findings; f;
	     f = f->next) {
		int64_t n = capi_sql_one(t->a->db,
		    "SELECT count(*) FROM items WHERE finding=?1", "i",
		    f->number);
		int64_t limit = t->v->all ? -1 : LIST_FIRST;
		size_t from = t->out->len;
		struct capi_sql_stmt *s;

		/* What asks nothing of anybody is listed on demand. */
		if (!n || (f->severity < CAPI_SEVERITY_WARN && !t->v->all))
			continue;
		capi_buf_addc(t->out, '\n');
		wrapped(t,
		    capi_audit_text(t->a, "%s %s%s%s (%" PRId64 "%s)%s%s",
			list_title(f->verdict), f->check->id,
			f->platform ? " " : "", f->platform ? f->platform : "",
			n,
			n > LIST_FIRST && !t->v->all
			    ? "; the first 5, all with --list"
			    : "",
			strcmp(list_title(f->verdict), OTHERS) ? "" : ": ",
			strcmp(list_title(f->verdict), OTHERS) ? "" : f->fact),
		    0, 4);
		disarm(t->out, from);
		s = capi_sql_query(t->a->db,
		    "SELECT class, order_id, time, value, currency, reason,"
		    " repair, event_id, line FROM items WHERE finding=?1"
		    " ORDER BY n LIMIT ?2",
		    "ii", f->number, limit);
		while (capi_sql_row(s))
			write_item(t, s);
	}
}

void
capi_audit_write_text(
    struct capi_audit *a, const struct capi_audit_view *v, struct capi_buf *out)
{
	struct text t = {a, v, out};
	size_t from = out->len;

	write_head(&t);
	write_inputs(&t);
	write_truth(&t);
	write_ledger(&t);
	write_received(&t);
	write_attributed(&t);
	write_findings(&t);
	disarm(out, from);
	write_lists(&t);
}
