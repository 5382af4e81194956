//! A hint with a key, after half a second; never the only place of a fact.
import "./tooltip.css";
import { Tooltip as Kobalte } from "@kobalte/core/tooltip";
import { type JSX, Show } from "solid-js";
import { Keys } from "./keys";

/** Wraps one control. The wrapper is a span without a box of its own. */
export function Tooltip(props: { words: string; keys?: string | undefined; children: JSX.Element }): JSX.Element {
  return (
    <Kobalte openDelay={500} closeDelay={0} gutter={6}>
      <Kobalte.Trigger as="span" class="tooltip-anchor" tabIndex={-1}>
        {props.children}
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content class="tooltip" aria-hidden="true">
          {props.words}
          <Show when={props.keys}>{keys => <Keys of={keys()} />}</Show>
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  );
}
