//! A tab is duplicated in the midst of work: the copy is another replica of the same device, not a second device, and nothing is done twice.
import { Ledger } from "../harness/ledger";
import { expect, test } from "../harness/world";
import { addTask } from "./deeds";

test("a tab is duplicated offline, both go on, the original is closed, and all lands once (rule 6)", async ({
  world,
}) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ledger.follows(ana);
  await ana.goesOffline();
  await ledger.hasSaved(await ledger.tries(ana, [await addTask(ana, "Before")]));
  const copy = await ana.duplicatesTab();
  await ledger.follows(copy);
  await copy.seesTask("Before", { mark: "saved" });

  const [one, other] = [await addTask(ana, "In the original"), await addTask(copy, "In the copy")];
  const both = await Promise.all([ledger.tries(ana, [one]), ledger.tries(copy, [other])]);
  await ledger.hasSaved(both.flat());
  await ana.seesTask("In the copy", { mark: "saved" });
  await copy.seesTask("In the original", { mark: "saved" });
  await ana.closesTab();

  await copy.goesOnline();
  await ledger.isKept([copy, ben]);
  const devices = (await world.records(ben))
    .filter(record => ledger.saved.has(record.command))
    .map(({ device }) => device);
  expect(new Set(devices).size, "one device").toBe(1);
});

test("a tab is duplicated while its commands are on their way", async ({ world }) => {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana");
  await ledger.follows(ana);
  await ana.isInstalled();
  await ana.device.wire.mute();
  const sent = await ledger.tries(ana, await Promise.all(["One", "Two", "Three"].map(title => addTask(ana, title))));
  await ledger.hasSaved(sent);
  const reaches = async () => (await world.server.records(ana.log, await ana.cookie())).length;
  await expect.poll(reaches, { message: "the server has them, Ana does not know" }).toBe(2 + 3);
  const copy = await ana.duplicatesTab();
  await ledger.follows(copy);
  await ledger.hasSaved(await ledger.tries(copy, [await addTask(copy, "Four")]));
  await ana.goesOnline();
  await ledger.isKept([ana, copy]);
});
