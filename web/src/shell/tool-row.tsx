//! The tool row: filter, grouping, what is filtered, and on the right what is out of sight or not yet known.
import "./tool-row.css";
import { Popover } from "@kobalte/core/popover";
import { createSignal, For, type JSX, Match, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { activeFilters, type FilterHandle } from "../app/filters";
import { isNarrow } from "../app/layout";
import { go } from "../app/router";
import { openDialog } from "../dialogs/dialog-state";
import { Button, IconButton } from "../parts/button";
import { FilterChip } from "../parts/chip";
import { SelectField, TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { Keys } from "../parts/keys";
import { Menu, type MenuEntry } from "../parts/menu";
import { happened } from "../parts/when";
import type { BoardHead, Grouping, Priority } from "../types";

const GROUPS: Record<Grouping, string> = { state: "state", needs: "what it needs", holder: "holder", none: "nothing" };

type Props = {
  filter: FilterHandle;
  labels: readonly string[];
  board?: BoardHead | null | undefined;
  group: Grouping;
  /** Lists can be grouped anew in place; a board leads to its list. */
  onGroup?: ((group: Grouping) => void) | undefined;
  hidden?: readonly string[];
  onShowHidden?: () => void;
  onNewColumn?: () => void;
};

export function ToolRow(props: Props): JSX.Element {
  const app = useApp();
  return (
    <div class="tool-row" role="group" aria-label="Filter and group">
      <FilterPopover {...props} />
      <Show
        when={props.board || props.onGroup}
        fallback={<span class="tool tool-still">Group: {GROUPS[props.group]}</span>}
      >
        <Menu
          label={`Group: ${GROUPS[props.group]}`}
          class="tool"
          trigger={<>Group: {GROUPS[props.group]}</>}
          entries={groupings}
        />
      </Show>
      <div class="tool-chips">
        <For each={activeFilters(props.filter.now(), app.head())}>
          {active => <FilterChip words={active.words} onRemove={() => props.filter.set({ [active.part]: null })} />}
        </For>
      </div>
      <Show when={props.board && !app.viewer()}>
        <Menu label="This board" class="tool tool-icon" trigger={<Icon name="more" />} entries={boardEntries} />
      </Show>
      <div class="tool-end">
        <Show when={isNarrow() && props.board}>
          {board => <IconButton icon="board" label="Show as board" onClick={() => go(app.path("board", board().id))} />}
        </Show>
        <Switch>
          <Match when={props.hidden && props.hidden.length > 0}>
            <button type="button" class="tool" onClick={() => props.onShowHidden?.()}>
              {props.hidden?.join(", ")}
              <Icon name="chevron_right" size={14} />
            </button>
          </Match>
          <Match when={!isNarrow() && unknownSince()}>
            {since => <span class="tool-note">Others’ work known up to {since()}</span>}
          </Match>
          <Match when={!isNarrow() && !props.board}>
            <span class="tool-note">
              Press <Keys of="I" /> for what you can do
            </span>
          </Match>
        </Switch>
      </div>
    </div>
  );

  function unknownSince(): string | null {
    const { connection, last_contact_ms } = app.status();
    return connection !== "online" && last_contact_ms !== null ? happened(last_contact_ms) : null;
  }

  function groupings(): MenuEntry[] {
    const board = props.board;
    return (["state", "holder", "needs", "none"] as const).map(group => ({
      words: GROUPS[group].charAt(0).toUpperCase() + GROUPS[group].slice(1),
      checked: props.group === group,
      onSelect: () => {
        if (props.onGroup) props.onGroup(group);
        else if (board && group !== "state") go(`${app.path("list", board.id)}?group=${group}`);
      },
    }));
  }

  function boardEntries(): MenuEntry[] {
    const board = props.board;
    if (!board) return [];
    return [
      ...(props.onNewColumn
        ? [{ words: "New column…", icon: "plus" as const, onSelect: () => props.onNewColumn?.() }]
        : []),
      {
        words: "Board settings…",
        icon: "settings",
        onSelect: () => openDialog({ kind: "board_settings", board: board.id }),
      },
      { words: "Import tasks…", icon: "upload", onSelect: () => openDialog({ kind: "import", board: board.id }) },
      ...board.discarded_columns.map((column, index) => ({
        words: `Restore column ${column.name}`,
        icon: "restore" as const,
        begins_group: index === 0,
        onSelect: () => void app.submit({ restore_column: { column: column.id } }),
      })),
    ];
  }
}

function FilterPopover(props: Props): JSX.Element {
  const app = useApp();
  const [open, setOpen] = createSignal(false);
  const now = () => props.filter.now();
  return (
    <Popover open={open()} onOpenChange={setOpen} gutter={4} placement="bottom-start">
      <Popover.Trigger class="tool">
        <Icon name="filter" />
        Filter
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content class="filter-box">
          <Popover.Title class="unseen">Filter</Popover.Title>
          <TextField
            label="Words"
            value={now().text ?? ""}
            onValue={text => props.filter.set({ text })}
            placeholder="In title or id"
          />
          <SelectField
            label="Label"
            value={now().label ?? ""}
            onValue={label => props.filter.set({ label })}
            options={[{ value: "", words: "Any" }, ...props.labels.map(label => ({ value: label, words: label }))]}
          />
          <SelectField
            label="Holder"
            value={now().holder ?? ""}
            onValue={holder => props.filter.set({ holder })}
            options={[
              { value: "", words: "Anyone" },
              { value: "nobody", words: "Nobody" },
              ...(app.head()?.members ?? [])
                .filter(member => !member.removed)
                .map(({ person }) => ({ value: person.actor, words: person.you ? "You" : person.name })),
            ]}
          />
          <TextField
            label="Due before"
            type="date"
            value={now().due_before ?? ""}
            onValue={date => props.filter.set({ due_before: date })}
          />
          <SelectField
            label="Priority"
            value={now().priority ?? ""}
            onValue={priority => props.filter.set({ priority: (priority || null) as Priority | null })}
            options={[
              { value: "", words: "Any" },
              { value: "urgent", words: "Urgent" },
              { value: "high", words: "High" },
              { value: "normal", words: "Normal" },
              { value: "low", words: "Low" },
            ]}
          />
          <label class="filter-check">
            <input
              type="checkbox"
              checked={now().blocked === true}
              onChange={event => props.filter.set({ blocked: event.currentTarget.checked || null })}
            />
            Blocked only
          </label>
          <div class="blank-actions">
            <Button onClick={() => setOpen(false)}>Done</Button>
            <Button kind="plain" onClick={() => props.filter.clear()}>
              Clear
            </Button>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover>
  );
}
