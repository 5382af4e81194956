//! A task on the board: id and mark, title, at most one reason, then labels, due, steps, comments and holder.
import "./card.css";
import { createEffect, createSignal, For, type JSX, Match, on, onCleanup, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { isFresh } from "../app/fresh";
import { taskLink } from "../app/router";
import { Chip } from "../parts/chip";
import { Icon } from "../parts/icon";
import { Mark, type MarkState, markWords } from "../parts/mark";
import { Avatar, nameInSentence, nameOf } from "../parts/person";
import { due, happened, until } from "../parts/when";
import type { CardReason, TaskCard } from "../types";

const LANDED_MS = 2_000;

/** The mark of a task, with "landed" for the moment after it landed. */
export function markOf(card: () => TaskCard): () => MarkState | null {
  const [landed, setLanded] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(
      () => card().mark,
      (mark, before) => {
        if (before && before !== "rejected" && mark === null) {
          setLanded(true);
          clearTimeout(timer);
          timer = setTimeout(() => setLanded(false), LANDED_MS);
        } else if (mark) setLanded(false);
      },
    ),
  );
  onCleanup(() => clearTimeout(timer));
  return () => card().mark ?? (landed() ? "landed" : null);
}

/** Only what is on this device only is dashed. */
export const onlyHere = (card: TaskCard): boolean =>
  card.mark === "saved" || card.mark === "in_doubt" || card.mark === "landing";

/** The reason line in words. */
export function reasonWords(reason: CardReason): string {
  switch (reason.kind) {
    case "blocked":
      return `Blocked: ${reason.why}${reason.until ? `, ${until(reason.until)}` : ""}`;
    case "waits_for_you":
      return "Waits for your sign-off";
    case "handed_to_you":
      return `Handed to you by ${reason.by.name}`;
    case "sent_back":
      return `Sent back by ${nameInSentence(reason.by)}: ${reason.why}`;
  }
}

/** Everything a card shows, as one sentence for those who hear it. */
export function spoken(card: TaskCard, mark: MarkState | null): string {
  const said = [
    card.number ?? "No number yet",
    card.title,
    card.reason && reasonWords(card.reason),
    card.labels.join(", "),
    card.due && `due ${due(card.due.date)}${card.due.state === "overdue" ? ", overdue" : ""}`,
    card.steps && `${card.steps.done} of ${card.steps.total} steps`,
    card.comments > 0 && `${card.comments} ${card.comments === 1 ? "comment" : "comments"}`,
    card.holder ? `held by ${nameInSentence(card.holder)}` : !card.signed && "held by nobody",
    card.signed && `signed by ${nameInSentence(card.signed.by)}, ${happened(card.signed.at)}`,
    mark && markWords(mark),
  ];
  return said.filter(Boolean).join(". ");
}

type Props = {
  card: TaskCard;
  /** The one card of its column that Tab reaches. */
  reachable: boolean;
  selected: boolean;
  onClaim: () => void;
};

/** The card itself. The title is a link that covers it; what stands above the link is a button of its own. */
export function Card(props: Props): JSX.Element {
  const app = useApp();
  const mark = markOf(() => props.card);
  const finished = () => props.card.signed !== null;
  const claimable = () => props.card.holder === null && !finished() && props.card.stage === "ready" && !app.viewer();
  return (
    <article
      class="card"
      data-task={props.card.id}
      data-only-here={onlyHere(props.card) ? "" : undefined}
      data-selected={props.selected ? "" : undefined}
      data-fresh={isFresh(props.card.id) ? "" : undefined}
      data-finished={finished() ? "" : undefined}
    >
      <Show
        when={!finished()}
        fallback={
          <>
            <Icon name="check" class="card-check" />
            <div class="card-done">
              <Title {...props} mark={mark()} />
              <p class="card-meta">
                {props.card.number ? `${props.card.number} · ` : ""}
                <Show when={props.card.signed}>{signed => `${nameOf(signed().by)}, ${happened(signed().at)}`}</Show>
              </p>
            </div>
            <Mark state={mark()} silent />
          </>
        }
      >
        <div class="card-top">
          <span class="card-id">{props.card.number ?? "New"}</span>
          <span class="card-more" aria-hidden="true">
            <MoreButton />
          </span>
          <Mark state={mark()} silent />
        </div>
        <Title {...props} mark={mark()} />
        <Show when={props.card.reason}>
          {reason => (
            <p class="card-reason" data-kind={reason().kind}>
              <Switch>
                <Match when={reason().kind === "blocked"}>
                  <Icon name="block" size={14} />
                </Match>
                <Match when={reason().kind === "waits_for_you"}>
                  <Icon name="seal" size={14} />
                </Match>
                <Match when={reason().kind === "handed_to_you"}>
                  <Icon name="hand_over" size={14} />
                </Match>
                <Match when={reason().kind === "sent_back"}>
                  <Icon name="send_back" size={14} />
                </Match>
              </Switch>
              <span>{reasonWords(reason())}</span>
            </p>
          )}
        </Show>
        <Show when={props.card.labels.length > 0 || props.card.priority === "urgent" || props.card.priority === "high"}>
          <p class="card-labels">
            <Show when={props.card.priority === "urgent"}>
              <Chip tone="red">Urgent</Chip>
            </Show>
            <Show when={props.card.priority === "high"}>
              <Chip tone="amber">High</Chip>
            </Show>
            <For each={props.card.labels}>{label => <Chip>{label}</Chip>}</For>
          </p>
        </Show>
        <div class="card-foot">
          <div class="card-facts">
            <Show when={props.card.due}>
              {date => (
                <span class="card-due" data-state={date().state}>
                  <Icon name="calendar" size={14} />
                  {due(date().date)}
                </span>
              )}
            </Show>
            <Show when={props.card.steps}>
              {steps => (
                <span class="card-fact card-steps">
                  <Icon name="check" size={14} />
                  {steps().done}/{steps().total}
                </span>
              )}
            </Show>
            <Show when={props.card.comments > 0}>
              <span class="card-fact card-comments">
                <Icon name="comment" size={14} />
                {props.card.comments}
              </span>
            </Show>
          </div>
          <span class="card-holder">
            <Show
              when={props.card.holder}
              fallback={
                <Show when={claimable()}>
                  <button
                    type="button"
                    class="card-claim"
                    tabIndex={-1}
                    aria-label={`Claim ${props.card.title}`}
                    title="Claim"
                    onClick={() => props.onClaim()}
                  >
                    <Icon name="plus" size={14} />
                  </button>
                </Show>
              }
            >
              {holder => <Avatar person={holder()} named />}
            </Show>
          </span>
        </div>
      </Show>
    </article>
  );
}

function Title(props: Props & { mark: MarkState | null }): JSX.Element {
  return (
    <h3 class="card-title">
      <a
        class="card-link"
        href={taskLink(props.card.id)}
        draggable={false}
        tabIndex={props.reachable ? 0 : -1}
        aria-label={spoken(props.card, props.mark)}
        aria-current={props.selected ? "true" : undefined}
      >
        {props.card.title}
      </a>
    </h3>
  );
}

/** Opens the same menu as a right click; those who use keys have the menu key and I. */
function MoreButton(): JSX.Element {
  return (
    <button
      type="button"
      class="card-more-button"
      tabIndex={-1}
      title="What can be done"
      onClick={event => {
        const at = event.currentTarget.getBoundingClientRect();
        event.currentTarget.dispatchEvent(
          new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: at.left, clientY: at.bottom + 4 }),
        );
      }}
    >
      <Icon name="more" />
    </button>
  );
}
