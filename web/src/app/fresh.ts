//! Which tasks others have changed just now, so that their cards can say so in place.
import { createStore } from "solid-js/store";

const SHOWN_MS = 1_200;
const [fresh, setFresh] = createStore<Record<string, number | undefined>>({});

/** Colours the task's cards for a moment. */
export function showNews(task: string): void {
  const mine = Date.now();
  setFresh(task, mine);
  setTimeout(() => {
    if (fresh[task] === mine) setFresh(task, undefined);
  }, SHOWN_MS);
}

/** True for a moment after somebody else changed it. */
export const isFresh = (task: string): boolean => fresh[task] !== undefined;
