//! A page with 1,000 pending commands reads 1,000 records of somebody else: from the server's first word until its live query shows both.
//!
//! Nothing of its own goes out meanwhile, so all that its thread does is to read, fold, replay and show.
import { threadBetween } from "./thread.mjs";

const COUNT = 1_000;
const CAP_MS = 60_000;
const SETTLE_MS = 1_000;

export default {
  words: "rebase of 1,000 pending commands over 1,000 records of others",
  figures: [
    ["processor_ms", "the page's thread, processor time from the server's first word until shown", "ms", 1, "< 16"],
    ["longest_ms", "… its longest task", "ms", 1, ""],
    ["wall_ms", "the same by the clock, with what the server and the line take", "ms", 1, ""],
  ],
  async measure({ server, device }) {
    const ana = await device();
    await ana.opens("rebase", false);
    await ana.does("durable", "off", COUNT);
    const { count: before } = await server.ask(`/wait?count=0&ms=0`);
    const { count: seeded } = await server.ask(`/seed?count=${COUNT}`);
    if (before !== 0 || seeded !== COUNT) throw new Error(`the server has ${before}, then ${seeded} tasks`);
    await new Promise(resolve => setTimeout(resolve, SETTLE_MS));
    const figures = await threadBetween(ana.tab, "arrived", "shown", async () => {
      if (!(await ana.does("rebase", 2 * COUNT, CAP_MS))) throw new Error(`not rebased within ${CAP_MS} ms`);
    });
    const { count: after } = await server.ask(`/wait?count=0&ms=0`);
    if (after !== COUNT) throw new Error(`${after - COUNT} commands went out that were to be kept back`);
    return figures;
  },
};
