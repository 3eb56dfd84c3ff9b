/*
 * Deduplication: the same event from browser and server must be recognised
 * as one, by name and id, within two days.
 */
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "checks.h"
#include "payload.h"

/* What the server sent that matches no order, once for each name and id:
 * receipts where there are some, since they know what was accepted; else the
 * payloads. */
static void
make_strangers(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    "CREATE TABLE strangers(dest TEXT, name TEXT, event_id TEXT,"
	    " ck INT)");
	capi_sql_exec(a->db,
	    a->has[CAPI_ROLE_SENT]
		? "INSERT INTO strangers SELECT dest, name, event_id, ck"
		  " FROM receipts WHERE first=1 AND o IS NULL"
		: "INSERT INTO strangers SELECT platform, name, event_id,"
		  " ck FROM payloads WHERE first=1 AND platform<>'events' AND"
		  " o IS NULL");
}

static int64_t
is_sent(void *arg, const int64_t *v)
{
	const struct capi_audit *a = arg;

	return a->index.orders[v[0]].sent;
}

static void
rate_finding(struct capi_audit *a, const char *dest, const char *name,
    struct capi_twins_sum s)
{
	double all = (double)(s.browser + s.server - s.both);
	double of_browser = (double)s.both / (double)s.browser;
	struct capi_audit_finding *f = NULL;

	if (s.both == 0 && s.browser >= 5 && s.server >= 5) {
		f = capi_audit_find(a, "dedup.rate", CAPI_SEVERITY_CRIT, dest,
		    name,
		    "no event of %s in the browser and %s on the server "
		    "has the same name and id within 48 h",
		    capi_audit_count(a, s.browser),
		    capi_audit_count(a, s.server));
		f->verdict = "none";
		f->affected = s.browser;
	} else if ((double)s.both / all < 0.80 && s.browser >= 5) {
		/* A server that sees more than the browser does its work;
		 * browser events without a server one do not add up. */
		bool ours = of_browser < 0.80;

		f = capi_audit_find(a, "dedup.rate",
		    ours ? CAPI_SEVERITY_WARN : CAPI_SEVERITY_INFO, dest, name,
		    "%.1f%% of all and %.1f%% of the browser's %s "
		    "events are recognised as the same",
		    100 * (double)s.both / all, 100 * of_browser,
		    capi_audit_count(a, s.browser));
		f->verdict = "low";
		f->affected = s.browser - s.both;
		f->certain = capi_audit_surely(
		    (double)(s.browser - s.both), (double)s.browser, 0.20);
	} else if (s.both == s.browser && s.both == s.server && s.both >= 30) {
		f = capi_audit_find(a, "dedup.rate", CAPI_SEVERITY_INFO, dest,
		    name,
		    "all %s events come from both sides: the server adds "
		    "no conversion that the pixel missed",
		    capi_audit_count(a, s.both));
		f->verdict = "all";
		f->fix = NULL;
	}
	if (f)
		f->n = s.browser;
}

static void
no_ids(struct capi_audit *a)
{
	int64_t n = a->twins.read, empty = a->twins.empty;
	struct capi_audit_finding *f;

	if (!empty)
		return;
	f = capi_audit_find(a, "dedup.keys", CAPI_SEVERITY_WARN, NULL, NULL,
	    "%s of %s browser events have no event_id",
	    capi_audit_count(a, empty), capi_audit_count(a, n));
	capi_finding_count(f, n, empty, "browser");
	f->fix = "give the pixel an eventID: fbq('track', 'Purchase', {...}, "
		 "{eventID: ORDER_ID})";
}

/* Two ids of the same order in different dress, said as a template. */
static const char *
dressed(struct capi_audit *a, const char *id, const char *canon)
{
	size_t n = strlen(id), c = strlen(canon);

	if (c > n)
		return "N";
	for (size_t i = 0; i < c; i++)
		if (capi_lower(id[n - c + i]) != canon[i])
			return id;
	return n == c ? "N" : capi_audit_text(a, "%.*sN", (int)(n - c), id);
}

/* The template that makes the other side's ids of our numbers, if it is
 * plainly one. */
static const char *
template_fix(struct capi_audit *a, const char *dressed_id)
{
	size_t n = strlen(dressed_id);

	if (n < 2 || dressed_id[n - 1] != 'N')
		return "one event_id template: capi-normalize --event-id, and "
		       "the same here; do not send again what is only named "
		       "otherwise";
	return capi_audit_text(a,
	    "audit with --event-id '%.*s{order_id}' as it was sent, or use one "
	    "template everywhere; do not send these again",
	    (int)(n - 1), dressed_id);
}

/* Orders that seem missing, and events that seem to be nobody's, are the same
 * under two names: to send them again would count them twice. */
static void
explain_missing(struct capi_audit *a, const char *dest, int64_t explained)
{
	for (struct capi_audit_finding *f = a->findings; f; f = f->next) {
		bool strange = f->verdict && !strcmp(f->verdict, "extra") &&
			       !strcmp(f->pairs[0].s, "unknown");

		if (strcmp(f->check->id, "count.ids") || !f->platform ||
		    strcmp(f->platform, dest) || !f->verdict ||
		    (!strange && strcmp(f->verdict, "missing")))
			continue;
		if (f->affected > explained) {
			f->fact =
			    capi_audit_text(a, "%s; %s of them under other ids",
				f->fact, capi_audit_count(a, explained));
			continue;
		}
		f->severity = CAPI_SEVERITY_INFO;
		f->fix = "they were sent under other ids (dedup.idformat): do "
			 "not send them again";
		capi_sql_run(a->db,
		    "UPDATE items SET repair=NULL, reason='other id?' WHERE"
		    " finding=?1",
		    "i", f->number);
	}
}

/* Two ids of one pair, and those of the sides that are like them. */
struct dress {
	const char *left, *right; /* the sides' names */
	const char *one, *two;    /* their ids */
	int64_t unmatched;        /* of the left side */
	int64_t of_left, of_right, ways;
};

/* How the pair looks on either side; true: only the case differs. */
static bool
undress(struct capi_audit *a, struct dress *d)
{
	char c[256];
	struct capi_str id = {d->one, strlen(d->one)};
	const char *left, *right;

	if (capi_str_is_nocase(id, d->two))
		return true;
	if (id.n >= sizeof(c))
		id.n = sizeof(c) - 1;
	c[capi_payload_canon(id, c, sizeof(c) - 1)] = '\0';
	left = dressed(a, d->one, c);
	right = dressed(a, d->two, c);
	if (strcmp(left, right)) { /* else the difference is in the middle */
		d->one = left;
		d->two = right;
	}
	return false;
}

/* Fewer ids may be alike by accident. */
#define DRESSED_LEAST 3

static struct capi_audit_finding *
dress_finding(struct capi_audit *a, const char *dest,
    enum capi_audit_severity severity, struct dress *d)
{
	bool only_case;
	struct capi_audit_finding *f;

	/* One to one, not by accident, and most of what does not match. */
	if (d->of_left != d->ways || d->of_right != d->ways ||
	    d->ways < DRESSED_LEAST || d->ways * 2 < d->unmatched)
		return NULL;
	only_case = undress(a, d);
	f = capi_audit_find(a, "dedup.idformat", severity, dest, NULL,
	    "%s \"%s\", %s \"%s\" (%s ids)%s", d->left, d->one, d->right,
	    d->two, capi_audit_count(a, d->ways),
	    only_case ? ": only the case differs, and case counts" : "");
	capi_finding_count(
	    f, d->unmatched, d->ways, only_case ? "case" : "format");
	return f;
}

/* Orders that were not sent, and strangers that are called like them. */
static void
dress_of_orders(struct capi_audit *a, const char *dest)
{
	struct dress d = {.left = "orders", .right = "server"};
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s;

	d.unmatched = capi_sql_one(a->db,
	    "SELECT count(*) FROM orders WHERE left_out IS NULL AND NOT"
	    " is_sent(n)",
	    "");
	if (d.unmatched < DRESSED_LEAST)
		return;
	s = capi_sql_query(a->db,
	    "SELECT count(DISTINCT b.event_id), count(DISTINCT s.event_id),"
	    " count(DISTINCT b.ck) FROM strangers s JOIN orders b ON b.ck=s.ck "
	    "WHERE s.dest=?1 AND"
	    " s.ck<>0 AND b.left_out IS NULL AND NOT is_sent(b.n)",
	    "s", dest);
	if (!capi_sql_row(s))
		return;
	d.of_left = capi_sql_int(s, 0);
	d.of_right = capi_sql_int(s, 1);
	d.ways = capi_sql_int(s, 2);
	capi_sql_done(s);
	s = capi_sql_query(a->db,
	    "SELECT b.event_id, s.event_id FROM strangers s JOIN orders b ON"
	    " b.ck=s.ck WHERE s.dest=?1 AND s.ck<>0 AND b.left_out IS NULL"
	    " AND NOT is_sent(b.n) LIMIT 1",
	    "s", dest);
	if (!capi_sql_row(s))
		return;
	d.one = capi_audit_keep(a, capi_sql_text(s, 0));
	d.two = capi_audit_keep(a, capi_sql_text(s, 1));
	capi_sql_done(s);
	f = dress_finding(a, dest, CAPI_SEVERITY_CRIT, &d);
	if (!f)
		return;
	f->fix = template_fix(a, d.two);
	explain_missing(a, dest, d.ways);
}

static void
dress_of_browser(struct capi_audit *a, int dest)
{
	const struct capi_twins_dest *t = &a->twins.dests[dest];
	struct dress d = {.left = "browser", .right = "server"};
	struct capi_twins_alike alike;

	for (int i = 0; i <= CAPI_INDEX_NAMES; i++)
		if (t->sums[i].server)
			d.unmatched += t->sums[i].lone;
	if (d.unmatched < DRESSED_LEAST)
		return;
	alike = capi_twins_undress(&a->twins, dest);
	d.of_left = alike.browser;
	d.of_right = alike.server;
	d.ways = alike.ways;
	d.one = capi_audit_keep(a, alike.example[0]);
	d.two = capi_audit_keep(a, alike.example[1]);
	dress_finding(a, t->name, CAPI_SEVERITY_WARN, &d);
}

static void
check_windows(struct capi_audit *a, const struct capi_twins_dest *d)
{
	struct capi_audit_finding *f;

	if (d->late) {
		f = capi_audit_find(a, "dedup.window", CAPI_SEVERITY_CRIT,
		    d->name, NULL,
		    "%s of %s events arrive over 48 h after the "
		    "browser's: they may be counted twice",
		    capi_audit_count(a, d->late),
		    capi_audit_count(a, d->pairs));
		capi_finding_count(f, d->pairs, d->late, "late");
	}
	if (d->apart) {
		f = capi_audit_find(a, "dedup.window", CAPI_SEVERITY_WARN,
		    d->name, NULL,
		    "%s of %s events are over 5 minutes from the "
		    "browser's event_time",
		    capi_audit_count(a, d->apart),
		    capi_audit_count(a, d->pairs));
		capi_finding_count(f, d->pairs, d->apart, "apart");
		f->certain =
		    capi_audit_surely((double)d->apart, (double)d->pairs, 0.02);
	}
}

/* Of a report that has both sides and a total, no list of ids is needed: what
 * the total is short of their sum was recognised as the same. */
void
capi_audit_dedup_report(struct capi_audit *a, const struct capi_audit_report *r,
    const char *name, struct capi_sums t)
{
	double both = t.browser + t.server - t.total;
	struct capi_audit_row *m;
	struct capi_audit_finding *f;

	if (!t.has_total || t.browser <= 0 || t.server <= 0 || both < 0)
		return;
	m = capi_audit_metric(a, "dedup.rate", r->platform, name);
	capi_row_number(m, "browser", t.browser);
	capi_row_number(m, "server", t.server);
	capi_row_number(m, "both", both);
	capi_row_number(m, "of_total", both / t.total);
	capi_row_number(m, "of_browser", both / t.browser);
	if (both / t.total >= 0.80 || both / t.browser >= 0.80)
		return;
	f = capi_audit_find(a, "dedup.rate",
	    both > 0 ? CAPI_SEVERITY_WARN : CAPI_SEVERITY_CRIT, r->platform,
	    name,
	    "%.1f%% of all and %.1f%% of the browser's %s events are "
	    "recognised as the same, says the report",
	    100 * both / t.total, 100 * both / t.browser,
	    capi_audit_number(a, t.browser));
	capi_finding_count(f, (int64_t)t.browser, (int64_t)(t.browser - both),
	    both > 0 ? "low" : "none");
	f->certain = capi_audit_surely(t.browser - both, t.browser, 0.20);
}

/* Nothing to undress where nearly all ids match: no index is made. */
static void
order_dress(struct capi_audit *a)
{
	struct capi_group *groups;

	make_strangers(a);
	groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT dest, '', count(*) FROM strangers WHERE"
		   " name IN (SELECT name FROM order_sums) GROUP BY 1"
		   " HAVING count(*)>2 ORDER BY 1",
		   ""));
	if (!groups)
		return;
	capi_sql_define(a->db, "is_sent", 1, is_sent, a);
	capi_sql_exec(a->db, "CREATE INDEX orders_ck ON orders(ck)");
	for (struct capi_group *g = groups; g; g = g->next)
		dress_of_orders(a, g->platform);
}

/* What the events of that number are called; those that are too many to be
 * known by name are one kind. */
static const char *
name_of_meaning(struct capi_audit *a, int meaning)
{
	const struct capi_index_name *n = &a->index.names[meaning];

	if (meaning == CAPI_INDEX_NAMES)
		return "other";
	return n->canonical ? n->canonical
			    : capi_audit_text(a, "%.*s", (int)n->len, n->text);
}

/* A destination's events of one name. */
struct rate {
	const char *name;
	struct capi_twins_sum sum;
};

static int
by_name(const void *x, const void *y)
{
	return strcmp(
	    ((const struct rate *)x)->name, ((const struct rate *)y)->name);
}

static void
check_rates(struct capi_audit *a, const struct capi_twins_dest *d)
{
	struct rate rates[CAPI_INDEX_NAMES + 1];
	size_t n = 0;

	for (int i = 0; i <= CAPI_INDEX_NAMES; i++)
		if (d->sums[i].server && d->sums[i].browser)
			rates[n++] =
			    (struct rate){name_of_meaning(a, i), d->sums[i]};
	qsort(rates, n, sizeof(*rates), by_name);
	for (size_t i = 0; i < n; i++) {
		struct capi_twins_sum s = rates[i].sum;
		double all = (double)(s.browser + s.server - s.both);
		struct capi_audit_row *m =
		    capi_audit_metric(a, "dedup.rate", d->name, rates[i].name);

		capi_row_int(m, "browser", s.browser);
		capi_row_int(m, "server", s.server);
		capi_row_int(m, "both", s.both);
		capi_row_number(m, "of_total", (double)s.both / all);
		capi_row_number(
		    m, "of_browser", (double)s.both / (double)s.browser);
		rate_finding(a, d->name, rates[i].name, s);
	}
}

/* The destinations' numbers by their names. */
static void
sort_dests(const struct capi_twins *t, int order[CAPI_INDEX_DESTS])
{
	for (int i = 0; i < t->dest_count; i++) {
		int k = i;

		for (; k && strcmp(t->dests[order[k - 1]].name,
				t->dests[i].name) > 0;
		     k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

void
capi_audit_dedup(struct capi_audit *a)
{
	int order[CAPI_INDEX_DESTS];

	if (a->has[CAPI_ROLE_ORDERS])
		order_dress(a);
	if (!a->has[CAPI_ROLE_BROWSER])
		return;
	no_ids(a);
	sort_dests(&a->twins, order);
	for (int i = 0; i < a->twins.dest_count; i++)
		check_rates(a, &a->twins.dests[order[i]]);
	for (int i = 0; i < a->twins.dest_count; i++) {
		dress_of_browser(a, order[i]);
		check_windows(a, &a->twins.dests[order[i]]);
	}
}

/* dedup.namecase: names are compared byte by byte. */
void
capi_audit_names(struct capi_audit *a)
{
	int64_t pairs = a->twins.renamed;
	struct capi_audit_finding *f;

	for (size_t i = 0; i < a->index.name_count; i++) {
		const struct capi_index_name *n = &a->index.names[i];

		/* A name of the user's own is nobody's misspelling. */
		if (!n->events || n->exact || !n->canonical)
			continue;
		f = capi_audit_find(a, "dedup.namecase", CAPI_SEVERITY_WARN,
		    NULL, NULL, "%s events are called \"%.*s\": %s?",
		    capi_audit_count(a, n->events), (int)n->len, n->text,
		    n->canonical);
		f->affected = n->events;
		f->verdict = "not-exact";
	}
	if (!pairs)
		return;
	f = capi_audit_find(a, "dedup.namecase", CAPI_SEVERITY_CRIT, NULL, NULL,
	    "%s events have the same id on both sides and different names",
	    capi_audit_count(a, pairs));
	f->affected = pairs;
	f->verdict = "differs";
}

/* dedup.self: one id, two stories. */
void
capi_audit_self(struct capi_audit *a)
{
	struct capi_group *groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT platform, name, count(*) FROM (SELECT platform, name"
		   " FROM payloads WHERE event_id<>'' AND request=1 AND k IN"
		   " (SELECT k FROM payloads WHERE first=0) GROUP BY k,"
		   " platform HAVING count(DISTINCT micros)>1"
		   " OR count(DISTINCT time)>1) GROUP BY 1, 2",
		   ""));

	for (struct capi_group *g = groups; g; g = g->next) {
		struct capi_audit_finding *f = capi_audit_find(a, "dedup.self",
		    CAPI_SEVERITY_WARN, g->platform, g->name,
		    "%s ids were sent twice with another value or time",
		    capi_audit_count(a, g->n));

		f->affected = g->n;
		f->verdict = "differs";
		capi_audit_items(a, f, "affected",
		    capi_sql_query(a->db,
			"SELECT event_id, event_id, min(time), value,"
			" currency, NULL, line FROM payloads WHERE"
			" platform=?1 AND name=?2 AND event_id<>'' AND"
			" request=1 AND k IN (SELECT k FROM payloads WHERE"
			" first=0) GROUP BY k HAVING count(DISTINCT"
			" micros)>1 OR count(DISTINCT time)>1 ORDER BY n",
			"ss", g->platform, g->name));
	}
}
