//! How each browser is started, and how it is killed.
import { readdirSync, readFileSync } from "node:fs";
import type { BrowserContext, BrowserContextOptions, LaunchOptions } from "@playwright/test";
import { chromium, firefox } from "@playwright/test";

export type Engine = "chromium" | "firefox";

type Setup = { browserName: Engine; launchOptions: LaunchOptions } & BrowserContextOptions;

const SCREEN = { viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "Europe/Amsterdam" };

/** Debian's Chromium. Without the last flags it keeps calling hosts that a closed network refuses. */
export const CHROMIUM: Setup = {
  ...SCREEN,
  browserName: "chromium",
  launchOptions: {
    executablePath: process.env.LANDFALL_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
};

/** Debian's Firefox ESR, as it comes: Playwright speaks WebDriver BiDi with it. */
export const FIREFOX: Setup = {
  ...SCREEN,
  browserName: "firefox",
  launchOptions: {
    channel: "moz-firefox",
    executablePath: process.env.LANDFALL_FIREFOX ?? "/usr/bin/firefox-esr",
    firefoxUserPrefs: {
      // After a failed connection Firefox makes the next one wait for seconds; the tests cut many.
      "network.websocket.delay-failed-reconnects": false,
      // The tests kill it on purpose; it need not ask about that.
      "toolkit.startup.max_resumed_crashes": -1,
      "browser.sessionstore.resume_from_crash": false,
    },
  },
};

/** A browser with a profile on disk, which outlives it. */
export class Browser {
  readonly context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.#profile = profile;
  }

  static async start(engine: Engine, profile: string): Promise<Browser> {
    const { launchOptions, browserName, ...options } = engine === "chromium" ? CHROMIUM : FIREFOX;
    const type = browserName === "chromium" ? chromium : firefox;
    return new Browser(await type.launchPersistentContext(profile, { ...options, ...launchOptions }), profile);
  }

  /** Ends every process of it at once, as a power cut or the kernel would. Nothing gets to tidy up. */
  async kill(): Promise<void> {
    const gone = new Promise<void>(resolve => this.context.once("close", () => resolve()));
    const processes = family(this.#profile);
    for (const id of processes) {
      try {
        process.kill(id, "SIGKILL");
      } catch {
        // It went with its parent.
      }
    }
    await gone;
    await until(() => processes.every(id => !isAlive(id)));
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** The processes that were started with this profile, and all that they started. */
function family(profile: string): number[] {
  const known = new Map<number, { parent: number; mine: boolean }>();
  for (const name of readdirSync("/proc").filter(name => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      const parent = Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
      known.set(Number(name), { parent, mine: words.some(word => word === profile || word.endsWith(`=${profile}`)) });
    } catch {
      // It ended while we looked.
    }
  }
  const isMine = (id: number): boolean => {
    const found = known.get(id);
    return found !== undefined && (found.mine || isMine(found.parent));
  };
  return [...known.keys()].filter(id => id !== process.pid && isMine(id));
}

function isAlive(id: number): boolean {
  try {
    return !readFileSync(`/proc/${id}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve));
}
