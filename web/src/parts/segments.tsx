//! One of a few views, drawn as segments.
import "./segments.css";
import { ToggleGroup } from "@kobalte/core/toggle-group";
import { For, type JSX, Show } from "solid-js";

export type Segment = { value: string; words: string; count?: number | undefined };

/** A single choice that is always made. */
export function Segments(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  segments: readonly Segment[];
}): JSX.Element {
  return (
    <ToggleGroup
      class="segments"
      aria-label={props.label}
      value={props.value}
      onChange={value => value && props.onValue(value)}
    >
      <For each={props.segments}>
        {segment => (
          <ToggleGroup.Item class="segment" value={segment.value}>
            {segment.words}
            <Show when={segment.count !== undefined}> {segment.count}</Show>
          </ToggleGroup.Item>
        )}
      </For>
    </ToggleGroup>
  );
}
