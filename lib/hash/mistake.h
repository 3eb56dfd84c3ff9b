/*
 * Why a digest matches nobody: the ways in which people spell, encode and
 * hash a value wrong, as a table, and the search for the one or two of them
 * that make the digest at hand.
 */
#ifndef CAPI_MISTAKE_H
#define CAPI_MISTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "canon.h"
#include "form.h"
#include "text.h"

struct capi_mistake {
	const char *name; /* stable, for scripts: "no-country-code" */
	const char *did;  /* behind "hashed": "without the country code" */
	const char *cure; /* what to do about it */
	unsigned ids;     /* of which identifiers: bits by enum */
};

#define CAPI_MISTAKE_FORMS 8
#define CAPI_MISTAKE_MOST 4

/* What is known about one value and its digest. */
struct capi_finding {
	/* The forms asked for that the digest is right for. */
	const struct capi_form *right[CAPI_MISTAKE_FORMS];
	size_t rights;
	/* When it is right for none: what was done wrong, on the way to which
	 * form; nothing when no mistake that we know makes this digest. */
	const struct capi_form *form;
	const struct capi_mistake *made[CAPI_MISTAKE_MOST];
	size_t count;
	const char *placeholder; /* the digest is this one's */
	const char *why;         /* the value itself can not be normalised */
};

struct capi_checker;

struct capi_checker *capi_checker_new(void);
void capi_checker_free(struct capi_checker *c);

/*
 * `forms`: those that count as right, at most CAPI_MISTAKE_FORMS. `value` is
 * what was hashed, exactly as it stood in the source. `digest` as it was
 * found, in whatever notation.
 */
void capi_checker_look(struct capi_checker *c, enum capi_identifier id,
    const struct capi_form *const *forms, size_t count, struct capi_str value,
    const struct capi_canon *how, struct capi_str digest,
    struct capi_finding *finding);

#endif
