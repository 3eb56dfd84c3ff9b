#include "rule/ip.h"

#include <stdio.h>
#include <string.h>

static int tests, failures;

static void
is(const char *in, enum capi_ip_verdict want, const char *address)
{
	char out[CAPI_IP_MAX];
	enum capi_ip_verdict v = capi_ip_parse(in, strlen(in), out);
	int ok = v == want && !strcmp(out, address);

	failures += !ok;
	printf("%s %d - %s is %s\n", ok ? "ok" : "not ok", ++tests, in,
	    capi_ip_reason(want));
}

static void
judged(const char *in, enum capi_ip_verdict want)
{
	int ok = capi_ip_judge(in, strlen(in)) == want;

	failures += !ok;
	printf("%s %d - '%s' alone is %s\n", ok ? "ok" : "not ok", ++tests, in,
	    capi_ip_reason(want));
}

int
main(void)
{
	is("8.8.8.8", CAPI_IP_OK, "8.8.8.8");
	is("203.0.113.7", CAPI_IP_DOCUMENTATION, "203.0.113.7");
	is("8.8.8.8:443", CAPI_IP_OK, "8.8.8.8");
	is(" 8.8.8.8 ", CAPI_IP_OK, "8.8.8.8");
	is("10.0.0.1, 8.8.4.4, 8.8.8.8", CAPI_IP_OK, "8.8.4.4");
	/* RFC 5952, 4: the one spelling */
	is("2001:DB8:0:0:1:0:0:1", CAPI_IP_DOCUMENTATION, "2001:db8::1:0:0:1");
	is("2001:0db8:0000:0000:0000:0000:0002:0001", CAPI_IP_DOCUMENTATION,
	    "2001:db8::2:1");
	is("[2606:4700:4700::1111]:443", CAPI_IP_OK, "2606:4700:4700::1111");
	is("::ffff:8.8.8.8", CAPI_IP_OK, "8.8.8.8");
	/* RFC 1918, 6598, 3927, 4193, 4291 and their edges */
	is("10.255.255.255", CAPI_IP_PRIVATE, "");
	is("11.0.0.0", CAPI_IP_OK, "11.0.0.0");
	is("172.16.0.1", CAPI_IP_PRIVATE, "");
	is("172.31.255.255", CAPI_IP_PRIVATE, "");
	is("172.32.0.0", CAPI_IP_OK, "172.32.0.0");
	is("192.168.1.1", CAPI_IP_PRIVATE, "");
	is("100.64.0.1", CAPI_IP_PRIVATE, "");
	is("100.128.0.0", CAPI_IP_OK, "100.128.0.0");
	is("169.254.1.1", CAPI_IP_PRIVATE, "");
	is("127.0.0.1", CAPI_IP_LOOPBACK, "");
	is("::1", CAPI_IP_LOOPBACK, "");
	is("::", CAPI_IP_RESERVED, "");
	is("0.0.0.0", CAPI_IP_RESERVED, "");
	is("224.0.0.1", CAPI_IP_RESERVED, "");
	is("255.255.255.255", CAPI_IP_RESERVED, "");
	is("fd00::1", CAPI_IP_PRIVATE, "");
	is("fe80::1", CAPI_IP_PRIVATE, "");
	is("febf::1", CAPI_IP_PRIVATE, "");
	is("ff02::1", CAPI_IP_RESERVED, "");
	is("::ffff:10.0.0.1", CAPI_IP_PRIVATE, "");
	/* not addresses */
	is("1.2.3", CAPI_IP_BAD, "");
	is("1.2.3.256", CAPI_IP_BAD, "");
	is("08.8.8.8", CAPI_IP_BAD, "");
	is("8.8.8.8.8", CAPI_IP_BAD, "");
	is("2001:db8::1::2", CAPI_IP_BAD, "");
	is("localhost", CAPI_IP_BAD, "");
	is("203.0.113.xxx", CAPI_IP_CUT, "");
	is("203.0.113.x", CAPI_IP_CUT, "");
	is("203.0.*.*", CAPI_IP_CUT, "");
	is("example.com", CAPI_IP_BAD, "");
	is("x.example", CAPI_IP_BAD, "");
	is("203.0.113.x7", CAPI_IP_BAD, "");
	is("203.0.113.xxxx", CAPI_IP_BAD, "");
	is("203.0.113.7.x", CAPI_IP_BAD, "");
	is("203.x.113.7", CAPI_IP_CUT, "");
	is("203..113.x", CAPI_IP_BAD, "");
	is("", CAPI_IP_EMPTY, "");
	/* one address and nothing else */
	judged("203.0.113.7", CAPI_IP_DOCUMENTATION);
	judged("2001:db8::1", CAPI_IP_DOCUMENTATION);
	judged("::ffff:10.0.0.1", CAPI_IP_PRIVATE);
	judged("203.0.113.7:443", CAPI_IP_BAD);
	judged("[2001:db8::1]", CAPI_IP_BAD);
	judged("203.0.113.7, 10.0.0.1", CAPI_IP_BAD);
	judged(" 203.0.113.7", CAPI_IP_BAD);
	judged("", CAPI_IP_EMPTY);
	printf("1..%d\n", tests);
	return failures != 0;
}
