#include "ledger.h"

#include "evidence.h"

#define HOUR 3600

/* 48 h: the platforms' deduplication window; 7 d: the age up to which web
 * events are taken (Meta: "up to 7 days", page of 2026-01-09). */
const struct capi_ledger_age capi_ledger_ages[] = {
    {HOUR, "< 1 h", "wait"},
    {48 * HOUR, "< 48 h", "send"},
    {7 * 24 * HOUR, "< 7 d", "send, dedup not sure"},
    {INT64_MAX, "older", "too late"},
    {0, NULL, NULL},
};

const char *
capi_ledger_repair(int64_t age)
{
	const struct capi_ledger_age *g = capi_ledger_ages;

	while (age >= g->under && g[1].name)
		g++;
	return g->repair;
}

/* One delivery decides, whatever was said before or after it; else the last
 * word counts. The bare columns are those of the row that max() found. */
#define FINALS                                                                 \
	"INSERT INTO finals(dest, platform, name, event_id, outcome, reason,"  \
	" delivered, receipt)"                                                 \
	" SELECT dest, platform, name, event_id,"                              \
	"  CASE outcome WHEN ?2 THEN ?1 ELSE outcome END, reason, times, n"    \
	" FROM (SELECT dest, platform, name, event_id, outcome, reason, n,"    \
	"  sum(outcome=?1) AS times,"                                          \
	"  max((outcome IN (?1,?2))*1099511627776+n)"                          \
	"  FROM receipts GROUP BY event_id, name, dest)"

#define LEDGER                                                                 \
	"INSERT INTO ledger(n, dest, class, reason, receipt)"                  \
	" SELECT o.n, d.dest, coalesce(f.outcome,"                             \
	"  CASE WHEN ?1-o.time<3600 THEN ?2 ELSE ?3 END),"                     \
	"  CASE WHEN f.outcome=0 THEN NULL ELSE f.reason END, f.receipt"       \
	" FROM orders o CROSS JOIN (SELECT DISTINCT dest FROM receipts) d"     \
	" LEFT JOIN finals f ON f.event_id=o.event_id AND f.name=o.name"       \
	"  AND f.dest=d.dest"                                                  \
	" WHERE o.left_out IS NULL"

void
capi_ledger_make(struct capi_audit *a)
{
	capi_sql_run(a->db, FINALS, "ii", (int64_t)CAPI_LEDGER_DELIVERED,
	    (int64_t)CAPI_OUTCOME_DUPLICATE);
	capi_sql_exec(
	    a->db, "CREATE INDEX finals_id ON finals(event_id, name, dest)");
	capi_sql_run(a->db, LEDGER, "iii", a->now, (int64_t)CAPI_LEDGER_NEW,
	    (int64_t)CAPI_LEDGER_MISSING);
	capi_sql_exec(a->db, "CREATE INDEX ledger_class ON"
			     " ledger(dest, class)");
}
