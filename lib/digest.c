#include "digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "err.h"

struct capi_digest {
	EVP_MD *md;
	EVP_MD_CTX *start; /* initialised, never updated */
	EVP_MD_CTX *work;
};

/* Arithmetic instead of a table: the compiler does 16 digits at a time. */
static inline char
hex_digit(unsigned v)
{
	return (char)(v + '0' + (v > 9) * ('a' - '9' - 1));
}

void
capi_hex(const unsigned char *raw, size_t n, char *hex)
{
	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = hex_digit(raw[i] >> 4);
		hex[2 * i + 1] = hex_digit(raw[i] & 15);
	}
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

/*
 * OpenSSL 3 before 3.5 frees a context's inner state and allocates it anew for
 * each digest, whether the context is copied or initialised again. These two
 * rooms, for the context that is copied and for the copy, are taken instead.
 */
static struct room {
	_Alignas(max_align_t) unsigned char state[sizeof(SHA256_CTX)];
	bool taken;
} rooms[2];

static struct room *
room_of(const void *p)
{
	for (size_t i = 0; i < 2; i++)
		if (p == rooms[i].state)
			return &rooms[i];
	return NULL;
}

static void *
take(size_t n, const char *file, int line)
{
	(void)file, (void)line;
	for (size_t i = 0; i < 2 && n == sizeof(SHA256_CTX); i++) {
		if (!rooms[i].taken) {
			rooms[i].taken = true;
			return rooms[i].state;
		}
	}
	return malloc(n);
}

static void
give(void *p, const char *file, int line)
{
	struct room *room = room_of(p);

	(void)file, (void)line;
	if (room)
		room->taken = false;
	else
		free(p);
}

static void *
take_again(void *p, size_t n, const char *file, int line)
{
	void *larger;

	if (!room_of(p))
		return realloc(p, n);
	larger = malloc(n);
	if (larger) {
		memcpy(
		    larger, p, n < sizeof(SHA256_CTX) ? n : sizeof(SHA256_CTX));
		give(p, file, line);
	}
	return larger;
}

void
capi_digest_settle(void)
{
	CRYPTO_set_mem_functions(take, take_again, give);
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
