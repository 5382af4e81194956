//! Four tabs and a second machine under a storm of commands, while the wires are cut, stalled and muted at random and tabs come and go.
import { Chance } from "../harness/chance";
import { Ledger } from "../harness/ledger";
import type { Person } from "../harness/person";
import { expect, test } from "../harness/world";
import { anyDeed } from "./deeds";

const STEPS = Number(process.env.LANDFALL_STEPS ?? 60);
const TABS = 4;

test("four tabs under a storm, and a wire that is never to be relied on (rules 4, 6, 9, 10)", async ({
  world,
}, info) => {
  test.setTimeout(120_000 + STEPS * 2_000);
  const chance = Chance.of(info);
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana");
  const ben = await world.guest("Ben", ana);
  await ana.isInstalled();
  const tabs: Person[] = [ana];
  while (tabs.length < TABS) tabs.push(await ana.opensTab());
  for (const tab of [...tabs, ben]) await ledger.follows(tab);
  const { wire } = ana.device;

  for (let step = 1; step <= STEPS; step += 1) {
    const tab = chance.pick(tabs);
    const event = chance.weighted({
      ...{ work: 12, others: 4, cut: 2, stall: 1, mute: 2, pages: 1, mend: 4, cutOther: 1, mendOther: 2 },
      ...{ lamp: 4, reload: 1, replace: 1, freeze: 1, kill: 1 },
    });
    switch (event) {
      case "work": {
        const count = chance.pick([1, 1, 2, 10]);
        const deeds = [];
        for (let index = 1; index <= count; index += 1) deeds.push(await anyDeed(tab, chance, `Ana ${step}.${index}`));
        await ledger.tries(tab, deeds);
        break;
      }
      case "others":
        await ledger.tries(ben, [await anyDeed(ben, chance, `Ben ${step}`)]);
        break;
      case "cut":
        await wire.cut();
        break;
      case "stall":
        await wire.stall();
        break;
      case "mute":
        await wire.mute();
        break;
      case "pages":
        await wire.carryPagesOnly();
        break;
      case "mend":
        await wire.mend();
        await tab.asksNow();
        break;
      case "cutOther":
        await ben.device.wire.cut();
        break;
      case "mendOther":
        await ben.device.wire.mend();
        await ben.asksNow();
        break;
      case "lamp":
        await ledger.lampIsTrue(tab);
        break;
      case "reload":
        await tab.reloads();
        break;
      case "replace":
        await tab.closesTab();
        await tab.opensBoard(ana.board);
        await ledger.follows(tab);
        break;
      case "freeze":
        await tab.freezesFor(chance.pick([200, 2_000]));
        break;
      case "kill":
        await world.server.kill();
        await world.server.startAgain();
        break;
    }
  }

  await Promise.all([wire.mend(), ben.device.wire.mend()]);
  for (const tab of [...tabs, ben]) await tab.asksNow();
  await ledger.isKept([...tabs, ben]);
  expect(ledger.saved.size).toBeGreaterThan(0);
});
