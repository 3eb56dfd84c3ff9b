#include "sender.h"

#include <stdio.h>
#include <string.h>

#include "oauth.h"

/* What a destination's token is got from: a file, the environment, or Google,
 * where a credentials file is exchanged for a token of an hour. */

/* Renewed so long before its end; and if it has no end, then after that. */
#define AHEAD_MS 300000

static void
wipe_form(struct capi_lane *l)
{
	if (l->fetch_form.data)
		explicit_bzero(l->fetch_form.data, l->fetch_form.cap);
	capi_buf_release(&l->fetch_form);
}

void
capi_token_free(struct capi_lane *l)
{
	wipe_form(l);
	capi_secret_wipe(&l->token);
}

static void
no_token(struct capi_sender *s, struct capi_lane *l, enum capi_class class,
    const char *why)
{
	static const enum capi_stop stops[] = {
	    [CAPI_IS_AUTH] = CAPI_STOP_AUTH,
	    [CAPI_IS_CONFIG] = CAPI_STOP_CONFIG,
	};
	bool known = class == CAPI_IS_AUTH || class == CAPI_IS_CONFIG;

	capi_lane_stop(s, l, known ? stops[class] : CAPI_STOP_LATER,
	    "no access token: %s", why);
}

static void
fetched(struct capi_sender *s, struct capi_errand *e,
    const struct capi_http_answer *a)
{
	struct capi_lane *l = e->of;
	struct capi_json *json = NULL;
	enum capi_class class = CAPI_IS_RETRY;
	int64_t seconds = 0;
	char why[200];

	l->fetching = false;
	wipe_form(l);
	snprintf(why, sizeof(why), "%s", a->problem);
	if (a->result == CAPI_HTTP_ANSWERED) {
		capi_arena_reset(&s->arena);
		if (capi_json_parse(s->json, &s->arena, a->body.p, a->body.n,
			&json) != CAPI_JSON_OK)
			json = NULL;
		class = capi_oauth_answer(
		    a->status, json, &l->token, &seconds, why);
	}
	if (class != CAPI_IS_TAKEN) {
		if (!why[0])
			snprintf(why, sizeof(why),
			    "the answer was HTTP %ld and no token", a->status);
		no_token(s, l, class, why);
		return;
	}
	l->token_until = capi_sender_now(s) + AHEAD_MS;
	if (seconds * 1000 > 2 * AHEAD_MS)
		l->token_until += seconds * 1000 - 2 * AHEAD_MS;
}

static bool
post_form(struct capi_sender *s, struct capi_lane *l, const char *uri,
    const char **problem)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded", NULL};
	const char *ca = capi_dest_get(&l->dest, "ca_file");
	struct capi_http_request q = {.url = uri,
	    .headers = headers,
	    .ca_file = s->o.ca_file ? s->o.ca_file : ca,
	    .body = l->fetch_form.data,
	    .len = l->fetch_form.len,
	    .plain = s->o.plain_http && capi_http_is_loopback(uri),
	    .arg = &l->fetch};

	return !capi_http_start(s->http, &q, problem);
}

static void
fetch(struct capi_sender *s, struct capi_lane *l, const char *path)
{
	struct capi_buf uri = CAPI_BUF_INIT(4096);
	struct capi_secret file = {NULL, 0};
	struct capi_json *json = NULL;
	const char *wrong;
	char why[400] = "";

	l->fetch = (struct capi_errand){fetched, l};
	l->fetch_form = (struct capi_buf)CAPI_BUF_INIT(65536);
	if (capi_secret_file(&file, path, true, why, sizeof(why)) ==
	    CAPI_SECRET_OK) {
		capi_secret_fingerprint(&file, l->token_print);
		capi_arena_reset(&s->arena);
		if (capi_json_parse(s->json, &s->arena, file.p, file.n,
			&json) != CAPI_JSON_OK)
			json = NULL;
		wrong = capi_oauth_form(&l->fetch_form, &uri, json,
		    l->service->scope, capi_sender_now(s) / 1000);
		if (wrong)
			snprintf(why, sizeof(why), "%s %s", path, wrong);
		else
			l->fetching =
			    post_form(s, l, capi_buf_cstr(&uri), &wrong);
		if (!why[0] && !l->fetching)
			snprintf(why, sizeof(why), "%s", wrong);
	}
	capi_secret_wipe(&file);
	capi_buf_release(&uri);
	if (l->fetching)
		return;
	wipe_form(l);
	no_token(s, l, CAPI_IS_CONFIG, why);
}

/* A token that is there and lasts. */
static bool
read_token(struct capi_sender *s, struct capi_lane *l)
{
	char err[400];

	switch (capi_secret_get(
	    &l->token, &l->dest, "access_token", true, err, sizeof(err))) {
	case CAPI_SECRET_OK:
		capi_secret_fingerprint(&l->token, l->token_print);
		return true;
	case CAPI_SECRET_NONE:
		capi_lane_stop(s, l, CAPI_STOP_CONFIG,
		    "no access_token_file and no token in the environment");
		return false;
	case CAPI_SECRET_REFUSED:
		capi_lane_stop(s, l, CAPI_STOP_CONFIG, "%s", err);
		return false;
	}
	return false;
}

bool
capi_token_ready(struct capi_sender *s, struct capi_lane *l)
{
	const char *credentials = NULL;

	if (l->fetching || l->stop != CAPI_STOP_NOT)
		return false;
	if (l->token.n &&
	    (!l->token_until || capi_sender_now(s) < l->token_until))
		return true;
	if (l->service->auth == CAPI_AUTH_GOOGLE)
		credentials = capi_dest_get(&l->dest, "credentials_file");
	if (!credentials)
		return read_token(s, l);
	fetch(s, l, credentials);
	return false;
}
