//! A new column at the end of the board: its name, the stage that it stands for, and perhaps a limit.
import "./new-column-form.css";
import { createSignal, type JSX } from "solid-js";
import { stageWords } from "../app/act";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { SelectField, TextField } from "../parts/field";
import { plain } from "../parts/phrase";
import type { Stage } from "../types";

const STAGES: readonly Stage[] = ["ready", "claimed", "under_way", "in_review", "signed_off"];

export function NewColumnForm(props: { board: string; onClose: () => void }): JSX.Element {
  const app = useApp();
  const [name, setName] = createSignal("");
  const [stage, setStage] = createSignal<string>("under_way");
  const [limit, setLimit] = createSignal("");
  const [problem, setProblem] = createSignal<string | null>(null);
  const add = () => {
    const words = name().trim();
    if (!words) return setProblem("A column needs a name.");
    const number = limit().trim() === "" ? null : Number.parseInt(limit(), 10);
    const told = app.submit(
      {
        create_column: {
          board: props.board,
          column: app.client.mint(),
          name: words,
          stage: stage() as Stage,
          limit: number !== null && number > 0 ? number : null,
          rank: null,
        },
      },
      { quiet: true },
    );
    if ("rejected" in told) setProblem(plain(told.phrase));
    else props.onClose();
  };
  return (
    <section
      class="column new-column"
      ref={element => queueMicrotask(() => element.scrollIntoView({ inline: "end", block: "nearest" }))}
    >
      <form
        onSubmit={event => {
          event.preventDefault();
          add();
        }}
        onKeyDown={event => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          props.onClose();
        }}
      >
        <TextField label="New column" value={name()} onValue={setName} problem={problem()} maxLength={60} focused />
        <SelectField
          label="Stands for"
          value={stage()}
          onValue={setStage}
          options={STAGES.map(value => ({ value, words: stageWords[value] }))}
        />
        <TextField
          label="At most"
          value={limit()}
          onValue={setLimit}
          placeholder="No limit"
          inputmode="numeric"
          maxLength={3}
        />
        <div class="blank-actions">
          <Button kind="primary" type="submit">
            Add column
          </Button>
          <Button kind="plain" onClick={() => props.onClose()}>
            Leave it
          </Button>
        </div>
      </form>
    </section>
  );
}
