//! Push and pull for Replicache by its "global version" strategy: one version for all, a pull gets what is newer. SQLite, synchronous=FULL.
import { createServer } from "node:http";
import Database from "better-sqlite3";
import { WebSocketServer } from "ws";
import { control } from "../../control.mjs";
import { isValid, taskOf } from "../../task.mjs";

const database = new Database(`${process.env.DATA}/replicache.sqlite`);
database.pragma("journal_mode=WAL");
database.pragma("synchronous=FULL");
database.exec(`
  create table task (id text primary key, body text, version integer);
  create index task_version on task (version);
  create table client (id text primary key, client_group text, mutation integer, version integer);
  create index client_version on client (client_group, version)`);
const putTask = database.prepare(
  "insert into task values (?, ?, ?) on conflict (id) do update set body = excluded.body, version = excluded.version",
);
const putClient = database.prepare(
  "insert into client values (?, ?, ?, ?) on conflict (id) do update set mutation = excluded.mutation, version = excluded.version",
);
const lastOf = database.prepare("select mutation from client where id = ?").pluck();
const newer = database.prepare("select id, body from task where version > ?");
const clients = database.prepare("select id, mutation from client where client_group = ? and version > ?");
const count = database.prepare("select count(*) from task").pluck();
let version = 0;

const push = database.transaction(({ clientGroupID, mutations }) => {
  const next = version + 1;
  const last = new Map();
  for (const { clientID, id, args } of mutations) {
    const before = last.get(clientID) ?? lastOf.get(clientID) ?? 0;
    if (id <= before) continue;
    if (id > before + 1) break;
    if (isValid(args)) putTask.run(args.id, JSON.stringify(args), next);
    last.set(clientID, id);
  }
  for (const [client, mutation] of last) putClient.run(client, clientGroupID, mutation, next);
  version = next;
});

function pulled({ clientGroupID, cookie }) {
  const from = cookie ?? 0;
  const changes = Object.fromEntries(clients.all(clientGroupID, from).map(({ id, mutation }) => [id, mutation]));
  const patch = newer.all(from).map(({ id, body }) => `{"op":"put","key":"task/${id}","value":${body}}`);
  return `{"cookie":${version},"lastMutationIDChanges":${JSON.stringify(changes)},"patch":[${patch}]}`;
}

const server = createServer(async (request, response) => {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-allow-headers", "*");
  response.setHeader("access-control-max-age", "600");
  if (request.method === "OPTIONS") return response.end();
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = JSON.parse(Buffer.concat(pieces));
  response.setHeader("content-type", "application/json");
  if (!request.url.startsWith("/push")) return response.end(pulled(body));
  push(body);
  response.end("{}");
  for (const socket of sockets.clients) socket.send("pull");
});
const sockets = new WebSocketServer({ server });
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT), "127.0.0.1");
control({
  count: () => count.get(),
  seed: database.transaction(wanted => {
    version++;
    for (let number = 0; number < wanted; number++)
      putTask.run(taskOf("seed", number).id, JSON.stringify(taskOf("seed", number)), version);
  }),
});
