//! One refused intent: why, what was meant and what it is now, and the ways on. Nothing is lost until it is discarded.
import { createSignal, For, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { openDialog } from "../dialogs/dialog-state";
import { Button } from "../parts/button";
import { Confirm } from "../parts/dialog";
import { Mark } from "../parts/mark";
import { PhraseText, plain } from "../parts/phrase";
import { happened, now } from "../parts/when";
import { answersIn, fieldsOf, markOf, opened, restated } from "../task/intent-fields";
import { IntentForm } from "../task/intent-form";
import type { Command, RejectionEntry, Told } from "../types";
import { againWords } from "./again-words";
import { rememberSaidAgain, saidAgain } from "./inbox-state";

export function RejectionCard(props: { entry: RejectionEntry; current: boolean; onTouch: () => void }): JSX.Element {
  const app = useApp();
  const [editing, setEditing] = createSignal(false);
  const [discarding, setDiscarding] = createSignal(false);
  const entry = () => props.entry;
  const verb = () => (entry().command ? opened(entry().command as Command).verb : "");
  const task = app.client.live("task", () => {
    const id = entry().task;
    return id === null ? null : { task: id };
  });
  const detail = () => task.head() ?? null;
  const said = () => saidAgain[entry().id];
  const hasDialog = () => verb() === "add_task" || verb() === "create_board";
  const editable = () => entry().command !== null && (hasDialog() || fieldsOf(verb()).length > 0);

  /** Says it again and settles the old one, in this order: if the first is refused, the inbox keeps it. */
  const sayAgain = (command: Command, quiet: boolean): Told => {
    const kept = entry();
    const told = app.submit(command, { quiet });
    if ("id" in told) {
      rememberSaidAgain(kept, told.id);
      app.submit({ decide_rejection: { command: kept.id, decision: "resubmitted" } });
    }
    return told;
  };
  const again = () => {
    const command = entry().command;
    if (!command) return;
    sayAgain(
      restated(command, answersIn(command, detail()), detail(), () => app.client.mint()),
      false,
    );
  };
  const edit = () => {
    const command = entry().command;
    if (!command) return;
    if ("add_task" in command)
      openDialog({ kind: "new_task", again: { command: command.add_task, rejection: entry() } });
    else if ("create_board" in command) {
      openDialog({ kind: "new_board", again: { command: command.create_board, rejection: entry() } });
    } else setEditing(true);
  };

  return (
    <Show when={!said()} fallback={<SaidAgainCard entry={entry()} />}>
      <article
        class="rejection"
        data-current={props.current ? "" : undefined}
        aria-label={`Rejected: ${plain(entry().phrase)}`}
        onFocusIn={() => props.onTouch()}
        onPointerDown={() => props.onTouch()}
      >
        <span class="rejection-mark">
          <Mark state="rejected" silent />
        </span>
        <div class="rejection-body">
          <p class="rejection-head">
            <strong>
              <PhraseText phrase={entry().phrase} />
            </strong>
            <About entry={entry()} />
          </p>
          <p class="rejection-reason">
            <PhraseText phrase={entry().reason} />
          </p>
          <Show when={entry().meant.length > 0}>
            <Pair entry={entry()} />
          </Show>
          <Show when={entry().meanwhile.length > 0}>
            <div class="meanwhile">
              <h3>What changed meanwhile</h3>
              <ol>
                <For each={entry().meanwhile}>
                  {line => (
                    <li>
                      <time dateTime={new Date(line.at).toISOString()}>{happened(line.at)}</time>
                      <span>
                        <PhraseText phrase={line.phrase} />
                      </span>
                    </li>
                  )}
                </For>
              </ol>
            </div>
          </Show>
          <Show
            when={!editing()}
            fallback={
              <Show when={entry().command}>
                {command => (
                  <div class="rejection-form">
                    <IntentForm
                      verb={verb()}
                      submitWords="Resubmit"
                      task={detail()}
                      about={entry().id}
                      aim={{ task: entry().task ?? "", basedOn: markOf(verb(), detail(), stepOf(command())) }}
                      start={answersIn(command(), detail())}
                      onSay={answers =>
                        sayAgain(
                          restated(command(), answers, detail(), () => app.client.mint()),
                          true,
                        )
                      }
                      onClose={() => setEditing(false)}
                    />
                  </div>
                )}
              </Show>
            }
          >
            <div class="rejection-foot">
              <Show when={entry().cleared && entry().command && !hasDialog()}>
                <Button kind={props.current ? "primary" : "outline"} onClick={again}>
                  {againWords(verb())}
                </Button>
              </Show>
              <Show when={editable()}>
                <Button
                  kind={props.current && !(entry().cleared && !hasDialog()) ? "primary" : "outline"}
                  onClick={edit}
                >
                  Edit and resubmit…
                </Button>
              </Show>
              <Button kind="plain" onClick={() => setDiscarding(true)}>
                Discard…
              </Button>
              <Show when={entry().task}>
                {id => (
                  <Button kind="plain" onClick={() => app.openTask(id())}>
                    Open task
                  </Button>
                )}
              </Show>
            </div>
          </Show>
        </div>
        <Confirm
          open={discarding()}
          title="Discard what was rejected?"
          confirm="Discard"
          onConfirm={() => app.submit({ decide_rejection: { command: entry().id, decision: "discarded" } })}
          onClose={() => setDiscarding(false)}
        >
          <p>
            “{plain(entry().phrase)}” {entry().number ?? entry().title ?? ""} leaves the inbox, with the words that you
            wrote for it. The task stays as it is now.
          </p>
        </Confirm>
      </article>
    </Show>
  );
}

/** What it is about, where the intent's own words do not say it already. */
function About(props: { entry: RejectionEntry }): JSX.Element {
  const unsaid = (words: string | null) =>
    words !== null && !plain(props.entry.phrase).includes(words) ? words : null;
  return (
    <>
      <Show when={unsaid(props.entry.number)}>{number => <span class="rejection-task">{number()}</span>}</Show>
      <Show when={unsaid(props.entry.title)}>{title => <span class="rejection-task">{title()}</span>}</Show>
    </>
  );
}

const stepOf = (command: Command): string | undefined => {
  const step = opened(command).fields.step;
  return typeof step === "string" ? step : undefined;
};

/** What was meant beside what it is; on narrow, one row under the other. */
function Pair(props: { entry: RejectionEntry }): JSX.Element {
  return (
    <table class="pair">
      <thead>
        <tr>
          <td class="pair-head pair-corner" />
          <th class="pair-head" scope="col">
            What you meant <time class="pair-time">{happened(props.entry.issued)}</time>
          </th>
          <th class="pair-head" scope="col">
            What it is now <time class="pair-time">{happened(now())}</time>
          </th>
        </tr>
      </thead>
      <tbody>
        <For each={props.entry.meant}>
          {row => (
            <tr>
              <th class="pair-label" scope="row">
                {row.label}
              </th>
              <td class="pair-meant" classList={{ "pair-same": !row.differs }} data-head="You meant">
                {row.meant}
              </td>
              <td
                class="pair-now"
                classList={{ "pair-same": !row.differs, "pair-differs": row.differs }}
                data-head="Now"
              >
                <Show when={row.differs}>
                  <span class="unseen">Differs: </span>
                </Show>
                {row.now}
              </td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}

/** It was said again: a hollow dot in its place until that has landed. */
function SaidAgainCard(props: { entry: RejectionEntry }): JSX.Element {
  return (
    <article class="rejection" data-said-again="" aria-label={`Said again: ${plain(props.entry.phrase)}`}>
      <span class="rejection-mark">
        <Mark state="saved" />
      </span>
      <div class="rejection-body">
        <p class="rejection-head">
          <strong>
            <PhraseText phrase={props.entry.phrase} />
          </strong>
          <About entry={props.entry} />
        </p>
        <p class="rejection-reason">Said again. It leaves this list when it has landed.</p>
      </div>
    </article>
  );
}
