//! The intents of a task as buttons: what holds now, at most four, measured; the rest is in the palette.
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { Button } from "../parts/button";
import { PhraseText } from "../parts/phrase";
import type { Intent } from "../types";
import { InlineForm } from "./inline-form";
import { usePanel } from "./panel-state";

const buttonsMax = 4;
const gapPx = 6;
/** Intents about one part of the task: their buttons stand with that part. */
const aboutAPart = new Set([
  "reword",
  "describe",
  "comment",
  "revise_comment",
  "add_step",
  "reword_step",
  "tick_step",
  "untick_step",
  "link",
  "unlink",
  "label",
  "estimate",
  "move_task",
  "react",
  "discard_task",
]);
/** Gives the task back; a link at the end of the note line, since it is rarely what somebody came for. */
const linkVerb = "release";

/** Whether the words of this intent open under the row of buttons. */
export const asksUnderRow = (verb: string): boolean => !aboutAPart.has(verb) || verb === "label" || verb === "estimate";

export function IntentRow(props: { now: readonly Intent[] }): JSX.Element {
  const panel = usePanel();
  const [fitting, setFitting] = createSignal(buttonsMax);
  let row: HTMLDivElement | undefined;

  const offered = createMemo(() => {
    const found = props.now.filter(intent => !aboutAPart.has(intent.verb) && intent.verb !== linkVerb);
    return [...found.filter(intent => intent.primary), ...found.filter(intent => !intent.primary)].slice(0, buttonsMax);
  });
  const released = createMemo(() => props.now.find(intent => intent.verb === linkVerb));
  const press = (intent: Intent) => {
    if (panel.asking()?.verb === intent.verb) panel.close();
    else if (intent.asks.length > 0) panel.ask(intent.verb, intent.label);
    else panel.act(intent.verb, intent.label);
  };

  /** As many as fit into one line; they keep their size, so hidden ones are measured too. */
  const measure = () => {
    if (!row) return;
    const buttons = [...row.children] as HTMLElement[];
    let used = 0;
    let count = 0;
    for (const button of buttons) {
      used += button.offsetWidth + (count === 0 ? 0 : gapPx);
      if (used > row.clientWidth + 0.5 && count > 0) break;
      count += 1;
    }
    setFitting(Math.max(1, count));
  };
  onMount(() => {
    const observer = new ResizeObserver(measure);
    if (row) observer.observe(row);
    onCleanup(() => observer.disconnect());
  });
  createEffect(on(offered, () => queueMicrotask(measure)));

  const nothing = () => offered().length === 0 && panel.task().note === null && !released();

  return (
    <div class="task-intents" hidden={nothing()}>
      <div class="intent-row" ref={row} role="group" aria-label="What you can do">
        <For each={offered()}>
          {(intent, index) => (
            <Button
              kind={intent.primary && panel.asking() === null ? "primary" : "outline"}
              aria-expanded={intent.asks.length > 0 ? panel.asking()?.verb === intent.verb : undefined}
              aria-hidden={index() >= fitting() ? "true" : undefined}
              tabIndex={index() >= fitting() ? -1 : undefined}
              data-unfit={index() >= fitting() ? "" : undefined}
              onClick={() => press(intent)}
            >
              {intent.label}
            </Button>
          )}
        </For>
      </div>
      <InlineForm when={asking => asksUnderRow(asking.verb)} />
      <Show when={panel.task().note !== null || released()}>
        <div class="intent-note">
          <Show when={panel.task().note}>{note => <PhraseText phrase={note()} />}</Show>
          <Show when={released()}>
            {intent => (
              <Button kind="words" class="intent-release" onClick={() => press(intent())}>
                {intent().label}
              </Button>
            )}
          </Show>
        </div>
      </Show>
    </div>
  );
}
