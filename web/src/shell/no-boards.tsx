//! A workspace without a board: what is so, how it comes to be otherwise, and the first step.
import { type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { openDialog } from "../dialogs/dialog-state";
import { Button } from "../parts/button";

export function NoBoards(): JSX.Element {
  const app = useApp();
  return (
    <Show when={app.head()}>
      <section class="blank">
        <h1>Lay out the first board</h1>
        <p>
          A board holds the tasks of one place or one job, in columns from Ready to Signed off. You can make it, and all
          that goes on it, without a connection; it lands when you are back.
        </p>
        <Show
          when={!app.viewer()}
          fallback={<p>You may look here. An owner of {app.head()?.name} can make you a member.</p>}
        >
          <div class="blank-actions">
            <Button kind="primary" icon="plus" onClick={() => openDialog({ kind: "new_board" })}>
              New board…
            </Button>
            <Button icon="upload" onClick={() => openDialog({ kind: "import" })}>
              Import tasks…
            </Button>
          </div>
        </Show>
      </section>
    </Show>
  );
}
