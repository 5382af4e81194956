//! The leading tab's process is stopped, thawed or killed, while another tab is visible: nothing is lost, nothing happens twice.
import type { Command } from "../../src/types";
import { Ledger } from "../harness/ledger";
import type { Person } from "../harness/person";
import { drawnBy, isAlive } from "../harness/processes";
import { expect, test, type World } from "../harness/world";
import { addTask } from "./deeds";

type Tab = { person: Person; process: number };

/** Two tabs of one browser, each drawn by a process of its own. */
async function twoTabs(ana: Person, ledger: Ledger): Promise<{ leader: Tab; follower: Tab }> {
  const opens = async (): Promise<Tab> => {
    const person = ana.atSameBoard();
    const process = await drawnBy(ana.device.engine, ana.device.profile, async () => {
      await person.opensBoard(ana.board);
      return person.page;
    });
    await ledger.follows(person);
    return { person, process };
  };
  const one = await opens();
  const other = await opens();
  await ana.closesTab();
  expect(one.process, "the tabs do not share a process").not.toBe(other.process);
  const leads = async (tab: Tab) => (await tab.person.status()).leader;
  await expect.poll(async () => (await leads(one)) !== (await leads(other)), { message: "one tab leads" }).toBe(true);
  return (await leads(one)) ? { leader: one, follower: other } : { leader: other, follower: one };
}

const burst = async (tab: Person, what: string, count: number): Promise<Command[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => addTask(tab, `${what} ${index + 1}`)));

async function kills({ process: id }: Tab): Promise<void> {
  process.kill(id, "SIGKILL");
  await expect.poll(() => isAlive(id)).toBe(false);
}

async function begins(world: World) {
  const ledger = new Ledger(world);
  const ana = await world.founder("Ana", { onDisk: true });
  const ben = await world.guest("Ben", ana);
  return { ledger, ben, ...(await twoTabs(ana, ledger)) };
}

/** Until this tab has no transaction under way: a transaction that asks for everything begins when all before it have ended. */
async function isDoneWriting({ person }: Tab): Promise<void> {
  const database = `landfall-${await person.actor()}-${person.log}`;
  await person.page.evaluate(
    database =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(database);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction([...opening.result.objectStoreNames], "readwrite");
          transaction.onabort = () => reject(transaction.error);
          transaction.oncomplete = () => resolve();
        };
      }),
    database,
  );
}

test("the leading tab is stopped: the visible one takes over, works and lands; the other is thawed later (rules 6, 9)", async ({
  world,
}) => {
  const { ledger, ben, leader, follower } = await begins(world);
  await ledger.tries(leader.person, await burst(leader.person, "Before", 20));
  await leader.person.isSynced();
  await isDoneWriting(leader);
  process.kill(leader.process, "SIGSTOP");
  const meanwhile = await ledger.tries(follower.person, await burst(follower.person, "Meanwhile", 20));
  await ledger.hasSaved(meanwhile);
  await follower.person.isSynced();
  expect((await follower.person.status()).leader, "the visible tab has taken over").toBe(true);
  await ben.sees(async () => (await ben.card("Meanwhile 20")).mark, null);

  process.kill(leader.process, "SIGCONT");
  await leader.person.isSynced();
  await ledger.tries(leader.person, await burst(leader.person, "Thawed", 3));
  await ledger.isKept([leader.person, follower.person, ben]);
});

test("the leading tab is stopped in the midst of work and thawed later: whatever it held up goes on (rules 4, 6)", async ({
  world,
}) => {
  const { ledger, ben, leader, follower } = await begins(world);
  await ledger.tries(leader.person, await burst(leader.person, "Before", 50));
  process.kill(leader.process, "SIGSTOP");
  // It may hold a transaction open, and then the browser lets nobody else write: the other tab calls nothing saved that is not.
  await ledger.tries(follower.person, await burst(follower.person, "Meanwhile", 20));
  await expect.poll(async () => (await follower.person.status()).leader).toBe(true);
  await ledger.lampIsTrue(follower.person);
  process.kill(leader.process, "SIGCONT");
  await ledger.isKept([leader.person, follower.person, ben]);
});

test("the leading tab is killed in the midst of work: what it called saved is landed by the other (rule 4)", async ({
  world,
}) => {
  const { ledger, ben, leader, follower } = await begins(world);
  // Nothing arrives and nothing is answered: what the leader does is on this disk only.
  await leader.person.device.wire.stall();
  const first = await ledger.tries(leader.person, await burst(leader.person, "Before", 5));
  await ledger.hasSaved(first);
  await ledger.tries(leader.person, await burst(leader.person, "In the midst", 50));
  await kills(leader);
  await leader.person.device.wire.mend();
  await follower.person.asksNow();

  await expect.poll(async () => (await follower.person.status()).leader).toBe(true);
  await ledger.tries(follower.person, await burst(follower.person, "After", 5));
  await ledger.isKept([follower.person, ben]);
  expect(ledger.saved.size).toBeGreaterThanOrEqual(10);
});

test("the leading tab is stopped, and killed while it is stopped", async ({ world }) => {
  const { ledger, ben, leader, follower } = await begins(world);
  await ledger.tries(leader.person, await burst(leader.person, "Before", 50));
  process.kill(leader.process, "SIGSTOP");
  await ledger.tries(follower.person, await burst(follower.person, "Meanwhile", 10));
  await expect.poll(async () => (await follower.person.status()).leader).toBe(true);
  await kills(leader);
  const after = await ledger.tries(follower.person, await burst(follower.person, "After", 10));
  await ledger.hasSaved(after);
  await ledger.isKept([follower.person, ben]);
});
