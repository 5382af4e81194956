//! One column: its header, its cards (only those in sight are in the document), and the line that says what it is for.
import "./column.css";
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { intentsOf, perform, purpose } from "../app/act";
import { useApp } from "../app/context";
import { isNarrow } from "../app/layout";
import { Icon } from "../parts/icon";
import { inTurn, noMore } from "../parts/in-turn";
import { viewportOf } from "../parts/viewport";
import type { BoardHead, ColumnView, Filter, TaskCard } from "../types";
import { Card } from "./card";
import { ColumnHeader } from "./column-header";
import type { Dragging } from "./drag";
import { Heights } from "./heights";
import { NewTaskForm } from "./new-task-form";

const OVERSCAN_PX = 400;
/** Rows asked for beyond those in sight, so that a small scroll asks for nothing. */
const SLACK_ROWS = 2;
/** Rows asked for before it is known how many are in sight: they are drawn in one piece, what is missing in the next. */
const FIRST_ROWS = 8;
const CARD_ESTIMATE_PX = 118;
const FINISHED_ESTIMATE_PX = 60;

/** What the board needs from a column: for the keys, and to find where a card is dropped. */
export interface ColumnHandle {
  readonly id: string;
  total(): number;
  /** Brings a card into sight and gives it focus. */
  focus(index: number): boolean;
  indexOf(task: string): number;
  keyAt(index: number): string | undefined;
  card(task: string): TaskCard | undefined;
  readonly scroller: HTMLElement;
  readonly element: HTMLElement;
  startNew(): void;
}

type Props = {
  board: BoardHead;
  column: ColumnView;
  filter: Filter;
  dragging: Dragging;
  /** The task that Tab reaches on the board. */
  cursor: string | null;
  register: (handle: ColumnHandle) => () => void;
};

export function Column(props: Props): JSX.Element {
  const app = useApp();
  const [window_, setWindow] = createSignal(
    { from: 0, count: FIRST_ROWS },
    { equals: (a, b) => a.from === b.from && a.count === b.count },
  );
  const [adding, setAdding] = createSignal(false);
  const [geometry, setGeometry] = createSignal(0);
  const cards = app.client.live("column", () => ({ column: props.column.id, filter: props.filter, ...window_() }));
  const total = () => cards.head()?.total ?? 0;
  const heights = new Heights(props.column.stage === "signed_off" ? FINISHED_ESTIMATE_PX : CARD_ESTIMATE_PX);
  let scroller!: HTMLDivElement;
  let element!: HTMLElement;

  /** Which rows are in sight now. */
  const look = () => {
    const count = total();
    heights.resize(count);
    if (viewport.height === 0) return;
    const top = viewport.top - OVERSCAN_PX;
    const bottom = viewport.top + viewport.height + OVERSCAN_PX;
    const first = count === 0 ? 0 : heights.at(Math.max(0, top));
    const last = count === 0 ? 0 : heights.at(bottom);
    const now = window_();
    const covers =
      now.from <= first &&
      now.from + now.count > Math.min(last, count - 1) &&
      now.count < (last - first + 1) * 3 + FIRST_ROWS;
    if (covers) return;
    const from = Math.max(0, first - SLACK_ROWS);
    setWindow({ from, count: last - from + 1 + SLACK_ROWS });
  };

  const viewport = viewportOf(() => scroller, look);

  const observer = new ResizeObserver(entries => {
    let changed = false;
    for (const entry of entries) {
      const target = entry.target as HTMLElement;
      const index = Number(target.dataset.index);
      const height = entry.borderBoxSize[0]?.blockSize ?? target.offsetHeight;
      if (height > 0 && index < heights.count && heights.measure(index, height)) changed = true;
    }
    if (changed) inTurn(settle);
  });
  // After the frame, which has laid out already: what rows beyond those in sight measure moves none of these.
  const settle = () => {
    look();
    setGeometry(version => version + 1);
  };
  onCleanup(() => {
    observer.disconnect();
    noMore(settle);
  });
  createEffect(
    on([total, () => cards.order()], () => {
      look();
      setGeometry(version => version + 1);
    }),
  );

  const before = createMemo(() => {
    geometry();
    return heights.top(Math.min(window_().from, total()));
  });
  const after = createMemo(() => {
    geometry();
    const end = window_().from + cards.order().length;
    return Math.max(0, heights.top(total()) - heights.top(Math.min(end, total())));
  });

  const handle: ColumnHandle = {
    get id() {
      return props.column.id;
    },
    total,
    focus(index) {
      if (index < 0 || index >= total()) return false;
      const top = heights.top(index);
      const bottom = heights.top(index + 1);
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (bottom > scroller.scrollTop + scroller.clientHeight)
        scroller.scrollTop = bottom - scroller.clientHeight + 8;
      viewport.look();
      const link = scroller.querySelector<HTMLElement>(`[data-index="${index}"] .card-link`);
      link?.focus({ preventScroll: false });
      return link !== null;
    },
    indexOf: task => {
      const index = cards.order().indexOf(task);
      return index < 0 ? -1 : index + window_().from;
    },
    keyAt: index => cards.order()[index - window_().from],
    card: task => cards.row(task),
    get scroller() {
      return scroller;
    },
    get element() {
      return element;
    },
    startNew: () => setAdding(true),
  };
  onMount(() => onCleanup(props.register(handle)));

  const closeNew = () => {
    const inside = element.querySelector(".new-task")?.contains(document.activeElement);
    setAdding(false);
    if (inside) element.querySelector<HTMLElement>(".column-plus")?.focus();
  };
  const full = () => props.column.full;
  const room = () => (props.column.limit === null ? 0 : props.column.limit - props.column.count);
  const over = () => {
    const target = props.dragging.target();
    return target?.column === props.column.id ? target : null;
  };
  const refuses = () => {
    const card = props.dragging.card();
    return card !== null && card.column !== props.column.id && full();
  };
  /** Tab reaches one card of each column: where one was last, else the first that is drawn. */
  const reachable = (key: string, index: number) =>
    props.cursor === key || (index === 0 && (props.cursor === null || !cards.row(props.cursor)));

  return (
    <section
      ref={element}
      class="column"
      data-column={props.column.id}
      data-over={over() && !refuses() ? "" : undefined}
      data-refuses={refuses() ? "" : undefined}
      aria-label={`${props.column.name}, ${props.column.count} ${props.column.count === 1 ? "task" : "tasks"}`}
    >
      <ColumnHeader board={props.board} column={props.column} refuses={refuses()} onNew={() => setAdding(true)} />
      <Show when={isNarrow()}>
        <h2 class="unseen">{props.column.name}</h2>
      </Show>
      <Show when={isNarrow() && full()}>
        <p class="column-full">
          <Icon name="full" size={14} />
          Full at {props.column.limit}. Finish or hand over one to start another.
        </p>
      </Show>
      <div ref={scroller} class="column-scroll scroll" onScroll={viewport.lookInTurn}>
        <Show when={adding() && props.column.stage !== "signed_off"}>
          <NewTaskForm board={props.board.id} column={props.column} onClose={closeNew} />
        </Show>
        <div style={{ height: `${before()}px` }} aria-hidden="true" />
        <ul role="list" class="column-list" aria-label={props.column.name}>
          <For each={cards.order()}>
            {(key, index) => (
              <Show when={cards.row(key)}>
                {card => (
                  <li
                    ref={row => {
                      observer.observe(row);
                      onCleanup(() => observer.unobserve(row));
                    }}
                    class="column-row"
                    data-index={index() + window_().from}
                    data-drop={over()?.before === key ? "" : undefined}
                    aria-setsize={total()}
                    aria-posinset={index() + window_().from + 1}
                  >
                    <Card
                      card={card()}
                      reachable={reachable(key, index())}
                      selected={app.openedTask() === key}
                      onClaim={() => {
                        const claim = intentsOf(app, key).now.find(intent => intent.verb === "claim");
                        if (claim) perform(app, card(), claim);
                      }}
                    />
                  </li>
                )}
              </Show>
            )}
          </For>
        </ul>
        <div style={{ height: `${after()}px` }} aria-hidden="true" />
        <div class="column-end" data-drop={over() && over()?.before === null ? "" : undefined}>
          <Show
            when={props.column.count === 0}
            fallback={
              <Show
                when={total() === 0 && !cards.partial()}
                fallback={
                  <Show when={room() > 0}>
                    <p class="column-note">Room for {room()} more</p>
                  </Show>
                }
              >
                <p class="column-note">Nothing here matches the filter</p>
              </Show>
            }
          >
            <p class="column-note">{purpose(props.column.stage, props.column.limit)}</p>
          </Show>
        </div>
      </div>
    </section>
  );
}
