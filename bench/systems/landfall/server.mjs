//! `landfall serve`, with the bench's page in it: a workspace with one board, and a member for each device.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { control } from "../../control.mjs";
import { taskOf } from "../../task.mjs";

const { PORT, DATA, PAGE, LANDFALL_BIN } = process.env;
const address = `http://localhost:${PORT}`;
const program = spawn(LANDFALL_BIN, ["serve", "--listen", `127.0.0.1:${PORT}`, "--data", DATA, "--page", PAGE], {
  stdio: ["ignore", "inherit", "inherit"],
});
process.on("SIGTERM", () => {
  program.kill("SIGTERM");
  process.exit(0);
});
const BATCH = 256;
const STAGES = ["ready", "claimed", "under_way", "in_review", "signed_off"];

async function ask(path, body, cookie) {
  const headers = { "content-type": "application/json", ...(cookie && { cookie }) };
  const say = () =>
    fetch(address + path, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  let answer = await say();
  // Whoever seeds is faster than one person may be. Sent again, a command counts once.
  while (answer.status === 429) {
    const { retry_after_ms } = await answer.json();
    await new Promise(resolve => setTimeout(resolve, retry_after_ms));
    answer = await say();
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return { body: await answer.json(), cookie: (answer.headers.get("set-cookie") ?? "").split(";")[0] };
}

for (let attempt = 0; ; attempt++) {
  const isUp = await fetch(`${address}/health`).then(
    answer => answer.ok,
    () => false,
  );
  if (isUp) break;
  if (attempt > 400) throw new Error("landfall does not answer");
  await new Promise(resolve => setTimeout(resolve, 25));
}

const owner = await ask("/api/found", { workspace: "Bench", name: "Ana" });
const { log, actor } = owner.body;
const [board, device, ...columns] = Array.from({ length: 2 + STAGES.length }, () => randomUUID());
const column = columns[0];
const issue = commands =>
  ask(
    `/api/logs/${log}/commands`,
    { device, commands: commands.map(command => ({ id: randomUUID(), after: null, issued: Date.now(), command })) },
    owner.cookie,
  );
await issue([
  {
    type: "create_board",
    version: 1,
    body: {
      board,
      name: "Bench",
      key: "BEN",
      columns: STAGES.map((stage, index) => ({ column: columns[index], name: stage, stage, limit: null })),
    },
  },
]);
const head = async () => (await ask(`/api/logs/${log}/records?after=1000000000&limit=1`, null, owner.cookie)).body.head;
const without = await head();
let entered = 0;

control({
  count: async () => (await head()) - without - Math.max(0, entered - 1),
  async seed(wanted) {
    for (let from = 0; from < wanted; from += BATCH) {
      const tasks = Array.from({ length: Math.min(BATCH, wanted - from) }, (_, index) => taskOf("seed", from + index));
      await issue(
        tasks.map(task => ({
          type: "add_task",
          version: 1,
          body: {
            task: randomUUID(),
            board,
            column,
            title: `${task.id} ${task.title}`,
            steps: [],
            labels: [task.status, task.project],
            priority: "normal",
          },
        })),
      );
    }
  },
  processes: () => [program.pid],
  more: {
    /** Somebody signs in at a new device: the founder first, then one who is invited each time. */
    "/enter": async () => {
      const place = { log, board, column };
      if (entered++ === 0) return { cookie: owner.cookie, entered: { ...place, actor } };
      const { body } = await ask("/api/invitations", { log, role: "member" }, owner.cookie);
      const joined = await ask("/api/join", { code: body.link.split("/").at(-1), name: `Guest ${entered}` });
      return { cookie: joined.cookie, entered: { ...place, actor: joined.body.actor } };
    },
  },
});
