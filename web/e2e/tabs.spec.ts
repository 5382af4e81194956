//! Two tabs of one browser: one device, one outbox, one tab that talks to the server.
import type { Person } from "./harness/person";
import { expect, test } from "./harness/world";

/** The tab that talks to the server, and the other one. */
async function roles(one: Person, other: Person): Promise<{ leader: Person; follower: Person }> {
  const leads = async (tab: Person) => (await tab.status()).leader;
  await expect.poll(async () => (await leads(one)) !== (await leads(other)), { message: "one tab leads" }).toBe(true);
  return (await leads(one)) ? { leader: one, follower: other } : { leader: other, follower: one };
}

test("both tabs show what either does, at once and without a network", async ({ world }) => {
  const ana = await world.founder("Ana");
  const tab = await ana.opensTab();
  await ana.goesOffline();
  await ana.addsTask("Renew gasket");
  await tab.seesTask("Renew gasket", { mark: "saved" });
  await tab.claims("Renew gasket");
  await ana.seesTask("Renew gasket", { in: "Claimed", mark: "saved" });
});

test("both tabs work offline, one is closed, the other lands all", async ({ world }) => {
  const ana = await world.founder("Ana");
  const tab = await ana.opensTab();
  await ana.goesOffline();
  const commands = [await ana.doesAddTask("Renew gasket"), await tab.doesAddTask("Paint the funnel")];
  await ana.hasSaved(commands[0] ?? "");
  await tab.hasSaved(commands[1] ?? "");
  const { leader, follower } = await roles(ana, tab);
  await leader.closesTab();

  await follower.goesOnline();
  await follower.isSynced();
  await follower.seesTask("Renew gasket", { mark: null });
  await follower.seesTask("Paint the funnel", { mark: null });
  const recorded = (await world.records(follower)).map(record => record.command);
  for (const command of commands) expect(recorded.filter(other => other === command)).toHaveLength(1);
});

test("when the leading tab goes, another takes over within two seconds", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  const tab = await ana.opensTab();
  const { leader, follower } = await roles(ana, tab);
  await leader.closesTab();
  const closed = Date.now();
  await expect.poll(async () => (await follower.status()).leader, { intervals: [50] }).toBe(true);
  expect(Date.now() - closed).toBeLessThan(2_000);
  await ben.addsTask("Renew gasket");
  await follower.seesTask("Renew gasket", { mark: null });
});

test("a leading tab that freezes is replaced, and nothing happens twice", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  const tab = await ana.opensTab();
  const { leader, follower } = await roles(ana, tab);
  await leader.freezesFor(12_000);
  const frozen = Date.now();
  const command = await follower.doesAddTask("Renew gasket");
  await ben.seesTask("Renew gasket", { mark: null });
  expect((await follower.status()).leader).toBe(true);
  expect(Date.now() - frozen, "while the other was still frozen").toBeLessThan(12_000);

  await leader.isSynced();
  await leader.seesTask("Renew gasket", { mark: null });
  expect((await world.records(ben)).filter(record => record.command === command)).toHaveLength(1);
});
