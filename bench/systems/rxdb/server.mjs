//! RxDB's replication over HTTP: a conflict is an assumed master state that is not the present one. SQLite, synchronous=FULL.
import { createServer } from "node:http";
import Database from "better-sqlite3";
import { WebSocketServer } from "ws";
import { control } from "../../control.mjs";
import { isValid, taskOf } from "../../task.mjs";

const database = new Database(`${process.env.DATA}/rxdb.sqlite`);
database.pragma("journal_mode=WAL");
database.pragma("synchronous=FULL");
database.exec(
  "create table task (id text primary key, body text, position integer); create index task_position on task (position)",
);
const find = database.prepare("select body from task where id = ?").pluck();
const put = database.prepare(
  "insert into task values (?, ?, ?) on conflict (id) do update set body = excluded.body, position = excluded.position",
);
const after = database.prepare("select body, position from task where position > ? order by position limit ?");
const count = database.prepare("select count(*) from task").pluck();
let position = 0;
const keep = task => put.run(task.id, JSON.stringify(task), ++position);

const push = database.transaction(rows => {
  const [conflicts, accepted] = [[], []];
  for (const { newDocumentState: task, assumedMasterState: assumed } of rows) {
    const present = find.get(task.id);
    if (present && JSON.parse(present).updated_at !== assumed?.updated_at) conflicts.push(JSON.parse(present));
    else if (isValid(task)) {
      keep(task);
      accepted.push(task);
    }
  }
  return { conflicts, accepted };
});

const server = createServer(async (request, response) => {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-allow-headers", "*");
  if (request.method === "OPTIONS") return response.end();
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = JSON.parse(Buffer.concat(pieces));
  response.setHeader("content-type", "application/json");
  if (request.url === "/pull") {
    const rows = after.all(body.checkpoint?.position ?? 0, body.limit);
    const checkpoint = rows.length > 0 ? { position: rows.at(-1).position } : (body.checkpoint ?? null);
    return response.end(`{"documents":[${rows.map(row => row.body)}],"checkpoint":${JSON.stringify(checkpoint)}}`);
  }
  const { conflicts, accepted } = push(body);
  response.end(JSON.stringify(conflicts));
  if (accepted.length === 0) return;
  const news = JSON.stringify({ documents: accepted, checkpoint: { position } });
  for (const socket of sockets.clients) socket.send(news);
});
const sockets = new WebSocketServer({ server });
server.listen(Number(process.env.PORT), "127.0.0.1");
control({
  count: () => count.get(),
  seed: database.transaction(wanted => {
    for (let number = 0; number < wanted; number++) keep({ ...taskOf("seed", number), _deleted: false });
  }),
});
