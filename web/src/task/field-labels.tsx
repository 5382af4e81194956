//! Labels of a task: those of the board to switch on and off, and a line for a new one.
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../parts/button";

const lengthMax = 40;

/** Neutral chips; a pressed one is on the task. Enter adds what is typed. */
export function LabelsField(props: {
  label: string;
  value: readonly string[];
  known: readonly string[];
  focused?: boolean;
  onValue: (value: string[]) => void;
}): JSX.Element {
  const [typed, setTyped] = createSignal("");
  const all = () => [...new Set([...props.known, ...props.value])];
  const has = (label: string) => props.value.includes(label);
  const toggle = (label: string) =>
    props.onValue(has(label) ? props.value.filter(one => one !== label) : [...props.value, label]);
  const add = (): boolean => {
    const label = typed().trim();
    if (label === "") return false;
    const same = all().find(one => one.toLowerCase() === label.toLowerCase()) ?? label;
    if (!has(same)) props.onValue([...props.value, same]);
    setTyped("");
    return true;
  };
  return (
    <fieldset class="field form-group">
      <legend class="field-label">{props.label}</legend>
      <Show when={all().length > 0}>
        <div class="choices">
          <For each={all()}>
            {label => (
              <button type="button" class="choice" aria-pressed={has(label)} onClick={() => toggle(label)}>
                {label}
              </button>
            )}
          </For>
        </div>
      </Show>
      <div class="label-new">
        <input
          ref={input => props.focused && queueMicrotask(() => input.focus())}
          class="field-control"
          placeholder="Another label"
          aria-label="Another label"
          autocomplete="off"
          maxLength={lengthMax}
          value={typed()}
          onInput={event => setTyped(event.currentTarget.value)}
          onBlur={add}
          onKeyDown={event => {
            // With Ctrl or ⌘ the whole form is said, and what is typed here goes with it.
            if (event.key === "Enter" && add() && !event.ctrlKey && !event.metaKey) event.preventDefault();
          }}
        />
        <Show when={typed().trim() !== ""}>
          <Button onClick={add}>Add</Button>
        </Show>
      </div>
    </fieldset>
  );
}
