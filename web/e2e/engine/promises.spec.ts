//! What the engine promises to a program on the page: saved, settled, taken back, undone, refused at once.
import type { Person } from "../harness/person";
import { expect, test } from "../harness/world";

/** How the server answered, asked before it did. */
function settles(person: Person, command: string): Promise<string> {
  return person.page.evaluate(async command => {
    const settled = await window.landfall?.settled(command);
    return Object.keys(settled ?? {})[0] ?? "nothing";
  }, command);
}

const outboxOf = (person: Person) =>
  person.page.evaluate(() =>
    (window.landfall?.followOutbox()() ?? []).filter(entry => entry.state !== "landed").map(entry => entry.id),
  );

test("“saved” needs no network; “settled” waits for the server, and says what it said", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.addsTask("Renew gasket");
  await ben.seesTask("Renew gasket", { mark: null });
  const task = (await ana.card("Renew gasket")).id;

  await ana.goesOffline();
  const claim = await ana.does({ claim: { task } });
  const add = await ana.doesAddTask("Paint the funnel");
  await Promise.all([ana.hasSaved(claim), ana.hasSaved(add)]);
  const outcomes = Promise.all([settles(ana, claim), settles(ana, add)]);
  await ben.does({ claim: { task } });
  await ben.isSynced();
  await ana.goesOnline();
  expect(await outcomes).toEqual(["rejected", "accepted"]);
});

test("what the view refuses at once is told at once, and leaves nothing behind", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.goesOffline();
  const told = await ana.tries({ claim: { task: await ana.mints() } });
  expect(Object.keys(told)).toContain("rejected");
  expect(await outboxOf(ana)).toEqual([]);
  expect((await ana.status()).pending).toBe(0);
});

test("what was taken back before it was sent has no effect, and what came after it lands", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.goesOffline();
  const first = await ana.doesAddTask("Renew gasket");
  await ana.hasSaved(first);
  const second = await ana.doesAddTask("Paint the funnel");
  await ana.hasSaved(second);
  await ana.page.evaluate(id => window.landfall?.takeBack(id), first);
  await ana.seesNoTask("Renew gasket");
  await ana.seesTask("Paint the funnel", { mark: "saved" });

  await ana.goesOnline();
  await ana.isSynced();
  await ana.seesTask("Paint the funnel", { mark: null });
  const outcomes = new Map((await world.records(ana)).map(record => [record.command, Object.keys(record.outcome)[0]]));
  expect(outcomes.get(second)).toBe("accepted");
  expect(outcomes.get(first) ?? "rejected", "withdrawn, on record or without one").toBe("rejected");
});

test("undo is a command of its own", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.addsTask("Renew gasket");
  await ana.isSynced();
  const claim = await ana.does({ claim: { task: (await ana.card("Renew gasket")).id } });
  await ben.seesTask("Renew gasket", { in: "Claimed", holder: "Ana" });
  const undone = await ana.page.evaluate(id => window.landfall?.undo(id), claim);
  expect(undone).toHaveProperty("id");
  await ben.seesTask("Renew gasket", { in: "Ready", mark: null });
  await ben.sees(async () => (await ben.card("Renew gasket")).holder, null);
});
