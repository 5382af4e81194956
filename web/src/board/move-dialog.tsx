//! Moving a card without dragging: to which column, and where in it.
import { createEffect, createSignal, type JSX, on, Show } from "solid-js";
import { closedTo, place } from "../app/act";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { Dialog, DialogBody, DialogFoot } from "../parts/dialog";
import { SelectField } from "../parts/field";
import type { BoardHead, TaskCard } from "../types";

export type Moving = { card: TaskCard; board: BoardHead | undefined };

export function MoveDialog(props: { moving: Moving | null; onClose: () => void }): JSX.Element {
  const app = useApp();
  const [column, setColumn] = createSignal("");
  const [end, setEnd] = createSignal("end");
  createEffect(
    on(
      () => props.moving,
      moving => moving && setColumn(moving.card.column),
    ),
  );
  const columns = () => props.moving?.board?.columns ?? [];
  const chosen = () => columns().find(candidate => candidate.id === column());
  const problem = () => {
    const view = chosen();
    return props.moving && view ? closedTo(props.moving.card, view) : null;
  };
  const move = () => {
    const view = chosen();
    const moving = props.moving;
    if (!view || !moving || problem()) return;
    const query = { column: view.id, from: 0, count: 1, filter: {} };
    const first = end() === "top" ? (app.client.query("column", query).rows[0]?.id ?? null) : null;
    props.onClose();
    if (first !== moving.card.id) place(app, moving.card, view, first);
  };
  return (
    <Dialog
      open={props.moving !== null}
      onClose={props.onClose}
      title={`Move ${props.moving?.card.number ?? "task"}`}
      width={400}
    >
      <form
        onSubmit={event => {
          event.preventDefault();
          move();
        }}
      >
        <DialogBody>
          <Show when={props.moving}>{moving => <p>{moving().card.title}</p>}</Show>
          <SelectField
            label="Column"
            value={column()}
            onValue={setColumn}
            problem={problem()}
            options={columns().map(view => ({
              value: view.id,
              words: view.full && view.id !== props.moving?.card.column ? `${view.name} · full` : view.name,
            }))}
          />
          <SelectField
            label="Place"
            value={end()}
            onValue={setEnd}
            options={[
              { value: "end", words: "At the end" },
              { value: "top", words: "At the top" },
            ]}
          />
        </DialogBody>
        <DialogFoot>
          <Button kind="primary" type="submit">
            Move
          </Button>
          <Button kind="plain" onClick={() => props.onClose()}>
            Leave it
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
