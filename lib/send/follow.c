#include "sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

/*
 * Some platforms take events now and judge them later. What was asked then is
 * kept with the receipts' heads in the order of the body, for the answer names
 * events by their place in it.
 */

static void
spell_heads(struct capi_buf *b, const struct capi_flight *f)
{
	struct capi_buf line = CAPI_BUF_INIT((size_t)1 << 20);

	for (size_t i = 0; i < f->n; i++) {
		const struct capi_store_event *e = &f->items[i].e;

		capi_buf_reset(&line);
		capi_json_key(&line, "event_name");
		capi_json_string(&line, e->name.p, e->name.n);
		capi_json_key(&line, "event_id");
		capi_json_string(&line, e->event_id.p, e->event_id.n);
		if (e->has_time) {
			capi_json_key(&line, "event_time");
			capi_buf_add_int(&line, e->time);
		}
		capi_json_key(&line, "key");
		capi_json_string(&line, e->key.p, e->key.n);
		capi_buf_addc(&line, '\n');
		capi_buf_add(b, line.data, line.len);
	}
	capi_buf_release(&line);
}

void
capi_follow_keep(struct capi_sender *s, const struct capi_flight *f)
{
	const struct capi_service *v = f->lane->service;
	const struct capi_judgement *j = &f->judgement;
	struct capi_buf heads = CAPI_BUF_INIT((size_t)16 << 20);
	int64_t now = capi_sender_now(s);
	struct capi_store_follow row;

	if (!v->follow_path || j->class != CAPI_IS_TAKEN || !j->ticket[0])
		return;
	spell_heads(&heads, f);
	row = (struct capi_store_follow){.request = f->id,
	    .dest = f->lane->state.id,
	    .next_at = now + v->follow_first_ms,
	    .until = now + v->follow_until_ms,
	    .ticket = {j->ticket, strlen(j->ticket)},
	    .heads = {heads.data, heads.len}};
	if (capi_store_follow_add(s->store, &row))
		capi_sender_store_failed(s);
	capi_buf_release(&heads);
}

static size_t
count_lines(struct capi_str v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] == '\n';
	return n;
}

/* Only what is not well is told: delivered it was already. */
static void
tell(struct capi_sender *s, struct capi_lane *l,
    const struct capi_store_follow *row, const struct capi_judgement *j,
    size_t events)
{
	const char *p = row->heads.p;
	struct capi_buf *b = &s->out;

	for (size_t i = 0; i < events; i++) {
		const char *end = strchr(p, '\n');
		const struct capi_verdict *v = &j->verdicts[i];

		if (v->class != CAPI_IS_TAKEN) {
			capi_buf_addc(b, '{');
			capi_json_key(b, "platform");
			capi_json_cstring(b, l->platform->name);
			capi_json_key(b, "destination");
			capi_json_cstring(b, l->name);
			capi_json_sep(b);
			capi_buf_add(b, p, (size_t)(end - p));
			capi_json_key(b, "outcome");
			capi_json_cstring(b, "refused");
			capi_json_key(b, "code");
			capi_json_cstring(b, v->code[0] ? v->code : j->code);
			capi_json_key(b, "batch");
			capi_buf_add_int(b, row->request);
			capi_json_key(b, "reason");
			capi_json_cstring(
			    b, "taken, and refused when it was processed");
			capi_buf_adds(b, "}\n");
			l->refused_later++;
		}
		p = end + 1;
	}
	capi_receipt_flush(s);
}

static bool
no_header(const struct capi_reply *r, const char *name, struct capi_str *value)
{
	(void)r;
	(void)name;
	(void)value;
	return false;
}

/* One question; a lane has one in the air at a time. */
struct capi_question {
	struct capi_errand errand;
	struct capi_lane *lane;
	struct capi_store_follow row;
	struct capi_arena keep; /* of the row's texts */
};

static void
spell_question(struct capi_buf *url, const struct capi_question *q)
{
	capi_batch_endpoint(url, q->lane);
	for (const char *p = q->lane->service->follow_path; *p; p++) {
		if (!strncmp(p, "{ticket}", 8)) {
			capi_service_encode(
			    url, q->row.ticket.p, q->row.ticket.n);
			p += 7;
			continue;
		}
		capi_buf_addc(url, *p);
	}
}

/* True: it is settled, and what is to be told was told. */
static bool
read_answer(struct capi_sender *s, struct capi_question *q,
    const struct capi_http_answer *a)
{
	struct capi_judgement j = {.class = CAPI_IS_TAKEN, .wait_ms = -1};
	struct capi_json *json = NULL;
	struct capi_reply r = {.status = a->status,
	    .events = count_lines(q->row.heads),
	    .call = "",
	    .header = no_header};
	bool settled;

	j.verdicts = capi_alloc(r.events * sizeof(*j.verdicts));
	memset(j.verdicts, 0, r.events * sizeof(*j.verdicts));
	capi_arena_reset(&s->arena);
	if (capi_json_parse(s->json, &s->arena, a->body.p, a->body.n, &json) ==
	    CAPI_JSON_OK)
		r.json = json;
	settled = q->lane->service->followed(&r, &j);
	if (settled)
		tell(s, q->lane, &q->row, &j, r.events);
	free(j.verdicts);
	return settled;
}

static void
record(struct capi_sender *s, const struct capi_question *q, bool settled)
{
	unsigned polls = q->row.polls < 5 ? q->row.polls : 5;
	int64_t wait = q->lane->service->follow_first_ms << polls;
	int rc;

	if (capi_store_begin(s->store))
		capi_sender_store_failed(s);
	rc = settled ? capi_store_follow_done(s->store, q->row.request)
		     : capi_store_follow_later(
			   s->store, q->row.request, capi_sender_now(s) + wait);
	if (rc || capi_store_commit(s->store))
		capi_sender_store_failed(s);
}

static void
stop_asking(struct capi_sender *s, struct capi_lane *l)
{
	l->asks_no_more = true;
	capi_warn("%s: our credentials were refused when asking what became "
		  "of a request",
	    l->name);
	s->status = capi_exit_worse(s->status, CAPI_EXIT_NOPERM);
}

static void
answered(struct capi_sender *s, struct capi_errand *e,
    const struct capi_http_answer *a)
{
	struct capi_question *q = e->of;
	bool heard = a->result == CAPI_HTTP_ANSWERED;
	bool settled = heard && read_answer(s, q, a);

	if (!settled && (a->status == 401 || a->status == 403)) {
		stop_asking(s, q->lane);
	} else {
		if (!settled && capi_sender_now(s) >= q->row.until) {
			capi_warn("%s: what became of request %lld was not "
				  "told in time",
			    q->lane->name, (long long)q->row.request);
			settled = true;
		}
		record(s, q, settled);
	}
	capi_follow_free(q->lane);
}

void
capi_follow_free(struct capi_lane *l)
{
	struct capi_question *q = l->asking;

	if (q)
		capi_arena_release(&q->keep);
	free(q);
	l->asking = NULL;
}

static void
ask(struct capi_sender *s, struct capi_lane *l)
{
	struct capi_buf url = CAPI_BUF_INIT(4096);
	struct capi_question *q = capi_alloc(sizeof(*q));
	int found;

	*q = (struct capi_question){.lane = l, .keep = CAPI_ARENA_INIT};
	q->errand = (struct capi_errand){answered, q};
	l->asking = q;
	found = capi_store_follow_next(
	    s->store, l->state.id, capi_sender_now(s), l->asked_last, &q->row);
	if (found < 0)
		capi_sender_store_failed(s);
	if (!found) {
		capi_follow_free(l);
		return;
	}
	/* The row's texts live until the next look at the store. */
	q->row.ticket.p =
	    capi_arena_dup(&q->keep, q->row.ticket.p, q->row.ticket.n);
	q->row.heads.p =
	    capi_arena_dup(&q->keep, q->row.heads.p, q->row.heads.n);
	l->asked_last = q->row.request;
	spell_question(&url, q);
	if (!capi_batch_ask(s, l, capi_buf_cstr(&url), &q->errand)) {
		l->asks_no_more = true;
		capi_follow_free(l);
	}
	capi_buf_release(&url);
}

static int
open_lane(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct capi_sender *s = arg;

	if (capi_store_follow_due(s->store, d->id) >= 0)
		capi_lane_find(s, name, strlen(name), platform);
	return 0;
}

void
capi_follow_begin(struct capi_sender *s)
{
	if (capi_store_dests(s->store, open_lane, s))
		capi_sender_store_failed(s);
}

void
capi_follow_pump(struct capi_sender *s)
{
	for (size_t i = 0; i < s->lane_count && !s->stopping; i++) {
		struct capi_lane *l = s->lanes[i];

		if (l->asking || l->asks_no_more || !l->service ||
		    !l->service->follow_path || !capi_lane_ready(s, l))
			continue;
		ask(s, l);
	}
}

void
capi_follow_end(struct capi_sender *s)
{
	for (size_t i = 0; i < s->lane_count; i++) {
		struct capi_lane *l = s->lanes[i];

		if (!l->refused_later)
			continue;
		capi_warn("%s: %llu events were refused when they were "
			  "processed",
		    l->name, (unsigned long long)l->refused_later);
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
	}
}
