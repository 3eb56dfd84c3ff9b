/*
 * The functions behind the table of checks, one file for each chapter, and
 * what they share.
 */
#ifndef CAPI_AUDIT_CHECKS_H
#define CAPI_AUDIT_CHECKS_H

#include "audit.h"
#include "evidence.h"

void capi_audit_truth(struct capi_audit *a);
void capi_audit_window(struct capi_audit *a);
void capi_audit_ids(struct capi_audit *a);
void capi_audit_ratio(struct capi_audit *a);
void capi_audit_attributed(struct capi_audit *a);
void capi_audit_currency(struct capi_audit *a);
void capi_audit_pay_keys(struct capi_audit *a);

/* Rows of a query as items of a finding: the columns are order_id, event_id,
 * time, value, currency, reason, line. */
void capi_audit_items(struct capi_audit *a, const struct capi_audit_finding *f,
    const char *class, struct capi_sql_stmt *rows);

/* The worst of the two. */
static inline enum capi_audit_severity
capi_severity_worse(enum capi_audit_severity a, enum capi_audit_severity b)
{
	return a > b ? a : b;
}

#endif
