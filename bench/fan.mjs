//! Row i: `CLIENTS` follow, one issues `COUNT` tasks; how long until the last of them has heard of the last task. One process for all clients.

const CLIENTS = Number(process.env.CLIENTS);
const COUNT = Number(process.env.COUNT);
/** Issued without a turn of the event loop between them. */
const BURST = 10;
const SETTLE_MS = 500;

/** `follow(told)` connects one that calls `told(count)` for what it hears; `issuer()` connects and returns what issues task `number`. */
export async function fan({ follow, issuer }) {
  let complete = 0;
  let finish;
  const finished = new Promise(resolve => {
    finish = resolve;
  });
  for (let client = 0; client < CLIENTS; client++) {
    let heard = 0;
    await follow(count => {
      const before = heard;
      heard += count;
      if (before < COUNT && heard >= COUNT && ++complete === CLIENTS) finish();
    });
  }
  const issue = await issuer();
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS));
  const began = performance.now();
  for (let number = 0; number < COUNT; number++) {
    await issue(number);
    if (number % BURST === BURST - 1) await new Promise(resolve => setImmediate(resolve));
  }
  await finished;
  console.log(JSON.stringify({ ms: performance.now() - began }));
  process.exit(0);
}
