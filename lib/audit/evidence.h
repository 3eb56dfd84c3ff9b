/*
 * Reading evidence into the database. Each function takes one parsed NDJSON
 * record, or one file. False: the record is not what its role promises, and
 * *why is a reason without any of its values.
 */
#ifndef CAPI_AUDIT_EVIDENCE_H
#define CAPI_AUDIT_EVIDENCE_H

#include "audit.h"

/* A receipt's outcome is a class of the ledger, or this: the ledger of
 * capi-send had it already. */
#define CAPI_OUTCOME_DUPLICATE CAPI_LEDGER_CLASSES

/* Truncated digests kept of an order's e-mail and phone, and where the ones
 * of the phone begin. */
#define CAPI_SPELL_PHONE 9
#define CAPI_SPELLINGS 21

/* Tables; after them indexes, when all is read. */
void capi_evidence_open(struct capi_audit *a);
void capi_evidence_close(struct capi_audit *a);

/* An order as an event of capi-normalize. `file` numbers the order files. */
bool capi_evidence_order(struct capi_audit *a, const struct capi_json *event,
    int64_t line, const char **why);
/* A line of capi-normalize's rejects: an order that could not be read. */
void capi_evidence_unreadable(
    struct capi_audit *a, const struct capi_json *line);
/* A receipt of capi-send. */
bool capi_evidence_receipt(struct capi_audit *a, const struct capi_json *r,
    int64_t line, const char **why);
/* A line of any stage: an event, hashed or not, or a request. */
bool capi_evidence_payload(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why);
/* A browser event: event_name, event_id, event_time or time. */
bool capi_evidence_browser(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why);

/* The canonical name of an event, whatever a platform or tool calls it:
 * "CompletePayment", "checkout", "PURCHASE" are Purchase. NULL when it is not
 * known; then the name stands for itself. */
const char *capi_event_canonical(struct capi_str name);

/* Its exact spelling is one that some platform takes. */
bool capi_event_exact(struct capi_str name);

#endif
