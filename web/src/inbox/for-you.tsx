//! What others leave to this person: to sign off, to accept or decline, to take up again.
import { createMemo, For, type JSX, Show } from "solid-js";
import { intentsOf, perform } from "../app/act";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { Mark } from "../parts/mark";
import { dueInSentence, happened } from "../parts/when";
import type { TaskCard } from "../types";

const groups = [
  { kind: "waits_for_you", title: "Waits for your sign-off", verbs: ["sign_off", "send_back"] },
  { kind: "handed_to_you", title: "Handed to you", verbs: ["accept_handover", "decline_handover"] },
  { kind: "sent_back", title: "Sent back to you", verbs: ["start", "submit_for_review"] },
] as const;

export function ForYou(props: { cards: readonly TaskCard[] }): JSX.Element {
  const shown = createMemo(() =>
    groups
      .map(group => ({ ...group, cards: props.cards.filter(card => card.reason?.kind === group.kind) }))
      .filter(group => group.cards.length > 0),
  );
  return (
    <For each={shown()}>
      {group => (
        <section class="inbox-cause" aria-label={group.title}>
          <header class="inbox-cause-head">
            <h2>{group.title}</h2>
            <p>{group.cards.length === 1 ? "1 task" : `${group.cards.length} tasks`}</p>
          </header>
          <For each={group.cards}>{card => <Waiting card={card} verbs={group.verbs} />}</For>
        </section>
      )}
    </For>
  );
}

function Waiting(props: { card: TaskCard; verbs: readonly string[] }): JSX.Element {
  const app = useApp();
  const intents = app.client.live("intents", () => ({ task: props.card.id }));
  const offered = () => (intents.head()?.now ?? []).filter(intent => props.verbs.includes(intent.verb));
  const sentence = () => {
    const reason = props.card.reason;
    const by = props.card.due ? ` Due ${dueInSentence(props.card.due.date)}.` : "";
    switch (reason?.kind) {
      case "handed_to_you":
        return `${reason.by.name} handed this over to you.${by}`;
      case "sent_back":
        return `Sent back by ${reason.by.name}, ${happened(reason.at)}: ${reason.why}`;
      case "waits_for_you":
        return props.card.holder ? `${props.card.holder.name} submitted it for review.${by}` : `It is in review.${by}`;
      default:
        return "";
    }
  };
  return (
    <article class="waiting" data-task={props.card.id} aria-label={props.card.title}>
      <p class="rejection-head">
        <strong>{props.card.title}</strong>
        <span class="rejection-task">{props.card.number}</span>
        <Mark state={props.card.mark} />
      </p>
      <p class="rejection-reason">{sentence()}</p>
      <div class="rejection-foot">
        <For each={offered()}>
          {intent => (
            <Button
              onClick={() => {
                const fresh = intentsOf(app, props.card.id).now.find(one => one.verb === intent.verb);
                if (fresh) perform(app, props.card, fresh);
              }}
            >
              {intent.label}
            </Button>
          )}
        </For>
        <Button kind="plain" onClick={() => app.openTask(props.card.id)}>
          Open task
        </Button>
        <Show when={app.viewer()}>
          <span class="rejection-time">You look on here; an owner can make you a member.</span>
        </Show>
      </div>
    </article>
  );
}
