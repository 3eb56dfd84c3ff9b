/*
 * capi-hash --check: values and the digests that somebody made of them, to
 * sentences. Nothing here prints; texts go to buffers, and none holds a value.
 */
#ifndef CAPI_DIAGNOSIS_H
#define CAPI_DIAGNOSIS_H

#include <stdint.h>

#include "buf.h"
#include "mistake.h"
#include "platform.h"

/* A form that platforms take, and which of the named ones do. */
struct capi_taken {
	const struct capi_form *form;
	const struct capi_platform *by[16];
	size_t count;
};

/* The forms of an identifier by the platforms (all that take digests when
 * `n` is 0); `taken` has room for CAPI_MISTAKE_FORMS. Returns how many, the
 * one that most platforms take first. */
size_t capi_diagnosis_taken(struct capi_taken *taken, enum capi_identifier id,
    const struct capi_platform *const *platforms, size_t n);

/* The one of that form, or NULL. */
const struct capi_taken *capi_diagnosis_of(
    const struct capi_taken *taken, size_t count, const struct capi_form *form);

/* "meta, pinterest and snapchat" */
void capi_diagnosis_names(struct capi_buf *out, const struct capi_taken *t);

/* "hashed without the country code and with MD5"; nothing known: "". */
void capi_diagnosis_did(struct capi_buf *out, const struct capi_finding *f);

/* What to do about it; region as in "US", or "". */
void capi_diagnosis_cure(
    struct capi_buf *out, const struct capi_finding *f, const char *region);

/* Many rows, summed up. */
struct capi_sum;

struct capi_sum *capi_sum_new(void);
void capi_sum_free(struct capi_sum *s);
void capi_sum_add(struct capi_sum *s, enum capi_identifier id,
    const struct capi_finding *f, const char *region, uint64_t line);
/* One sentence a line: "142 of 150 phones were hashed without the country
 * code: normalise with --region US (line 2, 3, 5 ...)". */
void capi_sum_words(struct capi_buf *out, const struct capi_sum *s);

#endif
