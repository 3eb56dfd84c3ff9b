#include "sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/body.h"
#include "filter.h"
#include "platform.h"

/* Where no limit is published: what connectors of all platforms live with. */
#define BODY_MAX 900000

unsigned
capi_flight_call(const struct capi_platform *p, struct capi_str call)
{
	for (unsigned i = 0; p->calls && p->calls[i].max_events; i++)
		if (p->calls[i].name && capi_str_is(call, p->calls[i].name))
			return i < CAPI_LANE_CALLS ? i : 0;
	return 0;
}

static bool
spell_head(struct capi_sender *s, struct capi_flight *f)
{
	const char *missing = NULL;
	const char *code = f->lane->platform->test_code ? s->o.test_code : NULL;

	if (capi_body_head(&f->body, &f->lane->dest, f->call, code, &missing))
		return true;
	capi_lane_stop(s, f->lane, CAPI_STOP_CONFIG,
	    "the configuration has no %s", missing ? missing : "account");
	return false;
}

struct capi_flight *
capi_flight_new(struct capi_sender *s, struct capi_lane *l, unsigned call)
{
	struct capi_flight *f = capi_alloc(sizeof(*f));

	*f = (struct capi_flight){.lane = l, .call = call};
	f->errand = (struct capi_errand){capi_answer_take, f};
	f->body.max = (size_t)64 << 20;
	f->lines.max = (size_t)64 << 20;
	if (spell_head(s, f))
		return f;
	capi_flight_free(f);
	return NULL;
}

void
capi_flight_free(struct capi_flight *f)
{
	if (!f)
		return;
	capi_buf_release(&f->body);
	capi_buf_release(&f->lines);
	capi_arena_release(&f->arena);
	free(f->judgement.verdicts);
	free(f->items);
	free(f);
}

static struct capi_str
keep(struct capi_arena *a, struct capi_str v)
{
	return (struct capi_str){capi_arena_dup(a, v.p, v.n), v.n};
}

static size_t
least(size_t a, size_t b)
{
	return b && b < a ? b : a;
}

static size_t
most_events(const struct capi_sender *s, const struct capi_flight *f)
{
	size_t n = capi_call_of(f->lane->platform, f->call)->max_events;

	if (f->lane->probe)
		return 1;
	n = least(n, (size_t)s->o.batch);
	return least(n, (size_t)f->lane->state.batch_max);
}

bool
capi_flight_add(struct capi_sender *s, struct capi_flight *f,
    const struct capi_store_event *e)
{
	const struct capi_call *call = capi_call_of(f->lane->platform, f->call);
	size_t most = call->max_bytes ? call->max_bytes : BODY_MAX;
	struct capi_item *it;

	if (f->n &&
	    (f->n >= most_events(s, f) || f->body.len + e->body.n + 16 > most))
		return false;
	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 16;
		f->items = capi_realloc(f->items, f->room * sizeof(*f->items));
	}
	it = &f->items[f->n];
	*it = (struct capi_item){.e = *e};
	it->e.name = keep(&f->arena, e->name);
	it->e.event_id = keep(&f->arena, e->event_id);
	it->e.key = keep(&f->arena, e->key);
	it->e.call = keep(&f->arena, e->call);
	it->e.code = it->e.reason = (struct capi_str){"", 0};
	if (f->n++)
		capi_buf_addc(&f->body, ',');
	it->offset = f->body.len;
	capi_buf_add(&f->body, e->body.p, e->body.n);
	it->e.body.p = NULL; /* the buffer moves as it grows */
	return true;
}

struct capi_flight *
capi_flight_part(
    struct capi_sender *s, const struct capi_flight *f, size_t from, size_t to)
{
	struct capi_flight *part = capi_flight_new(s, f->lane, f->call);

	for (size_t i = from; part && i < to; i++) {
		struct capi_store_event e = f->items[i].e;

		e.body.p = f->body.data + f->items[i].offset;
		capi_flight_add(s, part, &e);
	}
	if (part)
		part->part = true;
	return part;
}

void
capi_flight_close(struct capi_flight *f)
{

	capi_buf_adds(&f->body, capi_body_tail(f->lane->platform, f->call));
	f->judgement.verdicts =
	    capi_alloc(f->n * sizeof(*f->judgement.verdicts));
}

/* ---- what is due ---- */

struct collecting {
	struct capi_sender *s;
	struct capi_lane *lane;
	struct capi_flight *full; /* one that can take no more */
	struct capi_flight *kept; /* events that must not be sent */
	bool asking;              /* with one event, for the time */
	int64_t now;
};

static bool
has_expired(const struct collecting *c, const struct capi_store_event *e)
{
	return e->expires && e->expires * 1000 < c->now + c->lane->skew_ms;
}

/* Damaged or too old: a flight that never leaves. */
static void
set_aside(struct collecting *c, const struct capi_store_event *e)
{
	struct capi_item *it;

	if (!c->kept)
		c->kept = capi_flight_new(c->s, c->lane, 0);
	if (!c->kept)
		return;
	c->kept->part = true;
	capi_flight_add(c->s, c->kept, e);
	it = &c->kept->items[c->kept->n - 1];
	it->todo = CAPI_DO_PARK;
	it->code = e->damaged ? "corrupt" : "expired";
	it->reason = e->damaged ? "the stored event does not match its digest"
				: "older than the platform accepts";
}

static bool
nothing_held(const struct capi_lane *l)
{
	for (size_t i = 0; i < CAPI_LANE_CALLS; i++)
		if (l->forming[i])
			return false;
	return !l->in_flight && !l->again;
}

/*
 * What it finds nothing without is still to be sent. When that one is due or in
 * the air the event stays as it is, behind the cursor: all of it is looked
 * through again when nothing is in the air. When that one has to wait, so does
 * this one, or the lane would be woken for nothing.
 */
static bool
must_wait(struct collecting *c, const struct capi_store_event *e)
{
	const struct capi_platform *p = c->lane->platform;
	struct capi_store *store = c->s->store;
	char call[64];
	struct capi_str first;
	int64_t until;
	int rc;

	if (!p->behind)
		return false;
	snprintf(call, sizeof(call), "%.*s", (int)e->call.n, e->call.p);
	if (!p->behind(e->key, call, &first))
		return false;
	rc = capi_store_is_queued(store, e->dest, first, &until);
	if (rc < 0 || (rc && until > c->now &&
			  capi_store_retry(store, e->id, until, false, false,
			      e->http, CAPI_STR("behind"))))
		capi_sender_store_failed(c->s);
	c->lane->passed_over |= rc && until <= c->now;
	return rc;
}

static bool
collect_one(void *arg, const struct capi_store_event *e)
{
	struct collecting *c = arg;
	struct capi_lane *l = c->lane;
	unsigned call;

	bool expired = has_expired(c, e), alone;

	/* Is it our clock that is wrong? The server's date tells; until then
	 * an event that looks too old waits, or goes alone and asks. */
	alone = expired && !l->clock_known;
	if (c->asking || (alone && !nothing_held(l)))
		return false;
	if (e->damaged || (expired && !alone)) {
		if (c->kept && c->kept->n >= 500)
			return false;
		set_aside(c, e);
		return true;
	}
	if (must_wait(c, e))
		return true;
	c->asking = alone;
	call = capi_flight_call(l->platform, e->call);
	if (!l->forming[call])
		l->forming[call] = capi_flight_new(c->s, l, call);
	if (!l->forming[call])
		return false;
	if (capi_flight_add(c->s, l->forming[call], e))
		return true;
	c->full = l->forming[call];
	return false;
}

static struct capi_flight *
take_forming(struct capi_lane *l, struct capi_flight *wanted)
{
	for (size_t i = 0; i < CAPI_LANE_CALLS; i++) {
		struct capi_flight *f = l->forming[i];

		if (f && (!wanted || f == wanted)) {
			l->forming[i] = NULL;
			return f;
		}
	}
	return NULL;
}

/* The next request of the lane, or NULL when nothing is due. */
static struct capi_flight *
next_flight(struct capi_sender *s, struct capi_lane *l)
{
	struct collecting c = {.s = s, .lane = l, .now = capi_sender_now(s)};
	struct capi_flight *f = l->again;

	if (f) {
		l->again = f->next;
		f->next = NULL;
		return f;
	}
	if (nothing_held(l)) {
		l->cursor = (struct capi_store_cursor){0, 0};
		l->passed_over = false;
	}
	if (capi_store_due(
		s->store, l->state.id, c.now, &l->cursor, collect_one, &c))
		capi_sender_store_failed(s);
	if (c.kept) {
		/* Recorded with the answers of this round. */
		c.kept->answered = true;
		c.kept->next = s->answered;
		s->answered = c.kept;
		l->in_flight++;
	}
	return take_forming(l, c.full);
}

void
capi_batch_claim(
    struct capi_sender *s, struct capi_lane *l, struct capi_flight **ready)
{
	while (capi_lane_may_start(s, l)) {
		struct capi_flight *f = next_flight(s, l);
		int64_t *ids;

		if (!f)
			return;
		ids = capi_alloc(f->n * sizeof(*ids));
		for (size_t i = 0; i < f->n; i++)
			ids[i] = f->items[i].e.id;
		if (capi_store_claim(s->store, l->state.id, capi_sender_now(s),
			ids, f->n, &f->id))
			capi_sender_store_failed(s);
		free(ids);
		capi_flight_close(f);
		l->in_flight++;
		if (l->service->rate) {
			int64_t now = capi_sender_now(s);

			if (l->tokens_at < now)
				l->tokens_at = now;
			l->tokens_at += 60000 / (int64_t)l->service->rate;
		}
		f->next = *ready;
		*ready = f;
	}
}

/* ---- the request ---- */

static bool
spell_url(struct capi_sender *s, struct capi_flight *f, struct capi_buf *url)
{
	const struct capi_lane *l = f->lane;
	const struct capi_service *v = l->service;
	const char *name = capi_call_of(f->lane->platform, f->call)->name;
	const char *endpoint = capi_dest_get(&l->dest, "endpoint");
	const char *host = v->host ? v->host(name ? name : "") : NULL;
	const char *path = v->path;
	char missing[64];

	if (!endpoint)
		endpoint = host ? host : v->endpoint;
	if (v->route)
		path = v->route(name ? name : "");
	if (v->test_path && s->o.test_code)
		path = v->test_path;
	capi_buf_adds(url, endpoint);
	while (url->len && url->data[url->len - 1] == '/')
		url->len--;
	if (capi_service_fill(url, path, &l->dest, true, missing))
		return true;
	capi_lane_stop(s, f->lane, CAPI_STOP_CONFIG,
	    "the configuration has no %s", missing);
	return false;
}

/* Meta's "Secure Graph API Calls": HMAC of the token under the app's secret.
 * Any destination that has the key app_secret. */
static bool
add_proof(struct capi_sender *s, struct capi_lane *l, struct capi_buf *url)
{
	struct capi_secret secret = {NULL, 0};
	char err[400], hex[CAPI_DIGEST_HEX];

	switch (capi_secret_get(
	    &secret, &l->dest, "app_secret", false, err, sizeof(err))) {
	case CAPI_SECRET_NONE:
		return true;
	case CAPI_SECRET_REFUSED:
		capi_lane_stop(s, l, CAPI_STOP_CONFIG, "%s", err);
		return false;
	case CAPI_SECRET_OK:
		break;
	}
	capi_digest_hmac_hex(secret.p, secret.n, l->token.p, l->token.n, hex);
	capi_secret_wipe(&secret);
	capi_buf_adds(url, strchr(capi_buf_cstr(url), '?') ? "&" : "?");
	capi_buf_adds(url, "appsecret_proof=");
	capi_buf_add(url, hex, sizeof(hex));
	return true;
}

#define HEADERS 12

struct request {
	struct capi_buf url;
	struct capi_buf lines[HEADERS];
	const char *headers[HEADERS + 1];
	size_t n;
};

static struct capi_buf *
new_line(struct request *r)
{
	struct capi_buf *b = &r->lines[r->n < HEADERS ? r->n++ : HEADERS - 1];

	*b = (struct capi_buf)CAPI_BUF_INIT(CAPI_SECRET_MAX + 256);
	return b;
}

static void
add_token(struct request *r, const struct capi_lane *l, bool masked)
{
	const char *header = capi_auth_header(l->service->auth);
	const char *token = masked ? "***" : l->token.p;
	struct capi_buf *b = header ? new_line(r) : &r->url;

	if (header)
		capi_buf_adds(b, header);
	else
		capi_buf_adds(b, strchr(capi_buf_cstr(b), '?')
				     ? "&access_token="
				     : "?access_token=");
	capi_buf_adds(b, token ? token : "");
}

static bool
spell_request(struct capi_sender *s, struct capi_flight *f, struct request *r,
    bool masked)
{
	const struct capi_service *v = f->lane->service;
	const char *type = v->content_type;
	char missing[64];

	memset(r, 0, sizeof(*r));
	r->url.max = 16384;
	if (!spell_url(s, f, &r->url))
		return false;
	if (!masked && !add_proof(s, f->lane, &r->url))
		return false;
	capi_buf_addf(
	    new_line(r), "Content-Type: %s", type ? type : "application/json");
	capi_buf_addf(
	    new_line(r), "Accept: %s", type ? type : "application/json");
	for (size_t i = 0; v->headers && v->headers[i]; i++) {
		const char *line = v->headers[i];
		bool optional = line[0] == '?';

		if (!capi_service_fill(new_line(r), line + optional,
			&f->lane->dest, false, missing)) {
			if (optional) {
				capi_buf_release(&r->lines[--r->n]);
				continue;
			}
			capi_lane_stop(s, f->lane, CAPI_STOP_CONFIG,
			    "the configuration has no %s", missing);
			return false;
		}
	}
	add_token(r, f->lane, masked);
	for (size_t i = 0; i < r->n; i++)
		r->headers[i] = capi_buf_cstr(&r->lines[i]);
	return true;
}

static void
wipe_request(struct request *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->lines[i].data)
			explicit_bzero(r->lines[i].data, r->lines[i].cap);
		capi_buf_release(&r->lines[i]);
	}
	if (r->url.data)
		explicit_bzero(r->url.data, r->url.cap);
	capi_buf_release(&r->url);
}

void
capi_batch_endpoint(struct capi_buf *url, const struct capi_lane *l)
{
	const char *endpoint = capi_dest_get(&l->dest, "endpoint");

	capi_buf_adds(url, endpoint ? endpoint : l->service->endpoint);
	while (url->len && url->data[url->len - 1] == '/')
		url->len--;
}

static bool
is_allowed(
    struct capi_sender *s, struct capi_lane *l, const char *url, bool *plain)
{
	*plain = false;
	if (!strncmp(url, "https://", 8))
		return true;
	if (strncmp(url, "http://", 7)) {
		capi_lane_stop(s, l, CAPI_STOP_CONFIG,
		    "the endpoint does not begin with https://");
		return false;
	}
	if (!s->o.plain_http || !capi_http_is_loopback(url)) {
		capi_lane_stop(s, l, CAPI_STOP_CONFIG,
		    "http:// goes to this machine only, and only with "
		    "--plain-http");
		return false;
	}
	*plain = true;
	return true;
}

static void
not_started(struct capi_sender *s, struct capi_flight *f, const char *why)
{
	struct capi_http_answer a = {
	    .result = CAPI_HTTP_UNREACHED, .problem = why, .date = -1};

	capi_answer_take(s, &f->errand, &a);
}

void
capi_batch_start(struct capi_sender *s, struct capi_flight *f)
{
	const char *ca = s->o.ca_file;
	struct capi_http_request q;
	const char *problem = "";
	struct request r;
	bool plain = false;

	f->started = capi_sender_now(s);
	if (!ca)
		ca = capi_dest_get(&f->lane->dest, "ca_file");
	if (!spell_request(s, f, &r, false) ||
	    !is_allowed(s, f->lane, capi_buf_cstr(&r.url), &plain)) {
		wipe_request(&r);
		not_started(s, f, "not configured");
		return;
	}
	q = (struct capi_http_request){.url = capi_buf_cstr(&r.url),
	    .headers = r.headers,
	    .ca_file = ca,
	    .body = f->body.data,
	    .len = f->body.len,
	    .plain = plain,
	    .arg = &f->errand};
	if (capi_http_start(s->http, &q, &problem))
		not_started(s, f, problem);
	wipe_request(&r);
}

/* A dry run: the request as it would leave, the secrets masked. */
void
capi_batch_show(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_buf b = CAPI_BUF_INIT((size_t)128 << 20);
	struct request r;

	if (s->bodies_fd < 0)
		return;
	if (!spell_request(s, f, &r, true)) {
		wipe_request(&r);
		return;
	}
	capi_buf_addc(&b, '{');
	capi_json_key(&b, "platform");
	capi_json_cstring(&b, f->lane->platform->name);
	capi_json_key(&b, "destination");
	capi_json_cstring(&b, f->lane->name);
	capi_json_key(&b, "events");
	capi_buf_add_int(&b, (int64_t)f->n);
	capi_json_key(&b, "method");
	capi_json_cstring(&b, "POST");
	capi_json_key(&b, "url");
	capi_json_cstring(&b, capi_buf_cstr(&r.url));
	capi_json_key(&b, "headers");
	capi_buf_addc(&b, '[');
	for (size_t i = 0; i < r.n; i++) {
		capi_json_sep(&b);
		capi_json_cstring(&b, r.headers[i]);
	}
	capi_buf_addc(&b, ']');
	capi_json_key(&b, "body");
	capi_buf_add(&b, f->body.data, f->body.len);
	capi_buf_adds(&b, "}\n");
	if (capi_write_all(s->bodies_fd, b.data, b.len))
		capi_die(CAPI_EXIT_IO, "%s: writing failed", s->o.bodies);
	capi_buf_release(&b);
	wipe_request(&r);
}

bool
capi_batch_ask(struct capi_sender *s, struct capi_lane *l, const char *url,
    struct capi_errand *e)
{
	const char *ca = capi_dest_get(&l->dest, "ca_file");
	struct capi_http_request q = {
	    .url = url, .ca_file = s->o.ca_file ? s->o.ca_file : ca, .arg = e};
	const char *problem = "";
	struct request r;
	bool started;

	memset(&r, 0, sizeof(r));
	add_token(&r, l, false);
	for (size_t i = 0; i < r.n; i++)
		r.headers[i] = capi_buf_cstr(&r.lines[i]);
	q.headers = r.headers;
	started = is_allowed(s, l, url, &q.plain) &&
		  !capi_http_start(s->http, &q, &problem);
	wipe_request(&r);
	return started;
}
