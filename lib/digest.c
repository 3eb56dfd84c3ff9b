#include "digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "err.h"

struct capi_digest {
	EVP_MD *md;
	EVP_MD_CTX *start; /* initialised, never updated */
	EVP_MD_CTX *work;
};

void
capi_hex(const unsigned char *raw, size_t n, char *hex)
{
	static const char digits[] =
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	    "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
	    "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
	    "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

	for (size_t i = 0; i < n; i++)
		memcpy(hex + 2 * i, digits + 2 * raw[i], 2);
}

size_t
capi_base64(const unsigned char *raw, size_t n, char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t to = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned a = raw[i], b = i + 1 < n ? raw[i + 1] : 0,
			 c = i + 2 < n ? raw[i + 2] : 0;

		text[to++] = digits[a >> 2];
		text[to++] = digits[(a & 3) << 4 | b >> 4];
		text[to++] = i + 1 < n ? digits[(b & 15) << 2 | c >> 6] : '=';
		text[to++] = i + 2 < n ? digits[c & 63] : '=';
	}
	return to;
}

struct capi_digest *
capi_digest_new(void)
{
	struct capi_digest *d = capi_alloc(sizeof(*d));

	d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	d->start = EVP_MD_CTX_new();
	d->work = EVP_MD_CTX_new();
	if (!d->md || !d->start || !d->work ||
	    !EVP_DigestInit_ex2(d->start, d->md, NULL)) {
		capi_digest_free(d);
		return NULL;
	}
	return d;
}

void
capi_digest_free(struct capi_digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->work);
	EVP_MD_CTX_free(d->start);
	EVP_MD_free(d->md);
	free(d);
}

void
capi_digest_raw(struct capi_digest *d, const void *p, size_t n,
    unsigned char raw[CAPI_DIGEST_BYTES])
{
	if (!EVP_MD_CTX_copy_ex(d->work, d->start) ||
	    !EVP_DigestUpdate(d->work, p, n) ||
	    !EVP_DigestFinal_ex(d->work, raw, NULL))
		capi_die(CAPI_EXIT_SYSTEM, "SHA-256 failed: out of memory?");
}

void
capi_digest_hex(
    struct capi_digest *d, const void *p, size_t n, char hex[CAPI_DIGEST_HEX])
{
	unsigned char raw[CAPI_DIGEST_BYTES];

	capi_digest_raw(d, p, n, raw);
	capi_hex(raw, sizeof(raw), hex);
}

bool
capi_digest_named(const char *name, const void *p, size_t n, char out[129])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	size_t len;

	if (!EVP_Q_digest(NULL, name, NULL, p, n, raw, &len))
		return false;
	capi_hex(raw, len, out);
	out[2 * len] = '\0';
	return true;
}

void
capi_digest_hmac_hex(const void *key, size_t key_len, const void *p, size_t n,
    char hex[CAPI_DIGEST_HEX])
{
	unsigned char raw[CAPI_DIGEST_BYTES];

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len, p, n,
		raw, sizeof(raw), NULL))
		capi_die(CAPI_EXIT_BUG, "HMAC failed");
	capi_hex(raw, sizeof(raw), hex);
}

size_t
capi_digest_rs256(const char *pem, size_t pem_len, const void *p, size_t n,
    unsigned char *signature, size_t size)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)pem_len);
	/* An empty password: a locked key must not ask at the terminal. */
	EVP_PKEY *key =
	    bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = size;

	if (!key || !ctx || !EVP_PKEY_is_a(key, "RSA") ||
	    EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) !=
		1 ||
	    EVP_DigestSign(ctx, signature, &len, p, n) != 1)
		len = 0;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return len;
}
