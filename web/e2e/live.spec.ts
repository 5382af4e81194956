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

test("others' deeds are told so that each can be read, and the newest in the end", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ben.isSynced();
  const told = await ben.page.evaluateHandle(() => {
    const told: { words: string; at: number }[] = [];
    new MutationObserver(() => {
      const words = document.querySelector(".toast-words")?.textContent ?? "";
      if (words && words !== told.at(-1)?.words) told.push({ words, at: performance.now() });
    }).observe(document.body, { childList: true, subtree: true });
    return told;
  });

  const titles = ["Renew gasket", "Paint the funnel", "Test the bilge alarm", "Rewire deck light circuit 7"];
  for (const title of titles) await ana.addsTask(title);
  await expect(ben.page.locator(".toast-words")).toContainText("Ana added HLD-4");

  const seen = await told.jsonValue();
  expect(seen[0]?.words, "the first is told at once").toContain("Ana added HLD-1");
  const pauses = seen.slice(1).map(({ at }, index) => at - (seen[index]?.at ?? 0));
  expect(Math.min(...pauses), seen.map(({ words }) => words).join("; ")).toBeGreaterThan(1_500);
});
