/*
 * When things happened, were sent and were counted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../stats.h"
#include "checks.h"

#define MINUTE 60
#define HOUR 3600

/* Delays by what they do to optimisation and matching. */
static const struct {
	int64_t under; /* seconds */
	const char *bucket;
	enum capi_audit_severity severity; /* of a quantile that lies here */
	const char *verdict, *words;
} lags[] = {
    {-60, "future", CAPI_SEVERITY_CRIT, "future",
	"sent before they happened: clock or zone?"},
    {120, "0-2 min", CAPI_SEVERITY_OK, "ok", ""},
    {300, "2-5 min", CAPI_SEVERITY_INFO, "minutes", "minutes late"},
    {HOUR, "5-60 min", CAPI_SEVERITY_WARN, "queue",
	"a queue or batches in between"},
    {CAPI_DAY, "1-24 h", CAPI_SEVERITY_WARN, "hours", "weak for optimisation"},
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

	while (i + 1 < LAGS && seconds > (double)lags[i].under)
		i++;
	/* Below -60 is the future; up to that the clocks may differ. */
	if (i == 0 && seconds >= -60)
		i = 1;
	return i;
}

static const char *
span_words(struct capi_audit *a, double s)
{
	if (fabs(s) < 2 * MINUTE)
		return capi_audit_text(a, "%.0f s", s);
	if (fabs(s) < 2 * HOUR)
		return capi_audit_text(a, "%.0f min", s / MINUTE);
	if (fabs(s) < 2 * CAPI_DAY)
		return capi_audit_text(a, "%.1f h", s / HOUR);
	return capi_audit_text(a, "%.1f d", s / CAPI_DAY);
}

static int
ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

/* Sorted. *n values; the caller frees. */
static double *
sorted_lags(struct capi_audit *a, const char *dest, unsigned long *n)
{
	double *v = NULL;
	unsigned long room = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT sent_at-time FROM receipts WHERE dest=?1 AND outcome=0"
	    " AND sent_at>0 AND time>0",
	    "s", dest);

	*n = 0;
	while (capi_sql_row(s)) {
		if (*n == room) {
			room = room ? room * 2 : 1024;
			v = capi_realloc(v, room * sizeof(*v));
		}
		v[(*n)++] = capi_sql_double(s, 0);
	}
	if (*n)
		qsort(v, *n, sizeof(*v), ascending);
	return v;
}

static void
lag_finding(struct capi_audit *a, const char *dest, const double *v,
    unsigned long n, const unsigned long *buckets)
{
	double q = capi_stats_quantile(v, n, a->lag_quantile);
	size_t class = lag_class(q);
	double beyond = 0;
	struct capi_audit_finding *f = NULL;

	if (a->max_lag >= 0) {
		for (unsigned long i = 0; i < n; i++)
			beyond += v[i] > (double)a->max_lag;
		if (q > (double)a->max_lag) {
			f = capi_audit_find(a, "time.lag", CAPI_SEVERITY_WARN,
			    dest, NULL,
			    "p%.0f of the lag is %s, over --max-lag",
			    100 * a->lag_quantile, span_words(a, q));
			f->verdict = "over-limit";
		}
	} else if (lags[class].severity > CAPI_SEVERITY_OK && class) {
		for (size_t i = class; i < LAGS; i++)
			beyond += (double)buckets[i];
		f = capi_audit_find(a, "time.lag", lags[class].severity, dest,
		    NULL, "p%.0f of the time from event to sending is %s: %s",
		    100 * a->lag_quantile, span_words(a, q), lags[class].words);
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
		    NULL, "%lu of %lu events were %s", buckets[0], n,
		    lags[0].words);
		f->n = (int64_t)n;
		f->affected = (int64_t)buckets[0];
		f->verdict = lags[0].verdict;
		f->fix = "give capi-normalize the zone of the export: --tz";
	}
}

/* Many events in few sendings, with delays from none up to the gap between
 * them: a saw's teeth. */
static void
batch_finding(
    struct capi_audit *a, const char *dest, const double *lag, unsigned long n)
{
	int64_t sendings = capi_sql_one(a->db,
	    "SELECT count(DISTINCT sent_at/60) FROM receipts WHERE dest=?1"
	    " AND outcome=0 AND sent_at>0",
	    "s", dest);
	int64_t gap;
	struct capi_audit_finding *f;

	if (n < 20 || sendings < 3 || (double)n < 3.0 * (double)sendings)
		return;
	gap = capi_sql_one(a->db,
	    "WITH t AS (SELECT DISTINCT sent_at/60*60 AS m FROM receipts"
	    " WHERE dest=?1 AND outcome=0 AND sent_at>0), g AS (SELECT"
	    " m-lag(m) OVER (ORDER BY m) AS gap FROM t) SELECT gap FROM g"
	    " WHERE gap IS NOT NULL ORDER BY gap LIMIT 1 OFFSET (SELECT"
	    " count(*)/2 FROM g WHERE gap IS NOT NULL)",
	    "s", dest);
	if (gap <= 60 || capi_stats_quantile(lag, n, 0.9) < (double)gap / 2)
		return;
	f = capi_audit_find(a, "time.batch", CAPI_SEVERITY_WARN, dest, NULL,
	    "%lu events in %lld sendings, %s apart", n, (long long)sendings,
	    span_words(a, (double)gap));
	f->n = (int64_t)n;
	f->affected = (int64_t)n;
	f->verdict = "batches";
	capi_finding_int(f, "interval", gap);
}

void
capi_audit_lag(struct capi_audit *a)
{
	struct capi_group *groups;

	if (!a->has[CAPI_ROLE_SENT])
		return;
	groups = capi_audit_dests(a);
	for (struct capi_group *g = groups; g; g = g->next) {
		unsigned long n, buckets[LAGS] = {0};
		double *v = sorted_lags(a, g->platform, &n);
		struct capi_audit_row *m;

		if (!n)
			continue;
		for (unsigned long i = 0; i < n; i++)
			buckets[lag_class(v[i])]++;
		m = capi_audit_metric(a, "time.lag", g->platform, NULL);
		capi_row_int(m, "n", (int64_t)n);
		capi_row_number(m, "p50", capi_stats_quantile(v, n, 0.5));
		capi_row_number(m, "p90", capi_stats_quantile(v, n, 0.9));
		capi_row_number(m, "p95", capi_stats_quantile(v, n, 0.95));
		capi_row_number(m, "max", v[n - 1]);
		capi_row_text(m, "unit", "s");
		for (size_t i = 0; i < LAGS; i++)
			capi_row_int(m,
			    capi_audit_text(a, "lag.%s", lags[i].bucket),
			    (int64_t)buckets[i]);
		lag_finding(a, g->platform, v, n, buckets);
		batch_finding(a, g->platform, v, n);
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

/* Pairs of an order's time and the time that was sent for it, from receipts
 * or else from payloads. */
static void
make_pairs(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    a->receipts
		? "CREATE TABLE pairs AS SELECT dest, d, sent_at-time AS lag,"
		  " time-d AS t FROM receipts WHERE first=1 AND d IS NOT NULL"
		: "CREATE TABLE pairs AS SELECT platform AS dest, d,"
		  " -1-time AS lag, time-d AS t FROM payloads WHERE first=1"
		  " AND d IS NOT NULL AND platform<>'events'");
}

/* The two commonest offsets in quarter hours, with how many pairs lie within
 * five minutes of each. */
struct offsets {
	int64_t n, k[2], count[2], late[2]; /* late: mean time of the pairs */
};

static struct offsets
common_offsets(struct capi_audit *a, const char *dest)
{
	struct offsets o = {0};
	size_t i = 0;
	struct capi_sql_stmt *s;

	o.n = capi_sql_one(
	    a->db, "SELECT count(*) FROM pairs WHERE dest=?1", "s", dest);
	s = capi_sql_query(a->db,
	    "SELECT CAST(round(d/900.0) AS INT) AS k, count(*), avg(t) FROM"
	    " pairs WHERE dest=?1 AND abs(d-900*CAST(round(d/900.0) AS"
	    " INT))<=300 GROUP BY 1 ORDER BY 2 DESC LIMIT 2",
	    "s", dest);
	while (capi_sql_row(s) && i < 2) {
		o.k[i] = capi_sql_int(s, 0);
		o.count[i] = capi_sql_int(s, 1);
		o.late[i++] = capi_sql_int(s, 2);
	}
	return o;
}

#define MOST_QUARTERS (14 * 4)

static void
offset_finding(
    struct capi_audit *a, const char *dest, struct offsets o, bool dst)
{
	int64_t offset = o.k[0] * 900;
	int64_t affected = o.count[0] + (dst ? o.count[1] : 0);
	const char *zone = zone_with(offset, o.late[0]);
	struct capi_audit_finding *f =
	    capi_audit_find(a, "time.zone", CAPI_SEVERITY_CRIT, dest, NULL,
		"%lld of %lld events are %s %s: local time sent as UTC%s",
		(long long)affected, (long long)o.n, hours(a, offset),
		offset < 0 ? "early" : "late",
		dst ? ", with the change of the clocks" : "");

	f->n = o.n;
	f->affected = affected;
	f->verdict = dst ? "local-dst" : "offset";
	f->certain =
	    o.n >= 5 && capi_audit_surely((double)affected, (double)o.n, 0.5);
	capi_finding_int(f, "offset_s", offset);
	if (zone) {
		f->fix = capi_audit_text(a,
		    "capi-normalize --tz %s (or your zone with this offset)",
		    zone);
		capi_finding_text(f, "zone", zone);
	}
}

/* Event time is the time of sending: within five seconds of it, and not of
 * the order's. */
static bool
processing_finding(struct capi_audit *a, const char *dest)
{
	int64_t n = 0, close = 0, away = 0;
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT count(*), sum(abs(lag)<=5), sum(d>60) FROM pairs WHERE"
	    " dest=?1 AND lag>-100000000",
	    "s", dest);

	if (capi_sql_row(s)) {
		n = capi_sql_int(s, 0);
		close = capi_sql_int(s, 1);
		away = capi_sql_int(s, 2);
		capi_sql_done(s);
	}
	if (n < 5 || close * 10 < n * 9 || away * 2 < n)
		return false;
	f = capi_audit_find(a, "time.processing", CAPI_SEVERITY_CRIT, dest,
	    NULL, "event_time is the time of sending on %lld of %lld events",
	    (long long)close, (long long)n);
	f->n = n;
	f->affected = away;
	f->verdict = "processing-time";
	return true;
}

/* Without pairs only a hint: the hourly histogram of what was sent, moved
 * against that of the orders. */
static void
histogram_hint(struct capi_audit *a, const char *dest)
{
	double orders[24] = {0}, sent[24] = {0}, best = -1, here = 0;
	int64_t n = 0, at = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT time/3600%24, count(*) FROM orders WHERE left_out IS NULL"
	    " GROUP BY 1",
	    "");

	while (capi_sql_row(s))
		orders[capi_sql_int(s, 0)] = capi_sql_double(s, 1);
	s = capi_sql_query(a->db,
	    "SELECT time/3600%24, count(*) FROM receipts WHERE outcome=0 AND"
	    " time>0 AND dest=?1 GROUP BY 1",
	    "s", dest);
	while (capi_sql_row(s)) {
		sent[capi_sql_int(s, 0)] = capi_sql_double(s, 1);
		n += capi_sql_int(s, 1);
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
		    CAPI_SEVERITY_INFO, dest, NULL,
		    "ids do not match; by the hours of the day the events "
		    "seem %lld h off",
		    (long long)at);

		f->certain = false;
		f->verdict = "hint";
	}
}

static void
year_finding(struct capi_audit *a, const char *dest, int64_t n)
{
	int64_t off = capi_sql_one(a->db,
	    "SELECT count(*) FROM pairs WHERE dest=?1 AND"
	    " abs(abs(d)-31557600)<=259200",
	    "s", dest);
	struct capi_audit_finding *f;

	if (!off)
		return;
	f = capi_audit_find(a, "time.form", CAPI_SEVERITY_CRIT, dest, NULL,
	    "%lld of %lld events are a year off", (long long)off, (long long)n);
	f->n = n;
	f->affected = off;
	f->verdict = "year";
	f->fix = "look at the year in the export";
}

void
capi_audit_zone(struct capi_audit *a)
{
	struct capi_group *groups;

	if (!a->has[CAPI_ROLE_ORDERS] ||
	    !(a->has[CAPI_ROLE_SENT] || a->has[CAPI_ROLE_EVENTS]))
		return;
	make_pairs(a);
	groups = a->receipts
		     ? capi_audit_dests(a)
		     : capi_audit_groups(
			   a, capi_sql_query(a->db,
				  "SELECT DISTINCT dest, '', 0 FROM pairs ORDER"
				  " BY 1",
				  ""));
	for (struct capi_group *g = groups; g; g = g->next) {
		struct offsets o = common_offsets(a, g->platform);
		bool dst = o.k[0] - o.k[1] == 4 || o.k[1] - o.k[0] == 4;

		if (o.n < 3) {
			histogram_hint(a, g->platform);
			continue;
		}
		year_finding(a, g->platform, o.n);
		if (processing_finding(a, g->platform))
			continue;
		if (o.count[0] * 10 >= o.n * 8 && o.k[0] &&
		    llabs(o.k[0]) <= MOST_QUARTERS)
			offset_finding(a, g->platform, o, false);
		else if ((o.count[0] + o.count[1]) * 10 >= o.n * 8 && dst &&
			 o.count[1] * 10 >= o.n && (o.k[0] || o.k[1]) &&
			 llabs(o.k[0]) <= MOST_QUARTERS)
			offset_finding(a, g->platform, o, true);
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
			    "%lld days of orders against a window of %lld "
			    "days: credit is still to come",
			    (long long)days, (long long)window);
			f->certain = false;
			f->verdict = "short";
		}
		if (r->click_dated && days < 30) {
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
