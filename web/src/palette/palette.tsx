//! The palette of intents: type what you want to do. Of one task when there is one, else of the workspace.
import "./palette.css";
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { useApp } from "../app/context";
import { route } from "../app/router";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { PhraseText, plain } from "../parts/phrase";
import { aimAt, bareWords, useSaying } from "../task/act";
import { fieldsOf, startingAnswers } from "../task/intent-fields";
import { IntentForm } from "../task/intent-form";
import { iconOf } from "../task/intent-icons";
import type { Intent, TaskDetail } from "../types";
import { matching } from "./match";
import type { PaletteItem } from "./palette-item";
import { closePalette, type PaletteAsk, palette } from "./palette-state";
import { workspaceIntents } from "./workspace-intents";

const tasksMax = 5;

/** Mounted once per workspace; opened by `openPalette` and `askIntent`. */
export function Palette(): JSX.Element {
  return (
    <Dialog
      open={palette() !== null}
      onClose={closePalette}
      title="What do you want to do?"
      untitled
      high
      width={560}
      class="palette"
    >
      <Show when={palette()} keyed>
        {ask => <PaletteBody ask={ask} />}
      </Show>
    </Dialog>
  );
}

function PaletteBody(props: { ask: PaletteAsk }): JSX.Element {
  const app = useApp();
  const { atOnce } = useSaying();
  const task = app.client.live("task", () => (props.ask.task === null ? null : { task: props.ask.task }));
  const intents = app.client.live("intents", () => (props.ask.task === null ? null : { task: props.ask.task }));
  const detail = (): TaskDetail | null => task.head() ?? null;
  const [asked, setAsked] = createSignal<{ verb: string; words: string } | null>(null);

  /** The verb that a drag or a menu has chosen already. */
  const direct = createMemo(() => {
    const verb = props.ask.verb;
    if (verb === undefined) return null;
    const intent = intents.head()?.now.find(one => one.verb === verb);
    return { verb, words: intent?.label ?? bareWords(verb.replaceAll("_", " ")) };
  });
  const form = () => asked() ?? direct();
  const to = () => (props.ask.to ? { to: props.ask.to } : {});

  const choose = (intent: Intent) => {
    const about = detail();
    if (about === null) return;
    if (intent.asks.length > 0 && fieldsOf(intent.verb).length > 0) {
      setAsked({ verb: intent.verb, words: intent.label });
      return;
    }
    closePalette();
    atOnce({ verb: intent.verb, words: intent.label }, about, to());
  };

  return (
    <Show
      when={form()}
      keyed
      fallback={<PaletteList ask={props.ask} task={detail()} intents={intents.head() ?? null} onChoose={choose} />}
    >
      {chosen => (
        <Show when={detail()}>
          <div class="palette-form scroll">
            <PaletteTop task={detail()} verb={bareWords(chosen.words)} />
            <Questions
              chosen={chosen}
              task={detail()}
              more={to()}
              onClose={() => (asked() === null ? closePalette() : setAsked(null))}
            />
          </div>
        </Show>
      )}
    </Show>
  );
}

function Questions(props: {
  chosen: { verb: string; words: string };
  task: TaskDetail | null;
  more: Parameters<typeof aimAt>[2];
  onClose: () => void;
}): JSX.Element {
  const { answered } = useSaying();
  return (
    <Show when={props.task}>
      {task => (
        <IntentForm
          verb={props.chosen.verb}
          submitWords={bareWords(props.chosen.words)}
          task={task()}
          aim={aimAt(props.chosen.verb, task(), props.more)}
          start={startingAnswers(props.chosen.verb, task())}
          onSay={(answers, aim) => {
            const told = answered(props.chosen, task(), aim, answers);
            if ("id" in told) closePalette();
            return told;
          }}
          onClose={() => props.onClose()}
        />
      )}
    </Show>
  );
}

function PaletteTop(props: { task: TaskDetail | null; verb?: string }): JSX.Element {
  return (
    <Show when={props.task}>
      {task => (
        <header class="palette-top">
          <p class="palette-number">
            {task().card.number ?? "Not landed yet"}
            <Show when={props.verb}>
              <span> · {props.verb}</span>
            </Show>
          </p>
          <h2 class="palette-title">{task().card.title}</h2>
          <p class="palette-sentence">
            <PhraseText phrase={task().sentence} />
          </p>
        </header>
      )}
    </Show>
  );
}

function PaletteList(props: {
  ask: PaletteAsk;
  task: TaskDetail | null;
  intents: { now: Intent[]; later: Intent[] } | null;
  onChoose: (intent: Intent) => void;
}): JSX.Element {
  const app = useApp();
  const [typed, setTyped] = createSignal("");
  const [at, setAt] = createSignal(0);
  let list: HTMLDivElement | undefined;

  const board = () => {
    const here = route();
    return here.at === "board" || here.at === "list" ? here.board : undefined;
  };
  const ofTask = (intent: Intent): PaletteItem => ({
    key: intent.verb,
    words: intent.label,
    hint: intent.hint,
    icon: intent.not_now === null ? iconOf(intent.verb) : "full",
    synonyms: intent.synonyms,
    ...(intent.not_now === null ? {} : { notNow: intent.not_now }),
    run: () => props.onChoose(intent),
  });
  const named = (item: PaletteItem) => ({ label: item.words, synonyms: item.synonyms });

  const taskItems = createMemo(() => {
    const { now = [], later = [] } = props.intents ?? {};
    return matching([...now, ...later].map(ofTask), typed(), named);
  });
  /** Those of the workspace stand alone, or below those of the task once something is typed. */
  const workspaceItems = createMemo(() =>
    props.ask.task !== null && typed().trim() === "" ? [] : matching(workspaceIntents(app, board()), typed(), named),
  );
  const search = app.client.live("search", () =>
    props.ask.task === null && typed().trim().length > 1 ? { text: typed().trim(), limit: tasksMax } : null,
  );
  const found = createMemo((): PaletteItem[] =>
    search.order().flatMap(key => {
      const card = search.row(key);
      if (!card) return [];
      return [
        {
          key: `task:${key}`,
          words: card.title,
          hint: card.number,
          icon: "arrow_right" as const,
          synonyms: [],
          run: () => app.openTask(key),
        },
      ];
    }),
  );

  const sections = createMemo(() => {
    const now = (items: PaletteItem[]) => items.filter(item => item.notNow === undefined);
    const later = (items: PaletteItem[]) => items.filter(item => item.notNow !== undefined);
    return [
      { title: null, items: now(taskItems()) },
      { title: found().length > 0 ? "Tasks" : null, items: found() },
      { title: props.ask.task === null ? null : "In this workspace", items: now(workspaceItems()) },
      { title: "Not now", items: [...later(taskItems()), ...later(workspaceItems())] },
    ].filter(section => section.items.length > 0);
  });
  const flat = createMemo(() => sections().flatMap(section => section.items));
  createEffect(on(typed, () => setAt(0)));
  createEffect(
    on(at, index => {
      list?.querySelector(`#palette-option-${index}`)?.scrollIntoView({ block: "nearest" });
    }),
  );
  const current = () => Math.min(at(), flat().length - 1);
  const run = (item: PaletteItem | undefined) => {
    if (!item) return;
    if (item.notNow !== undefined) {
      announce(typeof item.notNow === "string" ? item.notNow : plain(item.notNow));
      return;
    }
    // An intent of the task may ask first, and keeps the palette open for that.
    if (!taskItems().includes(item)) closePalette();
    item.run();
  };
  const steps: Readonly<Record<string, (count: number) => number>> = {
    ArrowDown: count => (current() + 1) % count,
    ArrowUp: count => (current() - 1 + count) % count,
    Home: () => 0,
    End: count => count - 1,
  };

  return (
    <>
      <PaletteTop task={props.task} />
      <div class="palette-field">
        <Icon name="search" />
        <input
          class="palette-input"
          type="text"
          role="combobox"
          aria-label="What do you want to do?"
          aria-autocomplete="list"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={flat().length > 0 ? `palette-option-${current()}` : undefined}
          placeholder="What do you want to do?"
          autocomplete="off"
          spellcheck={false}
          autofocus
          value={typed()}
          onInput={event => setTyped(event.currentTarget.value)}
          onKeyDown={event => {
            const step = steps[event.key];
            if (step && flat().length > 0 && !(event.key.length > 3 && event.shiftKey)) {
              if ((event.key === "Home" || event.key === "End") && typed() !== "") return;
              event.preventDefault();
              setAt(step(flat().length));
            } else if (event.key === "Enter" && !event.isComposing) {
              event.preventDefault();
              run(flat()[current()]);
            }
          }}
        />
      </div>
      <div class="palette-list scroll" id="palette-list" role="listbox" aria-label="What you can do" ref={list}>
        <For each={sections()}>
          {section => (
            <div role="group" aria-label={section.title ?? "Now"} class="palette-section">
              <Show when={section.title}>
                <p class="palette-section-title" aria-hidden="true">
                  {section.title}
                </p>
              </Show>
              <For each={section.items}>
                {item => {
                  const index = () => flat().indexOf(item);
                  return (
                    <div
                      id={`palette-option-${index()}`}
                      class="palette-option"
                      role="option"
                      tabIndex={-1}
                      aria-selected={index() === current()}
                      aria-disabled={item.notNow === undefined ? undefined : "true"}
                      onPointerMove={() => setAt(index())}
                      onClick={() => run(item)}
                      onKeyDown={event => event.key === "Enter" && run(item)}
                    >
                      <Icon name={item.icon} />
                      <span class="palette-words">
                        <span class="palette-name">{item.words}</span>
                        <Show when={item.notNow ?? item.hint}>
                          {hint => (
                            <span class="palette-hint">
                              {(() => {
                                const words = hint();
                                return typeof words === "string" ? words : <PhraseText phrase={words} />;
                              })()}
                            </span>
                          )}
                        </Show>
                      </span>
                    </div>
                  );
                }}
              </For>
            </div>
          )}
        </For>
        <Show when={flat().length === 0}>
          <p class="palette-nothing">
            Nothing here is called “{typed().trim()}”. Try another verb, such as claim, block or hand over.
          </p>
        </Show>
      </div>
    </>
  );
}
