//! Dragging cards by pointer events: a mouse drags after a few pixels, a finger after a long press. Columns that are full
//! do not take the card; lists and the board scroll when the pointer comes near an edge.
import { createSignal } from "solid-js";
import type { TaskCard } from "../types";
import type { ColumnHandle } from "./column";

const START_PX = 5;
const LONG_PRESS_MS = 320;
/** A finger that moves this far before the press is long is scrolling. */
const PRESS_SLACK_PX = 8;
const EDGE_PX = 56;
const SCROLL_PX_MAX = 14;

export type Target = { column: string; before: string | null };

/** What is being dragged, and where it would fall. */
export interface Dragging {
  card(): TaskCard | null;
  target(): Target | null;
}

type World = {
  columns: () => Iterable<ColumnHandle>;
  scroller: () => HTMLElement;
  /** May this person move cards at all? */
  allowed: () => boolean;
  takes: (card: TaskCard, column: string) => boolean;
  /** Let go over a column, whether it takes the card or not: then it is said why. */
  drop: (card: TaskCard, target: Target) => void;
  /** Anything that a long press opened meanwhile. */
  interrupted: () => boolean;
};

/** Listens to pointers on the board. `down` is the handler to put there. */
export function createDragging(world: World): Dragging & { down: (event: PointerEvent) => void } {
  const [card, setCard] = createSignal<TaskCard | null>(null);
  const [target, setTarget] = createSignal<Target | null>(null, {
    equals: (a, b) => a?.column === b?.column && a?.before === b?.before,
  });

  const down = (event: PointerEvent) => {
    if (event.button !== 0 || !world.allowed() || card()) return;
    const from = event.target instanceof Element ? event.target : null;
    const article = from?.closest<HTMLElement>(".card");
    if (!article || from?.closest("button")) return;
    const key = article.dataset.task;
    let dragged: TaskCard | undefined;
    for (const column of world.columns()) dragged ??= key ? column.card(key) : undefined;
    if (dragged) follow(event, article, dragged);
  };

  function follow(start: PointerEvent, article: HTMLElement, dragged: TaskCard): void {
    const touch = start.pointerType === "touch";
    const box = article.getBoundingClientRect();
    let at = { x: start.clientX, y: start.clientY };
    let ghost: HTMLElement | undefined;
    let frame = 0;
    const press = touch ? setTimeout(() => lift(), LONG_PRESS_MS) : undefined;

    const lift = () => {
      if (world.interrupted()) return end(null);
      ghost = article.cloneNode(true) as HTMLElement;
      ghost.classList.add("card-ghost");
      ghost.style.width = `${box.width}px`;
      ghost.setAttribute("aria-hidden", "true");
      document.body.append(ghost);
      article.dataset.lifted = "";
      document.documentElement.style.cursor = "grabbing";
      // Snapping would undo every step of the scrolling at the edges.
      world.scroller().style.scrollSnapType = "none";
      if (touch) navigator.vibrate?.(10);
      setCard(dragged);
      step();
    };

    const step = () => {
      if (!ghost) return;
      ghost.style.transform = `translate(${box.left + at.x - start.clientX}px, ${box.top + at.y - start.clientY}px)`;
      scrollNearEdges(world, at);
      const found = targetAt(world, at, dragged);
      setTarget(found && world.takes(dragged, found.column) ? found : null);
      frame = requestAnimationFrame(step);
    };

    const move = (event: PointerEvent) => {
      if (event.pointerId !== start.pointerId) return;
      at = { x: event.clientX, y: event.clientY };
      const far = Math.hypot(at.x - start.clientX, at.y - start.clientY);
      if (ghost) event.preventDefault();
      else if (touch && far > PRESS_SLACK_PX) end(null);
      else if (!touch && far > START_PX) lift();
    };
    const up = (event: PointerEvent) => {
      if (event.pointerId !== start.pointerId) return;
      at = { x: event.clientX, y: event.clientY };
      const found = ghost ? targetAt(world, at, dragged) : null;
      end(found);
    };
    const cancel = (event: PointerEvent) => event.pointerId === start.pointerId && end(null);
    const leave = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !ghost) return;
      event.preventDefault();
      event.stopPropagation();
      end(null);
    };
    // Once a finger has lifted a card, its moves drag and do not scroll.
    const hold = (event: TouchEvent) => ghost && event.cancelable && event.preventDefault();
    const noNativeDrag = (event: Event) => event.preventDefault();

    const end = (found: Target | null) => {
      clearTimeout(press);
      cancelAnimationFrame(frame);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", leave, true);
      removeEventListener("dragstart", noNativeDrag);
      article.removeEventListener("touchmove", hold);
      if (!ghost) return;
      ghost.remove();
      ghost = undefined;
      delete article.dataset.lifted;
      document.documentElement.style.cursor = "";
      world.scroller().style.scrollSnapType = "";
      swallowClick();
      setTarget(null);
      setCard(null);
      if (found) world.drop(dragged, found);
    };

    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    addEventListener("keydown", leave, true);
    addEventListener("dragstart", noNativeDrag);
    article.addEventListener("touchmove", hold, { passive: false });
  }

  return { card, target, down };
}

/** The click that the browser makes of letting go is not one. */
function swallowClick(): void {
  const swallow = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
}

function targetAt(world: World, at: { x: number; y: number }, dragged: TaskCard): Target | null {
  for (const column of world.columns()) {
    const box = column.element.getBoundingClientRect();
    if (at.x < box.left - 6 || at.x > box.right + 6 || at.y < box.top - 40 || at.y > box.bottom + 40) continue;
    for (const row of column.scroller.querySelectorAll<HTMLElement>(".column-row")) {
      const rect = row.getBoundingClientRect();
      if (at.y > rect.top + rect.height / 2) continue;
      const before = column.keyAt(Number(row.dataset.index)) ?? null;
      // Falling just before itself is staying where it is.
      if (before === dragged.id) return null;
      return { column: column.id, before };
    }
    return { column: column.id, before: null };
  }
  return null;
}

function scrollNearEdges(world: World, at: { x: number; y: number }): void {
  const speed = (distance: number) =>
    distance < EDGE_PX ? ((EDGE_PX - Math.max(0, distance)) / EDGE_PX) * SCROLL_PX_MAX : 0;
  const board = world.scroller();
  const box = board.getBoundingClientRect();
  board.scrollLeft += speed(box.right - at.x) - speed(at.x - box.left);
  for (const column of world.columns()) {
    const rect = column.scroller.getBoundingClientRect();
    if (at.x < rect.left || at.x > rect.right) continue;
    column.scroller.scrollTop += speed(rect.bottom - at.y) - speed(at.y - rect.top);
  }
}
