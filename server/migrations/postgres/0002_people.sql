-- Who somebody is. What they may do stands in each log; here is only how they prove who they are.
-- Of everything secret (session cookies, tokens, invitation codes) only the SHA-256 is kept.

CREATE TABLE person (
  actor   TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
  name    TEXT   NOT NULL,
  created BIGINT NOT NULL
);

CREATE TABLE credential (
  secret_hash TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
  kind        TEXT   NOT NULL CHECK (kind IN ('session', 'token')),
  actor       TEXT   COLLATE "C" NOT NULL REFERENCES person (actor),
  log         TEXT   COLLATE "C",             -- a token opens one log; a session opens all that its person may read
  label       TEXT   NOT NULL,
  created     BIGINT NOT NULL,
  expires     BIGINT NOT NULL
);

CREATE INDEX credential_actor ON credential (actor);

-- Which logs a person was ever admitted to, to list them; whether they still may read one is for its state to say.
CREATE TABLE admission (
  actor TEXT COLLATE "C" NOT NULL REFERENCES person (actor),
  log   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (actor, log)
);

CREATE TABLE invitation (
  code_hash  TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
  log        TEXT   COLLATE "C" NOT NULL,
  role       TEXT   NOT NULL,
  invited_by TEXT   COLLATE "C" NOT NULL REFERENCES person (actor),
  created    BIGINT NOT NULL,
  expires    BIGINT NOT NULL,
  uses       BIGINT NOT NULL DEFAULT 0,
  uses_max   BIGINT NOT NULL,
  CHECK (uses <= uses_max)
);
