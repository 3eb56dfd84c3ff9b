#include "oauth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "err.h"
#include "service.h"

#define TOKEN_URI "https://oauth2.googleapis.com/token"
#define LIFE 3600

/* RFC 4648 chapter 5, without padding (RFC 7515). */
static void
add_base64url(struct capi_buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		size_t left = n - i;

		v |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)p[i + 2] : 0;
		for (size_t d = 0; d <= (left > 2 ? 3 : left); d++)
			capi_buf_addc(out, digits[v >> (18 - 6 * d) & 63]);
	}
}

static void
add_part(struct capi_buf *out, const struct capi_buf *json)
{
	add_base64url(out, (const unsigned char *)json->data, json->len);
}

static void
add_member(struct capi_buf *b, const char *key, struct capi_str v)
{
	capi_json_key(b, key);
	capi_json_string(b, v.p, v.n);
}

static const char *
add_assertion(struct capi_buf *form, const struct capi_json *file,
    struct capi_str uri, const char *scope, int64_t now)
{
	struct capi_str email = capi_service_text(file, "client_email");
	struct capi_str pem = capi_service_text(file, "private_key");
	struct capi_buf json = CAPI_BUF_INIT(16384);
	size_t start = form->len, n;
	unsigned char signature[1024];

	if (!email.n || !pem.n)
		return "has no client_email or no private_key";
	capi_buf_adds(&json, "{\"alg\":\"RS256\",\"typ\":\"JWT\"");
	if (capi_service_text(file, "private_key_id").n)
		add_member(
		    &json, "kid", capi_service_text(file, "private_key_id"));
	capi_buf_addc(&json, '}');
	add_part(form, &json);
	capi_buf_addc(form, '.');
	capi_buf_reset(&json);
	capi_buf_addc(&json, '{');
	add_member(&json, "iss", email);
	add_member(&json, "scope", (struct capi_str){scope, strlen(scope)});
	add_member(&json, "aud", uri);
	capi_json_key(&json, "iat");
	capi_buf_add_int(&json, now);
	capi_json_key(&json, "exp");
	capi_buf_add_int(&json, now + LIFE);
	capi_buf_addc(&json, '}');
	add_part(form, &json);
	capi_buf_release(&json);
	n = capi_digest_rs256(pem.p, pem.n, form->data + start,
	    form->len - start, signature, sizeof(signature));
	if (!n)
		return "has a private_key that can not be used";
	capi_buf_addc(form, '.');
	add_base64url(form, signature, n);
	return NULL;
}

static void
add_field(struct capi_buf *form, const char *name, struct capi_str v)
{
	static const char hex[] = "0123456789ABCDEF";

	if (form->len)
		capi_buf_addc(form, '&');
	capi_buf_adds(form, name);
	capi_buf_addc(form, '=');
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (capi_is_alnum(v.p[i]) || strchr("-._~", v.p[i])) {
			capi_buf_addc(form, v.p[i]);
			continue;
		}
		capi_buf_addc(form, '%');
		capi_buf_addc(form, hex[c >> 4]);
		capi_buf_addc(form, hex[c & 15]);
	}
}

static const char *
add_refresh(struct capi_buf *form, const struct capi_json *file)
{
	static const char *const names[] = {
	    "client_id", "client_secret", "refresh_token"};

	capi_buf_adds(form, "grant_type=refresh_token");
	for (size_t i = 0; i < 3; i++) {
		struct capi_str v = capi_service_text(file, names[i]);

		if (!v.n)
			return "lacks client_id, client_secret or "
			       "refresh_token";
		add_field(form, names[i], v);
	}
	return NULL;
}

const char *
capi_oauth_form(struct capi_buf *form, struct capi_buf *uri,
    const struct capi_json *file, const char *scope, int64_t now)
{
	struct capi_str type, where;

	if (!file || file->type != CAPI_JSON_OBJECT)
		return "is not a JSON object";
	type = capi_service_text(file, "type");
	where = capi_service_text(file, "token_uri");
	if (!where.n)
		where = (struct capi_str){TOKEN_URI, sizeof(TOKEN_URI) - 1};
	capi_buf_add(uri, where.p, where.n);
	if (capi_str_is(type, "authorized_user"))
		return add_refresh(form, file);
	if (!capi_str_is(type, "service_account"))
		return "is neither a service account nor an authorized user";
	capi_buf_adds(form,
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
	    "jwt-bearer&assertion=");
	return add_assertion(form, file, where, scope, now);
}

enum capi_class
capi_oauth_answer(long status, const struct capi_json *answer,
    struct capi_secret *token, int64_t *seconds, char why[200])
{
	struct capi_str v = capi_service_text(answer, "access_token");
	struct capi_str error = capi_service_text(answer, "error");

	why[0] = '\0';
	if (status == 200 && v.n && v.n <= CAPI_SECRET_MAX) {
		for (size_t i = 0; i < v.n; i++)
			if ((unsigned char)v.p[i] <= 0x20 ||
			    (unsigned char)v.p[i] >= 0x7f)
				return CAPI_IS_RETRY;
		capi_secret_wipe(token);
		token->p = capi_alloc(v.n + 1);
		memcpy(token->p, v.p, v.n);
		token->p[v.n] = '\0';
		token->n = v.n;
		if (!capi_service_number(answer, "expires_in", seconds))
			*seconds = LIFE;
		return CAPI_IS_TAKEN;
	}
	if (status >= 500 || status == 429 || !answer)
		return CAPI_IS_RETRY;
	snprintf(why, 200, "%.*s", error.n < 60 ? (int)error.n : 0, error.p);
	/* A statement is short-lived: a wrong clock looks like a dead key. */
	if (capi_str_is(error, "invalid_grant"))
		snprintf(why, 200,
		    "invalid_grant: the key or refresh token is dead, or our "
		    "clock is wrong");
	return capi_str_is(error, "invalid_scope") ? CAPI_IS_CONFIG
						   : CAPI_IS_AUTH;
}
