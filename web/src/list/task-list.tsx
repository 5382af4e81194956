//! Tasks as rows under sticky group heads. Rows are of one height, so where each stands is arithmetic; only those in sight are in the document.
import "./task-list.css";
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { useApp } from "../app/context";
import { isNarrow } from "../app/layout";
import { cardEntries } from "../board/card-menu";
import { Icon } from "../parts/icon";
import { ContextMenu } from "../parts/menu";
import { viewportOf } from "../parts/viewport";
import type { Filter, Grouping, ListGroup, ListScope } from "../types";
import { TaskRow } from "./task-row";

const OVERSCAN_ROWS = 12;
const HEAD_PX = 32;
/** Rows are asked for in steps, so that a small scroll asks for nothing. */
const STEP_ROWS = 4;
/** Rows asked for before it is known how many are in sight. */
const FIRST_ROWS = 24;

type Props = {
  scope: ListScope;
  group: Grouping;
  filter: Filter;
  /** Shown instead of the rows when there are none. */
  empty: JSX.Element;
  /** Shown below the rows. */
  after?: JSX.Element;
};

export function TaskList(props: Props): JSX.Element {
  const app = useApp();
  const [collapsed, setCollapsed] = createSignal<readonly string[]>([]);
  const [sight, setSight] = createSignal(
    { from: 0, count: FIRST_ROWS },
    { equals: (a, b) => a.from === b.from && a.count === b.count },
  );
  const [about, setAbout] = createSignal<string | null>(null);
  const [cursor, setCursor] = createSignal<string | null>(null);
  const list = app.client.live("list", () => ({
    scope: props.scope,
    group: props.group,
    filter: props.filter,
    collapsed: [...collapsed()],
    ...sight(),
  }));
  let scroller!: HTMLDivElement;
  const rowHeight = () => (isNarrow() ? 52 : 32);
  /** An ungrouped list is one group without a head. */
  const groups = (): readonly ListGroup[] => {
    const head = list.head();
    if (!head) return [];
    return grouped() ? head.groups : [{ key: "all", title: "Tasks", count: head.total, start: 0, collapsed: false }];
  };
  const grouped = () => props.group !== "none";
  const headHeight = () => (grouped() ? HEAD_PX : 0);
  const shown = (group: ListGroup) => (group.collapsed ? 0 : group.count);

  const look = () => {
    if (viewport.height === 0) return;
    const top = viewport.top;
    const bottom = top + viewport.height;
    let y = 0;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const group of groups()) {
      y += headHeight();
      const rows = shown(group);
      const from = Math.max(0, Math.floor((top - y) / rowHeight()));
      const to = Math.min(rows, Math.ceil((bottom - y) / rowHeight()));
      if (from < to) {
        first = Math.min(first, group.start + from);
        last = Math.max(last, group.start + to);
      }
      y += rows * rowHeight();
    }
    if (first === Number.POSITIVE_INFINITY) first = 0;
    const from = Math.max(0, Math.floor((first - OVERSCAN_ROWS) / STEP_ROWS) * STEP_ROWS);
    const count = Math.max(STEP_ROWS, Math.ceil((last + OVERSCAN_ROWS - from) / STEP_ROWS) * STEP_ROWS);
    setSight({ from, count });
  };
  const viewport = viewportOf(() => scroller, look);
  createEffect(on([groups, isNarrow], () => look()));

  const groupKeys = createMemo(() => groups().map(group => group.key), undefined, {
    equals: (a, b) => a.length === b.length && a.every((key, index) => key === b[index]),
  });
  const groupOf = (key: string) => groups().find(group => group.key === key);
  /** Keys of the rows of a group that are in sight, with their index within the group. */
  const rowsOf = (group: ListGroup) => {
    const from = sight().from;
    const begin = Math.max(group.start, from);
    const end = Math.min(group.start + shown(group), from + list.order().length);
    return end > begin ? list.order().slice(begin - from, end - from) : [];
  };
  const offsetOf = (group: ListGroup) => Math.max(0, sight().from - group.start);
  const toggle = (key: string) =>
    setCollapsed(keys => (keys.includes(key) ? keys.filter(other => other !== key) : [...keys, key]));

  const keys = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step =
      event.key === "ArrowDown" || event.key === "j" ? 1 : event.key === "ArrowUp" || event.key === "k" ? -1 : 0;
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-task]") : null;
    if (!step || !row) return;
    event.preventDefault();
    const index = list.order().indexOf(row.dataset.task ?? "");
    const next = list.order()[index + step];
    if (next === undefined) return;
    const link = scroller.querySelector<HTMLElement>(`[data-task="${next}"] .row-link`);
    link?.focus({ preventScroll: true });
    link?.closest(".row")?.scrollIntoView({ block: "nearest" });
  };
  const entries = () => {
    const task = about();
    const card = task === null ? undefined : list.row(task);
    return card ? cardEntries(app, card) : [];
  };

  return (
    <ContextMenu class="list-frame" entries={entries}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the handlers only hear what rows inside are told */}
      <div
        ref={scroller}
        class="list scroll"
        onScroll={viewport.lookInTurn}
        onKeyDown={keys}
        onFocusIn={event => setCursor(event.target.closest<HTMLElement>("[data-task]")?.dataset.task ?? null)}
        on:contextmenu={{
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
      >
        <Show when={!isNarrow() && (list.head()?.total ?? 0) > 0}>
          <div class="list-legend" aria-hidden="true">
            <span class="row-mark" />
            <span class="row-id">Id</span>
            <span class="row-main">Task</span>
            <span class="row-steps">Steps</span>
            <span class="row-due">Due</span>
            <span class="row-holder">Holder</span>
          </div>
        </Show>
        <Show
          when={
            list.head() &&
            !list.partial() &&
            (list.head()?.total ?? 0) === 0 &&
            groups().every(group => group.count === 0)
          }
        >
          {props.empty}
        </Show>
        <For each={groupKeys()}>
          {key => (
            <Show when={groupOf(key)}>
              {group => (
                <section class="list-group" aria-label={`${group().title}, ${group().count}`}>
                  <Show when={grouped()}>
                    <h2 class="list-head">
                      <button
                        type="button"
                        class="list-toggle"
                        aria-expanded={!group().collapsed}
                        onClick={() => toggle(key)}
                      >
                        <Icon name={group().collapsed ? "chevron_right" : "chevron_down"} size={14} />
                        {group().title}
                        <span class="list-count">{group().count}</span>
                      </button>
                    </h2>
                  </Show>
                  <ul
                    role="list"
                    class="list-rows"
                    style={{
                      height: `${shown(group()) * rowHeight()}px`,
                      "padding-top": `${Math.min(offsetOf(group()), shown(group())) * rowHeight()}px`,
                    }}
                  >
                    <For each={rowsOf(group())}>
                      {(task, index) => (
                        <Show when={list.row(task)}>
                          {card => (
                            <TaskRow
                              card={card()}
                              reachable={cursor() === task || (task === list.order()[0] && !list.row(cursor() ?? ""))}
                              position={index() + offsetOf(group()) + 1}
                              total={group().count}
                            />
                          )}
                        </Show>
                      )}
                    </For>
                  </ul>
                </section>
              )}
            </Show>
          )}
        </For>
        {props.after}
      </div>
    </ContextMenu>
  );
}
