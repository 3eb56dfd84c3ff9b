/*
 * Placeholders: values that were never anybody's data, plain and hashed, and
 * digests that are none of ours by their shape.
 */
#ifndef CAPI_PLACEHOLDER_H
#define CAPI_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "digest.h"
#include "form.h"
#include "text.h"

/*
 * The placeholder that this value is ("undefined", "{{...}}"), static; NULL
 * if it looks like a value. `s` is trimmed. Some words are people or places
 * too: "Nan" is a first name, NA is Namibia; they pass where they may be.
 */
const char *capi_placeholder(enum capi_identifier id, struct capi_str s);

/* The digests of the usual placeholders, for refusing them by name. */
struct capi_placeholders;

struct capi_placeholders *capi_placeholders_new(struct capi_digest *d);
void capi_placeholders_free(struct capi_placeholders *p);

/* What the SHA-256 (64 hex digits, either case) is of: "null", "an empty
 * string"; NULL: none of them. */
const char *capi_placeholders_find(
    const struct capi_placeholders *p, const char hex[CAPI_DIGEST_HEX]);

/* "an MD5", "a SHA-1", "a SHA-256 in base64", "a SHA-512" by the shape of the
 * text; NULL: no such shape. SHA-256 in hex is not one of them. */
const char *capi_wrong_digest(struct capi_str s);

#endif
