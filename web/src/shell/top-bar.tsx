//! The top bar: where one is, in which view, how far things have got, and the one primary button.
import "./top-bar.css";
import { createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { isNarrow, isWide } from "../app/layout";
import { go, route } from "../app/router";
import { openDialog } from "../dialogs/dialog-state";
import { InboxTabs } from "../inbox/inbox-tabs";
import { Button, IconButton } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { Segments } from "../parts/segments";
import { SidebarContent } from "./sidebar";
import { SyncPill } from "./sync-pill";

/** Where a new task goes: the board that is looked at, else the first. */
export function boardForNewTask(app: ReturnType<typeof useApp>): string | undefined {
  const at = route();
  if ("board" in at) return at.board;
  return app.head()?.boards.find(board => !board.discarded)?.id;
}

/** Opens the form for a new task, or for the first board when there is none. */
export function startNewTask(app: ReturnType<typeof useApp>): void {
  const board = boardForNewTask(app);
  openDialog(board ? { kind: "new_task", board } : { kind: "new_board" });
}

export function TopBar(props: { title: string }): JSX.Element {
  const app = useApp();
  const [places, setPlaces] = createSignal(false);
  const onBoard = () => {
    const at = route();
    return "board" in at ? at : null;
  };
  return (
    <header class="top-bar">
      <Show
        when={isNarrow()}
        fallback={
          <>
            <h1 class="top-title">{props.title}</h1>
            <Switch>
              <Match when={onBoard()}>
                {at => (
                  <Segments
                    label="View"
                    value={at().at}
                    onValue={view => go(app.path(view, at().board))}
                    segments={[
                      { value: "board", words: "Board" },
                      { value: "list", words: "List" },
                    ]}
                  />
                )}
              </Match>
              <Match when={route().at === "inbox"}>
                <InboxTabs />
              </Match>
            </Switch>
          </>
        }
      >
        <button type="button" class="top-places" aria-haspopup="dialog" onClick={() => setPlaces(true)}>
          <Icon name="chevron_down" />
          <h1 class="top-title">{props.title}</h1>
        </button>
        <Dialog open={places()} onClose={() => setPlaces(false)} title="Boards and places" untitled>
          {/* Choosing a place closes the sheet; the click reaches here after the link did its work. */}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: only hears what the links inside were told */}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click */}
          <div class="top-sheet scroll" onClick={event => event.target.closest("a, button") && setPlaces(false)}>
            <SidebarContent />
          </div>
        </Dialog>
      </Show>
      <div class="top-end">
        <SyncPill />
        <Show when={!isNarrow() && !app.viewer() && route().at !== "inbox" && boardForNewTask(app)}>
          <Show
            when={isWide()}
            fallback={
              <IconButton icon="plus" label="New task" keys="N" class="top-plus" onClick={() => startNewTask(app)} />
            }
          >
            <Button kind="primary" icon="plus" onClick={() => startNewTask(app)}>
              New task
            </Button>
          </Show>
        </Show>
      </div>
    </header>
  );
}
