//! What runs in the page, the same for all systems: issues tasks through the system's adapter and notes when its own subscription tells of them.
//!
//! An adapter has `open({name, port, online, ...})`, `mutate(task)`, `subscribe(told)` where `told(ids, total)` hears ids of tasks that came and,
//! where it knows, how many there are, `size()`, `query()` (50 tasks of one project), `flushed()` (resolves when all is durable here),
//! `goOnline(line)`; `pipelined` when `mutate` need not be awaited before the next. A system that has pending commands to rebase heeds
//! the `line`: `keepsBack` lets nothing but the greeting out, `arrived()` hears that the server said something.
import { taskOf } from "./task.mjs";

const epochMs = () => performance.timeOrigin + performance.now();
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const LOOK_MS = 5;

export function measured(adapter) {
  const seen = new Map();
  let total = 0;
  /** When there were how many, as `[total, at]`. */
  const totals = [];
  let waiting = [];

  const told = (ids, count = 0) => {
    const at = epochMs();
    for (const id of ids) if (!seen.has(id)) seen.set(id, at);
    const known = Math.max(count, seen.size);
    if (known > total) {
      total = known;
      totals.push([total, at]);
    }
    if (waiting.length > 0) {
      waiting = waiting.filter(({ holds, resolve }) => !holds() || (resolve(at), false));
    }
  };
  const until = holds =>
    holds() ? Promise.resolve(epochMs()) : new Promise(resolve => waiting.push({ holds, resolve }));

  const issue = async (series, count) => {
    let newest;
    for (let number = 0; number < count; number++) {
      const issued = adapter.mutate(taskOf(series, number));
      if (issued?.then) {
        if (adapter.pipelined) newest = issued;
        else await issued;
      }
    }
    await newest;
  };

  globalThis.bench = {
    async open(options) {
      await adapter.open(options);
      await adapter.subscribe(told);
    },
    /** One after the other: issued, and told by the own subscription. */
    async local(series, count, cap_ms) {
      const began = performance.now();
      let done = 0;
      while (done < count && performance.now() - began < cap_ms) {
        const task = taskOf(series, done);
        const issued = adapter.mutate(task);
        if (!seen.has(task.id)) await until(() => seen.has(task.id));
        await issued;
        done++;
      }
      return { us: ((performance.now() - began) / done) * 1000, done };
    },
    /** Issued as fast as the system takes them, until durable on this device. */
    async durable(series, count) {
      const began = performance.now();
      await issue(series, count);
      const at = await adapter.flushed();
      return { ms: (at ?? performance.now()) - began };
    },
    async goOnline() {
      const at = epochMs();
      await adapter.goOnline();
      return at;
    },
    /** Goes online on a line that lets nothing of its own out: from the server's first word until `count` tasks are shown, theirs and its own on top. */
    async rebase(count, cap_ms) {
      let arrived;
      const shown = globalThis.bench.told(count, cap_ms);
      await adapter.goOnline({
        keepsBack: true,
        arrived: () => {
          arrived ??= epochMs();
        },
      });
      const at = await shown;
      if (at === null) return null;
      for (const [name, time] of Object.entries({ arrived, shown: at }))
        performance.mark(name, { startTime: time - performance.timeOrigin });
      return { wall_ms: at - arrived };
    },
    told: (count, cap_ms) => Promise.race([until(() => total >= count), pause(cap_ms).then(() => null)]),
    async live(series, count, gap_ms) {
      const sent = [];
      for (let number = 0; number < count; number++) {
        const task = taskOf(series, number);
        sent.push([task.id, epochMs()]);
        await adapter.mutate(task);
        await pause(gap_ms);
      }
      return sent;
    },
    seen: series => [...seen].filter(([id]) => id.startsWith(`${series}-`)),
    totals: () => totals,
    /** From the beginning of the page's life to the first answer with all `count` tasks there. `net_ms` leaves out what loading the page took. */
    async cold(options, count, cap_ms) {
      const began = performance.now();
      await adapter.open(options);
      while ((await adapter.size()) < count) {
        if (performance.now() - began > cap_ms) return null;
        await pause(LOOK_MS);
      }
      const rows = await adapter.query();
      return { net_ms: performance.now() - began, ms: performance.now(), rows: rows.length };
    },
    flushed: () => adapter.flushed(),
    /** What this tab shows, as a text that is to be compared with another tab's. */
    shows: async () => JSON.stringify([total, ...(await adapter.query()).map(({ id }) => id)]),
  };
}
