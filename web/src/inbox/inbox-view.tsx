//! The inbox: what was refused and waits for a decision, and what others hand to this person.
import "./inbox.css";
import { createEffect, createMemo, createSignal, For, type JSX, onMount, Show } from "solid-js";
import { useApp } from "../app/context";
import { isNarrow } from "../app/layout";
import { PhraseText } from "../parts/phrase";
import type { Phrase, RejectionEntry } from "../types";
import { ForYou } from "./for-you";
import { forgetSaidAgain, inboxTab, saidAgain, setInboxTab, useForYou } from "./inbox-state";
import { InboxTabs } from "./inbox-tabs";
import { RejectionCard } from "./rejection-card";

type Cause = { key: string; title: Phrase; entries: RejectionEntry[] };

/** Entries under their causes: the cause of the oldest first, and within it the oldest first. */
function byCause(entries: readonly RejectionEntry[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const entry of [...entries].sort((one, other) => one.issued - other.issued)) {
    const cause = causes.get(entry.cause.key) ?? { key: entry.cause.key, title: entry.cause.title, entries: [] };
    cause.entries.push(entry);
    causes.set(entry.cause.key, cause);
  }
  return [...causes.values()];
}

export function InboxView(): JSX.Element {
  const app = useApp();
  const forYou = useForYou(app);
  const outbox = app.client.followOutbox();
  const [current, setCurrent] = createSignal<string | null>(null);

  // It opens where something waits, and stays where the person is.
  onMount(() => {
    if (app.client.rejections().length > 0) setInboxTab("rejected");
    else if (forYou().length > 0) setInboxTab("for_you");
  });

  // What was said again leaves its place when the new command has an answer.
  const seen = new Set<string>();
  createEffect(() => {
    const waiting = new Map(outbox().map(entry => [entry.id, entry.state]));
    for (const [id, said] of Object.entries(saidAgain)) {
      if (!said) continue;
      const state = waiting.get(said.command);
      if (state !== undefined) seen.add(said.command);
      // The outbox may hear of it a moment later than the view.
      const answered = state === "landed" || state === "withdrawn" || (state === undefined && seen.has(said.command));
      if (answered) forgetSaidAgain(id);
    }
  });
  const causes = createMemo(() => {
    const refused = app.client.rejections();
    const known = new Set(refused.map(entry => entry.id));
    const said = Object.values(saidAgain).flatMap(one => (one && !known.has(one.entry.id) ? [one.entry] : []));
    return byCause([...refused, ...said]);
  });
  const open = () => causes().flatMap(cause => cause.entries.filter(entry => !saidAgain[entry.id]));
  /** The one whose button is primary: the last that was touched, else the first. */
  const currentId = () => {
    const chosen = current();
    return open().some(entry => entry.id === chosen) ? chosen : (open()[0]?.id ?? null);
  };
  const rejectedShown = () => inboxTab() !== "for_you";
  const forYouShown = () => inboxTab() !== "rejected";

  return (
    <div class="inbox scroll">
      <div class="inbox-column">
        <Show when={isNarrow()}>
          <div class="inbox-tabs">
            <InboxTabs />
          </div>
        </Show>
        <Show when={rejectedShown()}>
          <For each={causes().map(cause => cause.key)}>
            {key => {
              const cause = () => causes().find(one => one.key === key);
              return (
                <Show when={cause()}>
                  {group => (
                    <section class="inbox-cause" aria-labelledby={`cause-${key}`}>
                      <header class="inbox-cause-head">
                        <h2 id={`cause-${key}`}>
                          <PhraseText phrase={group().title} />
                        </h2>
                        <p>
                          {group().entries.length === 1 ? "1 intent" : `${group().entries.length} intents, one cause`}
                        </p>
                      </header>
                      <For each={group().entries}>
                        {entry => (
                          <RejectionCard
                            entry={entry}
                            current={currentId() === entry.id}
                            onTouch={() => setCurrent(entry.id)}
                          />
                        )}
                      </For>
                    </section>
                  )}
                </Show>
              );
            }}
          </For>
          <Show when={causes().length === 0 && (inboxTab() === "rejected" || forYou().length === 0)}>
            <section class="inbox-empty">
              <h2>Nothing was rejected</h2>
              <p>
                When the server refuses something you did, it waits here with the reason: who was first, which rule,
                what changed meanwhile. You say it again or discard it. Nothing is lost until you discard it.
              </p>
            </section>
          </Show>
        </Show>
        <Show when={forYouShown()}>
          <ForYou cards={forYou()} />
          <Show when={forYou().length === 0 && (inboxTab() === "for_you" || causes().length === 0)}>
            <section class="inbox-empty">
              <h2>Nothing has been handed to you</h2>
              <p>
                When another shift names you, the task waits here until you accept or decline. So does what you may sign
                off. Your answer works without a connection; it lands later.
              </p>
            </section>
          </Show>
        </Show>
      </div>
    </div>
  );
}
