//! The task that every system is given, about 200 bytes of JSON, and what a server that validates asks of it. For pages and servers alike.

const WORDS = "inspect and grease the port side fuel valve before the tide turns again tonight";
const STATES = ["open", "doing", "done", "blocked"];
const EPOCH_MS = 1_764_000_000_000;

/** The project that queries ask for. */
export const PROJECT = "project-003";

/** How many of them. */
export const ASKED = 50;
/** The newest of some tasks: the answer to the query, for systems that sort in JavaScript. */
export const newest = tasks => tasks.sort((one, other) => other.updated_at - one.updated_at).slice(0, ASKED);

/** Task `number` of a series. */
export function taskOf(series, number) {
  return {
    id: `${series}-${String(number).padStart(7, "0")}`,
    title: `Task ${number} ${WORDS.slice(number % 9, (number % 9) + 66)}`,
    status: STATES[number % 4],
    assignee: `user-${String(number % 37).padStart(4, "0")}`,
    project: `project-${String(number % 50).padStart(3, "0")}`,
    updated_at: EPOCH_MS + ((number * 7919) % 1_000_003),
    priority: number % 5,
  };
}

/** Would a server that looks at what it is sent take this one? */
export function isValid(task) {
  const isText = (value, max) => typeof value === "string" && value.length > 0 && value.length <= max;
  return (
    isText(task?.id, 63) &&
    isText(task.title, 200) &&
    STATES.includes(task.status) &&
    typeof task.assignee === "string" &&
    typeof task.project === "string" &&
    Number.isInteger(task.updated_at) &&
    Number.isInteger(task.priority) &&
    task.priority >= 0 &&
    task.priority <= 4
  );
}
