/*
 * The queue and the ledger of capi-send: what is to be sent, what was sent,
 * and the receipts that were not written out yet, in one transaction. This
 * interface is what a second back end (PostgreSQL) has to fill; lib/store/ is
 * the one over SQLite.
 *
 * What holds after every commit, whatever happens to the process or the
 * machine afterwards:
 *   - an event that was put is in exactly one state, and is there with its
 *     bytes and their digest until it is delivered or forgotten;
 *   - the ledger has its key, and changes with it in one transaction;
 *   - before a request leaves, a flight names its events on disk. A flight
 *     whose process is gone is an unknown outcome, never a silent retry.
 *
 * Functions return 0, or -1 with the cause in capi_store_cause() and words in
 * capi_store_error(). After -1 inside a transaction call capi_store_rollback.
 * A failed commit is ambiguous: it may have reached the disk (fsync errors);
 * the caller ends the process and the next run reads what is true.
 *
 * Times are milliseconds since 1970 unless a name says seconds.
 */
#ifndef CAPI_STORE_H
#define CAPI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "digest.h"
#include "text.h"

struct capi_store;

enum capi_store_cause {
	CAPI_STORE_OK,
	CAPI_STORE_CANTCREAT, /* the folder or a file in it */
	CAPI_STORE_UNSAFE,    /* owner, mode or kind of the folder */
	CAPI_STORE_NEWER,     /* written by a newer version: untouched */
	CAPI_STORE_CORRUPT,   /* or not ours: untouched */
	CAPI_STORE_FULL,      /* the disk; nothing of the transaction is kept */
	CAPI_STORE_IO,
	CAPI_STORE_BUSY,   /* another process held the lock for too long */
	CAPI_STORE_SYSTEM, /* memory, descriptors */
};

enum capi_state {
	CAPI_QUEUED,
	CAPI_PARKED,
	CAPI_SENT,     /* in the ledger only */
	CAPI_CONFLICT, /* parked: same key as another event, other content */
};

const char *capi_state_name(enum capi_state s);

/* Of an event's body. */
#define CAPI_STORE_LONGEST ((size_t)15 << 20)

struct capi_store_event {
	int64_t id;
	int64_t dest;
	enum capi_state state;
	struct capi_str name, event_id, key, call, body;
	struct capi_str code, reason; /* of a parked event; may be empty */
	bool has_id, has_time;
	int64_t time;       /* event_time, seconds */
	int64_t expires;    /* seconds; 0: never */
	int64_t first_seen; /* when it was put */
	int64_t next_at;    /* not before this */
	unsigned attempts;
	unsigned uncertain; /* attempts whose outcome is not known */
	bool repeatable;    /* the platform recognises it by its id */
	int http;
	unsigned char sha[CAPI_DIGEST_BYTES]; /* of body */
	bool in_ledger;                       /* the ledger knows its number */
	bool damaged; /* it does not match its digests any more */
};

/* What capi_store_put found. */
enum capi_put {
	CAPI_PUT_NEW,
	CAPI_PUT_DUPLICATE, /* key and content known; *known says its state */
	CAPI_PUT_CONFLICT,  /* key known with other content; parked */
};

struct capi_store_known {
	enum capi_state state;
	int64_t at;      /* since when */
	int64_t request; /* that delivered it; 0: none */
};

/* Opens the store in the folder `dir`, which is made (0700, files 0600) when
 * it is not there. NULL: *cause, and words in err. */
struct capi_store *capi_store_open(
    const char *dir, enum capi_store_cause *cause, char *err, size_t errsz);
void capi_store_close(struct capi_store *s);

enum capi_store_cause capi_store_cause(const struct capi_store *s);
const char *capi_store_error(const struct capi_store *s);

/* A write transaction, alone on the machine: a lock file is held from _begin
 * to the end of _commit or _rollback (the WAL-reset bug of SQLite up to
 * 3.51.2 needs two writers at once). Reading works outside of one, too. */
int capi_store_begin(struct capi_store *s);
int capi_store_commit(struct capi_store *s);
void capi_store_rollback(struct capi_store *s);
bool capi_store_in_transaction(const struct capi_store *s);

/* Gives up the reserve file, so that outcomes can be written on a full disk.
 * False: it was gone already. */
bool capi_store_release_ballast(struct capi_store *s);

/* ---- destinations ---- */

struct capi_store_dest {
	int64_t id;
	int64_t paused_until; /* the platform or our backoff said so */
	unsigned failures;    /* requests in a row that failed */
	int64_t batch_max;    /* events; learnt from 413; 0: no limit */
	char stopped[16];     /* "", "auth", "config" */
	char token[17];       /* fingerprint of the token that was refused */
};

int capi_store_dest(struct capi_store *s, const char *name,
    const char *platform, struct capi_store_dest *d);
int capi_store_dest_save(struct capi_store *s, const struct capi_store_dest *d);

/* Only one process sends to a destination: 1 we do, 0 another one does. Held
 * until the store is closed. */
int capi_store_lock_dest(struct capi_store *s, const char *name);

/* ---- the life of an event; all inside a transaction ---- */

/* sha must be set. On DUPLICATE and CONFLICT *known is set. An event that was
 * parked and surely never taken gives way to a repaired one with its key. */
int capi_store_put(struct capi_store *s, struct capi_store_event *e,
    enum capi_put *put, struct capi_store_known *known);

/* Of *e, the functions below that take one need id, dest, state, in_ledger and
 * key.
 *
 * Events of a destination that are due, in the order (next_at, id) behind the
 * cursor, given to `each` until it returns false; the last one given, even
 * then, moves the cursor only when it returned true. */
struct capi_store_cursor {
	int64_t next_at, id;
};
int capi_store_due(struct capi_store *s, int64_t dest, int64_t now,
    struct capi_store_cursor *cursor,
    bool (*each)(void *arg, const struct capi_store_event *e), void *arg);

/* When the next event of the destination is due; -1: there is none. */
int64_t capi_store_next_due(struct capi_store *s, int64_t dest);

/* Does an event with that key wait in the queue or is it in the air? 1: it is
 * due at *next_at; 0: no. */
int capi_store_is_queued(
    struct capi_store *s, int64_t dest, struct capi_str key, int64_t *next_at);

/* One event with its body; false when it is not there. Strings live until the
 * next call. */
bool capi_store_get(
    struct capi_store *s, int64_t id, struct capi_store_event *e);

/* A flight: these events leave now. Its id is also the request's number. */
int capi_store_claim(struct capi_store *s, int64_t dest, int64_t now,
    const int64_t *ids, size_t n, int64_t *flight);
/* The flight is over; call the functions below for each of its events. */
int capi_store_land(struct capi_store *s, int64_t flight);

int capi_store_delivered(struct capi_store *s, const struct capi_store_event *e,
    int64_t request, int64_t now);
int capi_store_retry(struct capi_store *s, int64_t id, int64_t next_at,
    bool attempted, bool uncertain, int http, struct capi_str code);
int capi_store_park(struct capi_store *s, const struct capi_store_event *e,
    bool attempted, bool uncertain, int http, struct capi_str code,
    struct capi_str reason, int64_t now);

/* On a full disk: what became of each event in as few bytes as can be, a
 * letter for each; the next run does the rest. */
int capi_store_land_briefly(
    struct capi_store *s, int64_t flight, struct capi_str result);

/* Flights of dead processes: each event id is given once, with its letter, or
 * '?' when nothing is known. The caller holds the destination's lock. */
int capi_store_lost(struct capi_store *s, int64_t dest,
    int (*each)(void *arg, int64_t flight, int64_t id, char result), void *arg);

/* Waits that lie further ahead than `longest` come from a clock that has
 * since been set back: they are due now. */
int capi_store_mend_clock(
    struct capi_store *s, int64_t dest, int64_t now, int64_t longest);

/* What a request was answered, for --show. */
struct capi_store_request {
	int64_t id, dest, at, latency;
	int64_t events;
	int http;
	struct capi_str outcome, code, trace;
};
int capi_store_request_add(
    struct capi_store *s, const struct capi_store_request *r);
bool capi_store_request_get(
    struct capi_store *s, int64_t id, struct capi_store_request *r);

/* When a request was last taken; -1: never. */
int64_t capi_store_last_taken(struct capi_store *s, int64_t dest);

/* ---- receipts that are decided and not written out ---- */

int capi_store_receipt_add(
    struct capi_store *s, int64_t dest, struct capi_str lines, int64_t *id);
int capi_store_receipts(struct capi_store *s, int64_t dest,
    int (*each)(void *arg, int64_t id, struct capi_str lines), void *arg);
bool capi_store_has_receipts(struct capi_store *s, int64_t dest);
int capi_store_receipt_done(struct capi_store *s, int64_t id);

/* ---- what a person does ---- */

struct capi_store_count {
	struct capi_str dest;
	enum capi_state state;
	bool in_flight, uncertain;
	int64_t events;
	int64_t oldest; /* first_seen, -1 unknown */
};
int capi_store_status(struct capi_store *s,
    int (*each)(void *arg, const struct capi_store_count *c), void *arg);
int capi_store_dests(struct capi_store *s,
    int (*each)(void *arg, const char *name, const char *platform,
	const struct capi_store_dest *d),
    void *arg);

/* Events in a state, all destinations or one (-1), a page at a time so that
 * no reader holds the log back. dest_name lives until `each` returns. */
int capi_store_list(struct capi_store *s, enum capi_state state, int64_t dest,
    int64_t from_id,
    int (*each)(
	void *arg, const char *dest_name, const struct capi_store_event *e),
    void *arg);

/* What the ledger knows of a key: 0 when nothing, or -1. */
int capi_store_known(struct capi_store *s, const char *dest_name,
    struct capi_str key, struct capi_store_known *known);
/* The ids of live events with that key, conflicts included; their number, or
 * -1. */
int capi_store_by_key(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t *ids, int max);

/* Parked events of a destination go back to the queue with no attempts: all
 * but those in conflict, which would be sent beside what they contradict, or
 * with a key (key.p not NULL) those of that key. Or they are forgotten, as if
 * they had never been fed: all, or what there is of one key, queued (the caller
 * holds the destination's lock), parked or delivered. *n: how many. */
int capi_store_replay(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t now, int64_t *n);
int capi_store_forget(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t now, int64_t *n);

/* Ledger rows that are settled and older than `before` go. So many rows are
 * looked at, from where the last call ended. *n: how many went. */
int capi_store_expire(
    struct capi_store *s, int64_t before, int64_t rows, int64_t *n);

/* Counters that outlive a run, for metrics: added to, and read back. */
int capi_store_count_add(struct capi_store *s, int64_t dest, const char *what,
    const char *label, int64_t n);
int capi_store_counts(struct capi_store *s,
    int (*each)(void *arg, const char *dest, const char *what,
	const char *label, int64_t n),
    void *arg);

/* Requests whose events the platform judges later. */
struct capi_store_follow {
	int64_t request, dest;
	int64_t next_at, until;
	unsigned polls;
	struct capi_str ticket; /* the platform's id */
	struct capi_str heads;  /* one receipt head a line, in body order */
};
int capi_store_follow_add(
    struct capi_store *s, const struct capi_store_follow *f);
int capi_store_follow_next(struct capi_store *s, int64_t dest, int64_t now,
    int64_t after, struct capi_store_follow *f); /* 1: found, 0: none */
int capi_store_follow_later(
    struct capi_store *s, int64_t request, int64_t next_at);
int capi_store_follow_done(struct capi_store *s, int64_t request);
int64_t capi_store_follow_due(struct capi_store *s, int64_t dest);

/* Sizes for metrics, in bytes. */
void capi_store_sizes(struct capi_store *s, int64_t *used, int64_t *free);

/* Copies every readable event of a damaged store in `from` to a new one in
 * `to`. Rows that do not match their digests are left. */
int capi_store_salvage(const char *from, const char *to, int64_t *kept,
    int64_t *lost, char *err, size_t errsz);

/* Named crash points of a test build (-DCAPI_FAULTS): the process kills
 * itself with SIGKILL when CAPI_FAULT has this name. */
#ifdef CAPI_FAULTS
void capi_fault(const char *point);
#else
#define capi_fault(point) ((void)0)
#endif

#endif
