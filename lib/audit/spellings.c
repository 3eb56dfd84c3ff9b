#include "spellings.h"

#include <string.h>

/* The order in which capi_spell writes them. */
const struct capi_spelling capi_spellings[CAPI_SPELLINGS] = {
    {"lower", "right"},
    {NULL, "e-mail hashed without lower-casing"},
    {NULL, "e-mail hashed with a newline at the end"},
    {NULL, "e-mail hashed twice"},
    {NULL, "e-mail hashed twice, the first time in capitals"},
    {NULL, "e-mail hashed in capitals"},
    {"gmail", "e-mail hashed without the dots of the name"},
    {NULL, "e-mail hashed with a space before it"},
    {NULL, "e-mail hashed with a space behind it"},
    {"digits", "phone hashed without the +"},
    {"e164", "phone hashed with the +"},
    {NULL, "phone hashed without country code"},
    {NULL, "phone hashed without country code"},
    {NULL, "phone hashed without country code"},
    {NULL, "phone hashed with the trunk zero, without country code"},
    {NULL, "phone hashed with the trunk zero, without country code"},
    {NULL, "phone hashed with the trunk zero, without country code"},
    {NULL, "phone hashed with 00 before it"},
    {NULL, "phone hashed with a newline at the end"},
    {NULL, "phone hashed twice"},
    {NULL, "phone hashed twice"},
};

static void
add(struct capi_digest *d, unsigned char *blob, size_t *at, const void *p,
    size_t n)
{
	unsigned char raw[CAPI_DIGEST_BYTES];

	capi_digest_raw(d, p, n, raw);
	memcpy(blob + *at, raw, 8);
	*at += 8;
}

static void
spell_email(struct capi_digest *d, struct capi_str email, unsigned char *blob)
{
	struct capi_buf b = CAPI_BUF_INIT(4096);
	char hex[CAPI_DIGEST_HEX];
	size_t at = 0, n;

	if (!email.n || email.n >= 1000)
		return;
	capi_text_lower(&b, email.p, email.n);
	n = b.len;
	add(d, blob, &at, b.data, n);
	add(d, blob, &at, email.p, email.n);
	capi_buf_addc(&b, '\n');
	add(d, blob, &at, b.data, n + 1);
	capi_digest_hex(d, b.data, n, hex);
	add(d, blob, &at, hex, sizeof(hex));
	for (size_t i = 0; i < sizeof(hex); i++)
		hex[i] = capi_upper(hex[i]);
	add(d, blob, &at, hex, sizeof(hex));
	for (size_t i = 0; i < n; i++)
		b.data[i] = capi_upper(b.data[i]);
	add(d, blob, &at, b.data, n);
	capi_buf_reset(&b);
	capi_text_lower(&b, email.p, email.n);
	for (size_t i = n = 0; i < b.len; i++)
		if (b.data[i] != '.' || memchr(b.data, '@', i))
			b.data[n++] = b.data[i];
	add(d, blob, &at, b.data, n);
	capi_buf_reset(&b);
	capi_buf_addc(&b, ' ');
	capi_text_lower(&b, email.p, email.n);
	add(d, blob, &at, b.data, b.len);
	capi_buf_addc(&b, ' ');
	add(d, blob, &at, b.data + 1, b.len - 1);
	capi_buf_release(&b);
}

static void
spell_phone(struct capi_digest *d, struct capi_str phone, unsigned char *blob)
{
	struct capi_buf b = CAPI_BUF_INIT(4096);
	char hex[CAPI_DIGEST_HEX];
	const char *digits = phone.p + 1;
	size_t count = phone.n - 1, at = CAPI_SPELL_PHONE * 8;

	if (phone.n <= 6 || phone.n >= 32 || phone.p[0] != '+')
		return;
	add(d, blob, &at, digits, count);
	add(d, blob, &at, phone.p, phone.n);
	for (size_t cc = 1; cc <= 3; cc++)
		add(d, blob, &at, digits + cc, count - cc);
	for (size_t cc = 1; cc <= 3; cc++) {
		capi_buf_reset(&b);
		capi_buf_addc(&b, '0');
		capi_buf_add(&b, digits + cc, count - cc);
		add(d, blob, &at, b.data, b.len);
	}
	capi_buf_reset(&b);
	capi_buf_adds(&b, "00");
	capi_buf_add(&b, digits, count);
	add(d, blob, &at, b.data, b.len);
	capi_buf_addc(&b, '\n');
	add(d, blob, &at, b.data + 2, count + 1);
	capi_digest_hex(d, digits, count, hex);
	add(d, blob, &at, hex, sizeof(hex));
	capi_digest_hex(d, phone.p, phone.n, hex);
	add(d, blob, &at, hex, sizeof(hex));
	capi_buf_release(&b);
}

struct capi_str
capi_spell(struct capi_digest *d, struct capi_str email, struct capi_str phone,
    unsigned char digests[CAPI_SPELLINGS * 8])
{
	memset(digests, 0, CAPI_SPELLINGS * 8);
	spell_email(d, email, digests);
	if (phone.n)
		spell_phone(d, phone, digests);
	return (struct capi_str){(const char *)digests, CAPI_SPELLINGS * 8};
}
