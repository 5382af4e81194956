//! What a browser loads may not grow unnoticed: bytes after brotli, by kind, against what was allowed when it was looked at last.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("./dist", import.meta.url));
/** What is loaded behind the first screen, whatever it is. */
const LATER = "js that the first screen does not wait for";
/** What is allowed, and what the design asks for in the end (issue 4), kilobytes. */
const BUDGETS = {
  wasm: { allowed: 572, aim: 130 },
  js: { allowed: 90, aim: 90 },
  [LATER]: { allowed: 24, aim: 24 },
  css: { allowed: 15, aim: 15 },
};
/** The service worker's own, which no page waits for. */
const APART = /^(sw|workbox-.*|registerSW)\.js/;

const shell = readFileSync(join(dist, "index.html"), "utf8");
const sums = Object.fromEntries(Object.keys(BUDGETS).map(kind => [kind, 0]));
for (const name of readdirSync(dist, { recursive: true })) {
  const loaded = name.replace(/\.br$/, "");
  const isLater = extname(loaded) === ".js" && !shell.includes(loaded);
  const kind = isLater ? LATER : extname(loaded).slice(1);
  if (!name.endsWith(".br") || !(kind in sums) || APART.test(name)) continue;
  sums[kind] += readFileSync(join(dist, name)).length / 1000;
}
let isOver = false;
for (const [kind, { allowed, aim }] of Object.entries(BUDGETS)) {
  const found = sums[kind];
  const words = `${kind}: ${found.toFixed(1)} kB brotli, ${allowed} allowed, ${aim} aimed at`;
  if (found > allowed || found === 0) {
    isOver = true;
    process.stderr.write(
      `${words}: ${found === 0 ? "nothing is there, so nothing is measured" : `${(found - allowed).toFixed(1)} kB too much`}\n`,
    );
  } else process.stdout.write(`    ${words}\n`);
}
process.exit(isOver ? 1 : 0);
