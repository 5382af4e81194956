//! What a link says and what it points at: another task, found by its words, or an address.
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { TextField } from "../parts/field";
import type { LinkKind } from "../types";
import { ChoiceField } from "./field-choice";
import type { LinkAnswer } from "./intent-fields";

const foundMax = 6;

/** Words for each kind of link, as they stand before what it points at. */
export const linkWords: Readonly<Record<LinkKind, string>> = {
  blocks: "Blocks",
  relates: "Relates to",
  duplicates: "Duplicates",
  reference: "See",
};

/** An address or a task. */
export function LinkField(props: {
  value: LinkAnswer;
  /** The task that is linked from; it does not link to itself. */
  from: string;
  focused?: boolean;
  onValue: (value: LinkAnswer) => void;
}): JSX.Element {
  const app = useApp();
  const [typed, setTyped] = createSignal(props.value.url);
  const isAddress = () => /^https?:\/\/\S+$/i.test(typed().trim());
  const search = app.client.live("search", () =>
    props.value.task === null && !isAddress() && typed().trim().length > 1
      ? { text: typed().trim(), limit: foundMax + 1 }
      : null,
  );
  const found = createMemo(() =>
    search
      .order()
      .filter(key => key !== props.from)
      .slice(0, foundMax),
  );
  const chosen = createMemo(() => {
    const id = props.value.task;
    return id === null ? null : (app.client.query("task", { task: id }).head?.card ?? null);
  });
  const type = (words: string) => {
    setTyped(words);
    const address = /^https?:\/\/\S+$/i.test(words.trim());
    props.onValue({
      ...props.value,
      task: null,
      url: address ? words.trim() : "",
      kind: address ? "reference" : props.value.kind === "reference" ? "relates" : props.value.kind,
    });
  };
  return (
    <>
      <Show
        when={chosen()}
        fallback={
          <TextField
            label="A task or an address"
            placeholder="Words of a task, its number, or https://…"
            value={typed()}
            onValue={type}
            focused={props.focused ?? false}
          />
        }
      >
        {card => (
          <p class="link-chosen">
            <span>
              {card().number} {card().title}
            </span>
            <Button kind="words" onClick={() => props.onValue({ ...props.value, task: null })}>
              Another
            </Button>
          </p>
        )}
      </Show>
      <Show when={found().length > 0}>
        <ul class="link-found" aria-label="Tasks that match">
          <For each={found()}>
            {key => (
              <Show when={search.row(key)}>
                {card => (
                  <li>
                    <button
                      type="button"
                      class="link-candidate"
                      onClick={() => props.onValue({ ...props.value, task: key, url: "", title: "" })}
                    >
                      <span class="link-number">{card().number}</span>
                      <span>{card().title}</span>
                    </button>
                  </li>
                )}
              </Show>
            )}
          </For>
        </ul>
      </Show>
      <Show when={isAddress()}>
        <TextField
          label="What it is called"
          value={props.value.title}
          onValue={title => props.onValue({ ...props.value, title })}
        />
      </Show>
      <Show when={props.value.task !== null}>
        <ChoiceField
          label="How they belong together"
          value={props.value.kind}
          choices={(["blocks", "relates", "duplicates"] as const).map(kind => ({
            value: kind,
            words: linkWords[kind],
          }))}
          onValue={kind => props.onValue({ ...props.value, kind: kind as LinkKind })}
        />
      </Show>
    </>
  );
}
