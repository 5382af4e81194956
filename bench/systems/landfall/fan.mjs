//! Members' sockets that follow in JSON, and one that issues.
import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { fan } from "../../fan.mjs";
import { taskOf } from "../../task.mjs";

const { PORT, CONTROL } = process.env;
const enter = async () => (await fetch(`http://127.0.0.1:${CONTROL}/enter`)).json();
const one = await enter();

/** Sockets of one person: what is measured is the server, not the number of its members. */
async function connect(heard) {
  const { cookie, entered } = one;
  const socket = new WebSocket(`ws://localhost:${PORT}/sync`, "landfall.json.1", {
    headers: { cookie, origin: `http://localhost:${PORT}` },
  });
  const device = randomUUID();
  await new Promise(resolve => socket.on("open", resolve));
  await new Promise(resolve => {
    socket.on("message", data => {
      const message = JSON.parse(data);
      if (message.caught_up) resolve();
      else heard?.(message);
    });
    socket.on("close", (code, reason) => console.error("closed", code, String(reason)));
    socket.send(
      JSON.stringify({
        hello: { log: entered.log, device, cursor: { epoch: 0, position: 0 }, protocol: 1, schema: 0 },
      }),
    );
  });
  return { socket, entered, device };
}

await fan({
  follow: told => connect(message => told(message.recorded ? 1 : (message.records?.length ?? 0))).then(() => undefined),
  async issuer() {
    const { socket, entered } = await connect();
    let after = null;
    return number => {
      const task = taskOf("fan", number);
      const id = randomUUID();
      const body = {
        task: randomUUID(),
        board: entered.board,
        column: entered.column,
        title: task.title,
        steps: [],
        labels: [task.project],
        priority: "normal",
      };
      socket.send(
        JSON.stringify({
          submit: [{ id, after, issued: Date.now(), command: { type: "add_task", version: 1, body } }],
        }),
      );
      after = id;
    };
  },
});
