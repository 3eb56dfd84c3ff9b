#include "sender.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "platform.h"
#include "report.h"

#ifndef CAPI_VERSION
#define CAPI_VERSION "unknown"
#endif

static int64_t
monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The wall clock is read once; in a run time only goes forward. */
int64_t
capi_sender_now(const struct capi_sender *s)
{
	return s->o.now_ms + monotonic_ms() - s->started_mono;
}

/* xorshift64*: jitter needs no secrecy. */
uint64_t
capi_sender_random(struct capi_sender *s)
{
	s->dice ^= s->dice >> 12;
	s->dice ^= s->dice << 25;
	s->dice ^= s->dice >> 27;
	return s->dice * UINT64_C(2685821657736338717);
}

/* ---- the line on a terminal ---- */

#define TELL_MS 250

static int
add_queued(void *arg, const struct capi_store_count *c)
{
	int64_t *n = arg;

	if (c->state == CAPI_QUEUED && !c->in_flight)
		*n += c->events;
	return 0;
}

static void
tell(struct capi_sender *s)
{
	int64_t now = monotonic_ms(), queued = s->queued_before;
	uint64_t delivered = 0, parked = 0, known = 0;
	char text[128];

	if (!s->on_terminal || now - s->told_at < TELL_MS)
		return;
	s->told_at = now;
	for (size_t i = 0; i < s->lane_count; i++) {
		delivered += s->lanes[i]->delivered;
		parked += s->lanes[i]->parked;
		known += s->lanes[i]->duplicates;
	}
	queued += (int64_t)(s->put - known - s->conflicts);
	queued -= (int64_t)(delivered + parked);
	snprintf(text, sizeof(text),
	    "%" PRIu64 " delivered, %" PRId64 " queued, %" PRIu64
	    " parked, %" PRId64 "/s",
	    delivered, queued > 0 ? queued : 0, parked + s->conflicts,
	    (int64_t)delivered * 1000 / (now - s->started_mono + 1));
	capi_progress(text);
}

static void one_round(struct capi_sender *s, struct capi_flight *done);

/* The disk is full: what platforms have taken must be known to the next run,
 * or it would send it again. The reserve is for that; nothing new leaves. */
static void
save_outcomes(struct capi_sender *s)
{
	struct capi_flight *done = s->recording;

	s->full = true;
	if (!capi_store_release_ballast(s->store))
		return;
	s->recording = NULL;
	one_round(s, done);
	if (s->http)
		capi_sender_land(s, s->o.timeout_ms);
}

enum capi_exit
capi_sender_exit(enum capi_store_cause cause)
{
	static const enum capi_exit statuses[] = {
	    [CAPI_STORE_OK] = CAPI_EXIT_BUG,
	    [CAPI_STORE_CANTCREAT] = CAPI_EXIT_CANTCREAT,
	    [CAPI_STORE_UNSAFE] = CAPI_EXIT_CONFIG,
	    [CAPI_STORE_NEWER] = CAPI_EXIT_CONFIG,
	    [CAPI_STORE_CORRUPT] = CAPI_EXIT_IO,
	    [CAPI_STORE_FULL] = CAPI_EXIT_IO,
	    [CAPI_STORE_IO] = CAPI_EXIT_IO,
	    [CAPI_STORE_BUSY] = CAPI_EXIT_IO,
	    [CAPI_STORE_SYSTEM] = CAPI_EXIT_SYSTEM,
	};

	return statuses[cause];
}

void
capi_sender_store_failed(struct capi_sender *s)
{
	enum capi_store_cause cause = capi_store_cause(s->store);

	capi_store_rollback(s->store);
	capi_warn("%s", capi_store_error(s->store));
	if (cause == CAPI_STORE_FULL && !s->full)
		save_outcomes(s);
	capi_receipt_flush(s);
	if (cause == CAPI_STORE_FULL)
		capi_warn("%llu lines of the input were taken and are safe",
		    (unsigned long long)s->committed);
	if (cause == CAPI_STORE_CORRUPT)
		capi_warn("nothing was changed; --salvage DIR copies what can "
			  "be read to a new store");
	exit(capi_sender_exit(cause));
}

void
capi_sender_open(struct capi_sender *s)
{
	struct capi_http_options http = {.http2 = s->o.http2,
	    .timeout_ms = s->o.timeout_ms,
	    .connect_ms = s->o.connect_ms,
	    .connections = s->o.http2 ? 1 : 8,
	    .agent = "capi-send/" CAPI_VERSION};

	s->started_mono = monotonic_ms();
	s->run_started = s->o.now_ms;
	s->deadline = s->o.now_ms + s->o.max_time_ms;
	if (getrandom(&s->dice, sizeof(s->dice), GRND_NONBLOCK) < 0)
		s->dice = (uint64_t)monotonic_ms();
	s->dice |= 1;
	s->on_terminal = s->store && isatty(STDERR_FILENO);
	if (s->on_terminal)
		capi_store_status(s->store, add_queued, &s->queued_before);
	s->json = capi_json_parser_new();
	s->digest = capi_digest_new();
	s->out.max = (size_t)64 << 20;
	s->http = s->o.dry_run ? NULL : capi_http_new(&http);
	if (!s->digest || (!s->o.dry_run && !s->http))
		capi_die(CAPI_EXIT_SYSTEM, "libcurl or OpenSSL can not start");
}

/* ---- one round ---- */

static struct capi_flight *
take_answers(struct capi_sender *s)
{
	struct capi_http_answer a;
	struct capi_flight *done;

	while (capi_http_next(s->http, &a)) {
		struct capi_errand *e = a.arg;

		capi_fault("after-response");
		e->answered(s, e, &a);
	}
	done = s->answered;
	s->answered = NULL;
	for (struct capi_flight *f = done; f; f = f->next)
		capi_answer_decide(s, f);
	return done;
}

static bool
may_claim(struct capi_sender *s, struct capi_lane *l)
{
	return !s->stopping && !s->full && capi_lane_ready(s, l) &&
	       capi_lane_may_start(s, l) &&
	       capi_lane_wakes(s, l) <= capi_sender_now(s);
}

static void
one_round(struct capi_sender *s, struct capi_flight *done)
{
	struct capi_flight *ready = NULL, *f;
	bool claim = false;

	/* Getting a lane ready has transactions of its own: all of them now. */
	for (size_t i = 0; i < s->lane_count; i++)
		claim |= s->lanes[i]->claims = may_claim(s, s->lanes[i]);
	if (!done && !claim)
		return;
	s->recording = done; /* again from here when the disk is full */
	if (capi_store_begin(s->store))
		capi_sender_store_failed(s);
	capi_receipt_settle(s);
	for (f = done; f; f = f->next)
		capi_answer_record(s, f);
	/* No lane that got ready meanwhile, by another process's end. */
	for (size_t i = 0; i < s->lane_count; i++)
		if (s->lanes[i]->claims && may_claim(s, s->lanes[i]))
			capi_batch_claim(s, s->lanes[i], &ready);
	if (capi_store_commit(s->store))
		capi_sender_store_failed(s);
	s->recording = NULL;
	capi_fault(done ? "after-result-commit" : "after-claim-commit");
	while ((f = done)) {
		done = f->next;
		capi_answer_after(s, f);
	}
	while ((f = ready)) {
		ready = f->next;
		f->next = NULL;
		capi_batch_start(s, f);
	}
}

void
capi_sender_pump(struct capi_sender *s)
{
	if (s->o.dry_run)
		return;
	/* Let transfers move before looking what has come of them. */
	capi_http_wait(s->http, 0, NULL, 0);
	one_round(s, take_answers(s));
	/* Events that were set aside, requests that could not start. */
	while (s->answered)
		one_round(s, take_answers(s));
	if (s->o.follow)
		capi_follow_pump(s);
	tell(s);
}

/* ---- waiting ---- */

/* When something can be done again; INT64_MAX: never in this run. */
static int64_t
next_wake(struct capi_sender *s)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < s->lane_count; i++) {
		int64_t at = capi_lane_wakes(s, s->lanes[i]);

		if (at < first)
			first = at;
	}
	return first;
}

static bool
is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

/* Rounds in a row without a wait, an answer or anything in the air. Two can be
 * right; a program that is found busy in the morning never is. */
#define ROUNDS 1000

void
capi_sender_wait(struct capi_sender *s, int fd, int signal_fd)
{
	int fds[2], rounds = 0;
	size_t n = 0;

	if (fd >= 0)
		fds[n++] = fd;
	if (signal_fd >= 0)
		fds[n++] = signal_fd;
	for (;;) {
		int64_t now, wake, wait;

		capi_sender_pump(s);
		if (is_readable(fd) || is_readable(signal_fd))
			return;
		now = capi_sender_now(s);
		wake = next_wake(s);
		if (fd < 0 && !capi_http_running(s->http) &&
		    (wake > s->deadline || s->stopping || s->full))
			return; /* all done, or given up for this run */
		wait = wake == INT64_MAX ? 60000 : wake - now;
		if (wait < 0 || s->answered)
			wait = 0;
		/* A lane that is due and has all its requests in the air. */
		if (!wait && capi_http_running(s->http))
			wait = 1000;
		if (wait || s->answered)
			rounds = 0;
		else if (++rounds > ROUNDS)
			capi_die(CAPI_EXIT_BUG,
			    "something is due and can not be done; the queue "
			    "is kept: please report this");
		if (wait > 60000)
			wait = 60000;
		if (s->on_terminal && wait > TELL_MS)
			wait = TELL_MS;
		capi_http_wait(s->http, (int)wait, fds, n);
	}
}

static bool
is_anything_in_the_air(const struct capi_sender *s)
{
	for (size_t i = 0; i < s->lane_count; i++)
		if (s->lanes[i]->in_flight)
			return capi_http_running(s->http) > 0;
	return false;
}

void
capi_sender_land(struct capi_sender *s, int64_t grace_ms)
{
	int64_t end = monotonic_ms() + grace_ms;

	s->stopping = true;
	while (is_anything_in_the_air(s) && monotonic_ms() < end) {
		capi_http_wait(s->http, 100, NULL, 0);
		one_round(s, take_answers(s));
	}
}

/* ---- the end ---- */

static bool
is_anything_left(struct capi_sender *s)
{
	for (size_t i = 0; i < s->lane_count; i++)
		if ((s->lanes[i]->stop != CAPI_STOP_TAKEN ||
			s->lanes[i]->concerns) &&
		    capi_store_next_due(s->store, s->lanes[i]->state.id) >= 0)
			return true;
	return false;
}

/* What no platform would take any more need not be remembered. Nobody should
 * wait for it: a part of the ledger a run, and more than the run has added, so
 * that it comes round.*/
#define EXPIRE_ROWS 20000

static void
expire(struct capi_sender *s)
{
	int64_t before =
	    capi_sender_now(s) - s->o.keep_days * (int64_t)86400000;
	int64_t n;

	if (capi_store_begin(s->store) ||
	    capi_store_expire(
		s->store, before, EXPIRE_ROWS + 4 * (int64_t)s->put, &n) ||
	    capi_store_commit(s->store))
		capi_sender_store_failed(s);
}

void
capi_sender_close(struct capi_sender *s)
{
	capi_progress("");
	if (s->store) {
		if (is_anything_left(s))
			s->status = capi_exit_worse(s->status, CAPI_EXIT_AGAIN);
		capi_ingest_left(s);
		capi_follow_end(s);
		capi_report_keep(s);
		expire(s);
		if (s->out_done_count) {
			if (capi_store_begin(s->store))
				capi_sender_store_failed(s);
			capi_receipt_settle(s);
			if (capi_store_commit(s->store))
				capi_sender_store_failed(s);
		}
	}
	capi_receipt_flush(s);
	if (s->o.min_success && capi_report_success(s) >= 0 &&
	    capi_report_success(s) < s->o.min_success) {
		capi_warn("only %d%% of the events were taken, less than "
			  "--min-success %lld",
		    capi_report_success(s), (long long)s->o.min_success);
		s->status = capi_exit_worse(s->status, CAPI_EXIT_FINDINGS);
	}
	if (s->store && s->o.metrics &&
	    capi_report_metrics(s, s->o.metrics, s->status)) {
		capi_warn("%s: can not be written", s->o.metrics);
		s->status = capi_exit_worse(s->status, CAPI_EXIT_CANTCREAT);
	}
	capi_report_words(s);
	if (s->log_fd >= 0 && close(s->log_fd))
		s->status = capi_exit_worse(s->status, CAPI_EXIT_IO);
	capi_http_free(s->http);
	for (size_t i = 0; i < s->lane_count; i++)
		capi_lane_free(s->lanes[i]);
	free(s->lanes);
	free(s->ours);
	capi_store_close(s->store);
	capi_buf_release(&s->out);
	capi_arena_release(&s->arena);
	capi_json_parser_free(s->json);
	capi_digest_free(s->digest);
	capi_config_free(s->config);
}
