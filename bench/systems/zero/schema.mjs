//! The table, the queries and the one mutator, for the page and for the endpoints that Zero's cache asks.
import {
  createBuilder,
  createSchema,
  defineMutator,
  defineMutators,
  defineQueries,
  defineQuery,
  number,
  string,
  table,
} from "@rocicorp/zero";
import { ASKED, isValid } from "../../task.mjs";

const task = table("task")
  .columns({
    id: string(),
    title: string(),
    status: string(),
    assignee: string(),
    project: string(),
    updated_at: number(),
    priority: number(),
  })
  .primaryKey("id");

export const schema = createSchema({ tables: [task] });
const builder = createBuilder(schema);

export const queries = defineQueries({
  all: defineQuery(() => builder.task.orderBy("id", "asc")),
  ofProject: defineQuery(({ args }) => builder.task.where("project", args).orderBy("updated_at", "desc").limit(ASKED)),
});

export const mutators = defineMutators({
  addTask: defineMutator(async ({ tx, args }) => {
    if (!isValid(args)) throw new Error("not a task");
    await tx.mutate.task.insert(args);
  }),
});
