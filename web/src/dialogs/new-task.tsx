//! A new task: what is to be done, and what is known about it already. It needs a title and nothing else.
import { createMemo, createSignal, type JSX, Show } from "solid-js";
import { createStore } from "solid-js/store";
import { useApp } from "../app/context";
import { rememberSaidAgain } from "../inbox/inbox-state";
import { Button } from "../parts/button";
import { SelectField, TextArea, TextField } from "../parts/field";
import { draftOf, dropDraft, keepDraft } from "../task/drafts";
import { ChoiceField } from "../task/field-choice";
import { DayField } from "../task/field-day";
import { LabelsField } from "../task/field-labels";
import { minutesFromWords, minutesInWords } from "../task/intent-fields";
import type { Phrase, Priority } from "../types";
import { closeDialog, type DialogAsk } from "./dialog-state";
import { DialogForm } from "./form";

type Ask = Extract<DialogAsk, { kind: "new_task" }>;
type Words = {
  title: string;
  description: string;
  steps: string;
  labels: string[];
  due: string;
  minutes: string;
  priority: Priority;
};

const empty: Words = { title: "", description: "", steps: "", labels: [], due: "", minutes: "", priority: "normal" };
const priorities = [
  { value: "low", words: "Low" },
  { value: "normal", words: "Normal" },
  { value: "high", words: "High" },
  { value: "urgent", words: "Urgent" },
] as const;

/** The words of a rejected one, to be said again. */
function wordsOf(ask: Ask): Words | null {
  const command = ask.again?.command;
  if (!command) return null;
  return {
    title: command.title,
    description: command.description ?? "",
    steps: command.steps.map(step => step.text).join("\n"),
    labels: [...command.labels],
    due: command.due ?? "",
    minutes: minutesInWords(command.estimate_minutes ?? null),
    priority: command.priority,
  };
}

export function NewTask(props: { ask: Ask }): JSX.Element {
  const app = useApp();
  const again = props.ask.again;
  const boards = createMemo(() => (app.head()?.boards ?? []).filter(board => !board.discarded));
  const [board, setBoard] = createSignal(props.ask.board ?? again?.command.board ?? boards()[0]?.id ?? "");
  const [column, setColumn] = createSignal(props.ask.column ?? "");
  const about = () => (again ? again.rejection.id : app.me.log);
  const [words, setWords] = createStore<Words>({
    ...empty,
    ...wordsOf(props.ask),
    ...draftOf<Words>(about(), "add_task"),
  });
  const begun = () =>
    words.labels.length > 0 ||
    words.due !== "" ||
    words.steps !== "" ||
    words.minutes !== "" ||
    words.priority !== "normal";
  const [more, setMore] = createSignal(begun());
  const [problem, setProblem] = createSignal<Phrase | null>(null);
  const [untitled, setUntitled] = createSignal(false);
  const [added, setAdded] = createSignal<string | null>(null);
  // Remounts the title field, so that it takes the focus again.
  const [round, setRound] = createSignal(1);

  const head = createMemo(() => {
    const id = board();
    return id === "" ? null : app.client.query("board", { board: id, filter: {} }).head;
  });
  const columns = () => (head()?.columns ?? []).filter(one => one.stage === "ready" || one.id === props.ask.column);
  const change = (part: Partial<Words>) => {
    setWords(part);
    setProblem(null);
    setUntitled(false);
    keepDraft(about(), "add_task", { ...words });
  };
  const add = (another: boolean) => {
    const title = words.title.trim();
    if (title === "") {
      setUntitled(true);
      return;
    }
    const steps = words.steps
      .split("\n")
      .map(line => line.replace(/^\s*[-*•]\s*/, "").trim())
      .filter(line => line !== "")
      .map(text => ({ step: app.client.mint(), text, done: false }));
    const told = app.submit(
      {
        add_task: {
          task: app.client.mint(),
          board: board(),
          column: columns().some(one => one.id === column()) ? column() : null,
          rank: null,
          title,
          description: words.description.trim() === "" ? null : words.description.trim(),
          steps,
          labels: [...words.labels],
          due: words.due === "" ? null : words.due,
          estimate_minutes: minutesFromWords(words.minutes),
          priority: words.priority,
          source: again?.command.source ?? null,
        },
      },
      { done: `Added “${title}”.`, quiet: true },
    );
    if ("rejected" in told) {
      setProblem(told.phrase ?? [{ text: "This cannot be done as things stand now." }]);
      return;
    }
    dropDraft(about(), "add_task");
    if (again) {
      rememberSaidAgain(again.rejection, told.id);
      app.submit({ decide_rejection: { command: again.rejection.id, decision: "resubmitted" } });
    }
    if (!another) return closeDialog();
    // What several jobs in a row have in common stays: labels, day, priority.
    setWords({ title: "", description: "", steps: "", minutes: "" });
    setAdded(title);
    setRound(count => count + 1);
  };

  return (
    <DialogForm
      submit={again ? "Resubmit" : "Add task"}
      onSubmit={() => add(false)}
      problem={problem()}
      more={
        <Show when={!again}>
          <Button onClick={() => add(true)}>Add, then another</Button>
        </Show>
      }
    >
      <Show when={added()}>
        {title => (
          <p class="field-hint" role="status">
            Added “{title()}”.
          </p>
        )}
      </Show>
      <Show when={round()} keyed>
        <TextField
          label="Title"
          placeholder="Overhaul ballast pump no. 2"
          value={words.title}
          onValue={title => change({ title })}
          problem={untitled() ? "Say in a few words what is to be done." : null}
          maxLength={300}
          focused
        />
      </Show>
      <TextArea
        label="Description (may stay empty)"
        value={words.description}
        onValue={description => change({ description })}
      />
      <div class="dialog-pair">
        <Show when={boards().length > 1}>
          <SelectField
            label="Board"
            value={board()}
            onValue={id => {
              setBoard(id);
              setColumn("");
            }}
            options={boards().map(one => ({ value: one.id, words: one.name }))}
          />
        </Show>
        <Show when={columns().length > 1}>
          <SelectField
            label="Column"
            value={column() || (columns()[0]?.id ?? "")}
            onValue={setColumn}
            options={columns().map(one => ({ value: one.id, words: one.name }))}
          />
        </Show>
      </div>
      <Show
        when={more()}
        fallback={
          <Button kind="words" class="dialog-more" onClick={() => setMore(true)}>
            Steps, labels, due date, priority
          </Button>
        }
      >
        <TextArea
          focused={!begun()}
          label="Steps (one on each line)"
          value={words.steps}
          onValue={steps => change({ steps })}
          placeholder={"Isolate and tag BV-12\nLift motor, draw coupling"}
        />
        <DayField label="Due" value={words.due} onValue={due => change({ due })} />
        <LabelsField
          label="Labels"
          value={words.labels}
          known={head()?.labels ?? []}
          onValue={labels => change({ labels })}
        />
        <ChoiceField
          label="Priority"
          value={words.priority}
          choices={priorities}
          onValue={priority => change({ priority: priority as Priority })}
        />
        <TextField
          label="How long it takes"
          placeholder="90 min or 2 h"
          value={words.minutes}
          onValue={minutes => change({ minutes })}
          problem={
            words.minutes.trim() !== "" && minutesFromWords(words.minutes) === null
              ? "Write it such as 90 min or 2 h."
              : null
          }
        />
      </Show>
    </DialogForm>
  );
}
