//! How long the page's thread is kept at a time when much is to be done: fifty thousand tasks planned, issued, landed, searched, left.
import { join } from "node:path";
import { Server } from "../harness/server";
import { type LongTasks, traced } from "../harness/trace";
import { expect, test } from "../harness/world";

const COUNT = Number(process.env.LANDFALL_TASKS ?? 50_000);
/** A folder for the traces, to be opened in the browser's own tools. */
const TRACES = process.env.LANDFALL_TRACES;
const HALF_AN_HOUR_MS = 1_800_000;

test("the longest tasks of the page's thread", async ({ world, browser }) => {
  test.setTimeout(HALF_AN_HOUR_MS);
  const ben = await world.founder("Ben");
  const ana = await world.guest("Ana", ben);
  const rows: [string, LongTasks][] = [];
  const kept = (number: number) => (TRACES ? join(TRACES, `${number}.json`) : undefined);
  const measures = async (what: string, act: () => Promise<void>) => {
    const longest = await traced(browser, ana.page, act, kept(rows.length + 1));
    rows.push([what, longest]);
    const words = (of: number[]) => of.map(ms => ms.toFixed(0)).join(" ");
    process.stdout.write(
      `${what}: processor ${words(longest.processor_ms)} ms, clock ${words(longest.wall_ms)} ms, in all ${longest.total_ms.toFixed(0)} ms\n`,
    );
    for (const one of longest.spent_on) process.stdout.write(`  ${one}\n`);
  };
  const synced = () => expect.poll(async () => (await ana.status()).synced, { timeout: 300_000 }).toBe(true);

  await ana.goesOffline();
  const file = await Server.run("sample", "--tasks", String(COUNT));
  await measures(`${COUNT} tasks planned and issued`, () => ana.importsFile("yard.csv", file, COUNT));
  await measures("a reload with them waiting", async () => {
    await ana.reloads();
    await ana.pillSays(/to land/);
  });
  await ben.addsTask("Somebody else's");
  await ben.isSynced();
  await measures("somebody else's record, a replay of all, and the landing", async () => {
    await ana.goesOnline();
    await synced();
  });
  await measures("a search", async () => {
    await ana.page
      .getByRole("link", { name: /^Search/ })
      .first()
      .click();
    await ana.page.getByLabel("Search in all boards").pressSequentially("valve pump", { delay: 60 });
    await ana.page.waitForTimeout(1_500);
  });

  await ana.opensBoard(ana.board);
  await ana.goesOffline();
  const more = await Server.run("sample", "--tasks", String(COUNT / 2), "--seed", "2");
  await ana.importsFile("more.csv", more, COUNT / 2);
  await ben.does({ remove_member: { member: await ana.actor() } });
  await ben.isSynced();
  await measures(`the membership ends with ${COUNT / 2} waiting`, async () => {
    await ana.device.wire.mend();
    await ana.asksNow();
    await expect.poll(async () => (await ana.status()).pending, { timeout: 300_000 }).toBe(0);
    await ana.page.waitForTimeout(4_000);
  });
  expect(rows.length).toBe(5);
});
