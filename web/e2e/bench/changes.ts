//! Somebody else who changes so many things a second, past all pages: priorities, titles, new tasks, claims.
import { randomUUID } from "node:crypto";
import type { Server } from "../harness/server";

/** How often changes are sent, milliseconds. */
const TURN_MS = 20;
/** The server takes no more in one request. */
const BATCH_MAX = 256;
const IN_FLIGHT_MAX = 16;
const PRIORITIES = ["low", "normal", "high", "urgent"];

export type Place = {
  server: Server;
  log: string;
  board: string;
  cookie: string;
  /** Tasks that are changed, and those that can be claimed, each once. */
  tasks: { id: string; priority: string }[];
  claimable: string[];
};

type Answer = { records: { outcome: { accepted: unknown[] } | { rejected: unknown } }[] };

/** Sends so many changes a second for so long; tells how many of them changed something, and how many a second that were. */
export async function changes(
  place: Place,
  a_second: number,
  duration_ms: number,
): Promise<{ changed: number; a_second: number }> {
  const device = randomUUID();
  const wanted = Math.round((a_second * duration_ms) / 1_000);
  const flying = new Set<Promise<void>>();
  let [issued, changed, refused] = [0, 0, 0];
  const began = performance.now();
  const send = async (from: number, count: number) => {
    const commands = Array.from({ length: count }, (_, index) => ({
      id: randomUUID(),
      after: null,
      issued: Date.now(),
      command: change(place, from + index),
    }));
    const post = () =>
      fetch(`${place.server.address}/api/logs/${place.log}/commands`, {
        method: "POST",
        headers: { "content-type": "application/json", cookie: place.cookie },
        body: JSON.stringify({ device, commands }),
      });
    let answer = await post();
    // Sent again, it counts once.
    while (answer.status === 429) {
      const { retry_after_ms } = (await answer.json()) as { retry_after_ms: number };
      await new Promise(resolve => setTimeout(resolve, retry_after_ms));
      answer = await post();
    }
    if (!answer.ok) throw new Error(`changes: ${answer.status} ${await answer.text()}`);
    for (const { outcome } of ((await answer.json()) as Answer).records) {
      if (!("accepted" in outcome)) refused++;
      else if (outcome.accepted.length > 0) changed++;
    }
  };
  while (issued < wanted) {
    const due = Math.min(wanted, Math.floor(((performance.now() - began) * a_second) / 1_000));
    const count = Math.min(BATCH_MAX, due - issued);
    if (count > 0 && flying.size < IN_FLIGHT_MAX) {
      const sent = send(issued, count).finally(() => flying.delete(sent));
      flying.add(sent);
      issued += count;
    }
    await new Promise(resolve => setTimeout(resolve, TURN_MS));
  }
  await Promise.all(flying);
  if (refused > 0) throw new Error(`${refused} of ${wanted} changes were refused`);
  return { changed, a_second: (changed * 1_000) / (performance.now() - began) };
}

/** Change `number` of them: four intents in turn. */
function change(place: Place, number: number): { type: string; version: number; body: Record<string, unknown> } {
  const turn = Math.floor(number / 4);
  const task = place.tasks[(number * 37) % place.tasks.length];
  if (!task) throw new Error("there is no task to change");
  const prioritise = () => {
    task.priority = PRIORITIES[(PRIORITIES.indexOf(task.priority) + 1) % PRIORITIES.length] as string;
    return { type: "prioritise", version: 1, body: { task: task.id, priority: task.priority } };
  };
  const claimed = place.claimable[turn];
  switch (number % 4) {
    case 0:
      return prioritise();
    case 1:
      return {
        type: "reword",
        version: 1,
        body: { task: task.id, title: `Reworded for the ${number}th time, while somebody reads` },
      };
    case 2:
      if (claimed) return { type: "claim", version: 1, body: { task: claimed } };
      return prioritise();
    default: {
      const body = { task: randomUUID(), board: place.board, title: `Added as number ${number}`, priority: "normal" };
      return { type: "add_task", version: 1, body: { ...body, column: null, steps: [], labels: [] } };
    }
  }
}
