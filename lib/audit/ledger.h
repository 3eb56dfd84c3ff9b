/*
 * Every order that counts, at every destination, in exactly one class.
 */
#ifndef CAPI_AUDIT_LEDGER_H
#define CAPI_AUDIT_LEDGER_H

#include "audit.h"

/* Fills the tables `finals` (what became of each event at each destination)
 * and `ledger` (what became of each order that counts). */
void capi_ledger_make(struct capi_audit *a);

/* What can still be done about an order that never arrived, by its age in
 * seconds. */
const char *capi_ledger_repair(int64_t age);

/* Buckets of age, oldest last; ends with a NULL name. */
struct capi_ledger_age {
	int64_t under; /* seconds */
	const char *name;
	const char *repair;
};

extern const struct capi_ledger_age capi_ledger_ages[];

#endif
