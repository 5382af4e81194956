//! A server whose disk went back, without a word: everybody is told, nobody loses what waits, and all read the same again.
import { expect, test } from "./harness/world";

test("a disk that went back is noticed by who had read more, and what waits lands", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.doesAddTask("Renew gasket");
  await ana.isSynced();
  await world.server.kill();
  const putBack = await world.server.keepImage();
  await world.server.startAgain();
  await ana.isSynced();
  await ana.doesAddTask("Lost with the disk");
  await ana.isSynced();

  await ana.goesOffline();
  const waiting = await ana.doesAddTask("Test the bilge alarm");
  await ana.hasSaved(waiting);
  await world.server.kill();
  await putBack();
  await world.server.startAgain();
  await ana.goesOnline();

  await expect(ana.page.getByText("went back to an earlier state")).toBeVisible();
  await ana.isSynced();
  await ana.seesTask("Renew gasket", { in: "Ready", mark: null });
  await ana.seesTask("Test the bilge alarm", { in: "Ready", mark: null });
  await expect(ana.page.getByText("Lost with the disk")).toHaveCount(0);
  await ana.page.getByRole("button", { name: "Close" }).first().click();
  await expect(ana.page.getByText("went back to an earlier state")).toHaveCount(0);
});
