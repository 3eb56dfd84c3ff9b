/*
 * Google's OAuth for programs: a service account signs a statement (JWT,
 * RS256), an authorized user has a refresh token; either is exchanged for an
 * access token of an hour. Pure but for the signature: what is sent is written
 * here, and what comes back is read here; lib/send/ carries it.
 * "Using OAuth 2.0 for Server to Server Applications", read 2026-11-20.
 */
#ifndef CAPI_OAUTH_H
#define CAPI_OAUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "credential.h"
#include "json.h"
#include "retry.h"

/* Reads the file that Google gives out, and writes the form to POST to `uri`
 * (which must be empty). now in unix seconds. NULL, or what is wrong with the
 * file, without its contents. */
const char *capi_oauth_form(struct capi_buf *form, struct capi_buf *uri,
    const struct capi_json *file, const char *scope, int64_t now);

/* Reads the answer. CAPI_IS_TAKEN: token and seconds are set. AUTH and CONFIG:
 * a person has to do something; RETRY: later. why[200] says what it said. */
enum capi_class capi_oauth_answer(long status, const struct capi_json *answer,
    struct capi_secret *token, int64_t *seconds, char why[200]);

#endif
