/*
 * A value and a digest that somebody made of it: right for which platforms,
 * or wrong, why and what to do; what capi-hash --check prints. Nothing that is
 * written holds the value.
 */
#ifndef CAPI_VERDICT_H
#define CAPI_VERDICT_H

#include "diagnosis.h"

struct capi_verdict {
	enum capi_identifier id;
	struct capi_taken taken[CAPI_MISTAKE_FORMS];
	size_t count;
	const char *region; /* of --region or the row */
	/* For the forms that the digest is not right for, unless `good`. */
	struct capi_finding finding;
	/* Right for all that were named and take it; for any, when none was. */
	bool good;
	/* What it is right for, when that is not all that it should be. */
	struct capi_finding partly;
	/* By form, of those that it is not right for while it is for others:
	 * why not. */
	struct capi_finding why_not[CAPI_MISTAKE_FORMS];
	bool explained; /* why_not is there */
};

/* `platforms` as in capi_diagnosis_taken(); `how` lives as long as *v. */
void capi_verdict_find(struct capi_verdict *v, struct capi_checker *checker,
    enum capi_identifier id, const struct capi_platform *const *platforms,
    size_t n, struct capi_str value, struct capi_str digest,
    const struct capi_canon *how);

/* Finds why_not, with the same arguments: a search for each form, so not for
 * files of millions of rows. */
void capi_verdict_explain(struct capi_verdict *v, struct capi_checker *checker,
    struct capi_str value, struct capi_str digest,
    const struct capi_canon *how);

void capi_verdict_words(struct capi_buf *out, const struct capi_verdict *v);
/* An object and a newline; `line` 0: not of a file. */
void capi_verdict_json(
    struct capi_buf *out, const struct capi_verdict *v, uint64_t line);

#endif
