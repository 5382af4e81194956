//! The form of a dialog: what scrolls, what went wrong, and the buttons at its foot.
import { type JSX, onMount, Show } from "solid-js";
import { Button } from "../parts/button";
import { DialogBody, DialogFoot } from "../parts/dialog";
import { PhraseText } from "../parts/phrase";
import type { Phrase } from "../types";
import { closeDialog } from "./dialog-state";

const focusAfterMs = 20;

/** Ctrl or ⌘ with Enter submits from anywhere inside. */
export function DialogForm(props: {
  submit: string;
  onSubmit: () => void;
  problem?: string | Phrase | null | undefined;
  /** Buttons between the primary one and Cancel. */
  more?: JSX.Element;
  children: JSX.Element;
}): JSX.Element {
  let form: HTMLFormElement | undefined;
  // The dialog first puts focus on its close button, a moment after it opened; what is asked comes before that.
  onMount(() => setTimeout(() => form?.querySelector<HTMLElement>("input, textarea, select")?.focus(), focusAfterMs));
  return (
    <form
      ref={form}
      class="dialog-form"
      onSubmit={event => {
        event.preventDefault();
        props.onSubmit();
      }}
      onKeyDown={event => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        props.onSubmit();
      }}
    >
      <DialogBody>
        {props.children}
        <Show when={props.problem}>
          {problem => (
            <p class="form-refusal" role="alert">
              {(() => {
                const words = problem();
                return typeof words === "string" ? words : <PhraseText phrase={words} />;
              })()}
            </p>
          )}
        </Show>
      </DialogBody>
      <DialogFoot>
        <Button kind="primary" type="submit">
          {props.submit}
        </Button>
        {props.more}
        <Button kind="plain" onClick={closeDialog}>
          Cancel
        </Button>
      </DialogFoot>
    </form>
  );
}
