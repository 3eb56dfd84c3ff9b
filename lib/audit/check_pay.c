/*
 * What the payloads themselves carry.
 */
#include <math.h>
#include <string.h>

#include "platform.h"
#include "stats.h"
#include "checks.h"
#include "payload.h"

/* Coverage by platform, event and key: events with a valid value. Where the
 * order is known, what it had and the event lost is told apart from what
 * nobody ever had. */
struct coverage {
	int64_t n, have, orders, truth_have, lost;
};

/* All keys of an event name in one pass: a query for each would read a million
 * payloads ten times. */
static void
read_coverage(
    struct capi_audit *a, const struct capi_group *g, struct coverage *c)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT p.have, o.n, o.have FROM payloads p LEFT JOIN orders o ON"
	    " o.n=p.o AND o.left_out IS NULL"
	    " WHERE p.platform=?1 AND p.name=?2",
	    "ss", g->platform, g->name);

	while (capi_sql_row(s)) {
		int64_t have = capi_sql_int(s, 0);
		bool ordered = !capi_sql_is_null(s, 1);
		int64_t truth = capi_sql_int(s, 2);

		for (int key = 0; key < CAPI_KEYS; key++) {
			c[key].n++;
			c[key].have += have >> key & 1;
			c[key].orders += ordered;
			c[key].truth_have += truth >> key & 1;
			c[key].lost += (truth & ~have) >> key & 1;
		}
	}
}

/* How little is too little; 0: not judged by this number. */
static const struct {
	enum capi_audit_key key;
	double warn, crit;
	const char *words;
} wanted[] = {
    {CAPI_KEY_EMAIL, 0.95, 0.80, "e-mail"},
    {CAPI_KEY_EXTERNAL_ID, 0, 0, "external_id"},
    {CAPI_KEY_CLICK, 0, 0, "the click id"},
};

static const char *
key_words(int key)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if ((int)wanted[i].key == key)
			return wanted[i].words;
	return capi_key_names[key];
}

/* Does the platform take this identifier? Its table says so; where there is
 * none, or no row can (a click id has many names), its own events do. */
static bool
takes(const char *platform, int key, struct coverage c)
{
	static const struct {
		enum capi_audit_key key;
		const char *source;
	} sources[] = {
	    {CAPI_KEY_EMAIL, "user_data.email"},
	    {CAPI_KEY_PHONE, "user_data.phone"},
	    {CAPI_KEY_EXTERNAL_ID, "user_data.external_id"},
	    {CAPI_KEY_FBC, "user_data.fbc"},
	    {CAPI_KEY_FBP, "user_data.fbp"},
	    {CAPI_KEY_IP, "user_data.client_ip_address"},
	    {CAPI_KEY_UA, "user_data.client_user_agent"},
	    {CAPI_KEY_NAME, "user_data.last_name"},
	    {CAPI_KEY_ADDRESS, "user_data.postal_code"},
	};
	const struct capi_platform *p =
	    capi_platform_find(platform, strlen(platform));

	if (c.have || key == CAPI_KEY_EMAIL)
		return true;
	for (size_t i = 0; p && i < sizeof(sources) / sizeof(sources[0]); i++)
		for (const struct capi_field *f = p->fields;
		     f && f->source && (int)sources[i].key == key; f++)
			if (!strcmp(f->source, sources[i].source))
				return true;
	return false;
}

/* Says whether it said something. */
static bool
lost_finding(struct capi_audit *a, const char *platform, const char *name,
    int key, struct coverage c)
{
	struct capi_audit_finding *f;
	double share = (double)c.lost / (double)c.truth_have;

	/* Some values do not survive normalising; more than 2 % is a fault
	 * in the line. */
	if (!c.lost || share < 0.02 || !takes(platform, key, c))
		return false;
	f = capi_audit_find(a, "pay.keys",
	    key == CAPI_KEY_EMAIL && share > 0.20 ? CAPI_SEVERITY_CRIT
						  : CAPI_SEVERITY_WARN,
	    platform, name,
	    "%s of %s orders have %s and their events "
	    "do not",
	    capi_audit_count(a, c.lost), capi_audit_count(a, c.truth_have),
	    key_words(key));
	capi_finding_count(f, c.truth_have, c.lost, "lost");
	f->certain =
	    capi_stats_proportion((double)c.lost, (double)c.truth_have, 0.95)
		.lo > 0.02;
	capi_finding_text(f, "key", capi_key_names[key]);
	capi_audit_items(a, f, "affected",
	    capi_sql_query(a->db,
		"SELECT o.order_id, o.event_id, o.time, o.value, o.currency,"
		" NULL, o.line FROM payloads p JOIN orders o ON"
		" o.n=p.o AND o.left_out IS"
		" NULL WHERE p.platform=?1 AND p.name=?2 AND (o.have&?3)<>0"
		" AND (p.have&?3)=0 ORDER BY o.n",
		"ssi", platform, name, INT64_C(1) << key));
	return true;
}

static void
absent_finding(struct capi_audit *a, const char *platform, const char *name,
    int key, struct coverage c)
{
	double share = (double)c.have / (double)c.n;
	struct capi_interval i =
	    capi_stats_proportion((double)c.have, (double)c.n, 0.95);
	struct capi_audit_finding *f;

	if (key == CAPI_KEY_EMAIL && share < 0.95 &&
	    !strcmp(name, "Purchase")) {
		/* What no order has is no fault of the line. */
		bool ours = c.orders == 0 ||
			    (double)c.truth_have / (double)c.orders >= 0.95;

		f = capi_audit_find(a, "pay.keys",
		    !ours          ? CAPI_SEVERITY_INFO
		    : share < 0.80 ? CAPI_SEVERITY_CRIT
				   : CAPI_SEVERITY_WARN,
		    platform, name, "e-mail on %.1f%% of %s events",
		    100 * share, capi_audit_count(a, c.n));
		f->certain = i.hi < 0.95;
		if (f->severity == CAPI_SEVERITY_CRIT && i.hi >= 0.80)
			f->severity = CAPI_SEVERITY_WARN;
	} else if ((key == CAPI_KEY_EXTERNAL_ID || key == CAPI_KEY_CLICK) &&
		   c.have == 0 && c.n >= 20) {
		/* A file that never had it (Shopify's CSV has no click ids)
		 * is told about, not warned of. */
		bool never = c.orders > 0 && c.truth_have == 0;

		f = capi_audit_find(a, "pay.keys",
		    never ? CAPI_SEVERITY_INFO : CAPI_SEVERITY_WARN, platform,
		    name, "%s 0%% of %s events%s", key_words(key),
		    capi_audit_count(a, c.n),
		    never ? " (not available from the orders either)" : "");
	} else if ((key == CAPI_KEY_FBC || key == CAPI_KEY_FBP) &&
		   c.have == 0 && c.n >= 20 && takes(platform, key, c)) {
		f = capi_audit_find(a, "pay.keys", CAPI_SEVERITY_INFO, platform,
		    name, "%s 0%% of %s events: 10 to 15 points less accurate",
		    key_words(key), capi_audit_count(a, c.n));
		f->fix =
		    "keep the pixel's cookies _fbc and _fbp with the order";
	} else {
		return;
	}
	capi_finding_count(f, c.n, c.n - c.have, "absent");
	capi_finding_text(f, "key", capi_key_names[key]);
}

static void
check_key(struct capi_audit *a, const struct capi_group *g, int key,
    struct coverage c)
{
	struct capi_audit_row *m =
	    capi_audit_metric(a, "pay.keys", g->platform, g->name);

	capi_row_text(m, "key", capi_key_names[key]);
	capi_row_int(m, "n", c.n);
	capi_row_int(m, "have", c.have);
	if (c.orders) {
		capi_row_int(m, "truth_n", c.orders);
		capi_row_int(m, "truth_have", c.truth_have);
	}
	capi_row_number(m, "value", c.n ? (double)c.have / (double)c.n : NAN);
	capi_row_bool(m, "taken", takes(g->platform, key, c));
	/* What was lost is not told again as absent. */
	if (!lost_finding(a, g->platform, g->name, key, c))
		absent_finding(a, g->platform, g->name, key, c);
}

void
capi_audit_pay_keys(struct capi_audit *a)
{
	struct capi_group *groups;

	if (!a->has[CAPI_ROLE_EVENTS])
		return;
	groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT platform, name, count(*) FROM payloads GROUP BY 1, 2"
		   " ORDER BY 1, 3 DESC",
		   ""));
	for (struct capi_group *g = groups; g; g = g->next) {
		struct coverage c[CAPI_KEYS] = {0};

		read_coverage(a, g, c);
		for (int key = 0; key < CAPI_KEYS; key++)
			check_key(a, g, key, c[key]);
	}
}
