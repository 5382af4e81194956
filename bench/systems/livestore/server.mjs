//! `wrangler dev` with LiveStore's sync backend in a Durable Object, all of it on this machine.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { control } from "../../control.mjs";
import { family } from "../../family.mjs";
import { taskOf } from "../../task.mjs";

const { PORT, DATA } = process.env;
/** As the schema names it, which Node cannot load. */
const TASK_ADDED = "v1.TaskAdded";
const SEED_BATCH = 2_000;
const START_MS_MAX = 60_000;
const LOOK_MS = 100;
const options = [
  ...["dev", "--local", "--ip", "127.0.0.1", "--port", PORT, "--inspector-port", String(Number(PORT) + 100)],
  ...["--persist-to", DATA, "--log-level", "error", "--show-interactive-dev-session=false"],
];
const wrangler = spawn(process.execPath, ["node_modules/wrangler/bin/wrangler.js", ...options], {
  cwd: import.meta.dirname,
  env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1", NODE_OPTIONS: "" },
  stdio: ["ignore", "inherit", "inherit"],
});

process.on("exit", () => {
  for (const id of family(wrangler.pid).reverse()) process.kill(id, "SIGKILL");
  // What it bundled, it put beside its settings.
  rmSync(join(import.meta.dirname, ".wrangler"), { recursive: true, force: true });
});
process.on("SIGTERM", () => process.exit(0));

async function ask(path, body) {
  const answer = await fetch(
    `http://127.0.0.1:${PORT}/bench/${path}`,
    body && { method: "POST", body: JSON.stringify(body) },
  );
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const began = performance.now();
while (!(await ask("count").catch(() => null))) {
  if (performance.now() - began > START_MS_MAX) throw new Error("wrangler does not answer");
  await new Promise(resolve => setTimeout(resolve, LOOK_MS));
}
const isWorkerd = id => readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0")[0].endsWith("workerd");
control({
  count: async () => (await ask("count")).count,
  async seed(wanted) {
    for (let from = 0; from < wanted; from += SEED_BATCH) {
      const count = Math.min(SEED_BATCH, wanted - from);
      const tasks = Array.from({ length: count }, (_, index) => taskOf("seed", from + index));
      await ask("seed", { from, name: TASK_ADDED, tasks });
    }
  },
  processes: () => family(wrangler.pid).filter(isWorkerd),
});
