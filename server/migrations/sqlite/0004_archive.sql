-- Old records, moved out of the table of records: packed in pieces, in which they are read as before, and an index of their ids.

-- A cache, in pieces so that it is served without being held whole: any snapshot may be deleted at any time.
-- The table `snapshot` is used only by servers of the release before, and goes in the next one.
CREATE TABLE snapshot_piece (
  log      TEXT   NOT NULL,
  fold_key BIGINT NOT NULL,                  -- version of the reducer and of the state's encoding; another key is a miss
  epoch    BIGINT NOT NULL,
  position BIGINT NOT NULL,
  number   BIGINT NOT NULL,                  -- 0, 1, 2 …; all but the last are of one size
  body     BLOB   NOT NULL,                  -- of the gzip that is served
  PRIMARY KEY (log, fold_key, epoch, position, number)
);

CREATE TABLE archive_piece (
  log            TEXT   NOT NULL,
  first_position BIGINT NOT NULL CHECK (first_position >= 1),
  last_position  BIGINT NOT NULL CHECK (last_position >= first_position),
  sha256         TEXT   NOT NULL,            -- of the body
  body           BLOB   NOT NULL,            -- gzip of lines of JSON, a record each, as backups have them
  PRIMARY KEY (log, last_position)
);

-- What is asked of an archived record without reading it. There are many: ids are their 16 bytes here.
CREATE TABLE archived_record (
  log         TEXT   NOT NULL,
  command     BLOB   NOT NULL CHECK (length(command) = 16),
  position    BIGINT NOT NULL,
  fingerprint BIGINT NOT NULL,
  subject     BLOB,
  PRIMARY KEY (log, command)
) WITHOUT ROWID;

CREATE INDEX archived_record_subject ON archived_record (log, subject, position) WHERE subject IS NOT NULL;

DROP TRIGGER record_is_never_deleted;

CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
WHEN NOT EXISTS (SELECT 1 FROM archive_piece WHERE log = old.log AND last_position >= old.position AND first_position <= old.position)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: records are never deleted unless they are archived'); END;

-- A command has one record for ever, also when that one is archived.
CREATE TRIGGER record_is_new BEFORE INSERT ON record
WHEN EXISTS (SELECT 1 FROM archive_piece WHERE log = new.log)
  AND EXISTS (SELECT 1 FROM archived_record WHERE log = new.log AND command = unhex(replace(new.command, '-', '')))
BEGIN SELECT RAISE(ABORT, 'record.command was recorded before, and is archived'); END;

CREATE TRIGGER archive_has_no_gap BEFORE INSERT ON archive_piece
WHEN new.first_position <> 1 + (SELECT COALESCE(MAX(last_position), 0) FROM archive_piece WHERE log = new.log)
BEGIN SELECT RAISE(ABORT, 'the pieces of an archive follow one another'); END;

CREATE TRIGGER archive_is_never_changed BEFORE UPDATE ON archive_piece
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an archive is never changed'); END;

CREATE TRIGGER archive_is_never_deleted BEFORE DELETE ON archive_piece
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an archive is never deleted'); END;

CREATE TRIGGER archived_record_is_never_changed BEFORE UPDATE ON archived_record
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an archive is never changed'); END;

CREATE TRIGGER archived_record_is_never_deleted BEFORE DELETE ON archived_record
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an archive is never deleted'); END;
