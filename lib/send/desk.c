#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "platform.h"

#define IDS 64

static void
flush(struct capi_sender *s)
{
	if (s->out.len &&
	    capi_write_all(STDOUT_FILENO, s->out.data, s->out.len))
		capi_die(CAPI_EXIT_IO, "standard output: writing failed");
	capi_buf_reset(&s->out);
}

/* ---- --status ---- */

static void
add_age(struct capi_buf *b, int64_t ms)
{
	int64_t seconds = ms < 0 ? 0 : ms / 1000; /* a clock set back */

	if (seconds < 120)
		capi_buf_addf(b, "%" PRId64 " s", seconds);
	else if (seconds < 7200)
		capi_buf_addf(b, "%" PRId64 " min", seconds / 60);
	else if (seconds < 172800)
		capi_buf_addf(b, "%" PRId64 " h", seconds / 3600);
	else
		capi_buf_addf(b, "%" PRId64 " d", seconds / 86400);
}

static int
status_line(void *arg, const struct capi_store_count *c)
{
	struct capi_sender *s = arg;

	capi_buf_addf(&s->out, "%-16.*s %-10s %10" PRId64, (int)c->dest.n,
	    c->dest.p, c->in_flight ? "in flight" : capi_state_name(c->state),
	    c->events);
	if (c->oldest >= 0) {
		capi_buf_adds(&s->out, "  oldest ");
		add_age(&s->out, capi_sender_now(s) - c->oldest);
	}
	capi_buf_addc(&s->out, '\n');
	return 0;
}

static int
dest_line(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct capi_sender *s = arg;
	int64_t now = capi_sender_now(s);

	(void)platform;
	if (!strcmp(d->stopped, "auth"))
		capi_buf_addf(&s->out,
		    "%-16s stopped: its credentials were refused\n", name);
	else if (d->stopped[0])
		capi_buf_addf(&s->out,
		    "%-16s stopped: it accepted no request like ours\n", name);
	if (d->paused_until > now) {
		capi_buf_addf(&s->out, "%-16s paused for ", name);
		add_age(&s->out, d->paused_until - now);
		capi_buf_addc(&s->out, '\n');
	}
	return 0;
}

void
capi_desk_status(struct capi_sender *s)
{
	if (capi_store_status(s->store, status_line, s) ||
	    capi_store_dests(s->store, dest_line, s))
		capi_sender_store_failed(s);
	flush(s);
}

/* ---- --list, --show ---- */

static void
add_text(struct capi_buf *b, const char *key, struct capi_str v)
{
	if (!v.n)
		return;
	capi_json_key(b, key);
	capi_json_string(b, v.p, v.n);
}

static void
add_int(struct capi_buf *b, const char *key, int64_t n)
{
	capi_json_key(b, key);
	capi_buf_add_int(b, n);
}

static void
spell_event(struct capi_buf *b, const char *dest,
    const struct capi_store_event *e, bool body)
{
	char hex[CAPI_DIGEST_HEX];
	size_t from = b->len;

	capi_hex(e->sha, sizeof(e->sha), hex);
	capi_buf_addc(b, '{');
	capi_json_key(b, "destination");
	capi_json_cstring(b, dest);
	add_text(b, "event_name", e->name);
	add_text(b, "event_id", e->event_id);
	if (e->has_time)
		add_int(b, "event_time", e->time);
	add_text(b, "key", e->key);
	capi_json_key(b, "state");
	capi_json_cstring(b, capi_state_name(e->state));
	add_int(b, "attempts", e->attempts);
	if (e->uncertain)
		add_int(b, "uncertain", e->uncertain);
	if (e->http)
		add_int(b, "http_status", e->http);
	add_text(b, "code", e->code);
	add_text(b, "reason", e->reason);
	add_int(b, "first_seen", e->first_seen / 1000);
	if (e->state == CAPI_QUEUED)
		add_int(b, "next_at", e->next_at / 1000);
	capi_json_key(b, "payload_sha256");
	capi_json_string(b, hex, sizeof(hex));
	if (e->damaged) {
		capi_json_key(b, "damaged");
		capi_buf_adds(b, "true");
	} else if (body) {
		capi_json_key(b, "event");
		capi_buf_add(b, e->body.p, e->body.n);
	}
	capi_buf_adds(b, "}\n");
	capi_receipt_mend(b, from);
}

static int
list_one(void *arg, const char *dest, const struct capi_store_event *e)
{
	struct capi_sender *s = arg;

	spell_event(&s->out, dest, e, false);
	if (s->out.len > (64 << 10))
		flush(s);
	return 0;
}

/* What a person calls parked is in conflict, too: it waits for a person. */
bool
capi_desk_list(struct capi_sender *s, const char *state)
{
	static const struct {
		const char *name;
		enum capi_state state;
	} lists[] = {
	    {"queued", CAPI_QUEUED},
	    {"parked", CAPI_PARKED},
	    {"parked", CAPI_CONFLICT},
	    {"conflict", CAPI_CONFLICT},
	};
	bool known = false;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(state, lists[i].name))
			continue;
		known = true;
		if (capi_store_list(
			s->store, lists[i].state, -1, 1, list_one, s))
			capi_sender_store_failed(s);
		flush(s);
	}
	return known;
}

struct walk {
	struct capi_sender *s;
	struct capi_str key;
	bool all;
	bool waiting; /* it is done to queued events, too */
	int64_t n;
	int (*act)(struct capi_store *s, int64_t dest, struct capi_str key,
	    int64_t now, int64_t *n);
};

static void
show_known(struct capi_sender *s, const char *dest, struct capi_str key,
    const struct capi_store_known *k)
{
	struct capi_store_request r;
	struct capi_buf *b = &s->out;

	capi_buf_addc(b, '{');
	capi_json_key(b, "destination");
	capi_json_cstring(b, dest);
	add_text(b, "key", key);
	capi_json_key(b, "ledger");
	capi_json_cstring(b, capi_state_name(k->state));
	add_int(b, "since", k->at / 1000);
	if (k->request && capi_store_request_get(s->store, k->request, &r)) {
		add_int(b, "batch", r.id);
		add_int(b, "events", r.events);
		add_int(b, "http_status", r.http);
		add_text(b, "trace_id", r.trace);
		add_int(b, "sent_at", r.at / 1000);
		add_int(b, "latency_ms", r.latency);
	}
	capi_buf_adds(b, "}\n");
}

static int
show_in(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct walk *w = arg;
	struct capi_store *store = w->s->store;
	struct capi_store_known known;
	struct capi_store_event e;
	int64_t ids[IDS];
	int n = capi_store_by_key(store, d->id, w->key, ids, IDS);
	int found = capi_store_known(store, name, w->key, &known);

	(void)platform;
	if (n < 0 || found < 0)
		return -1;
	if (found) {
		show_known(w->s, name, w->key, &known);
		w->n++;
	}
	for (int i = 0; i < n; i++)
		if (capi_store_get(store, ids[i], &e)) {
			spell_event(&w->s->out, name, &e, true);
			w->n++;
		}
	return 0;
}

bool
capi_desk_show(struct capi_sender *s, const char *key)
{
	struct walk w = {.s = s, .key = {key, strlen(key)}};

	if (capi_store_dests(s->store, show_in, &w))
		capi_sender_store_failed(s);
	flush(s);
	return w.n > 0;
}

/* ---- --replay, --forget ---- */

static int
act_in(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct walk *w = arg;
	struct capi_store *store = w->s->store;
	struct capi_str key = w->all ? (struct capi_str){NULL, 0} : w->key;
	int64_t id, n = 0;
	int live = w->waiting && key.p
		       ? capi_store_by_key(store, d->id, key, &id, 1)
		       : 0;

	(void)platform;
	if (live < 0)
		return -1;
	/* One that is on its way can not be called back. */
	if (live) {
		int ours = capi_store_lock_dest(store, name);

		if (ours < 0)
			capi_sender_store_failed(w->s);
		if (!ours) {
			capi_warn("%s: another capi-send is sending to it; "
				  "try again when it is done",
			    name);
			w->s->status =
			    capi_exit_worse(w->s->status, CAPI_EXIT_AGAIN);
			return 0;
		}
	}
	if (w->act(store, d->id, key, capi_sender_now(w->s), &n))
		capi_sender_store_failed(w->s);
	w->n += n;
	return 0;
}

static void
act(struct walk *w, const char *done, const char *none)
{
	struct capi_sender *s = w->s;

	w->all = capi_str_is(w->key, "all");
	if (capi_store_begin(s->store) ||
	    capi_store_dests(s->store, act_in, w) ||
	    capi_store_commit(s->store))
		capi_sender_store_failed(s);
	if (w->n || w->all) {
		capi_warn("%" PRId64 " events are %s", w->n, done);
		return;
	}
	if (s->status != CAPI_EXIT_OK)
		return;
	capi_warn("%s", none);
	s->status = CAPI_EXIT_FINDINGS;
}

void
capi_desk_replay(struct capi_sender *s, const char *key)
{
	struct walk w = {
	    .s = s, .key = {key, strlen(key)}, .act = capi_store_replay};

	act(&w, "queued again", "no parked event has that key");
}

void
capi_desk_forget(struct capi_sender *s, const char *key)
{
	struct walk w = {.s = s,
	    .key = {key, strlen(key)},
	    .act = capi_store_forget,
	    .waiting = true};

	act(&w, "forgotten", "nothing is known of that key");
}
