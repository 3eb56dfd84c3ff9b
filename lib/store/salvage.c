#include "db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

#define MISSES 100000

static const char salvage_dests[] = "SELECT id, name, platform FROM dest";
static const char salvage_events[] =
    "SELECT " CAPI_DB_EVENT " FROM event NOT INDEXED WHERE rowid >= ?"
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
		capi_db_copy_text(name, sizeof(name), capi_db_column(st, 1));
		capi_db_copy_text(
		    platform, sizeof(platform), capi_db_column(st, 2));
		if (capi_store_dest(new, name, platform, &d))
			break;
		capi_db_dest_name(old, sqlite3_column_int64(st, 0));
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

	capi_db_read_event(old, st, &e);
	state = e.state;
	if (e.damaged ||
	    capi_db_get_dest(new, capi_db_dest_name(old, e.dest), &d) != 1) {
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
	sqlite3_stmt *st = look(old, capi_db_sql[EVENT_LAST]);
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
			if (++misses % MISSES == 0 && step < most / 4)
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
		    capi_db_get_dest(new, capi_db_dest_name(old, dest), &d) !=
			1)
			continue;
		if (capi_db_run(new, LEDGER_ADD, "bibii", capi_db_column(st, 0),
			d.id, capi_db_column(st, 2),
			sqlite3_column_int64(st, 4), (int64_t)0) ||
		    capi_db_run(new, LEDGER_SET, "iiib", (int64_t)CAPI_SENT,
			sqlite3_column_int64(st, 4), (int64_t)0,
			capi_db_column(st, 0)))
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
	    .lock_fd = -1, .scratch = CAPI_BUF_INIT(CAPI_DB_LONGEST)};
	enum capi_store_cause cause;
	struct capi_store *new = capi_store_open(to, &cause, err, errsz);
	char path[PATH_MAX];
	int rc = -1;

	*kept = *lost = 0;
	if (!new)
		return -1;
	old.dir = (char *)from;
	old.digest = capi_digest_new();
	capi_db_path(&old, "store.db", path);
	if (old.digest && !access(path, R_OK) && !capi_db_open(&old, path, 0) &&
	    !capi_store_begin(new)) {
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
		capi_db_close(&old);
	for (size_t i = 0; i < old.name_count; i++)
		free(old.names[i].name);
	free(old.names);
	capi_buf_release(&old.scratch);
	capi_digest_free(old.digest);
	capi_store_close(new);
	return rc;
}
