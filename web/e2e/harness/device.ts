//! One person's machine: a browser, a wire to the server, and an address of its own.
import { mkdirSync } from "node:fs";
import type { BrowserContext, Browser as SharedBrowser } from "@playwright/test";
import { Browser, type Engine, type Setting } from "./browsers";
import { Wire } from "./wire";

/** A browser behind a wire. With a `profile` it has a disk, and can be killed and started again. */
export class Device {
  readonly wire: Wire;
  readonly engine: Engine;
  readonly #profile: string | null;
  readonly #setting: Setting;
  #browser: Browser | null = null;
  #context: BrowserContext | null;

  private constructor(
    wire: Wire,
    engine: Engine,
    context: BrowserContext | null,
    profile: string | null = null,
    setting: Setting = {},
  ) {
    this.wire = wire;
    this.engine = engine;
    this.#profile = profile;
    this.#setting = setting;
    this.#context = context;
  }

  /** A window of the browser that all tests of this worker share: quick to open, gone with the test. */
  static async inShared(shared: SharedBrowser, engine: Engine, wire: Wire): Promise<Device> {
    return new Device(wire, engine, await shared.newContext());
  }

  /** A browser of its own with a profile on disk. */
  static async onDisk(engine: Engine, serverPort: number, profile: string, setting: Setting): Promise<Device> {
    mkdirSync(profile, { recursive: true });
    const device = new Device(await Wire.to(serverPort), engine, null, profile, setting);
    await device.start();
    return device;
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error("this browser is not running");
    return this.#context;
  }

  /**
   * Can nobody but its pages ask the server as this browser? So it is with private windows, whose cookies are theirs alone, and where the server
   * has a name that browsers know and Node does not.
   */
  get asksByPage(): boolean {
    return this.#setting.isPrivate === true || this.wire.host.endsWith(".localhost");
  }

  /** Where the browser keeps what it keeps. */
  get profile(): string {
    if (!this.#profile) throw new Error("this browser has no profile on disk");
    return this.#profile;
  }

  async start(): Promise<void> {
    this.#browser = await Browser.start(this.engine, this.profile, this.#setting);
    this.#context = this.#browser.context;
    // Before any page writes: Chromium asks how much there is only now and then.
    if (this.engine === "chromium" && this.#setting.space_kb) await this.grants(this.#setting.space_kb);
  }

  /** In Chromium: from now on this site may store so much. */
  async grants(space_kb: number): Promise<void> {
    const [page] = this.context.pages();
    if (!page) throw new Error("a browser on disk has a page from the beginning");
    const devtools = await this.context.newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: this.wire.origin, quotaSize: space_kb * 1024 });
  }

  /** Closes the browser as a person does. */
  async close(): Promise<void> {
    await this.#context?.close();
    this.#context = null;
    this.#browser = null;
  }

  /** Kills the browser: no page gets to say goodbye. */
  async kill(): Promise<void> {
    if (!this.#browser) throw new Error("only a browser on disk can be killed");
    await this.#browser.kill();
    this.#context = null;
    this.#browser = null;
  }

  /** After the test. */
  async discard(): Promise<void> {
    await this.close();
    await this.wire.cut();
  }
}
