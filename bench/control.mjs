//! What the runner asks a system's server past its own protocol: how many tasks it has, to have so many, how large it is.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const LOOK_MS = 8;
const epochMs = () => performance.timeOrigin + performance.now();
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Resident memory of these processes, megabytes. */
export function residentMb(processes) {
  const kb = processes.map(id => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0));
  return kb.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Answers on `CONTROL`; says READY when it does. `more` are further questions, by path. */
export function control({ count, seed, processes = () => [process.pid], more = {} }) {
  const answers = {
    "/wait": async asked => {
      const [wanted, until] = [Number(asked.get("count")), Date.now() + Number(asked.get("ms"))];
      let found = await count();
      while (found < wanted && Date.now() < until) {
        await pause(LOOK_MS);
        found = await count();
      }
      return { count: found, at: epochMs() };
    },
    "/seed": async asked => {
      await seed(Number(asked.get("count")));
      return { count: await count() };
    },
    "/memory": async () => {
      globalThis.gc?.();
      return { mb: residentMb(await processes()) };
    },
    ...more,
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://control");
    try {
      const answer = answers[pathname];
      response.statusCode = answer ? 200 : 404;
      response.end(JSON.stringify(answer ? await answer(searchParams) : {}));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error?.stack ?? error));
    }
  });
  server.listen(Number(process.env.CONTROL), "127.0.0.1", () => console.log("READY"));
}
