/*
 * Delivery, the sides of it, and what platforms say of match quality.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "stats.h"
#include "checks.h"
#include "evidence.h"

/* Final outcomes of what was attempted: not what we refused, withheld or only
 * tried dry. */
static void
tally(const struct capi_audit *a, int dest, int64_t *n, int64_t *ok,
    int64_t *parked)
{
	const struct capi_index *x = &a->index;

	for (size_t i = 1; i <= x->final_count; i++) {
		const struct capi_index_final *f = &x->finals[i];
		bool arrived = f->outcome == CAPI_LEDGER_DELIVERED ||
			       f->outcome == CAPI_OUTCOME_DUPLICATE;

		if (!f->attempted || f->dest != dest)
			continue;
		++*n;
		*ok += arrived;
		*parked += !arrived && f->parked;
	}
}

/* One number of each receipt that has it, ascending; the caller frees. */
static int64_t *
sorted(const struct capi_index_dest *d,
    bool (*number)(const struct capi_index_receipt *r, int64_t *v), size_t *n)
{
	int64_t *v = capi_alloc(((size_t)d->receipts + 1) * sizeof(*v));
	struct capi_tape_reader reader;
	struct capi_index_receipt r;

	*n = 0;
	capi_tape_start(&reader, &d->tape);
	while (capi_index_receipt_next(&reader, &r))
		*n += number(&r, &v[*n]);
	capi_stats_sort(v, *n);
	return v;
}

static bool
latency(const struct capi_index_receipt *r, int64_t *v)
{
	*v = r->latency;
	return r->latency >= 0;
}

static bool
batch(const struct capi_index_receipt *r, int64_t *v)
{
	*v = (int64_t)r->batch;
	return r->batch != 0;
}

static bool
second(const struct capi_index_receipt *r, int64_t *v)
{
	*v = r->sent_at;
	return r->sent_at > 0;
}

/* Of equal numbers the most, and how many different ones there are. */
static int64_t
most_equal(const int64_t *v, size_t n, int64_t *different)
{
	int64_t most = 0, same = 0;

	*different = 0;
	for (size_t i = 0; i < n; i++) {
		bool again = i && v[i] == v[i - 1];

		same = again ? same + 1 : 1;
		*different += !again;
		most = same > most ? same : most;
	}
	return most;
}

static void
success(struct capi_audit *a, int number)
{
	const struct capi_index_dest *d = &a->index.dests[number];
	int64_t n = 0, ok = 0, parked = 0, *v;
	size_t count;
	struct capi_audit_row *m;
	struct capi_audit_finding *f;

	tally(a, number, &n, &ok, &parked);
	if (!n)
		return;
	m = capi_audit_metric(a, "api.success", d->name, NULL);
	capi_row_int(m, "n", n);
	capi_row_int(m, "accepted", ok);
	capi_row_int(m, "parked", parked);
	capi_row_number(m, "value", (double)ok / (double)n);
	capi_row_int(m, "attempts", d->attempts);
	v = sorted(d, latency, &count);
	capi_row_number(m, "latency_p95_ms",
	    count ? capi_stats_quantile(v, count, 0.95) : NAN);
	free(v);
	if ((double)ok / (double)n < 0.95) {
		f = capi_audit_find(a, "api.success", CAPI_SEVERITY_CRIT,
		    d->name, NULL, "%.1f%% of %s events were accepted",
		    100 * (double)ok / (double)n, capi_audit_count(a, n));
		capi_finding_count(f, n, n - ok, "failing");
		f->certain =
		    capi_stats_proportion((double)ok, (double)n, 0.95).hi <
		    0.95;
	}
	if (parked && !a->has[CAPI_ROLE_ORDERS]) {
		f = capi_audit_find(a, "api.success", CAPI_SEVERITY_WARN,
		    d->name, NULL, "%s events are parked",
		    capi_audit_count(a, parked));
		capi_finding_count(f, n, parked, "parked");
		f->fix = "capi-send --list parked, repair, then capi-send "
			 "--replay";
	}
}

static void
errors(struct capi_audit *a, const char *dest)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT coalesce(nullif(code,''),'HTTP '||status), count(*),"
	    " min(sent_at), max(sent_at) FROM receipts WHERE dest=?1 AND"
	    " outcome IN (3,4,5) GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
	    "s", dest);

	while (capi_sql_row(s)) {
		struct capi_audit_row *m =
		    capi_audit_metric(a, "api.success", dest, NULL);

		capi_row_text(
		    m, "code", capi_audit_keep(a, capi_sql_text(s, 0)));
		capi_row_int(m, "errors", capi_sql_int(s, 1));
		capi_row_int(m, "first", capi_sql_int(s, 2));
		capi_row_int(m, "last", capi_sql_int(s, 3));
	}
}

static void
token(struct capi_audit *a, const struct capi_index_dest *d)
{
	struct capi_audit_finding *f;

	if (!d->auth)
		return;
	f = capi_audit_find(a, "api.token", CAPI_SEVERITY_CRIT, d->name, NULL,
	    "%s events met refused credentials%s", capi_audit_count(a, d->auth),
	    d->auth_after ? " after it had worked: revoked or expired" : "");
	f->affected = d->auth;
	f->verdict = d->auth_after ? "revoked" : "refused";
}

/* The most events that the platform takes in one request of any kind, by its
 * table; 0 when there is none. The receipts name the platform, a destination
 * may have another name. */
static int64_t
batch_limit(const struct capi_index_dest *d)
{
	const struct capi_platform *p =
	    capi_platform_find(d->platform, strlen(d->platform));
	int64_t most = 0;

	for (const struct capi_call *c = p ? p->calls : NULL;
	     c && c->max_events; c++)
		if ((int64_t)c->max_events > most)
			most = (int64_t)c->max_events;
	return most;
}

/* Requests by size, and the busiest second. */
static void
batches(struct capi_audit *a, const struct capi_index_dest *d)
{
	int64_t most, count, seconds, limit = batch_limit(d), *v;
	size_t n;
	struct capi_audit_row *m;
	struct capi_audit_finding *f;

	v = sorted(d, batch, &n);
	most = most_equal(v, n, &count);
	free(v);
	if (!most)
		return;
	m = capi_audit_metric(a, "api.batch", d->name, NULL);
	capi_row_int(m, "largest", most);
	capi_row_int(m, "batches", count);
	v = sorted(d, second, &n);
	capi_row_int(m, "per_second", most_equal(v, n, &seconds));
	free(v);
	if (limit)
		capi_row_int(m, "limit", limit);
	if (!limit || most <= limit)
		return;
	f = capi_audit_find(a, "api.batch", CAPI_SEVERITY_WARN, d->name, NULL,
	    "%s events in one request, the platform takes %s",
	    capi_audit_count(a, most), capi_audit_count(a, limit));
	f->affected = most;
	f->verdict = "over-limit";
}

/* The last success, and orders since then. */
static void
last_success(struct capi_audit *a, const struct capi_index_dest *d)
{
	int64_t waiting = 0, silent, newest = 0;
	struct capi_audit_row *m;
	struct capi_audit_finding *f;

	if (d->last_success <= 0)
		return;
	m = capi_audit_metric(a, "api.last", d->name, NULL);
	capi_row_int(m, "at", d->last_success);
	capi_row_int(m, "age_s", a->now - d->last_success);
	for (size_t i = 1; i <= a->index.order_count; i++) {
		const struct capi_index_order *o = &a->index.orders[i];

		if (!o->counts || o->time <= d->last_success)
			continue;
		waiting++;
		newest = o->time > newest ? o->time : newest;
	}
	/* Silence counts as long as there was something to send. */
	silent = waiting ? (newest - d->last_success) / CAPI_DAY : 0;
	if (silent < 1)
		return;
	f = capi_audit_find(a, "count.sources",
	    silent >= 2 ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN, d->name,
	    NULL, "no server event for %s days, with %s orders since",
	    capi_audit_count(a, silent), capi_audit_count(a, waiting));
	f->affected = waiting;
	f->verdict = "server-silent";
}

/* Of counts by meaning the one of this name. */
static int64_t
of_name(struct capi_audit *a, const int64_t *events, const char *name)
{
	struct capi_meaning m =
	    capi_name_meaning(&a->index, (struct capi_str){name, strlen(name)});

	return m.known ? events[m.known->meaning] : 0;
}

/* count.funnel: the server should tell of more than purchases. Only where the
 * browser's log shows that there is more. */
static void
funnel(struct capi_audit *a, const struct capi_index_dest *d)
{
	static const char *const steps[] = {
	    "PageView", "AddToCart", "InitiateCheckout", "Purchase"};
	struct capi_audit_finding *f;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t browser = of_name(a, a->browser_events, steps[i]);
		int64_t server = of_name(a, d->events, steps[i]);

		if (!browser || server)
			continue;
		f = capi_audit_find(a, "count.funnel", CAPI_SEVERITY_WARN,
		    d->name, steps[i],
		    "the browser sends %s (%s), the server does not", steps[i],
		    capi_audit_count(a, browser));
		f->certain = false; /* a choice that one may have made */
		f->affected = browser;
		f->verdict = "missing-step";
	}
}

static void
inversion(struct capi_audit *a)
{
	int64_t purchases = of_name(a, a->browser_events, "Purchase");
	int64_t checkouts = of_name(a, a->browser_events, "InitiateCheckout");
	struct capi_audit_finding *f;

	if (!checkouts || purchases <= checkouts)
		return;
	f = capi_audit_find(a, "count.funnel", CAPI_SEVERITY_WARN, NULL, NULL,
	    "more purchases (%s) than begun checkouts (%s) in the browser",
	    capi_audit_count(a, purchases), capi_audit_count(a, checkouts));
	capi_finding_count(f, purchases, purchases - checkouts, "inversion");
	f->certain = capi_stats_rate_ratio(
			 (double)purchases, 1, (double)checkouts, 1, 0.95)
			 .lo > 1;
}

void
capi_audit_api(struct capi_audit *a)
{
	struct capi_group *groups;

	if (a->has[CAPI_ROLE_BROWSER])
		inversion(a);
	if (!a->has[CAPI_ROLE_SENT])
		return;
	groups = capi_audit_dests(a);
	for (struct capi_group *g = groups; g; g = g->next) {
		const struct capi_index_dest *d = &a->index.dests[g->n];

		success(a, (int)g->n);
		errors(a, d->name);
		token(a, d);
		batches(a, d);
		last_success(a, d);
		if (a->has[CAPI_ROLE_BROWSER])
			funnel(a, d);
	}
}

/* count.sources from a report that tells browser and server apart. */
void
capi_audit_sides(struct capi_audit *a)
{
	for (struct capi_audit_report *r = a->reports; r; r = r->next) {
		double browser = 0, server = 0;
		int64_t last_server = 0, last = 0;
		struct capi_audit_row *m;
		struct capi_audit_finding *f = NULL;
		struct capi_sql_stmt *s;

		if (r->attributed)
			continue;
		s = capi_sql_query(a->db,
		    "SELECT sum(CASE WHEN lower(source) LIKE '%server%' OR"
		    " lower(source) LIKE '%api%' THEN micros END)/1e6,"
		    " sum(CASE WHEN lower(source) LIKE '%browser%' OR"
		    " lower(source) LIKE '%pixel%' THEN micros END)/1e6,"
		    " max(CASE WHEN micros>0 AND (lower(source) LIKE"
		    " '%server%' OR lower(source) LIKE '%api%') THEN day"
		    " END), max(CASE WHEN micros>0 THEN day END), "
		    "count(nullif(source,'')) FROM counts"
		    " WHERE report=?1 AND name='Purchase' AND lower(source)"
		    " NOT LIKE '%&%'",
		    "i", r->number);
		if (!capi_sql_row(s))
			continue;
		server = capi_sql_double(s, 0);
		browser = capi_sql_double(s, 1);
		last_server = capi_sql_int(s, 2);
		last = capi_sql_int(s, 3);
		if (!capi_sql_int(s, 4)) {
			capi_sql_done(s);
			continue;
		}
		capi_sql_done(s);
		m = capi_audit_metric(
		    a, "count.sources", r->platform, "Purchase");
		capi_row_number(m, "browser", browser);
		capi_row_number(m, "server", server);
		if (browser > 0 && server <= 0) {
			f = capi_audit_find(a, "count.sources",
			    CAPI_SEVERITY_CRIT, r->platform, "Purchase",
			    "browser events only (%s): the server leg is "
			    "off",
			    capi_audit_number(a, browser));
			f->verdict = "server-off";
		} else if (server > 0 && browser <= 0) {
			f = capi_audit_find(a, "count.sources",
			    CAPI_SEVERITY_WARN, r->platform, "Purchase",
			    "server events only (%s): the pixel is off",
			    capi_audit_number(a, server));
			f->verdict = "browser-off";
			/* Some run without a pixel on purpose. */
			f->certain = false;
		} else if (last > last_server && server > 0) {
			f = capi_audit_find(a, "count.sources",
			    last - last_server >= 2 ? CAPI_SEVERITY_CRIT
						    : CAPI_SEVERITY_WARN,
			    r->platform, "Purchase",
			    "no server event on the last %s days of the report",
			    capi_audit_count(a, last - last_server));
			f->verdict = "server-silent";
			/* A small shop has days of one event. */
			f->certain = last - last_server >= 2;
		}
	}
}

/* Scores are compared with a target and with their own past, never between
 * platforms; not within two days of a change. */
static bool
held(struct capi_audit *a, int64_t day)
{
	int64_t start = capi_clock_start(a->zone, day);

	return capi_sql_one(a->db,
		   "SELECT count(*) FROM changes WHERE time<=?1+86400 AND"
		   " ?1<time+172800",
		   "i", start) > 0;
}

static void
score_finding(struct capi_audit *a, const struct capi_group *g, double score,
    double median, int64_t readings, int64_t day)
{
	struct capi_audit_finding *f;
	bool purchase = !strcmp(g->name, "Purchase");

	if (held(a, day))
		return;
	if (score < a->emq_target) {
		f = capi_audit_find(a, "quality.score",
		    score < 4 ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN,
		    g->platform, g->name, "match quality %.1f, wanted %.1f",
		    score, a->emq_target);
		f->verdict = score < 4 ? "poor" : "needs-work";
	} else if (purchase && score < 8) {
		f = capi_audit_find(a, "quality.score", CAPI_SEVERITY_INFO,
		    g->platform, g->name, "match quality %.1f; 8 can be had",
		    score);
		f->verdict = "good";
	}
	/* Scores have one decimal, and 4.4 - 3.4 is a little over 1. */
	if (readings >= 2 && median - score > 1.0 + 1e-6) {
		f = capi_audit_find(a, "quality.drop", CAPI_SEVERITY_CRIT,
		    g->platform, g->name,
		    "match quality fell from %.1f to %.1f", median, score);
		f->verdict = "drop";
	}
}

static void
under_goal(struct capi_audit *a)
{
	struct capi_group *groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT platform, name||'|'||item, CAST(score*10 AS INT)"
		   " FROM quality WHERE item<>'score' AND goal IS NOT NULL AND"
		   " score<goal ORDER BY 1, 2",
		   ""));

	for (struct capi_group *g = groups; g; g = g->next) {
		const char *bar = strchr(g->name, '|');
		struct capi_audit_finding *f = capi_audit_find(a,
		    "quality.coverage", CAPI_SEVERITY_WARN, g->platform,
		    capi_audit_text(a, "%.*s", (int)(bar - g->name), g->name),
		    "%s: %.1f%%, under the platform's goal", bar + 1,
		    (double)g->n / 10);

		f->verdict = "under-goal";
	}
}

/* Coverages that the platform itself finds fault with. */
static void
issues(struct capi_audit *a)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT platform, name, item, score, count, words FROM quality"
	    " WHERE item NOT IN ('score','status') AND goal IS NULL ORDER BY"
	    " 1, 2, 3",
	    "");

	while (capi_sql_row(s)) {
		struct capi_audit_row *m =
		    capi_audit_metric(a, "quality.coverage",
			capi_sql_text(s, 0), capi_sql_text(s, 1));
		struct capi_audit_finding *f;

		capi_row_text(
		    m, "key", capi_audit_keep(a, capi_sql_text(s, 2)));
		capi_row_number(m, "value", capi_sql_double(s, 3) / 100);
		if (!capi_sql_int(s, 4))
			continue;
		f = capi_audit_find(a, "quality.coverage", CAPI_SEVERITY_WARN,
		    m->platform, m->event, "%s on %.1f%% of events: %s",
		    capi_sql_text(s, 2), capi_sql_double(s, 3),
		    capi_sql_text(s, 5));
		f->verdict = "issue";
	}
}

/* A verdict in words instead of a score: Pinterest's. */
static void
status(struct capi_audit *a)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT platform, words, score FROM quality WHERE item='status'"
	    " AND score<2 ORDER BY 1, 2",
	    "");

	while (capi_sql_row(s)) {
		struct capi_audit_finding *f =
		    capi_audit_find(a, "quality.score",
			capi_sql_int(s, 2) ? CAPI_SEVERITY_INFO
					   : CAPI_SEVERITY_WARN,
			capi_sql_text(s, 0), NULL,
			"the platform calls the quality of events %s",
			capi_sql_text(s, 1));

		f->verdict = capi_sql_int(s, 2) ? "fair" : "needs-work";
	}
}

void
capi_audit_quality(struct capi_audit *a)
{
	struct capi_group *groups;

	if (!a->has[CAPI_ROLE_QUALITY])
		return;
	groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT platform, name, max(day) FROM quality WHERE"
		   " item='score' GROUP BY 1, 2 ORDER BY 1, 2",
		   ""));
	for (struct capi_group *g = groups; g; g = g->next) {
		double score = 0, before[7], median;
		int64_t n = 0;
		struct capi_audit_row *m;
		struct capi_sql_stmt *s = capi_sql_query(a->db,
		    "SELECT score, day FROM quality WHERE item='score' AND"
		    " platform=?1 AND name=?2 ORDER BY day DESC LIMIT 8",
		    "ss", g->platform, g->name);

		while (capi_sql_row(s)) {
			if (capi_sql_int(s, 1) == g->n && n == 0)
				score = capi_sql_double(s, 0);
			else if (n - 1 < 7)
				before[n - 1] = capi_sql_double(s, 0);
			n++;
		}
		median = n > 1 ? capi_stats_median(before, (size_t)n - 1) : NAN;
		m = capi_audit_metric(a, "quality.score", g->platform, g->name);
		capi_row_number(m, "value", score);
		capi_row_number(m, "before", median);
		score_finding(a, g, score, median, n - 1, g->n);
	}
	under_goal(a);
	issues(a);
	status(a);
}
