/* lib/digest.c. Vectors: FIPS 180-4's examples, RFC 4231 case 2, RFC 1321,
 * and Meta's "Secure Graph API Calls" SDK test for appsecret_proof. */
#include "digest.h"

#include <string.h>

#include "tap.h"

static bool
is(struct capi_digest *d, const char *text, const char *hex)
{
	char got[CAPI_DIGEST_HEX];

	capi_digest_hex(d, text, strlen(text), got);
	return !memcmp(got, hex, CAPI_DIGEST_HEX);
}

int
main(void)
{
	struct capi_digest *d, *other;
	char hex[129];

	capi_digest_settle();
	d = capi_digest_new();
	other = capi_digest_new();

	ok(is(d, "abc",
	       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
	       "ad"),
	    "SHA-256 of abc");
	ok(is(d, "",
	       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
	       "55"),
	    "SHA-256 of nothing, with the same context");
	ok(is(d, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06"
	       "c1"),
	    "SHA-256 of two blocks");
	ok(is(other, "abc",
	       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
	       "ad"),
	    "SHA-256 of another context, for which there is no room");
	ok(capi_digest_named("MD5", "abc", 3, hex) &&
		!strcmp(hex, "900150983cd24fb0d6963f7d28e17f72"),
	    "MD5 of abc");
	ok(!capi_digest_named("no such digest", "abc", 3, hex),
	    "a digest that does not exist");
	capi_digest_hmac_hex(
	    "Jefe", 4, "what do ya want for nothing?", 28, hex);
	ok(!memcmp(hex,
	       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384"
	       "3",
	       64),
	    "HMAC-SHA256 of RFC 4231, case 2");
	capi_digest_hmac_hex("appsecret1", 10, "accesstoken0", 12, hex);
	ok(!memcmp(hex,
	       "f4fb3b41a416d7da68b7cb62f9a87aafd90911be3dc2896332a206dd96af0e3"
	       "2",
	       64),
	    "Meta's appsecret_proof");
	capi_digest_free(other);
	capi_digest_free(d);
	return tap_done();
}
