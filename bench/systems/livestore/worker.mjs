//! The store's leader: SQLite on OPFS, and the line to the sync backend. It does not wait for the line before it starts.
import { makeWorker } from "@livestore/adapter-web/worker";
import { makeWsSync } from "@livestore/sync-cf/client";
import { schema } from "./schema.mjs";

makeWorker({
  schema,
  sync: {
    backend: options => makeWsSync({ url: options.payload.url })(options),
    initialSyncOptions: { _tag: "Skip" },
  },
});
