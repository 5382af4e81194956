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
  addresses: string[];
  two_routes: boolean;
};

const KEY = "landfall.me";
/** Stands under the key after somebody signed out: what is on the disk is then not opened without a server. */
const NOBODY = "null";
const [session, setSession] = createSignal<Session>({ is: "asking" });

/** The present session, reactive. */
export { session };

/** How the server is reached, as it said last: strangers are told too, so that whoever comes in has it from the beginning. */
let reach: Pick<Answer, "addresses" | "two_routes"> = { addresses: [], two_routes: false };

function remembered(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? NOBODY) as Me | null;
  } catch {
    return null;
  }
}

/**
 * Who has a workspace on this disk. Firefox writes local storage seconds late, so that a browser that is killed soon after the first visit
 * has forgotten who was here; the database, whose name tells, was durable before anything was called saved.
 */
async function foundOnDisk(wanted: string | null): Promise<Me | null> {
  try {
    if (localStorage.getItem(KEY) !== null) return null;
    const found = (await indexedDB.databases()).flatMap(({ name }) => {
      const [, actor, log] = /^landfall-(.{36})-(.{36})$/.exec(name ?? "") ?? [];
      return actor && log ? [{ actor, log, name: "", workspaces: [] }] : [];
    });
    return found.find(me => me.log === wanted) ?? found[0] ?? null;
  } catch {
    return null;
  }
}

function remember(me: Me | null): void {
  try {
    localStorage.setItem(KEY, me ? JSON.stringify(me) : NOBODY);
  } catch {
    // Without local storage the next start needs the server; everything else works.
  }
}

function enter(me: Me): void {
  remember(me);
  const before = session();
  // The same person in the same place: nothing is opened anew, and nothing that is read moves. Other addresses and routes are for the next opening.
  if (
    before.is === "here" &&
    JSON.stringify({ ...before.me, addresses: me.addresses, two_routes: me.two_routes }) === JSON.stringify(me)
  )
    return;
  setSession({ is: "here", me });
}

/** Someone has just founded or joined a workspace. */
export function signedIn(who: { actor: string; log: string; name: string; workspace?: string; role?: Role }): void {
  const known = remembered()?.workspaces.filter(workspace => workspace.log !== who.log) ?? [];
  const workspaces = [...known, { log: who.log, name: who.workspace ?? "", role: who.role ?? "owner" }];
  enter({ actor: who.actor, log: who.log, name: who.name, workspaces, ...reach });
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

/** Asks the server who this is. Without an answer everything stays as it was. `wanted` is the log that the address names. */
async function ask(wanted: string | null = null): Promise<void> {
  let answer: Answer;
  try {
    const response = await fetch("/api/me", { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    answer = (await response.json()) as Answer;
  } catch {
    if (session().is !== "asking") return;
    const me = await foundOnDisk(wanted);
    setSession(me ? { is: "here", me } : { is: "nothing_known" });
    return;
  }
  reach = { addresses: answer.addresses, two_routes: answer.two_routes };
  const now = session();
  const before = now.is === "here" ? now.me : null;
  if (answer.actor === null) {
    // An open workspace stays open: the engine says that it is signed out, and the outbox is kept.
    if (!before) setSession({ is: answer.setup_needed ? "first_visit" : "signed_out" });
    return;
  }
  const first = answer.workspaces[0];
  const last = before?.log ?? remembered()?.log;
  const log = answer.workspaces.some(workspace => workspace.log === last) ? last : (first?.log ?? last);
  const { actor, workspaces } = answer;
  if (log) enter({ actor, log, name: answer.name ?? "", workspaces, ...reach });
  else setSession({ is: answer.setup_needed ? "first_visit" : "signed_out" });
}

/** Opens with what is remembered, at once, and asks the server meanwhile. `log` is the one that the address names. */
export function begin(log: string | null): void {
  const me = remembered();
  if (me) setSession({ is: "here", me: log ? { ...me, log } : me });
  void ask(log);
}
