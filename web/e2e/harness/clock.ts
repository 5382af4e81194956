//! A machine's wall clock, which jumps when the test says so: `clock.c`, loaded into a browser or a server.
import { execFileSync } from "node:child_process";
import { openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("./clock.c", import.meta.url));

export class Clock {
  /** For the process whose clock this is to be, and all that it starts. */
  readonly env: Record<string, string>;
  readonly #file: number;

  /** Right at first. Compiled by the C compiler that building Landfall needs anyway. */
  constructor(folder: string, name: string) {
    const library = join(folder, `${name}-clock.so`);
    execFileSync(process.env.CC ?? "cc", ["-O2", "-shared", "-fPIC", "-o", library, SOURCE]);
    const offset = join(folder, `${name}-clock.offset`);
    writeFileSync(offset, Buffer.alloc(8));
    this.#file = openSync(offset, "r+");
    this.env = { LD_PRELOAD: library, LANDFALL_CLOCK: offset };
  }

  /** From now on it is wrong by so many hours: ahead when positive. */
  isWrongBy(hours: number): void {
    const seconds = Buffer.alloc(8);
    seconds.writeBigInt64LE(BigInt(Math.round(hours * 3600)));
    writeSync(this.#file, seconds, 0, seconds.length, 0);
  }
}
