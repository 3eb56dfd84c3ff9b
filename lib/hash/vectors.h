/*
 * Values with the spelling, and mostly the digest, that a platform's page,
 * its own software or its tests give for them; what capi-hash --selftest
 * proves on the machine at hand.
 */
#ifndef CAPI_VECTORS_H
#define CAPI_VECTORS_H

#include <stdbool.h>

#include "form.h"
#include "rule/when.h"

struct capi_vector {
	const char *platform;
	const char *set; /* of rules; "": the platform's page */
	enum capi_identifier id;
	const char *form;
	const char *input;
	const char *country; /* of the phone or the address; "": not told */
	enum capi_when_order order;
	const char *normalised; /* NULL: must be refused */
	/* SHA-256 in hex or base64; NULL: only the spelling is published. */
	const char *digest;
	const char *source;
};

/* Ended by a row without platform. */
extern const struct capi_vector capi_vectors[];

/* Does the vector hold? *got is what came out instead, in `out`; "" when the
 * value was refused. */
struct capi_digest;
bool capi_vector_holds(
    const struct capi_vector *v, struct capi_digest *d, struct capi_buf *out);

#endif
