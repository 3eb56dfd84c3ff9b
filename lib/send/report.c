#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "metrics.h"
#include "platform.h"
#include "replace.h"

struct counter {
	int64_t dest;
	const char *what; /* static */
	char label[64];
	int64_t n;
};

struct capi_metrics {
	struct counter *counters;
	size_t n;
};

/* Few labels in a run: a list is enough. The last place takes the rest, so
 * that free event names do not grow it without end. */
#define COUNTERS 512

static void
count(struct capi_sender *s, int64_t dest, const char *what,
    struct capi_str label, int64_t n)
{
	struct capi_metrics *m = s->metrics;
	struct counter *c;

	if (!n)
		return;
	if (!m) {
		m = s->metrics = capi_alloc(sizeof(*m));
		*m = (struct capi_metrics){NULL, 0};
	}
	/* Half a character would spoil the whole file for its reader. */
	if (label.n > sizeof(c->label) - 1)
		label.n = capi_text_whole(label.p, sizeof(c->label) - 1);
	for (size_t i = 0; i < m->n; i++) {
		c = &m->counters[i];
		if (c->dest == dest && c->what == what &&
		    capi_str_is(label, c->label)) {
			c->n += n;
			return;
		}
	}
	if (m->n >= COUNTERS) {
		if (!capi_str_is(label, "others"))
			count(s, dest, what, CAPI_STR("others"), n);
		return;
	}
	m->counters =
	    capi_realloc(m->counters, (m->n + 1) * sizeof(*m->counters));
	c = &m->counters[m->n++];
	*c = (struct counter){.dest = dest, .what = what, .n = n};
	memcpy(c->label, label.p, label.n);
}

static struct capi_str
str(const char *c)
{
	return (struct capi_str){c, strlen(c)};
}

static const char EVENTS[] = "events", NAMES[] = "names", ERRORS[] = "errors",
		  REQUESTS[] = "requests", LATENCY[] = "latency",
		  LATENCY_SUM[] = "latency_sum", UNCERTAIN[] = "uncertain";

static void
log_flight(struct capi_sender *s, const struct capi_flight *f)
{
	const struct capi_judgement *j = &f->judgement;
	struct capi_buf b = CAPI_BUF_INIT(8192);

	capi_buf_addc(&b, '{');
	capi_json_key(&b, "time");
	capi_buf_add_int(&b, f->started / 1000);
	capi_json_key(&b, "destination");
	capi_json_cstring(&b, f->lane->name);
	capi_json_key(&b, "batch");
	capi_buf_add_int(&b, f->id);
	capi_json_key(&b, "events");
	capi_buf_add_int(&b, (int64_t)f->n);
	capi_json_key(&b, "bytes");
	capi_buf_add_int(&b, (int64_t)f->body.len);
	capi_json_key(&b, "http_status");
	capi_buf_add_int(&b, f->http);
	capi_json_key(&b, "class");
	capi_json_cstring(&b, capi_class_name(j->class));
	capi_json_key(&b, "code");
	capi_json_cstring(&b, j->code);
	capi_json_key(&b, "trace_id");
	capi_json_cstring(&b, j->trace);
	capi_json_key(&b, "latency_ms");
	capi_buf_add_int(&b, f->ms);
	if (j->reason[0]) {
		capi_json_key(&b, "reason");
		capi_json_cstring(&b, j->reason);
	}
	capi_buf_adds(&b, "}\n");
	if (capi_write_all(s->log_fd, b.data, b.len)) {
		capi_warn("%s: writing failed; no more is logged", s->o.log);
		close(s->log_fd);
		s->log_fd = -1;
		s->status = capi_exit_worse(s->status, CAPI_EXIT_CANTCREAT);
	}
	capi_buf_release(&b);
}

void
capi_report_flight(struct capi_sender *s, const struct capi_flight *f)
{
	const struct capi_judgement *j = &f->judgement;
	int64_t dest = f->lane->state.id;
	char label[80];

	for (size_t i = 0; i < f->n; i++) {
		const struct capi_item *it = &f->items[i];

		if (it->uncertain)
			count(s, dest, UNCERTAIN, str(""), 1);
		if (it->todo == CAPI_DO_DELIVERED) {
			count(s, dest, EVENTS, str("delivered"), 1);
			count(s, dest, NAMES, it->e.name, 1);
		} else if (it->todo == CAPI_DO_PARK) {
			count(s, dest, EVENTS, str("parked"), 1);
		}
	}
	if (!f->id)
		return;
	snprintf(label, sizeof(label), "%d", f->http);
	count(s, dest, REQUESTS, str(label), 1);
	if (j->class != CAPI_IS_TAKEN) {
		snprintf(label, sizeof(label), "%s", j->code);
		count(s, dest, ERRORS, str(label), 1);
	}
	snprintf(label, sizeof(label), "%zu", capi_metrics_bucket(f->ms));
	count(s, dest, LATENCY, str(label), 1);
	count(s, dest, LATENCY_SUM, str(""), f->ms);
	if (s->log_fd >= 0)
		log_flight(s, f);
}

void
capi_report_keep(struct capi_sender *s)
{
	struct capi_metrics *m = s->metrics;

	if (!m || !s->store)
		return;
	if (capi_store_begin(s->store))
		capi_sender_store_failed(s);
	for (size_t i = 0; i < m->n; i++)
		if (capi_store_count_add(s->store, m->counters[i].dest,
			m->counters[i].what, m->counters[i].label,
			m->counters[i].n))
			capi_sender_store_failed(s);
	if (capi_store_commit(s->store))
		capi_sender_store_failed(s);
	free(m->counters);
	free(m);
	s->metrics = NULL;
}

int
capi_report_success(const struct capi_sender *s)
{
	uint64_t delivered = 0, all = 0;

	for (size_t i = 0; i < s->lane_count; i++) {
		delivered += s->lanes[i]->delivered;
		all += s->lanes[i]->delivered + s->lanes[i]->parked;
	}
	return all ? (int)(delivered * 100 / all) : -1;
}

/* ---- the file ---- */

struct writing {
	struct capi_sender *s;
	struct capi_buf b;
	const char *what; /* the counter that is written */
	const char *name; /* of the metric */
	const char *label;
	/* The histogram of the destination that is being read. */
	char dest[256];
	int64_t buckets[CAPI_METRICS_BUCKETS];
};

static int
counter_line(
    void *arg, const char *dest, const char *what, const char *label, int64_t n)
{
	struct writing *w = arg;
	const char *labels[] = {"destination", dest, w->label, label, NULL};

	if (strcmp(what, w->what))
		return 0;
	if (!w->label)
		labels[2] = NULL;
	capi_metrics_sample(&w->b, w->name, labels, (double)n);
	return 0;
}

static void
write_counters(struct writing *w, const char *what, const char *name,
    const char *label, const char *help)
{
	w->what = what;
	w->name = name;
	w->label = label;
	capi_metrics_head(&w->b, name, "counter", help);
	if (capi_store_counts(w->s->store, counter_line, w))
		capi_sender_store_failed(w->s);
}

static void
end_histogram(struct writing *w)
{
	char bound[32] = "+Inf";
	int64_t sum = 0;

	if (!w->dest[0])
		return;
	for (size_t i = 0; i < CAPI_METRICS_BUCKETS; i++) {
		const char *labels[] = {
		    "destination", w->dest, "le", bound, NULL};

		sum += w->buckets[i];
		snprintf(bound, sizeof(bound), "%g",
		    i < CAPI_METRICS_BUCKETS - 1
			? (double)capi_metrics_bounds[i] / 1000
			: 0);
		if (i == CAPI_METRICS_BUCKETS - 1)
			snprintf(bound, sizeof(bound), "+Inf");
		capi_metrics_sample(
		    &w->b, "request_seconds_bucket", labels, (double)sum);
	}
	const char *labels[] = {"destination", w->dest, NULL};

	capi_metrics_sample(
	    &w->b, "request_seconds_count", labels, (double)sum);
	memset(w->buckets, 0, sizeof(w->buckets));
}

static int
histogram_line(
    void *arg, const char *dest, const char *what, const char *label, int64_t n)
{
	struct writing *w = arg;
	const char *labels[] = {"destination", dest, NULL};
	int64_t i;

	if (!strcmp(what, LATENCY_SUM))
		capi_metrics_sample(
		    &w->b, "request_seconds_sum", labels, (double)n / 1000);
	if (strcmp(what, LATENCY))
		return 0;
	if (strcmp(dest, w->dest)) {
		end_histogram(w);
		snprintf(w->dest, sizeof(w->dest), "%s", dest);
	}
	i = label[0] - '0';
	if (i >= 0 && i < CAPI_METRICS_BUCKETS)
		w->buckets[i] += n;
	return 0;
}

static int
queue_line(void *arg, const struct capi_store_count *c)
{
	struct writing *w = arg;
	char dest[256];
	const char *labels[] = {"destination", dest, "state",
	    c->in_flight ? "in_flight" : capi_state_name(c->state), NULL};

	snprintf(dest, sizeof(dest), "%.*s", (int)c->dest.n, c->dest.p);
	capi_metrics_sample(&w->b, "queue_events", labels, (double)c->events);
	return 0;
}

static int
age_line(void *arg, const struct capi_store_count *c)
{
	struct writing *w = arg;
	char dest[256];
	const char *labels[] = {"destination", dest, NULL};
	int64_t age = 0;

	if (c->in_flight || c->state != CAPI_QUEUED)
		return 0;
	snprintf(dest, sizeof(dest), "%.*s", (int)c->dest.n, c->dest.p);
	if (c->oldest >= 0 && c->oldest < capi_sender_now(w->s))
		age = capi_sender_now(w->s) - c->oldest;
	capi_metrics_sample(
	    &w->b, "oldest_queued_seconds", labels, (double)age / 1000);
	return 0;
}

static int
dest_line(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct writing *w = arg;
	const char *labels[] = {"destination", name, NULL};
	int64_t last;

	(void)platform;
	if (!strcmp(w->what, "auth")) {
		capi_metrics_sample(
		    &w->b, "auth_failed", labels, !strcmp(d->stopped, "auth"));
		return 0;
	}
	if (!strcmp(w->what, "rest")) {
		int64_t rest = d->paused_until - capi_sender_now(w->s);

		capi_metrics_sample(&w->b, "retry_after_seconds", labels,
		    rest > 0 ? (double)rest / 1000 : 0);
		return 0;
	}
	last = capi_store_last_taken(w->s->store, d->id);
	if (last >= 0)
		capi_metrics_sample(&w->b, "last_delivery_timestamp_seconds",
		    labels, (double)last / 1000);
	return 0;
}

static void
write_gauge(struct writing *w, const char *name, const char *help, double v)
{
	capi_metrics_head(&w->b, name, "gauge", help);
	capi_metrics_sample(&w->b, name, NULL, v);
}

static void
write_state(struct writing *w)
{
	capi_metrics_head(
	    &w->b, "queue_events", "gauge", "Events in the spool by state.");
	if (capi_store_status(w->s->store, queue_line, w))
		capi_sender_store_failed(w->s);
	capi_metrics_head(&w->b, "oldest_queued_seconds", "gauge",
	    "Age of the oldest event that waits.");
	if (capi_store_status(w->s->store, age_line, w))
		capi_sender_store_failed(w->s);
	capi_metrics_head(&w->b, "auth_failed", "gauge",
	    "1 when the destination refused our credentials.");
	w->what = "auth";
	if (capi_store_dests(w->s->store, dest_line, w))
		capi_sender_store_failed(w->s);
	capi_metrics_head(&w->b, "retry_after_seconds", "gauge",
	    "How long the destination still rests.");
	w->what = "rest";
	if (capi_store_dests(w->s->store, dest_line, w))
		capi_sender_store_failed(w->s);
	capi_metrics_head(&w->b, "last_delivery_timestamp_seconds", "gauge",
	    "When the destination last took events.");
	w->what = "last";
	if (capi_store_dests(w->s->store, dest_line, w))
		capi_sender_store_failed(w->s);
}

int
capi_report_metrics(
    struct capi_sender *s, const char *path, enum capi_exit status)
{
	struct writing w = {.s = s, .b = CAPI_BUF_INIT((size_t)64 << 20)};
	int64_t used, left, now = capi_sender_now(s);
	int success = capi_report_success(s), rc;

	write_counters(&w, EVENTS, "events_total", "outcome",
	    "Events by what became of them.");
	write_counters(&w, NAMES, "delivered_by_name_total", "event_name",
	    "Delivered events by name.");
	write_counters(&w, REQUESTS, "http_requests_total", "status",
	    "Requests by HTTP status; 0: no answer.");
	write_counters(&w, ERRORS, "errors_total", "code",
	    "Requests that failed, by the platform's code.");
	write_counters(&w, UNCERTAIN, "uncertain_total", NULL,
	    "Events whose answer was lost.");
	capi_metrics_head(&w.b, "request_seconds", "histogram",
	    "Time from request to answer.");
	if (capi_store_counts(s->store, histogram_line, &w))
		capi_sender_store_failed(s);
	end_histogram(&w);
	write_state(&w);
	capi_store_sizes(s->store, &used, &left);
	write_gauge(&w, "spool_bytes", "Size of the spool.", (double)used);
	write_gauge(
	    &w, "spool_free_bytes", "Room left beside it.", (double)left);
	write_gauge(&w, "last_run_timestamp_seconds",
	    "When the last run ended.", (double)now / 1000);
	write_gauge(&w, "run_duration_seconds", "How long it took.",
	    (double)(now - s->run_started) / 1000);
	write_gauge(
	    &w, "last_exit_status", "What it ended with.", (double)status);
	if (success >= 0)
		write_gauge(&w, "success_ratio",
		    "Share of the events judged in the last run that were "
		    "taken.",
		    success / 100.0);
	/* For a collector that is another user, whatever our umask is. */
	rc = capi_replace(path, 0644, w.b.data, w.b.len) ? -1 : 0;
	capi_buf_release(&w.b);
	return rc;
}

/* ---- last words ---- */

static void
add_count(struct capi_buf *b, uint64_t n, const char *what)
{
	if (n)
		capi_buf_addf(
		    b, "%s%" PRIu64 " %s", b->len ? ", " : "", n, what);
}

struct waiting {
	const struct capi_lane *lane;
	int64_t events;
};

static int
add_waiting(void *arg, const struct capi_store_count *c)
{
	struct waiting *w = arg;

	if (c->state == CAPI_QUEUED && !c->in_flight &&
	    capi_str_is(c->dest, w->lane->name))
		w->events = c->events;
	return 0;
}

static void
say_lane(struct capi_sender *s, const struct capi_lane *l)
{
	struct capi_buf b = CAPI_BUF_INIT(1024);
	int64_t rest = l->state.paused_until - capi_sender_now(s);
	struct waiting w = {.lane = l};

	add_count(&b, l->delivered, "delivered");
	add_count(&b, l->duplicates, "duplicate");
	add_count(&b, l->queued, "queued");
	add_count(&b, l->unknown, "unknown");
	add_count(&b, l->parked, "parked");
	add_count(&b, l->conflicts, "in conflict");
	add_count(&b, l->refused, "refused");
	add_count(&b, l->withheld, "withheld");
	if (s->store && capi_store_status(s->store, add_waiting, &w))
		capi_sender_store_failed(s);
	if (w.events)
		capi_buf_addf(&b, "%s%" PRId64 " in the queue",
		    b.len ? "; " : "", w.events);
	if (w.events && rest > 0)
		capi_buf_addf(
		    &b, ", resting for %" PRId64 " s", (rest + 999) / 1000);
	if (w.events && l->stop == CAPI_STOP_NOT && l->trouble[0])
		capi_buf_addf(&b, " (%s)", l->trouble);
	if (b.len)
		capi_warn("%s: %s", l->name, capi_buf_cstr(&b));
	capi_buf_release(&b);
}

void
capi_report_words(struct capi_sender *s)
{
	if (!s->summary && !s->on_terminal && s->status == CAPI_EXIT_OK)
		return;
	for (size_t i = 0; i < s->lane_count; i++)
		say_lane(s, s->lanes[i]);
}
