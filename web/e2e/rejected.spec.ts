//! What the server refuses is rolled back on screen and explained, stays in the inbox until it is decided, and holds up nothing.
import type { Person } from "./harness/person";
import { expect, test, type World } from "./harness/world";

/** Ana and Ben at the same board with one task that both know. */
async function twoWithATask(world: World, title: string): Promise<{ ana: Person; ben: Person; task: string }> {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.addsTask(title);
  await ben.seesTask(title, { mark: null });
  return { ana, ben, task: (await ana.card(title)).id };
}

test("claimed first by somebody else: rolled back, told by whom, and still told after a reload", async ({ world }) => {
  const { ana, ben } = await twoWithATask(world, "Renew gasket");
  await ana.goesOffline();
  await ana.claims("Renew gasket");
  await ana.seesTask("Renew gasket", { in: "Claimed", holder: "Ana", mark: "saved" });
  await ben.claims("Renew gasket");
  await ben.isSynced();

  await ana.goesOnline();
  await ana.seesTask("Renew gasket", { in: "Claimed", holder: "Ben", mark: "rejected" });
  await ana.pillSays(/1 rejected/);
  await ana.opensInbox();
  await ana.seesRejection("Claim", "Renew gasket", /Ben/);
  await ana.reloads();
  await ana.seesRejection("Claim", "Renew gasket", /Ben/);

  await ana.discardsRejection("Claim", "Renew gasket");
  await ana.seesEmptyInbox();
  await ana.isSynced();
  await ana.opensBoard(ana.board);
  await ana.seesTask("Renew gasket", { in: "Claimed", holder: "Ben", mark: null });
});

test("what was queued behind a rejected command still lands", async ({ world }) => {
  const { ana, ben, task } = await twoWithATask(world, "Renew gasket");
  await ana.goesOffline();
  const claim = await ana.does({ claim: { task } });
  await ana.addsTask("Paint the funnel");
  await ana.claims("Paint the funnel");
  await ben.claims("Renew gasket");
  await ben.isSynced();

  await ana.goesOnline();
  await ben.seesTask("Paint the funnel", { in: "Claimed", holder: "Ana", mark: null });
  await ana.isSynced();
  const refused = (await world.records(ana)).filter(record => "rejected" in record.outcome);
  expect(refused.map(record => record.command)).toEqual([claim]);
});

test("a column that filled up meanwhile rejects, and says who is to be asked", async ({ world }) => {
  const ben = await world.founder("Ben");
  await ben.makesBoard("Dry dock", "DRY", { Claimed: 1 });
  const ana = await world.guest("Ana", ben);
  await ben.addsTask("Renew gasket");
  await ben.addsTask("Paint the funnel");
  await ana.seesTask("Paint the funnel", { mark: null });
  await ana.goesOffline();
  await ana.claims("Paint the funnel");
  await ben.claims("Renew gasket");
  await ben.isSynced();

  await ana.goesOnline();
  await ana.seesTask("Paint the funnel", { in: "Ready", mark: "rejected" });
  await ana.opensInbox();
  await ana.seesRejection("Claim", "Paint the funnel", /by the limit of 1 set by Ben/);
});

test("a description that changed since it was read is not overwritten; resubmitting on the new one lands", async ({
  world,
}) => {
  const { ana, ben, task } = await twoWithATask(world, "Renew gasket");
  await ana.does({ describe: { task, text: "Use the old gasket.", based_on: null } });
  await ana.isSynced();
  await ben.sees(async () => (await ben.detail(task)).description?.text, "Use the old gasket.");
  const read = (await ana.detail(task)).description?.sign.mark ?? null;

  await ana.goesOffline();
  await ana.does({ describe: { task, text: "Use a Viton gasket.", based_on: read } });
  await ben.does({ describe: { task, text: "Use a graphite gasket.", based_on: read } });
  await ben.isSynced();
  await ana.goesOnline();
  await ana.sees(async () => (await ana.detail(task)).description?.text, "Use a graphite gasket.");
  await ana.opensInbox();
  await ana.seesRejection("Describe", "Renew gasket", /Ben/);

  await ana.resubmits("Describe", "Renew gasket");
  await ana.seesEmptyInbox();
  await ana.isSynced();
  await ben.sees(async () => (await ben.detail(task)).description?.text, "Use a Viton gasket.");
});

test("nobody signs off their own work, not even from another machine that does not know", async ({ world }) => {
  const { ana, ben, task } = await twoWithATask(world, "Renew gasket");
  const yard = await world.otherMachine(ana);
  await ben.does({ start: { task } });
  await ben.does({ submit_for_review: { task, note: "" } });
  await ana.seesTask("Renew gasket", { in: "In review", mark: null });
  await yard.seesTask("Renew gasket", { in: "In review", mark: null });

  // At the yard Ana still may: the work is Ben's as far as that machine knows.
  await yard.goesOffline();
  await yard.does({ sign_off: { task, note: "" } });
  await ben.does({ send_back: { task, why: "Readings missing" } });
  await ben.does({ hand_over: { task, member: await ana.actor(), note: "Please measure again" } });
  await ana.sees(async () => (await ana.card("Renew gasket")).holder?.you, true);
  await ana.does({ submit_for_review: { task, note: "" } });
  await ana.isSynced();

  await yard.goesOnline();
  await yard.seesTask("Renew gasket", { in: "In review", mark: "rejected" });
  await yard.opensInbox();
  await yard.seesRejection("Sign off", "Renew gasket", /You did this work/);
  // The inbox is the person's, not the machine's.
  await ana.opensInbox();
  await ana.seesRejection("Sign off", "Renew gasket", /You did this work/);
});
