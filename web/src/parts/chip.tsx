//! Small neutral words on a fill: labels, limits, active filters.
import "./chip.css";
import { type JSX, Show } from "solid-js";
import { Icon } from "./icon";

/** A label or a fact. `tone` is for facts only; labels have no colour. */
export function Chip(props: { tone?: "amber" | "red" | "green"; children: JSX.Element }): JSX.Element {
  return (
    <span class="chip" data-tone={props.tone}>
      {props.children}
    </span>
  );
}

/** A filter that is on, with its way off. */
export function FilterChip(props: { words: string; onRemove: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class="filter-chip"
      aria-label={`Remove filter: ${props.words}`}
      onClick={() => props.onRemove()}
    >
      <span>{props.words}</span>
      <Icon name="close" size={12} />
    </button>
  );
}

/** A count on red, for what waits for a decision. */
export function CountBadge(props: { count: number; words: string }): JSX.Element {
  return (
    <Show when={props.count > 0}>
      <span class="count-badge">
        <span aria-hidden="true">{props.count > 99 ? "99+" : props.count}</span>
        <span class="unseen">{`${props.count} ${props.words}`}</span>
      </span>
    </Show>
  );
}
