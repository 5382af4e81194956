//! A text to carry elsewhere, with the button that copies it.
import { createSignal, createUniqueId, type JSX } from "solid-js";
import { Button } from "../parts/button";

export function CopyField(props: { label: string; value: string; hint?: string }): JSX.Element {
  const id = createUniqueId();
  const [copied, setCopied] = createSignal(false);
  let input: HTMLInputElement | undefined;
  const copy = async () => {
    input?.select();
    try {
      await navigator.clipboard.writeText(props.value);
    } catch {
      // Without the clipboard the text stays selected, and the person copies it by hand.
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <div class="copy-line">
        <input
          ref={input}
          id={id}
          class="field-control"
          readOnly
          value={props.value}
          onFocus={event => event.currentTarget.select()}
        />
        <Button icon={copied() ? "check" : "copy"} onClick={() => void copy()}>
          {copied() ? "Copied" : "Copy"}
        </Button>
      </div>
      <p class="field-hint">{props.hint}</p>
    </div>
  );
}
