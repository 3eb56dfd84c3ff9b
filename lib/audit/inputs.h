/*
 * The files of an audit, read in the order of their roles: each option that
 * names one gives a kind of evidence, and here is how its bytes are read. What
 * is wrong with a file is said, and raises the filter's status.
 */
#ifndef CAPI_AUDIT_INPUTS_H
#define CAPI_AUDIT_INPUTS_H

#include "filter.h"
#include "normalize/reader.h"
#include "audit.h"

struct capi_inputs {
	/* The caller's. */
	struct capi_filter *filter; /* its state and record are set here */
	struct capi_audit *audit;
	struct capi_opt_list files[CAPI_ROLES];
	struct capi_opt_list report_tz;    /* ZONE or NAME=ZONE */
	struct capi_reader_options reader; /* map NULL: found out */

	/* Private, of the file at hand. */
	enum capi_audit_role role;
	struct capi_audit_row *row; /* of the results */
	struct capi_audit_report *report;
	const char *columns;   /* of a plain report */
	int64_t rows, refused; /* of NDJSON */
};

/* Ends the program when the options are no audit. */
void capi_inputs_check(struct capi_inputs *in);

/* Is the file of this path one of them? */
bool capi_inputs_include(const struct capi_inputs *in, const char *path);

void capi_inputs_read(struct capi_inputs *in);

#endif
