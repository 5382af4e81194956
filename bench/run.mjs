//! Runs every step for every system in turn, so often, and writes the results: `node run.mjs --systems landfall,floor,yjs --runs 3`.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { picture, report } from "./report.mjs";
import { run, STEPS } from "./rows.mjs";
import { bundle, folderOf, serves } from "./stage.mjs";
import { SYSTEMS } from "./systems.mjs";

const { values: given } = parseArgs({
  options: {
    systems: { type: "string", default: Object.keys(SYSTEMS).join(",") },
    steps: { type: "string", default: Object.keys(STEPS).join(",") },
    runs: { type: "string", default: "3" },
    /** Systems that take minutes each time: run once, with the first run of the others. */
    once: { type: "string", default: "" },
    /** Where the results are written; nothing is, without. */
    out: { type: "string" },
  },
});
const scratch = mkdtempSync(join(tmpdir(), "landfall-bench-"));
const FIRST_PORT = 21_400;
const STEP_MS_MAX = 300_000;

const measured = [];
for (const [index, name] of given.systems.split(",").entries()) {
  if (!SYSTEMS[name]) throw new Error(`there is no system ${name}; there are ${Object.keys(SYSTEMS).join(", ")}`);
  if (!existsSync(join(folderOf(name), "node_modules"))) {
    console.log(`${name} is left out: it is not installed (npm install in ${folderOf(name)})`);
    continue;
  }
  const { page, brotli_kb } = await bundle(name, scratch);
  const served = SYSTEMS[name].ownServerServesPage ? undefined : await serves(page, SYSTEMS[name].isIsolated);
  const ports = { server: FIRST_PORT + index * 2, control: FIRST_PORT + index * 2 + 1 };
  measured.push({
    name,
    ...SYSTEMS[name],
    version: version(name),
    runs: given.once.split(",").includes(name) ? 1 : Number(given.runs),
    page,
    ports,
    served,
    brotli_kb,
    figures: {},
    failures: [],
  });
}

function version(name) {
  const { package: of } = SYSTEMS[name];
  if (!of)
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  return JSON.parse(readFileSync(join(folderOf(name), "node_modules", of, "package.json"), "utf8")).version;
}

for (let time = 1; time <= Number(given.runs); time++) {
  for (const step of given.steps.split(",")) {
    for (const system of measured) {
      if (system.lacks?.[step] || time > system.runs) continue;
      const load = readFileSync("/proc/loadavg", "utf8").split(" ")[0];
      let timer;
      try {
        const cap = new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`longer than ${STEP_MS_MAX} ms`)), STEP_MS_MAX);
        });
        const where = { scratch, page: system.page, ports: system.ports, servedPort: system.served?.port };
        const figures = await Promise.race([run(step, STEPS[step], system.name, where), cap]);
        for (const [row, value] of Object.entries(figures))
          system.figures[row] = [...(system.figures[row] ?? []), value];
        const words = Object.entries(figures).map(([row, value]) => `${row} ${value.toFixed(1)}`);
        console.log(`run ${time} ${step} ${system.name} (load ${load}): ${words.join(", ")}`);
      } catch (error) {
        system.failures.push(`${step}: ${error.message.split("\n")[0].slice(0, 160)}`);
        console.log(`run ${time} ${step} ${system.name}: ${error.message.slice(0, 400)}`);
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
for (const { served } of measured) served?.close();

const text = report(measured, Number(given.runs));
console.log(`\n${text}`);
if (given.out) {
  writeFileSync(join(given.out, "results.md"), text);
  writeFileSync(join(given.out, "results.svg"), picture(measured));
}
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
process.exit(measured.some(({ name, failures }) => name === "landfall" && failures.length > 0) ? 1 : 0);
