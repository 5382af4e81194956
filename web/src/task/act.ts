//! Saying an intent about a task: at once, with its Take back, or after its questions.
import { type App, useApp } from "../app/context";
import type { TaskDetail, Told } from "../types";
import { type Aim, type Answers, commandOf, markOf, startingAnswers } from "./intent-fields";

/** How the deed is named in the toast, before what it was done to. */
const deeds: Readonly<Record<string, string>> = {
  claim: "Claimed",
  start: "Started",
  release: "Released",
  assign: "Assigned",
  hand_over: "Handed over",
  accept_handover: "Accepted",
  decline_handover: "Declined",
  block: "Blocked",
  unblock: "Unblocked",
  submit_for_review: "Submitted",
  sign_off: "Signed off",
  send_back: "Sent back",
  finish: "Finished",
  reopen: "Reopened",
  reschedule: "Rescheduled",
  prioritise: "Prioritised",
  estimate: "Estimated",
  label: "Labelled",
  reword: "Reworded",
  describe: "Described",
  comment: "Commented on",
  revise_comment: "Revised a comment on",
  discard_comment: "Discarded a comment on",
  restore_comment: "Restored a comment on",
  add_step: "Added a step to",
  reword_step: "Reworded a step of",
  discard_step: "Discarded a step of",
  restore_step: "Restored a step of",
  link: "Linked",
  unlink: "Unlinked",
  discard_task: "Discarded",
  restore_task: "Restored",
};

/** The words of an intent without the ellipsis that says it will ask. */
export const bareWords = (label: string): string => label.replace(/(…|\.\.\.)$/, "");

/** An intent as somebody states it. */
export type Stated = { readonly verb: string; readonly words: string };

/** Where an intent aims when nothing else is said: at this task, and at its part as it is now. */
export function aimAt(verb: string, task: TaskDetail, more?: Partial<Aim>): Aim {
  return {
    task: task.card.id,
    basedOn: markOf(verb, task, more?.step),
    labels: [...task.card.labels],
    ...more,
  };
}

/** How a task is called in a sentence. */
const called = (task: TaskDetail | null): string => (task ? (task.card.number ?? `“${task.card.title}”`) : "it");

/** What the toast says; a tick answers for itself and needs none. */
function deed(verb: string, words: string, task: TaskDetail | null): string | undefined {
  if (verb === "tick_step" || verb === "untick_step") return undefined;
  return `${deeds[verb] ?? bareWords(words)} ${called(task)}.`;
}

/** Says an intent. */
export function say(
  app: App,
  stated: Stated,
  task: TaskDetail | null,
  aim: Aim,
  options?: { answers?: Answers; quiet?: boolean },
): Told {
  const answers = options?.answers ?? startingAnswers(stated.verb, task);
  const command = commandOf(stated.verb, aim, answers, () => app.client.mint());
  const done = deed(stated.verb, stated.words, task);
  return app.submit(command, { ...(done === undefined ? {} : { done }), quiet: options?.quiet ?? false });
}

/** Says intents about whatever task is at hand. */
export function useSaying(): {
  atOnce: (stated: Stated, task: TaskDetail, more?: Partial<Aim>) => Told;
  answered: (stated: Stated, task: TaskDetail | null, aim: Aim, answers: Answers) => Told;
} {
  const app = useApp();
  return {
    atOnce: (stated, task, more) => say(app, stated, task, aimAt(stated.verb, task, more)),
    answered: (stated, task, aim, answers) => say(app, stated, task, aim, { answers, quiet: true }),
  };
}
