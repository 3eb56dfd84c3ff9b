/*
 * Digests against the orders that they should be of, and what comes from our
 * side of the line instead of the shopper's: addresses, agents, sources.
 */
#include <string.h>

#include "platform.h"
#include "rule/ip.h"
#include "stats.h"
#include "checks.h"
#include "payload.h"
#include "spellings.h"

/* The form that the platform's table names, or NULL: any form is right. */
static const char *
wanted_form(const char *platform, const char *source)
{
	const struct capi_platform *p =
	    capi_platform_find(platform, strlen(platform));

	for (const struct capi_field *f = p ? p->fields : NULL; f && f->source;
	     f++)
		if (!strcmp(f->source, source))
			return f->form;
	return NULL;
}

static bool
is_right(int spelling, const char *wanted)
{
	const char *form = capi_spellings[spelling].form;

	if (!form)
		return false;
	/* Without dots is the right e-mail where there are none. */
	return !wanted || !strcmp(form, wanted);
}

/* The digest's spelling among those of one kind; the wanted one first, since
 * several may be equal. -1: none of them. */
static int
spelling_of(
    struct capi_str blob, int64_t digest, int from, int to, const char *wanted)
{
	int found = -1;

	for (int i = from; i < to; i++) {
		uint64_t prefix = 0;

		for (int k = 0; k < 8; k++)
			prefix = prefix << 8 | (unsigned char)blob.p[i * 8 + k];
		if (prefix != (uint64_t)digest)
			continue;
		if (is_right(i, wanted))
			return i;
		if (found < 0)
			found = i;
	}
	return found;
}

struct kind {
	const char *source, *query;
	int from, to;
};

#define JOINED(column)                                                         \
	"SELECT p." column ", o.spellings FROM payloads p JOIN orders o ON"    \
	" o.n=p.o AND o.left_out IS NULL"                                      \
	" WHERE p.platform=?1 AND p." column "<>0 AND (o.have&?2)<>0"

static const struct kind kinds[] = {
    {"user_data.email", JOINED("email"), 0, CAPI_SPELL_PHONE},
    {"user_data.phone", JOINED("phone"), CAPI_SPELL_PHONE, CAPI_SPELLINGS},
};

static void
check_kind(struct capi_audit *a, const char *platform, const struct kind *k)
{
	const char *wanted = wanted_form(platform, k->source);
	int64_t counts[CAPI_SPELLINGS] = {0}, n = 0, right = 0, none = 0;
	int worst = -1;
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s = capi_sql_query(
	    a->db, k->query, "si", platform, (int64_t)(k->from ? 2 : 1));

	while (capi_sql_row(s)) {
		struct capi_str blob = capi_sql_blob(s, 1);
		int i;

		if (blob.n != CAPI_SPELLINGS * 8)
			continue;
		n++;
		i = spelling_of(
		    blob, capi_sql_int(s, 0), k->from, k->to, wanted);
		if (i < 0)
			none++;
		else if (is_right(i, wanted))
			right++;
		else
			counts[i]++;
	}
	/* Variants that differ in the length of the country code are one. */
	for (int i = k->from; i < k->to; i++)
		for (int j = k->from; j < i; j++)
			if (counts[i] && !strcmp(capi_spellings[i].words,
					     capi_spellings[j].words)) {
				counts[j] += counts[i];
				counts[i] = 0;
			}
	for (int i = k->from; i < k->to; i++)
		if (counts[i] && (worst < 0 || counts[i] > counts[worst]))
			worst = i;
	if (n && worst >= 0) {
		f = capi_audit_find(a, "pay.hash",
		    counts[worst] * 50 >= n ? CAPI_SEVERITY_CRIT
					    : CAPI_SEVERITY_WARN,
		    platform, NULL, "%s (%s of %s)",
		    capi_spellings[worst].words,
		    capi_audit_count(a, counts[worst]), capi_audit_count(a, n));
		capi_finding_count(f, n, counts[worst], "wrong-form");
		f->fix = "capi-hash makes the form that each platform wants; "
			 "capi-hash --check shows it for one value";
	}
	/* Several addresses of a person may be sent; a few strangers are no
	 * fault. */
	if (n >= 5 && none * 10 > n) {
		f = capi_audit_find(a, "pay.hash", CAPI_SEVERITY_WARN, platform,
		    NULL,
		    "%s of %s digests are not of the order's %s, in no "
		    "known spelling",
		    capi_audit_count(a, none), capi_audit_count(a, n),
		    k->from ? "phone" : "e-mail");
		capi_finding_count(f, n, none, "unknown-digest");
		f->certain = capi_audit_surely((double)none, (double)n, 0.10);
		f->fix = "capi-hash --check -f FIELD VALUE DIGEST tries the "
			 "known mistakes";
	}
}

/* One digest on many events: a constant is hashed, or a guest's id. */
static const struct {
	const char *key, *query;
} constants[] = {
    {"e-mail", "SELECT count(*), (SELECT count(*) FROM payloads WHERE"
	       " platform=?1 AND email<>0) FROM payloads WHERE platform=?1"
	       " AND email<>0 GROUP BY email ORDER BY 1 DESC LIMIT 1"},
    {"phone", "SELECT count(*), (SELECT count(*) FROM payloads WHERE"
	      " platform=?1 AND phone<>0) FROM payloads WHERE platform=?1"
	      " AND phone<>0 GROUP BY phone ORDER BY 1 DESC LIMIT 1"},
    {"external_id", "SELECT count(*), (SELECT count(*) FROM payloads WHERE"
		    " platform=?1 AND ext<>0) FROM payloads WHERE"
		    " platform=?1 AND ext<>0 GROUP BY ext"
		    " ORDER BY 1 DESC LIMIT 1"},
};

static void
check_constant(struct capi_audit *a, const char *platform, size_t i)
{
	int64_t top = 0, n = 0;
	struct capi_audit_finding *f;
	struct capi_sql_stmt *s =
	    capi_sql_query(a->db, constants[i].query, "s", platform);

	if (capi_sql_row(s)) {
		top = capi_sql_int(s, 0);
		n = capi_sql_int(s, 1);
		capi_sql_done(s);
	}
	if (n < 20 || top * 20 <= n || top < 5)
		return;
	f = capi_audit_find(a, "pay.hash", CAPI_SEVERITY_CRIT, platform, NULL,
	    "one and the same %s digest on %s of %s events", constants[i].key,
	    capi_audit_count(a, top), capi_audit_count(a, n));
	capi_finding_count(f, n, top, "constant");
	f->certain = capi_audit_surely((double)top, (double)n, 0.05);
	f->fix = "a constant is hashed: look at the tag; a guest has no "
		 "external_id";
}

void
capi_audit_hash(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_EVENTS])
		return;
	for (struct capi_group *g = capi_audit_platforms(a); g; g = g->next) {
		for (size_t i = 0; i < 2 && a->has[CAPI_ROLE_ORDERS]; i++)
			check_kind(a, g->platform, &kinds[i]);
		for (size_t i = 0; i < 3; i++)
			check_constant(a, g->platform, i);
	}
}

static void
server_finding(struct capi_audit *a, const char *check, const char *platform,
    enum capi_audit_severity severity, const char *verdict, int64_t affected,
    int64_t n, const char *fact)
{
	struct capi_audit_finding *f =
	    capi_audit_find(a, check, severity, platform, NULL, "%s", fact);

	capi_finding_count(f, n, affected, verdict);
	f->fix =
	    !strcmp(check, "pay.serverip")
		? "take the shopper's address from the order or the request "
		  "(X-Forwarded-For at the proxy), never the sender's"
		: "take the shopper's user agent from the order, or leave it "
		  "out";
}

/* How many different people the events of one value show: digests, or else
 * ids. Asked of the commonest value alone: of each it takes long. */
#define PEOPLE_OF(column)                                                      \
	"SELECT count(DISTINCT CASE WHEN email<>0 THEN email ELSE event_id"    \
	" END) FROM payloads WHERE platform=?1 AND " column "=?2"

/* Not the shopper's: of a network at home, or of the sender itself. */
static bool
is_private(const char *ip)
{
	enum capi_ip_verdict v = capi_ip_judge(ip, strlen(ip));

	return v == CAPI_IP_PRIVATE || v == CAPI_IP_LOOPBACK;
}

/* Version 6 has many spellings of one address. */
static bool
is_server(const struct capi_audit *a, const char *ip)
{
	char one[CAPI_IP_MAX], two[CAPI_IP_MAX];

	if (!a->server_ip || !strcmp(a->server_ip, ip))
		return a->server_ip != NULL;
	capi_ip_parse(a->server_ip, strlen(a->server_ip), one);
	capi_ip_parse(ip, strlen(ip), two);
	return *one && !strcmp(one, two);
}

/* The commonest address, on so many events of so many people. */
struct crowd {
	const char *ip;
	int64_t events, people;
};

/* Too many events for the addresses of shoppers? A single customer may be a
 * fifth of a small shop. */
static bool
crowded(struct capi_audit *a, const char *platform, struct crowd top,
    int64_t three, int64_t n)
{
	bool half;

	top.people =
	    capi_sql_one(a->db, PEOPLE_OF("ip"), "ss", platform, top.ip);
	half = top.events * 2 >= n && top.people >= 10;

	if (!half && three * 10 >= n * 8) {
		server_finding(a, "pay.serverip", platform, CAPI_SEVERITY_WARN,
		    "few-addresses", three, n,
		    capi_audit_text(a,
			"three addresses carry %s of %s events: load "
			"balancers?",
			capi_audit_count(a, three), capi_audit_count(a, n)));
		return false;
	}
	if (!half && (top.events * 5 < n || top.people * 2 <= top.events))
		return false;
	server_finding(a, "pay.serverip", platform,
	    half ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN, "one-address",
	    top.events, n,
	    capi_audit_text(a,
		"%s on %s of %s events of %s people: that is your server or "
		"proxy",
		top.ip, capi_audit_count(a, top.events), capi_audit_count(a, n),
		capi_audit_count(a, top.people)));
	a->last_finding->certain = top.people >= 10;
	return true;
}

static void
check_address(struct capi_audit *a, const char *platform)
{
	struct capi_sql_stmt *s;
	int64_t n, bad = 0, three = 0, rank = 0, mismatch = 0, pairs = 0;
	bool known = false; /* whose the commonest is */
	struct crowd top = {0};

	n = capi_sql_one(a->db,
	    "SELECT count(*) FROM payloads WHERE platform=?1 AND ip IS NOT"
	    " NULL",
	    "s", platform);
	if (!n)
		return;
	s = capi_sql_query(a->db,
	    "SELECT ip, count(*) FROM payloads WHERE platform=?1 AND ip IS NOT"
	    " NULL GROUP BY 1 ORDER BY 2 DESC",
	    "s", platform);
	while (capi_sql_row(s)) {
		const char *ip = capi_sql_text(s, 0);
		int64_t k = capi_sql_int(s, 1);

		if (rank++ < 3)
			three += k;
		if (is_private(ip))
			bad += k;
		if (is_server(a, ip)) {
			known = true;
			server_finding(a, "pay.serverip", platform,
			    CAPI_SEVERITY_CRIT, "server", k, n,
			    capi_audit_text(a,
				"%s on %s of %s events: that is your "
				"server",
				ip, capi_audit_count(a, k),
				capi_audit_count(a, n)));
		} else if (rank == 1) {
			top.ip = capi_audit_keep(a, ip);
			top.events = k;
		}
	}
	if (bad)
		server_finding(a, "pay.serverip", platform, CAPI_SEVERITY_CRIT,
		    "private", bad, n,
		    capi_audit_text(a, "private addresses on %s of %s events",
			capi_audit_count(a, bad), capi_audit_count(a, n)));
	if (!known && n >= 20)
		known = crowded(a, platform, top, three, n);
	s = capi_sql_query(a->db,
	    "SELECT count(*), sum(p.ip<>o.ip) FROM payloads p JOIN orders o"
	    " ON o.n=p.o AND o.left_out IS"
	    " NULL WHERE p.platform=?1 AND p.ip IS NOT NULL AND o.ip IS NOT"
	    " NULL",
	    "s", platform);
	if (capi_sql_row(s)) {
		pairs = capi_sql_int(s, 0);
		mismatch = capi_sql_int(s, 1);
		capi_sql_done(s);
	}
	if (!known && pairs >= 20 &&
	    capi_audit_surely((double)mismatch, (double)pairs, 0.10))
		server_finding(a, "pay.serverip", platform, CAPI_SEVERITY_WARN,
		    "mismatch", mismatch, pairs,
		    capi_audit_text(a,
			"%s of %s events have another address than their "
			"order",
			capi_audit_count(a, mismatch),
			capi_audit_count(a, pairs)));
}

static void
check_agent(struct capi_audit *a, const char *platform)
{
	int64_t n = 0, programs = 0;
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT count(*), sum(program) FROM payloads WHERE platform=?1"
	    " AND ua IS NOT NULL AND ua<>''",
	    "s", platform);

	if (capi_sql_row(s)) {
		n = capi_sql_int(s, 0);
		programs = capi_sql_int(s, 1);
		capi_sql_done(s);
	}
	if (!n)
		return;
	if (programs) {
		server_finding(a, "pay.serverua", platform,
		    programs * 50 >= n ? CAPI_SEVERITY_CRIT
				       : CAPI_SEVERITY_INFO,
		    "program", programs, n,
		    capi_audit_text(a,
			"%s of %s events have a program's user agent, "
			"not a browser's",
			capi_audit_count(a, programs), capi_audit_count(a, n)));
		return;
	}
	s = capi_sql_query(a->db,
	    "SELECT count(*), ua FROM payloads WHERE platform=?1 AND ua<>''"
	    " GROUP BY ua ORDER BY 1 DESC LIMIT 1",
	    "s", platform);
	if (capi_sql_row(s)) {
		int64_t top = capi_sql_int(s, 0), people;
		const char *ua = capi_audit_keep(a, capi_sql_text(s, 1));

		capi_sql_done(s);
		people =
		    capi_sql_one(a->db, PEOPLE_OF("ua"), "ss", platform, ua);
		if (n >= 20 && people >= 10 && top * 2 >= n)
			server_finding(a, "pay.serverua", platform,
			    CAPI_SEVERITY_CRIT, "one-agent", top, n,
			    capi_audit_text(a,
				"one user agent on %s of %s events of "
				"%s people",
				capi_audit_count(a, top),
				capi_audit_count(a, n),
				capi_audit_count(a, people)));
	}
}

void
capi_audit_server(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_EVENTS])
		return;
	for (struct capi_group *g = capi_audit_platforms(a); g; g = g->next) {
		check_address(a, g->platform);
		check_agent(a, g->platform);
	}
}

/* Meta says website, the others web; what is neither has another word
 * everywhere, and fewer of them: one for phone, shop and chat. */
#define ACTION(column)                                                         \
	"CASE lower(" column ") WHEN 'web' THEN 'website'"                     \
	" ELSE lower(" column ") END"

static void
source_finding(struct capi_audit *a, const char *platform, const char *sent,
    const char *order, int64_t k, int64_t n)
{
	bool website = !strcmp(sent, "website");
	struct capi_audit_finding *f = capi_audit_find(a, "pay.actionsource",
	    website ? CAPI_SEVERITY_CRIT : CAPI_SEVERITY_WARN, platform, NULL,
	    "%s orders of %s were sent as %s", capi_audit_count(a, k), order,
	    sent);

	capi_finding_count(
	    f, n, k, website ? "blanket-website" : "wrong-source");
	f->certain = k * 1000 >= n;
	capi_audit_items(a, f, "affected",
	    capi_sql_query(a->db,
		"SELECT o.order_id, o.event_id, o.time, o.value, o.currency,"
		" o.action, o.line FROM payloads p JOIN orders o ON"
		" o.n=p.o AND o.left_out IS"
		" NULL WHERE p.platform=?1 AND " ACTION(
		    "p.action") "=?2 AND"
				" o.action=?3 ORDER BY o.n",
		"sss", platform, sent, order));
}

static void
check_dataset(struct capi_audit *a, const char *platform)
{
	int64_t n = capi_sql_one(a->db,
	    "SELECT count(DISTINCT dataset) FROM payloads WHERE platform=?1"
	    " AND dataset<>''",
	    "s", platform);
	int64_t strange = capi_sql_one(a->db,
	    "SELECT count(*) FROM payloads WHERE platform=?1 AND dataset<>''"
	    " AND EXISTS(SELECT 1 FROM browser_datasets) AND dataset"
	    " NOT IN (SELECT dataset FROM browser_datasets)",
	    "s", platform);
	struct capi_audit_finding *f;

	if (n > 1) {
		f = capi_audit_find(a, "pay.dataset", CAPI_SEVERITY_WARN,
		    platform, NULL, "%s pixel or dataset ids in one log",
		    capi_audit_count(a, n));
		f->affected = n;
		f->verdict = "several";
	}
	if (strange) {
		f = capi_audit_find(a, "pay.dataset", CAPI_SEVERITY_CRIT,
		    platform, NULL,
		    "%s events go to another dataset than the browser's",
		    capi_audit_count(a, strange));
		f->affected = strange;
		f->verdict = "other-than-browser";
	}
}

void
capi_audit_source(struct capi_audit *a)
{
	if (!a->has[CAPI_ROLE_EVENTS])
		return;
	for (struct capi_group *g = capi_audit_platforms(a); g; g = g->next) {
		struct capi_group *pairs = capi_audit_groups(
		    a, capi_sql_query(a->db,
			   "SELECT " ACTION(
			       "p.action") ", o.action, count(*)"
					   " FROM payloads p JOIN orders o ON"
					   " o.n=p.o AND"
					   " o.left_out IS NULL WHERE "
					   "p.platform=?1 AND"
					   " p.action<>'' AND o.action<>'' "
					   "GROUP BY 1, 2",
			   "s", g->platform));

		for (struct capi_group *p = pairs; p; p = p->next)
			if (!strcmp(p->platform, "website") !=
			    !strcmp(p->name, "website"))
				source_finding(a, g->platform, p->platform,
				    p->name, p->n, g->n);
		check_dataset(a, g->platform);
	}
}
