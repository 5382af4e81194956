//! One task beside the board: what it is, what can be done with it, and what happened to it.
import "./task-panel.css";
import { createEffect, createSignal, For, type JSX, on, Show } from "solid-js";
import { useApp } from "../app/context";
import { openPalette } from "../palette/palette-state";
import { IconButton } from "../parts/button";
import { Chip } from "../parts/chip";
import { Confirm } from "../parts/dialog";
import { TextArea } from "../parts/field";
import { Icon } from "../parts/icon";
import { Mark } from "../parts/mark";
import { Menu, type MenuEntry } from "../parts/menu";
import { PhraseText } from "../parts/phrase";
import type { Intent, TaskDetail } from "../types";
import { aimAt, useSaying } from "./act";
import { Comments } from "./comments";
import { Description } from "./description";
import { History } from "./history";
import { InlineForm } from "./inline-form";
import { minutesInWords } from "./intent-fields";
import { iconOf } from "./intent-icons";
import { IntentRow } from "./intent-row";
import { Links } from "./links";
import { usePanelFocus } from "./panel-focus";
import { type Asking, type Panel, PanelProvider } from "./panel-state";
import { Steps } from "./steps";

/** The panel of a task. Esc closes it, and focus goes back to where it came from. */
export function TaskPanel(props: { task: string; onClose: () => void; onGo: (task: string) => void }): JSX.Element {
  const app = useApp();
  const detail = app.client.live("task", () => ({ task: props.task }));
  const intents = app.client.live("intents", () => ({ task: props.task }));
  const [asking, setAsking] = createSignal<Asking | null>(null);
  const { atOnce } = useSaying();
  let region: HTMLElement | undefined;

  usePanelFocus(() => region);
  createEffect(
    on(
      () => props.task,
      () => {
        setAsking(null);
        region?.querySelector(".task-scroll")?.scrollTo(0, 0);
      },
      { defer: true },
    ),
  );

  // Whoever is no longer listed sees why, and no panel above it.
  createEffect(() => app.status().connection === "forbidden" && props.onClose());

  const head = () => {
    const task = detail.head();
    return task && task.card.id === props.task ? task : null;
  };
  const close = () => props.onClose();

  return (
    <section
      ref={region}
      class="task-panel"
      role="complementary"
      aria-label={head() ? `Task: ${head()?.card.title}` : "Task"}
      tabIndex={-1}
      onKeyDown={event => {
        // Menus and dialogs stand elsewhere in the document, and close by themselves.
        const ours = event.target instanceof Node && event.currentTarget.contains(event.target);
        if (event.key !== "Escape" || event.defaultPrevented || !ours) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <Show
        when={head()}
        fallback={
          <div class="task-gone">
            <div class="task-top">
              <span />
              <IconButton icon="close" label="Close" keys="Esc" onClick={close} />
            </div>
            <h2 class="task-title">This task is not on this device</h2>
            <p>
              It may belong to another workspace, or it was made elsewhere and has not come down yet. When you are
              online and all is known, it appears here by itself.
            </p>
          </div>
        }
      >
        {task => {
          const panel: Panel = {
            task,
            readOnly: () => app.viewer() || task().card.discarded,
            asking,
            ask: (verb, words, more) => setAsking({ verb, words, aim: aimAt(verb, task(), more) }),
            close: () => setAsking(null),
            act: (verb, words, more) => {
              atOnce({ verb, words }, task(), more);
            },
          };
          return (
            <PanelProvider value={panel}>
              <TaskBody panel={panel} now={intents.head()?.now ?? []} onClose={close} onGo={props.onGo} />
            </PanelProvider>
          );
        }}
      </Show>
    </section>
  );
}

function TaskBody(props: {
  panel: Panel;
  now: readonly Intent[];
  onClose: () => void;
  onGo: (task: string) => void;
}): JSX.Element {
  const app = useApp();
  const task = props.panel.task;
  const card = () => task().card;
  const [discarding, setDiscarding] = createSignal(false);
  const can = (verb: string) => props.now.find(intent => intent.verb === verb);

  const start = (intent: Intent) => {
    if (intent.verb === "discard_task") setDiscarding(true);
    else if (intent.asks.length > 0) props.panel.ask(intent.verb, intent.label);
    else props.panel.act(intent.verb, intent.label);
  };
  const entries = (): MenuEntry[] => [
    ...props.now.map((intent, index) => ({
      words: intent.label,
      icon: iconOf(intent.verb),
      begins_group: index > 0 && intent.verb === "discard_task",
      onSelect: () => start(intent),
    })),
    {
      words: "Everything you can do…",
      icon: "menu",
      keys: "I",
      begins_group: true,
      onSelect: () => openPalette({ task: card().id }),
    },
    {
      words: "Copy the address",
      icon: "copy",
      onSelect: () => void navigator.clipboard?.writeText(location.href),
    },
  ];

  return (
    <>
      <header class="task-top">
        <p class="task-where">
          <span class="task-number">{card().number ?? "No number until it lands"}</span>
          <span aria-hidden="true"> · </span>
          <span>{task().board_name}</span>
          <Mark state={card().mark} />
        </p>
        <div class="task-tools">
          <IconButton
            icon="chevron_up"
            label="The task above"
            disabled={task().neighbours.previous === null}
            onClick={() => task().neighbours.previous && props.onGo(task().neighbours.previous ?? "")}
          />
          <IconButton
            icon="chevron_down"
            label="The task below"
            disabled={task().neighbours.next === null}
            onClick={() => task().neighbours.next && props.onGo(task().neighbours.next ?? "")}
          />
          <Menu label="More" trigger={<Icon name="more" />} entries={entries} />
          <IconButton icon="close" label="Close" keys="Esc" onClick={props.onClose} />
        </div>
      </header>
      <div class="task-scroll scroll">
        <Show
          when={props.panel.asking()?.verb !== "reword"}
          fallback={<InlineForm when={asking => asking.verb === "reword"} unlabelled />}
        >
          <div class="task-title-line">
            <h2 class="task-title">{card().title}</h2>
            <Show when={can("reword")}>
              {intent => (
                <IconButton icon="pencil" class="task-reword" label="Reword…" onClick={() => start(intent())} />
              )}
            </Show>
          </div>
        </Show>
        <p class="task-sentence" data-due={card().due?.state}>
          <PhraseText phrase={task().sentence} />
        </p>
        <Show when={card().labels.length > 0 || task().estimate_minutes !== null || card().priority !== "normal"}>
          <p class="task-facts">
            <Show when={card().priority === "urgent" || card().priority === "high"}>
              <Chip tone={card().priority === "urgent" ? "red" : "amber"}>
                {card().priority === "urgent" ? "Urgent" : "High"}
              </Chip>
            </Show>
            <Show when={card().priority === "low"}>
              <Chip>Low</Chip>
            </Show>
            <For each={card().labels}>{label => <Chip>{label}</Chip>}</For>
            <Show when={task().estimate_minutes}>{minutes => <span>takes {minutesInWords(minutes())}</span>}</Show>
          </p>
        </Show>
        <Show when={app.viewer()}>
          <p class="task-viewer">You look on here. An owner can make you a member, so that you can take work.</p>
        </Show>
        <IntentRow now={props.now} />
        <Description />
        <Steps />
        <Comments />
        <Links />
        <History />
      </div>
      <DiscardTask task={task()} open={discarding()} onClose={() => setDiscarding(false)} />
    </>
  );
}

/** Discarding asks once, and for the reason; nothing is ever deleted. */
function DiscardTask(props: { task: TaskDetail; open: boolean; onClose: () => void }): JSX.Element {
  const app = useApp();
  const [why, setWhy] = createSignal("");
  return (
    <Confirm
      open={props.open}
      title={`Discard ${props.task.card.number ?? `“${props.task.card.title}”`}?`}
      confirm="Discard"
      onConfirm={() => {
        app.submit(
          { discard_task: { task: props.task.card.id, why: why().trim() } },
          { done: `Discarded ${props.task.card.number ?? props.task.card.title}.` },
        );
        setWhy("");
      }}
      onClose={props.onClose}
    >
      <p>It leaves the board. It is kept with all its words under Discarded, and anyone here can restore it.</p>
      <TextArea label="Why (may stay empty)" value={why()} onValue={setWhy} />
    </Confirm>
  );
}
