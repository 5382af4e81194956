//! LiveStore with its web adapter: SQLite in the page, and in a worker on OPFS, which keeps the log of events and speaks with the sync backend.
//!
//! It takes its address when it starts, and after a lost line waits up to 30 s; so going online is a reload, and a start with the address.
import { makePersistedAdapter } from "@livestore/adapter-web";
import SharedWorker from "@livestore/adapter-web/shared-worker?sharedworker";
import { createStorePromise, queryDb, Schema } from "@livestore/livestore";
import { ASKED, PROJECT } from "../../task.mjs";
import { events, schema, tables } from "./schema.mjs";
import { STORE } from "./store.mjs";
import StoreWorker from "./worker.mjs?worker";

const NOBODY = "ws://127.0.0.1:9";
const LOOK_MS = 10;
const FLUSHED_MS_MAX = 120_000;
const newestRow = queryDb(
  {
    query: "select coalesce(max(rowid), 0) as newest from tasks",
    schema: Schema.Array(Schema.Struct({ newest: Schema.Number })),
  },
  { label: "newest row" },
);
let store;
let told = () => {};
let toldUpTo = 0;

/** Tells of the rows that came since. */
function tellOfNewer() {
  const rows = store.query({ query: "select rowid as row, id from tasks where rowid > ?", bindValues: [toldUpTo] });
  if (rows.length === 0) return;
  toldUpTo = rows.at(-1).row;
  told(rows.map(({ id }) => id));
}

export default {
  async open(options) {
    store = await createStorePromise({
      schema,
      adapter: makePersistedAdapter({ storage: { type: "opfs" }, worker: StoreWorker, sharedWorker: SharedWorker }),
      storeId: STORE,
      syncPayload: { url: options.online ? `ws://127.0.0.1:${options.port}` : NOBODY },
      disableDevtools: true,
    });
  },
  mutate(task) {
    store.commit(events.taskAdded(task));
  },
  subscribe(follower) {
    told = follower;
    tellOfNewer();
    store.subscribe(newestRow, tellOfNewer);
  },
  size: () => store.query({ query: "select count(*) as count from tasks", bindValues: [] })[0].count,
  query: () => store.query(tables.tasks.where({ project: PROJECT }).orderBy("updated_at", "desc").limit(ASKED)),
  /** The leader has acknowledged every event, which it does once it has written them to OPFS. */
  async flushed() {
    const began = performance.now();
    while (!store.syncStatus().isSynced) {
      if (performance.now() - began > FLUSHED_MS_MAX) throw new Error(`not on the disk within ${FLUSHED_MS_MAX} ms`);
      await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    }
  },
};
