/*
 * One value as a person types it, to the spelling that the forms take: phone
 * E.164, country alpha-2, state by ISO 3166-2, date ISO 8601, text trimmed. For
 * values that come one by one, without the file around them from which
 * capi-normalize knows more.
 */
#ifndef CAPI_CANON_H
#define CAPI_CANON_H

#include <stdint.h>

#include "buf.h"
#include "form.h"
#include "rule/when.h"

struct capi_canon {
	const char *region;  /* where national phones were written; or "" */
	const char *country; /* of states and postal codes; or "" */
	enum capi_when_order order; /* of day and month in birth dates */
	int64_t now;
};

/* Appends the value. NULL, or why not (static, without the value). */
const char *capi_canon(struct capi_buf *out, enum capi_identifier id,
    struct capi_str value, const struct capi_canon *c);

/* The same as capi-normalize leaves it, which tidies text further than any
 * platform's page asks: it cuts titles off names and collapses blanks. */
const char *capi_canon_normal(struct capi_buf *out, enum capi_identifier id,
    struct capi_str value, const struct capi_canon *c);

#endif
