//! Sockets that follow, and one that issues.
import WebSocket from "ws";
import { fan } from "../../fan.mjs";
import { taskOf } from "../../task.mjs";

const connect = async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${process.env.PORT}`);
  await new Promise(resolve => socket.on("open", resolve));
  return socket;
};
await fan({
  async follow(told) {
    const socket = await connect();
    socket.on("message", data => told(JSON.parse(data).tasks.length));
    socket.send('{"pull":true}');
  },
  async issuer() {
    const socket = await connect();
    return number => socket.send(JSON.stringify({ push: [taskOf("fan", number)] }));
  },
});
