//! IndexedDB refuses to open, for real: the place where the browser keeps it is not usable. The page says so, works, and what was saved before comes back.
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ledger } from "../harness/ledger";
import type { Person } from "../harness/person";
import { expect, test } from "../harness/world";
import { addTask } from "./deeds";

/** Where the browser keeps this site's databases. */
function databases(person: Person): string {
  const { engine, profile, wire } = person.device;
  if (engine === "chromium") return join(profile, "Default", "IndexedDB");
  const sites = join(profile, "storage", "default");
  const site = readdirSync(sites).find(name => name.endsWith(`+${wire.port}`));
  return join(sites, site ?? "the site was never visited", "idb");
}

/** Puts a file where a folder must be, while the browser is closed. The returned function puts things right. */
function breaksStorage(person: Person): () => void {
  const place = databases(person);
  if (!existsSync(place)) throw new Error(`${place} is not where the databases are`);
  renameSync(place, `${place}.aside`);
  writeFileSync(place, "no folder");
  return () => {
    rmSync(place, { recursive: true });
    renameSync(`${place}.aside`, place);
  };
}

test("storage that does not open: work goes on in memory and says so, and what was saved before is not lost (rule 12)", async ({
  world,
}) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true });
  const ben = await world.guest("Ben", ana);
  await ledger.follows(ana);
  await ana.goesOffline();
  await ledger.hasSaved(await ledger.tries(ana, [await addTask(ana, "Saved before")]));
  await ana.device.close();
  const putRight = breaksStorage(ana);

  await ana.device.wire.mend();
  await ana.comesBackToTheMachine();
  await ana.sees(async () => (await ana.status()).storage.kind, "memory");
  await ana.pillSays("not kept on this device");
  await ledger.tries(ana, [await addTask(ana, "In memory")]);
  await ben.sees(async () => (await ben.cards()).has("In memory"), true);
  expect((await ben.cards()).has("Saved before"), "it lies on the disk that does not open").toBe(false);
  await ana.device.close();
  putRight();

  await ana.comesBackToTheMachine();
  await ana.sees(async () => (await ana.status()).storage.kind, "durable");
  await ben.sees(async () => (await ben.cards()).has("Saved before"), true);
  await ledger.isKept([ana, ben]);
});
