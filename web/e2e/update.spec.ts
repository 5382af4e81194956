//! A new version of the app: it asks before it reloads, and what waits in the outbox survives the change of version.
import type { Person } from "./harness/person";
import { comesOut, looksForUpdates, question, version } from "./harness/release";
import { expect, test } from "./harness/world";

/** Lets this page be recognised: a reload forgets it. */
const leavesMark = (person: Person) =>
  person.page.evaluate(() => document.body.setAttribute("data-never-reloaded", ""));
const wasReloaded = async (person: Person) => (await person.page.locator("[data-never-reloaded]").count()) === 0;

test("a new version asks before it reloads, and a command that waited offline lands once in it", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.goesOffline();
  await ana.addsTask("Renew gasket");
  const command = await ana.doesAddTask("Paint the funnel");
  await ana.hasSaved(command);
  await leavesMark(ana);

  // The new version can be fetched before anything can be sent.
  await comesOut(world, "second");
  await ana.device.wire.carryPagesOnly();
  await looksForUpdates(ana);
  await expect(question(ana)).toContainText("A new version is ready. What you did stays on this device.");
  expect(await wasReloaded(ana), "nobody said yes").toBe(false);
  expect(await version(ana)).toBe("built");
  await ana.addsTask("Grease the winch");

  await question(ana).getByRole("button", { name: "Reload now" }).click();
  await ana.sees(() => version(ana), "second");
  for (const title of ["Renew gasket", "Paint the funnel", "Grease the winch"]) {
    await ana.seesTask(title, { in: "Ready", mark: "saved" });
  }
  await ana.pillSays("Offline · 3 to land");
  expect(await world.records(ana), "founded, and a board").toHaveLength(2);

  await ana.goesOnline();
  await ana.isSynced();
  await ana.seesTask("Renew gasket", { in: "Ready", mark: null });
  const records = await world.records(ana);
  expect(records.filter(record => record.command === command)).toHaveLength(1);
  expect(records, "three tasks more, each once").toHaveLength(5);
  await expect(question(ana)).toHaveCount(0);
});

test("“Later” leaves the present version alone, and the question returns with the next start", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.isInstalled();
  await leavesMark(ana);
  await comesOut(world, "second");
  await looksForUpdates(ana);
  await question(ana).getByRole("button", { name: "Later" }).click();
  await expect(question(ana)).toHaveCount(0);
  await ana.addsTask("Renew gasket");
  expect(await wasReloaded(ana)).toBe(false);

  await ana.reloads();
  expect(await version(ana), "a reload is no yes").toBe("built");
  await question(ana).getByRole("button", { name: "Reload now" }).click();
  await ana.sees(() => version(ana), "second");
  await ana.seesTask("Renew gasket", { in: "Ready" });
});

test("with two tabs open, each is reloaded when its own person says so", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.isInstalled();
  const tab = await ana.opensTab();
  await leavesMark(tab);
  await comesOut(world, "second");
  await looksForUpdates(ana);
  await expect(question(ana)).toBeVisible();
  await expect(question(tab)).toBeVisible();

  await question(ana).getByRole("button", { name: "Reload now" }).click();
  await ana.sees(() => version(ana), "second");
  expect(await wasReloaded(tab), "the other tab was in the middle of something").toBe(false);
  await tab.addsTask("Renew gasket");
  await ana.seesTask("Renew gasket", { mark: null });

  await question(tab).getByRole("button", { name: "Reload now" }).click();
  await tab.sees(() => version(tab), "second");
  await tab.seesTask("Renew gasket", { mark: null });
});
