//! Rows that no rival has: `node own.mjs [--rows rebase,pending] [--runs 3] [--out .]`, with the release server in `LANDFALL_BIN`.
//!
//! Rows that go through an adapter run beside the floor, where it has them; those of the product's own page are Playwright specs in `web/e2e/bench`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import imports from "./own/import.mjs";
import load from "./own/load.mjs";
import pending from "./own/pending.mjs";
import rebase from "./own/rebase.mjs";
import scroll from "./own/scroll.mjs";
import { inRealPage } from "./own/spec.mjs";
import tabs from "./own/tabs.mjs";
import { conditions, median, spread } from "./report.mjs";
import { run } from "./rows.mjs";
import { bundle, serves } from "./stage.mjs";

const ROWS = { rebase, pending, tabs, scroll, import: imports, load };
const FIRST_PORT = 21_600;
process.env.LANDFALL_BIN ??= join(import.meta.dirname, "../target/release/landfall");

const { values: given } = parseArgs({
  options: {
    rows: { type: "string", default: Object.keys(ROWS).join(",") },
    runs: { type: "string", default: "3" },
    /** Where the table is written, as `own.md`; nowhere, without. */
    out: { type: "string" },
  },
});
const wanted = given.rows.split(",");
const unknown = wanted.find(name => !ROWS[name]);
if (unknown) throw new Error(`there is no row ${unknown}; there are ${Object.keys(ROWS).join(", ")}`);

const scratch = mkdtempSync(join(tmpdir(), "landfall-own-"));
const systems = ["landfall", "floor"].map((name, index) => ({
  name,
  ports: { server: FIRST_PORT + index * 2, control: FIRST_PORT + index * 2 + 1 },
  figures: {},
  failures: [],
}));
const [ours, floor] = systems;
if (wanted.some(name => ROWS[name].measure)) {
  for (const system of systems) system.page = (await bundle(system.name, scratch)).page;
  floor.served = await serves(floor.page);
}

for (let time = 1; time <= Number(given.runs); time++) {
  for (const name of wanted) {
    const row = ROWS[name];
    for (const system of row.measure ? systems.filter(({ name }) => !row.lacks?.[name]) : [ours]) {
      const load = readFileSync("/proc/loadavg", "utf8").split(" ")[0];
      try {
        const where = { scratch, page: system.page, ports: system.ports, servedPort: system.served?.port };
        const figures = row.spec
          ? await inRealPage(row.spec, scratch)
          : await run(`own-${name}`, row.measure, system.name, where);
        for (const [key, value] of Object.entries(figures))
          system.figures[`${name} ${key}`] = [...(system.figures[`${name} ${key}`] ?? []), value];
        const words = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(1)}`);
        console.log(`run ${time} ${name} ${system.name} (load ${load}): ${words.join(", ")}`);
      } catch (error) {
        system.failures.push(`${name}: ${error.message.split("\n")[0].slice(0, 160)}`);
        console.log(`run ${time} ${name} ${system.name}: ${error.message.slice(0, 2_000)}`);
      }
    }
  }
}
floor.served?.close();

const text = table();
console.log(`\n${text}`);
if (given.out) writeFileSync(join(given.out, "own.md"), text);
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
process.exit(systems.some(({ failures }) => failures.length > 0) ? 1 : 0);

function table() {
  const lines = [
    "# Results of `cargo xtask bench own`",
    "",
    conditions(),
    `${given.runs} ${given.runs === "1" ? "run" : "runs"}; median (least to most). Small is good, except where a number of frames or changes is told.`,
    "",
    "| | Landfall | floor | ours ÷ floor | target |",
    "|---|---|---|---|---|",
  ];
  for (const name of wanted) {
    const { words, figures, lacks, measure } = ROWS[name];
    lines.push(`| **${words}** | | | | |`);
    for (const [key, what, unit, decimals, target] of figures) {
      const [own, least] = systems.map(system => system.figures[`${name} ${key}`]);
      const lacking = lacks?.floor ?? (measure ? "–" : "it has no page");
      const ratio = own && least ? (median(own) / median(least)).toFixed(1) : "–";
      const cells = [spread(own, decimals), least ? spread(least, decimals) : lacking, ratio, target];
      lines.push(`| ${what}, ${unit} | ${cells.join(" | ")} |`);
    }
  }
  const failures = systems.flatMap(system => system.failures.map(failure => `- ${system.name}, ${failure}`));
  if (failures.length > 0) lines.push("", "What failed:", "", ...failures);
  return `${lines.join("\n")}\n`;
}
