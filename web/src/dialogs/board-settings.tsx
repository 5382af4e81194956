//! A board's name and columns. Each change is an intent of its own, at once; nothing waits for a Save.
import { createSignal, For, type JSX, Show } from "solid-js";
import { stageWords } from "../app/act";
import { useApp } from "../app/context";
import { go } from "../app/router";
import { Button, IconButton } from "../parts/button";
import { Confirm, DialogBody } from "../parts/dialog";
import { PhraseText } from "../parts/phrase";
import type { BoardHead, ColumnView, Command, Phrase, Stage } from "../types";
import { limitOf, stages } from "./columns-editor";
import { closeDialog } from "./dialog-state";
import { LineForm } from "./line-form";

type Open = { kind: "board" | "add" } | { kind: "name" | "limit"; column: string } | null;

export function BoardSettings(props: { board: string }): JSX.Element {
  const app = useApp();
  const live = app.client.live("board", () => ({ board: props.board, filter: {} }));
  return (
    <DialogBody>
      <Show
        when={live.head()}
        fallback={<p>This board is not on this device. When you are online and all is known, it appears by itself.</p>}
      >
        {head => <Settings head={head()} />}
      </Show>
    </DialogBody>
  );
}

function Settings(props: { head: BoardHead }): JSX.Element {
  const app = useApp();
  const [open, setOpen] = createSignal<Open>(null);
  const [refusal, setRefusal] = createSignal<Phrase | null>(null);
  const [discarding, setDiscarding] = createSignal(false);
  const may = () => !app.viewer();

  const say = (command: Command): boolean => {
    const told = app.submit(command, { quiet: true });
    const refused = "rejected" in told;
    setRefusal(refused ? (told.phrase ?? [{ text: "This cannot be done as things stand now." }]) : null);
    if (!refused) setOpen(null);
    return !refused;
  };
  const move = (index: number, by: -1 | 1) => {
    const columns = props.head.columns;
    const column = columns[index];
    if (!column) return;
    const before = columns[by === 1 ? index + 2 : index - 1]?.id ?? null;
    const rank = app.client.rankBetween({ board: props.head.id, before, moving: column.id });
    say({ move_column: { column: column.id, rank } });
  };

  return (
    <>
      <Show
        when={open()?.kind === "board"}
        fallback={
          <div class="dialog-line">
            <p class="settings-name">
              {props.head.name} <span class="member-role">{props.head.key}</span>
            </p>
            <Show when={may()}>
              <Button onClick={() => setOpen({ kind: "board" })}>Rename…</Button>
            </Show>
          </div>
        }
      >
        <LineForm
          label="Name of the board"
          value={props.head.name}
          submit="Rename"
          onClose={() => setOpen(null)}
          onSay={name => say({ rename_board: { board: props.head.id, name, based_on: props.head.name_mark } })}
        />
      </Show>
      <Show when={refusal()}>
        {phrase => (
          <p class="form-refusal" role="alert">
            <PhraseText phrase={phrase()} />
          </p>
        )}
      </Show>
      <section class="dialog-section" aria-labelledby="settings-columns">
        <h3 class="dialog-part" id="settings-columns">
          Columns
        </h3>
        <ul class="settings-columns">
          <For each={props.head.columns}>
            {(column, index) => (
              <Column
                column={column}
                open={open()}
                may={may()}
                first={index() === 0}
                last={index() === props.head.columns.length - 1}
                onOpen={setOpen}
                onSay={say}
                onMove={by => move(index(), by)}
              />
            )}
          </For>
        </ul>
        <Show when={may()}>
          <Show
            when={open()?.kind === "add"}
            fallback={
              <Button icon="plus" onClick={() => setOpen({ kind: "add" })}>
                New column…
              </Button>
            }
          >
            <NewColumn
              onClose={() => setOpen(null)}
              onSay={(name, stage, limit) =>
                say({
                  create_column: { board: props.head.id, column: app.client.mint(), name, stage, limit, rank: null },
                })
              }
            />
          </Show>
        </Show>
      </section>
      <Show when={props.head.discarded_columns.length > 0}>
        <section class="dialog-section" aria-labelledby="settings-discarded">
          <h3 class="dialog-part" id="settings-discarded">
            Discarded columns
          </h3>
          <ul class="settings-columns">
            <For each={props.head.discarded_columns}>
              {column => (
                <li class="settings-column">
                  <span class="settings-words">
                    {column.name} <span class="member-role">{stageWords[column.stage]}</span>
                  </span>
                  <Show when={may()}>
                    <Button onClick={() => say({ restore_column: { column: column.id } })}>Restore</Button>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
      <Show when={may()}>
        <div class="dialog-line">
          <Show
            when={props.head.discarded}
            fallback={
              <Button kind="danger" icon="discard" onClick={() => setDiscarding(true)}>
                Discard the board…
              </Button>
            }
          >
            <Button icon="restore" onClick={() => say({ restore_board: { board: props.head.id } })}>
              Restore the board
            </Button>
          </Show>
        </div>
      </Show>
      <Confirm
        open={discarding()}
        title={`Discard ${props.head.name}?`}
        confirm="Discard"
        onConfirm={() => {
          if (!say({ discard_board: { board: props.head.id } })) return;
          closeDialog();
          go(app.path());
        }}
        onClose={() => setDiscarding(false)}
      >
        <p>It leaves the sidebar with its tasks. Nothing is deleted; anyone here can restore it under Discarded.</p>
      </Confirm>
    </>
  );
}

function Column(props: {
  column: ColumnView;
  open: Open;
  may: boolean;
  first: boolean;
  last: boolean;
  onOpen: (open: Open) => void;
  onSay: (command: Command) => boolean;
  onMove: (by: -1 | 1) => void;
}): JSX.Element {
  const is = (kind: "name" | "limit") =>
    props.open?.kind === kind && "column" in props.open && props.open.column === props.column.id;
  const counted = () =>
    props.column.limit === null ? `${props.column.count}, no limit` : `${props.column.count} of ${props.column.limit}`;
  return (
    <li class="settings-column">
      <Show when={is("name")}>
        <LineForm
          label={`Name of ${props.column.name}`}
          value={props.column.name}
          submit="Rename"
          onClose={() => props.onOpen(null)}
          onSay={name =>
            props.onSay({ rename_column: { column: props.column.id, name, based_on: props.column.name_mark } })
          }
        />
      </Show>
      <Show when={is("limit")}>
        <LineForm
          label={`Limit of ${props.column.name}; empty for none`}
          value={props.column.limit === null ? "" : String(props.column.limit)}
          submit="Set limit"
          numeric
          mayBeEmpty
          onClose={() => props.onOpen(null)}
          onSay={words => props.onSay({ limit_column: { column: props.column.id, limit: limitOf(words) } })}
        />
      </Show>
      <Show when={!is("name") && !is("limit")}>
        <span class="settings-words">
          {props.column.name}{" "}
          <span class="member-role">
            {stageWords[props.column.stage]} · {counted()}
          </span>
        </span>
        <Show when={props.may}>
          <Button kind="plain" onClick={() => props.onOpen({ kind: "name", column: props.column.id })}>
            Rename…
          </Button>
          <Button kind="plain" onClick={() => props.onOpen({ kind: "limit", column: props.column.id })}>
            Limit…
          </Button>
          <span class="column-tools">
            <IconButton
              icon="chevron_up"
              label={`Move ${props.column.name} left on the board`}
              disabled={props.first}
              onClick={() => props.onMove(-1)}
            />
            <IconButton
              icon="chevron_down"
              label={`Move ${props.column.name} right on the board`}
              disabled={props.last}
              onClick={() => props.onMove(1)}
            />
            <Show when={props.column.count === 0}>
              <IconButton
                icon="discard"
                label={`Discard ${props.column.name}`}
                onClick={() => props.onSay({ discard_column: { column: props.column.id } })}
              />
            </Show>
          </span>
        </Show>
      </Show>
    </li>
  );
}

function NewColumn(props: {
  onClose: () => void;
  onSay: (name: string, stage: Stage, limit: number | null) => boolean;
}): JSX.Element {
  const [stage, setStage] = createSignal<Stage>("ready");
  const [limit, setLimit] = createSignal("");
  return (
    <LineForm
      label="Name of the column"
      value=""
      submit="Add column"
      onClose={props.onClose}
      onSay={name => props.onSay(name, stage(), limitOf(limit()))}
    >
      <div class="dialog-pair">
        <select
          class="field-control"
          aria-label="Stage"
          onChange={event => setStage(event.currentTarget.value as Stage)}
        >
          <For each={stages}>{one => <option value={one}>{stageWords[one]}</option>}</For>
        </select>
        <input
          class="field-control"
          aria-label="Limit; empty for none"
          placeholder="No limit"
          inputMode="numeric"
          value={limit()}
          onInput={event => setLimit(event.currentTarget.value.replace(/\D/g, "").slice(0, 4))}
        />
      </div>
    </LineForm>
  );
}
