#include "sender.h"

#include <stdio.h>
#include <string.h>

#include "build/body.h"

#define ID_MAX 512     /* bytes of an id or a key */
#define COMMIT_AT 4000 /* lines; sooner when the input would block */

static bool
text_of(const struct capi_json *line, const char *name, struct capi_str *v)
{
	const struct capi_json *j = capi_json_get(line, name);

	*v = (struct capi_str){"", 0};
	if (!j || j->type == CAPI_JSON_NULL)
		return true;
	if (j->type != CAPI_JSON_STRING)
		return false;
	*v = (struct capi_str){j->text, j->len};
	return true;
}

static bool
is_plain_text(struct capi_str v)
{
	if (v.n > ID_MAX)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f)
			return false;
	return true;
}

static bool
time_of(const struct capi_json *line, struct capi_store_event *e)
{
	const struct capi_json *j = capi_json_get(line, "event_time");

	e->has_time = false;
	if (!j || j->type == CAPI_JSON_NULL)
		return true;
	if (j->type != CAPI_JSON_NUMBER)
		return false;
	for (size_t i = j->text[0] == '-'; i < j->len; i++)
		if (!capi_is_digit(j->text[i]))
			return false;
	e->has_time = capi_service_number(line, "event_time", &e->time);
	return e->has_time;
}

/* name/id, or a digest of the event where it has no id. */
static struct capi_str
key_of(struct capi_sender *s, const struct capi_store_event *e)
{
	char *key;
	size_t n;

	if (e->has_id) {
		n = e->name.n + 1 + e->event_id.n;
		key = capi_arena_alloc(&s->arena, n);
		memcpy(key, e->name.p, e->name.n);
		key[e->name.n] = '/';
		memcpy(key + e->name.n + 1, e->event_id.p, e->event_id.n);
		return (struct capi_str){key, n};
	}
	n = e->name.n + 8 + 32;
	key = capi_arena_alloc(&s->arena, n);
	memcpy(key, e->name.p, e->name.n);
	memcpy(key + e->name.n, "/sha256:", 8);
	capi_hex(e->sha, 16, key + e->name.n + 8);
	return (struct capi_str){key, n};
}

static void
receipt_of(struct capi_sender *s, const struct capi_lane *l,
    const struct capi_store_event *e, const char *outcome, const char *code,
    const char *reason)
{
	struct capi_receipt r = capi_receipt_of(l, e);

	r.outcome = outcome;
	r.http = e->http;
	r.code = code;
	r.reason = reason;
	capi_receipt_put(s, &r);
}

static void
known_receipt(struct capi_sender *s, struct capi_lane *l,
    const struct capi_store_event *e, const struct capi_store_known *known)
{
	struct capi_store_request was;
	struct capi_receipt r = capi_receipt_of(l, e);

	r.outcome = "duplicate";
	r.reason = "queued already";
	l->duplicates += known->state != CAPI_PARKED;
	l->parked += known->state == CAPI_PARKED;
	if (known->state == CAPI_SENT) {
		r.reason = "delivered already";
		r.sent_at = known->at / 1000;
		r.batch = known->request ? known->request : -1;
		if (known->request &&
		    capi_store_request_get(s->store, known->request, &was))
			r.sent_at = was.at / 1000;
	} else if (known->state == CAPI_PARKED) {
		/* Not a success: an audit must not count it as one. */
		r.outcome = "parked";
		r.reason = "parked already; --list parked says why";
		s->refused(s->refused_arg, "parked already");
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
	}
	capi_receipt_put(s, &r);
}

/* Numbers follow each other until another capi-send feeds the same spool, which
 * it may between our transactions. */
static void
remember(struct capi_sender *s, int64_t id)
{
	size_t n = s->our_count;

	if (n && s->ours[n - 1].last == id - 1) {
		s->ours[n - 1].last = id;
		return;
	}
	if (n == s->our_room) {
		s->our_room = n ? 2 * n : 16;
		s->ours = capi_realloc(s->ours, s->our_room * sizeof(*s->ours));
	}
	s->ours[n].first = s->ours[n].last = id;
	s->our_count++;
}

bool
capi_ingest_is_ours(const struct capi_sender *s, int64_t id)
{
	size_t from = 0, to = s->our_count;

	while (from < to) {
		size_t i = (from + to) / 2;

		if (id > s->ours[i].last)
			from = i + 1;
		else
			to = i;
	}
	return from < s->our_count && id >= s->ours[from].first;
}

static void
begin(struct capi_sender *s)
{
	if (!capi_store_in_transaction(s->store) && capi_store_begin(s->store))
		capi_sender_store_failed(s);
}

static void
put(struct capi_sender *s, struct capi_lane *l, struct capi_store_event *e)
{
	struct capi_store_known known = {0};
	enum capi_put found;

	begin(s);
	if (capi_store_put(s->store, e, &found, &known))
		capi_sender_store_failed(s);
	s->put++;
	capi_lane_concerns(s, l);
	switch (found) {
	case CAPI_PUT_NEW:
		remember(s, e->id);
		break;
	case CAPI_PUT_DUPLICATE:
		known_receipt(s, l, e, &known);
		break;
	case CAPI_PUT_CONFLICT:
		s->conflicts++;
		l->conflicts++;
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
		s->refused(s->refused_arg, "conflict");
		receipt_of(s, l, e, "parked", "conflict",
		    "the same key came before with other content; this one "
		    "is not sent");
		break;
	}
	capi_fault("mid-ingest");
	if (s->put % COMMIT_AT == 0) {
		capi_ingest_commit(s);
		capi_sender_pump(s);
	}
}

static void
dry(struct capi_sender *s, struct capi_lane *l, struct capi_store_event *e)
{
	unsigned call = capi_flight_call(l->platform, e->call);

	receipt_of(s, l, e, "dry-run", "", "");
	if (l->forming[call] && !capi_flight_add(s, l->forming[call], e)) {
		capi_flight_close(l->forming[call]);
		capi_batch_show(s, l->forming[call]);
		capi_flight_free(l->forming[call]);
		l->forming[call] = NULL;
	}
	if (!l->forming[call] && l->stop == CAPI_STOP_NOT) {
		l->forming[call] = capi_flight_new(s, l, call);
		if (l->forming[call])
			capi_flight_add(s, l->forming[call], e);
	}
}

static void
set_rules(struct capi_lane *l, struct capi_store_event *e,
    const struct capi_json *event)
{
	const struct capi_service *v = l->service;
	unsigned kind = capi_flight_call(l->platform, e->call);
	const char *call = capi_call_of(l->platform, kind)->name;
	int64_t life = capi_max_age(l->platform, kind);

	if (!call)
		call = "";
	e->expires = life && e->has_time ? e->time + life : 0;
	e->repeatable =
	    v && v->repeatable ? v->repeatable(event, call) : e->has_id;
}

/* The members that every request has; false: *field, *why. */
static bool
read_head(const struct capi_json *line, struct capi_store_event *e,
    struct capi_str *platform, struct capi_str *destination, const char **field,
    const char **why)
{
	const struct {
		const char *name;
		struct capi_str *v;
	} texts[] = {
	    {"platform", platform},
	    {"destination", destination},
	    {"event_name", &e->name},
	    {"event_id", &e->event_id},
	    {"key", &e->key},
	    {"call", &e->call},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*field = texts[i].name;
		if (!text_of(line, texts[i].name, texts[i].v)) {
			*why = "not a string";
			return false;
		}
		if (!is_plain_text(*texts[i].v)) {
			*why = "longer than 512 bytes or with control "
			       "characters";
			return false;
		}
	}
	e->has_id = e->event_id.n > 0;
	*field = "event_time";
	*why = "not whole seconds";
	return time_of(line, e);
}

enum capi_ingest
capi_ingest_line(struct capi_sender *s, const struct capi_json *line,
    const char **field, const char **why)
{
	struct capi_store_event e = {.first_seen = capi_sender_now(s)};
	const struct capi_json *event = capi_json_get(line, "event");
	struct capi_str platform, destination, withheld, refused;
	struct capi_lane *l;
	char name[64];

	capi_arena_reset(&s->arena);
	if (!read_head(line, &e, &platform, &destination, field, why))
		return CAPI_INGEST_WRONG;
	if (!destination.n)
		destination = platform;
	snprintf(name, sizeof(name), "%.*s",
	    platform.n < 60 ? (int)platform.n : 0, platform.p);
	l = capi_lane_find(s, destination.p, destination.n, name);
	if (!l) {
		*field = platform.n ? "destination" : "platform";
		*why = platform.n ? "not a destination of that platform"
				  : "missing: is this capi-build's output?";
		return CAPI_INGEST_WRONG;
	}
	if (text_of(line, "withheld", &withheld) && withheld.n) {
		*why = capi_arena_dup(&s->arena, withheld.p, withheld.n);
		e.key = e.key.n ? e.key : key_of(s, &e);
		receipt_of(s, l, &e, "withheld", "", *why);
		l->withheld++;
		return CAPI_INGEST_WITHHELD;
	}
	if (text_of(line, "refused", &refused) && refused.n) {
		const char *code =
		    capi_arena_dup(&s->arena, refused.p, refused.n);
		struct capi_str words;
		const char *reason = "refused by a check of ours";

		if (text_of(line, "reason", &words) && words.n)
			reason = capi_arena_dup(&s->arena, words.p, words.n);
		e.key = e.key.n ? e.key : key_of(s, &e);
		receipt_of(s, l, &e, "refused", code, reason);
		s->refused(s->refused_arg, code);
		l->refused++;
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
		return CAPI_INGEST_PUT;
	}
	*field = "event";
	*why = event ? "not an object" : "missing";
	if (!event || event->type != CAPI_JSON_OBJECT)
		return CAPI_INGEST_WRONG;
	*why = "longer than 15 MiB";
	if (event->raw_len > CAPI_STORE_LONGEST)
		return CAPI_INGEST_WRONG;
	e.body = (struct capi_str){event->raw, event->raw_len};
	capi_digest_raw(s->digest, e.body.p, e.body.n, e.sha);
	if (!e.key.n)
		e.key = key_of(s, &e);
	e.dest = l->state.id;
	e.next_at = e.first_seen;
	set_rules(l, &e, event);
	if (s->o.dry_run)
		dry(s, l, &e);
	else
		put(s, l, &e);
	return CAPI_INGEST_PUT;
}

void
capi_ingest_commit(struct capi_sender *s)
{
	if (!s->store || !capi_store_in_transaction(s->store))
		return;
	if (capi_store_commit(s->store))
		capi_sender_store_failed(s);
	s->committed = s->put;
	capi_fault("after-ingest-commit");
	capi_receipt_flush(s);
}

static int
left_one(void *arg, const char *name, const struct capi_store_event *e)
{
	struct capi_sender *s = arg;
	struct capi_store_event copy = *e;
	struct capi_lane *l = NULL;
	char code[64];

	for (size_t i = 0; i < s->lane_count && !l; i++)
		if (!strcmp(s->lanes[i]->name, name))
			l = s->lanes[i];
	if (!l || !capi_ingest_is_ours(s, e->id))
		return 0;
	l->queued += !e->uncertain;
	l->unknown += e->uncertain > 0;
	snprintf(code, sizeof(code), "%.*s", (int)e->code.n, e->code.p);
	receipt_of(s, l, &copy, e->uncertain ? "unknown" : "queued", code,
	    l->stop != CAPI_STOP_NOT ? l->why : "will be tried again");
	return 0;
}

void
capi_ingest_left(struct capi_sender *s)
{
	if (!s->our_count)
		return;
	if (capi_store_list(
		s->store, CAPI_QUEUED, -1, s->ours[0].first, left_one, s))
		capi_sender_store_failed(s);
	capi_receipt_flush(s);
}
