//! What the page asks the server over plain HTTP: everything that is not work, and therefore needs a connection.
import type { Role } from "./types";

/** Why a request was not answered as hoped, in words that can be shown. */
export class NotAnswered extends Error {
  /** True when no answer came at all: away, rather than refused. */
  readonly away: boolean;

  constructor(words: string, away: boolean) {
    super(words);
    this.away = away;
  }
}

const away = "Needs a connection. The server cannot be reached at the moment.";
const puzzled = "The server gave an answer this page does not understand. Ask again in a moment.";

async function ask<Answer>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new NotAnswered(away, true);
  }
  let answer: unknown = null;
  try {
    answer = await response.json();
  } catch {
    // A gateway answers for a server that is gone, with a page instead of words for us.
    if (response.status >= 502 && response.status <= 504) throw new NotAnswered(away, true);
    if (response.ok) return undefined as Answer;
  }
  if (response.ok) return answer as Answer;
  const told = (answer as { message?: unknown } | null)?.message;
  throw new NotAnswered(typeof told === "string" && told !== "" ? told : puzzled, false);
}

/** Names the first workspace, or another one, and makes this person its owner. */
export const found = (workspace: string, name: string): Promise<{ log: string; actor: string }> =>
  ask("POST", "/api/found", { workspace, name });

/** A link that lets others in. */
export const invite = (log: string, role: Role): Promise<{ link: string; expires: number }> =>
  ask("POST", "/api/invitations", { log, role });

/** What an invitation leads to. */
export type Invitation = { workspace: string; invited_by: string; role: Role };
export const invitation = (code: string): Promise<Invitation> =>
  ask("GET", `/api/invitations/${encodeURIComponent(code)}`);

/** Accepts an invitation under a name. */
export const join = (code: string, name: string): Promise<{ log: string; actor: string }> =>
  ask("POST", "/api/join", { code, name });

/** A token for a program; it is told once. */
export const token = (log: string, label: string): Promise<{ token: string }> =>
  ask("POST", "/api/tokens", { log, label });

/** Records about one thing, newest first, before a position. */
export async function recordsAbout(
  log: string,
  subject: string,
  before: number | null,
  limit: number,
): Promise<unknown[]> {
  const query = new URLSearchParams({ subject, limit: String(limit) });
  if (before !== null) query.set("before", String(before));
  const answer = await ask<{ records: unknown[] }>("GET", `/api/logs/${encodeURIComponent(log)}/records?${query}`);
  return answer.records;
}
