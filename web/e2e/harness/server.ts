//! The real server: `landfall serve` on a folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.LANDFALL_BIN ?? fileURLToPath(new URL("../../../target/debug/landfall", import.meta.url));

/** A record as `GET /api/logs/{log}/records` tells it. */
export type Recorded = {
  position: number;
  command: string;
  actor: string;
  device: string;
  at: number;
  outcome: { accepted: { type: string; version: number; body: Record<string, unknown> }[] } | { rejected: unknown };
};

/** One server, which can be killed and started again on the same port and data. */
export class Server {
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #port = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(folder: string): Promise<Server> {
    const server = new Server(folder);
    await server.startAgain();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Its process, while it runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What it said of itself, for reading after a failure. */
  get logFile(): string {
    return join(this.#folder, "server.log");
  }

  /**
   * With a `page`, that folder is served instead of the page inside the program: the next version of the app is out.
   * `env` is what is unusual about its process.
   */
  async startAgain(page?: string, env: Record<string, string> = {}): Promise<void> {
    const options = ["--listen", `127.0.0.1:${this.#port}`, "--data", join(this.#folder, "data")];
    if (page) options.push("--page", page);
    const child = spawn(PROGRAM, ["serve", ...options], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.#process = child;
    const log = createWriteStream(this.logFile, { flags: "a" });
    this.#port = await new Promise<number>((resolve, reject) => {
      let said = "";
      const hear = (bytes: Buffer) => {
        log.write(bytes);
        said += bytes.toString();
        const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (port) resolve(Number(port));
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("error", reject);
      child.once("exit", code => reject(new Error(`${PROGRAM} ended (${code}) before it told its address:\n${said}`)));
    });
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** Keeps what is on its disk now, as an image of the machine would; it must not run. Returns what puts the disk back to that. */
  async keepImage(): Promise<() => Promise<void>> {
    const [data, image] = [join(this.#folder, "data"), join(this.#folder, "image")];
    await cp(data, image, { recursive: true });
    return async () => {
      await rm(data, { recursive: true });
      await cp(image, data, { recursive: true });
    };
  }

  /** Runs another of the program's commands and returns what it printed. */
  static run(...words: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(PROGRAM, words, { stdio: ["ignore", "pipe", "pipe"] });
      let printed = "";
      child.stdout.on("data", (bytes: Buffer) => {
        printed += bytes.toString();
      });
      child.stderr.on("data", (bytes: Buffer) => {
        printed += bytes.toString();
      });
      child.once("error", reject);
      child.once("exit", code =>
        code === 0 ? resolve(printed) : reject(new Error(`landfall ${words.join(" ")} (${code}): ${printed}`)),
      );
    });
  }

  /** Every record of a log, in order, read with somebody's session cookie, past all proxies. */
  async records(log: string, cookie: string): Promise<Recorded[]> {
    const all: Recorded[] = [];
    for (;;) {
      const after = all.at(-1)?.position ?? 0;
      const answer = await fetch(`${this.address}/api/logs/${log}/records?after=${after}&limit=1000`, {
        headers: { cookie },
      });
      if (!answer.ok) throw new Error(`reading records: ${answer.status} ${await answer.text()}`);
      const page = (await answer.json()) as { head: number; records: Recorded[] };
      all.push(...page.records);
      if (page.records.length === 0 || (all.at(-1)?.position ?? 0) >= page.head) return all;
    }
  }
}
