//! Parts of the page that its first screen does not wait for.
import { type Component, createSignal, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";

/** How long until a part that could not be loaded is asked for again, milliseconds. */
const RETRY_MS = 5_000;

/** What loads each part that was declared and not asked for yet. */
const waiting = new Set<() => void>();

/** A part that is loaded by `loadLater`, and drawn where it stands as soon as it is there. */
export function later<Props extends object>(load: () => Promise<Component<Props>>): Component<Props> {
  const [part, setPart] = createSignal<Component<Props>>();
  const ask = () =>
    void load().then(
      loaded => setPart(() => loaded),
      () => setTimeout(ask, RETRY_MS),
    );
  waiting.add(ask);
  return (props): JSX.Element => <Show when={part()}>{loaded => <Dynamic component={loaded()} {...props} />}</Show>;
}

/** Loads all of them, whether they are in sight or not: without a network nothing could be loaded when it is wanted. */
export function loadLater(): void {
  for (const ask of waiting) {
    waiting.delete(ask);
    ask();
  }
}
