//! A PostgreSQL of the tests' own: Debian's programs, a temporary folder, a port that was free, and gone with whoever started it.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_PATIENCE_MS = 60_000;
const VERSIONS = "/usr/lib/postgresql";

/** Who its processes are: PostgreSQL refuses to be run by root. */
type Identity = { uid: number; gid: number } | undefined;

export class Postgres {
  readonly #folder: string;
  readonly #port: number;
  readonly #identity: Identity;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, identity: Identity) {
    this.#folder = folder;
    this.#port = port;
    this.#identity = identity;
  }

  static async start(): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), "landfall-postgres-"));
    const identity = process.getuid?.() === 0 ? unprivileged() : undefined;
    if (identity) chownSync(folder, identity.uid, identity.gid);
    const postgres = new Postgres(folder, await freePort(), identity);
    const made = ["-U", "landfall", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", postgres.#data];
    postgres.#run("initdb", made);
    await postgres.#serve();
    return postgres;
  }

  /** An empty database, by its address as `--database` takes it. */
  newDatabase(): string {
    const name = `board_${randomUUID().replaceAll("-", "")}`;
    this.#run("createdb", ["-h", "127.0.0.1", "-p", String(this.#port), "-U", "landfall", name]);
    return `postgres://landfall@127.0.0.1:${this.#port}/${name}`;
  }

  async end(): Promise<void> {
    const server = this.#process;
    if (server && server.exitCode === null) {
      const ended = new Promise(resolve => server.once("exit", resolve));
      // An immediate shutdown: nothing is written to its end, and no process is left behind.
      server.kill("SIGQUIT");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  async #serve(): Promise<void> {
    const log = join(this.#folder, "log");
    const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=32MB"];
    const words = ["-D", this.#data, "-p", String(this.#port), ...settings.flatMap(setting => ["-c", setting])];
    const heard = openSync(log, "a");
    this.#process = spawn(program("postgres"), words, { ...this.#place, stdio: ["ignore", heard, heard] });
    const since = Date.now();
    while (spawnSync(program("pg_isready"), ["-h", "127.0.0.1", "-p", String(this.#port)]).status !== 0) {
      if (this.#process.exitCode !== null || Date.now() - since > START_PATIENCE_MS)
        throw new Error(`PostgreSQL does not start: ${readFileSync(log, "utf8")}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  #run(name: string, words: string[]): void {
    execFileSync(program(name), words, { ...this.#place, stdio: "pipe" });
  }

  get #place(): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
    return { cwd: this.#folder, env: { ...process.env, LC_ALL: "C" }, ...this.#identity };
  }
}

/** Of the newest that is installed, or in the folder that `LANDFALL_POSTGRES` names. */
function program(name: string): string {
  const folders = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((one, other) => Number(other) - Number(one)) : [];
  const named = process.env.LANDFALL_POSTGRES;
  const found = [...(named ? [named] : []), ...folders.map(version => join(VERSIONS, version, "bin"))];
  const folder = found.find(folder => existsSync(join(folder, "initdb")));
  if (!folder)
    throw new Error("PostgreSQL is missing: say `apt-get install postgresql`, or name its folder in LANDFALL_POSTGRES");
  return join(folder, name);
}

/** Debian's package makes a user of its own. */
function unprivileged(): { uid: number; gid: number } {
  const id = Number(spawnSync("id", ["-u", "postgres"]).stdout.toString().trim());
  return id > 0 ? { uid: id, gid: id } : { uid: 65_534, gid: 65_534 };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      const port = typeof address === "object" && address ? address.port : 0;
      listener.close(() => resolve(port));
    });
  });
}
