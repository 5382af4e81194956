//! Bringing tasks in: choose or drop a file, see what would come of it, then let it run. All of it works offline.
import { createEffect, createMemo, createSignal, For, type JSX, Match, on, onCleanup, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { go } from "../app/router";
import { Button } from "../parts/button";
import { DialogBody, DialogFoot } from "../parts/dialog";
import { SelectField, TextField } from "../parts/field";
import { PhraseText } from "../parts/phrase";
import type { ImportFormat, ImportPlan, ImportProgress } from "../types";
import { closeDialog } from "./dialog-state";
import { formatWords } from "./import-format";

const newBoard = "new";
const bytesMax = 64 * 1024 * 1024;
const count = (number: number, thing: string) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

/** How many tasks a plan would add; lines that cannot be read are not among them. */
const tasksOf = (plan: ImportPlan | null): number => plan?.tasks ?? 0;

type Chosen = { name: string; format: ImportFormat };

export function ImportDialog(props: { board?: string | undefined }): JSX.Element {
  const app = useApp();
  const boards = createMemo(() => (app.head()?.boards ?? []).filter(board => !board.discarded));
  const [file, setFile] = createSignal<Chosen | null>(null);
  const [problem, setProblem] = createSignal<string | null>(null);
  const [board, setBoard] = createSignal(props.board ?? boards()[0]?.id ?? newBoard);
  const [name, setName] = createSignal("");
  const [progress, setProgress] = createSignal<ImportProgress | null>(null);
  const [running, setRunning] = createSignal(false);
  const [over, setOver] = createSignal(false);
  let picker: HTMLInputElement | undefined;

  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    setProblem(null);
    if (chosen.size > bytesMax) return setProblem(`${chosen.name} is larger than 64 MB. Split it into several files.`);
    const format = await app.client.readFile(chosen);
    if (format === null) {
      return setProblem(
        `${chosen.name} is none of the three: a CSV with a line of titles, a Trello board (JSON), GitHub issues (JSON).`,
      );
    }
    setFile({ name: chosen.name, format });
    // A Trello board brings its own name.
    setName(format === "trello" ? "" : chosen.name.replace(/\.[^.]+$/, "").replaceAll(/[-_]+/g, " "));
  };
  // The plan of this file before the last change stays on screen until the new one is made.
  const [plan, setPlan] = createSignal<ImportPlan | null>(null);
  const [share, setShare] = createSignal<number | null>(null);
  createEffect(
    on([file, board, name], async ([chosen, into, called], before) => {
      if (chosen !== before?.[0]) setPlan(null);
      if (chosen === null) return setShare(null);
      const named = called.trim() === "" ? {} : { name: called.trim() };
      const options = into === newBoard ? { board: null, ...named } : { board: into };
      setShare(0);
      const made = await app.client.planImport(chosen.format, options, setShare);
      if (made === null) return;
      setPlan(made);
      setShare(null);
    }),
  );
  const forget = () => {
    if (share() !== null) app.client.cancelPlan();
    setFile(null);
  };
  onCleanup(() => {
    if (share() !== null) app.client.cancelPlan();
  });
  // The plan is read once more when it runs, and must not be made anew while it does.
  const [settled, setSettled] = createSignal<ImportPlan | null>(null);
  const run = async () => {
    setSettled(plan());
    setRunning(true);
    setProgress({ done: 0, total: tasksOf(settled()), tasks: 0, rejected: [], rejected_count: 0, cancelled: false });
    try {
      await app.client.runImport(setProgress);
    } catch (reason) {
      setProblem(String(reason));
    }
    setRunning(false);
    setFile(null);
  };
  const added = () => progress()?.tasks ?? 0;
  const done = () => {
    const now = progress();
    return !running() && now !== null ? now : null;
  };
  const show = () => {
    closeDialog();
    const made = board() === newBoard ? app.head()?.boards.findLast(one => !one.discarded)?.id : board();
    if (made) go(app.path("board", made));
  };

  return (
    <Switch>
      <Match when={done()}>
        {result => (
          <>
            <DialogBody>
              <p role="status">
                {result().cancelled ? "Stopped. " : ""}
                {count(added(), "task")} added on this device; they land when there is a connection.
              </p>
              <Rejected progress={result()} />
            </DialogBody>
            <DialogFoot>
              <Button kind="primary" onClick={show}>
                Show the board
              </Button>
              <Button kind="plain" onClick={() => setProgress(null)}>
                Import another
              </Button>
            </DialogFoot>
          </>
        )}
      </Match>
      <Match when={running() && progress()}>
        {now => (
          <>
            <DialogBody>
              <p role="status">
                Adding {now().done.toLocaleString("en")} of {now().total.toLocaleString("en")}. You can keep working.
              </p>
              <progress class="outbox-progress" aria-label="Adding" max={Math.max(1, now().total)} value={now().done} />
              <Rejected progress={now()} />
            </DialogBody>
            <DialogFoot>
              <Button kind="plain" onClick={closeDialog}>
                Let it run
              </Button>
              <Button kind="plain" onClick={() => app.client.cancelImport()}>
                Stop here
              </Button>
            </DialogFoot>
          </>
        )}
      </Match>
      <Match when={plan()}>
        {made => (
          <>
            <DialogBody>
              <p>
                <strong>{file()?.name}</strong>, {formatWords[file()?.format ?? "csv"]}:{" "}
                {count(tasksOf(made()), "task")}
                {made().problem_count > 0 ? `, ${count(made().problem_count, "remark")}` : ""}.
              </p>
              <SelectField
                label="Into"
                value={board()}
                onValue={setBoard}
                options={[
                  ...boards().map(one => ({ value: one.id, words: one.name })),
                  { value: newBoard, words: "A new board" },
                ]}
              />
              <Show when={board() === newBoard}>
                <TextField
                  label="Name of the board"
                  placeholder="As the file calls it"
                  value={name()}
                  onValue={setName}
                  maxLength={80}
                />
              </Show>
              <Show when={made().titles.length > 0}>
                <ol class="import-titles scroll" aria-label="The first of them">
                  <For each={made().titles}>{title => <li>{title}</li>}</For>
                  <Show when={tasksOf(made()) > made().titles.length}>
                    <li class="field-hint">and {(tasksOf(made()) - made().titles.length).toLocaleString("en")} more</li>
                  </Show>
                </ol>
              </Show>
              <Show when={made().problems.length > 0}>
                <section aria-label="What could not be read">
                  <h3 class="dialog-part">Not read, or only in part</h3>
                  <ul class="import-problems scroll">
                    <For each={made().problems}>
                      {one => (
                        <li>
                          <span>Line {one.line}</span>
                          <span>{one.problem}</span>
                        </li>
                      )}
                    </For>
                  </ul>
                </section>
              </Show>
            </DialogBody>
            <DialogFoot>
              <Show
                when={tasksOf(made()) > 0}
                fallback={
                  <Button kind="primary" onClick={forget}>
                    Choose another file
                  </Button>
                }
              >
                <Button kind="primary" disabled={share() !== null} onClick={() => void run()}>
                  {`Add ${count(tasksOf(made()), "task")}`}
                </Button>
                <Button onClick={forget}>Choose another file</Button>
              </Show>
              <Button kind="plain" onClick={closeDialog}>
                Cancel
              </Button>
            </DialogFoot>
          </>
        )}
      </Match>
      <Match when={file()}>
        {chosen => (
          <>
            <DialogBody>
              <p role="status">Reading {chosen().name}. You can keep working.</p>
              <progress class="outbox-progress" aria-label="Reading" max={1} value={share() ?? 0} />
            </DialogBody>
            <DialogFoot>
              <Button kind="plain" onClick={forget}>
                Choose another file
              </Button>
            </DialogFoot>
          </>
        )}
      </Match>
      <Match when={true}>
        <DialogBody>
          <p>
            A CSV with a line of titles, the JSON export of a Trello board, or GitHub issues as JSON. Nothing is added
            before you have seen what would come of it.
          </p>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way; the button is the other */}
          <div
            class="drop"
            data-over={over() ? "" : undefined}
            onDragOver={event => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={event => {
              event.preventDefault();
              setOver(false);
              void choose(event.dataTransfer?.files[0]);
            }}
          >
            <Button kind="primary" icon="upload" onClick={() => picker?.click()}>
              Choose a file…
            </Button>
            <p class="field-hint">or drop it here</p>
            <input
              ref={picker}
              class="unseen"
              type="file"
              tabIndex={-1}
              aria-label="File to import"
              accept=".csv,.tsv,.txt,.json,text/csv,application/json"
              onChange={event => {
                void choose(event.currentTarget.files?.[0]);
                event.currentTarget.value = "";
              }}
            />
          </div>
          <Show when={problem()}>
            {words => (
              <p class="form-refusal" role="alert">
                {words()}
              </p>
            )}
          </Show>
        </DialogBody>
      </Match>
    </Switch>
  );
}

function Rejected(props: { progress: ImportProgress }): JSX.Element {
  return (
    <Show when={props.progress.rejected.length > 0}>
      <section aria-label="Not added">
        <h3 class="dialog-part">{count(props.progress.rejected_count, "task")} not added</h3>
        <ul class="import-problems scroll" data-tone="red">
          <For each={props.progress.rejected}>
            {one => (
              <li>
                <span>Line {one.line}</span>
                <span>{typeof one.reason === "string" ? one.reason : <PhraseText phrase={one.reason} />}</span>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}
