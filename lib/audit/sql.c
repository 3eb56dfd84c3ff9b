#include "sql.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

/* A power of two, well above the number of statements of any program. */
#define SLOTS 1024
#define FUNCTION_ARGS 4

struct capi_sql_stmt {
	struct capi_sql *db;
	const char *text;
	sqlite3_stmt *handle;
};

struct function {
	capi_sql_function *call;
	void *arg;
};

struct capi_sql {
	sqlite3 *handle;
	bool failed;
	char error[256];
	struct capi_sql_stmt stmts[SLOTS];
	size_t count;
};

static void
fail(struct capi_sql *db)
{
	if (db->failed)
		return;
	db->failed = true;
	snprintf(
	    db->error, sizeof(db->error), "%s", sqlite3_errmsg(db->handle));
}

const char *
capi_sql_error(const struct capi_sql *db)
{
	return db->failed ? db->error : NULL;
}

void
capi_sql_exec(struct capi_sql *db, const char *text)
{
	if (!db->failed &&
	    sqlite3_exec(db->handle, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(db);
}

struct capi_sql *
capi_sql_temporary(size_t cache)
{
	struct capi_sql *db = capi_alloc(sizeof(*db));
	char pragma[64];

	memset(db, 0, sizeof(*db));
	/* The empty name is SQLite's own for a private file on disk that is
	 * only made when the cache is full. */
	if (sqlite3_open_v2("", &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		sqlite3_close(db->handle);
		free(db);
		return NULL;
	}
	snprintf(
	    pragma, sizeof(pragma), "PRAGMA cache_size=-%zu", cache / 1024);
	capi_sql_exec(db, pragma);
	/* Nothing is to be recovered, and sorts may be larger than memory. */
	capi_sql_exec(db, "PRAGMA journal_mode=OFF;"
			  "PRAGMA synchronous=OFF;"
			  "PRAGMA temp_store=FILE;"
			  "BEGIN");
	return db;
}

void
capi_sql_free(struct capi_sql *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		sqlite3_finalize(db->stmts[i].handle);
	sqlite3_close_v2(db->handle);
	free(db);
}

/* Its slot by the address of the text: free ones have none. */
static struct capi_sql_stmt *
slot(struct capi_sql *db, const char *text)
{
	size_t i = ((uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15)) >> 54;

	while (db->stmts[i].text && db->stmts[i].text != text)
		i = (i + 1) % SLOTS;
	return &db->stmts[i];
}

static struct capi_sql_stmt *
prepare(struct capi_sql *db, const char *text)
{
	struct capi_sql_stmt *s = slot(db, text);

	if (s->text) {
		sqlite3_reset(s->handle);
		return s;
	}
	if (++db->count == SLOTS)
		capi_die(CAPI_EXIT_BUG, "more than %d SQL statements", SLOTS);
	s->db = db;
	s->text = text;
	if (!db->failed &&
	    sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
		&s->handle, NULL) != SQLITE_OK)
		fail(db);
	return s;
}

static void
bind_str(sqlite3_stmt *h, int i, struct capi_str s, bool blob,
    sqlite3_destructor_type life)
{
	if (!s.p)
		sqlite3_bind_null(h, i);
	else if (blob)
		sqlite3_bind_blob64(h, i, s.p, s.n, life);
	else
		sqlite3_bind_text64(h, i, s.p, s.n, life, SQLITE_UTF8);
}

static void
bind(struct capi_sql_stmt *s, const char *format, va_list ap,
    sqlite3_destructor_type life)
{
	const char *text;

	if (s->db->failed)
		return;
	for (int i = 1; *format; i++, format++) {
		switch (*format) {
		case 'i':
			sqlite3_bind_int64(s->handle, i, va_arg(ap, int64_t));
			break;
		case 'd':
			sqlite3_bind_double(s->handle, i, va_arg(ap, double));
			break;
		case 's':
			text = va_arg(ap, const char *);
			bind_str(s->handle, i,
			    (struct capi_str){text, text ? strlen(text) : 0},
			    false, life);
			break;
		case 't':
		case 'b':
			bind_str(s->handle, i, va_arg(ap, struct capi_str),
			    *format == 'b', life);
			break;
		default:
			capi_die(CAPI_EXIT_BUG, "SQL format %c", *format);
		}
	}
}

struct capi_sql_stmt *
capi_sql_query(struct capi_sql *db, const char *text, const char *format, ...)
{
	struct capi_sql_stmt *s = prepare(db, text);
	va_list ap;

	va_start(ap, format);
	bind(s, format, ap, SQLITE_TRANSIENT);
	va_end(ap);
	return s;
}

bool
capi_sql_row(struct capi_sql_stmt *s)
{
	int result;

	if (s->db->failed)
		return false;
	result = sqlite3_step(s->handle);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		fail(s->db);
	sqlite3_reset(s->handle);
	return false;
}

void
capi_sql_done(struct capi_sql_stmt *s)
{
	if (s->handle)
		sqlite3_reset(s->handle);
}

int64_t
capi_sql_int(struct capi_sql_stmt *s, int column)
{
	return sqlite3_column_int64(s->handle, column);
}

double
capi_sql_double(struct capi_sql_stmt *s, int column)
{
	return sqlite3_column_double(s->handle, column);
}

bool
capi_sql_is_null(struct capi_sql_stmt *s, int column)
{
	return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

const char *
capi_sql_text(struct capi_sql_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s->handle, column);

	return text ? text : "";
}

struct capi_str
capi_sql_blob(struct capi_sql_stmt *s, int column)
{
	const void *p = sqlite3_column_blob(s->handle, column);

	return (struct capi_str){
	    p, p ? (size_t)sqlite3_column_bytes(s->handle, column) : 0};
}

void
capi_sql_run(struct capi_sql *db, const char *text, const char *format, ...)
{
	struct capi_sql_stmt *s = prepare(db, text);
	va_list ap;

	va_start(ap, format);
	/* It is stepped to its end before the caller's text can go. */
	bind(s, format, ap, SQLITE_STATIC);
	va_end(ap);
	while (capi_sql_row(s))
		;
}

int64_t
capi_sql_one(struct capi_sql *db, const char *text, const char *format, ...)
{
	struct capi_sql_stmt *s = prepare(db, text);
	int64_t value = 0;
	va_list ap;

	va_start(ap, format);
	bind(s, format, ap, SQLITE_TRANSIENT);
	va_end(ap);
	if (capi_sql_row(s)) {
		value = capi_sql_int(s, 0);
		capi_sql_done(s);
	}
	return value;
}

static void
call(sqlite3_context *context, int n, sqlite3_value **args)
{
	struct function *f = sqlite3_user_data(context);
	int64_t v[FUNCTION_ARGS];

	for (int i = 0; i < n; i++) {
		if (sqlite3_value_type(args[i]) == SQLITE_NULL) {
			sqlite3_result_null(context);
			return;
		}
		v[i] = sqlite3_value_int64(args[i]);
	}
	sqlite3_result_int64(context, f->call(f->arg, v));
}

void
capi_sql_define(struct capi_sql *db, const char *name, int args,
    capi_sql_function *function, void *arg)
{
	struct function *f = capi_alloc(sizeof(*f));

	if (args > FUNCTION_ARGS)
		capi_die(CAPI_EXIT_BUG, "SQL function of %d", args);
	f->call = function;
	f->arg = arg;
	if (sqlite3_create_function_v2(db->handle, name, args,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC, f, call, NULL, NULL,
		free) != SQLITE_OK)
		fail(db);
}
