//! Which question is open in the task panel: one at a time, so that the eye knows where the words go.
import { type Accessor, createContext, useContext } from "solid-js";
import type { TaskDetail } from "../types";
import type { Aim } from "./intent-fields";

/** An intent whose questions are open, and what it aims at. */
export type Asking = { readonly verb: string; readonly words: string; readonly aim: Aim };

/** What the parts of the panel share. */
export interface Panel {
  readonly task: Accessor<TaskDetail>;
  /** A viewer, or anybody before a discarded task, sees no ways to change it. */
  readonly readOnly: Accessor<boolean>;
  readonly asking: Accessor<Asking | null>;
  /** Opens the questions of an intent, where that intent's words belong. */
  ask(verb: string, words: string, more?: Partial<Aim>): void;
  close(): void;
  /** Acts at once. */
  act(verb: string, words: string, more?: Partial<Aim>): void;
}

const Context = createContext<Panel>();
export const PanelProvider = Context.Provider;

/** The panel that this part stands in. */
export function usePanel(): Panel {
  const panel = useContext(Context);
  if (!panel) throw new Error("usePanel outside of a task panel");
  return panel;
}
