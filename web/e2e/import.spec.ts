//! Ten thousand tasks from a file, without a network; then they land, and the page says how far they are.
import { Server } from "./harness/server";
import { expect, test } from "./harness/world";

const COUNT = 10_000;

test("ten thousand tasks are imported offline, then land, with progress", async ({ world }) => {
  test.setTimeout(240_000);
  const ana = await world.founder("Ana", { onDisk: true });
  await ana.goesOffline();
  await ana.importsFile("yard.csv", await Server.run("sample", "--tasks", String(COUNT)), COUNT);
  expect((await ana.cards()).size).toBe(COUNT);
  expect(await ana.page.getByRole("article").count(), "only what is in sight is in the document").toBeLessThan(200);
  await ana.pillSays(/Offline · [\d,.\s]+ to land/);
  await ana.reloads();
  expect((await ana.cards()).size, "and all of it is on disk").toBe(COUNT);

  const landing = await ana.followsLanding();
  await ana.goesOnline();
  await expect.poll(async () => (await ana.status()).synced, { timeout: 180_000 }).toBe(true);
  const seen = await landing();
  expect(seen.length, "progress was shown on the way").toBeGreaterThan(2);
  expect(
    [...seen].sort((one, other) => one - other),
    "and never went back",
  ).toEqual(seen);

  const records = await world.records(ana);
  expect(records.filter(record => "accepted" in record.outcome).length).toBe(records.length);
  expect(new Set(records.map(record => record.command)).size).toBe(records.length);
  expect(records.length).toBeGreaterThan(COUNT);
});
