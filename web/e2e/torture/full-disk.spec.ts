//! The site's share of the disk is used up in the midst of work: what was saved stays, what is done now is not called saved, and all of it lands.
import { makesRoom, SPACE_KB, usesUpTheSpace } from "../harness/disk";
import { Ledger } from "../harness/ledger";
import type { Person } from "../harness/person";
import { expect, test } from "../harness/world";
import { addTask } from "./deeds";

/** About as long as a description may be. */
const LONG = "Vibration 7.1 mm/s at the drive end. ".repeat(500);

const adds = async (ledger: Ledger, tab: Person, title: string) => ledger.tries(tab, [await addTask(tab, title, LONG)]);

/** Works on until something cannot be saved: what the page's own database has in reserve takes a little still. Returns what was not saved. */
async function worksUntilNothingFits(ledger: Ledger, tab: Person): Promise<{ id: string; title: string }> {
  await usesUpTheSpace(tab);
  for (let number = 1; ; number += 1) {
    const title = `With a full disk ${number}`;
    const [id = ""] = await adds(ledger, tab, title);
    const fails = async () => (await tab.status()).storage.kind === "failing";
    await expect.poll(async () => ledger.saved.has(id) || (await fails())).toBe(true);
    if (await fails()) return { id, title };
  }
}

/** The page says that it cannot store. */
async function saysThatStorageFails(tab: Person): Promise<void> {
  await tab.sees(async () => (await tab.status()).storage.kind, "failing");
  expect((await tab.status()).storage.problem).toContain("full");
  await tab.pillSays("storage fails");
}

test("online with a full disk: work lands, and nothing is called saved that is not (rule 12)", async ({ world }) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true, space_kb: SPACE_KB });
  const ben = await world.guest("Ben", ana);
  await ledger.follows(ana);
  await ledger.hasSaved(await adds(ledger, ana, "Before"));
  await ana.isSynced();

  const { title } = await worksUntilNothingFits(ledger, ana);
  await saysThatStorageFails(ana);
  await ben.sees(async () => (await ben.cards()).has(title), true);
  await makesRoom(ana);
  await ledger.hasSaved(await adds(ledger, ana, "With room again"));
  await ana.sees(async () => (await ana.status()).storage.kind, "durable");
  await ana.reloads();
  await ledger.isKept([ana, ben]);
});

test("offline with a full disk: what was saved before survives the machine's death, what comes after waits for room", async ({
  world,
}) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true, space_kb: SPACE_KB });
  await ledger.follows(ana);
  await ana.goesOffline();
  await ledger.hasSaved(await adds(ledger, ana, "Before"));

  const unsaved = await worksUntilNothingFits(ledger, ana);
  await saysThatStorageFails(ana);
  expect(ledger.saved.has(unsaved.id), "it was not called saved").toBe(false);
  const all = ledger.saved.size + 1;
  expect((await ledger.lampIsTrue(ana)).pill, "and the lamp counts it").toContain(`${all} to land`);

  await makesRoom(ana);
  await ledger.hasSaved([unsaved.id]);
  await ana.losesPower();
  await ana.comesBackToTheMachine();
  await ledger.follows(ana);
  await ana.sees(async () => (await ana.cards()).size, all);
  await ana.goesOnline();
  await ledger.isKept([ana]);
});

test("the machine dies with a full disk: what was never called saved may be gone, the rest lands", async ({
  world,
}) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true, space_kb: SPACE_KB });
  await ledger.follows(ana);
  await ana.goesOffline();
  const before = [...(await adds(ledger, ana, "Before")), ...(await adds(ledger, ana, "Before, too"))];
  await ledger.hasSaved(before);
  const unsaved = await worksUntilNothingFits(ledger, ana);
  await saysThatStorageFails(ana);
  await ana.losesPower();

  await ana.comesBackToTheMachine();
  await ana.sees(async () => (await ana.cards()).size, ledger.saved.size);
  expect((await ana.cards()).has(unsaved.title)).toBe(false);
  await ana.goesOnline();
  await ledger.isKept([ana]);
});
