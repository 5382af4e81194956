//! The lower bound's server: validates each task, one SQLite transaction (WAL, synchronous=FULL) for all that came meanwhile, tells the others.
import Database from "better-sqlite3";
import { WebSocketServer } from "ws";
import { control } from "../../control.mjs";
import { isValid, taskOf } from "../../task.mjs";

const database = new Database(`${process.env.DATA}/floor.sqlite`);
database.pragma("journal_mode=WAL");
database.pragma("synchronous=FULL");
database.exec("create table task (position integer primary key, id text unique, body text)");
const put = database.prepare("insert or replace into task (id, body) values (?, ?)");
const all = database.prepare("select body from task order by position").pluck();
const count = database.prepare("select count(*) from task").pluck();
const keep = database.transaction(tasks => {
  for (const task of tasks) put.run(task.id, JSON.stringify(task));
});
const PAGE = 2_000;

const server = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" });
let came = [];

function write() {
  const batch = came;
  came = [];
  keep(batch.flatMap(({ tasks }) => tasks));
  let everything;
  for (const client of server.clients) {
    if (!client.follows) continue;
    const others = batch.filter(({ from }) => from !== client);
    if (others.length === 0) continue;
    const text = () => JSON.stringify({ tasks: others.flatMap(({ tasks }) => tasks) });
    client.send(others.length === batch.length ? (everything ??= text()) : text());
  }
}

server.on("connection", client =>
  client.on("message", data => {
    const message = JSON.parse(data);
    if (message.pull) {
      client.follows = true;
      const bodies = all.all();
      for (let from = 0; from < bodies.length; from += PAGE)
        client.send(`{"tasks":[${bodies.slice(from, from + PAGE)}]}`);
    }
    if (message.push) {
      if (came.length === 0) setImmediate(write);
      came.push({ from: client, tasks: message.push.filter(isValid) });
    }
  }),
);
control({
  count: () => count.get(),
  seed: wanted => keep(Array.from({ length: wanted }, (_, number) => taskOf("seed", number))),
});
