//! The mark that says how far something has got: 14 px, a shape of its own for each state, always with words.
import "./mark.css";
import { type JSX, Match, Show, Switch } from "solid-js";
import type { Marked } from "../types";

/** What a mark can say; `landed` is only shown for a moment, and kept in the outbox. */
export type MarkState = Marked | "landed";

const WORDS: Record<MarkState, string> = {
  saved: "Saved on this device, not landed",
  landing: "Landing now",
  in_doubt: "In doubt: sent, no answer yet",
  rejected: "Rejected, waits for your decision",
  landed: "Landed",
};

/** Words for a mark, for names and announcements. */
export const markWords = (state: MarkState): string => WORDS[state];

/** The mark. With `silent` the words are left to the surroundings. */
export function Mark(props: { state: MarkState | null | undefined; silent?: boolean }): JSX.Element {
  return (
    <Show when={props.state}>
      {state => (
        <span class="mark" data-mark={state()}>
          <svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" aria-hidden="true">
            <Switch>
              <Match when={state() === "saved"}>
                <circle cx="7" cy="7" r="3.75" stroke-width="2" />
              </Match>
              <Match when={state() === "landing"}>
                <circle cx="7" cy="7" r="4.75" stroke-width="2" class="mark-track" />
                <path d="M7 2.25A4.75 4.75 0 0 1 11.75 7" stroke-width="2" stroke-linecap="round" class="mark-arc" />
              </Match>
              <Match when={state() === "in_doubt"}>
                <circle cx="7" cy="7" r="6" stroke-width="1.25" stroke-dasharray="2.2 1.57" />
                <path
                  d="M5.5 5.7c0-.9.65-1.45 1.5-1.45s1.5.55 1.5 1.35c0 1.15-1.5 1.15-1.5 2.2M7 9.7h.01"
                  stroke-width="1.4"
                  stroke-linecap="round"
                  stroke-linejoin="round"
                />
              </Match>
              <Match when={state() === "rejected"}>
                <path d="M3.25 3.25l7.5 7.5M10.75 3.25l-7.5 7.5" stroke-width="2" stroke-linecap="round" />
              </Match>
              <Match when={state() === "landed"}>
                <circle cx="7" cy="7" r="4" fill="currentColor" stroke="none" />
              </Match>
            </Switch>
          </svg>
          <Show when={!props.silent}>
            <span class="unseen">{WORDS[state()]}</span>
          </Show>
        </span>
      )}
    </Show>
  );
}
