//! One browser without a network: whatever happens to it, nothing is lost, and everything lands exactly once.
import type { Person } from "./harness/person";
import { expect, test, type World } from "./harness/world";

const DAY = ["Renew gasket", "Test the bilge alarm", "Paint the funnel"];

/** A day's work, durable to the last command. */
async function doesTheDay(ana: Person): Promise<string[]> {
  const commands: string[] = [];
  for (const title of DAY) commands.push(await ana.doesAddTask(title));
  for (const title of DAY) commands.push(await ana.does({ claim: { task: (await ana.card(title)).id } }));
  await Promise.all(commands.map(command => ana.hasSaved(command)));
  return commands;
}

async function worksOffline(ana: Person): Promise<string[]> {
  await ana.goesOffline();
  return doesTheDay(ana);
}

async function seesTheDay(ana: Person): Promise<void> {
  for (const title of DAY) await ana.seesTask(title, { in: "Claimed", mark: "saved" });
  await ana.pillSays("Offline · 6 to land");
}

async function landsExactlyOnce(world: World, ana: Person, commands: string[]): Promise<void> {
  await ana.goesOnline();
  await ana.isSynced();
  for (const title of DAY) await ana.seesTask(title, { in: "Claimed", mark: null });
  const records = await world.records(ana);
  const landed = records.map(record => record.command).filter(command => commands.includes(command));
  expect(landed, "each once, in the order they were issued").toEqual(commands);
  expect(records.every(record => "accepted" in record.outcome)).toBe(true);
}

test("a reload without a network shows what was done, and it lands later", async ({ world }) => {
  const ana = await world.founder("Ana");
  const commands = await worksOffline(ana);
  await ana.reloads();
  await seesTheDay(ana);
  await landsExactlyOnce(world, ana, commands);
});

test("closing the browser without a network loses nothing", async ({ world }) => {
  const ana = await world.founder("Ana", { onDisk: true });
  const commands = await worksOffline(ana);
  await ana.restartsBrowser();
  await seesTheDay(ana);
  await landsExactlyOnce(world, ana, commands);
});

test("killing the browser right after “saved” loses nothing", async ({ world }) => {
  const ana = await world.founder("Ana", { onDisk: true });
  const commands = await worksOffline(ana);
  await ana.losesPower();
  await ana.comesBackToTheMachine();
  await seesTheDay(ana);
  await landsExactlyOnce(world, ana, commands);
});

test("answers that are lost on the way back make nothing happen twice", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.device.wire.mute();
  const commands = await doesTheDay(ana);
  await expect.poll(async () => (await world.records(ana)).length, { message: "the server has them" }).toBe(2 + 6);
  for (const title of DAY) expect((await ana.card(title)).number, "but Ana does not know").toBeNull();
  await landsExactlyOnce(world, ana, commands);
});

test("in a radio shadow nothing arrives, and afterwards everything lands once", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.device.wire.stall();
  const commands = await doesTheDay(ana);
  expect(await world.records(ana), "founded, and a board").toHaveLength(2);
  await landsExactlyOnce(world, ana, commands);
});
