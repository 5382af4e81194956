//! The server commits, the line dies before the answer, and the browser with it: one effect, and the right outcome.
import { expect, test } from "./harness/world";

for (const how of ["accepted", "rejected"] as const) {
  test(`a command whose answer was lost is ${how} once, and its author learns it`, async ({ world }) => {
    const ana = await world.founder("Ana", { onDisk: true });
    const ben = await world.guest("Ben", ana);
    await ana.addsTask("Renew gasket");
    await ben.seesTask("Renew gasket", { mark: null });
    const task = (await ana.card("Renew gasket")).id;

    // From here on Ana hears nothing, so she cannot know that Ben was first.
    await ana.device.wire.mute();
    if (how === "rejected") {
      await ben.does({ claim: { task } });
      await ben.isSynced();
    }
    const command = await ana.does({ claim: { task } });
    await ana.hasSaved(command);
    const recorded = async () => (await world.records(ben)).filter(record => record.command === command);
    await expect.poll(recorded, { message: "the server has committed it" }).toHaveLength(1);

    await ana.losesPower();
    await ana.device.wire.mend();
    await ana.comesBackToTheMachine();
    await ana.isSynced();
    const outcomes = (await recorded()).map(record => Object.keys(record.outcome)[0]);
    expect(outcomes).toEqual([how]);
    await ana.seesTask("Renew gasket", { in: "Claimed", holder: how === "accepted" ? "Ana" : "Ben" });
    await ben.seesTask("Renew gasket", { in: "Claimed", holder: how === "accepted" ? "Ana" : "Ben" });
    expect((await ana.status()).rejected).toBe(how === "rejected" ? 1 : 0);
  });
}
