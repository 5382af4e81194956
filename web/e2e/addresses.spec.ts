//! An installation that is reached at several addresses: a node dies and the page goes on at another; a line that loses is not noticed (rule 26).
import { expect, type Nodes, test } from "./harness/nodes";
import type { Person } from "./harness/person";

/** What became of each of these commands, by as many records as it has. */
async function outcomes(nodes: Nodes, reader: Person, commands: string[]): Promise<(string | undefined)[][]> {
  const records = await nodes.records(reader);
  const of = (id: string) =>
    records.filter(({ command }) => command === id).map(({ outcome }) => Object.keys(outcome)[0]);
  return commands.map(of);
}

/** Ana at one node has founded a workspace with a board, and Ben at the other sees that board. */
async function twoAtTheirNodes(nodes: Nodes): Promise<[Person, Person]> {
  const ana = await nodes.person("Ana", nodes.one);
  await ana.founds("MV Halcyon");
  await ana.makesBoard("Hull and deck", "HLD");
  const ben = await nodes.person("Ben", nodes.two);
  await ben.joins(await ana.invites());
  await ben.opensBoard(ana.board);
  return [ana, ben];
}

test("a node dies, and its page goes on at the other by itself: what was under way lands once", async ({ nodes }) => {
  const [ana, ben] = await twoAtTheirNodes(nodes);
  await ana.addsTask("Renew gasket");
  await ben.seesTask("Renew gasket", { mark: null });
  await ana.page.evaluate(() => Object.assign(window, { isTheSamePage: true }));

  // Three are on their way at the moment of its death, and three are issued while there is no line.
  const titles = Array.from({ length: 6 }, (_, number) => `Check valve ${number + 1}.`);
  const underWay = await Promise.all(titles.slice(0, 3).map(title => ana.doesAddTask(title)));
  await nodes.kill(nodes.one);
  const after = await Promise.all(titles.slice(3).map(title => ana.doesAddTask(title)));
  await ana.isSynced();

  expect(await outcomes(nodes, ana, [...underWay, ...after])).toEqual(titles.map(() => ["accepted"]));
  await ben.sees(() => ben.facts(), await ana.facts());
  await ben.addsTask("Paint the funnel");
  await ana.seesTask("Paint the funnel", { in: "Ready", mark: null });
  expect(await ana.page.evaluate(() => "isTheSamePage" in window), "without a reload").toBe(true);
});

test("whoever has just come in by the page knows the other addresses too", async ({ nodes }) => {
  const ana = await nodes.person("Ana", nodes.one);
  await ana.opens("/");
  await ana.page.getByLabel("Workspace").fill("MV Halcyon");
  await ana.page.getByLabel("Your name").fill("Ana");
  await ana.page.getByRole("button", { name: "Open the workspace" }).click();
  await ana.isSynced();
  await nodes.kill(nodes.one);
  const board = await ana.mints();
  const columns = [{ column: await ana.mints(), name: "Ready", stage: "ready" as const, limit: null }];
  await ana.does({ create_board: { board, name: "Hull and deck", key: "HLD", columns } });
  await ana.isSynced();
});

test.describe("by two routes, at names of one domain", () => {
  test.use({ reach: { domain: "board.localhost", twoRoutes: true } });

  test("what the WebSocket loses on its way up lands by HTTP at the other node", async ({ nodes }) => {
    const [ana, ben] = await twoAtTheirNodes(nodes);
    await ben.isSynced();
    const posted: string[] = [];
    ana.page.on("request", request => {
      if (request.method() === "POST") posted.push(request.url());
    });

    await nodes.one.wire.losesWhatSocketsSend();
    const titles = ["Renew gasket", "Paint the funnel", "Test the bilge alarm"];
    const commands = await Promise.all(titles.map(title => ana.doesAddTask(title)));
    for (const title of titles) {
      await ana.seesTask(title, { in: "Ready", mark: null });
      await ben.seesTask(title, { in: "Ready", mark: null });
    }
    expect(await outcomes(nodes, ana, commands)).toEqual(titles.map(() => ["accepted"]));
    expect([...new Set(posted)]).toEqual([`${nodes.two.wire.origin}/api/logs/${ana.log}/commands`]);
    expect((await ana.status()).connection, "the line that loses is still the one that is followed").toBe("online");

    // The other half: Ben's line is a good one, and each of his commands arrives twice, here and there.
    const twice = await ben.doesAddTask("Grease the windlass");
    await ana.seesTask("Grease the windlass", { in: "Ready", mark: null });
    await ben.isSynced();
    expect(await outcomes(nodes, ben, [twice])).toEqual([["accepted"]]);
  });
});
