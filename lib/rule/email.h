/*
 * E-mail addresses: what a form, a CRM or an export makes of them, to the
 * address itself. The case is kept: lower-casing is a matter of the form that
 * a platform wants hashed.
 *
 * Repaired: "mailto:", "Name <address>", white space around it, a full stop,
 * comma or semicolon behind it, invisible characters (U+200B..200D, U+FEFF,
 * soft hyphen). Of several addresses in one cell the first is taken. Nothing
 * else is guessed: "gmial.com" stays what it is.
 */
#ifndef CAPI_EMAIL_H
#define CAPI_EMAIL_H

#include <stdbool.h>
#include <stddef.h>

#define CAPI_EMAIL_MAX 254 /* RFC 5321, 4.5.3.1.3, without the brackets */

enum capi_email_verdict {
	CAPI_EMAIL_OK,
	CAPI_EMAIL_SEVERAL, /* the first of them was taken */
	/* from here on refused */
	CAPI_EMAIL_EMPTY,
	CAPI_EMAIL_NO_AT,
	CAPI_EMAIL_TWO_AT,
	CAPI_EMAIL_LOCAL,  /* the part before the @ */
	CAPI_EMAIL_DOMAIN, /* the part behind it */
	CAPI_EMAIL_LONG,
	CAPI_EMAIL_SPACE,
	CAPI_EMAIL_DAMAGED, /* U+FFFD, control characters */
	CAPI_EMAIL_PLACEHOLDER,
};

/* s is UTF-8. out gets no NUL; *outlen is 0 when refused. Domains in letters
 * of any script pass as they are (RFC 6531). Pure. */
enum capi_email_verdict capi_email_parse(
    const char *s, size_t n, char out[CAPI_EMAIL_MAX], size_t *outlen);

const char *capi_email_reason(enum capi_email_verdict v);

#endif
