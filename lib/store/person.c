#include "db.h"

#include <string.h>

#define PAGE 200 /* rows of a list read at a time */

static int
status_of_dest(struct capi_store *s, int64_t dest, const char *name,
    int (*each)(void *arg, const struct capi_store_count *c), void *arg)
{
	struct capi_store_count c = {.dest = capi_db_str(name)};
	sqlite3_stmt *st;
	int rc;

	c.state = CAPI_QUEUED;
	c.events = capi_db_number(s, STATUS_QUEUED, dest);
	c.oldest = c.events > 0 ? capi_db_number(s, STATUS_OLDEST, dest) : -1;
	if (c.events < 0 || each(arg, &c))
		return -1;
	st = capi_db_query(s, FLIGHT_ALL, "i", dest);
	if (!st)
		return -1;
	c.in_flight = true;
	c.events = 0;
	c.oldest = -1;
	while ((rc = capi_db_next(s, st)) == 1)
		c.events +=
		    (int64_t)(capi_db_column(st, 1).n / sizeof(int64_t));
	sqlite3_reset(st);
	if (rc < 0 || (c.events && each(arg, &c)))
		return -1;
	c.in_flight = false;
	st = capi_db_query(s, STATUS_KEPT, "i", dest);
	if (!st)
		return -1;
	while ((rc = capi_db_next(s, st)) == 1) {
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
	sqlite3_stmt *st = capi_db_query(s, DEST_ALL, "");
	struct capi_store_dest d;
	char name[256], platform[64];
	int rc;

	if (!st)
		return -1;
	while ((rc = capi_db_next(s, st)) == 1) {
		capi_db_read_dest(st, &d);
		capi_db_copy_text(name, sizeof(name), capi_db_column(st, 6));
		capi_db_copy_text(
		    platform, sizeof(platform), capi_db_column(st, 7));
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
		sqlite3_stmt *st = capi_db_query(
		    s, LIST, "iiii", last, (int64_t)state, dest, (int64_t)PAGE);

		if (!st)
			return -1;
		rows = 0;
		while ((rc = capi_db_next(s, st)) == 1) {
			capi_db_read_event(s, st, &e);
			if (e.id <= last) {
				rc = capi_db_out_of_order(s);
				break;
			}
			last = e.id;
			rows++;
			if (each(arg, capi_db_dest_name(s, e.dest), &e)) {
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

int
capi_store_known(struct capi_store *s, const char *name, struct capi_str key,
    struct capi_store_known *known)
{
	unsigned char k[CAPI_DIGEST_BYTES];
	sqlite3_stmt *st;
	int found;

	capi_db_ledger_key(s, name, key, k);
	st = capi_db_query(
	    s, LEDGER_GET, "b", (struct capi_str){(const char *)k, 16});
	found = st ? capi_db_next(s, st) : -1;
	if (found == 1 && capi_db_read_known(s, st, known))
		found = -1;
	if (st)
		sqlite3_reset(st);
	return found;
}

int
capi_store_by_key(struct capi_store *s, int64_t dest, struct capi_str key,
    int64_t *ids, int max)
{
	sqlite3_stmt *st = capi_db_query(s, EVENT_KEYED, "it", dest, key);
	int n = 0, rc = 0;

	if (!st)
		return -1;
	while (n < max && (rc = capi_db_next(s, st)) == 1)
		ids[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc < 0 ? -1 : n;
}

/* Up to 1000 parked events behind `after`, those in conflict included or not;
 * the number of them, or -1. */
static int
kept_page(struct capi_store *s, int64_t dest, int64_t after, bool conflicts,
    int64_t ids[1000])
{
	sqlite3_stmt *st = capi_db_query(s, EVENT_KEPT, "iii", dest,
	    (int64_t)(conflicts ? CAPI_CONFLICT : CAPI_PARKED), after);
	int n = 0, rc;

	if (!st)
		return -1;
	while ((rc = capi_db_next(s, st)) == 1)
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
			return capi_db_out_of_order(s);
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
	int found = capi_store_by_key(s, dest, key, ids, 1000);

	return act_on(s, act, ids, found, now, n);
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
		return capi_db_out_of_order(s);
	capi_db_ledger_key(s, capi_db_dest_name(s, e.dest), e.key, digest);
	memcpy(sha, e.sha, 16);
	dest = e.dest;
	queued = e.state == CAPI_QUEUED;
	sqlite3_reset(s->statements[EVENT_GET]);
	if (queued)
		return 0;
	if (capi_db_run(s, LEDGER_DROP, "b", k) ||
	    capi_db_run(s, LEDGER_ADD, "bibii", k, dest,
		(struct capi_str){(const char *)sha, 16}, now, id))
		return -1;
	return CAPI_DB_RUN_ONE(s, EVENT_REPLAY, "ii", now, id) ? -1 : 1;
}

static int
forget_one(struct capi_store *s, int64_t id, int64_t now)
{
	unsigned char digest[CAPI_DIGEST_BYTES];
	struct capi_store_event e;
	enum capi_state state;

	(void)now;
	if (!capi_store_get(s, id, &e))
		return capi_db_out_of_order(s);
	capi_db_ledger_key(s, capi_db_dest_name(s, e.dest), e.key, digest);
	state = e.state;
	sqlite3_reset(s->statements[EVENT_GET]);
	/* What the ledger knows is the event that a conflict is not. */
	if (state != CAPI_CONFLICT &&
	    capi_db_run(s, LEDGER_DROP, "b",
		(struct capi_str){(const char *)digest, 16}))
		return -1;
	return CAPI_DB_RUN_ONE(s, EVENT_DROP, "i", id) ? -1 : 1;
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
	capi_db_ledger_key(s, capi_db_dest_name(s, dest), key, k);
	if (capi_db_run(
		s, LEDGER_DROP, "b", (struct capi_str){(const char *)k, 16}))
		return -1;
	*n = sqlite3_changes(s->db);
	return 0;
}
