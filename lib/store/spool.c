#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "err.h"

#define APPLICATION_ID 0x63617069 /* "capi" */
#define LOCK_WAIT_MS 30000
#define BALLAST (8 << 20)
#define BALLAST_LEAST (256 << 10)

/* ---- the lock file ---- */

/* A process that is stopped while it holds the lock must not hang us for
 * ever, and flock(2) has no time limit. */
static int
take_lock(struct capi_store *s, int fd)
{
	struct timespec nap = {0, 1000000};

	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return capi_db_fail(s, CAPI_STORE_IO, "%s/lock: %s",
			    s->dir, strerror(errno));
		if (waited >= LOCK_WAIT_MS)
			return capi_db_fail(s, CAPI_STORE_BUSY,
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
	if (capi_db_run(s, BEGIN, "")) {
		drop_lock(s->lock_fd);
		return -1;
	}
	s->in_transaction = true;
	s->next_id = 0; /* another process may have used some */
	s->done.last = 0;
	return 0;
}

/* The range of events that were delivered one after the other. */
int
capi_db_write_done(struct capi_store *s)
{
	int64_t last = s->done.last;

	s->done.last = 0;
	if (!last)
		return 0;
	if (capi_db_run(s, DONE_ADD, "iiii", s->done.first, last,
		s->done.request, s->done.at))
		return -1;
	if (capi_db_run(s, DONE_DROP, "ii", s->done.first, last))
		return -1;
	return capi_db_lost_row(s, last - s->done.first + 1);
}

int
capi_store_commit(struct capi_store *s)
{
	capi_fault("before-commit");
	release_rows(s);
	if (capi_db_write_done(s) || capi_db_run(s, COMMIT, "")) {
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
		capi_db_run(s, ROLLBACK, "");
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
		capi_db_fail(s, CAPI_STORE_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* check_folder saw to it that there is room. */
void
capi_db_path(const struct capi_store *s, const char *name, char path[PATH_MAX])
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
			return capi_db_fail(s, CAPI_STORE_CANTCREAT, "%s: %s",
			    path, strerror(errno));
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
		return capi_db_fail(
		    s, CAPI_STORE_CANTCREAT, "the path is too long");
	if (lstat(s->dir, &st)) {
		if (errno != ENOENT)
			return capi_db_fail(s, CAPI_STORE_CANTCREAT, "%s: %s",
			    s->dir, strerror(errno));
		if (make_folder(s))
			return -1;
		if (lstat(s->dir, &st))
			return capi_db_fail(s, CAPI_STORE_CANTCREAT, "%s: %s",
			    s->dir, strerror(errno));
	}
	if (S_ISLNK(st.st_mode))
		return capi_db_fail(s, CAPI_STORE_UNSAFE,
		    "%s: a symbolic link; name the folder itself", s->dir);
	if (!S_ISDIR(st.st_mode))
		return capi_db_fail(
		    s, CAPI_STORE_CANTCREAT, "%s: not a folder", s->dir);
	if (st.st_uid != geteuid())
		return capi_db_fail(s, CAPI_STORE_UNSAFE,
		    "%s: belongs to another user", s->dir);
	if (st.st_mode & 077)
		return capi_db_fail(s, CAPI_STORE_UNSAFE,
		    "%s: others have access to it (chmod 700)", s->dir);
	return 0;
}

static int
open_lock(struct capi_store *s)
{
	char path[PATH_MAX];

	capi_db_path(s, "lock", path);
	s->lock_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return capi_db_fail(s,
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

	capi_db_path(s, "ballast", path);
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

	capi_db_path(s, "ballast", path);
	return !unlink(path);
}

/* ---- the database ---- */

static int
exec(struct capi_store *s, const char *text)
{
	return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK
		   ? 0
		   : capi_db_broken(s);
}

static int
get_pragma(struct capi_store *s, const char *text, int64_t *value)
{
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(s->db, text, -1, &st, NULL) != SQLITE_OK)
		return capi_db_broken(s);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(st, 0);
	else
		capi_db_broken(s);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -1;
}

int
capi_db_open(struct capi_store *s, const char *path, int flags)
{
	int rc = sqlite3_open_v2(path, &s->db,
	    flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL);

	if (rc != SQLITE_OK)
		return capi_db_broken(s);
	sqlite3_busy_timeout(s->db, LOCK_WAIT_MS);
	sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, CAPI_DB_LONGEST);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return 0;
}

void
capi_db_close(struct capi_store *s)
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
	for (int64_t v = version; v < CAPI_DB_VERSION; v++) {
		if (exec(s, capi_db_migrations[v]))
			return -1;
		capi_fault("mid-migration");
	}
	snprintf(
	    text, sizeof(text), "PRAGMA user_version = %d", CAPI_DB_VERSION);
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

	capi_db_path(s, "store.db.new", fresh);
	unlink(fresh);
	if (capi_db_open(s, fresh, SQLITE_OPEN_CREATE))
		return -1;
	snprintf(
	    text, sizeof(text), "PRAGMA application_id = %d", APPLICATION_ID);
	if (exec(s, "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;"
		    "PRAGMA journal_mode = DELETE;"
		    "PRAGMA synchronous = FULL") ||
	    exec(s, text) || migrate_from(s, 0)) {
		capi_db_close(s);
		unlink(fresh);
		return -1;
	}
	capi_db_close(s);
	capi_fault("mid-create");
	if (sync_path(s, fresh, O_RDONLY))
		return -1;
	if (rename(fresh, path))
		return capi_db_fail(
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

	capi_db_path(s, "store.db", path);
	capi_db_path(s, "store.db-wal", wal);
	if (lstat(path, &st)) {
		if (errno != ENOENT)
			return capi_db_fail(s, CAPI_STORE_CANTCREAT, "%s: %s",
			    path, strerror(errno));
		/* Never a new store beside the remains of an old one. */
		if (!lstat(wal, &st) && st.st_size)
			return capi_db_fail(s, CAPI_STORE_CORRUPT,
			    "%s is missing and its log is there: restore it "
			    "or move %s away",
			    path, s->dir);
		return create_database(s, path);
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return capi_db_fail(s, CAPI_STORE_UNSAFE,
		    "%s: not a file of ours alone (chmod 600)", path);
	if (!st.st_size)
		return capi_db_fail(
		    s, CAPI_STORE_CORRUPT, "%s: is empty", path);
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
		return capi_db_fail(s, CAPI_STORE_CORRUPT,
		    "%s/store.db: not a store of capi-send", s->dir);
	if (version > CAPI_DB_VERSION)
		return capi_db_fail(s, CAPI_STORE_NEWER,
		    "%s/store.db: written by a newer capi-send", s->dir);
	if (version == CAPI_DB_VERSION)
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
			return capi_db_broken(s);
		sqlite3_bind_text(st, 1, part, -1, SQLITE_STATIC);
		rc = sqlite3_step(st);
		if (rc != SQLITE_DONE)
			capi_db_broken(s);
		sqlite3_finalize(st);
		if (rc != SQLITE_DONE)
			return -1;
		if (rename(part, copy))
			return capi_db_fail(s, CAPI_STORE_CANTCREAT, "%s: %s",
			    copy, strerror(errno));
	}
	return migrate_from(s, version);
}

static int
open_all(struct capi_store *s)
{
	char path[PATH_MAX];

	capi_db_path(s, "store.db", path);
	if (check_database(s) || capi_db_open(s, path, 0) || check_version(s) ||
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
	s->scratch.max = CAPI_DB_LONGEST;
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

/* Pages of 8 KiB. */
#define UNUSED_MOST 16384
#define UNUSED_KEPT 8192

/* A first import of years makes a large file, which later runs do not fill:
 * what they need stays, the rest goes back to the disk. A store that an older
 * version made has none to give. An error ends no run: it changed nothing. */
static void
give_back(struct capi_store *s)
{
	char text[64];
	int64_t unused = 0;

	if (get_pragma(s, "PRAGMA freelist_count", &unused) ||
	    unused <= UNUSED_MOST)
		return;
	snprintf(text, sizeof(text), "PRAGMA incremental_vacuum(%lld)",
	    (long long)(unused - UNUSED_KEPT));
	exec(s, text);
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
			give_back(s);
			sqlite3_wal_checkpoint_v2(s->db, NULL,
			    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
		}
		capi_db_close(s);
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
		capi_db_path(s, files[i], path);
		if (!lstat(path, &st))
			*used += st.st_size;
	}
	if (!statvfs(s->dir, &fs))
		*free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
}
