//! What the inbox's tabs and its view share: the tab, what waits for this person, and what was said again.
import { type Accessor, createMemo, createSignal } from "solid-js";
import { createStore } from "solid-js/store";
import type { App } from "../app/context";
import type { RejectionEntry, TaskCard } from "../types";

export type InboxTab = "rejected" | "for_you" | "all";

const [inboxTab, setInboxTab] = createSignal<InboxTab>("rejected");

export { inboxTab, setInboxTab };

const cardsMax = 200;

/** Tasks that wait for a word of this person: to sign, to accept, or to look at again. */
export function useForYou(app: App): Accessor<TaskCard[]> {
  const list = app.client.live("list", () => ({
    scope: { my_work: {} },
    group: "needs" as const,
    filter: {},
    from: 0,
    count: cardsMax,
    collapsed: [],
  }));
  return createMemo(() =>
    list.order().flatMap(key => {
      const card = list.row(key);
      return card?.reason && card.reason.kind !== "blocked" ? [card] : [];
    }),
  );
}

/** A rejected command that was said again: it keeps its place until the new one has landed. */
export type SaidAgain = { readonly entry: RejectionEntry; readonly command: string };

const [saidAgain, setSaidAgain] = createStore<Record<string, SaidAgain | undefined>>({});

export { saidAgain };

/** Remembers that `command` says again what `entry` meant. */
export function rememberSaidAgain(entry: RejectionEntry, command: string): void {
  setSaidAgain(entry.id, { entry: JSON.parse(JSON.stringify(entry)) as RejectionEntry, command });
}

export function forgetSaidAgain(id: string): void {
  setSaidAgain(id, undefined);
}
