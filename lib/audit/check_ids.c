/*
 * truth.filter and count.ids: which orders count, and what became of each of
 * them at each destination. Exact, so every finding here is certain.
 */
#include <string.h>

#include "stats.h"
#include "checks.h"
#include "ledger.h"

void
capi_audit_items(struct capi_audit *a, const struct capi_audit_finding *f,
    const char *class, struct capi_sql_stmt *rows)
{
	while (capi_sql_row(rows)) {
		int64_t time = capi_sql_int(rows, 2);
		bool missing = !strcmp(class, "missing");
		struct capi_audit_item item = {
		    .finding = f->number,
		    .class = class,
		    .platform = f->platform,
		    .order_id = capi_sql_text(rows, 0),
		    .event_id = capi_sql_text(rows, 1),
		    .time = capi_sql_is_null(rows, 2) ? -1 : time,
		    .value = capi_sql_text(rows, 3),
		    .currency = capi_sql_text(rows, 4),
		    .reason = capi_sql_text(rows, 5),
		    .repair =
			missing ? capi_ledger_repair(a->now - time) : NULL,
		    .line = capi_sql_int(rows, 6),
		};

		capi_audit_add_item(a, &item);
	}
}

/* An order that nobody can read is lost, and looks like one that does not
 * count. */
static void
find_unreadable(struct capi_audit *a)
{
	struct capi_audit_finding *f;
	const char *words = "";
	struct capi_sql_stmt *s;

	if (!a->unreadable)
		return;
	s = capi_sql_query(a->db,
	    "SELECT substr(left_out,10), sum(n) FROM order_sums WHERE left_out"
	    " LIKE 'refused: %' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3",
	    "");
	while (capi_sql_row(s))
		words = capi_audit_text(a, "%s%s%s %s", words,
		    *words ? ", " : "", capi_sql_text(s, 0),
		    capi_audit_count(a, capi_sql_int(s, 1)));
	f = capi_audit_find(a, "truth.filter", CAPI_SEVERITY_WARN, NULL, NULL,
	    "%s of %s orders could not be read (%s)",
	    capi_audit_count(a, a->unreadable), capi_audit_count(a, a->orders),
	    words);
	capi_finding_count(f, a->orders, a->unreadable, "unreadable");
	f->fix = "capi-normalize -r FILE keeps them with the reason: repair "
		 "them there and send them";
	capi_audit_items(a, f, "unreadable",
	    capi_sql_query(a->db,
		"SELECT order_id, event_id, time, value, currency,"
		" substr(left_out,10), line FROM orders WHERE left_out LIKE"
		" 'refused: %' ORDER BY n",
		""));
}

void
capi_audit_truth(struct capi_audit *a)
{
	struct capi_audit_row *m;
	struct capi_sql_stmt *s;

	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	m = capi_audit_metric(a, "truth.filter", NULL, NULL);
	capi_row_int(m, "orders", a->orders);
	capi_row_int(m, "counted", a->used);
	find_unreadable(a);
	s = capi_sql_query(a->db,
	    "SELECT left_out, sum(n) FROM order_sums WHERE left_out IS NOT"
	    " NULL GROUP BY 1 ORDER BY 2 DESC, 1",
	    "");
	while (capi_sql_row(s))
		capi_row_int(m,
		    capi_audit_text(a, "left_out.%s", capi_sql_text(s, 0)),
		    capi_sql_int(s, 1));
	s = capi_sql_query(a->db,
	    "SELECT currency, sum(n), sum(micros) FROM order_sums"
	    " WHERE left_out IS NULL AND currency IS NOT NULL"
	    " GROUP BY 1 ORDER BY 2 DESC, 1",
	    "");
	while (capi_sql_row(s)) {
		char sum[32];

		m = capi_audit_metric(a, "truth.filter", NULL, NULL);
		capi_clock_money_text(
		    capi_sql_int(s, 2), capi_sql_text(s, 0), sum);
		capi_row_text(
		    m, "currency", capi_audit_keep(a, capi_sql_text(s, 0)));
		capi_row_int(m, "orders", capi_sql_int(s, 1));
		capi_row_text(m, "sum", capi_audit_keep(a, sum));
	}
}

/* input.read: what is left out because nobody can read it. */
void
capi_audit_read(struct capi_audit *a)
{
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		double refused = capi_row_value(r, "refused");
		struct capi_audit_finding *f;

		/* NaN: the input has no such count. */
		if (strcmp(r->type, "input") || !(refused > 0))
			continue;
		f = capi_audit_find(a, "input.read", CAPI_SEVERITY_WARN, NULL,
		    NULL, "%s: records that could not be read: %s",
		    capi_row_words(r, "name"), capi_audit_number(a, refused));
		f->affected = (int64_t)refused;
		f->verdict = "refused";
	}
}

static const char *const slice_names[CAPI_SLICES] = {
    [CAPI_SLICE_DEVICE] = "device",
    [CAPI_SLICE_APP] = "in-app browser",
    [CAPI_SLICE_PAYMENT] = "payment",
    [CAPI_SLICE_COUNTRY] = "country",
    [CAPI_SLICE_CURRENCY] = "currency",
    [CAPI_SLICE_SOURCE] = "source",
    [CAPI_SLICE_HOUR] = "hour",
    [CAPI_SLICE_DAY] = "day",
};

/* A group of orders that is missing more often than the others: where to
 * look. Each slice is tried with all its values. */
static const char *
worst_slice(struct capi_audit *a, int dest, double missing, double all)
{
	const char *words = NULL;
	double best = 0.001 / 50; /* about so many groups are tried */

	for (size_t i = 0; i < a->ledger->count; i++) {
		const struct capi_tally *t = a->ledger->tallies[i];
		double k = (double)t->classes[dest][CAPI_LEDGER_MISSING];
		double n = (double)t->orders;
		double p;

		if (!slice_names[t->slice] || n >= all ||
		    k / n <= missing / all)
			continue;
		p = capi_stats_two_proportions(k, n, missing - k, all - n);
		if (p >= best)
			continue;
		best = p;
		words = capi_audit_text(a, "%s %s: %s of %s missing",
		    slice_names[t->slice], t->value, capi_audit_number(a, k),
		    capi_audit_number(a, n));
	}
	return words;
}

static const char items_of_class[] =
    "SELECT o.order_id, o.event_id, o.time, o.value, o.currency, l.reason,"
    " o.line FROM ledger l JOIN orders o ON o.n=l.n"
    " WHERE l.dest=?1 AND l.class=?2 ORDER BY o.time, o.n";

/* The reasons of a class, for a fact: "meta.age 2, meta.value 1". */
static const char *
reasons(struct capi_audit *a, const char *dest, int class)
{
	const char *words = "";
	int count = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT coalesce(reason,'no reason given'), count(*) FROM ledger"
	    " WHERE dest=?1 AND class=?2 GROUP BY 1 ORDER BY 2 DESC, 1",
	    "si", dest, (int64_t) class);

	while (capi_sql_row(s)) {
		if (++count <= 3)
			words = capi_audit_text(a, "%s%s%s %s", words,
			    count > 1 ? ", " : "", capi_sql_text(s, 0),
			    capi_audit_count(a, capi_sql_int(s, 1)));
	}
	return count > 3 ? capi_audit_text(a, "%s, ...", words) : words;
}

static void
find_missing(struct capi_audit *a, int number, int64_t missing, int64_t counted)
{
	const char *dest = a->index.dests[number].name;
	struct capi_audit_finding *f;
	const char *slice;

	if (!missing)
		return;
	/* A fifth is where the healthy band of a ratio ends. */
	f = capi_audit_find(a, "count.ids",
	    missing * 5 >= counted ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN,
	    dest, NULL, "%s of %s orders were never sent",
	    capi_audit_count(a, missing), capi_audit_count(a, counted));
	capi_finding_count(f, counted, missing, "missing");
	slice = worst_slice(a, number, (double)missing, (double)counted);
	if (slice) {
		f->fact = capi_audit_text(a, "%s; most: %s", f->fact, slice);
		capi_finding_text(f, "slice", slice);
	}
	capi_audit_items(a, f, "missing",
	    capi_sql_query(a->db, items_of_class, "si", dest,
		(int64_t)CAPI_LEDGER_MISSING));
}

/* Classes that a person should know of. */
static const struct {
	enum capi_ledger_class class;
	enum capi_audit_severity severity;
	const char *verdict, *words, *fix;
} noted[] = {
    {CAPI_LEDGER_REFUSED, CAPI_SEVERITY_WARN, "refused",
	"refused before sending",
	"capi-build --list-checks says what each rule wants; repair the "
	"order and send it again"},
    {CAPI_LEDGER_PARKED, CAPI_SEVERITY_WARN, "parked",
	"parked by capi-send after the platform refused them",
	"capi-send --list parked, repair, then capi-send --replay"},
    {CAPI_LEDGER_UNKNOWN, CAPI_SEVERITY_INFO, "unknown",
	"sent, but the answer was lost",
	"capi-send --flush repeats them under the same id"},
    {CAPI_LEDGER_QUEUED, CAPI_SEVERITY_INFO, "queued", "still queued",
	"capi-send --flush"},
    {CAPI_LEDGER_WITHHELD, CAPI_SEVERITY_INFO, "withheld",
	"withheld for want of consent",
	"nothing, if the shopper said no; else look at the consent column"},
    {CAPI_LEDGER_DRY_RUN, CAPI_SEVERITY_WARN, "dry-run",
	"only in a dry run, never sent", "run capi-send without --dry-run"},
};

static void
find_noted(struct capi_audit *a, const char *dest, const int64_t *classes,
    int64_t counted)
{
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		int64_t n = classes[noted[i].class];
		struct capi_audit_finding *f;

		if (!n)
			continue;
		f = capi_audit_find(a, "count.ids", noted[i].severity, dest,
		    NULL, "%s of %s orders %s (%s)", capi_audit_count(a, n),
		    capi_audit_count(a, counted), noted[i].words,
		    reasons(a, dest, noted[i].class));
		capi_finding_count(f, counted, n, noted[i].verdict);
		f->fix = noted[i].fix;
		capi_audit_items(a, f, noted[i].verdict,
		    capi_sql_query(a->db, items_of_class, "si", dest,
			(int64_t)noted[i].class));
	}
}

/* Why an event that was sent is no order that counts. */
static const struct {
	const char *reason;
	enum capi_audit_severity severity;
	const char *words, *fix;
} extras[] = {
    {"payment failed", CAPI_SEVERITY_WARN, "whose payment failed",
	"send after the payment succeeded, not at the button"},
    {"test", CAPI_SEVERITY_WARN, "that are test orders",
	"capi-normalize leaves test orders out; is another sender at work?"},
    {"pending", CAPI_SEVERITY_WARN, "that are not paid",
	"send after the payment succeeded"},
    {"cancelled", CAPI_SEVERITY_INFO, "cancelled since",
	"platforms do not un-count; Google takes a retraction"},
    {"refunded", CAPI_SEVERITY_INFO, "refunded since",
	"platforms do not un-count; --keep-refunded counts them here too"},
    {"partially paid", CAPI_SEVERITY_INFO, "paid in part", NULL},
    {"zero value", CAPI_SEVERITY_INFO, "of zero value", NULL},
    {"outside the window", CAPI_SEVERITY_INFO, "outside the window", NULL},
};

static void
find_extra(
    struct capi_audit *a, const char *dest, const char *reason, int64_t n)
{
	enum capi_audit_severity severity = CAPI_SEVERITY_WARN;
	const char *words = "that no order file holds";
	const char *fix = "is another sender at work, or are orders missing "
			  "from --orders?";
	struct capi_audit_finding *f;

	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		if (strcmp(extras[i].reason, reason))
			continue;
		severity = extras[i].severity;
		words = extras[i].words;
		fix = extras[i].fix;
	}
	f = capi_audit_find(a, "count.ids", severity, dest, NULL,
	    "%s delivered events are orders %s", capi_audit_count(a, n), words);
	f->affected = n;
	f->verdict = "extra";
	f->fix = fix;
	capi_finding_text(f, "reason", capi_audit_keep(a, reason));
	capi_audit_items(a, f, "extra",
	    capi_sql_query(a->db,
		"SELECT coalesce(o.order_id,r.event_id), r.event_id,"
		" coalesce(o.time,r.time), o.value, o.currency, ?2, r.line"
		" FROM finals f JOIN receipts r ON r.n=f.receipt"
		" LEFT JOIN orders o ON o.n=f.o WHERE f.dest=?1 AND f.extra"
		" AND coalesce(o.left_out,'unknown')=?2 ORDER BY r.n",
		"ss", dest, f->pairs[0].s));
}

static int64_t
find_extras(struct capi_audit *a, const char *dest)
{
	int64_t all = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT coalesce(o.left_out,'unknown'), count(*) FROM finals f"
	    " LEFT JOIN orders o ON o.n=f.o WHERE f.dest=?1 AND f.extra"
	    " GROUP BY 1 ORDER BY 2 DESC",
	    "s", dest);

	while (capi_sql_row(s)) {
		all += capi_sql_int(s, 1);
		find_extra(a, dest, capi_sql_text(s, 0), capi_sql_int(s, 1));
	}
	return all;
}

static void
find_repeated(struct capi_audit *a, const char *dest, int64_t repeated)
{
	struct capi_audit_finding *f;

	if (!repeated)
		return;
	f = capi_audit_find(a, "count.ids", CAPI_SEVERITY_WARN, dest, NULL,
	    "%s events were delivered more than once",
	    capi_audit_count(a, repeated));
	f->affected = repeated;
	f->verdict = "repeated";
	f->fix = "give all runs the same --spool, so that the ledger knows "
		 "what was sent";
	capi_audit_items(a, f, "repeated",
	    capi_sql_query(a->db,
		"SELECT coalesce(o.order_id,r.event_id), r.event_id, o.time,"
		" o.value, o.currency, f.delivered||' times', o.line"
		" FROM finals f JOIN receipts r ON r.n=f.receipt LEFT JOIN"
		" orders o ON o.n=f.o AND o.left_out IS NULL WHERE f.dest=?1"
		" AND f.delivered>1 ORDER BY f.receipt",
		"s", dest));
}

static void
reason_metrics(struct capi_audit *a, const char *dest)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT class, reason, count(*) FROM ledger WHERE dest=?1 AND"
	    " class NOT IN (?2,?3,?4) AND reason IS NOT NULL"
	    " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
	    "siii", dest, (int64_t)CAPI_LEDGER_DELIVERED,
	    (int64_t)CAPI_LEDGER_MISSING, (int64_t)CAPI_LEDGER_NEW);

	while (capi_sql_row(s)) {
		struct capi_audit_row *m =
		    capi_audit_metric(a, "count.ids", dest, NULL);

		capi_row_text(
		    m, "class", capi_ledger_names[capi_sql_int(s, 0)]);
		capi_row_text(
		    m, "reason", capi_audit_keep(a, capi_sql_text(s, 1)));
		capi_row_int(m, "n", capi_sql_int(s, 2));
	}
}

/* The age of orders by class: what can still be repaired. */
static void
age_metric(struct capi_audit *a, int dest, const struct capi_tally *t)
{
	struct capi_audit_row *m =
	    capi_audit_metric(a, "count.ids", a->index.dests[dest].name, NULL);

	capi_row_text(m, "age", t->value);
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++)
		if (t->classes[dest][i])
			capi_row_int(
			    m, capi_ledger_names[i], t->classes[dest][i]);
}

/* Orders and deliveries a day, for charts; the last 400 days. */
static void
day_metric(struct capi_audit *a, int dest, const struct capi_tally *t)
{
	struct capi_audit_row *m;

	if (t->number < capi_clock_day(a->zone, a->now) - 400)
		return;
	m = capi_audit_metric(a, "count.ids", a->index.dests[dest].name, NULL);
	capi_row_text(m, "day", t->value);
	capi_row_int(m, "truth", t->orders);
	capi_row_int(m, "sent", t->classes[dest][CAPI_LEDGER_DELIVERED]);
}

static void
slice_metrics(struct capi_audit *a, int dest, enum capi_slice slice,
    void (*metric)(struct capi_audit *a, int dest, const struct capi_tally *t))
{
	for (size_t i = 0; i < a->ledger->count; i++)
		if (a->ledger->tallies[i]->slice == slice)
			metric(a, dest, a->ledger->tallies[i]);
}

static void
check_destination(struct capi_audit *a, int number)
{
	const char *dest = a->index.dests[number].name;
	const int64_t *classes = a->ledger->classes[number];
	int64_t sum = 0, repeated = a->ledger->repeated[number];
	struct capi_audit_row *m;

	m = capi_audit_metric(a, "count.ids", dest, NULL);
	capi_row_int(m, "orders", a->orders);
	capi_row_int(
	    m, "left_out", a->orders - a->used - a->repeated - a->unreadable);
	capi_row_int(m, "again", a->repeated);
	capi_row_int(m, "unreadable", a->unreadable);
	capi_row_int(m, "counted", a->used);
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++) {
		capi_row_int(m, capi_ledger_names[i], classes[i]);
		sum += classes[i];
	}
	find_missing(a, number, classes[CAPI_LEDGER_MISSING], a->used);
	find_noted(a, dest, classes, a->used);
	capi_row_int(m, "extra", find_extras(a, dest));
	capi_row_int(m, "repeated", repeated);
	find_repeated(a, dest, repeated);
	reason_metrics(a, dest);
	slice_metrics(a, number, CAPI_SLICE_AGE, age_metric);
	slice_metrics(a, number, CAPI_SLICE_DAY, day_metric);
	if (sum != a->used)
		a->bug = true;
}

/* Platforms that events were built for and that no receipt names. */
static void
find_silent(struct capi_audit *a)
{
	struct capi_group *built = capi_audit_groups(a,
	    capi_sql_query(a->db,
		"SELECT platform, '', count(DISTINCT o) FROM payloads WHERE"
		" request=1 GROUP BY 1 HAVING count(DISTINCT o)>0 ORDER BY 1",
		""));

	for (struct capi_group *g = built; g; g = g->next) {
		struct capi_audit_finding *f;
		bool named = false;

		for (int i = 0; i < a->index.dest_count && !named; i++)
			named =
			    !strcmp(a->index.dests[i].platform, g->platform);
		if (named)
			continue;
		f = capi_audit_find(a, "count.ids", CAPI_SEVERITY_CRIT,
		    g->platform, NULL,
		    "no receipt at all, though events of %s orders were "
		    "built",
		    capi_audit_count(a, g->n));
		capi_finding_count(f, a->used, g->n, "missing");
	}
}

void
capi_audit_ids(struct capi_audit *a)
{
	struct capi_audit_finding *f;

	if (!a->has[CAPI_ROLE_ORDERS] || !a->has[CAPI_ROLE_SENT])
		return;
	capi_ledger_make(a);
	for (struct capi_group *g = capi_audit_dests(a); g; g = g->next)
		check_destination(a, (int)g->n);
	if (a->index.dest_count) {
		find_silent(a);
		return;
	}
	f = capi_audit_find(a, "count.ids", CAPI_SEVERITY_CRIT, NULL, NULL,
	    "the receipts are empty: none of %s orders was sent",
	    capi_audit_count(a, a->used));
	f->n = f->affected = a->used;
	f->verdict = "missing";
}
