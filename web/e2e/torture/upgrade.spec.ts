//! The app is upgraded while commands of every shape ever released wait without a network; and a device meets commands newer than itself (rule 23).
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ledger } from "../harness/ledger";
import type { Person } from "../harness/person";
import { comesOut, looksForUpdates, question, version } from "../harness/release";
import { expect, test } from "../harness/world";
import { addTask } from "./deeds";

/** Every shape of a command that was ever released, one file each; from then on it must be read for ever. */
const GOLDEN = fileURLToPath(new URL("../../../shared/domain/tests/golden/commands/", import.meta.url));
/** These make what most others speak of. */
const FIRST = ["create_board.v1.json", "add_task.v1.json", "comment.v1.json"];

/** A row of the outbox, as every version of the app has written it: the commands of one save. */
type Row = { id: string; after: string | null; issued: number; at: number; command: unknown }[];

/** Puts a row on this device's disk as an older version of the app would have. */
function leaves(person: Person, database: string, row: Row): Promise<void> {
  return person.page.evaluate(
    ({ database, row }) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(database);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("outbox", "readwrite");
          transaction.objectStore("outbox").put(JSON.stringify(row), row[0]?.id);
          transaction.onabort = () => reject(transaction.error);
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    { database, row },
  );
}

/** The rows that are on the disk. */
function rows(person: Person, database: string): Promise<string[]> {
  return person.page.evaluate(
    database =>
      new Promise<string[]>((resolve, reject) => {
        const opening = indexedDB.open(database);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const asked = opening.result.transaction("outbox").objectStore("outbox").getAll();
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => {
            opening.result.close();
            resolve(asked.result);
          };
        };
      }),
    database,
  );
}

const databaseOf = async (person: Person) => `landfall-${await person.actor()}-${person.log}`;

test("an app is upgraded while every shape of command ever released waits: each gets its one record", async ({
  world,
}) => {
  const ledger = new Ledger(world);
  const ana = await world.person("Ana", { onDisk: true });
  await ana.founds("MV Halcyon");
  await ana.makesBoard("Stores", "STO");
  await ledger.follows(ana);
  await ana.goesOffline();
  const [newest = ""] = await ledger.tries(ana, [await addTask(ana, "Of the present version")]);
  await ledger.hasSaved([newest]);

  const names = readdirSync(GOLDEN).filter(name => name.endsWith(".json"));
  expect(names).toEqual(expect.arrayContaining(FIRST));
  const shapes = [...FIRST, ...names.filter(name => !FIRST.includes(name))];
  const old: string[] = [];
  const database = await databaseOf(ana);
  // Some share a row, as commands that were issued together do.
  for (let at = 0; at < shapes.length; at += 4) {
    const row: Row = [];
    for (const name of shapes.slice(at, at + 4)) {
      const id = await ana.mints();
      const command: unknown = JSON.parse(readFileSync(GOLDEN + name, "utf8"));
      row.push({ id, after: old.at(-1) ?? newest, issued: Date.now(), at: Date.now(), command });
      old.push(id);
    }
    await leaves(ana, database, row);
  }

  await comesOut(world, "second");
  await ana.device.wire.carryPagesOnly();
  await looksForUpdates(ana);
  await question(ana).getByRole("button", { name: "Reload now" }).click();
  await ana.sees(() => version(ana), "second");
  await ana.sees(async () => (await ana.status()).pending, 1 + shapes.length);
  await ana.goesOnline();
  await ana.isSynced();
  const records = await world.records(ana);
  const outcomes = new Map(records.map(record => [record.command, Object.keys(record.outcome)[0]]));
  const fate = old.map((id, index) => `${shapes[index]}: ${outcomes.get(id) ?? "no record"}`);
  expect(fate.filter(line => line.endsWith("no record"))).toEqual([]);
  expect(fate.slice(0, FIRST.length)).toEqual(FIRST.map(name => `${name}: accepted`));
  expect(await rows(ana, database), "and nothing waits any more").toEqual([]);
  await ledger.isKept([ana]);
});

test("a command newer than the app waits for the update, and so does all that came after it", async ({ world }) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true });
  await ledger.follows(ana);
  await ana.goesOffline();
  const database = await databaseOf(ana);
  const future = await ana.mints();
  const command = { type: "add_task", version: 99, body: { of: "a shape that nobody knows yet" } };
  await leaves(ana, database, [{ id: future, after: null, issued: Date.now(), at: Date.now(), command }]);
  await ana.reloads();
  await ledger.hasSaved(await ledger.tries(ana, [await addTask(ana, "Of today")]));

  await ana.goesOnline();
  await ana.pillSays("Update needed");
  await ana.seesTask("Of today");
  const { status } = await ledger.lampIsTrue(ana);
  expect(status).toMatchObject({ connection: "update_needed", synced: false });
  const kept = (await rows(ana, database)).flatMap(text => JSON.parse(text) as Row);
  expect(kept.find(({ id }) => id === future)?.command, "byte for byte").toEqual(command);
});
