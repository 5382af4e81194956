//! Its own client library at each end.
import { createMergeableStore } from "tinybase/mergeable-store";
import { createWsSynchronizer } from "tinybase/synchronizers/synchronizer-ws-client";
import WebSocket from "ws";
import { fan } from "../../fan.mjs";
import { taskOf } from "../../task.mjs";

async function connect() {
  const store = createMergeableStore();
  const synchronizer = await createWsSynchronizer(store, new WebSocket(`ws://127.0.0.1:${process.env.PORT}/room`));
  await synchronizer.startSync();
  return store;
}
await fan({
  async follow(told) {
    const store = await connect();
    let before = 0;
    store.addRowIdsListener("tasks", () => {
      const now = store.getRowCount("tasks");
      told(now - before);
      before = now;
    });
  },
  async issuer() {
    const store = await connect();
    return number => void store.setRow("tasks", taskOf("fan", number).id, taskOf("fan", number));
  },
});
