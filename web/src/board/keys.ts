//! Keys on the board: arrows and j k go between cards, Shift with an arrow moves the card, and what came of it is said.
import { closedTo, place } from "../app/act";
import type { App } from "../app/context";
import { announce } from "../parts/announce";
import type { BoardHead, TaskCard } from "../types";
import type { ColumnHandle } from "./column";

type World = {
  app: App;
  board: () => BoardHead | undefined;
  /** Columns in the order of the board. */
  columns: () => ColumnHandle[];
  /** Tab comes back to this card. */
  setCursor: (task: string) => void;
};

type Here = { column: ColumnHandle; at: number; index: number; task: string };

/** Handles a key that was pressed on a card. */
export function boardKeys(world: World): (event: KeyboardEvent) => void {
  const here = (event: KeyboardEvent): Here | null => {
    const task = (event.target as Element).closest<HTMLElement>("[data-task]")?.dataset.task;
    if (!task) return null;
    const columns = world.columns();
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      const index = column?.indexOf(task) ?? -1;
      if (column && index >= 0) return { column, at, index, task };
    }
    return null;
  };

  const focus = (column: ColumnHandle, index: number) => {
    if (!column.focus(index)) return false;
    const task = column.keyAt(index);
    if (task) world.setCursor(task);
    return true;
  };

  /** The next column to a side that has cards. */
  const sideways = (from: Here, step: 1 | -1) => {
    const columns = world.columns();
    for (let at = from.at + step; columns[at]; at += step) {
      const column = columns[at];
      if (column && column.total() > 0) {
        column.element.scrollIntoView({ inline: "nearest", block: "nearest" });
        focus(column, Math.min(from.index, column.total() - 1));
        return;
      }
    }
  };

  const refocus = (task: string) => {
    // The card stands in its new place as soon as the patch has been drawn.
    requestAnimationFrame(() => {
      for (const column of world.columns()) {
        const index = column.indexOf(task);
        if (index >= 0) {
          column.element.scrollIntoView({ inline: "nearest", block: "nearest" });
          focus(column, index);
          return;
        }
      }
    });
  };

  const moveWithin = (from: Here, card: TaskCard, step: 1 | -1) => {
    const to = from.index + step;
    if (to < 0 || to >= from.column.total()) return announce(step < 0 ? "Already at the top" : "Already at the end");
    const view = world.board()?.columns.find(column => column.id === from.column.id);
    const before = step < 0 ? from.column.keyAt(to) : from.column.keyAt(to + 1);
    if (view && place(world.app, card, view, before ?? null)) {
      announce(`${to + 1} of ${from.column.total()} in ${view.name}`);
      refocus(card.id);
    }
  };

  const moveAcross = (from: Here, card: TaskCard, step: 1 | -1) => {
    const views = world.board()?.columns ?? [];
    const view = views[views.findIndex(column => column.id === from.column.id) + step];
    if (!view) return announce(step < 0 ? "This is the first column" : "This is the last column");
    const closed = closedTo(card, view);
    if (closed) return announce(`${view.name}: ${closed}`);
    if (place(world.app, card, view, null)) refocus(card.id);
  };

  return event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const from = here(event);
    if (!from) return;
    const card = from.column.card(from.task);
    if (event.shiftKey) {
      if (!card || world.app.viewer()) return;
      if (event.key === "ArrowUp") moveWithin(from, card, -1);
      else if (event.key === "ArrowDown") moveWithin(from, card, 1);
      else if (event.key === "ArrowLeft") moveAcross(from, card, -1);
      else if (event.key === "ArrowRight") moveAcross(from, card, 1);
      else return;
      event.preventDefault();
      return;
    }
    switch (event.key) {
      case "ArrowDown":
      case "j":
        focus(from.column, from.index + 1);
        break;
      case "ArrowUp":
      case "k":
        focus(from.column, from.index - 1);
        break;
      case "ArrowRight":
      case "l":
        sideways(from, 1);
        break;
      case "ArrowLeft":
      case "h":
        sideways(from, -1);
        break;
      case "Home":
        focus(from.column, 0);
        break;
      case "End":
        focus(from.column, from.column.total() - 1);
        break;
      default:
        return;
    }
    event.preventDefault();
  };
}
