/*
 * Deduplication: the same event from browser and server must be recognised
 * as one, by name and id, within two days.
 */
#include <string.h>

#include "stats.h"
#include "checks.h"
#include "payload.h"

/* What the server sent, once for each name and id: receipts where there are
 * some, since they know what was accepted; else the payloads. Without a
 * browser's log only what matches no order is looked at. */
static void
make_server_side(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    "CREATE TABLE server(dest TEXT, event TEXT, name TEXT,"
	    " event_id TEXT, k INT, ck INT, o INT, time INT, arrival INT)");
	capi_sql_run(a->db,
	    a->has[CAPI_ROLE_SENT]
		? "INSERT INTO server SELECT dest, event, name, event_id, k,"
		  " ck, o, time, sent_at FROM receipts WHERE first=1 AND"
		  " (?1 OR o IS NULL)"
		: "INSERT INTO server SELECT platform, event, name, event_id,"
		  " k, ck, o, time, -1 FROM payloads WHERE first=1 AND"
		  " platform<>'events' AND (?1 OR o IS NULL)",
	    "i", (int64_t)a->has[CAPI_ROLE_BROWSER]);
	capi_sql_exec(a->db, "CREATE INDEX server_id ON server(k, dest)");
}

/* What undressing needs: made only where something does not match. */
static void
index_undressed(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    "CREATE INDEX IF NOT EXISTS server_ck ON server(ck, dest);"
	    "CREATE INDEX IF NOT EXISTS browser_id ON browser(k)");
}

static int64_t
is_sent(void *arg, const int64_t *v)
{
	const struct capi_audit *a = arg;

	return a->index.orders[v[0]].sent;
}

struct sides {
	int64_t browser, server, both;
};

/* Browser events in the time that the server's log covers. */
#define IN_TIME                                                                \
	" (b.time<0 OR b.time BETWEEN (SELECT min(time) FROM server WHERE"     \
	" dest=?1)-172800 AND (SELECT max(time) FROM server WHERE dest=?1)"    \
	"+172800)"

static struct sides
count_sides(struct capi_audit *a, const char *dest, const char *name)
{
	struct sides s;

	s.browser = capi_sql_one(a->db,
	    "SELECT count(DISTINCT k) FROM browser b WHERE name=?2"
	    " AND event_id<>'' AND" IN_TIME,
	    "ss", dest, name);
	s.server = capi_sql_one(a->db,
	    "SELECT count(*) FROM server WHERE dest=?1 AND name=?2 AND"
	    " event_id<>''",
	    "ss", dest, name);
	s.both = capi_sql_one(a->db,
	    "SELECT count(DISTINCT b.k) FROM browser b JOIN server s"
	    " ON s.k=b.k AND s.dest=?1"
	    " WHERE b.name=?2 AND b.event_id<>'' AND s.event=b.event AND"
	    " (b.time<0 OR s.time<0 OR abs(b.time-s.time)<=172800) AND" IN_TIME,
	    "ss", dest, name);
	return s;
}

static void
rate_finding(
    struct capi_audit *a, const char *dest, const char *name, struct sides s)
{
	double all = (double)(s.browser + s.server - s.both);
	double of_browser = (double)s.both / (double)s.browser;
	struct capi_audit_finding *f = NULL;

	if (s.both == 0 && s.browser >= 5 && s.server >= 5) {
		f = capi_audit_find(a, "dedup.rate", CAPI_SEVERITY_CRIT, dest,
		    name,
		    "no event of %s in the browser and %s on the server "
		    "has the same name and id",
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
	int64_t n = capi_sql_one(a->db, "SELECT count(*) FROM browser", "");
	int64_t empty = capi_sql_one(a->db,
	    "SELECT count(*) FROM browser WHERE event_id IS NULL OR"
	    " event_id=''",
	    "");
	struct capi_audit_finding *f;

	if (!empty)
		return;
	f = capi_audit_find(a, "dedup.keys", CAPI_SEVERITY_WARN, NULL, NULL,
	    "%s of %s browser events have no event_id",
	    capi_audit_count(a, empty), capi_audit_count(a, n));
	f->n = n;
	f->affected = empty;
	f->verdict = "browser";
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

/* Pairs of unmatched ids that are one when undressed. */
#define UNDRESSED_BROWSER                                                      \
	" FROM browser b JOIN server s ON s.ck=b.ck AND s.dest=?1"             \
	" WHERE b.ck<>0 AND b.k<>s.k"                                          \
	" AND NOT EXISTS(SELECT 1 FROM server x WHERE x.k=b.k)"                \
	" AND NOT EXISTS(SELECT 1 FROM browser y WHERE y.k=s.k)"
#define UNDRESSED_ORDERS                                                       \
	" FROM server s JOIN orders b ON b.ck=s.ck WHERE s.dest=?1 AND"        \
	" s.o IS NULL AND s.ck<>0 AND b.left_out IS NULL AND NOT is_sent(b.n)"
#define COUNTS                                                                 \
	"SELECT count(DISTINCT b.event_id), count(DISTINCT s.event_id),"       \
	" count(DISTINCT b.ck)"

struct dress {
	const char *left, *right;
	const char *count, *unmatched, *example;
};

static const struct dress dresses[] = {
    {"browser", "server", COUNTS UNDRESSED_BROWSER,
	"SELECT count(DISTINCT b.k) FROM browser b WHERE"
	" b.event_id<>'' AND b.name IN (SELECT name FROM server WHERE"
	" dest=?1) AND NOT EXISTS(SELECT 1 FROM server x WHERE x.k=b.k AND"
	" x.dest=?1)",
	"SELECT b.event_id, s.event_id" UNDRESSED_BROWSER " LIMIT 1"},
    {"orders", "server", COUNTS UNDRESSED_ORDERS,
	"SELECT count(*) FROM orders WHERE left_out IS NULL AND NOT"
	" is_sent(n) AND ?1<>''",
	"SELECT b.event_id, s.event_id" UNDRESSED_ORDERS " LIMIT 1"},
};

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

/* How one pair looks on either side; true: only the case differs. */
static bool
example(struct capi_audit *a, const char *dest, const struct dress *d,
    const char **left, const char **right)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db, d->example, "s", dest);
	const char *one = "", *two = "";
	char c[256];
	struct capi_str id;

	if (capi_sql_row(s)) {
		one = capi_audit_keep(a, capi_sql_text(s, 0));
		two = capi_audit_keep(a, capi_sql_text(s, 1));
		capi_sql_done(s);
	}
	id = (struct capi_str){one, strlen(one)};
	*left = one;
	*right = two;
	if (capi_str_is_nocase(id, two))
		return true;
	if (id.n >= sizeof(c))
		id.n = sizeof(c) - 1;
	c[capi_payload_canon(id, c, sizeof(c) - 1)] = '\0';
	*left = dressed(a, one, c);
	*right = dressed(a, two, c);
	if (!strcmp(*left, *right)) { /* the difference is in the middle */
		*left = one;
		*right = two;
	}
	return false;
}

/* Fewer ids may be alike by accident. */
#define DRESSED_LEAST 3

static void
check_dress(struct capi_audit *a, const char *dest, const struct dress *d)
{
	int64_t left = 0, right = 0, canon = 0;
	int64_t unmatched = capi_sql_one(a->db, d->unmatched, "s", dest);
	const char *x, *y;
	bool only_case;
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s;

	if (unmatched < DRESSED_LEAST)
		return;
	index_undressed(a);
	s = capi_sql_query(a->db, d->count, "s", dest);
	if (capi_sql_row(s)) {
		left = capi_sql_int(s, 0);
		right = capi_sql_int(s, 1);
		canon = capi_sql_int(s, 2);
		capi_sql_done(s);
	}
	/* One to one, not by accident, and most of what does not match. */
	if (left != canon || right != canon || left < DRESSED_LEAST ||
	    left * 2 < unmatched)
		return;
	only_case = example(a, dest, d, &x, &y);
	f = capi_audit_find(a, "dedup.idformat",
	    d == &dresses[1] ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN, dest,
	    NULL, "%s \"%s\", %s \"%s\" (%s ids)%s", d->left, x, d->right, y,
	    capi_audit_count(a, left),
	    only_case ? ": only the case differs, and case counts" : "");
	f->n = unmatched;
	f->affected = left;
	f->verdict = only_case ? "case" : "format";
	if (d != &dresses[1])
		return;
	f->fix = template_fix(a, y);
	explain_missing(a, dest, left);
}

static void
check_windows(struct capi_audit *a, const char *dest)
{
	int64_t pairs = 0, apart = 0, late = 0;
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT count(*), sum(abs(s.time-b.time)>300), sum(CASE WHEN"
	    " s.arrival>0 THEN abs(s.arrival-CASE WHEN b.arrival>0 THEN"
	    " b.arrival ELSE b.time END)>172800 ELSE 0 END) FROM browser b"
	    " JOIN server s ON s.k=b.k AND s.dest=?1 WHERE b.time>0 AND "
	    "s.time>0 AND b.event_id<>''",
	    "s", dest);

	if (capi_sql_row(s)) {
		pairs = capi_sql_int(s, 0);
		apart = capi_sql_int(s, 1);
		late = capi_sql_int(s, 2);
		capi_sql_done(s);
	}
	if (late) {
		f = capi_audit_find(a, "dedup.window", CAPI_SEVERITY_CRIT, dest,
		    NULL,
		    "%s of %s events arrive over 48 h after the "
		    "browser's: they may be counted twice",
		    capi_audit_count(a, late), capi_audit_count(a, pairs));
		f->n = pairs;
		f->affected = late;
		f->verdict = "late";
	}
	if (apart) {
		f = capi_audit_find(a, "dedup.window", CAPI_SEVERITY_WARN, dest,
		    NULL,
		    "%s of %s events are over 5 minutes from the "
		    "browser's event_time",
		    capi_audit_count(a, apart), capi_audit_count(a, pairs));
		f->n = pairs;
		f->affected = apart;
		f->verdict = "apart";
		f->certain =
		    capi_audit_surely((double)apart, (double)pairs, 0.02);
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
	f->n = (int64_t)t.browser;
	f->affected = (int64_t)(t.browser - both);
	f->verdict = both > 0 ? "low" : "none";
	f->certain = capi_audit_surely(t.browser - both, t.browser, 0.20);
}

/* Nothing to undress where nearly all ids match: no index is made. */
static void
order_dress(struct capi_audit *a)
{
	struct capi_group *groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT dest, '', count(*) FROM server WHERE o IS NULL AND"
		   " name IN (SELECT name FROM order_sums) GROUP BY 1"
		   " HAVING count(*)>2 ORDER BY 1",
		   ""));

	if (!groups)
		return;
	capi_sql_define(a->db, "is_sent", 1, is_sent, a);
	capi_sql_exec(a->db, "CREATE INDEX orders_ck ON orders(ck)");
	for (struct capi_group *g = groups; g; g = g->next)
		check_dress(a, g->platform, &dresses[1]);
}

void
capi_audit_dedup(struct capi_audit *a)
{
	struct capi_group *groups;

	make_server_side(a);
	if (a->has[CAPI_ROLE_ORDERS])
		order_dress(a);
	if (!a->has[CAPI_ROLE_BROWSER])
		return;
	no_ids(a);
	groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT DISTINCT dest, name, 0 FROM server WHERE name IN"
		   " (SELECT name FROM browser) ORDER BY 1, 2",
		   ""));
	for (struct capi_group *g = groups; g; g = g->next) {
		struct sides s = count_sides(a, g->platform, g->name);
		struct capi_audit_row *m;
		double all = (double)(s.browser + s.server - s.both);

		if (!s.browser || !s.server)
			continue;
		m = capi_audit_metric(a, "dedup.rate", g->platform, g->name);
		capi_row_int(m, "browser", s.browser);
		capi_row_int(m, "server", s.server);
		capi_row_int(m, "both", s.both);
		capi_row_number(m, "of_total", (double)s.both / all);
		capi_row_number(
		    m, "of_browser", (double)s.both / (double)s.browser);
		rate_finding(a, g->platform, g->name, s);
	}
	groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT DISTINCT dest, '', 0 FROM server ORDER BY 1", ""));
	for (struct capi_group *g = groups; g; g = g->next) {
		check_dress(a, g->platform, &dresses[0]);
		check_windows(a, g->platform);
	}
}

/* Do two of the names mean the same? Else no event can have both. */
static bool
two_names(const struct capi_index *x)
{
	for (size_t i = 0; i < x->name_count; i++)
		if (x->names[i].meaning != i)
			return true;
	return x->name_count == CAPI_INDEX_NAMES;
}

/* dedup.namecase: names are compared byte by byte. */
void
capi_audit_names(struct capi_audit *a)
{
	int64_t pairs;
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
	if (!a->has[CAPI_ROLE_BROWSER])
		return;
	if (!two_names(&a->index))
		return;
	pairs = capi_sql_one(a->db,
	    "SELECT count(*) FROM browser b JOIN server s ON s.k=b.k"
	    " WHERE s.event<>b.event"
	    " AND b.event_id<>''",
	    "");
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
