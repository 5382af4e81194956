//! The next version of the app: how it comes out, and how people meet it.
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator } from "@playwright/test";
import type { Person } from "./person";
import type { World } from "./world";

const BUILT = fileURLToPath(new URL("../../dist", import.meta.url));

/** The server is stopped, and started again with the next version, as whoever runs it does. */
export async function comesOut(world: World, next: string): Promise<void> {
  await world.server.kill();
  await world.server.startAgain(release(join(world.folder, next), next));
}

/** What the page does each hour, and the browser by itself some time after the app was opened. */
export const looksForUpdates = (person: Person): Promise<void> =>
  person.page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });

/** The question whether to reload. */
export const question = (person: Person): Locator => person.page.getByRole("region", { name: "New version" });

/** The version that this page is of; the one that was built has no name. */
export const version = (person: Person): Promise<string> =>
  person.page.evaluate(() => document.documentElement.dataset.version ?? "built");

/**
 * Makes a copy of the built page that differs from it as two builds do: every script has another name, so the page and the scripts that name
 * them have another content, and so has the service worker that names them all. The new page carries its version as `data-version`.
 */
function release(folder: string, version: string): string {
  cpSync(BUILT, folder, { recursive: true });
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    // The server compresses by itself what has no smaller copy.
    if (/[.](br|gz)$/.test(name)) rmSync(join(folder, name));
  }
  const assets = join(folder, "assets");
  const [page, worker] = [join(folder, "index.html"), join(folder, "sw.js")];
  const scripts = readdirSync(assets).filter(name => name.endsWith(".js"));
  const begins = scripts.find(script => readFileSync(page, "utf8").includes(`src="/assets/${script}"`));
  if (!begins) throw new Error(`no script in ${BUILT}: was the page built?`);
  const renamed = (script: string) => script.replace(/[.]js$/, `-${version}.js`);
  const naming = (text: string) => scripts.reduce((text, script) => text.replaceAll(script, renamed(script)), text);
  const revision = md5(page);
  edit(page, naming);
  // Whichever script it does not name would not be there without a network.
  edit(worker, text => scripts.reduce((text, script) => replaced(text, script, renamed(script)), text));
  edit(worker, text => replaced(text, revision, md5(page)));
  for (const script of scripts) {
    const first = script === begins ? `document.documentElement.dataset.version = "${version}";\n` : "";
    edit(join(assets, script), text => first + naming(text));
    renameSync(join(assets, script), join(assets, renamed(script)));
  }
  return folder;
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

function replaced(text: string, old: string, by: string): string {
  if (!text.includes(old)) throw new Error(`“${old}” is not there to be replaced`);
  return text.replaceAll(old, by);
}

function md5(path: string): string {
  return createHash("md5").update(readFileSync(path)).digest("hex");
}
