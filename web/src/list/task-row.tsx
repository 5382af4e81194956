//! A task as a row: mark, id, title with its reason, labels (or two intents under the pointer), steps, due, holder.
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { intentsOf, perform } from "../app/act";
import { useApp } from "../app/context";
import { isFresh } from "../app/fresh";
import { isNarrow } from "../app/layout";
import { taskLink } from "../app/router";
import { markOf, onlyHere, reasonWords, spoken } from "../board/card";
import { cardEntries } from "../board/card-menu";
import { Button } from "../parts/button";
import { Chip } from "../parts/chip";
import { Icon } from "../parts/icon";
import { Mark } from "../parts/mark";
import { Menu } from "../parts/menu";
import { Avatar, nameInSentence, nameOf } from "../parts/person";
import { due, happened } from "../parts/when";
import type { TaskCard } from "../types";

const INTENTS_MAX = 2;
const LABELS_MAX = 3;

type Props = { card: TaskCard; reachable: boolean; position: number; total: number };

export function TaskRow(props: Props): JSX.Element {
  const app = useApp();
  const mark = markOf(() => props.card);
  const [near, setNear] = createSignal(false);
  /** Asked for only while somebody points here, and again when the row changes. */
  const intents = createMemo(() => {
    if (!near() || isNarrow()) return [];
    void props.card.stage;
    void props.card.holder;
    return intentsOf(app, props.card.id).now.slice(0, INTENTS_MAX);
  });
  const claim = () => {
    const intent = intentsOf(app, props.card.id).now.find(candidate => candidate.verb === "claim");
    if (intent) perform(app, props.card, intent);
  };
  const extra = () => {
    const { reason, signed } = props.card;
    if (reason && reason.kind !== "waits_for_you") return reasonWords(reason);
    return signed ? `signed by ${nameInSentence(signed.by)} ${happened(signed.at)}` : null;
  };
  return (
    <li
      class="row"
      data-task={props.card.id}
      data-only-here={onlyHere(props.card) ? "" : undefined}
      data-selected={app.openedTask() === props.card.id ? "" : undefined}
      data-fresh={isFresh(props.card.id) ? "" : undefined}
      aria-setsize={props.total}
      aria-posinset={props.position}
      onPointerEnter={event => event.pointerType === "mouse" && setNear(true)}
      onPointerLeave={() => setNear(false)}
      onFocusIn={() => setNear(true)}
      onFocusOut={event => {
        const next = event.relatedTarget;
        if (!(next instanceof Node && event.currentTarget.contains(next))) setNear(false);
      }}
    >
      <span class="row-mark">
        <Mark state={mark()} silent />
      </span>
      <span class="row-id">{props.card.number ?? "New"}</span>
      <span class="row-main">
        <a
          class="row-link"
          href={taskLink(props.card.id)}
          draggable={false}
          tabIndex={props.reachable ? 0 : -1}
          aria-label={spoken(props.card, mark())}
          aria-current={app.openedTask() === props.card.id ? "true" : undefined}
        >
          {props.card.title}
        </a>
        <Show when={extra()}>
          <span class="row-extra" data-kind={props.card.reason?.kind}>
            {extra()}
          </span>
        </Show>
      </span>
      <Show
        when={intents().length > 0}
        fallback={
          <span class="row-labels">
            <For each={props.card.labels.slice(0, LABELS_MAX)}>{label => <Chip>{label}</Chip>}</For>
          </span>
        }
      >
        <span class="row-intents">
          <For each={intents()}>
            {intent => <Button onClick={() => perform(app, props.card, intent)}>{intent.label}</Button>}
          </For>
          <Menu
            label={`More about ${props.card.title}`}
            class="button row-more"
            trigger={<Icon name="more" />}
            entries={() => cardEntries(app, props.card)}
          />
        </span>
      </Show>
      <span class="row-steps">
        <Show when={props.card.steps}>
          {steps => (
            <>
              <Icon name="check" size={14} />
              {steps().done}/{steps().total}
            </>
          )}
        </Show>
      </span>
      <span class="row-due" data-state={props.card.due?.state}>
        <Show when={props.card.due}>{date => due(date().date)}</Show>
      </span>
      <span class="row-holder">
        <Show
          when={props.card.holder}
          fallback={
            <Show when={props.card.stage === "ready" && !props.card.discarded}>
              <Show when={!app.viewer()} fallback={<span class="row-name">Nobody</span>}>
                <button
                  type="button"
                  class="row-claim"
                  tabIndex={-1}
                  aria-label={`Claim ${props.card.title}`}
                  onClick={claim}
                >
                  <span class="row-plus">
                    <Icon name="plus" size={14} />
                  </span>
                  <span class="row-name">Nobody</span>
                </button>
              </Show>
            </Show>
          }
        >
          {holder => (
            <>
              <Avatar person={holder()} named />
              <span class="row-name">{nameOf(holder())}</span>
            </>
          )}
        </Show>
      </span>
    </li>
  );
}
