//! What a test of several servers starts with: two of them on one PostgreSQL, each behind a wire that is its address, and told of both.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, type Browser as SharedBrowser, type TestInfo } from "@playwright/test";
import type { Engine } from "./browsers";
import { Device } from "./device";
import { Person } from "./person";
import { Postgres } from "./postgres";
import { type Recorded, Server } from "./server";
import { Wire } from "./wire";

/** A server and its address. */
export type Node = { server: Server; wire: Wire };

/** How they are reached: by names of one domain, or by two ports of one host, as the tests' pages are otherwise. */
export type Reach = { domain?: string; twoRoutes?: boolean };

export class Nodes {
  readonly one: Node;
  readonly two: Node;
  readonly #folder: string;
  readonly #shared: SharedBrowser;
  readonly #engine: Engine;
  readonly #people: Person[] = [];

  private constructor(nodes: [Node, Node], folder: string, shared: SharedBrowser, engine: Engine) {
    [this.one, this.two] = nodes;
    this.#folder = folder;
    this.#shared = shared;
    this.#engine = engine;
  }

  static async begin(shared: SharedBrowser, engine: Engine, database: string, reach: Reach): Promise<Nodes> {
    const folder = mkdtempSync(join(tmpdir(), "landfall-e2e-"));
    const node = async (name: string): Promise<Node> => {
      mkdirSync(join(folder, name));
      // For a moment by itself, which gives it a port: the addresses must be known before either starts to work.
      const server = await Server.start(join(folder, name));
      await server.kill();
      return { server, wire: await Wire.to(server.port, reach.domain && `${name}.${reach.domain}`) };
    };
    const [one, two] = await Promise.all([node("one"), node("two")]);
    const settings = {
      LANDFALL_DATABASE: database,
      LANDFALL_ADDRESS: `${one.wire.origin},${two.wire.origin}`,
      LANDFALL_TWO_ROUTES: String(reach.twoRoutes ?? false),
      ...(reach.domain && { LANDFALL_COOKIE_DOMAIN: reach.domain }),
    };
    for (const { server } of [one, two]) await server.startAgain(undefined, settings);
    return new Nodes([one, two], folder, shared, engine);
  }

  /** Somebody with a browser, whose page will come from this node. */
  async person(name: string, at: Node): Promise<Person> {
    const person = new Person(name, await Device.inShared(this.#shared, this.#engine, at.wire));
    this.#people.push(person);
    return person;
  }

  /** The node dies, as by a power cut: open connections break, new ones are refused. */
  async kill(node: Node): Promise<void> {
    await node.server.kill();
    await node.wire.cut();
  }

  /** The log as the second node reads it. */
  async records(reader: Person): Promise<Recorded[]> {
    return this.two.server.records(reader.log, await reader.cookie());
  }

  /** After the test: what helps to understand a failure is attached, then everything goes. */
  async end(info: TestInfo): Promise<void> {
    const nodes = [this.one, this.two];
    if (info.status !== info.expectedStatus) {
      for (const person of this.#people) await person.attach(info);
      for (const { server } of nodes)
        await info.attach(server.logFile, { body: readFileSync(server.logFile), contentType: "text/plain" });
    }
    for (const person of this.#people) await person.device.discard();
    for (const node of nodes) await this.kill(node);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const test = base.extend<{ reach: Reach; nodes: Nodes }, { postgres: Postgres }>({
  postgres: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs.
    async ({}, use) => {
      const postgres = await Postgres.start();
      await use(postgres);
      await postgres.end();
    },
    { scope: "worker" },
  ],
  reach: [{}, { option: true }],
  nodes: async ({ browser, browserName, postgres, reach }, use, info) => {
    if (browserName === "webkit") throw new Error("Landfall's tests drive Chromium and Firefox");
    const nodes = await Nodes.begin(browser, browserName, postgres.newDatabase(), reach);
    await use(nodes);
    await nodes.end(info);
  },
});

export { expect } from "@playwright/test";
