//! A new task in a column: a title and Enter; the form stays for the next one.
import "./new-task-form.css";
import { createSignal, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { plain } from "../parts/phrase";
import type { ColumnView } from "../types";

export function NewTaskForm(props: { board: string; column: ColumnView; onClose: () => void }): JSX.Element {
  const app = useApp();
  const [title, setTitle] = createSignal("");
  const [problem, setProblem] = createSignal<string | null>(null);
  let area!: HTMLTextAreaElement;

  const add = () => {
    const words = title().trim();
    if (!words) return;
    const told = app.submit(
      {
        add_task: {
          task: app.client.mint(),
          board: props.board,
          column: props.column.id,
          rank: null,
          title: words,
          description: null,
          steps: [],
          labels: [],
          due: null,
          estimate_minutes: null,
          priority: "normal",
          source: null,
        },
      },
      { quiet: true },
    );
    if ("rejected" in told) {
      setProblem(plain(told.phrase));
      return;
    }
    setTitle("");
    setProblem(null);
    area.focus();
  };

  return (
    <form
      class="new-task"
      onSubmit={event => {
        event.preventDefault();
        add();
      }}
      onFocusOut={event => {
        const next = event.relatedTarget;
        if (!title().trim() && !(next instanceof Node && event.currentTarget.contains(next))) props.onClose();
      }}
    >
      <textarea
        ref={element => {
          area = element;
          queueMicrotask(() => element.focus());
        }}
        class="new-task-title"
        aria-label={`Title of the new task in ${props.column.name}`}
        aria-invalid={problem() ? "true" : undefined}
        placeholder="What is to be done?"
        rows={2}
        maxLength={500}
        value={title()}
        onInput={event => setTitle(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            add();
          }
          if (event.key === "Escape") {
            event.stopPropagation();
            event.preventDefault();
            props.onClose();
          }
        }}
      />
      <p class="new-task-foot" data-problem={problem() ? "" : undefined} role={problem() ? "alert" : undefined}>
        <Show when={problem()} fallback="Enter adds it, Esc closes">
          {problem()}
        </Show>
      </p>
    </form>
  );
}
