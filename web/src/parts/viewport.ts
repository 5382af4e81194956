//! How far something is scrolled and how high it is, as the browser told it last. To ask the element itself would make the browser lay out
//! at once whatever has just changed, which takes longer than all else that a change costs.
import { onCleanup, onMount } from "solid-js";
import { inTurn, noMore } from "./in-turn";

export interface Viewport {
  /** What is scrolled out of sight above, pixels. */
  readonly top: number;
  /** What is in sight, pixels; 0 until the browser has told. */
  readonly height: number;
  /** After scrolling it oneself: asks the element. */
  look(): void;
  /** For `onScroll`: asks the element, and `changed` hears of it after the frame, which has enough to do. */
  lookInTurn(): void;
}

/** Follows an element that scrolls, for the life of the owner; `changed` hears of each change. */
export function viewportOf(element: () => HTMLElement, changed: () => void): Viewport {
  let top = 0;
  let height = 0;
  const ask = () => {
    top = element().scrollTop;
    height = element().clientHeight;
  };
  const look = () => {
    ask();
    changed();
  };
  onMount(() => {
    const observer = new ResizeObserver(look);
    observer.observe(element());
    onCleanup(() => observer.disconnect());
  });
  onCleanup(() => noMore(changed));
  return {
    get top() {
      return top;
    },
    get height() {
      return height;
    },
    look,
    lookInTurn() {
      ask();
      inTurn(changed);
    },
  };
}
