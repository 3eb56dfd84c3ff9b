#include "rule/clickid.h"

#include <stdio.h>
#include <string.h>

static int tests, failures;

static void
ok(int good, const char *what)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
}

static void
cleaned(const char *url, const char *site, const char *want)
{
	struct capi_buf out = CAPI_BUF_INIT(1 << 16);
	struct capi_buf again = CAPI_BUF_INIT(1 << 16);
	bool stripped, twice;
	enum capi_url_verdict v =
	    capi_url_clean(&out, url, strlen(url), site, &stripped);
	int good;

	if (!want) {
		ok(v != CAPI_URL_OK && !out.len, url);
		return;
	}
	good = v == CAPI_URL_OK && out.len == strlen(want) &&
	       !memcmp(out.data, want, out.len);
	if (good) {
		capi_url_clean(&again, out.data, out.len, NULL, &twice);
		good = !twice && again.len == out.len &&
		       !memcmp(again.data, out.data, out.len);
	} else {
		printf("# got %.*s\n", (int)out.len, out.data);
	}
	ok(good, url);
	capi_buf_release(&out);
	capi_buf_release(&again);
}

static void
found(const char *url, enum capi_clickid id, const char *want)
{
	struct capi_str ids[CAPI_CLICKIDS];

	memset(ids, 0, sizeof(ids));
	capi_clickid_find(url, strlen(url), ids);
	ok(want ? capi_str_is(ids[id], want) : !ids[id].n, url);
}

static void
fb(bool (*test)(const char *, size_t), const char *s, bool want)
{
	ok(test(s, strlen(s)) == want, s);
}

int
main(void)
{
	struct capi_buf fbc = CAPI_BUF_INIT(1000);

	found("https://x.example/?fbclid=IwAR0_aB-c&y=1", CAPI_CLICKID_FBCLID,
	    "IwAR0_aB-c");
	found("/p?a&FBCLID=AbC%2B+d", CAPI_CLICKID_FBCLID, "AbC%2B+d");
	found("https://x.example/?q=gclid=no&gclid=Yes", CAPI_CLICKID_GCLID,
	    "Yes");
	found("https://x.example/#?gclid=no", CAPI_CLICKID_GCLID, NULL);
	found("https://x.example/?gclid=undefined", CAPI_CLICKID_GCLID, NULL);
	found("https://x.example/?gclid={{gclid}}", CAPI_CLICKID_GCLID, NULL);
	found("https://x.example/?ScCid=a-b-c", CAPI_CLICKID_SCCID, "a-b-c");
	found("https://x.example/?_kx=a.B", CAPI_CLICKID_KX, "a.B");

	cleaned("https://shop.example.com/a?b=1&c=2", NULL,
	    "https://shop.example.com/a?b=1&c=2");
	cleaned("https://shop.example.com/a?email=jo%40x.example&b=1", NULL,
	    "https://shop.example.com/a?b=1");
	cleaned("https://shop.example.com/a?b=1&u=jo@example.com", NULL,
	    "https://shop.example.com/a?b=1");
	cleaned("https://shop.example.com/?checkout%5Bemail%5D=x%2540y", NULL,
	    "https://shop.example.com/");
	cleaned("https://shop.example.com/?checkout[email]=x", NULL,
	    "https://shop.example.com/");
	cleaned("https://shop.example.com/?First-Name=Jo&access_token=x"
		"&utm_source=fb&fbclid=A",
	    NULL, "https://shop.example.com/?utm_source=fb&fbclid=A");
	cleaned("https://shop.example.com/?Vorname=Jo&pr%C3%A9nom=Jo&tel=1234"
		"&customer_mail=x&form%5BNachname%5D=Doe&PLZ=10115&b=1",
	    NULL, "https://shop.example.com/?b=1");
	cleaned("https://shop.example.com/?product_name=Doll&mobile=1&size=M"
		"&campaign_name=a&phone_case=b&q=c",
	    NULL,
	    "https://shop.example.com/?product_name=Doll&mobile=1&size=M"
	    "&campaign_name=a&phone_case=b&q=c");
	cleaned("https://jo:secret@shop.example.com/a", NULL,
	    "https://shop.example.com/a");
	cleaned("https://shop.example.com/a#access_token=1", NULL,
	    "https://shop.example.com/a");
	cleaned("https://shop.example.com/a#top", NULL,
	    "https://shop.example.com/a#top");
	cleaned("https://shop.example.com/7/orders/"
		"0123456789abcdef0123456789abcdef/authenticate?key=1",
	    NULL, "https://shop.example.com/7/orders/");
	cleaned("https://shop.example.com/reset/eyJhbGciOiJIUzI1NiJ9.e30.x",
	    NULL, "https://shop.example.com/reset/");
	cleaned("https://shop.example.com/u/jo@example.com/x", NULL,
	    "https://shop.example.com/u/");
	cleaned("/p?x=1", "https://shop.example.com",
	    "https://shop.example.com/p?x=1");
	cleaned("/p?x=1", NULL, NULL);
	cleaned("shop.example.com/p", NULL, "https://shop.example.com/p");
	cleaned("//shop.example.com/p", NULL, "https://shop.example.com/p");
	cleaned("not a url", NULL, NULL);
	cleaned("javascript:alert(1)", NULL, NULL);
	cleaned("https://shop.example.com/?t=eyJhbGciOiJIUzI1NiJ9.e30.x", NULL,
	    "https://shop.example.com/");

	/* Meta's parameter builder, its unit tests, 2026-05. */
	fb(capi_fbc_is, "fb.1.1775325600000.IwAR0_aB-c", true);
	fb(capi_fbc_is, "fb.1.1775325600000.IwAR0_aB-c.AQQAAQAB", true);
	fb(capi_fbc_is, "fb.2.1775325600000.abc.Bg", true);
	fb(capi_fbc_is, "fb.1.1775325600000.abc.ZZ", false);
	fb(capi_fbc_is, "fb.1.123.abc.invalid", false);
	fb(capi_fbc_is, "fb.1.123.", false);
	fb(capi_fbc_is, "fb.1b.123.x", false);
	fb(capi_fbc_is, "fb.1.123aa.abc", false);
	fb(capi_fbc_is, "fb.000000.123_1.test", false);
	fb(capi_fbc_is, "fb.1.1775325600.IwAR0", false);
	fb(capi_fbc_is, "IwAR0_aB-c", false);
	fb(capi_fbp_is, "fb.1.1775325600000.1098115397", true);
	fb(capi_fbp_is, "fb.1.1775325600000.abc", false);
	ok(!capi_url_is_private(
	       "https://shop.example.com/a?o=1&utm_id=2", 39) &&
		capi_url_is_private("https://shop.example.com/?email=x", 33) &&
		capi_url_is_private(
		    "https://shop.example.com/?Pass-Word=x", 37) &&
		capi_url_is_private(
		    "https://shop.example.com/?x=a%40b.c", 35) &&
		capi_url_is_private("https://a:b@shop.example.com/", 29) &&
		!capi_url_is_private("", 0),
	    "a URL that would lose something is private");
	capi_fbc_build(&fbc, "IwAR0", 5, 1775325600123);
	ok(fbc.len == 24 && !memcmp(fbc.data, "fb.1.1775325600123.IwAR0", 24),
	    "fbc is built of index 1, milliseconds and the click id");
	capi_buf_release(&fbc);
	printf("1..%d\n", tests);
	return failures != 0;
}
