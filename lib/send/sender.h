/*
 * The engine of capi-send: requests in, deliveries and receipts out. It joins
 * the edges (store, http) to the pure parts (retry, service) and is linked
 * into capi-send alone.
 *
 * A lane is a destination with its queue, its credentials and its pauses; a
 * slow or refused one holds no other back. A flight is one HTTP request and
 * the events in it. The order of things, which every promise hangs on:
 *
 *	event on disk -> flight on disk -> request -> outcome on disk -> receipt
 */
#ifndef CAPI_SEND_SENDER_H
#define CAPI_SEND_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "credential.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "service.h"
#include "store/store.h"

#define CAPI_LANE_CALLS 8

struct capi_sender_options {
	const char *spool;
	const char *ca_file, *test_code;
	const char *bodies; /* file for requests of a dry run */
	const char *log;
	const char *metrics;
	int64_t min_success; /* percent; 0: no alarm */
	int64_t keep_days;
	int64_t now_ms; /* at the start */
	int64_t max_time_ms;
	int64_t wait_ms;         /* for another process that sends */
	int64_t base_ms, cap_ms; /* of the backoff */
	int64_t timeout_ms, connect_ms;
	int64_t max_attempts, max_age_ms;
	int64_t batch;   /* events in a request; 0: the platform's limit */
	int64_t breaker; /* failed requests in a row that end a lane's run */
	bool dry_run, http2, plain_http, follow;
};

/* Why a lane does not go on in this run. */
enum capi_stop {
	CAPI_STOP_NOT,
	CAPI_STOP_AUTH,   /* 77 */
	CAPI_STOP_CONFIG, /* 78 */
	CAPI_STOP_LATER,  /* 75: the breaker, the certificate, --max-time */
	CAPI_STOP_TAKEN,  /* 75: another process sends */
};

struct capi_item {
	struct capi_store_event e; /* strings live in the flight's arena */
	size_t offset;             /* of its bytes in the body */
	/* What became of it, decided before the transaction. */
	enum {
		CAPI_DO_DELIVERED,
		CAPI_DO_RETRY,
		CAPI_DO_PARK,
		CAPI_DO_AGAIN, /* at once, in a smaller request */
	} todo;
	bool attempted, uncertain;
	int64_t next_at;
	const char *code, *reason;
};

struct capi_lane;
struct capi_sender;

/* What is done with an answer: all requests share one libcurl handle, so that
 * none waits for another. */
struct capi_errand {
	void (*answered)(struct capi_sender *s, struct capi_errand *e,
	    const struct capi_http_answer *a);
	void *of; /* the flight, the lane or the question */
};

struct capi_flight {
	struct capi_errand errand;
	struct capi_lane *lane;
	struct capi_flight *next;
	int64_t id; /* 0: not claimed yet */
	unsigned call;
	struct capi_item *items;
	size_t n, room, bytes;
	struct capi_arena arena;
	struct capi_buf body;
	struct capi_buf lines; /* receipts */
	int64_t started;
	/* Of a batch that was refused: the half that this one belongs with. */
	struct capi_flight *sibling;
	bool part; /* of a refused batch */
	/* Its answer. */
	bool answered;
	int64_t receipt; /* its receipts' number in the store */
	struct capi_judgement judgement;
	int http;
	int64_t ms;
	char problem[300];
};

struct capi_lane {
	char name[192];
	struct capi_dest dest;
	bool configured;
	const struct capi_platform *platform;
	const struct capi_service *service;
	struct capi_store_dest state;
	struct capi_store_dest saved; /* as it stands in the store */
	bool ours;                    /* this process sends to it */
	bool opened;                  /* looked at what is needed for sending */
	bool claims;                  /* in this round */
	int64_t try_at;               /* to become it; 0: at once */
	enum capi_stop stop;
	char why[400];
	char trouble[320]; /* of the last request that failed */
	struct capi_secret token;
	char token_print[17];
	bool probe;          /* one event first: it was refused last time */
	bool renewed;        /* the OAuth token was, once */
	int64_t token_until; /* renewed then; 0: it is not ours to renew */
	int64_t token_since; /* requests before that had another one */
	bool fetching;       /* the token is on its way */
	struct capi_errand fetch;
	struct capi_buf fetch_form;
	struct capi_store_cursor cursor;
	struct capi_flight *forming[CAPI_LANE_CALLS];
	struct capi_flight *again; /* parts of refused batches, a stack */
	bool passed_over; /* events behind others that were in the air */
	bool concerns;    /* this run was to send to it */
	unsigned in_flight;
	int64_t failed_at;      /* when the last failure was counted */
	int64_t tokens_at;      /* rate: the bucket is full again then */
	unsigned refused_alone; /* single events in a row, none taken between */
	char refused_code[64];
	bool clock_known; /* the server told its time */
	int64_t skew_ms;  /* its clock minus ours */
	bool clock_told;
	struct capi_question *asking; /* see follow.c */
	int64_t asked_last;           /* request; those up to it were asked */
	bool asks_no_more;
	/* What became of this run's events, for the last words. */
	uint64_t delivered, parked, duplicates, conflicts, refused, withheld;
	uint64_t queued, unknown; /* of its input, when it ends */
	uint64_t refused_later;
};

struct capi_sender {
	struct capi_sender_options o;
	struct capi_config *config;
	struct capi_store *store;
	struct capi_http *http;
	struct capi_json_parser *json;
	struct capi_digest *digest;
	struct capi_arena arena; /* for answers */
	struct capi_lane **lanes;
	size_t lane_count;
	int64_t started_mono;
	int64_t deadline; /* wall ms; no attempt is waited for beyond it */
	uint64_t dice;
	enum capi_exit status;
	bool stopping; /* a signal: nothing new leaves */
	bool full;     /* the disk: nothing new is taken or leaves */
	struct capi_flight *answered;  /* not yet recorded */
	struct capi_flight *recording; /* in the open transaction */
	uint64_t committed;            /* lines of the input that are on disk */
	int bodies_fd, log_fd;

	/* Receipts. */
	struct capi_buf out;
	bool out_broken;
	int64_t out_done[64]; /* written, and still in the store */
	size_t out_done_count;
	int64_t run_started;
	struct {
		int64_t first, last;
	} * ours; /* ids of the events of this input, in ranges, ascending */
	size_t our_count, our_room;
	uint64_t put, conflicts;
	/* Told of each line of this input that is taken and will not be
	 * delivered unless somebody does something. */
	void (*refused)(void *arg, const char *why);
	void *refused_arg;
	bool summary; /* last words even when all is well */
	struct capi_metrics *metrics;

	/* Of the line on a terminal. */
	bool on_terminal;
	int64_t told_at;       /* monotonic ms */
	int64_t queued_before; /* when the run began */
};

/* sender.c: the loop. Errors of the store end the process with a message. */
void capi_sender_open(struct capi_sender *s);
int64_t capi_sender_now(const struct capi_sender *s);
uint64_t capi_sender_random(struct capi_sender *s);
enum capi_exit capi_sender_exit(enum capi_store_cause cause);
_Noreturn void capi_sender_store_failed(struct capi_sender *s);
/* Records answers, claims and starts what is due. */
void capi_sender_pump(struct capi_sender *s);
/* Goes on until fd is readable (-1: until all is done or given up). */
void capi_sender_wait(struct capi_sender *s, int fd, int signal_fd);
/* Deliveries in the air are given `grace_ms`, then left as unknown. */
void capi_sender_land(struct capi_sender *s, int64_t grace_ms);
void capi_sender_close(struct capi_sender *s);

/* lane.c */
struct capi_lane *capi_lane_find(
    struct capi_sender *s, const char *name, size_t n, const char *platform);
void capi_lane_stop(struct capi_sender *s, struct capi_lane *l,
    enum capi_stop stop, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* This run feeds it, or was told to send all there is. */
void capi_lane_concerns(struct capi_sender *s, struct capi_lane *l);
/* Everything that sending needs is there: lock, keys, token. */
bool capi_lane_ready(struct capi_sender *s, struct capi_lane *l);
/* Wall ms at which the lane can do something next; INT64_MAX: never. */
int64_t capi_lane_wakes(struct capi_sender *s, struct capi_lane *l);
void capi_lane_free(struct capi_lane *l);
bool capi_lane_may_start(struct capi_sender *s, struct capi_lane *l);

/* batch.c */
/* NULL when the body's head can not be written: the lane is stopped. */
struct capi_flight *capi_flight_new(
    struct capi_sender *s, struct capi_lane *l, unsigned call);
void capi_flight_free(struct capi_flight *f);
/* False: it does not fit any more. */
bool capi_flight_add(struct capi_sender *s, struct capi_flight *f,
    const struct capi_store_event *e);
/* The items [from, to) in a flight of their own. */
struct capi_flight *capi_flight_part(
    struct capi_sender *s, const struct capi_flight *f, size_t from, size_t to);
void capi_flight_close(struct capi_flight *f);
unsigned capi_flight_call(const struct capi_platform *p, struct capi_str call);
/* Claims what is due, inside a transaction; starts it after the commit. */
void capi_batch_claim(
    struct capi_sender *s, struct capi_lane *l, struct capi_flight **ready);
void capi_batch_start(struct capi_sender *s, struct capi_flight *f);
void capi_batch_show(struct capi_sender *s, struct capi_flight *f);

/* Scheme, host and port of the lane, without a slash at the end. */
void capi_batch_endpoint(struct capi_buf *url, const struct capi_lane *l);
/* Starts a GET with the lane's token. False: it can not be started. */
bool capi_batch_ask(struct capi_sender *s, struct capi_lane *l, const char *url,
    struct capi_errand *e);

/* token.c */
/* False: it is on its way, or there is none and the lane is stopped. */
bool capi_token_ready(struct capi_sender *s, struct capi_lane *l);
void capi_token_free(struct capi_lane *l);

/* follow.c */
void capi_follow_keep(struct capi_sender *s, const struct capi_flight *f);
/* Finds the lanes that have questions; starts those that are due; sums up. */
void capi_follow_begin(struct capi_sender *s);
void capi_follow_pump(struct capi_sender *s);
void capi_follow_end(struct capi_sender *s);
void capi_follow_free(struct capi_lane *l);

/* answer.c */
void capi_answer_take(struct capi_sender *s, struct capi_errand *e,
    const struct capi_http_answer *a);
/* Once, before the transaction. */
void capi_answer_decide(struct capi_sender *s, struct capi_flight *f);
void capi_answer_record(struct capi_sender *s, struct capi_flight *f);
void capi_answer_after(struct capi_sender *s, struct capi_flight *f);
void capi_answer_recover(struct capi_sender *s, struct capi_lane *l);

/* receipt.c */
struct capi_receipt {
	const char *platform, *destination;
	struct capi_str name, event_id, key;
	bool has_id, has_time;
	int64_t time;
	const char *outcome;
	unsigned attempts;
	int http;
	const char *code, *reason, *trace;
	int64_t sent_at, latency_ms, batch; /* -1: none */
	const unsigned char *sha;           /* NULL: none */
	bool uncertain;
};
struct capi_receipt capi_receipt_of(
    const struct capi_lane *l, const struct capi_store_event *e);
void capi_receipt_spell(struct capi_buf *b, const struct capi_receipt *r);
void capi_receipt_mend(struct capi_buf *b, size_t from);
void capi_receipt_put(struct capi_sender *s, const struct capi_receipt *r);
/* To standard output; a failure is remembered, not fatal. */
void capi_receipt_flush(struct capi_sender *s);
void capi_receipt_lines(
    struct capi_sender *s, int64_t id, struct capi_str lines);
/* In a transaction: what was written need not be kept. */
void capi_receipt_settle(struct capi_sender *s);

/* ingest.c */
enum capi_ingest {
	CAPI_INGEST_PUT,
	CAPI_INGEST_WITHHELD, /* reason in *why */
	CAPI_INGEST_WRONG,    /* the line is no request: *field, *why */
};
enum capi_ingest capi_ingest_line(struct capi_sender *s,
    const struct capi_json *line, const char **field, const char **why);
/* Everything put so far is on disk afterwards. */
void capi_ingest_commit(struct capi_sender *s);
/* Is it the number of an event that this run took in? */
bool capi_ingest_is_ours(const struct capi_sender *s, int64_t id);
/* Receipts for what this run took in and could not send. */
void capi_ingest_left(struct capi_sender *s);

#endif
