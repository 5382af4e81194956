//! y-websocket's own server, with LevelDB. It validates nothing and answers before anything is on disk.
import { WebSocketServer } from "ws";
import { control } from "../../control.mjs";
import { taskOf } from "../../task.mjs";

process.env.YPERSISTENCE = `${process.env.DATA}/level`;
const { setupWSConnection, docs, getYDoc } = await import("@y/websocket-server/utils");
const Y = await import("yjs");
const TRANSACTION = 1_000;

const server = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" });
server.on("connection", (socket, request) => setupWSConnection(socket, request));
control({
  count: () => docs.get("room")?.getMap("tasks").size ?? 0,
  seed(wanted) {
    const document = getYDoc("room");
    const tasks = document.getMap("tasks");
    for (let from = 0; from < wanted; from += TRANSACTION) {
      document.transact(() => {
        for (let number = from; number < Math.min(wanted, from + TRANSACTION); number++) {
          const task = taskOf("seed", number);
          tasks.set(task.id, new Y.Map(Object.entries(task)));
        }
      });
    }
  },
});
