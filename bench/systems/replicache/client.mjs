//! Replicache, with a push and a pull endpoint of the bench's, and a socket that says when to pull.
import { Replicache } from "replicache";
import { chunks } from "../../chunks.mjs";
import { newest, PROJECT } from "../../task.mjs";

const PUSH_DELAY_MS = 5;
const IDLE_MS = 2_500;
const LOOK_MS = 100;
const ids = new Set();
const followers = [];
let replicache;
let port;
let mutated = 0;

const endpoint = what => `http://127.0.0.1:${port}/${what}`;
const follow = () =>
  new Promise(resolve => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.onmessage = () => replicache.pull();
    socket.onopen = resolve;
  });

export default {
  pipelined: true,
  async open(options) {
    port = options.port;
    replicache = new Replicache({
      name: options.name,
      schemaVersion: "1",
      pushURL: options.online ? endpoint("push") : "",
      pullURL: options.online ? endpoint("pull") : "",
      pullInterval: null,
      pushDelay: PUSH_DELAY_MS,
      logLevel: "error",
      mutators: { add: (transaction, task) => transaction.set(`task/${task.id}`, task) },
    });
    replicache.experimentalWatch(
      changes => {
        const came = changes.filter(({ op }) => op !== "del").map(({ key }) => key.slice("task/".length));
        for (const id of came) ids.add(id);
        if (came.length > 0) for (const told of followers) told(came);
      },
      { prefix: "task/", initialValuesInFirstDiff: true },
    );
    await replicache.query(transaction => transaction.has("nothing"));
    if (options.online) await follow();
  },
  mutate(task) {
    mutated = performance.now();
    return replicache.mutate.add(task);
  },
  subscribe(told) {
    followers.push(told);
    told([...ids]);
  },
  size: () => ids.size,
  query: () =>
    replicache.query(async transaction => {
      const tasks = await transaction.scan({ prefix: "task/" }).values().toArray();
      return newest(tasks.filter(task => task.project === PROJECT));
    }),
  async flushed() {
    const isDone = () => chunks.writing === 0 && chunks.written >= mutated && performance.now() - chunks.written >= IDLE_MS;
    while (!isDone()) await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    return chunks.written;
  },
  async goOnline() {
    replicache.pushURL = endpoint("push");
    replicache.pullURL = endpoint("pull");
    const following = follow();
    replicache.push({ now: true });
    await following;
  },
};
