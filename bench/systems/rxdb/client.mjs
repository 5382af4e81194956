//! RxDB on Dexie (its free storage for IndexedDB), replicated with endpoints of the bench's.
import { createRxDatabase } from "rxdb/plugins/core";
import { replicateRxCollection } from "rxdb/plugins/replication";
import { getRxStorageDexie } from "rxdb/plugins/storage-dexie";
import { Subject } from "rxjs";
import { ASKED, PROJECT } from "../../task.mjs";

const text = { type: "string", maxLength: 80 };
const number = { type: "integer", minimum: 0, maximum: 4_000_000_000_000, multipleOf: 1 };
const schema = {
  title: "task",
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    id: text,
    title: { type: "string", maxLength: 200 },
    status: text,
    assignee: text,
    project: text,
    updated_at: number,
    priority: number,
  },
  required: ["id", "title", "status", "project", "updated_at"],
  indexes: [["project", "updated_at"]],
};
const SYNC_MS_MAX = 5_000;
let database;
let tasks;
let port;
let replication;

async function post(path, body) {
  const headers = { "content-type": "text/plain" };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return answer.json();
}

export default {
  async open(options) {
    port = options.port;
    database = await createRxDatabase({
      name: options.name,
      storage: getRxStorageDexie(),
      multiInstance: false,
      eventReduce: true,
    });
    ({ tasks } = await database.addCollections({ tasks: { schema } }));
    if (options.online) await this.goOnline();
  },
  mutate: task => tasks.insert({ ...task }),
  async subscribe(told) {
    told((await tasks.find().exec()).map(({ id }) => id));
    tasks.eventBulks$.subscribe(bulk => told(bulk.events.map(({ documentId }) => documentId)));
  },
  size: () => tasks.count().exec(),
  query: () =>
    tasks
      .find({ selector: { project: PROJECT }, sort: [{ project: "desc" }, { updated_at: "desc" }], limit: ASKED })
      .exec(),
  async flushed() {
    if (replication)
      await Promise.race([replication.awaitInSync(), new Promise(resolve => setTimeout(resolve, SYNC_MS_MAX))]);
    await database.requestIdlePromise();
  },
  async goOnline() {
    const pulled = new Subject();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.onmessage = ({ data }) => pulled.next(JSON.parse(data));
    await new Promise(resolve => {
      socket.onopen = resolve;
    });
    replication = replicateRxCollection({
      collection: tasks,
      replicationIdentifier: "bench",
      live: true,
      retryTime: 1_000,
      waitForLeadership: false,
      push: { batchSize: 500, handler: rows => post("/push", rows) },
      pull: {
        batchSize: 2_000,
        handler: (checkpoint, limit) => post("/pull", { checkpoint, limit }),
        stream$: pulled.asObservable(),
      },
    });
    replication.error$.subscribe(error => console.error(error.message));
  },
};
