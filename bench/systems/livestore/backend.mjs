//! LiveStore's own sync backend in a Durable Object, which validates each event; and the bench's questions to it.
import { makeDurableObject, makeWorker, PERSISTENCE_FORMAT_VERSION } from "@livestore/sync-cf/cf-worker";
import { isValid } from "../../task.mjs";
import { STORE } from "./store.mjs";

const LOG = `eventlog_${PERSISTENCE_FORMAT_VERSION}_${STORE}`;
const CONTEXT = `context_${PERSISTENCE_FORMAT_VERSION}`;

export class Backend extends makeDurableObject({
  async onPush({ batch }) {
    const wrong = batch.find(({ args }) => !isValid(args));
    if (wrong) throw new Error(`not a task: ${JSON.stringify(wrong.args).slice(0, 100)}`);
  },
}) {
  /** How many events the log has. */
  count() {
    const { sql } = this.ctx.storage;
    const isThere = sql.exec("select 1 from sqlite_master where name = ?", LOG).toArray().length > 0;
    return isThere ? sql.exec(`select count(*) as count from "${LOG}"`).one().count : 0;
  }

  /** Puts tasks into the log as if a client had pushed them; the tables are as its `sqlite.js` makes them. */
  seed(from, name, tasks) {
    const { sql } = this.ctx.storage;
    sql.exec(
      `create table if not exists "${LOG}" (seqNum integer primary key not null, parentSeqNum integer not null, name text not null,
       args text, createdAt text not null, clientId text not null, sessionId text not null) strict`,
    );
    sql.exec(
      `create table if not exists "${CONTEXT}" (storeId text primary key not null, currentHead integer not null, backendId text not null) strict`,
    );
    this.ctx.storage.transactionSync(() => {
      for (const [index, task] of tasks.entries()) {
        const position = from + index + 1;
        const created = new Date(task.updated_at).toISOString();
        sql.exec(
          `insert into "${LOG}" values (?, ?, ?, ?, ?, 'seed', 'seed')`,
          ...[position, position - 1, name, JSON.stringify(task), created],
        );
      }
      sql.exec(`insert or replace into "${CONTEXT}" values (?, ?, 'seeded')`, STORE, from + tasks.length);
    });
  }
}

const sync = makeWorker({ syncBackendBinding: "BACKEND", enableCORS: true });

export default {
  async fetch(request, environment, context) {
    const { pathname } = new URL(request.url);
    const backend = environment.BACKEND.get(environment.BACKEND.idFromName(STORE));
    if (pathname === "/bench/count") return Response.json({ count: await backend.count() });
    if (pathname === "/bench/seed") {
      const { from, name, tasks } = await request.json();
      await backend.seed(from, name, tasks);
      return Response.json({});
    }
    return sync.fetch(request, environment, context);
  },
};
