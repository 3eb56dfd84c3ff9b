-- A store of version 5 as version 2 would have written it.
BEGIN;
DROP TABLE sweep;
DROP VIEW known;
ALTER TABLE ledger RENAME TO new_ledger;
CREATE TABLE ledger(k BLOB PRIMARY KEY,
 dest INT NOT NULL,
 sha BLOB NOT NULL,
 state INT NOT NULL,
 at INT NOT NULL,
 request INT NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO ledger SELECT l.k, l.dest, l.sha, CASE WHEN d.first IS NOT NULL
 THEN 2 ELSE l.state END, l.at, coalesce(d.request, l.request)
 FROM new_ledger l LEFT JOIN done d ON l.state = 0
 AND l.event BETWEEN d.first AND d.last;
DROP TABLE new_ledger;
DROP TABLE done;
ALTER TABLE event RENAME TO new_event;
CREATE TABLE event(id INTEGER PRIMARY KEY,
 dest INT NOT NULL,
 state INT NOT NULL,
 next_at INT NOT NULL,
 first_seen INT NOT NULL,
 expires INT NOT NULL,
 attempts INT NOT NULL DEFAULT 0,
 uncertain INT NOT NULL DEFAULT 0,
 flags INT NOT NULL,
 time INT,
 name TEXT NOT NULL,
 event_id TEXT NOT NULL,
 key TEXT NOT NULL,
 call TEXT NOT NULL,
 http INT NOT NULL DEFAULT 0,
 code TEXT NOT NULL DEFAULT '',
 reason TEXT NOT NULL DEFAULT '',
 sha BLOB NOT NULL,
 mark BLOB NOT NULL,
 body BLOB NOT NULL);
INSERT INTO event SELECT * FROM new_event;
UPDATE event SET flags = flags & 3;
DROP TABLE new_event;
CREATE INDEX event_due ON event(dest, next_at, id) WHERE state = 0;
CREATE INDEX event_kept ON event(dest, state) WHERE state <> 0;
PRAGMA user_version = 2;
COMMIT;
