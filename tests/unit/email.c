#include "rule/email.h"

#include <stdio.h>
#include <string.h>

static int tests, failures;

static void
is(const char *in, enum capi_email_verdict want, const char *address)
{
	char out[CAPI_EMAIL_MAX];
	size_t n;
	enum capi_email_verdict v = capi_email_parse(in, strlen(in), out, &n);
	int ok = v == want && n == strlen(address) && !memcmp(out, address, n);

	failures += !ok;
	printf("%s %d - %s\n", ok ? "ok" : "not ok", ++tests, in);
}

int
main(void)
{
	char longest[300];

	/* RFC 5322, 3.4.1 and RFC 5321, 4.5.3.1 */
	is("jo@example.com", CAPI_EMAIL_OK, "jo@example.com");
	is("Jo.Doe+tag@Mail.Example.COM", CAPI_EMAIL_OK,
	    "Jo.Doe+tag@Mail.Example.COM");
	is("!#$%&'*+-/=?^_`{|}~@example.org", CAPI_EMAIL_OK,
	    "!#$%&'*+-/=?^_`{|}~@example.org");
	is("a.@example.com", CAPI_EMAIL_LOCAL, "");
	is(".a@example.com", CAPI_EMAIL_LOCAL, "");
	is("a..b@example.com", CAPI_EMAIL_LOCAL, "");
	is("@example.com", CAPI_EMAIL_LOCAL, "");
	is("jo@-example.com", CAPI_EMAIL_DOMAIN, "");
	is("jo@example", CAPI_EMAIL_DOMAIN, "");
	is("jo@example..com", CAPI_EMAIL_DOMAIN, "");
	is("jo@192.0.2.1", CAPI_EMAIL_DOMAIN, "");
	is("jo@exam_ple.com", CAPI_EMAIL_DOMAIN, "");
	is("jo", CAPI_EMAIL_NO_AT, "");
	is("", CAPI_EMAIL_EMPTY, "");
	is(" \t", CAPI_EMAIL_EMPTY, "");
	is("jo@ex@ample.com", CAPI_EMAIL_TWO_AT, "");
	is("jo doe@example.com", CAPI_EMAIL_SPACE, "");
	/* what exports add */
	is("  jo@example.com\xc2\xa0", CAPI_EMAIL_OK, "jo@example.com");
	is("jo@example.com.", CAPI_EMAIL_OK, "jo@example.com");
	is("Jo Doe <jo@example.com>", CAPI_EMAIL_OK, "jo@example.com");
	is("mailto:jo@example.com?subject=x", CAPI_EMAIL_OK, "jo@example.com");
	is("jo\xe2\x80\x8b@example.com", CAPI_EMAIL_OK, "jo@example.com");
	is("jo@example.com; ann@example.com", CAPI_EMAIL_SEVERAL,
	    "jo@example.com");
	is("jo@example.com,ann@example.com", CAPI_EMAIL_SEVERAL,
	    "jo@example.com");
	/* RFC 6531 */
	is("j\xc3\xb6rg@b\xc3\xbc"
	   "cher.example",
	    CAPI_EMAIL_OK,
	    "j\xc3\xb6rg@b\xc3\xbc"
	    "cher.example");
	is("jo@xn--bcher-kva.example", CAPI_EMAIL_OK,
	    "jo@xn--bcher-kva.example");
	is("j\xef\xbf\xbdrg@example.com", CAPI_EMAIL_DAMAGED, "");
	is("jo@shop.invalid", CAPI_EMAIL_PLACEHOLDER, "");
	is("jo@localhost.test", CAPI_EMAIL_PLACEHOLDER, "");
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 64, "@example.com", 13);
	is(longest, CAPI_EMAIL_OK, longest);
	memset(longest, 'a', 66);
	memcpy(longest + 65, "@example.com", 13);
	is(longest, CAPI_EMAIL_LOCAL, "");
	printf("1..%d\n", tests);
	return failures != 0;
}
