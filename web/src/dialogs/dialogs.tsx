//! The dialogs of a workspace, one at a time; mounted once.
import "./dialogs.css";
import { createEffect, createSignal, type JSX, Match, onCleanup, onMount, Switch } from "solid-js";
import { Dialog } from "../parts/dialog";
import { BoardSettings } from "./board-settings";
import { closeDialog, type DialogAsk, dialog } from "./dialog-state";
import { ImportDialog } from "./import-dialog";
import { keepFocus } from "./keep-focus";
import { KeysOverview } from "./keys-overview";
import { Members } from "./members";
import { NewBoard } from "./new-board";
import { NewTask } from "./new-task";
import { NewWorkspace } from "./new-workspace";
import { Program } from "./program";
import { Rename } from "./rename";

const titles: Readonly<Record<DialogAsk["kind"], string>> = {
  new_task: "New task",
  new_board: "New board",
  board_settings: "Board",
  members: "Members",
  rename_me: "Rename me",
  rename_workspace: "Rename the workspace",
  new_workspace: "Found another workspace",
  import: "Import",
  program: "Connect a program",
  keys: "Keys",
};
const wide = new Set<DialogAsk["kind"]>(["new_task", "new_board", "board_settings", "members", "import", "keys"]);

export function Dialogs(): JSX.Element {
  onMount(() => onCleanup(keepFocus()));
  // What was asked last stays drawn while the dialog leaves.
  const [last, setLast] = createSignal<DialogAsk | null>(null);
  createEffect(() => {
    const ask = dialog();
    if (ask !== null) setLast(ask);
  });
  const of = <Kind extends DialogAsk["kind"]>(kind: Kind) => {
    const ask = dialog() ?? last();
    return ask?.kind === kind ? (ask as Extract<DialogAsk, { kind: Kind }>) : null;
  };
  return (
    <Dialog
      open={dialog() !== null}
      onClose={closeDialog}
      title={titles[(dialog() ?? last())?.kind ?? "keys"]}
      width={wide.has((dialog() ?? last())?.kind ?? "keys") ? 560 : 420}
    >
      <Switch>
        <Match when={of("new_task")} keyed>
          {ask => <NewTask ask={ask} />}
        </Match>
        <Match when={of("new_board")} keyed>
          {ask => <NewBoard ask={ask} />}
        </Match>
        <Match when={of("board_settings")} keyed>
          {ask => <BoardSettings board={ask.board} />}
        </Match>
        <Match when={of("members")}>
          <Members />
        </Match>
        <Match when={of("rename_me")}>
          <Rename what="me" />
        </Match>
        <Match when={of("rename_workspace")}>
          <Rename what="workspace" />
        </Match>
        <Match when={of("new_workspace")}>
          <NewWorkspace />
        </Match>
        <Match when={of("import")} keyed>
          {ask => <ImportDialog board={ask.board} />}
        </Match>
        <Match when={of("program")}>
          <Program />
        </Match>
        <Match when={of("keys")}>
          <KeysOverview />
        </Match>
      </Switch>
    </Dialog>
  );
}
