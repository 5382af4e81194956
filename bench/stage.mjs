//! What a measurement stands on: a system's bundle, its server as a process of its own, browsers with profiles on disk.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { SYSTEMS } from "./systems.mjs";

const HERE = import.meta.dirname;
const WEB = join(HERE, "../web");
const required = createRequire(join(WEB, "package.json"));
const { chromium } = required("@playwright/test");
export const folderOf = system => join(HERE, "systems", system);

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const START_MS = 90_000;
const STOP_MS = 5_000;
/** As the tests start it; and nothing waits because no person looks. */
const FLAGS = [
  ...required("./e2e/harness/chromium-flags.json"),
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];

/** Bundles a system's adapter with what measures it, and alone; returns the folder, and how large the adapter is, brotli. */
export async function bundle(system, scratch) {
  const { build } = await import(required.resolve("vite").replace(/index\.cjs$/, "dist/node/index.js"));
  const make = async (name, code) => {
    const folder = join(scratch, system, name);
    mkdirSync(folder, { recursive: true });
    const entry = join(folderOf(system), `.entry-${name}.mjs`);
    writeFileSync(entry, code);
    await build({
      root: folderOf(system),
      configFile: false,
      logLevel: "error",
      define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
      resolve: { alias: { "landfall-wasm": join(WEB, "src/wasm") } },
      worker: {
        format: "es",
        rollupOptions: { output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]" } },
      },
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: "es2023",
        assetsInlineLimit: 0,
        modulePreload: false,
        rollupOptions: { input: entry, output: { entryFileNames: "app.js", assetFileNames: "[name][extname]" } },
      },
    });
    rmSync(entry);
    writeFileSync(
      join(folder, "index.html"),
      '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/app.js"></script>',
    );
    return folder;
  };
  const client = JSON.stringify(join(folderOf(system), "client.mjs"));
  const page = await make(
    "page",
    `import adapter from ${client}; import { measured } from "${join(HERE, "page.mjs")}"; measured(adapter);`,
  );
  const alone = await make("alone", `import adapter from ${client}; globalThis.adapter = adapter;`);
  const files = readdirSync(alone, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile() && entry.name !== "index.html",
  );
  const bytes = files.reduce((sum, { parentPath, name }) => sum + brotli(readFileSync(join(parentPath, name))), 0);
  return { page, brotli_kb: bytes / 1000 };
}

const brotli = bytes =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

/** A server for the page of a system that does not serve it itself; the page is isolated from other origins where the system gains by it. */
export async function serves(folder, isIsolated = false) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://page").pathname;
    try {
      const body = readFileSync(join(folder, path === "/" ? "index.html" : path));
      response.setHeader("content-type", KINDS[extname(path)] ?? "text/html");
      response.setHeader("cache-control", "no-cache");
      if (isIsolated) {
        response.setHeader("cross-origin-opener-policy", "same-origin");
        response.setHeader("cross-origin-embedder-policy", "require-corp");
      }
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, close: () => server.close() };
}

/** A system that brings a Node of its own is run by it. */
const environment = (system, ports) => ({
  ...process.env,
  PATH: `${join(folderOf(system), "node_modules/.bin")}:${process.env.PATH}`,
  PORT: String(ports.server),
  CONTROL: String(ports.control),
});

/** A server of a system on an empty folder of data. */
export class Server {
  static async start(system, scratch, page, ports) {
    const data = join(scratch, system, "data");
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    const child = spawn("node", ["--expose-gc", join(folderOf(system), "server.mjs")], {
      cwd: folderOf(system),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...environment(system, ports), DATA: data, PAGE: page },
    });
    const log = createWriteStream(join(scratch, system, "server.log"), { flags: "a" });
    child.stderr.pipe(log);
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("its server did not start")), START_MS);
      child.once("exit", code => reject(new Error(`its server ended with ${code}; see ${log.path}`)));
      child.stdout.on("data", said => {
        log.write(said);
        if (!String(said).includes("READY")) return;
        clearTimeout(timer);
        child.removeAllListeners("exit");
        resolve();
      });
    });
    return new Server(system, child, ports);
  }

  constructor(system, child, ports) {
    this.system = system;
    this.child = child;
    this.ports = ports;
  }

  async ask(question) {
    const answer = await fetch(`http://127.0.0.1:${this.ports.control}${question}`);
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  /** Runs the system's fan of clients and returns what it printed. */
  async fan(clients, count, cap_ms) {
    const child = spawn("node", [join(folderOf(this.system), "fan.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...environment(this.system, this.ports), CLIENTS: String(clients), COUNT: String(count) },
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), cap_ms);
    let printed = "";
    child.stdout.on("data", text => {
      printed += text;
    });
    await new Promise(resolve => child.once("exit", resolve));
    clearTimeout(timer);
    const line = printed.split("\n").find(text => text.startsWith("{"));
    if (!line) throw new Error(`no result within ${cap_ms} ms`);
    return JSON.parse(line);
  }

  async stop() {
    const gone = new Promise(resolve => this.child.once("exit", resolve));
    const end = signal => {
      try {
        process.kill(-this.child.pid, signal);
      } catch {
        // It is gone already.
      }
    };
    end("SIGTERM");
    const timer = setTimeout(() => end("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  }
}

/** A browser with a profile of its own on disk, and the system's page in it. */
export class Device {
  static async start(profile, { page, server, entered }) {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.LANDFALL_CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: FLAGS,
    });
    if (entered?.cookie) {
      const [name, ...value] = entered.cookie.split("=");
      await context.addCookies([
        { name, value: value.join("="), domain: "localhost", path: "/", httpOnly: true, sameSite: "Lax" },
      ]);
    }
    await context.addInitScript(() => {
      const memories = new Set();
      globalThis.wasmMemories = memories;
      for (const name of ["instantiate", "instantiateStreaming"]) {
        const before = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
          const made = await before.apply(WebAssembly, given);
          for (const one of Object.values((made.instance ?? made).exports))
            if (one instanceof WebAssembly.Memory) memories.add(one);
          return made;
        };
      }
    });
    const device = new Device(context, profile, page, server, entered);
    await device.load(context.pages()[0] ?? (await context.newPage()));
    return device;
  }

  /** Another tab of the same browser. */
  async beside() {
    const other = new Device(this.context, this.profile, this.page, this.server, this.entered);
    await other.load(await this.context.newPage());
    return other;
  }

  constructor(context, profile, page, server, entered) {
    Object.assign(this, { context, profile, page, server, entered });
  }

  async load(tab) {
    this.tab = tab;
    tab.on("pageerror", error => console.error(`  ${this.server.system}: ${String(error).slice(0, 300)}`));
    await this.reload();
  }

  async reload() {
    await this.tab.goto(`http://localhost:${this.page}/`);
    await this.tab.waitForFunction("globalThis.bench !== undefined");
  }

  /** Calls one of the page's functions. */
  does(name, ...given) {
    return this.tab.evaluate(([name, given]) => globalThis.bench[name](...given), [name, given]);
  }

  /** What an adapter is opened with. */
  options(name, online, more = {}) {
    return { name, port: this.server.ports.server, online, ...this.entered, ...more };
  }

  opens(name, online) {
    return this.does("open", this.options(name, online));
  }

  /** Takes what was opened offline online; tells when that was, by this browser's clock. */
  async goesOnline(name) {
    if (!SYSTEMS[this.server.system].onlineByReload) return this.does("goOnline");
    await this.reload();
    const began = await this.tab.evaluate("performance.timeOrigin + performance.now()");
    await this.opens(name, true);
    return began;
  }

  /** How far this browser's clock is ahead of the runner's, milliseconds. */
  async ahead() {
    const now = () => performance.timeOrigin + performance.now();
    let best = { took: Number.POSITIVE_INFINITY, ahead: 0 };
    for (let look = 0; look < 20; look++) {
      const before = now();
      const there = await this.tab.evaluate("performance.timeOrigin + performance.now()");
      const took = now() - before;
      if (took < best.took) best = { took, ahead: there - before - took / 2 };
    }
    return best.ahead;
  }

  async memoryMb() {
    const devtools = await this.context.newCDPSession(this.tab);
    for (let time = 0; time < 2; time++) await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    const wasm = await this.tab.evaluate(
      "[...wasmMemories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0)",
    );
    return { heap_mb: usedSize / (1 << 20), wasm_mb: wasm / (1 << 20) };
  }

  close() {
    return this.context.close();
  }
}
