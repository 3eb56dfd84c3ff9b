#include "sender.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

#define IN_FLIGHT 4
#define LOCK_AGAIN_MS 200

static void
open_configured(struct capi_sender *s, struct capi_lane *l)
{
	char err[256];

	l->configured =
	    capi_config_find(s->config, l->name, &l->dest, err, sizeof(err));
	if (!l->configured)
		capi_lane_stop(s, l, CAPI_STOP_CONFIG, "%s", err);
	else if (!l->service)
		capi_lane_stop(s, l, CAPI_STOP_CONFIG,
		    "%s: nothing is known of how to send to it",
		    l->platform->name);
}

struct capi_lane *
capi_lane_find(
    struct capi_sender *s, const char *name, size_t n, const char *platform)
{
	const struct capi_platform *p;
	struct capi_lane *l;

	for (size_t i = 0; i < s->lane_count; i++) {
		l = s->lanes[i];
		if (strlen(l->name) == n && !memcmp(l->name, name, n))
			return strcmp(l->platform->name, platform) ? NULL : l;
	}
	p = capi_platform_find(platform, strlen(platform));
	if (!p || !n || n >= sizeof(l->name))
		return NULL;
	for (size_t i = 0; i < n; i++) /* it becomes part of a file name */
		if (!capi_is_alnum(name[i]) && !strchr(":-_.", name[i]))
			return NULL;
	l = capi_alloc(sizeof(*l));
	memset(l, 0, sizeof(*l));
	memcpy(l->name, name, n);
	l->platform = p;
	l->service = p->service;
	open_configured(s, l);
	if (s->store && capi_store_dest(s->store, l->name, p->name, &l->state))
		capi_sender_store_failed(s);
	l->saved = l->state;
	s->lanes = capi_realloc(
	    s->lanes, (s->lane_count + 1) * sizeof(struct capi_lane *));
	s->lanes[s->lane_count++] = l;
	return l;
}

static void
tell(struct capi_sender *s, const struct capi_lane *l, enum capi_exit status)
{
	if (!strncmp(l->why, l->name, strlen(l->name)))
		capi_warn("%s", l->why);
	else
		capi_warn("%s: %s", l->name, l->why);
	s->status = capi_exit_worse(s->status, status);
}

void
capi_lane_stop(struct capi_sender *s, struct capi_lane *l, enum capi_stop stop,
    const char *fmt, ...)
{
	static const enum capi_exit statuses[] = {
	    [CAPI_STOP_NOT] = CAPI_EXIT_OK,
	    [CAPI_STOP_AUTH] = CAPI_EXIT_NOPERM,
	    [CAPI_STOP_CONFIG] = CAPI_EXIT_CONFIG,
	    [CAPI_STOP_LATER] = CAPI_EXIT_AGAIN,
	};
	va_list ap;

	if (l->stop != CAPI_STOP_NOT && l->stop <= stop)
		return; /* the graver reason was told already */
	l->stop = stop;
	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	tell(s, l, statuses[stop]);
}

void
capi_lane_concerns(struct capi_sender *s, struct capi_lane *l)
{
	if (!l->concerns && l->stop == CAPI_STOP_TAKEN)
		tell(s, l, CAPI_EXIT_AGAIN);
	l->concerns = true;
}

/* Another process sends to it. What that does not get done is a matter of its
 * own, unless this run was to send there. */
static void
leave(struct capi_sender *s, struct capi_lane *l)
{
	l->stop = CAPI_STOP_TAKEN;
	snprintf(l->why, sizeof(l->why),
	    "another capi-send is sending to it; the events are queued");
	if (l->concerns)
		tell(s, l, CAPI_EXIT_AGAIN);
}

/* Times that a clock, since set back, wrote far into the future. */
static void
mend_clock(struct capi_sender *s, struct capi_lane *l)
{
	int64_t now = capi_sender_now(s);

	if (l->state.paused_until > now + CAPI_RETRY_AFTER_MAX)
		l->state.paused_until = now;
	if (capi_store_begin(s->store) ||
	    capi_store_mend_clock(s->store, l->state.id, now,
		CAPI_RETRY_AFTER_MAX + CAPI_RETRY_AFTER_MAX / 4) ||
	    capi_store_commit(s->store))
		capi_sender_store_failed(s);
}

static int
earlier_receipt(void *arg, int64_t id, struct capi_str lines)
{
	capi_receipt_lines(arg, id, lines);
	return 0;
}

static void
take_over(struct capi_sender *s, struct capi_lane *l)
{
	mend_clock(s, l);
	capi_answer_recover(s, l);
	if (capi_store_receipts(s->store, l->state.id, earlier_receipt, s))
		capi_sender_store_failed(s);
}

bool
capi_lane_ready(struct capi_sender *s, struct capi_lane *l)
{
	if (l->stop != CAPI_STOP_NOT)
		return false;
	if (l->opened)
		return capi_token_ready(s, l);
	if (!l->ours) {
		int64_t now = capi_sender_now(s);
		int got;

		if (now < l->try_at)
			return false;
		got = capi_store_lock_dest(s->store, l->name);
		if (got < 0)
			capi_sender_store_failed(s);
		if (!got && now < s->o.now_ms + s->o.wait_ms) {
			l->try_at = now + LOCK_AGAIN_MS;
			return false;
		}
		if (!got) {
			leave(s, l);
			return false;
		}
		l->ours = true;
		/* What it was may have changed until we had the lock. */
		if (capi_store_dest(
			s->store, l->name, l->platform->name, &l->state))
			capi_sender_store_failed(s);
		l->saved = l->state;
		take_over(s, l);
	}
	if (!capi_token_ready(s, l))
		return false;
	l->probe =
	    l->state.stopped[0] && (strcmp(l->state.stopped, "auth") ||
				       !strcmp(l->state.token, l->token_print));
	l->opened = true;
	return true;
}

/* The bucket: a request is one token, `burst` fit in. */
static int64_t
rate_allows_at(const struct capi_lane *l)
{
	unsigned rate = l->service->rate;
	int64_t gap = rate ? 60000 / (int64_t)rate : 0;
	unsigned burst = l->service->burst ? l->service->burst : 1;

	return rate ? l->tokens_at - gap * ((int64_t)burst - 1) : 0;
}

bool
capi_lane_may_start(struct capi_sender *s, struct capi_lane *l)
{
	unsigned most =
	    l->service->in_flight ? l->service->in_flight : IN_FLIGHT;
	int64_t now = capi_sender_now(s);

	if (l->probe || l->again || l->state.failures)
		most = 1;
	return l->in_flight < most && l->state.paused_until <= now &&
	       rate_allows_at(l) <= now;
}

int64_t
capi_lane_wakes(struct capi_sender *s, struct capi_lane *l)
{
	int64_t at, first;

	if (l->stop != CAPI_STOP_NOT || l->fetching)
		return INT64_MAX;
	/* What waited for something in the air waits for no retry, so it may
	 * go when the time of the run is over. */
	at = l->again || (l->passed_over && !l->in_flight)
		 ? 0
		 : capi_store_next_due(s->store, l->state.id);
	if (at < 0)
		return INT64_MAX;
	first = rate_allows_at(l);
	if (first < l->try_at && !l->ours)
		first = l->try_at;
	if (at < first)
		at = first;
	return at < l->state.paused_until ? l->state.paused_until : at;
}

void
capi_lane_free(struct capi_lane *l)
{
	capi_token_free(l);
	capi_follow_free(l);
	for (size_t i = 0; i < CAPI_LANE_CALLS; i++)
		capi_flight_free(l->forming[i]);
	while (l->again) {
		struct capi_flight *f = l->again;

		l->again = f->next;
		capi_flight_free(f);
	}
	free(l);
}
