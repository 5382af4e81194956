//! From an empty server to two people at one board, by nothing but the page.
import { expect, test } from "./harness/world";

test("the first visitor founds a workspace, makes a board, invites somebody, and both see the first task", async ({
  world,
}) => {
  const ana = await world.person("Ana");
  await ana.opens("/");
  await ana.page.getByLabel("Workspace").fill("MV Halcyon");
  await ana.page.getByLabel("Your name").fill("Ana");
  await ana.page.getByRole("button", { name: "Open the workspace" }).click();

  await ana.page.getByRole("button", { name: "New board…" }).click();
  const dialog = ana.page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Hull and deck");
  await dialog.getByRole("button", { name: "Lay out the board" }).click();
  await expect(ana.columnOnScreen("Ready")).toBeVisible();
  await ana.addsTask("Grind and lap sea chest valve SC-3");

  await ana.page.getByRole("button", { name: "Workspace" }).click();
  await ana.page.getByRole("menuitem", { name: "People and invitations…" }).click();
  await ana.page.getByRole("button", { name: "Make a link" }).click();
  const link = await ana.page.getByLabel("Link for members").inputValue();

  const ben = await world.person("Ben");
  await ben.opens(new URL(link).pathname);
  await expect(ben.page.getByRole("heading", { name: "Join MV Halcyon" })).toBeVisible();
  await ben.page.getByLabel("Your name").fill("Ben");
  await ben.page.getByRole("button", { name: "Join" }).click();
  await ben.page.getByRole("link", { name: "Hull and deck" }).click();
  await ben.seesTask("Grind and lap sea chest valve SC-3", { in: "Ready", mark: null });
});
