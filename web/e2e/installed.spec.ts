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
