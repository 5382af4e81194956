//! A date, perhaps with a time of day: three likely days as buttons, and the device's own pickers for the rest.
import { createUniqueId, For, type JSX, Show } from "solid-js";
import { dayOf, due, now } from "../parts/when";

/** The days that are asked for most: today, tomorrow, and the Monday to come. */
function likelyDays(): string[] {
  const start = new Date(now());
  const at = (days: number) => dayOf(new Date(start.getFullYear(), start.getMonth(), start.getDate() + days));
  const toMonday = (8 - start.getDay()) % 7 || 7;
  return [...new Set([at(0), at(1), at(toMonday)])];
}

/** `value` is "", "2026-11-24" or "2026-11-24T16:00", local. */
export function DayField(props: {
  label: string;
  hint?: string | undefined;
  value: string;
  focused?: boolean;
  onValue: (value: string) => void;
}): JSX.Element {
  const id = createUniqueId();
  const day = () => props.value.split("T")[0] ?? "";
  const time = () => props.value.split("T")[1] ?? "";
  const set = (newDay: string, newTime: string) => {
    if (newDay === "") props.onValue("");
    else props.onValue(newTime === "" ? newDay : `${newDay}T${newTime}`);
  };
  return (
    <fieldset class="field form-group">
      <legend class="field-label">{props.label}</legend>
      <div class="choices">
        <For each={likelyDays()}>
          {(choice, index) => (
            <button
              type="button"
              class="choice"
              ref={button => props.focused && index() === 0 && queueMicrotask(() => button.focus())}
              aria-pressed={day() === choice}
              onClick={() => set(day() === choice ? "" : choice, time())}
            >
              {due(choice)}
            </button>
          )}
        </For>
        <Show when={day() !== ""}>
          <button type="button" class="choice" onClick={() => set("", "")}>
            No date
          </button>
        </Show>
      </div>
      <div class="day-exact">
        <input
          id={id}
          class="field-control"
          type="date"
          aria-label={`${props.label}: day`}
          value={day()}
          onInput={event => set(event.currentTarget.value, time())}
        />
        <input
          class="field-control"
          type="time"
          aria-label={`${props.label}: time of day, if it matters`}
          value={time()}
          disabled={day() === ""}
          onInput={event => set(day(), event.currentTarget.value)}
        />
      </div>
      <Show when={props.hint}>
        <p class="field-hint">{props.hint}</p>
      </Show>
    </fieldset>
  );
}
