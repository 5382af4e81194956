//! A new board: its name, the letters before its numbers, and its columns.
import { createMemo, createSignal, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { go } from "../app/router";
import { rememberSaidAgain } from "../inbox/inbox-state";
import { SelectField, TextField } from "../parts/field";
import type { Phrase } from "../types";
import { ColumnsEditor, type ColumnWords, limitOf, usualColumns } from "./columns-editor";
import { closeDialog, type DialogAsk } from "./dialog-state";
import { DialogForm } from "./form";

type Ask = Extract<DialogAsk, { kind: "new_board" }>;
const usual = "usual";
const keyLettersMax = 5;

/** Three letters out of a name: "Dry dock 2" gives DRY, "Hot work permits" gives HWP. */
export function keyFrom(name: string): string {
  const words = name
    .normalize("NFKD")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter(word => /[A-Z]/.test(word));
  const initials = words.map(word => word[0]).join("");
  return (initials.length >= 3 ? initials : (words[0] ?? "")).slice(0, 3);
}

export function NewBoard(props: { ask: Ask }): JSX.Element {
  const app = useApp();
  const again = props.ask.again;
  const others = createMemo(() => (app.head()?.boards ?? []).filter(board => !board.discarded));
  const columnsOf = (board: string): ColumnWords[] =>
    (app.client.query("board", { board, filter: {} }).head?.columns ?? []).map(column => ({
      name: column.name,
      stage: column.stage,
      limit: column.limit === null ? "" : String(column.limit),
    }));
  const [name, setName] = createSignal(again?.command.name ?? "");
  const [key, setKey] = createSignal<string | null>(again?.command.key ?? null);
  const [source, setSource] = createSignal(props.ask.copyFrom ?? usual);
  const [columns, setColumns] = createSignal<ColumnWords[]>(
    again
      ? again.command.columns.map(column => ({
          name: column.name,
          stage: column.stage,
          limit: column.limit ? String(column.limit) : "",
        }))
      : props.ask.copyFrom
        ? columnsOf(props.ask.copyFrom)
        : usualColumns(),
  );
  const [problem, setProblem] = createSignal<string | Phrase | null>(null);
  const shownKey = () => key() ?? keyFrom(name());

  const make = () => {
    const board = app.client.mint();
    if (name().trim() === "") return setProblem("The board needs a name.");
    if (shownKey() === "") return setProblem("Choose a few letters for the numbers of its tasks.");
    if (columns().some(column => column.name.trim() === "")) return setProblem("Every column needs a name.");
    const told = app.submit(
      {
        create_board: {
          board,
          name: name().trim(),
          key: shownKey(),
          columns: columns().map(column => ({
            column: app.client.mint(),
            name: column.name.trim(),
            stage: column.stage,
            limit: limitOf(column.limit),
          })),
        },
      },
      { done: `Laid out ${name().trim()}.`, quiet: true },
    );
    if ("rejected" in told) return setProblem(told.phrase ?? "This cannot be done as things stand now.");
    if (again) {
      rememberSaidAgain(again.rejection, told.id);
      app.submit({ decide_rejection: { command: again.rejection.id, decision: "resubmitted" } });
    }
    closeDialog();
    go(app.path("board", board));
  };

  return (
    <DialogForm submit={again ? "Resubmit" : "Lay out the board"} onSubmit={make} problem={problem()}>
      <TextField
        label="Name"
        placeholder="Dry dock 2 · Halden"
        value={name()}
        onValue={words => {
          setName(words);
          setProblem(null);
        }}
        maxLength={80}
        focused
      />
      <TextField
        label="Letters before its numbers"
        hint={`Its tasks are called ${shownKey() || "HLD"}-1, ${shownKey() || "HLD"}-2 and so on, once they have landed.`}
        value={shownKey()}
        onValue={words => {
          setKey(
            words
              .toUpperCase()
              .replace(/[^A-Z0-9]/g, "")
              .slice(0, keyLettersMax),
          );
          setProblem(null);
        }}
        autocapitalize="characters"
      />
      <Show when={others().length > 0}>
        <SelectField
          label="Begin with"
          value={source()}
          onValue={chosen => {
            setSource(chosen);
            setColumns(chosen === usual ? usualColumns() : columnsOf(chosen));
          }}
          options={[
            { value: usual, words: "The usual five columns" },
            ...others().map(board => ({ value: board.id, words: `The columns of ${board.name}` })),
          ]}
        />
      </Show>
      <ColumnsEditor
        columns={columns()}
        onColumns={changed => {
          setColumns(changed);
          setProblem(null);
        }}
      />
    </DialogForm>
  );
}
