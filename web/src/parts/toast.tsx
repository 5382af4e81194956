//! Toasts: others' deeds and take-backs, bottom left, one at a time, 6 s, staying under pointer or focus. Never for failures.
import "./toast.css";
import { Toast as Kobalte, toaster } from "@kobalte/core/toast";
import { type JSX, Show } from "solid-js";
import { Portal } from "solid-js/web";
import type { Person } from "../types";
import { Avatar } from "./person";

const SHOWN_MS = 6_000;
/** How long whatever is shown can be read before others' deeds take its place. */
const READ_MS = 2_000;

export type ToastContent = {
  person?: Person | undefined;
  /** Text, or a function that draws the words inside the toast. */
  words: JSX.Element | (() => JSX.Element);
  action?: { words: string; onSelect: () => void } | undefined;
};

let current: number | undefined;
let shownAt = Number.NEGATIVE_INFINITY;
let news: ToastContent | undefined;
let newsTimer: ReturnType<typeof setTimeout> | undefined;

/** Shows a toast in place of the one that is shown. Returns what takes it away. */
export function toast(content: ToastContent): () => void {
  if (current !== undefined) toaster.dismiss(current);
  const id = toaster.show(shown => (
    <Kobalte toastId={shown.toastId} class="toast">
      <Show when={content.person}>{person => <Avatar person={person()} named />}</Show>
      <Kobalte.Title class="toast-words">
        {typeof content.words === "function" ? content.words() : content.words}
      </Kobalte.Title>
      <Show when={content.action}>
        {action => (
          <button
            type="button"
            class="toast-action"
            onClick={() => {
              toaster.dismiss(shown.toastId);
              action().onSelect();
            }}
          >
            {action().words}
          </button>
        )}
      </Show>
    </Kobalte>
  ));
  current = id;
  shownAt = performance.now();
  return () => toaster.dismiss(id);
}

/** Shows others' deeds: as soon as whatever is shown could be read, and of all that comes until then the newest. */
export function toastNews(content: ToastContent): void {
  news = content;
  if (newsTimer === undefined) showNewest();
}

function showNewest(): void {
  const wait = shownAt + READ_MS - performance.now();
  newsTimer = wait > 0 ? setTimeout(showNewest, wait) : undefined;
  if (newsTimer === undefined && news) toast(news);
}

/** Nobody listens any more. */
export function withholdNews(): void {
  clearTimeout(newsTimer);
  newsTimer = undefined;
}

/** Where toasts appear; once, at the root. */
export function ToastRegion(): JSX.Element {
  return (
    <Portal>
      <Kobalte.Region duration={SHOWN_MS} limit={1} pauseOnInteraction pauseOnPageIdle aria-label="News ({hotkey})">
        <Kobalte.List class="toast-list" />
      </Kobalte.Region>
    </Portal>
  );
}
