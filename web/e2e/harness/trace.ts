//! How long the page's thread was kept at a time, as Chromium's own trace tells it.
import type { Browser, Page } from "@playwright/test";

/** The longest pieces of work of any page's thread, milliseconds, longest first: by the clock, and of the processor. */
export type LongTasks = { wall_ms: number[]; processor_ms: number[]; total_ms: number };

type Event = {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
};

const SHOWN = 5;

/** Does something, and tells what it cost the threads that draw. */
export async function traced(browser: Browser, page: Page, act: () => Promise<void>): Promise<LongTasks> {
  await browser.startTracing(page, {
    categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
  });
  await act();
  const buffer = await browser.stopTracing();
  const trace = JSON.parse(buffer.toString("utf8")) as { traceEvents: Event[] };
  const drawing = new Set(
    trace.traceEvents
      .filter(event => event.name === "thread_name" && event.args?.name === "CrRendererMain")
      .map(event => `${event.pid}/${event.tid}`),
  );
  const tasks = trace.traceEvents.filter(
    event => event.ph === "X" && event.name === "RunTask" && drawing.has(`${event.pid}/${event.tid}`),
  );
  const longest = (of: (event: Event) => number | undefined) =>
    tasks
      .map(event => (of(event) ?? 0) / 1_000)
      .sort((one, other) => other - one)
      .slice(0, SHOWN);
  const total_ms = tasks.reduce((sum, event) => sum + (event.tdur ?? 0) / 1_000, 0);
  return { wall_ms: longest(event => event.dur), processor_ms: longest(event => event.tdur), total_ms };
}
