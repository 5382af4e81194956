-- How many sockets follow each log, as each running server says: for `landfall logs list`. Everything in it may be deleted at any time.
CREATE TABLE listening (
  node  TEXT   NOT NULL PRIMARY KEY,         -- one run of a server
  logs  TEXT   NOT NULL,                     -- JSON: the sockets of each log that has any, by its id
  until BIGINT NOT NULL                      -- when it is believed no more, milliseconds since 1970
);
