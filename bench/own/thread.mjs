//! How much the page's thread worked between two of the page's marks, by Chromium's own trace.

const CATEGORIES = ["disabled-by-default-devtools.timeline", "blink.user_timing"];
const ms = us => us / 1_000;

/** Does something, and tells how busy the tab's thread was from the mark `from` to the mark `to`, milliseconds: of the processor, and its longest task. */
export async function threadBetween(tab, from, to, act) {
  const browser = tab.context().browser();
  await browser.startTracing(tab, { categories: CATEGORIES });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString("utf8"));
  const markNamed = name => {
    const mark = traceEvents.findLast(event => event.name === name && event.cat.includes("blink.user_timing"));
    if (!mark) throw new Error(`there is no mark ${name} in the trace`);
    return mark;
  };
  const [first, last] = [markNamed(from), markNamed(to)];
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid, ts, dur }) =>
      name === "RunTask" && ph === "X" && pid === first.pid && tid === first.tid && ts + dur > first.ts && ts < last.ts,
  );
  if (tasks.length === 0) throw new Error(`the trace tells of no task between ${from} and ${to}`);
  // A task that the marks cut counts by the share that lies between them.
  const inside = tasks.map(({ ts, dur, tdur }) => {
    const share = (Math.min(ts + dur, last.ts) - Math.max(ts, first.ts)) / dur;
    return tdur * share;
  });
  return {
    processor_ms: ms(inside.reduce((sum, one) => sum + one, 0)),
    longest_ms: ms(Math.max(...inside)),
    wall_ms: ms(last.ts - first.ts),
  };
}
