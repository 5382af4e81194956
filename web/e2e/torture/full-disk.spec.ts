//! The site's share of the disk is used up in the midst of work: what was saved stays, what is done now is not called saved, and all of it lands.
import { hasLittleSpace, makesRoom, SPACE_KB, usesUpTheSpace } from "../harness/disk";
import { Ledger } from "../harness/ledger";
import type { Person } from "../harness/person";
import { expect, test } from "../harness/world";
import { addTask } from "./deeds";

/** Large enough that the last free bytes do not take it. */
const LONG = "Vibration 7.1 mm/s at the drive end. ".repeat(200);

const adds = async (ledger: Ledger, tab: Person, title: string) => ledger.tries(tab, [await addTask(tab, title, LONG)]);

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
  await hasLittleSpace(ana);
  await ledger.hasSaved(await adds(ledger, ana, "Before"));
  await ana.isSynced();

  await usesUpTheSpace(ana);
  await adds(ledger, ana, "With a full disk");
  await saysThatStorageFails(ana);
  await ben.sees(async () => (await ben.cards()).has("With a full disk"), true);
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
  await hasLittleSpace(ana);
  await ana.goesOffline();
  await ledger.hasSaved(await adds(ledger, ana, "Before"));

  await usesUpTheSpace(ana);
  const [unsaved = ""] = await adds(ledger, ana, "With a full disk");
  await saysThatStorageFails(ana);
  expect(ledger.saved.has(unsaved), "it was not called saved").toBe(false);
  expect((await ledger.lampIsTrue(ana)).pill, "and the lamp counts it").toContain("2 to land");

  await makesRoom(ana);
  await ledger.hasSaved([unsaved]);
  await ana.losesPower();
  await ana.comesBackToTheMachine();
  await ledger.follows(ana);
  await ana.sees(async () => [...(await ana.cards()).keys()].sort(), ["Before", "With a full disk"]);
  await ana.goesOnline();
  await ledger.isKept([ana]);
});

test("the machine dies with a full disk: what was never called saved may be gone, the rest lands", async ({
  world,
}) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true, space_kb: SPACE_KB });
  await ledger.follows(ana);
  await hasLittleSpace(ana);
  await ana.goesOffline();
  const before = [...(await adds(ledger, ana, "Before")), ...(await adds(ledger, ana, "Before, too"))];
  await ledger.hasSaved(before);
  await usesUpTheSpace(ana);
  await adds(ledger, ana, "With a full disk");
  await saysThatStorageFails(ana);
  await ana.losesPower();

  await ana.comesBackToTheMachine();
  await ana.sees(async () => [...(await ana.cards()).keys()].sort(), ["Before", "Before, too"]);
  await ana.goesOnline();
  await ledger.isKept([ana]);
});
