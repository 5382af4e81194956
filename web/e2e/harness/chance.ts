//! Dice that fall the same way for the same seed.
import type { TestInfo } from "@playwright/test";

/** Where a run of rounds begins: each round of a test has the next seed. */
const FIRST = Number(process.env.LANDFALL_SEED ?? Math.floor(Math.random() * 1_000_000));

export class Chance {
  #state: number;

  private constructor(seed: number) {
    this.#state = seed;
  }

  /** This round's dice; the seed is printed, and `LANDFALL_SEED` brings it back. */
  static of(info: TestInfo): Chance {
    const seed = FIRST + info.repeatEachIndex;
    info.annotations.push({ type: "seed", description: String(seed) });
    process.stdout.write(`    seed ${seed}: ${info.project.name}, ${info.title}\n`);
    return new Chance(seed);
  }

  /** At least 0, less than 1. (Mulberry32, a generator in the public domain.) */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** 0 up to `limit`, without it. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** One of these names, each as often as its weight says. */
  weighted<Name extends string>(weights: Record<Name, number>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    throw new Error("nothing to choose from");
  }
}
