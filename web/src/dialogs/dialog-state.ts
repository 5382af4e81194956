//! Which dialog is open; one at a time.
import { createSignal } from "solid-js";
import type { Command, RejectionEntry } from "../types";

type FieldsOf<Kind extends string> =
  Extract<Command, Record<Kind, unknown>> extends Record<Kind, infer Fields> ? Fields : never;
/** A rejected command whose words the dialog starts with, and which it settles. */
export type Again<Kind extends string> = { command: FieldsOf<Kind>; rejection: RejectionEntry };

/** What a dialog is opened for. */
export type DialogAsk =
  | { kind: "new_task"; board?: string | undefined; column?: string | undefined; again?: Again<"add_task"> }
  | { kind: "new_board"; copyFrom?: string | undefined; again?: Again<"create_board"> }
  | { kind: "board_settings"; board: string }
  | { kind: "members" }
  | { kind: "rename_me" }
  | { kind: "rename_workspace" }
  | { kind: "new_workspace" }
  | { kind: "import"; board?: string | undefined }
  | { kind: "program" }
  | { kind: "keys" };

const [dialog, setDialog] = createSignal<DialogAsk | null>(null);

/** The dialog that is open; null when none is. */
export { dialog };

export function openDialog(ask: DialogAsk): void {
  setDialog(ask);
}

export function closeDialog(): void {
  setDialog(null);
}
