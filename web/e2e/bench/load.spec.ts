//! What a person waits for when the page opens on fifty thousand tasks: on a new device, then on one that has everything; and what their clicks and keys wait for.
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Device } from "../harness/device";
import { Person } from "../harness/person";
import { expect, test } from "../harness/world";
import { CountedWire } from "./counted";
import { part, tells } from "./figures";
import { stocksBoard } from "./stocked";

const COUNT = Number(process.env.LANDFALL_TASKS ?? 50_000);
const LONG_TASK_MS = 50;
/** The page is quiet when nothing came over the wire and nothing kept its thread for so long. */
const QUIET_MS = 3_000;
const LOOK_MS = 100;
const CAP_MS = 120_000;
/** Event timing tells only of what took at least so long: a frame. */
const FRAME_MS = 16;
const HALF_AN_HOUR_MS = 1_800_000;

declare global {
  interface Window {
    /** What the browser said of this load and of what was done since, milliseconds from its beginning. */
    noted?: {
      painted: number;
      largest: number;
      board: number;
      synced: number;
      long: { at: number; ms: number }[];
      /** The longest event of each interaction. */
      interactions: Record<number, number>;
    };
  }
}

test("a board of fifty thousand tasks is opened, and opened again", async ({ world }) => {
  test.setTimeout(HALF_AN_HOUR_MS);
  const ana = await world.founder("Ana");
  await stocksBoard(world, ana, COUNT);
  await ana.isSynced();
  const link = await ana.invites();
  await ana.closesTab();

  const wire = await CountedWire.to(world.server.port);
  const device = await Device.onDisk(world.engine, wire.port, join(world.folder, "profile-ben"), {});
  const ben = new Person("Ben", device);
  await ben.joins(link);
  ben.board = ana.board;
  await device.context.addInitScript(notes);
  const first = await visit(ben, wire, "first");
  await ben.isInstalled();
  await ben.closesTab();
  await device.close();

  await device.start();
  await device.context.addInitScript(notes);
  const again = await visit(ben, wire, "again");
  expect(
    await ben.page.evaluate(() => navigator.serviceWorker.controller !== null),
    "it came from the service worker",
  ).toBe(true);
  const interactions = await works(ben.page);
  tells({
    ...first,
    ...again,
    interaction_p50_ms: part(interactions, 0.5),
    interaction_max_ms: Math.max(...interactions),
  });
  await device.discard();
  wire.close();
});

/** Runs in the page before all else. */
function notes(): void {
  const noted = { painted: 0, largest: 0, board: 0, synced: 0, long: [], interactions: {} } as NonNullable<
    Window["noted"]
  >;
  window.noted = noted;
  const listens = (type: string, note: (entry: PerformanceEntry) => void, more = {}) =>
    new PerformanceObserver(list => list.getEntries().forEach(note)).observe({ type, buffered: true, ...more });
  listens("paint", entry => {
    if (entry.name === "first-contentful-paint") noted.painted = entry.startTime;
  });
  listens("largest-contentful-paint", entry => {
    noted.largest = entry.startTime;
  });
  listens("longtask", entry => noted.long.push({ at: entry.startTime, ms: entry.duration }));
  listens(
    "event",
    entry => {
      const { interactionId = 0 } = entry as PerformanceEventTiming & { interactionId?: number };
      if (interactionId > 0)
        noted.interactions[interactionId] = Math.max(noted.interactions[interactionId] ?? 0, entry.duration);
    },
    { durationThreshold: 16 },
  );
  const look = () => {
    if (noted.board === 0 && document.querySelector(".column-row")) noted.board = performance.now();
    if (noted.synced === 0 && window.landfall?.status().synced) noted.synced = performance.now();
    if (noted.board === 0 || noted.synced === 0) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Opens the board in a new tab, waits until it is quiet, and tells what was noted. */
async function visit(person: Person, wire: CountedWire, name: string): Promise<Record<string, number>> {
  const before = wire.bytes;
  await person.opensBoard(person.board);
  const now = () =>
    person.page.evaluate(() => {
      if (!window.noted) throw new Error("the page noted nothing");
      return window.noted;
    });
  let [known, quiet_ms] = ["", 0];
  for (let looked_ms = 0; quiet_ms < QUIET_MS; looked_ms += LOOK_MS) {
    if (looked_ms > CAP_MS) throw new Error(`the page was not quiet within ${CAP_MS} ms`);
    await person.page.waitForTimeout(LOOK_MS);
    const { synced, board, long } = await now();
    const seen = [wire.bytes, synced, board, long.length].join();
    quiet_ms = seen === known && synced > 0 && board > 0 ? quiet_ms + LOOK_MS : 0;
    known = seen;
  }
  const { painted, largest, board, synced, long } = await now();
  const blocked = long
    .filter(({ at }) => at >= painted)
    .reduce((sum, { ms }) => sum + Math.max(0, ms - LONG_TASK_MS), 0);
  return {
    [`${name}_lcp_ms`]: largest,
    [`${name}_board_ms`]: board,
    [`${name}_synced_ms`]: synced,
    [`${name}_blocked_ms`]: blocked,
    [`${name}_kb`]: (wire.bytes - before) / 1_000,
  };
}

/** Opens and closes tasks, walks by the keys, searches: how long the next paint took after each click and key. */
async function works(page: Page): Promise<number[]> {
  const done = await page.evaluate(() => Object.keys(window.noted?.interactions ?? {}).length);
  expect(done, "nothing was pressed yet").toBe(0);
  let pressed = 0;
  const pauses = () => page.waitForTimeout(250);
  for (const index of [0, 1, 2]) {
    await page.getByRole("article").nth(index).getByRole("link").click();
    await pauses();
    await page.keyboard.press("Escape");
    await pauses();
    pressed += 2;
  }
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown", "/"]) {
    await page.keyboard.press(key);
    await pauses();
    pressed++;
  }
  for (const key of "valve") {
    await page.keyboard.press(key);
    await pauses();
    pressed++;
  }
  await expect(page.getByLabel("Search in all boards")).toHaveValue("valve");
  const slow = await page.evaluate(() => Object.values(window.noted?.interactions ?? {}));
  const quick = Math.max(0, pressed - slow.length);
  return [...slow, ...Array.from({ length: quick }, () => FRAME_MS)];
}
