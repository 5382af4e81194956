//! Landfall as its own page uses it: the wasm package, a live query of a column whose first cards are in sight, commands as JSON.
//!
//! A task is put before the first of its column, so that the live query tells of it; the id that the bench gave stands first in its title.
import init, { Client } from "landfall-wasm/landfall.js";
import wasmUrl from "landfall-wasm/landfall_bg.wasm?url";
import { ASKED, PROJECT } from "../../task.mjs";

const IN_SIGHT = 16;
const PRIORITIES = ["low", "normal", "high", "urgent", "normal"];
let isOnline = true;
/** Is told that the server has said something. */
let arrived = () => {};
/** Does only the greeting go out, as on a line that is stalled upstream? */
let keepsBack = false;
let engine;
let place;
let first = null;
let newest;
let total = 0;

// Without a network: connections go where nobody listens, and requests fail.
const { WebSocket: Socket, fetch: request } = globalThis;
let socket;
globalThis.WebSocket = class extends Socket {
  constructor(address, protocols) {
    super(isOnline ? address : "ws://127.0.0.1:9/", protocols);
    socket = this;
    this.addEventListener("message", () => arrived());
  }
  send(frame) {
    if (keepsBack && this.hasGreeted) return;
    this.hasGreeted = true;
    super.send(frame);
  }
};
globalThis.fetch = (...asked) =>
  isOnline || String(asked[0]?.url ?? asked[0]).endsWith(".wasm")
    ? request(...asked)
    : Promise.reject(new TypeError("offline"));

const column = () => ({ column: { column: place.column, filter: {}, from: 0, count: IN_SIGHT } });
const isKnown = () =>
  JSON.parse(engine.query(JSON.stringify({ board: { board: place.board, filter: {} } }))).head !== null;

/** Whoever is to work offline has been here before: knows the workspace, the board and who they are. */
async function visit() {
  isOnline = true;
  engine.ask_now();
  while (!isKnown() || !JSON.parse(engine.status()).synced) await new Promise(resolve => setTimeout(resolve, 10));
  isOnline = false;
  socket.close();
}

const idIn = card => card.title.slice(0, card.title.indexOf(" "));

export default {
  async open(options) {
    isOnline = options.online;
    place = options.entered;
    await init({ module_or_path: wasmUrl });
    engine = await Client.open(JSON.stringify({ log: place.log, actor: place.actor }));
    if (!isOnline && !isKnown()) await visit();
  },
  mutate(task) {
    const rank = engine.rank_between(JSON.stringify({ column: place.column, before: first, moving: null }));
    const body = {
      task: engine.mint(),
      board: place.board,
      column: place.column,
      rank,
      title: `${task.id} ${task.title}`,
      steps: [],
      labels: [task.status, task.project],
      priority: PRIORITIES[task.priority],
    };
    const told = JSON.parse(engine.submit(JSON.stringify({ add_task: body })));
    if (!told.id) throw new Error(JSON.stringify(told));
    newest = told.id;
  },
  subscribe(told) {
    engine.subscribe(JSON.stringify(column()), text => {
      const patch = JSON.parse(text);
      if (patch.order) first = patch.order[0] ?? null;
      if (patch.head) total = patch.head.total;
      told(Object.values(patch.rows ?? {}).map(idIn), total);
    });
  },
  size: () => JSON.parse(engine.query(JSON.stringify(column()))).head.total,
  query: () =>
    new Promise(resolve => {
      const rows = new Map();
      let order = [];
      let isPartial = false;
      const wanted = {
        scope: { board: { board: place.board } },
        group: "none",
        filter: { label: PROJECT },
        collapsed: [],
        from: 0,
        count: ASKED,
      };
      const subscription = engine.subscribe(JSON.stringify({ list: wanted }), text => {
        const patch = JSON.parse(text);
        for (const [key, row] of Object.entries(patch.rows ?? {})) rows.set(key, row);
        order = patch.order ?? order;
        isPartial = patch.partial ?? isPartial;
        if (isPartial) return;
        queueMicrotask(() => engine.unsubscribe(subscription));
        resolve(order.map(key => rows.get(key)));
      });
    }),
  flushed: async () => void (newest && (await engine.saved(newest))),
  async goOnline(line) {
    if (line) ({ arrived, keepsBack } = line);
    isOnline = true;
    engine.ask_now();
  },
};
