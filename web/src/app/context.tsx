//! What every view of an open workspace shares: the engine, who is looking, and how to act.
import { type Accessor, createContext, createSignal, type JSX, useContext } from "solid-js";
import type { Landfall, Live } from "../client";
import { announce } from "../parts/announce";
import { plain } from "../parts/phrase";
import { toast } from "../parts/toast";
import type { Command, Person, Phrase, Status, Told, WorkspaceHead } from "../types";
import { route, setParameter } from "./router";

/** Who is signed in here, and to which workspaces; kept on the device so that the app opens without a server. */
export type Me = {
  actor: string;
  name: string;
  log: string;
  workspaces: { log: string; name: string; role: string }[];
  /** Where else the server is reached, such as https://two.board.example.org; a page from before there were any has none. */
  addresses?: string[];
  /** Each command goes up by HTTP as well. */
  two_routes?: boolean;
};

export type SubmitOptions = {
  /** Said in a toast with Take back, such as "Claimed HLD-231." */
  done?: JSX.Element;
  /** The caller shows a refusal beside its own field. */
  quiet?: boolean;
};

/** An open workspace as its views see it. */
export interface App {
  readonly client: Landfall;
  readonly me: Me;
  readonly status: Accessor<Status>;
  /** The workspace; undefined until the first answer, which comes with the first frame. */
  readonly head: Accessor<WorkspaceHead | undefined>;
  /** The person who is looking. */
  readonly you: Accessor<Person | undefined>;
  /** A viewer looks and does nothing else. */
  readonly viewer: Accessor<boolean>;
  /** Does it here and now. A refusal is shown above the view unless `quiet`. */
  submit(command: Command, options?: SubmitOptions): Told;
  /** Undoes the last intent of this person in this tab that can be undone. */
  undo(): void;
  /** What was refused last, until it is closed or something else is done. */
  readonly refusal: Accessor<Phrase | null>;
  /** Shows why something was not done, and says it. */
  refuse(phrase: Phrase): void;
  closeRefusal(): void;
  /** An address inside this workspace, such as `path("board", id)`. */
  path(...parts: string[]): string;
  openTask(id: string): void;
  closeTask(): void;
  readonly openedTask: Accessor<string | null>;
  readonly outboxOpen: Accessor<boolean>;
  setOutboxOpen(open: boolean): void;
}

const Context = createContext<App>();

/** The open workspace. */
export function useApp(): App {
  const app = useContext(Context);
  if (!app) throw new Error("useApp outside of an open workspace");
  return app;
}

const UNDO_DEPTH_MAX = 100;

/** Makes the context of an open workspace. Called once per workspace, inside its owner. */
export function createApp(client: Landfall, me: Me, workspace: Live<"workspace">): App {
  const [refusal, setRefusal] = createSignal<Phrase | null>(null);
  const [outboxOpen, setOutboxOpen] = createSignal(false);
  const done: string[] = [];

  const refuse = (phrase: Phrase) => {
    setRefusal(phrase);
    announce(plain(phrase));
  };
  const refuseIfRejected = (told: Told) => {
    if ("rejected" in told) refuse(told.phrase);
  };

  return {
    client,
    me,
    status: client.status,
    head: () => workspace.head(),
    you: () => workspace.head()?.me.person,
    viewer: () => workspace.head()?.me.role === "viewer",
    submit(command, options) {
      const told = client.submit(command);
      if ("id" in told) {
        const id = told.id;
        setRefusal(null);
        done.push(id);
        if (done.length > UNDO_DEPTH_MAX) done.shift();
        if (options?.done) {
          const words = options.done;
          toast({ words, action: { words: "Take back", onSelect: () => takeBack(client, id, refuseIfRejected) } });
        }
      } else if (!options?.quiet) {
        refuseIfRejected(told);
      }
      return told;
    },
    undo() {
      for (let id = done.pop(); id !== undefined; id = done.pop()) {
        const told = client.undo(id);
        if (!told) continue;
        if ("rejected" in told) refuseIfRejected(told);
        else announce("Undone");
        return;
      }
      announce("Nothing to undo");
    },
    refusal,
    refuse,
    closeRefusal: () => setRefusal(null),
    path: (...parts) => `/${["w", me.log, ...parts].map(encodeURIComponent).join("/")}`,
    openTask: id => setParameter("task", id),
    closeTask: () => setParameter("task", null),
    openedTask: () => {
      const at = route();
      return "task" in at ? at.task : null;
    },
    outboxOpen,
    setOutboxOpen,
  };
}

/** Withdraws what has not been sent; what has been sent is undone by a command of its own. */
function takeBack(client: Landfall, id: string, refuse: (told: Told) => void): void {
  if (client.takeBack(id)) return;
  const told = client.undo(id);
  if (told) refuse(told);
  else toast({ words: "It has landed, and nothing undoes it in one step." });
}

export function AppProvider(props: { app: App; children: JSX.Element }): JSX.Element {
  return <Context.Provider value={props.app}>{props.children}</Context.Provider>;
}
