/*
 * A bounded memory of what has passed: 8-byte hashes in an open-addressing
 * table that doubles up to its largest size and then takes nothing more. Two
 * different texts with one hash are as likely as 1 in 4 million for 3 million
 * texts.
 */
#ifndef CAPI_SEEN_H
#define CAPI_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define CAPI_SEEN_BYTES ((size_t)32 << 20)

struct capi_seen {
	uint64_t *slot; /* 0: free */
	size_t size, used;
	size_t most; /* slots; the caller's, 0: CAPI_SEEN_BYTES full */
};

enum capi_seen_result { CAPI_SEEN_NEW, CAPI_SEEN_BEFORE, CAPI_SEEN_FULL };

/* A zeroed struct is empty. The pair (a, b) is remembered. */
enum capi_seen_result capi_seen_add(
    struct capi_seen *s, struct capi_str a, struct capi_str b);
/* The hash that is remembered; never 0. For tables of one's own. */
uint64_t capi_seen_hash(struct capi_str a, struct capi_str b);
void capi_seen_release(struct capi_seen *s);

/*
 * The same for streams without end, in memory that does not grow: of the last
 * CAPI_RECENT pairs each is remembered, and up to as many before them. Those
 * are forgotten at once when the table of the later ones is full.
 */
#define CAPI_RECENT 300000

struct capi_recent {
	struct capi_seen now, before;
};

/* A zeroed struct is empty. CAPI_SEEN_FULL: new, and something is forgotten
 * from here on. */
enum capi_seen_result capi_recent_add(
    struct capi_recent *r, struct capi_str a, struct capi_str b);
/* Without adding it. */
bool capi_recent_has(
    const struct capi_recent *r, struct capi_str a, struct capi_str b);
void capi_recent_release(struct capi_recent *r);

#endif
