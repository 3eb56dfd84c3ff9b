/*
 * Digests, over OpenSSL's EVP interface: the only file that includes OpenSSL.
 * The algorithm is fetched once and an initialised context is copied for each
 * digest: four times as fast as SHA256() of OpenSSL 3, whose one-shot call
 * looks the algorithm up every time.
 */
#ifndef CAPI_DIGEST_H
#define CAPI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define CAPI_DIGEST_HEX 64 /* characters of a SHA-256 in hex, without a NUL */
#define CAPI_DIGEST_BYTES 32

struct capi_digest;

/* From now on a digest allocates nothing; for a program with one thread,
 * before OpenSSL is used (later it has no effect). */
void capi_digest_settle(void);

/* NULL when the library has no SHA-256 to give. */
struct capi_digest *capi_digest_new(void);
void capi_digest_free(struct capi_digest *d);

/* 64 lower-case hex characters, no NUL. */
void capi_digest_hex(
    struct capi_digest *d, const void *p, size_t n, char hex[CAPI_DIGEST_HEX]);
void capi_digest_raw(struct capi_digest *d, const void *p, size_t n,
    unsigned char raw[CAPI_DIGEST_BYTES]);

/* Any digest by OpenSSL's name ("MD5", "SHA1"), in lower-case hex with a NUL
 * in out[129]; for recognising what others did wrong, never for sending. */
bool capi_digest_named(
    const char *name, const void *p, size_t n, char out[129]);

/* Lower-case hex of HMAC-SHA256 (Meta's appsecret_proof). */
void capi_digest_hmac_hex(const void *key, size_t key_len, const void *p,
    size_t n, char hex[CAPI_DIGEST_HEX]);

/* RSASSA-PKCS1-v1_5 over SHA-256 (RS256 of RFC 7518) with a private key in
 * PEM. The length of the signature; 0: the key can not be used, or is larger
 * than `size`. */
size_t capi_digest_rs256(const char *pem, size_t pem_len, const void *p,
    size_t n, unsigned char *signature, size_t size);

/* Base64 with the standard alphabet and padding, without a NUL; `text` has
 * room for (n + 2) / 3 * 4 characters. Returns how many there are. */
size_t capi_base64(const unsigned char *raw, size_t n, char *text);

void capi_hex(const unsigned char *raw, size_t n, char *hex);

#endif
