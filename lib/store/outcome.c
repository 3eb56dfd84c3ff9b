#include "db.h"

#include <string.h>

/* ---- requests ---- */

int
capi_store_request_add(struct capi_store *s, const struct capi_store_request *r)
{
	return capi_db_run(s, REQUEST_ADD, "iiiiiittt", r->id, r->dest, r->at,
	    r->events, r->latency, (int64_t)r->http, r->outcome, r->code,
	    r->trace);
}

bool
capi_store_request_get(
    struct capi_store *s, int64_t id, struct capi_store_request *r)
{
	sqlite3_stmt *st = capi_db_query(s, REQUEST_GET, "i", id);

	if (!st || capi_db_next(s, st) != 1) {
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
	r->outcome = capi_db_column(st, 6);
	r->code = capi_db_column(st, 7);
	r->trace = capi_db_column(st, 8);
	return true;
}

int64_t
capi_store_last_taken(struct capi_store *s, int64_t dest)
{
	return capi_db_number(s, REQUEST_TAKEN, dest);
}

/* ---- receipts ---- */

int
capi_store_receipt_add(
    struct capi_store *s, int64_t dest, struct capi_str lines, int64_t *id)
{
	if (capi_db_run(s, RECEIPT_ADD, "it", dest, lines))
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
		sqlite3_stmt *st =
		    capi_db_query(s, RECEIPT_GET, "ii", dest, last);

		rc = st ? capi_db_next(s, st) : -1;
		if (rc != 1)
			break;
		id = sqlite3_column_int64(st, 0);
		capi_buf_reset(&copy);
		capi_buf_add(
		    &copy, capi_db_column(st, 1).p, capi_db_column(st, 1).n);
		sqlite3_reset(st);
		if (id <= last) {
			rc = capi_db_out_of_order(s);
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
	return capi_db_number(s, RECEIPT_ANY, dest) >= 0;
}

int
capi_store_receipt_done(struct capi_store *s, int64_t id)
{
	return capi_db_run(s, RECEIPT_DROP, "i", id);
}

/* ---- what is judged later ---- */

int
capi_store_follow_add(struct capi_store *s, const struct capi_store_follow *f)
{
	return capi_db_run(s, FOLLOW_ADD, "iiiitt", f->request, f->dest,
	    f->next_at, f->until, f->ticket, f->heads);
}

int
capi_store_follow_next(struct capi_store *s, int64_t dest, int64_t now,
    int64_t after, struct capi_store_follow *f)
{
	sqlite3_stmt *st =
	    capi_db_query(s, FOLLOW_GET, "iii", dest, now, after);
	int rc = st ? capi_db_next(s, st) : -1;

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
	f->ticket = capi_db_column(st, 5);
	f->heads = capi_db_column(st, 6);
	return 1;
}

int
capi_store_follow_later(struct capi_store *s, int64_t request, int64_t next_at)
{
	return CAPI_DB_RUN_ONE(s, FOLLOW_LATER, "ii", next_at, request);
}

int
capi_store_follow_done(struct capi_store *s, int64_t request)
{
	return CAPI_DB_RUN_ONE(s, FOLLOW_DROP, "i", request);
}

int64_t
capi_store_follow_due(struct capi_store *s, int64_t dest)
{
	return capi_db_number(s, FOLLOW_DUE, dest);
}

/* ---- what is old, and what is counted ---- */

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
	sqlite3_stmt *st = capi_db_query(s, SWEEP_GET, "");

	if (!st || capi_db_next(s, st) != 1)
		return capi_db_out_of_order(s);
	from = capi_db_column(st, 0);
	from.n = from.n < sizeof(k) ? from.n : sizeof(k);
	memcpy(k, from.p, from.n);
	from.p = k;
	began = from.n ? sqlite3_column_int64(st, 1) : before;
	sqlite3_reset(st);
	st = capi_db_query(s, SWEEP_END, "bi", from, rows - 1);
	if (!st)
		return -1;
	switch (capi_db_next(s, st)) {
	case 1:
		if (capi_db_column(st, 0).n == sizeof(end)) {
			memcpy(end, capi_db_column(st, 0).p, sizeof(end));
			to.p = end;
		}
		break;
	case -1:
		sqlite3_reset(st);
		return -1;
	}
	sqlite3_reset(st);
	if (capi_db_run(s, LEDGER_EXPIRE, "bbi", from, to, before))
		return -1;
	*n = sqlite3_changes(s->db);
	if (to.p == highest) {
		/* Once round: nothing has a number from before that. */
		if (capi_db_run(s, DONE_EXPIRE, "i", began))
			return -1;
		to.n = 0;
	}
	/* A ledger that is looked through at once needs no note, and a run
	 * that has nothing to do no commit. */
	if ((from.n || to.n) && CAPI_DB_RUN_ONE(s, SWEEP_SET, "bi", to, began))
		return -1;
	return capi_db_run(s, REQUEST_EXPIRE, "ii", before, rows);
}

int
capi_store_count_add(struct capi_store *s, int64_t dest, const char *what,
    const char *label, int64_t n)
{
	return capi_db_run(s, COUNT_ADD, "itti", dest, capi_db_str(what),
	    capi_db_str(label), n);
}

int
capi_store_counts(struct capi_store *s,
    int (*each)(void *arg, const char *dest, const char *what,
	const char *label, int64_t n),
    void *arg)
{
	sqlite3_stmt *st = capi_db_query(s, COUNT_ALL, "");
	char dest[256], what[64], label[256];
	int rc;

	if (!st)
		return -1;
	while ((rc = capi_db_next(s, st)) == 1) {
		capi_db_copy_text(dest, sizeof(dest), capi_db_column(st, 0));
		capi_db_copy_text(what, sizeof(what), capi_db_column(st, 1));
		capi_db_copy_text(label, sizeof(label), capi_db_column(st, 2));
		if (each(arg, dest, what, label, sqlite3_column_int64(st, 3))) {
			rc = -1;
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}
