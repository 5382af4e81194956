//! Who is here: what the server says, and what this device remembers when there is no server.
import { createSignal } from "solid-js";
import type { Role } from "../types";
import type { Me } from "./context";

/** What the page can open with. */
export type Session =
  | { is: "asking" }
  | { is: "first_visit" }
  | { is: "signed_out" }
  /** Neither a server nor anything remembered. */
  | { is: "nothing_known" }
  | { is: "here"; me: Me };

type Answer = {
  setup_needed: boolean;
  actor: string | null;
  name: string | null;
  workspaces: { log: string; name: string; role: Role }[];
};

const KEY = "landfall.me";
const [session, setSession] = createSignal<Session>({ is: "asking" });

/** The present session, reactive. */
export { session };

function remembered(): Me | null {
  try {
    const text = localStorage.getItem(KEY);
    return text ? (JSON.parse(text) as Me) : null;
  } catch {
    return null;
  }
}

function remember(me: Me | null): void {
  try {
    if (me) localStorage.setItem(KEY, JSON.stringify(me));
    else localStorage.removeItem(KEY);
  } catch {
    // Without local storage the next start needs the server; everything else works.
  }
}

function enter(me: Me): void {
  remember(me);
  const before = session();
  // The same person in the same place: nothing is opened anew, and nothing that is read moves.
  if (before.is === "here" && JSON.stringify(before.me) === JSON.stringify(me)) return;
  setSession({ is: "here", me });
}

/** Someone has just founded or joined a workspace. */
export function signedIn(who: { actor: string; log: string; name: string; workspace?: string; role?: Role }): void {
  const known = remembered()?.workspaces.filter(workspace => workspace.log !== who.log) ?? [];
  const workspaces = [...known, { log: who.log, name: who.workspace ?? "", role: who.role ?? "owner" }];
  enter({ actor: who.actor, log: who.log, name: who.name, workspaces });
  void ask();
}

/** Goes to another workspace of the same person. */
export function enterWorkspace(log: string): void {
  const now = session();
  if (now.is === "here" && now.me.log !== log) enter({ ...now.me, log });
}

/** Ends the session on the server; what has not landed stays on this device. */
export async function signOut(): Promise<void> {
  await fetch("/api/sign-out", { method: "POST" });
  remember(null);
  setSession({ is: "signed_out" });
}

/** Asks the server who this is. Without an answer everything stays as it was. */
async function ask(): Promise<void> {
  let answer: Answer;
  try {
    const response = await fetch("/api/me", { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    answer = (await response.json()) as Answer;
  } catch {
    if (session().is === "asking") setSession({ is: "nothing_known" });
    return;
  }
  const now = session();
  const before = now.is === "here" ? now.me : null;
  if (answer.actor === null) {
    // An open workspace stays open: the engine says that it is signed out, and the outbox is kept.
    if (!before) setSession({ is: answer.setup_needed ? "first_visit" : "signed_out" });
    return;
  }
  const first = answer.workspaces[0];
  const wanted = before?.log ?? remembered()?.log;
  const log = answer.workspaces.some(workspace => workspace.log === wanted) ? wanted : (first?.log ?? wanted);
  if (log) enter({ actor: answer.actor, name: answer.name ?? "", log, workspaces: answer.workspaces });
  else setSession({ is: answer.setup_needed ? "first_visit" : "signed_out" });
}

/** Opens with what is remembered, at once, and asks the server meanwhile. `log` is the one that the address names. */
export function begin(log: string | null): void {
  const me = remembered();
  if (me) setSession({ is: "here", me: log ? { ...me, log } : me });
  void ask();
}
