//! Runs a bench that drives the product's own page: a Playwright spec in `web/e2e/bench`, which leaves its figures in a file.
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const WEB = join(import.meta.dirname, "../../web");
const CAP_MS = 1_800_000;
const PRINTED_BYTES_MAX = 16 << 20;

/** The figures of one run of this spec. */
export async function inRealPage(spec, scratch) {
  const file = join(scratch, `${spec}.json`);
  rmSync(file, { force: true });
  const words = ["test", `e2e/bench/${spec}.spec.ts`, "--project=chromium", "--workers=1", "--reporter=line"];
  const options = {
    cwd: WEB,
    timeout: CAP_MS,
    maxBuffer: PRINTED_BYTES_MAX,
    env: { ...process.env, LANDFALL_FIGURES: file },
  };
  try {
    await promisify(execFile)(join(WEB, "node_modules/.bin/playwright"), words, options);
  } catch (error) {
    const said = error.stdout || error.message;
    const reason = said.split("\n").find(line => line.includes("Error: ")) ?? "it did not end";
    throw new Error(`${spec}.spec.ts: ${reason.trim()}\n${said}`);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
