//! An installed app whose server is gone: the shell, the engine and the data come up, at any address.
import { expect, test } from "./harness/world";

test("with the server gone the app starts, knows everything, and goes on working", async ({ world }) => {
  const ana = await world.founder("Ana", { onDisk: true });
  await ana.addsTask("Renew gasket");
  await ana.isSynced();
  await ana.isInstalled();
  const task = (await ana.card("Renew gasket")).id;
  await world.server.kill();

  await ana.restartsBrowser();
  await ana.seesTask("Renew gasket", { in: "Ready", mark: null });
  await ana.addsTask("Paint the funnel");
  await ana.claims("Paint the funnel");
  await ana.seesTask("Paint the funnel", { in: "Claimed", mark: "saved" });

  await ana.opens(`/w/${ana.log}/board/${ana.board}?task=${task}`);
  await expect(ana.page.getByRole("heading", { name: "Renew gasket", exact: true })).toBeVisible();

  await world.server.startAgain();
  await ana.goesOnline();
  await ana.isSynced();
  await ana.seesTask("Paint the funnel", { in: "Claimed", mark: null });
});

test("rule 13: the service worker keeps the app's shell and no data, and answers for no data", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.addsTask("Renew gasket");
  await ana.isSynced();
  await ana.isInstalled();
  await ana.reloads();
  await ana.page.evaluate(log => fetch(`/api/logs/${log}/records?after=0&limit=10`), ana.log);
  const kept = await ana.page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map(name => caches.open(name)));
    const requests = await Promise.all(caches_.map(cache => cache.keys()));
    return requests.flat().map(request => new URL(request.url).pathname);
  });
  expect(kept).toContain("/index.html");
  const shell = /^\/(index\.html|manifest\.webmanifest|assets\/[^/]+\.(js|css|wasm)|icon[-\w]*\.(svg|png))$/;
  expect(kept.filter(path => !shell.test(path))).toEqual([]);

  await world.server.kill();
  const answered = await ana.page.evaluate(
    log =>
      fetch(`/api/logs/${log}/records?after=0&limit=10`).then(
        answer => answer.status,
        () => "nobody answers",
      ),
    ana.log,
  );
  expect(answered).not.toBe(200);
});
