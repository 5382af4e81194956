//! Private windows: they work, together and without a network, for as long as they are open; and afterwards nothing of them is left.
import type { Engine } from "../harness/browsers";
import { Ledger, lampOf } from "../harness/ledger";
import { expect, test, type Where } from "../harness/world";
import { addTask } from "./deeds";

/** Chromium's shared windows of these tests are private ones (each is off the record); Firefox is told to open no others. */
const PRIVATE: Record<Engine, Where> = { chromium: {}, firefox: { onDisk: true, isPrivate: true } };

test("two private windows work offline and land all, and leave nothing behind", async ({ world }) => {
  const ledger = new Ledger(world);
  const ben = await world.founder("Ben");
  const ana = await world.guest("Ana", ben, PRIVATE[world.engine]);
  const other = await ana.opensTab();
  for (const tab of [ana, other]) await ledger.follows(tab);
  await ledger.tries(ana, [await addTask(ana, "Online")]);
  await ben.sees(async () => (await ben.cards()).has("Online"), true);

  await ana.device.wire.cut();
  for (const tab of [ana, other]) await tab.sees(async () => (await tab.status()).connection !== "online", true);
  await ledger.hasSaved(await ledger.tries(ana, [await addTask(ana, "In one window")]));
  await ledger.hasSaved(await ledger.tries(other, [await addTask(other, "In the other")]));
  await other.seesTask("In one window", { mark: "saved" });
  await ana.seesTask("In the other", { mark: "saved" });
  expect((await lampOf(ana)).pill).toContain("2 to land");
  await ana.closesTab();

  await other.goesOnline();
  await ledger.isKept([ben, other]);
  await other.closesTab();
  await ana.device.close();
  if (!PRIVATE[world.engine].onDisk) return;
  await ana.device.start();
  await ana.opens("/");
  const left = await ana.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(left, "nothing of the person").toEqual([]);
  expect(await ana.device.context.cookies()).toEqual([]);
});
