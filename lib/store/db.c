#include "db.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

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

int
capi_db_fail(
    struct capi_store *s, enum capi_store_cause cause, const char *fmt, ...)
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

int
capi_db_broken(struct capi_store *s)
{
	int rc = sqlite3_extended_errcode(s->db);

	return capi_db_fail(
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

	if (!*st && sqlite3_prepare_v3(s->db, capi_db_sql[which], -1,
			SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK) {
		capi_db_broken(s);
		return NULL;
	}
	return *st;
}

/* i: int64_t, t: struct capi_str as text, b: as a blob, n: nothing (NULL). */
static int
bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	for (int i = 1; types[i - 1] && rc == SQLITE_OK; i++) {
		struct capi_str v;

		switch (types[i - 1]) {
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 'n':
			rc = sqlite3_bind_null(st, i);
			break;
		default:
			v = va_arg(ap, struct capi_str);
			if (!v.p)
				v.p = "";
			if (types[i - 1] == 'b')
				rc = sqlite3_bind_blob64(
				    st, i, v.p, v.n, SQLITE_STATIC);
			else
				rc = sqlite3_bind_text64(st, i, v.p, v.n,
				    SQLITE_STATIC, SQLITE_UTF8);
		}
	}
	return rc;
}

/* A statement that gives no rows. */
int
capi_db_run(struct capi_store *s, int which, const char *types, ...)
{
	sqlite3_stmt *st = statement(s, which);
	va_list ap;
	int rc;

	if (!st)
		return -1;
	va_start(ap, types);
	rc = bind(st, types, ap);
	va_end(ap);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		capi_db_broken(s);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
capi_db_lost_row(struct capi_store *s, int64_t expected)
{
	if (sqlite3_changes(s->db) == expected)
		return 0;
	return capi_db_fail(s, CAPI_STORE_CORRUPT,
	    "%s/store.db: damaged: a row is not where it was", s->dir);
}

/* A statement that gives rows: step with `next`, end with `over`. */
sqlite3_stmt *
capi_db_query(struct capi_store *s, int which, const char *types, ...)
{
	sqlite3_stmt *st = statement(s, which);
	va_list ap;
	int rc;

	if (!st)
		return NULL;
	sqlite3_reset(st);
	va_start(ap, types);
	rc = bind(st, types, ap);
	va_end(ap);
	if (rc == SQLITE_OK)
		return st;
	capi_db_broken(s);
	return NULL;
}

/* 1 a row, 0 no more, -1. */
int
capi_db_next(struct capi_store *s, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return capi_db_broken(s);
}

struct capi_str
capi_db_column(sqlite3_stmt *st, int i)
{
	struct capi_str v;

	v.p = sqlite3_column_blob(st, i);
	v.n = (size_t)sqlite3_column_bytes(st, i);
	if (!v.p)
		v.p = "";
	return v;
}

int64_t
capi_db_number(struct capi_store *s, int which, int64_t arg)
{
	sqlite3_stmt *st = capi_db_query(s, which, "i", arg);
	int64_t n = -1;

	if (!st)
		return -1;
	if (capi_db_next(s, st) == 1 &&
	    sqlite3_column_type(st, 0) != SQLITE_NULL)
		n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

void
capi_db_copy_text(char *to, size_t size, struct capi_str v)
{
	if (v.n >= size)
		v.n = size - 1;
	memcpy(to, v.p, v.n);
	to[v.n] = '\0';
}

/* An index that contradicts itself: a due event that no look finds, or the
 * same ones again and again. Believing it would keep us busy for ever. */
int
capi_db_out_of_order(struct capi_store *s)
{
	return capi_db_fail(s, CAPI_STORE_CORRUPT,
	    "%s/store.db: damaged: the queue is out of order", s->dir);
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
void
capi_db_ledger_key(struct capi_store *s, const char *dest, struct capi_str key,
    unsigned char k[CAPI_DIGEST_BYTES])
{
	struct capi_buf *b = &s->scratch;

	capi_buf_reset(b);
	capi_buf_adds(b, "capi 1");
	mix(b, capi_db_str(dest));
	mix(b, key);
	capi_digest_raw(s->digest, b->data, b->len, k);
}

/* Over everything of a row that must not change by itself, so that a flipped
 * bit is found: SQLite's own check passes 294 of 300 of them. */
void
capi_db_row_mark(struct capi_store *s, const char *dest,
    const struct capi_store_event *e, unsigned char mark[CAPI_DIGEST_BYTES])
{
	struct capi_buf *b = &s->scratch;

	capi_buf_reset(b);
	mix(b, capi_db_str(dest));
	mix(b, e->name);
	mix(b, e->event_id);
	mix(b, e->key);
	mix(b, e->call);
	capi_buf_add_int(b, e->has_time ? e->time : -1);
	mix(b, (struct capi_str){(const char *)e->sha, sizeof(e->sha)});
	capi_digest_raw(s->digest, b->data, b->len, mark);
}

/* The name of a destination by its number; never NULL. */
const char *
capi_db_dest_name(struct capi_store *s, int64_t id)
{
	sqlite3_stmt *st;
	const char *found = "";

	for (size_t i = 0; i < s->name_count; i++)
		if (s->names[i].id == id)
			return s->names[i].name;
	st = capi_db_query(s, DEST_NAME, "i", id);
	if (st && capi_db_next(s, st) == 1) {
		struct capi_str v = capi_db_column(st, 0);
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

void
capi_db_read_event(
    struct capi_store *s, sqlite3_stmt *st, struct capi_store_event *e)
{
	unsigned char sha[CAPI_DIGEST_BYTES], mark[CAPI_DIGEST_BYTES];
	struct capi_str stored_sha = capi_db_column(st, 17);
	struct capi_str stored_mark = capi_db_column(st, 18);
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
	e->name = capi_db_column(st, 10);
	e->event_id = capi_db_column(st, 11);
	e->key = capi_db_column(st, 12);
	e->call = capi_db_column(st, 13);
	e->http = sqlite3_column_int(st, 14);
	e->code = capi_db_column(st, 15);
	e->reason = capi_db_column(st, 16);
	e->body = capi_db_column(st, 19);
	capi_digest_raw(s->digest, e->body.p, e->body.n, sha);
	e->damaged = stored_sha.n != sizeof(sha) ||
		     stored_mark.n != sizeof(mark) ||
		     memcmp(stored_sha.p, sha, sizeof(sha));
	if (stored_sha.n == sizeof(e->sha))
		memcpy(e->sha, stored_sha.p, sizeof(e->sha));
	if (!e->damaged) {
		capi_db_row_mark(s, capi_db_dest_name(s, e->dest), e, mark);
		e->damaged = memcmp(mark, stored_mark.p, sizeof(mark)) != 0;
	}
}
