#include "service.h"

#include <stdio.h>
#include <string.h>

const char *
capi_auth_header(enum capi_auth a)
{
	static const char *const headers[] = {
	    [CAPI_AUTH_BEARER] = "Authorization: Bearer ",
	    [CAPI_AUTH_TIKTOK] = "Access-Token: ",
	    [CAPI_AUTH_KLAVIYO] = "Authorization: Klaviyo-API-Key ",
	    [CAPI_AUTH_PARAMETER] = NULL,
	    [CAPI_AUTH_GOOGLE] = "Authorization: Bearer ",
	};

	return headers[a];
}

void
capi_service_encode(struct capi_buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (capi_is_alnum(c) || strchr("-._~", c))
			capi_buf_addc(out, c);
		else
			capi_buf_addf(out, "%%%02X", (unsigned char)c);
	}
}

/* "123-456-7890" is how Google shows an account and not how it takes it. */
static void
add_digits(struct capi_buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (capi_is_digit(p[i]))
			capi_buf_addc(out, p[i]);
}

bool
capi_service_fill(struct capi_buf *out, const char *template,
    const struct capi_dest *d, bool url, char missing[64])
{
	for (const char *p = template; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		const char *colon, *value, *fallback = NULL;
		char key[64];
		bool digits;
		size_t n;

		if (!end) {
			capi_buf_addc(out, *p++);
			continue;
		}
		colon = memchr(p, ':', (size_t)(end - p));
		n = (size_t)((colon ? colon : end) - p) - 1;
		digits = n && p[n] == '#';
		snprintf(key, sizeof(key), "%.*s", (int)(n - digits), p + 1);
		value = capi_dest_get(d, key);
		if (!value && colon)
			fallback = colon + 1;
		if (!value && !fallback) {
			memcpy(missing, key, sizeof(key));
			return false;
		}
		n = value ? strlen(value) : (size_t)(end - fallback);
		if (!value)
			value = fallback;
		if (digits)
			add_digits(out, value, n);
		else if (url)
			capi_service_encode(out, value, n);
		else
			capi_buf_add(out, value, n);
		p = end + 1;
	}
	return true;
}

/* Retry-After, and the draft's RateLimit-Reset when it was a throttle. */
static int64_t
asked_wait(const struct capi_reply *r)
{
	struct capi_str v, date;
	int64_t when = -1;

	if (r->header(r, "Date", &date))
		when = capi_retry_date(date);
	if (r->header(r, "Retry-After", &v))
		return capi_retry_after(v, when, when);
	return -1;
}

void
capi_service_judge(const struct capi_service *s, const struct capi_reply *r,
    struct capi_judgement *j)
{
	j->class = capi_retry_status(r->status, r->json != NULL);
	j->wait_ms = asked_wait(r);
	snprintf(j->code, sizeof(j->code), "http.%ld", r->status);
	j->reason[0] = j->trace[0] = j->ticket[0] = j->warning[0] = '\0';
	j->each = j->culprits = false;
	for (size_t i = 0; i < r->events; i++)
		j->verdicts[i] =
		    (struct capi_verdict){.class = CAPI_IS_UNKNOWN};
	if (s->judge)
		s->judge(r, j);
	/* A pause that was asked for together with a plain 5xx is the same
	 * wish as a 429: the destination rests, not the request. */
	if (j->wait_ms >= 0 && j->class == CAPI_IS_RETRY)
		j->class = CAPI_IS_THROTTLE;
}

/* Platforms quote what they refuse: addresses, digests, numbers. A receipt
 * says which rule was broken and not with what. */
static bool
is_personal(const char *p, size_t n)
{
	size_t digits = 0, hex = 0;

	if (memchr(p, '@', n))
		return true;
	for (size_t i = 0; i < n; i++) {
		digits += capi_is_digit(p[i]);
		hex += capi_is_digit(p[i]) ||
		       (capi_lower(p[i]) >= 'a' && capi_lower(p[i]) <= 'f');
	}
	return digits >= 7 || (hex >= 24 && hex == n);
}

void
capi_service_quote(char *to, size_t size, struct capi_str words)
{
	size_t len = 0;

	for (size_t i = 0; i < words.n;) {
		size_t n = 0, room = size - 1 - len;

		while (i + n < words.n &&
		       (unsigned char)words.p[i + n] > 0x20 &&
		       words.p[i + n] != 0x7f &&
		       !strchr("\"'()[]<>,;:", words.p[i + n]))
			n++;
		if (n && is_personal(words.p + i, n)) {
			if (room < 3)
				break;
			memcpy(to + len, "***", 3);
			len += 3;
			i += n;
			continue;
		}
		if (!n) {
			unsigned char c = (unsigned char)words.p[i++];

			if (!room)
				break;
			to[len++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
			continue;
		}
		if (n > room)
			break;
		memcpy(to + len, words.p + i, n);
		len += n;
		i += n;
	}
	to[len] = '\0';
}

void
capi_service_name(char *to, size_t size, struct capi_str name)
{
	to[0] = '\0';
	if (name.n >= size)
		return;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= 0x20 ||
		    (unsigned char)name.p[i] >= 0x7f)
			return;
	memcpy(to, name.p, name.n);
	to[name.n] = '\0';
}

struct capi_str
capi_service_text(const struct capi_json *object, const char *path)
{
	const struct capi_json *v = object && object->type == CAPI_JSON_OBJECT
					? capi_json_at(object, path)
					: NULL;

	if (v && (v->type == CAPI_JSON_STRING || v->type == CAPI_JSON_NUMBER))
		return (struct capi_str){v->text, v->len};
	return (struct capi_str){"", 0};
}

bool
capi_service_number(
    const struct capi_json *object, const char *path, int64_t *n)
{
	struct capi_str v = capi_service_text(object, path);
	bool minus = v.n && v.p[0] == '-';
	int64_t sum = 0;

	if (v.n == minus || v.n > 18)
		return false;
	for (size_t i = minus; i < v.n; i++) {
		if (v.p[i] == '.')
			break; /* percentages come with a fraction */
		if (!capi_is_digit(v.p[i]))
			return false;
		sum = sum * 10 + (v.p[i] - '0');
	}
	*n = minus ? -sum : sum;
	return true;
}

void
capi_service_unknown(
    struct capi_judgement *j, const char *code, const char *reason)
{
	j->class = CAPI_IS_UNKNOWN;
	snprintf(j->code, sizeof(j->code), "%s", code);
	if (reason)
		snprintf(j->reason, sizeof(j->reason), "%s", reason);
}

bool
capi_service_index(struct capi_str text, const char *mark, size_t *index)
{
	const char *end = text.p + text.n;
	const char *at = memmem(text.p, text.n, mark, strlen(mark));

	if (!at || (at += strlen(mark)) == end || !capi_is_digit(*at))
		return false;
	*index = 0;
	for (; at < end && capi_is_digit(*at) && *index < 100000; at++)
		*index = *index * 10 + (size_t)(*at - '0');
	return true;
}

void
capi_service_culprit(
    const struct capi_reply *r, struct capi_judgement *j, size_t index)
{
	if (index >= r->events || r->events < 2)
		return;
	j->culprits = true;
	j->verdicts[index].class = CAPI_IS_REFUSED;
}

const struct capi_code *
capi_service_code(
    const struct capi_code *table, size_t rows, int64_t code, int64_t sub)
{
	for (size_t i = 0; i < rows; i++)
		if (code >= table[i].from && code <= table[i].to &&
		    (!table[i].sub || table[i].sub == sub))
			return &table[i];
	return NULL;
}

const struct capi_reason *
capi_service_reason(const struct capi_reason *table, struct capi_str name)
{
	for (; table->name; table++)
		if (capi_str_is(name, table->name))
			return table;
	return NULL;
}
