/*
 * A thin layer over SQLite: statements are named by their text, bound by a
 * format, read column by column. A failure of SQLite (no disk, no memory) ends
 * nothing here: it is kept, every later call does nothing, and the caller
 * looks at capi_sql_error() where it matters, once, as with capi_buf.
 */
#ifndef CAPI_SQL_H
#define CAPI_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct capi_sql;
struct capi_sql_stmt;

/*
 * A database that nobody else sees and that is gone with the process. It stays
 * in memory up to `cache` bytes; what is more, and large sorts, go to an
 * unlinked file in SQLite's temporary directory (SQLITE_TMPDIR, TMPDIR). NULL:
 * out of memory.
 */
struct capi_sql *capi_sql_temporary(size_t cache);
void capi_sql_free(struct capi_sql *db);

/* NULL while all is well; else words. Lives as long as db. */
const char *capi_sql_error(const struct capi_sql *db);

/* Statements without parameters or rows. */
void capi_sql_exec(struct capi_sql *db, const char *text);

/*
 * The statement of that text, ready to be stepped. It is compiled once and
 * kept by the address of the text, which therefore must be a literal or
 * static. Parameters by format: i int64_t, d double, s const char * (NULL
 * binds null), t struct capi_str (p NULL binds null), b struct capi_str as a
 * blob. Text is copied. The statement is the caller's until it has stepped to
 * its end or asks for the same text again.
 */
struct capi_sql_stmt *capi_sql_query(
    struct capi_sql *db, const char *text, const char *format, ...);

/* The next row; false at the end or on failure. */
bool capi_sql_row(struct capi_sql_stmt *stmt);

/* Ends a statement that was not stepped to its end. */
void capi_sql_done(struct capi_sql_stmt *stmt);

int64_t capi_sql_int(struct capi_sql_stmt *stmt, int column);
double capi_sql_double(struct capi_sql_stmt *stmt, int column);
bool capi_sql_is_null(struct capi_sql_stmt *stmt, int column);
/* "" for null. Lives until the next step. */
const char *capi_sql_text(struct capi_sql_stmt *stmt, int column);
struct capi_str capi_sql_blob(struct capi_sql_stmt *stmt, int column);

/* A statement without rows: query and step. */
void capi_sql_run(
    struct capi_sql *db, const char *text, const char *format, ...);

/* The first column of the first row; 0 when there is none. */
int64_t capi_sql_one(
    struct capi_sql *db, const char *text, const char *format, ...);

/* An SQL function of integers; null in, null out. */
typedef int64_t capi_sql_function(void *arg, const int64_t *v);
void capi_sql_define(struct capi_sql *db, const char *name, int args,
    capi_sql_function *function, void *arg);

#endif
