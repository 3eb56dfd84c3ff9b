/*
 * Faults of payloads that one look at each can see: a table of conditions, all
 * of them counted in one pass for each platform and event.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "checks.h"
#include "payload.h"

struct fault {
	const char *check, *verdict;
	enum capi_audit_severity severity;
	double share;      /* not worth a word up to this share of the events */
	const char *where; /* SQL over payloads */
	const char *words, *fix;
};

/* Bits of the key sets, as in enum capi_audit_key: em 1, ph 2, external_id 4,
 * fbc 8, fbp 16, click 32, ip 64, ua 128, name 256, address 512. */
static const struct fault faults[] = {
    {"pay.value", "absent", CAPI_SEVERITY_CRIT, 0.01,
	"name='Purchase' AND value_fault=1", "have no value",
	"capi-build refuses a Purchase without value; is another sender at "
	"work?"},
    {"pay.value", "no-currency", CAPI_SEVERITY_CRIT, 0.01,
	"name='Purchase' AND currency_fault=1", "have no currency",
	"capi-normalize --currency, if the export has no such column"},
    {"pay.value", "string", CAPI_SEVERITY_WARN, 0, "value_fault=2",
	"send the value as a string", "send a number: 10.00, not \"10.00\""},
    {"pay.value", "not-positive", CAPI_SEVERITY_CRIT, 0.01,
	"name='Purchase' AND value_fault=3 AND NOT EXISTS(SELECT 1 FROM orders"
	" o WHERE o.n=payloads.o AND o.left_out IS NULL AND o.value IS NOT"
	" NULL AND o.micros=payloads.micros)",
	"have a value of zero or less, and not because their order has",
	"leave refunds out; is the total mapped?"},
    {"pay.value", "not-a-number", CAPI_SEVERITY_CRIT, 0, "value_fault=4",
	"have a value that is no number",
	"no currency sign, no thousands mark, a decimal point"},
    {"pay.value", "currency-case", CAPI_SEVERITY_WARN, 0,
	"request=1 AND currency_fault=2", "have a currency in lower case",
	"ISO 4217 in capitals; capi-normalize writes it so"},
    {"pay.value", "currency-unknown", CAPI_SEVERITY_CRIT, 0, "currency_fault=3",
	"have a currency that is no ISO 4217 code",
	"three letters: EUR, not a sign or a name"},
    {"pay.empty", "empty", CAPI_SEVERITY_WARN, 0, "f0<>0",
	"carry empty identifiers",
	"leave a member out rather than send \"\" or null"},
    {"pay.placeholder", "placeholder", CAPI_SEVERITY_CRIT, 0, "f1<>0",
	"carry a placeholder instead of an identifier",
	"the template was not filled in: look at the tag or connector"},
    {"pay.hash", "plain", CAPI_SEVERITY_CRIT, 0, "f2<>0",
	"carry a plain e-mail or phone",
	"stop this sender; capi-hash leaves no plain e-mail or phone"},
    {"pay.hash", "upper", CAPI_SEVERITY_WARN, 0, "f3<>0",
	"carry a digest in capitals", "hex in lower case"},
    {"pay.hash", "other-digest", CAPI_SEVERITY_CRIT, 0, "f4<>0",
	"carry MD5 or SHA-1 digests", "SHA-256 only: capi-hash"},
    {"pay.hash", "hashed", CAPI_SEVERITY_CRIT, 0, "f5<>0",
	"carry a hashed IP, user agent or browser id",
	"these are sent as they are"},
    {"pay.required", "website", CAPI_SEVERITY_CRIT, 0.01,
	"request=1 AND platform='meta' AND action='website' AND"
	" (url=0 OR (have&128)=0)",
	"are website events without URL or user agent",
	"map landing page and user agent, or say where the order was made "
	"(action_source)"},
    {"pay.required", "no-key", CAPI_SEVERITY_CRIT, 0.01,
	"request=1 AND have=0 AND lead=0", "carry no identifier at all",
	"without one nobody can be matched"},
    {"pay.required", "too-few-keys", CAPI_SEVERITY_CRIT, 0.01,
	"request=1 AND have<>0 AND lead=0 AND (have&192)<>192 AND (have&1)=0"
	" AND (platform='pinterest' OR (platform='snapchat' AND (have&2)=0))",
	"carry no e-mail (Snapchat: nor phone) and not both of address and "
	"user agent",
	"the platform refuses those; capi-build does so before it"},
    {"pay.keys", "lead-without-email", CAPI_SEVERITY_INFO, 0,
	"name='Lead' AND (have&1)=0", "are leads without e-mail", NULL},
    {"pay.testcode", "test-code", CAPI_SEVERITY_CRIT, 0, "test=1",
	"carry a test_event_code and do not count",
	"run capi-send without --test-code"},
    {"pay.consent", "denied", CAPI_SEVERITY_CRIT, 0,
	"request=1 AND (denied=1 OR EXISTS(SELECT 1 FROM orders o WHERE"
	" o.n=payloads.o AND"
	" o.denied=1))",
	"were built although the shopper said no",
	"capi-build withholds them; is another sender at work?"},
    {"time.form", "milliseconds", CAPI_SEVERITY_CRIT, 0, "form=3",
	"have an event_time in milliseconds", "unix seconds, ten digits"},
    {"time.form", "microseconds", CAPI_SEVERITY_CRIT, 0, "form=4",
	"have an event_time in microseconds", "unix seconds, ten digits"},
    {"time.form", "string", CAPI_SEVERITY_CRIT, 0, "form=5",
	"have a text as event_time", "a number of unix seconds"},
    {"time.form", "zero", CAPI_SEVERITY_CRIT, 0, "form=2",
	"have an event_time of 0", "map the order's time"},
    {"time.form", "absent", CAPI_SEVERITY_CRIT, 0, "form=1",
	"have no event_time", "map the order's time"},
    {"time.form", "year", CAPI_SEVERITY_CRIT, 0,
	"form=0 AND time>0 AND d IS NULL AND abs(time-?3)>300*86400",
	"are most of a year from now: is the year off by one?",
	"look at the year in the export"},
    {"time.form", "fraction", CAPI_SEVERITY_CRIT, 0, "form=6",
	"have an event_time with a fraction", "whole unix seconds"},
    {"dedup.keys", "server", CAPI_SEVERITY_WARN, 0,
	"event_id IS NULL OR event_id=''", "have no event_id",
	"capi-normalize --event-id '{order_id}', and the same in the "
	"pixel"},
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

static const char *
count_query(struct capi_audit *a)
{
	struct capi_buf b = CAPI_BUF_INIT(1 << 16);
	const char *text;

	capi_buf_adds(&b, "SELECT count(*)");
	for (size_t i = 0; i < FAULTS; i++)
		capi_buf_addf(&b, ", coalesce(sum(%s),0)", faults[i].where);
	capi_buf_adds(
	    &b, " FROM payloads WHERE platform=?1 AND name=?2 AND ?3>0");
	text = capi_audit_keep(a, capi_buf_cstr(&b));
	capi_buf_release(&b);
	return text;
}

static void
fault_items(struct capi_audit *a, const struct capi_audit_finding *found,
    const struct fault *fault, const struct capi_group *g)
{
	/* The text stays: statements are known by its address. */
	const char *query = capi_audit_text(a,
	    "SELECT order_id, event_id, time, value, currency, reason, line"
	    " FROM (SELECT (SELECT o.order_id FROM orders o WHERE"
	    " o.n=payloads.o LIMIT 1)"
	    " AS order_id, event_id, time, value, currency, NULL AS reason,"
	    " line, n FROM payloads WHERE platform=?1 AND name=?2 AND ?3>0"
	    " AND (%s)) ORDER BY n",
	    fault->where);

	capi_audit_items(a, found, "affected",
	    capi_sql_query(a->db, query, "ssi", g->platform, g->name, a->now));
}

static void
judge(struct capi_audit *a, const struct fault *fault,
    const struct capi_group *g, int64_t n, int64_t affected)
{
	struct capi_audit_finding *f;
	double share = (double)affected / (double)n;

	if (!affected || share <= fault->share)
		return;
	f = capi_audit_find(a, fault->check, fault->severity, g->platform,
	    g->name, "%s of %s events %s", capi_audit_count(a, affected),
	    capi_audit_count(a, n), fault->words);
	capi_finding_count(f, n, affected, fault->verdict);
	f->fix = fault->fix;
	fault_items(a, f, fault, g);
}

void
capi_audit_faults(struct capi_audit *a)
{
	const char *query;
	struct capi_group *groups;

	if (!a->has[CAPI_ROLE_EVENTS])
		return;
	query = count_query(a);
	groups = capi_audit_groups(
	    a, capi_sql_query(a->db,
		   "SELECT DISTINCT platform, name, 0 FROM payloads ORDER BY 1,"
		   " 2",
		   ""));
	for (struct capi_group *g = groups; g; g = g->next) {
		int64_t n = 0, affected[FAULTS];
		struct capi_sql_stmt *s = capi_sql_query(
		    a->db, query, "ssi", g->platform, g->name, a->now);

		if (!capi_sql_row(s))
			continue;
		n = capi_sql_int(s, 0);
		for (size_t i = 0; i < FAULTS; i++)
			affected[i] = capi_sql_int(s, (int)i + 1);
		capi_sql_done(s);
		for (size_t i = 0; i < FAULTS; i++)
			judge(a, &faults[i], g, n, affected[i]);
	}
}

/* A payload's value against its order's. */
#define PAIRS                                                                  \
	" FROM payloads p JOIN orders o ON o.n=p.o AND o.left_out IS NULL "    \
	"WHERE p.platform=?1 AND"                                              \
	" p.name='Purchase' AND p.micros>0 AND o.micros>0"

static void
value_finding(struct capi_audit *a, const char *platform, int64_t pairs,
    int64_t affected, enum capi_audit_severity severity, const char *verdict,
    const char *words, const char *fix, const char *items)
{
	struct capi_audit_finding *f = capi_audit_find(a, "pay.value", severity,
	    platform, "Purchase", "%s of %s values %s",
	    capi_audit_count(a, affected), capi_audit_count(a, pairs), words);

	capi_finding_count(f, pairs, affected, verdict);
	f->fix = fix;
	/* By id, against the order: no chance in it. But one odd value among
	 * many is not worth an alarm. */
	f->certain = affected * 1000 >= pairs;
	if (items)
		capi_audit_items(a, f, "affected",
		    capi_sql_query(a->db, items, "s", platform));
}

#define ITEMS_WHERE(condition)                                                 \
	"SELECT o.order_id, o.event_id, o.time, p.value, p.currency,"          \
	" 'order: '||o.value, o.line" PAIRS " AND " condition " ORDER BY o.n"

#define IS_OTHER_CURRENCY                                                      \
	"(p.currency_fault IN (0,2) AND"                                       \
	" coalesce(upper(p.currency)<>upper(o.currency),0))"
#define IS_HUNDRED "p.micros=o.micros*100"
#define IS_HUNDREDTH "p.micros*100=o.micros"

/* Values that are neither the order's nor its hundredfold, and do not say that
 * they are in another currency. */
#define OTHERS                                                                 \
	PAIRS " AND p.micros<>o.micros AND NOT " IS_HUNDRED                    \
	      " AND NOT " IS_HUNDREDTH " AND NOT " IS_OTHER_CURRENCY

static const char other_pairs[] = "SELECT p.micros, o.micros" OTHERS;

struct ratios {
	double *v; /* ascending */
	size_t n;
};

static int
ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

static struct ratios
other_ratios(struct capi_audit *a, const char *platform, int64_t most)
{
	struct ratios r = {capi_alloc(((size_t)most + 1) * sizeof(*r.v)), 0};
	struct capi_sql_stmt *s =
	    capi_sql_query(a->db, other_pairs, "s", platform);

	while (capi_sql_row(s))
		if (r.n < (size_t)most)
			r.v[r.n++] =
			    capi_sql_double(s, 0) / capi_sql_double(s, 1);
	qsort(r.v, r.n, sizeof(*r.v), ascending);
	return r;
}

/* How many of the ratios lie within so much of `at`: a rate that is rounded
 * to cents, or moves from day to day, is still one rate. */
#define NEAR 0.015

static int64_t
near(struct ratios r, double at)
{
	int64_t n = 0;

	for (size_t i = 0; i < r.n; i++)
		n += r.v[i] >= at * (1 - NEAR) && r.v[i] <= at * (1 + NEAR);
	return n;
}

/* The ratio with the most others around it: the middle of the fullest
 * window. */
static double
commonest(struct ratios r)
{
	size_t best = 0, from = 0, start = 0;

	for (size_t to = 0; to < r.n; to++) {
		while (r.v[from] < r.v[to] / (1 + NEAR))
			from++;
		if (to - from + 1 > best) {
			best = to - from + 1;
			start = from;
		}
	}
	return best ? r.v[start + best / 2] : 1;
}

/* The commonest difference, if half of the others have it: shipping. */
static const char common_difference[] =
    "SELECT o.micros-p.micros, count(*)" OTHERS
    " GROUP BY 1 HAVING count(*)*2>=?2 AND count(*)>=5"
    " ORDER BY 2 DESC LIMIT 1";

static bool
one_difference(
    struct capi_audit *a, const char *platform, int64_t pairs, int64_t other)
{
	char amount[32];
	int64_t n;
	struct capi_sql_stmt *s =
	    capi_sql_query(a->db, common_difference, "si", platform, other);

	if (!capi_sql_row(s))
		return false;
	capi_clock_decimal_text(capi_sql_int(s, 0), 2, amount);
	n = capi_sql_int(s, 1);
	capi_sql_done(s);
	value_finding(a, platform, pairs, n, CAPI_SEVERITY_INFO, "differs",
	    capi_audit_text(
		a, "are %s from the order's: shipping or a fee?", amount),
	    "capi-normalize --value subtotal or total, as the pixel does",
	    NULL);
	return true;
}

/* What is left after cents: one rate for all is another currency, with cents
 * among them if the same rate is there a hundredfold as well. */
static void
rates(struct capi_audit *a, const char *platform, int64_t pairs, int64_t other)
{
	struct ratios r;
	double rate;
	int64_t same, hundred, whole;

	if (one_difference(a, platform, pairs, other))
		return;
	r = other_ratios(a, platform, other);
	rate = commonest(r);
	same = near(r, rate);
	hundred = near(r, rate * 100);
	whole = near(r, rate / 100);
	free(r.v);
	if (whole * 50 > pairs && whole >= 5) {
		rate /= 100;
		hundred = same;
		same = whole;
	}
	/* So near to one it may be a fee as well. */
	if ((same + hundred) * 10 < other * 8 || same < 5 ||
	    fabs(rate - 1) < 2 * NEAR) {
		value_finding(a, platform, pairs, other, CAPI_SEVERITY_INFO,
		    "differs", "differ from the order's: shipping or tax?",
		    "capi-normalize --value subtotal or total, as the pixel "
		    "does",
		    NULL);
		return;
	}
	value_finding(a, platform, pairs, same + hundred, CAPI_SEVERITY_WARN,
	    "constant-ratio",
	    capi_audit_text(a, "are %.4g of the order's: another currency%s?",
		rate,
		rate > 0.75 && rate < 1 ? ", or without tax"
		: rate > 20             ? ", or cents of one"
					: ""),
	    "send the value in the currency that stands beside it", NULL);
	if (hundred * 50 > pairs && hundred >= 5)
		value_finding(a, platform, pairs, hundred, CAPI_SEVERITY_CRIT,
		    "minor-unit",
		    "are 100 times the others: cents sent as whole units",
		    "capi-normalize -m stripe-json knows Stripe's units", NULL);
}

/* In another currency than the order's: the same amount can not be right,
 * another amount is what a conversion makes. */
static void
currencies(struct capi_audit *a, const char *platform, int64_t pairs)
{
	int64_t same = 0, converted = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT sum(p.micros=o.micros), sum(p.micros<>o.micros)" PAIRS
	    " AND " IS_OTHER_CURRENCY,
	    "s", platform);

	if (capi_sql_row(s)) {
		same = capi_sql_int(s, 0);
		converted = capi_sql_int(s, 1);
		capi_sql_done(s);
	}
	if (same)
		value_finding(a, platform, pairs, same, CAPI_SEVERITY_CRIT,
		    "other-currency",
		    "are the order's amount with another currency",
		    "send amount and currency from the same columns: "
		    "capi-normalize --money shop or presentment",
		    ITEMS_WHERE("p.micros=o.micros AND " IS_OTHER_CURRENCY));
	if (converted)
		value_finding(a, platform, pairs, converted, CAPI_SEVERITY_INFO,
		    "converted", "are in another currency than the order's",
		    "meant? capi-normalize --money shop or presentment", NULL);
}

/* Without the orders it may be a shop of one thing. */
static void
one_value(struct capi_audit *a, const char *platform)
{
	int64_t n = capi_sql_one(a->db,
	    "SELECT CASE WHEN count(DISTINCT micros)=1 THEN count(*) END FROM"
	    " payloads WHERE platform=?1 AND name='Purchase' AND micros>0",
	    "s", platform);

	if (n < 20)
		return;
	value_finding(a, platform, n, n, CAPI_SEVERITY_WARN, "hard-coded",
	    "are one and the same number",
	    "is the value written into the tag? --orders tells what it "
	    "should be",
	    NULL);
	a->last_finding->certain = false;
}

static void
compare_values(struct capi_audit *a, const char *platform)
{
	int64_t pairs = 0, equal = 0, hundred = 0, hundredth = 0, other = 0;
	int64_t distinct = 0, wanted = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT count(*), sum(p.micros=o.micros), sum(" IS_HUNDRED
	    "), sum(" IS_HUNDREDTH "), count(DISTINCT p.micros),"
	    " count(DISTINCT o.micros), sum(p.micros<>o.micros AND "
	    "NOT " IS_HUNDRED " AND NOT " IS_HUNDREDTH
	    " AND NOT " IS_OTHER_CURRENCY ")" PAIRS,
	    "s", platform);

	if (capi_sql_row(s)) {
		pairs = capi_sql_int(s, 0);
		equal = capi_sql_int(s, 1);
		hundred = capi_sql_int(s, 2);
		hundredth = capi_sql_int(s, 3);
		distinct = capi_sql_int(s, 4);
		wanted = capi_sql_int(s, 5);
		other = capi_sql_int(s, 6);
		capi_sql_done(s);
	}
	if (!pairs)
		return;
	if (pairs >= 20 && distinct == 1 && wanted >= 5) {
		value_finding(a, platform, pairs, pairs - equal,
		    CAPI_SEVERITY_CRIT, "hard-coded",
		    "are one and the same number",
		    "the value is written into the tag: map the order's total",
		    NULL);
		return;
	}
	currencies(a, platform, pairs);
	if (hundred)
		value_finding(a, platform, pairs, hundred, CAPI_SEVERITY_CRIT,
		    "minor-unit",
		    "are 100 times the order's: cents sent as "
		    "whole units",
		    "capi-normalize -m stripe-json knows Stripe's units",
		    ITEMS_WHERE(IS_HUNDRED));
	if (hundredth)
		value_finding(a, platform, pairs, hundredth, CAPI_SEVERITY_CRIT,
		    "minor-unit",
		    "are a hundredth of the order's: divided once too often",
		    "capi-normalize -m stripe-csv: the CSV has whole units",
		    ITEMS_WHERE(IS_HUNDREDTH));
	if (other)
		rates(a, platform, pairs, other);
}

void
capi_audit_values(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_EVENTS])
		return;
	for (struct capi_group *g = capi_audit_platforms(a); g; g = g->next)
		if (a->has[CAPI_ROLE_ORDERS])
			compare_values(a, g->platform);
		else
			one_value(a, g->platform);
}
