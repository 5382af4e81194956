//! What can be done when no task is chosen: make, go, invite, bring in.
import type { App } from "../app/context";
import { go } from "../app/router";
import { setTheme, theme } from "../app/theme";
import { openDialog } from "../dialogs/dialog-state";
import type { PaletteItem } from "./palette-item";

const needsConnection = "Needs a connection. Everything above works offline.";

/** The intents of the workspace, the likely ones first. `board` is the one that is looked at. */
export function workspaceIntents(app: App, board: string | undefined): PaletteItem[] {
  const head = app.head();
  const owner = head?.me.role === "owner";
  const viewer = head?.me.role === "viewer";
  const online = app.status().connection === "online";
  const items: PaletteItem[] = [];
  const add = (item: PaletteItem | false) => {
    if (item) items.push(item);
  };
  const live = (head?.boards ?? []).filter(one => !one.discarded);

  add(
    !viewer &&
      live.length > 0 && {
        key: "new_task",
        words: "New task…",
        hint: "Write it down; it lands when you are back",
        icon: "plus",
        synonyms: ["add", "create", "write down", "job"],
        run: () => openDialog({ kind: "new_task", board }),
      },
  );
  for (const one of live) {
    add({
      key: `board:${one.id}`,
      words: `Go to ${one.name}`,
      hint: one.open === 1 ? "1 open task" : `${one.open} open tasks`,
      icon: "board",
      synonyms: [one.name, one.key, "board", "open"],
      run: () => go(app.path("board", one.id)),
    });
  }
  add({
    key: "inbox",
    words: "Go to the inbox",
    hint: "What was rejected, and what waits for you",
    icon: "inbox",
    synonyms: ["rejected", "for you"],
    run: () => go(app.path("inbox")),
  });
  add({
    key: "my_work",
    words: "Go to my work",
    hint: null,
    icon: "person",
    synonyms: ["mine", "tasks with me"],
    run: () => go(app.path("my-work")),
  });
  add({
    key: "search",
    words: "Search",
    hint: "All tasks of this workspace, also offline",
    icon: "search",
    synonyms: ["find", "look for"],
    run: () => go(app.path("search")),
  });
  add({
    key: "outbox",
    words: "Open the outbox",
    hint: "What is on its way, and what landed today",
    icon: "upload",
    synonyms: ["pending", "to land", "sync", "export outbox"],
    run: () => app.setOutboxOpen(true),
  });
  add({
    key: "undo",
    words: "Undo",
    hint: "Your last intent in this tab",
    icon: "undo",
    synonyms: ["take back"],
    run: () => app.undo(),
  });
  add(
    !viewer && {
      key: "new_board",
      words: "New board…",
      hint: null,
      icon: "board",
      synonyms: ["add board", "create board"],
      run: () => openDialog({ kind: "new_board" }),
    },
  );
  add(
    !viewer &&
      board !== undefined && {
        key: "board_settings",
        words: "Settings of this board…",
        hint: "Its name, its columns and their limits",
        icon: "settings",
        synonyms: ["columns", "limits", "rename board", "wip"],
        run: () => openDialog({ kind: "board_settings", board }),
      },
  );
  add(
    !viewer && {
      key: "import",
      words: "Import…",
      hint: "CSV, a Trello board, or GitHub issues; works offline",
      icon: "upload",
      synonyms: ["csv", "trello", "github", "bring in", "upload"],
      run: () => openDialog({ kind: "import", board }),
    },
  );
  add({
    key: "members",
    words: "Members…",
    hint: null,
    icon: "people",
    synonyms: ["people", "team", "roles"],
    run: () => openDialog({ kind: "members" }),
  });
  add({
    key: "rename_me",
    words: "Rename me…",
    hint: head ? `You are ${head.me.person.name} here` : null,
    icon: "pencil",
    synonyms: ["my name"],
    run: () => openDialog({ kind: "rename_me" }),
  });
  add(
    owner && {
      key: "rename_workspace",
      words: "Rename the workspace…",
      hint: null,
      icon: "pencil",
      synonyms: ["workspace name"],
      run: () => openDialog({ kind: "rename_workspace" }),
    },
  );
  add({
    key: "discarded",
    words: "Go to what was discarded",
    hint: "Nothing is ever deleted; restore it there",
    icon: "discard",
    synonyms: ["trash", "bin", "restore"],
    run: () => go(app.path("discarded")),
  });
  add({
    key: "theme",
    words: theme() === "dark" ? "Light colours" : "Dark colours",
    hint: null,
    icon: "device",
    synonyms: ["theme", "dark mode", "light mode", "night"],
    run: () => setTheme(theme() === "dark" ? "light" : "dark"),
  });
  add({
    key: "keys",
    words: "Keys",
    hint: "What the keyboard does here",
    icon: "keyboard",
    synonyms: ["shortcuts", "help", "hotkeys"],
    run: () => openDialog({ kind: "keys" }),
  });
  add(
    owner && {
      key: "invite",
      words: "Invite…",
      hint: "A link that lets someone in",
      icon: "people",
      synonyms: ["add member", "share", "link"],
      ...(online ? {} : { notNow: needsConnection }),
      run: () => openDialog({ kind: "members" }),
    },
  );
  add(
    owner && {
      key: "program",
      words: "Connect a program…",
      hint: "A token, for scripts and the landfall command",
      icon: "link",
      synonyms: ["api", "token", "script", "integration"],
      ...(online ? {} : { notNow: needsConnection }),
      run: () => openDialog({ kind: "program" }),
    },
  );
  add({
    key: "new_workspace",
    words: "Found another workspace…",
    hint: null,
    icon: "plus",
    synonyms: ["new workspace", "create workspace"],
    ...(online ? {} : { notNow: needsConnection }),
    run: () => openDialog({ kind: "new_workspace" }),
  });
  return items;
}
