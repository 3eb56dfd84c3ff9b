/*
 * Over time, and between devices: is today like the weeks before, did the
 * change help, do iPhones arrive as often as the rest?
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "checks.h"
#include "ledger.h"
#include "truth.h"

/* split.device: delivered orders of the devices, from the ledger. */
static void
device_finding(struct capi_audit *a, const char *dest, const double *ios,
    const double *rest)
{
	struct capi_audit_finding *f;
	double p;

	if (ios[0] < 1 || rest[0] < 1 ||
	    ios[1] / ios[0] >= rest[1] / rest[0] - 0.05)
		return;
	p = capi_stats_two_proportions(ios[1], ios[0], rest[1], rest[0]);
	f = capi_audit_find(a, "split.device", CAPI_SEVERITY_WARN, dest, NULL,
	    "%.1f%% of %s orders from iPhones arrive, %.1f%% of "
	    "the others",
	    100 * ios[1] / ios[0], capi_audit_number(a, ios[0]),
	    100 * rest[1] / rest[0]);
	capi_finding_count(
	    f, (int64_t)ios[0], (int64_t)(ios[0] - ios[1]), "ios");
	f->certain = p < 0.01;
	capi_finding_number(f, "p", p);
}

static void
device_metric(struct capi_audit *a, int dest, const struct capi_tally *t,
    const char *name)
{
	double n = (double)t->orders;
	double k = (double)t->classes[dest][CAPI_LEDGER_DELIVERED];
	struct capi_audit_row *m = capi_audit_metric(
	    a, "split.device", a->index.dests[dest].name, NULL);

	capi_row_text(m, name, t->value);
	capi_row_int(m, "orders", (int64_t)n);
	capi_row_int(m, "delivered", (int64_t)k);
	capi_row_number(m, "value", k / n);
}

/* Exports differ in whether they have user agents (Shopify's CSV has none). */
static void
devices_unknown(struct capi_audit *a)
{
	struct capi_audit_finding *f =
	    capi_audit_find(a, "split.device", CAPI_SEVERITY_INFO, NULL, NULL,
		"not available: the orders have no user agents, so whether "
		"iPhones arrive less often can not be told");

	f->verdict = "not-available";
	f->fix = "an export with browsers in it: Shopify's JSON, WooCommerce";
}

void
capi_audit_device(struct capi_audit *a)
{
	bool any = false;

	for (int dest = 0; a->ledger && dest < a->index.dest_count; dest++) {
		double ios[2] = {0}, rest[2] = {0};

		for (size_t i = 0; i < a->ledger->count; i++) {
			const struct capi_tally *t = a->ledger->tallies[i];
			double *to = strcmp(t->value, "ios") ? rest : ios;

			if (t->slice == CAPI_SLICE_APP)
				device_metric(a, dest, t, "app");
			if (t->slice != CAPI_SLICE_DEVICE)
				continue;
			any = true;
			device_metric(a, dest, t, "device");
			to[0] += (double)t->orders;
			to[1] +=
			    (double)t->classes[dest][CAPI_LEDGER_DELIVERED];
		}
		device_finding(a, a->index.dests[dest].name, ios, rest);
	}
	if (a->ledger && a->index.dest_count && !any)
		devices_unknown(a);
}

/* count.volume: a day against the median of the four same weekdays before it:
 * one day of a sale, or of an outage, is not what is usual. Both are counts,
 * so their ratio is tested, strictly, since many days are. */
static void
judge_day(struct capi_audit *a, const char *dest, const char *name, int64_t day,
    double n, double usual)
{
	struct capi_rate_ratio r =
	    capi_stats_rate_ratio(n, 1, 4 * usual, 4, 0.999);
	char date[16];
	struct capi_audit_finding *f;

	if (usual < 1 || (n > 0 && r.p >= 0.001) || (n <= 0 && r.p >= 0.01))
		return;
	capi_clock_date(day, date);
	f = capi_audit_find(a, "count.volume", CAPI_SEVERITY_WARN, dest, name,
	    "%s: %s events, %.1f on the same weekday before", date,
	    capi_audit_number(a, n), usual);
	capi_finding_count(f, (int64_t)usual, (int64_t)fabs(n - usual),
	    n > 0 ? (n < usual ? "low" : "high") : "zero");
	/* Sales move for many reasons; with the orders at hand the ratio
	 * tells, without them only zero is certain. */
	f->certain = n <= 0 && r.p < 0.0001;
}

/* Days that are looked at, back from now: times may be any number. */
#define VOLUME_DAYS 1000
#define MONTH 28

static void
volume(struct capi_audit *a, const struct capi_index_dest *d, int meaning,
    const char *name)
{
	int64_t today = capi_clock_day(a->zone, a->now);
	int64_t *days = capi_alloc(VOLUME_DAYS * sizeof(*days));
	int first = VOLUME_DAYS, last = 0;
	struct capi_tape_reader reader;
	struct capi_index_receipt r;

	memset(days, 0, VOLUME_DAYS * sizeof(*days));
	capi_tape_start(&reader, &d->tape);
	while (capi_index_receipt_next(&reader, &r)) {
		int64_t i;

		if (r.outcome != CAPI_LEDGER_DELIVERED || r.time <= 0 ||
		    r.meaning != meaning)
			continue;
		i = capi_clock_day(a->zone, r.time) - today + VOLUME_DAYS - 1;
		if (i < 0 || i >= VOLUME_DAYS)
			continue;
		days[i]++;
		first = i < first ? (int)i : first;
		last = i > last ? (int)i : last;
	}
	for (int i = first + MONTH; i < last; i++) {
		double before[] = {(double)days[i - 7], (double)days[i - 14],
		    (double)days[i - 21], (double)days[i - 28]};

		judge_day(a, d->name, name, today - VOLUME_DAYS + 1 + i,
		    (double)days[i], capi_stats_median(before, 4));
	}
	free(days);
}

static const char *
name_of(struct capi_audit *a, const struct capi_index_name *n)
{
	return n->canonical ? n->canonical
			    : capi_audit_text(a, "%.*s", (int)n->len, n->text);
}

static void
volumes(struct capi_audit *a)
{
	const struct capi_index *x = &a->index;

	for (struct capi_group *g = capi_audit_dests(a); g; g = g->next)
		for (size_t i = 0; i < x->name_count; i++) {
			const struct capi_index_dest *d = &x->dests[g->n];

			if (x->names[i].meaning == i && d->events[i])
				volume(a, d, (int)i, name_of(a, &x->names[i]));
		}
}

/* trend.ratio: received against orders, day by day, and the mean of seven. */
static const char daily[] =
    "SELECT c.day, sum(c.micros)/1e6 FROM counts c WHERE c.report=?1 AND"
    " c.name=?2 AND c.day>=?3 AND c.day<=?4 AND " CAPI_IS_TOTAL
    " GROUP BY 1 ORDER BY 1";

static double
orders_on(struct capi_audit *a, int zone, int64_t day, const char *name)
{
	return (double)capi_truth_between(a, name, capi_clock_start(zone, day),
	    capi_clock_start(zone, day + 1));
}

#define WEEK 7

static struct capi_audit_row *
day_metric(struct capi_audit *a, const struct capi_audit_report *r, int64_t day,
    double count, double truth)
{
	struct capi_audit_row *m =
	    capi_audit_metric(a, "trend.ratio", r->platform, "Purchase");
	char text[16];

	capi_clock_date(day, text);
	capi_row_text(m, "day", capi_audit_keep(a, text));
	capi_row_number(m, "count", count);
	capi_row_int(m, "truth", (int64_t)truth);
	return m;
}

static void
trend(struct capi_audit *a, const struct capi_audit_report *r)
{
	struct capi_span span = capi_audit_span(a, r);
	double counts[WEEK] = {0}, orders[WEEK] = {0};
	int64_t i = 0, next = 0, change;
	double count7 = 0, orders7 = 0;
	struct capi_sql_stmt *s = capi_sql_query(
	    a->db, daily, "isii", r->number, "Purchase", span.from, span.to);

	while (capi_sql_row(s)) {
		int64_t day = capi_sql_int(s, 0);
		struct capi_audit_row *m;

		/* Days that the report leaves out are not nothing. */
		for (; next && next < day && day - next < 400; next++)
			day_metric(a, r, next, NAN,
			    orders_on(a, r->zone, next, "Purchase"));
		next = day + 1;
		count7 += capi_sql_double(s, 1) - counts[i % WEEK];
		counts[i % WEEK] = capi_sql_double(s, 1);
		orders7 -= orders[i % WEEK];
		orders[i % WEEK] = orders_on(a, r->zone, day, "Purchase");
		orders7 += orders[i % WEEK];
		m = day_metric(a, r, day, counts[i % WEEK], orders[i % WEEK]);
		i++;
		capi_row_number(m, "value",
		    i >= WEEK && orders7 > 0 ? count7 / orders7 : NAN);
	}
	change = capi_sql_one(a->db, "SELECT max(time) FROM changes", "");
	if (!change || i < WEEK || orders7 <= 0 ||
	    span.to - capi_clock_day(r->zone, change) < WEEK)
		return;
	if (fabs(count7 / orders7 - 1) > 0.2) {
		struct capi_interval in =
		    capi_stats_ratio(count7, orders7, 0.95);
		struct capi_audit_finding *f = capi_audit_find(a, "trend.ratio",
		    CAPI_SEVERITY_WARN, r->platform, "Purchase",
		    "the last seven days are at %.2f, a week and more after "
		    "the last change",
		    count7 / orders7);

		capi_finding_count(f, (int64_t)orders7,
		    (int64_t)fabs(count7 - orders7), "not-converged");
		f->certain = in.hi < 0.8 || in.lo > 1.2;
	}
}

/* uplift: 30 days before the first change and after it, without the day of
 * the change and two on either side. */
#define UPLIFT_DAYS 30
#define UPLIFT_GAP 2

struct half {
	double count, orders, days;
	double sum2; /* of squared daily counts */
};

static struct half
half_of(struct capi_audit *a, const struct capi_audit_report *r, int64_t from,
    int64_t to)
{
	struct half h = {0};
	struct capi_sql_stmt *s = capi_sql_query(
	    a->db, daily, "isii", r->number, "Purchase", from, to);

	while (capi_sql_row(s)) {
		double n = capi_sql_double(s, 1);

		h.count += n;
		h.sum2 += n * n;
		h.days++;
	}
	h.orders = (double)capi_truth_between(a, "Purchase",
	    capi_clock_start(r->zone, from), capi_clock_start(r->zone, to + 1));
	return h;
}

static double
dispersion(struct half h)
{
	double mean = h.count / h.days;

	if (h.days < 2 || mean <= 0)
		return 1;
	return (h.sum2 - h.count * mean) / (h.days - 1) / mean;
}

static void
uplift(struct capi_audit *a, const struct capi_audit_report *r)
{
	struct capi_span span = capi_audit_span(a, r);
	int64_t change =
	    capi_sql_one(a->db, "SELECT min(time) FROM changes", "");
	int64_t day = capi_clock_day(r->zone, change);
	int64_t first = day - UPLIFT_GAP - UPLIFT_DAYS;
	int64_t last = day + UPLIFT_GAP + UPLIFT_DAYS;
	int64_t ripe = capi_clock_day(r->zone, a->now) - 1 - WEEK;
	struct half before, after;
	struct capi_rate_ratio raw, adjusted;
	struct capi_audit_row *m;

	if (!change || !r->daily)
		return;
	/* Credit still comes for days whose window is open. */
	if (r->attributed && span.to > ripe)
		span.to = ripe;
	before = half_of(
	    a, r, first > span.from ? first : span.from, day - UPLIFT_GAP - 1);
	after = half_of(
	    a, r, day + UPLIFT_GAP + 1, last < span.to ? last : span.to);
	if (before.days < 7 || after.days < 7 || before.orders < 1 ||
	    after.orders < 1 || before.count <= 0)
		return;
	raw = capi_stats_rate_ratio(
	    after.count, after.days, before.count, before.days, 0.95);
	adjusted = capi_stats_rate_ratio(
	    after.count, after.orders, before.count, before.orders, 0.95);
	raw = capi_stats_overdispersed(
	    raw, (dispersion(before) + dispersion(after)) / 2);
	m = capi_audit_metric(a, "uplift", r->platform, "Purchase");
	capi_row_number(m, "before", before.count);
	capi_row_number(m, "after", after.count);
	capi_row_number(m, "raw", raw.ratio - 1);
	capi_row_number(m, "value", adjusted.ratio - 1);
	capi_row_number(m, "lo", adjusted.lo - 1);
	capi_row_number(m, "hi", adjusted.hi - 1);
	if (adjusted.ratio - 1 >= 0.8) {
		struct capi_audit_finding *f = capi_audit_find(a, "uplift",
		    CAPI_SEVERITY_WARN, r->platform, "Purchase",
		    "%+.0f%% per order since the change: double counting "
		    "rather than success",
		    100 * (adjusted.ratio - 1));

		f->verdict = "double-count";
		f->certain = adjusted.lo - 1 >= 0.5;
	} else {
		capi_audit_find(a, "uplift", CAPI_SEVERITY_INFO, r->platform,
		    "Purchase",
		    "%+.1f%% per order since the change (%+.1f%% to %+.1f%%); "
		    "%+.1f%% in all%s",
		    100 * (adjusted.ratio - 1), 100 * (adjusted.lo - 1),
		    100 * (adjusted.hi - 1), 100 * (raw.ratio - 1),
		    raw.lo > 1 && adjusted.lo < 1
			? ": sales grew, not the tracking"
			: "")
		    ->verdict = "measured";
	}
}

/* A share against the same one in earlier runs (--history). */
static void
history(struct capi_audit *a, struct capi_audit_row *m)
{
	double value = capi_row_value(m, "value"), n, have, then_n, then_have;
	bool keys = !strcmp(m->check, "pay.keys");
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s;

	if (isnan(value))
		return;
	s = capi_sql_query(a->db,
	    "SELECT n, have FROM history WHERE name=?1 AND platform=?2 AND"
	    " event=?3 AND item=?4 AND n>0 AND at<?5 ORDER BY at DESC LIMIT 1",
	    "ssssi", m->check, m->platform ? m->platform : "",
	    m->event ? m->event : "", keys ? capi_row_words(m, "key") : "",
	    a->now);
	if (!capi_sql_row(s))
		return;
	then_n = capi_sql_double(s, 0);
	then_have = capi_sql_double(s, 1);
	capi_sql_done(s);
	capi_row_number(m, "before", then_have / then_n);
	n = capi_row_value(m, keys ? "n" : "truth");
	have = capi_row_value(m, keys ? "have" : "count");
	if (isnan(n) || n <= 0 || have > n || then_have > then_n ||
	    have / n >= then_have / then_n - 0.10)
		return;
	f = capi_audit_find(a, m->check, CAPI_SEVERITY_WARN, m->platform,
	    m->event, "%s%s fell from %.1f%% to %.1f%% since the last run",
	    keys ? "coverage of " : "the share",
	    keys ? capi_row_words(m, "key") : "", 100 * then_have / then_n,
	    100 * have / n);
	capi_finding_count(f, (int64_t)n, (int64_t)(n - have), "fell");
	f->certain =
	    capi_stats_two_proportions(have, n, then_have, then_n) < 0.001;
}

void
capi_audit_trend(struct capi_audit *a)
{
	if (a->has[CAPI_ROLE_SENT])
		volumes(a);
	if (a->has[CAPI_ROLE_HISTORY])
		for (struct capi_audit_row *m = a->rows; m; m = m->next)
			if (m->check &&
			    (!strcmp(m->check, "pay.keys") ||
				!strcmp(m->check, "count.attributed")))
				history(a, m);
	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		if (!r->daily)
			continue;
		if (!r->attributed)
			trend(a, r);
		if (a->has[CAPI_ROLE_CHANGES])
			uplift(a, r);
	}
}

/* verify: each of these orders must be counted once, soon and whole. */
static const char *
verify_one(struct capi_audit *a, const char *id, const char *dest)
{
	const char *fault = NULL;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT count(r.n), max(r.sent_at-o.time), max(abs(r.time-"
	    "o.time)), o.value, o.currency, o.k, EXISTS(SELECT 1 FROM payloads"
	    " p WHERE p.o=o.n AND p.request=1 AND (p.value_fault=1 OR"
	    " p.currency_fault=1)) FROM orders o LEFT JOIN receipts r"
	    " ON r.o=o.n AND r.dest=?2 AND r.outcome=0 WHERE"
	    " (o.order_id=?1 OR o.event_id=?1) AND o.left_out IS NOT"
	    " 'duplicate row'",
	    "ss", id, dest);

	if (capi_sql_row(s)) {
		int64_t n = capi_sql_int(s, 0);

		if (capi_sql_is_null(s, 5))
			fault = "no such order in --orders";
		else if (n == 0)
			fault = "not delivered";
		else if (n > 1)
			fault = "delivered more than once";
		else if (capi_sql_int(s, 1) > 120)
			fault = "sent more than 2 minutes after the order";
		else if (capi_sql_int(s, 2) > 60)
			fault = "event_time is more than 60 s from the order";
		else if (capi_sql_is_null(s, 3) || capi_sql_is_null(s, 4) ||
			 capi_sql_int(s, 6))
			fault = "no value or currency";
		else if (a->has[CAPI_ROLE_BROWSER] &&
			 !capi_twins_met(
			     &a->twins, dest, (uint64_t)capi_sql_int(s, 5)))
			fault = "the browser sent no event with the same id";
		capi_sql_done(s);
	}
	return fault;
}

void
capi_audit_verify(struct capi_audit *a)
{
	struct capi_group *dests;

	if (!a->verify_count || !a->has[CAPI_ROLE_ORDERS] ||
	    !a->has[CAPI_ROLE_SENT])
		return;
	dests = capi_audit_dests(a);
	for (struct capi_group *g = dests; g; g = g->next) {
		for (size_t i = 0; i < a->verify_count; i++) {
			const char *id = a->verify[i];
			const char *fault = verify_one(a, id, g->platform);
			struct capi_audit_finding *f;
			struct capi_audit_row *m =
			    capi_audit_metric(a, "verify", g->platform, NULL);

			capi_row_text(m, "order_id", id);
			capi_row_bool(m, "ok", !fault);
			if (!fault)
				continue;
			f = capi_audit_find(a, "verify", CAPI_SEVERITY_CRIT,
			    g->platform, NULL, "order %s: %s", id, fault);
			f->n = f->affected = 1;
			f->verdict = "fault";
		}
	}
}

static const char *
period(struct capi_audit *a, int64_t from, int64_t to)
{
	char first[16], last[16];

	capi_clock_date(from, first);
	capi_clock_date(to, last);
	return capi_audit_text(a, "%s..%s", first, last);
}

/* window.align: is what the orders cover also what the report covers? */
void
capi_audit_window(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		int64_t last = a->last;
		int64_t yesterday = capi_clock_day(r->zone, a->now) - 1;
		struct capi_audit_finding *f;

		struct capi_span span = capi_audit_span(a, r);

		if (span.from > span.to) {
			f = capi_audit_find(a, "window.align",
			    CAPI_SEVERITY_WARN, r->platform, NULL,
			    "the report (%s) and the orders (%s) have no whole "
			    "day in common: nothing was compared",
			    period(a, r->from, r->to),
			    period(a, a->first, a->last));
			f->verdict = "no-common-day";
			f->fix = "export both for the same days";
			continue;
		}
		/* With --from and --to the user has said what counts. */
		if (r->from > r->to || r->attributed || a->from <= a->to)
			continue;
		if (last > yesterday)
			last = yesterday;
		if (r->daily && last - r->to >= 2) {
			f = capi_audit_find(a, "window.align",
			    CAPI_SEVERITY_WARN, r->platform, NULL,
			    "the report ends %s days before the orders: "
			    "silence, or another export?",
			    capi_audit_count(a, (last - r->to)));
			f->verdict = "ends-early";
			f->certain = false;
		}
		if (!r->daily &&
		    (a->first - r->from > 1 || r->to - a->last > 1)) {
			f = capi_audit_find(a, "window.align",
			    CAPI_SEVERITY_WARN, r->platform, NULL,
			    "the report is for more days than the orders "
			    "cover, and can not be cut");
			f->verdict = "range";
		}
	}
}
