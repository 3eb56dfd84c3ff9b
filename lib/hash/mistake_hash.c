#include "mistake_priv.h"

#include <string.h>

/* Digests. */

size_t
capi_mistake_unhex(const char *hex, size_t n, unsigned char raw[MAX_DIGEST])
{
	for (size_t i = 0; i < n / 2; i++) {
		int v = 0;

		for (size_t k = 0; k < 2; k++) {
			char c = capi_lower(hex[2 * i + k]);

			if (capi_is_digit(c))
				v = v * 16 + (c - '0');
			else if (c >= 'a' && c <= 'f')
				v = v * 16 + (c - 'a' + 10);
			else
				return 0;
		}
		raw[i] = (unsigned char)v;
	}
	return n / 2;
}

static size_t
hash_named(const char *name, struct capi_str in, unsigned variant,
    unsigned char raw[MAX_DIGEST])
{
	char hex[129];

	if (variant || !capi_digest_named(name, in.p, in.n, hex))
		return 0;
	return capi_mistake_unhex(hex, strlen(hex), raw);
}

#define HASHER(function, name)                                                 \
	size_t capi_mistake_hash_##function(struct capi_digest *d,             \
	    struct capi_str in, unsigned variant,                              \
	    unsigned char raw[MAX_DIGEST])                                     \
	{                                                                      \
		(void)d;                                                       \
		return hash_named(name, in, variant, raw);                     \
	}

HASHER(md5, "MD5")
HASHER(sha1, "SHA1")
HASHER(sha224, "SHA224")
HASHER(sha384, "SHA384")
HASHER(sha512, "SHA512")
HASHER(sha3, "SHA3-256")

static void
upper_hex(char *hex, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hex[i] = capi_upper(hex[i]);
}

/* 0: two times, 1: three times. */
size_t
capi_mistake_hash_double(struct capi_digest *d, struct capi_str in,
    unsigned variant, unsigned char raw[MAX_DIGEST])
{
	char hex[CAPI_DIGEST_HEX];

	if (variant > 1)
		return 0;
	capi_digest_hex(d, in.p, in.n, hex);
	if (variant)
		capi_digest_hex(d, hex, sizeof(hex), hex);
	capi_digest_raw(d, hex, sizeof(hex), raw);
	return CAPI_DIGEST_BYTES;
}

size_t
capi_mistake_hash_double_upper(struct capi_digest *d, struct capi_str in,
    unsigned variant, unsigned char raw[MAX_DIGEST])
{
	char hex[CAPI_DIGEST_HEX];

	if (variant)
		return 0;
	capi_digest_hex(d, in.p, in.n, hex);
	upper_hex(hex, sizeof(hex));
	capi_digest_raw(d, hex, sizeof(hex), raw);
	return CAPI_DIGEST_BYTES;
}

/* 0: of the bytes, 1: of their base64. */
size_t
capi_mistake_hash_double_raw(struct capi_digest *d, struct capi_str in,
    unsigned variant, unsigned char raw[MAX_DIGEST])
{
	unsigned char once[CAPI_DIGEST_BYTES];
	char text[48];

	if (variant > 1)
		return 0;
	capi_digest_raw(d, in.p, in.n, once);
	if (variant)
		capi_digest_raw(
		    d, text, capi_base64(once, sizeof(once), text), raw);
	else
		capi_digest_raw(d, once, sizeof(once), raw);
	return CAPI_DIGEST_BYTES;
}

/* 0, 1: of an MD5 in hex; 2, 3: of a SHA-1; odd: in upper case. */
size_t
capi_mistake_hash_of_other(struct capi_digest *d, struct capi_str in,
    unsigned variant, unsigned char raw[MAX_DIGEST])
{
	char hex[129];

	if (variant > 3 ||
	    !capi_digest_named(variant < 2 ? "MD5" : "SHA1", in.p, in.n, hex))
		return 0;
	if (variant % 2)
		upper_hex(hex, strlen(hex));
	capi_digest_raw(d, hex, strlen(hex), raw);
	return CAPI_DIGEST_BYTES;
}
