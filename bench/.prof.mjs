import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { bundle, Server, Device } from "./stage.mjs";
const scratch = mkdtempSync("/tmp/prof-");
const system = "landfall";
const { page } = await bundle(system, scratch);
const ports = { server: 21900, control: 21901 };
const server = await Server.start(system, scratch, page, ports);
const entered = await server.ask("/enter");
const what = process.argv[2] || "local";
const n = +(process.argv[3] || 3000);
if (what === "cold") await server.ask(`/seed?count=${n}`);
let d = await Device.start(join(scratch, "p1"), { page: ports.server, server, entered });
let cdp = await d.context.newCDPSession(d.tab);
const start = async () => {
  await cdp.send("Profiler.enable");
  await cdp.send("Profiler.setSamplingInterval", { interval: 200 });
  await cdp.send("Profiler.start");
};
let res;
if (what === "local") {
  await d.opens("x", false);
  await d.does("local", "warm", 50, 9000);
  await start();
  res = await d.does("local", "a", n, 20000);
}
if (what === "durable") {
  await d.opens("x", false);
  await start();
  res = await d.does("durable", "a", n);
}
if (what === "land") {
  await d.opens("x", false);
  await d.does("durable", "a", n);
  const c = server.ask(`/wait?count=${n}&ms=60000`);
  await start();
  const t = performance.now();
  await d.does("goOnline");
  await c;
  res = { ms: performance.now() - t };
  await new Promise(r => setTimeout(r, 500));
}
if (what === "cold" || what === "fresh") {
  if (what === "fresh") await server.ask(`/seed?count=${n}`);
  else {
    await d.does("cold", d.options("cold", true), n, 60000);
    await new Promise(r => setTimeout(r, 5000));
    await d.close();
    d = await Device.start(join(scratch, "p1"), { page: ports.server, server, entered });
    cdp = await d.context.newCDPSession(d.tab);
  }
  await start();
  res = await d.does("cold", d.options("cold", what === "fresh"), n, 60000);
}
const { profile } = await cdp.send("Profiler.stop");
console.log(JSON.stringify(res));
const nodes = new Map(profile.nodes.map(x => [x.id, x]));
const parent = new Map();
for (const x of profile.nodes) for (const c of x.children || []) parent.set(c, x.id);
const own = new Map(),
  incl = new Map();
let total = 0;
const nm = x => {
  const c = x.callFrame;
  return (
    (c.functionName || "(anon)").replace(/::h[0-9a-f]{16}/, "").slice(0, 120) +
    (c.url.endsWith(".js") ? "@" + c.lineNumber + ":" + c.columnNumber : "")
  );
};
profile.samples.forEach((s, i) => {
  const dt = profile.timeDeltas[i] / 1000;
  total += dt;
  let x = nodes.get(s);
  own.set(nm(x), (own.get(nm(x)) || 0) + dt);
  const seen = new Set();
  while (x) {
    const k = nm(x);
    if (!seen.has(k)) {
      seen.add(k);
      incl.set(k, (incl.get(k) || 0) + dt);
    }
    x = nodes.get(parent.get(x.id));
  }
});
const top = (m, k) =>
  [...m]
    .sort((a, b) => b[1] - a[1])
    .slice(0, k)
    .map(x => x[1].toFixed(1).padStart(8) + " " + x[0])
    .join("\n");
console.log("total", total.toFixed(0));
console.log("OWN\n" + top(own, 30));
console.log("INCL\n" + top(incl, 60));
await d.close();
await server.stop();
process.exit(0);
