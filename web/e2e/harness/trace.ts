//! How long the page's thread was kept at a time, as Chromium's own trace tells it.
import { writeFileSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";

/** The longest pieces of work of any page's thread, milliseconds, longest first: by the clock, and of the processor. */
export type LongTasks = {
  wall_ms: number[];
  processor_ms: number[];
  total_ms: number;
  /** What the longest of the processor spent their time on, longest first: "UpdateLayoutTree 12.1, Layout 8.0". */
  spent_on: string[];
};

type Event = {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** When it began, microseconds. */
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
};

const SHOWN = 5;
const CAUSES = 4;

/** What was done within a task, by name, each without what it called. */
function spentOn(task: Event, within: readonly Event[]): string {
  const own = new Map<string, number>();
  const add = (event: Event, us: number) => own.set(event.name, (own.get(event.name) ?? 0) + us);
  const open: Event[] = [];
  for (const event of within) {
    while (open.length > 0 && ends(open[open.length - 1] as Event) <= event.ts) open.pop();
    const caller = open[open.length - 1];
    if (caller) add(caller, -(event.tdur ?? event.dur ?? 0));
    add(event, event.tdur ?? event.dur ?? 0);
    open.push(event);
  }
  const most = [...own].sort(([, one], [, other]) => other - one).slice(0, CAUSES);
  return `${((task.tdur ?? 0) / 1_000).toFixed(0)} ms: ${most.map(([name, us]) => `${name} ${(us / 1_000).toFixed(1)}`).join(", ")}`;
}

const ends = (event: Event) => event.ts + (event.dur ?? 0);

/** Does something, and tells what it cost the threads that draw. With a `file`, the trace is kept there, with samples of what ran, for the browser's own tools. */
export async function traced(
  browser: Browser,
  page: Page,
  act: () => Promise<void>,
  file?: string,
): Promise<LongTasks> {
  const categories = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"];
  if (file) categories.push("disabled-by-default-v8.cpu_profiler");
  await browser.startTracing(page, { categories });
  await act();
  const buffer = await browser.stopTracing();
  if (file) writeFileSync(file, buffer);
  const trace = JSON.parse(buffer.toString("utf8")) as { traceEvents: Event[] };
  const drawing = new Set(
    trace.traceEvents
      .filter(event => event.name === "thread_name" && event.args?.name === "CrRendererMain")
      .map(event => `${event.pid}/${event.tid}`),
  );
  const tasks = trace.traceEvents.filter(
    event => event.ph === "X" && event.name === "RunTask" && drawing.has(`${event.pid}/${event.tid}`),
  );
  const ms = (us: number | undefined) => (us ?? 0) / 1_000;
  const longest = (of: "dur" | "tdur") =>
    [...tasks].sort((one, other) => (other[of] ?? 0) - (one[of] ?? 0)).slice(0, SHOWN);
  const worst = longest("tdur");
  const spent_on = worst.map(task => {
    const within = trace.traceEvents.filter(
      event =>
        event.ph === "X" &&
        event.pid === task.pid &&
        event.tid === task.tid &&
        event.ts >= task.ts &&
        ends(event) <= ends(task),
    );
    // Whoever began first, and lasted longest, is the caller.
    return spentOn(
      task,
      within.sort((one, other) => one.ts - other.ts || ends(other) - ends(one)),
    );
  });
  const total_ms = tasks.reduce((sum, event) => sum + ms(event.tdur), 0);
  const [wall_ms, processor_ms] = [longest("dur").map(task => ms(task.dur)), worst.map(task => ms(task.tdur))];
  return { wall_ms, processor_ms, total_ms, spent_on };
}
