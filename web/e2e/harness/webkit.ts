//! WebKitGTK, in Debian's MiniBrowser, by plain WebDriver over HTTP: the third engine, for a smoke test.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

const DRIVER = process.env.LANDFALL_WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
const SCREEN = process.env.LANDFALL_XVFB ?? "/usr/bin/Xvfb";
/** WebDriver's name for "this is an element". */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** One window. Its data are gone when it is closed, as in every browser under automation. */
export class WebKit {
  readonly #screen: ChildProcess;
  readonly #driver: ChildProcess;
  readonly #session: string;

  private constructor(screen: ChildProcess, driver: ChildProcess, session: string) {
    this.#screen = screen;
    this.#driver = driver;
    this.#session = session;
  }

  static async start(): Promise<WebKit> {
    // It draws on a screen that nobody sees; which one, the screen says itself.
    const screen = spawn(SCREEN, ["-displayfd", "3", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const display = await new Promise<string>((resolve, reject) => {
      screen.stdio[3]?.once("data", (bytes: Buffer) => resolve(`:${bytes.toString().trim()}`));
      screen.once("error", reject);
      screen.once("exit", code => reject(new Error(`${SCREEN} ended (${code})`)));
    });
    const port = await freePort();
    const driver = spawn(DRIVER, [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: display } });
    const ended = new Promise<never>((_, reject) => {
      driver.once("error", reject);
      driver.once("exit", code => reject(new Error(`${DRIVER} ended (${code})`)));
    });
    ended.catch(() => undefined);
    const driverAddress = `http://127.0.0.1:${port}/session`;
    const options = { "webkitgtk:browserOptions": { args: ["--automation"] } };
    const begin = { capabilities: { alwaysMatch: options } };
    const { sessionId } = await Promise.race([
      ended,
      untilItListens(() => ask<{ sessionId: string }>("POST", driverAddress, begin)),
    ]);
    return new WebKit(screen, driver, `${driverAddress}/${sessionId}`);
  }

  async close(): Promise<void> {
    await ask("DELETE", this.#session);
    this.#driver.kill();
    this.#screen.kill();
  }

  async opens(address: string): Promise<void> {
    await ask("POST", `${this.#session}/url`, { url: address });
  }

  async reloads(): Promise<void> {
    await ask("POST", `${this.#session}/refresh`, {});
  }

  /** Types into the field with this label. */
  async fills(label: string, text: string): Promise<void> {
    const named = `//label[contains(., "${label}")]`;
    const field = await this.#element(`${named}//input | //input[@id = ${named}/@for]`);
    await ask("POST", `${field}/value`, { text });
  }

  async presses(button: string): Promise<void> {
    await ask("POST", `${await this.#element(`//button[contains(., "${button}")]`)}/click`, {});
  }

  async #element(xpath: string): Promise<string> {
    const found = await ask<Record<string, string>>("POST", `${this.#session}/element`, {
      using: "xpath",
      value: xpath,
    });
    return `${this.#session}/element/${found[ELEMENT]}`;
  }

  /** Runs a function in the page; it sees nothing but the page and what it is given. */
  async evaluate<Given extends unknown[], Value>(
    what: (...given: Given) => Value | Promise<Value>,
    ...given: Given
  ): Promise<Value> {
    const script = `
      const given = Array.from(arguments), done = given.pop();
      Promise.resolve().then(() => (${what})(...given)).then(value => done({ value }), error => done({ error: String(error) }));`;
    type Answer = { value: Value } | { error: string };
    const answer = await ask<Answer>("POST", `${this.#session}/execute/async`, { script, args: given });
    if ("error" in answer) throw new Error(`in the page: ${answer.error}`);
    return answer.value;
  }

  /** The session's cookies, for asking the server past the page. */
  async cookie(): Promise<string> {
    const cookies = await ask<{ name: string; value: string }[]>("GET", `${this.#session}/cookie`);
    return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  }
}

async function ask<Value>(method: string, address: string, body?: unknown): Promise<Value> {
  const answer = await fetch(address, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const { value } = (await answer.json()) as { value: Value & { error?: string; message?: string } };
  if (!answer.ok) throw new Error(`${method} ${new URL(address).pathname}: ${value.error}: ${value.message}`);
  return value;
}

/** The driver tells nobody when it is ready; until then connections are refused. */
async function untilItListens<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
