/*
 * A shopper's IP address: read strictly, refused when it can not be a
 * shopper's, written in the one canonical spelling (RFC 5952 for version 6).
 * "1.2.3.4, 10.0.0.1" (X-Forwarded-For) means its first public address; a
 * port behind it and brackets go; ::ffff:1.2.3.4 is 1.2.3.4. No octet with a
 * leading zero: half the world reads that as octal.
 */
#ifndef CAPI_IP_H
#define CAPI_IP_H

#include <stddef.h>

#define CAPI_IP_MAX 46

enum capi_ip_verdict {
	CAPI_IP_OK,
	CAPI_IP_DOCUMENTATION, /* RFC 5737, RFC 3849: fine in examples */
	/* from here on refused */
	CAPI_IP_EMPTY,
	CAPI_IP_BAD,
	CAPI_IP_PRIVATE, /* RFC 1918, RFC 6598, RFC 4193, link-local */
	CAPI_IP_LOOPBACK,
	CAPI_IP_RESERVED, /* multicast, unspecified, class E ... */
	CAPI_IP_CUT,      /* anonymised: the last octet is masked */
};

/* out gets a NUL; "" when refused. Pure. */
enum capi_ip_verdict capi_ip_parse(
    const char *s, size_t n, char out[CAPI_IP_MAX]);

/* The same of one address and nothing beside it: no list, port or brackets. */
enum capi_ip_verdict capi_ip_judge(const char *s, size_t n);

const char *capi_ip_reason(enum capi_ip_verdict v);

#endif
