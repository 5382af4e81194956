//! Zero with a custom mutator, and a view of all tasks that tells of those that came. Without a connection it takes no mutations.
import { Zero } from "@rocicorp/zero";
import { chunks } from "../../chunks.mjs";
import { PROJECT } from "../../task.mjs";
import { mutators, queries, schema } from "./schema.mjs";

const NOBODY = "http://localhost:9";
/** As long as Zero goes on without a connection before it says that it has none. */
const DISCONNECT_MS = 600_000;
const IDLE_MS = 2_500;
const LOOK_MS = 100;
const ids = new Set();
let zero;
let told = () => {};
let mutated = 0;

/** A view that keeps only which tasks there are, fed by Zero's own incremental view maintenance. */
function view(_query, input, _format, onDestroy, onCommit) {
  const ADD = 0;
  let came = [];
  const take = node => {
    ids.add(node.row.id);
    came.push(node.row.id);
  };
  const tell = () => {
    const some = came;
    came = [];
    if (some.length > 0) told(some);
  };
  input.setOutput({
    push([kind, node]) {
      if (kind === ADD) take(node);
      return [];
    },
  });
  for (const node of input.fetch({})) if (node !== "yield") take(node);
  onCommit(tell);
  return { destroy: onDestroy };
}

export default {
  pipelined: true,
  async open(options) {
    zero = new Zero({
      userID: "bench",
      storageKey: options.name,
      server: options.online ? `http://localhost:${options.port}` : NOBODY,
      schema,
      mutators,
      kvStore: "idb",
      context: {},
      logLevel: "error",
      disconnectTimeoutMs: DISCONNECT_MS,
    });
    zero.materialize(queries.all(), view);
  },
  mutate(task) {
    mutated = performance.now();
    const { client, server } = zero.mutate(mutators.addTask(task));
    server.catch(error => console.error(String(error)));
    return client;
  },
  subscribe(follower) {
    told = follower;
    if (ids.size > 0) told([...ids]);
  },
  size: () => ids.size,
  query: () => zero.run(queries.ofProject(PROJECT)),
  async flushed() {
    const isDone = () => chunks.writing === 0 && performance.now() - Math.max(chunks.written, mutated) >= IDLE_MS;
    while (!isDone()) await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    return chunks.written;
  },
};
