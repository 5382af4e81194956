//! A person scrolls a board of fifty thousand tasks by the wheel while somebody else changes a thousand things a second: what the frames look like.
import type { Page } from "@playwright/test";
import type { Person } from "../harness/person";
import { yields } from "../harness/processes";
import { traced } from "../harness/trace";
import { expect, test } from "../harness/world";
import { changes } from "./changes";
import { part, tells } from "./figures";
import { stocksBoard } from "./stocked";

const COUNT = Number(process.env.LANDFALL_TASKS ?? 50_000);
const CHANGES_A_SECOND = 1_000;
const SCROLL_MS = 10_000;
/** A turn of a wheel: so far, so often, and so many that the page has not heard of. */
const WHEEL = { px: 100, gap_ms: 16, waiting_max: 8 };
/** Less than a screen a second is no scrolling. */
const SCROLLED_PX_MIN = (SCROLL_MS / 1_000) * 600;
const LONG_TASK_MS = 50;
/** How many cards from the top of each column are changed: about those that are scrolled past. So many of the first are claimed, too. */
const CHANGED_CARDS = 600;
const HALF_AN_HOUR_MS = 1_800_000;

type Frames = { frames: number[]; long: number[]; scrolled_px: number };

test("a board is scrolled while a thousand changes a second come in", async ({ world }) => {
  test.setTimeout(HALF_AN_HOUR_MS);
  const ana = await world.founder("Ana", { onDisk: true });
  const ben = await world.guest("Ben", ana);
  await stocksBoard(world, ana, COUNT);
  await ana.isSynced();
  await ana.reloads();
  await ana.isSynced();
  const columns = await topOfColumns(ana);
  const claimable = (columns[0] ?? []).map(({ id }) => id);
  const place = {
    ...{ server: world.server, log: ana.log, board: ana.board, cookie: await ben.cookie() },
    ...{
      tasks: columns.flatMap(column => column.slice(0, CHANGED_CARDS)),
      claimable: claimable.slice(0, CHANGED_CARDS),
    },
  };
  await ben.closesTab();
  const browser = ana.page.context().browser();
  const server = world.server.pid;
  if (!browser || !server) throw new Error("this browser cannot be traced, or there is no server");
  // The server, and whoever changes things, are on another machine as a rule.
  yields(server);
  yields(process.pid);

  const alone = await scrolls(ana.page, SCROLL_MS);
  const [frames, sent] = await Promise.all([scrolls(ana.page, SCROLL_MS), changes(place, CHANGES_A_SECOND, SCROLL_MS)]);
  await ana.isSynced();
  // Once more for the trace, which takes time itself.
  place.claimable = claimable.slice(CHANGED_CARDS);
  let sentAgain = sent;
  const longest = await traced(browser, ana.page, async () => {
    [, sentAgain] = await Promise.all([scrolls(ana.page, SCROLL_MS), changes(place, CHANGES_A_SECOND, SCROLL_MS)]);
  });
  await ana.isSynced();
  for (const { changed } of [sent, sentAgain]) expect(changed).toBe((CHANGES_A_SECOND * SCROLL_MS) / 1_000);
  for (const one of longest.spent_on) process.stdout.write(`  ${one}\n`);

  tells({
    changes_a_second: sent.a_second,
    ...shape("", frames),
    processor_ms: Math.max(...longest.processor_ms),
    thread_ms: longest.total_ms,
    ...shape("alone_", alone),
  });
});

const shape = (name: string, { frames, long, scrolled_px }: Frames) => ({
  [`${name}frames`]: frames.length,
  [`${name}p50_ms`]: part(frames, 0.5),
  [`${name}p95_ms`]: part(frames, 0.95),
  [`${name}max_ms`]: Math.max(...frames),
  [`${name}scrolled_px`]: scrolled_px,
  [`${name}long_tasks`]: long.filter(ms => ms > LONG_TASK_MS).length,
});

/** The first tasks of each column. */
function topOfColumns(person: Person): Promise<{ id: string; priority: string }[][]> {
  return person.page.evaluate(
    ([board, count]) => {
      const landfall = window.landfall;
      if (!landfall) throw new Error("no workspace is open");
      const head = landfall.query("board", { board, filter: {} }).head;
      return head.columns.map(({ id }) =>
        landfall
          .query("column", { column: id, filter: {}, from: 0, count })
          .rows.map(({ id, priority }) => ({ id, priority })),
      );
    },
    [person.board, 2 * CHANGED_CARDS] as const,
  );
}

/** Turns the wheel over the first column for so long, down and then up again, and notes each frame and each long task. */
async function scrolls(page: Page, duration_ms: number): Promise<Frames> {
  const scroller = page.locator(".column-scroll").first();
  const box = await scroller.boundingBox();
  if (!box) throw new Error("there is no column on the board");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const noted = await page.evaluateHandle(() => {
    const noted = { frames: [] as number[], long: [] as number[], scrolled_px: 0, isOver: false };
    const scroller = document.querySelector(".column-scroll") as HTMLElement;
    let [before, top] = [0, scroller.scrollTop];
    const frame = (now: number) => {
      if (before > 0) noted.frames.push(now - before);
      before = now;
      noted.scrolled_px += Math.abs(scroller.scrollTop - top);
      top = scroller.scrollTop;
      if (!noted.isOver) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver(list => {
      if (!noted.isOver) for (const entry of list.getEntries()) noted.long.push(entry.duration);
    }).observe({ type: "longtask" });
    return noted;
  });
  const began = performance.now();
  let waiting = 0;
  for (let turn = 0; performance.now() - began < duration_ms; turn++) {
    const isOnTheWayDown = performance.now() - began < duration_ms / 2;
    // A finger does not wait until the page has drawn what it did before.
    if (waiting < WHEEL.waiting_max) {
      waiting++;
      page.mouse.wheel(0, isOnTheWayDown ? WHEEL.px : -WHEEL.px).then(
        () => waiting--,
        () => undefined,
      );
    }
    const next = began + (turn + 1) * WHEEL.gap_ms;
    await new Promise(resolve => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  const { frames, long, scrolled_px } = await noted.evaluate(noted => {
    noted.isOver = true;
    return noted;
  });
  expect(scrolled_px, "the board was scrolled").toBeGreaterThan(SCROLLED_PX_MIN);
  return { frames, long, scrolled_px };
}
