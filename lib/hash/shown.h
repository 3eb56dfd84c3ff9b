/*
 * One value in each form that platforms take: what capi-hash -f prints, as a
 * table or as JSON.
 */
#ifndef CAPI_SHOWN_H
#define CAPI_SHOWN_H

#include "buf.h"
#include "canon.h"
#include "diagnosis.h"
#include "digest.h"

struct capi_shown_line {
	const char *why; /* the value has no such form; else NULL */
	char text[256];  /* normalised, cut if longer */
	size_t len;
	char hex[CAPI_DIGEST_HEX];
};

struct capi_shown {
	enum capi_identifier id;
	const char *placeholder; /* the value is this one; or NULL */
	struct capi_taken taken[CAPI_MISTAKE_FORMS];
	struct capi_shown_line lines[CAPI_MISTAKE_FORMS];
	size_t count;
	bool any; /* form could be made */
};

/* `platforms` as in capi_diagnosis_taken(). */
void capi_shown_make(struct capi_shown *s, struct capi_digest *d,
    enum capi_identifier id, const struct capi_platform *const *platforms,
    size_t n, struct capi_str value, const struct capi_canon *how);

void capi_shown_table(struct capi_buf *out, const struct capi_shown *s);
void capi_shown_json(struct capi_buf *out, const struct capi_shown *s);

#endif
