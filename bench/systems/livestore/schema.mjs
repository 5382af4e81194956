//! One event, one table: for the page, the worker of the store, and the sync backend.
import { Events, makeSchema, Schema, State } from "@livestore/livestore";

const { SQLite } = State;
const text = () => SQLite.text({ default: "" });
const integer = () => SQLite.integer({ default: 0 });

export const tables = {
  tasks: SQLite.table({
    name: "tasks",
    columns: {
      id: SQLite.text({ primaryKey: true }),
      title: text(),
      status: text(),
      assignee: text(),
      project: text(),
      updated_at: integer(),
      priority: integer(),
    },
    indexes: [{ name: "by_project", columns: ["project", "updated_at"] }],
  }),
};

/** The name that the sync backend's log knows the event by. */
export const TASK_ADDED = "v1.TaskAdded";

export const events = {
  taskAdded: Events.synced({
    name: TASK_ADDED,
    schema: Schema.Struct({
      id: Schema.String,
      title: Schema.String,
      status: Schema.String,
      assignee: Schema.String,
      project: Schema.String,
      updated_at: Schema.Number,
      priority: Schema.Number,
    }),
  }),
};

const materializers = SQLite.materializers(events, { [TASK_ADDED]: task => tables.tasks.insert(task) });
export const schema = makeSchema({ events, state: SQLite.makeState({ tables, materializers }) });
