//! What happened to a task: what this device knows, and older pages from the server when it can be reached.
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { Mark } from "../parts/mark";
import { nameOf } from "../parts/person";
import { PhraseText } from "../parts/phrase";
import { happened } from "../parts/when";
import { recordsAbout } from "../server";
import type { HistoryLine, RecordLine } from "../types";
import { usePanel } from "./panel-state";

const pageSize = 30;
/** The engine keeps at least this many on the device; with fewer, there is nothing older. */
const keptOnDevice = 12;

export function History(): JSX.Element {
  const app = useApp();
  const panel = usePanel();
  const [older, setOlder] = createSignal<readonly RecordLine[]>([]);
  const [state, setState] = createSignal<"more" | "asking" | "away" | "all">("more");
  const id = createMemo(() => panel.task().card.id);
  createEffect(
    on(
      id,
      () => {
        setOlder([]);
        setState("more");
      },
      { defer: true },
    ),
  );

  const lines = createMemo((): readonly (HistoryLine | RecordLine)[] => {
    const here = panel.task().history;
    const known = new Set(here.map(line => line.position).filter(position => position !== null));
    return [...here, ...older().filter(line => !known.has(line.position))];
  });
  const online = () => app.status().connection === "online";
  const mayHaveOlder = () => panel.task().history.length >= keptOnDevice || older().length > 0;

  const ask = async () => {
    const asked = id();
    const positions = lines().flatMap(line => (line.position === null ? [] : [line.position]));
    setState("asking");
    try {
      const records = await recordsAbout(
        app.me.log,
        asked,
        positions.length > 0 ? Math.min(...positions) : null,
        pageSize,
      );
      if (id() !== asked) return;
      const described = app.client.describeRecords(records);
      setOlder(before => [...before, ...described]);
      setState(records.length < pageSize ? "all" : "more");
    } catch {
      if (id() === asked) setState("away");
    }
  };

  return (
    <section class="task-part" aria-labelledby="task-history">
      <h3 class="task-part-head" id="task-history">
        History
      </h3>
      <ol class="history">
        <For each={lines()}>
          {line => (
            <li class="history-line">
              <time dateTime={new Date(line.at).toISOString()}>{happened(line.at)}</time>
              <p>
                <strong>{nameOf(line.person)}</strong> <PhraseText phrase={line.phrase} />
                <Show when={"pending" in line && line.pending}>
                  <span class="not-landed">
                    not landed <Mark state="saved" silent />
                  </span>
                </Show>
              </p>
            </li>
          )}
        </For>
      </ol>
      <Show when={mayHaveOlder() && state() !== "all"}>
        <p class="history-older">
          <Show
            when={online()}
            fallback="What is older is kept by the server. It needs a connection; everything above works offline."
          >
            <Show when={state() !== "asking"} fallback="Asking the server…">
              <Button kind="words" onClick={ask}>
                Older
              </Button>
              <Show when={state() === "away"}>
                <span> The server did not answer. Ask again when the line is better.</span>
              </Show>
            </Show>
          </Show>
        </p>
      </Show>
      <Show when={state() === "all"}>
        <p class="history-older">This is where it begins.</p>
      </Show>
    </section>
  );
}
