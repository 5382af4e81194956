//! A new device on a line that breaks again and again: its download goes on where it was.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Person } from "../harness/person";
import { Server } from "../harness/server";
import { expect, test } from "../harness/world";

declare global {
  interface Window {
    readBytes: number;
  }
}

/** Adds tasks whose words no compression makes small. */
async function addsWordyTasks(person: Person, count: number): Promise<void> {
  const words = Array.from({ length: count }, () => randomBytes(600).toString("base64"));
  await person.page.evaluate(
    ({ words, board }) => {
      const { landfall } = window;
      if (!landfall) throw new Error("no workspace is open");
      const usual = { board, column: null, rank: null, steps: [], labels: [], due: null, estimate_minutes: null };
      landfall.submitMany(
        words.map((description, number) => ({
          add_task: {
            ...{ ...usual, task: landfall.mint(), title: `Check valve ${number + 1}.`, description },
            ...{ priority: "normal" as const, source: null },
          },
        })),
      );
    },
    { words, board: person.board },
  );
  await person.isSynced();
}

/** From the next page on, it is counted how much a page has read of what it downloads. */
async function countsReadBytes(person: Person): Promise<void> {
  await person.device.context.addInitScript(() => {
    const { read } = ReadableStreamDefaultReader.prototype;
    window.readBytes = 0;
    ReadableStreamDefaultReader.prototype.read = async function () {
      const part = await read.call(this);
      window.readBytes += part.value?.byteLength ?? 0;
      return part;
    };
  });
}

const readBytes = (person: Person) => person.page.evaluate(() => window.readBytes);

test("a snapshot whose download is cut, and cut again, is begun once and read to its end", async ({ world }) => {
  const ana = await world.founder("Ana");
  await addsWordyTasks(ana, 200);
  const ben = await world.person("Ben");
  await ben.joins(await ana.invites());
  await world.server.kill();
  await Server.run("snapshot", "--data", join(world.folder, "data"));
  await world.server.startAgain();

  // Nothing reaches Ben but what he downloads.
  const { wire } = ben.device;
  await wire.carryPagesOnly();
  wire.holdsBack("GET /api/logs/", 40_000, 30_000);
  await countsReadBytes(ben);
  const answers: { status: number; range: string | undefined }[] = [];
  ben.device.context.on("response", async response => {
    const { range } = response.request().headers();
    if (response.url().includes("/snapshot?")) answers.push({ status: response.status(), range });
  });
  await ben.opensBoard(ana.board);
  const ends: number[] = [];
  for (const least of [35_000, 60_000]) {
    await ben.sees(async () => (await readBytes(ben)) > least, true);
    ends.push(await readBytes(ben));
    wire.breaksHeld();
  }
  await ben.seesTask("Check valve 1.", { in: "Ready" });

  expect((await ben.cards()).size).toBe(200);
  const [first, second] = ends;
  expect(answers).toEqual([
    { status: 200, range: undefined },
    { status: 206, range: `bytes=${first}-` },
    { status: 206, range: `bytes=${second}-` },
  ]);
});
