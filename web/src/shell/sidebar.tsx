//! The sidebar: the workspace, the places that are yours, its boards, other workspaces, and the device.
import "./sidebar.css";
import { For, type JSX, Show } from "solid-js";
import { signOut } from "../app/boot";
import { useApp } from "../app/context";
import { deviceWord } from "../app/layout";
import { go, route } from "../app/router";
import { setTheme, type Theme, theme } from "../app/theme";
import { openDialog } from "../dialogs/dialog-state";
import { CountBadge } from "../parts/chip";
import { Icon, type IconName, Logo } from "../parts/icon";
import { Keys } from "../parts/keys";
import { Menu, type MenuEntry } from "../parts/menu";
import { Avatar } from "../parts/person";
import { useInboxCount } from "./inbox-count";

/** Wide: 232 px of words. Middle: a rail of 56 px with the same entries. */
export function Sidebar(props: { rail: boolean }): JSX.Element {
  return (
    <nav class="sidebar scroll" data-rail={props.rail ? "" : undefined} aria-label="Places">
      <SidebarContent />
    </nav>
  );
}

export function SidebarContent(): JSX.Element {
  const app = useApp();
  const waiting = useInboxCount(app);
  const boards = () => app.head()?.boards.filter(board => !board.discarded) ?? [];
  const others = () => app.me.workspaces.filter(workspace => workspace.log !== app.me.log);
  const isBoard = (id: string) => {
    const at = route();
    return "board" in at && at.board === id;
  };
  return (
    <>
      <Menu
        label="Workspace"
        class="side-workspace"
        trigger={
          <>
            <Logo />
            <span class="side-words">{app.head()?.name}</span>
            <Icon name="chevron_down" class="side-end" />
          </>
        }
        entries={() => workspaceEntries(app)}
      />
      <Place
        icon="search"
        words="Search"
        path={app.path("search")}
        here={route().at === "search"}
        end={<Keys of="/" />}
      />
      <Place
        icon="inbox"
        words="Inbox"
        path={app.path("inbox")}
        here={route().at === "inbox"}
        end={<CountBadge count={waiting()} words="wait for you" />}
      />
      <Place
        icon="person"
        words="My work"
        path={app.path("my-work")}
        here={route().at === "my-work"}
        end={app.head()?.my_work || ""}
      />
      <h2 class="side-head">Boards</h2>
      <For each={boards()}>
        {board => (
          <a
            class="side-place"
            href={app.path("board", board.id)}
            aria-current={isBoard(board.id) ? "page" : undefined}
            title={board.name}
          >
            <span class="side-dot" aria-hidden="true" />
            <span class="side-words">{board.name}</span>
            <span class="side-end">{board.open}</span>
          </a>
        )}
      </For>
      <Show when={!app.viewer()}>
        <button type="button" class="side-place" onClick={() => openDialog({ kind: "new_board" })}>
          <Icon name="plus" />
          <span class="side-words">New board</span>
        </button>
      </Show>
      <Show when={others().length > 0}>
        <h2 class="side-head">Workspaces</h2>
        <For each={others()}>
          {workspace => (
            <a class="side-place" href={`/w/${encodeURIComponent(workspace.log)}`} title={workspace.name}>
              <span class="side-dot side-dot-round" aria-hidden="true" />
              <span class="side-words">{workspace.name}</span>
            </a>
          )}
        </For>
      </Show>
      <footer class="side-foot">
        <Show when={app.you()}>{you => <Avatar person={you()} named />}</Show>
        <div class="side-words">
          <strong>{app.you()?.name ?? app.me.name}</strong>
          <span>{kept()}</span>
        </div>
      </footer>
    </>
  );

  function kept(): string {
    const { kind } = app.status().storage;
    const tasks = app.head()?.tasks ?? 0;
    const count = `${tasks} ${tasks === 1 ? "task" : "tasks"}`;
    return kind === "durable"
      ? `This ${deviceWord()} · ${count} kept`
      : `This ${deviceWord()} · ${count}, until closed`;
  }
}

function Place(props: { icon: IconName; words: string; path: string; here: boolean; end: JSX.Element }): JSX.Element {
  return (
    <a class="side-place" href={props.path} aria-current={props.here ? "page" : undefined} title={props.words}>
      <Icon name={props.icon} />
      <span class="side-words">{props.words}</span>
      <span class="side-end">{props.end}</span>
    </a>
  );
}

function workspaceEntries(app: ReturnType<typeof useApp>): MenuEntry[] {
  const owner = app.head()?.me.role === "owner";
  const themeEntry = (value: Theme, words: string, begins = false): MenuEntry => ({
    words,
    checked: theme() === value,
    begins_group: begins,
    onSelect: () => setTheme(value),
  });
  return [
    { words: "People and invitations…", icon: "people", onSelect: () => openDialog({ kind: "members" }) },
    ...(owner
      ? [
          {
            words: "Rename workspace…",
            icon: "pencil" as const,
            onSelect: () => openDialog({ kind: "rename_workspace" }),
          },
        ]
      : []),
    { words: "Change your name…", icon: "person", onSelect: () => openDialog({ kind: "rename_me" }) },
    ...(app.viewer()
      ? []
      : [{ words: "Import tasks…", icon: "upload" as const, onSelect: () => openDialog({ kind: "import" }) }]),
    { words: "Connect a program…", icon: "link", onSelect: () => openDialog({ kind: "program" }) },
    { words: "Discarded tasks", icon: "archive", onSelect: () => go(app.path("discarded")) },
    { words: "Keys", icon: "keyboard", keys: "?", onSelect: () => openDialog({ kind: "keys" }) },
    themeEntry("system", "Light or dark as the system", true),
    themeEntry("light", "Light"),
    themeEntry("dark", "Dark"),
    {
      words: "Sign out",
      icon: "arrow_right",
      begins_group: true,
      onSelect: () => void signOut().catch(() => app.refuse([{ text: "Signing out needs a connection." }])),
    },
  ];
}
