//! What is much to draw is drawn part by part, in turns of the event loop, so that no single task holds up the page.
import { createSignal, type JSX, onCleanup, Show } from "solid-js";

/** How long parts may be drawn before input and painting go first, milliseconds. */
const SLICE_MS = 8;

/** What draws the parts that wait, in the order in which they were met. */
const waiting = new Set<() => void>();
const bell = new MessageChannel();
let rung = false;

bell.port1.onmessage = () => {
  rung = false;
  const began = performance.now();
  for (const draw of waiting) {
    waiting.delete(draw);
    draw();
    if (performance.now() - began >= SLICE_MS) break;
  }
  ring();
};

function ring(): void {
  if (rung || waiting.size === 0) return;
  rung = true;
  bell.port2.postMessage(null);
}

/** Draws a part when it is its turn; once, however often it is asked for until then. */
export function inTurn(draw: () => void): void {
  waiting.add(draw);
  ring();
}

/** Who asked is gone. */
export function noMore(draw: () => void): void {
  waiting.delete(draw);
}

/** Draws its children when it is their turn. */
export function InTurn(props: { children: JSX.Element }): JSX.Element {
  const [drawn, setDrawn] = createSignal(false);
  const draw = () => void setDrawn(true);
  inTurn(draw);
  onCleanup(() => noMore(draw));
  return <Show when={drawn()}>{props.children}</Show>;
}
