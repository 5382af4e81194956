//! Keys that work everywhere in the workspace, unless somebody is writing or a dialog is open.
import type { App } from "../app/context";
import { go } from "../app/router";
import { openDialog } from "../dialogs/dialog-state";
import { openPalette } from "../palette/palette-state";
import { startNewTask } from "./top-bar";

const writes = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const covered = () => document.querySelector("[role=dialog][data-expanded], [role=alertdialog], [role=menu]") !== null;

/** The task that a key is about: the one under focus, else the one whose panel is open. */
const taskAt = (app: App): string | undefined =>
  document.activeElement?.closest<HTMLElement>("[data-task]")?.dataset.task ?? app.openedTask() ?? undefined;

/** Listens until the returned function is called. */
export function watchKeys(app: App): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette();
      return;
    }
    if (covered()) return;
    if (event.key === "Escape") {
      if (writes(event.target)) return;
      if (app.outboxOpen()) app.setOutboxOpen(false);
      else if (app.openedTask()) app.closeTask();
      else if (app.refusal()) app.closeRefusal();
      else return;
      event.preventDefault();
      return;
    }
    if (writes(event.target)) return;
    if (command && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      app.undo();
      return;
    }
    if (command || event.altKey) return;
    switch (event.key) {
      case "/":
        go(app.path("search"));
        break;
      case "n":
        if (!app.viewer()) startNewTask(app);
        break;
      case "i":
        palette();
        break;
      case "?":
        openDialog({ kind: "keys" });
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  const palette = () => {
    const task = taskAt(app);
    openPalette(task ? { task } : {});
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}
