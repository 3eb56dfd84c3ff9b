/*
 * The functions behind the table of checks, one file for each chapter, and
 * what they share.
 */
#ifndef CAPI_AUDIT_CHECKS_H
#define CAPI_AUDIT_CHECKS_H

#include "audit.h"
#include "evidence.h"

void capi_audit_truth(struct capi_audit *a);
void capi_audit_read(struct capi_audit *a);
void capi_audit_window(struct capi_audit *a);
void capi_audit_ids(struct capi_audit *a);
void capi_audit_ratio(struct capi_audit *a);
void capi_audit_attributed(struct capi_audit *a);
void capi_audit_currency(struct capi_audit *a);
void capi_audit_pay_keys(struct capi_audit *a);
void capi_audit_faults(struct capi_audit *a);
void capi_audit_values(struct capi_audit *a);
void capi_audit_hash(struct capi_audit *a);
void capi_audit_server(struct capi_audit *a);
void capi_audit_source(struct capi_audit *a);
void capi_audit_sides(struct capi_audit *a);
void capi_audit_dedup(struct capi_audit *a);
void capi_audit_names(struct capi_audit *a);
void capi_audit_self(struct capi_audit *a);
void capi_audit_lag(struct capi_audit *a);
void capi_audit_zone(struct capi_audit *a);
void capi_audit_report_time(struct capi_audit *a);
void capi_audit_api(struct capi_audit *a);
void capi_audit_quality(struct capi_audit *a);
void capi_audit_device(struct capi_audit *a);
void capi_audit_trend(struct capi_audit *a);
void capi_audit_verify(struct capi_audit *a);

/* Platforms (or destinations) and event names that a query gives in its first
 * two columns. In the arena. */
struct capi_group {
	struct capi_group *next;
	const char *platform, *name;
	int64_t n; /* the third column */
};

struct capi_group *capi_audit_groups(
    struct capi_audit *a, struct capi_sql_stmt *rows);

/* The platforms of the payloads, sorted, with the number of their events. */
struct capi_group *capi_audit_platforms(struct capi_audit *a);

/* The destinations of the receipts, sorted. */
struct capi_group *capi_audit_dests(struct capi_audit *a);

/* Is at least the share `p` of n affected, beyond chance? */
bool capi_audit_surely(double affected, double n, double p);

/* The days that a report, the orders and the wish have in common. */
struct capi_span {
	int64_t from, to;
	bool whole;     /* the report has no days to choose from */
	bool unsettled; /* its last days are not final yet, and left out */
};

struct capi_span capi_audit_span(
    struct capi_audit *a, const struct capi_audit_report *r);

/* Is a row of a report of both sides? */
#define CAPI_IS_TOTAL                                                          \
	"(source IS NULL OR lower(source) IN ('','total','all','both',"        \
	"'deduplicated','server & browser','browser & server'))"

/* What a report counts. */
struct capi_sums {
	double total, browser, server;
	bool has_total, has_sides;
};

void capi_audit_dedup_report(struct capi_audit *a,
    const struct capi_audit_report *r, const char *name, struct capi_sums t);

/* Rows of a query as items of a finding: the columns are order_id, event_id,
 * time, value, currency, reason, line. */
void capi_audit_items(struct capi_audit *a, const struct capi_audit_finding *f,
    const char *class, struct capi_sql_stmt *rows);

#endif
