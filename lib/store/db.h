/*
 * What the rooms of the store over SQLite share, and nobody else includes; the
 * place where sqlite3.h is.
 *
 *	schema	tables, migrations, every statement
 *	db	causes of failure, running a statement, digests
 *	spool	the folder, locks, transactions, opening and closing
 *	queue	destinations and the life of an event
 *	outcome	requests, receipts, what is judged later, counters
 *	person	lists, replay, forget
 *	salvage	what can be read of a damaged store
 */
#ifndef CAPI_STORE_DB_H
#define CAPI_STORE_DB_H

#include <limits.h>
#include <string.h>

#include <sqlite3.h>

#include "store.h"

#define CAPI_DB_LONGEST (16 << 20) /* of a value */

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

/* ---- schema.c ---- */

/* The columns as capi_db_read_event takes them. */
#define CAPI_DB_EVENT                                                          \
	"id, dest, state, next_at, first_seen, expires, attempts, uncertain,"  \
	" flags, time, name, event_id, key, call, http, code, reason, sha,"    \
	" mark, body"

/* Of an event's flags. */
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
	EVENT_WAITS,
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

extern const char *const capi_db_sql[STATEMENTS];
extern const char *const capi_db_migrations[];
extern const int CAPI_DB_VERSION;

/* ---- db.c ---- */

int capi_db_fail(struct capi_store *s, enum capi_store_cause cause,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* As SQLite has it. */
int capi_db_broken(struct capi_store *s);

/* A statement that gives no rows. i: int64_t, t: struct capi_str as text, b: as
 * a blob. */
int capi_db_run(struct capi_store *s, int which, const char *types, ...);
int capi_db_lost_row(struct capi_store *s, int64_t expected);
/* A statement on one row that is known to be there. When it is not found the
 * file is damaged, and whoever goes on would meet the same row for ever. */
#define CAPI_DB_RUN_ONE(s, which, ...)                                         \
	(capi_db_run(s, which, __VA_ARGS__) ? -1 : capi_db_lost_row(s, 1))

/* A statement that gives rows: step with _next (1 a row, 0 no more, -1), end
 * with sqlite3_reset. */
sqlite3_stmt *capi_db_query(
    struct capi_store *s, int which, const char *types, ...);
int capi_db_next(struct capi_store *s, sqlite3_stmt *st);
struct capi_str capi_db_column(sqlite3_stmt *st, int i);
/* The first column of the first row; -1: none. */
int64_t capi_db_number(struct capi_store *s, int which, int64_t arg);
int capi_db_out_of_order(struct capi_store *s);
void capi_db_copy_text(char *to, size_t size, struct capi_str v);

static inline struct capi_str
capi_db_str(const char *c)
{
	return (struct capi_str){c, strlen(c)};
}

void capi_db_ledger_key(struct capi_store *s, const char *dest,
    struct capi_str key, unsigned char k[CAPI_DIGEST_BYTES]);
void capi_db_row_mark(struct capi_store *s, const char *dest,
    const struct capi_store_event *e, unsigned char mark[CAPI_DIGEST_BYTES]);
const char *capi_db_dest_name(struct capi_store *s, int64_t id);
void capi_db_read_event(
    struct capi_store *s, sqlite3_stmt *st, struct capi_store_event *e);

/* ---- spool.c ---- */

int capi_db_write_done(struct capi_store *s);
void capi_db_path(
    const struct capi_store *s, const char *name, char path[PATH_MAX]);
int capi_db_open(struct capi_store *s, const char *path, int flags);
void capi_db_close(struct capi_store *s);

/* ---- queue.c ---- */

void capi_db_read_dest(sqlite3_stmt *st, struct capi_store_dest *d);
int capi_db_get_dest(
    struct capi_store *s, const char *name, struct capi_store_dest *d);
int capi_db_read_known(
    struct capi_store *s, sqlite3_stmt *st, struct capi_store_known *known);

#endif
