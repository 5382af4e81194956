//! Fifty thousand tasks come in from a file, offline, through the dialog; then they land, and somebody else sees them.
import { join } from "node:path";
import type { Person } from "../harness/person";
import { Server } from "../harness/server";
import { expect, test } from "../harness/world";
import { epochMs, epochWhenSaid, tells } from "./figures";

const COUNT = Number(process.env.LANDFALL_TASKS ?? 50_000);
const CAP_MS = 300_000;
const LOOK_MS = 10;
const HALF_AN_HOUR_MS = 1_800_000;

test("fifty thousand tasks are planned, issued, kept, landed, and seen by somebody else", async ({ world }) => {
  test.setTimeout(HALF_AN_HOUR_MS);
  const ana = await world.founder("Ana", { onDisk: true });
  const ben = await world.guest("Ben", ana, { onDisk: true });
  const file = join(world.folder, "yard.csv");
  await Server.run("sample", "--tasks", String(COUNT), "--out", file);
  const before = await head(world.server, ben);
  await ana.goesOffline();
  await notesMoments(ana);

  const tasks = `${COUNT.toLocaleString("en")} tasks`;
  await ana.page.getByRole("button", { name: "Workspace" }).click();
  await ana.page.getByRole("menuitem", { name: "Import tasks…" }).click();
  const dialog = ana.page.getByRole("dialog");
  const planned = epochWhenSaid(ana.page, `Add ${tasks}`, CAP_MS);
  await dialog.getByLabel("File to import").setInputFiles(file);
  const planned_ms = (await planned) - (await moment(ana, "change"));

  const issued = epochWhenSaid(ana.page, `${tasks} added on this device`, CAP_MS);
  await dialog.getByRole("button", { name: `Add ${tasks}` }).click();
  const issued_ms = (await issued) - (await moment(ana, "click"));
  // What is issued is saved in order: when one more is on the disk, all before it are.
  const durableAt = await ana.page.evaluate(async board => {
    const landfall = window.landfall;
    if (!landfall) throw new Error("no workspace is open");
    const place = { board, column: null, rank: null };
    const told = landfall.submit({
      add_task: { ...place, task: landfall.mint(), title: "One more", steps: [], labels: [], priority: "normal" },
    });
    if (!("id" in told)) throw new Error("one more task was refused");
    await landfall.saved(told.id);
    return performance.timeOrigin + performance.now();
  }, ana.board);
  const durable_ms = durableAt - (await moment(ana, "click"));
  await dialog.getByRole("button", { name: "Show the board" }).click();
  expect((await ana.status()).pending).toBe(COUNT + 1);

  const seen = epochWhenShown(ben, COUNT + 1);
  const online = epochMs();
  await ana.goesOnline();
  const synced = epochWhenSynced(ana);
  while ((await head(world.server, ben)) < before + COUNT + 1) {
    if (epochMs() - online > CAP_MS) throw new Error(`not all had landed within ${CAP_MS} ms`);
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
  const landed_ms = epochMs() - online;
  tells({
    ...{ planned_ms, issued_ms, durable_ms, landed_ms },
    second_ms: (await seen) - online,
    synced_ms: (await synced) - online,
  });
});

/** How many records the server has. */
async function head(server: Server, reader: Person): Promise<number> {
  const answer = await fetch(`${server.address}/api/logs/${reader.log}/records?after=1000000000&limit=1`, {
    headers: { cookie: await reader.cookie() },
  });
  if (!answer.ok) throw new Error(`reading the head: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { head: number }).head;
}

/** From now on the page remembers when something was last clicked or chosen. */
async function notesMoments(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    for (const kind of ["click", "change"] as const) {
      const note = (event: Event) => {
        document.documentElement.dataset[kind] = String(performance.timeOrigin + event.timeStamp);
      };
      addEventListener(kind, note, { capture: true });
    }
  });
}

async function moment(person: Person, kind: "click" | "change"): Promise<number> {
  return Number(await person.page.evaluate(kind => document.documentElement.dataset[kind], kind));
}

/** When the heads of the columns on this person's screen first count so many tasks. */
async function epochWhenShown(person: Person, count: number): Promise<number> {
  const at = await person.page.waitForFunction(
    count => {
      const columns = [...document.querySelectorAll("section.column")];
      const counted = columns.map(one =>
        Number(/, (\d+) tasks?$/.exec(one.getAttribute("aria-label") ?? "")?.[1] ?? 0),
      );
      return counted.reduce((sum, one) => sum + one, 0) === count && performance.timeOrigin + performance.now();
    },
    count,
    { polling: "raf", timeout: CAP_MS },
  );
  return Number(await at.jsonValue());
}

async function epochWhenSynced(person: Person): Promise<number> {
  const at = await person.page.waitForFunction(
    () => window.landfall?.status().synced && performance.timeOrigin + performance.now(),
    undefined,
    { polling: "raf", timeout: CAP_MS },
  );
  return Number(await at.jsonValue());
}
