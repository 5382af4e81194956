//! Whether the palette is open, about which task, and whether it already asks the questions of one intent.
import { createSignal } from "solid-js";
import { dialog } from "../dialogs/dialog-state";
import type { To } from "../types";

/** What the palette is open for. Without a task it lists what can be done in the workspace. */
export type PaletteAsk = {
  readonly task: string | null;
  /** The intent whose questions are asked at once, such as after a drag. */
  readonly verb?: string;
  readonly to?: To;
};

const [palette, setPalette] = createSignal<PaletteAsk | null>(null);

/** What it is open for; null while it is closed. */
export { palette };

/** Opens the palette: of one task, or of the workspace. */
export function openPalette(about?: { task?: string | null | undefined }): void {
  // Above a dialog there is nothing else to do than what it asks.
  if (dialog() === null) setPalette({ task: about?.task ?? null });
}

/** Asks the questions of one intent at once. `to` is where a drag let go. */
export function askIntent(about: { task: string; verb: string; to?: To | undefined }): void {
  setPalette({ task: about.task, verb: about.verb, ...(about.to ? { to: about.to } : {}) });
}

export function closePalette(): void {
  setPalette(null);
}
