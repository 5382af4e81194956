//! One line that an intent inside a dialog asks for, in the place of what it changes.
import { createSignal, type JSX } from "solid-js";
import { Button } from "../parts/button";
import { TextField } from "../parts/field";
import { returnFocus } from "./keep-focus";

/** Enter says it, Esc closes it and leaves the dialog open. */
export function LineForm(props: {
  label: string;
  value: string;
  submit: string;
  numeric?: boolean;
  mayBeEmpty?: boolean;
  /** True when it was done. */
  onSay: (words: string) => boolean;
  onClose: () => void;
  children?: JSX.Element;
}): JSX.Element {
  const [words, setWords] = createSignal(props.value);
  const [empty, setEmpty] = createSignal(false);
  const before = document.activeElement;
  let form: HTMLFormElement | undefined;
  const close = () => {
    const around = form?.parentElement ?? null;
    props.onClose();
    returnFocus(before, around);
  };
  return (
    <form
      ref={form}
      class="line-form"
      onSubmit={event => {
        event.preventDefault();
        const said = words().trim();
        if (said === "" && !props.mayBeEmpty) {
          setEmpty(true);
          return;
        }
        if (said === props.value) close();
        else {
          const around = form?.parentElement ?? null;
          if (props.onSay(said)) returnFocus(before, around);
        }
      }}
      onKeyDown={event => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <TextField
        label={props.label}
        value={words()}
        onValue={said => {
          setWords(props.numeric ? said.replace(/\D/g, "").slice(0, 4) : said);
          setEmpty(false);
        }}
        problem={empty() ? "This needs a name." : null}
        inputMode={props.numeric ? "numeric" : "text"}
        maxLength={80}
        focused
      />
      {props.children}
      <div class="form-foot">
        <Button kind="primary" type="submit">
          {props.submit}
        </Button>
        <Button kind="plain" onClick={close}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
