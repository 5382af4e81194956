//! Filters of each view, kept for as long as the page is open.
import { createStore } from "solid-js/store";
import { due, localDate } from "../parts/when";
import type { Filter, WorkspaceHead } from "../types";

const [filters, setFilters] = createStore<Record<string, Filter>>({});

export interface FilterHandle {
  now(): Filter;
  set(part: Partial<Filter>): void;
  clear(): void;
}

/** The filter of a view; `key` is the board's id, or the view's name. */
export function filterOf(key: () => string): FilterHandle {
  return {
    now: () => ({ ...filters[key()] }),
    set: part => {
      const next: Record<string, unknown> = { ...filters[key()], ...part };
      for (const name in next)
        if (next[name] === null || next[name] === "" || next[name] === undefined) delete next[name];
      setFilters(key(), () => next as Filter);
      // A store merges objects; what is gone must be named.
      for (const name of ["text", "label", "holder", "due_before", "blocked", "priority"] as const) {
        if (!(name in next)) setFilters(key(), name, undefined);
      }
    },
    clear: () =>
      setFilters(key(), {
        text: undefined,
        label: undefined,
        holder: undefined,
        due_before: undefined,
        blocked: undefined,
        priority: undefined,
      }),
  };
}

/** Active filters in words, each with the part that it sets. */
export function activeFilters(
  filter: Filter,
  head: WorkspaceHead | undefined,
): { part: keyof Filter; words: string }[] {
  const active: { part: keyof Filter; words: string }[] = [];
  if (filter.text) active.push({ part: "text", words: `“${filter.text}”` });
  if (filter.label) active.push({ part: "label", words: filter.label });
  if (filter.holder) {
    const person = head?.members.find(member => member.person.actor === filter.holder)?.person;
    active.push({
      part: "holder",
      words:
        filter.holder === "nobody" ? "Held by nobody" : `Held by ${person?.you ? "you" : (person?.name ?? "someone")}`,
    });
  }
  if (filter.due_before) {
    const words = due(filter.due_before);
    active.push({
      part: "due_before",
      words: `Due before ${/^T|^Y/.test(words) && !/^T(ue|hu)/.test(words) ? words.toLowerCase() : shortDate(filter.due_before)}`,
    });
  }
  if (filter.blocked) active.push({ part: "blocked", words: "Blocked" });
  if (filter.priority) active.push({ part: "priority", words: `Priority ${filter.priority}` });
  return active;
}

const shortDate = (date: string): string =>
  localDate(date).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
