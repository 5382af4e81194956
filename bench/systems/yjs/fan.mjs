//! Its own client library at each end.
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { fan } from "../../fan.mjs";
import { taskOf } from "../../task.mjs";

async function connect() {
  const document = new Y.Doc();
  const options = { disableBc: true, WebSocketPolyfill: WebSocket };
  const provider = new WebsocketProvider(`ws://127.0.0.1:${process.env.PORT}`, "room", document, options);
  await new Promise(resolve => provider.once("sync", resolve));
  return document;
}
await fan({
  async follow(told) {
    (await connect()).getMap("tasks").observe(event => told(event.keysChanged.size));
  },
  async issuer() {
    const document = await connect();
    return number => {
      const task = taskOf("fan", number);
      document.transact(() => document.getMap("tasks").set(task.id, new Y.Map(Object.entries(task))));
    };
  },
});
