//! Where Landfall's time goes in one of the rows, by Chromium's sampling profiler: `node profile.mjs local 5000`, after
//! `cargo xtask build --release --names`, which leaves the engine the names of its functions.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, Device, Server } from "./stage.mjs";

const SYSTEM = "landfall";
const PORTS = { server: 21_900, control: 21_901 };
const SAMPLE_US = 200;
const CAP_MS = 120_000;
const IDLE_MS = 4_000;
const OWN_SHOWN = 30;
const WITHIN_SHOWN = 60;
process.env.LANDFALL_BIN ??= join(import.meta.dirname, "../target/release/landfall");

const [row = "local", words = "5000"] = process.argv.slice(2);
const count = Number(words);
const scratch = mkdtempSync(join(tmpdir(), "landfall-profile-"));
const { page } = await bundle(SYSTEM, scratch);
const server = await Server.start(SYSTEM, scratch, page, PORTS);
const entered = await server.ask("/enter");
const profile = join(scratch, "profile");
const start = () => Device.start(profile, { page: PORTS.server, server, entered });

/** What is done before the profiler starts, and what it looks at. */
const ROWS = {
  local: {
    async before(device) {
      await device.opens("profile", false);
      await device.does("local", "warm", 50, CAP_MS);
      return device;
    },
    measured: device => device.does("local", "a", count, CAP_MS),
  },
  durable: {
    async before(device) {
      await device.opens("profile", false);
      return device;
    },
    measured: device => device.does("durable", "a", count),
  },
  landed: {
    async before(device) {
      await device.opens("profile", false);
      await device.does("durable", "a", count);
      return device;
    },
    async measured(device) {
      const began = performance.now();
      await device.does("goOnline");
      await server.ask(`/wait?count=${count}&ms=${CAP_MS}`);
      return { ms: performance.now() - began };
    },
  },
  fresh: {
    async before(device) {
      await server.ask(`/seed?count=${count}`);
      return device;
    },
    measured: device => device.does("cold", device.options("profile", true), count, CAP_MS),
  },
  cold: {
    async before(device) {
      await server.ask(`/seed?count=${count}`);
      await device.does("cold", device.options("profile", true), count, CAP_MS);
      await new Promise(resolve => setTimeout(resolve, IDLE_MS));
      await device.close();
      return start();
    },
    measured: device => device.does("cold", device.options("profile", false), count, CAP_MS),
  },
};
if (!ROWS[row]) throw new Error(`there is no row ${row}; there are ${Object.keys(ROWS).join(", ")}`);

const device = await ROWS[row].before(await start());
const devtools = await device.context.newCDPSession(device.tab);
await devtools.send("Profiler.enable");
await devtools.send("Profiler.setSamplingInterval", { interval: SAMPLE_US });
await devtools.send("Profiler.start");
console.log(JSON.stringify(await ROWS[row].measured(device)));
tell((await devtools.send("Profiler.stop")).profile);
await device.close();
await server.stop();
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });

/** Prints the functions in which most time was spent: of their own, and with what they called. */
function tell({ nodes, samples, timeDeltas }) {
  const known = new Map(nodes.map(node => [node.id, node]));
  const callerOf = new Map(nodes.flatMap(node => (node.children ?? []).map(child => [child, node.id])));
  const nameOf = ({ callFrame: { functionName, url, lineNumber, columnNumber } }) =>
    `${(functionName || "(anonymous)").replace(/::h[0-9a-f]{16}/, "").slice(0, 120)}${url.endsWith(".js") ? ` ${lineNumber}:${columnNumber}` : ""}`;
  const [own, within] = [new Map(), new Map()];
  const add = (sums, name, ms) => sums.set(name, (sums.get(name) ?? 0) + ms);
  for (const [index, sample] of samples.entries()) {
    const ms = timeDeltas[index] / 1000;
    let node = known.get(sample);
    add(own, nameOf(node), ms);
    const names = new Set();
    for (; node; node = known.get(callerOf.get(node.id))) names.add(nameOf(node));
    for (const name of names) add(within, name, ms);
  }
  const print = (title, sums, shown) => {
    console.log(`\n${title}, ms`);
    for (const [name, ms] of [...sums].sort(([, one], [, other]) => other - one).slice(0, shown)) {
      console.log(`${ms.toFixed(1).padStart(9)}  ${name}`);
    }
  };
  print("spent in", own, OWN_SHOWN);
  print("spent in, and in what it called", within, WITHIN_SHOWN);
}
