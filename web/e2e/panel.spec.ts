//! A task's panel, the palette and the inbox by keyboard alone: every deed has a key, and focus is never lost.
import { expect, test } from "./harness/world";

test("a task is described, stepped, scheduled and started without a pointer, and taken back", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.doesAddTask("Overhaul ballast pump");
  const page = ana.page;
  await ana.cardOnScreen("Overhaul ballast pump").getByRole("link").focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Task: Overhaul ballast pump" });
  await expect(panel).toBeFocused();

  // From the palette: the questions of an intent, and Esc back to where one came from.
  await page.keyboard.press("i");
  const palette = page.getByRole("dialog", { name: "What do you want to do?" });
  await expect(palette.getByRole("option", { selected: true })).toContainText("Claim");
  await palette.getByRole("combobox").fill("describe");
  await page.keyboard.press("Enter");
  await palette.getByLabel("Description").fill("Open up, renew the bearings.");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(palette).toBeHidden();
  await expect(panel).toContainText("Open up, renew the bearings.");
  await expect(panel).toContainText(/Signed by you|Revised by you/);

  // In the panel: a form opens under the finger and gives focus back.
  const add = panel.getByRole("button", { name: "Add step…" });
  for (const step of ["Isolate and tag", "Draw the coupling"]) {
    await add.focus();
    await page.keyboard.press("Enter");
    await panel.getByRole("textbox", { name: "Step" }).fill(step);
    await page.keyboard.press("Enter");
    await expect(add).toBeFocused();
  }
  await panel.getByRole("checkbox", { name: "Isolate and tag" }).focus();
  await page.keyboard.press("Space");
  await expect(panel).toContainText("1 of 2");

  await panel.getByRole("button", { name: "Reschedule…" }).press("Enter");
  await panel.getByRole("button", { name: "Tomorrow" }).press("Enter");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(panel).toContainText("Say whether it slipped or was re-planned.");
  await panel.getByRole("radio", { name: "It slipped" }).press("Space");
  await panel.getByLabel("Note").fill("crane slot moved");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(panel).toContainText(/rescheduled this .*tomorrow: crane slot moved/);

  await panel.getByRole("button", { name: "Start", exact: true }).press("Enter");
  await ana.seesTask("Overhaul ballast pump", { in: "Under way" });
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await page.keyboard.press("ControlOrMeta+z");
  await ana.seesTask("Overhaul ballast pump", { in: "Ready" });
  await ana.isSynced();
});

test("words that were begun are kept when the panel closes, and what changed meanwhile is said", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.addsTask("Renew gasket");
  await ben.seesTask("Renew gasket", { mark: null });
  const task = (await ana.card("Renew gasket")).id;
  await ana.does({ describe: { task, text: "Use the old gasket.", based_on: null } });
  await ben.sees(async () => (await ben.detail(task)).description?.text, "Use the old gasket.");

  let panel = await ben.opensTask("Renew gasket");
  await panel.getByRole("button", { name: "Revise…" }).click();
  await panel.getByRole("textbox", { name: "Description" }).fill("Use a Viton gasket.");
  await panel.getByRole("button", { name: "Close" }).click();

  const read = (await ana.detail(task)).description_sign.mark;
  await ana.does({ describe: { task, text: "Use a graphite gasket.", based_on: read } });
  await ben.sees(async () => (await ben.detail(task)).description?.text, "Use a graphite gasket.");

  panel = await ben.opensTask("Renew gasket");
  await panel.getByRole("button", { name: "Revise…" }).click();
  await expect(panel.getByRole("textbox", { name: "Description" })).toHaveValue("Use a Viton gasket.");
  await expect(panel.getByText(/Ana revised this .* while you were writing/)).toBeVisible();
  await panel.getByRole("button", { name: "I have read it" }).click();
  await panel.getByRole("button", { name: "Sign and save" }).click();
  await ben.isSynced();
  await ana.sees(async () => (await ana.detail(task)).description?.text, "Use a Viton gasket.");
});

test("a place opens: what was rejected is said again with one button, and leaves the inbox when it has landed", async ({
  world,
}) => {
  const ana = await world.founder("Ana");
  await ana.makesBoard("Dry dock", "DRY", { Claimed: 1 });
  const ben = await world.guest("Ben", ana);
  await ana.addsTask("Renew gasket");
  await ana.addsTask("Paint the funnel");
  await ben.seesTask("Paint the funnel", { mark: null });
  await ana.goesOffline();
  await ana.claims("Paint the funnel");
  await ben.claims("Renew gasket");
  await ben.isSynced();
  await ana.goesOnline();
  await ana.opensInbox();
  await ana.seesRejection("Claim", "Paint the funnel", /limit of 1/);

  await ben.does({ release: { task: (await ben.card("Renew gasket")).id } });
  const again = ana.rejectionOnScreen("Claim", "Paint the funnel").getByRole("button", { name: "Claim again" });
  await again.click();
  await ana.seesEmptyInbox();
  await ana.isSynced();
  expect((await ana.card("Paint the funnel")).holder?.name).toBe("Ana");
});

test("what waits is taken back from the outbox before it was sent, and carried elsewhere in a file", async ({
  world,
}) => {
  const ana = await world.founder("Ana");
  await ana.goesOffline();
  await ana.addsTask("Renew gasket");
  await ana.addsTask("Paint the funnel");
  const outbox = ana.page.getByRole("complementary", { name: "Outbox" });
  await ana.page.getByRole("button", { name: /Outbox$/ }).click();
  await expect(outbox).toContainText("On its way 2");
  // Firefox tells its driver nothing of downloads, so the file is caught where the page hands it over.
  await ana.page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = file => {
      if (file instanceof Blob) void file.text().then(text => document.body.setAttribute("data-file", text));
      return make(file);
    };
  });
  await outbox.getByRole("button", { name: "Save to a file" }).click();
  await expect(ana.page.locator("body")).toHaveAttribute(
    "data-file",
    /"kind": "landfall outbox"[\s\S]*Paint the funnel/,
  );

  await outbox
    .getByRole("listitem")
    .filter({ hasText: "Paint the funnel" })
    .getByRole("button", { name: "Take back" })
    .click();
  await ana.seesNoTask("Paint the funnel");
  await ana.goesOnline();
  await ana.isSynced();
  await expect(outbox).toContainText("Nothing waits. All you did is landed.");
  expect([...(await ana.cards()).keys()]).toEqual(["Renew gasket"]);
});
