/*
 * truth.filter and count.ids: which orders count, and what became of each of
 * them at each destination. Exact, so every finding here is certain.
 */
#include <string.h>

#include "../stats.h"
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
	s = capi_sql_query(a->db,
	    "SELECT left_out, count(*) FROM orders WHERE left_out IS NOT NULL"
	    " GROUP BY 1 ORDER BY 2 DESC, 1",
	    "");
	while (capi_sql_row(s))
		capi_row_int(m,
		    capi_audit_text(a, "left_out.%s", capi_sql_text(s, 0)),
		    capi_sql_int(s, 1));
	s = capi_sql_query(a->db,
	    "SELECT currency, count(*), sum(micros) FROM orders"
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

/* A group of orders that is missing more often than the others: where to
 * look. Each column is tried with all its values. */
struct slice {
	const char *what, *query;
};

#define SLICE(expression)                                                      \
	"SELECT " expression ", sum(l.class=?2), count(*) FROM ledger l"       \
	" JOIN orders o ON o.n=l.n WHERE l.dest=?1 AND " expression            \
	" IS NOT NULL AND " expression "<>'' GROUP BY 1"

static const struct slice slices[] = {
    {"device", SLICE("o.device")},
    {"payment", SLICE("o.payment")},
    {"country", SLICE("o.country")},
    {"currency", SLICE("o.currency")},
    {"source", SLICE("o.action")},
    {"hour", SLICE("printf('%02d h UTC', o.time/3600%24)")},
    {"day", SLICE("date(o.time,'unixepoch')")},
};

#define SLICES (sizeof(slices) / sizeof(slices[0]))

static const char *
worst_slice(struct capi_audit *a, const char *dest, double missing, double all)
{
	const char *words = NULL;
	double best = 0.001 / 50; /* about so many groups are tried */

	for (size_t i = 0; i < SLICES; i++) {
		struct capi_sql_stmt *s = capi_sql_query(a->db, slices[i].query,
		    "si", dest, (int64_t)CAPI_LEDGER_MISSING);

		while (capi_sql_row(s)) {
			double k = capi_sql_double(s, 1);
			double n = capi_sql_double(s, 2);
			double p = capi_stats_two_proportions(
			    k, n, missing - k, all - n);

			if (n >= all || k / n <= missing / all || p >= best)
				continue;
			best = p;
			words =
			    capi_audit_text(a, "%s %s: %.0f of %.0f missing",
				slices[i].what, capi_sql_text(s, 0), k, n);
		}
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
			words = capi_audit_text(a, "%s%s%s %lld", words,
			    count > 1 ? ", " : "", capi_sql_text(s, 0),
			    (long long)capi_sql_int(s, 1));
	}
	return count > 3 ? capi_audit_text(a, "%s, ...", words) : words;
}

static void
find_missing(
    struct capi_audit *a, const char *dest, int64_t missing, int64_t counted)
{
	struct capi_audit_finding *f;
	const char *slice;

	if (!missing)
		return;
	/* A fifth is where the healthy band of a ratio ends. */
	f = capi_audit_find(a, "count.ids",
	    missing * 5 >= counted ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN,
	    dest, NULL, "%lld of %lld orders were never sent",
	    (long long)missing, (long long)counted);
	f->n = counted;
	f->affected = missing;
	f->verdict = "missing";
	slice = worst_slice(a, dest, (double)missing, (double)counted);
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
	"capi-build names the rule (capi-platforms(7)); repair the order "
	"and send it again"},
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
		    NULL, "%lld of %lld orders %s (%s)", (long long)n,
		    (long long)counted, noted[i].words,
		    reasons(a, dest, noted[i].class));
		f->n = counted;
		f->affected = n;
		f->verdict = noted[i].verdict;
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
	    "%lld delivered events are orders %s", (long long)n, words);
	f->affected = n;
	f->verdict = "extra";
	f->fix = fix;
	capi_finding_text(f, "reason", capi_audit_keep(a, reason));
	capi_audit_items(a, f, "extra",
	    capi_sql_query(a->db,
		"SELECT coalesce(o.order_id,f.event_id), f.event_id,"
		" coalesce(o.time,r.time), o.value, o.currency, ?3, r.line"
		" FROM finals f JOIN receipts r ON r.n=f.receipt"
		" LEFT JOIN orders o ON o.event_id=f.event_id"
		"  AND o.name=f.name AND o.left_out IS NOT 'duplicate row'"
		" WHERE f.dest=?1 AND f.outcome=?2"
		"  AND coalesce(o.left_out,'unknown')=?3 AND (o.n IS NULL"
		"  OR o.left_out IS NOT NULL) ORDER BY r.n",
		"sis", dest, (int64_t)CAPI_LEDGER_DELIVERED, f->pairs[0].s));
}

/* Events of other names (PageView ...) are no orders and no surprise: only
 * the names that the orders have are looked for. */
static int64_t
find_extras(struct capi_audit *a, const char *dest)
{
	int64_t all = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT coalesce(o.left_out,'unknown'), count(*) FROM finals f "
	    "LEFT JOIN orders o"
	    "  ON o.event_id=f.event_id AND o.name=f.name"
	    "  AND o.left_out IS NOT 'duplicate row'"
	    " WHERE f.dest=?1 AND f.outcome=?2 AND (o.n IS NULL OR"
	    "  o.left_out IS NOT NULL)"
	    " AND f.name IN (SELECT DISTINCT name FROM orders)"
	    " GROUP BY 1 ORDER BY 2 DESC",
	    "si", dest, (int64_t)CAPI_LEDGER_DELIVERED);

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
	    "%lld events were delivered more than once", (long long)repeated);
	f->affected = repeated;
	f->verdict = "repeated";
	f->fix = "give all runs the same --spool, so that the ledger knows "
		 "what was sent";
	capi_audit_items(a, f, "repeated",
	    capi_sql_query(a->db,
		"SELECT coalesce(o.order_id,f.event_id), f.event_id, o.time,"
		" o.value, o.currency, f.delivered||' times', o.line"
		" FROM finals f LEFT JOIN orders o ON o.event_id=f.event_id"
		" AND o.name=f.name AND o.left_out IS NULL"
		" WHERE f.dest=?1 AND f.delivered>1 ORDER BY f.receipt",
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
age_metrics(struct capi_audit *a, const char *dest)
{
	int64_t over = INT64_MIN;

	for (const struct capi_ledger_age *g = capi_ledger_ages; g->name; g++) {
		struct capi_sql_stmt *s = capi_sql_query(a->db,
		    "SELECT l.class, count(*) FROM ledger l JOIN orders o ON"
		    " o.n=l.n WHERE l.dest=?1 AND ?2-o.time>=?3 AND"
		    " ?2-o.time<?4 GROUP BY 1",
		    "siii", dest, a->now, over, g->under);
		struct capi_audit_row *m =
		    capi_audit_metric(a, "count.ids", dest, NULL);

		capi_row_text(m, "age", g->name);
		while (capi_sql_row(s))
			capi_row_int(m, capi_ledger_names[capi_sql_int(s, 0)],
			    capi_sql_int(s, 1));
		over = g->under;
	}
}

/* Orders and deliveries a day, for charts; the last 400 days. */
static void
day_metrics(struct capi_audit *a, const char *dest)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT day(?2,o.time), count(*), sum(l.class=0) FROM ledger l"
	    " JOIN orders o ON o.n=l.n WHERE l.dest=?1 AND o.time>?3-400*86400"
	    " GROUP BY 1 ORDER BY 1",
	    "sii", dest, (int64_t)a->zone, a->now);

	while (capi_sql_row(s)) {
		struct capi_audit_row *m =
		    capi_audit_metric(a, "count.ids", dest, NULL);
		char date[16];

		capi_clock_date(capi_sql_int(s, 0), date);
		capi_row_text(m, "day", capi_audit_keep(a, date));
		capi_row_int(m, "truth", capi_sql_int(s, 1));
		capi_row_int(m, "sent", capi_sql_int(s, 2));
	}
}

static void
check_destination(struct capi_audit *a, const char *dest)
{
	int64_t classes[CAPI_LEDGER_CLASSES] = {0}, sum = 0, repeated;
	struct capi_audit_row *m;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT class, count(*) FROM ledger WHERE dest=?1 GROUP BY 1", "s",
	    dest);

	while (capi_sql_row(s)) {
		classes[capi_sql_int(s, 0)] = capi_sql_int(s, 1);
		sum += capi_sql_int(s, 1);
	}
	repeated = capi_sql_one(a->db,
	    "SELECT count(*) FROM finals WHERE dest=?1 AND delivered>1", "s",
	    dest);
	m = capi_audit_metric(a, "count.ids", dest, NULL);
	capi_row_int(m, "orders", a->orders);
	capi_row_int(m, "left_out", a->orders - a->used);
	capi_row_int(m, "counted", a->used);
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++)
		capi_row_int(m, capi_ledger_names[i], classes[i]);
	find_missing(a, dest, classes[CAPI_LEDGER_MISSING], a->used);
	find_noted(a, dest, classes, a->used);
	capi_row_int(m, "extra", find_extras(a, dest));
	capi_row_int(m, "repeated", repeated);
	find_repeated(a, dest, repeated);
	reason_metrics(a, dest);
	age_metrics(a, dest);
	day_metrics(a, dest);
	if (sum != a->used)
		a->bug = true;
}

void
capi_audit_ids(struct capi_audit *a)
{
	struct capi_sql_stmt *s;
	const char *dests[64];
	size_t n = 0;

	if (!a->has[CAPI_ROLE_ORDERS] || !a->has[CAPI_ROLE_SENT])
		return;
	capi_ledger_make(a);
	s = capi_sql_query(
	    a->db, "SELECT DISTINCT dest FROM receipts ORDER BY 1", "");
	while (capi_sql_row(s))
		if (n < sizeof(dests) / sizeof(dests[0]))
			dests[n++] = capi_audit_keep(a, capi_sql_text(s, 0));
	for (size_t i = 0; i < n; i++)
		check_destination(a, dests[i]);
	if (!n) {
		struct capi_audit_finding *f = capi_audit_find(a, "count.ids",
		    CAPI_SEVERITY_CRIT, NULL, NULL,
		    "the receipts are empty: none of %lld orders was sent",
		    (long long)a->used);

		f->n = f->affected = a->used;
		f->verdict = "missing";
	}
}
