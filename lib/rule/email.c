#include "email.h"

#include <string.h>

#include "text.h"

/* Characters that nobody sees and pasted text is full of. */
static bool
is_invisible(uint32_t c)
{
	return c == 0xad || (c >= 0x200b && c <= 0x200d) || c == 0x2060 ||
	       c == 0xfeff;
}

/* "Jo <jo@example.com>" and "mailto:jo@example.com?subject=x". */
static struct capi_str
bare(struct capi_str s)
{
	const char *open = memchr(s.p, '<', s.n);
	const char *mark;

	if (open && s.n && s.p[s.n - 1] == '>')
		s = capi_text_trim(
		    open + 1, (size_t)(s.p + s.n - 1 - (open + 1)));
	if (s.n > 7 &&
	    capi_str_is_nocase((struct capi_str){s.p, 7}, "mailto:")) {
		s = capi_text_trim(s.p + 7, s.n - 7);
		mark = memchr(s.p, '?', s.n);
		if (mark)
			s.n = (size_t)(mark - s.p);
	}
	while (s.n && strchr(".,;", s.p[s.n - 1]))
		s = capi_text_trim(s.p, s.n - 1);
	return s;
}

/* Ends the text at the first separator that has an @ on both sides. */
static bool
first_of_several(struct capi_str *s)
{
	const char *at = memchr(s->p, '@', s->n);

	if (!at)
		return false;
	for (const char *p = at; p < s->p + s->n; p++) {
		size_t rest = (size_t)(s->p + s->n - p);

		if (capi_is_alnum(*p) || (!strchr(",; |/", *p) && *p != '\n'))
			continue;
		if (!memchr(p, '@', rest))
			return false;
		*s = capi_text_trim(s->p, (size_t)(p - s->p));
		return true;
	}
	return false;
}

/* RFC 5322's atext and the dot, letters of any script (RFC 6531). */
static bool
is_local_char(char c)
{
	if ((c & 0x80) || capi_is_alnum(c))
		return true;
	switch (c) {
	case '!':
	case '#':
	case '$':
	case '%':
	case '&':
	case '\'':
	case '*':
	case '+':
	case '-':
	case '/':
	case '=':
	case '?':
	case '^':
	case '_':
	case '`':
	case '{':
	case '|':
	case '}':
	case '~':
	case '.':
		return true;
	default:
		return false;
	}
}

/* RFC 5321's dot-string, letters of any script (RFC 6531). Quoted local parts
 * are legal and, in exports, always damage. */
static bool
is_local(struct capi_str s)
{
	if (!s.n || s.n > 64 || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.' && s.p[i + 1] == '.')
			return false;
		if (!is_local_char(c))
			return false;
	}
	return true;
}

static bool
is_label(const char *p, size_t n)
{
	if (!n || n > 63 || p[0] == '-' || p[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(p[i] & 0x80) && !capi_is_alnum(p[i]) && p[i] != '-')
			return false;
	return true;
}

/* The last label is never a number: that would be an IP address. */
static bool
is_top(const char *p, size_t n)
{
	if (n < 2)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!capi_is_digit(p[i]))
			return true;
	return false;
}

static bool
is_domain(struct capi_str s)
{
	size_t from = 0, labels = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '.')
			continue;
		if (!is_label(s.p + from, i - from))
			return false;
		labels++;
		if (i == s.n && !is_top(s.p + from, i - from))
			return false;
		from = i + 1;
	}
	return labels >= 2;
}

/* Domains that RFC 2606 and RFC 6761 keep from ever receiving mail, except
 * "example", which manuals and tests live on. */
static bool
is_placeholder(struct capi_str domain)
{
	static const char *const tops[] = {
	    ".invalid", ".local", ".localhost", ".test", NULL};

	for (size_t i = 0; tops[i]; i++) {
		size_t n = strlen(tops[i]);

		if (domain.n > n &&
		    capi_str_is_nocase(
			(struct capi_str){domain.p + domain.n - n, n}, tops[i]))
			return true;
	}
	return false;
}

static enum capi_email_verdict
judge(struct capi_str s)
{
	const char *at;
	struct capi_str local, domain;

	if (!s.n)
		return CAPI_EMAIL_EMPTY;
	if (s.n > CAPI_EMAIL_MAX)
		return CAPI_EMAIL_LONG;
	at = memchr(s.p, '@', s.n);
	if (!at)
		return CAPI_EMAIL_NO_AT;
	local = (struct capi_str){s.p, (size_t)(at - s.p)};
	domain = (struct capi_str){at + 1, s.n - local.n - 1};
	if (is_local(local) && is_domain(domain))
		return is_placeholder(domain) ? CAPI_EMAIL_PLACEHOLDER
					      : CAPI_EMAIL_OK;
	for (size_t i = 0; i < s.n; i++)
		if (capi_is_space(s.p[i]))
			return CAPI_EMAIL_SPACE;
	if (memchr(domain.p, '@', domain.n))
		return CAPI_EMAIL_TWO_AT;
	return is_local(local) ? CAPI_EMAIL_DOMAIN : CAPI_EMAIL_LOCAL;
}

/* Drops what nobody sees; false: there are marks of damage. */
static bool
reveal(struct capi_buf *buf, struct capi_str *s)
{
	const char *p = s->p;
	size_t left = s->n;

	while (left) {
		uint32_t c = capi_text_next(&p, &left);

		if (c == 0xfffd || (c >= 0x80 && c < 0xa0) ||
		    (c < ' ' && !capi_is_space((char)c)))
			return false;
		if (!is_invisible(c))
			capi_text_put(buf, c);
	}
	*s = capi_text_trim(buf->data, buf->len);
	return true;
}

enum capi_email_verdict
capi_email_parse(
    const char *s, size_t n, char out[CAPI_EMAIL_MAX], size_t *outlen)
{
	char seen[1024];
	struct capi_buf buf = {seen, 0, sizeof(seen), sizeof(seen), false};
	struct capi_str t = capi_text_trim(s, n);
	enum capi_email_verdict v = CAPI_EMAIL_LONG;
	bool several = false;

	*outlen = 0;
	if (t.n > sizeof(seen))
		return v;
	/* Almost all are just an address. */
	if (capi_text_is_ascii(t.p, t.n))
		v = judge(t);
	if (v != CAPI_EMAIL_OK) {
		if (!reveal(&buf, &t))
			return CAPI_EMAIL_DAMAGED;
		several = first_of_several(&t);
		t = bare(t);
		v = judge(t);
	}
	if (v != CAPI_EMAIL_OK)
		return v;
	memcpy(out, t.p, t.n);
	*outlen = t.n;
	return several ? CAPI_EMAIL_SEVERAL : CAPI_EMAIL_OK;
}

const char *
capi_email_reason(enum capi_email_verdict v)
{
	switch (v) {
	case CAPI_EMAIL_OK:
		return "an address";
	case CAPI_EMAIL_SEVERAL:
		return "several addresses, the first is taken";
	case CAPI_EMAIL_EMPTY:
		return "empty";
	case CAPI_EMAIL_NO_AT:
		return "no address: no @ in it";
	case CAPI_EMAIL_TWO_AT:
		return "no address: two @ in it";
	case CAPI_EMAIL_LOCAL:
		return "no address: wrong before the @";
	case CAPI_EMAIL_DOMAIN:
		return "no address: no domain behind the @";
	case CAPI_EMAIL_LONG:
		return "no address: over 254 bytes";
	case CAPI_EMAIL_SPACE:
		return "no address: white space in it";
	case CAPI_EMAIL_DAMAGED:
		return "characters lost in a wrong encoding";
	case CAPI_EMAIL_PLACEHOLDER:
		return "a domain that receives no mail";
	}
	return "no address";
}
