//! Fields of forms: a label, the control, and below it a hint or what is wrong with the words.
import "./field.css";
import { createUniqueId, For, type JSX, onMount, Show, splitProps } from "solid-js";
import { Icon } from "./icon";

type Frame = { label: string; hint?: string | undefined; problem?: string | null | undefined; unlabelled?: boolean };

function Framed(props: Frame & { id: string; children: JSX.Element }): JSX.Element {
  return (
    <div class="field">
      <label class={props.unlabelled ? "unseen" : "field-label"} for={props.id}>
        {props.label}
      </label>
      {props.children}
      <Show
        when={props.problem}
        fallback={
          <Show when={props.hint}>
            <p class="field-hint" id={`${props.id}-words`}>
              {props.hint}
            </p>
          </Show>
        }
      >
        <p class="field-problem" id={`${props.id}-words`} role="alert">
          {props.problem}
        </p>
      </Show>
    </div>
  );
}

type Common = Frame & { value: string; onValue: (value: string) => void; focused?: boolean };
const own = ["label", "hint", "problem", "unlabelled", "value", "onValue", "focused"] as const;
const described = (props: Frame, id: string) => (props.hint || props.problem ? `${id}-words` : undefined);

/** One line of words. */
export function TextField(
  props: Common & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "value" | "onInput" | "class">,
): JSX.Element {
  const id = createUniqueId();
  const [mine, rest] = splitProps(props, own);
  let input: HTMLInputElement | undefined;
  onMount(() => mine.focused && input?.focus());
  return (
    <Framed {...mine} id={id}>
      <input
        ref={input}
        id={id}
        class="field-control"
        autocomplete="off"
        value={mine.value}
        onInput={event => mine.onValue(event.currentTarget.value)}
        aria-invalid={mine.problem ? "true" : undefined}
        aria-describedby={described(mine, id)}
        {...rest}
      />
    </Framed>
  );
}

/** Several lines of words; grows with them. */
export function TextArea(
  props: Common & Omit<JSX.TextareaHTMLAttributes<HTMLTextAreaElement>, "value" | "onInput" | "class">,
): JSX.Element {
  const id = createUniqueId();
  const [mine, rest] = splitProps(props, own);
  let area: HTMLTextAreaElement | undefined;
  onMount(() => mine.focused && area?.focus());
  return (
    <Framed {...mine} id={id}>
      <textarea
        ref={area}
        id={id}
        class="field-control field-area"
        rows={3}
        value={mine.value}
        onInput={event => mine.onValue(event.currentTarget.value)}
        aria-invalid={mine.problem ? "true" : undefined}
        aria-describedby={described(mine, id)}
        {...rest}
      />
    </Framed>
  );
}

/** One of a few. */
export function SelectField(
  props: Common & { options: readonly { value: string; words: string }[]; required?: boolean },
): JSX.Element {
  const id = createUniqueId();
  let select: HTMLSelectElement | undefined;
  onMount(() => props.focused && select?.focus());
  return (
    <Framed {...props} id={id}>
      <span class="field-select">
        <select
          ref={select}
          id={id}
          class="field-control"
          required={props.required ?? false}
          onChange={event => props.onValue(event.currentTarget.value)}
          aria-invalid={props.problem ? "true" : undefined}
          aria-describedby={described(props, id)}
        >
          <For each={props.options}>
            {option => (
              <option value={option.value} selected={option.value === props.value}>
                {option.words}
              </option>
            )}
          </For>
        </select>
        <Icon name="chevron_down" />
      </span>
    </Framed>
  );
}
