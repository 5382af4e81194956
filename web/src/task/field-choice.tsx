//! One of a few, all in sight: radio buttons drawn as chips, so that arrows, touch and a screen reader work by themselves.
import { createUniqueId, For, type JSX, Show } from "solid-js";

export type Choice = { readonly value: string; readonly words: string; readonly drawing?: JSX.Element };

/** A single choice that may be unmade at first. */
export function ChoiceField(props: {
  label: string;
  hint?: string | undefined;
  value: string | null;
  focused?: boolean;
  choices: readonly Choice[];
  onValue: (value: string) => void;
}): JSX.Element {
  const name = createUniqueId();
  return (
    <fieldset class="field form-group">
      <legend class="field-label">{props.label}</legend>
      <div class="choices">
        <For each={props.choices}>
          {(choice, index) => (
            <label class="choice">
              <input
                ref={input =>
                  props.focused && (props.value ?? props.choices[0]?.value) === choice.value && index() >= 0
                    ? queueMicrotask(() => input.focus())
                    : undefined
                }
                class="unseen"
                type="radio"
                name={name}
                value={choice.value}
                checked={props.value === choice.value}
                onChange={() => props.onValue(choice.value)}
              />
              {choice.drawing}
              <span>{choice.words}</span>
            </label>
          )}
        </For>
      </div>
      <Show when={props.hint}>
        <p class="field-hint">{props.hint}</p>
      </Show>
    </fieldset>
  );
}
