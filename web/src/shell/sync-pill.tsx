//! The pill: the truth about sync in one place, always in sight.
import "./sync-pill.css";
import { createEffect, createMemo, type JSX, on, Show } from "solid-js";
import { useApp } from "../app/context";
import { go } from "../app/router";
import { announceSettled } from "../parts/announce";
import { Mark, type MarkState } from "../parts/mark";
import { clock, now } from "../parts/when";
import type { Status } from "../types";

const SKEW_MAX_MS = 120_000;
const STORAGE_NEARLY_FULL = 0.9;

type Shown = { edge: "dashed" | "solid"; mark: MarkState; words: string };

/** What the pill says of a status, apart from rejections, which have a segment of their own. */
export function pillOf(status: Status): Shown {
  const waiting = status.pending > 0 ? ` · ${status.pending} to land` : "";
  switch (status.connection) {
    case "signed_out":
      return { edge: "dashed", mark: "saved", words: `Signed out${waiting}` };
    case "forbidden":
      return { edge: "dashed", mark: "saved", words: `No longer listed${waiting}` };
    case "update_needed":
      return { edge: "dashed", mark: "saved", words: `Update needed${waiting}` };
    case "offline":
    case "connecting":
      if (status.in_doubt > 0 && status.in_doubt === status.pending) {
        const seconds = status.retry_ms === null ? 0 : Math.ceil((status.retry_ms - now()) / 1000);
        const again = seconds > 0 ? ` · asking again in ${seconds} s` : "";
        return { edge: "dashed", mark: "in_doubt", words: `${status.in_doubt} in doubt${again}` };
      }
      return { edge: "dashed", mark: "saved", words: `Offline${waiting}` };
    case "online":
      break;
  }
  if (status.starting_over) return { edge: "solid", mark: "landing", words: `Reading anew${waiting}` };
  if (status.landing) {
    return { edge: "solid", mark: "landing", words: `Landing ${status.landing.done} of ${status.landing.total}` };
  }
  if (status.in_doubt > 0 && status.in_doubt === status.pending) {
    return { edge: "solid", mark: "in_doubt", words: `${status.in_doubt} in doubt` };
  }
  if (status.pending > 0) return { edge: "solid", mark: "landing", words: `Landing 0 of ${status.pending}` };
  if (!status.caught_up) return { edge: "solid", mark: "landing", words: "Reading what others did" };
  const at = status.landed_ms ?? status.last_contact_ms;
  return { edge: "solid", mark: "landed", words: at === null ? "All landed" : `All landed ${clock(at)}` };
}

/** What else must be said there: a clock that is wrong, a device that keeps nothing. */
function warningOf(status: Status): string | null {
  const { kind, usage, quota } = status.storage;
  if (kind === "memory") return "not kept on this device";
  if (kind === "failing") return "storage fails";
  if (usage !== null && quota !== null && quota > 0 && usage / quota > STORAGE_NEARLY_FULL)
    return "storage nearly full";
  const skew = status.clock_skew_ms;
  if (skew !== null && Math.abs(skew) > SKEW_MAX_MS) {
    // The skew is the server's clock less this device's.
    return `clock ${Math.round(Math.abs(skew) / 60_000)} min ${skew > 0 ? "slow" : "fast"}`;
  }
  return null;
}

/** One button that opens the outbox; rejected adds a second that opens the inbox. */
export function SyncPill(): JSX.Element {
  const app = useApp();
  const shown = createMemo(() => pillOf(app.status()), undefined, {
    equals: (a, b) => a.words === b.words && a.mark === b.mark && a.edge === b.edge,
  });
  const warning = () => warningOf(app.status());
  const rejected = () => app.status().rejected;
  const whole = () => {
    const said = [shown().words, warning(), rejected() > 0 ? `${rejected()} rejected` : null];
    return said.filter(Boolean).join(", ");
  };
  createEffect(on(whole, words => shown().mark !== "landing" && announceSettled(words), { defer: true }));
  return (
    <div class="pill" data-edge={shown().edge} data-state={shown().mark}>
      <button
        type="button"
        class="pill-part"
        aria-expanded={app.outboxOpen()}
        aria-label={`${shown().words}. Outbox`}
        onClick={() => app.setOutboxOpen(!app.outboxOpen())}
      >
        <Mark state={shown().mark} silent />
        <span>
          {shown().words}
          <Show when={warning()}>
            <span class="pill-warning"> · {warning()}</span>
          </Show>
        </span>
      </button>
      <Show when={rejected() > 0}>
        <button type="button" class="pill-part pill-rejected" onClick={() => go(app.path("inbox"))}>
          {rejected()} rejected
        </button>
      </Show>
    </div>
  );
}
