/*
 * What a URL tells and what it must not: click ids are read out of its query,
 * case kept and verbatim (no decoding: Meta compares bytes; platform page
 * "fbp and fbc parameters", 2026-09), then personal data and tokens are taken
 * out of it. And Meta's fbc made of a click id and the time of the click.
 */
#ifndef CAPI_CLICKID_H
#define CAPI_CLICKID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "text.h"

enum capi_clickid {
	CAPI_CLICKID_FBCLID,
	CAPI_CLICKID_TTCLID,
	CAPI_CLICKID_GCLID,
	CAPI_CLICKID_GBRAID,
	CAPI_CLICKID_WBRAID,
	CAPI_CLICKID_EPIK,
	CAPI_CLICKID_SCCID,
	CAPI_CLICKID_MSCLKID,
	CAPI_CLICKID_TWCLID,
	CAPI_CLICKID_RDT_CID,
	CAPI_CLICKID_LI_FAT_ID,
	CAPI_CLICKID_KX,
	CAPI_CLICKIDS,
};

/* Fills what the URL (or path with query) has; leaves the rest as it is. The
 * spans point into the URL. Names of parameters are compared without case. */
void capi_clickid_find(
    const char *url, size_t n, struct capi_str ids[CAPI_CLICKIDS]);

/* Can this be a click id? No white space, control or non-ASCII bytes, at most
 * 1024 of them, not a left-over like "undefined" or "{{gclid}}". */
bool capi_clickid_is(const char *s, size_t n);

enum capi_url_verdict {
	CAPI_URL_OK,
	CAPI_URL_RELATIVE, /* a path: needs the shop's domain before it */
	CAPI_URL_BAD,
};

/*
 * Appends the URL without what names a person or opens a door: user and
 * password, parameters named like e-mail, phone, name, address, token, key,
 * password, session ... or whose value looks like an e-mail address, a path
 * from a segment on that holds an e-mail address or is 24 or more hex digits
 * (an order's secret), a fragment with "=" or "@" in it. What is left is byte
 * for byte as it was. `site` ("https://shop.example.com") is put before a
 * path and may be NULL. A bare "shop.example.com/x" gets https:// before it.
 * *stripped tells whether anything went.
 */
enum capi_url_verdict capi_url_clean(struct capi_buf *out, const char *url,
    size_t n, const char *site, bool *stripped);

/* Is a parameter, "name=value", one that would go by its name? */
bool capi_url_has_private_name(const char *parameter, size_t n);

/* Would it lose anything? */
bool capi_url_is_private(const char *url, size_t n);

/*
 * Meta's fbc and fbp: fb.INDEX.MILLISECONDS.ID, perhaps with an appendix of
 * the parameter builder, which is kept.
 */
bool capi_fbc_is(const char *s, size_t n);
bool capi_fbp_is(const char *s, size_t n);

/* Appends fb.1.<ms>.<fbclid>; the index is 1 where there was no cookie. */
void capi_fbc_build(
    struct capi_buf *out, const char *fbclid, size_t n, int64_t click_ms);

#endif
