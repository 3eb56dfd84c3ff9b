#include "db.h"

/*
 * The schema as steps. A store of an older version is taken through the steps
 * it lacks in one transaction, after a copy of it was put beside.
 */
const char *const capi_db_migrations[] = {
    /* 1 */
    "CREATE TABLE dest(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " platform TEXT NOT NULL, paused_until INT NOT NULL DEFAULT 0,"
    " failures INT NOT NULL DEFAULT 0, batch_max INT NOT NULL DEFAULT 0,"
    " stopped TEXT NOT NULL DEFAULT '', token TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " state INT NOT NULL, next_at INT NOT NULL, first_seen INT NOT NULL,"
    " expires INT NOT NULL, attempts INT NOT NULL DEFAULT 0,"
    " uncertain INT NOT NULL DEFAULT 0, flags INT NOT NULL, time INT,"
    " name TEXT NOT NULL, event_id TEXT NOT NULL, key TEXT NOT NULL,"
    " call TEXT NOT NULL, http INT NOT NULL DEFAULT 0,"
    " code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
    " sha BLOB NOT NULL, mark BLOB NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX event_due ON event(dest, next_at, id) WHERE state = 0;"
    "CREATE INDEX event_kept ON event(dest, state) WHERE state <> 0;"
    "CREATE TABLE ledger(k BLOB PRIMARY KEY, dest INT NOT NULL,"
    " sha BLOB NOT NULL, state INT NOT NULL, at INT NOT NULL,"
    " request INT NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE TABLE request(id INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " at INT NOT NULL, events INT NOT NULL, latency INT NOT NULL,"
    " http INT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,"
    " trace TEXT NOT NULL);"
    "CREATE TABLE flight(id INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " at INT NOT NULL, ids BLOB NOT NULL, result BLOB);"
    "CREATE TABLE next(id INT NOT NULL);" /* numbers of requests */
    "INSERT INTO next VALUES(1);"
    "CREATE TABLE receipt(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " dest INT NOT NULL, lines TEXT NOT NULL);",
    /* 2: what is judged later, and counters that outlive a run */
    "CREATE TABLE follow(request INTEGER PRIMARY KEY, dest INT NOT NULL,"
    " next_at INT NOT NULL, until INT NOT NULL, polls INT NOT NULL"
    " DEFAULT 0, ticket TEXT NOT NULL, heads TEXT NOT NULL);"
    "CREATE INDEX follow_due ON follow(dest, next_at);"
    "CREATE TABLE counter(dest INT NOT NULL, what TEXT NOT NULL,"
    " label TEXT NOT NULL, n INT NOT NULL, PRIMARY KEY(dest, what, label))"
    " WITHOUT ROWID;",
    /*
     * 3: the ledger knows an event's number, and a number is never used
     * again. What is delivered is a range of numbers, added at the end of a
     * table, so that a delivery does not have to find each of its keys: they
     * lie all over the ledger, a page of it for almost each.
     */
    "ALTER TABLE ledger ADD COLUMN event INT NOT NULL DEFAULT 0;"
    "CREATE TABLE done(first INTEGER PRIMARY KEY, last INT NOT NULL,"
    " request INT NOT NULL, at INT NOT NULL);"
    "CREATE VIEW known AS SELECT k, dest, sha, CASE WHEN state = 0 AND"
    " event > 0 AND event <= (SELECT last FROM done WHERE first <= event"
    " ORDER BY first DESC LIMIT 1) THEN 2 ELSE state END AS state, at,"
    " request, event FROM ledger;"
    "ALTER TABLE event RENAME TO old_event;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " dest INT NOT NULL,"
    " state INT NOT NULL, next_at INT NOT NULL, first_seen INT NOT NULL,"
    " expires INT NOT NULL, attempts INT NOT NULL DEFAULT 0,"
    " uncertain INT NOT NULL DEFAULT 0, flags INT NOT NULL, time INT,"
    " name TEXT NOT NULL, event_id TEXT NOT NULL, key TEXT NOT NULL,"
    " call TEXT NOT NULL, http INT NOT NULL DEFAULT 0,"
    " code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
    " sha BLOB NOT NULL, mark BLOB NOT NULL, body BLOB NOT NULL);"
    "INSERT INTO event SELECT * FROM old_event;"
    "DROP TABLE old_event;"
    "CREATE INDEX event_due ON event(dest, next_at, id) WHERE state = 0;"
    "CREATE INDEX event_kept ON event(dest, state) WHERE state <> 0;",
    /* 4: how far the ledger was looked through for what is old (k), and what
     * was old when that began (before) */
    "CREATE TABLE sweep(k BLOB NOT NULL, before INT NOT NULL);"
    "INSERT INTO sweep VALUES(x'', 0);",
    /* 5: an export that was changed and fed again asks for each of its events
     * whether it is parked or in conflict already. */
    "CREATE INDEX event_again ON event(dest, key) WHERE state <> 0;",
};

const int CAPI_DB_VERSION =
    (int)(sizeof(capi_db_migrations) / sizeof(capi_db_migrations[0]));

const char *const capi_db_sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [DEST_ADD] = "INSERT OR IGNORE INTO dest(name, platform) VALUES(?, ?)",
    [DEST_GET] = "SELECT id, paused_until, failures, batch_max, stopped,"
		 " token FROM dest WHERE name = ?",
    [DEST_SAVE] = "UPDATE dest SET paused_until = ?, failures = ?,"
		  " batch_max = ?, stopped = ?, token = ? WHERE id = ?",
    [DEST_ALL] = "SELECT id, paused_until, failures, batch_max, stopped,"
		 " token, name, platform FROM dest ORDER BY name",
    [DEST_NAME] = "SELECT name FROM dest WHERE id = ?",
    [LEDGER_ADD] = "INSERT OR IGNORE INTO ledger(k, dest, sha, state, at,"
		   " event) VALUES(?, ?, ?, 0, ?, ?)",
    [LEDGER_GET] =
	"SELECT sha, state, at, request, event FROM ledger WHERE k = ?",
    [LEDGER_SET] = "UPDATE ledger SET state = ?, at = ?, request = ?"
		   " WHERE k = ?",
    [LEDGER_DROP] = "DELETE FROM ledger WHERE k = ?",
    [SWEEP_GET] = "SELECT k, before FROM sweep",
    [SWEEP_SET] = "UPDATE sweep SET k = ?, before = ?",
    [SWEEP_END] =
	"SELECT k FROM ledger WHERE k > ? ORDER BY k LIMIT 1 OFFSET ?",
    [LEDGER_EXPIRE] =
	"DELETE FROM ledger WHERE k > ?1 AND k <= ?2 AND at < ?3"
	" AND (state = 2 OR (state = 0 AND event > 0 AND EXISTS (SELECT 1"
	" FROM (SELECT last, at AS then_at FROM done WHERE"
	" first <= ledger.event ORDER BY first DESC LIMIT 1)"
	" WHERE last >= ledger.event AND then_at < ?3)))",
    [DONE_ADD] =
	"INSERT INTO done(first, last, request, at) VALUES(?, ?, ?, ?)",
    [DONE_GET] = "SELECT last, request, at FROM done WHERE first <= ?"
		 " ORDER BY first DESC LIMIT 1",
    [DONE_DROP] = "DELETE FROM event WHERE id BETWEEN ? AND ?",
    [DONE_EXPIRE] = "DELETE FROM done WHERE at < ?",
    [EVENT_LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
    [EVENT_ADD] = "INSERT INTO event(id, dest, state, next_at, first_seen,"
		  " expires, flags, time, name, event_id, key, call, sha,"
		  " mark, body, reason, code)"
		  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [EVENT_DUE] = "SELECT " CAPI_DB_EVENT " FROM event INDEXED BY event_due"
		  " WHERE state = 0 AND dest = ? AND (next_at, id) > (?, ?)"
		  " AND next_at <= ? ORDER BY next_at, id",
    [EVENT_NEXT] = "SELECT min(next_at) FROM event INDEXED BY event_due"
		   " WHERE state = 0 AND dest = ?",
    [EVENT_WAITS] = "SELECT next_at FROM event WHERE id = ? AND state = 0",
    [EVENT_GET] = "SELECT " CAPI_DB_EVENT " FROM event WHERE id = ?",
    [EVENT_DROP] = "DELETE FROM event WHERE id = ?",
    [EVENT_RETRY] = "UPDATE event SET state = 0, next_at = ?,"
		    " attempts = attempts + ?, uncertain = uncertain + ?,"
		    " http = ?, code = ? WHERE id = ?",
    [EVENT_PARK] = "UPDATE event SET state = 1, attempts = attempts + ?,"
		   " uncertain = uncertain + ?, http = ?, code = ?,"
		   " reason = ? WHERE id = ?",
    [EVENT_SAME] = "SELECT 1 FROM event INDEXED BY event_again WHERE"
		   " state <> 0 AND dest = ? AND key = ? AND state = 3"
		   " AND sha = ?",
    [EVENT_UNTAKEN] = "SELECT id FROM event INDEXED BY event_again WHERE"
		      " state <> 0 AND dest = ? AND key = ? AND state = 1"
		      " AND uncertain = 0",
    /* An index of what is queued by its key would cost each put more than
     * the few who ask would win: its destination's queue is looked through. */
    [EVENT_KEYED] =
	"SELECT id FROM event INDEXED BY event_again WHERE state <> 0"
	" AND dest = ?1 AND key = ?2 UNION ALL SELECT id FROM event"
	" INDEXED BY event_due WHERE state = 0 AND dest = ?1 AND key = ?2"
	" ORDER BY id",
    [EVENT_KEPT] = "SELECT id FROM event WHERE state <> 0 AND dest = ?"
		   " AND state IN (1, ?) AND id > ? ORDER BY id LIMIT 1000",
    [EVENT_REPLAY] = "UPDATE event SET state = 0, next_at = ?, attempts = 0,"
		     " code = '', reason = '',"
		     " flags = flags | 4 WHERE id = ?",
    [EVENT_MEND] = "UPDATE event SET next_at = ? WHERE state = 0 AND dest = ?"
		   " AND next_at > ?",
    [FLIGHT_NUMBER] = "SELECT id FROM next",
    [FLIGHT_NEXT] = "UPDATE next SET id = id + 1",
    [FLIGHT_ADD] = "INSERT INTO flight(id, dest, at, ids) VALUES(?, ?, ?, ?)",
    [FLIGHT_DROP] = "DELETE FROM flight WHERE id = ?",
    [FLIGHT_RESULT] = "UPDATE flight SET result = ? WHERE id = ?",
    [FLIGHT_ALL] =
	"SELECT id, ids, result FROM flight WHERE dest = ? ORDER BY id",
    [REQUEST_ADD] = "INSERT OR REPLACE INTO request(id, dest, at, events,"
		    " latency, http, outcome, code, trace)"
		    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [REQUEST_GET] = "SELECT id, dest, at, events, latency, http, outcome,"
		    " code, trace FROM request WHERE id = ?",
    [REQUEST_EXPIRE] = "DELETE FROM request WHERE at < ? AND id IN"
		       " (SELECT id FROM request ORDER BY id LIMIT ?)",
    [REQUEST_TAKEN] = "SELECT max(at) FROM request WHERE dest = ?"
		      " AND outcome = 'taken'",
    [RECEIPT_ADD] = "INSERT INTO receipt(dest, lines) VALUES(?, ?)",
    [RECEIPT_GET] = "SELECT id, lines FROM receipt WHERE dest = ?"
		    " AND id > ? ORDER BY id LIMIT 1",
    [RECEIPT_DROP] = "DELETE FROM receipt WHERE id = ?",
    [RECEIPT_ANY] = "SELECT min(id) FROM receipt WHERE dest = ?",
    [STATUS_QUEUED] = "SELECT count(*) FROM event INDEXED BY event_due"
		      " WHERE state = 0 AND dest = ?",
    [STATUS_OLDEST] = "SELECT first_seen FROM event NOT INDEXED WHERE"
		      " state = 0 AND dest = ? ORDER BY id LIMIT 1",
    [STATUS_KEPT] = "SELECT state, count(*), min(first_seen) FROM event"
		    " WHERE state <> 0 AND dest = ? GROUP BY state",
    [LIST] = "SELECT " CAPI_DB_EVENT " FROM event WHERE id > ? AND state = ?"
	     " AND (?3 < 0 OR dest = ?3) ORDER BY id LIMIT ?",
    [COUNT_ADD] = "INSERT INTO counter(dest, what, label, n)"
		  " VALUES(?, ?, ?, ?) ON CONFLICT(dest, what, label)"
		  " DO UPDATE SET n = n + excluded.n",
    [COUNT_ALL] = "SELECT d.name, c.what, c.label, c.n FROM counter c"
		  " JOIN dest d ON d.id = c.dest"
		  " ORDER BY c.what, d.name, c.label",
    [FOLLOW_ADD] = "INSERT OR REPLACE INTO follow(request, dest, next_at,"
		   " until, ticket, heads) VALUES(?, ?, ?, ?, ?, ?)",
    [FOLLOW_GET] = "SELECT request, dest, next_at, until, polls, ticket,"
		   " heads FROM follow WHERE dest = ? AND next_at <= ?"
		   " AND request > ? ORDER BY request LIMIT 1",
    [FOLLOW_LATER] = "UPDATE follow SET next_at = ?, polls = polls + 1"
		     " WHERE request = ?",
    [FOLLOW_DROP] = "DELETE FROM follow WHERE request = ?",
    [FOLLOW_DUE] = "SELECT min(next_at) FROM follow WHERE dest = ?",
};

_Static_assert(STATEMENTS <= 64, "more statements than the store has room");
