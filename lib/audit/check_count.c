/*
 * Counts: what a platform shows against what the shop has. Received counts
 * are judged by bands around one; attributed counts are shares of the same
 * orders, never judged by bands and never added.
 */
#include <math.h>
#include <string.h>

#include "stats.h"
#include "checks.h"
#include "truth.h"

#define LEVEL 0.95

/* Ratios of received to orders, ascending; the edges are those of the audit
 * methods: 0.8..1.2 is healthy, 1.5 is partial and 2 is no deduplication. An
 * edge belongs to the band that is nearer to one. */
struct band {
	double upto;
	enum capi_audit_severity severity;
	const char *verdict, *words;
};

static const struct band bands[] = {
    {0.50, CAPI_SEVERITY_CRIT, "loss-heavy", "less than half arrives"},
    {0.70, CAPI_SEVERITY_CRIT, "loss-pixel-only",
	"looks like browser only: is the server leg off?"},
    {0.80, CAPI_SEVERITY_WARN, "loss", "which leg drops events?"},
    {1.20, CAPI_SEVERITY_OK, "ok", ""},
    {1.30, CAPI_SEVERITY_WARN, "high", "more events than orders"},
    {1.75, CAPI_SEVERITY_WARN, "dedup-partial",
	"some events lack the other side's event_id"},
    {2.25, CAPI_SEVERITY_CRIT, "dedup-broken",
	"pixel and server are both counted"},
    {INFINITY, CAPI_SEVERITY_CRIT, "multi-count",
	"more than two senders, or orders are missing here"},
};

static const struct band *
band_of(double ratio)
{
	const struct band *b = bands;

	while (ratio > 1 ? ratio > b->upto : ratio >= b->upto)
		b++;
	return b;
}

/* What is true of the whole interval: the mildest severity in it. Both ends
 * must lie on the same side of one. */
static enum capi_audit_severity
mildest(struct capi_interval i, double ratio)
{
	enum capi_audit_severity s = band_of(ratio)->severity;

	if (i.lo < 1 && i.hi > 1)
		return CAPI_SEVERITY_OK;
	if (band_of(i.lo)->severity < s)
		s = band_of(i.lo)->severity;
	if (isinf(i.hi))
		return s;
	return band_of(i.hi)->severity < s ? band_of(i.hi)->severity : s;
}

static int64_t
orders_between(
    struct capi_audit *a, int zone, int64_t from, int64_t to, const char *name)
{
	return capi_truth_between(a, name, capi_clock_start(zone, from),
	    capi_clock_start(zone, to + 1));
}

/* Seconds until a day that is over is final. Pinterest: about 37 hours
 * (help.pinterest.com, "Reporting dashboard overview", read 2026-09). */
static int64_t
settling(const char *platform)
{
	static const struct {
		const char *platform;
		int64_t seconds;
	} slow[] = {{"pinterest", 37 * 3600}};

	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++)
		if (!strcmp(slow[i].platform, platform))
			return slow[i].seconds;
	return 0;
}

/* Those that it, the orders and the wish (--from, --to) have in common,
 * without the day that is not over. */
struct capi_span
capi_audit_span(struct capi_audit *a, const struct capi_audit_report *r)
{
	int64_t first = a->earliest, last = a->latest;
	struct capi_span s = {r->from, r->to, !r->daily, false};

	if (r->from > r->to) { /* no dates: the user vouches for them */
		s.from = capi_clock_day(r->zone, first);
		s.to = capi_clock_day(r->zone, last);
		if (a->from <= a->to) {
			s.from = a->from;
			s.to = a->to;
		}
		return s;
	}
	if (!r->daily)
		return s;
	if (a->from <= a->to) {
		s.from = a->from > s.from ? a->from : s.from;
		s.to = a->to < s.to ? a->to : s.to;
	} else {
		first = capi_clock_day(r->zone, first);
		last = capi_clock_day(r->zone, last);
		s.from = first > s.from ? first : s.from;
		s.to = last < s.to ? last : s.to;
	}
	last = capi_clock_day(r->zone, a->now - settling(r->platform)) - 1;
	s.unsettled = s.to > last;
	if (s.unsettled)
		s.to = last;
	return s;
}

static struct capi_sums
tally_of(struct capi_audit *a, const struct capi_audit_report *r,
    struct capi_span span, const char *name)
{
	struct capi_sums t = {0};
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT " CAPI_IS_TOTAL ", lower(coalesce(source,'')), sum(micros)"
	    " FROM counts WHERE report=?1 AND name=?2 AND (?3 OR day IS NULL"
	    "  OR (day>=?4 AND day<=?5)) GROUP BY 1, 2",
	    "isiii", r->number, name, (int64_t)span.whole, span.from, span.to);

	while (capi_sql_row(s)) {
		double n = capi_sql_double(s, 2) / CAPI_MICROS;

		if (capi_sql_int(s, 0)) {
			t.total += n;
			t.has_total = true;
			continue;
		}
		t.has_sides = true;
		if (!strncmp(capi_sql_text(s, 1), "server", 6) ||
		    strstr(capi_sql_text(s, 1), "api"))
			t.server += n;
		else
			t.browser += n;
	}
	/* Two sides without a total: at least the larger one arrived, and
	 * what both saw is not known. */
	if (!t.has_total)
		t.total = t.server > t.browser ? t.server : t.browser;
	return t;
}

static const char *
date(struct capi_audit *a, int64_t day)
{
	char text[16];

	capi_clock_date(day, text);
	return capi_audit_keep(a, text);
}

/* count.gap: two denominators, both named, since either alone misleads. */
static void
gap(struct capi_audit *a, const struct capi_audit_report *r, const char *name,
    double truth, double count)
{
	struct capi_audit_row *m;

	if (truth <= 0 || count >= truth)
		return;
	m = capi_audit_metric(a, "count.gap", r->platform, name);
	capi_row_number(m, "missing", truth - count);
	capi_row_number(m, "missing_of_truth", (truth - count) / truth);
	capi_row_number(m, "shortfall_of_platform",
	    count > 0 ? (truth - count) / count : NAN);
}

static void
ratio_finding(struct capi_audit *a, const struct capi_audit_report *r,
    const char *name, double truth, double count, double ratio,
    struct capi_interval wide, bool exact)
{
	const struct band *b = band_of(ratio);
	enum capi_audit_severity sure = mildest(wide, ratio);
	struct capi_audit_finding *f;
	bool reader = fabs(ratio - 2) < 0.0005 && !r->totals_skipped;

	if (b->severity == CAPI_SEVERITY_OK)
		return;
	f = capi_audit_find(a, "count.ratio", b->severity, r->platform, name,
	    "%s: %s events for %s orders (%.2f): %s", b->verdict,
	    capi_audit_number(a, count), capi_audit_number(a, truth), ratio,
	    b->words);
	capi_finding_count(
	    f, (int64_t)truth, (int64_t)fabs(truth - count), b->verdict);
	f->certain = exact && sure >= CAPI_SEVERITY_WARN;
	if (f->certain)
		f->severity = sure;
	if (count == 0) {
		f->verdict = "disconnected";
		f->fact = capi_audit_text(a,
		    "disconnected: nothing arrives of %s orders",
		    capi_audit_number(a, truth));
		f->fix = "look at the token, the connector and the dataset "
			 "id in the platform's events screen";
	} else if (ratio > 1) {
		f->fix =
		    reader
			? "exactly 2: does the file hold a total row? If not, "
			  "give both sides the same event_id"
			: "one event_id template in pixel and server (capi-"
			  "normalize --event-id)";
	}
	capi_finding_number(f, "ratio", ratio);
}

static void
stripe_finding(struct capi_audit *a, const struct capi_audit_report *r,
    const char *name, double truth, double count, struct capi_interval i)
{
	double d = fabs(count - truth) / truth;
	/* The end of the interval that is nearer to one. */
	double near = i.lo > 1 ? i.lo - 1 : i.hi < 1 ? 1 - i.hi : 0;
	struct capi_audit_row *m =
	    capi_audit_metric(a, "count.stripe", r->platform, name);
	struct capi_audit_finding *f;

	capi_row_number(m, "value", d);
	capi_row_number(m, "near", near);
	if (d <= 0.05)
		return;
	f = capi_audit_find(a, "count.stripe",
	    d > 0.30   ? CAPI_SEVERITY_CRIT
	    : d > 0.10 ? CAPI_SEVERITY_WARN
		       : CAPI_SEVERITY_INFO,
	    r->platform, name, "%s events for %s charges: %.1f%% apart",
	    capi_audit_number(a, count), capi_audit_number(a, truth), 100 * d);
	capi_finding_count(f, (int64_t)truth, (int64_t)fabs(count - truth),
	    d > 0.30   ? "leaky"
	    : d > 0.10 ? "apart"
		       : "near");
	f->certain = near > 0.10;
	if (f->certain && f->severity == CAPI_SEVERITY_CRIT && near <= 0.30)
		f->severity = CAPI_SEVERITY_WARN;
}

/* How many of the orders change sides if the days were another zone's: UTC,
 * or the one in which the order file was written. */
static double
edge_of(
    struct capi_audit *a, struct capi_span span, const char *name, double truth)
{
	double utc = (double)orders_between(a, 0, span.from, span.to, name);
	double file = truth;

	if (a->order_zone > 0)
		file = (double)orders_between(
		    a, a->order_zone, span.from, span.to, name);
	return truth > 0 ? (fabs(truth - utc) + fabs(truth - file)) / truth : 0;
}

static void
one_ratio(struct capi_audit *a, const struct capi_audit_report *r,
    struct capi_span span, const char *name)
{
	struct capi_sums t = tally_of(a, r, span, name);
	double truth =
	    (double)orders_between(a, r->zone, span.from, span.to, name);
	double edge = edge_of(a, span, name, truth);
	double ratio = truth > 0 ? t.total / truth : NAN;
	struct capi_interval i = capi_stats_ratio(t.total, truth, LEVEL);
	struct capi_interval wide = {i.lo - edge, i.hi + edge};
	bool exact = t.has_total || !t.has_sides;
	struct capi_audit_row *m;

	m = capi_audit_metric(a, "count.ratio", r->platform, name);
	capi_row_text(m, "from", date(a, span.from));
	capi_row_text(m, "to", date(a, span.to));
	capi_row_int(m, "truth", (int64_t)truth);
	capi_row_number(m, "count", t.total);
	capi_row_number(m, "value", ratio);
	capi_row_number(m, "lo", i.lo);
	capi_row_number(m, "hi", i.hi);
	capi_row_number(m, "edge", edge);
	capi_row_text(m, "verdict",
	    truth > 0 ? (t.total > 0 ? band_of(ratio)->verdict : "disconnected")
		      : "no orders");
	capi_row_text(m, "severity",
	    capi_severity_names[truth > 0 ? band_of(ratio)->severity : 0]);
	capi_row_bool(m, "certain",
	    truth > 0 && exact &&
		(band_of(wide.lo) == band_of(wide.hi) ||
		    mildest(wide, ratio) >= CAPI_SEVERITY_WARN));
	capi_row_int(m, "totals_skipped", r->totals_skipped);
	if (truth <= 0)
		return;
	gap(a, r, name, truth, t.total);
	if (t.has_sides)
		capi_audit_dedup_report(a, r, name, t);
	if (a->truth_is_stripe)
		stripe_finding(a, r, name, truth, t.total, i);
	else
		ratio_finding(a, r, name, truth, t.total, ratio, wide, exact);
	if (edge > 0.05)
		capi_audit_find(a, "window.align", CAPI_SEVERITY_INFO,
		    r->platform, name,
		    "the zone alone moves %.1f%% of the orders over the "
		    "edges of the days",
		    100 * edge)
		    ->verdict = "edge";
}

/* The names that the report counts and the orders have. */
static size_t
common_names(struct capi_audit *a, const struct capi_audit_report *r,
    const char **names, size_t most)
{
	size_t n = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT DISTINCT name FROM counts WHERE report=?1 AND name IN"
	    " (SELECT DISTINCT name FROM order_sums WHERE left_out IS NULL)"
	    " ORDER BY 1",
	    "i", r->number);

	while (capi_sql_row(s))
		if (n < most)
			names[n++] = capi_audit_keep(a, capi_sql_text(s, 0));
	return n;
}

void
capi_audit_ratio(struct capi_audit *a)
{
	const char *names[32];

	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		struct capi_span span = capi_audit_span(a, r);
		size_t n;

		if (r->attributed || span.from > span.to)
			continue;
		n = common_names(a, r, names, sizeof(names) / sizeof(*names));
		for (size_t i = 0; i < n; i++)
			one_ratio(a, r, span, names[i]);
		if (!n) /* it knows nothing of what the orders are */
			one_ratio(a, r, span, "Purchase");
	}
}

/* Shares of the same orders: shown, compared with their own past, never with
 * each other, never added. */
void
capi_audit_attributed(struct capi_audit *a)
{
	double shares = 0;
	int platforms = 0;

	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		struct capi_span span = capi_audit_span(a, r);
		struct capi_audit_row *m;
		struct capi_sums t;
		double truth;

		if (!r->attributed || span.from > span.to)
			continue;
		t = tally_of(a, r, span, "Purchase");
		truth = (double)orders_between(
		    a, r->zone, span.from, span.to, "Purchase");
		m = capi_audit_metric(
		    a, "count.attributed", r->platform, "Purchase");
		capi_row_text(m, "from", date(a, span.from));
		capi_row_text(m, "to", date(a, span.to));
		capi_row_int(m, "truth", (int64_t)truth);
		capi_row_number(m, "count", t.total);
		capi_row_number(m, "value", truth > 0 ? t.total / truth : NAN);
		capi_row_text(m, "window", r->window ? r->window : a->window);
		capi_row_bool(m, "unsettled", span.unsettled);
		if (truth <= 0)
			continue;
		platforms++;
		shares += t.total / truth;
		if (t.total > truth) {
			struct capi_audit_finding *f =
			    capi_audit_find(a, "count.attributed",
				CAPI_SEVERITY_WARN, r->platform, "Purchase",
				"credits %s of %s orders: more than there are",
				capi_audit_number(a, t.total),
				capi_audit_number(a, truth));

			capi_finding_count(f, (int64_t)truth,
			    (int64_t)(t.total - truth), "over-one");
			/* Windows and modelling blur the edges. */
			f->certain =
			    capi_stats_ratio(t.total, truth, LEVEL).lo > 1.05;
		}
	}
	if (platforms > 1 && shares > 1)
		capi_audit_find(a, "count.noadd", CAPI_SEVERITY_INFO, NULL,
		    NULL,
		    "shares overlap: the same order is claimed by several "
		    "platforms; they are not additive")
		    ->verdict = "overlap";
}

/* Per currency; value only where both sides speak of the same one. */
void
capi_audit_currency(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		struct capi_span span = capi_audit_span(a, r);
		struct capi_sql_stmt *s;

		if (span.from > span.to)
			continue;
		s = capi_sql_query(a->db,
		    "SELECT coalesce(upper(currency),''), sum(value)"
		    " FROM counts WHERE report=?1 AND value IS NOT NULL AND"
		    " name='Purchase' AND " CAPI_IS_TOTAL
		    " AND (?2 OR day IS NULL"
		    "  OR (day>=?3 AND day<=?4)) GROUP BY 1",
		    "iiii", r->number, (int64_t)span.whole, span.from, span.to);
		while (capi_sql_row(s)) {
			const char *code =
			    capi_audit_keep(a, capi_sql_text(s, 0));
			int64_t shown = capi_sql_int(s, 1);
			int64_t sum = capi_truth_value_between(a, "Purchase",
			    code, capi_clock_start(r->zone, span.from),
			    capi_clock_start(r->zone, span.to + 1));
			struct capi_audit_row *m = capi_audit_metric(
			    a, "count.currency", r->platform, "Purchase");
			char text[32];

			capi_row_text(m, "currency", *code ? code : NULL);
			capi_clock_money_text(sum, code, text);
			capi_row_text(m, "truth", capi_audit_keep(a, text));
			capi_clock_money_text(shown, code, text);
			capi_row_text(m, "count", capi_audit_keep(a, text));
			capi_row_number(m, "value",
			    sum > 0 ? (double)shown / (double)sum : NAN);
			if (!*code || sum == 0)
				capi_audit_find(a, "count.currency",
				    CAPI_SEVERITY_INFO, r->platform, NULL,
				    "value not comparable: %s",
				    *code ? "no order has the account's "
					    "currency"
					  : "the report names no currency")
				    ->verdict = "not-comparable";
		}
	}
}
