//! The board by pointer and by keyboard.
import type { Locator } from "@playwright/test";
import type { Person } from "./harness/person";
import { expect, test } from "./harness/world";

/** Carries something with the pointer, as a hand does, and does not let go yet. */
async function carries(person: Person, what: Locator, where: Locator): Promise<void> {
  const middle = async (of: Locator) => {
    const box = await of.boundingBox();
    if (!box) throw new Error("it is not on the screen");
    return { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 60) };
  };
  const [from, to] = [await middle(what), await middle(where)];
  await person.page.mouse.move(from.x, from.y);
  await person.page.mouse.down();
  await person.page.mouse.move(to.x, to.y, { steps: 12 });
}

async function drags(person: Person, what: Locator, where: Locator): Promise<void> {
  await carries(person, what, where);
  await person.page.mouse.up();
}

test("a card that is dragged to another column does what that column means, for everybody", async ({ world }) => {
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.addsTask("Renew gasket");
  await drags(ana, ana.cardOnScreen("Renew gasket"), ana.columnOnScreen("Claimed"));
  await ana.seesTask("Renew gasket", { in: "Claimed", holder: "Ana" });
  await drags(ana, ana.cardOnScreen("Renew gasket"), ana.columnOnScreen("Under way"));
  await ben.seesTask("Renew gasket", { in: "Under way", holder: "Ana", mark: null });
});

test("a card can be carried by the keyboard, within its column and across", async ({ world }) => {
  const ana = await world.founder("Ana");
  for (const title of ["First", "Second", "Third"]) await ana.doesAddTask(title);
  await ana.seesTask("Third");
  const titles = () => ana.columnOnScreen("Ready").getByRole("article").getByRole("heading").allTextContents();
  expect(await titles()).toEqual(["First", "Second", "Third"]);

  await ana.cardOnScreen("Third").getByRole("link").focus();
  await ana.page.keyboard.press("Shift+ArrowUp");
  await expect.poll(titles).toEqual(["First", "Third", "Second"]);
  await ana.page.keyboard.press("Shift+ArrowRight");
  await ana.seesTask("Third", { in: "Claimed", holder: "Ana" });
  await expect(ana.cardOnScreen("Third").getByRole("link"), "focus goes with the card").toBeFocused();
});

test("a full column does not take a card, and says so", async ({ world }) => {
  const ana = await world.founder("Ana");
  await ana.makesBoard("Dry dock", "DRY", { Claimed: 1 });
  await ana.addsTask("Renew gasket");
  await ana.addsTask("Paint the funnel");
  await ana.claims("Renew gasket");
  await expect(ana.columnOnScreen("Claimed")).toContainText("1 of 1 · full");
  await carries(ana, ana.cardOnScreen("Paint the funnel"), ana.columnOnScreen("Claimed"));
  await expect(ana.columnOnScreen("Claimed")).toContainText("Full at 1");
  await ana.page.mouse.up();
  await ana.seesTask("Paint the funnel", { in: "Ready" });
  expect((await ana.status()).rejected, "nothing was even asked of the server").toBe(0);
});
