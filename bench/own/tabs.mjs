//! Four tabs of one browser: what is done in one, until the others show it.
import { part } from "../rows.mjs";

const LIVE = { count: 300, gap_ms: 15, tail_ms: 1_500 };
const WARM = 10;
const BURST = 1_000;
const CAP_MS = 60_000;
const SETTLE_MS = 2_000;
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

export default {
  words: "four tabs",
  figures: ["offline", "online"].flatMap(line => [
    [`${line}_p50_ms`, `${line}: a mutation in one, until the last of the three others shows it, p50`, "ms", 1, ""],
    [`${line}_p99_ms`, "… p99", "ms", 1, ""],
    [`${line}_all_ms`, `${line}: 1,000 mutations in one, until all four show all`, "ms", 0, ""],
  ]),
  lacks: { floor: "it has one tab" },
  async measure({ device }) {
    const offline = await together(await device(), "offline");
    const online = await together(await device(), "online");
    return { ...offline, ...online };
  },
};

async function together(first, line) {
  const tabs = [first];
  await first.opens("tabs", line === "online");
  while (tabs.length < 4) {
    const tab = await first.beside();
    await tab.opens("tabs", line === "online");
    tabs.push(tab);
  }
  await pause(SETTLE_MS);
  // The tab that opened first has the connection; what is done is done in one that has not.
  const [one, ...others] = [tabs[3], tabs[0], tabs[1], tabs[2]];
  await one.does("live", "warm", WARM, 20);
  await pause(SETTLE_MS);

  const ahead = new Map();
  for (const tab of tabs) ahead.set(tab, await tab.ahead());
  const sent = await one.does("live", "live", LIVE.count, LIVE.gap_ms);
  await pause(LIVE.tail_ms);
  const seen = await Promise.all(
    others.map(async tab => ({ ahead: ahead.get(tab), totals: await tab.does("totals") })),
  );
  // By how many there are, not by which: of many that come at once, those that are scrolled out of sight at once are not drawn.
  const took = sent.map(([id, at], number) => {
    const there = seen.map(({ ahead, totals }) => {
      const shown = totals.find(([total]) => total >= WARM + number + 1);
      if (!shown) throw new Error(`${line}: a tab never showed ${id}`);
      return shown[1] - ahead;
    });
    return Math.max(...there) - (at - ahead.get(one));
  });
  took.sort((some, other) => some - other);

  const all = WARM + LIVE.count + BURST;
  const told = tabs.map(async tab => {
    const at = await tab.does("told", all, CAP_MS);
    if (at === null) throw new Error(`${line}: a tab did not show all ${all} within ${CAP_MS} ms`);
    return at - ahead.get(tab);
  });
  const began = (await one.tab.evaluate("performance.timeOrigin + performance.now()")) - ahead.get(one);
  await one.does("durable", "burst", BURST);
  const shown = await Promise.all(told);
  const answers = await Promise.all(tabs.map(tab => tab.does("shows")));
  if (new Set(answers).size !== 1) throw new Error(`${line}: the tabs do not agree`);
  return {
    [`${line}_p50_ms`]: part(took, 0.5),
    [`${line}_p99_ms`]: part(took, 0.99),
    [`${line}_all_ms`]: Math.max(...shown) - began,
  };
}
