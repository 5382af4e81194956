//! How much room there is: wide from 1024, narrow below 640, middle between.
import { createSignal } from "solid-js";

function watched(query: string): () => boolean {
  const media = matchMedia(query);
  const [matches, setMatches] = createSignal(media.matches);
  media.addEventListener("change", () => setMatches(media.matches));
  return matches;
}

export const isNarrow = watched("(max-width: 639.98px)");
export const isWide = watched("(min-width: 1024px)");
export const isCoarse = watched("(pointer: coarse)");

/** What people call the thing in front of them. */
export const deviceWord = (): string => {
  if (isCoarse()) return isNarrow() ? "phone" : "tablet";
  return "laptop";
};
