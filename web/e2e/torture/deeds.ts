//! Commands for those who have many to give.
import type { Command } from "../../src/types";
import type { Chance } from "../harness/chance";
import type { Person } from "../harness/person";

export async function addTask(tab: Person, title: string, description: string | null = null): Promise<Command> {
  return {
    add_task: {
      ...{ task: await tab.mints(), board: tab.board, column: null, rank: null, title, description },
      ...{ steps: [], labels: [], due: null, estimate_minutes: null, priority: "normal", source: null },
    },
  };
}

/** Something that people do, with what this tab knows: tasks appear, are claimed, let go, talked about and thrown away. */
export async function anyDeed(tab: Person, chance: Chance, name: string): Promise<Command> {
  const known = [...(await tab.cards()).values()];
  const verb = chance.weighted({ add: 4, claim: 3, release: 2, comment: 3, prioritise: 2, block: 1, discard: 1 });
  if (verb === "add" || known.length === 0) return addTask(tab, name);
  const task = chance.pick(known).id;
  switch (verb) {
    case "claim":
      return { claim: { task } };
    case "release":
      return { release: { task } };
    case "comment":
      return { comment: { task, comment: await tab.mints(), text: name } };
    case "prioritise":
      return { prioritise: { task, priority: chance.pick(["low", "normal", "high", "urgent"]) } };
    case "block":
      return { block: { task, why: "crane", until: null } };
    case "discard":
      return { discard_task: { task, why: name } };
  }
}
