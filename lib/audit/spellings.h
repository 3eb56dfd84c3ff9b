/*
 * The ways in which an order's e-mail and phone may have been hashed.
 */
#ifndef CAPI_AUDIT_SPELLINGS_H
#define CAPI_AUDIT_SPELLINGS_H

#include "digest.h"
#include "text.h"

/* How many, and where the ones of the phone begin. */
#define CAPI_SPELL_PHONE 9
#define CAPI_SPELLINGS 21

struct capi_spelling {
	const char
	    *form; /* as platforms' tables name it; NULL: right nowhere */
	const char *words;
};

extern const struct capi_spelling capi_spellings[CAPI_SPELLINGS];

/* The first 8 bytes of the digest of each, zeros where there is nothing; the
 * values themselves are not kept. */
struct capi_str capi_spell(struct capi_digest *d, struct capi_str email,
    struct capi_str phone, unsigned char digests[CAPI_SPELLINGS * 8]);

#endif
