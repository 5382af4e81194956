//! A browser starts from its disk, without a network, with 20,000 commands that have not landed: until a query is answered with all of them shown.

const COUNT = 20_000;
const CAP_MS = 120_000;
/** Until a cache that is written when idle has been written. */
const IDLE_MS = 4_000;

export default {
  words: "start with 20,000 pending commands",
  figures: [
    ["net_ms", "until the first answer with all of them, from opening the system", "ms", 0, "< 500"],
    ["ms", "the same from the beginning of the page's life, with its scripts", "ms", 0, ""],
  ],
  async measure({ device }) {
    const first = await device();
    await first.opens("pending", false);
    await first.does("durable", "off", COUNT);
    await new Promise(resolve => setTimeout(resolve, IDLE_MS));
    await first.close();
    const again = await device(first);
    const started = await again.does("cold", again.options("pending", false), COUNT, CAP_MS);
    if (!started) throw new Error(`not all ${COUNT} were there within ${CAP_MS} ms`);
    return { net_ms: started.net_ms, ms: started.ms };
  },
};
