-- Old records, moved out of the table of records: packed in pieces, in which they are read as before, and an index of their ids.
-- The same tables as in SQLite.

-- A cache, in pieces so that it is served without being held whole: any snapshot may be deleted at any time.
-- The table `snapshot` is used only by servers of the release before, and goes in the next one.
CREATE TABLE snapshot_piece (
  log      TEXT   COLLATE "C" NOT NULL,
  fold_key BIGINT NOT NULL,                  -- version of the reducer and of the state's encoding; another key is a miss
  epoch    BIGINT NOT NULL,
  position BIGINT NOT NULL,
  number   BIGINT NOT NULL,                  -- 0, 1, 2 …; all but the last are of one size
  body     BYTEA  NOT NULL,                  -- of the gzip that is served
  PRIMARY KEY (log, fold_key, epoch, position, number)
);
ALTER TABLE snapshot_piece ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE archive_piece (
  log            TEXT   COLLATE "C" NOT NULL,
  first_position BIGINT NOT NULL CHECK (first_position >= 1),
  last_position  BIGINT NOT NULL CHECK (last_position >= first_position),
  sha256         TEXT   COLLATE "C" NOT NULL,  -- of the body
  body           BYTEA  NOT NULL,              -- gzip of lines of JSON, a record each, as backups have them
  PRIMARY KEY (log, last_position)
);
ALTER TABLE archive_piece ALTER COLUMN body SET STORAGE EXTERNAL;

-- What is asked of an archived record without reading it. There are many: ids are their 16 bytes here.
CREATE TABLE archived_record (
  log         TEXT   COLLATE "C" NOT NULL,
  command     UUID   NOT NULL,
  position    BIGINT NOT NULL,
  fingerprint BIGINT NOT NULL,
  subject     UUID,
  PRIMARY KEY (log, command)
);

CREATE INDEX archived_record_subject ON archived_record (log, subject, position) WHERE subject IS NOT NULL;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'record' THEN
    IF EXISTS (SELECT 1 FROM archive_piece WHERE log = old.log AND last_position >= old.position AND first_position <= old.position) THEN
      RETURN old;
    END IF;
  END IF;
  RAISE EXCEPTION 'the log is append-only: records are never changed, and never deleted unless they are archived';
END $$;

CREATE TRIGGER archive_is_never_changed BEFORE UPDATE OR DELETE ON archive_piece FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archive_is_never_emptied BEFORE TRUNCATE ON archive_piece FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archived_record_is_never_changed BEFORE UPDATE OR DELETE ON archived_record FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archived_record_is_never_emptied BEFORE TRUNCATE ON archived_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.first_position <> 1 + (SELECT COALESCE(MAX(last_position), 0) FROM archive_piece WHERE log = new.log) THEN
    RAISE EXCEPTION 'the pieces of an archive follow one another';
  END IF;
  RETURN new;
END $$;

CREATE TRIGGER archive_has_no_gap BEFORE INSERT ON archive_piece FOR EACH ROW EXECUTE FUNCTION refuse_gap();

-- A command has one record for ever, also when that one is archived. It looks when the rows are in: whoever archives the old record at this
-- moment has held the new one up in the unique index until then, and is seen by now.
CREATE FUNCTION refuse_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM archive_piece WHERE log = (SELECT log FROM added LIMIT 1)) THEN
    IF EXISTS (SELECT 1 FROM added JOIN archived_record USING (log) WHERE archived_record.command = CAST(added.command AS UUID)) THEN
      RAISE EXCEPTION 'a command was recorded before, and is archived' USING ERRCODE = 'unique_violation', CONSTRAINT = 'record_command';
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER record_is_new AFTER INSERT ON record REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_archived();
