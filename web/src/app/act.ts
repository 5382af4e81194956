//! From an intent that is offered to the command that does it, and from a move on the board to the intent behind it.
import { askIntent } from "../palette/palette-state";
import { announce } from "../parts/announce";
import { plain } from "../parts/phrase";
import type { ColumnView, Command, Intent, Stage, TaskCard, To } from "../types";
import type { App } from "./context";

/** What is said after an intent that acts at once. */
const DONE: Record<string, string> = {
  claim: "Claimed",
  start: "Started",
  release: "Released",
  accept_handover: "Accepted",
  unblock: "Unblocked",
  restore_task: "Restored",
  submit_for_review: "Submitted",
  sign_off: "Signed off",
  finish: "Finished",
};

const called = (card: TaskCard) => card.number ?? `“${card.title}”`;

/** Does an intent: at once when it asks nothing, else it asks first. */
export function perform(app: App, card: TaskCard, intent: Intent, to?: To): void {
  if (intent.asks.length > 0) {
    askIntent({ task: card.id, verb: intent.verb, ...(to ? { to: { column: to.column, rank: to.rank } } : {}) });
    return;
  }
  // An intent that asks nothing has the task, and perhaps a place, for its only fields.
  const command = { [intent.verb]: to ? { task: card.id, to } : { task: card.id } } as unknown as Command;
  const told = app.submit(command, { done: `${DONE[intent.verb] ?? intent.label} ${called(card)}.` });
  if ("id" in told) announce(`${DONE[intent.verb] ?? intent.label} ${card.title}`);
}

/** What can be done with a task now, and what cannot yet and why. */
export const intentsOf = (app: App, task: string) => app.client.query("intents", { task }).head;

/** Which intents lead from one stage to another, the likeliest first. */
function leading(from: Stage, to: Stage): readonly string[] {
  switch (to) {
    case "ready":
      return from === "signed_off" ? ["reopen"] : ["release", "decline_handover"];
    case "claimed":
      return ["claim"];
    case "under_way":
      return from === "in_review" ? ["send_back"] : ["start"];
    case "in_review":
      return ["submit_for_review"];
    case "signed_off":
      return from === "under_way" ? ["finish", "sign_off"] : ["sign_off"];
  }
}

/** These go where the domain puts them and name no place. */
const PLACELESS = new Set(["decline_handover"]);

/** The stages to which an intent leads that holds now, the task's own included. */
export function reachable(app: App, card: TaskCard): ReadonlySet<Stage> {
  const { now } = intentsOf(app, card.id);
  const stages: Stage[] = ["ready", "claimed", "under_way", "in_review", "signed_off"];
  const leads = (stage: Stage) => now.some(intent => leading(card.stage, stage).includes(intent.verb));
  return new Set(stages.filter(stage => stage === card.stage || leads(stage)));
}

/** Why a column does not take a card, or null when it does. */
export function closedTo(card: TaskCard, column: ColumnView): string | null {
  if (column.id === card.column) return null;
  return column.full ? `Full at ${column.limit}` : null;
}

/** Puts a card into a column before another one (or at the end): a move inside a stage, else the intent of that stage. */
export function place(app: App, card: TaskCard, column: ColumnView, before: string | null): boolean {
  const closed = closedTo(card, column);
  if (closed) {
    announce(`${column.name}: ${closed}`);
    return false;
  }
  // What gets finished comes to the top of its column, wherever it was let go.
  const comesToTop = column.stage === "signed_off" && card.column !== column.id;
  const rank = comesToTop ? null : app.client.rankBetween({ column: column.id, before, moving: card.id });
  if (column.stage === card.stage) {
    const place = rank ?? app.client.rankBetween({ column: column.id, before: null, moving: card.id });
    return "id" in app.submit({ move_task: { task: card.id, column: column.id, rank: place } });
  }
  const { now, later } = intentsOf(app, card.id);
  const verbs = leading(card.stage, column.stage);
  const intent = now.find(candidate => verbs.includes(candidate.verb));
  if (intent) {
    perform(app, card, intent, PLACELESS.has(intent.verb) ? undefined : { column: column.id, rank });
    return true;
  }
  const reason = later.find(candidate => verbs.includes(candidate.verb))?.not_now;
  const words = reason
    ? plain(reason)
    : `From ${stageWords[card.stage]} a task does not go to ${column.name} in one step.`;
  app.refuse([{ text: words }]);
  return false;
}

/** Stages as people say them. */
export const stageWords: Record<Stage, string> = {
  ready: "Ready",
  claimed: "Claimed",
  under_way: "Under way",
  in_review: "In review",
  signed_off: "Signed off",
};

/** What a column of that stage is for, in one line. */
export function purpose(stage: Stage, limit: number | null): string {
  switch (stage) {
    case "ready":
      return "Tasks anyone may claim";
    case "claimed":
      return "Somebody has said “mine”";
    case "under_way":
      return limit === null ? "Work that somebody has started" : `At most ${limit} at a time`;
    case "in_review":
      return "Waits for a second pair of eyes";
    case "signed_off":
      return "Done, and signed by name";
  }
}
