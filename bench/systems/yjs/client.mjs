//! Yjs: one document, a map of maps; y-indexeddb and y-websocket.
import { IndexeddbPersistence } from "y-indexeddb";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { newest, PROJECT } from "../../task.mjs";

const document = new Y.Doc();
const tasks = document.getMap("tasks");
let storage;
let port;

export default {
  async open(options) {
    port = options.port;
    storage = new IndexeddbPersistence(options.name, document);
    await storage.whenSynced;
    if (options.online) await this.goOnline();
  },
  mutate(task) {
    document.transact(() => tasks.set(task.id, new Y.Map(Object.entries(task))));
  },
  subscribe(told) {
    tasks.observeDeep(events =>
      told(events.flatMap(({ target, keysChanged, path }) => (target === tasks ? [...keysChanged] : [path[0]]))),
    );
    told([...tasks.keys()]);
  },
  size: () => tasks.size,
  query: () => newest([...tasks.values()].filter(task => task.get("project") === PROJECT).map(task => task.toJSON())),
  /** Each update is a transaction of its own; one that is made now waits for them all. */
  flushed: () =>
    new Promise((resolve, reject) => {
      const transaction = storage.db.transaction(["updates"], "readwrite");
      transaction.objectStore("updates").count();
      transaction.oncomplete = () => resolve();
      transaction.onerror = reject;
    }),
  async goOnline() {
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, "room", document, { disableBc: true });
    await new Promise(resolve => provider.once("status", resolve));
  },
};
