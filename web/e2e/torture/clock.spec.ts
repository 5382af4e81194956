//! Clocks that jump by days, on the device and on the server: work lands all the same, and the log's times never go back (rule 17).
import { Clock } from "../harness/clock";
import { Ledger } from "../harness/ledger";
import { expect, test } from "../harness/world";
import { addTask } from "./deeds";

const DAY_HOURS = 24;

test("the device's clock jumps by days, forth and back, at work and offline", async ({ world }) => {
  const ledger = new Ledger(world);
  const clock = new Clock(world.folder, "device");
  const ana = await world.founder("Ana", { onDisk: true, env: clock.env });
  const ben = await world.guest("Ben", ana);
  await ledger.follows(ana);
  const works = async (what: string) => {
    const ids = await ledger.tries(ana, [await addTask(ana, `${what}, seen`), await addTask(ana, `${what}, saved`)]);
    await ledger.hasSaved(ids);
  };

  await works("On time");
  clock.isWrongBy(3 * DAY_HOURS);
  const shown = await ana.page.evaluate(() => Date.now());
  expect(shown - Date.now(), "the browser believes it").toBeGreaterThan(2.9 * DAY_HOURS * 3_600_000);
  await works("Three days ahead");
  await ana.isSynced();
  await ana.goesOffline();
  await works("Ahead, without a network");
  clock.isWrongBy(-5 * DAY_HOURS);
  await works("Five days behind, without a network");
  await ana.reloads();
  await ledger.follows(ana);
  await works("Behind, after a reload");
  await ana.goesOnline();
  await ana.isSynced();
  await ana.pillSays(/clock \d+ min slow/);
  await works("Behind");
  clock.isWrongBy(0);
  await works("On time again");
  await ledger.isKept([ana, ben]);

  const records = await world.records(ben);
  const now = Date.now();
  const wrong = records.filter(record => Math.abs(record.at - now) > DAY_HOURS * 3_600_000);
  expect(wrong, "a record's time is the server's").toEqual([]);
});

test("the server's clock jumps by days, while it runs and between two starts", async ({ world }) => {
  const ledger = new Ledger(world);
  const clock = new Clock(world.folder, "server");
  await world.server.kill();
  await world.server.startAgain(undefined, clock.env);
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ledger.follows(ana);
  const lands = async (what: string) => {
    await ledger.hasSaved(await ledger.tries(ana, [await addTask(ana, what)]));
    await ana.isSynced();
    await ben.sees(async () => (await ben.cards()).has(what), true);
  };

  await lands("On time");
  clock.isWrongBy(2 * DAY_HOURS);
  await lands("Two days ahead");
  clock.isWrongBy(-2 * DAY_HOURS);
  await lands("Two days behind");
  await world.server.kill();
  await world.server.startAgain(undefined, clock.env);
  await Promise.all([ana.asksNow(), ben.asksNow()]);
  await lands("Behind, after a start");
  clock.isWrongBy(0);
  await lands("On time again");
  await ledger.isKept([ana, ben]);
  const times = (await world.records(ana)).map(record => record.at);
  expect((times.at(-1) ?? 0) - Date.now(), "the log stays at the latest time it has seen").toBeGreaterThan(
    1.9 * DAY_HOURS * 3_600_000,
  );
});
