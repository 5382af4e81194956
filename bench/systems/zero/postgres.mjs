//! A PostgreSQL of its own on an empty folder, as Zero wants it: Debian's, run by a user who is not root.
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAMS = process.env.POSTGRESQL_BIN ?? "/usr/lib/postgresql/15/bin";
const USER = "postgres";

function runs(program, ...words) {
  const command = [join(PROGRAMS, program), ...words];
  // PostgreSQL refuses to be run by root.
  const [file, ...rest] = process.getuid() === 0 ? ["runuser", "-u", USER, "--", ...command] : command;
  return execFileSync(file, rest, { cwd: "/", encoding: "utf8", stdio: ["ignore", "ignore", "inherit"] });
}

/** Starts it; tells its address, its folder, and how it is ended. */
export function startPostgres(port) {
  const folder = mkdtempSync(join(tmpdir(), "landfall-bench-postgres-"));
  if (process.getuid() === 0) {
    const id = flag => Number(execFileSync("id", [flag, USER], { encoding: "utf8" }));
    chownSync(folder, id("-u"), id("-g"));
  }
  const data = join(folder, "data");
  runs("initdb", "-D", data, "-A", "trust", "-U", USER);
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    wal_level: "logical",
    shared_buffers: "256MB",
  };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  runs("pg_ctl", "-D", data, "-l", join(folder, "log"), "-w", "-o", options.join(" "), "start");
  return {
    address: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    data,
    stop() {
      runs("pg_ctl", "-D", data, "-m", "immediate", "stop");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
