/*
 * The orders, as far as an audit needs them. Each is written to a tape when it
 * is read; sums over them are made on the way. Only those that a finding may
 * have to show (left out, not arrived everywhere, or looked at through their
 * payloads) become rows of the database, once all evidence is read.
 */
#ifndef CAPI_AUDIT_TRUTH_H
#define CAPI_AUDIT_TRUTH_H

#include "audit.h"

enum capi_truth_text {
	CAPI_TRUTH_EVENT_ID,
	CAPI_TRUTH_ORDER_ID,
	CAPI_TRUTH_NAME,
	CAPI_TRUTH_VALUE,
	CAPI_TRUTH_CURRENCY,
	CAPI_TRUTH_LEFT_OUT, /* why it does not count; NULL: it counts */
	CAPI_TRUTH_STATUS,
	CAPI_TRUTH_ACTION,
	CAPI_TRUTH_DEVICE,
	CAPI_TRUTH_APP,
	CAPI_TRUTH_COUNTRY,
	CAPI_TRUTH_PAYMENT,
	CAPI_TRUTH_IP,
	CAPI_TRUTH_SPELLINGS, /* bytes */
	CAPI_TRUTH_TEXTS,
};

struct capi_truth {
	int64_t time; /* -1: it could not be read */
	int64_t micros, line, file;
	uint64_t key;
	uint32_t have;
	uint32_t sum; /* number of its struct capi_truth_sum */
	bool denied;
	struct capi_str text[CAPI_TRUTH_TEXTS]; /* p NULL: none */
};

/* Orders of one file, reason, currency and name. */
struct capi_truth_sum {
	struct capi_truth_sum *next;
	uint32_t number;
	int64_t file;
	const char *left_out, *currency, *name; /* or NULL */
	int64_t n, micros, first, last;
};

/* Why an order does not count, beside words of its status. */
#define CAPI_TRUTH_OUTSIDE "outside the window"
#define CAPI_TRUTH_REPEATED "duplicate row"
#define CAPI_TRUTH_REFUSED "refused: " /* and the reason */

/* The next order; its sum is found here. */
void capi_truth_add(struct capi_audit *a, struct capi_truth *t);

/* A reader over all orders in the order of their rows, from 1. */
bool capi_truth_next(struct capi_tape_reader *r, struct capi_truth *t);

/* After all evidence: rows of `orders` and `order_sums`. */
void capi_truth_close(struct capi_audit *a);

/* Orders of that name that count, from <= time < to. */
int64_t capi_truth_between(
    struct capi_audit *a, const char *name, int64_t from, int64_t to);
/* The sum of those in that currency, in millionths. */
int64_t capi_truth_value_between(struct capi_audit *a, const char *name,
    const char *currency, int64_t from, int64_t to);

#endif
