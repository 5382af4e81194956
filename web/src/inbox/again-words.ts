//! What the button says when the obstacle is gone.

const verbs: Readonly<Record<string, string>> = {
  claim: "Claim",
  start: "Start",
  release: "Release",
  assign: "Assign",
  hand_over: "Hand over",
  accept_handover: "Accept",
  decline_handover: "Decline",
  block: "Block",
  unblock: "Unblock",
  submit_for_review: "Submit",
  sign_off: "Sign off",
  send_back: "Send back",
  finish: "Finish",
  reopen: "Reopen",
  reschedule: "Reschedule",
  move_task: "Move",
  tick_step: "Tick",
  untick_step: "Untick",
  comment: "Comment",
  discard_task: "Discard it",
  restore_task: "Restore",
};

/** "Start again", "Claim again"; a plain word for what has no verb of its own. */
export const againWords = (verb: string): string => `${verbs[verb] ?? "Do it"} again`;
