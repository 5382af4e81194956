//! The rows of the table: what is done, and what is noted, each on a server and devices of its own.
import { join } from "node:path";
import { Device, Server } from "./stage.mjs";
import { SYSTEMS } from "./systems.mjs";

const CAP_MS = 120_000;
const LOCAL_CAP_MS = 20_000;
const SETTLE_MS = 500;
/** Until a cache that is written when idle has been written. */
const IDLE_MS = 4_000;
const LIVE = { count: 300, gap_ms: 15, tail_ms_max: 15_000 };
const WARM = 10;
const FAN = { clients: 200, count: 100, cap_ms: 90_000 };
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
/** The value that so large a share of the sorted ones is below. */
export const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Steps by name. Each gets a stage and returns figures by their row. */
export const STEPS = {
  /** a: issued and told by the own subscription, one after the other. */
  async local({ device, onlineOnly }) {
    const one = await device();
    await one.opens("local", onlineOnly);
    await one.does("local", "warm", 50, LOCAL_CAP_MS);
    const first = await one.does("local", "a", 1_000, LOCAL_CAP_MS);
    const other = await device();
    await other.opens("local", onlineOnly);
    return { a1k_us: first.us, a10k_us: (await other.does("local", "b", 10_000, LOCAL_CAP_MS)).us };
  },

  /** b, c, d with a thousand. */
  async offline1k(stage) {
    const { ana, ben, landedCount, figures } = await (stage.onlineOnly ? met(stage) : landed(stage, 1_000));
    await ana.does("live", "warm", WARM, 20);
    await pause(SETTLE_MS);
    const [anaAhead, benAhead] = [await ana.ahead(), await ben.ahead()];
    const sent = await ana.does("live", "live", LIVE.count, LIVE.gap_ms);
    await ben.does("told", landedCount + WARM + LIVE.count, LIVE.tail_ms_max);
    const seen = new Map(await ben.does("seen", "live"));
    const took = sent.filter(([id]) => seen.has(id)).map(([id, at]) => seen.get(id) - benAhead - (at - anaAhead));
    took.sort((one, other) => one - other);
    const live =
      took.length === LIVE.count
        ? { d50_ms: part(took, 0.5), d99_ms: part(took, 0.99) }
        : { d_lost: LIVE.count - took.length };
    const { durable, server, client } = figures ?? {};
    return { ...(figures && { b1k_ms: durable, c1k_server_ms: server, c1k_client_ms: client }), ...live };
  },

  /** b and c with ten thousand. */
  async offline10k(stage) {
    const { figures } = await landed(stage, 10_000);
    return { b10k_ms: figures.durable, c10k_server_ms: figures.server, c10k_client_ms: figures.client };
  },

  /** f, e, h with fifty thousand: a new device, then a start from its disk without a network. */
  async cold({ server, device }) {
    const count = 50_000;
    const seeded = await server.ask(`/seed?count=${count}`);
    if (seeded.count < count) throw new Error(`only ${seeded.count} were seeded`);
    const first = await device();
    const fresh = await first.does("cold", first.options("cold", true), count, CAP_MS);
    if (!fresh) throw new Error(`a new device had not all ${count} within ${CAP_MS} ms`);
    await first.does("flushed");
    await pause(IDLE_MS);
    await first.close();
    const again = await device(first);
    const started = await again.does("cold", again.options("cold", false), count, CAP_MS);
    if (!started) throw new Error(`a cold start had not all ${count} within ${CAP_MS} ms`);
    await pause(SETTLE_MS);
    const { heap_mb, wasm_mb } = await again.memoryMb();
    const { mb } = await server.ask("/memory");
    return { f50k_ms: fresh.net_ms, e50k_ms: started.net_ms, h50k_mb: heap_mb + wasm_mb, server50k_mb: mb };
  },

  /** i: many that follow. */
  async fan({ server }) {
    return { i200_ms: (await server.fan(FAN.clients, FAN.count, FAN.cap_ms)).ms };
  },
};

/** Ana works offline, then goes online; Ben is online all the time. */
async function landed({ server, device, settle_ms }, count) {
  const [ana, ben] = [await device(), await device()];
  await ana.opens("ana", false);
  const durable = (await ana.does("durable", "off", count)).ms;
  await ben.opens("ben", true);
  await pause(settle_ms);
  const [anaAhead, benAhead] = [await ana.ahead(), await ben.ahead()];
  const told = ben.does("told", count, CAP_MS);
  const counted = server.ask(`/wait?count=${count}&ms=${CAP_MS}`);
  const began = (await ana.goesOnline("ana")) - anaAhead;
  const [seen, found] = await Promise.all([told, counted]);
  if (seen === null || found.count < count)
    throw new Error(`${found.count} of ${count} had landed within ${CAP_MS} ms`);
  return {
    ana,
    ben,
    landedCount: count,
    figures: { durable, server: found.at - began, client: seen - benAhead - began },
  };
}

/** Ana and Ben are online, and nothing was done yet. */
async function met({ device, settle_ms }) {
  const [ana, ben] = [await device(), await device()];
  await ana.opens("ana", true);
  await ben.opens("ben", true);
  await pause(settle_ms);
  return { ana, ben, landedCount: 0 };
}

/** Does one thing with a system, on a server and devices of its own; `step` is what they are named after. */
export async function run(step, act, system, { scratch, page, ports, servedPort }) {
  const server = await Server.start(system, scratch, page, ports);
  const devices = [];
  const device = async before => {
    const entered = before ? before.entered : await server.ask("/enter").catch(() => undefined);
    const profile = before ? before.profile : join(scratch, system, `profile-${step}-${devices.length}-${Date.now()}`);
    const one = await Device.start(profile, { page: servedPort ?? ports.server, server, entered });
    devices.push(one);
    return one;
  };
  try {
    const { settle_ms = SETTLE_MS, onlineOnly = false } = SYSTEMS[system];
    return await act({ server, device, settle_ms, onlineOnly });
  } finally {
    for (const one of devices) await one.close().catch(() => {});
    await server.stop();
  }
}
