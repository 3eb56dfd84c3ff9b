/*
 * Every order that counts, at every destination, in exactly one class.
 */
#ifndef CAPI_AUDIT_LEDGER_H
#define CAPI_AUDIT_LEDGER_H

#include "audit.h"

/* By what orders are told apart. */
enum capi_slice {
	CAPI_SLICE_DEVICE,
	CAPI_SLICE_APP,
	CAPI_SLICE_PAYMENT,
	CAPI_SLICE_COUNTRY,
	CAPI_SLICE_CURRENCY,
	CAPI_SLICE_SOURCE,
	CAPI_SLICE_HOUR, /* of the day, UTC */
	CAPI_SLICE_DAY,  /* of the ad account */
	CAPI_SLICE_AGE,  /* in capi_ledger_ages */
	CAPI_SLICES,
};

/* Orders with one value of one slice. */
struct capi_tally {
	enum capi_slice slice;
	const char *value; /* in words */
	int64_t number;    /* of hour, day or age */
	int64_t orders;
	int64_t (*classes)[CAPI_LEDGER_CLASSES]; /* by destination */
	uint64_t key;
	struct capi_tally *chain;
};

#define CAPI_TALLY_SLOTS 4096

struct capi_ledger {
	int64_t classes[CAPI_INDEX_DESTS][CAPI_LEDGER_CLASSES];
	int64_t repeated[CAPI_INDEX_DESTS]; /* events delivered twice */
	/* Sorted by slice and value. */
	struct capi_tally **tallies;
	size_t count;
	struct capi_tally *slots[CAPI_TALLY_SLOTS]; /* while it is made */
};

/* Makes a->ledger, in the arena, and fills the tables `ledger` (the orders
 * that were not delivered) and `finals` (events that were delivered twice or
 * without an order that counts). */
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
