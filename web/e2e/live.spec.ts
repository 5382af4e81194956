//! Two browsers at once: what one does, the other sees; and both work alone, then agree.
import { expect, test } from "./harness/world";

test("what one person does appears in the other's browser", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);

  await ana.addsTask("Grind and lap sea chest valve SC-3");
  await ben.seesTask("Grind and lap sea chest valve SC-3", { in: "Ready" });

  await ben.claims("Grind and lap sea chest valve SC-3");
  await ana.seesTask("Grind and lap sea chest valve SC-3", { in: "Claimed", holder: "Ben" });
  await ana.seesTask("Grind and lap sea chest valve SC-3", { mark: null });
});

test("a number is given when a task lands, and not before", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.goesOffline();
  await ana.addsTask("Paint the funnel");
  expect((await ana.card("Paint the funnel")).number).toBeNull();

  await ana.goesOnline();
  await ana.isSynced();
  expect((await ana.card("Paint the funnel")).number).toBe("HLD-1");
});

test("both work offline, both land, and everybody has the same", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.addsTask("Renew gasket");
  await ben.seesTask("Renew gasket");
  await Promise.all([ana.goesOffline(), ben.goesOffline()]);

  await ana.addsTask("Test the bilge alarm");
  await ana.claims("Test the bilge alarm");
  await ben.addsTask("Rewire deck light circuit 7");
  await ben.claims("Renew gasket");
  await ana.seesTask("Test the bilge alarm", { in: "Claimed", mark: "saved" });
  await ben.seesTask("Renew gasket", { in: "Claimed", mark: "saved" });
  await ben.seesNoTask("Test the bilge alarm");

  await Promise.all([ana.goesOnline(), ben.goesOnline()]);
  await Promise.all([ana.isSynced(), ben.isSynced()]);
  await ana.seesTask("Rewire deck light circuit 7", { in: "Ready", mark: null });
  await ben.seesTask("Test the bilge alarm", { in: "Claimed", holder: "Ana", mark: null });

  // Somebody new knows nothing but the server's word.
  const newcomer = await world.guest("Chidi", ana);
  await newcomer.isSynced();
  await Promise.all([ana.isSynced(), ben.isSynced()]);
  const seen = await Promise.all([ana, ben, newcomer].map(person => person.facts()));
  expect(seen[0]).toHaveLength(3);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
});
