-- Seals: a hash chain over the records, by which a log that has lost some is told from the one that was read (rule 24).
-- The seal behind a record is the first 16 bytes of SHA-256 over the seal before it and its body.

ALTER TABLE record ADD COLUMN seal BYTEA CHECK (octet_length(seal) = 16);   -- NULL: kept before there were seals; the chain begins after it
ALTER TABLE log_head ADD COLUMN seal BYTEA NOT NULL DEFAULT '\x00000000000000000000000000000000' CHECK (octet_length(seal) = 16);   -- the seal behind the last record
