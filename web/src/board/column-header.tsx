//! The head of a column: name, count, limit, and what can be done with the column.
import "./column-header.css";
import { createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { isNarrow } from "../app/layout";
import { IconButton } from "../parts/button";
import { Chip } from "../parts/chip";
import { Icon } from "../parts/icon";
import { Menu, type MenuEntry } from "../parts/menu";
import type { BoardHead, ColumnView } from "../types";

type Props = { board: BoardHead; column: ColumnView; refuses: boolean; onNew: () => void };

export function ColumnHeader(props: Props): JSX.Element {
  const app = useApp();
  const [editing, setEditing] = createSignal<"name" | "limit" | null>(null);
  return (
    <header class="column-head" data-narrow={isNarrow() ? "" : undefined}>
      <Switch
        fallback={
          <>
            <h2 class="column-name">{props.column.name}</h2>
            <Count column={props.column} refuses={props.refuses} />
            <Show when={!app.viewer()}>
              <span class="column-actions" data-always={props.column.stage === "ready" ? "" : undefined}>
                <Menu
                  label={`Column ${props.column.name}`}
                  class="icon-button column-more"
                  trigger={<Icon name="more" />}
                  entries={entries}
                />
                <Show when={props.column.stage !== "signed_off" && !props.column.full}>
                  <IconButton
                    icon="plus"
                    label={`New task in ${props.column.name}`}
                    class="column-plus"
                    onClick={() => props.onNew()}
                  />
                </Show>
              </span>
            </Show>
          </>
        }
      >
        <Match when={editing() === "name"}>
          <HeaderField
            label="Name of the column"
            value={props.column.name}
            onDone={name => {
              setEditing(null);
              if (name && name !== props.column.name) {
                app.submit({ rename_column: { column: props.column.id, name, based_on: props.column.name_mark } });
              }
            }}
          />
        </Match>
        <Match when={editing() === "limit"}>
          <HeaderField
            label={`At most how many in ${props.column.name}; empty for no limit`}
            value={props.column.limit === null ? "" : String(props.column.limit)}
            numeric
            onDone={text => {
              setEditing(null);
              if (text === null) return;
              const limit = text === "" ? null : Number.parseInt(text, 10);
              if (limit !== props.column.limit && (limit === null || limit > 0)) {
                app.submit({ limit_column: { column: props.column.id, limit } });
              }
            }}
          />
        </Match>
      </Switch>
    </header>
  );

  function entries(): MenuEntry[] {
    const columns = props.board.columns;
    const index = columns.findIndex(column => column.id === props.column.id);
    return [
      { words: "Rename…", icon: "pencil", onSelect: () => setEditing("name") },
      { words: "Limit…", icon: "full", onSelect: () => setEditing("limit") },
      {
        words: "Move left",
        icon: "arrow_left",
        not_now: index <= 0 ? "It is the first" : undefined,
        onSelect: () => move(index - 1),
      },
      {
        words: "Move right",
        icon: "arrow_right",
        not_now: index >= columns.length - 1 ? "It is the last" : undefined,
        onSelect: () => move(index + 2),
      },
      {
        words: "Discard column",
        icon: "discard",
        begins_group: true,
        not_now: props.column.count > 0 ? "Only when it holds no tasks" : undefined,
        onSelect: () =>
          app.submit({ discard_column: { column: props.column.id } }, { done: `Discarded ${props.column.name}.` }),
      },
    ];
  }

  /** Moves this column before the one at `index`; beyond the last, to the end. */
  function move(index: number): void {
    const before = props.board.columns[index]?.id ?? null;
    const rank = app.client.rankBetween({ board: props.board.id, before, moving: props.column.id });
    app.submit({ move_column: { column: props.column.id, rank } });
  }
}

/** Count, "2 of 4", or "5 of 5 · full". */
export function Count(props: { column: ColumnView; refuses?: boolean; short?: boolean }): JSX.Element {
  return (
    <Show when={props.column.full} fallback={<span class="column-count">{counted(props.column)}</span>}>
      <Show when={!props.short} fallback={<span class="column-count column-count-full">{counted(props.column)}</span>}>
        <Chip tone="amber">{props.refuses ? `Full at ${props.column.limit}` : `${counted(props.column)} · full`}</Chip>
      </Show>
    </Show>
  );
}

const counted = (column: ColumnView) =>
  column.limit === null ? String(column.count) : `${column.count} of ${column.limit}`;

/** One field in place of the name. Enter and leaving keep the words, Esc drops them (null). */
function HeaderField(props: {
  label: string;
  value: string;
  numeric?: boolean;
  onDone: (text: string | null) => void;
}): JSX.Element {
  let done = false;
  const finish = (text: string | null) => {
    if (done) return;
    done = true;
    props.onDone(text);
  };
  return (
    <input
      ref={input =>
        queueMicrotask(() => {
          input.focus();
          input.select();
        })
      }
      class="column-field"
      aria-label={props.label}
      title={props.label}
      value={props.value}
      inputmode={props.numeric ? "numeric" : undefined}
      pattern={props.numeric ? "[0-9]*" : undefined}
      placeholder={props.numeric ? "No limit" : undefined}
      maxLength={props.numeric ? 3 : 60}
      onKeyDown={event => {
        if (event.key === "Enter") finish(event.currentTarget.value.trim());
        if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          finish(null);
        }
      }}
      onBlur={event => finish(event.currentTarget.value.trim())}
    />
  );
}
