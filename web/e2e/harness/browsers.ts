//! How each browser is started, and how it is killed.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BrowserContext, BrowserContextOptions, LaunchOptions } from "@playwright/test";
import { chromium, firefox } from "@playwright/test";
import { family, isAlive } from "./processes";

export type Engine = "chromium" | "firefox";

type Setup = { browserName: Engine; launchOptions: LaunchOptions } & BrowserContextOptions;

const SCREEN = { viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "Europe/Amsterdam" };

/**
 * Debian's Chromium. Without these flags it keeps calling hosts that a closed network refuses; the benches start it with the same ones.
 * `--disable-features` replaces Playwright's, so it repeats them, and adds what only a person at a window has use for: two renderers
 * for the pop-ups of each address bar, and one in reserve. They were two fifths of what a test took.
 */
export const CHROMIUM: Setup = {
  ...SCREEN,
  browserName: "chromium",
  launchOptions: {
    executablePath: process.env.LANDFALL_CHROMIUM ?? "/usr/bin/chromium",
    args: JSON.parse(readFileSync(fileURLToPath(new URL("./chromium-flags.json", import.meta.url)), "utf8")),
  },
};

/** Debian's Firefox ESR, as it comes: Playwright speaks WebDriver BiDi with it. */
export const FIREFOX: Setup = {
  ...SCREEN,
  browserName: "firefox",
  launchOptions: {
    channel: "moz-firefox",
    executablePath: fileURLToPath(new URL("./firefox.sh", import.meta.url)),
    firefoxUserPrefs: {
      // After a failed connection Firefox makes the next one wait for seconds; the tests cut many.
      "network.websocket.delay-failed-reconnects": false,
      // The tests kill it on purpose; it need not ask about that.
      "toolkit.startup.max_resumed_crashes": -1,
      "browser.sessionstore.resume_from_crash": false,
      // Headless, it draws each frame of what moves, its own throbbers too, without a graphics processor: half of what a test took.
      // Chromium's tests see the page move.
      "ui.prefersReducedMotion": 1,
    },
  },
};

/** What may be unusual about a browser. */
export type Setting = {
  /** Variables of its process. */
  env?: Record<string, string>;
  /** Only private windows. */
  isPrivate?: boolean;
  /** What a site may store, kilobytes: a preference of Firefox; Chromium is told by its devtools protocol while it runs. */
  space_kb?: number;
};

/** A browser with a profile on disk, which outlives it. */
export class Browser {
  readonly context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.#profile = profile;
  }

  static async start(engine: Engine, profile: string, setting: Setting = {}): Promise<Browser> {
    const { launchOptions, browserName, ...options } = engine === "chromium" ? CHROMIUM : FIREFOX;
    const type = browserName === "chromium" ? chromium : firefox;
    const prefs = launchOptions.firefoxUserPrefs && { ...launchOptions.firefoxUserPrefs, ...prefsOf(setting) };
    const launch = {
      ...launchOptions,
      ...(prefs && { firefoxUserPrefs: prefs }),
      env: { ...process.env, ...setting.env },
    };
    return new Browser(
      await type.launchPersistentContext(profile, { ...options, ...launch } as LaunchOptions),
      profile,
    );
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

function prefsOf({ isPrivate, space_kb }: Setting): Record<string, boolean | number> {
  const prefs: Record<string, boolean | number> = {};
  if (isPrivate) prefs["browser.privatebrowsing.autostart"] = true;
  if (space_kb) prefs["dom.quotaManager.temporaryStorage.fixedLimit"] = space_kb;
  return prefs;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve));
}
