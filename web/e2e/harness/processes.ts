//! The processes of a browser: which they are, and which of them draws a given tab.
import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import type { Page } from "@playwright/test";
import type { Engine } from "./browsers";

/** The processes that were started with this profile, and all that they started. */
export function family(profile: string): number[] {
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

/** Lets a process have the processors when nobody else wants them, with all its threads: what would run on another machine does not hold up this one. */
export function yields(id: number): void {
  for (const thread of readdirSync(`/proc/${id}/task`)) {
    try {
      setPriority(Number(thread), 19);
    } catch {
      // It ended while we looked.
    }
  }
}

export function isAlive(id: number): boolean {
  try {
    return !readFileSync(`/proc/${id}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Opens a page by `open`, and tells which process draws it. Each tab has one of its own: in both browsers up to four of one site do. */
export async function drawnBy(engine: Engine, profile: string, open: () => Promise<Page>): Promise<number> {
  if (engine === "chromium") return tracedProcess(await open());
  const before = sitesOfFirefox(profile);
  await open();
  const come = sitesOfFirefox(profile).filter(id => !before.includes(id));
  const [only] = come;
  if (only === undefined || come.length > 1)
    throw new Error(`Firefox drew one tab more by ${come.length} processes more`);
  return only;
}

/** What Chromium's own trace says of the process of a page's main frame. */
async function tracedProcess(page: Page): Promise<number> {
  type Frame = { frame: string; processId: number };
  type Told = { name: string; args: { data?: { frames?: Frame[] } } };
  const devtools = await page.context().newCDPSession(page);
  const told: Told[] = [];
  devtools.on("Tracing.dataCollected", ({ value }) => told.push(...(value as unknown as Told[])));
  const complete = new Promise(resolve => devtools.once("Tracing.tracingComplete", resolve));
  const includedCategories = ["disabled-by-default-devtools.timeline"];
  await devtools.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories } });
  await devtools.send("Tracing.end");
  await complete;
  const { frameTree } = await devtools.send("Page.getFrameTree");
  await devtools.detach();
  const frames = told.flatMap(({ args }) => args.data?.frames ?? []);
  const found = frames.find(({ frame }) => frame === frameTree.frame.id)?.processId;
  if (!found) throw new Error("Chromium's trace does not name the process of this tab");
  return found;
}

/** Firefox's processes that draw a site; those in reserve have another name. */
function sitesOfFirefox(profile: string): number[] {
  return family(profile).filter(id => {
    try {
      return readFileSync(`/proc/${id}/comm`, "utf8").startsWith("Isolated Web Co");
    } catch {
      return false;
    }
  });
}
