//! What a spec of the bench has measured, for whoever runs it.
import { writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";

/** Where the figures go; they are printed alone, without. */
const FILE = process.env.LANDFALL_FIGURES;

export function tells(figures: Record<string, number>): void {
  for (const [key, value] of Object.entries(figures)) {
    if (!Number.isFinite(value)) throw new Error(`${key} was not measured: ${value}`);
    process.stdout.write(`${key} ${value.toFixed(1)}\n`);
  }
  if (FILE) writeFileSync(FILE, JSON.stringify(figures));
}

/** The value below which this share of them lies. */
export function part(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Milliseconds since 1970 by this process's clock, finer than `Date.now`. */
export const epochMs = (): number => performance.timeOrigin + performance.now();

/** When, by that page's own clock, it first says these words somewhere, looked at before each frame. */
export async function epochWhenSaid(page: Page, words: string, cap_ms: number): Promise<number> {
  const at = await page.waitForFunction(
    words => document.body.textContent?.includes(words) && performance.timeOrigin + performance.now(),
    words,
    { polling: "raf", timeout: cap_ms },
  );
  return Number(await at.jsonValue());
}
