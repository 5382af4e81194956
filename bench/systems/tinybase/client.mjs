//! TinyBase: a mergeable store, its persister for IndexedDB and its synchronizer.
import { createMergeableStore } from "tinybase/mergeable-store";
import { createIndexedDbPersister } from "tinybase/persisters/persister-indexed-db";
import { createWsSynchronizer } from "tinybase/synchronizers/synchronizer-ws-client";
import { newest, PROJECT } from "../../task.mjs";

/** It looks whether another tab has written, every so often: not while it is measured. */
const LOOK_S = 3_600;
const store = createMergeableStore();
let persister;
let port;

export default {
  async open(options) {
    port = options.port;
    persister = createIndexedDbPersister(store, options.name, LOOK_S);
    await persister.load();
    await persister.startAutoSave();
    if (options.online) await this.goOnline();
  },
  mutate: task => void store.setRow("tasks", task.id, task),
  subscribe(told) {
    told(store.getRowIds("tasks"));
    let came = [];
    store.addRowListener("tasks", null, (_store, _table, id) => came.push(id));
    store.addDidFinishTransactionListener(() => {
      const ids = came;
      came = [];
      if (ids.length > 0) told(ids);
    });
  },
  size: () => store.getRowCount("tasks"),
  query: () =>
    newest(
      store
        .getRowIds("tasks")
        .filter(id => store.getCell("tasks", id, "project") === PROJECT)
        .map(id => store.getRow("tasks", id)),
    ),
  flushed: () => persister.save().then(() => undefined),
  async goOnline() {
    const synchronizer = await createWsSynchronizer(store, new WebSocket(`ws://127.0.0.1:${port}/room`));
    await synchronizer.startSync();
  },
};
