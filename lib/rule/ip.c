#include "ip.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

/* IANA's special-purpose registries, read 2026-09. */
static const struct {
	uint32_t net;
	unsigned bits;
	enum capi_ip_verdict verdict;
} special4[] = {
    {0x00000000, 8, CAPI_IP_RESERVED},
    {0x0a000000, 8, CAPI_IP_PRIVATE},
    {0x64400000, 10, CAPI_IP_PRIVATE}, /* carriers' NAT */
    {0x7f000000, 8, CAPI_IP_LOOPBACK},
    {0xa9fe0000, 16, CAPI_IP_PRIVATE}, /* link-local */
    {0xac100000, 12, CAPI_IP_PRIVATE},
    {0xc0000000, 24, CAPI_IP_RESERVED},
    {0xc0000200, 24, CAPI_IP_DOCUMENTATION},
    {0xc0586300, 24, CAPI_IP_RESERVED}, /* 6to4 relays */
    {0xc0a80000, 16, CAPI_IP_PRIVATE},
    {0xc6120000, 15, CAPI_IP_RESERVED}, /* benchmarks */
    {0xc6336400, 24, CAPI_IP_DOCUMENTATION},
    {0xcb007100, 24, CAPI_IP_DOCUMENTATION},
    {0xe0000000, 4, CAPI_IP_RESERVED}, /* multicast */
    {0xf0000000, 4, CAPI_IP_RESERVED},
};

static const struct {
	uint8_t net[16];
	unsigned bits;
	enum capi_ip_verdict verdict;
} special6[] = {
    {{0x20, 0x01, 0x0d, 0xb8}, 32, CAPI_IP_DOCUMENTATION},
    {{0x3f, 0xff}, 20, CAPI_IP_DOCUMENTATION},
    {{0x20, 0x01, 0x00, 0x02}, 48, CAPI_IP_RESERVED}, /* benchmarks */
    {{0x01}, 64, CAPI_IP_RESERVED},                   /* discard */
    {{0xfc}, 7, CAPI_IP_PRIVATE},
    {{0xfe, 0x80}, 10, CAPI_IP_PRIVATE},
    {{0xff}, 8, CAPI_IP_RESERVED},
};

static enum capi_ip_verdict
judge4(uint32_t a)
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
		if ((a ^ special4[i].net) >> (32 - special4[i].bits) == 0)
			return special4[i].verdict;
	return CAPI_IP_OK;
}

static bool
in_net(const uint8_t *a, const uint8_t *net, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	return !memcmp(a, net, bytes) &&
	       (!rest || (a[bytes] ^ net[bytes]) >> (8 - rest) == 0);
}

static enum capi_ip_verdict
judge6(const uint8_t a[16])
{
	static const uint8_t zero[16];

	if (!memcmp(a, zero, 15) && a[15] < 2)
		return a[15] ? CAPI_IP_LOOPBACK : CAPI_IP_RESERVED;
	for (size_t i = 0; i < sizeof(special6) / sizeof(special6[0]); i++)
		if (in_net(a, special6[i].net, special6[i].bits))
			return special6[i].verdict;
	return CAPI_IP_OK;
}

struct address {
	char text[64];
	struct in_addr four;
	uint8_t six[16];
	bool is_six;
};

/* "203.0.113.xxx", "203.0.*.*": four parts, some of them of nothing but the
 * marks that somebody put there. */
static bool
is_cut(const char *s)
{
	bool marked = false;

	for (int part = 0; part < 4; part++, s++) {
		size_t digits = strspn(s, "0123456789");
		size_t marks = digits ? 0 : strspn(s, "xX*");

		if (!digits == !marks || digits + marks > 3)
			return false;
		s += digits + marks;
		if (*s != (part < 3 ? '.' : '\0'))
			return false;
		marked |= marks > 0;
	}
	return marked;
}

/* inet_pton(3) refuses leading zeros and short forms, as we must. */
static enum capi_ip_verdict
judge(struct capi_str s, struct address *a)
{
	static const uint8_t mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	a->is_six = false;
	if (!s.n)
		return CAPI_IP_EMPTY;
	if (s.n >= sizeof(a->text) || memchr(s.p, '\0', s.n))
		return CAPI_IP_BAD;
	memcpy(a->text, s.p, s.n);
	a->text[s.n] = '\0';
	if (inet_pton(AF_INET, a->text, &a->four) == 1)
		return judge4(ntohl(a->four.s_addr));
	if (is_cut(a->text))
		return CAPI_IP_CUT;
	if (inet_pton(AF_INET6, a->text, a->six) != 1)
		return CAPI_IP_BAD;
	a->is_six = memcmp(a->six, mapped, sizeof(mapped)) != 0;
	if (a->is_six)
		return judge6(a->six);
	memcpy(&a->four, a->six + 12, 4);
	return judge4(ntohl(a->four.s_addr));
}

enum capi_ip_verdict
capi_ip_judge(const char *s, size_t n)
{
	struct address a;

	return judge((struct capi_str){s, n}, &a);
}

static enum capi_ip_verdict
parse_one(struct capi_str s, char out[CAPI_IP_MAX])
{
	const char *colon;
	struct address a;
	enum capi_ip_verdict v;

	out[0] = '\0';
	if (s.n && s.p[0] == '[') {
		const char *close = memchr(s.p, ']', s.n);

		if (!close)
			return CAPI_IP_BAD;
		s = (struct capi_str){s.p + 1, (size_t)(close - s.p) - 1};
	} else if ((colon = memchr(s.p, ':', s.n)) &&
		   memchr(s.p, '.', (size_t)(colon - s.p))) {
		s.n = (size_t)(colon - s.p); /* 1.2.3.4:5678 */
	}
	v = judge(s, &a);
	if (v > CAPI_IP_DOCUMENTATION)
		return v;
	if (a.is_six)
		inet_ntop(AF_INET6, a.six, out, CAPI_IP_MAX);
	else if (memchr(s.p, ':', s.n))
		inet_ntop(AF_INET, &a.four, out, CAPI_IP_MAX);
	else /* inet_pton takes one spelling only, without leading zeros */
		memcpy(out, a.text, s.n + 1);
	return v;
}

enum capi_ip_verdict
capi_ip_parse(const char *s, size_t n, char out[CAPI_IP_MAX])
{
	struct capi_str rest = capi_text_trim(s, n);
	enum capi_ip_verdict first = CAPI_IP_EMPTY;

	out[0] = '\0';
	while (rest.n) {
		const char *comma = memchr(rest.p, ',', rest.n);
		size_t len = comma ? (size_t)(comma - rest.p) : rest.n;
		enum capi_ip_verdict v =
		    parse_one(capi_text_trim(rest.p, len), out);

		if (v <= CAPI_IP_DOCUMENTATION)
			return v;
		if (first == CAPI_IP_EMPTY)
			first = v;
		if (!comma)
			break;
		rest = capi_text_trim(comma + 1, rest.n - len - 1);
	}
	return first;
}

const char *
capi_ip_reason(enum capi_ip_verdict v)
{
	switch (v) {
	case CAPI_IP_OK:
		return "an address";
	case CAPI_IP_DOCUMENTATION:
		return "an address kept for documentation";
	case CAPI_IP_EMPTY:
		return "empty";
	case CAPI_IP_BAD:
		return "not an IP address";
	case CAPI_IP_PRIVATE:
		return "a private address, not a shopper's";
	case CAPI_IP_LOOPBACK:
		return "the loopback address, not a shopper's";
	case CAPI_IP_RESERVED:
		return "a reserved address, not a shopper's";
	case CAPI_IP_CUT:
		return "an address with a part masked";
	}
	return "not an IP address";
}
