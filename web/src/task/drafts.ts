//! Words that were begun and not yet said: kept on this device until they are sent or cancelled.

const prefix = "landfall:draft:";
const memory = new Map<string, string>();

const key = (about: string, verb: string): string => `${prefix}${about}:${verb}`;

/** What was begun, as it was left. */
export function draftOf<Kept>(about: string, verb: string): Kept | null {
  const name = key(about, verb);
  let text: string | null | undefined = memory.get(name);
  if (text === undefined) {
    try {
      text = localStorage.getItem(name);
    } catch {
      text = null;
    }
  }
  if (!text) return null;
  try {
    return JSON.parse(text) as Kept;
  } catch {
    return null;
  }
}

/** Keeps what is being written. Where storage is closed to us, memory keeps it for the life of the page. */
export function keepDraft(about: string, verb: string, answers: unknown): void {
  const text = JSON.stringify(answers);
  memory.set(key(about, verb), text);
  try {
    localStorage.setItem(key(about, verb), text);
  } catch {
    return;
  }
}

/** Forgets it: it was sent, or cancelled by hand. */
export function dropDraft(about: string, verb: string): void {
  memory.delete(key(about, verb));
  try {
    localStorage.removeItem(key(about, verb));
  } catch {
    return;
  }
}
