/*
 * Records one after the other, written once and read from the start as often
 * as one likes. They stay in memory up to a bound; what is more goes to an
 * unlinked file in the directory for temporary ones (TMPDIR).
 */
#ifndef CAPI_AUDIT_TAPE_H
#define CAPI_AUDIT_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct capi_tape {
	struct capi_buf tail; /* what is not in the file */
	size_t most;          /* bytes of tail before it goes to the file */
	int fd;               /* -1: none yet */
	int64_t filed;        /* bytes in the file */
};

void capi_tape_init(struct capi_tape *t, size_t most);
void capi_tape_add(struct capi_tape *t, const void *p, size_t n);
void capi_tape_release(struct capi_tape *t);

struct capi_tape_reader {
	const struct capi_tape *tape;
	struct capi_buf chunk; /* of the file */
	int64_t at;            /* in the file, behind the chunk */
	size_t pos;            /* in the chunk, then in the tail */
	bool in_tail;
};

/* Between these two the tape is not added to. The second may come early. */
void capi_tape_start(struct capi_tape_reader *r, const struct capi_tape *t);
void capi_tape_stop(struct capi_tape_reader *r);

/* The next record, unaligned; it lives until the next call. False, and
 * stopped, at the end. */
bool capi_tape_next(struct capi_tape_reader *r, const char **p, size_t *n);

#endif
