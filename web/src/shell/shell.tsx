//! The frame: sidebar, top bar, waterline, the view, and beside it the task's panel or the outbox.
import "./shell.css";
import { createEffect, type JSX, Match, on, onCleanup, onMount, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { isNarrow, isWide } from "../app/layout";
import { go, route } from "../app/router";
import { BoardView } from "../board/board-view";
import { InTurn } from "../parts/in-turn";
import { later } from "../parts/later";
import { TaskPanel } from "../task/task-panel";
import { ConnectionNotice, Forbidden, StorageNotice } from "../welcome/welcome";
import { BottomBar } from "./bottom-bar";
import { FirstReading, knowsNothing } from "./first-reading";
import { watchKeys } from "./keyboard";
import { NoBoards } from "./no-boards";
import { ReadAnew, Refusal } from "./notices";
import { Sidebar } from "./sidebar";
import { TopBar } from "./top-bar";
import { Waterline } from "./waterline";

const InboxView = later(async () => (await import("../inbox/inbox-view")).InboxView);
const lists = () => import("../list/list-views");
const BoardListView = later(async () => (await lists()).BoardListView);
const DiscardedView = later(async () => (await lists()).DiscardedView);
const MyWorkView = later(async () => (await lists()).MyWorkView);
const OutboxPanel = later(async () => (await import("../outbox/outbox-panel")).OutboxPanel);
const SearchView = later(async () => (await lists()).SearchView);

const LAST_BOARD = "landfall.board.";

/** Each mark that turns is a layer of its own; of a longer run the pill and the waterline tell that it moves. */
const TURNING_MARKS_MAX = 20;

/** Everything on the page of an open workspace. */
export function Shell(): JSX.Element {
  const app = useApp();
  onMount(() => onCleanup(watchKeys(app)));

  // The last board that was looked at opens first.
  createEffect(() => {
    const at = route();
    if (at.at === "board" || at.at === "list") {
      try {
        localStorage.setItem(LAST_BOARD + app.me.log, at.board);
      } catch {
        // The first board opens instead.
      }
      return;
    }
    const head = app.head();
    if ((at.at !== "home" && at.at !== "workspace") || !head) return;
    const boards = head.boards.filter(board => !board.discarded);
    let last: string | null = null;
    try {
      last = localStorage.getItem(LAST_BOARD + app.me.log);
    } catch {
      // As above.
    }
    const board = boards.find(candidate => candidate.id === last) ?? boards[0];
    if (board) go(app.path("board", board.id), { replace: true });
    else if (at.at === "home") go(app.path(), { replace: true });
  });

  createEffect(() => {
    const name = viewName();
    document.title = name ? `${name} · Landfall` : "Landfall";
  });
  const viewName = () => {
    const at = route();
    switch (at.at) {
      case "board":
      case "list":
        return app.head()?.boards.find(board => board.id === at.board)?.name;
      case "inbox":
        return "Inbox";
      case "my-work":
        return "My work";
      case "search":
        return "Search";
      case "discarded":
        return "Discarded";
      default:
        return app.head()?.name;
    }
  };

  // When a panel closes, focus goes back to where it came from: the card, or the pill.
  createEffect(
    on(
      () => panel() && `${panel()} ${app.openedTask()}`,
      (now, before) => {
        if (now || !before) return;
        const within = document.activeElement;
        if (within && within !== document.body && !within.closest(".shell-panel")) return;
        const [which, task] = before.split(" ");
        const target =
          which === "task"
            ? `.shell-view [data-task="${CSS.escape(task ?? "")}"] :is(.card-link, .row-link)`
            : ".pill-part";
        document.querySelector<HTMLElement>(target)?.focus();
      },
    ),
  );

  // Where a panel covers the view, going somewhere else uncovers it.
  createEffect(
    on(
      () => JSON.stringify({ ...route(), task: null }),
      () => !isWide() && app.setOutboxOpen(false),
      { defer: true },
    ),
  );

  const isLongRun = () => (app.status().landing?.total ?? 0) > TURNING_MARKS_MAX;
  const panel = () => (app.outboxOpen() ? "outbox" : app.openedTask() ? "task" : null);
  return (
    <div class="shell" data-panel={panel()}>
      <Show when={!isNarrow()}>
        <Sidebar rail={!isWide()} />
      </Show>
      <div class="shell-main">
        <TopBar title={viewName() ?? ""} />
        <Waterline />
        <StorageNotice />
        <ConnectionNotice />
        <ReadAnew />
        <Refusal />
        <div class="shell-body">
          <main class="shell-view" tabIndex={-1} id="view" data-long-run={isLongRun() ? "" : undefined}>
            <InTurn>
              <Switch fallback={<NoBoards />}>
                <Match when={app.status().connection === "forbidden"}>
                  <Forbidden />
                </Match>
                <Match when={knowsNothing(app)}>
                  <FirstReading />
                </Match>
                <Match when={boardAt("board")} keyed>
                  {board => <BoardView board={board} />}
                </Match>
                <Match when={boardAt("list")} keyed>
                  {board => <BoardListView board={board} />}
                </Match>
                <Match when={route().at === "inbox"}>
                  <InboxView />
                </Match>
                <Match when={route().at === "my-work"}>
                  <MyWorkView />
                </Match>
                <Match when={route().at === "search"}>
                  <SearchView />
                </Match>
                <Match when={route().at === "discarded"}>
                  <DiscardedView />
                </Match>
              </Switch>
            </InTurn>
          </main>
          <Show when={panel() === "outbox"}>
            <div class="shell-panel" data-width="360">
              <OutboxPanel onClose={() => app.setOutboxOpen(false)} />
            </div>
          </Show>
          <Show when={panel() === "task" && app.openedTask()}>
            {task => (
              <div class="shell-panel" data-width="480">
                <TaskPanel task={task()} onClose={() => app.closeTask()} onGo={id => app.openTask(id)} />
              </div>
            )}
          </Show>
        </div>
      </div>
      <Show when={isNarrow()}>
        <BottomBar />
      </Show>
    </div>
  );

  function boardAt(view: "board" | "list"): string | null {
    const at = route();
    return at.at === view && "board" in at ? at.board : null;
  }
}
