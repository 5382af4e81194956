-- Turns: a writer that has lost several races for the head in a row takes the next one for itself (store/postgres/turns.rs).
ALTER TABLE log_head
  ADD COLUMN turn_of    TEXT COLLATE "C",       -- the writer whose turn it is; NULL: whoever comes first
  ADD COLUMN turn_until TIMESTAMPTZ;            -- until then nobody else appends; after it anybody may
