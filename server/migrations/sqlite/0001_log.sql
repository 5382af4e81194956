-- The log: the truth. Everything else in this folder of data can be rebuilt from these two tables.
-- Ids are hyphenated UUIDs and bodies are JSON, so that a person reads them in `sqlite3`. Every key begins with the log.

CREATE TABLE log_head (
  log   TEXT   NOT NULL PRIMARY KEY,
  head  BIGINT NOT NULL CHECK (head >= 0),   -- the last position; 0 when nothing is recorded yet
  epoch BIGINT NOT NULL CHECK (epoch >= 1)   -- the timeline; one more after a restore
);

CREATE TABLE record (
  log          TEXT   NOT NULL,
  position     BIGINT NOT NULL CHECK (position >= 1),
  command      TEXT   NOT NULL,              -- the command that left this record
  actor        TEXT   NOT NULL,
  device       TEXT   NOT NULL,
  at           BIGINT NOT NULL,              -- the server's time, milliseconds since 1970, never going backwards within a log
  fingerprint  BIGINT NOT NULL,              -- of the command's text: tells a resend from another payload under the same id
  subject      TEXT,                         -- what the command is about; NULL when nothing in particular
  body         TEXT   NOT NULL,              -- the record as JSON: what clients read
  command_text TEXT,                         -- the command as it was sent; NULL when it was withdrawn
  PRIMARY KEY (log, position)
);

CREATE UNIQUE INDEX record_command ON record (log, command);
CREATE INDEX record_subject ON record (log, subject, position) WHERE subject IS NOT NULL;

CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
BEGIN SELECT RAISE(ABORT, 'the log is append-only: records are never changed'); END;

CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
BEGIN SELECT RAISE(ABORT, 'the log is append-only: records are never deleted'); END;

CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON log_head
WHEN new.epoch < old.epoch OR (new.epoch = old.epoch AND new.head < old.head)
BEGIN SELECT RAISE(ABORT, 'a head never goes back on its timeline'); END;

-- A cache: any row may be deleted at any time.
CREATE TABLE snapshot (
  log      TEXT   NOT NULL,
  fold_key BIGINT NOT NULL,                  -- version of the reducer and of the state's encoding; another key is a miss
  position BIGINT NOT NULL,
  epoch    BIGINT NOT NULL,
  body     BLOB   NOT NULL,                  -- gzip, as it is served
  PRIMARY KEY (log, fold_key)
);
