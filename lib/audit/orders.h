/*
 * Orders in a shop's own export, read by the reader that capi-normalize has
 * (reader.h), with every status let through: so the audit sees each order
 * exactly as the sender did, and what does not count is counted by reason.
 */
#ifndef CAPI_AUDIT_ORDERS_H
#define CAPI_AUDIT_ORDERS_H

#include "normalize/reader.h"
#include "audit.h"

/* The built-in preset whose columns the CSV has, or NULL; told by its first
 * line, which stays where it is. */
const char *capi_orders_detect(struct capi_lines *lines);

struct capi_orders {
	struct capi_audit *audit;
	/* The caller's; `keep` and `repeats` are set here. */
	struct capi_reader_options options;
	/* What was read. */
	int64_t rows; /* lines of CSV, else records */
	bool stripe;
	/* What there was to say about the whole file, in lines. */
	struct capi_buf said;
};

/* A whole file. Not CAPI_EXIT_OK: said tells why; CAPI_EXIT_USAGE: an option
 * is wrong. */
enum capi_exit capi_orders_read(
    struct capi_orders *o, struct capi_lines *lines, const char *file);

#endif
