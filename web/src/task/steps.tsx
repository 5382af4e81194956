//! The steps of a task: tick, add, reword, discard and restore; each of them an intent.
import { Checkbox } from "@kobalte/core/checkbox";
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import { Mark } from "../parts/mark";
import { Menu } from "../parts/menu";
import { nameOf } from "../parts/person";
import { happened } from "../parts/when";
import type { StepView } from "../types";
import { InlineForm } from "./inline-form";
import { usePanel } from "./panel-state";

export function Steps(): JSX.Element {
  const panel = usePanel();
  const [shown, setShown] = createSignal(false);
  const live = createMemo(() => panel.task().steps.filter(step => !step.discarded));
  const discarded = createMemo(() => panel.task().steps.filter(step => step.discarded));
  const done = () => live().filter(step => step.done).length;
  return (
    <section
      class="task-part"
      hidden={panel.readOnly() && panel.task().steps.length === 0}
      aria-labelledby="task-steps"
    >
      <header class="task-part-line">
        <h3 class="task-part-head" id="task-steps">
          Steps{" "}
          <Show when={live().length > 0}>
            <span class="task-part-count">
              {done()} of {live().length}
            </span>
          </Show>
        </h3>
        <Show when={!panel.readOnly()}>
          <Button kind="words" onClick={() => panel.ask("add_step", "Add step")}>
            Add step…
          </Button>
        </Show>
      </header>
      <ul class="steps">
        <For each={live()}>
          {step => (
            <Show
              when={!(panel.asking()?.verb === "reword_step" && panel.asking()?.aim.step === step.id)}
              fallback={
                <li>
                  <InlineForm when={asking => asking.verb === "reword_step"} unlabelled />
                </li>
              }
            >
              <Step step={step} />
            </Show>
          )}
        </For>
      </ul>
      <InlineForm when={asking => asking.verb === "add_step"} unlabelled />
      <Show when={discarded().length > 0}>
        <Button kind="words" class="part-more" aria-expanded={shown()} onClick={() => setShown(!shown())}>
          {discarded().length} discarded
        </Button>
        <Show when={shown()}>
          <ul class="steps">
            <For each={discarded()}>
              {step => (
                <li class="step" data-discarded="">
                  <span class="step-words">{step.text}</span>
                  <Show when={!panel.readOnly()}>
                    <Button
                      kind="words"
                      aria-label={`Restore step ${step.text}`}
                      onClick={() => panel.act("restore_step", "Restore step of", { step: step.id })}
                    >
                      Restore
                    </Button>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </Show>
    </section>
  );
}

function Step(props: { step: StepView }): JSX.Element {
  const panel = usePanel();
  const when = () => {
    const { at, done, pending } = props.step;
    if (at === null) return pending ? "not landed" : "";
    if (pending) return `${happened(at)}, not landed`;
    return done ? happened(at) : "";
  };
  return (
    <li class="step" data-done={props.step.done ? "" : undefined}>
      <Checkbox
        class="step-check"
        checked={props.step.done}
        readOnly={panel.readOnly()}
        onChange={on =>
          panel.act(on ? "tick_step" : "untick_step", on ? "Tick step of" : "Untick step of", { step: props.step.id })
        }
      >
        <Checkbox.Input class="step-input" />
        <Checkbox.Control class="step-box" data-pending={props.step.pending ? "" : undefined}>
          <Checkbox.Indicator class="step-tick">
            <Icon name="check" size={12} />
          </Checkbox.Indicator>
        </Checkbox.Control>
        <Checkbox.Label class="step-words">{props.step.text}</Checkbox.Label>
      </Checkbox>
      <span class="step-when" title={props.step.by ? nameOf(props.step.by) : undefined}>
        {when()}
        <Show when={props.step.pending}>
          <Mark state="saved" silent />
        </Show>
      </span>
      <Show when={!panel.readOnly()}>
        <Menu
          label={`Step ${props.step.text}`}
          trigger={<Icon name="more" />}
          class="icon-button part-menu"
          entries={() => [
            {
              words: "Reword…",
              icon: "pencil",
              onSelect: () => panel.ask("reword_step", "Reword", { step: props.step.id }),
            },
            {
              words: "Discard",
              icon: "discard",
              onSelect: () => panel.act("discard_step", "Discard step of", { step: props.step.id }),
            },
          ]}
        />
      </Show>
    </li>
  );
}
