//! What pages were told is saved, and whether it was true: the one check that every torture ends with.
import { expect } from "@playwright/test";
import type { Command, Status } from "../../src/types";
import type { Person } from "./person";
import type { World } from "./world";

/** What one tab claims at one moment. */
export type Lamp = { pill: string; status: Status };

/** Holds pages to their word. A command counts from the moment at which its page says “saved”, and for ever. */
export class Ledger {
  readonly #world: World;
  readonly #saved = new Set<string>();
  readonly #issuedBy = new Map<Person, Set<string>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The commands that were called saved. */
  get saved(): ReadonlySet<string> {
    return this.#saved;
  }

  /** From now on what this tab calls saved is written down, even if it dies in the next moment. */
  async follows(tab: Person): Promise<void> {
    tab.page.on("console", message => {
      const id = /^saved: (.{36})$/.exec(message.text())?.[1];
      if (id) this.#saved.add(id);
    });
  }

  /** Has the tab do it, if it is possible by what the tab knows, and does not wait for anything. */
  async tries(tab: Person, commands: Command[]): Promise<string[]> {
    const ids = await tab.page.evaluate(commands => {
      const engine = window.landfall;
      if (!engine) return [];
      return commands.flatMap(command => {
        const told = engine.submit(command);
        if (!("id" in told)) return [];
        // biome-ignore lint/suspicious/noConsole: what a page has said to its console is heard even if it dies in the next moment.
        const says = () => console.info(`saved: ${told.id}`);
        // Where it cannot be saved now, the page says so at once, and tries again by itself.
        const asks = () => engine.saved(told.id).then(says, () => void setTimeout(asks, 250));
        void asks();
        return [told.id];
      });
    }, commands);
    const issued = this.#issuedBy.get(tab) ?? new Set();
    for (const id of ids) issued.add(id);
    this.#issuedBy.set(tab, issued);
    return ids;
  }

  /** Until the page has called all of these saved. */
  async hasSaved(ids: string[]): Promise<void> {
    await expect.poll(() => ids.filter(id => !this.#saved.has(id)), { message: "not called saved yet" }).toEqual([]);
  }

  /** The lamp may say "all landed" only if the server has all that this tab ever did. Asked in the midst of things. */
  async lampIsTrue(tab: Person): Promise<Lamp> {
    const issued = [...(this.#issuedBy.get(tab) ?? [])];
    const lamp = await lampOf(tab);
    const { status, pill } = lamp;
    if (status.synced || pill.startsWith("All landed")) {
      const recorded = new Set((await this.#world.records(tab)).map(record => record.command));
      const missing = issued.filter(id => !recorded.has(id));
      expect(missing, `“${pill}” was shown, and the server does not have these`).toEqual([]);
    }
    return lamp;
  }

  /**
   * After the torture, when all is well again. Nothing is lost: whatever was called saved has a record. Nothing happened twice: no command
   * has two. All tabs, and a machine that knows only the server's word, show the same. The lamps say that all has landed, and it has.
   */
  async isKept(tabs: Person[]): Promise<void> {
    const [reader] = tabs;
    if (!reader) throw new Error("nobody is left to look");
    // A page hears of its engine's status with the next frame, so what it says right after a command is of before.
    for (const tab of tabs) await tab.sees(async () => (await lampOf(tab)).status.synced, true);
    const records = await this.#world.records(reader);
    const recorded = records.map(record => record.command);
    expect(
      records.map(record => record.position),
      "no gaps (rule 3)",
    ).toEqual(records.map((_, index) => index + 1));
    expect(
      recorded.filter((id, index) => recorded.indexOf(id) !== index),
      "recorded twice (rule 6)",
    ).toEqual([]);
    expect(
      [...this.#saved].filter(id => !recorded.includes(id)),
      "called saved, and lost (rules 4 and 6)",
    ).toEqual([]);
    const backwards = records.filter((record, index) => record.at < (records[index - 1]?.at ?? 0));
    expect(backwards, "times that go back (rule 17)").toEqual([]);

    const newcomer = await this.#world.otherMachine(reader);
    const facts = await newcomer.facts();
    for (const tab of tabs) await tab.sees(() => tab.facts(), facts);
    await newcomer.closesTab();
    for (const tab of tabs) {
      const actor = await tab.actor();
      const refused = records.filter(record => record.actor === actor && "rejected" in record.outcome).length;
      const lamp = await lampOf(tab);
      const truth = { synced: true, pending: 0, in_doubt: 0, position: records.length, rejected: refused };
      expect(lamp, "the lamp (rule 10)").toMatchObject({
        pill: expect.stringMatching(/^All landed/),
        status: truth,
      });
    }
  }
}

/** What the pill shows and what the engine says, read in one moment in which the page has drawn what the engine said. */
export function lampOf(tab: Person): Promise<Lamp> {
  return tab.page.evaluate(async () => {
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    const engine = window.landfall;
    if (!engine) throw new Error("no workspace is open");
    for (;;) {
      const before = JSON.stringify(engine.status());
      await frame();
      await frame();
      const status = engine.status();
      // What changed within these frames may not be on the screen yet.
      if (JSON.stringify(status) === before) {
        const pill = document.querySelector(".pill")?.textContent ?? "";
        return { pill, status: JSON.parse(before) };
      }
    }
  });
}
