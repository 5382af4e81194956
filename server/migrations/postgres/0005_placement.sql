-- Logs on several databases. These tables are the same in each of them.

-- The directory: on which database a log is. It counts in the database where people are kept. A log that is not listed is there, too.
CREATE TABLE placement (
  log   TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
  place TEXT   COLLATE "C" NOT NULL,         -- the name of the database
  since BIGINT NOT NULL                      -- milliseconds since 1970
);

-- Which database this one is, so that addresses that were mixed up are noticed before anything is written.
CREATE TABLE place (
  is_this_one  BOOLEAN NOT NULL DEFAULT true PRIMARY KEY CHECK (is_this_one),
  name         TEXT    NOT NULL,
  installation TEXT    NOT NULL              -- the same in all databases that belong together
);

-- The database that a log is on, or on its way to; NULL: it is here. As long as it is elsewhere nothing is appended to it here.
ALTER TABLE log_head ADD COLUMN elsewhere TEXT COLLATE "C";

CREATE OR REPLACE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.epoch < old.epoch OR (new.epoch = old.epoch AND new.head < old.head) THEN
    RAISE EXCEPTION 'a head never goes back on its timeline';
  END IF;
  -- Here and not in the statement that appends, so that servers of a release that knows nothing of it are refused as well.
  IF old.elsewhere IS NOT NULL AND (new.epoch, new.head) <> (old.epoch, old.head) THEN
    RAISE EXCEPTION 'the log is on another database, or on its way there';
  END IF;
  RETURN new;
END $$;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A copy that was left behind may go, in a transaction that names its log.
  IF TG_OP = 'DELETE' THEN
    IF old.log = current_setting('landfall.forgets', true)
       AND EXISTS (SELECT 1 FROM log_head WHERE log = old.log AND elsewhere IS NOT NULL) THEN
      RETURN old;
    END IF;
    IF TG_TABLE_NAME = 'record' THEN
      IF EXISTS (SELECT 1 FROM archive_piece WHERE log = old.log AND last_position >= old.position AND first_position <= old.position) THEN
        RETURN old;
      END IF;
    END IF;
  END IF;
  RAISE EXCEPTION 'the log is append-only: records are never changed, and never deleted unless they are archived';
END $$;
