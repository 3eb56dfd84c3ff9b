/*
 * Request bodies: what stands around the events, which are written one behind
 * the other with commas between.
 */
#ifndef CAPI_BODY_H
#define CAPI_BODY_H

#include "buf.h"
#include "config.h"
#include "platform.h"

/* A kind of request; the only one where the platform has no table of them. */
const struct capi_call *capi_call_of(
    const struct capi_platform *p, unsigned call);

/* Seconds after which it is refused; 0: never. */
int64_t capi_max_age(const struct capi_platform *p, unsigned call);

/* False: the configuration lacks the key *missing. */
bool capi_body_head(struct capi_buf *out, const struct capi_dest *d,
    unsigned call, const char *test_code, const char **missing);
const char *capi_body_tail(const struct capi_platform *p, unsigned call);

#endif
