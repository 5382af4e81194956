//! What each intent asks, and how answers become a command: one table for the row, the palette and the inbox.
import type { Command, LinkKind, Priority, SignView, TaskDetail, To } from "../types";

/** How a question is put. */
export type FieldKind = "line" | "lines" | "member" | "day" | "cause" | "minutes" | "priority" | "labels" | "link";

/** One question of an intent. */
export interface Field {
  /** The key of the answer. */
  readonly name: keyof Answers;
  readonly kind: FieldKind;
  readonly label: string;
  readonly hint?: string;
  readonly required: boolean;
}

/** What a link points at, while it is being written. */
export interface LinkAnswer {
  readonly kind: LinkKind;
  readonly task: string | null;
  readonly url: string;
  readonly title: string;
}

/** Everything a form can hold; an intent uses the few that its fields name. */
export interface Answers {
  readonly text: string;
  readonly note: string;
  readonly why: string;
  readonly member: string | null;
  /** "2026-11-24" or "2026-11-24T16:00", local; empty for no date. */
  readonly due: string;
  readonly cause: "slipped" | "replanned" | null;
  readonly until: string;
  readonly minutes: string;
  readonly priority: Priority;
  readonly labels: readonly string[];
  readonly link: LinkAnswer;
}

const emptyAnswers: Answers = {
  text: "",
  note: "",
  why: "",
  member: null,
  due: "",
  cause: null,
  until: "",
  minutes: "",
  priority: "normal",
  labels: [],
  link: { kind: "relates", task: null, url: "", title: "" },
};

function lines(name: keyof Answers, label: string, required: boolean, hint?: string): Field {
  return hint === undefined ? { name, kind: "lines", label, required } : { name, kind: "lines", label, required, hint };
}

const optionalNote = lines("note", "Note", false, "For whoever reads this next. You may leave it empty.");

const fieldsByVerb: Readonly<Record<string, readonly Field[]>> = {
  reword: [{ name: "text", kind: "line", label: "Title", required: true }],
  describe: [lines("text", "Description", false, "Saving signs it with your name.")],
  estimate: [
    {
      name: "minutes",
      kind: "minutes",
      label: "How long it takes",
      required: false,
      hint: "Such as 90 min or 2 h. Empty for no estimate.",
    },
  ],
  prioritise: [{ name: "priority", kind: "priority", label: "Priority", required: true }],
  reschedule: [
    { name: "due", kind: "day", label: "Due", required: false },
    { name: "cause", kind: "cause", label: "Why it moves", required: true },
    lines("note", "Note", false, "What made it move, in a few words."),
  ],
  label: [{ name: "labels", kind: "labels", label: "Labels", required: false }],
  assign: [{ name: "member", kind: "member", label: "Who holds it", required: true }],
  hand_over: [
    { name: "member", kind: "member", label: "To", required: true },
    lines("note", "Note", true, "What they must know to go on."),
  ],
  decline_handover: [lines("why", "Why you decline", true)],
  block: [
    lines("why", "What it waits for", true),
    { name: "until", kind: "day", label: "Until", required: false, hint: "If you know it." },
  ],
  submit_for_review: [
    lines("note", "Note for the one who signs", false, "What was done, readings, what is left open."),
  ],
  sign_off: [optionalNote],
  send_back: [lines("why", "What is missing", true)],
  finish: [optionalNote],
  reopen: [lines("why", "Why it opens again", true)],
  discard_task: [lines("why", "Why", true)],
  comment: [lines("text", "Comment", true)],
  revise_comment: [lines("text", "Comment", true)],
  add_step: [{ name: "text", kind: "line", label: "Step", required: true }],
  reword_step: [{ name: "text", kind: "line", label: "Step", required: true }],
  link: [{ name: "link", kind: "link", label: "Link", required: true }],
  rename_board: [{ name: "text", kind: "line", label: "Name", required: true }],
  rename_column: [{ name: "text", kind: "line", label: "Name", required: true }],
  rename_workspace: [{ name: "text", kind: "line", label: "Name", required: true }],
  rename_member: [{ name: "text", kind: "line", label: "Name", required: true }],
};

/** The questions of an intent; none when it acts at once. */
export function fieldsOf(verb: string): readonly Field[] {
  return fieldsByVerb[verb] ?? [];
}

/** Where the words of a command live: most call it `text`, titles and names have their own key. */
const textKey: Readonly<Record<string, string>> = {
  reword: "title",
  rename_board: "name",
  rename_column: "name",
  rename_workspace: "name",
  rename_member: "name",
};

/** The answers a form starts with: what the task says now. */
export function startingAnswers(verb: string, task: TaskDetail | null): Answers {
  if (task === null) return emptyAnswers;
  switch (verb) {
    case "reword":
      return { ...emptyAnswers, text: task.card.title };
    case "describe":
      return { ...emptyAnswers, text: task.description?.text ?? "" };
    case "estimate":
      return { ...emptyAnswers, minutes: minutesInWords(task.estimate_minutes) };
    case "prioritise":
      return { ...emptyAnswers, priority: task.card.priority };
    case "reschedule":
      return { ...emptyAnswers, due: task.card.due?.date ?? "" };
    case "label":
      return { ...emptyAnswers, labels: task.card.labels };
    default:
      return emptyAnswers;
  }
}

/** The one key of a command, and what it holds. */
export function opened(command: Command): { verb: string; fields: Readonly<Record<string, unknown>> } {
  const [verb = "", fields = {}] = Object.entries(command)[0] ?? [];
  return { verb, fields };
}

/** The answers that a command already carries, so that nobody writes the same words twice. */
export function answersIn(command: Command, task: TaskDetail | null): Answers {
  const { verb, fields } = opened(command);
  const text = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
  const start = startingAnswers(verb, task);
  const added = Array.isArray(fields.add) ? (fields.add as string[]) : [];
  const removed = new Set(Array.isArray(fields.remove) ? (fields.remove as string[]) : []);
  const to = typeof fields.to === "object" && fields.to !== null ? (fields.to as Record<string, unknown>) : null;
  const page = (to?.page ?? null) as { url?: string; title?: string } | null;
  return {
    text: text(textKey[verb] ?? "text"),
    note: text("note"),
    why: text("why"),
    member: text("member") || null,
    due: text("due"),
    cause: verb === "reschedule" ? (text("why") as "slipped" | "replanned") || null : null,
    until: text("until"),
    minutes: minutesInWords(typeof fields.minutes === "number" ? fields.minutes : null),
    priority: (text("priority") as Priority) || start.priority,
    labels: [...new Set([...start.labels.filter(label => !removed.has(label)), ...added])],
    link: {
      kind: (text("kind") as LinkKind) || "relates",
      task: typeof to?.task === "string" ? to.task : null,
      url: page?.url ?? "",
      title: page?.title ?? "",
    },
  };
}

/** What an intent needs besides answers: the part it replaces, and where a drag let go. */
export interface Aim {
  readonly task: string;
  /** The mark of the part when the form was opened; what was read is what is replaced. */
  readonly basedOn?: string | null;
  readonly to?: To;
  readonly step?: string;
  readonly comment?: string;
  readonly link?: string;
  /** The labels when the form was opened: a label intent says what was added and what was taken away. */
  readonly labels?: readonly string[];
}

/** Who replaced that part last. */
export function signOf(verb: string, task: TaskDetail | null, step?: string): SignView | null {
  if (task === null) return null;
  switch (verb) {
    case "reword":
      return task.title_sign;
    case "describe":
      return task.description_sign;
    case "estimate":
      return task.estimate_sign;
    case "reword_step":
      return task.steps.find(one => one.id === step)?.sign ?? null;
    default:
      return null;
  }
}

/** The mark of the part that an intent replaces, as it is now. */
export function markOf(verb: string, task: TaskDetail | null, step?: string): string | null {
  return signOf(verb, task, step)?.mark ?? null;
}

/** The command that states this intent with these answers. `mint` names what it makes. */
export function commandOf(verb: string, aim: Aim, answers: Answers, mint: () => string): Command {
  return { [verb]: bodyOf(verb, aim, answers, mint) } as Command;
}

function bodyOf(verb: string, aim: Aim, answers: Answers, mint: () => string): Record<string, unknown> {
  const task = aim.task;
  const moved = aim.to === undefined ? {} : { to: aim.to };
  const note = answers.note.trim();
  const why = answers.why.trim();
  const text = answers.text.trim();
  const basedOn = aim.basedOn ?? null;
  switch (verb) {
    case "reword":
      return { task, title: text, based_on: basedOn };
    case "describe":
      return { task, text, based_on: basedOn };
    case "estimate":
      return { task, minutes: minutesFromWords(answers.minutes), based_on: basedOn };
    case "prioritise":
      return { task, priority: answers.priority };
    case "reschedule":
      return { task, due: answers.due === "" ? null : answers.due, why: answers.cause, note };
    case "label": {
      const before = new Set(aim.labels ?? []);
      const after = new Set(answers.labels);
      return {
        task,
        add: answers.labels.filter(label => !before.has(label)),
        remove: [...before].filter(label => !after.has(label)),
      };
    }
    case "assign":
      return { task, member: answers.member, ...moved };
    case "hand_over":
      return { task, member: answers.member, note };
    case "decline_handover":
      return { task, why };
    case "block":
      return { task, why, until: answers.until === "" ? null : answers.until };
    case "submit_for_review":
    case "sign_off":
    case "finish":
      return { task, note, ...moved };
    case "send_back":
    case "reopen":
      return { task, why, ...moved };
    case "claim":
    case "start":
      return { task, ...moved };
    case "discard_task":
      return { task, why };
    case "comment":
      return { task, comment: mint(), text };
    case "revise_comment":
      return { task, comment: aim.comment, text };
    case "add_step":
      return { task, step: mint(), text };
    case "reword_step":
      return { task, step: aim.step, text, based_on: basedOn };
    case "tick_step":
    case "untick_step":
    case "discard_step":
    case "restore_step":
      return { task, step: aim.step };
    case "discard_comment":
    case "restore_comment":
      return { task, comment: aim.comment };
    case "link": {
      const { kind, task: other, url, title } = answers.link;
      const to = other === null ? { page: { url: url.trim(), title: title.trim() } } : { task: other };
      return { task, link: mint(), to, kind };
    }
    case "unlink":
      return { task, link: aim.link };
    default:
      return { task };
  }
}

/** A rejected command said again: its own fields, with the new answers, on what the part is now. */
export function restated(command: Command, answers: Answers, task: TaskDetail | null, mint: () => string): Command {
  const { verb, fields } = opened(command);
  const aim: Aim = {
    task: typeof fields.task === "string" ? fields.task : "",
    basedOn: markOf(verb, task, typeof fields.step === "string" ? fields.step : undefined),
    ...(typeof fields.step === "string" ? { step: fields.step } : {}),
    ...(typeof fields.comment === "string" ? { comment: fields.comment } : {}),
    ...(typeof fields.link === "string" ? { link: fields.link } : {}),
    labels: task?.card.labels ?? [],
  };
  const fresh = bodyOf(verb, aim, answers, mint);
  const asked = new Set(fieldsOf(verb).flatMap(field => keysOfField(verb, field)));
  const body: Record<string, unknown> = { ...fields };
  for (const key of Object.keys(fresh)) {
    if (asked.has(key) || key === "based_on") body[key] = fresh[key];
  }
  if (verb === "add_step" || verb === "link" || verb === "comment") {
    const key = verb === "add_step" ? "step" : verb;
    body[key] = fresh[key];
  }
  // A column that was meant for a place which is gone or full would only be refused again.
  delete body.to;
  if (verb === "link") body.to = fresh.to;
  return { [verb]: body } as Command;
}

function keysOfField(verb: string, field: Field): readonly string[] {
  switch (field.name) {
    case "text":
      return [textKey[verb] ?? "text"];
    case "cause":
      return ["why"];
    case "labels":
      return ["add", "remove"];
    case "link":
      return ["to", "kind"];
    default:
      return [field.name];
  }
}

/** Whether every question that must be answered has been. */
export function answered(verb: string, answers: Answers): boolean {
  return fieldsOf(verb).every(field => !field.required || isAnswered(field, answers));
}

/** Whether one question has an answer. */
export function isAnswered(field: Field, answers: Answers): boolean {
  switch (field.kind) {
    case "line":
    case "lines":
      return String(answers[field.name]).trim() !== "";
    case "member":
      return answers.member !== null;
    case "cause":
      return answers.cause !== null;
    case "minutes":
      return answers.minutes.trim() === "" || minutesFromWords(answers.minutes) !== null;
    case "link":
      return answers.link.task !== null || answers.link.url.trim() !== "";
    default:
      return true;
  }
}

/** 150 becomes "2 h 30 min". */
export function minutesInWords(minutes: number | null): string {
  if (minutes === null) return "";
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** "2 h 30", "90", "1.5 h" and "45 min" become minutes; anything else is `null`. */
export function minutesFromWords(text: string): number | null {
  const words = text.trim().toLowerCase().replace(",", ".");
  if (words === "") return null;
  const plain = /^(\d+)\s*(?:m|min|minutes?)?$/.exec(words);
  if (plain) return Number(plain[1]);
  const hours = /^(\d+(?:\.\d+)?)\s*(?:h|hours?)(?:\s*(\d+)\s*(?:m|min|minutes?)?)?$/.exec(words);
  if (hours) return Math.round(Number(hours[1]) * 60) + Number(hours[2] ?? 0);
  return null;
}
