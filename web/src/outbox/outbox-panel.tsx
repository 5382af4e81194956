//! The outbox beside the view: what is on its way, in doubt, rejected, and what landed today, in human words.
import "./outbox.css";
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  type JSX,
  Match,
  onCleanup,
  Show,
  Switch,
  untrack,
} from "solid-js";
import { useApp } from "../app/context";
import { deviceWord } from "../app/layout";
import { go } from "../app/router";
import { setInboxTab } from "../inbox/inbox-state";
import { Button, IconButton } from "../parts/button";
import { Mark, type MarkState } from "../parts/mark";
import { PhraseText } from "../parts/phrase";
import { happened } from "../parts/when";
import { usePanelFocus } from "../task/panel-focus";
import type { OutboxEntry } from "../types";
import { KeptHere } from "./kept-here";
import { outboxSentence } from "./outbox-sentence";

const shownMax = 60;
const shownWhileLanding = 12;
const followAfterMs = 500;
const numbers = ["None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"] as const;

export function OutboxPanel(props: { onClose: () => void }): JSX.Element {
  const app = useApp();
  let region: HTMLElement | undefined;
  usePanelFocus(() => region);
  const outbox = app.client.followOutbox();
  const landing = () => app.status().landing;
  const busy = () => (landing()?.total ?? 0) > shownWhileLanding;
  // While thousands land, the list follows twice a second and shows a few; the pill and the bar tell the numbers meanwhile.
  const [settled, setSettled] = createSignal<readonly OutboxEntry[]>([...outbox()]);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const follow = () => {
    waiting = undefined;
    setSettled(untrack(() => [...outbox()]));
  };
  createEffect(() => {
    void [...outbox()];
    if (untrack(busy)) waiting ??= setTimeout(follow, followAfterMs);
    else follow();
  });
  onCleanup(() => clearTimeout(waiting));
  const sorted = createMemo(() => {
    const entries = settled();
    const onItsWay = entries.filter(one => one.state === "saving" || one.state === "saved" || one.state === "sent");
    return {
      onItsWay: onItsWay.toSorted((one, other) => Number(other.state === "sent") - Number(one.state === "sent")),
      inDoubt: entries.filter(one => one.state === "in_doubt"),
      landed: entries
        .filter(one => one.state === "landed" || one.state === "withdrawn")
        .sort((one, other) => (other.landed ?? other.issued) - (one.landed ?? one.issued)),
    };
  });
  const rejected = () => app.status().rejected;
  const nothing = () => sorted().onItsWay.length === 0 && sorted().inDoubt.length === 0 && rejected() === 0;
  const review = () => {
    setInboxTab("rejected");
    if (app.openedTask() !== null) app.closeTask();
    go(app.path("inbox"));
  };

  return (
    <section
      ref={region}
      class="outbox"
      role="complementary"
      aria-labelledby="outbox-title"
      tabIndex={-1}
      onKeyDown={event => {
        const ours = event.target instanceof Node && event.currentTarget.contains(event.target);
        if (event.key !== "Escape" || event.defaultPrevented || !ours) return;
        event.preventDefault();
        props.onClose();
      }}
    >
      <header class="outbox-head">
        <h2 id="outbox-title">Outbox</h2>
        <IconButton icon="close" label="Close" keys="Esc" onClick={() => props.onClose()} />
      </header>
      <div class="outbox-scroll scroll">
        <p class="outbox-sentence">{outboxSentence(app.status())}</p>
        <Show when={landing()}>
          {run => (
            <progress class="outbox-progress" aria-label="Landing" max={Math.max(1, run().total)} value={run().done}>
              {run().done} of {run().total}
            </progress>
          )}
        </Show>
        <Show when={nothing()}>
          <p class="outbox-empty">Nothing waits. All you did is landed.</p>
        </Show>
        <Entries
          shown={busy() ? shownWhileLanding : shownMax}
          title="On its way"
          entries={sorted().onItsWay}
          count={Math.max(app.status().pending - sorted().inDoubt.length, sorted().onItsWay.length)}
        />
        <Entries shown={shownMax} title="In doubt" entries={sorted().inDoubt} count={sorted().inDoubt.length} />
        <Show when={rejected() > 0}>
          <section class="outbox-part" aria-label="Rejected">
            <h3>
              Rejected <span>{rejected()}</span>
            </h3>
            <div class="outbox-entry">
              <span class="outbox-mark">
                <Mark state="rejected" silent />
              </span>
              <div class="outbox-words">
                <p>
                  {numbers[rejected()] ?? rejected()} {rejected() === 1 ? "waits" : "wait"} for your decision
                </p>
                <p class="outbox-where">Nothing is lost until you discard it.</p>
              </div>
              <Button kind="words" onClick={review}>
                Review
              </Button>
            </div>
          </section>
        </Show>
        <Entries
          shown={busy() ? shownWhileLanding : shownMax}
          title="Landed today"
          entries={sorted().landed}
          count={sorted().landed.length}
        />
        <KeptHere />
      </div>
      <footer class="outbox-foot">
        <Switch
          fallback={
            <p>Kept on this {deviceWord()} only until it lands. Do not clear site data while anything is waiting.</p>
          }
        >
          <Match when={app.status().storage.kind !== "durable"}>
            <p class="outbox-warning">
              This browser keeps nothing when the page closes. Save the outbox to a file before you leave it.
            </p>
          </Match>
        </Switch>
      </footer>
    </section>
  );
}

/** `count` may be more than the entries: of a long outbox the engine gives both ends. */
function Entries(props: { title: string; entries: readonly OutboxEntry[]; count: number; shown: number }): JSX.Element {
  return (
    <Show when={props.entries.length > 0}>
      <section class="outbox-part" aria-label={props.title}>
        <h3>
          {props.title} <span>{props.count.toLocaleString("en")}</span>
        </h3>
        <ul>
          <For each={props.entries.slice(0, props.shown)}>{entry => <Entry entry={entry} />}</For>
        </ul>
        <Show when={props.count > Math.min(props.shown, props.entries.length)}>
          <p class="outbox-more">
            and {(props.count - Math.min(props.shown, props.entries.length)).toLocaleString("en")} more
          </p>
        </Show>
      </section>
    </Show>
  );
}

function Entry(props: { entry: OutboxEntry }): JSX.Element {
  const app = useApp();
  const entry = () => props.entry;
  const mark = (): MarkState | null => {
    switch (entry().state) {
      case "saving":
      case "saved":
        return "saved";
      case "sent":
        return "landing";
      case "in_doubt":
        return "in_doubt";
      case "landed":
        return "landed";
      case "withdrawn":
        return null;
    }
  };
  const where = () => {
    switch (entry().state) {
      case "saving":
        return "being saved here";
      case "saved":
        return `saved here ${happened(entry().issued)}`;
      case "sent":
        return entry().title ?? "";
      case "withdrawn":
        return "taken back";
      default:
        return "";
    }
  };
  const second = () => entry().state !== "landed" && (entry().number || entry().doubt || where());
  return (
    <li class="outbox-entry" data-state={entry().state}>
      <span class="outbox-mark">
        <Mark state={mark()} />
      </span>
      <div class="outbox-words">
        <p>
          <PhraseText phrase={entry().phrase} />
        </p>
        <Show when={second()}>
          <p class="outbox-where">
            <Show when={entry().number}>{number => <>{number()} · </>}</Show>
            <Show when={entry().doubt} fallback={where()}>
              {doubt => <PhraseText phrase={doubt()} />}
            </Show>
          </p>
        </Show>
      </div>
      <Switch>
        <Match when={entry().can_take_back}>
          <Button kind="words" onClick={() => app.client.takeBack(entry().id)}>
            Take back
          </Button>
        </Match>
        <Match when={entry().state === "in_doubt"}>
          <Button kind="words" onClick={() => app.client.askNow()}>
            Ask now
          </Button>
        </Match>
        <Match when={entry().state === "landed" && entry().landed}>
          {at => (
            <time class="outbox-time" dateTime={new Date(at()).toISOString()}>
              {happened(at())}
            </time>
          )}
        </Match>
        <Match when={entry().state === "sent"}>
          <span class="outbox-time">now</span>
        </Match>
      </Switch>
    </li>
  );
}
