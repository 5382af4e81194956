//! A board with very many tasks on the server, brought there as anybody would: `landfall sample`, `landfall join`, `landfall import`.
import { join } from "node:path";
import type { Person } from "../harness/person";
import { Server } from "../harness/server";
import type { World } from "../harness/world";

/** Fills the board that this person has open, past their page. */
export async function stocksBoard(world: World, person: Person, count: number): Promise<void> {
  const file = join(world.folder, "yard.csv");
  const profile = join(world.folder, "importer");
  await Server.run("sample", "--tasks", String(count), "--out", file);
  await Server.run("join", world.server.address + (await person.invites()), "--name", "Importer", "--profile", profile);
  await Server.run("import", file, "--board", person.board, "--profile", profile);
}
