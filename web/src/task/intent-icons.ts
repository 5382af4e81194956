//! The drawing beside each intent, where intents stand under each other.
import type { IconName } from "../parts/icon";

const icons: Readonly<Record<string, IconName>> = {
  claim: "claim",
  release: "release",
  assign: "person",
  hand_over: "hand_over",
  accept_handover: "accept",
  decline_handover: "decline",
  start: "start",
  block: "block",
  unblock: "start",
  submit_for_review: "submit",
  sign_off: "sign_off",
  send_back: "send_back",
  finish: "check",
  reopen: "reopen",
  reschedule: "calendar",
  prioritise: "flag",
  estimate: "estimate",
  label: "label",
  reword: "pencil",
  describe: "describe",
  comment: "comment",
  add_step: "check",
  link: "link",
  move_task: "move",
  discard_task: "discard",
  restore_task: "restore",
};

/** The drawing of an intent. */
export const iconOf = (verb: string): IconName => icons[verb] ?? "arrow_right";
