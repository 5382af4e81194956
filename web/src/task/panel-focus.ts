//! Focus of a region that opens beside the view: it goes in, and returns to where it came from.
import { onCleanup, onMount } from "solid-js";

/** Moves focus into the region when somebody opened it, and back when it closes while it still has it. */
export function usePanelFocus(region: () => HTMLElement | undefined): void {
  const before = document.activeElement;
  onMount(() => {
    // A deep link opens it too; then nobody has come from anywhere, and focus is left alone.
    if (before instanceof HTMLElement && before !== document.body) region()?.focus({ preventScroll: true });
  });
  onCleanup(() => {
    const active = document.activeElement;
    const held = region()?.contains(active) || active === document.body || active === null;
    if (held && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  });
}
