//! The board: columns side by side, each scrolling by itself; cards move between them by hand or by key.
import "./board-view.css";
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, Show } from "solid-js";
import { closedTo, place, reachable } from "../app/act";
import { useApp } from "../app/context";
import { filterOf } from "../app/filters";
import { isNarrow } from "../app/layout";
import { go } from "../app/router";
import { openDialog } from "../dialogs/dialog-state";
import { Button } from "../parts/button";
import { InTurn } from "../parts/in-turn";
import { ContextMenu } from "../parts/menu";
import { ToolRow } from "../shell/tool-row";
import { startNewTask } from "../shell/top-bar";
import type { Stage, TaskCard } from "../types";
import { cardEntries } from "./card-menu";
import { Column, type ColumnHandle } from "./column";
import { ColumnTabs } from "./column-tabs";
import { createDragging } from "./drag";
import { boardKeys } from "./keys";
import { MoveDialog, type Moving } from "./move-dialog";
import { NewColumnForm } from "./new-column-form";

const MARGIN_PX = 16;
const GAP_PX = 12;
/** The gap where columns are out of sight: as wide as the margin. */
const GAP_PX_TIGHT = 16;
const COLUMN_PX_MIN = 224;

export function BoardView(props: { board: string }): JSX.Element {
  const app = useApp();
  const filter = filterOf(() => props.board);
  const board = app.client.live("board", () => ({ board: props.board, filter: filter.now() }));
  const [cursor, setCursor] = createSignal<string | null>(null);
  const [about, setAbout] = createSignal<string | null>(null);
  const [moving, setMoving] = createSignal<Moving | null>(null);
  const [newColumn, setNewColumn] = createSignal(false);
  const handles = new Map<string, ColumnHandle>();
  let scroller!: HTMLDivElement;

  const columns = () => board.head()?.columns ?? [];
  const columnIds = createMemo(() => columns().map(column => column.id), undefined, {
    equals: (a, b) => a.length === b.length && a.every((id, index) => id === b[index]),
  });
  const columnOf = (id: string) => columns().find(column => column.id === id);
  const ordered = () => columnIds().flatMap(id => handles.get(id) ?? []);

  let reached: { card: TaskCard; stages: ReadonlySet<Stage> } | undefined;
  const dragging = createDragging({
    columns: () => handles.values(),
    scroller: () => scroller,
    allowed: () => !app.viewer(),
    takes: (card, id) => {
      const column = columnOf(id);
      if (!column || closedTo(card, column)) return false;
      // Asked once per drag: what holds does not change under the hand.
      if (reached?.card !== card) reached = { card, stages: reachable(app, card) };
      return reached.stages.has(column.stage);
    },
    drop: (card, target) => {
      const column = columnOf(target.column);
      if (column) place(app, card, column, target.before);
    },
    interrupted: () => document.querySelector("[role=menu]") !== null,
  });
  const keys = boardKeys({ app, board: () => board.head(), columns: ordered, setCursor });

  const cardOf = (task: string) => {
    for (const handle of handles.values()) {
      const card = handle.card(task);
      if (card) return card;
    }
    return undefined;
  };
  const entries = () => {
    const task = about();
    const card = task === null ? undefined : cardOf(task);
    return card ? cardEntries(app, card, () => setMoving({ card, board: board.head() })) : [];
  };

  /** Where not all columns fit, as many as do take all the room, so that no sliver of the next one shows. */
  const fitColumns = () => {
    if (isNarrow()) return scroller.style.removeProperty("--column");
    const room = width() - 2 * MARGIN_PX;
    const fitting = Math.max(1, Math.floor((room + GAP_PX) / (COLUMN_PX_MIN + GAP_PX)));
    if (fitting >= columnIds().length) {
      scroller.style.removeProperty("--column");
      scroller.style.removeProperty("gap");
    } else {
      // Rounded up: rounded down, up to a pixel of the next column would show.
      const column = Math.ceil(((room - (fitting - 1) * GAP_PX_TIGHT) / fitting) * 100) / 100;
      scroller.style.setProperty("--column", `${column}px`);
      scroller.style.setProperty("gap", `${GAP_PX_TIGHT}px`);
    }
  };
  // Both are told by the browser when it has laid out; asked, it would lay out at once, in the middle of drawing.
  const [width, setWidth] = createSignal(0);
  const [beyond, setBeyond] = createSignal<readonly string[]>([]);
  let sideways: IntersectionObserver | undefined;
  const follow = (element: HTMLDivElement) => {
    scroller = element;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    const columnsSeen = new IntersectionObserver(
      entries => {
        const out = new Set(beyond());
        for (const { target, rootBounds, boundingClientRect: rect } of entries) {
          const id = (target as HTMLElement).dataset.column ?? "";
          const isOut = rootBounds !== null && rect.left + rect.width / 2 > rootBounds.right;
          if (isOut) out.add(id);
          else out.delete(id);
        }
        setBeyond([...out]);
      },
      { root: element, threshold: 0.5 },
    );
    sideways = columnsSeen;
    onCleanup(() => {
      observer.disconnect();
      columnsSeen.disconnect();
    });
  };
  createEffect(on([width, columnIds, isNarrow], () => width() > 0 && fitColumns()));
  /** Names of the columns that do not fit, for the tool row. */
  const hidden = createMemo(() =>
    columns()
      .filter(column => beyond().includes(column.id))
      .map(column => `${column.name} ${column.count}`),
  );

  return (
    <Show
      when={board.head() !== null}
      fallback={
        <section class="blank">
          <h1>This board is not here</h1>
          <p>Nobody has told this device of it. It may belong to another workspace, or not have landed yet.</p>
        </section>
      }
    >
      <Show when={!isNarrow() && board.head()?.empty === false}>
        <ToolRow
          filter={filter}
          labels={board.head()?.labels ?? []}
          board={board.head()}
          group="state"
          hidden={hidden()}
          onShowHidden={() => scroller.scrollBy({ left: scroller.clientWidth * 0.7, behavior: "smooth" })}
          onNewColumn={() => setNewColumn(true)}
        />
      </Show>
      <Show when={isNarrow()}>
        <ColumnTabs columns={columns()} scroller={() => scroller} onList={() => go(app.path("list", props.board))} />
      </Show>
      <ContextMenu class="board-frame" entries={entries}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the handlers only hear what cards inside are told */}
        <div
          ref={follow}
          class="board scroll"
          data-empty={board.head()?.empty ? "" : undefined}
          onPointerDown={dragging.down}
          onKeyDown={keys}
          on:contextmenu={{
            // Heard on the way down: a menu of nothing is not opened.
            capture: true,
            handleEvent: (event: Event) => {
              const task =
                event.target instanceof Element
                  ? event.target.closest<HTMLElement>("[data-task]")?.dataset.task
                  : undefined;
              setAbout(task ?? null);
              if (!task) event.stopPropagation();
            },
          }}
          onFocusIn={event => {
            const task = event.target.closest<HTMLElement>("[data-task]")?.dataset.task;
            if (task) setCursor(task);
          }}
        >
          <For each={columnIds()}>
            {id => (
              <InTurn>
                <Show when={columnOf(id)}>
                  {column => (
                    <Show when={board.head()}>
                      {head => (
                        <Column
                          board={head()}
                          column={column()}
                          filter={filter.now()}
                          dragging={dragging}
                          cursor={cursor()}
                          register={handle => {
                            handles.set(id, handle);
                            sideways?.observe(handle.element);
                            return () => {
                              sideways?.unobserve(handle.element);
                              handles.delete(id);
                            };
                          }}
                        />
                      )}
                    </Show>
                  )}
                </Show>
              </InTurn>
            )}
          </For>
          <Show when={newColumn()}>
            <NewColumnForm board={props.board} onClose={() => setNewColumn(false)} />
          </Show>
        </div>
      </ContextMenu>
      <Show when={board.head()?.empty && !app.viewer()}>
        <section class="board-blank">
          <h2>Write down the first job</h2>
          <p>
            A task starts in Ready. Someone claims it, starts it, and submits it for review; someone else signs it off.
            You can do all of that without a connection, and it lands when you are back.
          </p>
          <div class="blank-actions">
            <Button kind="primary" icon="plus" onClick={() => startNewTask(app)}>
              New task
            </Button>
            <Button onClick={() => openDialog({ kind: "import", board: props.board })}>Import tasks…</Button>
          </div>
        </section>
      </Show>
      <MoveDialog moving={moving()} onClose={() => setMoving(null)} />
    </Show>
  );
}
