//! The bar of narrow pages: the places under the thumb, and the primary button in the middle.
import "./bottom-bar.css";
import type { JSX } from "solid-js";
import { useApp } from "../app/context";
import { route } from "../app/router";
import { CountBadge } from "../parts/chip";
import { Icon, type IconName } from "../parts/icon";
import { useInboxCount } from "./inbox-count";
import { boardForNewTask, startNewTask } from "./top-bar";

export function BottomBar(): JSX.Element {
  const app = useApp();
  const waiting = useInboxCount(app);
  const boards = () => {
    const board = boardForNewTask(app);
    return board ? app.path("board", board) : app.path();
  };
  return (
    <nav class="bottom-bar" aria-label="Places">
      <Tab icon="board" words="Boards" path={boards()} here={route().at === "board" || route().at === "list"} />
      <Tab icon="person" words="My work" path={app.path("my-work")} here={route().at === "my-work"} />
      <button
        type="button"
        class="bottom-plus"
        aria-label="New task"
        disabled={app.viewer()}
        onClick={() => startNewTask(app)}
      >
        <Icon name="plus" size={20} />
      </button>
      <Tab icon="inbox" words="Inbox" path={app.path("inbox")} here={route().at === "inbox"}>
        <CountBadge count={waiting()} words="wait for you" />
      </Tab>
      <Tab icon="search" words="Search" path={app.path("search")} here={route().at === "search"} />
    </nav>
  );
}

function Tab(props: {
  icon: IconName;
  words: string;
  path: string;
  here: boolean;
  children?: JSX.Element;
}): JSX.Element {
  return (
    <a class="bottom-tab" href={props.path} aria-current={props.here ? "page" : undefined}>
      <span class="bottom-icon">
        <Icon name={props.icon} size={20} />
        {props.children}
      </span>
      {props.words}
    </a>
  );
}
