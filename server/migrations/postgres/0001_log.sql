-- The log: the truth. Everything else in this database can be rebuilt from these two tables.
-- The same tables as in SQLite. Every key begins with the log, so that logs can lie on different machines.

CREATE TABLE log_head (
  log   TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
  head  BIGINT NOT NULL CHECK (head >= 0),   -- the last position; 0 when nothing is recorded yet
  epoch BIGINT NOT NULL CHECK (epoch >= 1)   -- the timeline; one more after a restore
) WITH (fillfactor = 50);                    -- a head moves with each append: room beside it keeps that out of the index

CREATE TABLE record (
  log          TEXT   COLLATE "C" NOT NULL,
  position     BIGINT NOT NULL CHECK (position >= 1),
  command      TEXT   COLLATE "C" NOT NULL,  -- the command that left this record
  actor        TEXT   COLLATE "C" NOT NULL,
  device       TEXT   COLLATE "C" NOT NULL,
  at           BIGINT NOT NULL,              -- the server's time, milliseconds since 1970, never going backwards within a log
  fingerprint  BIGINT NOT NULL,              -- of the command's text: tells a resend from another payload under the same id
  subject      TEXT   COLLATE "C",           -- what the command is about; NULL when nothing in particular
  body         TEXT   NOT NULL,              -- the record as JSON: what clients read
  command_text TEXT,                         -- the command as it was sent; NULL when it was withdrawn
  PRIMARY KEY (log, position)
);

CREATE UNIQUE INDEX record_command ON record (log, command);
CREATE INDEX record_subject ON record (log, subject, position) WHERE subject IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only: records are never changed and never deleted';
END $$;

CREATE TRIGGER record_is_never_changed BEFORE UPDATE OR DELETE ON record FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_is_never_emptied BEFORE TRUNCATE ON record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.epoch < old.epoch OR (new.epoch = old.epoch AND new.head < old.head) THEN
    RAISE EXCEPTION 'a head never goes back on its timeline';
  END IF;
  RETURN new;
END $$;

CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_going_back();

-- A cache: any row may be deleted at any time.
CREATE TABLE snapshot (
  log      TEXT   COLLATE "C" NOT NULL,
  fold_key BIGINT NOT NULL,                  -- version of the reducer and of the state's encoding; another key is a miss
  position BIGINT NOT NULL,
  epoch    BIGINT NOT NULL,
  body     BYTEA  NOT NULL,                  -- gzip, as it is served
  PRIMARY KEY (log, fold_key)
);
ALTER TABLE snapshot ALTER COLUMN body SET STORAGE EXTERNAL;
