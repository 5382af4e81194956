//! The questions of one intent, inline where it was asked for: in the panel, in the palette, in the inbox.
import "./intent-form.css";
import { createSignal, For, type JSX, Match, onCleanup, Show, Switch } from "solid-js";
import { createStore } from "solid-js/store";
import { useApp } from "../app/context";
import { returnFocus } from "../dialogs/keep-focus";
import { Button } from "../parts/button";
import { TextArea, TextField } from "../parts/field";
import { nameOf } from "../parts/person";
import { PhraseText } from "../parts/phrase";
import { happened } from "../parts/when";
import type { Phrase, Priority, TaskDetail, Told } from "../types";
import { draftOf, dropDraft, keepDraft } from "./drafts";
import { ChoiceField } from "./field-choice";
import { DayField } from "./field-day";
import { LabelsField } from "./field-labels";
import { LinkField } from "./field-link";
import { MemberField } from "./field-member";
import { type Aim, type Answers, answered, type Field, fieldsOf, isAnswered, markOf, signOf } from "./intent-fields";

const refusedForNow: Phrase = [{ text: "This cannot be done as things stand now." }];

export type IntentFormProps = {
  verb: string;
  /** What the button says: the intent without its ellipsis. */
  submitWords: string;
  task: TaskDetail | null;
  aim: Aim;
  /** What the fields start with, unless a draft was left here. */
  start: Answers;
  /** The key of the draft; by default the task. */
  about?: string;
  /** A single question needs no label of its own where the button beside it has just said it. */
  unlabelled?: boolean;
  /** Says it. A refusal comes back and is told here; the words stay. */
  onSay: (answers: Answers, aim: Aim) => Told;
  onClose: () => void;
};

/** The form of one intent. Ctrl or ⌘ with Enter says it; Esc closes it and keeps nothing but what was said. */
export function IntentForm(props: IntentFormProps): JSX.Element {
  const app = useApp();
  const verb = props.verb;
  const about = props.about ?? props.aim.step ?? props.aim.comment ?? props.aim.task;
  const before = document.activeElement;
  // Read once: what the fields begin with is what they are compared with at the end, when the task may be gone already.
  const start = props.start;
  const kept = draftOf<{ answers: Answers; basedOn: string | null }>(about, verb);
  const [answers, setAnswers] = createStore<Answers>({ ...start, ...kept?.answers });
  // A draft keeps the mark of what its author had read.
  const [basedOn, setBasedOn] = createSignal(kept ? kept.basedOn : (props.aim.basedOn ?? null));
  const [refusal, setRefusal] = createSignal<Phrase | null>(null);
  const [missing, setMissing] = createSignal(false);
  let sent = false;

  const board = () => props.task?.card.board;
  const knownLabels = () => {
    const id = board();
    return id ? (app.client.query("board", { board: id, filter: {} }).head?.labels ?? []) : [];
  };
  /** Somebody replaced the part while this was being written. */
  const overtaken = () => {
    const now = markOf(verb, props.task, props.aim.step);
    return now !== null && now !== basedOn() ? signOf(verb, props.task, props.aim.step) : null;
  };
  const change = (part: Partial<Answers>) => {
    setAnswers(part);
    setRefusal(null);
    keepDraft(about, verb, { answers, basedOn: basedOn() });
  };
  let form: HTMLFormElement | undefined;
  const close = () => {
    dropDraft(about, verb);
    sent = true;
    const around = form?.closest("section, article, .dialog") ?? null;
    props.onClose();
    returnFocus(before, around);
  };
  const say = () => {
    if (!answered(verb, answers)) {
      setMissing(true);
      return;
    }
    const told = props.onSay({ ...answers }, { ...props.aim, basedOn: basedOn() });
    if ("rejected" in told) {
      setRefusal(told.phrase ?? refusedForNow);
      return;
    }
    close();
  };
  const problem = (field: Field): string | null =>
    missing() && field.required && !isAnswered(field, answers) ? needed[field.kind] : null;
  onCleanup(() => {
    if (!sent && kept === null && !differs(answers, start)) dropDraft(about, verb);
  });

  return (
    <form
      ref={form}
      class="intent-form"
      aria-label={props.submitWords}
      onSubmit={event => {
        event.preventDefault();
        say();
      }}
      onKeyDown={event => {
        if (event.key === "Escape") {
          event.stopPropagation();
          event.preventDefault();
          close();
        } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          say();
        }
      }}
    >
      <Show when={overtaken()}>
        {sign => (
          <div class="form-notice" role="status">
            <p>
              {nameOf(sign().by)} revised this at {happened(sign().at)}, while you were writing. Read it again before
              you replace it.
            </p>
            <Button kind="words" onClick={() => setBasedOn(markOf(verb, props.task, props.aim.step))}>
              I have read it
            </Button>
          </div>
        )}
      </Show>
      <For each={fieldsOf(verb)}>
        {(field, index) => (
          <Asked
            field={field}
            answers={answers}
            task={props.task}
            from={props.aim.task}
            knownLabels={knownLabels()}
            focused={index() === 0}
            unlabelled={props.unlabelled ?? false}
            problem={problem(field)}
            onChange={change}
          />
        )}
      </For>
      <Show when={refusal()}>
        {phrase => (
          <p class="form-refusal" role="alert">
            <PhraseText phrase={phrase()} />
          </p>
        )}
      </Show>
      <div class="form-foot">
        <Button kind="primary" type="submit">
          {props.submitWords}
        </Button>
        <Button kind="plain" onClick={close}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** What is said beside a question that was left open. */
const needed: Readonly<Record<Field["kind"], string>> = {
  line: "This needs a few words.",
  lines: "This needs a few words.",
  member: "Say who.",
  day: "Say which day.",
  cause: "Say whether it slipped or was re-planned.",
  minutes: "Write it such as 90 min or 2 h.",
  priority: "Choose one.",
  labels: "Choose one.",
  link: "Choose a task, or write an address that begins with https://.",
};

const priorities: readonly { value: Priority; words: string }[] = [
  { value: "low", words: "Low" },
  { value: "normal", words: "Normal" },
  { value: "high", words: "High" },
  { value: "urgent", words: "Urgent" },
];

const causes = [
  { value: "slipped", words: "It slipped" },
  { value: "replanned", words: "Re-planned" },
] as const;

function differs(answers: Answers, start: Answers): boolean {
  return JSON.stringify(answers) !== JSON.stringify(start);
}

function Asked(props: {
  field: Field;
  answers: Answers;
  task: TaskDetail | null;
  from: string;
  knownLabels: readonly string[];
  focused: boolean;
  unlabelled: boolean;
  problem: string | null;
  onChange: (part: Partial<Answers>) => void;
}): JSX.Element {
  const words = () => String(props.answers[props.field.name] ?? "");
  const set = (value: string) => props.onChange({ [props.field.name]: value });
  return (
    <>
      <Switch>
        <Match when={props.field.kind === "line" || props.field.kind === "minutes"}>
          <TextField
            label={props.field.label}
            hint={props.field.hint}
            problem={props.problem}
            unlabelled={props.unlabelled}
            value={words()}
            onValue={set}
            focused={props.focused}
            maxLength={300}
          />
        </Match>
        <Match when={props.field.kind === "lines"}>
          <TextArea
            label={
              props.field.name === "note" && !props.field.required
                ? `${props.field.label} (may stay empty)`
                : props.field.label
            }
            hint={props.field.hint}
            problem={props.problem}
            unlabelled={props.unlabelled}
            value={words()}
            onValue={set}
            focused={props.focused}
          />
        </Match>
        <Match when={props.field.kind === "member"}>
          <MemberField
            label={props.field.label}
            value={props.answers.member}
            without={props.task?.card.holder?.actor}
            focused={props.focused}
            onValue={member => props.onChange({ member })}
          />
        </Match>
        <Match when={props.field.kind === "day"}>
          <DayField
            label={props.field.label}
            hint={props.field.hint}
            value={words()}
            onValue={set}
            focused={props.focused}
          />
        </Match>
        <Match when={props.field.kind === "cause"}>
          <ChoiceField
            label={props.field.label}
            value={props.answers.cause}
            choices={causes}
            onValue={cause => props.onChange({ cause: cause as "slipped" | "replanned" })}
          />
        </Match>
        <Match when={props.field.kind === "priority"}>
          <ChoiceField
            label={props.field.label}
            value={props.answers.priority}
            focused={props.focused}
            choices={priorities}
            onValue={priority => props.onChange({ priority: priority as Priority })}
          />
        </Match>
        <Match when={props.field.kind === "labels"}>
          <LabelsField
            label={props.field.label}
            value={props.answers.labels}
            known={props.knownLabels}
            focused={props.focused}
            onValue={labels => props.onChange({ labels })}
          />
        </Match>
        <Match when={props.field.kind === "link"}>
          <LinkField
            value={props.answers.link}
            from={props.from}
            focused={props.focused}
            onValue={link => props.onChange({ link })}
          />
        </Match>
      </Switch>
      <Show when={props.problem && !["line", "lines", "minutes"].includes(props.field.kind)}>
        <p class="field-problem" role="alert">
          {props.problem}
        </p>
      </Show>
    </>
  );
}
