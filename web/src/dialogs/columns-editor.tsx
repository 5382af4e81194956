//! The columns of a board that is not made yet: name, stage and limit of each.
import { For, type JSX, Show } from "solid-js";
import { stageWords } from "../app/act";
import { Button, IconButton } from "../parts/button";
import type { Stage } from "../types";

/** A column while it is being written. */
export type ColumnWords = { name: string; stage: Stage; limit: string };

export const stages: readonly Stage[] = ["ready", "claimed", "under_way", "in_review", "signed_off"];

/** The usual ones. */
export const usualColumns = (): ColumnWords[] => [
  { name: "Ready", stage: "ready", limit: "" },
  { name: "Claimed", stage: "claimed", limit: "" },
  { name: "Under way", stage: "under_way", limit: "5" },
  { name: "In review", stage: "in_review", limit: "4" },
  { name: "Signed off", stage: "signed_off", limit: "" },
];

/** "5" is 5; empty or anything else is no limit. */
export function limitOf(words: string): number | null {
  const limit = Number.parseInt(words, 10);
  return Number.isFinite(limit) && limit > 0 ? limit : null;
}

export function ColumnsEditor(props: {
  columns: readonly ColumnWords[];
  onColumns: (columns: ColumnWords[]) => void;
}): JSX.Element {
  const change = (index: number, part: Partial<ColumnWords>) =>
    props.onColumns(props.columns.map((column, at) => (at === index ? { ...column, ...part } : column)));
  const swap = (index: number, other: number) => {
    const columns = [...props.columns];
    const [one, two] = [columns[index], columns[other]];
    if (!one || !two) return;
    columns[index] = two;
    columns[other] = one;
    props.onColumns(columns);
  };
  return (
    <fieldset class="field form-group">
      <legend class="field-label">Columns</legend>
      <ul class="columns-editor">
        {/* Keyed by place: the words change with every letter, and the field must keep its focus. */}
        <For each={props.columns.map((_, index) => index)}>
          {index => (
            <Show when={props.columns[index]}>
              {column => (
                <li class="column-line">
                  <input
                    class="field-control"
                    aria-label={`Name of column ${index + 1}`}
                    value={column().name}
                    maxLength={60}
                    onInput={event => change(index, { name: event.currentTarget.value })}
                  />
                  <select
                    class="field-control"
                    aria-label={`Stage of column ${index + 1}`}
                    onChange={event => change(index, { stage: event.currentTarget.value as Stage })}
                  >
                    <For each={stages}>
                      {stage => (
                        <option value={stage} selected={stage === column().stage}>
                          {stageWords[stage]}
                        </option>
                      )}
                    </For>
                  </select>
                  <input
                    class="field-control column-limit"
                    aria-label={`Limit of column ${index + 1}; empty for none`}
                    placeholder="No limit"
                    inputMode="numeric"
                    value={column().limit}
                    onInput={event =>
                      change(index, { limit: event.currentTarget.value.replace(/\D/g, "").slice(0, 4) })
                    }
                  />
                  <span class="column-tools">
                    <IconButton
                      icon="chevron_up"
                      label="Move up"
                      disabled={index === 0}
                      onClick={() => swap(index, index - 1)}
                    />
                    <IconButton
                      icon="chevron_down"
                      label="Move down"
                      disabled={index === props.columns.length - 1}
                      onClick={() => swap(index, index + 1)}
                    />
                    <IconButton
                      icon="close"
                      label={`Leave out ${column().name}`}
                      disabled={props.columns.length === 1}
                      onClick={() => props.onColumns(props.columns.filter((_, at) => at !== index))}
                    />
                  </span>
                </li>
              )}
            </Show>
          )}
        </For>
      </ul>
      <Button
        kind="words"
        icon="plus"
        class="dialog-more"
        onClick={() => props.onColumns([...props.columns, { name: "", stage: "ready", limit: "" }])}
      >
        Another column
      </Button>
      <p class="field-hint">The stage decides what may be done with a task there. A full column takes no more.</p>
    </fieldset>
  );
}
