#include "sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "report.h"

/* ---- reading it ---- */

static bool
header_of(const struct capi_reply *r, const char *name, struct capi_str *v)
{
	return capi_http_header(r->handle, name, v);
}

static void
watch_clock(struct capi_sender *s, struct capi_lane *l, int64_t date)
{
	int64_t skew;

	if (date < 0)
		return;
	skew = date * 1000 - capi_sender_now(s);
	l->clock_known = true;
	l->skew_ms = skew > 300000 || skew < -300000 ? skew : 0;
	if (l->skew_ms && !l->clock_told) {
		l->clock_told = true;
		capi_warn("%s: its clock and ours differ by %lld seconds; "
			  "ages are judged by its clock",
		    l->name, (long long)(skew / 1000));
	}
}

static void
judge(struct capi_sender *s, struct capi_flight *f,
    const struct capi_http_answer *a)
{
	const char *name = NULL;
	struct capi_json *json = NULL;
	struct capi_reply r = {.status = a->status,
	    .body = a->body,
	    .events = f->n,
	    .header = header_of,
	    .handle = a};

	if (f->lane->platform->calls)
		name = f->lane->platform->calls[f->call].name;
	r.call = name ? name : "";
	capi_arena_reset(&s->arena);
	if (a->body.n && capi_json_parse(s->json, &s->arena, a->body.p,
			     a->body.n, &json) == CAPI_JSON_OK)
		r.json = json;
	capi_service_judge(f->lane->service, &r, &f->judgement);
	if (a->status >= 300 && a->status < 400) {
		f->judgement.class = CAPI_IS_CONFIG;
		snprintf(f->judgement.reason, sizeof(f->judgement.reason),
		    "a redirect; it is not followed");
	}
}

static void
set_problem(struct capi_flight *f, enum capi_class class, const char *code,
    const char *problem)
{
	struct capi_judgement *j = &f->judgement;

	j->class = class;
	j->wait_ms = -1;
	snprintf(j->code, sizeof(j->code), "%s", code);
	snprintf(j->reason, sizeof(j->reason), "%s", problem);
	j->trace[0] = j->ticket[0] = j->warning[0] = '\0';
	j->each = j->culprits = false;
}

void
capi_answer_take(struct capi_sender *s, struct capi_errand *e,
    const struct capi_http_answer *a)
{
	struct capi_flight *f = e->of;

	f->http = (int)a->status;
	f->ms = a->ms;
	f->answered = true;
	switch (a->result) {
	case CAPI_HTTP_ANSWERED:
		judge(s, f, a);
		watch_clock(s, f->lane, a->date);
		break;
	case CAPI_HTTP_UNREACHED:
		set_problem(f, CAPI_IS_UNREACHED, "unreached", a->problem);
		break;
	case CAPI_HTTP_LOST:
		set_problem(f, CAPI_IS_UNKNOWN, "answer.lost", a->problem);
		break;
	case CAPI_HTTP_UNTRUSTED:
		set_problem(f, CAPI_IS_UNREACHED, "certificate", a->problem);
		break;
	case CAPI_HTTP_PROXY:
		set_problem(f, CAPI_IS_CONFIG, "proxy.407",
		    "the proxy wants a name and a password");
		break;
	}
	f->next = s->answered;
	s->answered = f;
}

/* ---- what it means for the lane ---- */

static void
pause_lane(struct capi_lane *l, int64_t until)
{
	if (l->state.paused_until < until)
		l->state.paused_until = until;
}

/* Requests that failed together count as one failure: those that had left
 * before the last one was counted say nothing new. */
static int64_t
count_failure(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;
	struct capi_judgement *j = &f->judgement;
	int64_t now = capi_sender_now(s), wait;

	if (f->started >= l->failed_at) {
		l->state.failures++;
		l->failed_at = now;
	}
	wait = capi_retry_backoff(j->class, l->state.failures, s->o.base_ms,
	    s->o.cap_ms, capi_sender_random(s));
	if (j->wait_ms >= 0) {
		int64_t asked =
		    capi_retry_asked(j->wait_ms, capi_sender_random(s));

		wait = asked > wait ? asked : wait;
	}
	pause_lane(l, now + wait);
	if (l->state.failures >= (unsigned)s->o.breaker)
		capi_lane_stop(s, l, CAPI_STOP_LATER,
		    "%u requests in a row failed (%s: %s); the rest stays "
		    "queued",
		    l->state.failures, j->code, j->reason);
	return l->state.paused_until;
}

static void
stop_lane(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;
	bool auth = f->judgement.class == CAPI_IS_AUTH;

	snprintf(l->state.stopped, sizeof(l->state.stopped), "%s",
	    auth ? "auth" : "config");
	snprintf(l->state.token, sizeof(l->state.token), "%s", l->token_print);
	capi_lane_stop(s, l, auth ? CAPI_STOP_AUTH : CAPI_STOP_CONFIG,
	    "%s (%s%s%s); everything is kept",
	    auth ? "our credentials were refused"
		 : "it does not accept requests like this",
	    f->judgement.code, f->judgement.reason[0] ? ": " : "",
	    f->judgement.reason);
}

static int64_t
lane_effect(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;
	struct capi_judgement *j = &f->judgement;
	int64_t now = capi_sender_now(s);

	switch (j->class) {
	case CAPI_IS_TAKEN:
		l->state.failures = 0;
		l->state.stopped[0] = l->state.token[0] = '\0';
		l->probe = false;
		l->refused_alone = 0;
		if (j->wait_ms > 0)
			pause_lane(l, now + j->wait_ms);
		return now;
	case CAPI_IS_REFUSED:
	case CAPI_IS_SPLIT:
		l->state.failures = 0;
		l->probe = false;
		return now;
	case CAPI_IS_RETRY:
	case CAPI_IS_THROTTLE:
	case CAPI_IS_UNKNOWN:
		return count_failure(s, f);
	case CAPI_IS_UNREACHED:
		if (!strcmp(j->code, "certificate"))
			capi_lane_stop(s, l, CAPI_STOP_LATER,
			    "its certificate can not be trusted (%s); is our "
			    "clock right?",
			    j->reason);
		if (l->stop != CAPI_STOP_NOT)
			return now;
		return count_failure(s, f);
	case CAPI_IS_AUTH:
		/* A token of an hour may end early: one new one, then it is
		 * the account. What left with the old one says nothing new. */
		if (l->token_until && f->http == 401 &&
		    (!l->renewed || f->started < l->token_since)) {
			if (!l->renewed) {
				l->token_until = 1;
				l->token_since = now + 1;
			}
			l->renewed = true;
			return now;
		}
		stop_lane(s, f);
		return now;
	case CAPI_IS_CONFIG:
		stop_lane(s, f);
		return now;
	}
	return now;
}

/* ---- what it means for the events ---- */

static void
decide_item(struct capi_sender *s, struct capi_item *it, enum capi_class class,
    int64_t next_at)
{
	int64_t age = capi_sender_now(s) - it->e.first_seen;
	bool spent;

	it->next_at = next_at;
	switch (class) {
	case CAPI_IS_TAKEN:
		it->todo = CAPI_DO_DELIVERED;
		it->attempted = true;
		return;
	case CAPI_IS_REFUSED:
	case CAPI_IS_SPLIT:
		it->todo = CAPI_DO_PARK;
		it->attempted = true;
		return;
	case CAPI_IS_AUTH:
	case CAPI_IS_CONFIG:
	case CAPI_IS_UNREACHED:
		it->todo = CAPI_DO_RETRY;
		return;
	case CAPI_IS_UNKNOWN:
		it->attempted = it->uncertain = true;
		it->todo = CAPI_DO_RETRY;
		if (!it->e.repeatable) {
			it->todo = CAPI_DO_PARK;
			it->code = "unknown";
			it->reason = "sent, and the answer was lost; it may "
				     "count twice if it is sent again";
			return;
		}
		break;
	case CAPI_IS_RETRY:
	case CAPI_IS_THROTTLE:
		it->attempted = true;
		it->todo = CAPI_DO_RETRY;
		break;
	}
	spent = capi_retry_exhausted(it->e.attempts + 1, age,
	    (unsigned)s->o.max_attempts, s->o.max_age_ms);
	if (spent) {
		it->todo = CAPI_DO_PARK;
		it->reason = "given up after many attempts";
	}
}

static void
set_words(struct capi_item *it, const char *code, const char *reason)
{
	if (!it->code)
		it->code = code;
	if (!it->reason)
		it->reason = reason;
}

/* A refused request of many events, of which only some are why. */
static bool
is_divisible(const struct capi_flight *f)
{
	const struct capi_judgement *j = &f->judgement;

	return f->n > 1 && !j->each &&
	       (j->class == CAPI_IS_REFUSED || j->class == CAPI_IS_SPLIT);
}

void
capi_answer_decide(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_judgement *j = &f->judgement;
	int64_t next_at;

	if (!f->id)
		return; /* set aside: decided already */
	next_at = lane_effect(s, f);
	for (size_t i = 0; i < f->n; i++) {
		struct capi_item *it = &f->items[i];
		struct capi_verdict *v = &j->verdicts[i];

		if (j->culprits && v->class != CAPI_IS_REFUSED) {
			it->todo = CAPI_DO_AGAIN;
		} else if (j->each || j->culprits) {
			decide_item(s, it, v->class,
			    v->wait_ms ? capi_sender_now(s) + v->wait_ms
				       : next_at);
			set_words(it, v->code[0] ? v->code : j->code,
			    v->reason[0] ? v->reason : j->reason);
		} else if (is_divisible(f)) {
			it->todo = CAPI_DO_AGAIN;
		} else {
			decide_item(s, it, j->class, next_at);
			set_words(it, j->code, j->reason);
		}
	}
	if (j->class == CAPI_IS_SPLIT && f->n > 1)
		f->lane->state.batch_max = (int64_t)(f->n / 2);
}

/* ---- recording it ---- */

static const char *
outcome_name(const struct capi_item *it)
{
	return it->todo == CAPI_DO_DELIVERED ? "delivered" : "parked";
}

static void
spell_receipt(
    struct capi_sender *s, struct capi_flight *f, const struct capi_item *it)
{
	const struct capi_judgement *j = &f->judgement;
	bool sent = f->id != 0;
	struct capi_receipt r = {.platform = f->lane->platform->name,
	    .destination = f->lane->name,
	    .name = it->e.name,
	    .event_id = it->e.event_id,
	    .key = it->e.key,
	    .has_id = it->e.has_id,
	    .has_time = it->e.has_time,
	    .time = it->e.time,
	    .outcome = outcome_name(it),
	    .attempts = it->e.attempts + it->attempted,
	    .http = sent ? f->http : 0,
	    .code = it->todo == CAPI_DO_DELIVERED ? "" : it->code,
	    .reason = it->todo == CAPI_DO_DELIVERED ? j->warning : it->reason,
	    .trace = sent ? j->trace : "",
	    .sent_at = sent ? f->started / 1000 : -1,
	    .latency_ms = sent ? f->ms : -1,
	    .batch = sent ? f->id : -1,
	    .sha = it->e.sha,
	    .uncertain = it->e.uncertain || it->uncertain};

	(void)s;
	capi_receipt_spell(&f->lines, &r);
}

static void
record_item(struct capi_sender *s, struct capi_flight *f, struct capi_item *it)
{
	struct capi_str code = {"", 0}, reason = {"", 0};
	int64_t now = capi_sender_now(s);
	int rc = 0;

	if (it->code)
		code = (struct capi_str){it->code, strlen(it->code)};
	if (it->reason)
		reason = (struct capi_str){it->reason, strlen(it->reason)};
	switch (it->todo) {
	case CAPI_DO_DELIVERED:
		rc = capi_store_delivered(s->store, &it->e, f->id, now);
		break;
	case CAPI_DO_RETRY:
		rc = capi_store_retry(s->store, it->e.id, it->next_at,
		    it->attempted, it->uncertain, f->http, code);
		break;
	case CAPI_DO_PARK:
		rc = capi_store_park(s->store, &it->e, it->attempted,
		    it->uncertain, f->http, code, reason, now);
		break;
	case CAPI_DO_AGAIN:
		return;
	}
	if (rc)
		capi_sender_store_failed(s);
	if (it->todo != CAPI_DO_RETRY)
		spell_receipt(s, f, it);
}

static void
write_request(struct capi_sender *s, struct capi_flight *f)
{
	const struct capi_judgement *j = &f->judgement;
	const char *class = capi_class_name(j->class);
	struct capi_store_request r = {.id = f->id,
	    .dest = f->lane->state.id,
	    .at = f->started,
	    .latency = f->ms,
	    .events = (int64_t)f->n,
	    .http = f->http,
	    .outcome = {class, strlen(class)},
	    .code = {j->code, strlen(j->code)},
	    .trace = {j->trace, strlen(j->trace)}};

	if (capi_store_request_add(s->store, &r))
		capi_sender_store_failed(s);
}

/* The disk is full. A letter an event; its receipt is for the next run. */
static void
record_briefly(struct capi_sender *s, struct capi_flight *f)
{
	static const char letters[] = {
	    [CAPI_DO_DELIVERED] = 'D',
	    [CAPI_DO_RETRY] = 'R',
	    [CAPI_DO_PARK] = 'P',
	    [CAPI_DO_AGAIN] = 'R',
	};
	char *result;

	capi_buf_reset(&f->lines);
	if (!f->id)
		return;
	result = capi_alloc(f->n);
	for (size_t i = 0; i < f->n; i++)
		result[i] =
		    f->items[i].uncertain ? '?' : letters[f->items[i].todo];
	if (capi_store_land_briefly(
		s->store, f->id, (struct capi_str){result, f->n}))
		capi_sender_store_failed(s);
	free(result);
	write_request(s, f);
}

/* May run twice for one flight: when the disk was full the first time. */
void
capi_answer_record(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;
	int64_t receipt = 0;

	capi_fault("before-result-commit");
	if (s->full) {
		record_briefly(s, f);
		return;
	}
	capi_buf_reset(&f->lines);
	for (size_t i = 0; i < f->n; i++)
		record_item(s, f, &f->items[i]);
	if (f->id) {
		write_request(s, f);
		capi_follow_keep(s, f);
		if (capi_store_land(s->store, f->id))
			capi_sender_store_failed(s);
	}
	if (f->lines.len) {
		if (capi_store_receipt_add(s->store, l->state.id,
			(struct capi_str){f->lines.data, f->lines.len},
			&receipt))
			capi_sender_store_failed(s);
	}
	f->receipt = receipt;
	if (memcmp(&l->state, &l->saved, sizeof(l->state))) {
		if (capi_store_dest_save(s->store, &l->state))
			capi_sender_store_failed(s);
		l->saved = l->state;
	}
}

/* ---- and afterwards ---- */

static void
count(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;

	for (size_t i = 0; i < f->n; i++) {
		struct capi_item *it = &f->items[i];

		l->delivered += it->todo == CAPI_DO_DELIVERED;
		if (it->todo != CAPI_DO_PARK)
			continue;
		l->parked++;
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
		if (capi_ingest_is_ours(s, it->e.id))
			s->refused(s->refused_arg, it->code);
	}
}

static void
push(struct capi_lane *l, struct capi_flight *f)
{
	if (!f)
		return;
	f->next = l->again;
	l->again = f;
}

/* Two halves: the first goes first, and when it is taken whole the second one
 * is known to hold the culprit. */
static void
halve(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_flight *a = capi_flight_part(s, f, 0, f->n / 2);
	struct capi_flight *b = capi_flight_part(s, f, f->n / 2, f->n);

	if (a)
		a->sibling = f->judgement.class == CAPI_IS_REFUSED ? b : NULL;
	push(f->lane, b);
	push(f->lane, a);
}

/* What is left of a batch whose culprits the platform named. */
static void
without_culprits(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_flight *rest = capi_flight_new(s, f->lane, f->call);

	for (size_t i = 0; rest && i < f->n; i++) {
		struct capi_store_event e = f->items[i].e;

		if (f->items[i].todo != CAPI_DO_AGAIN)
			continue;
		e.body.p = f->body.data + f->items[i].offset;
		capi_flight_add(s, rest, &e);
	}
	if (rest && !rest->n) {
		capi_flight_free(rest);
		return;
	}
	if (rest)
		rest->part = true;
	push(f->lane, rest);
}

/* The first half was taken: the second, still waiting, is divided unsent. */
static void
divide_sibling(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;
	struct capi_flight *b = f->sibling;

	if (f->judgement.class != CAPI_IS_TAKEN || !b || l->again != b ||
	    b->n < 2)
		return;
	l->again = b->next;
	b->judgement.class = CAPI_IS_REFUSED;
	halve(s, b);
	capi_flight_free(b);
}

/*
 * When single events are refused one after the other with the same words and
 * none is taken, it is not the events: dividing on would park them all. The
 * third one asked is the last of what is left, from the far end.
 */
static void
watch_refusals(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;
	struct capi_flight *far, *part;

	if (!f->part || f->n != 1 || f->judgement.class != CAPI_IS_REFUSED ||
	    !l->again)
		return;
	if (strcmp(l->refused_code, f->judgement.code))
		l->refused_alone = 0;
	snprintf(
	    l->refused_code, sizeof(l->refused_code), "%s", f->judgement.code);
	l->refused_alone++;
	if (l->refused_alone >= 3) {
		snprintf(l->state.stopped, sizeof(l->state.stopped), "config");
		capi_lane_stop(s, l, CAPI_STOP_CONFIG,
		    "every event is refused (%s: %s); the rest stays queued",
		    f->judgement.code, f->judgement.reason);
		return;
	}
	if (l->refused_alone < 2)
		return;
	for (far = l->again; far->next; far = far->next)
		;
	if (far->n < 2)
		return;
	part = capi_flight_part(s, far, far->n - 1, far->n);
	if (!part)
		return;
	far->n--;
	/* The body is spelled anew without the one that goes alone. */
	struct capi_flight *rest = capi_flight_part(s, far, 0, far->n);

	if (rest) {
		struct capi_flight **at = &l->again;

		while (*at != far)
			at = &(*at)->next;
		*at = rest;
		rest->next = far->next;
		capi_flight_free(far);
	}
	push(l, part);
}

void
capi_answer_after(struct capi_sender *s, struct capi_flight *f)
{
	struct capi_lane *l = f->lane;

	l->in_flight--;
	count(s, f);
	capi_report_flight(s, f);
	if (f->lines.len)
		capi_receipt_lines(s, f->receipt,
		    (struct capi_str){f->lines.data, f->lines.len});
	if (f->judgement.culprits)
		without_culprits(s, f);
	else if (f->id && is_divisible(f))
		halve(s, f);
	else if (f->sibling)
		divide_sibling(s, f);
	if (f->id)
		watch_refusals(s, f);
	capi_flight_free(f);
}

/* ---- flights of processes that are gone ---- */

struct recovering {
	struct capi_sender *s;
	struct capi_lane *lane;
	struct capi_buf lines;
	uint64_t again, parked;
};

static const char unknown_code[] = "unknown";
static const char unknown_why[] =
    "sent, and the answer was lost; it may count twice if it is sent again";

/* The receipt of an event whose request another process sent. */
static void
recovered_receipt(struct recovering *c, int64_t flight,
    const struct capi_store_event *e, char result)
{
	struct capi_store_request was = {.at = -1, .latency = -1};
	char code[64] = "", trace[128] = "";
	struct capi_receipt r = {.platform = c->lane->platform->name,
	    .destination = c->lane->name,
	    .name = e->name,
	    .event_id = e->event_id,
	    .key = e->key,
	    .has_id = e->has_id,
	    .has_time = e->has_time,
	    .time = e->time,
	    .outcome = result == 'D' ? "delivered" : "parked",
	    .attempts = e->attempts + 1,
	    .code = code,
	    .trace = trace,
	    .batch = flight,
	    .sha = e->sha,
	    .uncertain = e->uncertain || result == '?'};

	if (capi_store_request_get(c->s->store, flight, &was)) {
		snprintf(
		    code, sizeof(code), "%.*s", (int)was.code.n, was.code.p);
		snprintf(trace, sizeof(trace), "%.*s", (int)was.trace.n,
		    was.trace.p);
		r.http = was.http;
	}
	r.sent_at = was.at < 0 ? -1 : was.at / 1000;
	r.latency_ms = was.latency;
	if (result == 'D')
		r.code = "";
	if (result == '?') {
		r.code = unknown_code;
		r.reason = unknown_why;
	}
	capi_receipt_spell(&c->lines, &r);
}

static int
recover_one(void *arg, int64_t flight, int64_t id, char result)
{
	struct recovering *c = arg;
	struct capi_store *store = c->s->store;
	int64_t now = capi_sender_now(c->s);
	struct capi_str code = {"", 0}, why = {"", 0};
	struct capi_store_event e;

	if (!capi_store_get(store, id, &e) || e.state != CAPI_QUEUED)
		return 0;
	if (result == 'R')
		return capi_store_retry(store, id, now, true, false, 0, code);
	if (result == '?' && e.repeatable) {
		c->again++;
		code =
		    (struct capi_str){unknown_code, sizeof(unknown_code) - 1};
		return capi_store_retry(store, id, now, true, true, 0, code);
	}
	recovered_receipt(c, flight, &e, result);
	if (result == 'D')
		return capi_store_delivered(store, &e, flight, now);
	c->parked++;
	if (result == '?') {
		code =
		    (struct capi_str){unknown_code, sizeof(unknown_code) - 1};
		why = (struct capi_str){unknown_why, sizeof(unknown_why) - 1};
	}
	return capi_store_park(
	    store, &e, true, result == '?', 0, code, why, now);
}

void
capi_answer_recover(struct capi_sender *s, struct capi_lane *l)
{
	struct recovering c = {
	    .s = s, .lane = l, .lines = CAPI_BUF_INIT((size_t)64 << 20)};
	int64_t receipt;

	if (capi_store_begin(s->store) ||
	    capi_store_lost(s->store, l->state.id, recover_one, &c))
		capi_sender_store_failed(s);
	if (c.lines.len &&
	    capi_store_receipt_add(s->store, l->state.id,
		(struct capi_str){c.lines.data, c.lines.len}, &receipt))
		capi_sender_store_failed(s);
	if (capi_store_commit(s->store))
		capi_sender_store_failed(s);
	if (c.again)
		capi_warn("%s: %llu events were in the air when an earlier "
			  "run ended; they are sent again under the same ids",
		    l->name, (unsigned long long)c.again);
	if (c.parked) {
		capi_warn("%s: %llu events were in the air when an earlier "
			  "run ended, or were refused then; they are parked",
		    l->name, (unsigned long long)c.parked);
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
	}
	capi_buf_release(&c.lines);
}
