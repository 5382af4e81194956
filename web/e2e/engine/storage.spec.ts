//! A device whose storage fails: it says so, goes on in memory, and never deletes anything.
import type { Person } from "../harness/person";
import { expect, test } from "../harness/world";

/** From the next page on, IndexedDB refuses to open, as in some private windows and with a damaged profile. */
async function cannotOpenStorage(person: Person): Promise<void> {
  await person.device.context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("The database cannot be opened", "InvalidStateError");
    };
  });
}

/** From now on every write says that the disk is full. The returned function makes room again. */
async function fillsTheDisk(person: Person): Promise<() => Promise<void>> {
  const put = await person.page.evaluateHandle(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("The disk is full", "QuotaExceededError");
    };
    return put;
  });
  return () =>
    person.page.evaluate(put => {
      IDBObjectStore.prototype.put = put;
    }, put);
}

test("without storage the work goes on in memory, the page says so, and it lands", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.person("Ben");
  await cannotOpenStorage(ben);
  await ben.joins(await ana.invites());
  await ben.opensBoard(ana.board);
  await ben.sees(async () => (await ben.status()).storage.kind, "memory");
  await ben.pillSays("not kept on this device");

  await ben.addsTask("Renew gasket");
  await ana.seesTask("Renew gasket", { mark: null });
});

test("a full disk loses nothing that was saved before, and what comes now still lands", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  const before = await ana.doesAddTask("Renew gasket");
  await ana.hasSaved(before);
  const makesRoom = await fillsTheDisk(ana);
  await ana.addsTask("Paint the funnel");
  await ben.seesTask("Paint the funnel", { mark: null });
  await makesRoom();

  await ana.reloads();
  await ana.seesTask("Renew gasket", { mark: null });
  await ana.seesTask("Paint the funnel", { mark: null });
});

test("an outbox can be carried to another machine in a file, and still lands once", async ({ world }) => {
  const ana = await world.founder("Ana");
  const yard = await world.otherMachine(ana);
  await ana.goesOffline();
  const commands = [await ana.doesAddTask("Renew gasket"), await ana.doesAddTask("Paint the funnel")];
  const file = await ana.page.evaluate(async () => (await window.landfall?.exportOutbox())?.text() ?? "");

  const imported = await yard.page.evaluate(file => window.landfall?.importOutbox(new Blob([file])), file);
  expect(imported).toMatchObject({ imported: 2, known: 0, problems: [] });
  await yard.isSynced();
  await yard.seesTask("Paint the funnel", { mark: null });

  await ana.goesOnline();
  await ana.isSynced();
  await ana.seesTask("Renew gasket", { mark: null });
  const recorded = (await world.records(ana)).map(record => record.command);
  for (const command of commands) expect(recorded.filter(other => other === command)).toHaveLength(1);
});
