//! A person at a browser tab, in verbs. What they do and see goes through the page; what they could ask in a console, through the engine.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, expect, type Locator, type Page, type TestInfo } from "@playwright/test";
import type { Landfall } from "../../src/client";
import type { Command, Marked, Status, TaskCard, TaskDetail, Told } from "../../src/types";
import type { Device } from "./device";
import type { Recorded } from "./server";

declare global {
  interface Window {
    landfall?: Landfall;
  }
}

/** The columns of every board in these tests, with the stage that each stands for. */
export const COLUMNS = {
  Ready: "ready",
  Claimed: "claimed",
  "Under way": "under_way",
  "In review": "in_review",
  "Signed off": "signed_off",
} as const;
export type Column = keyof typeof COLUMNS;

export class Person {
  readonly name: string;
  readonly device: Device;
  log = "";
  board = "";
  #page: Page | null = null;
  /** What the page said to the console. */
  readonly #heard: string[] = [];

  constructor(name: string, device: Device) {
    this.name = name;
    this.device = device;
  }

  get page(): Page {
    if (!this.#page) throw new Error(`${this.name} has no page open`);
    return this.#page;
  }

  get #context(): BrowserContext {
    return this.device.context;
  }

  // Coming and going

  /** Opens an address of the product. */
  async opens(path: string): Promise<void> {
    this.#page ??= await this.#newPage();
    await this.#page.goto(this.device.wire.origin + path);
  }

  async #newPage(): Promise<Page> {
    return this.#hears(await this.#context.newPage());
  }

  #hears(page: Page): Page {
    page.on("console", message => this.#heard.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", error => this.#heard.push(`uncaught: ${error.stack ?? error.message}`));
    return page;
  }

  // Founding, joining and the first board go past the page, which takes many times as long; `welcome.spec` goes through it.

  /** The first visit to a new server. */
  async founds(workspace: string): Promise<void> {
    const { log } = await this.#post<{ log: string }>("/api/found", { workspace, name: this.name });
    this.log = log;
  }

  /** Makes a board with the usual columns, and opens it. */
  async makesBoard(name: string, key: string, limits: Partial<Record<Column, number>> = {}): Promise<void> {
    const board = randomUUID();
    const columns = Object.entries(COLUMNS).map(([name, stage]) => ({
      column: randomUUID(),
      name,
      stage,
      limit: limits[name as Column] ?? null,
    }));
    const command = { type: "create_board", version: 1, body: { board, name, key, columns } };
    const { records } = await this.#post<{ records: Recorded[] }>(`/api/logs/${this.log}/commands`, {
      device: randomUUID(),
      commands: [{ id: randomUUID(), after: null, issued: Date.now(), command }],
    });
    expect(records).toMatchObject([{ outcome: { accepted: [{}] } }]);
    await this.opensBoard(board);
    await this.isSynced();
  }

  async opensBoard(board: string): Promise<void> {
    this.board = board;
    await this.opens(`/w/${this.log}/board/${board}`);
    await this.#engineIsOpen();
  }

  /** A link that lets one more person in. */
  async invites(role: "member" | "viewer" = "member"): Promise<string> {
    const { link } = await this.#post<{ link: string }>("/api/invitations", { log: this.log, role });
    return new URL(link, this.device.wire.origin).pathname;
  }

  async joins(link: string): Promise<void> {
    const code = link.split("/").at(-1);
    const { log } = await this.#post<{ log: string }>("/api/join", { code, name: this.name });
    this.log = log;
  }

  /** Signs in here as somebody who is signed in elsewhere. */
  async isSignedInLike(other: Person): Promise<void> {
    await this.#context.addCookies(await other.#context.cookies());
    this.log = other.log;
    await this.opensBoard(other.board);
    await this.isSynced();
  }

  /** The session cookie, for asking the server past the page. */
  async cookie(): Promise<string> {
    const cookies = await this.#context.cookies();
    return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** Another tab of the same browser, on the same board. */
  async opensTab(): Promise<Person> {
    const other = this.atSameBoard();
    await other.opensBoard(this.board);
    return other;
  }

  /** The browser's own "duplicate tab": a copy with the same session storage, at the same address, while this one goes on. */
  async duplicatesTab(): Promise<Person> {
    const other = this.atSameBoard();
    const opened = this.#context.waitForEvent("page");
    await this.page.evaluate(() => void window.open(location.href));
    other.#page = other.#hears(await opened);
    await other.#engineIsOpen();
    return other;
  }

  /** The same person at the same device, without a page yet. */
  atSameBoard(): Person {
    const other = new Person(this.name, this.device);
    other.log = this.log;
    other.board = this.board;
    return other;
  }

  async closesTab(): Promise<void> {
    await this.page.close();
    this.#page = null;
  }

  async reloads(): Promise<void> {
    await this.page.reload();
    await this.#engineIsOpen();
  }

  /** Closes the whole browser, as a person does, and opens it again at the same board. */
  async restartsBrowser(): Promise<void> {
    await this.device.close();
    await this.#startsAgain();
  }

  /** The machine dies. The profile stays. */
  async losesPower(): Promise<void> {
    await this.device.kill();
    this.#page = null;
  }

  async #startsAgain(): Promise<void> {
    await this.device.start();
    this.#page = null;
    await this.opensBoard(this.board);
  }

  /** After `losesPower`. */
  async comesBackToTheMachine(): Promise<void> {
    await this.#startsAgain();
  }

  // The network

  async goesOffline(): Promise<void> {
    await this.isInstalled();
    await this.device.wire.cut();
    await expect.poll(async () => (await this.status()).connection).not.toBe("online");
  }

  /** The network is back, and this person presses "try now" rather than waiting. */
  async goesOnline(): Promise<void> {
    await this.device.wire.mend();
    await this.asksNow();
  }

  asksNow(): Promise<void> {
    return this.page.evaluate(() => window.landfall?.askNow());
  }

  // Working, through the page

  /** Adds a task as a person does: the plus of the first column, a title, Enter. */
  async addsTask(title: string): Promise<void> {
    await this.page.getByRole("button", { name: "New task in Ready" }).click();
    const field = this.page.getByLabel("Title of the new task in Ready");
    await field.fill(title);
    await field.press("Enter");
    await field.press("Escape");
    await this.seesTask(title, { in: "Ready" });
  }

  async opensTask(title: string): Promise<Locator> {
    await this.cardOnScreen(title).getByRole("link").click();
    const panel = this.page.getByRole("complementary", { name: `Task: ${title}` });
    await expect(panel).toBeVisible();
    return panel;
  }

  async claims(title: string): Promise<void> {
    const panel = await this.opensTask(title);
    await panel.getByRole("button", { name: "Claim", exact: true }).click();
    await this.sees(async () => (await this.card(title)).holder?.you, true);
    await panel.getByRole("button", { name: "Close" }).click();
  }

  // Seeing, on the page

  cardOnScreen(title: string): Locator {
    return this.page.getByRole("article").filter({ hasText: title });
  }

  columnOnScreen(column: Column): Locator {
    return this.page.getByRole("region", { name: new RegExp(`^${column}, `) });
  }

  /** Until the card is on the board, in that column, with that holder and that mark. */
  async seesTask(title: string, expected: { in?: Column; holder?: string; mark?: Marked | null } = {}): Promise<void> {
    const place = expected.in ? this.columnOnScreen(expected.in) : this.page;
    const card = place.getByRole("article").filter({ hasText: title });
    await expect(card).toBeVisible();
    if (expected.holder) await this.sees(async () => (await this.card(title)).holder?.name, expected.holder);
    if (expected.mark !== undefined) {
      await this.sees(async () => (await this.card(title)).mark, expected.mark);
      const mark = card.locator("[data-mark]");
      if (expected.mark) await expect(mark).toHaveAttribute("data-mark", expected.mark);
    }
  }

  async seesNoTask(title: string): Promise<void> {
    await expect(this.cardOnScreen(title)).toHaveCount(0);
  }

  async pillSays(words: string | RegExp): Promise<void> {
    await expect(this.page.locator(".pill")).toContainText(words);
  }

  async opensInbox(): Promise<void> {
    await this.opens(`/w/${this.log}/inbox`);
  }

  /** The entry of the inbox for this verb and this task. */
  rejectionOnScreen(verb: string, title: string): Locator {
    return this.page.getByRole("article", { name: new RegExp(`^Rejected: ${verb} `) }).filter({ hasText: title });
  }

  async seesRejection(verb: string, title: string, why: RegExp): Promise<void> {
    await expect(this.rejectionOnScreen(verb, title).locator(".rejection-reason")).toHaveText(why);
  }

  async discardsRejection(verb: string, title: string): Promise<void> {
    await this.rejectionOnScreen(verb, title).getByRole("button", { name: "Discard…" }).click();
    await this.page.getByRole("alertdialog").getByRole("button", { name: "Discard", exact: true }).click();
  }

  async resubmits(verb: string, title: string): Promise<void> {
    await this.rejectionOnScreen(verb, title).getByRole("button", { name: "Edit and resubmit…" }).click();
    await this.rejectionOnScreen(verb, title).getByRole("button", { name: "Resubmit", exact: true }).click();
  }

  async seesEmptyInbox(): Promise<void> {
    await expect(this.page.getByRole("heading", { name: "Nothing was rejected" })).toBeVisible();
    await this.sees(async () => (await this.status()).rejected, 0);
  }

  /** Imports a file through the dialog, into the board that is open, until all of it is on this device. */
  async importsFile(name: string, text: string, count: number): Promise<void> {
    await this.page.getByRole("button", { name: "Workspace" }).click();
    await this.page.getByRole("menuitem", { name: "Import tasks…" }).click();
    const dialog = this.page.getByRole("dialog");
    // As a file on the disk: handed over through the devtools protocol, its text would keep the page's thread.
    const folder = mkdtempSync(join(tmpdir(), "landfall-import-"));
    writeFileSync(join(folder, name), text);
    await dialog.getByLabel("File to import").setInputFiles(join(folder, name));
    const tasks = `${count.toLocaleString("en")} tasks`;
    await dialog.getByRole("button", { name: `Add ${tasks}` }).click();
    const shows = dialog.getByRole("button", { name: "Show the board" });
    await expect(shows).toBeVisible({ timeout: 120_000 });
    await expect(dialog).toContainText(`${tasks} added on this device`);
    rmSync(folder, { recursive: true });
    await shows.click();
  }

  /** Collects the numbers of "Landing N of M" that the pill shows from now on. */
  async followsLanding(): Promise<() => Promise<number[]>> {
    const seen = await this.page.evaluateHandle(() => {
      const numbers: number[] = [];
      const look = () => {
        const found = /Landing (\d+) of/.exec(document.querySelector(".pill")?.textContent ?? "");
        if (found && numbers.at(-1) !== Number(found[1])) numbers.push(Number(found[1]));
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
      return numbers;
    });
    return () => seen.jsonValue();
  }

  /** Until the app can start without a server. */
  async isInstalled(): Promise<void> {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
  }

  /** From now on this tab answers nothing and nobody, for so long: its thread is busy, as a suspended laptop's is. */
  async freezesFor(duration_ms: number): Promise<void> {
    await this.page.evaluate(duration_ms => {
      setTimeout(() => {
        const end = performance.now() + duration_ms;
        while (performance.now() < end);
      }, 0);
    }, duration_ms);
  }

  // Asking the engine, as in a console

  status(): Promise<Status> {
    return this.page.evaluate(() => {
      if (!window.landfall) throw new Error("no workspace is open");
      return JSON.parse(JSON.stringify(window.landfall.status()));
    });
  }

  /** Issues a command that must be fine by what this device knows. Returns its id. */
  async does(command: Command): Promise<string> {
    const told = await this.tries(command);
    if (!("id" in told)) throw new Error(`refused at once: ${JSON.stringify(told)}`);
    return told.id;
  }

  tries(command: Command): Promise<Told> {
    return this.page.evaluate(command => {
      if (!window.landfall) throw new Error("no workspace is open");
      return window.landfall.submit(command);
    }, command);
  }

  mints(): Promise<string> {
    return this.page.evaluate(() => window.landfall?.mint() ?? "");
  }

  /** Until the engine says that this command is on disk. */
  async hasSaved(id: string): Promise<void> {
    await this.page.evaluate(id => window.landfall?.saved(id), id);
  }

  /** Until nothing waits and everything is known. */
  async isSynced(): Promise<void> {
    await this.sees(async () => (await this.status()).synced, true);
  }

  /** The cards that this device knows, by title. */
  async cards(): Promise<Map<string, TaskCard>> {
    // As one string: ten thousand rows handed over value by value take Playwright a quarter of a minute in Firefox.
    const rows: TaskCard[] = JSON.parse(
      await this.page.evaluate(() => {
        const query = { scope: { everything: {} }, group: "none", filter: {}, from: 0, count: 100_000 } as const;
        return JSON.stringify(window.landfall?.query("list", { ...query, collapsed: [] }).rows ?? []);
      }),
    );
    return new Map(rows.map(row => [row.title, row]));
  }

  async card(title: string): Promise<TaskCard> {
    const card = (await this.cards()).get(title);
    if (!card) throw new Error(`${this.name} knows no task “${title}”`);
    return card;
  }

  detail(task: string): Promise<TaskDetail> {
    return this.page.evaluate(task => {
      const detail = window.landfall?.query("task", { task }).head;
      if (!detail) throw new Error("this device does not know that task");
      return detail;
    }, task);
  }

  /** What is true of every task, without what differs between the people who look. */
  async facts(): Promise<object[]> {
    const cards = [...(await this.cards()).values()];
    const facts = cards.map(({ id, number, title, stage, column, rank, holder }) => ({
      ...{ id, number, title, stage, column, rank },
      holder: holder?.actor ?? null,
    }));
    return facts.sort((one, other) => one.id.localeCompare(other.id));
  }

  actor(): Promise<string> {
    return this.page.evaluate(() => window.landfall?.query("workspace", {}).head.me.person.actor ?? "");
  }

  /** Adds a task by its command, for tests that need the command's id. */
  async doesAddTask(title: string): Promise<string> {
    return this.does({
      add_task: {
        ...{ task: await this.mints(), board: this.board, column: null, rank: null, title },
        ...{
          description: null,
          steps: [],
          labels: [],
          due: null,
          estimate_minutes: null,
          priority: "normal",
          source: null,
        },
      },
    });
  }

  /** Until something that this device knows is so; not to know it yet is no failure. */
  async sees<Value>(what: () => Promise<Value>, expected: Value, timeout = 30_000): Promise<void> {
    const look = async () => {
      const seen: unknown = await what();
      expect(seen).toEqual(expected);
    };
    await expect(look).toPass({ timeout, intervals: [50, 100, 250, 500] });
  }

  async #engineIsOpen(): Promise<void> {
    await this.sees(() => this.page.evaluate(() => window.landfall !== undefined), true);
  }

  /** Asks the server as this browser, without its page where that can be. */
  async #post<Answer>(path: string, body: unknown): Promise<Answer> {
    const { origin } = this.device.wire;
    if (this.device.asksByPage) {
      if (!this.#page) await this.opens("/");
      return this.page.evaluate(
        async ([path, body]) => {
          const headers = { "content-type": "application/json" };
          const answer = await fetch(path, { method: "POST", headers, body });
          if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
          return answer.json();
        },
        [path, JSON.stringify(body)] as const,
      );
    }
    const answer = await this.#context.request.post(origin + path, { data: body, headers: { origin } });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  /** What helps to understand a failure: what the page showed, and what it said. */
  async attach(info: TestInfo): Promise<void> {
    await info.attach(`${this.name}.console`, { body: this.#heard.join("\n"), contentType: "text/plain" });
    if (!this.#page || this.#page.isClosed()) return;
    await info.attach(`${this.name}.png`, { body: await this.#page.screenshot(), contentType: "image/png" });
  }
}
