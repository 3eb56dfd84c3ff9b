/*
 * When things happened, were sent and were counted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "checks.h"

#define MINUTE 60
#define HOUR 3600

/* Delays by what they do to optimisation and matching. */
static const struct {
	int64_t upto; /* seconds */
	const char *bucket;
	enum capi_audit_severity severity; /* of a quantile that lies here */
	const char *verdict, *words;
} lags[] = {
    {-60, "future", CAPI_SEVERITY_CRIT, "future",
	"sent before they happened: clock or zone?"},
    {120, "0-2 min", CAPI_SEVERITY_OK, "ok", ""},
    {300, "2-5 min", CAPI_SEVERITY_INFO, "minutes", "minutes late"},
    {HOUR - 1, "5-60 min", CAPI_SEVERITY_WARN, "queue",
	"a queue or batches in between"},
    {CAPI_DAY - 1, "1-24 h", CAPI_SEVERITY_WARN, "hours",
	"weak for optimisation"},
    {2 * CAPI_DAY, "1-2 d", CAPI_SEVERITY_CRIT, "batch", "a batch upload"},
    {7 * CAPI_DAY, "2-7 d", CAPI_SEVERITY_CRIT, "no-dedup",
	"outside the 48 hours of deduplication"},
    {INT64_MAX, "over 7 d", CAPI_SEVERITY_CRIT, "too-old",
	"too old to be matched"},
};

#define LAGS (sizeof(lags) / sizeof(lags[0]))

static size_t
lag_class(double seconds)
{
	size_t i = 0;

	while (i + 1 < LAGS && seconds > (double)lags[i].upto)
		i++;
	/* Below -60 is the future; up to that the clocks may differ. */
	if (i == 0 && seconds >= -60)
		i = 1;
	return i;
}

/* Of deliveries, ascending. *n values; the caller frees. */
static int64_t *
sorted_lags(const struct capi_index_dest *d, size_t *n)
{
	int64_t *v = capi_alloc(((size_t)d->receipts + 1) * sizeof(*v));
	struct capi_tape_reader reader;
	struct capi_index_receipt r;

	*n = 0;
	capi_tape_start(&reader, &d->tape);
	while (capi_index_receipt_next(&reader, &r))
		if (r.outcome == CAPI_LEDGER_DELIVERED && r.sent_at > 0 &&
		    r.time > 0)
			v[(*n)++] = r.sent_at - r.time;
	capi_stats_sort(v, *n);
	return v;
}

static void
lag_finding(struct capi_audit *a, const char *dest, const int64_t *v, size_t n,
    const size_t *buckets)
{
	double q = capi_stats_quantile(v, n, a->lag_quantile);
	size_t class = lag_class(q);
	double beyond = 0;
	struct capi_audit_finding *f = NULL;

	if (a->max_lag >= 0) {
		for (size_t i = 0; i < n; i++)
			beyond += v[i] > a->max_lag;
		if (q > (double)a->max_lag) {
			f = capi_audit_find(a, "time.lag", CAPI_SEVERITY_WARN,
			    dest, NULL,
			    "p%.0f of the lag is %s, over --max-lag",
			    100 * a->lag_quantile, capi_audit_duration(a, q));
			f->verdict = "over-limit";
		}
	} else if (lags[class].severity > CAPI_SEVERITY_OK && class) {
		for (size_t i = class; i < LAGS; i++)
			beyond += (double)buckets[i];
		f = capi_audit_find(a, "time.lag", lags[class].severity, dest,
		    NULL, "p%.0f of the time from event to sending is %s: %s",
		    100 * a->lag_quantile, capi_audit_duration(a, q),
		    lags[class].words);
		f->verdict = lags[class].verdict;
	}
	if (f) {
		f->n = (int64_t)n;
		f->affected = (int64_t)beyond;
		f->certain = n >= 20 && capi_audit_surely(beyond, (double)n,
					    1 - a->lag_quantile);
	}
	if (buckets[0] &&
	    capi_audit_surely((double)buckets[0], (double)n, 0.005)) {
		f = capi_audit_find(a, "time.lag", CAPI_SEVERITY_CRIT, dest,
		    NULL, "%s of %s events were %s",
		    capi_audit_count(a, (int64_t)buckets[0]),
		    capi_audit_count(a, (int64_t)n), lags[0].words);
		capi_finding_count(
		    f, (int64_t)n, (int64_t)buckets[0], lags[0].verdict);
		f->fix = "give capi-normalize the zone of the export: --tz";
	}
}

/* The different minutes in which something was delivered, ascending; *n of
 * them, the caller frees. */
static int64_t *
minutes(const struct capi_index_dest *d, size_t *n)
{
	int64_t *v = capi_alloc(((size_t)d->receipts + 1) * sizeof(*v));
	struct capi_tape_reader reader;
	struct capi_index_receipt r;
	size_t all = 0;

	capi_tape_start(&reader, &d->tape);
	while (capi_index_receipt_next(&reader, &r))
		if (r.outcome == CAPI_LEDGER_DELIVERED && r.sent_at > 0)
			v[all++] = r.sent_at / MINUTE;
	capi_stats_sort(v, all);
	*n = 0;
	for (size_t i = 0; i < all; i++)
		if (!*n || v[i] != v[*n - 1])
			v[(*n)++] = v[i];
	return v;
}

/* The median gap between those, in seconds. */
static int64_t
usual_gap(int64_t *v, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		v[i] = (v[i + 1] - v[i]) * MINUTE;
	capi_stats_sort(v, n - 1);
	return v[(n - 1) / 2];
}

/* Many events in few sendings, with delays from none up to the gap between
 * them: a saw's teeth. */
static void
batch_finding(struct capi_audit *a, const struct capi_index_dest *d,
    const int64_t *lag, size_t n)
{
	size_t sendings;
	int64_t *v = minutes(d, &sendings), gap = 0;
	struct capi_audit_finding *f;

	if (n >= 20 && sendings >= 3 && n >= 3 * sendings)
		gap = usual_gap(v, sendings);
	free(v);
	if (gap <= MINUTE || capi_stats_quantile(lag, n, 0.9) < (double)gap / 2)
		return;
	f = capi_audit_find(a, "time.batch", CAPI_SEVERITY_WARN, d->name, NULL,
	    "%s events in %s sendings, %s apart",
	    capi_audit_count(a, (int64_t)n),
	    capi_audit_count(a, (int64_t)sendings),
	    capi_audit_duration(a, (double)gap));
	capi_finding_count(f, (int64_t)n, (int64_t)n, "batches");
	capi_finding_int(f, "interval", gap);
}

void
capi_audit_lag(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_SENT])
		return;
	for (struct capi_group *g = capi_audit_dests(a); g; g = g->next) {
		const struct capi_index_dest *d = &a->index.dests[g->n];
		size_t n, buckets[LAGS] = {0};
		int64_t *v = sorted_lags(d, &n);
		struct capi_audit_row *m;

		if (!n) {
			free(v);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			buckets[lag_class((double)v[i])]++;
		m = capi_audit_metric(a, "time.lag", d->name, NULL);
		capi_row_int(m, "n", (int64_t)n);
		capi_row_number(m, "p50", capi_stats_quantile(v, n, 0.5));
		capi_row_number(m, "p90", capi_stats_quantile(v, n, 0.9));
		capi_row_number(m, "p95", capi_stats_quantile(v, n, 0.95));
		capi_row_number(m, "max", (double)v[n - 1]);
		capi_row_text(m, "unit", "s");
		for (size_t i = 0; i < LAGS; i++)
			capi_row_int(m,
			    capi_audit_text(a, "lag.%s", lags[i].bucket),
			    (int64_t)buckets[i]);
		lag_finding(a, d->name, v, n, buckets);
		batch_finding(a, d, v, n);
		free(v);
	}
}

/* Zones that shops are in; which of them has this offset then? */
static const char *const shop_zones[] = {"America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo",
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Asia/Dubai",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Bangkok", "Asia/Shanghai",
    "Asia/Tokyo", "Australia/Adelaide", "Australia/Sydney", "Pacific/Auckland"};

static const char *
zone_with(int64_t offset, int64_t then)
{
	for (size_t i = 0; i < sizeof(shop_zones) / sizeof(char *); i++) {
		int zone = capi_clock_zone(shop_zones[i]);

		if (zone >= 0 && capi_clock_offset(zone, then) == offset)
			return shop_zones[i];
	}
	return NULL;
}

static const char *
hours(struct capi_audit *a, int64_t seconds)
{
	int64_t s = seconds < 0 ? -seconds : seconds;

	return s % HOUR
		   ? capi_audit_text(a, "%lld:%02lld h", (long long)(s / HOUR),
			 (long long)(s % HOUR / MINUTE))
		   : capi_audit_text(a, "%lld h", (long long)(s / HOUR));
}

/* An order's time and the time that was sent for it. */
struct pair {
	int64_t d; /* how much later the event's is */
	int64_t time;
	int64_t sent_at; /* -1: not known */
};

struct pairs {
	struct pair *v;
	size_t n;
};

static struct pairs
pairs_of_receipts(struct capi_audit *a, const struct capi_index_dest *d)
{
	struct pairs p = {
	    capi_alloc(((size_t)d->receipts + 1) * sizeof(*p.v)), 0};
	struct capi_tape_reader reader;
	struct capi_index_receipt r;

	capi_tape_start(&reader, &d->tape);
	while (capi_index_receipt_next(&reader, &r))
		if (r.first && r.order && r.time > 0)
			p.v[p.n++] = (struct pair){
			    r.time - a->index.orders[r.order].time, r.time,
			    r.sent_at};
	return p;
}

static struct pairs
pairs_of_payloads(struct capi_audit *a, const char *platform, int64_t most)
{
	struct pairs p = {capi_alloc(((size_t)most + 1) * sizeof(*p.v)), 0};
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT d, time FROM payloads WHERE first=1 AND d IS NOT NULL AND"
	    " platform=?1 LIMIT ?2",
	    "si", platform, most);

	while (capi_sql_row(s))
		p.v[p.n++] =
		    (struct pair){capi_sql_int(s, 0), capi_sql_int(s, 1), -1};
	return p;
}

#define QUARTER 900

/* The two commonest offsets in quarter hours, with how many pairs lie within
 * five minutes of each. */
struct offsets {
	int64_t n, k[2], count[2], late[2]; /* late: mean time of the pairs */
};

static int64_t
quarters(int64_t d)
{
	return (d + (d < 0 ? -QUARTER : QUARTER) / 2) / QUARTER;
}

static struct offsets
common_offsets(struct pairs p)
{
	struct offsets o = {.n = (int64_t)p.n};
	int64_t *k = capi_alloc((p.n + 1) * sizeof(*k));
	double sum[2] = {0};
	size_t n = 0;

	for (size_t i = 0; i < p.n; i++)
		if (llabs(p.v[i].d - quarters(p.v[i].d) * QUARTER) <= 300)
			k[n++] = quarters(p.v[i].d);
	capi_stats_sort(k, n);
	for (size_t i = 0, end; i < n; i = end) {
		int64_t count;

		for (end = i; end < n && k[end] == k[i]; end++)
			;
		count = (int64_t)(end - i);
		if (count > o.count[0]) {
			o.k[1] = o.k[0];
			o.count[1] = o.count[0];
			o.k[0] = k[i];
			o.count[0] = count;
		} else if (count > o.count[1]) {
			o.k[1] = k[i];
			o.count[1] = count;
		}
	}
	free(k);
	for (size_t i = 0; i < p.n; i++)
		for (int j = 0; j < 2; j++)
			if (llabs(p.v[i].d - o.k[j] * QUARTER) <= 300)
				sum[j] += (double)(p.v[i].time - p.v[i].d);
	for (int j = 0; j < 2; j++)
		if (o.count[j])
			o.late[j] = (int64_t)(sum[j] / (double)o.count[j]);
	return o;
}

#define MOST_QUARTERS (14 * 4)

/* What is measured from a wrong event_time is wrong itself. */
static void
blame(struct capi_audit *a, const char *dest)
{
	for (struct capi_audit_finding *f = a->findings; f; f = f->next)
		if (f->platform && !strcmp(f->platform, dest) &&
		    (!strcmp(f->check->id, "time.lag") ||
			!strcmp(f->check->id, "dedup.window")))
			f->fix = "comes from the zone (time.zone): repair "
				 "that first";
}

enum offset_kind { OFFSET_ONE, OFFSET_DST, OFFSET_TWO };

static const struct {
	const char *verdict, *words;
} offset_kinds[] = {
    [OFFSET_ONE] = {"offset", ""},
    [OFFSET_DST] = {"local-dst", ", with the change of the clocks"},
    [OFFSET_TWO] = {"two-zones", ", from two zones an hour apart"},
};

static void
offset_finding(struct capi_audit *a, const char *dest, struct offsets o,
    enum offset_kind kind)
{
	int one = !o.k[0]; /* in winter London's time is UTC */
	int64_t offset = o.k[one] * QUARTER;
	int64_t two = kind ? o.count[!one] : 0;
	int64_t affected = o.count[one] + (o.k[!one] ? two : 0);
	const char *zone = zone_with(offset, o.late[one]);
	struct capi_audit_finding *f =
	    capi_audit_find(a, "time.zone", CAPI_SEVERITY_CRIT, dest, NULL,
		"%s of %s events are %s %s: local time sent as UTC%s",
		capi_audit_count(a, affected), capi_audit_count(a, o.n),
		hours(a, offset), offset < 0 ? "early" : "late",
		offset_kinds[kind].words);

	capi_finding_count(f, o.n, affected, offset_kinds[kind].verdict);
	f->certain = o.n >= 5 && capi_audit_surely((double)(o.count[one] + two),
				     (double)o.n, 0.5);
	capi_finding_int(f, "offset_s", offset);
	blame(a, dest);
	if (kind == OFFSET_TWO) {
		f->fix = "split the export by the zone of its times, and give "
			 "capi-normalize --tz for each";
	} else if (zone) {
		f->fix = capi_audit_text(a,
		    "capi-normalize --tz %s (or your zone with this offset)",
		    zone);
		capi_finding_text(f, "zone", zone);
	}
}

/* Event time is the time of sending: within five seconds of it, and not of
 * the order's. */
static bool
processing_finding(struct capi_audit *a, const char *dest, struct pairs p)
{
	int64_t n = 0, close = 0, away = 0;
	struct capi_audit_finding *f;

	for (size_t i = 0; i < p.n; i++) {
		if (p.v[i].sent_at < 0)
			continue;
		n++;
		close += llabs(p.v[i].sent_at - p.v[i].time) <= 5;
		away += p.v[i].d > MINUTE;
	}
	if (n < 5 || close * 10 < n * 9 || away * 2 < n)
		return false;
	f = capi_audit_find(a, "time.processing", CAPI_SEVERITY_CRIT, dest,
	    NULL, "event_time is the time of sending on %s of %s events",
	    capi_audit_count(a, close), capi_audit_count(a, n));
	capi_finding_count(f, n, away, "processing-time");
	return true;
}

/* Without pairs only a hint: the hourly histogram of what was sent, moved
 * against that of the orders. */
static void
histogram_hint(struct capi_audit *a, const struct capi_index_dest *d)
{
	double orders[24] = {0}, sent[24] = {0}, best = -1, here = 0;
	int64_t n = 0, at = 0;
	struct capi_tape_reader reader;
	struct capi_index_receipt r;

	for (size_t i = 1; i <= a->index.order_count; i++)
		if (a->index.orders[i].counts)
			orders[a->index.orders[i].time / HOUR % 24]++;
	capi_tape_start(&reader, &d->tape);
	while (capi_index_receipt_next(&reader, &r)) {
		if (r.outcome != CAPI_LEDGER_DELIVERED || r.time <= 0)
			continue;
		sent[r.time / HOUR % 24]++;
		n++;
	}
	if (n < 200 || a->used < 200 || a->last - a->first < 3)
		return;
	for (int64_t shift = -12; shift < 12; shift++) {
		double sum = 0;

		for (int64_t h = 0; h < 24; h++)
			sum += orders[h] * sent[(h + shift + 24) % 24];
		if (!shift)
			here = sum;
		if (sum > best) {
			best = sum;
			at = shift;
		}
	}
	/* Flat days have a best fit too; it must be clearly better. */
	if (best < 1.05 * here)
		return;
	if (at) {
		struct capi_audit_finding *f = capi_audit_find(a, "time.zone",
		    CAPI_SEVERITY_INFO, d->name, NULL,
		    "ids do not match; by the hours of the day the events "
		    "seem %s h off",
		    capi_audit_count(a, at));

		f->certain = false;
		f->verdict = "hint";
	}
}

#define YEAR (365 * CAPI_DAY + 6 * HOUR)

static void
year_finding(struct capi_audit *a, const char *dest, struct pairs p)
{
	int64_t off = 0;
	struct capi_audit_finding *f;

	for (size_t i = 0; i < p.n; i++)
		off += llabs(llabs(p.v[i].d) - YEAR) <= 3 * CAPI_DAY;
	if (!off)
		return;
	f = capi_audit_find(a, "time.form", CAPI_SEVERITY_CRIT, dest, NULL,
	    "%s of %s events are a year off", capi_audit_count(a, off),
	    capi_audit_count(a, (int64_t)p.n));
	capi_finding_count(f, (int64_t)p.n, off, "year");
	f->fix = "look at the year in the export";
}

static int
by_order_time(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;
	int64_t ta = a->time - a->d, tb = b->time - b->d;

	return (ta > tb) - (ta < tb);
}

/* Do the two offsets follow each other, as when the clocks change? At the best
 * moment to part them hardly any is on the wrong side. Sorts the pairs. */
static bool
switches(struct pairs p, struct offsets o)
{
	int64_t both = o.count[0] + o.count[1], ahead = 0, most = 0, least = 0;

	qsort(p.v, p.n, sizeof(*p.v), by_order_time);
	for (size_t i = 0; i < p.n; i++) {
		ahead += llabs(p.v[i].d - o.k[0] * QUARTER) <= 300;
		ahead -= llabs(p.v[i].d - o.k[1] * QUARTER) <= 300;
		most = ahead > most ? ahead : most;
		least = ahead < least ? ahead : least;
	}
	return (o.count[0] - most) * 20 <= both ||
	       (o.count[1] + least) * 20 <= both;
}

static void
judge_pairs(struct capi_audit *a, const char *dest, struct pairs p)
{
	struct offsets o = common_offsets(p);
	bool far = o.k[0] && llabs(o.k[0]) <= MOST_QUARTERS;
	bool two = llabs(o.k[0] - o.k[1]) == 4 && o.count[1] * 10 >= o.n &&
		   (o.count[0] + o.count[1]) * 10 >= o.n * 8 &&
		   (o.k[0] || o.k[1]) && llabs(o.k[0]) <= MOST_QUARTERS;

	year_finding(a, dest, p);
	/* What is always the same is a zone, also where it was sent at once. */
	if (far && o.count[0] * 10 >= o.n * 8)
		offset_finding(a, dest, o, OFFSET_ONE);
	else if (!processing_finding(a, dest, p) && two)
		offset_finding(
		    a, dest, o, switches(p, o) ? OFFSET_DST : OFFSET_TWO);
}

/* Fewer pairs tell nothing. */
#define PAIRS_LEAST 3

static void
zone_of_payloads(struct capi_audit *a)
{
	struct capi_group *groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT platform, '', count(*) FROM payloads WHERE first=1"
		   " AND d IS NOT NULL AND platform<>'events' GROUP BY 1"
		   " ORDER BY 1",
		   ""));

	for (struct capi_group *g = groups; g; g = g->next) {
		struct pairs p = pairs_of_payloads(a, g->platform, g->n);

		if (p.n >= PAIRS_LEAST)
			judge_pairs(a, g->platform, p);
		free(p.v);
	}
}

void
capi_audit_zone(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_ORDERS])
		return;
	if (!a->receipts) {
		zone_of_payloads(a);
		return;
	}
	for (struct capi_group *g = capi_audit_dests(a); g; g = g->next) {
		const struct capi_index_dest *d = &a->index.dests[g->n];
		struct pairs p = pairs_of_receipts(a, d);

		if (p.n < PAIRS_LEAST)
			histogram_hint(a, d);
		else
			judge_pairs(a, d->name, p);
		free(p.v);
	}
}

/* "7-day click or 1-day view", "30/30/1", "7d click": the days of the click
 * window; 0 when there are none in it. */
static int64_t
window_days(const char *text)
{
	for (; text && *text; text++)
		if (capi_is_digit(*text))
			return strtol(text, NULL, 10);
	return 0;
}

/* time.window and time.creditdate: judgements about reports, never certain. */
void
capi_audit_report_time(struct capi_audit *a)
{
	int64_t longest = 0, other = 0;
	const char *one = NULL, *two = NULL;
	struct capi_audit_finding *f;

	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		struct capi_span span = capi_audit_span(a, r);
		int64_t days = span.to - span.from + 1;
		int64_t window;

		if (!r->attributed)
			continue;
		window = window_days(r->window ? r->window : a->window);
		if (window > longest)
			longest = window;
		if (window && one && window != other) {
			two = r->platform;
		} else if (window && !one) {
			one = r->platform;
			other = window;
		}
		if (window && days < window) {
			f = capi_audit_find(a, "time.window",
			    CAPI_SEVERITY_WARN, r->platform, NULL,
			    "%s days of orders against a window of %s "
			    "days: credit is still to come",
			    capi_audit_count(a, days),
			    capi_audit_count(a, window));
			f->certain = false;
			f->verdict = "short";
		}
		/* A month of days evens out, when all credit has come. */
		if (r->click_dated &&
		    (days < 30 || capi_clock_day(r->zone, a->now) - span.to <=
				      (window ? window : 30))) {
			f = capi_audit_find(a, "time.creditdate",
			    CAPI_SEVERITY_WARN, r->platform, NULL,
			    "the column counts on the day of the click, the "
			    "orders on the day of the purchase");
			f->certain = false;
			f->verdict = "click-dated";
		}
	}
	if (two) {
		f = capi_audit_find(a, "time.window", CAPI_SEVERITY_WARN, NULL,
		    NULL,
		    "%s and %s count in different windows: do not compare "
		    "them",
		    one, two);
		f->certain = false;
		f->verdict = "different";
	}
}
