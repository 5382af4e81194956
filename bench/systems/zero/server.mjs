//! PostgreSQL, the two endpoints that Zero's cache asks, and the cache itself with one sync worker.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { mustGetMutator, mustGetQuery } from "@rocicorp/zero";
import { handleMutateRequest, handleQueryRequest } from "@rocicorp/zero/server";
import { zeroPostgresJS } from "@rocicorp/zero/server/adapters/postgresjs";
import Sqlite from "@rocicorp/zero-sqlite3";
import postgres from "postgres";
import { control } from "../../control.mjs";
import { family } from "../../family.mjs";
import { taskOf } from "../../task.mjs";
import { startPostgres } from "./postgres.mjs";
import { mutators, queries, schema } from "./schema.mjs";

const { DATA } = process.env;
const PORT = Number(process.env.PORT);
const PORTS = { changes: PORT + 50, database: PORT + 51, endpoints: PORT + 52 };
const REPLICA = join(DATA, "replica.sqlite");
const USER = "bench";
const SEED_BATCH = 1_000;
const SEED_MS_MAX = 120_000;
const START_MS_MAX = 60_000;
const LOOK_MS = 100;

const database = startPostgres(PORTS.database);
let cache;
process.on("exit", () => {
  for (const id of cache ? family(cache.pid).reverse() : []) process.kill(id, "SIGKILL");
  database.stop();
});
process.on("SIGTERM", () => process.exit(0));
const sql = postgres(database.address, { max: 8, onnotice: () => {} });
await sql`create table task (id text primary key, title text not null, status text not null, assignee text not null,
  project text not null, updated_at double precision not null, priority double precision not null)`;
await sql`create index on task (project, updated_at)`;
const dbProvider = zeroPostgresJS(schema, sql);

const answers = {
  "/mutate": (query, body) =>
    handleMutateRequest({
      ...{ dbProvider, userID: USER, query, body, logLevel: "error" },
      handler: transact => transact((tx, name, args) => mustGetMutator(mutators, name).fn({ tx, args, ctx: {} })),
    }),
  "/query": (query, body) =>
    handleQueryRequest({
      ...{ schema, userID: USER, query, body, logLevel: "error" },
      handler: (name, args) => mustGetQuery(queries, name).fn({ args, ctx: {} }),
    }),
};
createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { pathname, searchParams } = new URL(request.url, "http://endpoints");
  try {
    const answer = await answers[pathname](searchParams, JSON.parse(Buffer.concat(pieces)));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end(String(error));
  }
}).listen(PORTS.endpoints, "127.0.0.1");

cache = spawn(process.execPath, ["node_modules/@rocicorp/zero/out/zero/src/cli.js"], {
  cwd: import.meta.dirname,
  stdio: ["ignore", "inherit", "inherit"],
  env: {
    ...process.env,
    NODE_OPTIONS: "",
    NODE_ENV: "development",
    DO_NOT_TRACK: "1",
    ZERO_UPSTREAM_DB: database.address,
    ZERO_PORT: String(PORT),
    ZERO_CHANGE_STREAMER_PORT: String(PORTS.changes),
    ZERO_REPLICA_FILE: REPLICA,
    ZERO_MUTATE_URL: `http://127.0.0.1:${PORTS.endpoints}/mutate`,
    ZERO_QUERY_URL: `http://127.0.0.1:${PORTS.endpoints}/query`,
    ZERO_ADMIN_PASSWORD: "bench",
    ZERO_LOG_LEVEL: "error",
    ZERO_NUM_SYNC_WORKERS: "1",
    ZERO_ENABLE_TELEMETRY: "false",
  },
});
const began = performance.now();
const isUp = () =>
  fetch(`http://127.0.0.1:${PORT}/`).then(
    answer => answer.ok,
    () => false,
  );
while (!(await isUp())) {
  if (performance.now() - began > START_MS_MAX) throw new Error("zero-cache does not answer");
  await new Promise(resolve => setTimeout(resolve, LOOK_MS));
}

/** Until the cache has taken so many over from PostgreSQL into its replica. */
async function replicated(wanted) {
  const replica = new Sqlite(REPLICA, { readonly: true });
  const count = replica.prepare("select count(*) from task").pluck();
  const began = performance.now();
  while (count.get() < wanted) {
    if (performance.now() - began > SEED_MS_MAX) throw new Error(`the cache has ${count.get()} of ${wanted}`);
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
  replica.close();
}

const postmaster = () => Number(readFileSync(join(database.data, "postmaster.pid"), "utf8").split("\n")[0]);
control({
  count: async () => (await sql`select count(*)::int as count from task`)[0].count,
  async seed(wanted) {
    for (let from = 0; from < wanted; from += SEED_BATCH) {
      const count = Math.min(SEED_BATCH, wanted - from);
      await sql`insert into task ${sql(Array.from({ length: count }, (_, index) => taskOf("seed", from + index)))}`;
    }
    await replicated(wanted);
  },
  processes: () => [process.pid, ...family(cache.pid), ...family(postmaster())],
});
