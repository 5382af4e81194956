//! A smoke run in WebKitGTK, the engine of Safari as Debian has it: found, work, lose the network, work, reload, come back, all landed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "@playwright/test";
import type { Status } from "../../src/types";
import { Server } from "../harness/server";
import { WebKit } from "../harness/webkit";
import { Wire } from "../harness/wire";

const test = base.extend<{ server: Server; webkit: WebKit }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures a fixture needs.
  server: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "landfall-e2e-"));
    const server = await Server.start(folder);
    await use(server);
    await server.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  webkit: async ({}, use) => {
    const webkit = await WebKit.start();
    await use(webkit);
    await webkit.close();
  },
});

const status = (webkit: WebKit) =>
  webkit.evaluate((): Status | null => (window.landfall ? JSON.parse(JSON.stringify(window.landfall.status())) : null));

const says = (webkit: WebKit, where: string) =>
  webkit.evaluate((where: string) => document.querySelector(where)?.textContent ?? "", where);

const isSynced = (webkit: WebKit) => expect.poll(async () => (await status(webkit))?.synced).toBe(true);

/** Adds a task to the first board, until the page has called it saved. */
const adds = (webkit: WebKit, title: string) =>
  webkit.evaluate(async (title: string) => {
    const engine = window.landfall;
    if (!engine) throw new Error("no workspace is open");
    const board = location.pathname.split("/")[4] ?? "";
    const told = engine.submit({
      add_task: {
        ...{ task: engine.mint(), board, column: null, rank: null, title, description: null },
        ...{ steps: [], labels: [], due: null, estimate_minutes: null, priority: "normal", source: null },
      },
    });
    if (!("id" in told)) throw new Error(JSON.stringify(told));
    await engine.saved(told.id);
    return told.id;
  }, title);

test("WebKitGTK: work offline, reload, land later", async ({ server, webkit }) => {
  const wire = await Wire.to(server.port);
  await webkit.opens(wire.origin);
  await expect.poll(() => says(webkit, "body")).toContain("Open the workspace");
  await webkit.fills("Workspace", "Skarvik Yard");
  await webkit.fills("Your name", "Ana");
  await webkit.presses("Open the workspace");
  await isSynced(webkit);
  const board = await webkit.evaluate(async () => {
    const engine = window.landfall;
    if (!engine) throw new Error("no workspace is open");
    const board = engine.mint();
    const columns = [{ column: engine.mint(), name: "Ready", stage: "ready" as const, limit: null }];
    const told = engine.submit({ create_board: { board, name: "Hull and deck", key: "HLD", columns } });
    if (!("id" in told)) throw new Error(JSON.stringify(told));
    await engine.saved(told.id);
    return `${location.pathname.split("/").slice(0, 3).join("/")}/board/${board}`;
  });
  await webkit.opens(wire.origin + board);
  await isSynced(webkit);
  const saved = [await adds(webkit, "Online")];
  await isSynced(webkit);
  expect((await status(webkit))?.storage.kind).toBe("durable");

  await webkit.evaluate(async () => void (await navigator.serviceWorker.ready));
  await wire.cut();
  await expect.poll(async () => (await status(webkit))?.connection).not.toBe("online");
  saved.push(await adds(webkit, "Without a network"));
  await expect.poll(() => says(webkit, ".pill")).toContain("Offline · 1 to land");
  await webkit.reloads();
  await expect.poll(async () => (await status(webkit))?.pending).toBe(1);
  const dashed = () => webkit.evaluate(() => document.querySelectorAll("article [data-mark=saved]").length);
  await expect.poll(dashed).toBe(1);
  saved.push(await adds(webkit, "After a reload"));
  await expect.poll(() => says(webkit, ".pill")).toContain("Offline · 2 to land");

  await wire.mend();
  await webkit.evaluate(() => window.landfall?.askNow());
  await isSynced(webkit);
  await expect.poll(() => says(webkit, ".pill")).toContain("All landed");
  for (const title of ["Online", "Without a network", "After a reload"]) {
    await expect.poll(() => says(webkit, "main")).toContain(title);
  }
  const log = board.split("/")[2] ?? "";
  const recorded = (await server.records(log, await webkit.cookie())).map(record => record.command);
  expect(
    recorded.filter(command => saved.includes(command)),
    "each once, in order",
  ).toEqual(saved);
  await wire.cut();
});
