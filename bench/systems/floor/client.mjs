//! The lower bound: a map, a log in IndexedDB with one transaction at a time, JSON over one WebSocket. No conflicts, no rollback, one tab.
import { newest, PROJECT } from "../../task.mjs";

const tasks = new Map();
const followers = [];
let database;
let socket;
let port;
let unsaved = [];
let unsent = [];
let isSaving = false;
let idle = [];
/** Does nothing but the greeting go out, as on a line that is stalled upstream? */
let keepsBack = false;
let savesSoon = false;
let sendsSoon = false;
const SEND_MAX = 1_000;

const asked = request =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function save() {
  if (isSaving || unsaved.length === 0) return;
  isSaving = true;
  const batch = unsaved;
  unsaved = [];
  const transaction = database.transaction("log", "readwrite");
  transaction.objectStore("log").add(batch);
  transaction.oncomplete = () => {
    isSaving = false;
    if (unsaved.length > 0) return save();
    for (const resolve of idle) resolve();
    idle = [];
  };
}

function take(some) {
  for (const task of some) tasks.set(task.id, task);
  tell(some);
}

/** What others did goes beneath what is not sent yet: that is undone, and done again on top. */
function takeBeneath(some) {
  for (const { id } of unsent) tasks.delete(id);
  for (const task of some) tasks.set(task.id, task);
  for (const task of unsent) tasks.set(task.id, task);
  tell(some);
}

function tell(some) {
  for (const told of followers) told(some.map(task => task.id));
  unsaved.push(...some.map(task => JSON.stringify(task)));
  if (savesSoon) return;
  savesSoon = true;
  queueMicrotask(() => {
    savesSoon = false;
    save();
  });
}

function send() {
  if (sendsSoon || keepsBack || socket?.readyState !== WebSocket.OPEN) return;
  sendsSoon = true;
  queueMicrotask(() => {
    sendsSoon = false;
    for (let from = 0; from < unsent.length; from += SEND_MAX) {
      socket.send(JSON.stringify({ push: unsent.slice(from, from + SEND_MAX) }));
    }
    unsent = [];
  });
}

export default {
  async open(options) {
    port = options.port;
    const opening = indexedDB.open(options.name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("log", { autoIncrement: true });
    database = await asked(opening);
    for (const batch of await asked(database.transaction("log").objectStore("log").getAll())) {
      for (const text of batch) {
        const task = JSON.parse(text);
        tasks.set(task.id, task);
      }
    }
    if (options.online) await this.goOnline();
    else unsent = [...tasks.values()];
  },
  mutate(task) {
    take([task]);
    unsent.push(task);
    send();
  },
  subscribe: told => void followers.push(told),
  size: () => tasks.size,
  query: () => newest([...tasks.values()].filter(task => task.project === PROJECT)),
  flushed: () =>
    !isSaving && unsaved.length === 0 && !savesSoon ? Promise.resolve() : new Promise(resolve => idle.push(resolve)),
  goOnline: line =>
    new Promise(resolve => {
      keepsBack = line?.keepsBack ?? false;
      socket = new WebSocket(`ws://127.0.0.1:${port}`);
      socket.onopen = () => {
        socket.send('{"pull":true}');
        send();
        resolve();
      };
      socket.onmessage = ({ data }) => {
        line?.arrived();
        takeBeneath(JSON.parse(data).tasks);
      };
    }),
};
