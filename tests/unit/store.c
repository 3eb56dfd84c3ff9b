/* What lib/store/store.h promises, against a real folder. */
#include "store/db.h"
#include "tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[256];

static struct capi_str
str(const char *s)
{
	return (struct capi_str){s, strlen(s)};
}

static struct capi_store *
open_store(const char *path)
{
	enum capi_store_cause cause = CAPI_STORE_OK;
	char err[512];
	struct capi_store *s = capi_store_open(path, &cause, err, sizeof(err));

	if (!s)
		printf("# %s\n", err);
	return s;
}

static enum capi_store_cause
cause_of(const char *path)
{
	enum capi_store_cause cause = CAPI_STORE_OK;
	char err[512];
	struct capi_store *s = capi_store_open(path, &cause, err, sizeof(err));

	capi_store_close(s);
	return cause;
}

/* The digest of a body does not matter here, only that bodies differ. */
static struct capi_store_event
event(const char *key, const char *body, int64_t dest)
{
	struct capi_store_event e = {.dest = dest,
	    .name = str("Purchase"),
	    .event_id = str(key),
	    .key = str(key),
	    .call = str(""),
	    .body = str(body),
	    .has_id = true,
	    .repeatable = true,
	    .first_seen = 1000,
	    .next_at = 1000};
	struct capi_digest *d = capi_digest_new();

	capi_digest_raw(d, body, strlen(body), e.sha);
	capi_digest_free(d);
	return e;
}

static enum capi_put
put(struct capi_store *s, int64_t dest, const char *key, const char *body,
    int64_t *id)
{
	struct capi_store_event e = event(key, body, dest);
	struct capi_store_known known;
	enum capi_put found = CAPI_PUT_NEW;

	if (capi_store_begin(s) || capi_store_put(s, &e, &found, &known) ||
	    capi_store_commit(s))
		printf("# %s\n", capi_store_error(s));
	if (id)
		*id = e.id;
	return found;
}

struct seen {
	int n, damaged;
	int64_t last;
	char key[32];
};

static bool
see(void *arg, const struct capi_store_event *e)
{
	struct seen *seen = arg;

	seen->n++;
	seen->damaged += e->damaged;
	seen->last = e->id;
	snprintf(seen->key, sizeof(seen->key), "%.*s", (int)e->key.n, e->key.p);
	return true;
}

static struct seen
due(struct capi_store *s, int64_t dest, int64_t now)
{
	struct capi_store_cursor c = {0, 0};
	struct seen seen = {0};

	capi_store_due(s, dest, now, &c, see, &seen);
	return seen;
}

static int
see_lost(void *arg, int64_t flight, int64_t id, char result)
{
	int64_t *sum = arg;

	*sum += id * 1000 + (result == '?');
	(void)flight;
	return 0;
}

static void
life(struct capi_store *s, int64_t dest)
{
	struct capi_store_known known = {0};
	struct capi_store_event e;
	int64_t id, flight, sum = 0, n, at = -1;

	ok(put(s, dest, "a", "{\"v\":1}", &id) == CAPI_PUT_NEW,
	    "a new key is queued");
	ok(put(s, dest, "a", "{\"v\":1}", NULL) == CAPI_PUT_DUPLICATE,
	    "the same again is a duplicate");
	ok(put(s, dest, "a", "{\"v\":2}", NULL) == CAPI_PUT_CONFLICT,
	    "the key with other content is a conflict");
	ok(due(s, dest, 999).n == 0 && due(s, dest, 1000).n == 1,
	    "only the queued one is due, and not before its time");
	ok(capi_store_is_queued(s, dest, str("a"), &at) == 1 && at == 1000 &&
		!capi_store_is_queued(s, dest, str("b"), &at),
	    "a key is asked for: it waits, until then; another does not");
	capi_store_begin(s);
	ok(!capi_store_claim(s, dest, 1, &id, 1, &flight) && flight > 0,
	    "a flight is numbered");
	capi_store_commit(s);
	capi_store_begin(s);
	ok(!capi_store_lost(s, dest, see_lost, &sum) && sum == id * 1000 + 1,
	    "what was in the air of a dead process is found");
	sum = 0;
	ok(!capi_store_lost(s, dest, see_lost, &sum) && !sum, "and only once");
	capi_store_commit(s);
	e = event("a", "{\"v\":1}", dest);
	e.id = id;
	capi_store_begin(s);
	ok(capi_store_is_queued(s, dest, str("a"), &at) == 1 &&
		!capi_store_delivered(s, &e, 7, 5000) &&
		!capi_store_is_queued(s, dest, str("a"), &at),
	    "it is delivered, and waits no more, even before the commit");
	capi_store_commit(s);
	ok(capi_store_known(s, "meta", str("a"), &known) == 1 &&
		known.state == CAPI_SENT && known.request == 7 &&
		known.at == 5000,
	    "the ledger knows when and by which request");
	ok(put(s, dest, "a", "{\"v\":1}", NULL) == CAPI_PUT_DUPLICATE &&
		!due(s, dest, 9000).n,
	    "feeding it again sends nothing");
	capi_store_begin(s);
	ok(!capi_store_replay(s, dest, str("a"), 6000, &n) && n == 1,
	    "a conflict can be sent after all");
	capi_store_commit(s);
	ok(due(s, dest, 6000).n == 1, "then it is due");
}

static void
parking(struct capi_store *s, int64_t dest)
{
	struct capi_store_event e;
	int64_t id, n;

	put(s, dest, "p", "{\"bad\":1}", &id);
	e = event("p", "{\"bad\":1}", dest);
	e.id = id;
	capi_store_begin(s);
	capi_store_park(s, &e, true, false, 400, str("100"), str("bad"), 1);
	capi_store_commit(s);
	ok(put(s, dest, "p", "{\"bad\":1}", NULL) == CAPI_PUT_DUPLICATE,
	    "a parked event is not queued by feeding it again");
	ok(put(s, dest, "p", "{\"good\":1}", NULL) == CAPI_PUT_NEW,
	    "but gives way to a repaired one");
	ok(!capi_store_get(s, id, &e) || e.body.n == 10,
	    "of the two only the repaired one is left");
	put(s, dest, "q", "{\"bad\":2}", &id);
	e = event("q", "{\"bad\":2}", dest);
	e.id = id;
	capi_store_begin(s);
	capi_store_park(s, &e, true, true, 0, str("unknown"), str(""), 1);
	capi_store_commit(s);
	ok(put(s, dest, "q", "{\"good\":2}", NULL) == CAPI_PUT_CONFLICT,
	    "one that may have been taken does not");
	capi_store_begin(s);
	ok(!capi_store_forget(s, dest, str("q"), 1, &n) && n == 2,
	    "what is forgotten is gone, conflicts too");
	capi_store_commit(s);
	ok(put(s, dest, "q", "{\"good\":2}", NULL) == CAPI_PUT_NEW,
	    "and can be fed as if it had never been there");
}

static int
receipt_seen(void *arg, int64_t id, struct capi_str lines)
{
	int64_t *at = arg;

	*at = lines.n == 3 ? id : -1;
	return 0;
}

static void
receipts(struct capi_store *s, int64_t dest)
{
	int64_t id = 0, seen = 0;

	capi_store_begin(s);
	capi_store_receipt_add(s, dest, str("{}\n"), &id);
	capi_store_commit(s);
	capi_store_receipts(s, dest, receipt_seen, &seen);
	ok(id && seen == id && capi_store_has_receipts(s, dest),
	    "a receipt waits until it is written out");
	capi_store_begin(s);
	capi_store_receipt_done(s, id);
	capi_store_commit(s);
	ok(!capi_store_has_receipts(s, dest), "and no longer");
}

static void
overwrite(const char *name, off_t at, const char *bytes, size_t n)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY);
	if (pwrite(fd, bytes, n, at) != (ssize_t)n)
		printf("# pwrite failed\n");
	close(fd);
}

/* The offset of a text in the database; -1: not there. */
static off_t
find(const char *text)
{
	char path[512], *all;
	size_t n = strlen(text);
	off_t at = -1;
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/store.db", dir);
	fd = open(path, O_RDONLY);
	all = malloc(1 << 20);
	size = read(fd, all, 1 << 20);
	close(fd);
	for (ssize_t i = 0; i + (ssize_t)n <= size && at < 0; i++)
		if (!memcmp(all + i, text, n))
			at = i;
	free(all);
	return at;
}

static void
damage(void)
{
	struct capi_store *s = open_store(dir);
	struct capi_store_dest d;
	off_t at;

	capi_store_dest(s, "meta:flip", "meta", &d);
	put(s, d.id, "flip", "{\"value\":1234567}", NULL);
	capi_store_close(s);
	at = find("1234567");
	ok(at > 0, "(the payload is found in the file)");
	overwrite("store.db", at, "9", 1);
	s = open_store(dir);
	ok(s && due(s, d.id, 5000).damaged == 1,
	    "a changed byte of a payload is found by its digest");
	capi_store_close(s);
	overwrite("store.db", 0, "garbage garbage ", 16);
	ok(cause_of(dir) == CAPI_STORE_CORRUPT,
	    "a file that is no database is refused");
	at = find("garbage garbage ");
	ok(at == 0, "and left as it is");
}

static bool
scans(struct capi_store *s, int which)
{
	char sql[1024];
	sqlite3_stmt *st = NULL;
	bool scan = false;

	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", capi_db_sql[which]);
	sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	while (st && sqlite3_step(st) == SQLITE_ROW)
		scan |= !strncmp(
		    (const char *)sqlite3_column_text(st, 3), "SCAN event", 10);
	return sqlite3_finalize(st) != SQLITE_OK || scan;
}

/* A conflict is fed after its index was lost: whether it is known can not be
 * told, and that is no "no". */
static void
lost_index(const char *lost_state)
{
	struct capi_store_known known;
	struct capi_store_event e;
	struct capi_store_dest d;
	enum capi_put found;
	struct capi_store *s;
	char path[300], park[96];

	snprintf(path, sizeof(path), "%s-%s", dir, lost_state);
	s = open_store(path);
	capi_store_dest(s, "meta", "meta", &d);
	put(s, d.id, "k", "{\"v\":1}", NULL);
	put(s, d.id, "k", "{\"v\":2}", NULL);
	snprintf(
	    park, sizeof(park), "UPDATE ledger SET state = %s", lost_state);
	sqlite3_exec(s->db, park, NULL, NULL, NULL);
	sqlite3_exec(s->db, "DROP INDEX event_again", NULL, NULL, NULL);
	capi_store_close(s);
	s = open_store(path);
	e = event("k", "{\"v\":2}", d.id);
	capi_store_begin(s);
	ok(capi_store_put(s, &e, &found, &known) == -1 &&
		strstr(capi_store_error(s), "event_again"),
	    "a database that can not say what is parked has failed (%s)",
	    lost_state);
	ok(capi_store_by_key(s, d.id, str("k"), &e.id, 1) == -1,
	    "nor can it show a key (%s)", lost_state);
	capi_store_rollback(s);
	capi_store_close(s);
}

static void
keys(struct capi_store *s, int64_t dest)
{
	int64_t id, queued, conflict, ids[3];

	put(s, dest, "twice", "{\"v\":1}", &queued);
	put(s, dest, "twice", "{\"v\":2}", &conflict);
	put(s, dest, "once", "{\"v\":1}", &id);
	ok(capi_store_by_key(s, dest, str("twice"), ids, 3) == 2 &&
		ids[0] == queued && ids[1] == conflict,
	    "the queued and the parked event of a key, in their order");
	ok(!capi_store_by_key(s, dest, str("thrice"), ids, 3), "and no other");
	ok(!scans(s, EVENT_KEYED), "without a look at each event there is");
	capi_store_begin(s);
	capi_store_forget(s, dest, str("twice"), 1, &id);
	capi_store_forget(s, dest, str("once"), 1, &id);
	capi_store_commit(s);
}

static void
folders(void)
{
	char path[300], link[310];

	snprintf(path, sizeof(path), "%s-open", dir);
	mkdir(path, 0755);
	chmod(path, 0755);
	ok(cause_of(path) == CAPI_STORE_UNSAFE,
	    "a folder that others may enter is refused");
	chmod(path, 0700);
	snprintf(link, sizeof(link), "%s-link", dir);
	if (symlink(path, link))
		printf("# symlink failed\n");
	ok(cause_of(link) == CAPI_STORE_UNSAFE, "a symbolic link, too");
	snprintf(link, sizeof(link), "%s/store.db", path);
	close(open(link, O_CREAT | O_WRONLY, 0600));
	ok(cause_of(path) == CAPI_STORE_CORRUPT,
	    "an empty database is damage, not a beginning");
	ok(cause_of("/dev/null") == CAPI_STORE_CANTCREAT,
	    "a device is no folder");
}

/* A row that one process has looked at must not hold back another one that
 * shortens the log and has the lock: each would wait for the other. */
static void
two_at_once(struct capi_store *s, int64_t dest)
{
	struct capi_store_request r = {.id = 77,
	    .dest = dest,
	    .outcome = str("taken"),
	    .code = str(""),
	    .trace = str("")};
	struct capi_store *other;
	char path[512];
	struct stat st;

	if (capi_store_begin(s) || capi_store_request_add(s, &r) ||
	    !capi_store_request_get(s, 77, &r) || capi_store_commit(s))
		printf("# %s\n", capi_store_error(s));
	other = open_store(dir);
	put(other, dest, "other", "{\"v\":9}", NULL);
	capi_store_close(other);
	snprintf(path, sizeof(path), "%s/store.db-wal", dir);
	ok(!stat(path, &st) && !st.st_size,
	    "a row that was looked at does not hold the log");
}

/* Whatever the parts it is looked through in: once round, all that is old has
 * gone, and what is waited for or new has not. */
static void
sweeping(void)
{
	struct capi_store_known known;
	struct capi_store_event e;
	struct capi_store_dest d;
	char path[300], key[8];
	struct capi_store *s;
	int64_t id, n, gone = 0;

	snprintf(path, sizeof(path), "%s-sweep", dir);
	s = open_store(path);
	if (!s || capi_store_dest(s, "meta", "meta", &d))
		return;
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(s, d.id, key, "{\"v\":1}", &id);
		capi_store_begin(s);
		if (i % 4 && capi_store_get(s, id, &e))
			capi_store_delivered(s, &e, 1, i < 20 ? 2000 : 9000);
		capi_store_commit(s);
	}
	for (int i = 0; i < 12; i++, gone += n) {
		n = 0;
		capi_store_begin(s);
		if (capi_store_expire(s, 5000, 7, &n) || capi_store_commit(s))
			printf("# %s\n", capi_store_error(s));
	}
	ok(gone == 15, "what was delivered long ago is forgotten");
	ok(!capi_store_known(s, "meta", str("k1"), &known) &&
		capi_store_known(s, "meta", str("k0"), &known) == 1 &&
		known.state == CAPI_QUEUED &&
		capi_store_known(s, "meta", str("k39"), &known) == 1 &&
		known.state == CAPI_SENT,
	    "what waits and what was delivered lately is not");
	capi_store_close(s);
}

/* 160 MB are queued and delivered: the disk has them back, and what else there
 * is stays. */
static void
giving_back(void)
{
	size_t n = 10 << 20;
	char *body = malloc(n + 1), path[300], file[512], key[8];
	struct capi_store_event e;
	struct capi_store_dest d;
	struct capi_store *s;
	struct stat full, after;
	int64_t ids[17];

	memset(body, ' ', n);
	body[n] = '\0';
	snprintf(path, sizeof(path), "%s-large", dir);
	snprintf(file, sizeof(file), "%s/store.db", path);
	s = open_store(path);
	if (!body || !s || capi_store_dest(s, "meta", "meta", &d))
		return;
	for (int i = 0; i < 17; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(s, d.id, key, body, &ids[i]);
	}
	capi_store_close(s);
	stat(file, &full);
	s = open_store(path);
	capi_store_begin(s);
	for (int i = 0; s && i < 16; i++)
		if (capi_store_get(s, ids[i], &e))
			capi_store_delivered(s, &e, 1, 2000);
	capi_store_commit(s);
	capi_store_close(s);
	stat(file, &after);
	ok(full.st_size > 170000000 && after.st_size < 100000000,
	    "the disk has back what was delivered: %lld of %lld bytes are left",
	    (long long)after.st_size, (long long)full.st_size);
	s = open_store(path);
	ok(s && capi_store_get(s, ids[16], &e) && e.body.n == n && !e.damaged &&
		due(s, d.id, 1 << 30).n == 1,
	    "and what waits is whole");
	capi_store_close(s);
	free(body);
}

int
main(void)
{
	struct capi_store_dest d;
	struct capi_store *s;
	struct stat st;
	char path[512];

	snprintf(dir, sizeof(dir), "%s/store-XXXXXX",
	    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return 1;
	s = open_store(dir);
	ok(s && !capi_store_dest(s, "meta", "meta", &d), "a store opens");
	snprintf(path, sizeof(path), "%s/store.db", dir);
	ok(!stat(path, &st) && (st.st_mode & 0777) == 0600,
	    "its file is for its owner alone");
	life(s, d.id);
	parking(s, d.id);
	receipts(s, d.id);
	keys(s, d.id);
	two_at_once(s, d.id);
	ok(capi_store_lock_dest(s, "meta") == 1,
	    "a destination is locked by the first");
	capi_store_close(s);
	s = open_store(dir);
	ok(s && due(s, d.id, 1 << 30).n == 4,
	    "what is queued is there after the end of the process");
	capi_store_close(s);
	lost_index("0");
	lost_index("1");
	sweeping();
	giving_back();
	folders();
	damage();
	return tap_done();
}
