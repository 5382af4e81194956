//! What a test starts with: a server on an empty folder, and people who come when they are called.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, type Browser as SharedBrowser, type TestInfo } from "@playwright/test";
import type { Engine, Setting } from "./browsers";
import { Device } from "./device";
import { Person } from "./person";
import { type Recorded, Server } from "./server";
import { Wire } from "./wire";

/** Where somebody works: `onDisk` for whoever will be killed, closed or restarted, or whose browser is set unusually. */
export type Where = { onDisk?: boolean } & Setting;

export class World {
  readonly folder: string;
  readonly server: Server;
  readonly #shared: SharedBrowser;
  readonly engine: Engine;
  readonly #people: Person[] = [];

  private constructor(server: Server, folder: string, shared: SharedBrowser, engine: Engine) {
    this.server = server;
    this.folder = folder;
    this.#shared = shared;
    this.engine = engine;
  }

  static async begin(shared: SharedBrowser, engine: Engine): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "landfall-e2e-"));
    return new World(await Server.start(folder), folder, shared, engine);
  }

  /** Somebody with a browser, who has not opened anything yet. */
  async person(name: string, where: Where = {}): Promise<Person> {
    const device = where.onDisk
      ? await Device.onDisk(this.engine, this.server.port, join(this.folder, `profile-${this.#people.length}`), where)
      : await Device.inShared(this.#shared, this.engine, await Wire.to(this.server.port));
    const person = new Person(name, device);
    this.#people.push(person);
    return person;
  }

  /** The first visitor, with a workspace and an open board. */
  async founder(name: string, where?: Where): Promise<Person> {
    const founder = await this.person(name, where);
    await founder.founds("MV Halcyon");
    await founder.makesBoard("Hull and deck", "HLD");
    if (where?.onDisk && this.engine === "chromium") await signedInYesterday(founder);
    return founder;
  }

  /** Somebody who comes by an invitation and opens the same board. */
  async guest(name: string, host: Person, where?: Where): Promise<Person> {
    const guest = await this.person(name, where);
    await guest.joins(await host.invites());
    await guest.opensBoard(host.board);
    await guest.isSynced();
    return guest;
  }

  /** The same person, signed in at another machine, at the same board. */
  async otherMachine(person: Person): Promise<Person> {
    const other = await this.person(person.name);
    await other.isSignedInLike(person);
    return other;
  }

  /** The log as the server keeps it. */
  async records(reader: Person): Promise<Recorded[]> {
    return this.server.records(reader.log, await reader.cookie());
  }

  /** After the test: what helps to understand a failure is attached, then everything goes. */
  async end(info: TestInfo): Promise<void> {
    if (info.status !== info.expectedStatus) {
      for (const person of this.#people) await person.attach(info);
      await info.attach("server.log", { body: readFileSync(this.server.logFile), contentType: "text/plain" });
    }
    for (const person of this.#people) await person.device.discard();
    await this.server.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Chromium writes a new cookie to disk half a minute later, or when it closes. Whoever is killed in a test signed in before that. */
async function signedInYesterday(person: Person): Promise<void> {
  await person.restartsBrowser();
  await person.isSynced();
}

export const test = base.extend<{ world: World }>({
  world: async ({ browser, browserName }, use, info) => {
    if (browserName === "webkit") throw new Error("Landfall's tests drive Chromium and Firefox");
    const world = await World.begin(browser, browserName);
    await use(world);
    await world.end(info);
  },
});

export { expect } from "@playwright/test";
