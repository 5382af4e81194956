//! Sockets that are told, and a pull over HTTP each time; without the work of its client library.
import { Agent, request as ask } from "node:http";
import WebSocket from "ws";
import { fan } from "../../fan.mjs";
import { taskOf } from "../../task.mjs";

const port = Number(process.env.PORT);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const post = (path, body) =>
  new Promise((resolve, reject) => {
    const request = ask({ port, host: "127.0.0.1", path, method: "POST", agent }, async response => {
      const pieces = [];
      for await (const piece of response) pieces.push(piece);
      resolve(JSON.parse(Buffer.concat(pieces)));
    });
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
let clients = 0;
await fan({
  async follow(told) {
    const clientGroupID = `group-${clients++}`;
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await new Promise(resolve => socket.on("open", resolve));
    let cookie = 0;
    let isPulling = false;
    let again = false;
    socket.on("message", async () => {
      again = true;
      if (isPulling) return;
      isPulling = true;
      while (again) {
        again = false;
        const answer = await post("/pull", { clientGroupID, cookie });
        cookie = answer.cookie;
        told(answer.patch.length);
      }
      isPulling = false;
    });
  },
  issuer: async () => {
    let batch = [];
    return async number => {
      batch.push({ clientID: "issuer", id: number + 1, name: "add", args: taskOf("fan", number) });
      if (batch.length < 10) return;
      const mutations = batch;
      batch = [];
      await post("/push", { clientGroupID: "issuer", mutations });
    };
  },
});
