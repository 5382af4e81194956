//! Focus that does not get lost: when what had it leaves the page, the dialog, panel or view around it takes over.

const homes = "[role=dialog], [role=alertdialog], [role=complementary], #view";

/** Watches until the returned function is called. Chromium delivers no keys to a page whose focused element was removed. */
export function keepFocus(): () => void {
  let last: Element | null = null;
  let around: Element[] = [];
  const remember = (event: FocusEvent) => {
    if (!(event.target instanceof Element)) return;
    last = event.target;
    around = [];
    for (let home = last.closest(homes); home; home = home.parentElement?.closest(homes) ?? null) around.push(home);
  };
  const rescue = () => {
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    const home = around.find(one => one.isConnected) ?? document.getElementById("view");
    if (home instanceof HTMLElement) home.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(() => {
    if (last === null || last.isConnected) return;
    last = null;
    // Whoever removed it may have a better place in mind, and says so in the same turn or the next.
    setTimeout(rescue, rescueAfterMs);
  });
  document.addEventListener("focusin", remember);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener("focusin", remember);
    observer.disconnect();
  };
}

const rescueAfterMs = 40;

/** Returns focus to what had it before a form opened, or to the first button of what is left around it. */
export function returnFocus(before: Element | null, around: Element | null): void {
  setTimeout(() => {
    if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
    else if (around?.isConnected) around.querySelector<HTMLElement>("button:not([disabled])")?.focus();
  }, 0);
}
