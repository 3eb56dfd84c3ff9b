/*
 * What an answer means for the events of a request, and how long to wait
 * before the next attempt. Pure: no I/O, no clock, no random source of its
 * own; the caller passes them in. So every rule here can be tested as a table.
 */
#ifndef CAPI_RETRY_H
#define CAPI_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum capi_class {
	CAPI_IS_TAKEN, /* the platform has it */
	CAPI_IS_RETRY, /* not taken, the fault is the server's: again later */
	CAPI_IS_THROTTLE,  /* not taken, too fast: the destination pauses */
	CAPI_IS_UNREACHED, /* surely not taken: the request never was complete
			    */
	CAPI_IS_UNKNOWN,   /* sent, and nobody knows what became of it */
	CAPI_IS_REFUSED,   /* not taken, and the events themselves are why */
	CAPI_IS_SPLIT,     /* not taken, the request was too large */
	CAPI_IS_AUTH,   /* not taken: our credentials; the destination stops */
	CAPI_IS_CONFIG, /* not taken: account, path, redirect, certificate */
};

/* "taken", "retry" ... for logs and metrics. */
const char *capi_class_name(enum capi_class c);

/* What an HTTP status means where the platform's own words are missing;
 * `spoke` is true when the body was JSON, so that it was the platform and no
 * box on the way that answered. */
enum capi_class capi_retry_status(long status, bool spoke);

/*
 * Milliseconds until attempt n+1, after n >= 1 failed attempts in a row.
 * Full jitter for faults of the server, base 2 s, cap 15 min:
 * random(0, min(cap, base * 2^(n-1))). For throttling equal jitter, because
 * full jitter falls to near zero and burns every attempt inside a limit that
 * counts by the minute (aws-sdk-net issue 4341). random is uniform over 64
 * bits.
 */
int64_t capi_retry_backoff(enum capi_class c, unsigned n, int64_t base_ms,
    int64_t cap_ms, uint64_t random);

/* The same for a wait that the server asked for: never below it, up to a
 * tenth above, at most CAPI_RETRY_AFTER_MAX. */
int64_t capi_retry_asked(int64_t asked_ms, uint64_t random);

#define CAPI_RETRY_AFTER_MAX ((int64_t)24 * 3600 * 1000)

/*
 * The value of a Retry-After header in milliseconds, clamped to
 * 0..CAPI_RETRY_AFTER_MAX; -1 when it is neither a number of seconds nor an
 * IMF-fixdate. A date counts from `date`, the answer's own Date in unix
 * seconds, so that a wrong clock on our side does no harm; -1: from `now`.
 * (libcurl's CURLINFO_RETRY_AFTER is not used: in 7.88 it may be negative or
 * without bound.)
 */
int64_t capi_retry_after(struct capi_str value, int64_t date, int64_t now);

/* RFC 9110 5.6.7 IMF-fixdate to unix seconds; -1 when it is none. */
int64_t capi_retry_date(struct capi_str value);

/* May the events be tried again, or is it enough? Both the attempts and the
 * age must be over their limits before an event is given up. */
bool capi_retry_exhausted(unsigned attempts, int64_t age_ms,
    unsigned max_attempts, int64_t max_age_ms);

#endif
