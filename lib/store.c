#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "err.h"

#define APPLICATION_ID 0x63617069 /* "capi" */
#define LOCK_WAIT_MS 30000
#define BALLAST (8 << 20)
#define BALLAST_LEAST (256 << 10)
#define LONGEST_VALUE (16 << 20)
#define PAGE 200 /* rows of a list read at a time */
#define SALVAGE_MISSES 100000

struct capi_store {
	sqlite3 *db;
	sqlite3_stmt *statements[64];
	struct capi_digest *digest;
	struct capi_buf scratch;
	int64_t next_id; /* of an event; 0: to be asked for */
	struct {         /* delivered in this transaction, not written yet */
		int64_t first, last, request, at;
	} done;
	char *dir;
	int lock_fd; /* the write lock */
	bool in_transaction;
	int *dest_fds;
	size_t dest_count;
	struct { /* names of destinations by id, for the row's mark */
		int64_t id;
		char *name;
	} * names;
	size_t name_count;
	enum capi_store_cause cause;
	char error[256];
};

/*
 * The schema as steps. A store of an older version is taken through the steps
 * it lacks in one transaction, after a copy of it was put beside.
 */
static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE dest(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " platform TEXT NOT NULL, paused_until INT NOT NULL DEFAULT 0,"
    " failures INT NOT NULL DEFAULT 0, batch_max INT NOT NULL DEFAULT 0,"
    " stopped TEXT NOT NULL DEFAULT '', token TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " state INT NOT NULL, next_at INT NOT NULL, first_seen INT NOT NULL,"
    " expires INT NOT NULL, attempts INT NOT NULL DEFAULT 0,"
    " uncertain INT NOT NULL DEFAULT 0, flags INT NOT NULL, time INT,"
    " name TEXT NOT NULL, event_id TEXT NOT NULL, key TEXT NOT NULL,"
    " call TEXT NOT NULL, http INT NOT NULL DEFAULT 0,"
    " code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
    " sha BLOB NOT NULL, mark BLOB NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX event_due ON event(dest, next_at, id) WHERE state = 0;"
    "CREATE INDEX event_kept ON event(dest, state) WHERE state <> 0;"
    "CREATE TABLE ledger(k BLOB PRIMARY KEY, dest INT NOT NULL,"
    " sha BLOB NOT NULL, state INT NOT NULL, at INT NOT NULL,"
    " request INT NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE TABLE request(id INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " at INT NOT NULL, events INT NOT NULL, latency INT NOT NULL,"
    " http INT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,"
    " trace TEXT NOT NULL);"
    "CREATE TABLE flight(id INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " at INT NOT NULL, ids BLOB NOT NULL, result BLOB);"
    "CREATE TABLE next(id INT NOT NULL);" /* numbers of requests */
    "INSERT INTO next VALUES(1);"
    "CREATE TABLE receipt(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " dest INT NOT NULL, lines TEXT NOT NULL);",
    /* 2: what is judged later, and counters that outlive a run */
    "CREATE TABLE follow(request INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " next_at INT NOT NULL, until INT NOT NULL, polls INT NOT NULL"
    " DEFAULT 0, ticket TEXT NOT NULL, heads TEXT NOT NULL);"
    "CREATE INDEX follow_due ON follow(dest, next_at);"
    "CREATE TABLE counter(dest INT NOT NULL, what TEXT NOT NULL,"
    " label TEXT NOT NULL, n INT NOT NULL, PRIMARY KEY(dest, what, label))"
    " WITHOUT ROWID;",
    /*
     * 3: the ledger knows an event's number, and a number is never used
     * again. What is delivered is a range of numbers, added at the end of a
     * table, so that a delivery does not have to find each of its keys: they
     * lie all over the ledger, a page of it for almost each.
     */
    "ALTER TABLE ledger ADD COLUMN event INT NOT NULL DEFAULT 0;"
    "CREATE TABLE done(first INTEGER PRIMARY KEY, last INT NOT NULL,"
    " request INT NOT NULL, at INT NOT NULL);"
    "CREATE VIEW known AS SELECT k, dest, sha, CASE WHEN state = 0 AND"
    " event > 0 AND event <= (SELECT last FROM done WHERE first <= event"
    " ORDER BY first DESC LIMIT 1) THEN 2 ELSE state END AS state, at,"
    " request, event FROM ledger;"
    "ALTER TABLE event RENAME TO old_event;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " dest INT NOT NULL,"
    " state INT NOT NULL, next_at INT NOT NULL, first_seen INT NOT NULL,"
    " expires INT NOT NULL, attempts INT NOT NULL DEFAULT 0,"
    " uncertain INT NOT NULL DEFAULT 0, flags INT NOT NULL, time INT,"
    " name TEXT NOT NULL, event_id TEXT NOT NULL, key TEXT NOT NULL,"
    " call TEXT NOT NULL, http INT NOT NULL DEFAULT 0,"
    " code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
    " sha BLOB NOT NULL, mark BLOB NOT NULL, body BLOB NOT NULL);"
    "INSERT INTO event SELECT * FROM old_event;"
    "DROP TABLE old_event;"
    "CREATE INDEX event_due ON event(dest, next_at, id) WHERE state = 0;"
    "CREATE INDEX event_kept ON event(dest, state) WHERE state <> 0;",
    /* 4: how far the ledger was looked through for what is old (k), and what
     * was old when that began (before) */
    "CREATE TABLE sweep(k BLOB NOT NULL, before INT NOT NULL);"
    "INSERT INTO sweep VALUES(x'', 0);",
};

#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

#define EVENT                                                                  \
	"id, dest, state, next_at, first_seen, expires, attempts, uncertain,"  \
	" flags, time, name, event_id, key, call, http, code, reason, sha,"    \
	" mark, body"

#define REPEATABLE 1
#define HAS_ID 2
#define IN_LEDGER 4 /* the ledger has its number */

enum {
	BEGIN,
	COMMIT,
	ROLLBACK,
	DEST_ADD,
	DEST_GET,
	DEST_SAVE,
	DEST_ALL,
	DEST_NAME,
	LEDGER_ADD,
	LEDGER_GET,
	LEDGER_SET,
	LEDGER_DROP,
	SWEEP_GET,
	SWEEP_SET,
	SWEEP_END,
	LEDGER_EXPIRE,
	DONE_ADD,
	DONE_GET,
	DONE_DROP,
	DONE_EXPIRE,
	EVENT_LAST,
	EVENT_ADD,
	EVENT_DUE,
	EVENT_NEXT,
	EVENT_GET,
	EVENT_DROP,
	EVENT_RETRY,
	EVENT_PARK,
	EVENT_SAME,
	EVENT_KEYED,
	EVENT_KEPT,
	EVENT_REPLAY,
	EVENT_MEND,
	FLIGHT_NUMBER,
	FLIGHT_NEXT,
	FLIGHT_ADD,
	FLIGHT_DROP,
	FLIGHT_RESULT,
	FLIGHT_ALL,
	REQUEST_ADD,
	REQUEST_GET,
	REQUEST_EXPIRE,
	REQUEST_TAKEN,
	RECEIPT_ADD,
	RECEIPT_GET,
	RECEIPT_DROP,
	RECEIPT_ANY,
	STATUS_QUEUED,
	STATUS_OLDEST,
	STATUS_KEPT,
	LIST,
	COUNT_ADD,
	COUNT_ALL,
	FOLLOW_ADD,
	FOLLOW_GET,
	FOLLOW_LATER,
	FOLLOW_DROP,
	FOLLOW_DUE,
	STATEMENTS,
};

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [DEST_ADD] = "INSERT OR IGNORE INTO dest(name, platform) VALUES(?, ?)",
    [DEST_GET] = "SELECT id, paused_until, failures, batch_max, stopped,"
		 " token FROM dest WHERE name = ?",
    [DEST_SAVE] = "UPDATE dest SET paused_until = ?, failures = ?,"
		  " batch_max = ?, stopped = ?, token = ? WHERE id = ?",
    [DEST_ALL] = "SELECT id, paused_until, failures, batch_max, stopped,"
		 " token, name, platform FROM dest ORDER BY name",
    [DEST_NAME] = "SELECT name FROM dest WHERE id = ?",
    [LEDGER_ADD] = "INSERT OR IGNORE INTO ledger(k, dest, sha, state, at,"
		   " event) VALUES(?, ?, ?, 0, ?, ?)",
    [LEDGER_GET] =
	"SELECT sha, state, at, request, event FROM ledger WHERE k = ?",
    [LEDGER_SET] = "UPDATE ledger SET state = ?, at = ?, request = ?"
		   " WHERE k = ?",
    [LEDGER_DROP] = "DELETE FROM ledger WHERE k = ?",
    [SWEEP_GET] = "SELECT k, before FROM sweep",
    [SWEEP_SET] = "UPDATE sweep SET k = ?, before = ?",
    [SWEEP_END] =
	"SELECT k FROM ledger WHERE k > ? ORDER BY k LIMIT 1 OFFSET ?",
    [LEDGER_EXPIRE] =
	"DELETE FROM ledger WHERE k > ?1 AND k <= ?2 AND at < ?3"
	" AND (state = 2 OR (state = 0 AND event > 0 AND EXISTS (SELECT 1"
	" FROM (SELECT last, at AS then_at FROM done WHERE"
	" first <= ledger.event ORDER BY first DESC LIMIT 1)"
	" WHERE last >= ledger.event AND then_at < ?3)))",
    [DONE_ADD] =
	"INSERT INTO done(first, last, request, at) VALUES(?, ?, ?, ?)",
    [DONE_GET] = "SELECT last, request, at FROM done WHERE first <= ?"
		 " ORDER BY first DESC LIMIT 1",
    [DONE_DROP] = "DELETE FROM event WHERE id BETWEEN ? AND ?",
    [DONE_EXPIRE] = "DELETE FROM done WHERE at < ?",
    [EVENT_LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
    [EVENT_ADD] = "INSERT INTO event(id, dest, state, next_at, first_seen,"
		  " expires, flags, time, name, event_id, key, call, sha,"
		  " mark, body, reason, code)"
		  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [EVENT_DUE] = "SELECT " EVENT " FROM event INDEXED BY event_due"
		  " WHERE state = 0 AND dest = ? AND (next_at, id) > (?, ?)"
		  " AND next_at <= ? ORDER BY next_at, id",
    [EVENT_NEXT] = "SELECT min(next_at) FROM event INDEXED BY event_due"
		   " WHERE state = 0 AND dest = ?",
    [EVENT_GET] = "SELECT " EVENT " FROM event WHERE id = ?",
    [EVENT_DROP] = "DELETE FROM event WHERE id = ?",
    [EVENT_RETRY] = "UPDATE event SET state = 0, next_at = ?,"
		    " attempts = attempts + ?, uncertain = uncertain + ?,"
		    " http = ?, code = ? WHERE id = ?",
    [EVENT_PARK] = "UPDATE event SET state = 1, attempts = attempts + ?,"
		   " uncertain = uncertain + ?, http = ?, code = ?,"
		   " reason = ? WHERE id = ?",
    [EVENT_SAME] = "SELECT 1 FROM event WHERE state <> 0 AND dest = ?"
		   " AND state = 3 AND key = ? AND sha = ?",
    [EVENT_KEYED] = "SELECT id FROM event WHERE dest = ? AND key = ?",
    [EVENT_KEPT] = "SELECT id FROM event WHERE state <> 0 AND dest = ?"
		   " AND state IN (1, ?) AND id > ? ORDER BY id LIMIT 1000",
    [EVENT_REPLAY] = "UPDATE event SET state = 0, next_at = ?, attempts = 0,"
		     " code = '', reason = '',"
		     " flags = flags | 4 WHERE id = ?",
    [EVENT_MEND] = "UPDATE event SET next_at = ? WHERE state = 0 AND dest = ?"
		   " AND next_at > ?",
    [FLIGHT_NUMBER] = "SELECT id FROM next",
    [FLIGHT_NEXT] = "UPDATE next SET id = id + 1",
    [FLIGHT_ADD] = "INSERT INTO flight(id, dest, at, ids) VALUES(?, ?, ?, ?)",
    [FLIGHT_DROP] = "DELETE FROM flight WHERE id = ?",
    [FLIGHT_RESULT] = "UPDATE flight SET result = ? WHERE id = ?",
    [FLIGHT_ALL] =
	"SELECT id, ids, result FROM flight WHERE dest = ? ORDER BY id",
    [REQUEST_ADD] = "INSERT OR REPLACE INTO request(id, dest, at, events,"
		    " latency, http, outcome, code, trace)"
		    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [REQUEST_GET] = "SELECT id, dest, at, events, latency, http, outcome,"
		    " code, trace FROM request WHERE id = ?",
    [REQUEST_EXPIRE] = "DELETE FROM request WHERE at < ? AND id IN"
		       " (SELECT id FROM request ORDER BY id LIMIT ?)",
    [REQUEST_TAKEN] = "SELECT max(at) FROM request WHERE dest = ?"
		      " AND outcome = 'taken'",
    [RECEIPT_ADD] = "INSERT INTO receipt(dest, lines) VALUES(?, ?)",
    [RECEIPT_GET] = "SELECT id, lines FROM receipt WHERE dest = ?"
		    " AND id > ? ORDER BY id LIMIT 1",
    [RECEIPT_DROP] = "DELETE FROM receipt WHERE id = ?",
    [RECEIPT_ANY] = "SELECT min(id) FROM receipt WHERE dest = ?",
    [STATUS_QUEUED] = "SELECT count(*) FROM event INDEXED BY event_due"
		      " WHERE state = 0 AND dest = ?",
    [STATUS_OLDEST] = "SELECT first_seen FROM event NOT INDEXED WHERE"
		      " state = 0 AND dest = ? ORDER BY id LIMIT 1",
    [STATUS_KEPT] = "SELECT state, count(*), min(first_seen) FROM event"
		    " WHERE state <> 0 AND dest = ? GROUP BY state",
    [LIST] = "SELECT " EVENT " FROM event WHERE id > ? AND state = ?"
	     " AND (?3 < 0 OR dest = ?3) ORDER BY id LIMIT ?",
    [COUNT_ADD] = "INSERT INTO counter(dest, what, label, n)"
		  " VALUES(?, ?, ?, ?) ON CONFLICT(dest, what, label)"
		  " DO UPDATE SET n = n + excluded.n",
    [COUNT_ALL] = "SELECT d.name, c.what, c.label, c.n FROM counter c"
		  " JOIN dest d ON d.id = c.dest"
		  " ORDER BY c.what, d.name, c.label",
    [FOLLOW_ADD] = "INSERT OR REPLACE INTO follow(request, dest, next_at,"
		   " until, ticket, heads) VALUES(?, ?, ?, ?, ?, ?)",
    [FOLLOW_GET] = "SELECT request, dest, next_at, until, polls, ticket,"
		   " heads FROM follow WHERE dest = ? AND next_at <= ?"
		   " AND request > ? ORDER BY request LIMIT 1",
    [FOLLOW_LATER] = "UPDATE follow SET next_at = ?, polls = polls + 1"
		     " WHERE request = ?",
    [FOLLOW_DROP] = "DELETE FROM follow WHERE request = ?",
    [FOLLOW_DUE] = "SELECT min(next_at) FROM follow WHERE dest = ?",
};

_Static_assert(STATEMENTS <= 64, "more statements than the store has room");

#ifdef CAPI_FAULTS
void
capi_fault(const char *point)
{
	const char *wanted = getenv("CAPI_FAULT");

	if (wanted && !strcmp(wanted, point))
		kill(getpid(), SIGKILL);
}
#endif

const char *
capi_state_name(enum capi_state s)
{
	static const char *const names[] = {
	    "queued", "parked", "delivered", "conflict"};

	return names[s];
}

/* ---- causes ---- */

static int fail(struct capi_store *s, enum capi_store_cause cause,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int
fail(struct capi_store *s, enum capi_store_cause cause, const char *fmt, ...)
{
	va_list ap;

	s->cause = cause;
	va_start(ap, fmt);
	vsnprintf(s->error, sizeof(s->error), fmt, ap);
	va_end(ap);
	return -1;
}

static enum capi_store_cause
cause_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return CAPI_STORE_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
		return CAPI_STORE_CORRUPT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return CAPI_STORE_BUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return CAPI_STORE_CANTCREAT;
	case SQLITE_NOMEM:
		return CAPI_STORE_SYSTEM;
	case SQLITE_CANTOPEN:
		return errno == EMFILE || errno == ENFILE
			   ? CAPI_STORE_SYSTEM
			   : CAPI_STORE_CANTCREAT;
	default:
		return CAPI_STORE_IO;
	}
}

static int
broken(struct capi_store *s)
{
	int rc = sqlite3_extended_errcode(s->db);

	return fail(
	    s, cause_of(rc), "%s/store.db: %s", s->dir, sqlite3_errmsg(s->db));
}

enum capi_store_cause
capi_store_cause(const struct capi_store *s)
{
	return s->cause;
}

const char *
capi_store_error(const struct capi_store *s)
{
	return s->error;
}

/* ---- statements ---- */

static sqlite3_stmt *
statement(struct capi_store *s, int which)
{
	sqlite3_stmt **st = &s->statements[which];

	if (!*st && sqlite3_prepare_v3(s->db, sql[which], -1,
			SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK) {
		broken(s);
		return NULL;
	}
	return *st;
}

/* i: int64_t, t: struct capi_str as text, b: as a blob, n: nothing (NULL). */
static void
bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	for (int i = 1; types[i - 1]; i++) {
		struct capi_str v;

		switch (types[i - 1]) {
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 'n':
			sqlite3_bind_null(st, i);
			break;
		default:
			v = va_arg(ap, struct capi_str);
			if (!v.p)
				v.p = "";
			if (types[i - 1] == 'b')
				sqlite3_bind_blob64(
				    st, i, v.p, v.n, SQLITE_STATIC);
			else
				sqlite3_bind_text64(st, i, v.p, v.n,
				    SQLITE_STATIC, SQLITE_UTF8);
		}
	}
}

/* A statement that gives no rows. */
static int
run(struct capi_store *s, int which, const char *types, ...)
{
	sqlite3_stmt *st = statement(s, which);
	va_list ap;
	int rc;

	if (!st)
		return -1;
	va_start(ap, types);
	bind(st, types, ap);
	va_end(ap);
	rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		broken(s);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* A statement on one row that is known to be there. When it is not found the
 * file is damaged, and whoever goes on would meet the same row for ever. */
#define RUN_ONE(s, which, ...)                                                 \
	(run(s, which, __VA_ARGS__) ? -1 : lost_row(s, 1))

static int
lost_row(struct capi_store *s, int64_t expected)
{
	if (sqlite3_changes(s->db) == expected)
		return 0;
	return fail(s, CAPI_STORE_CORRUPT,
	    "%s/store.db: damaged: a row is not where it was", s->dir);
}

/* A statement that gives rows: step with `next`, end with `over`. */
static sqlite3_stmt *
query(struct capi_store *s, int which, const char *types, ...)
{
	sqlite3_stmt *st = statement(s, which);
	va_list ap;

	if (!st)
		return NULL;
	sqlite3_reset(st);
	va_start(ap, types);
	bind(st, types, ap);
	va_end(ap);
	return st;
}

/* 1 a row, 0 no more, -1. */
static int
next(struct capi_store *s, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return broken(s);
}

static struct capi_str
column(sqlite3_stmt *st, int i)
{
	struct capi_str v;

	v.p = sqlite3_column_blob(st, i);
	v.n = (size_t)sqlite3_column_bytes(st, i);
	if (!v.p)
		v.p = "";
	return v;
}

static struct capi_str
str(const char *c)
{
	return (struct capi_str){c, strlen(c)};
}

static int64_t
one_number(struct capi_store *s, int which, int64_t arg)
{
	sqlite3_stmt *st = query(s, which, "i", arg);
	int64_t n = -1;

	if (!st)
		return -1;
	if (next(s, st) == 1 && sqlite3_column_type(st, 0) != SQLITE_NULL)
		n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

/* ---- digests ---- */

static void
mix(struct capi_buf *b, struct capi_str v)
{
	capi_buf_add_int(b, (int64_t)v.n);
	capi_buf_addc(b, ':');
	capi_buf_add(b, v.p, v.n);
}

/* What the ledger knows an event by. */
static void
ledger_key(struct capi_store *s, const char *dest, struct capi_str key,
    unsigned char k[CAPI_DIGEST_BYTES])
{
	struct capi_buf *b = &s->scratch;

	capi_buf_reset(b);
	capi_buf_adds(b, "capi 1");
	mix(b, str(dest));
	mix(b, key);
	capi_digest_raw(s->digest, b->data, b->len, k);
}

/* Over everything of a row that must not change by itself, so that a flipped
 * bit is found: SQLite's own check passes 294 of 300 of them. */
static void
row_mark(struct capi_store *s, const char *dest,
    const struct capi_store_event *e, unsigned char mark[CAPI_DIGEST_BYTES])
{
	struct capi_buf *b = &s->scratch;

	capi_buf_reset(b);
	mix(b, str(dest));
	mix(b, e->name);
	mix(b, e->event_id);
	mix(b, e->key);
	mix(b, e->call);
	capi_buf_add_int(b, e->has_time ? e->time : -1);
	mix(b, (struct capi_str){(const char *)e->sha, sizeof(e->sha)});
	capi_digest_raw(s->digest, b->data, b->len, mark);
}

/* The name of a destination by its number; never NULL. */
static const char *
dest_name(struct capi_store *s, int64_t id)
{
	sqlite3_stmt *st;
	const char *found = "";

	for (size_t i = 0; i < s->name_count; i++)
		if (s->names[i].id == id)
			return s->names[i].name;
	st = query(s, DEST_NAME, "i", id);
	if (st && next(s, st) == 1) {
		struct capi_str v = column(st, 0);
		char *copy = capi_alloc(v.n + 1);

		memcpy(copy, v.p, v.n);
		copy[v.n] = '\0';
		s->names = capi_realloc(
		    s->names, (s->name_count + 1) * sizeof(*s->names));
		s->names[s->name_count].id = id;
		s->names[s->name_count++].name = copy;
		found = copy;
	}
	if (st)
		sqlite3_reset(st);
	return found;
}

static void
read_event(struct capi_store *s, sqlite3_stmt *st, struct capi_store_event *e)
{
	unsigned char sha[CAPI_DIGEST_BYTES], mark[CAPI_DIGEST_BYTES];
	struct capi_str stored_sha = column(st, 17);
	struct capi_str stored_mark = column(st, 18);
	int64_t flags = sqlite3_column_int64(st, 8);

	memset(e, 0, sizeof(*e));
	e->id = sqlite3_column_int64(st, 0);
	e->dest = sqlite3_column_int64(st, 1);
	e->state = (enum capi_state)sqlite3_column_int(st, 2);
	e->next_at = sqlite3_column_int64(st, 3);
	e->first_seen = sqlite3_column_int64(st, 4);
	e->expires = sqlite3_column_int64(st, 5);
	e->attempts = (unsigned)sqlite3_column_int(st, 6);
	e->uncertain = (unsigned)sqlite3_column_int(st, 7);
	e->repeatable = flags & REPEATABLE;
	e->has_id = flags & HAS_ID;
	e->in_ledger = flags & IN_LEDGER;
	e->has_time = sqlite3_column_type(st, 9) != SQLITE_NULL;
	e->time = sqlite3_column_int64(st, 9);
	e->name = column(st, 10);
	e->event_id = column(st, 11);
	e->key = column(st, 12);
	e->call = column(st, 13);
	e->http = sqlite3_column_int(st, 14);
	e->code = column(st, 15);
	e->reason = column(st, 16);
	e->body = column(st, 19);
	capi_digest_raw(s->digest, e->body.p, e->body.n, sha);
	e->damaged = stored_sha.n != sizeof(sha) ||
		     stored_mark.n != sizeof(mark) ||
		     memcmp(stored_sha.p, sha, sizeof(sha));
	if (stored_sha.n == sizeof(e->sha))
		memcpy(e->sha, stored_sha.p, sizeof(e->sha));
	if (!e->damaged) {
		row_mark(s, dest_name(s, e->dest), e, mark);
		e->damaged = memcmp(mark, stored_mark.p, sizeof(mark)) != 0;
	}
}

/* ---- the lock file ---- */

/* A process that is stopped while it holds the lock must not hang us for
 * ever, and flock(2) has no time limit. */
static int
take_lock(struct capi_store *s, int fd)
{
	struct timespec nap = {0, 1000000};

	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail(s, CAPI_STORE_IO, "%s/lock: %s", s->dir,
			    strerror(errno));
		if (waited >= LOCK_WAIT_MS)
			return fail(s, CAPI_STORE_BUSY,
			    "%s/lock: held by another process for 30 seconds",
			    s->dir);
		nanosleep(&nap, NULL);
	}
	return 0;
}

static void
drop_lock(int fd)
{
	flock(fd, LOCK_UN);
}

/* ---- transactions ---- */

/*
 * A row that was looked at is readable until the next query. Until it is let
 * go the log can not be shortened, and a process that shortens it while it has
 * the lock file would wait for one that waits for the lock file.
 */
static void
release_rows(struct capi_store *s)
{
	for (sqlite3_stmt *st = NULL; (st = sqlite3_next_stmt(s->db, st));)
		if (sqlite3_stmt_busy(st))
			sqlite3_reset(st);
}

int
capi_store_begin(struct capi_store *s)
{
	release_rows(s);
	if (take_lock(s, s->lock_fd))
		return -1;
	if (run(s, BEGIN, "")) {
		drop_lock(s->lock_fd);
		return -1;
	}
	s->in_transaction = true;
	s->next_id = 0; /* another process may have used some */
	s->done.last = 0;
	return 0;
}

/* The range of events that were delivered one after the other. */
static int
write_done(struct capi_store *s)
{
	int64_t last = s->done.last;

	s->done.last = 0;
	if (!last)
		return 0;
	if (run(s, DONE_ADD, "iiii", s->done.first, last, s->done.request,
		s->done.at))
		return -1;
	if (run(s, DONE_DROP, "ii", s->done.first, last))
		return -1;
	return lost_row(s, last - s->done.first + 1);
}

int
capi_store_commit(struct capi_store *s)
{
	capi_fault("before-commit");
	release_rows(s);
	if (write_done(s) || run(s, COMMIT, "")) {
		enum capi_store_cause cause = s->cause;

		capi_store_rollback(s);
		s->cause = cause;
		return -1;
	}
	s->in_transaction = false;
	drop_lock(s->lock_fd);
	return 0;
}

void
capi_store_rollback(struct capi_store *s)
{
	s->next_id = 0;
	s->done.last = 0;
	if (!s->in_transaction)
		return;
	if (!sqlite3_get_autocommit(s->db)) {
		enum capi_store_cause cause = s->cause;
		char error[sizeof(s->error)];

		memcpy(error, s->error, sizeof(error));
		run(s, ROLLBACK, "");
		s->cause = cause;
		memcpy(s->error, error, sizeof(error));
	}
	s->in_transaction = false;
	drop_lock(s->lock_fd);
}

bool
capi_store_in_transaction(const struct capi_store *s)
{
	return s->in_transaction;
}

/* ---- the folder ---- */

static int
sync_path(struct capi_store *s, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc)
		fail(s, CAPI_STORE_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* check_folder saw to it that there is room. */
static void
path_in(const struct capi_store *s, const char *name, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/%s", s->dir, name);

	if (n < 0 || n >= PATH_MAX)
		path[0] = '\0';
}

/* The name of a new folder is on disk when the one above it is synced. */
static int
sync_above(struct capi_store *s, const char *path)
{
	char above[PATH_MAX];
	char *slash;

	snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (slash)
		slash[slash == above] = '\0';
	else
		snprintf(above, sizeof(above), ".");
	if (access(above, R_OK))
		return 0; /* not ours to open; it was there before us */
	return sync_path(s, above, O_RDONLY | O_DIRECTORY);
}

/* Makes the folder and those above it, each for its owner alone. */
static int
make_folder(struct capi_store *s)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", s->dir);
	for (char *p = path + 1;; p++) {
		if (*p != '/' && *p)
			continue;
		char was = *p;

		*p = '\0';
		if (!mkdir(path, 0700)) {
			if (sync_above(s, path))
				return -1;
		} else if (errno != EEXIST && errno != EISDIR) {
			return fail(s, CAPI_STORE_CANTCREAT, "%s: %s", path,
			    strerror(errno));
		}
		*p = was;
		if (!was)
			return 0;
	}
}

static int
check_folder(struct capi_store *s)
{
	struct stat st;

	if (strlen(s->dir) >= PATH_MAX - 320)
		return fail(s, CAPI_STORE_CANTCREAT, "the path is too long");
	if (lstat(s->dir, &st)) {
		if (errno != ENOENT)
			return fail(s, CAPI_STORE_CANTCREAT, "%s: %s", s->dir,
			    strerror(errno));
		if (make_folder(s))
			return -1;
		if (lstat(s->dir, &st))
			return fail(s, CAPI_STORE_CANTCREAT, "%s: %s", s->dir,
			    strerror(errno));
	}
	if (S_ISLNK(st.st_mode))
		return fail(s, CAPI_STORE_UNSAFE,
		    "%s: a symbolic link; name the folder itself", s->dir);
	if (!S_ISDIR(st.st_mode))
		return fail(
		    s, CAPI_STORE_CANTCREAT, "%s: not a folder", s->dir);
	if (st.st_uid != geteuid())
		return fail(s, CAPI_STORE_UNSAFE, "%s: belongs to another user",
		    s->dir);
	if (st.st_mode & 077)
		return fail(s, CAPI_STORE_UNSAFE,
		    "%s: others have access to it (chmod 700)", s->dir);
	return 0;
}

static int
open_lock(struct capi_store *s)
{
	char path[PATH_MAX];

	path_in(s, "lock", path);
	s->lock_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return fail(s,
		    errno == EMFILE || errno == ENFILE ? CAPI_STORE_SYSTEM
						       : CAPI_STORE_CANTCREAT,
		    "%s: %s", path, strerror(errno));
	return 0;
}

/* As much reserve as there is room for, at most BALLAST. */
static void
make_ballast(struct capi_store *s)
{
	char path[PATH_MAX];
	struct statvfs fs;
	struct stat st;
	int fd;

	path_in(s, "ballast", path);
	/* A power cut may have left the name and not the room. */
	if (!lstat(path, &st) && st.st_size < BALLAST_LEAST)
		unlink(path);
	fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return; /* there is one */
	for (off_t size = BALLAST; size >= BALLAST_LEAST; size /= 2) {
		if (!fstatvfs(fd, &fs) &&
		    (off_t)(fs.f_bavail * fs.f_frsize) < 4 * size)
			continue;
		if (!posix_fallocate(fd, 0, size)) {
			close(fd);
			return;
		}
	}
	close(fd);
	unlink(path); /* too little room for one */
}

bool
capi_store_release_ballast(struct capi_store *s)
{
	char path[PATH_MAX];

	path_in(s, "ballast", path);
	return !unlink(path);
}

/* ---- the database ---- */

static int
exec(struct capi_store *s, const char *text)
{
	return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK
		   ? 0
		   : broken(s);
}

static int
get_pragma(struct capi_store *s, const char *text, int64_t *value)
{
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(s->db, text, -1, &st, NULL) != SQLITE_OK)
		return broken(s);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(st, 0);
	else
		broken(s);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -1;
}

static int
open_database(struct capi_store *s, const char *path, int flags)
{
	int rc = sqlite3_open_v2(path, &s->db,
	    flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL);

	if (rc != SQLITE_OK)
		return broken(s);
	sqlite3_busy_timeout(s->db, LOCK_WAIT_MS);
	sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return 0;
}

static void
close_database(struct capi_store *s)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
}

static int
migrate_from(struct capi_store *s, int64_t version)
{
	char text[64];

	if (exec(s, "BEGIN IMMEDIATE"))
		return -1;
	for (int64_t v = version; v < VERSION; v++) {
		if (exec(s, migrations[v]))
			return -1;
		capi_fault("mid-migration");
	}
	snprintf(text, sizeof(text), "PRAGMA user_version = %d", VERSION);
	if (exec(s, text))
		return -1;
	return exec(s, "COMMIT");
}

/* A new database gets its final name only when it is whole, so a file of that
 * name that is empty or lacks tables was damaged, not interrupted. */
static int
create_database(struct capi_store *s, const char *path)
{
	char fresh[PATH_MAX], text[64];

	path_in(s, "store.db.new", fresh);
	unlink(fresh);
	if (open_database(s, fresh, SQLITE_OPEN_CREATE))
		return -1;
	snprintf(
	    text, sizeof(text), "PRAGMA application_id = %d", APPLICATION_ID);
	if (exec(s, "PRAGMA page_size = 8192; PRAGMA journal_mode = DELETE;"
		    "PRAGMA synchronous = FULL") ||
	    exec(s, text) || migrate_from(s, 0)) {
		close_database(s);
		unlink(fresh);
		return -1;
	}
	close_database(s);
	capi_fault("mid-create");
	if (sync_path(s, fresh, O_RDONLY))
		return -1;
	if (rename(fresh, path))
		return fail(
		    s, CAPI_STORE_CANTCREAT, "%s: %s", path, strerror(errno));
	/* The folder, too: an earlier run may have died right after making
	 * it. */
	if (sync_path(s, s->dir, O_RDONLY | O_DIRECTORY))
		return -1;
	return sync_above(s, s->dir);
}

static int
check_database(struct capi_store *s)
{
	struct stat st;
	char path[PATH_MAX], wal[PATH_MAX];

	path_in(s, "store.db", path);
	path_in(s, "store.db-wal", wal);
	if (lstat(path, &st)) {
		if (errno != ENOENT)
			return fail(s, CAPI_STORE_CANTCREAT, "%s: %s", path,
			    strerror(errno));
		/* Never a new store beside the remains of an old one. */
		if (!lstat(wal, &st) && st.st_size)
			return fail(s, CAPI_STORE_CORRUPT,
			    "%s is missing and its log is there: restore it "
			    "or move %s away",
			    path, s->dir);
		return create_database(s, path);
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return fail(s, CAPI_STORE_UNSAFE,
		    "%s: not a file of ours alone (chmod 600)", path);
	if (!st.st_size)
		return fail(s, CAPI_STORE_CORRUPT, "%s: is empty", path);
	return 0;
}

static int
check_version(struct capi_store *s)
{
	char copy[PATH_MAX + 32];
	int64_t id = 0, version = 0;

	if (get_pragma(s, "PRAGMA application_id", &id) ||
	    get_pragma(s, "PRAGMA user_version", &version))
		return -1;
	if (id != APPLICATION_ID)
		return fail(s, CAPI_STORE_CORRUPT,
		    "%s/store.db: not a store of capi-send", s->dir);
	if (version > VERSION)
		return fail(s, CAPI_STORE_NEWER,
		    "%s/store.db: written by a newer capi-send", s->dir);
	if (version == VERSION)
		return 0;
	/* The copy is whole or not there: VACUUM INTO refuses to overwrite. */
	snprintf(copy, sizeof(copy), "%s/store.db.v%d", s->dir, (int)version);
	if (access(copy, F_OK)) {
		sqlite3_stmt *st;
		char part[PATH_MAX + 40];
		int rc;

		snprintf(part, sizeof(part), "%s.new", copy);
		unlink(part);
		rc = sqlite3_prepare_v2(s->db, "VACUUM INTO ?", -1, &st, NULL);
		if (rc != SQLITE_OK)
			return broken(s);
		sqlite3_bind_text(st, 1, part, -1, SQLITE_STATIC);
		rc = sqlite3_step(st);
		if (rc != SQLITE_DONE)
			broken(s);
		sqlite3_finalize(st);
		if (rc != SQLITE_DONE)
			return -1;
		if (rename(part, copy))
			return fail(s, CAPI_STORE_CANTCREAT, "%s: %s", copy,
			    strerror(errno));
	}
	return migrate_from(s, version);
}

static int
open_all(struct capi_store *s)
{
	char path[PATH_MAX];

	path_in(s, "store.db", path);
	if (check_database(s) || open_database(s, path, 0) ||
	    check_version(s) ||
	    exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "PRAGMA wal_autocheckpoint = 4000;"
		    "PRAGMA journal_size_limit = 67108864;"
		    "PRAGMA cache_size = -16384; PRAGMA mmap_size = 0;"
		    "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; "
		    "PRAGMA cell_size_check = ON"))
		return -1;
	make_ballast(s);
	return 0;
}

struct capi_store *
capi_store_open(
    const char *dir, enum capi_store_cause *cause, char *err, size_t errsz)
{
	struct capi_store *s = capi_alloc(sizeof(*s));
	size_t n = strlen(dir);
	bool ok;

	memset(s, 0, sizeof(*s));
	s->lock_fd = -1;
	s->scratch.max = LONGEST_VALUE;
	while (n > 1 && dir[n - 1] == '/')
		n--;
	s->dir = capi_alloc(n + 1);
	memcpy(s->dir, dir, n);
	s->dir[n] = '\0';
	s->digest = capi_digest_new();
	umask(077); /* the log and its index take the database's mode */
	ok = s->digest && !check_folder(s) && !open_lock(s) &&
	     !take_lock(s, s->lock_fd);
	if (ok) {
		ok = !open_all(s);
		drop_lock(s->lock_fd);
	}
	if (ok)
		return s;
	*cause = s->digest ? s->cause : CAPI_STORE_SYSTEM;
	snprintf(err, errsz, "%s", s->digest ? s->error : "no SHA-256");
	capi_store_close(s);
	return NULL;
}

void
capi_store_close(struct capi_store *s)
{
	if (!s)
		return;
	if (s->db) {
		capi_store_rollback(s);
		release_rows(s);
		if (s->lock_fd >= 0 && !flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
			capi_fault("mid-checkpoint");
			/* Nobody waits for a reader so that the log is short:
			 * the next one to close makes it so. */
			sqlite3_busy_timeout(s->db, 0);
			sqlite3_wal_checkpoint_v2(s->db, NULL,
			    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
		}
		close_database(s);
	}
	for (size_t i = 0; i < s->dest_count; i++)
		close(s->dest_fds[i]);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	for (size_t i = 0; i < s->name_count; i++)
		free(s->names[i].name);
	free(s->names);
	free(s->dest_fds);
	capi_buf_release(&s->scratch);
	capi_digest_free(s->digest);
	free(s->dir);
	free(s);
}

/* ---- destinations ---- */

static void
copy_text(char *to, size_t size, struct capi_str v)
{
	if (v.n >= size)
		v.n = size - 1;
	memcpy(to, v.p, v.n);
	to[v.n] = '\0';
}

static void
read_dest(sqlite3_stmt *st, struct capi_store_dest *d)
{
	memset(d, 0, sizeof(*d));
	d->id = sqlite3_column_int64(st, 0);
	d->paused_until = sqlite3_column_int64(st, 1);
	d->failures = (unsigned)sqlite3_column_int(st, 2);
	d->batch_max = sqlite3_column_int64(st, 3);
	copy_text(d->stopped, sizeof(d->stopped), column(st, 4));
	copy_text(d->token, sizeof(d->token), column(st, 5));
}

static int
get_dest(struct capi_store *s, const char *name, struct capi_store_dest *d)
{
	sqlite3_stmt *st = query(s, DEST_GET, "t", str(name));
	int found;

	if (!st)
		return -1;
	found = next(s, st);
	if (found == 1)
		read_dest(st, d);
	sqlite3_reset(st);
	return found;
}

int
capi_store_dest(struct capi_store *s, const char *name, const char *platform,
    struct capi_store_dest *d)
{
	bool own = !s->in_transaction;
	int found = get_dest(s, name, d);

	if (found)
		return found == 1 ? 0 : -1;
	if (own && capi_store_begin(s))
		return -1;
	if (run(s, DEST_ADD, "tt", str(name), str(platform)) ||
	    (own && capi_store_commit(s))) {
		if (own)
			capi_store_rollback(s);
		return -1;
	}
	return get_dest(s, name, d) == 1 ? 0 : -1;
}

int
capi_store_dest_save(struct capi_store *s, const struct capi_store_dest *d)
{
	return RUN_ONE(s, DEST_SAVE, "iiitti", d->paused_until,
	    (int64_t)d->failures, d->batch_max, str(d->stopped), str(d->token),
	    d->id);
}

int
capi_store_lock_dest(struct capi_store *s, const char *name)
{
	char file[300], path[PATH_MAX];
	int fd;

	snprintf(file, sizeof(file), "send.%.250s.lock", name);
	path_in(s, file, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(
		    s, CAPI_STORE_CANTCREAT, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return 0;
	}
	s->dest_fds = capi_realloc(
	    s->dest_fds, (s->dest_count + 1) * sizeof(*s->dest_fds));
	s->dest_fds[s->dest_count++] = fd;
	return 1;
}

/* ---- the life of an event ---- */

static int
add_event(struct capi_store *s, struct capi_store_event *e)
{
	unsigned char mark[CAPI_DIGEST_BYTES];
	struct capi_str sha = {(const char *)e->sha, sizeof(e->sha)};
	int64_t flags = (e->repeatable ? REPEATABLE : 0) |
			(e->has_id ? HAS_ID : 0) |
			(e->state == CAPI_CONFLICT ? 0 : IN_LEDGER);
	struct capi_str mark_str = {(const char *)mark, sizeof(mark)};
	int rc;

	row_mark(s, dest_name(s, e->dest), e, mark);
	if (e->has_time)
		rc = run(s, EVENT_ADD, "iiiiiiiittttbbbtt", e->id, e->dest,
		    (int64_t)e->state, e->next_at, e->first_seen, e->expires,
		    flags, e->time, e->name, e->event_id, e->key, e->call, sha,
		    mark_str, e->body, e->reason, e->code);
	else
		rc = run(s, EVENT_ADD, "iiiiiiinttttbbbtt", e->id, e->dest,
		    (int64_t)e->state, e->next_at, e->first_seen, e->expires,
		    flags, e->name, e->event_id, e->key, e->call, sha, mark_str,
		    e->body, e->reason, e->code);
	e->in_ledger = flags & IN_LEDGER;
	s->next_id++;
	return rc;
}

/* A number for an event that no event had before. */
static int
number_event(struct capi_store *s, struct capi_store_event *e)
{
	sqlite3_stmt *st;
	int rc = 0;

	if (!s->next_id) {
		st = query(s, EVENT_LAST, "");
		rc = st ? next(s, st) : -1;
		s->next_id = rc == 1 ? sqlite3_column_int64(st, 0) + 1 : 1;
		if (st)
			sqlite3_reset(st);
	}
	e->id = s->next_id;
	return rc < 0 ? -1 : 0;
}

/* What the ledger's row, as LEDGER_GET has it, says. */
static int
read_known(
    struct capi_store *s, sqlite3_stmt *st, struct capi_store_known *known)
{
	int64_t id = sqlite3_column_int64(st, 4);
	int rc;

	known->state = (enum capi_state)sqlite3_column_int(st, 1);
	known->at = sqlite3_column_int64(st, 2);
	known->request = sqlite3_column_int64(st, 3);
	if (known->state != CAPI_QUEUED || !id)
		return 0;
	if (write_done(s))
		return -1;
	st = query(s, DONE_GET, "i", id);
	rc = st ? next(s, st) : -1;
	if (rc == 1 && sqlite3_column_int64(st, 0) >= id) {
		known->state = CAPI_SENT;
		known->request = sqlite3_column_int64(st, 1);
		known->at = sqlite3_column_int64(st, 2);
	}
	if (st)
		sqlite3_reset(st);
	return rc < 0 ? -1 : 0;
}

static bool
has_conflict(struct capi_store *s, const struct capi_store_event *e)
{
	sqlite3_stmt *st = query(s, EVENT_SAME, "itb", e->dest, e->key,
	    (struct capi_str){(const char *)e->sha, sizeof(e->sha)});
	bool found = st && next(s, st) == 1;

	if (st)
		sqlite3_reset(st);
	return found;
}

/* The parked event of that key, if it surely was never taken. */
static int64_t
replaceable(struct capi_store *s, const struct capi_store_event *e)
{
	int64_t ids[16], found = 0;
	size_t n = capi_store_by_key(s, e->dest, e->key, ids, 16);
	struct capi_store_event old;

	for (size_t i = 0; i < n; i++)
		if (capi_store_get(s, ids[i], &old) &&
		    old.state == CAPI_PARKED && !old.uncertain)
			found = ids[i];
	return found;
}

int
capi_store_put(struct capi_store *s, struct capi_store_event *e,
    enum capi_put *put, struct capi_store_known *known)
{
	unsigned char digest[CAPI_DIGEST_BYTES];
	struct capi_str k = {(const char *)digest, 16};
	struct capi_str sha = {(const char *)e->sha, 16};
	sqlite3_stmt *st;
	bool same;
	int rc;

	ledger_key(s, dest_name(s, e->dest), e->key, digest);
	if (number_event(s, e) ||
	    run(s, LEDGER_ADD, "bibii", k, e->dest, sha, e->first_seen, e->id))
		return -1;
	*put = CAPI_PUT_NEW;
	e->state = CAPI_QUEUED;
	if (sqlite3_changes(s->db))
		return add_event(s, e);
	st = query(s, LEDGER_GET, "b", k);
	if (!st || next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return fail(s, CAPI_STORE_CORRUPT,
		    "%s/store.db: the ledger lost a key", s->dir);
	}
	same = column(st, 0).n == 16 && !memcmp(column(st, 0).p, e->sha, 16);
	rc = read_known(s, st, known);
	sqlite3_reset(st);
	if (rc)
		return -1;
	*put = same ? CAPI_PUT_DUPLICATE : CAPI_PUT_CONFLICT;
	if (same)
		return 0;
	if (known->state == CAPI_PARKED) {
		int64_t old = replaceable(s, e);

		if (old) {
			*put = CAPI_PUT_NEW;
			if (RUN_ONE(s, EVENT_DROP, "i", old) ||
			    run(s, LEDGER_DROP, "b", k) ||
			    run(s, LEDGER_ADD, "bibii", k, e->dest, sha,
				e->first_seen, e->id))
				return -1;
			return add_event(s, e);
		}
	}
	if (has_conflict(s, e))
		return 0;
	e->state = CAPI_CONFLICT;
	return add_event(s, e);
}

static bool
is_behind(
    const struct capi_store_event *e, const struct capi_store_cursor *cursor)
{
	return e->next_at != cursor->next_at ? e->next_at > cursor->next_at
					     : e->id > cursor->id;
}

/* An index that contradicts itself: a due event that no look finds, or the
 * same ones again and again. Believing it would keep us busy for ever. */
static int
out_of_order(struct capi_store *s)
{
	return fail(s, CAPI_STORE_CORRUPT,
	    "%s/store.db: damaged: the queue is out of order", s->dir);
}

int
capi_store_due(struct capi_store *s, int64_t dest, int64_t now,
    struct capi_store_cursor *cursor,
    bool (*each)(void *arg, const struct capi_store_event *e), void *arg)
{
	sqlite3_stmt *st =
	    query(s, EVENT_DUE, "iiii", dest, cursor->next_at, cursor->id, now);
	bool from_start = !cursor->next_at && !cursor->id, none = true;
	struct capi_store_event e;
	int rc;

	if (!st)
		return -1;
	while ((rc = next(s, st)) == 1) {
		none = false;
		read_event(s, st, &e);
		if (!is_behind(&e, cursor)) {
			rc = out_of_order(s);
			break;
		}
		if (!each(arg, &e))
			break;
		cursor->next_at = e.next_at;
		cursor->id = e.id;
	}
	sqlite3_reset(st);
	if (rc < 0)
		return -1;
	if (from_start && none) {
		int64_t at = capi_store_next_due(s, dest);

		if (at >= 0 && at <= now)
			return out_of_order(s);
	}
	return 0;
}

int64_t
capi_store_next_due(struct capi_store *s, int64_t dest)
{
	return one_number(s, EVENT_NEXT, dest);
}

bool
capi_store_get(struct capi_store *s, int64_t id, struct capi_store_event *e)
{
	sqlite3_stmt *st;

	if (s->done.last && id >= s->done.first && id <= s->done.last)
		return false; /* delivered in this transaction */
	st = query(s, EVENT_GET, "i", id);
	if (!st || next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return false;
	}
	read_event(s, st, e);
	return true; /* the row stays until the next query */
}

int
capi_store_claim(struct capi_store *s, int64_t dest, int64_t now,
    const int64_t *ids, size_t n, int64_t *flight)
{
	sqlite3_stmt *st = query(s, FLIGHT_NUMBER, "");

	if (!st || next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return -1;
	}
	*flight = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (RUN_ONE(s, FLIGHT_NEXT, ""))
		return -1;
	return run(s, FLIGHT_ADD, "iiib", *flight, dest, now,
	    (struct capi_str){(const char *)ids, n * sizeof(*ids)});
}

int
capi_store_land(struct capi_store *s, int64_t flight)
{
	return RUN_ONE(s, FLIGHT_DROP, "i", flight);
}

static int
settle(struct capi_store *s, const struct capi_store_event *e,
    enum capi_state state, int64_t request, int64_t now)
{
	unsigned char k[CAPI_DIGEST_BYTES];

	if (e->state == CAPI_CONFLICT)
		return 0;
	ledger_key(s, dest_name(s, e->dest), e->key, k);
	return run(s, LEDGER_SET, "iiib", (int64_t)state, now, request,
	    (struct capi_str){(const char *)k, 16});
}

int
capi_store_delivered(struct capi_store *s, const struct capi_store_event *e,
    int64_t request, int64_t now)
{
	if (!e->in_ledger) { /* from a store of an older version */
		if (settle(s, e, CAPI_SENT, request, now))
			return -1;
		return RUN_ONE(s, EVENT_DROP, "i", e->id);
	}
	if (s->done.last && e->id == s->done.last + 1 &&
	    request == s->done.request) {
		s->done.last++;
		return 0;
	}
	if (write_done(s))
		return -1;
	s->done.first = s->done.last = e->id;
	s->done.request = request;
	s->done.at = now;
	return 0;
}

int
capi_store_retry(struct capi_store *s, int64_t id, int64_t next_at,
    bool attempted, bool uncertain, int http, struct capi_str code)
{
	return RUN_ONE(s, EVENT_RETRY, "iiiiti", next_at, (int64_t)attempted,
	    (int64_t)uncertain, (int64_t)http, code, id);
}

int
capi_store_park(struct capi_store *s, const struct capi_store_event *e,
    bool attempted, bool uncertain, int http, struct capi_str code,
    struct capi_str reason, int64_t now)
{
	if (settle(s, e, CAPI_PARKED, 0, now))
		return -1;
	return RUN_ONE(s, EVENT_PARK, "iiitti", (int64_t)attempted,
	    (int64_t)uncertain, (int64_t)http, code, reason, e->id);
}

int
capi_store_land_briefly(
    struct capi_store *s, int64_t flight, struct capi_str result)
{
	return RUN_ONE(s, FLIGHT_RESULT, "bi", result, flight);
}

int
capi_store_lost(struct capi_store *s, int64_t dest,
    int (*each)(void *arg, int64_t flight, int64_t id, char result), void *arg)
{
	for (;;) {
		sqlite3_stmt *st = query(s, FLIGHT_ALL, "i", dest);
		int64_t flight, *ids;
		size_t n;
		char *result;
		int rc = st ? next(s, st) : -1;

		if (rc != 1) {
			if (st)
				sqlite3_reset(st);
			return rc;
		}
		flight = sqlite3_column_int64(st, 0);
		n = column(st, 1).n / sizeof(*ids);
		ids = capi_alloc(n * sizeof(*ids));
		result = capi_alloc(n);
		memcpy(ids, column(st, 1).p, n * sizeof(*ids));
		memset(result, '?', n);
		if (column(st, 2).n == n)
			memcpy(result, column(st, 2).p, n);
		sqlite3_reset(st);
		rc = 0;
		for (size_t i = 0; i < n && !rc; i++)
			rc = each(arg, flight, ids[i], result[i]);
		free(ids);
		free(result);
		if (rc || capi_store_land(s, flight))
			return -1;
	}
}

int
capi_store_mend_clock(
    struct capi_store *s, int64_t dest, int64_t now, int64_t longest)
{
	return run(s, EVENT_MEND, "iii", now, dest, now + longest);
}

int
capi_store_request_add(struct capi_store *s, const struct capi_store_request *r)
{
	return run(s, REQUEST_ADD, "iiiiiittt", r->id, r->dest, r->at,
	    r->events, r->latency, (int64_t)r->http, r->outcome, r->code,
	    r->trace);
}

bool
capi_store_request_get(
    struct capi_store *s, int64_t id, struct capi_store_request *r)
{
	sqlite3_stmt *st = query(s, REQUEST_GET, "i", id);

	if (!st || next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return false;
	}
	r->id = sqlite3_column_int64(st, 0);
	r->dest = sqlite3_column_int64(st, 1);
	r->at = sqlite3_column_int64(st, 2);
	r->events = sqlite3_column_int64(st, 3);
	r->latency = sqlite3_column_int64(st, 4);
	r->http = sqlite3_column_int(st, 5);
	r->outcome = column(st, 6);
	r->code = column(st, 7);
	r->trace = column(st, 8);
	return true;
}

int64_t
capi_store_last_taken(struct capi_store *s, int64_t dest)
{
	return one_number(s, REQUEST_TAKEN, dest);
}

/* ---- receipts ---- */

int
capi_store_receipt_add(
    struct capi_store *s, int64_t dest, struct capi_str lines, int64_t *id)
{
	if (run(s, RECEIPT_ADD, "it", dest, lines))
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

/* One at a time and copied: `each` may begin a transaction. */
int
capi_store_receipts(struct capi_store *s, int64_t dest,
    int (*each)(void *arg, int64_t id, struct capi_str lines), void *arg)
{
	struct capi_buf copy = CAPI_BUF_INIT((size_t)64 << 20);
	int64_t id, last = 0;
	int rc;

	for (;;) {
		sqlite3_stmt *st = query(s, RECEIPT_GET, "ii", dest, last);

		rc = st ? next(s, st) : -1;
		if (rc != 1)
			break;
		id = sqlite3_column_int64(st, 0);
		capi_buf_reset(&copy);
		capi_buf_add(&copy, column(st, 1).p, column(st, 1).n);
		sqlite3_reset(st);
		if (id <= last) {
			rc = out_of_order(s);
			break;
		}
		last = id;
		if (each(arg, id, (struct capi_str){copy.data, copy.len}))
			break;
	}
	capi_buf_release(&copy);
	return rc < 0 ? -1 : 0;
}

bool
capi_store_has_receipts(struct capi_store *s, int64_t dest)
{
	return one_number(s, RECEIPT_ANY, dest) >= 0;
}

int
capi_store_receipt_done(struct capi_store *s, int64_t id)
{
	return run(s, RECEIPT_DROP, "i", id);
}

/* ---- what a person does ---- */

static int
status_of_dest(struct capi_store *s, int64_t dest, const char *name,
    int (*each)(void *arg, const struct capi_store_count *c), void *arg)
{
	struct capi_store_count c = {.dest = str(name)};
	sqlite3_stmt *st;
	int rc;

	c.state = CAPI_QUEUED;
	c.events = one_number(s, STATUS_QUEUED, dest);
	c.oldest = c.events > 0 ? one_number(s, STATUS_OLDEST, dest) : -1;
	if (c.events < 0 || each(arg, &c))
		return -1;
	st = query(s, FLIGHT_ALL, "i", dest);
	if (!st)
		return -1;
	c.in_flight = true;
	c.events = 0;
	c.oldest = -1;
	while ((rc = next(s, st)) == 1)
		c.events += (int64_t)(column(st, 1).n / sizeof(int64_t));
	sqlite3_reset(st);
	if (rc < 0 || (c.events && each(arg, &c)))
		return -1;
	c.in_flight = false;
	st = query(s, STATUS_KEPT, "i", dest);
	if (!st)
		return -1;
	while ((rc = next(s, st)) == 1) {
		c.state = (enum capi_state)sqlite3_column_int(st, 0);
		c.events = sqlite3_column_int64(st, 1);
		c.oldest = sqlite3_column_int64(st, 2);
		if (each(arg, &c))
			break;
	}
	sqlite3_reset(st);
	return rc ? -1 : 0;
}

int
capi_store_dests(struct capi_store *s,
    int (*each)(void *arg, const char *name, const char *platform,
	const struct capi_store_dest *d),
    void *arg)
{
	sqlite3_stmt *st = query(s, DEST_ALL, "");
	struct capi_store_dest d;
	char name[256], platform[64];
	int rc;

	if (!st)
		return -1;
	while ((rc = next(s, st)) == 1) {
		read_dest(st, &d);
		copy_text(name, sizeof(name), column(st, 6));
		copy_text(platform, sizeof(platform), column(st, 7));
		if (each(arg, name, platform, &d)) {
			rc = -1;
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}

struct status_walk {
	struct capi_store *s;
	int (*each)(void *arg, const struct capi_store_count *c);
	void *arg;
};

static int
status_step(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct status_walk *w = arg;

	(void)platform;
	return status_of_dest(w->s, d->id, name, w->each, w->arg);
}

int
capi_store_status(struct capi_store *s,
    int (*each)(void *arg, const struct capi_store_count *c), void *arg)
{
	struct status_walk w = {s, each, arg};

	return capi_store_dests(s, status_step, &w);
}

int
capi_store_list(struct capi_store *s, enum capi_state state, int64_t dest,
    int64_t from_id,
    int (*each)(void *arg, const char *name, const struct capi_store_event *e),
    void *arg)
{
	struct capi_store_event e;
	int64_t last = from_id - 1;
	int rc, rows;

	do {
		sqlite3_stmt *st = query(
		    s, LIST, "iiii", last, (int64_t)state, dest, (int64_t)PAGE);

		if (!st)
			return -1;
		rows = 0;
		while ((rc = next(s, st)) == 1) {
			read_event(s, st, &e);
			if (e.id <= last) {
				rc = out_of_order(s);
				break;
			}
			last = e.id;
			rows++;
			if (each(arg, dest_name(s, e.dest), &e)) {
				rc = -1;
				break;
			}
		}
		sqlite3_reset(st);
		if (rc < 0)
			return -1;
	} while (rows == PAGE);
	return 0;
}

bool
capi_store_known(struct capi_store *s, const char *name, struct capi_str key,
    struct capi_store_known *known)
{
	unsigned char k[CAPI_DIGEST_BYTES];
	sqlite3_stmt *st;
	bool found;

	ledger_key(s, name, key, k);
	st = query(s, LEDGER_GET, "b", (struct capi_str){(const char *)k, 16});
	found = st && next(s, st) == 1;
	if (found && read_known(s, st, known))
		found = false;
	if (st)
		sqlite3_reset(st);
	return found;
}

size_t
capi_store_by_key(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t *ids, size_t max)
{
	sqlite3_stmt *st = query(s, EVENT_KEYED, "it", dest, key);
	size_t n = 0;

	while (st && n < max && next(s, st) == 1)
		ids[n++] = sqlite3_column_int64(st, 0);
	if (st)
		sqlite3_reset(st);
	return n;
}

/* Up to 1000 parked events behind `after`, those in conflict included or not;
 * the number of them, or -1. */
static int
kept_page(struct capi_store *s, int64_t dest, int64_t after, bool conflicts,
    int64_t ids[1000])
{
	sqlite3_stmt *st = query(s, EVENT_KEPT, "iii", dest,
	    (int64_t)(conflicts ? CAPI_CONFLICT : CAPI_PARKED), after);
	int n = 0, rc;

	if (!st)
		return -1;
	while ((rc = next(s, st)) == 1)
		ids[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc < 0 ? -1 : n;
}

/* What is done with one event: 1 it was, 0 there was no need, -1. */
typedef int act_fn(struct capi_store *s, int64_t id, int64_t now);

static int
act_on(struct capi_store *s, act_fn *act, const int64_t *ids, int found,
    int64_t now, int64_t *n)
{
	for (int i = 0; i < found; i++) {
		int rc = act(s, ids[i], now);

		if (rc < 0)
			return -1;
		*n += rc;
	}
	return found < 0 ? -1 : 0;
}

static int
act_on_kept(struct capi_store *s, int64_t dest, bool conflicts, act_fn *act,
    int64_t now, int64_t *n)
{
	int64_t ids[1000], last = 0;
	int found;

	while ((found = kept_page(s, dest, last, conflicts, ids)) > 0) {
		if (ids[0] <= last)
			return out_of_order(s);
		last = ids[found - 1];
		if (act_on(s, act, ids, found, now, n))
			return -1;
	}
	return found;
}

static int
act_on_key(struct capi_store *s, int64_t dest, struct capi_str key, act_fn *act,
    int64_t now, int64_t *n)
{
	int64_t ids[1000];
	size_t found = capi_store_by_key(s, dest, key, ids, 1000);

	return act_on(s, act, ids, (int)found, now, n);
}

/* Back to the queue. A conflict that is sent after all becomes what the
 * ledger knows. */
static int
replay_one(struct capi_store *s, int64_t id, int64_t now)
{
	unsigned char digest[CAPI_DIGEST_BYTES];
	struct capi_str k = {(const char *)digest, 16};
	struct capi_store_event e;
	unsigned char sha[16];
	int64_t dest;
	bool queued;

	if (!capi_store_get(s, id, &e))
		return out_of_order(s);
	ledger_key(s, dest_name(s, e.dest), e.key, digest);
	memcpy(sha, e.sha, 16);
	dest = e.dest;
	queued = e.state == CAPI_QUEUED;
	sqlite3_reset(s->statements[EVENT_GET]);
	if (queued)
		return 0;
	if (run(s, LEDGER_DROP, "b", k) ||
	    run(s, LEDGER_ADD, "bibii", k, dest,
		(struct capi_str){(const char *)sha, 16}, now, id))
		return -1;
	return RUN_ONE(s, EVENT_REPLAY, "ii", now, id) ? -1 : 1;
}

static int
forget_one(struct capi_store *s, int64_t id, int64_t now)
{
	unsigned char digest[CAPI_DIGEST_BYTES];
	struct capi_store_event e;
	enum capi_state state;

	(void)now;
	if (!capi_store_get(s, id, &e))
		return out_of_order(s);
	ledger_key(s, dest_name(s, e.dest), e.key, digest);
	state = e.state;
	sqlite3_reset(s->statements[EVENT_GET]);
	/* What the ledger knows is the event that a conflict is not. */
	if (state != CAPI_CONFLICT &&
	    run(s, LEDGER_DROP, "b",
		(struct capi_str){(const char *)digest, 16}))
		return -1;
	return RUN_ONE(s, EVENT_DROP, "i", id) ? -1 : 1;
}

int
capi_store_replay(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t now, int64_t *n)
{
	*n = 0;
	if (key.p)
		return act_on_key(s, dest, key, replay_one, now, n);
	return act_on_kept(s, dest, false, replay_one, now, n);
}

int
capi_store_forget(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t now, int64_t *n)
{
	unsigned char k[CAPI_DIGEST_BYTES];

	*n = 0;
	if (!key.p)
		return act_on_kept(s, dest, true, forget_one, now, n);
	if (act_on_key(s, dest, key, forget_one, now, n))
		return -1;
	if (*n)
		return 0;
	ledger_key(s, dest_name(s, dest), key, k);
	if (run(s, LEDGER_DROP, "b", (struct capi_str){(const char *)k, 16}))
		return -1;
	*n = sqlite3_changes(s->db);
	return 0;
}

/*
 * The ledger lies in the order of its keys, which is none in time, and an
 * index by age would be as large as it is. So each run looks through a part,
 * behind where the last one ended.
 */
int
capi_store_expire(
    struct capi_store *s, int64_t before, int64_t rows, int64_t *n)
{
	static const char highest[16] = {
	    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
	struct capi_str from, to = {highest, sizeof(highest)};
	char k[32], end[16];
	int64_t began;
	sqlite3_stmt *st = query(s, SWEEP_GET, "");

	if (!st || next(s, st) != 1)
		return out_of_order(s);
	from = column(st, 0);
	from.n = from.n < sizeof(k) ? from.n : sizeof(k);
	memcpy(k, from.p, from.n);
	from.p = k;
	began = from.n ? sqlite3_column_int64(st, 1) : before;
	sqlite3_reset(st);
	st = query(s, SWEEP_END, "bi", from, rows - 1);
	if (!st)
		return -1;
	switch (next(s, st)) {
	case 1:
		if (column(st, 0).n == sizeof(end)) {
			memcpy(end, column(st, 0).p, sizeof(end));
			to.p = end;
		}
		break;
	case -1:
		sqlite3_reset(st);
		return -1;
	}
	sqlite3_reset(st);
	if (run(s, LEDGER_EXPIRE, "bbi", from, to, before))
		return -1;
	*n = sqlite3_changes(s->db);
	if (to.p == highest) {
		/* Once round: nothing has a number from before that. */
		if (run(s, DONE_EXPIRE, "i", began))
			return -1;
		to.n = 0;
	}
	/* A ledger that is looked through at once needs no note, and a run
	 * that has nothing to do no commit. */
	if ((from.n || to.n) && RUN_ONE(s, SWEEP_SET, "bi", to, began))
		return -1;
	return run(s, REQUEST_EXPIRE, "ii", before, rows);
}

int
capi_store_count_add(struct capi_store *s, int64_t dest, const char *what,
    const char *label, int64_t n)
{
	return run(s, COUNT_ADD, "itti", dest, str(what), str(label), n);
}

int
capi_store_counts(struct capi_store *s,
    int (*each)(void *arg, const char *dest, const char *what,
	const char *label, int64_t n),
    void *arg)
{
	sqlite3_stmt *st = query(s, COUNT_ALL, "");
	char dest[256], what[64], label[256];
	int rc;

	if (!st)
		return -1;
	while ((rc = next(s, st)) == 1) {
		copy_text(dest, sizeof(dest), column(st, 0));
		copy_text(what, sizeof(what), column(st, 1));
		copy_text(label, sizeof(label), column(st, 2));
		if (each(arg, dest, what, label, sqlite3_column_int64(st, 3))) {
			rc = -1;
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}

/* ---- what is judged later ---- */

int
capi_store_follow_add(struct capi_store *s, const struct capi_store_follow *f)
{
	return run(s, FOLLOW_ADD, "iiiitt", f->request, f->dest, f->next_at,
	    f->until, f->ticket, f->heads);
}

int
capi_store_follow_next(struct capi_store *s, int64_t dest, int64_t now,
    int64_t after, struct capi_store_follow *f)
{
	sqlite3_stmt *st = query(s, FOLLOW_GET, "iii", dest, now, after);
	int rc = st ? next(s, st) : -1;

	if (rc != 1) {
		if (st)
			sqlite3_reset(st);
		return rc;
	}
	f->request = sqlite3_column_int64(st, 0);
	f->dest = sqlite3_column_int64(st, 1);
	f->next_at = sqlite3_column_int64(st, 2);
	f->until = sqlite3_column_int64(st, 3);
	f->polls = (unsigned)sqlite3_column_int(st, 4);
	f->ticket = column(st, 5);
	f->heads = column(st, 6);
	return 1;
}

int
capi_store_follow_later(struct capi_store *s, int64_t request, int64_t next_at)
{
	return RUN_ONE(s, FOLLOW_LATER, "ii", next_at, request);
}

int
capi_store_follow_done(struct capi_store *s, int64_t request)
{
	return RUN_ONE(s, FOLLOW_DROP, "i", request);
}

int64_t
capi_store_follow_due(struct capi_store *s, int64_t dest)
{
	return one_number(s, FOLLOW_DUE, dest);
}

void
capi_store_sizes(struct capi_store *s, int64_t *used, int64_t *free_bytes)
{
	static const char *const files[] = {
	    "store.db", "store.db-wal", "ballast"};
	char path[PATH_MAX];
	struct stat st;
	struct statvfs fs;

	*used = 0;
	*free_bytes = 0;
	for (size_t i = 0; i < 3; i++) {
		path_in(s, files[i], path);
		if (!lstat(path, &st))
			*used += st.st_size;
	}
	if (!statvfs(s->dir, &fs))
		*free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
}

/* ---- salvage ---- */

static const char salvage_dests[] = "SELECT id, name, platform FROM dest";
static const char salvage_events[] =
    "SELECT " EVENT " FROM event NOT INDEXED WHERE rowid >= ?"
    " ORDER BY rowid LIMIT 1";
static const char salvage_ledger[] =
    "SELECT k, dest, sha, state, at, request FROM known";
static const char salvage_old_ledger[] =
    "SELECT k, dest, sha, state, at, request FROM ledger";

static sqlite3_stmt *
look(struct capi_store *s, const char *text)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(s->db, text, -1, &st, NULL) != SQLITE_OK)
		return NULL;
	return st;
}

/* The old store's names by number, and the same in the new one. */
static size_t
salvage_names(struct capi_store *old, struct capi_store *new)
{
	sqlite3_stmt *st = look(old, salvage_dests);
	struct capi_store_dest d;
	char name[256], platform[64];
	size_t n = 0;

	while (st && sqlite3_step(st) == SQLITE_ROW) {
		copy_text(name, sizeof(name), column(st, 1));
		copy_text(platform, sizeof(platform), column(st, 2));
		if (capi_store_dest(new, name, platform, &d))
			break;
		dest_name(old, sqlite3_column_int64(st, 0));
		n++;
	}
	sqlite3_finalize(st);
	return n;
}

static int
salvage_event(struct capi_store *old, struct capi_store *new, sqlite3_stmt *st,
    int64_t *kept, int64_t *lost)
{
	struct capi_store_known known;
	struct capi_store_event e;
	struct capi_store_dest d;
	enum capi_put put;
	enum capi_state state;

	read_event(old, st, &e);
	state = e.state;
	if (e.damaged || get_dest(new, dest_name(old, e.dest), &d) != 1) {
		++*lost;
		return 0;
	}
	e.dest = d.id;
	if (capi_store_put(new, &e, &put, &known))
		return -1;
	++*kept;
	if (put != CAPI_PUT_NEW)
		return 0;
	/* Whether it was in the air is not to be known any more. */
	if (state == CAPI_QUEUED)
		return capi_store_retry(new, e.id, e.next_at, false, true, 0,
		    (struct capi_str){"salvaged", 8});
	return capi_store_park(
	    new, &e, false, false, e.http, e.code, e.reason, e.first_seen);
}

/* The highest number that an event ever had. */
static int64_t
last_number(struct capi_store *old)
{
	sqlite3_stmt *st = look(old, sql[EVENT_LAST]);
	int64_t n = 0;

	if (st && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n > 0 ? n : INT64_MAX / 4; /* older, or not readable */
}

static int
salvage_rows(struct capi_store *old, struct capi_store *new, int64_t *kept,
    int64_t *lost)
{
	int64_t most = last_number(old), misses = 0, step = 1;
	sqlite3_stmt *st = look(old, salvage_events);

	/* An unreadable page ends a scan: it goes on behind it, a number at a
	 * time. When so many in a row are unreadable that no page can have
	 * been all of them, the number itself is damaged: in longer steps. */
	for (int64_t id = 0; st && id <= most; id += step) {
		sqlite3_reset(st);
		sqlite3_bind_int64(st, 1, id);
		switch (sqlite3_step(st)) {
		case SQLITE_ROW:
			misses = 0;
			step = 1;
			if (sqlite3_column_int64(st, 0) > id)
				id = sqlite3_column_int64(st, 0);
			if (salvage_event(old, new, st, kept, lost)) {
				sqlite3_finalize(st);
				return -1;
			}
			break;
		case SQLITE_DONE:
			most = 0;
			break;
		default:
			++*lost;
			if (++misses % SALVAGE_MISSES == 0 && step < most / 4)
				step *= 2;
		}
	}
	sqlite3_finalize(st);
	/* What was delivered must not be sent again. */
	st = look(old, salvage_ledger);
	if (!st)
		st = look(old, salvage_old_ledger);
	while (st && sqlite3_step(st) == SQLITE_ROW) {
		struct capi_store_dest d;
		int64_t dest = sqlite3_column_int64(st, 1);

		if (sqlite3_column_int(st, 3) != CAPI_SENT ||
		    get_dest(new, dest_name(old, dest), &d) != 1)
			continue;
		if (run(new, LEDGER_ADD, "bibii", column(st, 0), d.id,
			column(st, 2), sqlite3_column_int64(st, 4),
			(int64_t)0) ||
		    run(new, LEDGER_SET, "iiib", (int64_t)CAPI_SENT,
			sqlite3_column_int64(st, 4), (int64_t)0, column(st, 0)))
			break;
	}
	sqlite3_finalize(st);
	return 0;
}

int
capi_store_salvage(const char *from, const char *to, int64_t *kept,
    int64_t *lost, char *err, size_t errsz)
{
	struct capi_store old = {
	    .lock_fd = -1, .scratch = CAPI_BUF_INIT(LONGEST_VALUE)};
	enum capi_store_cause cause;
	struct capi_store *new = capi_store_open(to, &cause, err, errsz);
	char path[PATH_MAX];
	int rc = -1;

	*kept = *lost = 0;
	if (!new)
		return -1;
	old.dir = (char *)from;
	old.digest = capi_digest_new();
	path_in(&old, "store.db", path);
	if (old.digest && !access(path, R_OK) &&
	    !open_database(&old, path, 0) && !capi_store_begin(new)) {
		salvage_names(&old, new);
		rc = salvage_rows(&old, new, kept, lost);
		if (rc || capi_store_commit(new))
			rc = -1;
	}
	if (rc)
		snprintf(err, errsz, "%s",
		    new->error[0]  ? new->error
		    : old.error[0] ? old.error
				   : "the old store can not be opened");
	if (old.db)
		close_database(&old);
	for (size_t i = 0; i < old.name_count; i++)
		free(old.names[i].name);
	free(old.names);
	capi_buf_release(&old.scratch);
	capi_digest_free(old.digest);
	capi_store_close(new);
	return rc;
}
