//! The views made of lists: a board as a list, my work, what was discarded, and what was found.
import { type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { filterOf } from "../app/filters";
import { isNarrow } from "../app/layout";
import { go, parameter, setParameter } from "../app/router";
import { Button } from "../parts/button";
import { ToolRow } from "../shell/tool-row";
import { startNewTask } from "../shell/top-bar";
import type { Grouping } from "../types";
import { TaskList } from "./task-list";

export { SearchView } from "../search/search-view";

const GROUPINGS: readonly Grouping[] = ["state", "holder", "needs", "none"];

/** A board, as rows. */
export function BoardListView(props: { board: string }): JSX.Element {
  const app = useApp();
  const filter = filterOf(() => props.board);
  const board = app.client.live("board", () => ({ board: props.board, filter: {} }));
  const group = (): Grouping => GROUPINGS.find(candidate => candidate === parameter("group")) ?? "state";
  return (
    <>
      <ToolRow
        filter={filter}
        labels={board.head()?.labels ?? []}
        board={board.head()}
        group={group()}
        onGroup={next => setParameter("group", next === "state" ? null : next, { replace: true })}
      />
      <TaskList
        scope={{ board: { board: props.board } }}
        group={group()}
        filter={filter.now()}
        empty={
          <section class="list-blank">
            <Show
              when={board.head()?.empty}
              fallback={
                <>
                  <h2>Nothing matches the filter</h2>
                  <p>The tasks are there; the filter hides them.</p>
                  <div class="blank-actions">
                    <Button onClick={() => filter.clear()}>Clear filter</Button>
                  </div>
                </>
              }
            >
              <h2>Write down the first job</h2>
              <p>You can do it without a connection; it lands when you are back.</p>
              <Show when={!app.viewer()}>
                <div class="blank-actions">
                  <Button kind="primary" icon="plus" onClick={() => startNewTask(app)}>
                    New task
                  </Button>
                </div>
              </Show>
            </Show>
          </section>
        }
      />
    </>
  );
}

/** What needs this person, across all boards. */
export function MyWorkView(): JSX.Element {
  const app = useApp();
  const filter = filterOf(() => "my-work");
  const handed = app.client.live("list", () => ({
    scope: { my_work: {} },
    group: "needs" as const,
    filter: filter.now(),
    from: 0,
    count: 0,
    collapsed: [],
  }));
  const nothingHanded = () => !handed.head()?.groups.some(group => group.key.startsWith("handed") && group.count > 0);
  return (
    <>
      <Show when={!isNarrow()}>
        <ToolRow filter={filter} labels={[]} group="needs" />
      </Show>
      <TaskList
        scope={{ my_work: {} }}
        group="needs"
        filter={filter.now()}
        empty={
          <section class="list-blank">
            <h2>Nothing needs you</h2>
            <p>What you claim, what is handed to you and what waits for your sign-off stands here, from all boards.</p>
          </section>
        }
        after={
          <Show when={handed.head() && nothingHanded()}>
            <section class="list-blank">
              <h3>Nothing has been handed to you</h3>
              <p>
                When another shift chooses <strong>Hand over…</strong> and names you, the task waits here until you{" "}
                <strong>Accept</strong> or <strong>Decline…</strong> it. It works without a connection: your answer
                lands later.
              </p>
            </section>
          </Show>
        }
      />
    </>
  );
}

/** What was discarded, and can be restored. */
export function DiscardedView(): JSX.Element {
  const app = useApp();
  return (
    <TaskList
      scope={{ discarded: {} }}
      group="none"
      filter={{}}
      empty={
        <section class="list-blank">
          <h2>Nothing has been discarded</h2>
          <p>
            Nothing is ever deleted. What somebody discards stands here, and can be restored with all that belongs to
            it.
          </p>
          <div class="blank-actions">
            <Button onClick={() => go(app.path())}>Back to the board</Button>
          </div>
        </section>
      }
    />
  );
}
