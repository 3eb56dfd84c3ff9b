/*
 * Reading evidence into the database. Each function takes one parsed NDJSON
 * record, or one file. False: the record is not what its role promises, and
 * *why is a reason without any of its values.
 */
#ifndef CAPI_AUDIT_EVIDENCE_H
#define CAPI_AUDIT_EVIDENCE_H

#include "audit.h"
#include "name.h"

struct capi_normal;

/* A receipt's outcome is a class of the ledger, or this: the ledger of
 * capi-send had it already. */
#define CAPI_OUTCOME_DUPLICATE CAPI_LEDGER_CLASSES

/* Tables; after them indexes, when all is read. */
void capi_evidence_open(struct capi_audit *a);
void capi_evidence_close(struct capi_audit *a);

/* An order as an event of capi-normalize. `file` numbers the order files. */
bool capi_evidence_order(struct capi_audit *a, const struct capi_json *event,
    int64_t line, const char **why);
/* The same out of an export, already normalised. */
void capi_evidence_export(
    struct capi_audit *a, const struct capi_normal *order, int64_t line);
/* An order that could not be read; `field` may be NULL. */
void capi_evidence_unreadable(
    struct capi_audit *a, const char *field, const char *reason, int64_t line);
/* One that is none by rule: a later period of a subscription. */
void capi_evidence_withheld(struct capi_audit *a, const char *reason);
/* A receipt of capi-send. */
bool capi_evidence_receipt(struct capi_audit *a, const struct capi_json *r,
    int64_t line, const char **why);
/* A line of any stage: an event, hashed or not, or a request. */
bool capi_evidence_payload(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why);
/* A browser event: event_name, event_id, event_time or time. */
bool capi_evidence_browser(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why);

#endif
