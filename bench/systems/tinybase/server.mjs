//! TinyBase's own server, which keeps the store in a JSON file. It validates nothing.
import { createMergeableStore } from "tinybase/mergeable-store";
import { createFilePersister } from "tinybase/persisters/persister-file";
import { createWsServer } from "tinybase/synchronizers/synchronizer-ws-server";
import { WebSocketServer } from "ws";
import { control } from "../../control.mjs";
import { taskOf } from "../../task.mjs";

const store = createMergeableStore();
createWsServer(new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" }), path =>
  createFilePersister(store, `${process.env.DATA}/${path.replace(/\W/g, "_")}.json`),
);
control({
  count: () => store.getRowCount("tasks"),
  seed: wanted =>
    store.transaction(() => {
      for (let number = 0; number < wanted; number++)
        store.setRow("tasks", taskOf("seed", number).id, taskOf("seed", number));
    }),
});
