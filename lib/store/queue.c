#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "err.h"

/* ---- destinations ---- */

void
capi_db_read_dest(sqlite3_stmt *st, struct capi_store_dest *d)
{
	memset(d, 0, sizeof(*d));
	d->id = sqlite3_column_int64(st, 0);
	d->paused_until = sqlite3_column_int64(st, 1);
	d->failures = (unsigned)sqlite3_column_int(st, 2);
	d->batch_max = sqlite3_column_int64(st, 3);
	capi_db_copy_text(
	    d->stopped, sizeof(d->stopped), capi_db_column(st, 4));
	capi_db_copy_text(d->token, sizeof(d->token), capi_db_column(st, 5));
}

int
capi_db_get_dest(
    struct capi_store *s, const char *name, struct capi_store_dest *d)
{
	sqlite3_stmt *st = capi_db_query(s, DEST_GET, "t", capi_db_str(name));
	int found;

	if (!st)
		return -1;
	found = capi_db_next(s, st);
	if (found == 1)
		capi_db_read_dest(st, d);
	sqlite3_reset(st);
	return found;
}

int
capi_store_dest(struct capi_store *s, const char *name, const char *platform,
    struct capi_store_dest *d)
{
	bool own = !s->in_transaction;
	int found = capi_db_get_dest(s, name, d);

	if (found)
		return found == 1 ? 0 : -1;
	if (own && capi_store_begin(s))
		return -1;
	if (capi_db_run(
		s, DEST_ADD, "tt", capi_db_str(name), capi_db_str(platform)) ||
	    (own && capi_store_commit(s))) {
		if (own)
			capi_store_rollback(s);
		return -1;
	}
	return capi_db_get_dest(s, name, d) == 1 ? 0 : -1;
}

int
capi_store_dest_save(struct capi_store *s, const struct capi_store_dest *d)
{
	return CAPI_DB_RUN_ONE(s, DEST_SAVE, "iiitti", d->paused_until,
	    (int64_t)d->failures, d->batch_max, capi_db_str(d->stopped),
	    capi_db_str(d->token), d->id);
}

int
capi_store_lock_dest(struct capi_store *s, const char *name)
{
	char file[300], path[PATH_MAX];
	int fd;

	snprintf(file, sizeof(file), "send.%.250s.lock", name);
	capi_db_path(s, file, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return capi_db_fail(
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

	capi_db_row_mark(s, capi_db_dest_name(s, e->dest), e, mark);
	if (e->has_time)
		rc = capi_db_run(s, EVENT_ADD, "iiiiiiiittttbbbtt", e->id,
		    e->dest, (int64_t)e->state, e->next_at, e->first_seen,
		    e->expires, flags, e->time, e->name, e->event_id, e->key,
		    e->call, sha, mark_str, e->body, e->reason, e->code);
	else
		rc = capi_db_run(s, EVENT_ADD, "iiiiiiinttttbbbtt", e->id,
		    e->dest, (int64_t)e->state, e->next_at, e->first_seen,
		    e->expires, flags, e->name, e->event_id, e->key, e->call,
		    sha, mark_str, e->body, e->reason, e->code);
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
		st = capi_db_query(s, EVENT_LAST, "");
		rc = st ? capi_db_next(s, st) : -1;
		s->next_id = rc == 1 ? sqlite3_column_int64(st, 0) + 1 : 1;
		if (st)
			sqlite3_reset(st);
	}
	e->id = s->next_id;
	return rc < 0 ? -1 : 0;
}

/* What the ledger's row, as LEDGER_GET has it, says. */
int
capi_db_read_known(
    struct capi_store *s, sqlite3_stmt *st, struct capi_store_known *known)
{
	int64_t id = sqlite3_column_int64(st, 4);
	int rc;

	known->state = (enum capi_state)sqlite3_column_int(st, 1);
	known->at = sqlite3_column_int64(st, 2);
	known->request = sqlite3_column_int64(st, 3);
	if (known->state != CAPI_QUEUED || !id)
		return 0;
	if (capi_db_write_done(s))
		return -1;
	st = capi_db_query(s, DONE_GET, "i", id);
	rc = st ? capi_db_next(s, st) : -1;
	if (rc == 1 && sqlite3_column_int64(st, 0) >= id) {
		known->state = CAPI_SENT;
		known->request = sqlite3_column_int64(st, 1);
		known->at = sqlite3_column_int64(st, 2);
	}
	if (st)
		sqlite3_reset(st);
	return rc < 0 ? -1 : 0;
}

/* 1, 0 or -1. */
static int
has_conflict(struct capi_store *s, const struct capi_store_event *e)
{
	sqlite3_stmt *st = capi_db_query(s, EVENT_SAME, "itb", e->dest, e->key,
	    (struct capi_str){(const char *)e->sha, sizeof(e->sha)});
	int rc = st ? capi_db_next(s, st) : -1;

	if (st)
		sqlite3_reset(st);
	return rc;
}

/* The parked event of that key, if it surely was never taken; 0: none. -1 when
 * that can not be told: an event too many would take its place. */
static int64_t
replaceable(struct capi_store *s, const struct capi_store_event *e)
{
	sqlite3_stmt *st =
	    capi_db_query(s, EVENT_UNTAKEN, "it", e->dest, e->key);
	int64_t found = st ? capi_db_next(s, st) : -1;

	if (found == 1)
		found = sqlite3_column_int64(st, 0);
	if (st)
		sqlite3_reset(st);
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

	capi_db_ledger_key(s, capi_db_dest_name(s, e->dest), e->key, digest);
	if (number_event(s, e) || capi_db_run(s, LEDGER_ADD, "bibii", k,
				      e->dest, sha, e->first_seen, e->id))
		return -1;
	*put = CAPI_PUT_NEW;
	e->state = CAPI_QUEUED;
	if (sqlite3_changes(s->db))
		return add_event(s, e);
	st = capi_db_query(s, LEDGER_GET, "b", k);
	if (!st || capi_db_next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return capi_db_fail(s, CAPI_STORE_CORRUPT,
		    "%s/store.db: the ledger lost a key", s->dir);
	}
	same = capi_db_column(st, 0).n == 16 &&
	       !memcmp(capi_db_column(st, 0).p, e->sha, 16);
	rc = capi_db_read_known(s, st, known);
	sqlite3_reset(st);
	if (rc)
		return -1;
	*put = same ? CAPI_PUT_DUPLICATE : CAPI_PUT_CONFLICT;
	if (same)
		return 0;
	if (known->state == CAPI_PARKED) {
		int64_t old = replaceable(s, e);

		if (old < 0)
			return -1;
		if (old) {
			*put = CAPI_PUT_NEW;
			if (CAPI_DB_RUN_ONE(s, EVENT_DROP, "i", old) ||
			    capi_db_run(s, LEDGER_DROP, "b", k) ||
			    capi_db_run(s, LEDGER_ADD, "bibii", k, e->dest, sha,
				e->first_seen, e->id))
				return -1;
			return add_event(s, e);
		}
	}
	rc = has_conflict(s, e);
	if (rc)
		return rc < 0 ? -1 : 0;
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

int
capi_store_due(struct capi_store *s, int64_t dest, int64_t now,
    struct capi_store_cursor *cursor,
    bool (*each)(void *arg, const struct capi_store_event *e), void *arg)
{
	sqlite3_stmt *st = capi_db_query(
	    s, EVENT_DUE, "iiii", dest, cursor->next_at, cursor->id, now);
	bool from_start = !cursor->next_at && !cursor->id, none = true;
	struct capi_store_event e;
	int rc;

	if (!st)
		return -1;
	while ((rc = capi_db_next(s, st)) == 1) {
		none = false;
		capi_db_read_event(s, st, &e);
		if (!is_behind(&e, cursor)) {
			rc = capi_db_out_of_order(s);
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
			return capi_db_out_of_order(s);
	}
	return 0;
}

int64_t
capi_store_next_due(struct capi_store *s, int64_t dest)
{
	return capi_db_number(s, EVENT_NEXT, dest);
}

int
capi_store_is_queued(
    struct capi_store *s, int64_t dest, struct capi_str key, int64_t *next_at)
{
	unsigned char k[CAPI_DIGEST_BYTES];
	struct capi_store_known known;
	sqlite3_stmt *st;
	int64_t id = 0;
	int rc;

	capi_db_ledger_key(s, capi_db_dest_name(s, dest), key, k);
	st = capi_db_query(
	    s, LEDGER_GET, "b", (struct capi_str){(const char *)k, 16});
	rc = st ? capi_db_next(s, st) : -1;
	if (rc == 1) {
		id = sqlite3_column_int64(st, 4);
		rc = capi_db_read_known(s, st, &known) ? -1 : 1;
	}
	if (st)
		sqlite3_reset(st);
	if (rc != 1 || known.state != CAPI_QUEUED)
		return rc < 0 ? -1 : 0;
	*next_at = capi_db_number(s, EVENT_WAITS, id);
	return *next_at >= 0;
}

bool
capi_store_get(struct capi_store *s, int64_t id, struct capi_store_event *e)
{
	sqlite3_stmt *st;

	if (s->done.last && id >= s->done.first && id <= s->done.last)
		return false; /* delivered in this transaction */
	st = capi_db_query(s, EVENT_GET, "i", id);
	if (!st || capi_db_next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return false;
	}
	capi_db_read_event(s, st, e);
	return true; /* the row stays until the next query */
}

int
capi_store_claim(struct capi_store *s, int64_t dest, int64_t now,
    const int64_t *ids, size_t n, int64_t *flight)
{
	sqlite3_stmt *st = capi_db_query(s, FLIGHT_NUMBER, "");

	if (!st || capi_db_next(s, st) != 1) {
		if (st)
			sqlite3_reset(st);
		return -1;
	}
	*flight = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (CAPI_DB_RUN_ONE(s, FLIGHT_NEXT, ""))
		return -1;
	return capi_db_run(s, FLIGHT_ADD, "iiib", *flight, dest, now,
	    (struct capi_str){(const char *)ids, n * sizeof(*ids)});
}

int
capi_store_land(struct capi_store *s, int64_t flight)
{
	return CAPI_DB_RUN_ONE(s, FLIGHT_DROP, "i", flight);
}

static int
settle(struct capi_store *s, const struct capi_store_event *e,
    enum capi_state state, int64_t request, int64_t now)
{
	unsigned char k[CAPI_DIGEST_BYTES];

	if (e->state == CAPI_CONFLICT)
		return 0;
	capi_db_ledger_key(s, capi_db_dest_name(s, e->dest), e->key, k);
	return capi_db_run(s, LEDGER_SET, "iiib", (int64_t)state, now, request,
	    (struct capi_str){(const char *)k, 16});
}

int
capi_store_delivered(struct capi_store *s, const struct capi_store_event *e,
    int64_t request, int64_t now)
{
	if (!e->in_ledger) { /* from a store of an older version */
		if (settle(s, e, CAPI_SENT, request, now))
			return -1;
		return CAPI_DB_RUN_ONE(s, EVENT_DROP, "i", e->id);
	}
	if (s->done.last && e->id == s->done.last + 1 &&
	    request == s->done.request) {
		s->done.last++;
		return 0;
	}
	if (capi_db_write_done(s))
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
	return CAPI_DB_RUN_ONE(s, EVENT_RETRY, "iiiiti", next_at,
	    (int64_t)attempted, (int64_t)uncertain, (int64_t)http, code, id);
}

int
capi_store_park(struct capi_store *s, const struct capi_store_event *e,
    bool attempted, bool uncertain, int http, struct capi_str code,
    struct capi_str reason, int64_t now)
{
	if (settle(s, e, CAPI_PARKED, 0, now))
		return -1;
	return CAPI_DB_RUN_ONE(s, EVENT_PARK, "iiitti", (int64_t)attempted,
	    (int64_t)uncertain, (int64_t)http, code, reason, e->id);
}

int
capi_store_land_briefly(
    struct capi_store *s, int64_t flight, struct capi_str result)
{
	return CAPI_DB_RUN_ONE(s, FLIGHT_RESULT, "bi", result, flight);
}

int
capi_store_lost(struct capi_store *s, int64_t dest,
    int (*each)(void *arg, int64_t flight, int64_t id, char result), void *arg)
{
	for (;;) {
		sqlite3_stmt *st = capi_db_query(s, FLIGHT_ALL, "i", dest);
		int64_t flight, *ids;
		size_t n;
		char *result;
		int rc = st ? capi_db_next(s, st) : -1;

		if (rc != 1) {
			if (st)
				sqlite3_reset(st);
			return rc;
		}
		flight = sqlite3_column_int64(st, 0);
		n = capi_db_column(st, 1).n / sizeof(*ids);
		ids = capi_alloc(n * sizeof(*ids));
		result = capi_alloc(n);
		memcpy(ids, capi_db_column(st, 1).p, n * sizeof(*ids));
		memset(result, '?', n);
		if (capi_db_column(st, 2).n == n)
			memcpy(result, capi_db_column(st, 2).p, n);
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
	return capi_db_run(s, EVENT_MEND, "iii", now, dest, now + longest);
}
