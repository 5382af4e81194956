//! What a screen reader is told: politely, and of standing facts at most once every five seconds.
const PAUSE_MS = 5_000;

let region: HTMLElement | undefined;
let last = 0;
let waiting: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function speak(words: string): void {
  if (!region) {
    region = document.createElement("div");
    region.className = "unseen";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  last = Date.now();
  const target = region;
  // An unchanged text is not spoken again, so the region is emptied first.
  target.textContent = "";
  requestAnimationFrame(() => {
    target.textContent = words;
  });
}

/** Answers a deed of the person, such as a move by keyboard: at once. */
export function announce(words: string): void {
  speak(words);
}

/** Tells of something that happens by itself: only the latest, and only every five seconds. */
export function announceSettled(words: string): void {
  waiting = words;
  if (timer !== undefined) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      if (waiting !== undefined) speak(waiting);
      waiting = undefined;
    },
    Math.max(0, last + PAUSE_MS - Date.now()),
  );
}
